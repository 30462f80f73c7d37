package site

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"usher/api"
)

// VisitorSession is one visit: a session with one engagement.
type VisitorSession struct {
	session
	Visit
	TokenExpires Time `json:"tokenExpires"`
	// LastWords is the mailbox number of the concluded message, 0 while the
	// engagement goes on; HeardAt is when it was known to be received.
	LastWords int64 `json:"lastWords,omitempty"`
	HeardAt   Time  `json:"heardAt,omitempty"`
	// Identity is the name by which the host's back end knows the visitor, "" when it
	// gave none: a new session of the same one may go on with the engagement.
	Identity string `json:"identity,omitempty"`
	// Network is where a visitor came from who had nothing but the public widget key.
	Network string `json:"network,omitempty"`
	// Blocked counts the posts that the spam checks held back.
	Blocked int `json:"blocked,omitempty"`

	toldPlace int          // fleeting: the place in the queue last told
	absent    bool         // fleeting: no sign of life for a while
	shownAt   Time         // fleeting: when the agents were last shown what it types
	shown     api.Mode     // fleeting: what they were shown then
	held      *NewActivity // fleeting: what they are shown next
	stated    []Time       // fleeting: when its page last had something recorded
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
	// Identity and Network are as VisitorSession's. Resume goes on with a live
	// engagement of the same identity, if there is one.
	Identity string
	Resume   bool
	Network  string
}

// EngagementOpened is what requestEngagement answers.
type EngagementOpened struct {
	Client     ClientID
	Engagement EngagementID
	Queue      QueueID
	Existing   bool // it was alive already
	Preview    bool // the visitor's page is to show what is typed
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
	Identity     string       `json:"identity,omitempty"`
	Network      string       `json:"network,omitempty"`
}

func (e *EngagementRequested) apply(s *Site, at Time) {
	v := &VisitorSession{
		session:      session{Client: e.Client, Key: e.Key, StartedAt: at, seenAt: at},
		Visit:        Visit{Engagement: e.Engagement, Begin: s.position - 1, Email: e.Contact.Email},
		TokenExpires: e.TokenExpires,
		Identity:     e.Identity,
		Network:      e.Network,
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
	if v.Identity != "" {
		s.known[v.Identity] = append(s.known[v.Identity], v.Client)
	}
	if v.Network != "" {
		s.fromNetwork[v.Network]++
	}
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
	s.forgetKnown(v)
	s.ended = append(s.ended, v.Key)
	s.unwantAll(&v.Mailbox)
	s.touchSession(e.Client)
	s.spend(v.Key, &visited{Until: max(v.TokenExpires, at.Add(AfterChat)), Client: v.Client, Visit: v.Visit})
}

// forgetKnown takes a session out of those that are found by where they came from.
func (s *Site) forgetKnown(v *VisitorSession) {
	if v.Identity != "" {
		if others := slices.DeleteFunc(s.known[v.Identity], func(c ClientID) bool { return c == v.Client }); len(others) > 0 {
			s.known[v.Identity] = others
		} else {
			delete(s.known, v.Identity)
		}
	}
	if v.Network != "" {
		if s.fromNetwork[v.Network]--; s.fromNetwork[v.Network] == 0 {
			delete(s.fromNetwork, v.Network)
		}
	}
}

// VisitorSessionRenewed: the visitor came again with another token, and goes on with
// its engagement. What was not received is kept; key and counts are new.
type VisitorSessionRenewed struct {
	Client       ClientID   `json:"client"`
	Key          SessionKey `json:"key"`
	TokenExpires Time       `json:"tokenExpires"`
}

func (e *VisitorSessionRenewed) apply(s *Site, at Time) {
	v := s.visitors[e.Client]
	delete(s.byKey, v.Key)
	s.ended = append(s.ended, v.Key)
	if v.TokenExpires > at { // it opens nothing any more
		s.spend(v.Key, &visited{Until: v.TokenExpires})
	}
	v.Key, v.TokenExpires, v.StartedAt, v.seenAt, v.polls, v.toldPlace = e.Key, e.TokenExpires, at, at, 0, 0
	s.byKey[v.Key] = v.Client
	for _, l := range s.letters {
		if l.Client == v.Client {
			l.Key = v.Key
			s.touch(partLetter, l.Number, 0)
		}
	}
	v.Mailbox.renew()
	v.own = false
	s.touchSession(e.Client)
}

// TokenForgotten: a used token has expired, and its visit need not be remembered.
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
		if v == nil || s.over(&v.Visit) {
			return EngagementOpened{}, refuse(AccessDenied, "the token's engagement is over: establish a new session")
		}
		return s.goOn(v, s.live[v.Engagement]), nil
	}
	if v := s.resumable(n); v != nil {
		s.record(&VisitorSessionRenewed{Client: v.Client, Key: n.Key, TokenExpires: n.TokenExpires})
		return s.goOn(v, s.live[v.Engagement]), nil
	}
	n.Contact.Language = s.language(n.Contact.Language, InterfaceID(n.Contact.InterfaceID))
	r, err := s.chooseQueue(n.Queue, n.Contact.circumstances())
	if err != nil {
		return EngagementOpened{}, err
	}
	if r, err = s.admit(r); err != nil {
		return EngagementOpened{}, err
	}
	switch most := s.Settings.MaxPerAddress; {
	case len(s.live) >= MaxEngagements:
		return EngagementOpened{}, refuse(TooMany, "the site has %d engagements, which is the most it may have", MaxEngagements)
	case n.Network != "" && most > 0 && s.fromNetwork[n.Network] >= most:
		return EngagementOpened{}, refuse(TooMany, "%d visitors of your network are here already: try again when one of them has left", most)
	case len(n.Identity) > MaxIdentityBytes || !utf8.ValidString(n.Identity):
		return EngagementOpened{}, refuse(BadRequest, "the visitor's identity has %d bytes: expected at most %d, in UTF-8", len(n.Identity), MaxIdentityBytes)
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
		Identity: n.Identity, Network: n.Network,
	}
	if ev.Target != 0 {
		ev.TargetUntil = s.now.Add(s.Settings.target())
	}
	s.record(ev)
	s.route(s.live[ev.Engagement])
	return EngagementOpened{Client: ev.Client, Engagement: ev.Engagement, Queue: ev.Queue, Preview: s.Settings.SneakPreview}, nil
}

// goOn answers a visitor who comes back to its engagement.
func (s *Site) goOn(v *VisitorSession, e *Engagement) EngagementOpened {
	v.seenAt = s.now
	s.back(v)
	return EngagementOpened{Client: v.Client, Engagement: e.ID, Queue: e.Queue, Existing: true, Preview: s.Settings.SneakPreview}
}

// resumable answers the newest session of the same visitor that a request asks to go
// on with, nil when there is none.
func (s *Site) resumable(n EngagementRequest) *VisitorSession {
	if !n.Resume || n.Identity == "" {
		return nil
	}
	for _, c := range slices.Backward(s.known[n.Identity]) {
		if v := s.visitors[c]; v.LastWords == 0 && s.live[v.Engagement] != nil {
			return v
		}
	}
	return nil
}
