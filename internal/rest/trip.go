package rest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"usher/internal/auth"
	hosts "usher/internal/host/machine"
)

// trip is one request in a pool, on its way to the node that runs its site. It may
// be tried at several before it is answered.
type trip struct {
	r    *http.Request
	poll bool
	// watch: it waits at its site until something happens, and its client asks again.
	watch bool
	// pass is what the node says that sent it here; nil for a client's request.
	pass  *auth.Pass
	late  bool          // a retrieval that came when the node was stopping already
	hold  time.Duration // how long it may take, once its body is there
	until time.Time     // when it is given up, unless it is being carried out

	// The body: read whole, with what reading it ended with, or a file's, which goes
	// through once.
	whole   []byte
	bodyErr error
	file    *fileBody

	// What the last try came to.
	site  string // that it turned out to be about
	moved bool   // the site is another node's
	over  bool   // it is a retrieval whose time has come: it is answered without its site
}

type tripKey struct{}

// tripOf answers the trip of a request, nil when there is no pool.
func tripOf(r *http.Request) *trip {
	t, _ := r.Context().Value(tripKey{}).(*trip)
	return t
}

// pollFor is how long a retrieval may take in all: the contract's hold.
const pollFor = 30 * time.Second

func newTrip(r *http.Request, pass *auth.Pass) *trip {
	t := &trip{pass: pass}
	t.poll = r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/v1/getMessages") && strings.HasPrefix(r.URL.Path, "/engagement/api/")
	t.watch = r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/live") && strings.HasPrefix(r.URL.Path, adminSites+"/")
	t.hold = commandFor
	if t.poll || t.watch {
		t.hold = pollFor
	}
	if pass != nil && pass.Within > 0 {
		t.hold = min(t.hold, pass.Within)
	}
	t.until = time.Now().Add(t.hold)
	t.r = r.WithContext(context.WithValue(r.Context(), tripKey{}, t))
	if isFile(r.URL.Path) {
		t.file = newFileBody(r)
		t.r.Body = t.file
	}
	return t
}

// isFile reports whether a path is that of a file on its way, up or down.
func isFile(path string) bool {
	return strings.HasPrefix(path, "/usher/") && strings.Contains(path, "/v1/files")
}

// readBody reads the body of all but files, so that it can be sent more than once.
// What is wrong with it is for who carries the request out to say.
func (s *Server) readBody(w http.ResponseWriter, t *trip) error {
	r := t.r
	switch {
	case t.pass != nil && t.pass.Body != "":
		t.bodyErr = bodyFaults[t.pass.Body]
		t.r.ContentLength = -1 // it had one
		return nil
	case t.file != nil || r.ContentLength == 0:
		return nil
	}
	if r.ContentLength > maxBody {
		t.bodyErr = &http.MaxBytesError{Limit: maxBody}
		return nil
	}
	counted, err := s.arriving(w, r)
	if err != nil {
		return err
	}
	defer s.strangers.bodies.leave(counted)
	line := http.NewResponseController(w) // an error means that there is none, as in tests
	line.SetReadDeadline(time.Now().Add(bodyFor))
	t.whole, t.bodyErr = io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if len(t.whole) > maxBody {
		t.whole, t.bodyErr = nil, &http.MaxBytesError{Limit: maxBody}
	}
	if t.bodyErr == nil {
		line.SetReadDeadline(time.Time{}) // what waits next has a time of its own
	} else { // net/http takes the client for gone, who may yet be told what is wrong
		t.r = t.r.WithContext(context.WithoutCancel(t.r.Context()))
	}
	return nil
}

// bodyFaults are what may be wrong with a body, by the words of a pass.
var bodyFaults = map[string]error{"large": &http.MaxBytesError{Limit: maxBody}, "slow": os.ErrDeadlineExceeded, "broken": io.ErrUnexpectedEOF}

