package crowd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path"
	"strconv"
	"sync"
	"time"

	"usher/api"
	"usher/client"
)

// answerFor bounds the wait for an answer: longer than the hold and than the
// server's own patience with a command.
const answerFor = 25 * time.Second

var errCut = errors.New("the client cut the connection")

// wire is one connection of a client of our own, kept alive between requests. It
// is for one request at a time, and breaks now and then in the middle of an
// answer. What breaks is reset before the request's failure is told, so that no
// later request of this client can overtake the reset.
type wire struct {
	front *Front
	waits time.Duration // how long its requests tend to wait for an answer

	mu     sync.Mutex
	random *rand.Rand
	conn   *net.TCPConn
	since  time.Time // when conn was made
	r      *bufio.Reader
}

// post sends a body to a path and decodes the answer. An error that is no
// *client.Error leaves open whether the request was carried out.
func (w *wire) post(ctx context.Context, path string, header http.Header, body, into any) (http.Header, error) {
	var b []byte
	if body != nil {
		var err error
		if b, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+w.front.Name()+path, bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/json")
	w.mu.Lock()
	defer w.mu.Unlock()
	status, got, answer, err := w.watch(ctx, r)
	if err != nil {
		w.reset()
		return nil, err
	}
	if status != http.StatusOK {
		return nil, refused(status, got, answer)
	}
	return got, decode(answer, into)
}

// watch makes an exchange, and tells the front of it.
func (w *wire) watch(ctx context.Context, r *http.Request) (status int, h http.Header, body []byte, err error) {
	e := Exchange{Operation: path.Base(r.URL.Path), From: time.Now()}
	if w.conn != nil && len(w.front.Nodes()) > 1 && w.random.IntN(20) == 0 {
		_ = w.conn.Close() // in good order: everything on it was read
		w.conn, w.r = nil, nil
	}
	if w.conn == nil {
		if w.conn, err = w.front.dial(ctx, w.random); err == nil {
			w.since, w.r = time.Now(), bufio.NewReader(w.conn)
		}
	}
	if err == nil {
		e.Node, e.Connected = w.conn.RemoteAddr().String(), w.since
		status, h, body, err = w.exchange(ctx, r)
	}
	e.Status, e.Err, e.Own = status, err, ownDoing(ctx, err)
	if err != nil {
		e.Status = 0
	} else if status != http.StatusOK {
		e.RetryAfter, e.Body = h.Get("Retry-After") != "", string(body)
	}
	w.front.saw(e)
	return status, h, body, err
}

// errGaveUp: the client waited no longer for an answer.
var errGaveUp = fmt.Errorf("%w: it waited no longer", errCut)

func (w *wire) exchange(ctx context.Context, r *http.Request) (status int, h http.Header, body []byte, err error) {
	limit, cut := answerFor, w.cut()
	if cut == cutWaiting {
		limit = Between(w.random, 0, 2*w.waits)
		defer func() {
			if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
				err = errGaveUp
			}
		}()
	}
	if err := w.conn.SetDeadline(time.Now().Add(limit)); err != nil {
		return 0, nil, nil, err
	}
	c := w.conn
	defer context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })()
	if err := r.Write(w.conn); err != nil {
		return 0, nil, nil, err
	}
	switch cut {
	case cutAsked:
		return 0, nil, nil, errCut
	case cutAnswering:
		n, err := w.r.Read(make([]byte, 1+w.random.IntN(600)))
		if err != nil {
			return 0, nil, nil, err
		}
		return 0, nil, nil, fmt.Errorf("%w: after %d bytes", errCut, n)
	}
	response, err := http.ReadResponse(w.r, r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer response.Body.Close()
	if body, err = io.ReadAll(response.Body); err != nil {
		return 0, nil, nil, err
	}
	if response.Close {
		w.reset()
	}
	return response.StatusCode, response.Header, body, nil
}

type cut int

// How a request is cut.
const (
	cutNot       cut = iota
	cutAsked         // when it is written
	cutAnswering     // when its answer has begun
	cutWaiting       // at some moment
)

func (w *wire) cut() cut {
	switch n := w.random.IntN(100); {
	case n < 2:
		return cutAsked
	case n < 6:
		return cutAnswering
	case n < 8:
		return cutWaiting
	}
	return cutNot
}

// reset gives the connection up with a reset, as a client does that dies.
func (w *wire) reset() {
	if w.conn != nil {
		_ = w.conn.SetLinger(0)
		_ = w.conn.Close()
		w.conn, w.r = nil, nil
	}
}

// close gives the connection up when no request is under way.
func (w *wire) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reset()
}

// decode reads an answer's body, if somebody wants to know it.
func decode(body []byte, into any) error {
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}

// refused makes the SDK's error of a refusal.
func refused(status int, h http.Header, body []byte) error {
	var e struct {
		ExceptionCode api.ExceptionCode `json:"exceptionCode"`
		Message       string            `json:"message"`
		Detail        string            `json:"detail"` // of the bootstrap
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return fmt.Errorf("status %d with a body that is no JSON object: %w", status, err)
	}
	seconds, _ := strconv.Atoi(h.Get("Retry-After")) // 0 when it is not given
	refusal := &client.Error{Status: status, Code: e.ExceptionCode, Message: e.Message + e.Detail, RetryAfter: time.Duration(seconds) * time.Second}
	if status == http.StatusForbidden {
		return fmt.Errorf("%w: %w", client.ErrSessionEnded, refusal)
	}
	return refusal
}

// final reports whether an error is the server's last word on a request: asked
// again, it would say the same.
func final(err error) bool {
	e, ok := errors.AsType[*client.Error](err)
	return ok && e.Status < 500 && e.Status != http.StatusTooManyRequests && e.Code != api.DependencyApplicationTimeout
}

// insist tries until the outcome is certain, or ctx ends.
func insist(ctx context.Context, try func(context.Context) error) error {
	for {
		err := try(ctx)
		if err == nil || final(err) {
			return err
		}
		if !pause(ctx, againAfter) {
			return context.Cause(ctx)
		}
	}
}

// againAfter is the pause before a request that got no answer is made again.
const againAfter = 20 * time.Millisecond

// pause waits; it answers false when ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Between answers a random time.
func Between(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int64N(int64(to-from)))
}
