package sim

import (
	"errors"
	"fmt"
	"time"

	"usher/internal/host/machine"
	"usher/internal/site"
)

// request is what a client asks. It may reach a node twice, by way of a proxy, and
// be carried out at several nodes one after the other.
type request struct {
	c     *centre
	what  string
	run   func(*site.Site) (any, error)
	poll  *retrieve // of a retrieval, in place of run
	reads bool      // it changes nothing
	once  bool      // no proxy sends it twice
	back  func(any, error)
	claim *claim             // what it leaves in the journal; nil: nothing that could be found
	holds func(*record) bool // must be so when it was answered OK; may be nil
	// batch takes the answer of a retrieval.
	batch func(answer)

	floor int64 // how much of the site's history had been shown to clients when it was asked
	ways  []*exchange
	sent  time.Duration
	over  bool // its client knows what it will ever know
}

// retrieve is what a retrieval says.
type retrieve struct {
	caller  site.Caller
	numbers machine.Numbers
	loop    *loop
}

// How long a client waits for an answer.
const (
	commandPatience = 60 * time.Second
	pollPatience    = 45 * time.Second
)

// request sends a request to a node of the client's choice. double: a proxy may send
// it twice.
func (w *world) request(q *request, home *int, double bool) {
	q.sent, q.floor = w.now, q.c.shown
	ways := 1
	if double && !w.calm && w.chance(w.faults.doubled) {
		ways = 2
		w.report.Doubled++
	}
	if q.claim != nil {
		q.claim.sends++
		q.claim.copies += ways - 1
	}
	failed, never := 0, true
	for range ways {
		slot := w.choose(*home)
		x := &exchange{
			slot:  slot,
			begin: func(x *exchange) { x.at.take(x, q, nil) },
			back:  func(a answer) { q.answered(a) },
			broken: func(unsent bool) {
				failed++
				never = never && unsent
				if q.claim != nil && !unsent {
					q.claim.maybe = true
				}
				*home = w.rnd.IntN(len(w.slots))
				if failed == ways {
					w.report.Dropped++
					w.note("%s: no answer", q.what)
					q.unanswered(never)
				}
			},
		}
		q.ways = append(q.ways, x)
		w.send(x)
	}
	patience := commandPatience
	if q.poll != nil {
		patience = pollPatience
	}
	w.clock(w.now+patience, nil, q.gaveUp)
}

// choose is the slot that a client asks: mostly that which it asked before.
func (w *world) choose(home int) int {
	if w.calm || w.gentle {
		var able []int
		for _, s := range w.slots {
			if n := s.node; n != nil && !n.deaf && !n.stopping && !n.paused {
				if s.number == home && w.rnd.IntN(4) > 0 {
					return home
				}
				able = append(able, s.number)
			}
		}
		if len(able) > 0 {
			return able[w.rnd.IntN(len(able))]
		}
	}
	if w.rnd.IntN(4) > 0 {
		return home
	}
	return w.rnd.IntN(len(w.slots))
}

// gaveUp is the end of a client's patience. No healthy node makes it wait so long.
func (q *request) gaveUp() {
	if q.over {
		return
	}
	for _, x := range q.ways {
		if x.state == waiting && x.at.up && !x.at.paused && x.at.resumedAt < q.sent {
			q.c.w.breaks("%s was not answered for %v", q.what, q.c.w.now-q.sent)
		}
	}
	q.leave()
	q.unanswered(false)
}

// leave lets the client go away without an answer.
func (q *request) leave() {
	for _, x := range q.ways {
		x.abandon()
	}
}

// unanswered lets the client know that there will be no answer. never: the request
// was not even sent.
func (q *request) unanswered(never bool) {
	if q.claim != nil && !q.over {
		q.claim.sends--
		q.claim.maybe = q.claim.maybe || !never
	}
	q.finish(answer{err: errNoAnswer})
}

func (q *request) finish(a answer) {
	if q.over {
		return
	}
	q.over = true
	if q.poll != nil {
		q.batch(a)
		return
	}
	q.back(a.value, a.err)
}

