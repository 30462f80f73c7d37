package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sampleScript answers with words that tell the answers apart.
func sampleScript() script {
	say := func(body string) recorded {
		return recorded{
			Header: http.Header{"Date": nil, "Content-Type": {"application/json;charset=utf-8"}, "Usher-Last": {"1001"}},
			Body:   []byte(body),
		}
	}
	return script{Post: say("posted"), Message: say("a message"), Timeout: say("nothing")}
}

// pipes is a listener whose connections stay in memory, so that a bubble's time
// is exact.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "pipe"} }

func (p *pipes) dial(ctx context.Context, _ int) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// serve runs a server on pipes until stop is called. In a bubble its handlers
// must end with their requests, or they are left behind.
func serve(t *testing.T, h http.Handler) (p *pipes, stop func()) {
	t.Helper()
	p = newPipes()
	server := &http.Server{Handler: h}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := server.Serve(p); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	})
	return p, func() {
		_ = server.Close()
		serving.Wait()
	}
}

// ask sends one call and returns the answer's body.
func ask(w *wire, target string) (string, error) {
	if err := w.send(call{target: target, body: "hello"}.layOut("hub").bytes(firstSerial, 0)); err != nil {
		return "", err
	}
	got, err := w.receive()
	if err != nil {
		return "", err
	}
	return string(got.body), nil
}

func TestHub(t *testing.T) {
	// Each step is a poll or a post, a second after the one before.
	for _, test := range []struct {
		name  string
		posts []time.Duration // when something is posted to the mailbox
		poll  time.Duration   // when it is polled
		want  string
		at    time.Duration // when the poll is answered
	}{
		{"a waiting message comes at once", []time.Duration{0}, time.Second, "a message", time.Second},
		{"several come together", []time.Duration{0, 0, 0}, time.Second, "a message", time.Second},
		{"a parked poll is woken", []time.Duration{5 * time.Second}, time.Second, "a message", 5 * time.Second},
		{"a poll is held for 30 seconds", nil, time.Second, "nothing", 31 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, stop := serve(t, newHub(sampleScript()))
				defer stop()
				start := time.Now()
				var posting sync.WaitGroup
				for _, at := range test.posts {
					posting.Go(func() {
						time.Sleep(at)
						conn, err := p.dial(t.Context(), 0)
						if err != nil {
							t.Error(err)
							return
						}
						defer conn.Close()
						if got, err := ask(newWire(conn), "/post?to=1000&pad=xx"); got != "posted" || err != nil {
							t.Errorf("post: %q, %v", got, err)
						}
					})
				}
				conn, err := p.dial(t.Context(), 0)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				time.Sleep(test.poll)
				w := newWire(conn)
				got, err := ask(w, "/poll?id=1000")
				if got != test.want || err != nil {
					t.Errorf("poll: %q, %v; want %q", got, err, test.want)
				}
				if at := time.Since(start); at != test.at {
					t.Errorf("answered after %v, want %v", at, test.at)
				}
				posting.Wait()
				// What was taken is gone.
				if got, err := ask(w, "/poll?id=1000"); got != "nothing" || err != nil {
					t.Errorf("second poll: %q, %v; want nothing left", got, err)
				}
			})
		})
	}
}

func TestHubForgetsAPollThatHungUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, stop := serve(t, newHub(sampleScript()))
		defer stop()
		gone, err := p.dial(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := newWire(gone).send(call{target: "/poll?id=1", body: "x"}.layOut("hub").bytes(firstSerial, 0)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		gone.Close()
		synctest.Wait()
		conn, err := p.dial(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		w := newWire(conn)
		if got, err := ask(w, "/post?to=1"); got != "posted" || err != nil {
			t.Fatalf("post: %q, %v", got, err)
		}
		if got, err := ask(w, "/poll?id=1"); got != "a message" || err != nil {
			t.Errorf("poll: %q, %v; the message went to the poll that hung up", got, err)
		}
	})
}

func TestHubRefuses(t *testing.T) {
	for _, test := range []struct {
		name, target string
		body         io.Reader
		status       int
	}{
		{"another path", "/other?to=1", strings.NewReader("x"), 404},
		{"a post to nobody", "/post", strings.NewReader("x"), 404},
		{"a poll by the post's name", "/poll?to=1", strings.NewReader("x"), 404},
		{"a body of unknown length", "/post?to=1", io.MultiReader(strings.NewReader("x")), 400},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", test.target, test.body)
		newHub(sampleScript()).ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("%s: status %d, want %d", test.name, w.Code, test.status)
		}
	}
}

// The hub must send what was recorded, byte for byte but for the date.
func TestHubSendsWhatWasRecorded(t *testing.T) {
	for _, test := range []struct {
		name   string
		header http.Header // as a server sets it, nil for a header left out
	}{
		{"with a date", http.Header{"Content-Type": {"application/json"}, "Usher-Last": {"1001"}, "X-Two": {"a", "b"}}},
		{"without", http.Header{"Date": nil, "Content-Type": nil}},
	} {
		t.Run(test.name, func(t *testing.T) {
			original := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for name, values := range test.header {
					w.Header()[name] = values
				}
				_, _ = io.WriteString(w, `{"some":"answer"}`)
			}))
			defer original.Close()
			first := fetch(t, original, "/poll?id=1")

			raw, err := json.Marshal(script{Message: first, Post: first, Timeout: first})
			if err != nil {
				t.Fatal(err)
			}
			var s script
			if err := json.Unmarshal(raw, &s); err != nil {
				t.Fatal(err)
			}
			hub := httptest.NewServer(newHub(s))
			defer hub.Close()
			if diff := cmp.Diff(first, fetch(t, hub, "/post?to=1")); diff != "" {
				t.Errorf("post: recorded and repeated answers differ (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(first, fetch(t, hub, "/poll?id=1")); diff != "" {
				t.Errorf("poll: recorded and repeated answers differ (-want +got):\n%s", diff)
			}
		})
	}
}

func fetch(t *testing.T, server *httptest.Server, target string) recorded {
	t.Helper()
	host := strings.TrimPrefix(server.URL, "http://")
	got, err := exchangeOnce(t.Context(), &process{host: host}, call{target: target, body: "x"})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTimeoutLike(t *testing.T) {
	got := timeoutLike(sampleScript().Message)
	var body struct {
		GetResponseTypes []map[string]any `json:"getResponseTypes"`
	}
	if err := json.Unmarshal(got.Body, &body); err != nil {
		t.Fatal(err)
	}
	if len(body.GetResponseTypes) != 1 || body.GetResponseTypes[0]["ChatGetTimeout"] == nil {
		t.Errorf("body %s", got.Body)
	}
	if _, ok := got.Header["Date"]; !ok || got.Header.Get("Usher-Last") != "" {
		t.Errorf("header %v: it must leave out what the message does, and carry no position", got.Header)
	}
}

// pipeTransport lets net/http's client use pipes.
func pipeTransport(p *pipes) *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return p.dial(ctx, 0) }}
}
