package rest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"usher/internal/auth"
	hosts "usher/internal/host/machine"
)

const getMessages = "/engagement/api/consumer/demo/v1/getMessages"

// forwarder answers a server with what a trip needs of it.
func forwarder() *Server { return &Server{strangers: newStrangers(nil, slog.New(slog.DiscardHandler))} }

// tripTo answers a trip whose body was read.
func tripTo(t testing.TB, path string, body io.Reader) *trip {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, body)
	tr := newTrip(r, nil)
	if err := forwarder().readBody(httptest.NewRecorder(), tr); err != nil {
		t.Fatal(err)
	}
	return tr
}

// A body is read from its beginning at each try, however much of it the one before
// had read, in pieces of any size, and ends as it did at first.
func TestTripBodyAtEachTry(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		body := strings.Repeat("0123456789abcdef", rapid.IntRange(0, 200).Draw(rt, "sixteens"))
		broken := rapid.Bool().Draw(rt, "broken")
		from := io.Reader(strings.NewReader(body))
		if broken {
			from = io.MultiReader(from, iotest.ErrReader(errBroken))
		}
		if rapid.Bool().Draw(rt, "in small pieces") {
			from = iotest.OneByteReader(from)
		}
		tr := tripTo(t, "/engagement/api/agent/demo/v1/x", unknownLength{from})
		for range rapid.IntRange(1, 4).Draw(rt, "tries") {
			if !tr.again() {
				rt.Fatal("it cannot be read again")
			}
			n := rapid.IntRange(0, len(body)).Draw(rt, "read")
			got, err := io.ReadAll(io.LimitReader(tr.r.Body, int64(n)))
			if string(got) != body[:n] || err != nil {
				rt.Fatalf("%d bytes: %q, %v", n, got, err)
			}
		}
		tr.again()
		got, err := io.ReadAll(tr.r.Body)
		if want := map[bool]error{true: errBroken, false: nil}[broken]; string(got) != body || !errors.Is(err, want) {
			rt.Fatalf("read %d of %d bytes, error %v, want %v", len(got), len(body), err, want)
		}
		if err := tr.r.Body.Close(); err != nil {
			rt.Error(err)
		}
	})
}

var errBroken = errors.New("the client's connection broke")

// unknownLength hides how long a body is.
type unknownLength struct{ io.Reader }

