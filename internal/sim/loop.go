package sim

import (
	"errors"
	"slices"

	"usher/internal/host/machine"
	"usher/internal/site"
)

// handOut takes the machine's answer to a retrieval.
func (k *keeper) handOut(r *retrieval) {
	w, q, p := k.w, r.t.q, &r.poll
	i := slices.Index(k.polls, r)
	if i < 0 {
		w.breaks("%s was answered twice, or after its client had gone", q.what)
		return
	}
	k.polls = slices.Delete(k.polls, i, i+1)
	if errors.Is(p.Err, machine.ErrMoved) {
		r.t.mine = nil
		if w.tamper.forgets {
			return
		}
	} else {
		r.answered = true
	}
	a := answer{err: p.Err, batch: p.Batch, poll: true}
	if !p.Batch.Empty() {
		a.firm = k.m.Durable()
		if a.firm < q.floor {
			w.breaks("%s was answered at %s by what the site was at %d, when all up to %d was known already", q.what, k.n.incarnation, a.firm, q.floor)
		}
	}
	w.broke(k.c.record.mayHandOut(p.Caller.Key, p.Batch.Deliveries))
	if _, refused := errors.AsType[*site.Error](p.Err); refused && k.c.record.alive(p.Caller.Key) {
		w.breaks("%s was refused at %s, and its session lives: %w", q.what, k.n.incarnation, p.Err)
	}
	if w.tamper.batch != nil {
		a.batch.Deliveries = w.tamper.batch(w.rnd, slices.Clone(a.batch.Deliveries))
	}
	t := r.t
	k.n.soon(func() { t.served(a) })
}

// loop is a client's retrieval loop for one session.
type loop struct {
	c      *centre
	w      *world
	who    string
	home   int // the slot it asked last
	caller site.Caller
	habits habits
	own    bool // it asks for usher's own messages
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
	roams     bool // asks another node each time
}

func (w *world) drawHabits() habits {
	h := habits{positions: w.chance(0.5), late: w.chance(0.5), numbers: w.rnd.IntN(4), messageID: w.chance(0.6), roams: w.chance(0.4)}
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
		l.leave(l.open[w.rnd.IntN(len(l.open))])
	case l.habits.sloppy && len(l.open) < 9 && w.chance(w.faults.second):
		for range 1 + w.rnd.IntN(3) {
			l.send()
		}
	}
}

// leave lets the client go away from a retrieval.
func (l *loop) leave(q *request) {
	l.w.report.Dropped++
	l.w.note("%s leaves its retrieval", l.who)
	q.leave()
	q.unanswered(false)
}

// leaveAll lets the client go away from all that it asks.
func (l *loop) leaveAll() {
	for len(l.open) > 0 {
		l.leave(l.open[0])
	}
}

func (l *loop) send() {
	w := l.w
	if l.habits.positions && (!l.habits.late || w.chance(0.1)) {
		l.stream.positions = true
	}
	caller := l.credentials()
	caller.Own = l.own
	if l.stream.positions {
		caller.Ack, caller.Acked = l.stream.last, true
	}
	repeat := l.habits.numbers == 1 && l.failed && l.last.Given
	if !repeat {
		switch l.habits.numbers {
		case 0, 1:
			l.last = machine.Numbers{Sequence: l.last.Sequence + 1, TimeCreated: int64(w.now), Given: true}
		case 2:
			l.last = machine.Numbers{Sequence: 11, TimeCreated: 1618317020415, Given: true}
		}
	}
	if l.habits.roams {
		l.home = w.rnd.IntN(len(w.slots))
	}
	q := &request{c: l.c, what: "the retrieval of " + l.who, poll: &retrieve{caller, l.last, l}}
	q.batch = func(a answer) { l.ended(q, a) }
	l.open = append(l.open, q)
	// What a proxy took over counts as delivered: only positions help.
	w.request(q, &l.home, l.stream.positions)
}

// ended takes a retrieval's answer, or the news that there is none.
func (l *loop) ended(q *request, a answer) {
	l.open = without(l.open, q)
	l.failed = a.err == errNoAnswer
	switch {
	case a.err == errNoAnswer:
		return
	case a.err != nil:
		if _, refused := errors.AsType[*site.Error](a.err); !refused {
			l.w.breaks("%s: a retrieval was answered %w", l.who, a.err)
		}
		if !l.over {
			l.over = true
			l.w.note("%s: its session is over: %v", l.who, a.err)
			l.told()
		}
		return
	}
	for _, d := range a.batch.Deliveries {
		fresh, err := l.stream.receive(d)
		l.w.broke(err)
		l.w.broke(l.c.own(l, d))
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
