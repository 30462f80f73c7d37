package machine

import (
	"errors"
	"slices"
	"time"

	"usher/internal/journal"
)

var (
	// ErrNoSite: the pool has no site of that name.
	ErrNoSite = errors.New("there is no such site")
	// ErrNobody: no node can run the site now.
	ErrNobody = errors.New("no node of the pool can run the site at the moment: try again later")
	// ErrNewer: a newer version has run the site, and no node of that version is there.
	ErrNewer = errors.New("a newer version of usher has run the site: start a node of that version")
)

// Ask is one request's question which node is to be asked about a site.
type Ask struct {
	Site string
	// Epoch is what the node knew that forwarded the request here; 0 for a request of
	// a client. An older knowledge than that is no answer.
	Epoch int64
	// Tag is the shell's own.
	Tag any

	// The answer: Err, or this node when Here is set, or Node. At is what is known of
	// the site.
	Err  error
	Here bool
	Node journal.Node
	At   journal.Placement

	came time.Duration
}

// Locate takes a question. It may wait for the store, or for a lease to run out.
func (m *Machine) Locate(now time.Duration, a *Ask) {
	m.seen, a.came = now, now
	p := m.sites[a.Site]
	if p == nil || a.Epoch > p.Epoch {
		if m.left {
			m.found(a, p, ErrNobody)
			return
		}
		m.early = append(m.early, a)
		m.lookSoon(now)
		return
	}
	m.await(p, a)
	m.settle(now, p)
	m.sweep()
}

// LookFor takes a question that names no site: it is answered when a view is there
// that was asked for afterwards.
func (m *Machine) LookFor(now time.Duration, a *Ask) {
	m.seen, a.came = now, now
	if m.left {
		m.found(a, nil, ErrNobody)
		return
	}
	m.early = append(m.early, a)
	m.lookSoon(now)
}

// Gone tells that nobody waits for the answer any more.
func (m *Machine) Gone(a *Ask) {
	is := func(x *Ask) bool { return x == a }
	m.early = slices.DeleteFunc(m.early, is)
	if p := m.sites[a.Site]; p != nil {
		p.asks = slices.DeleteFunc(p.asks, is)
		m.sweep()
	}
}

// Failed tells that a node could not be reached, or sent a request back although
// it was thought to be the right one.
func (m *Machine) Failed(now time.Duration, site, incarnation string) {
	m.seen = now
	if p := m.sites[site]; p != nil {
		if p.silent == nil || len(p.silent) > 20 { // those of long ago
			p.silent = map[string]time.Duration{}
		}
		p.silent[incarnation] = now
	}
	m.lookSoon(now)
}

// Meet takes another node's word that there is a member which is not known yet.
func (m *Machine) Meet(now time.Duration, n journal.Node) {
	m.seen = now
	if _, known := m.members[n.Incarnation]; !known && n.Incarnation != "" {
		m.members[n.Incarnation] = member{n, now + m.lease}
	}
}

// Learn takes another node's word on where a site is.
func (m *Machine) Learn(now time.Duration, at journal.Placement, from string) {
	m.seen = now
	p := m.sites[at.Site]
	switch {
	case p == nil || at.Epoch <= p.Epoch, at.Owner == m.self.Incarnation: // that it is this node's, the store has to say
		m.Failed(now, at.Site, from)
	default:
		head := p.Head
		head.Epoch = at.Epoch
		m.accept(now, journal.Placement{Head: head, Owner: at.Owner})
		m.seek(now)
	}
}

// Lost tells that the host found a site to be another node's.
func (m *Machine) Lost(now time.Duration, site string) {
	m.seen = now
	if p := m.sites[site]; p != nil && p.mine && !p.giving {
		p.mine = false
		m.checkLeft()
	}
	m.look(now)
}

// Reclaimed tells that the host took a new epoch for a site that it goes on running.
func (m *Machine) Reclaimed(now time.Duration, at journal.Placement) {
	m.seen = now
	if p := m.sites[at.Site]; p != nil && p.mine && at.Epoch > p.held {
		p.held = at.Epoch
		m.accept(now, at)
	}
}