func TestTripBodyBounds(t *testing.T) {
	large := strings.Repeat("x", maxBody+1)
	for _, c := range []struct {
		name    string
		body    io.Reader
		read    int
		tooLong bool
	}{
		{"nothing", nil, 0, false},
		{"as long as may be", strings.NewReader(large[1:]), maxBody, false},
		{"as long as may be, of unknown length", unknownLength{strings.NewReader(large[1:])}, maxBody, false},
		{"longer", strings.NewReader(large), 0, true},
		{"longer, of unknown length", unknownLength{strings.NewReader(large)}, 0, true},
		{"without an end", endless{}, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := tripTo(t, "/usher/consumer/demo/v1/x", c.body)
			for range 2 {
				if !tr.again() {
					t.Fatal("it cannot be read again")
				}
				got, err := io.ReadAll(tr.r.Body)
				e, tooLong := errors.AsType[*http.MaxBytesError](err)
				if len(got) != c.read || tooLong != c.tooLong || tooLong && e.Limit != maxBody || !tooLong && err != nil {
					t.Errorf("read %d bytes, want %d; %v", len(got), c.read, err)
				}
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, "and so on, "), nil }

// A body that says how long it is and is too long is not waited for.
func TestTripDoesNotReadWhatIsTooLong(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/usher/consumer/demo/v1/x", iotest.ErrReader(errors.New("it was read")))
	r.ContentLength = maxBody + 1
	tr := newTrip(r, nil)
	if err := forwarder().readBody(httptest.NewRecorder(), tr); err != nil {
		t.Fatal(err)
	}
	if _, ok := errors.AsType[*http.MaxBytesError](tr.bodyErr); !ok {
		t.Errorf("error %v, want that it is too long", tr.bodyErr)
	}
}

// A file goes through once: what nobody has begun to read can be sent elsewhere.
func TestTripOfAFile(t *testing.T) {
	const path, content = "/usher/consumer/demo/v1/files", "what is in the file"
	for _, known := range []bool{true, false} {
		t.Run(fmt.Sprintf("length known: %t", known), func(t *testing.T) {
			from := io.Reader(strings.NewReader(content))
			if !known {
				from = unknownLength{from}
			}
			tr := tripTo(t, path, from)
			if tr.file == nil || tr.whole != nil {
				t.Fatal("it was read before it was wanted")
			}
			for range 3 {
				if !tr.again() {
					t.Fatal("it cannot be sent although nothing was read")
				}
			}
			got, err := io.ReadAll(tr.r.Body)
			if string(got) != content || err != nil || tr.file.broke.Load() {
				t.Errorf("%q, %v; broke %t", got, err, tr.file.broke.Load())
			}
			if tr.again() {
				t.Error("it can be sent again")
			}
			if n, err := tr.r.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("after the end: %d bytes, %v", n, err)
			}
		})
	}
	t.Run("the first byte counts", func(t *testing.T) {
		tr := tripTo(t, path, strings.NewReader(content))
		if _, err := tr.r.Body.Read(make([]byte, 1)); err != nil || tr.again() {
			t.Errorf("it can be sent again, %v", err)
		}
	})
	t.Run("that breaks off", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodPost, path, io.MultiReader(strings.NewReader(content), iotest.ErrReader(errBroken)))
		r.ContentLength = int64(2 * len(content))
		tr := newTrip(r, nil)
		got, err := io.ReadAll(tr.r.Body)
		if string(got) != content || !errors.Is(err, errBroken) || !tr.file.broke.Load() {
			t.Errorf("%q, %v; broke %t", got, err, tr.file.broke.Load())
		}
	})
	t.Run("whose end was read is not asked for more", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodPost, path, io.MultiReader(strings.NewReader(content), iotest.ErrReader(http.ErrBodyReadAfterClose)))
		r.ContentLength = int64(len(content))
		tr := newTrip(r, nil)
		if got, err := io.ReadAll(tr.r.Body); string(got) != content || err != nil || tr.file.broke.Load() {
			t.Errorf("%q, %v; broke %t", got, err, tr.file.broke.Load())
		}
	})
}

// What a request is decides how long it may take, and whether it may be repeated.
func TestTripKinds(t *testing.T) {
	passed := func(within time.Duration) *auth.Pass { return &auth.Pass{Within: within, Epoch: 5} }
	for _, c := range []struct {
		name, method, path string
		pass               *auth.Pass
		poll, repeatable   bool
		file               bool
		hold               time.Duration
	}{
		{"a visitor's retrieval", "POST", getMessages, nil, true, true, false, pollFor},
		{"an agent's retrieval", "POST", "/engagement/api/agent/demo/v1/getMessages", nil, true, true, false, pollFor},
		{"one sent here", "POST", getMessages, passed(7 * time.Second), true, true, false, 7 * time.Second},
		{"one sent here without a word", "POST", getMessages, passed(0), true, true, false, pollFor},
		{"one sent here with a lie", "POST", getMessages, passed(time.Hour), true, true, false, pollFor},
		{"one sent here too late", "POST", getMessages, passed(-time.Second), true, true, false, pollFor},
		{"a GET of it", "GET", getMessages, nil, false, true, false, commandFor},
		{"another path that ends so", "POST", "/elsewhere/v1/getMessages", nil, false, false, false, commandFor},
		{"a post", "POST", "/engagement/api/consumer/demo/v1/postMessage", nil, false, false, false, commandFor},
		{"a post sent here", "POST", "/engagement/api/consumer/demo/v1/postMessage", passed(time.Second), false, false, false, time.Second},
		{"a PUT", "PUT", "/usher/admin/v1/sites/demo", nil, false, false, false, commandFor},
		{"a DELETE", "DELETE", "/usher/admin/v1/sites/demo/queues/1", nil, false, false, false, commandFor},
		{"a HEAD", "HEAD", "/sites/demo", nil, false, true, false, commandFor},
		{"a preflight", "OPTIONS", "/engagement/api/consumer/demo/v1/postMessage", nil, false, true, false, commandFor},
		{"a file", "POST", "/usher/agent/demo/v1/files", nil, false, false, true, commandFor},
		{"a file down", "GET", "/usher/consumer/demo/v1/files/7", nil, false, true, true, commandFor},
		{"a site called files", "POST", "/engagement/api/consumer/files/v1/postMessage", nil, false, false, false, commandFor},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTrip(httptest.NewRequest(c.method, c.path, nil), c.pass)
				if tr.poll != c.poll || tr.repeatable() != c.repeatable || (tr.file != nil) != c.file {
					t.Errorf("retrieval %t, repeatable %t, file %t", tr.poll, tr.repeatable(), tr.file != nil)
				}
				if hold := time.Until(tr.until); hold != c.hold {
					t.Errorf("it may take %v, want %v", hold, c.hold)
				}
				if tripOf(tr.r) != tr {
					t.Error("the request does not know its trip")
				}
				if want := map[bool]int64{true: 5, false: 0}[c.pass != nil]; tr.epoch() != want {
					t.Errorf("epoch %d, want %d", tr.epoch(), want)
				}
			})
		})
	}
}

