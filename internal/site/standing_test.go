package site

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

// TestHowAQueueStands counts who is there, who asks, and which places are free.
func TestHowAQueueStands(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.hoursOf(office("UTC"))
	w.queue(QueueDefinition{ID: 2, Name: "Sales", Hours: 7, MaxWaiting: 9, Rank: 4})
	w.profile(Profile{ID: 1, Name: "Sales desk", Serving: Serving{Queues: []QueueID{2}, Pull: true, Places: 2}})
	w.profile(Profile{ID: 2, Name: "Push", Serving: Serving{AllQueues: true, Except: []QueueID{3}, Places: 3}})
	w.profile(Profile{ID: 3, Name: "Night desk", Serving: Serving{Queues: []QueueID{3}}})
	for id, p := range map[AccountID]ProfileID{12: 1, 13: 2, 14: 3} {
		w.account(id, fmt.Sprint("agent", id), func(a *Account) { a.Profile = p })
	}
	w.becomes("2026-06-03T12:00:00Z") // a Wednesday
	type counts struct{ agents, asking, sessions, waiting int }
	stands := func(q QueueID, want counts) {
		t.Helper()
		st, ok := w.QueueStanding(q)
		if got := (counts{st.Agents, st.Asking, st.Sessions, st.Waiting}); !ok || got != want {
			t.Fatalf("queue %d stands at %+v, want %+v", q, got, want)
		}
	}
	stands(2, counts{})
	st, _ := w.QueueStanding(2)
	if st.Name != "Sales" || st.Rank != 4 || st.MaxWaiting != 9 || st.Opening != Open || !slices.Equal(st.Profiles, []ProfileID{1, 2}) {
		t.Errorf("queue 2 is %+v", st)
	}
	ada, bob := w.logOn(12), w.logOn(13)
	w.logOn(14)
	stands(2, counts{agents: 2, sessions: 5}) // there, but nobody asked
	stands(3, counts{agents: 1, sessions: PushCapacity})
	w.ask(ada, 9)
	w.works(bob)
	stands(2, counts{agents: 2, asking: 2, sessions: 5})
	stands(1, counts{agents: 1, asking: 1, sessions: 3})
	for range 5 {
		w.enter(2)
	}
	stands(2, counts{agents: 2})
	w.enter(2)
	stands(2, counts{agents: 2, waiting: 1})
	_, e := w.enter(2)
	stands(2, counts{agents: 2, waiting: 2})
	w.rests(bob)
	stands(2, counts{agents: 1, waiting: 2})
	w.after(120 * time.Second)
	stands(2, counts{waiting: 7}) // all absent or on a break; what Ada and Bob were asked came back
	if w.live[e].State != Queued {
		t.Errorf("it is %s", w.live[e].State)
	}
	if _, ok := w.QueueStanding(99); ok {
		t.Error("a queue that is not stands")
	}
}

