package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// talk lets a conversation post n times and returns how many were delivered.
func talk(ctx context.Context, c *conversation, host string, n int) (int, error) {
	visitor, agent, hangUp, err := c.connect(ctx, 0, dialTo(host))
	if err != nil {
		return 0, err
	}
	defer hangUp()
	delivered := 0
	err = c.run(host, visitor, agent, func() bool { return delivered < n }, func(time.Duration) { delivered++ })
	return delivered, err
}

func TestConversationsAtBothServers(t *testing.T) {
	const conversations, posts = 8, 50
	fake, s, host := serveFake(t)
	if err := s.stayAwake(t.Context()); err != nil {
		t.Fatal(err)
	}
	onUsher := make([]*conversation, conversations)
	err := each(t.Context(), conversations, 3, func(ctx context.Context, i int) (err error) {
		onUsher[i], err = s.openConversation(ctx, i)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	answers, message, err := onUsher[0].record(t.Context(), host, dialTo(host))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(answers.Message.Body), string(message)) || answers.Message.Header.Get("Usher-Last") == "" {
		t.Errorf("recorded message has no %s: %s %v", message, answers.Message.Body, answers.Message.Header)
	}
	hub := httptest.NewServer(newHub(answers))
	defer hub.Close()

	servers := map[string]func(i int) (*conversation, string){
		"usher": func(i int) (*conversation, string) { return onUsher[i], host },
		"baseline": func(i int) (*conversation, string) {
			return onUsher[i].onHub(i, message), strings.TrimPrefix(hub.URL, "http://")
		},
	}
	for name, at := range servers {
		t.Run(name, func(t *testing.T) {
			var talking sync.WaitGroup
			for i := range conversations {
				talking.Go(func() {
					c, host := at(i)
					for range 2 { // a second round goes on where the first ended
						if n, err := talk(t.Context(), c, host, posts); n != posts || err != nil {
							t.Errorf("conversation %d: %d delivered, %v", i, n, err)
						}
					}
				})
			}
			talking.Wait()
		})
	}
	// A repeated message id would be answered without being delivered.
	ids := slices.Sorted(slices.Values(fake.posts))
	want := conversations*2*posts + rehearsal + 1
	if len(ids) != want {
		t.Errorf("usher got %d posts, want %d", len(ids), want)
	}
	for i, c := range onUsher {
		if want := firstSerial + int64(2*posts); i > 0 && c.serial != want {
			t.Errorf("conversation %d ended at serial %d, want %d", i, c.serial, want)
		}
	}
}

func TestConversationTellsARefusal(t *testing.T) {
	_, s, host := serveFake(t)
	c, err := s.openConversation(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	c.post.body = strings.Replace(c.post.body, "to be", fakeReason, 1)
	n, err := talk(t.Context(), c, host, 1)
	if n != 0 || err == nil || !strings.Contains(err.Error(), "status 400") || !strings.Contains(err.Error(), fakeReason) {
		t.Errorf("%d delivered, error %v; want the refusal's status and words", n, err)
	}
}

func TestEachStopsAtTheFirstError(t *testing.T) {
	broken := fmt.Errorf("broken")
	var mu sync.Mutex
	var done []int
	err := each(t.Context(), 1000, 1, func(_ context.Context, i int) error {
		mu.Lock()
		defer mu.Unlock()
		done = append(done, i)
		if i == 3 {
			return broken
		}
		return nil
	})
	if err != broken || len(done) != 4 {
		t.Errorf("error %v after %v, want %v after 0 to 3", err, done, broken)
	}
	if err := each(t.Context(), 0, 4, func(context.Context, int) error { return broken }); err != nil {
		t.Errorf("nothing to do: %v", err)
	}
}
