package sim

import (
	"errors"
	"fmt"
	"time"

	hosting "usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/site"
)

// keeper is one site at one node: its machine, and the I/O that the machine has
// asked for.
type keeper struct {
	h        *host
	n        *node
	w        *world
	c        *centre
	site     string
	m        *machine.Machine
	wake     *event
	spins    int
	over     bool
	onStop   []func()
	loading  bool
	writing  bool
	commands int // given to the machine, and not answered
	polls    []*retrieval
	answered int // the turn of the last command that was answered
}

func newKeeper(h *host, name string, epoch int64) *keeper {
	w := h.n.w
	return &keeper{h: h, n: h.n, w: w, c: w.centre(name), site: name, m: machine.New(epoch, site.Location{})}
}

func (k *keeper) begin() {
	k.input(func(m *machine.Machine, now time.Duration) {
		if k.n.m != nil {
			m.Lease(now, k.h.until)
		}
	})
}

// input gives the machine one input and carries out what it wants done.
func (k *keeper) input(f func(m *machine.Machine, now time.Duration)) {
	now := k.n.now()
	f(k.m, now)
	for {
		e := k.m.Effects()
		for _, c := range e.Answered {
			k.answer(c.Tag.(*execution))
		}
		for _, p := range e.Polls {
			k.handOut(p.Tag.(*retrieval))
		}
		if e.Alarm != nil {
			k.w.note("%s: %s: alarm: %v", k.n.incarnation, k.site, e.Alarm)
		}
		if e.Append {
			k.append()
		}
		if e.Load != nil {
			if k.loading || k.writing {
				k.w.breaks("%s: a load beside another load or an append", k.site)
			}
			k.loading = true
			o := *e.Load
			k.n.soon(func() { k.load(o) })
		}
		if len(e.Ask) == 0 {
			break
		}
		for _, p := range e.Ask {
			if p == nil {
				k.w.breaks("evidence of no retrieval is wanted")
				continue
			}
			k.m.Evidence(now, p, p.Tag.(*retrieval).verdict())
		}
	}
	switch {
	case k.m.State() == machine.Shut:
		k.w.breaks("%s is shut", k.site)
	case k.m.State() == machine.Stopped && !k.over:
		k.over = true
		k.stopped()
	case k.over && k.m.State() != machine.Stopped:
		k.w.breaks("%s had stopped at %s and is %s", k.site, k.n.incarnation, k.m.State())
	}
	k.rearm()
}

func (k *keeper) stopped() {
	if k.commands > 0 || len(k.polls) > 0 {
		k.w.breaks("%s stopped at %s with %d commands and %d retrievals unanswered", k.site, k.n.incarnation, k.commands, len(k.polls))
	}
	k.tellStopped()
}

// tellStopped wakes who waits for the end.
func (k *keeper) tellStopped() {
	for _, f := range k.onStop {
		k.n.soon(f)
	}
	k.onStop = nil
}

func (k *keeper) rearm() {
	at, ok := k.m.Wake()
	at += k.n.began
	if !ok || k.wake != nil && k.wake.at <= at {
		return
	}
	k.w.cancel(k.wake)
	if at > k.w.now {
		k.spins = 0
	} else if k.spins++; k.spins > 20 {
		k.w.breaks("the machine of %s wants to be woken again and again", k.site)
	}
	k.wake = k.w.clock(at, k.n, func() {
		k.wake = nil
		k.input(func(m *machine.Machine, now time.Duration) {
			if !k.over {
				m.Tick(now)
			}
		})
	})
}

// append asks the journal for a turn; when it comes, everything decided meanwhile is
// written.
func (k *keeper) append() {
	w := k.w
	if k.writing {
		w.breaks("%s: two appends at a time", k.site)
	}
	k.writing = true
	if n := k.n; !w.store.reachable(n) && w.rnd.IntN(2) == 0 { // there is no connection to take a batch for
		w.plan(&event{at: w.now + w.storage(), node: n, run: func() {
			k.appended(fmt.Errorf("%w: %w", journal.ErrRefused, errAway))
		}})
		return
	}
	w.plan(&event{at: w.now + w.storage()/4, node: k.n, run: k.take})
}

