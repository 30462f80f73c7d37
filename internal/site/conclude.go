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
	s.unline(e)
	for _, i := range e.Invited {
		s.offerOver(s.agents[i.Client], e.ID, i.UsedCredit)
	}
	for _, g := range e.Guests {
		s.letGo(s.agents[g.Client], e.ID, at)
	}
	e.Invited, e.Guests, e.Wanted = nil, nil, 0
	s.lettersDue(e.ID, at)
	switch e.State {
	case Offered:
		s.offerOver(s.agents[e.Lead], e.ID, e.UsedCredit)
	case Active:
		e.State, e.LeadSince, e.WaitsSince = Concluded, at, 0
		s.touchEngagement(e.ID)
		s.scheduleEngagement(e)
		return
	}
	s.leave(e)
}

// EngagementReleased: the lead has wrapped up, and its place is free.
type EngagementReleased struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"`
	// Cause is empty for the agent's own release, EXPIRED when the time for wrapping
	// up was over, and says else how the agent's session ended.
	Cause Cause `json:"cause,omitempty"`
}

func (ev *EngagementReleased) apply(s *Site, at Time) {
	e := s.live[ev.Engagement]
	s.letGo(s.agents[ev.Client], ev.Engagement, at)
	s.handled(e, at)
	s.leave(e)
}

// conclude ends an engagement and tells everybody in it but the one who ended it.
// The visitor is always told: it is the last message of its session.
func (s *Site) conclude(e *Engagement, by ClientID, role api.Role, reason api.Reason) {
	m := Message{Kind: KindConcluded, Engagement: e.ID, Left: &Left{Client: by, Name: s.agentName(by), Role: role, Reason: reason}}
	s.mail(m, e.Visitor)
	told := []ClientID{e.Lead}
	for _, g := range e.Guests {
		told = append(told, g.Client)
	}
	for _, i := range e.Invited {
		told = append(told, i.Client)
	}
	free := told
	if e.State == Active { // the lead wraps up
		free = told[1:]
	}
	s.mail(m, slices.DeleteFunc(slices.Clone(told), func(c ClientID) bool { return c == by })...)
	s.record(&EngagementConcluded{Engagement: e.ID, Client: by, Role: role, Reason: reason})
	s.routeFreed(free)
}

// ConcludeAsAgent ends an engagement; the agent wraps up (agent-api 3.13).
// Repeating it changes nothing. Who does not lead it only leaves.
func (s *Site) ConcludeAsAgent(c Caller, id EngagementID) (ClientID, error) {
	a, e, err := s.concluding(c, id)
	if err != nil {
		return 0, err
	}
	if e != nil && e.Lead != a.Client {
		return s.Leave(c, id)
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
	if e != nil && e.Lead != a.Client {
		return s.Leave(c, id)
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
	e := s.live[id]
	role := e.roleOf(a.Client)
	switch {
	case role == "" && slices.Contains(a.Past, id):
		return a, nil, nil
	case role == "":
		return nil, nil, refuse(BadRequest, "engagementId %d is not an engagement of this session", id)
	case !isIn(role):
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
