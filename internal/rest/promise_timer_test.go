package rest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"usher/api/agent"
	"usher/internal/testkit"
)

// everyTimer runs a test with the default settings and with others. limits are
// the times in force.
func everyTimer(t *testing.T, test func(t *testing.T, s *testkit.Server, limits limits)) {
	for name, l := range map[string]limits{
		"default": {"", 60 * time.Second, 120 * time.Second, 600 * time.Second, 1800 * time.Second},
		"changed": {`{"offerSeconds":10,"absentSeconds":40,"idleSeconds":300,"queueSeconds":90}`,
			10 * time.Second, 40 * time.Second, 300 * time.Second, 90 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
				if l.settings != "" {
					set(t, s, l.settings)
				}
				test(t, s, l)
			})
		})
	}
}

type limits struct {
	settings                   string
	offer, absent, idle, queue time.Duration
}

// loop retrieves until something comes or the session is over, beside the test.
func (e *end) loop() <-chan got {
	out := make(chan got, 1)
	go func() { out <- e.next() }()
	return out
}

// TestOfferExpires: an offer that nobody answers goes to another agent.
func TestOfferExpires(t *testing.T) {
	everyTimer(t, func(t *testing.T, s *testkit.Server, l limits) {
		ada, bob := s.LogOn("ada"), s.LogOn("bob")
		ada.Ask(1)
		v := s.Enter(testkit.Support)
		bob.Ask(1)
		toAda, toBob := agentEnd(ada, v), agentEnd(bob, v)
		wantNews(t, "ada", toAda.poll("", ""), "offer")
		adaLoop, bobLoop := toAda.loop(), toBob.loop()
		g := <-bobLoop
		wantNews(t, "bob", g, "offer")
		wantTook(t, "bob", g, l.offer)
		g = <-adaLoop
		wantNews(t, "ada", g, "left TRANSFERRED_TO_QUEUE NONE")
		wantTook(t, "ada", g, l.offer)
		answer := ada.Call("assignmentAcknowledgement",
			`{"engagementId":`+digits(v.Engagement)+`,"action":"ACCEPT","actionType":"AUTO","assignmentType":"LEAD"}`)
		if answer.Status != http.StatusBadRequest {
			t.Errorf("accepting what has expired: %d", answer.Status)
		}
		bob.Accept(v.Engagement)
	})
}

// TestAgentAbsent: an agent without a sign of life loses its offers when it is
// absent, and its chats when it is lost.
func TestAgentAbsent(t *testing.T) {
	t.Run("offer", func(t *testing.T) {
		everyTimer(t, func(t *testing.T, s *testkit.Server, l limits) {
			set(t, s, `{"offerSeconds":3600}`)
			ada, bob := s.LogOn("ada"), s.LogOn("bob")
			v := s.Enter(testkit.Support)
			ada.Ask(1) // its last sign of life
			bob.Ask(1)
			g := agentEnd(bob, v).next()
			wantNews(t, "bob", g, "offer")
			wantTook(t, "bob", g, l.absent)
		})
	})
	t.Run("chat", func(t *testing.T) {
		everyTimer(t, func(t *testing.T, s *testkit.Server, l limits) {
			set(t, s, `{"idleSeconds":3600,"queueSeconds":3600}`)
			ada, v := s.Chat("ada")
			e := visitorEnd(ada, v)
			wantNews(t, "the visitor", e.poll("", ""), "joined Ada")
			g := e.next()
			wantNews(t, "the visitor", g, "connection ABSENT")
			wantTook(t, "it", g, l.absent)
			g = e.next()
			wantNews(t, "the visitor", g, "left TRANSFERRED_TO_QUEUE LEAD", "place 1")
			wantTook(t, "it", g, l.absent)
			if answer := ada.Call("engagements", ""); answer.Status != http.StatusForbidden {
				t.Errorf("the lost agent: %d", answer.Status)
			}
		})
	})
}

// TestVisitorAbsent: a visitor without a sign of life is lost, and its agent told.
func TestVisitorAbsent(t *testing.T) {
	everyTimer(t, func(t *testing.T, s *testkit.Server, l limits) {
		set(t, s, `{"idleSeconds":3600}`)
		a, v := s.Chat("ada")
		e := agentEnd(a, v)
		wantNews(t, "the agent", e.poll("", ""), "offer", "joined Ann Lee")
		g := e.next()
		wantNews(t, "the agent", g, "typing NONE") // it is away
		wantTook(t, "it", g, l.absent)
		g = e.next()
		wantNews(t, "the agent", g, "left EJECTED END_USER")
		wantTook(t, "it", g, l.absent)
		if answer := v.Call("getMessages", ""); answer.Status != http.StatusForbidden {
			t.Errorf("the lost visitor: %d", answer.Status)
		}
		held := testkit.Decode[agent.EngagementsResponse](s, a.Call("engagements", ""))
		if len(held.Engagements) != 1 || held.Engagements[0].State != agent.StateWrapUp {
			t.Errorf("the agent holds %+v, want the engagement in wrap-up", held.Engagements)
		}
	})
}

