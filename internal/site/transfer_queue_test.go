package site

import (
	"testing"
	"time"
)

func TestATransferToAQueueWhereNobodyIs(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.settings(func(s *Settings) { s.RefuseWithoutAgents = true })
	w.account(12, "Ada", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{1} })
	ada := w.logOn(12)
	_, e := w.chat(ada)
	for _, warm := range transfers {
		w.nothing(Conflict, func() error { _, err := w.Transfer(ada, e, NewTransfer{Queue: 2, Warm: warm}); return err })
	}
	w.logOn(13)
	w.sends(ada, e, NewTransfer{Queue: 2})
	w.inQueue(e, 2)
}

// TestATransferToAQueueKeepsTheFirstWaitingTime, and so comes before who came
// later; it does not come back to who sent it.
func TestATransferToAQueueKeepsTheFirstWaitingTime(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	ann, e := w.chat(ada)
	since := w.live[e].WaitingSince
	w.after(time.Minute)
	w.ask(ada, 9)
	w.account(12, "Ada", func(a *Account) { a.Except = []QueueID{3} })
	_, later := w.enter(3)
	w.is(later, Queued)
	w.says(ann, e, "a lamp, please")
	w.catchUp(ada, ann)
	w.sends(ada, e, NewTransfer{Queue: 2, Note: "wants a lamp"})
	w.inQueue(e, 2)
	if got := w.live[e].WaitingSince; got != since {
		t.Errorf("it waits since %d, want its first waiting time %d", got, since)
	}
	w.told(ann, "left LEAD TRANSFERRED_TO_QUEUE Ada", "wait 1")
	w.told(ada, "left LEAD TRANSFERRED_TO_QUEUE Ada")
	w.ask(ada, 9)
	w.after(DeclinePause)
	w.inQueue(e, 2) // however free Ada is
	w.ask(bob, 1)
	w.offeredTo(e, bob)
	w.is(later, Queued)
	w.told(bob, "assignment LEAD 1: wants a lamp")
	w.accept(bob, e)
	w.told(ann, "joined LEAD Bob")
	w.told(bob, "joined END_USER Ann Lee", "post to agents: wants a lamp")
	w.sends(bob, e, NewTransfer{Queue: 2})
	w.offeredTo(e, ada) // somebody else has had it
}

// TestTransferWithGuests: to an agent, they stay; to a queue, they go.
func TestTransferWithGuests(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, cyd, sue := w.logOn(12), w.logOn(13), w.logOn(14), w.logOn(15)
	ann, e := w.chat(ada)
	w.stops(ada)
	w.monitors(sue, e)
	w.confers(ada, e, cyd)
	w.catchUp(ada, bob, cyd, sue, ann)
	w.sends(ada, e, NewTransfer{Account: 13})
	w.accept(bob, e)
	w.onlyIn(e, 13, 15, 14)
	gone := "left LEAD PARTICIPANT_LEFT Ada"
	w.told(ann, "joined LEAD Bob", "role LEAD Bob", gone)
	w.told(cyd, "joined LEAD Bob", gone)
	w.told(sue, "joined LEAD Bob", gone)
	w.told(bob, "assignment TRANSFER 1", "joined END_USER Ann Lee", "joined MONITOR Sue", "joined CONFEREE Cyd")
	w.catchUp(ada)
	w.sends(bob, e, NewTransfer{Queue: 2})
	w.inQueue(e, 2)
	queued := "left LEAD TRANSFERRED_TO_QUEUE Bob"
	w.told(ann, queued, "left CONFEREE PARTICIPANT_LEFT Cyd", "wait 1")
	w.told(bob, queued)
	w.told(cyd, queued, "left CONFEREE TRANSFERRED_TO_QUEUE Cyd")
	w.told(sue, queued, "left MONITOR TRANSFERRED_TO_QUEUE Sue")
	w.told(ada)
}

// TestWhereALostLeadsEngagementWaits: after a warm transfer to a queue that is
// the engagement's own, and after one to an agent it is not.
func TestWhereALostLeadsEngagementWaits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		to   NewTransfer
		want QueueID
	}{
		{"warm to a queue", NewTransfer{Queue: 2, Warm: true}, 2},
		{"cold to a queue", NewTransfer{Queue: 2}, 2},
		{"to an agent", NewTransfer{Account: 13}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			ada, bob := w.logOn(12), w.logOn(13)
			_, e := w.chat(ada)
			w.stops(ada)
			w.sends(ada, e, c.to)
			if c.to.Queue != 0 {
				w.ask(bob, 1)
			}
			w.accept(bob, e)
			if c.to.Warm {
				w.leaves(ada, e)
			}
			must[ClientID](w.world)(w.Logoff(bob, true))
			w.inQueue(e, c.want)
		})
	}
}
