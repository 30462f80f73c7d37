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
		s.stirred(e)
		if n.Visibility != api.VisibilityNotEndUser && e.roleOf(a.Client) != api.RoleMonitor {
			s.fleet(e.Visitor, n.message(e.ID, a.Client))
		}
	}
	return a.Client, nil
}

// Typing is what a visitor's activity is answered with.
type Typing struct {
	Client  ClientID
	Preview bool // its page is to show what is typed
}

// VisitorActivity shows the agents what the visitor is doing, and what it types if
// the site has sneak previews. It is fleeting, and has no effect while nobody leads.
func (s *Site) VisitorActivity(c Caller, n NewActivity) (Typing, error) {
	v, err := s.callingVisitor(c)
	if err != nil {
		return Typing{}, err
	}
	if e := s.live[v.Engagement]; e != nil && e.State == Active {
		e.typedAt = s.now
		s.stirred(e)
		s.preview(v, n)
	}
	return Typing{v.Client, s.Settings.SneakPreview}, nil
}

// preview shows the agents what a visitor does: a change of mode at once, what it
// types no oftener than every PreviewInterval. What comes sooner waits, and a newer
// one takes its place.
func (s *Site) preview(v *VisitorSession, n NewActivity) {
	if due := v.shownAt.Add(PreviewInterval); n.Mode == v.shown && s.now < due {
		v.held = &n
		s.schedule(due, timerTyping, int64(v.Client))
		return
	}
	s.showTyping(v, n)
}

func (s *Site) showTyping(v *VisitorSession, n NewActivity) {
	v.held, v.shownAt, v.shown = nil, s.now, n.Mode
	s.tellActivity(v, n)
}

// previewState says in which state the preview of an end user's typing is
// (agent-api 5.7).
func (s *Site) previewState(typed string) api.SneakPreviewState {
	switch {
	case s.Settings.SneakPreview:
		return api.SneakPreviewEnabled
	case typed != "":
		return api.SneakPreviewSiteUnavailable
	}
	return api.SneakPreviewDisabled
}

func (n NewActivity) message(e EngagementID, from ClientID) Message {
	return Message{Kind: KindActivity, Engagement: e, Activity: &Activity{
		Client: from, Mode: n.Mode, SneakPreview: n.SneakPreview, SneakPreviewState: api.SneakPreviewDisabled, SneakPreviewFocus: n.SneakPreviewFocus,
	}}
}

// tellActivity tells the agents what a visitor does: NONE while it is away. What it
// types is theirs to see only where the site has sneak previews.
func (s *Site) tellActivity(v *VisitorSession, n NewActivity) {
	e := s.live[v.Engagement]
	if e == nil || e.State != Active {
		return
	}
	state := s.previewState(n.SneakPreview)
	if state != api.SneakPreviewEnabled {
		n.SneakPreview = ""
	}
	m := n.message(e.ID, v.Client)
	m.Activity.SneakPreviewState = state
	for _, c := range e.agentsIn(0) {
		s.fleet(c, m)
	}
}