// bodyFault answers the word for what is wrong with the body, "" for nothing.
func (t *trip) bodyFault() string {
	_, large := errors.AsType[*http.MaxBytesError](t.bodyErr)
	switch {
	case t.bodyErr == nil:
		return ""
	case large:
		return "large"
	case errors.Is(t.bodyErr, os.ErrDeadlineExceeded):
		return "slow"
	}
	return "broken"
}

// again gets the body ready for a try. It answers false when it cannot be read
// another time.
func (t *trip) again() bool {
	if t.file != nil {
		return !t.file.begun.Load()
	}
	t.r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(t.whole), bodyEnd{t.bodyErr}))
	return true
}

// bodyEnd is the end of a body: io.EOF when there is no error.
type bodyEnd struct{ err error }

func (e bodyEnd) Read([]byte) (int, error) { return 0, cmp.Or(e.err, io.EOF) }

// fileBody is a body that goes through once. It may still be read by who sends it on
// when the answer is there already.
type fileBody struct {
	io.ReadCloser
	left  atomic.Int64 // bytes to come; negative when that is not known
	begun atomic.Bool  // something of it may be read already
	broke atomic.Bool  // it did not come whole
	whole atomic.Bool  // it was read to its end
}

func newFileBody(r *http.Request) *fileBody {
	b := &fileBody{ReadCloser: r.Body}
	b.left.Store(r.ContentLength)
	b.whole.Store(r.ContentLength == 0)
	return b
}

func (b *fileBody) Read(p []byte) (int, error) {
	b.begun.Store(true)
	if b.left.Load() == 0 { // once it is whole the server may close it
		return 0, io.EOF
	}
	n, err := b.ReadCloser.Read(p)
	if b.left.Load() > 0 && b.left.Add(-int64(n)) == 0 || err == io.EOF {
		b.whole.Store(true)
	}
	if err != nil && err != io.EOF {
		b.broke.Store(true)
	}
	return n, err
}

// Close leaves the body open: another node that breaks off is no fault of its sender's,
// and the server closes it.
func (b *fileBody) Close() error { return nil }

// within answers how long a retrieval may be held yet; 0 means as long as the site says.
func within(r *http.Request) time.Duration {
	t := tripOf(r)
	if t == nil {
		return 0
	}
	return max(time.Until(t.until), time.Millisecond)
}

// timeIsUp reports whether a retrieval is to be answered without its site.
func timeIsUp(r *http.Request) bool {
	t := tripOf(r)
	return t != nil && t.over
}

// about notes which site a request turned out to be about.
func about(r *http.Request, site string) {
	if t := tripOf(r); t != nil {
		t.site = site
	}
}

// turnedAway notes that a request is to be asked elsewhere, when that is what err
// says. Then nothing of its answer is written.
func turnedAway(r *http.Request, err error) bool {
	t := tripOf(r)
	if t == nil || !errors.Is(err, hosts.ErrMoved) {
		return false
	}
	t.moved = true
	return true
}

// epoch is what the asking node knew of the site.
func (t *trip) epoch() int64 {
	if t.pass == nil {
		return 0
	}
	return t.pass.Epoch
}

// repeatable reports whether the request may be carried out twice.
func (t *trip) repeatable() bool {
	return t.poll || t.r.Method == http.MethodGet || t.r.Method == http.MethodHead || t.r.Method == http.MethodOptions
}

// tripWriter lets nothing through of the answer to a request that is to be asked
// elsewhere.
type tripWriter struct {
	http.ResponseWriter
	t *trip
}

func (w tripWriter) WriteHeader(status int) {
	if !w.t.moved {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w tripWriter) Write(b []byte) (int, error) {
	if w.t.moved {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// FlushError serves http.ResponseController.
func (w tripWriter) FlushError() error {
	if w.t.moved {
		return nil
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// SetReadDeadline serves http.ResponseController. A body that did not come is not waited
// for a second time.
func (w tripWriter) SetReadDeadline(at time.Time) error {
	if w.t.bodyErr != nil {
		return nil
	}
	return http.NewResponseController(w.ResponseWriter).SetReadDeadline(at)
}

// Unwrap serves http.ResponseController.
func (w tripWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
