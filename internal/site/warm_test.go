package site

import (
	"testing"
	"time"

	"usher/api"
)

func TestAWarmTransferToAQueue(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	w.ask(ada, 9)
	w.catchUp(ada, ann)
	w.sends(ada, e, NewTransfer{Queue: 2, Warm: true, Note: "wants a lamp"})
	w.silent(func() error {
		_, err := w.Transfer(ada, e, NewTransfer{Queue: 2, Warm: true, Note: "again"})
		return err
	})
	w.ledBy(e, ada)
	w.told(ann)
	w.told(ada)
	w.says(ann, e, "still there?")
	w.says(ada, e, "yes")
	bob, cyd := w.logOn(13), w.logOn(14)
	w.ask(bob, 1)
	w.has(bob, e, api.RoleTransient)
	w.told(bob, "assignment TRANSFER 1: wants a lamp")
	w.ask(cyd, 1)
	w.answer(bob, e, api.ActionDecline) // and so the next of the queue is asked
	w.has(cyd, e, api.RoleTransient)
	w.told(cyd, "assignment TRANSFER 1: wants a lamp")
	w.told(ada, "post: still there?")
	w.told(ann, "post: yes")
	w.accept(cyd, e)
	w.ledBy(e, cyd)
	w.onlyIn(e, 14, 12)
	w.told(ann, "joined LEAD Cyd", "role LEAD Cyd", "role CONFEREE Ada")
	w.told(ada, "joined LEAD Cyd")
	w.told(cyd, "joined END_USER Ann Lee", "joined CONFEREE Ada", "post to agents: wants a lamp")
	if got := w.live[e].Queue; got != 2 {
		t.Errorf("it is of queue %d, want 2, where it was taken from", got)
	}
}

// TestAWarmTransferIsOfferedUntilSomebodyTakesIt: an offer that expires goes on,
// its agent's credit comes back, and the lead hears of nothing.
func TestAWarmTransferIsOfferedUntilSomebodyTakesIt(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	_, e := w.chat(ada)
	w.ask(bob, 1)
	w.catchUp(ada)
	w.sends(ada, e, NewTransfer{Queue: 2, Warm: true})
	w.has(bob, e, api.RoleTransient)
	w.after(60 * time.Second)
	w.has(bob, e, "")
	if got := w.agent(bob).Credits; got != 1 {
		t.Errorf("Bob has %d credits, want the one it asked for", got)
	}
	w.told(ada)
	w.told(bob, "assignment TRANSFER 1", "left NONE TRANSFERRED_TO_QUEUE Bob")
	w.after(DeclinePause)
	w.has(bob, e, api.RoleTransient)
	w.accept(bob, e)
	if got := w.agent(bob).Credits; got != 0 {
		t.Errorf("Bob has %d credits after it took it", got)
	}
	w.ledBy(e, bob)
}

