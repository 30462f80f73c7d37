package sim

import (
	"slices"
	"time"

	"usher/internal/host/machine"
	"usher/internal/site"
)

// hold is how long a retrieval is held when there is nothing.
const hold = 30 * time.Second

// network holds the answers to retrievals that are on their way.
type network struct{ answers []*request }

// request is one retrieval, with the connection that its answer takes.
type request struct {
	poll   machine.Poll
	w      *world
	loop   *loop
	sent   time.Duration
	batch  []site.Delivery // the answer
	state  wire
	since  time.Duration // when the state became what it is
	silent time.Duration // how long the network says nothing of what became of the answer
	left   bool          // the client does not listen any more
}

// wire says where a retrieval is.
type wire int

const (
	waiting wire = iota // at the server
	under               // the answer is on its way
	arrived
	lost
)

// verdict is what the server's side of the connection can tell.
func (q *request) verdict() machine.Verdict {
	if q.state == waiting || q.state == under || q.w.now < q.since+q.silent {
		return machine.NotYet
	}
	if q.state == arrived {
		return machine.Arrived
	}
	return machine.Lost
}

func (q *request) becomes(s wire) {
	q.state, q.since = s, q.w.now
	if !q.w.calm && q.w.chance(q.w.faults.silent) {
		q.silent = time.Duration(q.w.rnd.Int64N(int64(4 * time.Second)))
	}
}

// retrieve sends a retrieval to the server.
func (w *world) retrieve(q *request) {
	q.w, q.sent, q.poll.Tag = w, w.now, q
	p := w.process
	p.polls = append(p.polls, q)
	p.input(func(m *machine.Machine, now time.Duration) { m.Poll(now, &q.poll) })
}

// handOut takes the machine's answer to a retrieval.
func (p *process) handOut(q *request) {
	w := p.w
	i := slices.Index(p.polls, q)
	if i < 0 {
		w.breaks("a retrieval of %s was answered twice, or after its client had gone", q.loop.who)
		return
	}
	p.polls = slices.Delete(p.polls, i, i+1)
	if q.poll.Err == nil && w.now-q.sent > hold {
		w.breaks("a retrieval of %s was held for %v", q.loop.who, w.now-q.sent)
	}
	q.batch = q.poll.Batch.Deliveries
	w.broke(w.record.mayHandOut(q.poll.Caller.Key, q.batch))
	if w.tamper.batch != nil {
		q.batch = w.tamper.batch(w.rnd, slices.Clone(q.batch))
	}
	if q.left {
		q.becomes(lost)
		return
	}
	q.becomes(under)
	w.network.answers = append(w.network.answers, q)
}

// delivers lets one answer that is on its way arrive, or not.
func (n *network) delivers(w *world) {
	if len(n.answers) == 0 {
		return
	}
	i := w.rnd.IntN(len(n.answers))
	q := n.answers[i]
	n.answers = slices.Delete(n.answers, i, i+1)
	if !w.calm && w.chance(w.faults.batchLost) {
		w.report.Dropped++
		w.note("%s: an answer with %d messages is lost", q.loop.who, len(q.batch))
		q.becomes(lost)
		q.loop.ended(q, errNoAnswer)
		return
	}
	q.becomes(arrived)
	q.loop.ended(q, q.poll.Err)
}

// breaksOff ends a retrieval whose server has died.
func (q *request) breaksOff() {
	q.becomes(lost)
	if !q.left {
		q.loop.ended(q, errNoAnswer)
	}
}

// leave lets the client go away from a retrieval. Whether the server is told of
// it is up to the network.
func (q *request) leave() {
	w := q.w
	q.left = true
	w.report.Dropped++
	w.note("%s leaves its retrieval", q.loop.who)
	switch q.state {
	case under:
		w.network.answers = slices.DeleteFunc(w.network.answers, func(o *request) bool { return o == q })
		q.becomes(lost)
	case waiting:
		if w.chance(0.5) {
			p := w.process
			q.becomes(lost)
			p.polls = slices.DeleteFunc(p.polls, func(o *request) bool { return o == q })
			p.input(func(m *machine.Machine, now time.Duration) { m.PollGone(now, &q.poll) })
		}
	}
	q.loop.ended(q, errNoAnswer)
}

// loop is a client's retrieval loop for one session.
type loop struct {
	w      *world
	who    string
	caller site.Caller
	habits habits
	stream *stream
	open   []*request
	last   machine.Numbers
	failed bool // the last retrieval brought no answer
	over   bool // the session is over
	hears  func(site.Delivery)
	told   func() // the session is over
}

// habits are how a client behaves, for all its life.
type habits struct {
	positions bool
	late      bool // begins to use positions only after a while
	numbers   int  // 0: raised each time, 1: raised, repeated after a failure, 2: constant, 3: none
	messageID bool
	sloppy    bool // may have two retrievals open
}

func (w *world) drawHabits() habits {
	h := habits{positions: w.chance(0.5), late: w.chance(0.5), numbers: w.rnd.IntN(4), messageID: w.chance(0.6)}
	h.sloppy = !h.positions && w.chance(0.3)
	return h
}

// credentials answers the loop's caller as it is sent with any request: with a
// position, if the client uses them and feels like it.
func (l *loop) credentials() site.Caller {
	c := l.caller
	if l.stream.positions && (l.w.calm || l.w.chance(0.8)) {
		c.Ack, c.Acked = l.stream.last, true
	}
	return c
}

// turn lets the loop do something: send a retrieval, leave one, send another.
func (l *loop) turn() {
	w := l.w
	switch {
	case l.over:
	case len(l.open) == 0:
		l.send()
	case w.calm:
	case w.chance(w.faults.giveUp):
		l.open[w.rnd.IntN(len(l.open))].leave()
	case l.habits.sloppy && len(l.open) < 9 && w.chance(w.faults.second):
		for range 1 + w.rnd.IntN(3) {
			l.send()
		}
	}
}

func (l *loop) send() {
	q := &request{loop: l}
	if l.habits.positions && (!l.habits.late || l.w.chance(0.1)) {
		l.stream.positions = true
	}
	q.poll.Caller = l.credentials()
	if l.stream.positions {
		q.poll.Caller.Ack, q.poll.Caller.Acked = l.stream.last, true
	}
	repeat := l.habits.numbers == 1 && l.failed && l.last.Given
	if !repeat {
		switch l.habits.numbers {
		case 0, 1:
			l.last = machine.Numbers{Sequence: l.last.Sequence + 1, TimeCreated: int64(l.w.now), Given: true}
		case 2:
			l.last = machine.Numbers{Sequence: 11, TimeCreated: 1618317020415, Given: true}
		}
	}
	q.poll.Numbers = l.last
	l.open = append(l.open, q)
	l.w.retrieve(q)
}

// ended takes a retrieval's answer, or the news that there is none.
func (l *loop) ended(q *request, err error) {
	l.open = slices.DeleteFunc(l.open, func(o *request) bool { return o == q })
	l.failed = err == errNoAnswer
	if err != nil {
		if err != errNoAnswer && !l.over {
			l.over = true
			l.w.note("%s: its session is over: %v", l.who, err)
			l.told()
		}
		return
	}
	for _, d := range q.batch {
		fresh, err := l.stream.receive(d)
		l.w.broke(err)
		switch {
		case fresh:
			l.w.note("%s receives %d %s", l.who, d.Number, describe(d.Message))
			l.w.report.Delivered++
			l.hears(d)
		case !d.Fleeting:
			l.w.report.Repeated++
		}
	}
}
