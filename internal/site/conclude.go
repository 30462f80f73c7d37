package site

import (
	"slices"

	"usher/api"
)

// EngagementConcluded: the engagement is over. With a lead that had accepted it,
// wrap-up begins; otherwise it leaves memory.
type EngagementConcluded struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"` // who ended it
	Role       api.Role     `json:"role"`
	Reason     api.Reason   `json:"reason"`
}

func (ev *EngagementConcluded) apply(s *Site, at Time) {
	e := s.live[ev.Engagement]
	a := s.agents[e.Lead]
	switch e.State {
	case Queued:
		s.queues[e.Queue].remove(e)
		s.noteQueue(e.Queue)
	case Offered:
		a.offerOver(e)
		s.touchSession(a.Client)
	case Active:
		e.State, e.LeadSince = Concluded, at
		s.touchEngagement(e.ID)
		return
	}
	s.leave(e)
}

// EngagementReleased: the lead has wrapped up, and its place is free.
type EngagementReleased struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"`
}

func (ev *EngagementReleased) apply(s *Site, at Time) {
	a := s.agents[ev.Client]
	a.letGo(ev.Engagement, at)
	a.was(ev.Engagement)
	s.touchSession(a.Client)
	s.leave(s.live[ev.Engagement])
}

// conclude ends an engagement and tells everybody in it but the one who ended it.
// The visitor is always told: it is the last message of its session.
func (s *Site) conclude(e *Engagement, by ClientID, role api.Role, reason api.Reason) {
	m := Message{Kind: KindConcluded, Engagement: e.ID, Left: &Left{Client: by, Name: s.agentName(by), Role: role, Reason: reason}}
	s.mail(m, e.Visitor)
	lead := e.Lead
	if lead != by {
		s.mail(m, lead)
	}
	offered := e.State == Offered
	s.record(&EngagementConcluded{Engagement: e.ID, Client: by, Role: role, Reason: reason})
	if a := s.agents[lead]; a != nil && offered {
		s.routeAgent(a)
	}
}

// ConcludeAsAgent ends an engagement; the agent wraps up (agent-api 3.13).
// Repeating it changes nothing.
func (s *Site) ConcludeAsAgent(c Caller, id EngagementID) (ClientID, error) {
	a, e, err := s.concluding(c, id)
	if err != nil {
		return 0, err
	}
	if e != nil && e.State == Active {
		s.conclude(e, a.Client, api.RoleLead, api.ReasonAgentConcluded)
	}
	return a.Client, nil
}

// Release frees the agent's place after wrap-up (agent-api 3.14). A running
// engagement is concluded first; repeating it changes nothing.
func (s *Site) Release(c Caller, id EngagementID) (ClientID, error) {
	a, e, err := s.concluding(c, id)
	if err != nil {
		return 0, err
	}
	if e != nil {
		if e.State == Active {
			s.conclude(e, a.Client, api.RoleLead, api.ReasonAgentConcluded)
		}
		s.record(&EngagementReleased{Engagement: id, Client: a.Client})
		s.routeAgent(a)
	}
	return a.Client, nil
}

// concluding finds the engagement that an agent wants to end; nil when it held
// it before and holds it no longer.
func (s *Site) concluding(c Caller, id EngagementID) (*AgentSession, *Engagement, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return nil, nil, err
	}
	e := s.held(a, id)
	switch {
	case e == nil && slices.Contains(a.Past, id):
		return a, nil, nil
	case e == nil:
		return nil, nil, refuse(BadRequest, "engagementId %d is not an engagement of this session", id)
	case e.State == Offered:
		return nil, nil, refuse(BadRequest, "engagement %d is offered: answer the offer with assignmentAcknowledgement", id)
	}
	return a, e, nil
}

// ConcludeAsVisitor ends the visitor's engagement (consumer-api 2.7). Repeating
// it changes nothing.
func (s *Site) ConcludeAsVisitor(c Caller) (ClientID, error) {
	v, err := s.callingVisitor(c)
	if err != nil {
		return 0, err
	}
	if e := s.live[v.Engagement]; e != nil && e.State != Concluded {
		s.conclude(e, v.Client, api.RoleEndUser, api.ReasonEndUserConcluded)
	}
	return v.Client, nil
}
