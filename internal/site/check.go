package site

import (
	"fmt"
	"maps"
	"slices"
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
		for _, h := range a.Holds {
			if e := s.live[h]; e == nil || e.Lead != id {
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
		if e.State == Queued {
			waiting--
		}
	}
	if waiting != 0 {
		return fmt.Errorf("queues hold %d engagements more than wait", waiting)
	}
	return s.checkAside()
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
	if e.State == Queued && s.queues[e.Queue].place(e) == 0 {
		return fmt.Errorf("waits, but not in queue %d", e.Queue)
	}
	if e.Lead != 0 {
		a := s.agents[e.Lead]
		if a == nil || !slices.Contains(a.Holds, e.ID) {
			return fmt.Errorf("lead %d does not hold it", e.Lead)
		}
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
	if v := s.visitors[e.Visitor]; v != nil {
		posts, bytes := 0, 0
		for _, d := range v.Mailbox.Waiting {
			if d.Message.Kind == KindPost {
				posts++
				bytes += d.Message.Post.size()
			}
		}
		if posts != e.ToVisitor || bytes != e.ToVisitorBytes || posts > MaxUnreceivedPosts || bytes > MaxUnreceivedBytes {
			return fmt.Errorf("%d posts of %d bytes wait for the visitor, counted as %d of %d", posts, bytes, e.ToVisitor, e.ToVisitorBytes)
		}
	}
	return nil
}

func checkMailbox(m *Mailbox) error {
	if m.Received+int64(len(m.Waiting)) != m.Last {
		return fmt.Errorf("mailbox has received %d, %d waiting, last %d", m.Received, len(m.Waiting), m.Last)
	}
	for i, d := range m.Waiting {
		if d.Number != m.Received+int64(i)+1 {
			return fmt.Errorf("mailbox number %d where %d belongs", d.Number, m.Received+int64(i)+1)
		}
	}
	return nil
}
