package site

import (
	"slices"

	"usher/api"
)

// guest is an agent in an engagement beside its lead.
type guest struct {
	Client ClientID `json:"client"`
	Role   api.Role `json:"role"` // CONFEREE or MONITOR
	Since  Time     `json:"since"`
	// FromPost is the newest post when it came: it is given those after it.
	FromPost int64 `json:"fromPost,omitempty"`
}

// roleOf answers what an agent is in the engagement: LEAD, CONFEREE or MONITOR;
// NONE while it is offered, TRANSIENT while the agent is asked to join; "" when
// the agent has nothing to do with it, or there is no such engagement.
func (e *Engagement) roleOf(c ClientID) api.Role {
	if e == nil || c == 0 {
		return ""
	}
	if e.Lead == c {
		if e.State == Offered {
			return api.RoleNone
		}
		return api.RoleLead
	}
	if g := e.guest(c); g != nil {
		return g.Role
	}
	if e.invitation(c, "") != nil {
		return api.RoleTransient
	}
	return ""
}

// isIn reports whether a role is one of who takes part, and not only asked to.
func isIn(r api.Role) bool {
	return r == api.RoleLead || r == api.RoleConferee || r == api.RoleMonitor
}

// crowded reports whether no more agents may come into the engagement.
func (e *Engagement) crowded() bool { return len(e.Guests)+len(e.Invited) >= MaxParticipants }

func (e *Engagement) guest(c ClientID) *guest {
	if i := slices.IndexFunc(e.Guests, func(g guest) bool { return g.Client == c }); i >= 0 {
		return &e.Guests[i]
	}
	return nil
}

// agentsIn answers the agents in an active engagement but one, the lead first.
func (e *Engagement) agentsIn(but ClientID) []ClientID {
	var in []ClientID
	if e.State == Active && e.Lead != but {
		in = append(in, e.Lead)
	}
	for _, g := range e.Guests {
		if g.Client != but {
			in = append(in, g.Client)
		}
	}
	return in
}

// Participant is somebody in an engagement (agent-api 3.5, clientList).
type Participant struct {
	Client       ClientID
	Account      AccountID
	Name         string
	Role         api.Role
	VirtualAgent bool
}

// others answers who is in an engagement beside one agent.
func (s *Site) others(e *Engagement, but ClientID) []Participant {
	all := []Participant{{Client: e.Visitor, Name: e.Contact.Name(), Role: api.RoleEndUser}}
	for _, c := range e.agentsIn(but) {
		acc := s.accounts[s.agents[c].Account]
		all = append(all, Participant{c, acc.ID, acc.Name, e.roleOf(c), acc.VirtualAgent})
	}
	return all
}

func (s *Site) agentName(c ClientID) string {
	if a := s.agents[c]; a != nil {
		return s.accounts[a.Account].Name
	}
	return ""
}

// joined is the message that somebody is in an engagement, in a role.
func (s *Site) joined(e *Engagement, c ClientID, role api.Role) Message {
	if c == e.Visitor {
		return Message{Kind: KindJoined, Engagement: e.ID, Joined: &Joined{Client: c, Name: e.Contact.Name(), Role: role}}
	}
	acc := s.accounts[s.agents[c].Account]
	return Message{Kind: KindJoined, Engagement: e.ID, Joined: &Joined{
		Client: c, Account: acc.ID, Name: acc.Name, Greeting: acc.Greeting, Role: role, VirtualAgent: acc.VirtualAgent,
	}}
}

// introduce tells everybody in an engagement of a newcomer, and the newcomer of
// everybody. A monitor is not shown to the visitor.
func (s *Site) introduce(e *Engagement, c ClientID, role api.Role) {
	s.announce(e, c, role)
	s.mail(s.joined(e, e.Visitor, api.RoleEndUser), c)
	for _, o := range e.agentsIn(c) {
		s.mail(s.joined(e, o, e.roleOf(o)), c)
	}
}

// announce tells the others in an engagement what role somebody has now.
func (s *Site) announce(e *Engagement, c ClientID, role api.Role) {
	m := s.joined(e, c, role)
	if role != api.RoleMonitor {
		s.mail(m, e.Visitor)
	}
	s.mail(m, e.agentsIn(c)...)
}

// tellLeft tells those who are in an engagement that somebody left it.
func (s *Site) tellLeft(e *Engagement, l Left, to ...ClientID) {
	l.Name = s.agentName(l.Client)
	s.mail(Message{Kind: KindLeft, Engagement: e.ID, Left: &l}, to...)
}

// GuestJoined: an agent joined an engagement beside its lead.
type GuestJoined struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"`
	Role       api.Role     `json:"role"`
	By         ClientID     `json:"by,omitempty"` // who asked it to; 0: itself
}

