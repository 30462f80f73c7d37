package site

import (
	"fmt"

	"usher/api"
)

// NewTransfer says where a lead sends an engagement.
type NewTransfer struct {
	// Account or Queue, not both.
	Account AccountID
	Queue   QueueID
	// Note is for whoever takes it; the visitor does not see it.
	Note string
	// Warm: the lead goes on until somebody has taken it, and then stays as a
	// conferee until it leaves.
	Warm bool
}

// TransferWanted: a lead wants somebody of a queue to take its engagement, and
// goes on meanwhile.
type TransferWanted struct {
	Engagement EngagementID `json:"engagement"`
	Queue      QueueID      `json:"queue"`
	Note       *Post        `json:"note,omitempty"`
}

func (ev *TransferWanted) apply(s *Site, at Time) {
	e := s.live[ev.Engagement]
	s.unline(e)
	e.Wanted, e.Note, e.EnteredAt, e.Declined = ev.Queue, ev.Note, at, nil
	s.line(e)
	s.measure(ev.Queue, at).Arrived++
	s.touchEngagement(e.ID)
	s.scheduleEngagement(e)
}

// Transfer sends an engagement that the caller leads to another agent or to a
// queue. To an agent: it is asked, and the lead goes on until it accepts; if it
// does not, nothing has changed. To a queue: the engagement waits there at once
// with its first waiting time, or with Warm, the lead goes on until somebody of the
// queue accepts.
func (s *Site) Transfer(c Caller, id EngagementID, n NewTransfer) (Invited, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return Invited{}, err
	}
	e, err := s.led(a, id)
	if err != nil {
		return Invited{}, err
	}
	if (n.Account == 0) == (n.Queue == 0) {
		return Invited{}, refuse(BadRequest, "accountId, queueId: expected one of them")
	}
	if n.Queue != 0 {
		return s.transferToQueue(e, a, n)
	}
	b, err := s.asked(e, n.Account, api.AssignmentTransfer)
	if err != nil {
		return Invited{}, err
	}
	i := e.invitation(0, api.AssignmentTransfer)
	switch {
	case i != nil && i.Client == b.Client && !i.Queued: // it was asked before
		return Invited{Client: a.Client, Asked: b.Client, Expires: i.Expires}, nil
	case i != nil:
		return Invited{}, refuse(Conflict, "engagement %d is offered to %s already: wait for the answer", id, s.agentName(i.Client))
	}
	note, err := s.takeNote(e, a, n.Note)
	if err != nil {
		return Invited{}, err
	}
	s.invite(e, b, invitation{Type: api.AssignmentTransfer, By: a.Client, Warm: n.Warm, Note: note}, "transferred by the lead")
	return Invited{Client: a.Client, Asked: b.Client, Expires: e.invitation(b.Client, "").Expires}, nil
}

func (s *Site) transferToQueue(e *Engagement, a *AgentSession, n NewTransfer) (Invited, error) {
	q := s.queues[n.Queue]
	switch {
	case q == nil:
		return Invited{}, refuse(BadRequest, "queueId %d is not a queue of this site", n.Queue)
	case e.Wanted == n.Queue && n.Warm: // asked before
		return Invited{Client: a.Client}, nil
	case e.invitation(0, api.AssignmentTransfer) != nil:
		return Invited{}, refuse(Conflict, "engagement %d is offered to somebody already: wait for the answer", e.ID)
	case s.opening(q.Hours) != Open:
		return Invited{}, refuse(Conflict, "queue %d (%s) is closed at this time", q.ID, q.Name)
	case q.full():
		return Invited{}, refuse(Conflict, "queue %d (%s) is full: %d wait already", q.ID, q.Name, len(q.waiting))
	case s.Settings.RefuseWithoutAgents && s.available(q) == 0:
		return Invited{}, refuse(Conflict, "nobody is there to serve queue %d (%s)", q.ID, q.Name)
	}
	note, err := s.takeNote(e, a, n.Note)
	if err != nil {
		return Invited{}, err
	}
	if n.Warm {
		s.record(&TransferWanted{Engagement: e.ID, Queue: q.ID, Note: note})
		s.route(e)
		return Invited{Client: a.Client}, nil
	}
	freed := s.requeue(e, &EngagementQueued{
		Queue: q.ID, Priority: e.Priority, Never: true, Note: note, Cause: Transferred,
		Why: fmt.Sprintf("%s sent it to queue %d", s.agentName(a.Client), q.ID),
	}, true)
	s.route(e)
	s.routeFreed(append(freed, a.Client))
	return Invited{Client: a.Client}, nil
}

// Reroute sends an engagement that the caller leads to the queue that the site's
// escalation rules give (agent-api 3.12). It keeps its first waiting time.
func (s *Site) Reroute(c Caller, id EngagementID) (ClientID, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return 0, err
	}
	if e := s.live[id]; e == nil || e.Lead != a.Client {
		return 0, refuse(EngagementIDUnknown, "engagement %d is not led by this session", id)
	}
	e, err := s.led(a, id)
	if err != nil {
		return 0, err
	}
	r := s.escalation(e, e.Contact.circumstances())
	if q := s.queues[r.Queue]; s.deserted(q) {
		return 0, refuse(Conflict, "nobody is there to serve queue %d (%s)", q.ID, q.Name)
	}
	ev := &EngagementQueued{Queue: r.Queue, Priority: r.Priority, Never: true, Cause: Rerouted, Why: r.Why}
	if r.Account != 0 {
		ev.Target, ev.TargetUntil = r.Account, s.now.Add(s.Settings.target())
	}
	freed := s.requeue(e, ev, true)
	s.route(e)
	s.routeFreed(append(freed, a.Client))
	return a.Client, nil
}

// RerouteAvailability answers how the queue stands to which Reroute would send,
// as far as the engagement's product and category tell (agent-api 3.11).
func (s *Site) RerouteAvailability(c Caller, id EngagementID) (ClientID, QueueStanding, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return 0, QueueStanding{}, err
	}
	e := s.live[id]
	if e == nil {
		return 0, QueueStanding{}, refuse(EngagementIDUnknown, "engagement %d is not live at this site", id)
	}
	r := s.escalation(e, Circumstances{Product: e.Contact.ProductID, Category: e.Contact.CategoryID})
	return a.Client, s.standing(s.queues[r.Queue]), nil
}
