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
}

func (ev *EngagementOffered) apply(s *Site, at Time) {
	e, a := s.live[ev.Engagement], s.agents[ev.Client]
	s.queues[e.Queue].remove(e)
	s.noteQueue(e.Queue)
	e.State, e.Lead, e.LeadSince, e.OfferExpires = Offered, a.Client, at, ev.Expires
	a.hold(e.ID)
	if e.UsedCredit = a.Credits > 0; e.UsedCredit {
		a.Credits--
	}
	s.touchEngagement(e.ID)
	s.touchSession(a.Client)
	s.scheduleEngagement(e)
}

// OfferEnded: the offer was declined, expired or withdrawn, and the engagement
// waits again.
type OfferEnded struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"`
}

func (ev *OfferEnded) apply(s *Site, at Time) {
	e, a := s.live[ev.Engagement], s.agents[ev.Client]
	a.offerOver(e)
	e.Declined = append(slices.DeleteFunc(e.Declined, func(d decline) bool { return d.Client == a.Client }), decline{Client: a.Client, At: at})
	s.touchSession(a.Client)
	s.enqueue(e, e.Queue, e.QueuedAt)
}

// enqueue lets an engagement wait, with its first waiting time.
func (s *Site) enqueue(e *Engagement, q QueueID, queuedAt Time) {
	e.State, e.Queue, e.QueuedAt = Queued, q, queuedAt
	e.Lead, e.LeadSince, e.OfferExpires, e.UsedCredit = 0, 0, 0, false
	s.queues[q].add(e)
	s.noteQueue(q)
	if v := s.visitors[e.Visitor]; v != nil {
		v.toldPlace = 0
	}
	s.touchEngagement(e.ID)
	s.scheduleEngagement(e)
}

// EngagementAssigned: the agent took the engagement and leads it.
type EngagementAssigned struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"`
}

func (ev *EngagementAssigned) apply(s *Site, at Time) {
	e := s.live[ev.Engagement]
	s.queues[e.Queue].took(at, at.Sub(e.QueuedAt))
	s.touch(partQueue, int64(e.Queue), 0)
	e.State, e.Lead, e.LeadSince, e.OfferExpires, e.UsedCredit, e.Declined = Active, ev.Client, at, 0, false, nil
	e.ActiveAt = at
	if e.FirstEngagedAt == 0 {
		e.FirstEngagedAt = at
	}
	if v := s.visitors[e.Visitor]; v != nil {
		v.Mailbox.dropFleeting(e.ID, KindWait)
	}
	s.touchEngagement(e.ID)
	s.scheduleEngagement(e)
}

// PostsForwarded: the new lead was given what no lead had received, at
// consecutive addresses from To on.
type PostsForwarded struct {
	Engagement EngagementID `json:"engagement"`
	Count      int          `json:"count"`
	To         Address      `json:"to"`
}

