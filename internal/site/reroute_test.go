package site

import (
	"testing"
	"time"
)

// TestRerouteFreesThePlaceAndKeepsTheWait (agent-api 3.12).
func TestRerouteFreesThePlaceAndKeepsTheWait(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.rules(Rules{Escalate: []Rule{{Name: "up", Queue: 2, Priority: 3}}})
	w.account(12, "Ada", nil)
	ada, bob := w.logOn(12), w.logOn(13)
	ann, e := w.chat(ada)
	since := w.live[e].WaitingSince
	w.ask(ada, 1)
	w.account(12, "Ada", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{1, 2} })
	w.after(time.Minute)
	_, next := w.enter(1)
	w.is(next, Queued)
	w.catchUp(ada, ann)
	must[ClientID](w.world)(w.Reroute(ada, e))
	w.inQueue(e, 2)
	if x := w.live[e]; x.WaitingSince != since || x.Priority != 3 {
		t.Errorf("it waits since %d with priority %d", x.WaitingSince, x.Priority)
	}
	w.offeredTo(next, ada)
	w.told(ada, "left LEAD TRANSFERRED_TO_QUEUE Ada", "assignment LEAD 2")
	w.told(ann, "left LEAD TRANSFERRED_TO_QUEUE Ada", "wait 1")
	w.release(ada, e)
	w.inQueue(e, 2)
	w.nothing(EngagementIDUnknown, func() error { _, err := w.Reroute(ada, e); return err }) // again
	w.ask(bob, 1)
	w.offeredTo(e, bob)
	w.nothing(Conflict, func() error { _, err := w.Reroute(bob, e); return err })
	w.accept(bob, e)
	must[ClientID](w.world)(w.ConcludeAsAgent(bob, e))
	w.nothing(Conflict, func() error { _, err := w.Reroute(bob, e); return err })
	w.nothing(EngagementIDUnknown, func() error { _, err := w.Reroute(bob, 99); return err })
	w.nothing(AccessDenied, func() error { _, err := w.Reroute(Caller{Key: "nobody", Agent: true}, e); return err })
}

// TestRerouteWithoutARule puts it back into its own queue, and not to who sent it.
func TestRerouteWithoutARule(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	_, e := w.chat(ada)
	w.ask(ada, 9)
	must[ClientID](w.world)(w.Reroute(ada, e))
	w.inQueue(e, 1)
	w.after(time.Minute)
	w.ask(ada, 9)
	w.inQueue(e, 1)
	bob := w.logOn(13)
	w.ask(bob, 1)
	w.offeredTo(e, bob)
}
