package site

import (
	"cmp"
	"fmt"
	"slices"

	"usher/api"
)

// desk is the agent sessions that serve the same queues. Desks make routing
// cheap: who is next at a desk is known, and few desks serve a queue. They
// follow from accounts, profiles and sessions, and are in no event or checkpoint.
type desk struct {
	queues []*Queue // in the order of their rank
	// ready are the agents who are free for one more engagement, in the order in
	// which they are offered it.
	ready  []*AgentSession
	agents int // sessions at the desk
	// available are those who are there and not unavailable, places how many
	// engagements they may have, and open how many more than they have.
	available, places, open int
}

// seat is where an agent session stands at its desk.
type seat struct {
	desk   *desk
	ready  bool
	load   int
	since  Time
	there  bool // it counts as available
	places int
	open   int
	stale  bool
}

// restaff notes that who serves what may have changed for many.
func (s *Site) restaff() { s.staffed = false }

// unsettle notes that an agent may be free now, or no longer.
func (s *Site) unsettle(a *AgentSession) {
	if !a.seat.stale {
		a.seat.stale = true
		s.unsettled = append(s.unsettled, a)
	}
}

// settle brings the desks up to date. Whoever asks them calls it first.
func (s *Site) settle() {
	if !s.staffed {
		s.staff()
	}
	for _, a := range s.unsettled {
		if s.agents[a.Client] == a {
			s.sit(a)
		}
	}
	s.unsettled = s.unsettled[:0]
}

// staff makes the desks anew.
func (s *Site) staff() {
	s.staffed = true
	s.unsettled = s.unsettled[:0]
	s.order = s.order[:0]
	for _, id := range sortedKeys(s.queues) {
		q := s.queues[id]
		q.desks = nil
		s.order = append(s.order, q)
	}
	slices.SortStableFunc(s.order, func(a, b *Queue) int { return cmp.Compare(a.Rank, b.Rank) })
	s.deskOf = map[string]*desk{}
	for _, c := range s.agentOrder {
		s.seat(s.agents[c])
	}
}

// seat finds the agent's desk.
func (s *Site) seat(a *AgentSession) {
	v := s.serving(s.accounts[a.Account])
	key := fmt.Sprint(v.AllQueues, v.Queues, v.Except)
	d := s.deskOf[key]
	if d == nil {
		d = s.newDesk(v)
		s.deskOf[key] = d
	}
	a.seat = seat{desk: d}
	d.agents++
	s.sit(a)
}

func (s *Site) newDesk(v *Serving) *desk {
	d := &desk{}
	for _, q := range s.order {
		if v.serves(q.ID) {
			d.queues = append(d.queues, q)
			q.desks = append(q.desks, d)
		}
	}
	return d
}

// sit puts an agent where it belongs at its desk.
func (s *Site) sit(a *AgentSession) {
	d := a.seat.desk
	d.clear(a)
	a.seat.stale, a.seat.there, a.seat.places = false, s.reachable(a), s.places(a)
	a.seat.open = max(0, a.seat.places-len(a.Holds))
	d.count(a, 1)
	a.seat.load, a.seat.since = len(a.Holds), a.FreeSince
	if a.seat.ready = s.free(a); a.seat.ready {
		i, _ := slices.BinarySearchFunc(d.ready, a, byTurn)
		d.ready = slices.Insert(d.ready, i, a)
	}
}

// getUp takes an agent whose session ends away from its desk.
func (s *Site) getUp(a *AgentSession) {
	if !s.staffed {
		return
	}
	d := a.seat.desk
	d.clear(a)
	d.agents--
	a.seat = seat{stale: true}
}

// clear takes away what an agent counts for at the desk.
func (d *desk) clear(a *AgentSession) {
	if a.seat.ready {
		if i, found := slices.BinarySearchFunc(d.ready, a, byTurn); found {
			d.ready = slices.Delete(d.ready, i, i+1)
		}
	}
	d.count(a, -1)
}

// count adds an agent to, or takes it from, those who are available.
func (d *desk) count(a *AgentSession, n int) {
	if a.seat.there {
		d.available += n
		d.places += n * a.seat.places
		d.open += n * a.seat.open
	}
}

// byTurn puts the least loaded agent first, then the one who is free longest, as
// they were when they sat down.
func byTurn(a, b *AgentSession) int {
	return cmp.Or(cmp.Compare(a.seat.load, b.seat.load), cmp.Compare(a.seat.since, b.seat.since), cmp.Compare(a.Client, b.Client))
}

// places answers how many engagements the agent may have at once.
func (s *Site) places(a *AgentSession) int {
	v := s.serving(s.accounts[a.Account])
	switch {
	case a.SaidMax && v.Places > 0:
		return min(a.Max, v.Places)
	case a.SaidMax:
		return a.Max
	case v.Places > 0:
		return v.Places
	}
	return PushCapacity
}

// free reports whether the agent may be offered one more engagement.
func (s *Site) free(a *AgentSession) bool {
	wants := a.Credits > 0 || a.Status == api.StatusAvailable && !s.serving(s.accounts[a.Account]).Pull
	return wants && s.reachable(a) && len(a.Holds) < s.places(a)
}

// reachable reports whether the agent can be asked at all.
func (s *Site) reachable(a *AgentSession) bool {
	return !a.absent && a.Status != api.StatusUnavailable
}

// staffOf counts the agent sessions that serve a queue.
func (s *Site) staffOf(q *Queue) int {
	s.settle()
	n := 0
	for _, d := range q.desks {
		n += d.agents
	}
	return n
}
