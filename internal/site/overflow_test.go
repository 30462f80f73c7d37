package site

import (
	"testing"
	"time"

	"usher/api"
)

// TestAnEngagementOverflowsAfterItsTime, and is offered in the other queue at once.
func TestAnEngagementOverflowsAfterItsTime(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, OverflowSeconds: 30, OverflowQueue: 2})
	w.account(12, "Ada", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{2} })
	ada := w.logOn(12)
	ann, e := w.enter(0)
	ben, other := w.enter(3)
	w.told(ann, "wait 1")
	w.after(time.Second)
	young, _ := w.enter(2)
	w.told(young, "wait 1")
	since := w.live[e].WaitingSince
	w.after(29*time.Second - time.Microsecond)
	w.inQueue(e, 1)
	w.after(time.Microsecond)
	w.inQueue(e, 2)
	if got := w.live[e].WaitingSince; got != since {
		t.Errorf("it waits since %d, want its first waiting time %d", got, since)
	}
	w.told(ann, "wait 1") // before who came later
	w.told(young, "wait 2")
	w.ask(ada, 1)
	w.offeredTo(e, ada)
	w.inQueue(other, 3)
	w.told(ben, "wait 1")
}

func TestOverflowOffersAtOnce(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, OverflowSeconds: 30, OverflowQueue: 2})
	w.account(12, "Ada", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{2} })
	ada := w.logOn(12)
	w.ask(ada, 1)
	_, e := w.enter(1)
	w.after(30 * time.Second)
	w.offeredTo(e, ada)
	w.answer(ada, e, api.ActionDecline)
	w.inQueue(e, 2) // it does not go back
}

// TestOverflowIsChained: each queue has its own time, from when it came there.
func TestOverflowIsChained(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.queue(QueueDefinition{ID: 2, Name: "Sales", OverflowSeconds: 20, OverflowQueue: 3})
	w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, OverflowSeconds: 30, OverflowQueue: 2})
	_, e := w.enter(0)
	w.after(30 * time.Second)
	w.inQueue(e, 2)
	w.after(20*time.Second - time.Microsecond)
	w.inQueue(e, 2)
	w.restart() // gives a minute at least
	w.after(ResumeGrace - time.Microsecond)
	w.inQueue(e, 2)
	w.after(time.Microsecond)
	w.inQueue(e, 3)
	w.after(time.Minute)
	w.inQueue(e, 3)
}

// TestOverflowComesOutOfAnOffer: its time passed while an agent was asked.
func TestOverflowComesOutOfAnOffer(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, OverflowSeconds: 30, OverflowQueue: 2})
	for name, end := range map[string]func(Caller, EngagementID){
		"expired":  func(ada Caller, e EngagementID) { w.after(60 * time.Second) },
		"declined": func(ada Caller, e EngagementID) { w.after(40 * time.Second); w.answer(ada, e, api.ActionDecline) },
		"logged off": func(ada Caller, e EngagementID) {
			w.after(40 * time.Second)
			must[ClientID](w.world)(w.Logoff(ada, true))
		},
	} {
		w.account(12, "Ada", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{1} })
		ada := w.logOn(12)
		w.open(ada)
		w.ask(ada, 1)
		ann, e := w.enter(1)
		w.open(ann)
		w.offeredTo(e, ada)
		end(ada, e)
		w.after(time.Microsecond)
		if x := w.live[e]; x.State != Queued || x.Queue != 2 {
			t.Errorf("%s: it is %s in queue %d, want it sent on", name, x.State, x.Queue)
		}
	}
}

// TestAnOverflowThatIsOverdueWhenItIsDefined happens at once.
func TestAnOverflowThatIsOverdueWhenItIsDefined(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	_, e := w.enter(1)
	w.after(40 * time.Second)
	w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, OverflowSeconds: 30, OverflowQueue: 2})
	w.after(time.Microsecond)
	w.inQueue(e, 2)
}

func TestAnOverflowThatIsDefinedLater(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	_, e := w.enter(1)
	w.after(10 * time.Second)
	w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, OverflowSeconds: 30, OverflowQueue: 2})
	w.after(20*time.Second - time.Microsecond)
	w.inQueue(e, 1)
	w.after(time.Microsecond)
	w.inQueue(e, 2)
}

// TestOverflowWaitsForItsQueue while that is closed or full, and looks again.
func TestOverflowWaitsForItsQueue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		shut        func(*floor)
		open        func(*floor)
		before, now QueueID
	}{
		{"full", func(w *floor) {
			w.queue(QueueDefinition{ID: 2, Name: "Sales", MaxWaiting: 1})
			w.enter(2)
		}, func(w *floor) {
			ada := w.logOn(12)
			w.account(12, "Ada", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{2} })
			w.ask(ada, 1)
		}, 1, 2},
		{"closed", func(w *floor) {
			w.hoursOf(office("UTC"))
			w.queue(QueueDefinition{ID: 2, Name: "Sales", Hours: 7})
		}, func(w *floor) { w.queue(QueueDefinition{ID: 2, Name: "Sales"}) }, 1, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			w.becomes("2026-06-07T12:00:00Z") // a Sunday
			w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, OverflowSeconds: 30, OverflowQueue: 2})
			_, e := w.enter(1)
			c.shut(w)
			w.after(30 * time.Second)
			w.inQueue(e, 1)
			w.after(OverflowRetry - time.Second)
			c.open(w)
			w.inQueue(e, 1)
			w.after(time.Second)
			w.inQueue(e, 2)
		})
	}
}

// TestAnActiveEngagementDoesNotOverflow, nor what is wanted by a warm transfer.
func TestAnActiveEngagementDoesNotOverflow(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, OverflowSeconds: 30, OverflowQueue: 3})
	w.queue(QueueDefinition{ID: 2, Name: "Sales", OverflowSeconds: 30, OverflowQueue: 3})
	ada := w.logOn(12)
	_, e := w.chat(ada)
	w.sends(ada, e, NewTransfer{Queue: 2, Warm: true})
	w.after(100 * time.Second)
	w.ledBy(e, ada)
	if x := w.live[e]; x.Queue != 1 || x.Wanted != 2 {
		t.Errorf("it is of queue %d and wanted in queue %d", x.Queue, x.Wanted)
	}
}
