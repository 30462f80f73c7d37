package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// counted counts the polls that stand at a handler.
type counted struct {
	http.Handler
	parked  atomic.Int64
	answers atomic.Int64
}

func (c *counted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.parked.Add(1)
	c.Handler.ServeHTTP(w, r)
	c.parked.Add(-1)
	c.answers.Add(1)
}

func TestParkKeepsAllPollsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 100
		h := newHub(sampleScript())
		c := &counted{Handler: h}
		p, stop := serve(t, c)
		defer stop()
		polls := make([]seat, n)
		for i := range polls {
			polls[i].poll = call{target: "/poll?id=" + mailboxID(i), header: [][2]string{{"Usher-Ack", ackMark}}, body: serialMark}
			if i%2 == 0 {
				h.mailbox(mailboxID(i)).put([]byte("first")) // these are answered at once and come again
			}
		}
		start := time.Now()
		err := park(t.Context(), "hub", p.dial, polls, func() error {
			if got := c.parked.Load(); got != n {
				t.Errorf("%d polls are open, want %d", got, n)
			}
			if got := c.answers.Load(); got != n/2 {
				t.Errorf("%d polls were answered, want %d", got, n/2)
			}
			if waited := time.Since(start); waited < quiet {
				t.Errorf("taken to be parked after %v, want at least %v of quiet", waited, quiet)
			}
			time.Sleep(hubHold) // all are answered by the time-out and come again
			synctest.Wait()
			if open, answers := c.parked.Load(), c.answers.Load(); open != n || answers != n+n/2 {
				t.Errorf("after a hold %d polls are open and %d answered, want %d and %d", open, answers, n, n+n/2)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if got := c.parked.Load(); got != 0 {
			t.Errorf("%d polls are open after hanging up", got)
		}
	})
}

func TestParkFails(t *testing.T) {
	refused := errors.New("no more connections")
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		dial    func(p *pipes) dialer
		want    string
	}{
		{
			name:    "when a poll is refused",
			handler: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "who are you", http.StatusForbidden) },
			want:    "status 403: who are you",
		}, {
			name: "when the server never rests",
			handler: func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // only then is the end of the request told
				select {
				case <-time.After(quiet / 2):
				case <-r.Context().Done():
				}
			},
			want: "goes on answering",
		}, {
			name:    "when connections run out",
			handler: newHub(sampleScript()).ServeHTTP,
			dial: func(p *pipes) dialer {
				return func(ctx context.Context, i int) (net.Conn, error) {
					if i == 5 {
						return nil, refused
					}
					return p.dial(ctx, i)
				}
			},
			want: refused.Error(),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, stop := serve(t, test.handler)
				defer stop()
				dial := dialer(p.dial)
				if test.dial != nil {
					dial = test.dial(p)
				}
				polls := make([]seat, 10)
				for i := range polls {
					polls[i].poll = call{target: "/poll?id=1", body: "x"}
				}
				err := park(t.Context(), "hub", dial, polls, func() error {
					t.Error("taken to be parked")
					return nil
				})
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("error %v, want one with %q", err, test.want)
				}
			})
		})
	}
}
