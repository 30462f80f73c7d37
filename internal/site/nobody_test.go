package site

import (
	"testing"
	"time"

	"usher/api"
)

// TestNobodyIsThere turns visitors away when the site says so: everybody may be on
// a break, away, or elsewhere.
func TestNobodyIsThere(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.enter(0) // as long as the site does not say so
	w.settings(func(s *Settings) { s.RefuseWithoutAgents, s.OfferSeconds = true, 600 })
	w.turnedAway(0, api.ResultNoAgentsAvailable)
	w.account(12, "Ada", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{2} })
	ada := w.logOn(12)
	w.turnedAway(1, api.ResultNoAgentsAvailable) // Ada serves another queue
	_, first := w.enter(2)                       // it need not have asked
	w.rests(ada)
	w.turnedAway(2, api.ResultNoAgentsAvailable)
	w.inQueue(first, 2)
	w.works(ada)
	must[ClientID](w.world)(w.RequestAssignment(ada, true, 1, 1))
	w.offeredTo(first, ada)
	_, second := w.enter(2) // Ada is there, and busy
	w.inQueue(second, 2)
	w.after(121 * time.Second) // absent
	w.turnedAway(2, api.ResultNoAgentsAvailable)
	w.told(ada, "assignment LEAD 2", "left NONE TRANSFERRED_TO_QUEUE Ada", "assignment LEAD 3")
	w.enter(2)
}

// TestWhenTheLastAgentLeaves: who waits is told that nobody is left, if the site
// lets nobody wait for nobody; a break changes nothing.
func TestWhenTheLastAgentLeaves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		leave func(*floor, Caller)
		over  bool
	}{
		{"a break", func(w *floor, c Caller) { w.rests(c) }, false},
		{"absent", func(w *floor, c Caller) { w.after(120 * time.Second) }, false},
		{"asks no more", func(w *floor, c Caller) { w.stops(c) }, false},
		{"logged off", func(w *floor, c Caller) { must[ClientID](w.world)(w.Logoff(c, true)) }, true},
		{"lost", func(w *floor, c Caller) { w.after(240 * time.Second) }, true},
		{"removed", func(w *floor, c Caller) {
			if err := w.Admin("test").Remove(DefinedAccount, 12); err != nil {
				w.t.Fatalf("%v", err)
			}
		}, true},
		{"serves another queue", func(w *floor, c Caller) {
			w.account(12, "Ada", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{2} })
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			w.settings(func(s *Settings) { s.RefuseWithoutAgents, s.OfferSeconds = true, 600 })
			w.account(13, "Bob", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{2} })
			ada, bob := w.logOn(12), w.logOn(13)
			w.open(bob)
			led, active := w.chat(ada)
			asked, offered := w.enter(1)
			w.stops(ada)
			ann, waits := w.enter(1)
			ben, other := w.enter(2)
			w.is(offered, Offered)
			w.catchUp(led, asked, ann, ben)
			for _, v := range []Caller{led, asked, ann, ben} {
				w.open(v)
			}
			c.leave(w, ada)
			w.check()
			w.inQueue(other, 2)
			if !c.over {
				w.is(waits, Queued)
				w.is(active, Active)
				w.told(ann, map[string][]string{"absent": {"wait 2"}}[c.name]...)
				return
			}
			w.is(waits, "gone")
			w.told(ann, "concluded END_USER NO_AGENTS_AVAILABLE -")
			if c.name == "serves another queue" {
				w.is(active, Active) // what it has it keeps
				w.is(offered, Offered)
				w.answer(ada, offered, api.ActionDecline)
				w.is(offered, "gone")
				w.told(asked, "concluded END_USER NO_AGENTS_AVAILABLE -")
				return
			}
			w.is(active, "gone")
			w.is(offered, "gone")
			w.told(led, "left LEAD TRANSFERRED_TO_QUEUE Ada", "concluded END_USER NO_AGENTS_AVAILABLE -")
			w.told(asked, "concluded END_USER NO_AGENTS_AVAILABLE -")
		})
	}
	t.Run("not when the site lets people wait", func(t *testing.T) {
		w := newFloor(t)
		ada := w.logOn(12)
		_, e := w.enter(0)
		must[ClientID](w.world)(w.Logoff(ada, true))
		w.inQueue(e, 1)
		w.settings(func(s *Settings) { s.RefuseWithoutAgents = true }) // takes effect at once
		w.is(e, "gone")
	})
	t.Run("not while another is left", func(t *testing.T) {
		w := newFloor(t)
		w.settings(func(s *Settings) { s.RefuseWithoutAgents = true })
		ada, bob := w.logOn(12), w.logOn(13)
		_, e := w.enter(0)
		w.rests(bob)
		must[ClientID](w.world)(w.Logoff(ada, true))
		w.inQueue(e, 1)
		must[ClientID](w.world)(w.Logoff(bob, true))
		w.is(e, "gone")
	})
}

// TestWhatIsSentWhereNobodyIs is not left to wait for nobody.
func TestWhatIsSentWhereNobodyIs(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(*floor, Caller, EngagementID){
		"by overflow": func(w *floor, _ Caller, _ EngagementID) { w.after(30 * time.Second) },
		"by reroute": func(w *floor, ada Caller, e EngagementID) {
			w.ask(ada, 1)
			w.accept(ada, e)
			must[ClientID](w.world)(w.Reroute(ada, e))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFloor(t)
			w.settings(func(s *Settings) { s.RefuseWithoutAgents = true })
			w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, OverflowSeconds: 30, OverflowQueue: 2})
			w.rules(Rules{Escalate: []Rule{{Name: "up", Queue: 2}}})
			w.account(12, "Ada", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{1} })
			ada := w.logOn(12)
			w.open(ada)
			_, e := w.enter(0)
			send(w, ada, e)
			if x := w.live[e]; x != nil && x.State == Queued && x.Queue == 2 {
				t.Errorf("it waits in queue 2, which nobody serves, at a site that lets nobody wait for nobody")
			}
		})
	}
}
