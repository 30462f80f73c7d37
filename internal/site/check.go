package site

import (
	"fmt"
	"maps"
	"slices"

	"usher/api"
)

// Check answers the first broken invariant of the site's state, nil when all
// hold. Tests and the simulator call it after every step.
func (s *Site) Check() error {
	for _, id := range sortedKeys(s.live) {
		if err := s.checkLive(s.live[id]); err != nil {
			return fmt.Errorf("engagement %d: %w", id, err)
		}
	}
	for _, id := range sortedKeys(s.agents) {
		a := s.agents[id]
		if err := checkMailbox(&a.Mailbox); err != nil {
			return fmt.Errorf("agent session %d: %w", id, err)
		}
		for _, h := range slices.Concat(a.Holds, a.Watches) {
			if e := s.live[h]; e == nil || e.roleOf(id) == "" {
				return fmt.Errorf("agent session %d holds engagement %d, which is not its", id, h)
			}
		}
		if s.byKey[a.Key] != id || s.agentOf[a.Account] != id {
			return fmt.Errorf("agent session %d is not found by its key or account", id)
		}
	}
	for _, id := range sortedKeys(s.visitors) {
		v := s.visitors[id]
		if err := checkMailbox(&v.Mailbox); err != nil {
			return fmt.Errorf("visitor %d: %w", id, err)
		}
		if e := s.live[v.Engagement]; (e == nil || e.State == Concluded) != (v.LastWords > 0) {
			return fmt.Errorf("visitor %d: engagement %d and the concluded message disagree", id, v.Engagement)
		}
	}
	waiting := 0
	for _, id := range sortedKeys(s.queues) {
		q := s.queues[id]
		waiting += len(q.waiting)
		if !slices.IsSortedFunc(q.waiting, byWaiting) {
			return fmt.Errorf("queue %d is out of order", id)
		}
	}
	for _, e := range s.live {
		if e.waitsIn() != 0 {
			waiting--
		}
	}
	if waiting != 0 {
		return fmt.Errorf("queues hold %d engagements more than wait", waiting)
	}
	if err := s.checkDesks(); err != nil {
		return err
	}
	return s.checkAside()
}

// checkDesks compares the desks with what they follow from.
func (s *Site) checkDesks() error {
	s.settle()
	for _, id := range sortedKeys(s.agents) {
		a := s.agents[id]
		d := a.seat.desk
		if a.seat.ready != s.free(a) || a.seat.ready != slices.Contains(d.ready, a) {
			return fmt.Errorf("agent session %d: free %t, at its desk %t", id, s.free(a), a.seat.ready)
		}
		if a.seat.load != len(a.Holds) || a.seat.since != a.FreeSince {
			return fmt.Errorf("agent session %d sits at its desk as it was before", id)
		}
		for _, q := range s.order {
			if s.serving(s.accounts[a.Account]).serves(q.ID) != slices.Contains(q.desks, d) {
				return fmt.Errorf("agent session %d: its desk and queue %d disagree", id, q.ID)
			}
		}
	}
	for _, d := range s.deskOf {
		if !slices.IsSortedFunc(d.ready, byTurn) {
			return fmt.Errorf("the ready agents of a desk are out of order")
		}
	}
	return nil
}

// CheckWaiting answers who waits while somebody able is free for it, nil when
// nobody does. A site that was rebuilt and not yet resumed does not know who is
// absent, so it is not asked.
func (s *Site) CheckWaiting() error {
	s.settle()
	for _, q := range s.order {
		for _, e := range q.waiting {
			if a := s.target(e); a != nil && s.free(a) {
				return fmt.Errorf("engagement %d waits for agent session %d, who is free", e.ID, a.Client)
			}
			for _, d := range q.desks {
				for _, a := range d.ready {
					if s.mayOffer(e, a) && !s.keptFrom(e, a) {
						return fmt.Errorf("engagement %d waits while agent session %d is free for it", e.ID, a.Client)
					}
				}
			}
		}
	}
	return nil
}

