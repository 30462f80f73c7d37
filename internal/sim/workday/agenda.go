package workday

import (
	"container/heap"

	"usher/internal/site"
)

// agenda is what people are going to do, in the order of time, and for the same
// time in the order in which they thought of it.
type agenda struct {
	items []item
	count int
}

type item struct {
	at    site.Time
	order int
	do    func()
}

func (a *agenda) Len() int      { return len(a.items) }
func (a *agenda) Swap(i, j int) { a.items[i], a.items[j] = a.items[j], a.items[i] }
func (a *agenda) Push(x any)    { a.items = append(a.items, x.(item)) }
func (a *agenda) Less(i, j int) bool {
	x, y := a.items[i], a.items[j]
	return x.at < y.at || x.at == y.at && x.order < y.order
}

func (a *agenda) Pop() any {
	n := len(a.items) - 1
	x := a.items[n]
	a.items[n] = item{}
	a.items = a.items[:n]
	return x
}

func (a *agenda) put(at site.Time, do func()) {
	a.count++
	heap.Push(a, item{at, a.count, do})
}

// next answers the time of the first item.
func (a *agenda) next() (site.Time, bool) {
	if len(a.items) == 0 {
		return 0, false
	}
	return a.items[0].at, true
}

// perform does the first item if its time has come.
func (a *agenda) perform(now site.Time) {
	if len(a.items) > 0 && a.items[0].at <= now {
		heap.Pop(a).(item).do()
	}
}
