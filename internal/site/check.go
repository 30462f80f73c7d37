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
	if err := s.checkVisitors(); err != nil {
		return err
	}
	if err := s.checkLetters(); err != nil {
		return err
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

// checkVisitors compares the visitors' sessions with what finds them, and holds the
// visits that are over to be nobody's session.
func (s *Site) checkVisitors() error {
	known, networks := map[string][]ClientID{}, map[string]int{}
	for _, id := range sortedKeys(s.visitors) {
		v := s.visitors[id]
		if err := checkMailbox(&v.Mailbox); err != nil {
			return fmt.Errorf("visitor %d: %w", id, err)
		}
		e := s.live[v.Engagement]
		if s.over(&v.Visit) != (v.LastWords > 0) {
			return fmt.Errorf("visitor %d: engagement %d and the concluded message disagree", id, v.Engagement)
		}
		if e != nil && (v.Served != (len(e.Leads) > 0) || v.Email != e.Contact.Email) {
			return fmt.Errorf("visitor %d: the visit is not what engagement %d is", id, e.ID)
		}
		if s.byKey[v.Key] != id {
			return fmt.Errorf("visitor %d is not found by its key", id)
		}
		if v.Identity != "" {
			known[v.Identity] = append(known[v.Identity], id)
		}
		if v.Network != "" {
			networks[v.Network]++
		}
		if v.held != nil && !s.timers.has(timerKey{kind: timerTyping, id: int64(id)}) {
			return fmt.Errorf("visitor %d: what it types is held back, and nothing shows it later", id)
		}
	}
	if !maps.EqualFunc(known, s.known, slices.Equal[[]ClientID]) {
		return fmt.Errorf("visitors are known as %v, found as %v", known, s.known)
	}
	if !maps.Equal(networks, s.fromNetwork) {
		return fmt.Errorf("visitors of networks are %v, counted as %v", networks, s.fromNetwork)
	}
	for _, k := range sortedKeys(s.spent) {
		v := s.spent[k]
		if _, found := s.byKey[k]; found {
			return fmt.Errorf("a key that is spent finds a session")
		}
		if v.Client != 0 && s.visitors[v.Client] != nil {
			return fmt.Errorf("visitor %d is there, and its visit is over", v.Client)
		}
		if !s.timers.has(timerKey{kind: timerToken, key: k}) {
			return fmt.Errorf("a key that is spent is never forgotten")
		}
	}
	return nil
}

// checkLetters looks at the letters that are not sent yet.
func (s *Site) checkLetters() error {
	last := int64(0)
	for _, l := range s.letters {
		if l.Number <= last || l.Number > s.LastLetter {
			return fmt.Errorf("letter %d comes after letter %d of %d", l.Number, last, s.LastLetter)
		}
		last = l.Number
		if over := s.over(&Visit{Engagement: l.Engagement}); (l.Due > 0) != over || (l.First > 0) != over || l.Due < l.First {
			return fmt.Errorf("letter %d is due at %d, first at %d; engagement %d over: %t", l.Number, l.Due, l.First, l.Engagement, over)
		}
		if l.Due > 0 && !s.timers.has(timerKey{kind: timerLetter, id: l.Number}) {
			return fmt.Errorf("letter %d is due, and no timer says so", l.Number)
		}
	}
	return nil
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
	if e.Files > MaxFiles || e.FileBytes > MaxFileBytes {
		return fmt.Errorf("has %d files of %d bytes", e.Files, e.FileBytes)
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
