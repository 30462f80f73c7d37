package sim

import (
	"context"
	"errors"
	"time"

	"usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/site"
)

// ctx is for the memory journal, which waits for nothing.
var ctx = context.Background()

// process is one life of the server: its machine, and the I/O that the machine
// has asked for and that takes as long as the run likes.
type process struct {
	w     *world
	m     *machine.Machine
	began time.Duration

	load     *machine.LoadOrder
	raised   bool  // of the load: the new epoch is taken
	written  *bool // an append was taken: whether the journal has said how it ended
	ended    error // how it ended
	full     bool  // the journal
	stopped  bool
	commands []*command // given to the machine, and not answered
	polls    []*request // the same
	answered int        // the turn of the last command that was answered
}

// start begins the next life of the server.
func (w *world) start() {
	heads, err := w.journal.Heads(ctx)
	if err != nil || len(heads) != 1 {
		w.breaks("the journal has %d heads: %v", len(heads), err)
		return
	}
	if heads[0].Position != w.record.position {
		w.breaks("the journal ends at %d, and once ended at %d", heads[0].Position, w.record.position)
	}
	full := w.process != nil && w.process.full
	w.process = &process{w: w, m: machine.New(heads[0].Epoch, site.Location{}), began: w.now, full: full}
	w.process.carryOut()
}

// crash ends this life at once: only what is durable is left.
func (w *world) crash() {
	w.note("crash")
	w.report.Crashes++
	w.journal.Crash()
	w.gone()
	w.start()
}

// gone tells the clients that the server they spoke to is no more.
func (w *world) gone() {
	p := w.process
	for _, c := range p.commands {
		w.claims.unanswered(c.claim)
		w.finish(c, errNoAnswer)
	}
	for _, q := range p.polls {
		q.breaksOff()
	}
	p.commands, p.polls = nil, nil
}

// stop begins an orderly end.
func (p *process) stop() {
	p.input(func(m *machine.Machine, now time.Duration) { m.Stop(now) })
}

// restartIfStopped starts the next life when this one has ended in order.
func (w *world) restartIfStopped() {
	p := w.process
	switch state := p.m.State(); {
	case state == machine.Shut:
		w.breaks("the site is shut")
		return
	case p.stopped && state != machine.Stopped:
		w.breaks("a server that had stopped is %s", state)
		return
	case state != machine.Stopped:
		return
	}
	p.stopped = true
	if p.written != nil {
		return // the journal has not let go of it yet
	}
	if len(p.commands) > 0 || len(p.polls) > 0 {
		w.breaks("the server stopped with %d commands and %d retrievals unanswered", len(p.commands), len(p.polls))
	}
	w.note("stopped, and started again")
	w.journal.Crash() // the lock is taken anew, with new epochs
	w.start()
}

func (p *process) now() time.Duration { return p.w.now - p.began }

// wakeAt answers when the machine wants to be woken, in the run's time.
func (p *process) wakeAt() (time.Duration, bool) {
	at, ok := p.m.Wake()
	return at + p.began, ok
}

func (p *process) tick() {
	p.input(func(m *machine.Machine, now time.Duration) { m.Tick(now) })
}

func (p *process) input(f func(m *machine.Machine, now time.Duration)) {
	p.w.busy = true
	f(p.m, p.now())
	p.carryOut()
	p.w.busy = false
	p.w.tellClients()
}

// carryOut does what the machine wants.
func (p *process) carryOut() {
	for {
		e := p.m.Effects()
		for _, c := range e.Answered {
			p.answer(c.Tag.(*command))
		}
		for _, q := range e.Polls {
			p.handOut(q.Tag.(*request))
		}
		if e.Alarm != nil {
			p.w.note("alarm: %v", e.Alarm)
		}
		if e.Append {
			if p.written != nil || p.w.journal.Pending() > 0 {
				p.w.breaks("two appends at a time")
			}
			p.w.journal.Append(journal.Append{Take: p.take, Done: p.done})
		}
		if e.Load != nil {
			if p.load != nil || p.written != nil {
				p.w.breaks("a load beside another load or an append")
			}
			p.load, p.raised = e.Load, !e.Load.Raise
		}
		if len(e.Ask) == 0 {
			return
		}
		for _, q := range e.Ask {
			if q == nil {
				p.w.breaks("evidence of no retrieval is wanted")
				continue
			}
			v := q.Tag.(*request).verdict()
			if p.w.tamper.verdict != nil {
				v = p.w.tamper.verdict(v)
			}
			p.m.Evidence(p.now(), q, v)
		}
	}
}

