package machine

import (
	"errors"
	"maps"
	"slices"
	"time"

	"usher/internal/journal"
)

// balance hands one site over to a node that has two or more fewer. It does so at
// most once in a lease: a site that moves costs its people a moment.
func (m *Machine) balance(now time.Duration) {
	if m.gaveAt != 0 && now < m.gaveAt+m.lease || now < m.claimsAt {
		return
	}
	counts := m.counts(now)
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(m.sites))) {
		p := m.sites[name]
		if !p.mine || p.giving {
			continue
		}
		to, ok := m.target(now, p, counts, m.lease)
		if ok && counts[to]+2 <= counts[m.self.Incarnation] {
			m.gaveAt = now
			m.give(p, to)
			return
		}
	}
}

func (m *Machine) give(p *place, to string) {
	p.giving = true
	m.out.Gives = append(m.out.Gives, Give{Site: p.Site, To: to})
}

// Given tells how a hand-over ended. The host does not run the site any more.
func (m *Machine) Given(now time.Duration, at journal.Placement, err error) {
	m.seen = now
	p := m.sites[at.Site]
	if p == nil {
		return
	}
	p.giving, p.mine = false, false
	switch {
	case err == nil, errors.Is(err, journal.ErrFenced):
		m.accept(now, at)
	default: // it may land yet: only a new epoch makes the site this node's again
		p.unsure = p.Epoch
		if !m.stopping {
			p.wanted, p.claimAt = true, now+claimAgain
			m.await(p, nil)
		}
	}
	m.seek(now)
	m.checkLeft()
}

// Stop hands every site over, then leaves the pool. From now on no site is taken,
// and asks are answered with other nodes.
func (m *Machine) Stop(now time.Duration) {
	m.seen = now
	if m.stopping {
		return
	}
	m.stopping, m.stopAt = true, now
	m.giveAll(now)
	m.seek(now)
	m.checkLeft()
}

// giveAll hands over what this node has, evenly to the others.
func (m *Machine) giveAll(now time.Duration) {
	counts := m.counts(now)
	for _, name := range slices.Sorted(maps.Keys(m.sites)) {
		p := m.sites[name]
		if !p.mine || p.giving {
			continue
		}
		to, ok := m.target(now, p, counts, m.lease)
		if !ok && m.looksOnce(now) {
			continue
		}
		counts[to]++
		m.give(p, to)
	}
}

// checkLeft leaves the pool when a node that stops has no site left.
func (m *Machine) checkLeft() {
	if !m.stopping || m.left || m.renewing { // a renewal would bring the lease back
		return
	}
	for _, p := range m.sites {
		if p.mine || p.giving || p.claiming {
			return
		}
	}
	maps.DeleteFunc(m.members, func(_ string, x member) bool { return x.until <= m.seen })
	m.left, m.out.Left = true, true
	for _, a := range m.early {
		m.found(a, nil, ErrNobody)
	}
	m.early = nil
}
