package rest

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"usher/api"
	"usher/api/agent"
	"usher/api/consumer"
	"usher/api/sites"
	"usher/internal/auth"
	places "usher/internal/cluster/machine"
	"usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/site"
)

// problem is an error as the wire shows it: a status, the contract's word, and a
// sentence for the caller.
type problem struct {
	status  int
	code    api.ExceptionCode
	message string
	retry   time.Duration // Retry-After, 0 for none
	// result says why a visitor cannot be served (consumer-api 4.5), "" for all else.
	result api.ResultType
	// slow: the site did not answer in time. Each contract has a status of its own
	// for that; everywhere else it is 503.
	slow bool
}

// statuses is the one table of refusals. Codes that the contract has no word for
// carry its nearest.
var statuses = map[site.Code]problem{
	site.AccessDenied:        {status: http.StatusForbidden, code: api.AccessDenied},
	site.BadRequest:          {status: http.StatusBadRequest, code: api.BadRequest},
	site.InvalidField:        {status: http.StatusBadRequest, code: api.InvalidField},
	site.Conflict:            {status: http.StatusConflict, code: api.Conflict},
	site.EngagementIDUnknown: {status: http.StatusNotFound, code: api.EngagementIDUnknown},
	site.NotFound:            {status: http.StatusNotFound, code: api.BadRequest},
	site.TooLarge:            {status: http.StatusRequestEntityTooLarge, code: api.BadRequest},
	site.TooMany:             {status: http.StatusTooManyRequests, code: api.BadRequest, retry: time.Second},
}

// unavailable are the errors of a site that cannot carry a command out now.
var unavailable = []error{machine.ErrUncertain, machine.ErrReadOnly, machine.ErrShut, machine.ErrStopping, machine.ErrMoved,
	places.ErrNobody, places.ErrNewer}

var (
	errMethod   = problem{status: http.StatusMethodNotAllowed, code: api.BadRequest}
	errNotFound = problem{status: http.StatusNotFound, code: api.BadRequest}
)

// explain makes a problem of any error. What is not meant for callers becomes an
// internal error, and is logged.
func (s *Server) explain(r *http.Request, err error) problem {
	if turnedAway(r, err) {
		return later(err.Error()) // which nobody sees
	}
	if e, ok := errors.AsType[refusal](err); ok {
		return e.problem
	}
	if e, ok := errors.AsType[*site.Error](err); ok {
		p := statuses[e.Code]
		p.message, p.result = e.Message, e.Result
		return p
	}
	if e, ok := errors.AsType[*auth.LimitedError](err); ok {
		return problem{status: http.StatusTooManyRequests, code: api.BadRequest, message: e.Error(), retry: e.RetryAfter}
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem{status: http.StatusRequestEntityTooLarge, code: api.BadRequest,
			message: "the body has more than " + strconv.FormatInt(e.Limit, 10) + " bytes"}
	}
	for _, u := range unavailable {
		if errors.Is(err, u) {
			return later(u.Error())
		}
	}
	switch {
	case errors.Is(err, auth.ErrVault):
		s.log.Warn("request refused", "path", r.URL.Path, "err", err)
		return later("the server cannot read its keys at the moment: try again later")
	case errors.Is(err, host.ErrNoSite):
		return problem{status: http.StatusNotFound, code: api.BadRequest, message: "there is no such site: check its name in the address"}
	case errors.Is(err, context.DeadlineExceeded):
		p := later(tooSlow)
		p.slow = true
		return p
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil: // the client has gone: nobody reads this, and nothing failed
		return later("the request was given up")
	}
	// Not the path: that of a file is a secret.
	s.log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("method", r.Method), slog.String("route", r.Pattern),
		slog.String("site", siteIn(r.URL.Path)), slog.Any("err", unnamed{err, r.PathValue("file")}))
	return problem{status: http.StatusInternalServerError, code: api.InternalServerError, message: "an error occurred in the server"}
}

// tooSlow is said of a request that waited for its site in vain.
const tooSlow = "the site took longer than 20 seconds, and what was asked may still be done: " +
	"try again after Retry-After, a post under the same messageId"

