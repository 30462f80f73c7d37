package sim

import (
	"errors"
	"fmt"
	"slices"
	"time"

	cluster "usher/internal/cluster/machine"
	hosting "usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/site"
)

// The times of package rest.
const (
	commandFor = 20 * time.Second // how long a command may wait for its site
	pollFor    = 30 * time.Second // how long a retrieval may take in all
	answerLate = 2 * time.Second  // how much later another node's answer may come
	lateFor    = time.Second      // how long a retrieval is held that comes when the node is stopping already
)

// trip is one request at one node, on its way to the node that runs its site. It
// does what package rest does with a request.
type trip struct {
	n     *node
	w     *world
	q     *request
	x     *exchange // on which it came
	pass  *pass     // of the node that sent it here; nil: a client's
	began time.Duration
	until time.Duration // when it is given up

	phase    phase
	ask      *cluster.Ask
	out      *exchange // to another node
	asked    string    // its incarnation
	patience *event    // the end of the wait for its answer
	relays   int       // how often it was sent there
	expects  string    // the name of the answer from there
	wait     *event    // the pause before the next try
	mine     *retrieval
	late     *event        // the end of a command's time
	pause    time.Duration // before the next try
	last     bool          // it is a retrieval that came when the node was stopping already
	over     bool
}

// phase is what a trip waits for.
type phase int

const (
	idle     phase = iota
	locating       // for the cluster's word
	relaying       // for another node
	serving        // for this node's host
	pausing        // for news
	held           // a retrieval whose site cannot be asked: for its time
)

// pass is what a node says that sends a request on.
type pass struct {
	slot   int
	epoch  int64
	within time.Duration
	answer string
}

// take brings a request to its site, wherever that is.
func (n *node) take(x *exchange, q *request, p *pass) {
	t := &trip{n: n, w: n.w, q: q, x: x, pass: p, began: n.w.now}
	hold := commandFor
	if q.poll != nil {
		hold = pollFor
	}
	if p != nil && p.within > 0 {
		hold = min(hold, p.within)
	}
	t.until = t.w.now + hold
	if t.last = n.stopping && n.m != nil && q.poll != nil && p == nil; t.last {
		t.until = t.w.now + lateFor
	}
	n.trips = append(n.trips, t)
	x.gone = func() { t.clientGone() }
	if n.m != nil {
		t.w.clock(t.until, n, t.timeIsUp)
	}
	n.soon(t.try)
}

// expired reports whether nothing more is tried for the request.
func (t *trip) expired() bool {
	return t.w.now >= t.until || t.n.stopping && t.n.m != nil && t.q.poll != nil && t.pass == nil && !t.last
}

func (t *trip) try() {
	switch {
	case t.over:
	case t.n.m == nil:
		t.serve()
	case t.expired():
		t.unplaced(errDeadline)
	default:
		t.phase = locating
		t.ask = &cluster.Ask{Site: t.q.c.name, Tag: t}
		if t.pass != nil {
			t.ask.Epoch = t.pass.epoch
		}
		if t.n.m.Mine(t.q.c.name) {
			t.ask.Here = true
			t.found(t.ask)
			return
		}
		t.n.input(func(m *cluster.Machine, now time.Duration) { m.Locate(now, t.ask) })
	}
}

var errDeadline = errors.New("the site took too long")

// found takes the cluster's word on where the site is.
func (t *trip) found(a *cluster.Ask) {
	if t.over || t.phase != locating || t.ask != a {
		return
	}
	t.ask, t.phase = nil, idle
	switch {
	case errors.Is(a.Err, cluster.ErrNoSite):
		t.w.breaks("%s: %s is said not to be there", t.q.what, t.q.c.name)
	case a.Err != nil:
		t.unplaced(a.Err)
	case !a.Here && t.pass != nil:
		t.finish(answer{misdirected: true, epoch: a.At.Epoch, owner: t.n.m.Member(a.At.Owner)})
	case !a.Here:
		t.relay(a)
	default:
		t.serve()
	}
}

// timeIsUp is the end of all waiting for a place.
func (t *trip) timeIsUp() {
	switch {
	case t.over:
	case t.phase == locating:
		a := t.ask
		t.ask = nil
		t.n.input(func(m *cluster.Machine, _ time.Duration) { m.Gone(a) })
		t.unplaced(errDeadline)
	case t.phase == pausing, t.phase == held:
		t.w.cancel(t.wait)
		t.unplaced(errDeadline)
	}
}

// closing ends the retrievals of this node's own clients when it stops.
func (t *trip) closing() {
	if t.n.m == nil || t.over || t.q.poll == nil || t.pass != nil || t.last {
		return
	}
	if t.phase == relaying {
		t.cutOff()
		return
	}
	t.timeIsUp()
}

// unplaced answers a request whose site cannot be asked anywhere.
func (t *trip) unplaced(err error) {
	switch {
	case t.pass != nil: // only the client's own node gives up
		t.finish(answer{misdirected: true})
	case t.q.poll != nil && !t.expired():
		t.phase = held
	case t.q.poll == nil:
		t.refuse(err)
	default:
		t.finish(answer{poll: true}) // the time-out
	}
}