// What is left of a retrieval's time gets less, and never nothing, which would mean
// the site's own hold.
func TestWithinOfATrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTrip(httptest.NewRequest(http.MethodPost, getMessages, nil), nil)
		for _, want := range []time.Duration{pollFor, pollFor - 10*time.Second, pollFor - 20*time.Second, time.Millisecond, time.Millisecond} {
			if got := within(tr.r); got != want {
				t.Errorf("%v are left, want %v", got, want)
			}
			time.Sleep(10 * time.Second)
		}
		if got := within(httptest.NewRequest(http.MethodPost, getMessages, nil)); got != 0 {
			t.Errorf("%v are left of a request of an only node, want the site's own", got)
		}
	})
}

// Of an answer to a request that is to be asked elsewhere nothing gets through.
func TestTripWriter(t *testing.T) {
	moved := fmt.Errorf("post: %w", hosts.ErrMoved)
	answer := func(w http.ResponseWriter, r *http.Request, err error) {
		if turnedAway(r, err) {
			w.Header().Set("Usher-Last", "7")
		}
		w.WriteHeader(http.StatusTeapot)
		if n, err := io.WriteString(w, "short and stout"); n != len("short and stout") || err != nil {
			t.Errorf("wrote %d bytes, %v", n, err)
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("flush: %v", err)
		}
	}
	for name, c := range map[string]struct {
		err   error
		moved bool
	}{
		"moved": {moved, true}, "nothing wrong": {nil, false}, "another error": {hosts.ErrUncertain, false}, "stopping": {hosts.ErrStopping, false},
	} {
		t.Run(name, func(t *testing.T) {
			to := httptest.NewRecorder()
			tr := newTrip(httptest.NewRequest(http.MethodPost, "/x", nil), nil)
			answer(tripWriter{to, tr}, tr.r, c.err)
			written := to.Body.Len() > 0 || to.Flushed || to.Code == http.StatusTeapot
			if tr.moved != c.moved || written == c.moved {
				t.Errorf("moved %t; %d %q, flushed %t", tr.moved, to.Code, to.Body, to.Flushed)
			}
		})
	}
	t.Run("at the next try", func(t *testing.T) {
		to := httptest.NewRecorder()
		tr := newTrip(httptest.NewRequest(http.MethodPost, "/x", nil), nil)
		w := tripWriter{to, tr}
		answer(w, tr.r, moved)
		tr.moved = false
		clear(w.Header())
		answer(w, tr.r, nil)
		if to.Code != http.StatusTeapot || !bytes.Equal(to.Body.Bytes(), []byte("short and stout")) || len(to.Header()) > 1 {
			t.Errorf("%d %q %v", to.Code, to.Body, to.Header())
		}
	})
	t.Run("without a pool", func(t *testing.T) {
		if r := httptest.NewRequest(http.MethodPost, "/x", nil); turnedAway(r, moved) {
			t.Error("a request that has no trip was turned away")
		}
	})
}
