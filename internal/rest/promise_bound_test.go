package rest_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"usher/internal/testkit"
)

// sender is who posts into an engagement; posted answers what became of it.
type sender struct {
	name   string
	posted func(text string) testkit.Answer
	// receiver's loop; nil while nobody leads.
	receiver *end
	// takes lets somebody receive everything, when nobody did at first.
	takes func() *end
}

// senders are the two directions of a chat, and a visitor whom nobody serves yet.
func senders(s *testkit.Server) []sender {
	a, v := s.Chat("ada")
	waiting := s.Enter(testkit.Support)
	visitorPosts := func(v *testkit.Visitor) func(string) testkit.Answer {
		return func(text string) testkit.Answer { return v.Call("postMessage", `{"body":"`+text+`"}`) }
	}
	return []sender{
		{name: "agent to visitor", receiver: visitorEnd(a, v), posted: func(text string) testkit.Answer {
			return a.Call("postMessage", testkit.AgentPost(v.Engagement, text))
		}},
		{name: "visitor to agent", receiver: agentEnd(a, v), posted: visitorPosts(v)},
		{name: "visitor in the queue", posted: visitorPosts(waiting), takes: func() *end {
			b := s.LogOn("bob")
			b.Ask(1)
			b.Accept(waiting.Engagement)
			return agentEnd(b, waiting)
		}},
	}
}

// TestPromise6BoundsTurnTheSenderAway: an engagement takes 1,000 posts or 1 MiB
// that were not received, in each direction; beyond that its sender is told to
// try again, and the receiver keeps everything. Receipt makes room.
func TestPromise6BoundsTurnTheSenderAway(t *testing.T) {
	for name, post := range map[string]struct {
		text string
		fits int
	}{
		"posts": {"x", 1000},
		"bytes": {large, 64}, // of 16 KiB: 1 MiB
	} {
		for i, direction := range []string{"agent to visitor", "visitor to agent", "visitor in the queue"} {
			t.Run(name+" "+direction, func(t *testing.T) {
				inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
					from := senders(s)[i]
					if from.name != direction {
						t.Fatalf("direction %d is %s", i, from.name)
					}
					for n := range post.fits {
						if a := from.posted(post.text); a.Status != http.StatusOK {
							t.Fatalf("post %d: %d %s", n+1, a.Status, a.Body)
						}
					}
					before := s.Position()
					for _, text := range []string{post.text, "x"} {
						a := from.posted(text)
						if retry, err := strconv.Atoi(a.Header.Get("Retry-After")); a.Status != http.StatusTooManyRequests || err != nil || retry < 1 {
							t.Fatalf("post %d: %d, Retry-After %q", post.fits+1, a.Status, a.Header.Get("Retry-After"))
						}
					}
					if now := s.Position(); now != before {
						t.Errorf("the posts that were turned away left %d events", now-before)
					}
					to := from.receiver
					if to == nil {
						to = from.takes()
					}
					received := 0
					for { // handing out is no receipt yet; the next retrieval shows it
						g := to.poll("", "")
						if len(g.News) == 0 {
							break
						}
						for _, m := range g.News {
							if m == post.text {
								received++
							}
						}
					}
					if received != post.fits {
						t.Errorf("the receiver got %d posts of %d", received, post.fits)
					}
					for n := range post.fits { // all the room is there again
						if a := from.posted(post.text); a.Status != http.StatusOK {
							t.Fatalf("post %d after receipt: %d %s", n+1, a.Status, a.Body)
						}
					}
					if a := from.posted("x"); a.Status != http.StatusTooManyRequests {
						t.Errorf("beyond the bound again: %d", a.Status)
					}
				})
			})
		}
	}
}

// TestPromise6HandedOutIsNotReceived: what was handed out and not received still
// counts.
func TestPromise6HandedOutIsNotReceived(t *testing.T) {
	inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
		from := senders(s)[1]
		for range 64 {
			from.posted(large)
		}
		g := from.receiver.poll("", "0")
		if a := from.posted("x"); a.Status != http.StatusTooManyRequests {
			t.Errorf("handed out, not received: %d", a.Status)
		}
		if a, err := from.receiver.call("engagements", "", g.Last); err != nil || a.Status != http.StatusOK {
			t.Fatal(a.Status, err)
		}
		if a := from.posted("x"); a.Status != http.StatusOK {
			t.Errorf("received: %d", a.Status)
		}
	})
}