// await puts an ask to those that wait for a site.
func (m *Machine) await(p *place, a *Ask) {
	if a != nil {
		p.asks = append(p.asks, a)
	}
	if !p.seeking {
		p.seeking = true
		m.seeking = append(m.seeking, p)
	}
}

// seek goes on with everything that is sought.
func (m *Machine) seek(now time.Duration) {
	for _, p := range slices.Clone(m.seeking) {
		m.settle(now, p)
	}
	m.sweep()
}

// sweep forgets the places that nobody seeks any more.
func (m *Machine) sweep() {
	m.seeking = slices.DeleteFunc(m.seeking, func(p *place) bool {
		p.seeking = len(p.asks) > 0 || p.wanted
		return !p.seeking
	})
}

// settle answers who asks for a site, if it is known whom to ask, or else sees to it
// that this node may run it.
func (m *Machine) settle(now time.Duration, p *place) {
	if len(p.asks) == 0 && !p.wanted || p.giving || p.claiming {
		return
	}
	owner := m.members[p.Owner]
	switch {
	case p.mine:
		m.answer(p, journal.Node{}, nil)
	case p.Owner != m.self.Incarnation && m.live(now, p.Owner):
		switch {
		case !p.quiet(now, p.Owner, askAgain):
			m.answer(p, owner.Node, nil)
		case m.substitutes(p): // whoever is asked finds where the site is, or takes it
			m.answerSubstitute(now, p)
		}
	case m.substitutes(p):
		m.answerSubstitute(now, p)
	case now >= max(p.claimAt, m.claimsAt) && m.until > now:
		p.claiming = true
		m.out.Claims = append(m.out.Claims, p.Site)
	}
}

// substitutes reports whether another node has to run a site when its owner does not:
// this one must not.
func (m *Machine) substitutes(p *place) bool { return m.stopping || p.Format > m.self.Format }

// answerSubstitute names the node that is to run a site which this one must not.
func (m *Machine) answerSubstitute(now time.Duration, p *place) {
	p.wanted = false
	to, ok := m.target(now, p, nil, askAgain)
	_, later := m.target(now, p, nil, 0)
	switch {
	case ok:
		m.answer(p, m.members[to].Node, nil)
	case later: // it did not answer just now
	case m.stopping && m.looksOnce(now):
	case p.Format > m.self.Format:
		m.answer(p, journal.Node{}, ErrNewer)
	default:
		m.answer(p, journal.Node{}, ErrNobody)
	}
}

// answer answers everybody who asks for a site: this node, unless another is given
// or an error.
func (m *Machine) answer(p *place, n journal.Node, err error) {
	for _, a := range p.asks {
		a.Node, a.Here = n, n == journal.Node{} && err == nil
		m.found(a, p, err)
	}
	p.asks, p.wanted = nil, false
}

func (m *Machine) found(a *Ask, p *place, err error) {
	a.Err = err
	if p != nil {
		a.At = p.Placement
	}
	m.out.Found = append(m.out.Found, a)
}

// Claimed tells how a claim ended.
func (m *Machine) Claimed(now time.Duration, at journal.Placement, err error) {
	m.seen = now
	p := m.sites[at.Site]
	if p == nil {
		return
	}
	p.claiming = false
	switch {
	case err == nil:
		m.accept(now, at)
	case errors.Is(err, journal.ErrNoSite):
		m.answer(p, journal.Node{}, ErrNoSite)
	case errors.Is(err, journal.ErrOwned), errors.Is(err, journal.ErrNewer):
		p.claimAt = now + claimAgain
		m.accept(now, at)
		if !m.live(now, p.Owner) {
			m.lookSoon(now) // it has a lease that is not known here
		}
	case errors.Is(err, journal.ErrLapsed):
		p.claimAt = now + claimAgain
		m.look(now)
	default:
		p.claimAt = now + claimAgain
	}
	m.settle(now, p)
	m.sweep()
	m.checkLeft()
}