func (t *trip) refuse(err error) { t.finish(answer{err: err, poll: t.q.poll != nil}) }

// serve asks this node's own host.
func (t *trip) serve() {
	t.phase = serving
	if t.n.m != nil && !t.n.m.Mine(t.q.c.name) {
		t.moved()
		return
	}
	k, err := t.n.host.keeper(t.q.c.name)
	switch {
	case errors.Is(err, hosting.ErrNoSite):
		t.w.breaks("%s: %s is not there", t.q.what, t.q.c.name)
	case errors.Is(err, machine.ErrStopping) && t.q.poll != nil: // the time-out
		t.served(answer{poll: true})
	case err != nil:
		t.served(answer{err: err, poll: t.q.poll != nil})
	case t.q.poll != nil:
		t.retrieve(k)
	default:
		e := k.do(t)
		t.w.cancel(t.late)
		t.late = t.w.clock(t.w.now+commandFor, t.n, func() {
			if !t.over && t.phase == serving {
				e.t = nil
				t.refuse(errSlow)
			}
		})
	}
}

// errSlow is what a command is answered that may still be done.
var errSlow = errors.New("the site took too long, and what was asked may still be done")

func (t *trip) retrieve(k *keeper) {
	r := &retrieval{t: t, k: k}
	t.mine = r
	r.poll = machine.Poll{Caller: t.q.poll.caller, Numbers: t.q.poll.numbers, Tag: r}
	if t.n.m != nil {
		r.poll.Within = max(t.until-t.w.now, time.Millisecond)
	}
	k.polls = append(k.polls, r)
	k.input(func(m *machine.Machine, now time.Duration) { m.Poll(now, &r.poll) })
}

// served takes the host's answer.
func (t *trip) served(a answer) {
	if t.over || t.phase != serving {
		return
	}
	t.w.cancel(t.late)
	t.phase = idle
	if errors.Is(a.err, machine.ErrMoved) && t.n.m != nil && !(a.poll && t.w.tamper.movedPoll) {
		t.moved()
		return
	}
	t.finish(a)
}

// moved waits a moment for news of where the site is, and asks again.
func (t *trip) moved() {
	t.mine = nil
	t.phase = pausing
	t.wait = t.w.plan(&event{at: t.w.now + t.pause, node: t.n, run: func() { t.again() }})
}

// again is the next try.
func (t *trip) again() {
	if t.over {
		return
	}
	t.phase = idle
	t.pause = min(2*t.pause+time.Millisecond, 100*time.Millisecond)
	t.try()
}

// finish answers the request on the connection it came on.
func (t *trip) finish(a answer) {
	if t.over {
		return
	}
	t.w.broke(t.mayEnd(a))
	t.end()
	r := t.mine
	if sent := t.x.answers(a); r != nil && r.answered {
		r.sent = true
		switch {
		case !sent:
			r.evidence = lostAnswer{}
		case t.pass != nil && t.pass.answer != "":
			r.evidence = &distant{n: t.n, slot: t.pass.slot, name: t.pass.answer}
		default:
			r.evidence = t.x
		}
	}
}

// mayEnd checks an answer that a node gives its client.
func (t *trip) mayEnd(a answer) error {
	if t.pass != nil || t.n.resumedAt > t.began {
		return nil
	}
	_, own := errors.AsType[*site.Error](a.err)
	if t.q.poll != nil && a.err != nil && !own {
		return fmt.Errorf("%s: a retrieval was refused: %w", t.q.what, a.err)
	}
	most := pollFor
	if t.q.poll == nil {
		most = commandFor
		if t.n.m != nil {
			most += commandFor // the wait for a place, and then for the site
		}
	}
	if t.n.m != nil {
		most += answerLate
	}
	if d := t.w.now - t.began; d > most+slack {
		return fmt.Errorf("%s took %v", t.q.what, d)
	}
	return nil
}

// slack is what goroutines may need beside the times that are promised.
const slack = 500 * time.Millisecond

// end lets go of all that a trip has.
func (t *trip) end() {
	t.over = true
	t.n.trips = without(t.n.trips, t)
	t.w.cancel(t.late)
}

// dies is the end of the node.
func (t *trip) dies() { t.over = true }

// clientGone tells that nobody waits for the answer.
func (t *trip) clientGone() {
	if t.over {
		return
	}
	p := t.phase
	t.end()
	switch p {
	case locating:
		a := t.ask
		t.n.input(func(m *cluster.Machine, _ time.Duration) { m.Gone(a) })
	case relaying:
		t.out.abandon()
		t.letGo()
	case serving:
		if r := t.mine; r != nil {
			r.sent, r.evidence = true, lostAnswer{}
			if i := slices.Index(r.k.polls, r); i >= 0 {
				r.k.polls = slices.Delete(r.k.polls, i, i+1)
				r.k.input(func(m *machine.Machine, now time.Duration) { m.PollGone(now, &r.poll) })
			}
		}
	}
}