// answered takes the first answer.
func (q *request) answered(a answer) {
	c, w := q.c, q.c.w
	if q.over {
		return
	}
	for _, x := range q.ways {
		if len(q.ways) > 1 && x.state < arrived && q.claim != nil {
			q.claim.maybe = true // the other copy may yet be carried out
		}
	}
	c.shown = max(c.shown, a.firm)
	if q.poll == nil {
		w.note("%s: %v", q.what, a.err)
		if w.gentle && !w.calm && ours(a.err) {
			w.breaks("%s failed although nothing is wrong: %w", q.what, a.err)
		}
		w.broke(c.claims.told(q.claim, q.what, a.err, c.record))
	}
	q.finish(a)
}

// ours reports whether an error is a fault of the servers.
func ours(err error) bool {
	_, refused := errors.AsType[*site.Error](err)
	return err != nil && !refused && err != errNoAnswer
}

// errNoAnswer is what a client knows whose connection broke.
var errNoAnswer = errors.New("the connection broke")

// execution is one run of a request at a site.
type execution struct {
	q     *request
	k     *keeper
	t     *trip // nil: nobody waits for it
	call  machine.Call
	value any
	told  bool
	turn  int   // when it ran, counted from 1; 0: it did not
	knew  int64 // how much of its history the site knew
	firm  int64 // what the answer waits for
}

// do runs a trip's command at its site.
func (k *keeper) do(t *trip) *execution {
	w, q := k.w, t.q
	e := &execution{q: q, k: k, t: t}
	poison := !w.calm && !w.gentle && w.chance(w.faults.poison)
	e.call.Tag = e
	e.call.Run = func(s *site.Site) error {
		w.turns++
		e.turn = w.turns
		v, err := q.run(s)
		e.value, e.knew, e.firm = v, s.Position(), s.Firm()
		if w.turns%8 == 0 {
			w.broke(s.Check())
		}
		if poison {
			w.report.Panics++
			panic(fmt.Sprintf("poison in %s", q.what))
		}
		if err == nil && w.tamper.refuse != nil && q.claim != nil && w.tamper.refuse(w.rnd) {
			return &site.Error{Code: site.Conflict, Message: "planted"}
		}
		if err == nil && w.tamper.answer != nil && w.tamper.answer(q) {
			e.tell(nil)
		}
		return err
	}
	k.commands++
	k.input(func(m *machine.Machine, now time.Duration) { m.Do(now, &e.call) })
	return e
}

// answer takes the machine's answer to a command.
func (k *keeper) answer(e *execution) {
	w := k.w
	if e.k == nil {
		w.breaks("%s was answered twice", e.q.what)
		return
	}
	e.k = nil
	k.commands--
	if e.turn > 0 {
		if e.turn < k.answered {
			w.breaks("%s was answered after one that ran later", e.q.what)
		}
		k.answered = e.turn
	}
	if w.tamper.forgets && errors.Is(e.call.Err, machine.ErrMoved) {
		return
	}
	e.tell(e.call.Err)
}

// tell checks an answer, and gives it to who waits for it.
func (e *execution) tell(err error) {
	q, w := e.q, e.q.c.w
	if e.told {
		return
	}
	e.told = true
	ran := e.turn > 0
	w.broke(q.c.claims.answered(q.claim, q.what, err, ran, q.c.record))
	if _, refused := errors.AsType[*site.Error](err); ran && (err == nil || refused) && e.knew < q.floor {
		w.breaks("%s was answered by what the site was at %d, when all up to %d was known already", q.what, e.knew, q.floor)
	}
	if err == nil && q.holds != nil && !q.holds(q.c.record) {
		w.breaks("%s was answered OK, and the journal does not say so", q.what)
	}
	a := answer{value: e.value, err: err}
	if err == nil {
		a.firm = e.firm
	}
	if t := e.t; t != nil {
		t.n.soon(func() { t.served(a) })
	}
}
