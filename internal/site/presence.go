package site

import (
	"slices"

	"usher/api"
)

// present notes that an agent shows signs of life again.
func (s *Site) present(a *AgentSession) {
	if a.absent {
		a.absent = false
		s.tellConnection(a, api.ConnectionActive)
		s.unsettle(a)
		s.routeAgent(a)
	}
}

// tellConnection tells the visitors whom an agent serves how its connection stands
// (consumer-api 3.7). It is fleeting.
func (s *Site) tellConnection(a *AgentSession, state api.ConnectionState) {
	left := 0
	if state == api.ConnectionAbsent {
		left = s.Settings.AbsentSeconds * (AbsentRetryCount - 1)
	}
	for _, id := range a.Holds {
		e := s.live[id]
		if role := e.roleOf(a.Client); e.State == Active && isIn(role) {
			s.fleet(e.Visitor, Message{Kind: KindConnection, Engagement: id, Connection: &Connection{
				Client: a.Client, Role: role, State: state, Seconds: left,
			}})
		}
	}
}

// tellVisitorConnection tells the agents who ask for usher's own messages how their
// visitor's connection stands. It is fleeting.
func (s *Site) tellVisitorConnection(v *VisitorSession, state api.ConnectionState) {
	e := s.live[v.Engagement]
	if e == nil || e.State != Active {
		return
	}
	c := &Connection{Client: v.Client, Role: api.RoleEndUser, State: state}
	if state == api.ConnectionAbsent {
		c.Seconds = s.Settings.AbsentSeconds * (AbsentRetryCount - 1)
	}
	for _, to := range s.asking(e, v.Client) {
		s.fleet(to, Message{Kind: KindConnection, Engagement: e.ID, Connection: c})
	}
}

// agentDue is when the agent's presence must be looked at next.
func (s *Site) agentDue(a *AgentSession) Time {
	absent := s.Settings.absent()
	if !a.absent {
		return a.seenAt.Add(absent)
	}
	return a.seenAt.Add(absent * AbsentRetryCount)
}

// checkAgent marks an agent absent, or ends its session, when its time is over.
func (s *Site) checkAgent(a *AgentSession) {
	if s.accounts[a.Account].Permanent {
		return
	}
	if a.polls > 0 {
		a.seenAt = s.now
	}
	if due := s.agentDue(a); due > s.now {
		s.schedule(due, timerAgent, int64(a.Client))
		return
	}
	if a.absent {
		s.endAgent(a, Lost)
		return
	}
	a.absent = true
	s.tellConnection(a, api.ConnectionAbsent)
	s.unsettle(a)
	for _, id := range slices.Concat(a.Holds, a.Watches) {
		e := s.live[id]
		switch e.roleOf(a.Client) {
		case api.RoleNone:
			s.endOffer(e, Absent)
		case api.RoleTransient:
			s.endInvitation(e, a.Client, Absent)
		}
		s.route(e)
	}
	s.unkeep(a.Account)
	s.schedule(max(s.agentDue(a), s.now), timerAgent, int64(a.Client))
}

// visitorDue is when the visitor's presence must be looked at next.
func (s *Site) visitorDue(v *VisitorSession) Time {
	due := v.seenAt.Add(s.Settings.absent())
	if v.absent {
		due = v.seenAt.Add(s.Settings.absent() * AbsentRetryCount)
	}
	return min(due, s.graceEnds(v))
}

// graceEnds is when a session ends that has heard its last words; far off for others.
func (s *Site) graceEnds(v *VisitorSession) Time {
	if v.HeardAt == 0 {
		return 1<<63 - 1
	}
	return s.spared(v.HeardAt, v.HeardAt.Add(ConcludedGrace))
}

// checkVisitor notes that a visitor is away, and ends its session, and with it a
// running engagement, when its time is over.
func (s *Site) checkVisitor(v *VisitorSession) {
	if v.polls > 0 {
		v.seenAt = s.now
	}
	if due := s.visitorDue(v); due > s.now {
		s.schedule(due, timerVisitor, int64(v.Client))
		return
	}
	if !v.absent && s.graceEnds(v) > s.now {
		v.absent = true
		v.held = nil
		s.tellActivity(v, NewActivity{Mode: api.ModeNone})
		s.tellVisitorConnection(v, api.ConnectionAbsent)
		s.schedule(s.visitorDue(v), timerVisitor, int64(v.Client))
		return
	}
	if e := s.live[v.Engagement]; e != nil && e.State != Concluded {
		s.conclude(e, v.Client, api.RoleEndUser, api.ReasonEjected)
	}
	s.record(&VisitorSessionEnded{Client: v.Client})
}

// back notes that a visitor shows signs of life again.
func (s *Site) back(v *VisitorSession) {
	if v.absent {
		v.absent = false
		s.tellActivity(v, NewActivity{Mode: api.ModeListening})
		s.tellVisitorConnection(v, api.ConnectionActive)
	}
}
