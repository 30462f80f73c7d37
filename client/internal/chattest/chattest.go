// Package chattest is a chat server for the SDKs' tests: it answers by a script,
// remembers what it was asked, and is reached over an in-memory network, so that
// it works inside a testing/synctest bubble, where time is exact.
package chattest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is the server. Its Client reaches it under every host name.
type Server struct {
	Client *http.Client

	tb     testing.TB
	server *http.Server
	conns  chan net.Conn
	closed chan struct{}
	began  time.Time

	mu     sync.Mutex
	down   bool
	open   map[net.Conn]bool
	script map[string][]http.HandlerFunc
	seen   map[string][]Seen
}

// Seen is a request that was made.
type Seen struct {
	At     time.Duration // since the server's start
	Method string
	Host   string
	Path   string
	Query  string
	Header http.Header
	Body   map[string]any
}

// New starts a server that stops with the test.
func New(tb testing.TB) *Server {
	s := &Server{
		tb:     tb,
		conns:  make(chan net.Conn),
		closed: make(chan struct{}),
		began:  time.Now(),
		open:   map[net.Conn]bool{},
		script: map[string][]http.HandlerFunc{},
		seen:   map[string][]Seen{},
	}
	s.server = &http.Server{Handler: s}
	s.Client = &http.Client{Transport: &http.Transport{DialContext: s.dial}}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.server.Serve(listener{s}) })
	tb.Cleanup(func() {
		s.Client.CloseIdleConnections()
		_ = s.server.Close()
		serving.Wait()
	})
	return s
}

// On sets how the requests to an operation, such as "getMessages", are answered:
// the first by the first step and so on, all further ones by the last.
func (s *Server) On(operation string, steps ...http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script[operation] = steps
}

// Seen is what was asked of an operation so far.
func (s *Server) Seen(operation string) []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Seen(nil), s.seen[operation]...)
}

// Down cuts every connection and refuses new ones, or takes them again.
func (s *Server) Down(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
	if down {
		for c := range s.open {
			_ = c.Close()
		}
		clear(s.open)
	}
}

// ServeHTTP notes the request and runs its step.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return // the connection was cut
	}
	var body map[string]any
	if len(data) > 0 {
		if err := json.NewDecoder(bytes.NewReader(data)).Decode(&body); err != nil {
			s.tb.Errorf("%s: body %q: %v", r.URL.Path, data, err)
		}
	}
	operation := path.Base(strings.TrimSuffix(r.URL.Path, "/1"))
	s.mu.Lock()
	step := min(len(s.seen[operation]), len(s.script[operation])-1)
	s.seen[operation] = append(s.seen[operation], Seen{
		time.Since(s.began), r.Method, r.Host, r.URL.Path, r.URL.RawQuery, r.Header.Clone(), body,
	})
	var answer http.HandlerFunc
	if step >= 0 {
		answer = s.script[operation][step]
	}
	s.mu.Unlock()
	if answer == nil {
		s.tb.Errorf("%s %s: nothing is in the script", r.Method, r.URL.Path)
		answer = Refuse(http.StatusNotFound, "{}")
	}
	answer(w, r)
}

// JSON answers with status 200. header holds names and values in turn.
func JSON(body string, header ...string) http.HandlerFunc {
	return Refuse(http.StatusOK, body, header...)
}

// Refuse answers with a status.
func Refuse(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Held answers with a step after a time, unless the client goes first.
func Held(d time.Duration, step http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
			step(w, r)
		case <-r.Context().Done():
		}
	}
}

// Forever never answers.
func Forever(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// Lost cuts the connection without an answer.
func Lost(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// CutShort cuts the connection in the middle of an answer.
func CutShort(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// Does runs do before it answers with a step.
func Does(do func(), step http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		do()
		step(w, r)
	}
}

func (s *Server) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	s.mu.Lock()
	down := s.down
	s.mu.Unlock()
	if down {
		return nil, errors.New("connection refused")
	}
	near, far := net.Pipe()
	s.mu.Lock()
	s.open[far] = true
	s.mu.Unlock()
	select {
	case s.conns <- far:
		return near, nil
	case <-s.closed:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// listener takes the connections that Client dials.
type listener struct{ s *Server }

func (l listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.s.conns:
		return c, nil
	case <-l.s.closed:
		return nil, net.ErrClosed
	}
}

func (l listener) Close() error {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	select {
	case <-l.s.closed:
	default:
		close(l.s.closed)
	}
	return nil
}

func (l listener) Addr() net.Addr { return address{} }

type address struct{}

func (address) Network() string { return "memory" }
func (address) String() string  { return "memory" }
