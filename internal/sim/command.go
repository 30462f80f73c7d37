package sim

import (
	"fmt"
	"slices"
	"time"

	"usher/internal/host/machine"
	"usher/internal/site"
)

// command is one request other than a retrieval.
type command struct {
	call  machine.Call
	what  string
	run   func(*site.Site) error
	back  func(error)        // its client's end
	claim *claim             // what it leaves in the journal; nil: nothing that could be found
	holds func(*record) bool // must be so when it was answered OK; may be nil

	turn   int // when it ran, counted from 1; 0: it did not
	early  bool
	silent bool // its client gets no answer
	over   bool // its client knows what it will ever know
}

// request sends a command to the server, unless it gets lost.
func (w *world) request(c *command) {
	if !w.calm && w.chance(w.faults.requestLost) {
		w.note("%s: lost on its way", c.what)
		w.report.Dropped++
		w.finish(c, errNoAnswer)
		return
	}
	p := w.process
	c.silent = !w.calm && w.chance(w.faults.answerLost)
	poison := !w.calm && w.chance(w.faults.poison)
	w.claims.sent(c.claim)
	c.call.Tag = c
	c.call.Run = func(s *site.Site) error {
		w.turns++
		c.turn = w.turns
		err := c.run(s)
		w.broke(s.Check())
		if poison {
			w.report.Panics++
			panic(fmt.Sprintf("poison in %s", c.what))
		}
		if err == nil && w.tamper.refuse != nil && c.claim != nil && w.tamper.refuse(w.rnd) {
			return &site.Error{Code: site.Conflict, Message: "planted"}
		}
		if err == nil && w.tamper.answer != nil && w.tamper.answer(c) {
			c.early = true
			w.tell(c, nil)
		}
		return err
	}
	p.commands = append(p.commands, c)
	p.input(func(m *machine.Machine, now time.Duration) { m.Do(now, &c.call) })
}

// answer takes the machine's answer to a command.
func (p *process) answer(c *command) {
	w := p.w
	i := slices.Index(p.commands, c)
	if i < 0 {
		w.breaks("%s was answered twice", c.what)
		return
	}
	p.commands = slices.Delete(p.commands, i, i+1)
	if c.turn > 0 {
		if c.turn < p.answered {
			w.breaks("%s was answered after one that ran later", c.what)
		}
		p.answered = c.turn
	}
	if !c.early {
		w.tell(c, c.call.Err)
	}
}

// tell checks an answer, and lets its client know it.
func (w *world) tell(c *command, err error) {
	w.note("%s: %v", c.what, err)
	ran := c.turn > 0
	w.broke(w.claims.answered(c.claim, c.what, err, ran, w.record))
	if err == nil && c.holds != nil && !c.holds(w.record) {
		w.breaks("%s was answered OK, and the journal does not say so", c.what)
	}
	if c.silent {
		w.report.Dropped++
		err = errNoAnswer
	}
	w.finish(c, err)
}

// finish lets a command's client know all it will ever know.
func (w *world) finish(c *command, err error) {
	if !c.over {
		c.over = true
		w.news = append(w.news, func() { c.back(err) })
		w.tellClients()
	}
}

// tellClients tells clients what came for them. Not while the machine's wishes
// are carried out: a client that answers at once would come between them.
func (w *world) tellClients() {
	for !w.busy && len(w.news) > 0 {
		tell := w.news[0]
		w.news = w.news[1:]
		tell()
	}
}
