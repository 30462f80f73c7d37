package machine

import (
	"errors"
	"slices"
	"time"
)

// Take is called when the journal is free to write for the site. It answers
// false when there is nothing to write; otherwise Appended must follow.
func (m *Machine) Take(now time.Duration) (Batch, bool) {
	if m.site == nil || m.state == Shut || m.state == Stopped {
		m.appending = false
		m.afterAppend()
		return Batch{}, false
	}
	if m.probe != nil {
		m.taken = true
		return *m.probe, true
	}
	due := m.site.SinceParts() >= checkpointEvents ||
		m.site.SinceParts() > 0 && (m.state == Stopping || now >= m.checkpoint+checkpointEvery)
	if !m.site.Pending() && !due {
		m.appending = false
		return Batch{}, false
	}
	b := Batch{Frame: m.site.TakeFrame(), Epoch: m.epoch, Checkpoint: due}
	if due {
		b.Parts = m.site.TakeParts()
		m.checkpoint = now
	}
	m.lazyAt = 0
	m.taken, m.takenEnd = true, m.site.Position()
	if m.state == Blocked {
		m.probe = &b
	}
	return b, true
}

// Appended tells how the append that was taken ended.
func (m *Machine) Appended(now time.Duration, o Outcome) {
	m.appending, m.taken = false, false
	switch {
	case m.state == Stopped: // it stopped without waiting for this
		return
	case m.reload != nil: // the site was dropped meanwhile
		m.afterAppend()
		return
	}
	switch o {
	case Durable:
		m.written(now)
	case Refused:
		if m.probe != nil {
			m.retryAt = now + probeEvery
			return
		}
		again := m.state == Blocked // refused without being taken: the journal is closing
		if !again {
			m.out.Alarm = errors.New("the journal refuses to write: the site takes no changes until it does")
		}
		m.cause = AfterRefused
		m.drop(LoadOrder{From: m.epoch})
		if again {
			m.reload, m.out.Load = m.out.Load, nil
		}
		if m.state != Stopped {
			m.blocked(now)
		}
	case Unknown, Fenced:
		m.cause = AfterUnknown
		if o == Fenced {
			m.cause = AfterFenced
		}
		m.drop(LoadOrder{Raise: true, From: m.epoch})
		if m.failing && m.state != Stopped { // the second in a row: do not spin
			m.reload, m.out.Load = m.out.Load, nil
			m.blocked(now)
		}
		m.failing = true
	}
}

func (m *Machine) afterAppend() {
	if m.reload != nil && !m.appending {
		m.out.Load, m.reload = m.reload, nil
	}
}

// written releases what waited for the frame that is durable now.
func (m *Machine) written(now time.Duration) {
	m.durable, m.failing = m.takenEnd, false
	if m.state == Blocked {
		m.state, m.probe = Live, nil
		m.site.Resumed(m.siteTime(now)) // nobody could show signs of life meanwhile
	}
	if m.mayAnswer(now) {
		m.releaseDurable()
	}
	n := 0
	for n < len(m.growing) && m.growing[n].Position <= m.durable {
		m.collect(now, m.growing[n].Key)
		n++
	}
	m.growing = slices.Delete(m.growing, 0, n)
	switch m.state {
	case Stopping:
		m.drained()
	case Live:
		m.admit(now)
		if m.state == Live {
			m.settle(now)
		}
	}
}

// releaseDurable lets go of the answers that waited for what is durable now.
func (m *Machine) releaseDurable() {
	n := 0
	for n < len(m.waiting) && m.waiting[n].need <= m.durable {
		m.release(m.waiting[n])
		n++
	}
	m.waiting = slices.Delete(m.waiting, 0, n)
}

// drop forgets the site's memory: everything decided and not known to be durable
// is answered with ErrUncertain, retrievals stay, and the site is loaded again.
func (m *Machine) drop(order LoadOrder) {
	for _, w := range m.waiting {
		if w.call != nil {
			m.answer(w.call, ErrUncertain)
		} else {
			m.arrive(w.poll)
		}
	}
	m.waiting, m.growing, m.site, m.probe, m.lazyAt = nil, nil, nil, nil, 0
	m.shelve()
	m.reload = &order
	if m.state == Stopping {
		m.reload = nil
		m.state = Stopped
		return
	}
	if m.state != Blocked {
		m.state = Loading
	}
	m.afterAppend()
}

// blocked refuses what has not run.
func (m *Machine) blocked(now time.Duration) {
	m.state = Blocked
	m.retryAt = now + probeEvery
	for _, c := range m.queued {
		m.answer(c, ErrReadOnly)
	}
	m.queued = nil
}
