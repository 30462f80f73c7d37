package site

import (
	"fmt"
	"strings"
	"testing"
)

// receive retrieves once and acknowledges.
func (w *world) receive(c Caller) Batch {
	w.t.Helper()
	b := w.poll(c)
	w.acknowledge(c)
	return b
}

func TestUnreceivedPostsAreBounded(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", MaxPostBytes)
	for _, c := range []struct {
		name string
		post NewPost
		most int
	}{
		{"in number", NewPost{Body: "x"}, MaxUnreceivedPosts},
		{"in bytes", NewPost{Body: big}, MaxUnreceivedBytes / MaxPostBytes},
		{"in bytes of data", NewPost{Body: big[1:], VAResponse: "x", Data: map[string]string{"k": big[2:]}}, MaxUnreceivedBytes / (2*MaxPostBytes - 1)},
		{"in bytes off the record", NewPost{Body: big, OffTheRecord: true}, MaxUnreceivedBytes / MaxPostBytes},
	} {
		for _, from := range []string{"visitor", "agent", "waiting visitor"} {
			t.Run(c.name+" from a "+from, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				ada := w.logOn(12)
				ann, e := w.enter(0)
				if from != "waiting visitor" {
					w.ask(ada, 1)
					w.accept(ada, e)
				}
				by, to := ann, ada
				if from == "agent" {
					by, to = ada, ann
				}
				for range c.most {
					must[ClientID](w)(w.post(by, e, c.post))
				}
				_, err := w.post(by, e, c.post)
				w.refused(err, TooMany)
				w.check()
				if from == "waiting visitor" {
					w.ask(ada, 1)
					w.accept(ada, e)
				}
				w.restart()
				_, err = w.post(by, e, c.post)
				w.refused(err, TooMany)
				for more := true; more; { // once it has arrived, there is room again
					more = w.receive(to).More
				}
				must[ClientID](w)(w.post(by, e, c.post))
			})
		}
	}
}

// TestSitesAreBounded puts as many entries where a bound counts them as it allows.
func TestSitesAreBounded(t *testing.T) {
	t.Parallel()
	s := emptyWorld(t)
	must[QueueDefinition](s)(s.Admin("test").DefineQueue(QueueDefinition{ID: 1, Name: "Support"}))
	s.account(1, "Ada", nil)
	for n := range MaxEngagements {
		s.live[EngagementID(-n)] = nil
	}
	for n := range MaxAgentSessions {
		s.Site.agents[ClientID(-n)] = nil
	}
	for n := range MaxQueues - 1 {
		s.queues[QueueID(-n)] = &Queue{}
	}
	for n := range MaxAccounts - 1 {
		s.accounts[AccountID(-n)] = nil
	}
	before := s.Position()
	_, err := s.RequestEngagement(EngagementRequest{Key: "x", Queue: 1})
	s.refused(err, TooMany)
	_, err = s.StartAgentSession(LogOn{Account: 1, Key: "x"})
	s.refused(err, TooMany)
	_, err = s.Admin("test").DefineQueue(QueueDefinition{ID: 2, Name: "one more"})
	s.refused(err, TooMany)
	_, err = s.Admin("test").DefineAccount(Account{ID: 2, Login: "one more"})
	s.refused(err, TooMany)
	if s.Position() != before {
		t.Error("a refusal recorded something")
	}
	must[QueueDefinition](s)(s.Admin("test").DefineQueue(QueueDefinition{ID: 1, Name: "Changed"}))
}

func TestAnAgentSessionAsksForNoMoreThanTheBound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	must[ClientID](w)(w.RequestAssignment(ada, true, 1<<40, 1<<40))
	if a := w.agent(ada); a.Max != MaxConcurrent || a.Credits != MaxConcurrent {
		t.Errorf("asks for %d of %d", a.Credits, a.Max)
	}
}

func TestAnAgentSessionRemembersTheNewestItHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	for range PastEngagements + 1 {
		_, e := w.chat(ada)
		must[ClientID](w)(w.Release(ada, e))
	}
	_, err := w.Release(ada, 1)
	w.refused(err, BadRequest)
	must[ClientID](w)(w.Release(ada, 2))
}

