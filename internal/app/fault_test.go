package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	wire "usher/api/consumer"
	"usher/api/sites"
	"usher/client"
	"usher/client/agent"
	"usher/client/consumer"
	"usher/internal/journal"
	"usher/internal/journal/sqlite"
)

// failing is a journal that fails while it is told to.
type failing struct {
	how    atomic.Pointer[func(sqlite.Point) error]
	failed atomic.Int64 // how often it did
}

func (f *failing) fault(p sqlite.Point) error {
	how := f.how.Load()
	if how == nil {
		return nil
	}
	err := (*how)(p)
	if err != nil {
		f.failed.Add(1)
	}
	return err
}

// TestJournalFails: while the disk is full or the sync fails, posts are refused
// with 503 and Retry-After, retrievals are held, and /readyz is red. When the
// disk recovers everything goes on, and every post that was answered 200 is
// received once, in order.
func TestJournalFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("injected")
	for name, how := range map[string]func(sqlite.Point) error{
		"disk full": func(p sqlite.Point) error {
			if p == sqlite.BeforeCommit {
				return fmt.Errorf("%w: %w", journal.ErrRefused, broken)
			}
			return nil
		},
		"sync fails, nothing written": func(p sqlite.Point) error {
			if p == sqlite.BeforeCommit {
				return broken
			}
			return nil
		},
		"sync fails, all written": func(p sqlite.Point) error {
			if p == sqlite.AfterCommit {
				return broken
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &failing{}
			a := start(t, Options{Data: t.TempDir(), Demo: true, fault: f.fault})
			posts, received := talk(t, a, func(post func(string) error) {
				for i := range 3 {
					if err := post("before " + strconv.Itoa(i)); err != nil {
						t.Fatal(err)
					}
				}
				f.how.Store(&how)
				refused := 0
				for i := 0; refused < 3; i++ {
					err := post("during " + strconv.Itoa(i))
					e, ok := errors.AsType[*client.Error](err)
					if !ok || e.Status != http.StatusServiceUnavailable || e.RetryAfter == 0 {
						t.Fatalf("post while the journal fails: %v, want 503 with Retry-After", err)
					}
					refused++
				}
				if status := readyz(t, a); status != http.StatusServiceUnavailable {
					t.Errorf("readyz is %d while the journal fails, want 503", status)
				}
				f.how.Store(nil)
				for post("after") != nil { // the probe finds out within a second or so
					if t.Context().Err() != nil {
						t.Fatal("the site did not recover")
					}
				}
				if status := readyz(t, a); status != http.StatusOK {
					t.Errorf("readyz is %d after the journal recovered, want 200", status)
				}
			})
			// A post whose answer was 503 may have been written all the same.
			if diff := cmp.Diff(posts, without(received, posts)); diff != "" {
				t.Errorf("of the posts answered 200 the agent received (-want +got):\n%s", diff)
			}
			if f.failed.Load() == 0 {
				t.Error("the journal never failed: this test shows nothing")
			}
		})
	}
}

// without drops from what was received the posts that were not answered 200.
func without(received, posts []string) []string {
	answered := map[string]bool{}
	for _, p := range posts {
		answered[p] = true
	}
	var out []string
	for _, r := range received {
		if answered[r] {
			out = append(out, r)
		}
	}
	return out
}

// talk lets a visitor of Ada's do something, and answers which posts were
// answered 200 and what Ada received.
func talk(t *testing.T, a *App, visit func(post func(string) error)) (posts, received []string) {
	t.Helper()
	ctx := t.Context()
	loop, end := context.WithCancel(ctx) // of the agent, who leaves before the visitor is told
	defer end()
	s := a.Ready().Sites[0]
	ada, err := agent.Dial(ctx, agent.Options{Server: a.URL(), Site: s.Site, Login: "ada", Password: s.Accounts[0].Password})
	if err != nil {
		t.Fatal(err)
	}
	if err := ada.RequestAssignment(ctx, true, 1, 1); err != nil {
		t.Fatal(err)
	}
	accepted, over := make(chan struct{}), make(chan error, 1)
	go func() {
		over <- ada.Run(loop, func(ctx context.Context, m agent.Message) error {
			switch {
			case m.ChatEngagementAssignment != nil:
				_, err := ada.Accept(ctx, m.ChatEngagementAssignment)
				close(accepted)
				return err
			case m.ChatPostMessage != nil:
				received = append(received, m.ChatPostMessage.Body)
			case m.ChatDisconnectNotification != nil:
				end() // the last message: all posts came before it
			}
			return nil
		})
	}()
	visitor, err := consumer.Start(ctx, consumer.Options{Server: a.URL(), Site: s.Site, Key: s.WidgetKey, Visitor: sites.SessionAttributes{QueueID: demoSupport}})
	if err != nil {
		t.Fatal(err)
	}
	<-accepted
	visit(func(body string) error {
		_, err := visitorPost(ctx, visitor, body)
		if err == nil {
			posts = append(posts, body)
		}
		return err
	})
	if err := visitor.Conclude(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-over; !errors.Is(err, context.Canceled) {
		t.Errorf("the agent's loop ended with %v: a retrieval is not refused for a fault of ours", err)
	}
	return posts, received
}

// visitorPost posts once, without the patience of the SDK: a short deadline ends
// its repeats, and the last refusal is answered.
func visitorPost(ctx context.Context, v *consumer.Session, body string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	return v.PostMessage(ctx, wire.PostMessageRequest{Body: body})
}

func readyz(t *testing.T, a *App) int {
	t.Helper()
	answer, err := http.Get(a.URL() + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
