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
			w.told(led, "connection DISCONNECTED LEAD -, 0 s left", "concluded END_USER NO_AGENTS_AVAILABLE -")
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
			w.nothing(Conflict, func() error { _, err := w.Reroute(ada, e); return err })
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

// TestWhatTheLastLeadHeldEndsForAll: who watched it or was asked to join hears so and
// has its place free, what waits elsewhere is offered, and what was asked for is sent.
// A transfer that somebody else may take goes on instead.
func TestWhatTheLastLeadHeldEndsForAll(t *testing.T) {
	t.Parallel()
	for name, wanted := range map[string]QueueID{"nobody follows": 0, "somebody of another queue does": 3} {
		t.Run(name, func(t *testing.T) {
			w := newFloor(t)
			w.settings(func(s *Settings) { s.RefuseWithoutAgents, s.MailTranscripts = true, true })
			w.account(12, "Ada", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{1} })
			w.account(14, "Cyd", func(a *Account) { a.AllQueues, a.Queues, a.Places = false, []QueueID{3}, 1 })
			w.account(15, "Sue", func(a *Account) { a.AllQueues, a.Queues, a.Supervisor = false, []QueueID{3}, true })
			ada, cyd, sue := w.logOn(12), w.logOn(14), w.logOn(15)
			ann, e := w.chat(ada)
			must[ClientID](w.world)(w.MailTranscript(ann, "ann@example.org"))
			w.monitors(sue, e)
			w.invites(ada, e, 14, api.AssignmentConference)
			w.ask(cyd, 1)
			_, waits := w.enter(3)
			w.inQueue(waits, 3)
			if wanted != 0 {
				w.sends(ada, e, NewTransfer{Queue: wanted, Warm: true})
			}
			w.catchUp(ann, cyd, sue)
			must[ClientID](w.world)(w.Logoff(ada, true))
			if wanted != 0 {
				w.offeredTo(e, cyd) // it waits longest
				w.told(ann, "left LEAD TRANSFERRED_TO_QUEUE Ada", "wait 1")
				return
			}
			w.is(e, "gone")
			w.offeredTo(waits, cyd)
			w.told(ann, "connection DISCONNECTED LEAD -, 0 s left", "concluded END_USER NO_AGENTS_AVAILABLE -")
			w.told(cyd, "concluded END_USER NO_AGENTS_AVAILABLE -", "assignment LEAD 2")
			w.told(sue, "concluded END_USER NO_AGENTS_AVAILABLE -")
			if due := w.DueLetters(9); len(due) != 1 {
				t.Errorf("the letters %+v are due", due)
			}
		})
	}
}