func TestOldHistoryGoesByChunks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	post := func(n int, text string) {
		for range n {
			w.says(ann, e, text)
			w.receive(ada)
		}
	}
	oldest := func() (int64, bool) {
		h := must[History](w)(w.History(ada, e, Stretch{Most: 1}))
		return h.Posts[0].Number, h.Complete
	}
	post(MaxHistoryPosts+chunkPosts-1, "x")
	if n, complete := oldest(); n != 1 || !complete {
		t.Errorf("the oldest post is %d, complete %t; want all", n, complete)
	}
	post(2, "x")
	if n, complete := oldest(); n != chunkPosts+1 || complete {
		t.Errorf("the oldest post is %d, complete %t; want %d", n, complete, chunkPosts+1)
	}
	w.sameAfterReplay()
	post(chunkPosts+16, strings.Repeat("x", MaxPostBytes))
	w.sameAfterReplay()
	bytes := 0
	for _, c := range w.live[e].transcript {
		for _, p := range c.Posts {
			bytes += p.size()
		}
	}
	if bytes > MaxHistoryBytes || bytes != w.live[e].historyBytes {
		t.Errorf("%d bytes are kept, counted as %d", bytes, w.live[e].historyBytes)
	}
	s := w.rebuilt()
	if s.live[e].historyBytes != bytes {
		t.Errorf("the rebuilt site counts %d bytes, want %d", s.live[e].historyBytes, bytes)
	}
}

func TestHistoryIsReadInStretches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	for n := range MaxHistoryAnswer + 50 {
		by := []Caller{ann, ada}[n%2]
		w.says(by, e, fmt.Sprint(n+1))
	}
	for _, c := range []struct {
		after       int64
		most        int
		first, last string
		more        bool
	}{
		{0, 0, "1", "200", true},
		{0, 5, "1", "5", true},
		{0, 999, "1", "200", true},
		{200, 0, "201", "250", false},
		{200, 50, "201", "250", false},
		{200, 49, "201", "249", true},
	} {
		h := must[History](w)(w.History(ada, e, Stretch{After: c.after, Most: c.most}))
		if n := len(h.Posts); h.Posts[0].Body != c.first || h.Posts[n-1].Body != c.last || h.More != c.more || !h.Complete {
			t.Errorf("after %d, at most %d: %s to %s, more %t, complete %t; want %s to %s, more %t", c.after, c.most,
				h.Posts[0].Body, h.Posts[n-1].Body, h.More, h.Complete, c.first, c.last, c.more)
		}
	}
	if h := must[History](w)(w.History(ada, e, Stretch{After: 250})); len(h.Posts) != 0 || h.More {
		t.Errorf("after the last post there is %+v", h)
	}
	h := must[History](w)(w.History(ada, e, Stretch{Most: 2}))
	if h.Posts[0].Name != "Ann Lee" || h.Posts[1].Name != "Ada" {
		t.Errorf("posted by %q and %q", h.Posts[0].Name, h.Posts[1].Name)
	}
}

func TestDefinitionsAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := strings.Repeat("x", MaxNameBytes+1)
	for _, a := range []Account{
		{ID: 0, Login: "x"}, {ID: -1, Login: "x"}, {ID: 20}, {ID: 20, Login: long}, {ID: 20, Login: "x", Name: long},
		{ID: 20, Login: "x", Greeting: long}, {ID: 20, Login: "x", Serving: Serving{Queues: make([]QueueID, MaxQueues+1)}},
	} {
		_, err := w.Admin("test").DefineAccount(a)
		w.refused(err, BadRequest)
	}
	_, err := w.Admin("test").DefineAccount(Account{ID: 20, Login: "ada"})
	w.refused(err, Conflict)
	for _, q := range []QueueDefinition{{ID: 0, Name: "x"}, {ID: -1, Name: "x"}, {ID: 9}, {ID: 9, Name: long}} {
		_, err := w.Admin("test").DefineQueue(q)
		w.refused(err, BadRequest)
	}
	for _, change := range []func(*Settings){
		func(s *Settings) { s.HoldSeconds = 0 }, func(s *Settings) { s.HoldSeconds = maxHoldSeconds + 1 },
		func(s *Settings) { s.OfferSeconds = 0 }, func(s *Settings) { s.AbsentSeconds = maxSeconds + 1 },
		func(s *Settings) { s.IdleSeconds = -1 }, func(s *Settings) { s.QueueSeconds = 0 },
		func(s *Settings) { s.AllowedOrigins = make([]string, maxList+1) }, func(s *Settings) { s.HostNames = make([]string, maxList+1) },
	} {
		n := w.CurrentSettings()
		change(&n)
		_, err := w.Admin("test").ChangeSettings(n)
		w.refused(err, BadRequest)
	}
	w.refused(w.Create("again"), Conflict)
}

// TestLogOnDataIsBounded: what is kept with an agent session is no larger than a post.
func TestLogOnDataIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := LogOn{Account: 12, Key: "k", Data: map[string]string{"k": strings.Repeat("x", MaxPostBytes)}}
	_, err := w.StartAgentSession(n)
	w.refused(err, TooLarge)
	n.Data["k"] = n.Data["k"][1:]
	must[LoggedOn](w)(w.StartAgentSession(n))
}
