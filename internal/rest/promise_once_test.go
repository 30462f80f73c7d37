package rest_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"usher/api/agent"
	"usher/internal/testkit"
)

// visitorPost answers the body of a visitor's post with a message id.
func visitorPost(id, text string) string {
	return `{"body":"` + text + `","messageId":"` + id + `"}`
}

// agentPost answers the body of an agent's post with a message id.
func agentPost(t *testing.T, engagement int64, id, text string) string {
	t.Helper()
	b, err := json.Marshal(agent.PostMessageRequest{
		Body: text, MessageID: id, DestinationID: engagement, DestinationType: "ENGAGEMENT", MessageType: "NONE",
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// idle lets sessions and chats be silent for a day.
const idle = `{"absentSeconds":86400,"idleSeconds":86400,"queueSeconds":86400}`

// repeats checks that a post with a message id is done once.
func repeats(t *testing.T, to *end, post func(id, text string) testkit.Answer) {
	t.Helper()
	ok := func(id, text string) {
		t.Helper()
		if a := post(id, text); a.Status != http.StatusOK {
			t.Fatalf("post %s %q: %d %s", id, text, a.Status, a.Body)
		}
	}
	ok("1", "hello")
	ok("1", "hello")
	wantNews(t, "a repeat", to.next(), "hello")
	ok("1", "hello")
	wantNews(t, "a repeat after receipt", to.poll("", ""))
	ok("1", "another")
	wantNews(t, "another body", to.poll("", ""), "another")
	ok("2", "hello")
	wantNews(t, "another id", to.poll("", ""), "hello")
	ok("", "hello")
	ok("", "hello")
	wantNews(t, "no id", to.poll("", ""), "hello", "hello")
}

// TestPromise9MessageIDOnce: a post that carries a messageId is done once, within
// ten minutes.
func TestPromise9MessageIDOnce(t *testing.T) {
	bothPosts := func(t *testing.T, test func(t *testing.T, s *testkit.Server, to *end, post func(id, text string) testkit.Answer)) {
		t.Run("agent", func(t *testing.T) {
			inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
				set(t, s, idle)
				a, v := s.Chat("ada")
				to := visitorEnd(a, v)
				to.poll("", "")
				test(t, s, to, func(id, text string) testkit.Answer {
					return a.Call("postMessage", agentPost(t, v.Engagement, id, text))
				})
			})
		})
		t.Run("visitor", func(t *testing.T) {
			inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
				set(t, s, idle)
				a, v := s.Chat("ada")
				to := agentEnd(a, v)
				to.poll("", "")
				test(t, s, to, func(id, text string) testkit.Answer { return v.Call("postMessage", visitorPost(id, text)) })
			})
		})
	}
	t.Run("once", func(t *testing.T) {
		bothPosts(t, func(t *testing.T, _ *testkit.Server, to *end, post func(id, text string) testkit.Answer) {
			repeats(t, to, post)
		})
	})
	t.Run("for ten minutes", func(t *testing.T) {
		bothPosts(t, func(t *testing.T, _ *testkit.Server, to *end, post func(id, text string) testkit.Answer) {
			post("1", "hello")
			time.Sleep(10 * time.Minute)
			post("1", "hello")
			wantNews(t, "ten minutes later", to.poll("", ""), "hello")
			wantNews(t, "then", to.poll("", ""))
			time.Sleep(time.Millisecond)
			post("1", "hello")
			wantNews(t, "after ten minutes", to.poll("", ""), "hello")
		})
	})
	t.Run("the last hundred", func(t *testing.T) {
		bothPosts(t, func(t *testing.T, _ *testkit.Server, to *end, post func(id, text string) testkit.Answer) {
			for i := range 101 {
				post(digits(int64(i)), "x")
			}
			if g := to.poll("", ""); len(g.News) != 101 {
				t.Fatalf("%d posts came", len(g.News))
			}
			post("1", "x") // the oldest of the last hundred
			wantNews(t, "within them", to.poll("", ""))
			post("0", "x")
			wantNews(t, "before them", to.poll("", ""), "x")
		})
	})
	t.Run("the repeat is answered as the first", func(t *testing.T) {
		bothPosts(t, func(t *testing.T, s *testkit.Server, _ *end, post func(id, text string) testkit.Answer) {
			first := post("m-1", "hello")
			before := s.Position()
			second := post("m-1", "hello")
			if first.Status != http.StatusOK || without(t, first.Body) != without(t, second.Body) {
				t.Errorf("answered %s, and then %s", first.Body, second.Body)
			}
			if now := s.Position(); now != before {
				t.Errorf("the repeat recorded %d events", now-before)
			}
		})
	})
	t.Run("another destination", func(t *testing.T) {
		inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
			a := s.LogOn("ada")
			a.Ask(2)
			first, second := s.Enter(testkit.Support), s.Enter(testkit.Support)
			for _, v := range []*testkit.Visitor{first, second} {
				a.Accept(v.Engagement)
				a.Call("postMessage", agentPost(t, v.Engagement, "1", "hello"))
			}
			wantNews(t, "the first visitor", visitorEnd(a, first).poll("", ""), "joined Ada", "hello")
			wantNews(t, "the second visitor", visitorEnd(a, second).poll("", ""), "joined Ada", "hello")
		})
	})
	t.Run("another sender", func(t *testing.T) {
		inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
			a, v := s.Chat("ada")
			a.Call("postMessage", agentPost(t, v.Engagement, "1", "hello"))
			v.Call("postMessage", visitorPost("1", "hello"))
			wantNews(t, "the visitor", visitorEnd(a, v).poll("", ""), "joined Ada", "hello")
			wantNews(t, "the agent", agentEnd(a, v).poll("", ""), "offer", "joined Ann Lee", "hello")
		})
	})
	t.Run("across an override", func(t *testing.T) {
		inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
			a, v := s.Chat("ada")
			body := agentPost(t, v.Engagement, "1", "hello")
			a.Call("postMessage", body)
			if answer := s.LogOn("ada").Call("postMessage", body); answer.Status != http.StatusOK {
				t.Fatalf("the repeat: %d", answer.Status)
			}
			wantNews(t, "the visitor", visitorEnd(a, v).poll("", ""), "joined Ada", "hello")
		})
	})
	for name, again := range map[string]func(t *testing.T, s *testkit.Server, j *faulty) *testkit.Server{
		"across a restart": func(t *testing.T, s *testkit.Server, j *faulty) *testkit.Server {
			return restart(t, s, testkit.Options{Journal: j}, time.Minute)
		},
		"across a crash": func(t *testing.T, _ *testkit.Server, j *faulty) *testkit.Server {
			return testkit.New(t, testkit.Options{Journal: j.crash()})
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := newFaulty()
			inBubble(t, testkit.Options{Journal: j}, func(t *testing.T, s *testkit.Server) {
				a, v := s.Chat("ada")
				toVisitor, toAgent := agentPost(t, v.Engagement, "1", "to the visitor"), visitorPost("1", "to the agent")
				for range 2 {
					for _, answer := range []testkit.Answer{a.Call("postMessage", toVisitor), v.Call("postMessage", toAgent)} {
						if answer.Status != http.StatusOK {
							t.Fatalf("a post: %d", answer.Status)
						}
					}
					s = again(t, s, j)
					a, v = agentAt(s, a), visitorAt(s, v)
					if name == "across a crash" {
						break
					}
				}
				a.Call("postMessage", toVisitor)
				v.Call("postMessage", toAgent)
				wantNews(t, "the visitor", visitorEnd(a, v).poll("", ""), "joined Ada", "to the visitor")
				wantNews(t, "the agent", agentEnd(a, v).poll("", ""), "offer", "joined Ann Lee", "to the agent")
			})
		})
	}
	t.Run("after an answer that was lost", func(t *testing.T) {
		j := newFaulty()
		inBubble(t, testkit.Options{Journal: j}, func(t *testing.T, s *testkit.Server) {
			a, v := s.Chat("ada")
			j.forget()
			if answer := v.Call("postMessage", visitorPost("1", "hello")); answer.Status != http.StatusServiceUnavailable {
				t.Fatalf("a post whose outcome is not known: %d", answer.Status)
			}
			if answer := v.Call("postMessage", visitorPost("1", "hello")); answer.Status != http.StatusOK {
				t.Fatalf("its repeat: %d", answer.Status)
			}
			wantNews(t, "the agent", agentEnd(a, v).poll("", ""), "offer", "joined Ann Lee", "hello")
		})
	})
	t.Run("for a visitor who waits", func(t *testing.T) {
		inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
			v := s.Enter(testkit.Support)
			for range 2 {
				v.Call("postMessage", visitorPost("1", "hello"))
			}
			a := s.LogOn("ada")
			a.Ask(1)
			a.Accept(v.Engagement)
			v.Call("postMessage", visitorPost("1", "hello"))
			wantNews(t, "the agent", agentEnd(a, v).poll("", ""), "offer", "joined Ann Lee", "hello")
		})
	})
}

// without answers a body without its times.
func without(t *testing.T, body string) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	for _, name := range []string{"serviceStartTime", "serviceFinishTime", "responseSentMilliseconds", "responseSentMillisecondsString"} {
		delete(m, name)
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
