package site

import (
	"slices"

	"usher/api"
)

// invitation asks an agent to join an engagement that has its lead.
type invitation struct {
	Client  ClientID           `json:"client"`
	Type    api.AssignmentType `json:"type"` // CONFERENCE, TRANSFER or MONITOR
	By      ClientID           `json:"by"`
	At      Time               `json:"at"`
	Expires Time               `json:"expires"`
	// Warm: the lead stays as a conferee after a transfer.
	Warm bool `json:"warm,omitempty"`
	// Queued: the agent was found by a queue, and another one is when it declines.
	Queued     bool  `json:"queued,omitempty"`
	UsedCredit bool  `json:"usedCredit,omitempty"`
	Note       *Post `json:"note,omitempty"` // the lead's word to the agent
}

// invitation answers the one of a client (0: any) and a type ("": any).
func (e *Engagement) invitation(c ClientID, kind api.AssignmentType) *invitation {
	i := slices.IndexFunc(e.Invited, func(i invitation) bool { return (c == 0 || i.Client == c) && (kind == "" || i.Type == kind) })
	if i < 0 {
		return nil
	}
	return &e.Invited[i]
}

func (e *Engagement) dropInvitation(c ClientID) {
	e.Invited = slices.DeleteFunc(e.Invited, func(i invitation) bool { return i.Client == c })
}

// AgentInvited: an agent was asked to join an engagement.
type AgentInvited struct {
	Engagement EngagementID `json:"engagement"`
	Invitation invitation   `json:"invitation"`
	Why        string       `json:"why,omitempty"`
}

func (ev *AgentInvited) apply(s *Site, _ Time) {
	e, a := s.live[ev.Engagement], s.agents[ev.Invitation.Client]
	s.unline(e)
	i := ev.Invitation
	if i.Type == api.AssignmentMonitor {
		s.watch(a, e.ID)
	} else {
		s.hold(a, e.ID)
	}
	if i.Queued {
		i.UsedCredit = a.spend()
	}
	e.Invited = append(e.Invited, i)
	s.line(e)
	s.touchEngagement(e.ID)
	s.scheduleEngagement(e)
}

// InvitationEnded: an agent who was asked to join did not.
type InvitationEnded struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"`
	Cause      Cause        `json:"cause,omitempty"`
}

func (ev *InvitationEnded) apply(s *Site, at Time) {
	e, a := s.live[ev.Engagement], s.agents[ev.Client]
	s.unline(e)
	i := *e.invitation(a.Client, "")
	e.dropInvitation(a.Client)
	if i.Queued {
		e.letGo(a.Client, at, false)
	}
	s.line(e)
	s.offerOver(a, e.ID, i.UsedCredit)
	s.touchEngagement(e.ID)
	s.scheduleEngagement(e)
}

// reasons of what the asker is told when the asked one does not come.
var invitationReasons = map[Cause]api.Reason{
	Declined: api.ReasonParticipantLeft, Expired: api.ReasonIdleTimeout, Absent: api.ReasonEjected, Lost: api.ReasonEjected,
	LoggedOff: api.ReasonEjected, Removed: api.ReasonEjected,
}

// endInvitation ends an invitation. The lead is told why, who was asked that it
// is over, unless it said so itself.
func (s *Site) endInvitation(e *Engagement, c ClientID, cause Cause) {
	i := *e.invitation(c, "")
	if reason, ok := invitationReasons[cause]; ok && !i.Queued {
		s.tellLeft(e, Left{Client: c, Role: api.RoleTransient, Reason: reason}, e.Lead)
	}
	if cause == Expired || cause == Absent || cause == Withdrawn {
		s.tellLeft(e, Left{Client: c, Role: api.RoleNone, Reason: api.ReasonTransferredToQueue}, c)
	}
	s.record(&InvitationEnded{Engagement: e.ID, Client: c, Cause: cause})
}

// invite asks an agent to join.
func (s *Site) invite(e *Engagement, a *AgentSession, i invitation, why string) {
	i.Client, i.At, i.Expires = a.Client, s.now, s.now.Add(s.Settings.offer())
	s.record(&AgentInvited{Engagement: e.ID, Invitation: i, Why: why})
	s.mail(s.assignment(e, a, i.Type, i.Note), a.Client)
}

// acceptInvitation lets an agent in who was asked to join.
func (s *Site) acceptInvitation(e *Engagement, a *AgentSession) {
	i := *e.invitation(a.Client, "")
	switch i.Type {
	case api.AssignmentTransfer:
		s.changeLead(e, a, i.Warm || i.By != e.Lead, Transferred) // who has not asked is not sent away
	case api.AssignmentMonitor:
		s.join(e, a, api.RoleMonitor, i.By)
	default:
		s.join(e, a, api.RoleConferee, i.By)
	}
	s.hand(e, a, i.Note)
}