// timedOut is a slow problem in the words of a contract (agent-api 1.7, consumer-api 1.6).
func (p problem) timedOut(status int) problem {
	if p.slow {
		p.status, p.code = status, api.DependencyApplicationTimeout
	}
	return p
}

// later is the problem of a request that may succeed in a second.
func later(message string) problem {
	return problem{status: http.StatusServiceUnavailable, code: api.InternalServerError, message: message, retry: time.Second}
}

// refusal is a problem that a handler has worded itself.
type refusal struct{ problem }

func (r refusal) Error() string { return r.message }

func wrong(status int, code api.ExceptionCode, message string) error {
	return refusal{problem{status: status, code: code, message: message}}
}

// otherThanJSON is an answer that writes itself. It has written nothing when it answers
// an error.
type otherThanJSON interface {
	write(http.ResponseWriter) error
}

// answering makes a handler of what answers a body or an error.
func (s *Server) answering(d dialect, answer func(http.ResponseWriter, *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := answer(w, r)
		x, other := v.(otherThanJSON)
		if err == nil && other {
			err = x.write(w)
		}
		switch {
		case err != nil:
			d(w, r, s.explain(r, err))
		case !other:
			write(w, http.StatusOK, v)
		}
	}
}

// write answers with v as JSON.
func write(w http.ResponseWriter, status int, v any) {
	body := encode(v)
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	w.Write(body) // an error means that the client has gone
}

var jsonType = []string{"application/json;charset=utf-8"}

// encode writes v as JSON without escaping HTML. Only wire types come here, and
// none of them can fail.
func encode(v any) []byte {
	buf := buffers.Get()
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("rest: encode: " + err.Error())
	}
	b := append([]byte(nil), buf.Bytes()...)
	buffers.Put(buf)
	return b
}

func (p problem) head(w http.ResponseWriter) {
	p.refused(w)
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(max(1, (p.retry+time.Second-1)/time.Second))))
	}
}

// dialect is how an API words its errors.
type dialect func(w http.ResponseWriter, r *http.Request, p problem)

// agentError is the error body of the agent API, and of what stands beside it.
func agentError(w http.ResponseWriter, r *http.Request, p problem) {
	adminError(w, r, p.timedOut(http.StatusInternalServerError))
}

// adminError is the error body of administration: the agent API's.
func adminError(w http.ResponseWriter, _ *http.Request, p problem) {
	p.head(w)
	write(w, p.status, agent.ErrorBody{ExceptionCode: p.code, Message: p.message})
}

// visitorError is the error body of the visitor API.
func visitorError(w http.ResponseWriter, _ *http.Request, p problem) {
	p = p.timedOut(http.StatusRequestTimeout)
	p.head(w)
	write(w, p.status, consumer.ErrorBody{
		ExceptionCode: p.code, Message: p.message, ErrorMessages: []string{p.message}, ResultType: p.result,
	})
}

// crestCodes are the bootstrap's own error codes (agent-api 6.0).
var crestCodes = map[int]string{
	http.StatusUnauthorized:        "OSC-CREST-00014",
	http.StatusNotFound:            "OSC-CREST-00013",
	http.StatusMethodNotAllowed:    "OSC-CREST-00002",
	http.StatusInternalServerError: "OSC-CREST-00008",
	http.StatusServiceUnavailable:  "OSC-CREST-00008",
}

// siteError is the error body of the bootstrap.
func (s *Server) siteError(w http.ResponseWriter, r *http.Request, p problem) {
	p.head(w)
	code := crestCodes[p.status]
	switch {
	case p.code == badJSON:
		code = "OSC-CREST-00011"
	case code == "":
		code = "OSC-CREST-00016"
	}
	if p.status == http.StatusUnauthorized {
		challenge := `Basic realm="usher", charset="UTF-8"`
		if atAPage(r) {
			challenge = askByCookie
		}
		w.Header().Set("WWW-Authenticate", challenge)
	}
	base := s.public.base()
	write(w, p.status, sites.ErrorBody{
		Type: base + "/services/rest/connect/exceptions/" + code, Title: http.StatusText(p.status), Status: p.status,
		Detail: p.message, Instance: base + r.URL.Path, ErrorCode: code,
	})
}

// badJSON marks a bootstrap body that cannot be read; it has a code of its own there.
const badJSON api.ExceptionCode = "BAD_JSON"