// TestPromise6SignsOfLife: a session ends 240 s after its last sign of life, which
// any request with its id is, and an open retrieval for as long as it is open.
func TestPromise6SignsOfLife(t *testing.T) {
	for name, sign := range map[string]func(t *testing.T, e *end){
		"an operation": func(t *testing.T, e *end) { e.status(e.beside[0], e.beside[1]) },
		"a bad request": func(t *testing.T, e *end) {
			if status := e.status("postMessage", `[`); status != http.StatusBadRequest {
				t.Fatalf("status %d", status)
			}
		},
		"a retrieval": func(_ *testing.T, e *end) { e.poll("", "") },
		"a retrieval that was cut": func(t *testing.T, e *end) {
			for len(e.poll("", "").News) > 0 { // the other end is lost meanwhile
			}
			c := wire(t, e, "")
			time.Sleep(20 * time.Second)
			c.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			bothEnds(t, func(t *testing.T, e *end) {
				set(t, e.Server, `{"idleSeconds":86400}`)
				for range 3 {
					time.Sleep(239 * time.Second)
					sign(t, e)
				}
				time.Sleep(239*time.Second + 999*time.Millisecond)
				if status := e.status(e.beside[0], e.beside[1]); status != http.StatusOK {
					t.Fatalf("a millisecond before the end: %d", status)
				}
				time.Sleep(240 * time.Second)
				for _, operation := range []string{e.beside[0], "getMessages"} {
					if status := e.status(operation, e.beside[1]); status != http.StatusForbidden {
						t.Errorf("%s, 240 s later: %d", operation, status)
					}
				}
			})
		})
	}
}

// TestGraceAfterConclusion: a visitor's session lives 30 s after the concluded
// message is known to be received; until then its ordinary time.
func TestGraceAfterConclusion(t *testing.T) {
	conclude := func(a *testkit.Agent, v *testkit.Visitor) *end {
		a.Call("concludeChat", `{"engagementId":`+digits(v.Engagement)+`}`)
		return visitorEnd(a, v)
	}
	t.Run("inferred", func(t *testing.T) {
		inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
			a, v := s.Chat("ada")
			e := conclude(a, v)
			wantNews(t, "the end", e.poll("", ""), "joined Ada", "concluded AGENT_CONCLUDED")
			time.Sleep(100 * time.Second) // nobody knows yet
			g := e.poll("", "")
			wantNews(t, "after it", g)
			wantTook(t, "it", g, 30*time.Second)
			if status := e.status("getMessages", ""); status != http.StatusForbidden {
				t.Errorf("after the grace: %d", status)
			}
		})
	})
	t.Run("by position", func(t *testing.T) {
		inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
			a, v := s.Chat("ada")
			e := conclude(a, v)
			g := e.poll("", "0")
			if answer, err := e.call("activity", `{"mode":"LISTENING"}`, g.Last); err != nil || answer.Status != http.StatusOK {
				t.Fatal(answer.Status, err)
			}
			time.Sleep(29*time.Second + 999*time.Millisecond)
			for _, operation := range []string{"activity", "concludeEngagement"} {
				if status := e.status(operation, `{"mode":"LISTENING"}`); status != http.StatusOK {
					t.Errorf("%s within the grace: %d", operation, status)
				}
			}
			if status := e.status("postMessage", `{"body":"x"}`); status != http.StatusConflict {
				t.Errorf("a post within the grace: %d", status)
			}
			time.Sleep(time.Millisecond)
			for _, operation := range []string{"activity", "concludeEngagement", "postMessage", "getMessages"} {
				if status := e.status(operation, `{"mode":"LISTENING","body":"x"}`); status != http.StatusForbidden {
					t.Errorf("%s after the grace: %d", operation, status)
				}
			}
		})
	})
	t.Run("a parked retrieval", func(t *testing.T) {
		inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
			a, v := s.Chat("ada")
			e := visitorEnd(a, v)
			e.poll("", "")
			parked := e.park("", "")
			time.Sleep(7 * time.Second)
			conclude(a, v)
			g := <-parked
			wantNews(t, "the parked one", g, "concluded AGENT_CONCLUDED")
			wantTook(t, "it", g, 7*time.Second)
		})
	})
	t.Run("not received", func(t *testing.T) {
		inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
			a, v := s.Chat("ada")
			e := conclude(a, v)
			for range 3 { // cut answers are signs of life, and no receipt
				time.Sleep(200 * time.Second)
				cut(t, e, "")
			}
			time.Sleep(239*time.Second + 999*time.Millisecond)
			wantNews(t, "the last words of one who was away", e.poll("", "0"), "joined Ada", "concluded AGENT_CONCLUDED")
			time.Sleep(239*time.Second + 999*time.Millisecond)
			wantNews(t, "again", e.poll("", ""), "joined Ada", "concluded AGENT_CONCLUDED")
			time.Sleep(240 * time.Second)
			if status := e.status("getMessages", ""); status != http.StatusForbidden {
				t.Errorf("240 s after the last sign of life: %d", status)
			}
		})
	})
}