// hand gives an agent the note that was meant for it.
func (s *Site) hand(e *Engagement, a *AgentSession, note *Post) {
	if note != nil {
		s.mail(Message{Kind: KindPost, Engagement: e.ID, Post: note}, a.Client)
	}
}

// join lets an agent into an engagement as a guest.
func (s *Site) join(e *Engagement, a *AgentSession, role api.Role, by ClientID) {
	s.record(&GuestJoined{Engagement: e.ID, Client: a.Client, Role: role, By: by})
	s.introduce(e, a.Client, role)
	s.stirred(e)
}

// Invited is what a request to have somebody join leads to.
type Invited struct {
	Client  ClientID // who asked
	Asked   ClientID // who was asked
	Expires Time     // when the invitation ends; 0: it has joined
}

// Invite asks another agent to join an engagement that the caller leads, as a
// conferee (CONFERENCE) or unseen by the visitor (MONITOR). A supervisor who
// names its own account joins so at once, whoever leads.
func (s *Site) Invite(c Caller, id EngagementID, who AccountID, kind api.AssignmentType, note string) (Invited, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return Invited{}, err
	}
	switch {
	case kind != api.AssignmentConference && kind != api.AssignmentMonitor:
		return Invited{}, refuse(BadRequest, "type is %.40q: expected CONFERENCE or MONITOR", kind)
	case who == a.Account && kind == api.AssignmentMonitor:
		return s.joinByRight(a, id, api.RoleMonitor)
	case who == a.Account:
		return s.joinByRight(a, id, api.RoleConferee)
	}
	e, err := s.led(a, id)
	if err != nil {
		return Invited{}, err
	}
	b, err := s.asked(e, who, kind)
	if err != nil {
		return Invited{}, err
	}
	if i := e.invitation(b.Client, kind); i != nil { // it was asked before
		return Invited{Client: a.Client, Asked: b.Client, Expires: i.Expires}, nil
	}
	p, err := s.takeNote(e, a, note)
	if err != nil {
		return Invited{}, err
	}
	s.invite(e, b, invitation{Type: kind, By: a.Client, Note: p}, "asked by the lead")
	return Invited{Client: a.Client, Asked: b.Client, Expires: e.invitation(b.Client, kind).Expires}, nil
}

// led answers an active engagement that the agent leads.
func (s *Site) led(a *AgentSession, id EngagementID) (*Engagement, error) {
	e := s.live[id]
	switch {
	case e.roleOf(a.Client) == "":
		return nil, refuse(BadRequest, "engagementId %d is not an engagement of this session", id)
	case e.Lead != a.Client:
		return nil, refuse(Conflict, "engagement %d is led by somebody else: only its lead can do this", id)
	case e.State == Offered:
		return nil, refuse(Conflict, "engagement %d is offered: accept it first", id)
	case e.State == Concluded:
		return nil, refuse(Conflict, "engagement %d is concluded", id)
	}
	return e, nil
}

// asked answers the session of an account that can be asked to join now.
func (s *Site) asked(e *Engagement, who AccountID, kind api.AssignmentType) (*AgentSession, error) {
	if s.accounts[who] == nil {
		return nil, refuse(BadRequest, "accountId %d is not an account of this site", who)
	}
	b := s.agents[s.agentOf[who]]
	switch {
	case b == nil:
		return nil, refuse(Conflict, "account %d is not logged on", who)
	case e.invitation(b.Client, kind) != nil:
		return b, nil
	case e.roleOf(b.Client) != "":
		return nil, refuse(Conflict, "account %d takes part in engagement %d already", who, e.ID)
	case !s.reachable(b):
		return nil, refuse(Conflict, "account %d is not available now", who)
	case kind != api.AssignmentMonitor && len(b.Holds) >= s.places(b):
		return nil, refuse(Conflict, "account %d has no place free: it holds %d", who, len(b.Holds))
	case e.crowded():
		return nil, refuse(TooMany, "engagement %d has %d participants, which is the most it may have", e.ID, MaxParticipants)
	}
	return b, nil
}

// takeNote records the lead's word to whoever comes as a post that the visitor
// does not see, nil for none. Only who comes is given it; it stands in the history.
func (s *Site) takeNote(e *Engagement, a *AgentSession, note string) (*Post, error) {
	if note == "" {
		return nil, nil
	}
	n := NewPost{Body: note, Visibility: api.VisibilityNotEndUser}
	if err := n.check(); err != nil {
		return nil, err
	}
	s.post(e, a.Client, api.PartyAgent, n, 0, nil)
	last := e.transcript[len(e.transcript)-1]
	return last.Posts[len(last.Posts)-1], nil
}
