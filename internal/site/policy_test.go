package site

import (
	"slices"
	"testing"
	"time"
)

// TestPolicies: what a free agent is given of four engagements that wait.
func TestPolicies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		policy Policy
		ranks  [2]int // of the queues 1 and 2
		want   []int  // in which order it is given those that came as 0 to 3
	}{
		{"first due is the default", "", [2]int{1, 2}, []int{0, 1, 2, 3}},
		{"first due over all queues", FirstDue, [2]int{2, 1}, []int{0, 1, 2, 3}},
		{"strict: all of the first queue", StrictPriority, [2]int{1, 2}, []int{1, 2, 0, 3}},
		{"strict: the lowest rank is first", StrictPriority, [2]int{2, 1}, []int{0, 3, 1, 2}},
		{"strict, below zero", StrictPriority, [2]int{0, -5}, []int{0, 3, 1, 2}},
		{"strict, ranks alike: by the queue's id", StrictPriority, [2]int{7, 7}, []int{1, 2, 0, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, Rank: c.ranks[0]})
			w.queue(QueueDefinition{ID: 2, Name: "Sales", Rank: c.ranks[1]})
			w.serves(12, "Ada", func(v *Serving) { v.Policy = c.policy })
			var came []EngagementID
			for _, q := range []QueueID{2, 1, 1, 2} {
				_, e := w.enter(q)
				came = append(came, e)
				w.after(time.Second)
			}
			ada := w.logOn(12)
			w.ask(ada, 4)
			var got []int
			for _, e := range w.agent(ada).Holds {
				got = append(got, slices.Index(came, e))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("given %v, want %v", got, c.want)
			}
		})
	}
}

// TestARankThatChangesCountsAtOnce for whoever is given the next engagement.
func TestARankThatChangesCountsAtOnce(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, Rank: 1})
	w.queue(QueueDefinition{ID: 2, Name: "Sales", Rank: 2})
	w.serves(12, "Ada", func(v *Serving) { v.Policy = StrictPriority })
	_, support := w.enter(1)
	_, sales := w.enter(2)
	w.queue(QueueDefinition{ID: 2, Name: "Sales", Rank: 0})
	ada := w.logOn(12)
	w.ask(ada, 1)
	w.offeredTo(sales, ada)
	w.is(support, Queued)
}

// TestPriorityComesBeforeTheWait, by either policy, but not before a queue's rank.
func TestPriorityComesBeforeTheWait(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		policy Policy
		want   []int
	}{
		{FirstDue, []int{3, 2, 0, 1, 4}},
		{StrictPriority, []int{2, 0, 4, 3, 1}}, // queue 1 before queue 2
	} {
		w := newFloor(t)
		w.queue(QueueDefinition{ID: 2, Name: "Sales", Rank: 1})
		w.serves(12, "Ada", func(v *Serving) { v.Policy = c.policy })
		w.rules(Rules{Enter: []Rule{
			{Name: "low", When: Condition{Products: []int64{1}}, Queue: 1, Priority: -1},
			{Name: "high", When: Condition{Products: []int64{2}}, Queue: 1, Priority: 5},
			{Name: "highest", When: Condition{Products: []int64{3}}, Queue: 2, Priority: 9},
			{Name: "other", When: Condition{Products: []int64{4}}, Queue: 2},
		}})
		var came []EngagementID
		for _, product := range []int64{0, 4, 2, 3, 1} {
			_, e := w.comes(func(n *EngagementRequest) { n.Contact.ProductID = product })
			came = append(came, e)
			w.after(time.Second)
		}
		ada := w.logOn(12)
		w.ask(ada, 9)
		var got []int
		for _, e := range w.agent(ada).Holds {
			got = append(got, slices.Index(came, e))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: given %v, want %v", c.policy, got, c.want)
		}
		w.sameAfterCheckpoint()
	}
}

// TestAVisitorWithPriorityIsToldItsPlace before those who came earlier.
func TestAVisitorWithPriorityIsToldItsPlace(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.rules(Rules{Enter: []Rule{{Name: "vip", When: Condition{Products: []int64{1}}, Queue: 1, Priority: 1}}})
	ann, _ := w.enter(0)
	w.told(ann, "wait 1")
	ben, _ := w.comes(func(n *EngagementRequest) { n.Contact.ProductID = 1 })
	w.told(ben, "wait 1")
	w.told(ann, "wait 2")
}
