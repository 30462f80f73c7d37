package site

import (
	"slices"

	"usher/api"
)

// EngagementOffered: an agent was asked to take an engagement.
type EngagementOffered struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"`
	Expires    Time         `json:"expires"`
	// Accepts, when set, is when the offer is accepted for an agent who says nothing.
	Accepts Time   `json:"accepts,omitempty"`
	Why     string `json:"why,omitempty"`
}

func (ev *EngagementOffered) apply(s *Site, at Time) {
	e, a := s.live[ev.Engagement], s.agents[ev.Client]
	s.unline(e)
	e.State, e.Lead, e.LeadSince, e.OfferExpires, e.AcceptsAt = Offered, a.Client, at, ev.Expires, ev.Accepts
	s.hold(a, e.ID)
	e.UsedCredit = a.spend()
	s.touchEngagement(e.ID)
	s.scheduleEngagement(e)
}

// Cause says what ended something, for those who ask later why.
type Cause string

// The causes of an end.
const (
	Declined    Cause = "DECLINED"    // the agent said no
	Expired     Cause = "EXPIRED"     // the agent said nothing in time
	Absent      Cause = "ABSENT"      // the agent showed no sign of life
	Lost        Cause = "LOST"        // the session ended for want of a sign of life
	LoggedOff   Cause = "LOGGED_OFF"  // the session was logged off
	Withdrawn   Cause = "WITHDRAWN"   // who asked took it back, or it ended
	Rerouted    Cause = "REROUTED"    // rerouteEngagement
	Transferred Cause = "TRANSFERRED" // transfer
	TakenOver   Cause = "TAKEN_OVER"  // a supervisor took it
	WentAway    Cause = "LEFT"        // the participant left
	Removed     Cause = "REMOVED"     // an administrator removed it
)

// OfferEnded: the offer was declined, expired or withdrawn, and the engagement
// waits again.
type OfferEnded struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"`
	Cause      Cause        `json:"cause,omitempty"`
}

func (ev *OfferEnded) apply(s *Site, at Time) {
	e, a := s.live[ev.Engagement], s.agents[ev.Client]
	s.offerOver(a, e.ID, e.UsedCredit)
	e.letGo(a.Client, at, false)
	s.enqueue(e, e.Queue, e.QueuedAt)
}

// enqueue lets an engagement that is in no queue wait, with its first waiting time.
func (s *Site) enqueue(e *Engagement, q QueueID, queuedAt Time) {
	e.State, e.Queue, e.QueuedAt = Queued, q, queuedAt
	e.Lead, e.LeadSince, e.LedSince, e.OfferExpires, e.AcceptsAt, e.UsedCredit = 0, 0, 0, 0, 0, false
	e.Wanted = 0
	s.line(e)
	s.retell(e)
	s.touchEngagement(e.ID)
	s.scheduleEngagement(e)
}

// retell lets the waiting visitor be told its place, whatever it was told before.
func (s *Site) retell(e *Engagement) {
	if v := s.visitors[e.Visitor]; v != nil {
		v.toldPlace = 0
	}
}

// EngagementAssigned: the agent took the engagement and leads it.
type EngagementAssigned struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"`
	// Cause is empty for an agent's own accept, EXPIRED when the site accepted for
	// it, TAKEN_OVER for a supervisor who was not offered it.
	Cause Cause `json:"cause,omitempty"`
}

func (ev *EngagementAssigned) apply(s *Site, at Time) {
	e := s.live[ev.Engagement]
	s.unline(e)
	m := s.measure(e.Queue, at)
	m.Taken++
	m.Waited += at.Sub(e.QueuedAt)
	e.State, e.LeadSince, e.LedSince, e.OfferExpires, e.AcceptsAt, e.UsedCredit, e.Declined = Active, at, at, 0, 0, false, nil
	e.Target, e.TargetUntil, e.Note = 0, 0, nil
	e.ActiveAt = at
	if e.FirstEngagedAt == 0 {
		e.FirstEngagedAt = at
	}
	if e.WaitsSince == 0 {
		e.WaitsSince = at
	}
	s.hold(s.agents[ev.Client], e.ID)
	s.leads(e, ev.Client)
	if v := s.visitors[e.Visitor]; v != nil {
		v.Mailbox.dropFleeting(e.ID, KindWait)
	}
	s.touchEngagement(e.ID)
	s.scheduleEngagement(e)
}

