package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"usher/internal/journal"
)

// forgottenAfter is how long a member whose lease has run out is still listed.
const forgottenAfter = time.Minute

// member is a node that has not left.
type member struct {
	journal.Node
	until time.Duration // when its lease runs out, by the clock of its Pool
}

// pool is what one node has of a journal that others share.
type pool struct {
	j    *Journal
	node journal.Node
	now  func() time.Duration
}

// Pool answers the pool of this journal for one node. now is the store's clock, the
// same for all nodes.
func (j *Journal) Pool(n journal.Node, now func() time.Duration) journal.Pool {
	return &pool{j, n, now}
}

func (p *pool) Renew(_ context.Context, d time.Duration) (journal.View, error) {
	j := p.j
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return journal.View{}, errClosed
	}
	now := p.now()
	v := journal.View{Lapsed: !p.live(p.node.Incarnation)}
	j.members[p.node.Incarnation] = &member{p.node, now + d}
	for inc, m := range j.members {
		if now-m.until > forgottenAfter {
			delete(j.members, inc)
			continue
		}
		v.Members = append(v.Members, journal.Member{Node: m.Node, Left: m.until - now})
	}
	slices.SortFunc(v.Members, func(a, b journal.Member) int { return cmp.Compare(a.Incarnation, b.Incarnation) })
	for _, s := range j.sites {
		v.Sites = append(v.Sites, s.placement())
	}
	slices.SortFunc(v.Sites, func(a, b journal.Placement) int { return cmp.Compare(a.Site, b.Site) })
	return v, nil
}

func (p *pool) Claim(_ context.Context, name string) (journal.Placement, error) {
	j := p.j
	j.mu.Lock()
	defer j.mu.Unlock()
	s, err := j.find(name)
	if err != nil {
		return journal.Placement{}, err
	}
	switch {
	case !p.live(p.node.Incarnation):
		return s.placement(), journal.ErrLapsed
	case s.owner != p.node.Incarnation && p.live(s.owner):
		return s.placement(), fmt.Errorf("%w: %s", journal.ErrOwned, s.owner)
	case s.head.Format > p.node.Format:
		return s.placement(), fmt.Errorf("%w: site %s has events of format %d, this node knows %d", journal.ErrNewer, name, s.head.Format, p.node.Format)
	case j.full:
		return s.placement(), errFull
	}
	j.epoch++
	s.head.Epoch, s.owner = j.epoch, p.node.Incarnation
	return s.placement(), nil
}

func (p *pool) Give(_ context.Context, name string, epoch int64, to string) (journal.Placement, error) {
	j := p.j
	j.mu.Lock()
	defer j.mu.Unlock()
	s, err := j.find(name)
	if err != nil {
		return journal.Placement{}, err
	}
	switch {
	case s.head.Epoch != epoch || s.owner != p.node.Incarnation:
		return s.placement(), fmt.Errorf("%w: site %s is at epoch %d, not %d", journal.ErrFenced, name, s.head.Epoch, epoch)
	case j.full:
		return s.placement(), errFull
	}
	j.epoch++
	s.head.Epoch, s.owner = j.epoch, to
	return s.placement(), nil
}

func (p *pool) Leave(context.Context) error {
	p.j.mu.Lock()
	defer p.j.mu.Unlock()
	delete(p.j.members, p.node.Incarnation)
	return nil
}

// live reports whether an incarnation has a lease; j.mu is held.
func (p *pool) live(incarnation string) bool {
	m := p.j.members[incarnation]
	return m != nil && m.until > p.now()
}

func (s *site) placement() journal.Placement { return journal.Placement{Head: s.head, Owner: s.owner} }
