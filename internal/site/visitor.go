package site

import (
	"cmp"

	"usher/api"
)

// VisitorSession is one visit: a session with one engagement.
type VisitorSession struct {
	session
	Engagement   EngagementID `json:"engagement"`
	TokenExpires Time         `json:"tokenExpires"`
	// LastWords is the mailbox number of the concluded message, 0 while the
	// engagement goes on; HeardAt is when it was known to be received.
	LastWords int64 `json:"lastWords,omitempty"`
	HeardAt   Time  `json:"heardAt,omitempty"`

	toldPlace int  // fleeting: the place in the queue last told
	absent    bool // fleeting: no sign of life for a while
}

// EngagementRequest is what a visitor's token asks for (consumer-api 2.3).
type EngagementRequest struct {
	Key          SessionKey
	TokenExpires Time
	Queue        QueueID // 0: the site's rules choose
	// Account is the agent that the visitor asks for, 0 for none (agent-api 4.5,
	// CONSUMER_TARGETED). Others are asked when it cannot come.
	Account AccountID
	Contact Contact
}

// EngagementOpened is what requestEngagement answers.
type EngagementOpened struct {
	Client     ClientID
	Engagement EngagementID
	Queue      QueueID
	Existing   bool // the token's engagement was alive already
}

// EngagementRequested: a visitor came, and its engagement waits in a queue.
type EngagementRequested struct {
	Engagement   EngagementID `json:"engagement"`
	Client       ClientID     `json:"client"`
	Key          SessionKey   `json:"key"`
	TokenExpires Time         `json:"tokenExpires"`
	Queue        QueueID      `json:"queue"`
	Contact      Contact      `json:"contact"`
	Priority     int          `json:"priority,omitempty"`
	Target       AccountID    `json:"target,omitempty"`
	TargetUntil  Time         `json:"targetUntil,omitempty"`
	Why          string       `json:"why,omitempty"`
}

func (e *EngagementRequested) apply(s *Site, at Time) {
	v := &VisitorSession{
		session:      session{Client: e.Client, Key: e.Key, StartedAt: at, seenAt: at},
		Engagement:   e.Engagement,
		TokenExpires: e.TokenExpires,
	}
	s.LastClient, s.LastEngagement = e.Client, e.Engagement
	s.addVisitor(v)
	s.touchSession(e.Client)
	s.addEngagement(&Engagement{
		ID: e.Engagement, Visitor: e.Client, Queue: e.Queue, State: Queued, Contact: e.Contact,
		CreatedAt: at, WaitingSince: at, QueuedAt: at, EnteredAt: at, ActiveAt: at,
		Priority: e.Priority, Target: e.Target, TargetUntil: e.TargetUntil,
	})
	s.measure(e.Queue, at).Arrived++
}

func (s *Site) addVisitor(v *VisitorSession) {
	s.visitors[v.Client] = v
	s.byKey[v.Key] = v.Client
	s.schedule(s.visitorDue(v), timerVisitor, int64(v.Client))
}

// VisitorSessionEnded: the visitor's session is over. Its token is remembered
// as used until it expires by itself.
type VisitorSessionEnded struct {
	Client ClientID `json:"client"`
}

func (e *VisitorSessionEnded) apply(s *Site, at Time) {
	v := s.visitors[e.Client]
	delete(s.visitors, v.Client)
	delete(s.byKey, v.Key)
	s.ended = append(s.ended, v.Key)
	s.unwantAll(&v.Mailbox)
	s.touchSession(e.Client)
	if v.TokenExpires > at {
		s.spend(v.Key, v.TokenExpires)
	}
}

func (s *Site) spend(k SessionKey, until Time) {
	s.spent[k] = until
	s.touchToken(k)
	s.scheduleToken(until, k)
}

// TokenForgotten: a used token has expired and need not be remembered.
type TokenForgotten struct {
	Key SessionKey `json:"key"`
}

func (e *TokenForgotten) apply(s *Site, _ Time) {
	delete(s.spent, e.Key)
	s.touchToken(e.Key)
}

