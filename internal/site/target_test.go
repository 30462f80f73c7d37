package site

import (
	"testing"
	"time"

	"usher/api"
)

// meant brings a visitor who asks for Ada.
func (w *floor) meant(q QueueID) (Caller, EngagementID) {
	w.t.Helper()
	return w.comes(func(n *EngagementRequest) { n.Queue, n.Account = q, 12 })
}

func TestAFreeAgentIsOfferedWhoWantsIt(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	w.ask(bob, 9)
	w.ask(ada, 9)
	w.enter(0)
	w.enter(0) // so that Ada has not less to do than Bob
	w.catchUp(ada, bob)
	_, e := w.meant(0)
	w.offeredTo(e, ada)
	w.told(ada, "assignment LEAD 3 targeted")
	w.told(bob)
	w.accept(ada, e)
	if x := w.live[e]; x.Target != 0 || x.TargetUntil != 0 {
		t.Errorf("it is still meant for account %d", x.Target)
	}
}

// TestABusyAgentIsWaitedFor for a while; then others are asked.
func TestABusyAgentIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		seconds int
		wait    time.Duration
	}{
		{"as it comes", 0, DefaultTarget},
		{"as the site says", 20, 20 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			w.settings(func(s *Settings) { s.TargetSeconds = c.seconds })
			ada, bob := w.logOn(12), w.logOn(13)
			_, held := w.chat(ada)
			must[ClientID](w.world)(w.RequestAssignment(ada, true, 1, 1))
			w.ask(bob, 9)
			_, e := w.meant(0)
			_, other := w.enter(0)
			w.is(e, Queued)
			w.offeredTo(other, bob) // who does not wait in vain
			w.after(c.wait - time.Microsecond)
			w.is(e, Queued)
			w.after(time.Microsecond)
			w.offeredTo(e, bob)
			w.hasHeard(bob, "assignment LEAD 2")
			w.release(ada, held)
		})
	}
}

// TestAnAgentWhoGetsFreeInTimeIsOffered what waits for it.
func TestAnAgentWhoGetsFreeInTimeIsOffered(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	w.ask(ada, 1)
	_, held := w.enter(2)
	w.accept(ada, held)
	w.ask(ada, 1)
	w.ask(bob, 9)
	_, e := w.meant(1)
	w.is(e, Queued)
	w.after(10 * time.Second)
	w.release(ada, held)
	w.offeredTo(e, ada)
	w.told(ada, "assignment LEAD 1", "joined END_USER Ann Lee", "assignment LEAD 2 targeted")
}

// TestWhoCannotServeIsNotWaitedFor: others are asked at once.
func TestWhoCannotServeIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		before func(*floor, Caller) // before the visitor comes
		after  func(*floor, Caller, EngagementID)
	}{
		{"not logged on", func(w *floor, ada Caller) { must[ClientID](w.world)(w.Logoff(ada, true)) }, nil},
		{"unavailable", func(w *floor, ada Caller) { w.rests(ada) }, nil},
		{"of another queue", func(w *floor, ada Caller) {
			w.account(12, "Ada", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{2} })
			w.ask(ada, 1)
		}, nil},
		{"absent", func(w *floor, ada Caller) { w.after(120 * time.Second) }, nil},
		{"logs off", nil, func(w *floor, ada Caller, _ EngagementID) { must[ClientID](w.world)(w.Logoff(ada, true)) }},
		{"takes a break", nil, func(w *floor, ada Caller, _ EngagementID) { w.rests(ada) }},
		{"becomes absent", nil, func(w *floor, ada Caller, _ EngagementID) { w.after(120 * time.Second) }},
		{"serves it no more", nil, func(w *floor, _ Caller, _ EngagementID) {
			w.account(12, "Ada", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{2} })
		}},
		{"is removed", nil, func(w *floor, _ Caller, _ EngagementID) {
			if err := w.Admin("test").Remove(DefinedAccount, 12); err != nil {
				w.t.Fatalf("%v", err)
			}
		}},
		{"declines", func(w *floor, ada Caller) { w.ask(ada, 1) }, func(w *floor, ada Caller, e EngagementID) {
			w.offeredTo(e, ada)
			w.answer(ada, e, api.ActionDecline)
		}},
		{"declines for a break", func(w *floor, ada Caller) { w.ask(ada, 1) }, func(w *floor, ada Caller, e EngagementID) {
			w.answer(ada, e, api.ActionUnavailable)
		}},
		{"lets the offer expire", func(w *floor, ada Caller) { w.ask(ada, 1) }, func(w *floor, ada Caller, e EngagementID) {
			w.after(60 * time.Second)
		}},
		{"logs off when asked", func(w *floor, ada Caller) { w.ask(ada, 1) }, func(w *floor, ada Caller, _ EngagementID) {
			must[ClientID](w.world)(w.Logoff(ada, true))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			w.settings(func(s *Settings) { s.TargetSeconds = 3600 })
			ada, bob := w.logOn(12), w.logOn(13)
			w.open(bob)
			w.ask(bob, 9)
			if c.before != nil {
				c.before(w, ada)
			}
			ann, e := w.meant(0)
			w.open(ann)
			if c.after != nil {
				if w.state(e) != Queued {
					w.offeredTo(e, ada)
				}
				c.after(w, ada, e)
			}
			w.offeredTo(e, bob)
			if c.name == "not logged on" {
				w.told(bob, "assignment LEAD 1")
			}
		})
	}
}

