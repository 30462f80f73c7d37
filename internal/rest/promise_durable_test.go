package rest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"usher/api/agent"
	"usher/api/consumer"
	"usher/internal/testkit"
)

// TestPromise1DurableBeforeAnything: until its event is durable a post is neither
// answered nor handed out, and then both at once.
func TestPromise1DurableBeforeAnything(t *testing.T) {
	j := newFaulty()
	inBubble(t, testkit.Options{Journal: j}, func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		e := agentEnd(a, v)
		e.poll("", "")
		parked := e.park("", "")
		synctest.Wait()
		j.stall(true)
		posted := make(chan testkit.Answer, 1)
		go func() {
			answer, err := v.TryCall("postMessage", `{"body":"hello"}`)
			if err != nil {
				t.Error(err)
			}
			posted <- answer
		}()
		time.Sleep(5 * time.Second)
		replaced := parked
		parked = e.park("", "") // which looks into the mailbox anew
		wantNews(t, "the retrieval before", <-replaced)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		select {
		case g := <-parked:
			t.Fatalf("%q was handed out before it was durable", g.News)
		case answer := <-posted:
			t.Fatalf("the post was answered %d before it was durable", answer.Status)
		default:
		}
		j.stall(false)
		g := <-parked
		wantNews(t, "when it is durable", g, "hello")
		wantTook(t, "the retrieval", g, 10*time.Second)
		if answer := <-posted; answer.Status != http.StatusOK {
			t.Errorf("the post was answered %d", answer.Status)
		}
	})
}

// TestPromise1DurableThroughACrash: what was answered 200 reaches its receiver
// although the process dies, and what was not answered was not written.
func TestPromise1DurableThroughACrash(t *testing.T) {
	j := newFaulty()
	inBubble(t, testkit.Options{Journal: j}, func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		a.Post(v.Engagement, "from the agent")
		v.Post("from the visitor")
		j.stall(true)
		lost := make(chan testkit.Answer, 1)
		go func() {
			answer, err := v.TryCall("postMessage", `{"body":"never answered"}`)
			if err != nil {
				t.Error(err)
			}
			lost <- answer
		}()
		synctest.Wait()
		next := j.crash()
		s2 := testkit.New(t, testkit.Options{Journal: next})
		a2, v2 := agentAt(s2, a), visitorAt(s2, v)
		wantNews(t, "the agent after the crash", agentEnd(a2, v2).poll("", ""), "offer", "joined Ann Lee", "from the visitor")
		wantNews(t, "the visitor after the crash", visitorEnd(a2, v2).poll("", ""), "joined Ada", "from the agent")
		j.stall(false) // into the dead process' journal
		if answer := <-lost; answer.Status != http.StatusServiceUnavailable {
			t.Errorf("the post of the dead process was answered %d", answer.Status)
		}
	})
}

// TestPromise1DurableInTheTranscript: a post whose receiver never comes for it
// stands in the history of the engagement.
func TestPromise1DurableInTheTranscript(t *testing.T) {
	inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		a.Post(v.Engagement, "are you there?")
		e := agentEnd(a, v)
		e.poll("", "")
		wantNews(t, "the agent", e.next(), "typing NONE") // the visitor never polled
		wantNews(t, "the agent", e.next(), "left EJECTED END_USER")
		h := testkit.Decode[agent.HistoryResponse](s, a.Call("history", `{"engagementId":`+digits(v.Engagement)+`}`))
		if len(h.Posts) != 1 || h.Posts[0].Body != "are you there?" {
			t.Errorf("the history holds %+v", h.Posts)
		}
	})
}

// TestPromise8RetrievalsAreHeld: while the journal refuses, posts get 503 and
// retrievals are held; when it writes again they go on.
func TestPromise8RetrievalsAreHeld(t *testing.T) {
	j := newFaulty()
	inBubble(t, testkit.Options{Journal: j}, func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		e := agentEnd(a, v)
		e.poll("", "")
		parked := e.park("", "")
		time.Sleep(2 * time.Second) // so that the acknowledgement is written, too
		j.SetFull(true)
		for i := range 3 {
			answer := v.Call("postMessage", `{"body":"during"}`)
			if answer.Status != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
				t.Errorf("post %d while the journal is full: %d %v", i, answer.Status, answer.Header)
			}
		}
		g := <-parked
		wantNews(t, "the retrieval that was parked when it began", g)
		wantTook(t, "it", g, 30*time.Second)
		g = e.poll("", "")
		wantNews(t, "a retrieval that came during it", g)
		wantTook(t, "it", g, 30*time.Second)

		parked = e.park("", "")
		time.Sleep(time.Second)
		j.SetFull(false)
		time.Sleep(2 * time.Second) // it is tried again every second
		v.Post("after")
		g = <-parked
		wantNews(t, "the retrieval that was held meanwhile", g, "after")
		wantTook(t, "it", g, 3*time.Second)
	})
}