// checkAside compares the texts off the record with those who wait for them.
func (s *Site) checkAside() error {
	wanted := map[string]int{}
	count := func(e EngagementID, p *Post) {
		if p.OffTheRecord {
			wanted[sideKey(e, p.Number)]++
		}
	}
	mailbox := func(m *Mailbox) {
		for _, d := range m.Waiting {
			if d.Message.Kind == KindPost {
				count(d.Message.Engagement, d.Message.Post)
			}
		}
	}
	for _, e := range s.live {
		for _, p := range e.Unreceived {
			count(e.ID, p)
		}
	}
	for _, a := range s.agents {
		mailbox(&a.Mailbox)
	}
	for _, v := range s.visitors {
		mailbox(&v.Mailbox)
	}
	if !maps.Equal(wanted, s.wanted) {
		return fmt.Errorf("texts off the record are wanted by %v, counted as %v", wanted, s.wanted)
	}
	for _, k := range sortedKeys(s.texts) {
		if wanted[k] == 0 {
			return fmt.Errorf("text %s off the record is kept, but nobody has yet to receive it", k)
		}
	}
	return nil
}

func (s *Site) checkLive(e *Engagement) error {
	if (e.State == Queued) != (e.Lead == 0) {
		return fmt.Errorf("is %s with lead %d", e.State, e.Lead)
	}
	if q := s.queues[e.waitsIn()]; q != nil && q.place(e) == 0 {
		return fmt.Errorf("waits, but not in queue %d", q.ID)
	}
	if e.Lead != 0 {
		a := s.agents[e.Lead]
		if a == nil || !slices.Contains(a.Holds, e.ID) {
			return fmt.Errorf("lead %d does not hold it", e.Lead)
		}
	}
	if e.State != Active && len(e.Guests)+len(e.Invited)+int(e.Wanted) > 0 {
		return fmt.Errorf("is %s with guests, invitations or a wish to be transferred", e.State)
	}
	in := map[ClientID]bool{e.Lead: true}
	for _, g := range e.Guests {
		if a := s.agents[g.Client]; a == nil || in[g.Client] || slices.Contains(a.Holds, e.ID) != (g.Role == api.RoleConferee) ||
			slices.Contains(a.Watches, e.ID) != (g.Role == api.RoleMonitor) {
			return fmt.Errorf("guest %d does not hold it as %s, or is in it twice", g.Client, g.Role)
		}
		in[g.Client] = true
	}
	for _, i := range e.Invited {
		if a := s.agents[i.Client]; a == nil || in[i.Client] || slices.Contains(a.Holds, e.ID) == slices.Contains(a.Watches, e.ID) {
			return fmt.Errorf("invited agent %d does not hold it, or is in it twice", i.Client)
		}
		in[i.Client] = true
	}
	if e.State != Concluded && s.visitors[e.Visitor] == nil {
		return fmt.Errorf("is %s without its visitor", e.State)
	}
	bytes := 0
	for i, p := range e.Unreceived {
		bytes += p.size()
		if i > 0 && p.Number <= e.Unreceived[i-1].Number {
			return fmt.Errorf("unreceived posts are out of order at %d", p.Number)
		}
	}
	if bytes != e.UnreceivedBytes || bytes > MaxUnreceivedBytes || len(e.Unreceived) > MaxUnreceivedPosts {
		return fmt.Errorf("%d unreceived posts, %d bytes counted as %d", len(e.Unreceived), bytes, e.UnreceivedBytes)
	}
	return nil
}

func checkMailbox(m *Mailbox) error {
	if m.Received+int64(len(m.Waiting)) != m.Last {
		return fmt.Errorf("mailbox has received %d, %d waiting, last %d", m.Received, len(m.Waiting), m.Last)
	}
	counted := map[EngagementID]backlog{}
	for i, d := range m.Waiting {
		if d.Message.Kind == KindPost {
			b := counted[d.Message.Engagement]
			b.posts, b.bytes = b.posts+1, b.bytes+d.Message.Post.size()
			counted[d.Message.Engagement] = b
		}
		if d.Number != m.Received+int64(i)+1 {
			return fmt.Errorf("mailbox number %d where %d belongs", d.Number, m.Received+int64(i)+1)
		}
	}
	if !maps.Equal(counted, m.backlog) {
		return fmt.Errorf("mailbox holds posts %v, counted as %v", counted, m.backlog)
	}
	return nil
}