func (ev *GuestJoined) apply(s *Site, at Time) {
	e, a := s.live[ev.Engagement], s.agents[ev.Client]
	e.dropInvitation(a.Client)
	e.Guests = append(e.Guests, guest{Client: a.Client, Role: ev.Role, Since: at, FromPost: e.LastPost})
	if ev.Role == api.RoleConferee {
		s.hold(a, e.ID)
	} else {
		s.watch(a, e.ID)
	}
	e.ActiveAt = at
	s.touchEngagement(e.ID)
}

// GuestLeft: an agent who did not lead left an engagement.
type GuestLeft struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"`
	Cause      Cause        `json:"cause,omitempty"`
}

func (ev *GuestLeft) apply(s *Site, at Time) {
	e := s.live[ev.Engagement]
	if e.roleOf(ev.Client) == api.RoleMonitor {
		e.watched(ev.Client, e.LastPost)
	}
	e.dropGuest(ev.Client)
	s.letGo(s.agents[ev.Client], e.ID, at)
	s.touchEngagement(e.ID)
}

func (e *Engagement) dropGuest(c ClientID) {
	e.Guests = slices.DeleteFunc(e.Guests, func(g guest) bool { return g.Client == c })
}

// leaveGuest takes a guest out, and tells the others: the visitor only if it saw it.
func (s *Site) leaveGuest(e *Engagement, c ClientID, cause Cause) {
	role := e.guest(c).Role
	l := Left{Client: c, Role: role, Reason: api.ReasonParticipantLeft}
	if role != api.RoleMonitor {
		s.tellLeft(e, l, e.Visitor)
	}
	s.tellLeft(e, l, e.agentsIn(c)...)
	s.record(&GuestLeft{Engagement: e.ID, Client: c, Cause: cause})
}

// LeadChanged: another agent leads the engagement now.
type LeadChanged struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"` // the new lead
	Former     ClientID     `json:"former"`
	// Stays: the former lead goes on as a conferee.
	Stays bool  `json:"stays,omitempty"`
	Cause Cause `json:"cause,omitempty"`
}

func (ev *LeadChanged) apply(s *Site, at Time) {
	e, a, former := s.live[ev.Engagement], s.agents[ev.Client], s.agents[ev.Former]
	s.unline(e)
	s.handled(e, at)
	if i := e.invitation(a.Client, api.AssignmentTransfer); i != nil && i.Queued && e.Wanted != 0 { // its queue found it
		e.Queue = e.Wanted
		m := s.measure(e.Queue, at)
		m.Taken++
		m.Waited += at.Sub(e.EnteredAt)
	}
	g := guest{FromPost: e.LastPost}
	if known := e.guest(a.Client); known != nil {
		g = *known
	}
	if g.Role == api.RoleMonitor {
		r := e.receipt(a.Client)
		e.watched(a.Client, max(r.Received, r.Seen))
	}
	e.dropGuest(a.Client)
	e.dropInvitation(a.Client)
	e.Wanted, e.Declined, e.Note = 0, nil, nil
	s.unwatch(a, e.ID)
	s.hold(a, e.ID)
	s.leads(e, a.Client)
	e.LeadSince, e.LedSince, e.ActiveAt = at, at, at
	s.receivedAsGuest(e, a, g)
	if ev.Stays {
		e.Guests = append(e.Guests, guest{Client: former.Client, Role: api.RoleConferee, Since: at, FromPost: e.LastPost})
	} else {
		s.letGo(former, e.ID, at)
	}
	s.touchEngagement(e.ID)
	s.scheduleEngagement(e)
}

// receivedAsGuest takes the posts that a new lead is known to have received while
// it was a guest out of those that no lead has.
func (s *Site) receivedAsGuest(e *Engagement, a *AgentSession, g guest) {
	for _, p := range slices.Clone(e.Unreceived) {
		if p.Number > g.FromPost && !a.Mailbox.holdsPost(e.ID, p.Number) {
			s.leadReceived(e, p.Number)
		}
	}
}

// changeLead makes an agent the lead in place of another, and tells everybody.
func (s *Site) changeLead(e *Engagement, a *AgentSession, stays bool, cause Cause) {
	former, newcomer := e.Lead, !isIn(e.roleOf(a.Client))
	owed := e.owedTo(a)
	s.record(&LeadChanged{Engagement: e.ID, Client: a.Client, Former: former, Stays: stays, Cause: cause})
	if newcomer {
		s.introduce(e, a.Client, api.RoleLead)
	} else {
		s.announce(e, a.Client, api.RoleLead)
		if cause != TakenOver { // it has not done this itself
			s.mail(s.joined(e, a.Client, api.RoleLead), a.Client)
		}
	}
	s.mail(Message{Kind: KindRole, Engagement: e.ID, Role: &RoleChange{Client: a.Client, Role: api.RoleLead, Lead: a.Client}}, e.Visitor)
	if stays {
		s.mail(Message{Kind: KindRole, Engagement: e.ID, Role: &RoleChange{Client: former, Role: api.RoleConferee, Lead: a.Client}}, e.Visitor)
		s.mail(s.joined(e, former, api.RoleConferee), slices.DeleteFunc(e.agentsIn(former), func(c ClientID) bool { return newcomer && c == a.Client })...)
	} else {
		l := Left{Client: former, Role: api.RoleLead, Reason: api.ReasonParticipantLeft}
		s.tellLeft(e, l, e.Visitor)
		s.tellLeft(e, l, append(e.agentsIn(a.Client), former)...)
		if !newcomer {
			s.tellLeft(e, l, a.Client)
		}
	}
	s.forward(e, a, owed)
	s.stirred(e)
	if f := s.agents[former]; f != nil && !stays && cause != Lost && cause != LoggedOff && cause != Removed {
		s.routeAgent(f)
	}
}

