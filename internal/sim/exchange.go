package sim

import (
	"slices"
	"time"

	"usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/site"
)

// wire says where an exchange is.
type wire int

const (
	travelling wire = iota // the request is on its way
	waiting                // it is with the node
	under                  // the answer is on its way
	arrived
	lost
)

// exchange is one request on a connection, with its answer: of a client to a node,
// or of a node to another.
type exchange struct {
	w      *world
	from   *node // nil: a client
	slot   int   // where it goes
	at     *node // where it arrived
	sent   time.Duration
	begin  func(*exchange)  // at the node
	gone   func()           // at the node: the sender has gone; may be nil
	back   func(answer)     // at the sender: the whole answer is here
	broken func(never bool) // at the sender: there is none. never: the request was not even sent

	state  wire
	since  time.Duration // when the state became what it is
	silent time.Duration // how long the network says nothing of what became of the answer
	closed bool          // the sender waits no more
}

// answer is what comes back.
type answer struct {
	value any
	err   error
	batch site.Batch
	poll  bool
	firm  int64 // the site's history up to here is durable, and was known to who answered

	misdirected bool // the node does not run the site: what it knows of it
	epoch       int64
	owner       journal.Node
	verdict     machine.Verdict
}

// send puts a request on its way to the node at a slot.
func (w *world) send(x *exchange) *exchange {
	x.w, x.sent = w, w.now
	w.open = append(w.open, x)
	d := w.latency()
	switch {
	case w.strikesWire(w.faults.unsent):
		w.report.Cuts++
		w.in(d, func() { x.fails(true) })
	case w.strikesWire(w.faults.halfSent):
		w.report.Cuts++
		w.in(d, func() { x.fails(false) })
	default:
		w.in(d, x.arrives)
	}
	return x
}

func (x *exchange) arrives() {
	n := x.w.slots[x.slot].node
	switch {
	case n == nil || n.deaf:
		x.fails(true)
	case x.state == travelling:
		x.state, x.at = waiting, n
		n.run(func() { x.begin(x) })
	case x.state == lost && x.closed: // its sender left when all of it was under way
		x.at = n
		n.run(func() {
			x.begin(x)
			x.w.in(x.w.latency(), x.tellGone)
		})
	}
}

// verdict is what the node's side of the connection can tell of the answer.
func (x *exchange) verdict() machine.Verdict {
	switch {
	case x.state < arrived || x.w.now < x.since+x.silent:
		return machine.NotYet
	case x.state == arrived:
		return machine.Arrived
	}
	return machine.Lost
}

func (x *exchange) becomes(s wire) {
	x.state, x.since = s, x.w.now
	if x.from == nil && !x.w.calm && x.w.chance(x.w.faults.silent) {
		x.silent = time.Duration(x.w.rnd.Int64N(int64(4 * time.Second)))
	}
	if s >= arrived {
		x.w.open = slices.DeleteFunc(x.w.open, func(o *exchange) bool { return o == x })
	}
}

// answers puts the answer on its way back. It answers false when the connection is
// known to be no more.
func (x *exchange) answers(a answer) bool {
	w := x.w
	if x.state != waiting {
		return false
	}
	x.becomes(under)
	if w.strikesWire(w.faults.halfAnswered) {
		w.report.Cuts++
		w.in(w.latency(), func() { x.fails(false) })
		return true
	}
	w.in(w.latency(), func() {
		if x.state == under {
			x.becomes(arrived)
			x.hear(func() { x.back(a) })
		}
	})
	return true
}

// hear tells the sender something, in its process.
func (x *exchange) hear(f func()) {
	tell := func() {
		if !x.closed {
			x.closed = true
			f()
		}
	}
	if x.from == nil {
		tell()
		return
	}
	x.from.run(tell)
}

// fails ends an exchange without an answer.
func (x *exchange) fails(never bool) {
	if x.state >= arrived {
		return
	}
	x.becomes(lost)
	x.hear(func() { x.broken(never) })
}

// cut breaks the connection, wherever the exchange is.
func (x *exchange) cut() {
	w := x.w
	if x.state >= arrived {
		return
	}
	with := x.state == waiting
	x.becomes(lost)
	w.in(w.latency(), func() { x.hear(func() { x.broken(false) }) })
	if with {
		w.in(w.latency(), x.tellGone)
	}
}

// abandon lets the sender go away. A client may vanish without a word; then the
// node finds out by itself, or when it answers.
func (x *exchange) abandon() {
	w := x.w
	if x.closed {
		return
	}
	x.closed = true
	if x.state >= arrived {
		return
	}
	with := x.state == waiting
	x.becomes(lost)
	if with && (x.from != nil || w.calm || w.chance(0.7)) {
		w.in(w.latency(), x.tellGone)
	}
}

// tellGone lets the node know that nobody waits for its answer.
func (x *exchange) tellGone() {
	if x.at != nil && x.gone != nil {
		x.at.run(x.gone)
	}
}

// latency draws how long something takes on the network.
func (w *world) latency() time.Duration {
	d := time.Duration(w.rnd.Int64N(int64(2 * time.Millisecond)))
	if w.calm || !w.chance(w.faults.late) {
		return d
	}
	w.report.Late++
	if w.gentle || w.rnd.IntN(4) > 0 {
		return d + time.Duration(w.rnd.Int64N(int64(200*time.Millisecond)))
	}
	return d + time.Duration(w.rnd.Int64N(int64(8*time.Second)))
}

// strikesWire draws whether something breaks on the network.
func (w *world) strikesWire(p float64) bool { return !w.calm && !w.gentle && w.chance(p) }