// TestIdle: a chat in which nobody does anything ends, although both retrieve.
// Posts and typing are doing something.
func TestIdle(t *testing.T) {
	everyTimer(t, func(t *testing.T, s *testkit.Server, l limits) {
		a, v := s.Chat("ada")
		toAgent, toVisitor := agentEnd(a, v), visitorEnd(a, v)
		toAgent.poll("", "")
		toVisitor.poll("", "")
		for i, do := range []func(){
			func() { toVisitor.say("hello") }, func() { toAgent.say("hello") },
			func() { toVisitor.typing("RESPONDING") }, func() { toAgent.typing("RESPONDING") },
		} {
			agentLoop, visitorLoop := toAgent.loop(), toVisitor.loop()
			time.Sleep(l.idle - time.Second)
			do()
			to, other := agentLoop, visitorLoop
			if i%2 == 0 {
				to, other = visitorLoop, agentLoop
			}
			if g := <-to; len(g.News) != 1 || g.Took != l.idle-time.Second {
				t.Fatalf("step %d: %q after %v", i, g.News, g.Took)
			}
			if i%2 == 0 { // the loop that nothing came to goes on: give it something
				toAgent.say("x")
			} else {
				toVisitor.say("x")
			}
			<-other
		}
		began := time.Now()
		agentLoop, visitorLoop := toAgent.loop(), toVisitor.loop()
		wantNews(t, "the agent", <-agentLoop, "left IDLE_TIMEOUT END_USER")
		wantNews(t, "the visitor", <-visitorLoop, "concluded IDLE_TIMEOUT")
		if took := time.Since(began); took != l.idle {
			t.Errorf("the chat ended after %v, want %v", took, l.idle)
		}
	})
}

// TestQueueTimeout: a visitor who waited too long is told so.
func TestQueueTimeout(t *testing.T) {
	everyTimer(t, func(t *testing.T, s *testkit.Server, l limits) {
		e := visitorEnd(nil, s.Enter(testkit.Support))
		wantNews(t, "the visitor", e.poll("", ""), "place 1")
		g := e.next()
		wantNews(t, "the visitor", g, "concluded QUEUE_TIMEOUT")
		wantTook(t, "it", g, l.queue)
	})
}

// TestNothingExpiresWhileDown: an outage of the server, however long, ends no
// chat, no wait, no offer and no session; after it the timers go on.
func TestNothingExpiresWhileDown(t *testing.T) {
	for name, again := range map[string]func(t *testing.T, s *testkit.Server, j *faulty) *testkit.Server{
		"stopped": func(t *testing.T, s *testkit.Server, j *faulty) *testkit.Server {
			return restart(t, s, testkit.Options{Journal: j}, time.Hour)
		},
		"crashed": func(t *testing.T, _ *testkit.Server, j *faulty) *testkit.Server {
			next := j.crash()
			time.Sleep(time.Hour)
			return testkit.New(t, testkit.Options{Journal: next})
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := newFaulty()
			inBubble(t, testkit.Options{Journal: j}, func(t *testing.T, s *testkit.Server) {
				ada, v := s.Chat("ada")
				agentEnd(ada, v).poll("", "")
				visitorEnd(ada, v).poll("", "")
				offered := s.Enter(testkit.Support)
				bob := s.LogOn("bob")
				bob.Ask(1)
				waiting := s.Enter(testkit.Support)
				concluded := s.Enter(testkit.Echo)
				concluded.Call("concludeEngagement", "")

				s = again(t, s, j)
				ada, v, bob = agentAt(s, ada), visitorAt(s, v), agentAt(s, bob)
				waiting, offered, concluded = visitorAt(s, waiting), visitorAt(s, offered), visitorAt(s, concluded)
				time.Sleep(59 * time.Second) // who is slow to come back
				bob.Accept(offered.Engagement)
				ada.Post(v.Engagement, "still here")
				wantNews(t, "the visitor of the chat", visitorEnd(ada, v).next(), "joined Ada", "still here")
				v.Post("so am I")
				wantNews(t, "its agent", agentEnd(ada, v).next(), "offer", "joined Ann Lee", "so am I")
				wantNews(t, "who waits", visitorEnd(nil, waiting).poll("", ""), "place 1")
				wantNews(t, "who was offered", visitorEnd(nil, offered).poll("", ""), "joined Bob")
				wantNews(t, "who had concluded", visitorEnd(nil, concluded).poll("", ""), "concluded END_USER_CONCLUDED")
			})
		})
	}
	t.Run("a full presence interval", func(t *testing.T) {
		j := newFaulty()
		inBubble(t, testkit.Options{Journal: j}, func(t *testing.T, s *testkit.Server) {
			a, v := s.Chat("ada")
			time.Sleep(200 * time.Second) // both are nearly lost
			s = restart(t, s, testkit.Options{Journal: j}, time.Hour)
			a, v = agentAt(s, a), visitorAt(s, v)
			time.Sleep(239*time.Second + 999*time.Millisecond)
			if status := visitorEnd(a, v).status("activity", `{"mode":"LISTENING"}`); status != http.StatusOK {
				t.Errorf("the visitor, before its interval is over: %d", status)
			}
			synctest.Wait()
			time.Sleep(time.Millisecond)
			if status := agentEnd(a, v).status("engagements", ""); status != http.StatusForbidden {
				t.Errorf("the agent, after its interval: %d", status)
			}
		})
	})
	t.Run("a minute for other timers", func(t *testing.T) {
		j := newFaulty()
		inBubble(t, testkit.Options{Journal: j}, func(t *testing.T, s *testkit.Server) {
			v := s.Enter(testkit.Support)
			e := visitorEnd(nil, v)
			wantNews(t, "before", e.poll("", ""), "place 1")
			s = restart(t, s, testkit.Options{Journal: j}, time.Hour)
			e = visitorEnd(nil, visitorAt(s, v))
			wantNews(t, "after", e.poll("", ""), "place 1")
			g := e.next()
			wantNews(t, "the wait is over", g, "concluded QUEUE_TIMEOUT")
			wantTook(t, "it", g, time.Minute)
		})
	})
}
