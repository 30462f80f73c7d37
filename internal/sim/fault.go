package sim

import (
	"math/rand/v2"
	"time"
)

// faults are how often what goes wrong. Each run draws its own, and most runs
// leave some out, so that each is also seen alone and together with few others.
type faults struct {
	refused, happened, didNot, later     float64 // of appends
	loadFails, opCut, slow               float64 // of words with the store: refused, the answer lost, slow
	kill, stop, start, pause, away, full float64 // of steps
	jump, cut, brink                     float64 // of steps
	poison                               float64 // of commands: they panic
	unsent, halfSent, halfAnswered, late float64 // of requests and answers between clients and nodes
	doubled                              float64 // of requests: by a proxy
	silent                               float64 // of retrievals: the network says nothing of what became of the answer
	sluggish                             float64 // of goroutines
	giveUp, second                       float64 // of clients' turns: leave a retrieval; send another beside it
}

func drawFaults(rnd *rand.Rand) faults {
	rate := func(most float64) float64 {
		if rnd.IntN(3) == 0 {
			return 0
		}
		return most * rnd.Float64()
	}
	return faults{
		refused: rate(0.03), happened: rate(0.05), didNot: rate(0.05), later: rate(0.05),
		loadFails: rate(0.2), opCut: rate(0.1), slow: rate(0.1),
		kill: rate(0.008), stop: rate(0.006), start: rate(0.02), pause: rate(0.008), away: rate(0.005), full: rate(0.003),
		jump: rate(0.01), cut: rate(0.05), brink: rate(0.01),
		poison: rate(0.01),
		unsent: rate(0.05), halfSent: rate(0.05), halfAnswered: rate(0.1), late: rate(0.1),
		doubled: rate(0.1), silent: rate(0.4), sluggish: rate(0.05),
		giveUp: rate(0.15), second: rate(0.2),
	}
}

// strikes lets happen what nobody asked for.
func (w *world) strikes() {
	f := w.faults
	w.restarts()
	if w.chance(f.jump) {
		w.report.WallJumps++
		if n := w.anyNode(); n != nil {
			n.wallOff = w.wallOff()
			w.note("the wall clock of %s is wrong by %v", n.incarnation, n.wallOff)
		}
	}
	if w.chance(f.stop) {
		if n := w.anyNode(); n != nil && !n.stopping && !n.deaf && !n.paused && (!w.gentle || w.serving() > 1) {
			n.stop()
			w.dense = w.rnd.IntN(30)
			n.slot.back = w.now + w.absence()
		}
	}
	if w.chance(f.start) {
		if s := w.slots[w.rnd.IntN(len(w.slots))]; s.node == nil && (w.pooled || s.back != 0) {
			w.start(s)
		}
	}
	if w.gentle {
		return
	}
	if full := w.store.full; full && w.chance(0.03) || !full && w.chance(f.full) {
		w.report.Full++
		w.store.setFull(!full)
	}
	if w.chance(f.away) {
		w.report.Outages++
		until := w.now + time.Duration(w.rnd.Int64N(int64(2*w.lease)))
		if n := w.anyNode(); n != nil && w.rnd.IntN(2) == 0 {
			n.away = until
			if w.rnd.IntN(2) == 0 { // and then its own words get there, and no answer comes back
				n.deaden(until)
			}
			w.note("%s does not reach the store until %v", n.incarnation, until)
		} else {
			w.store.away = until
			w.note("nobody reaches the store until %v", until)
		}
	}
	if w.chance(f.cut) && len(w.open) > 0 {
		w.report.Cuts++
		w.open[w.rnd.IntN(len(w.open))].cut()
	}
	if n := w.anyNode(); w.chance(f.kill) && n != nil {
		n.kill()
		n.slot.back = w.now + w.absence()
	}
	if n := w.anyNode(); w.chance(f.pause) && n != nil && !n.paused {
		n.pause(time.Duration(w.rnd.Int64N(int64(3 * w.lease))))
	}
	if w.chance(f.brink) {
		w.brink()
	}
}

// brink lets a node's lease run out at the worst moment: it hears late of its last
// renewal, so it learns late when its lease ends, and then cannot renew it. When the
// store's word for it ends, the clients are busy, so that much is on its way.
func (w *world) brink() {
	n := w.anyNode()
	if n == nil || n.m == nil || n.paused || n.m.Until() == 0 {
		return
	}
	w.report.Brinks++
	w.note("%s is led to the end of its lease", n.incarnation)
	n.last = true
}

// atTheBrink is told that a node's last renewal has reached the store.
func (n *node) atTheBrink() {
	w := n.w
	n.last = false
	end := w.now + w.lease
	n.unrenewed = end + time.Duration(w.rnd.Int64N(int64(w.lease)))
	if w.rnd.IntN(2) == 0 {
		n.deaden(n.unrenewed)
	}
	w.brinkAt = end - time.Duration(w.rnd.Int64N(int64(5*time.Millisecond)))
}

// deaden lets no answer of the store reach a node for a while, from a moment on.
func (n *node) deaden(from time.Duration) {
	n.deadFrom, n.deadTo = from, from+time.Duration(n.w.rnd.Int64N(int64(n.w.lease)))
}

// restarts starts again what somebody has in mind to.
func (w *world) restarts() {
	for _, s := range w.slots {
		if s.node == nil && s.back != 0 && w.now >= s.back {
			w.start(s)
		}
	}
}

// absence draws how long it takes until a node is started again.
func (w *world) absence() time.Duration {
	if w.rnd.IntN(3) == 0 {
		return time.Duration(w.rnd.Int64N(int64(3 * w.lease)))
	}
	return time.Duration(w.rnd.Int64N(int64(2 * time.Second)))
}

// wallOff draws how wrong a wall clock is: well below the ten minutes for which
// message ids are remembered.
func (w *world) wallOff() time.Duration {
	if w.gentle || w.calm || w.rnd.IntN(2) == 0 {
		return 0
	}
	return time.Duration(w.rnd.Int64N(int64(4*time.Minute))) - 2*time.Minute
}

// anyNode answers a node that is up, nil when there is none.
func (w *world) anyNode() *node {
	var up []*node
	for _, s := range w.slots {
		if s.node != nil {
			up = append(up, s.node)
		}
	}
	if len(up) == 0 {
		return nil
	}
	return up[w.rnd.IntN(len(up))]
}

// serving counts the nodes that take requests and will.
func (w *world) serving() (n int) {
	for _, s := range w.slots {
		if s.node != nil && !s.node.deaf && !s.node.stopping {
			n++
		}
	}
	return n
}
