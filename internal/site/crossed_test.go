package site

import (
	"testing"
	"time"

	"usher/api"
)

// TestTwoAgentsWhoseTurnsCross: one would be given first what the other let go,
// and the other way round.
func TestTwoAgentsWhoseTurnsCross(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.queue(QueueDefinition{ID: 2, Name: "Sales", Rank: 1})
	w.rules(Rules{Enter: []Rule{{Name: "vip", When: Condition{Products: []int64{1}}, Queue: 2, Priority: 1}}})
	w.serves(12, "Ada", func(v *Serving) { v.Policy = FirstDue })
	w.serves(13, "Bob", func(v *Serving) { v.Policy = StrictPriority })
	ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
	letGo := func(c Caller, e EngagementID) {
		w.offeredTo(e, c)
		w.stops(c)
		w.answer(c, e, api.ActionDecline)
	}
	w.ask(bob, 1)
	_, support := w.enter(0) // first for Bob, by rank
	letGo(bob, support)
	w.ask(cyd, 1)
	w.offeredTo(support, cyd)
	w.ask(ada, 1)
	_, sales := w.comes(func(n *EngagementRequest) { n.Contact.ProductID = 1 }) // first for Ada, by priority
	letGo(ada, sales)
	w.ask(cyd, 2)
	w.offeredTo(sales, cyd)
	w.after(DeclinePause + time.Second)
	w.ask(ada, 1)
	w.ask(bob, 1)
	must[ClientID](w.world)(w.Logoff(cyd, true))
	w.offeredTo(support, ada)
	w.offeredTo(sales, bob)
}