// loseLead lets an engagement go on without its lead: the conferee who is longest
// in it leads, or it waits in its queue again. It answers who has a place free by
// that.
func (s *Site) loseLead(e *Engagement, cause Cause) []ClientID {
	for _, g := range e.Guests {
		if g.Role == api.RoleConferee {
			s.changeLead(e, s.agents[g.Client], false, cause)
			return nil
		}
	}
	q := e.Queue
	if e.Wanted != 0 {
		q = e.Wanted
	}
	if s.desertedWithout(s.queues[q], s.agents[e.Lead]) {
		s.endWithLead(e, cause)
		return nil
	}
	return s.requeue(e, &EngagementQueued{Queue: q, Priority: e.Priority, Note: e.Note, Cause: cause}, false)
}

// endWithLead ends an engagement whose lead's session ends, when nobody is left who
// could serve it: its visitor is not told to wait for nobody (consumer-api 3.6).
func (s *Site) endWithLead(e *Engagement, cause Cause) {
	lead := e.Lead
	s.fleet(e.Visitor, Message{Kind: KindConnection, Engagement: e.ID, Connection: &Connection{
		Client: lead, Role: api.RoleLead, State: api.ConnectionDisconnected,
	}})
	s.conclude(e, e.Visitor, api.RoleEndUser, api.ReasonNoAgentsAvailable)
	s.record(&EngagementReleased{Engagement: e.ID, Client: lead, Cause: cause})
}

// requeue takes an engagement from its lead and everybody else, and lets it wait.
// Guests do not stay in a queue. The lead is told unless its session ends. It
// answers the agents but the lead who have a place free by that; the caller routes.
func (s *Site) requeue(e *Engagement, ev *EngagementQueued, tell bool) []ClientID {
	lead := e.Lead
	var freed []ClientID
	l := Left{Client: lead, Role: api.RoleLead, Reason: api.ReasonTransferredToQueue}
	for _, i := range slices.Clone(e.Invited) {
		freed = append(freed, i.Client)
		s.endInvitation(e, i.Client, Withdrawn)
	}
	s.tellLeft(e, l, e.Visitor)
	s.tellLeft(e, l, e.agentsIn(lead)...)
	if tell {
		s.tellLeft(e, l, lead)
	}
	for _, g := range slices.Clone(e.Guests) {
		freed = append(freed, g.Client)
		s.tellLeft(e, Left{Client: g.Client, Role: g.Role, Reason: api.ReasonTransferredToQueue}, g.Client)
		if g.Role != api.RoleMonitor {
			s.tellLeft(e, Left{Client: g.Client, Role: g.Role, Reason: api.ReasonParticipantLeft}, e.Visitor)
		}
		s.record(&GuestLeft{Engagement: e.ID, Client: g.Client, Cause: ev.Cause})
	}
	ev.Engagement, ev.Client = e.ID, lead
	s.record(ev)
	s.stirred(e)
	return freed
}

// routeFreed offers what waits to agents who have a place free.
func (s *Site) routeFreed(agents []ClientID) {
	for _, c := range agents {
		if a := s.agents[c]; a != nil {
			s.routeAgent(a)
		}
	}
}

// Leave takes an agent out of an engagement that goes on without it. The lead may
// leave when a conferee is there, who then leads.
func (s *Site) Leave(c Caller, id EngagementID) (ClientID, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return 0, err
	}
	e := s.live[id]
	role := e.roleOf(a.Client)
	switch {
	case role == api.RoleConferee || role == api.RoleMonitor:
		s.leaveGuest(e, a.Client, WentAway)
		s.routeAgent(a)
	case role == api.RoleLead && e.State == Active:
		if !slices.ContainsFunc(e.Guests, func(g guest) bool { return g.Role == api.RoleConferee }) {
			return 0, refuse(Conflict, "this session leads engagement %d alone: conclude it, transfer it, or invite somebody first", id)
		}
		s.loseLead(e, WentAway)
	case role == "" && slices.Contains(a.Past, id):
		// It has left already.
	case role == "":
		return 0, refuse(BadRequest, "engagementId %d is not an engagement of this session", id)
	case role == api.RoleLead:
		return 0, refuse(Conflict, "engagement %d is concluded: release it", id)
	default:
		return 0, refuse(Conflict, "engagement %d is offered: answer the offer with assignmentAcknowledgement", id)
	}
	return a.Client, nil
}