// TestWhoComesBackIsWaitedForNoMore than its time: the limit stands.
func TestATargetThatTakesABreakAndComesBack(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	_, e := w.meant(0)
	w.is(e, Queued)
	w.rests(ada)
	w.works(ada)
	w.after(10 * time.Second)
	w.ask(ada, 1)
	w.offeredTo(e, ada)
}

// TestWhatWaitsForAnAgentIsNotFirstForOthers: they are given what comes after it.
func TestWhatWaitsForAnAgentIsNotFirstForOthers(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	_, e := w.meant(0)
	_, other := w.enter(0)
	w.ask(bob, 1)
	w.offeredTo(other, bob)
	w.is(e, Queued)
	w.ask(ada, 1)
	w.offeredTo(e, ada)
}

// TestARuleMeansAnAgent, in either list, unless the visitor asked for another.
func TestARuleMeansAnAgent(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.rules(Rules{
		Enter:    []Rule{{Name: "hers", Queue: 1, Account: 12}},
		Escalate: []Rule{{Name: "his", Queue: 2, Account: 13}},
	})
	ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
	w.ask(cyd, 9)
	w.ask(bob, 9)
	w.ask(ada, 9)
	_, e := w.enter(0)
	w.offeredTo(e, ada)
	w.accept(ada, e)
	must[ClientID](w.world)(w.Reroute(ada, e))
	w.offeredTo(e, bob)
	if got := w.live[e].Queue; got != 2 {
		t.Errorf("it waits in queue %d, want 2", got)
	}
	w.catchUp(bob)
	_, other := w.comes(func(n *EngagementRequest) { n.Account = 13 })
	w.offeredTo(other, bob)
	w.told(bob, "assignment LEAD 2 targeted")
	w.stops(ada)
	_, named := w.comes(func(n *EngagementRequest) { n.Queue = 1 }) // a named queue: no rule is asked
	w.offeredTo(named, cyd)
}

// TestARuleThatMeansTheSender goes on to others.
func TestARuleThatMeansTheSender(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.rules(Rules{Escalate: []Rule{{Name: "hers", Queue: 2, Account: 12}}})
	ada, bob := w.logOn(12), w.logOn(13)
	_, e := w.chat(ada)
	w.ask(bob, 1)
	must[ClientID](w.world)(w.Reroute(ada, e))
	w.offeredTo(e, bob)
}

// TestSomebodyWhoIsNotHereAnyMore is asked for in vain: anybody serves.
func TestSomebodyWhoIsNotHereAnyMore(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	bob := w.logOn(13)
	w.ask(bob, 1)
	_, e := w.comes(func(n *EngagementRequest) { n.Account = 99 })
	w.offeredTo(e, bob)
	w.told(bob, "assignment LEAD 1")
}

// TestATargetSurvivesARestart, with its limit.
func TestATargetSurvivesARestart(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	w.ask(bob, 9)
	_, e := w.meant(0)
	w.after(10 * time.Second)
	w.restart()
	w.is(e, Queued)
	w.ask(ada, 1)
	w.offeredTo(e, ada)
	w.answer(ada, e, api.ActionDecline)
	w.offeredTo(e, bob)
	w.stops(bob)
	w.stops(ada)
	_, next := w.meant(0)
	w.ask(bob, 9)
	w.after(DefaultTarget - time.Microsecond)
	w.is(next, Queued)
	w.restart()
	w.after(time.Microsecond)
	w.offeredTo(next, bob)
}