// leads makes an agent the lead. What it has received as a guest counts as received.
func (s *Site) leads(e *Engagement, c ClientID) {
	e.Lead = c
	if !slices.Contains(e.Leads, c) {
		e.Leads = append(e.Leads, c)
	}
	if v := s.visitors[e.Visitor]; v != nil && !v.Served {
		v.Served = true
		s.touchSession(v.Client)
	}
}

// PostsForwarded: the new lead was given what no lead had received, at
// consecutive addresses from To on.
type PostsForwarded struct {
	Engagement EngagementID `json:"engagement"`
	Count      int          `json:"count"`
	// Posts are the numbers of the posts, when they are not just the first ones.
	Posts []int64 `json:"posts,omitempty"`
	To    Address `json:"to"`
}

func (ev *PostsForwarded) apply(s *Site, _ Time) {
	e := s.live[ev.Engagement]
	a := ev.To
	posts := e.Unreceived[:ev.Count]
	if ev.Posts != nil {
		posts = slices.DeleteFunc(slices.Clone(e.Unreceived), func(p *Post) bool { return !slices.Contains(ev.Posts, p.Number) })
	}
	for _, p := range posts {
		s.deliver(&Message{Kind: KindPost, At: p.At, Engagement: e.ID, Post: p}, []Address{a})
		a.Number++
		a.Sequence++
	}
}

// EngagementQueued: the engagement lost its lead and waits again, at the front:
// its first waiting time is kept.
type EngagementQueued struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"` // the former lead
	Queue      QueueID      `json:"queue"`
	Priority   int          `json:"priority,omitempty"`
	Target     AccountID    `json:"target,omitempty"`
	// TargetUntil is until when it waits for Target alone.
	TargetUntil Time `json:"targetUntil,omitempty"`
	// Never: it does not come back to its former lead.
	Never bool   `json:"never,omitempty"`
	Note  *Post  `json:"note,omitempty"`
	Cause Cause  `json:"cause,omitempty"`
	Why   string `json:"why,omitempty"`
}

func (ev *EngagementQueued) apply(s *Site, at Time) {
	e := s.live[ev.Engagement]
	s.unline(e)
	if a := s.agents[ev.Client]; a != nil {
		s.letGo(a, e.ID, at)
	}
	s.handled(e, at)
	s.measure(ev.Queue, at).Arrived++
	if ev.Never {
		e.letGo(ev.Client, at, true)
	}
	e.Priority, e.Target, e.TargetUntil, e.Note, e.EnteredAt = ev.Priority, ev.Target, ev.TargetUntil, ev.Note, at
	s.enqueue(e, ev.Queue, at)
}

// offer asks an agent to take an engagement that waits. One that still has its
// lead is offered as a transfer.
func (s *Site) offer(e *Engagement, a *AgentSession, why string) {
	if e.State == Active {
		s.invite(e, a, invitation{Type: api.AssignmentTransfer, By: e.Lead, Warm: true, Queued: true, Note: e.Note}, why)
		return
	}
	ev := &EngagementOffered{Engagement: e.ID, Client: a.Client, Expires: s.now.Add(s.Settings.offer()), Why: why}
	if s.serving(s.accounts[a.Account]).AutoAccept {
		ev.Accepts = s.now.Add(s.Settings.notice())
	}
	s.record(ev)
	s.mail(s.assignment(e, a, api.AssignmentLead, e.Note), a.Client)
}

// assignment is the message that asks an agent to take, or to join, an engagement.
func (s *Site) assignment(e *Engagement, a *AgentSession, kind api.AssignmentType, note *Post) Message {
	m := &Assignment{
		Type: kind, Agent: s.agentInfo(a), Visitor: e.Visitor, Contact: e.Contact, Queue: e.Queue,
		CreatedAt: e.CreatedAt, FirstEngagedAt: e.FirstEngagedAt, Targeted: e.Target != 0 && e.Target == a.Account,
	}
	engaged := e.Engaged
	if e.State == Active {
		engaged += s.now.Sub(e.LedSince)
	}
	m.EngagedSeconds = int64(engaged.Seconds())
	if note != nil {
		m.Note = note.Body
	}
	return Message{Kind: KindAssignment, Engagement: e.ID, Assignment: m}
}

// endOffer takes an offer back. Unless it declined, the agent is told (agent-api 2.4).
func (s *Site) endOffer(e *Engagement, cause Cause) {
	if cause != Declined && cause != LoggedOff && cause != Lost && cause != Removed {
		s.mail(Message{Kind: KindLeft, Engagement: e.ID, Left: &Left{
			Client: e.Lead, Name: s.agentName(e.Lead), Role: api.RoleNone, Reason: api.ReasonTransferredToQueue,
		}}, e.Lead)
	}
	s.record(&OfferEnded{Engagement: e.ID, Client: e.Lead, Cause: cause})
}

