package rest

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"

	"usher/internal/host"
	"usher/internal/host/machine"
)

// handOut writes a retrieval's answer and leaves the evidence of its arrival
// with it. Usher-Last names the last durable message in it.
func (s *Server) handOut(w http.ResponseWriter, r *http.Request, got *host.Retrieval, answer any) {
	body := encode(answer)
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	if got.Batch.Last > 0 {
		h["Usher-Last"] = []string{text(got.Batch.Last)}
	}
	_, err := w.Write(body)
	if err == nil {
		err = http.NewResponseController(w).Flush() // beyond our own buffers, so that the socket can tell
	}
	if err != nil {
		got.Failed()
		return
	}
	e := s.evidenceOf(r)
	got.Sent(e)
	if r.Close {
		linger(e)
	}
}

// linger keeps a connection that is closed after this answer until its evidence
// is there, two seconds at most: a client behind a long line would otherwise
// count as cut off, and get the same messages at each retrieval.
func linger(e host.Evidence) {
	for pause := time.Millisecond; pause < 2*time.Second && e.Verdict() == machine.NotYet; pause *= 2 {
		time.Sleep(pause)
	}
}

type socketKey struct{}

// ConnContext keeps a connection's socket within reach of its requests, for
// http.Server.ConnContext. The listener must be one of Listen's.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	if s, ok := c.(*socket); ok {
		return context.WithValue(ctx, socketKey{}, s)
	}
	return ctx
}

// evidenceOf answers who can tell whether what was written to the request's
// connection arrived.
func (s *Server) evidenceOf(r *http.Request) host.Evidence {
	if t := tripOf(r); t != nil && t.pass != nil && t.pass.Answer != "" {
		return &distant{s: s, pass: *t.pass}
	}
	if s, ok := r.Context().Value(socketKey{}).(*socket); ok {
		return s
	}
	return written{}
}

// written is the evidence where no socket is at hand: what was written arrived.
type written struct{}

func (written) Verdict() machine.Verdict { return machine.Arrived }
