// Package machine holds the decisions of one node of a pool: which node is to be
// asked about a site, when a site is claimed, handed over or lost, and until when
// the node may answer. It is pure: inputs are method calls that carry the time,
// outputs are Effects that the shell around it (package cluster) or the simulator
// carries out. It has no clock, no goroutine, no randomness and no I/O.
//
// # What is known
//
// The store tells at each renewal of the lease how things stand: who is a member,
// and who owns each site under which epoch. Claims, hand-overs and other nodes'
// answers tell it earlier of one site. Epochs of a site only rise, so of two pieces
// of news the one with the higher epoch is the later.
//
// # Invariants
//
//   - A site is the node's own only when the store said so, for as long as nothing
//     with a higher epoch names another owner.
//   - The lease is counted from before the renewal was asked for, so it never ends
//     later here than in the store.
//   - A request that was forwarded to this node is never sent on.
package machine

import (
	"maps"
	"slices"
	"time"

	"usher/internal/journal"
)

const (
	// claimAgain is the pause after a claim that the store could not decide.
	claimAgain = 200 * time.Millisecond
	// askAgain is the pause before a node that did not answer is asked again.
	askAgain = 100 * time.Millisecond
	// viewAgain is the least time between two looks at the store that requests ask for.
	viewAgain = 50 * time.Millisecond
)

// Give is a site to be handed over.
type Give struct {
	Site string
	To   string // an incarnation; "" when there is nobody to take it
}

// Effects is what the machine wants done. Each of Renew, Claims and Gives is answered
// by one call of the method that it names.
type Effects struct {
	Renew  bool                // renew the lease and look, then Renewed or RenewFailed
	Claims []string            // claim these sites, then Claimed
	Gives  []Give              // let the host go of these and give them in the store, then Given
	Adopt  []journal.Placement // let the host run these
	Drop   []string            // let the host go of these: they are others'
	Lease  time.Duration       // after all drops: let the host answer until then; 0: as before
	Found  []*Ask              // asks that are answered
	Left   bool                // nothing is this node's any more: leave the pool
}

// Machine is one node's mind. It is not safe for concurrent use. now is always the
// time since the node started.
type Machine struct {
	self  journal.Node
	lease time.Duration
	out   Effects

	until    time.Duration // when the lease runs out; 0: it never had one
	renewing bool
	sentAt   time.Duration // of the renewal that is under way
	renewAt  time.Duration // when to renew next
	lookAt   time.Duration // when requests may ask for a view again
	seen     time.Duration // the time of the last input
	viewed   time.Duration // when the newest view was asked for
	claimsAt time.Duration // when claims may be made again after the lease had run out

	members  map[string]member
	sites    map[string]*place
	seeking  []*place // those somebody asks for, or that somebody has to run
	early    []*Ask   // asks that wait for the next view
	stopping bool
	stopAt   time.Duration // when it began to stop
	looked   bool          // it has looked since, or tried to: somebody may have joined just before
	left     bool
	gaveAt   time.Duration // when a site was last handed over for balance
}

// member is a node as the last view had it.
type member struct {
	journal.Node
	until time.Duration // when its lease runs out, as far as can be told here
}

// place is what is known of one site.
type place struct {
	journal.Placement
	mine     bool  // the host runs it
	held     int64 // the epoch under which it does
	unsure   int64 // the epoch of a hand-over of which nobody knows whether it happened
	giving   bool  // the host is letting go of it
	claiming bool
	claimAt  time.Duration // not before
	wanted   bool          // somebody has to run it, though nobody asks
	asks     []*Ask
	seeking  bool                     // it is in the machine's list
	silent   map[string]time.Duration // the incarnations that could not be reached, and when
}

// New answers the machine of a node that has just started.
func New(self journal.Node, lease time.Duration) *Machine {
	return &Machine{self: self, lease: lease, members: map[string]member{}, sites: map[string]*place{}}
}

// Effects hands over what is to be done since the last call.
func (m *Machine) Effects() Effects {
	e := m.out
	m.out = Effects{}
	return e
}