// TestAgentsAndQueues asks for each type (agent-api 3.10).
func TestAgentsAndQueues(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.queue(QueueDefinition{ID: 2, Name: "Sales", Rank: -1})
	must[Group](w.world)(w.Admin("test").DefineGroup(Group{ID: 5, Name: "Evening"}))
	w.profile(Profile{ID: 7, Name: "Desk", Serving: Serving{Queues: []QueueID{2}, Pull: true}})
	w.account(13, "Bob", func(a *Account) { a.Profile, a.Group = 7, 5 })
	w.account(14, "Cyd", func(a *Account) { a.Group, a.Except = 5, []QueueID{3} })
	ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
	_, e := w.chat(ada)
	w.confers(ada, e, bob)
	w.invites(ada, e, 14, api.AssignmentConference)
	must[ClientID](w.world)(w.SetActivityStatus(cyd, api.StatusUnavailable, 3))
	for _, c := range []struct {
		typ  AgentsWanted
		id   int64
		want []AccountID
	}{
		{WantNone, 0, []AccountID{12, 13, 14}},
		{WantAll, 99, []AccountID{12, 13, 14}},
		{WantAgent, 13, []AccountID{13}},
		{WantAgent, 15, nil}, // not logged on
		{WantAgent, 99, nil},
		{WantGroup, 5, []AccountID{13, 14}},
		{WantGroup, 0, nil},
		{WantGroup, 99, nil},
		{WantProfile, 7, []AccountID{13}},
		{WantProfile, 0, nil},
		{WantProfile, 99, nil},
		{WantQueue, 1, []AccountID{12, 14}},
		{WantQueue, 2, []AccountID{12, 13, 14}},
		{WantQueue, 3, []AccountID{12}},
		{WantQueue, 99, nil},
		{WantEngagement, int64(e), []AccountID{12, 13}}, // who is only asked takes no part
		{WantEngagement, 99, nil},
	} {
		o, err := w.AgentsAndQueues(bob, Inquiry{Agents: true, Type: c.typ, ID: c.id})
		var got []AccountID
		for _, a := range o.Agents {
			got = append(got, a.Account)
		}
		if err != nil || !slices.Equal(got, c.want) || o.Queues != nil || o.Client != w.byKey[bob.Key] {
			t.Errorf("%s %d: answered %v, %v, want %v", c.typ, c.id, got, err, c.want)
		}
	}
	for _, typ := range []AgentsWanted{"", "all", "SITE"} {
		w.nothing(InvalidField, func() error { _, err := w.AgentsAndQueues(bob, Inquiry{Agents: true, Type: typ}); return err })
		must[Overview](w.world)(w.AgentsAndQueues(bob, Inquiry{Queues: true, Type: typ})) // not asked for
	}
	w.nothing(AccessDenied, func() error { _, err := w.AgentsAndQueues(Caller{Key: "x", Agent: true}, Inquiry{}); return err })

	o := must[Overview](w.world)(w.AgentsAndQueues(bob, Inquiry{Agents: true, Type: WantAgent, ID: 14}))
	want := AgentStanding{
		AgentInfo: AgentInfo{Client: w.byKey[cyd.Key], Account: 14, Name: "Cyd", Status: api.StatusUnavailable, SubType: 3, Group: 5},
		Holds:     1, Places: PushCapacity, Since: w.agent(cyd).StartedAt,
	}
	if diff := cmp.Diff([]AgentStanding{want}, o.Agents); diff != "" {
		t.Error(diff)
	}
	w.enter(3)
	for _, statistics := range []bool{false, true} {
		o := must[Overview](w.world)(w.AgentsAndQueues(bob, Inquiry{Queues: true, Statistics: statistics}))
		var ids []QueueID
		agents := 0
		for _, q := range o.Queues {
			ids = append(ids, q.ID)
			agents += q.Agents
		}
		if o.Agents != nil || !slices.Equal(ids, []QueueID{2, 1, 3}) || (agents > 0) != statistics || !slices.Equal(o.Queues[0].Profiles, []ProfileID{7}) {
			t.Errorf("with statistics %t: %+v", statistics, o.Queues)
		}
	}
	if o := must[Overview](w.world)(w.AgentsAndQueues(bob, Inquiry{Statistics: true})); o.Agents != nil || o.Queues != nil {
		t.Errorf("asked for nothing: %+v", o)
	}
}

// TestLiveEngagements pages through what is live.
func TestLiveEngagements(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	_, led := w.chat(ada)
	w.confers(ada, led, bob)
	_, over := w.chat(ada)
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, over))
	_, offered := w.enter(0)
	w.stops(ada)
	w.after(time.Second)
	_, queued := w.enter(2)
	all, more := w.LiveEngagements(0, 9)
	want := []LiveEngagement{
		{Engagement: led, State: Active, Queue: 1, CreatedAt: start, Since: start, Lead: 12, Guests: []AccountID{13}, Visitor: "Ann Lee", ActiveAt: start, WaitsSince: start},
		{Engagement: over, State: Concluded, Queue: 1, CreatedAt: start, Since: start, Lead: 12, Visitor: "Ann Lee", ActiveAt: start},
		{Engagement: offered, State: Offered, Queue: 1, CreatedAt: start, Since: start, Lead: 12, Visitor: "Ann Lee", ActiveAt: start},
		{Engagement: queued, State: Queued, Queue: 2, CreatedAt: w.now, Since: w.now, Visitor: "Ann Lee", ActiveAt: w.now},
	}
	if diff := cmp.Diff(want, all); diff != "" || more {
		t.Errorf("more %t; %s", more, diff)
	}
	for n, c := range []struct {
		after EngagementID
		most  int
		count int
		more  bool
	}{{0, 4, 4, false}, {0, 3, 3, true}, {led, 3, 3, false}, {led, 1, 1, true}, {queued, 9, 0, false}} {
		got, more := w.LiveEngagements(c.after, c.most)
		if len(got) != c.count || more != c.more || len(got) > 0 && got[0].Engagement <= c.after {
			t.Errorf("%d: answered %d, more %t", n, len(got), more)
		}
	}
}