func (k *keeper) take() {
	w := k.w
	var b machine.Batch
	var ok bool
	k.writing = false // the machine may ask for a load when there is nothing to write
	k.input(func(m *machine.Machine, now time.Duration) {
		if b, ok = m.Take(now); ok {
			k.writing = true
		}
	})
	if !ok {
		return
	}
	batch, o := hosting.Pack(k.site, b), w.outcome()
	w.report.Appends++
	w.store.ask(k.n, &op{
		effect: func() error {
			err := w.store.write(k.n, batch, o)
			w.note("%s: append of %s: %v: %v", k.n.incarnation, k.site, o, err)
			switch {
			case errors.Is(err, journal.ErrUnknown):
				w.report.Unknown++
			case errors.Is(err, journal.ErrFenced):
				w.report.Fenced++
			case err != nil:
				w.report.Failed++
			}
			if w.tamper.outcome != nil && w.tamper.outcome(o, hosting.OutcomeOf(err)) == machine.Durable {
				err = nil
			}
			return err
		},
		done: k.appended,
	})
}

func (k *keeper) appended(err error) {
	k.writing = false
	k.w.note("%s: the append of %s ended: %v", k.n.incarnation, k.site, err)
	k.input(func(m *machine.Machine, now time.Duration) { m.Appended(now, hosting.OutcomeOf(err)) })
}

// outcome draws how an append ends.
func (w *world) outcome() memory.Outcome {
	f := w.faults
	switch {
	case w.calm || w.gentle:
	case w.chance(f.refused):
		return memory.Failed
	case w.chance(f.happened):
		return memory.UnknownHappened
	case w.chance(f.didNot):
		return memory.UnknownDidNot
	case w.chance(f.later):
		return memory.UnknownLater
	}
	return memory.Durable
}

// load reads the site from the journal, after taking a new epoch if the order says so.
func (k *keeper) load(o machine.LoadOrder) {
	if !o.Raise {
		k.read(o.From)
		return
	}
	k.h.takeEpoch(k.site, o.From, func(epoch int64, err error) {
		if err != nil {
			k.loaded(journal.State{}, 0, err)
			return
		}
		k.read(epoch)
	})
}

func (k *keeper) read(epoch int64) {
	w := k.w
	var st journal.State
	k.n.say(0, func() (err error) {
		if !w.calm && !w.gentle && w.chance(w.faults.loadFails) {
			return errAway
		}
		st, err = w.store.journal.Load(ctx, k.site)
		return err
	}, func(err error) {
		if err == nil && st.Head.Epoch != epoch {
			err = fmt.Errorf("%w: the site is at epoch %d, not %d", journal.ErrFenced, st.Head.Epoch, epoch)
			if k.n.m != nil {
				err = errors.Join(errElsewhere, err)
			}
		}
		k.loaded(st, epoch, err)
	})
}

func (k *keeper) loaded(st journal.State, epoch int64, err error) {
	w := k.w
	k.loading = false
	w.note("%s: load of %s at %d, epoch %d: %v", k.n.incarnation, k.site, st.Head.Position, epoch, err)
	switch {
	case errors.Is(err, errElsewhere):
		k.input(func(m *machine.Machine, now time.Duration) { m.Lost(now) })
		k.h.remove(k)
		k.n.lost(k.site)
		return
	case err != nil:
		k.input(func(m *machine.Machine, now time.Duration) { m.LoadFailed(now, false, err) })
		return
	}
	s, err := hosting.Build(st)
	if err != nil {
		w.breaks("build the site: %v", err)
		return
	}
	w.broke(s.Check())
	w.report.Loads++
	k.input(func(m *machine.Machine, now time.Duration) { m.Loaded(now, k.n.wall(), s, epoch) })
}
