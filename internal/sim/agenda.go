package sim

import (
	"container/heap"
	"time"
)

// event is something that will happen.
type event struct {
	at    time.Duration
	turn  int64 // of two at the same time the one that was planned first comes first
	node  *node // in whose process; nil: the network's, the store's or a client's
	clock bool  // only time passes until then: nothing is under way
	off   bool  // it will not happen
	run   func()
}

// agenda is all that will happen, in order of time.
type agenda struct {
	events []*event
	turn   int64
	flying int // events that are no clocks
}

func (a *agenda) Len() int { return len(a.events) }
func (a *agenda) Less(i, j int) bool {
	x, y := a.events[i], a.events[j]
	return x.at < y.at || x.at == y.at && x.turn < y.turn
}
func (a *agenda) Swap(i, j int) { a.events[i], a.events[j] = a.events[j], a.events[i] }
func (a *agenda) Push(x any)    { a.events = append(a.events, x.(*event)) }
func (a *agenda) Pop() any {
	n := len(a.events) - 1
	e := a.events[n]
	a.events[n] = nil
	a.events = a.events[:n]
	return e
}

func (w *world) plan(e *event) *event {
	w.agenda.turn++
	e.turn = w.agenda.turn
	if !e.clock {
		w.agenda.flying++
	}
	heap.Push(&w.agenda, e)
	return e
}

// in lets something happen after a while.
func (w *world) in(d time.Duration, run func()) *event {
	return w.plan(&event{at: w.now + d, run: run})
}

// clock is in for what only waits for its time.
func (w *world) clock(at time.Duration, n *node, run func()) *event {
	return w.plan(&event{at: max(at, w.now), node: n, clock: true, run: run})
}

// cancel lets an event not happen. nil is none.
func (w *world) cancel(e *event) {
	if e != nil && !e.off {
		e.off = true
		if !e.clock {
			w.agenda.flying--
		}
	}
}

// next lets the next thing happen if it is due by end. It answers false when
// nothing is.
func (w *world) next(end time.Duration) bool {
	a := &w.agenda
	for len(a.events) > 0 && a.events[0].off {
		heap.Pop(a)
	}
	if len(a.events) == 0 || a.events[0].at > end {
		return false
	}
	e := heap.Pop(a).(*event)
	w.now = max(w.now, e.at)
	switch n := e.node; {
	case n != nil && n.paused:
		n.backlog = append(n.backlog, e)
	default:
		w.happens(e)
	}
	return true
}

func (w *world) happens(e *event) {
	if e.off {
		return
	}
	e.off = true
	if !e.clock {
		w.agenda.flying--
	}
	if e.node == nil || e.node.up {
		e.run()
	}
}

// pass lets time pass, and all that is due in it happen.
func (w *world) pass(d time.Duration) {
	end := w.now + d
	began, many := w.now, 0
	for w.broken == nil && w.next(end) {
		if w.now > began {
			began, many = w.now, 0
		} else if many++; many > 5000 {
			w.breaks("something happens again and again at %v", w.now)
		}
	}
	if w.broken == nil {
		w.now = end
	}
}