// Until answers when the node's lease runs out; 0: it never had one.
func (m *Machine) Until() time.Duration { return m.until }

// Viewed answers when the newest view was asked for: what is known is not older.
func (m *Machine) Viewed() time.Duration { return m.viewed }

// Mine reports whether a site is to be asked of this node's own host.
func (m *Machine) Mine(site string) bool {
	p := m.sites[site]
	return p != nil && p.mine && !p.giving
}

// Known reports whether there is a site of that name, as far as is known.
func (m *Machine) Known(site string) bool { return m.sites[site] != nil }

// Sites lists where the known sites are, by name.
func (m *Machine) Sites() []journal.Placement {
	var all []journal.Placement
	for _, name := range slices.Sorted(maps.Keys(m.sites)) {
		all = append(all, m.sites[name].Placement)
	}
	return all
}

// Members lists the members whose lease has not run out, by incarnation.
func (m *Machine) Members(now time.Duration) []journal.Node {
	var live []journal.Node
	for _, inc := range slices.Sorted(maps.Keys(m.members)) {
		if m.live(now, inc) {
			live = append(live, m.members[inc].Node)
		}
	}
	return live
}

// Member answers what is known of an incarnation.
func (m *Machine) Member(incarnation string) journal.Node {
	if x, ok := m.members[incarnation]; ok {
		return x.Node
	}
	return journal.Node{Incarnation: incarnation}
}

// quiet reports whether an incarnation could not be reached in the time before.
func (p *place) quiet(now time.Duration, incarnation string, before time.Duration) bool {
	at, ok := p.silent[incarnation]
	return ok && now < at+before
}

// again answers when the first of those that could not be reached may be asked again.
func (p *place) again(now time.Duration) time.Duration {
	first := now
	for _, at := range p.silent {
		if t := at + askAgain; t > now && (first == now || t < first) {
			first = t
		}
	}
	return first
}

// live reports whether a member's lease has not run out, as far as is known. To a node
// that has left no news comes: whom it knew, it goes on asking.
func (m *Machine) live(now time.Duration, incarnation string) bool {
	x, ok := m.members[incarnation]
	return ok && (m.left || x.until > now)
}

// Start asks for the first lease.
func (m *Machine) Start(now time.Duration) { m.look(now) }

// look asks for a view, unless one is on its way.
func (m *Machine) look(now time.Duration) {
	if m.renewing || m.left {
		return
	}
	m.renewing, m.sentAt, m.out.Renew = true, now, true
}

// lookSoon is look for a request, of which there may be many.
func (m *Machine) lookSoon(now time.Duration) {
	if now >= m.lookAt {
		m.look(now)
	}
}

// Tick does what is due by itself.
func (m *Machine) Tick(now time.Duration) {
	m.seen = now
	if now >= m.renewAt {
		m.look(now)
	}
	if len(m.early) > 0 {
		m.lookSoon(now)
	}
	m.seek(now)
}

// Wake answers when Tick is to be called next, and false for never.
func (m *Machine) Wake() (time.Duration, bool) {
	at, found := time.Duration(0), false
	earlier := func(t time.Duration) {
		if !found || t < at {
			at, found = t, true
		}
	}
	if !m.renewing && !m.left {
		earlier(m.renewAt)
		if len(m.early) > 0 {
			earlier(m.lookAt)
		}
	}
	for _, p := range m.seeking {
		if p.claiming || p.giving {
			continue
		}
		owner := m.members[p.Owner]
		live := p.Owner != m.self.Incarnation && m.live(m.seen, p.Owner)
		again := p.again(m.seen)
		if live && (again < owner.until || m.left) { // it did not answer just now
			earlier(again)
		}
		switch {
		case !m.substitutes(p):
			claim := max(p.claimAt, m.claimsAt)
			if live {
				claim = max(claim, owner.until)
			}
			if m.until > max(claim, m.seen) { // else the next view comes first
				earlier(claim)
			}
		case live && !m.left:
			earlier(owner.until)
		case again > m.seen: // else the next view comes first
			earlier(again)
		}
	}
	return at, found
}
