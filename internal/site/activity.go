package site

import "usher/api"

// NewActivity is what somebody is doing right now (agent-api 3.7, consumer-api 2.6).
type NewActivity struct {
	Mode              api.Mode
	SneakPreview      string
	SneakPreviewFocus bool
	Visibility        api.Visibility
}

// SetInteractionStatus shows the visitor what an agent is doing. It is fleeting.
// Agents are not shown each other: their contract knows the end user's activity
// alone (agent-api 4.2).
func (s *Site) SetInteractionStatus(c Caller, id EngagementID, n NewActivity) (ClientID, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return 0, err
	}
	e := s.live[id]
	if !isIn(e.roleOf(a.Client)) {
		return 0, refuse(BadRequest, "engagementId %d is not an engagement that this session has accepted", id)
	}
	if e.State == Active {
		e.typedAt = s.now
		if n.Visibility != api.VisibilityNotEndUser && e.roleOf(a.Client) != api.RoleMonitor {
			s.fleet(e.Visitor, n.message(e.ID, a.Client))
		}
	}
	return a.Client, nil
}

// VisitorActivity shows the agents what the visitor is doing. It is fleeting, and
// has no effect while nobody leads.
func (s *Site) VisitorActivity(c Caller, n NewActivity) (ClientID, error) {
	v, err := s.callingVisitor(c)
	if err != nil {
		return 0, err
	}
	if e := s.live[v.Engagement]; e != nil && e.State == Active {
		e.typedAt = s.now
		for _, c := range e.agentsIn(0) {
			s.fleet(c, n.message(e.ID, v.Client))
		}
	}
	return v.Client, nil
}

func (n NewActivity) message(e EngagementID, from ClientID) Message {
	return Message{Kind: KindActivity, Engagement: e, Activity: &Activity{
		Client: from, Mode: n.Mode, SneakPreview: n.SneakPreview, SneakPreviewFocus: n.SneakPreviewFocus,
	}}
}
