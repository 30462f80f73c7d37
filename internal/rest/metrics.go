package rest

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"usher/api"
	places "usher/internal/cluster/machine"
	"usher/internal/metrics"
)

func (s *Server) metricsRoutes(mux *http.ServeMux) {
	handler := s.metrics.Handler(s.log)
	mux.HandleFunc("/metrics", only(http.MethodGet, adminError, func(w http.ResponseWriter, r *http.Request) {
		if !s.onThisMachine(r) {
			err := s.checkToken(r)
			if e, ok := errors.AsType[refusal](err); ok && e.status == http.StatusUnauthorized {
				err = wrong(http.StatusForbidden, api.AccessDenied,
					"the metrics are for programs on this machine and for who holds the admin token: send header Authorization with Bearer and the token")
			}
			if err != nil {
				adminError(w, r, s.explain(r, err))
				return
			}
		}
		handler.ServeHTTP(w, r)
	}))
}

// onThisMachine reports whether a request comes from a program of this machine. Where a
// proxy speaks for others that nobody said is to be trusted, it is not known.
func (s *Server) onThisMachine(r *http.Request) bool {
	if !s.address(r).IsLoopback() {
		return false
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && (s.trusts(peer.Addr().Unmap()) || r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == "")
}

// The routes of the retrievals, whose time is not theirs: they are held.
const (
	agentRetrieval   = "/engagement/api/agent/{site}/v1/getMessages"
	visitorRetrieval = "/engagement/api/consumer/{site}/v1/getMessages"
)

// watched counts and times what next answers. mux knows the routes of requests that
// never came to it, because another node has their site.
func (s *Server) watched(next http.Handler, mux *http.ServeMux) http.Handler {
	if s.metrics == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, began := &watch{ResponseWriter: w}, time.Now()
		defer func() {
			if a.route == "" {
				_, a.route = mux.Handler(r)
			}
			if a.status == 0 && r.Context().Err() == nil {
				a.status = http.StatusOK // which net/http says for who says nothing
			}
			s.metrics.Requested(metrics.Request{
				Method: r.Method, Route: a.route, Status: a.status, Code: string(a.code), Took: time.Since(began),
				Retrieval: a.route == agentRetrieval || a.route == visitorRetrieval,
			})
		}()
		next.ServeHTTP(a, r)
	})
}

// routed notes which route a request took.
func routed(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { taken(w, r.Pattern) }()
		mux.ServeHTTP(w, r)
	})
}

func taken(w http.ResponseWriter, route string) {
	if a := watchOf(w); a != nil {
		a.route = route
	}
}

// watch is an answer on its way, with what the metrics want to know of it.
type watch struct {
	http.ResponseWriter
	status int // 0: none yet
	route  string
	code   api.ExceptionCode // of a refusal
}

// watchOf answers what watches an answer; nil when nothing does, or it is not to be
// written.
func watchOf(w http.ResponseWriter) *watch {
	for {
		switch x := w.(type) {
		case *watch:
			return x
		case tripWriter:
			if x.t.moved {
				return nil
			}
			w = x.ResponseWriter
		default:
			return nil
		}
	}
}

// refused notes why a request is refused.
func (p problem) refused(w http.ResponseWriter) {
	if a := watchOf(w); a != nil {
		a.code = cmp.Or(p.code, "NONE")
	}
}

func (w *watch) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK { // or it is not the answer yet
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watch) Write(b []byte) (int, error) {
	w.status = cmp.Or(w.status, http.StatusOK)
	return w.ResponseWriter.Write(b)
}

// ReadFrom lets a file go from the disk to the line by itself.
func (w *watch) ReadFrom(from io.Reader) (int64, error) {
	w.status = cmp.Or(w.status, http.StatusOK)
	return io.Copy(w.ResponseWriter, from)
}

// Unwrap serves http.ResponseController.
func (w *watch) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Measured lets m count the connections that a listener of ListenLimited's turns away.
func Measured(l net.Listener, m *metrics.Metrics) net.Listener {
	if x, ok := l.(listener); ok && x.away != nil {
		x.away.metrics = m
	}
	return l
}

// forwarded counts a request that was sent to another node. One that was cut because its
// client went away, or because it took too long, was given up.
func (s *Server) forwarded(ctx context.Context, reply places.Reply) {
	word := [...]string{
		places.Answered: metrics.Answered, places.Misdirected: metrics.Misdirected, places.Unsent: metrics.Unsent, places.Cut: metrics.Cut,
	}[reply]
	if ctx.Err() != nil && (reply == places.Unsent || reply == places.Cut) {
		word = metrics.GivenUp
	}
	s.metrics.Forwarded(word)
}
