package sim

import (
	"fmt"
	"time"

	"usher/internal/host/machine"
)

// retrieval is one that a node's own host has in hand or has answered.
type retrieval struct {
	poll     machine.Poll
	t        *trip
	k        *keeper
	answered bool
	sent     bool // the answer was written to a connection
	evidence evidence
}

// evidence tells whether an answer arrived.
type evidence interface{ verdict() machine.Verdict }

func (r *retrieval) verdict() machine.Verdict {
	v := machine.NotYet
	if r.sent {
		v = r.evidence.verdict()
	}
	if tamper := r.t.w.tamper.verdict; tamper != nil {
		v = tamper(r, v)
	}
	return v
}

// lostAnswer is the evidence of an answer that could not be written.
type lostAnswer struct{}

func (lostAnswer) verdict() machine.Verdict { return machine.Lost }

// answers keeps what tells whether answers arrived that a node handed to its clients
// for others. nil stands for one that is on its way.
type answers struct {
	last int
	kept map[string]*exchange
}

// expect answers the name of an answer to come.
func (a *answers) expect(n *node) string {
	a.last++
	name := fmt.Sprintf("%s.%d", n.incarnation, a.last)
	a.kept[name] = nil
	return name
}

// giveUp forgets an answer that was not handed out.
func (a *answers) giveUp(name string) {
	if a.kept[name] == nil {
		delete(a.kept, name)
	}
}

func (a *answers) verdict(name string) machine.Verdict {
	x, ok := a.kept[name]
	switch {
	case !ok:
		return machine.Lost
	case x == nil:
		return machine.NotYet
	}
	v := x.verdict()
	if v != machine.NotYet {
		delete(a.kept, name)
	}
	return v
}

// distant is the evidence of an answer that another node hands to its client. It is
// asked for when the client's next retrieval is there.
type distant struct {
	n      *node // who asks
	slot   int   // whom
	name   string
	asking *exchange
	last   machine.Verdict
}

// askFor bounds a question to another node.
const askFor = time.Second

func (d *distant) verdict() machine.Verdict {
	if d.last == machine.NotYet && d.asking == nil {
		d.n.soon(d.ask)
	}
	return d.last
}

func (d *distant) ask() {
	if d.asking != nil {
		return
	}
	w := d.n.w
	over := func(v machine.Verdict) { d.asking, d.last = nil, v }
	d.asking = &exchange{
		from: d.n, slot: d.slot,
		begin: func(x *exchange) {
			n := x.at
			n.soon(func() { x.answers(answer{verdict: n.answers.verdict(d.name)}) })
		},
		back:   func(a answer) { over(a.verdict) },
		broken: func(bool) { over(machine.Lost) },
	}
	x := d.asking
	w.clock(w.now+askFor, d.n, func() {
		if d.asking == x {
			x.abandon()
			over(machine.Lost)
		}
	})
	w.send(x)
}