// TestAWarmTransferEnds with the chat, and with another way to hand it over.
func TestAWarmTransferEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*floor, Caller, Caller, EngagementID){
		"the lead concludes":    func(w *floor, ada, _ Caller, e EngagementID) { must[ClientID](w.world)(w.ConcludeAsAgent(ada, e)) },
		"the visitor concludes": func(w *floor, _, ann Caller, e EngagementID) { must[ClientID](w.world)(w.ConcludeAsVisitor(ann)) },
		"it idles":              func(w *floor, _, _ Caller, e EngagementID) { w.after(600 * time.Second) },
		"a supervisor takes it": func(w *floor, _, _ Caller, e EngagementID) { w.takesOver(w.logOn(15), e) },
		"it is sent cold":       func(w *floor, ada, _ Caller, e EngagementID) { w.sends(ada, e, NewTransfer{Queue: 3}) },
		"it is rerouted":        func(w *floor, ada, _ Caller, e EngagementID) { must[ClientID](w.world)(w.Reroute(ada, e)) },
		"somebody else takes it": func(w *floor, ada, _ Caller, e EngagementID) {
			bob := w.logOn(13)
			w.sends(ada, e, NewTransfer{Account: 13})
			w.accept(bob, e)
		},
	} {
		for _, as := range []string{"while it waits", "while somebody is asked"} {
			if as == "while somebody is asked" && (name == "it is sent cold" || name == "somebody else takes it") {
				continue // refused until the answer
			}
			t.Run(name+" "+as, func(t *testing.T) {
				w := newFloor(t)
				ada := w.logOn(12)
				ann, e := w.chat(ada)
				w.stops(ada)
				w.open(ada)
				w.open(ann)
				w.sends(ada, e, NewTransfer{Queue: 2, Warm: true})
				if as != "while it waits" {
					w.open(w.logOn(14))
					w.ask(w.callerOf(14), 1)
					w.has(w.callerOf(14), e, api.RoleTransient)
				}
				end(w, ada, ann, e)
				w.check()
				if x := w.live[e]; x.Wanted != 0 {
					t.Errorf("it is still wanted in queue %d", x.Wanted)
				}
				if n := len(w.queues[2].waiting); n != 0 {
					t.Errorf("%d wait in the queue", n)
				}
			})
		}
	}
}

// TestAWarmTransferWhoseLeadIsLost waits in the queue that it was sent to.
func TestAWarmTransferWhoseLeadIsLost(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	w.catchUp(ann)
	w.sends(ada, e, NewTransfer{Queue: 2, Warm: true, Note: "wants a lamp"})
	must[ClientID](w.world)(w.Logoff(ada, true))
	w.inQueue(e, 2)
	w.told(ann, "left LEAD TRANSFERRED_TO_QUEUE Ada", "wait 1")
	bob := w.logOn(13)
	w.ask(bob, 1)
	w.accept(bob, e)
	w.told(bob, "assignment LEAD 1: wants a lamp", "joined END_USER Ann Lee", "post to agents: wants a lamp")
}

// TestAWarmTransferSurvivesARestart, also while somebody is asked.
func TestAWarmTransferSurvivesARestart(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	_, e := w.chat(ada)
	w.sends(ada, e, NewTransfer{Queue: 2, Warm: true})
	w.restart()
	bob := w.logOn(13)
	w.ask(bob, 1)
	w.has(bob, e, api.RoleTransient)
	w.restart()
	w.accept(bob, e)
	w.onlyIn(e, 13, 12)
}

// TestWhoWasAskedByAWarmTransferMayTakeItFromAnotherLead: the lead who wanted it to
// go to a queue has left, the conferee leads, and who was asked accepts.
func TestWhoWasAskedByAWarmTransferMayTakeItFromAnotherLead(t *testing.T) {
	t.Parallel()
	for name, goes := range map[string]func(*floor, Caller, EngagementID){
		"leaves":   func(w *floor, ada Caller, e EngagementID) { w.leaves(ada, e) },
		"logs off": func(w *floor, ada Caller, _ EngagementID) { must[ClientID](w.world)(w.Logoff(ada, true)) },
		"is lost":  func(w *floor, _ Caller, _ EngagementID) { w.after(240 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newFloor(t)
			w.settings(func(s *Settings) { s.OfferSeconds = 600 })
			ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
			ann, e := w.chat(ada)
			w.confers(ada, e, cyd)
			for _, c := range []Caller{ann, bob, cyd} {
				w.open(c)
			}
			w.ask(bob, 1)
			w.sends(ada, e, NewTransfer{Queue: 2, Warm: true})
			w.has(bob, e, api.RoleTransient)
			goes(w, ada, e)
			w.ledBy(e, cyd)
			w.accept(bob, e)
			w.ledBy(e, bob)
			w.onlyIn(e, 13, 14)
			if got := w.live[e].Queue; got != 1 {
				t.Errorf("it is of queue %d, want 1: nobody wants it in queue 2 any more", got)
			}
		})
	}
}
