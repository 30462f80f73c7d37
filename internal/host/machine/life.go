package machine

import (
	"fmt"
	"slices"
	"time"

	"usher/internal/site"
)

// Loaded gives the machine its site, read from the journal under an epoch. wall
// is the wall clock's time now. It is the only use of that clock: from here on
// the site's time is this, or its last event's if that is later, plus what passes.
func (m *Machine) Loaded(now time.Duration, wall site.Time, s *site.Site, epoch int64) {
	if m.state != Loading && m.state != Blocked {
		return
	}
	m.site, m.epoch, m.durable = s, epoch, s.Position()
	m.base, m.baseAt = max(s.LastAt(), wall), now
	m.checkpoint = now
	if s.Created() {
		s.Resumed(m.base)
		s.Locate(m.location)
	}
	if m.state == Blocked && s.Created() {
		m.ask() // the probe
		return
	}
	m.state = Live
	m.admit(now)
	if m.state == Live {
		m.settle(now)
	}
}

// admit runs what came while there was no site.
func (m *Machine) admit(now time.Duration) {
	queued, arrived := m.queued, m.arrived
	m.queued, m.arrived = nil, nil
	for i, c := range queued {
		if m.state != Live { // a panic in one of them
			m.queued = append(m.queued, queued[i:]...)
			break
		}
		m.run(now, c)
	}
	for _, p := range arrived {
		m.deadlines.remove(p)
		m.Poll(now, p)
	}
}

// LoadFailed tells that the site could not be read. fatal: trying again will not
// help, so the site is shut.
func (m *Machine) LoadFailed(now time.Duration, fatal bool, err error) {
	if m.state == Stopping || m.state == Stopped {
		m.stopped()
		return
	}
	m.out.Alarm = fmt.Errorf("load the site: %w", err)
	m.cause = AfterFailed
	if !fatal {
		m.reload = &LoadOrder{Raise: true, From: m.epoch}
		m.blocked(now)
		return
	}
	m.state = Shut
	for _, c := range m.queued {
		m.answer(c, ErrShut)
	}
	m.queued = nil
}

// Lost tells that another node owns the site. What was decided and is not known
// to be durable is uncertain; all else is to be asked there.
func (m *Machine) Lost(now time.Duration) {
	if m.state == Stopped {
		return
	}
	m.gone = ErrMoved
	waiting := m.waiting
	m.waiting = nil
	m.endPolls()
	for _, w := range waiting {
		if w.call != nil {
			m.answer(w.call, ErrUncertain)
		}
	}
	for _, c := range m.queued {
		m.answer(c, m.gone)
	}
	m.queued = nil
	m.stopped()
}

// Lease tells until when nobody else may take the site from this node. A machine
// that is never told needs no lease.
func (m *Machine) Lease(now, until time.Duration) {
	could := m.mayAnswer(now)
	m.leased, m.until = true, until
	if could || m.state == Stopped || !m.mayAnswer(now) {
		return
	}
	m.releaseDurable()
	for _, p := range slices.Clone(m.deadlines.polls) {
		if p.open {
			m.collect(now, p.Caller.Key)
		}
	}
}

// mayAnswer reports whether what this node knows of the site is the truth.
func (m *Machine) mayAnswer(now time.Duration) bool { return !m.leased || now < m.until }

// Tick does what is due by itself.
func (m *Machine) Tick(now time.Duration) {
	// The site's time first: the end of a retrieval is a sign of life of its own.
	if m.state == Live && !m.guard(now, func() { m.site.Tick(m.siteTime(now)) }) {
		return
	}
	m.expire(now)
	m.askAgain(now)
	switch {
	case m.state == Live:
		m.settle(now)
		if at, ok := m.writeAt(); ok && now >= at {
			m.ask()
		}
	case m.state == Blocked && now >= m.retryAt && !m.appending:
		m.retryAt = now + probeEvery
		if m.reload != nil {
			m.afterAppend()
		} else if m.site != nil {
			m.ask()
		}
	}
}

// writeAt answers when a frame is due although no answer waits for one: for
// acknowledgements, or for a checkpoint. Not while an append is under way: it
// may take them along.
func (m *Machine) writeAt() (at time.Duration, ok bool) {
	if m.appending {
		return 0, false
	}
	if m.site.SinceParts() > 0 {
		at, ok = m.checkpoint+checkpointEvery, true
	}
	if m.lazyAt != 0 && (!ok || m.lazyAt < at) {
		at, ok = m.lazyAt, true
	}
	return at, ok
}

// Wake answers when Tick is to be called next, and false for never.
func (m *Machine) Wake() (time.Duration, bool) {
	var at time.Duration
	found := false
	earlier := func(t time.Duration) {
		if !found || t < at {
			at, found = t, true
		}
	}
	if p := m.deadlines.first(); p != nil {
		earlier(p.deadline)
	}
	for _, k := range m.asking {
		if r := m.retrievals[k]; r != nil && r.asking {
			earlier(r.askAgain)
		}
	}
	switch m.state {
	case Live:
		if next := m.site.Next(); next != 0 {
			earlier(m.baseAt + next.Sub(m.base))
		}
		if at, ok := m.writeAt(); ok {
			earlier(at)
		}
	case Blocked:
		if !m.appending {
			earlier(m.retryAt)
		}
	}
	return at, found
}

// Stop answers all retrievals with the time-out, takes no new work, and writes
// what was decided and a last checkpoint. The machine is done when its state is
// Stopped.
func (m *Machine) Stop(now time.Duration) { m.end(ErrStopping) }

// HandOver is Stop for a site that another node is to run from then on: who is
// turned away is told so.
func (m *Machine) HandOver(now time.Duration) { m.end(ErrMoved) }

func (m *Machine) end(why error) {
	if m.state == Stopping || m.state == Stopped {
		return
	}
	m.gone = why
	m.endPolls()
	for _, c := range m.queued {
		m.answer(c, m.gone)
	}
	m.queued = nil
	if m.state != Live {
		m.stopped()
		return
	}
	m.state = Stopping
	m.drained()
}

// drained asks for one more append while anything is left to write.
func (m *Machine) drained() {
	switch {
	case m.appending:
	case m.site.Pending() || m.site.SinceParts() > 0:
		m.ask()
	default:
		m.stopped()
	}
}

// stopped ends the machine. Whoever still waits, did so for a lease.
func (m *Machine) stopped() {
	m.state = Stopped
	m.site, m.reload = nil, nil
	for _, w := range m.waiting {
		if w.call != nil {
			m.answer(w.call, ErrUncertain)
		}
	}
	m.waiting, m.growing = nil, nil
}