// take and done are the journal's calls. How an append ended is told to the
// machine later, by a step of its own: meanwhile it is under way.
func (p *process) take() (journal.Batch, bool) {
	var b machine.Batch
	var ok bool
	p.input(func(m *machine.Machine, now time.Duration) { b, ok = m.Take(now) })
	if !ok {
		return journal.Batch{}, false
	}
	p.written = new(bool)
	return host.Pack(siteName, b), true
}

func (p *process) done(err error) { *p.written, p.ended = true, err }

// works lets one piece of the I/O that is under way come to its end.
func (p *process) works() {
	w := p.w
	switch {
	case p.written != nil:
		p.appended()
	case w.journal.Pending() > 0:
		p.append()
	case p.load != nil:
		p.loads()
	}
}

// finishAll brings all I/O to its end.
func (p *process) finishAll() {
	for i := 0; p.w.broken == nil && (p.written != nil || p.w.journal.Pending() > 0 || p.load != nil); i++ {
		if i > 1000 {
			p.w.breaks("the I/O has no end")
		}
		p.works()
	}
}

// append lets the journal take what there is and write it, or not.
func (p *process) append() {
	w := p.w
	o := w.outcome()
	w.journal.Step(o)
	if p.written == nil {
		w.note("nothing to append")
		return
	}
	w.note("append: %v", o)
	w.report.Appends++
	switch {
	case errors.Is(p.ended, journal.ErrUnknown):
		w.report.Unknown++
	case p.ended != nil:
		w.report.Failed++
	}
	w.read()
	if w.tamper.outcome != nil && w.tamper.outcome(o, host.OutcomeOf(p.ended)) == machine.Durable {
		p.ended = nil
	}
}

func (p *process) appended() {
	p.written = nil
	o := host.OutcomeOf(p.ended)
	p.w.note("the append ended: %v", p.ended)
	p.input(func(m *machine.Machine, now time.Duration) { m.Appended(now, o) })
}

// loads takes the next step of a load: the new epoch, then the site.
func (p *process) loads() {
	w := p.w
	fails := func(err error) {
		w.note("load failed: %v", err)
		p.load = nil
		p.input(func(m *machine.Machine, now time.Duration) { m.LoadFailed(now, false, err) })
	}
	if !w.calm && w.chance(w.faults.loadFails) {
		fails(errors.New("the database is away"))
		return
	}
	if !p.raised {
		if _, err := w.journal.RaiseEpoch(ctx, siteName, p.load.From); err != nil && !errors.Is(err, journal.ErrFenced) {
			fails(err)
			return
		}
		p.raised = true
		return
	}
	st, err := w.journal.Load(ctx, siteName)
	if err != nil {
		w.breaks("load: %v", err)
		return
	}
	s, err := host.Build(st)
	if err != nil {
		w.breaks("build the site: %v", err)
		return
	}
	w.broke(s.Check())
	w.note("loaded at %d", s.Position())
	w.report.Loads++
	p.load = nil
	wall := epoch.Add(w.now + w.wallOff)
	p.input(func(m *machine.Machine, now time.Duration) { m.Loaded(now, wall, s, st.Head.Epoch) })
}

// read lets the record follow the journal.
func (w *world) read() {
	err := w.journal.Read(ctx, siteName, w.record.position, func(f journal.Frame) bool {
		w.broke(w.record.follow(f))
		return w.broken == nil
	})
	if err != nil {
		w.breaks("read the journal: %v", err)
	}
}