// Answered is what an agent's answer to an offer leads to.
type Answered struct {
	Client       ClientID
	Engagement   EngagementID
	Participants []Participant // who else is in it, after an accept
}

// AnswerOffer takes an agent's answer to an offer, or to an invitation to join
// (agent-api 3.5).
func (s *Site) AnswerOffer(c Caller, id EngagementID, action api.AssignmentAction) (Answered, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return Answered{}, err
	}
	if action == api.ActionNone {
		return Answered{}, refuse(BadRequest, "action NONE answers nothing: expected ACCEPT, DECLINE, UNAVAILABLE or AVAILABLE")
	}
	e := s.live[id]
	role := e.roleOf(a.Client)
	if isIn(role) && action == api.ActionAccept { // it was accepted before
		return Answered{Client: a.Client, Engagement: id, Participants: s.others(e, a.Client)}, nil
	}
	if action == api.ActionAvailable {
		s.setStatus(a, api.StatusAvailable, a.SubType, "")
		return Answered{Client: a.Client, Engagement: id}, nil
	}
	if role != api.RoleNone && role != api.RoleTransient {
		return Answered{}, refuse(BadRequest, "engagement %d is not offered to this session: the offer expired, was withdrawn, or never was", id)
	}
	if action == api.ActionAccept {
		if role == api.RoleTransient {
			s.acceptInvitation(e, a)
		} else {
			s.accept(e, a, "")
		}
		return Answered{Client: a.Client, Engagement: id, Participants: s.others(e, a.Client)}, nil
	}
	if s.serving(s.accounts[a.Account]).NoDecline && role == api.RoleNone {
		return Answered{}, refuse(BadRequest, "the account's profile does not allow declining: accept engagement %d, or let the offer expire", id)
	}
	if role == api.RoleTransient {
		s.endInvitation(e, a.Client, Declined)
	} else {
		s.endOffer(e, Declined)
	}
	if action == api.ActionUnavailable {
		s.setStatus(a, api.StatusUnavailable, a.SubType, "")
	}
	s.route(e)
	if action == api.ActionDecline {
		s.routeAgent(a)
	}
	return Answered{Client: a.Client, Engagement: id}, nil
}

// accept makes the agent the engagement's lead: both sides are introduced, and
// the lead is given what no lead had received (promise 7).
func (s *Site) accept(e *Engagement, a *AgentSession, cause Cause) {
	owed, note := e.owedTo(a), e.Note
	s.record(&EngagementAssigned{Engagement: e.ID, Client: a.Client, Cause: cause})
	s.introduce(e, a.Client, api.RoleLead)
	s.forward(e, a, owed)
	s.hand(e, a, note)
}

// owedTo answers the numbers of the posts that no lead is known to have received
// and that this agent was not given yet.
func (e *Engagement) owedTo(a *AgentSession) []int64 {
	var owed []int64
	g := e.guest(a.Client)
	for _, p := range e.Unreceived {
		if (g == nil || p.Number <= g.FromPost) && !a.Mailbox.holdsPost(e.ID, p.Number) {
			owed = append(owed, p.Number)
		}
	}
	return owed
}

// forward gives a new lead what it is owed.
func (s *Site) forward(e *Engagement, a *AgentSession, owed []int64) {
	if n := len(owed); n > 0 {
		ev := &PostsForwarded{Engagement: e.ID, Count: n, To: a.Mailbox.next(a.Client, e.ID)}
		if e.Unreceived[n-1].Number != owed[n-1] {
			ev.Posts = owed
		}
		s.record(ev)
	}
}

// giveBack takes from an agent what it holds or watches, because its session ends.
// It answers who else has a place free by that.
func (s *Site) giveBack(a *AgentSession, e *Engagement, cause Cause) []ClientID {
	switch role := e.roleOf(a.Client); {
	case role == api.RoleNone:
		s.endOffer(e, cause)
	case role == api.RoleTransient:
		s.endInvitation(e, a.Client, cause)
	case role == api.RoleLead && e.State == Concluded:
		s.record(&EngagementReleased{Engagement: e.ID, Client: a.Client, Cause: cause})
	case role == api.RoleLead:
		return s.loseLead(e, cause)
	default:
		s.leaveGuest(e, a.Client, cause)
	}
	return nil
}
