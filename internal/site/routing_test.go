package site

import (
	"slices"
	"testing"
	"time"

	"usher/api"
)

func TestTheLeastLoadedAgentIsOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, bob := w.logOn(12), w.logOn(13)
	w.chat(ada)
	w.ask(bob, 3)
	_, e := w.enter(0)
	w.offeredTo(e, bob)
}

func TestAmongEquallyLoadedTheOneFreeLongestIsOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	w.after(time.Second)
	bob := w.logOn(13)
	w.ask(bob, 3)
	w.ask(ada, 3)
	_, first := w.enter(0)
	w.offeredTo(first, ada) // who logged on first
	w.accept(ada, first)
	w.after(time.Second)
	must[ClientID](w)(w.Release(ada, first))
	_, second := w.enter(0)
	w.offeredTo(second, bob)
}

func TestAFreeAgentIsOfferedTheOldestOfAllQueues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(QueueDefinition{ID: 2, Name: "Sales"}))
	var es []EngagementID
	for _, q := range []QueueID{2, 1, 1, 2} {
		_, e := w.enter(q)
		es = append(es, e)
		w.after(time.Second)
	}
	ada := w.logOn(12)
	w.ask(ada, 3)
	if got := w.agent(ada).Holds; !slices.Equal(got, es[:3]) {
		t.Errorf("offered %v, want %v", got, es[:3])
	}
	w.is(es[3], Queued)
}

func TestAnAgentIsOfferedOnlyWhatItServes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(QueueDefinition{ID: 2, Name: "Sales"}))
	w.account(12, "Ada", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{2} })
	w.account(13, "Bob", func(a *Account) { a.Except = []QueueID{1} })
	ada, bob := w.logOn(12), w.logOn(13)
	w.ask(ada, 3)
	w.ask(bob, 3)
	_, support := w.enter(1)
	w.is(support, Queued)
	_, sales := w.enter(2)
	w.offeredTo(sales, ada)
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(QueueDefinition{ID: 3, Name: "New"}))
	_, made := w.enter(3)
	w.offeredTo(made, bob) // who serves queues made later, too
	w.account(13, "Bob", nil)
	w.offeredTo(support, bob) // a change of who serves what is looked at at once
}

func TestWhoDoesNotPullIsOfferedUnasked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		do     func(*world, Caller)
		offers int
	}{
		{"status never set", func(*world, Caller) {}, 0},
		{"available", func(w *world, c Caller) { must[ClientID](w)(w.SetActivityStatus(c, api.StatusAvailable, 1)) }, PushCapacity},
		{"unavailable", func(w *world, c Caller) { must[ClientID](w)(w.SetActivityStatus(c, api.StatusUnavailable, 1)) }, 0},
		{"available, asked to hold two", func(w *world, c Caller) {
			must[ClientID](w)(w.SetActivityStatus(c, api.StatusAvailable, 1))
			w.ask(c, 2)
		}, 2},
		{"available, asked to hold none", func(w *world, c Caller) {
			must[ClientID](w)(w.SetActivityStatus(c, api.StatusAvailable, 1))
			must[ClientID](w)(w.RequestAssignment(c, true, 1, 0))
		}, 0},
		{"asked, status never set", func(w *world, c Caller) { w.ask(c, 2) }, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.account(12, "Ada", func(a *Account) { a.Pull = false })
			ada := w.logOn(12)
			c.do(w, ada)
			for range PushCapacity + 2 {
				w.enter(0)
			}
			if got := len(w.agent(ada).Holds); got != c.offers {
				t.Errorf("%d offers, want %d", got, c.offers)
			}
		})
	}
}

func TestWrapUpTakesAPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	w.ask(ada, 1)
	_, e := w.enter(0)
	w.accept(ada, e)
	w.ask(ada, 1)
	must[ClientID](w)(w.ConcludeAsAgent(ada, e))
	_, next := w.enter(0)
	w.is(next, Queued)
	must[ClientID](w)(w.Release(ada, e))
	w.offeredTo(next, ada)
}

func TestALostEngagementComesBeforeYoungerOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, old := w.chat(ada)
	w.ask(ada, 1)
	w.after(time.Second)
	_, young := w.enter(0)
	since := w.live[old].WaitingSince
	must[ClientID](w)(w.Logoff(ada, true))
	if got := w.live[old].WaitingSince; got != since {
		t.Errorf("it waits since %d, want its first waiting time %d", got, since)
	}
	w.hears(ann, "joined LEAD Ada", "left LEAD TRANSFERRED_TO_QUEUE", "wait 1")
	bob := w.logOn(13)
	w.ask(bob, 1)
	w.offeredTo(old, bob)
	w.is(young, Queued)
}