// RequestEngagement opens the engagement of a visitor's token. The same token
// again finds the engagement it opened while that is alive, and is refused
// afterwards.
func (s *Site) RequestEngagement(n EngagementRequest) (EngagementOpened, error) {
	if _, used := s.spent[n.Key]; used {
		return EngagementOpened{}, refuse(AccessDenied, "the token's engagement is over: establish a new session")
	}
	if client, ok := s.byKey[n.Key]; ok {
		v := s.visitors[client]
		e := s.live[v.Engagement]
		if v.LastWords > 0 || e == nil {
			return EngagementOpened{}, refuse(AccessDenied, "the token's engagement is over: establish a new session")
		}
		v.seenAt = s.now
		return EngagementOpened{Client: client, Engagement: e.ID, Queue: e.Queue, Existing: true}, nil
	}
	n.Contact.Language = s.language(n.Contact.Language, InterfaceID(n.Contact.InterfaceID))
	r, err := s.chooseQueue(n.Queue, n.Contact.circumstances())
	if err != nil {
		return EngagementOpened{}, err
	}
	if r, err = s.admit(r); err != nil {
		return EngagementOpened{}, err
	}
	switch {
	case len(s.live) >= MaxEngagements:
		return EngagementOpened{}, refuse(TooMany, "the site has %d engagements, which is the most it may have", MaxEngagements)
	}
	if s.accounts[n.Account] == nil {
		n.Account = 0 // somebody who is not here any more: anybody serves
	}
	if n.Contact.RequestSource == "" {
		n.Contact.RequestSource = api.SourceRestAPI
	}
	ev := &EngagementRequested{
		Engagement: s.LastEngagement + 1, Client: s.LastClient + 1, Key: n.Key, TokenExpires: n.TokenExpires,
		Queue: r.Queue, Contact: n.Contact, Priority: r.Priority, Target: cmp.Or(n.Account, r.Account), Why: r.Why,
	}
	if ev.Target != 0 {
		ev.TargetUntil = s.now.Add(s.Settings.target())
	}
	s.record(ev)
	s.route(s.live[ev.Engagement])
	return EngagementOpened{Client: ev.Client, Engagement: ev.Engagement, Queue: ev.Queue}, nil
}

// visitorDue is when the visitor's presence must be looked at next.
func (s *Site) visitorDue(v *VisitorSession) Time {
	due := v.seenAt.Add(s.Settings.absent())
	if v.absent {
		due = v.seenAt.Add(s.Settings.absent() * AbsentRetryCount)
	}
	return min(due, s.graceEnds(v))
}

// graceEnds is when a session ends that has heard its last words; far off for others.
func (s *Site) graceEnds(v *VisitorSession) Time {
	if v.HeardAt == 0 {
		return 1<<63 - 1
	}
	over := v.HeardAt.Add(ConcludedGrace)
	if v.HeardAt <= s.resumed {
		over = max(over, s.resumed.Add(ResumeGrace))
	}
	return over
}

// checkVisitor notes that a visitor is away, and ends its session, and with it a
// running engagement, when its time is over.
func (s *Site) checkVisitor(v *VisitorSession) {
	if v.polls > 0 {
		v.seenAt = s.now
	}
	if due := s.visitorDue(v); due > s.now {
		s.schedule(due, timerVisitor, int64(v.Client))
		return
	}
	if !v.absent && s.graceEnds(v) > s.now {
		v.absent = true
		s.tellActivity(v, api.ModeNone)
		s.schedule(s.visitorDue(v), timerVisitor, int64(v.Client))
		return
	}
	if e := s.live[v.Engagement]; e != nil && e.State != Concluded {
		s.conclude(e, v.Client, api.RoleEndUser, api.ReasonEjected)
	}
	s.record(&VisitorSessionEnded{Client: v.Client})
}

// back notes that a visitor shows signs of life again.
func (s *Site) back(v *VisitorSession) {
	if v.absent {
		v.absent = false
		s.tellActivity(v, api.ModeListening)
	}
}

// tellActivity tells the agents what the site knows of a visitor: NONE while it is
// away.
func (s *Site) tellActivity(v *VisitorSession, m api.Mode) {
	if e := s.live[v.Engagement]; e != nil && e.State == Active {
		for _, c := range e.agentsIn(0) {
			s.fleet(c, NewActivity{Mode: m}.message(e.ID, v.Client))
		}
	}
}