// TestPromise8HeldThroughALongOutage: nobody is lost for a fault of ours.
func TestPromise8HeldThroughALongOutage(t *testing.T) {
	j := newFaulty()
	inBubble(t, testkit.Options{Journal: j}, func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		e := agentEnd(a, v)
		e.poll("", "")
		e.poll("", "") // so that the acknowledgement is written
		j.SetFull(true)
		if answer := v.Call("postMessage", `{"body":"lost"}`); answer.Status != http.StatusServiceUnavailable {
			t.Fatalf("a post while the journal is full: %d", answer.Status)
		}
		for range 40 { // 20 minutes: longer than every timer but the wait in the queue
			g := e.poll("", "")
			wantNews(t, "during the outage", g)
			wantTook(t, "a retrieval", g, 30*time.Second)
		}
		j.SetFull(false)
		time.Sleep(2 * time.Second)
		v.Post("still here")
		wantNews(t, "after the outage", e.poll("", ""), "still here")
	})
}

// TestPromise8HeldWhileLoading: a retrieval that finds its site not in memory is
// held until it is, and gets what waits; if the load takes longer than a hold it
// ends with the time-out. A load that fails is tried again.
func TestPromise8HeldWhileLoading(t *testing.T) {
	for name, slow := range map[string]struct {
		load time.Duration // how long it takes, from the first retrieval on
		held time.Duration // how long the retrieval is held
		news bool
	}{
		"ten seconds": {10 * time.Second, 10 * time.Second, true},
		"too long":    {time.Minute, 30 * time.Second, false},
	} {
		for how, broken := range map[string]error{"slow": nil, "failing": errBroken} {
			t.Run(name+" "+how, func(t *testing.T) {
				j := newFaulty()
				inBubble(t, testkit.Options{Journal: j}, func(t *testing.T, s *testkit.Server) {
					a, v := s.Chat("ada")
					v.Post("hello")
					// What drops the memory: an append whose outcome nobody knows.
					gate := make(chan struct{})
					j.loads(gate, broken)
					j.forget()
					if answer := a.Call("setActivityStatus", `{"status":"AVAILABLE","subTypeId":1}`); answer.Status != http.StatusServiceUnavailable {
						t.Fatalf("a command whose outcome is not known: %d", answer.Status)
					}
					e := agentEnd(a, v)
					parked := e.park("", "")
					time.Sleep(slow.load)
					j.loads(nil, nil)
					close(gate)
					g := <-parked
					if slow.news {
						wantNews(t, "the retrieval", g, "offer", "joined Ann Lee", "hello")
					} else {
						wantNews(t, "the retrieval", g)
						wantNews(t, "the one after it", e.next(), "offer", "joined Ann Lee", "hello")
					}
					if late := g.Took - slow.held; late < 0 || late > time.Second { // a failed load is tried again every second
						t.Errorf("it was held for %v, want %v", g.Took, slow.held)
					}
				})
			})
		}
	}
}

// TestPromise8HeldAcrossAStop: a stop ends a held retrieval at once with the
// time-out, and the next server has what waits.
func TestPromise8HeldAcrossAStop(t *testing.T) {
	j := newFaulty()
	inBubble(t, testkit.Options{Journal: j}, func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		ends := []*end{agentEnd(a, v), visitorEnd(a, v)}
		var parked []<-chan got
		for _, e := range ends {
			e.poll("", "")
			parked = append(parked, e.park("", ""))
		}
		time.Sleep(time.Second)
		s2 := restart(t, s, testkit.Options{Journal: j}, 0)
		for i, p := range parked {
			g := <-p
			wantNews(t, ends[i].name+" at the stop", g)
			wantTook(t, ends[i].name, g, time.Second)
		}
		a2, v2 := agentAt(s2, a), visitorAt(s2, v)
		v2.Post("on we go")
		testkit.Decode[consumer.PostMessageResponse](s2, v2.Call("postMessage", `{"body":"indeed"}`))
		wantNews(t, "at the next server", agentEnd(a2, v2).poll("", ""), "on we go", "indeed")
	})
}
