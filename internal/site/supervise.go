package site

import "usher/api"

// supervising answers the calling agent if its account is a supervisor's.
func (s *Site) supervising(a *AgentSession) error {
	if !s.accounts[a.Account].Supervisor {
		return refuse(AccessDenied, "account %d is not a supervisor's", a.Account)
	}
	return nil
}

// Monitor lets a supervisor watch an engagement: it sees all posts, and can write
// to the agents. The visitor does not see it.
func (s *Site) Monitor(c Caller, id EngagementID) (Invited, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return Invited{}, err
	}
	return s.joinByRight(a, id, api.RoleMonitor)
}

// joinByRight lets a supervisor into an engagement that has a lead.
func (s *Site) joinByRight(a *AgentSession, id EngagementID, role api.Role) (Invited, error) {
	if err := s.supervising(a); err != nil {
		return Invited{}, err
	}
	e := s.live[id]
	switch {
	case e == nil:
		return Invited{}, refuse(BadRequest, "engagementId %d is not live at this site", id)
	case e.roleOf(a.Client) == role:
		return Invited{Client: a.Client, Asked: a.Client}, nil
	case e.roleOf(a.Client) == api.RoleMonitor && role == api.RoleConferee:
		s.leaveGuest(e, a.Client, WentAway) // to come again, to be seen
	case e.roleOf(a.Client) != "":
		return Invited{}, refuse(Conflict, "this session takes part in engagement %d already, or is asked to", id)
	case e.State != Active:
		return Invited{}, refuse(Conflict, "nobody leads engagement %d now", id)
	case e.crowded():
		return Invited{}, refuse(TooMany, "engagement %d has %d participants, which is the most it may have", id, MaxParticipants)
	}
	s.join(e, a, role, 0)
	return Invited{Client: a.Client, Asked: a.Client}, nil
}

// TakeOver makes a supervisor the lead. The former lead stays as a conferee. An
// engagement that waits is taken out of its queue.
func (s *Site) TakeOver(c Caller, id EngagementID) (Answered, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return Answered{}, err
	}
	if err := s.supervising(a); err != nil {
		return Answered{}, err
	}
	e := s.live[id]
	switch {
	case e == nil:
		return Answered{}, refuse(BadRequest, "engagementId %d is not live at this site", id)
	case e.State == Concluded:
		return Answered{}, refuse(Conflict, "engagement %d is concluded", id)
	case e.State == Active && e.Lead == a.Client:
		// It leads already.
	case e.State == Active && e.roleOf(a.Client) == "" && e.crowded():
		return Answered{}, refuse(TooMany, "engagement %d has %d participants, which is the most it may have", id, MaxParticipants)
	case e.State == Active:
		var freed []ClientID
		if i := e.invitation(0, api.AssignmentTransfer); i != nil && i.Client != a.Client {
			freed = append(freed, i.Client)
			s.endInvitation(e, i.Client, Withdrawn)
		}
		s.changeLead(e, a, true, TakenOver)
		s.routeFreed(freed)
	case e.State == Offered && e.Lead == a.Client:
		s.accept(e, a, "")
	case e.State == Offered:
		former := e.Lead
		s.endOffer(e, Withdrawn)
		s.accept(e, a, TakenOver)
		s.routeFreed([]ClientID{former})
	default:
		s.accept(e, a, TakenOver)
	}
	return Answered{Client: a.Client, Engagement: id, Participants: s.others(e, a.Client)}, nil
}
