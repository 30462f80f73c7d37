package rest_test

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/testkit"
)

// TestPromise7NewLead: a new lead gets, in order, every post of the visitor that
// no former lead is known to have received, and nothing else.
func TestPromise7NewLead(t *testing.T) {
	for how, leave := range map[string]func(t *testing.T, a *testkit.Agent){
		"lost": func(_ *testing.T, _ *testkit.Agent) { time.Sleep(240 * time.Second) },
		"logged off by force": func(t *testing.T, a *testkit.Agent) {
			if answer := a.Call("logoff", `{"forceLogoff":true}`); answer.Status != http.StatusOK {
				t.Fatalf("log off: %d", answer.Status)
			}
		},
	} {
		for name, with := range map[string]struct {
			receive func(t *testing.T, e *end) // what the former lead does with "one" and "two"
			want    []string
		}{
			"received both": {func(t *testing.T, e *end) {
				wantNews(t, "the former lead", e.poll("", ""), "offer", "joined Ann Lee", "zero", "one", "two")
				wantNews(t, "then", e.poll("", ""))
			}, []string{"three"}},
			"received both by position": {func(t *testing.T, e *end) {
				e.call(e.beside[0], "", e.poll("", "0").Last)
			}, []string{"three"}},
			"received one of them": {func(t *testing.T, e *end) {
				e.call(e.beside[0], "", less(t, e.poll("", "0").Last))
			}, []string{"two", "three"}},
			"was handed both, and no more is known": {func(t *testing.T, e *end) {
				e.poll("", "")
			}, []string{"zero", "one", "two", "three"}},
			"was cut": {func(t *testing.T, e *end) {
				cut(t, e, "")
			}, []string{"zero", "one", "two", "three"}},
			"received nothing": {func(*testing.T, *end) {}, []string{"zero", "one", "two", "three"}},
		} {
			t.Run(how+" "+name, func(t *testing.T) {
				inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
					v := s.Enter(testkit.Support)
					v.Post("zero") // while it waits
					ada := s.LogOn("ada")
					ada.Ask(1)
					ada.Accept(v.Engagement)
					ada.Post(v.Engagement, "of the lead")
					v.Post("one")
					v.Post("two")
					with.receive(t, agentEnd(ada, v))
					visitor := visitorEnd(ada, v)
					wantNews(t, "the visitor", visitor.poll("", ""), "joined Ada", "of the lead")
					// The visitor shows that it lives, the lead does not.
					parked := visitor.park("", "")
					synctest.Wait()
					leave(t, ada)
					absent := func(n string) bool { return n == "connection ABSENT" } // told first of who is lost
					g := <-parked
					for g.News = slices.DeleteFunc(g.News, absent); len(g.News) == 0; g.News = slices.DeleteFunc(g.News, absent) {
						g = visitor.poll("", "")
					}
					wantNews(t, "the visitor is told", g, "left TRANSFERRED_TO_QUEUE LEAD", "place 1")
					v.Post("three")
					bob := s.LogOn("bob")
					bob.Ask(1)
					bob.Accept(v.Engagement)
					e := agentEnd(bob, v)
					wantNews(t, "the new lead", e.poll("", ""), append([]string{"offer", "joined Ann Lee"}, with.want...)...)
					v.Post("four")
					wantNews(t, "then", e.poll("", ""), "four")
				})
			})
		}
	}
}

// TestOverride: a log-on over a live session gets a new session id, ends the old
// one and its parked retrieval, and carries over what was not received under
// numbers that start again.
func TestOverride(t *testing.T) {
	inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
		old, v := s.Chat("ada")
		e := agentEnd(old, v)
		wantNews(t, "received", e.poll("", ""), "offer", "joined Ann Lee")
		parked := e.park("", "")
		time.Sleep(5 * time.Second)
		again := s.LogOn("ada")
		if again.Session == old.Session || again.Client != old.Client {
			t.Fatalf("the session was %s of client %d, and is %s of client %d", old.Session, old.Client, again.Session, again.Client)
		}
		g := <-parked
		wantNews(t, "the parked retrieval of the old session", g)
		wantTook(t, "it", g, 5*time.Second)
		for _, operation := range []string{"getMessages", "engagements", "logoff"} {
			if status := e.status(operation, `{"forceLogoff":true}`); status != http.StatusForbidden {
				t.Errorf("%s of the old session: %d", operation, status)
			}
		}
		again.Post(v.Engagement, "I am back")
		v.Post("zero")
		e = agentEnd(again, v)
		wantNews(t, "the new session", e.poll("", "0"), "zero")
		v.Post("one")
		v.Post("two")
		wantNews(t, "by position", e.poll("", "1"), "one", "two")
		e = agentEnd(s.LogOn("ada"), v)
		g = e.poll("", "0")
		wantNews(t, "carried over", g, "one", "two")
		if g.Last != "2" || g.Counts[0] != 1 || g.Counts[1] != 2 {
			t.Errorf("the counts are %v and Usher-Last is %s: they start again", g.Counts, g.Last)
		}
		wantNews(t, "by position", e.poll("", "2"))
		v.Post("three")
		wantNews(t, "and on", e.poll("", ""), "three")
	})
}

// TestOverrideInfersAnew: the new session has not used positions, whatever the
// old one did.
func TestOverrideInfersAnew(t *testing.T) {
	inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		agentEnd(a, v).poll("", "0")
		e := agentEnd(s.LogOn("ada"), v)
		wantNews(t, "the first", e.poll("", ""), "offer", "joined Ann Lee")
		wantNews(t, "the second", e.poll("", ""))
	})
}

// TestPlacesInTheQueue: a waiting visitor is told its place with its first
// retrieval, and again when it changes.
func TestPlacesInTheQueue(t *testing.T) {
	inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
		var ends []*end
		for i := range 3 {
			e := visitorEnd(nil, s.Enter(testkit.Support))
			wantNews(t, "visitor "+digits(int64(i+1)), e.poll("", ""), "place "+digits(int64(i+1)))
			ends = append(ends, e)
		}
		wantTook(t, "with nothing new a retrieval", ends[2].poll("", ""), 30*time.Second)
		second, third := ends[1].park("", ""), ends[2].park("", "")
		time.Sleep(5 * time.Second)
		ends[0].status("concludeEngagement", "")
		for i, p := range []<-chan got{second, third} {
			g := <-p
			wantNews(t, "when the first one leaves", g, "place "+digits(int64(i+1)))
			wantTook(t, "it", g, 5*time.Second)
			if g.Counts[0] != 0 {
				t.Errorf("its sequenceNumber is %d, want 0: nothing came before it", g.Counts[0])
			}
		}
		third = ends[2].park("", "")
		a := s.LogOn("ada")
		a.Ask(1) // the second visitor is offered
		wantNews(t, "the last one", <-third, "place 1")
		if answer := a.Call("logoff", `{"forceLogoff":true}`); answer.Status != http.StatusOK {
			t.Fatal(answer.Status)
		}
		wantNews(t, "the one whose offer ended", ends[1].poll("", ""), "place 1")
		wantNews(t, "the last one again", ends[2].poll("", ""), "place 2")
	})
}
