package machine

import (
	"slices"
	"time"

	"usher/internal/journal"
)

// Renewed tells how things stood when the lease was renewed. wall is the wall
// clock's time in Unix microseconds, by which the timers of sites that nobody runs
// are judged.
func (m *Machine) Renewed(now time.Duration, wall int64, v journal.View) {
	m.seen, m.renewing, m.lookAt = now, false, m.sentAt+viewAgain
	m.viewed = m.sentAt
	if m.left {
		return
	}
	m.members = map[string]member{}
	for _, x := range v.Members {
		m.members[x.Incarnation] = member{x.Node, now + x.Left}
	}
	if v.Lapsed && m.until > 0 && len(v.Members) > 1 {
		// The store may have been away for all of them: who comes back first must not
		// take what the others still have.
		m.claimsAt = now + m.lease/3
	}
	m.until, m.renewAt = m.sentAt+m.lease, m.sentAt+m.lease/3
	m.out.Lease = m.until
	for _, at := range v.Sites {
		m.accept(now, at)
	}
	for _, at := range v.Sites {
		m.care(now, wall, at.Site)
	}
	m.answerEarly(now)
	m.seek(now)
	if m.stopping {
		m.looked = m.looked || m.sentAt >= m.stopAt
		m.giveAll(now)
		m.seek(now)
		m.checkLeft()
	} else {
		m.balance(now)
	}
}

// RenewFailed tells that the lease could not be renewed.
func (m *Machine) RenewFailed(now time.Duration) {
	m.seen, m.renewing = now, false
	m.renewAt = now + max(m.lease/12, viewAgain)
	m.lookAt = m.renewAt
	if m.stopping {
		m.looked = m.looked || m.sentAt >= m.stopAt
		m.giveAll(now)
		m.seek(now)
	}
	m.checkLeft()
}

// looksOnce reports whether a node that stops, and knows nobody to take a site, is to
// look once more before it believes that: somebody may have joined just now.
func (m *Machine) looksOnce(now time.Duration) bool {
	if m.looked || m.left {
		return false
	}
	m.look(now)
	return true
}

// answerEarly goes on with the asks that a view was to come for.
func (m *Machine) answerEarly(now time.Duration) {
	early := m.early
	m.early = nil
	for _, a := range early {
		switch p := m.sites[a.Site]; {
		case a.came > m.sentAt: // what it waits for may be newer than the view
			m.early = append(m.early, a)
		case a.Site == "":
			m.found(a, nil, nil)
		case p == nil:
			m.found(a, nil, ErrNoSite)
		default:
			m.await(p, a)
		}
	}
}

// accept takes news of where a site is, unless something later is known.
func (m *Machine) accept(now time.Duration, at journal.Placement) {
	p := m.sites[at.Site]
	if p == nil {
		p = &place{}
		m.sites[at.Site] = p
	} else if at.Epoch < p.Epoch {
		return
	}
	p.Placement = at
	own := at.Owner == m.self.Incarnation
	switch {
	case p.giving || p.claiming: // its end is about to be told
	case own && at.Epoch == p.unsure: // it may be another's the next moment
	case p.mine && !own:
		p.mine = false
		m.out.Drop = append(m.out.Drop, at.Site)
		m.checkLeft()
	case own && at.Epoch > p.held || own && !p.mine:
		if p.mine { // it was another's meanwhile, so what the host has of it is old
			m.out.Drop = append(m.out.Drop, at.Site)
		}
		p.mine, p.held = true, at.Epoch
		m.out.Adopt = append(m.out.Adopt, at)
		if m.stopping {
			m.giveAll(now)
		}
	}
}

// care sees to a site that nobody runs and that has something to do by itself. One
// node does, the one with the fewest sites, so that they do not all run for it.
func (m *Machine) care(now time.Duration, wall int64, site string) {
	p := m.sites[site]
	if p.NextTimer == 0 || p.NextTimer > wall || m.live(now, p.Owner) || m.stopping || p.Format > m.self.Format {
		return
	}
	counts := m.counts(now)
	for _, n := range m.Members(now) {
		if n.Format < p.Format {
			continue
		}
		if c, own := counts[n.Incarnation], counts[m.self.Incarnation]; c < own || c == own && n.Incarnation < m.self.Incarnation {
			return
		}
	}
	p.wanted = true
	m.await(p, nil)
}

// counts answers how many sites each live node owns.
func (m *Machine) counts(now time.Duration) map[string]int {
	counts := map[string]int{}
	for _, p := range m.sites {
		if m.live(now, p.Owner) {
			counts[p.Owner]++
		}
	}
	return counts
}

// target answers the live other node with the fewest sites that can run a site, none
// that could not be reached for it in the time before. It counts the sites anew unless
// counts are given.
func (m *Machine) target(now time.Duration, p *place, counts map[string]int, before time.Duration) (incarnation string, ok bool) {
	if counts == nil {
		counts = m.counts(now)
	}
	nodes := slices.DeleteFunc(m.Members(now), func(n journal.Node) bool {
		return n.Incarnation == m.self.Incarnation || n.Format < p.Format || p.quiet(now, n.Incarnation, before)
	})
	for _, n := range nodes {
		if !ok || counts[n.Incarnation] < counts[incarnation] {
			incarnation, ok = n.Incarnation, true
		}
	}
	return incarnation, ok
}
