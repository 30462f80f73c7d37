package sim

import (
	"fmt"
	"slices"
	"time"

	cluster "usher/internal/cluster/machine"
	"usher/internal/journal"
	"usher/internal/site"
)

// slot is a place for a node, with a name and an address of its own: one start
// after the other.
type slot struct {
	number int
	node   *node         // the present start; nil: none
	back   time.Duration // when somebody starts it again; 0: nobody has that in mind
}

// node is one start of a server, with all that is lost when it dies.
type node struct {
	w           *world
	slot        *slot
	incarnation string
	began       time.Duration
	wallOff     time.Duration // how wrong its wall clock is
	up          bool
	paused      bool
	backlog     []*event // what waits until it goes on
	resumedAt   time.Duration
	away        time.Duration // until when it does not reach the store
	deadFrom    time.Duration // from then until deadTo no answer of the store reaches it
	deadTo      time.Duration
	last        bool          // its next renewal is to be its last for a while
	unrenewed   time.Duration // until when it cannot renew its lease
	stopping    bool
	stopAt      time.Duration
	deaf        bool // it takes no new connection
	ending      bool // it looks again soon whether all is answered
	ops         []*op

	host    host
	answers answers
	trips   []*trip

	// Of a pool.
	m     *cluster.Machine // nil when it is alone
	pool  journal.Pool
	wake  *event
	spins int
}

// start begins the next life at a slot.
func (w *world) start(s *slot) {
	s.back = 0
	w.lives++
	n := &node{
		w: w, slot: s, incarnation: fmt.Sprintf("n%d-%d", s.number, w.lives), began: w.now, up: true, wallOff: w.wallOff(),
	}
	n.host = newHost(n)
	n.answers.kept = map[string]*exchange{}
	s.node, w.placeOf[n.incarnation] = n, s.number
	w.report.Starts++
	w.note("%s starts", n.incarnation)
	if w.pooled {
		n.join()
		return
	}
	w.checkHeads()
	w.store.journal.Crash() // the lock is taken anew, with new epochs
	heads, err := w.store.journal.Heads(ctx)
	if err != nil {
		w.breaks("the journal has no heads: %v", err)
	}
	for _, h := range heads {
		n.host.adopt(h)
	}
}

func (n *node) now() time.Duration { return n.w.now - n.began }

func (n *node) wall() site.Time { return epoch.Add(n.w.now + n.wallOff) }

// run lets something happen in the node's process: at once, when it goes on, or
// never, if it is dead.
func (n *node) run(f func()) {
	switch {
	case !n.up:
	case n.paused:
		n.w.agenda.flying++
		n.backlog = append(n.backlog, &event{node: n, run: f})
	default:
		f()
	}
}

// soon lets a goroutine of the node go on.
func (n *node) soon(f func()) {
	w := n.w
	d := time.Duration(w.rnd.Int64N(int64(30 * time.Microsecond)))
	if !w.calm && w.chance(w.faults.sluggish) {
		d += time.Duration(w.rnd.Int64N(int64(40 * time.Millisecond)))
	}
	w.plan(&event{at: w.now + d, node: n, run: f})
}

// kill ends a node at once: only what the store has is left, and what is on its
// way there.
func (n *node) kill() {
	w := n.w
	w.note("%s is killed", n.incarnation)
	w.report.Kills++
	for _, o := range slices.Clone(n.ops) {
		switch {
		case o.over:
		case w.rnd.IntN(2) == 0:
			o.over = true
		case !w.pooled: // nothing of it can come later: the next start takes the lock
			o.over = true
			o.effect()
		}
	}
	n.ends()
	if !w.pooled && w.tamper.unsynced {
		w.store.forget()
	}
}

// ends lets go of everything that is connected with a node.
func (n *node) ends() {
	w := n.w
	n.up, n.paused = false, false
	n.slot.node = nil
	for _, e := range n.backlog {
		if !e.off && !e.clock {
			w.agenda.flying--
		}
		e.off = true
	}
	n.backlog = nil
	for _, x := range slices.Clone(w.open) {
		switch {
		case x.at == n && x.state == under && (n.deaf || w.rnd.IntN(2) == 0): // its kernel has it
		case x.at == n:
			x.cut()
		case x.from == n:
			x.closed = true
			if x.state == waiting {
				x.becomes(lost)
				w.in(w.latency(), x.tellGone)
			} else {
				x.becomes(lost)
			}
		}
	}
	for _, t := range n.trips {
		t.dies()
	}
	n.trips = nil
}

// pause stops a node's process for a while; the world goes on.
func (n *node) pause(d time.Duration) {
	w := n.w
	w.note("%s is paused for %v", n.incarnation, d)
	w.report.Pauses++
	n.paused = true
	w.clock(w.now+d, nil, n.resume)
}

// resume lets a node go on: with its clocks first or last, and all else in order.
func (n *node) resume() {
	if !n.up || !n.paused {
		return
	}
	w := n.w
	w.note("%s goes on", n.incarnation)
	n.paused, n.resumedAt = false, w.now
	work := n.backlog
	n.backlog = nil
	switch w.rnd.IntN(3) {
	case 0:
		slices.SortStableFunc(work, func(a, b *event) int { return clockFirst(a) - clockFirst(b) })
	case 1:
		slices.SortStableFunc(work, func(a, b *event) int { return clockFirst(b) - clockFirst(a) })
	}
	for i, e := range work {
		if n.paused {
			n.backlog = append(n.backlog, work[i:]...)
			return
		}
		w.happens(e)
	}
}

func clockFirst(e *event) int {
	if e.clock {
		return 0
	}
	return 1
}

// stop begins an orderly end: the retrievals of its own clients end, the sites are
// handed over, then nothing new is taken, and what it has begun is answered.
func (n *node) stop() {
	w := n.w
	w.note("%s stops", n.incarnation)
	w.report.Stops++
	n.stopping, n.stopAt = true, w.now
	for _, t := range slices.Clone(n.trips) {
		t.closing()
	}
	if n.m != nil {
		n.input(func(m *cluster.Machine, now time.Duration) { m.Stop(now) })
	} else {
		n.host.close()
	}
	w.clock(w.now+stopFor, n, n.shutDown)
}

// stopFor bounds a stop, as the program's own.
const stopFor = 9 * time.Second

// shutDown ends a node that has nothing left but to answer.
func (n *node) shutDown() {
	w := n.w
	if !n.up {
		return
	}
	n.deaf = true
	if busy := len(n.trips) > 0 || len(n.ops) > 0; busy && w.now < n.stopAt+stopFor {
		if !n.ending {
			n.ending = true
			w.clock(w.now+time.Millisecond, n, func() {
				n.ending = false
				n.shutDown()
			})
		}
		return
	} else if busy {
		w.note("%s could not end all in its time", n.incarnation)
	}
	w.note("%s has stopped", n.incarnation)
	for _, o := range n.ops {
		o.over = true
	}
	n.ends()
}