func (ev *PostsForwarded) apply(s *Site, _ Time) {
	e := s.live[ev.Engagement]
	a := ev.To
	for _, p := range e.Unreceived {
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
}

func (ev *EngagementQueued) apply(s *Site, at Time) {
	e := s.live[ev.Engagement]
	if a := s.agents[ev.Client]; a != nil {
		a.letGo(e.ID, at)
		a.was(e.ID)
		s.touchSession(a.Client)
	}
	s.enqueue(e, ev.Queue, at)
}

// route offers a waiting engagement to the least loaded agent who is free for
// it; among those, to the one who is free longest. Who let it go before comes
// after everybody else, and not at once.
func (s *Site) route(e *Engagement) {
	var best *AgentSession
	var bestLetGo bool
	for _, c := range s.agentOrder {
		a := s.agents[c]
		if !s.mayOffer(e, a) {
			continue
		}
		letGo := e.letGoBy(c) != nil
		if best == nil || bestLetGo && !letGo || bestLetGo == letGo && byLoad(a, best) < 0 {
			best, bestLetGo = a, letGo
		}
	}
	if best != nil {
		s.offer(e, best)
	}
}

// routeAgent offers an agent the engagements that wait longest, as many as it
// is free for.
func (s *Site) routeAgent(a *AgentSession) {
	for {
		var first *Engagement
		for _, id := range sortedKeys(s.queues) {
			q := s.queues[id]
			if len(q.waiting) == 0 || !s.free(a, id) {
				continue
			}
			i := slices.IndexFunc(q.waiting, func(e *Engagement) bool { return s.mayOffer(e, a) })
			if i >= 0 && (first == nil || byWaiting(q.waiting[i], first) < 0) {
				first = q.waiting[i]
			}
		}
		if first == nil {
			return
		}
		s.offer(first, a)
	}
}

// routeAll looks at every waiting engagement, after a change that may touch any.
func (s *Site) routeAll() {
	for _, id := range sortedKeys(s.queues) {
		for _, e := range slices.Clone(s.queues[id].waiting) {
			s.route(e)
		}
	}
}

func (s *Site) mayOffer(e *Engagement, a *AgentSession) bool {
	if !s.free(a, e.Queue) {
		return false
	}
	d := e.letGoBy(a.Client)
	return d == nil || a.AskedAt > d.At || s.now >= d.At.Add(DeclinePause)
}

func (e *Engagement) letGoBy(c ClientID) *decline {
	if i := slices.IndexFunc(e.Declined, func(d decline) bool { return d.Client == c }); i >= 0 {
		return &e.Declined[i]
	}
	return nil
}

func (s *Site) offer(e *Engagement, a *AgentSession) {
	s.record(&EngagementOffered{Engagement: e.ID, Client: a.Client, Expires: s.now.Add(s.Settings.offer())})
	s.mail(Message{Kind: KindAssignment, Engagement: e.ID, Assignment: &Assignment{
		Type: api.AssignmentLead, Agent: s.agentInfo(a), Visitor: e.Visitor, Contact: e.Contact, Queue: e.Queue,
		CreatedAt: e.CreatedAt, FirstEngagedAt: e.FirstEngagedAt,
	}}, a.Client)
}

// endOffer takes an offer back. tell: the agent did not decline it itself, so it
// is told (agent-api 2.4).
func (s *Site) endOffer(e *Engagement, tell bool) {
	if tell {
		s.mail(Message{Kind: KindLeft, Engagement: e.ID, Left: &Left{
			Client: e.Lead, Name: s.agentName(e.Lead), Role: api.RoleNone, Reason: api.ReasonTransferredToQueue,
		}}, e.Lead)
	}
	s.record(&OfferEnded{Engagement: e.ID, Client: e.Lead})
}

func (s *Site) agentName(c ClientID) string {
	if a := s.agents[c]; a != nil {
		return s.accounts[a.Account].Name
	}
	return ""
}

// Participant is somebody in an engagement (agent-api 3.5, clientList).
type Participant struct {
	Client       ClientID
	Account      AccountID
	Name         string
	Role         api.Role
	VirtualAgent bool
}

// Answered is what an agent's answer to an offer leads to.
type Answered struct {
	Client       ClientID
	Engagement   EngagementID
	Participants []Participant // who else is in it, after an accept
}

// AnswerOffer takes an agent's answer to an offer (agent-api 3.5).
func (s *Site) AnswerOffer(c Caller, id EngagementID, action api.AssignmentAction) (Answered, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return Answered{}, err
	}
	if action == api.ActionNone {
		return Answered{}, refuse(BadRequest, "action NONE answers nothing: expected ACCEPT, DECLINE, UNAVAILABLE or AVAILABLE")
	}
	e := s.held(a, id)
	if e != nil && e.State != Offered && action == api.ActionAccept { // it was accepted before
		return Answered{Client: a.Client, Engagement: id, Participants: s.others(e)}, nil
	}
	if action == api.ActionAvailable {
		s.setStatus(a, api.StatusAvailable, a.SubType)
		return Answered{Client: a.Client, Engagement: id}, nil
	}
	if e == nil || e.State != Offered {
		return Answered{}, refuse(BadRequest, "engagement %d is not offered to this session: the offer expired, was withdrawn, or never was", id)
	}
	if action == api.ActionAccept {
		s.accept(e, a)
		return Answered{Client: a.Client, Engagement: id, Participants: s.others(e)}, nil
	}
	s.endOffer(e, false)
	if action == api.ActionUnavailable {
		s.setStatus(a, api.StatusUnavailable, a.SubType)
	}
	s.route(e)
	if action == api.ActionDecline {
		s.routeAgent(a)
	}
	return Answered{Client: a.Client, Engagement: id}, nil
}

// accept makes the agent the engagement's lead: both sides are introduced, and
// the lead is given what no lead had received (promise 7).
func (s *Site) accept(e *Engagement, a *AgentSession) {
	s.record(&EngagementAssigned{Engagement: e.ID, Client: a.Client})
	acc := s.accounts[a.Account]
	s.mail(Message{Kind: KindJoined, Engagement: e.ID, Joined: &Joined{
		Client: a.Client, Account: acc.ID, Name: acc.Name, Greeting: acc.Greeting, Role: api.RoleLead, VirtualAgent: acc.VirtualAgent,
	}}, e.Visitor)
	s.mail(Message{Kind: KindJoined, Engagement: e.ID, Joined: &Joined{
		Client: e.Visitor, Name: e.Contact.Name(), Role: api.RoleEndUser,
	}}, a.Client)
	if n := len(e.Unreceived); n > 0 {
		s.record(&PostsForwarded{Engagement: e.ID, Count: n, To: a.Mailbox.next(a.Client, e.ID)})
	}
}

func (s *Site) others(e *Engagement) []Participant {
	return []Participant{{Client: e.Visitor, Name: e.Contact.Name(), Role: api.RoleEndUser}}
}

// giveBack takes from an agent what it holds, because its session ends.
func (s *Site) giveBack(a *AgentSession, e *Engagement) {
	switch e.State {
	case Offered:
		s.endOffer(e, false)
	case Active:
		s.mail(Message{Kind: KindLeft, Engagement: e.ID, Left: &Left{
			Client: a.Client, Name: s.agentName(a.Client), Role: api.RoleLead, Reason: api.ReasonTransferredToQueue,
		}}, e.Visitor)
		s.record(&EngagementQueued{Engagement: e.ID, Client: a.Client, Queue: e.Queue})
	case Concluded:
		s.record(&EngagementReleased{Engagement: e.ID, Client: a.Client})
	}
}
