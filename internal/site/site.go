package site

import (
	"maps"
	"slices"
)

// Site is all that is live at one site. It is one deterministic state machine:
// commands check and record events, apply changes the state, nothing else does.
// It is not safe for concurrent use; the host runs one command at a time.
type Site struct {
	state

	now      Time
	position int64 // events ever recorded
	firm     int64 // position after the last event that an answer must wait for

	queues   map[QueueID]*Queue
	accounts map[AccountID]*Account
	logins   map[string]AccountID
	agents   map[ClientID]*AgentSession
	visitors map[ClientID]*VisitorSession
	byKey    map[SessionKey]ClientID // both kinds of session
	agentOf  map[AccountID]ClientID
	live     map[EngagementID]*Engagement
	spent    map[SessionKey]*visited // visits whose session is over, until their token expires
	known    map[string][]ClientID   // visitors' sessions by identity, oldest first
	letters  []*Letter               // not sent yet, by number
	texts    map[string]string       // off the record, by side key
	wanted   map[string]int          // how many places want each of them
	// fromNetwork counts the sessions of visitors who came by the public widget key.
	fromNetwork map[string]int

	profiles   map[ProfileID]*Profile
	groups     map[GroupID]*Group
	interfaces map[InterfaceID]*Interface
	hours      map[HoursID]*Hours
	audit      []*Change // oldest first
	replies    map[ReplyID]*Reply
	own        map[AccountID]*ownReplies
	left       map[int64]*LeftMessage // by number

	agentOrder []ClientID // agent sessions, oldest first
	timers     timerList

	// Who serves what; follows from the rest, see desk.go.
	staffed   bool
	order     []*Queue // by rank
	deskOf    map[string]*desk
	unsettled []*AgentSession
	meant     map[AccountID][]*Engagement // what waits for one agent

	// What was decided and not yet taken by the host.
	frame       []byte
	frameEvents int
	side        []SideText
	sideDeleted []string
	touched     map[partKey]struct{}
	sinceParts  int
	grown       []Growth
	ended       []SessionKey
	resumed     Time // when the last load was; fleeting
}

// state is the part of a site that has no entity of its own.
type state struct {
	Name           string       `json:"name"`
	CreatedAt      Time         `json:"createdAt"`
	LastAt         Time         `json:"lastAt"` // the last event's time
	Settings       Settings     `json:"settings"`
	LastClient     ClientID     `json:"lastClient"`
	LastEngagement EngagementID `json:"lastEngagement"`
	LastChange     int64        `json:"lastChange,omitempty"`
	LastLetter     int64        `json:"lastLetter,omitempty"`
	LastMessage    int64        `json:"lastMessage,omitempty"` // that was left
	Rules          Rules        `json:"rules,omitzero"`
	Location       Location     `json:"location,omitzero"`
}

// Growth tells that a session has something new that may be handed out as
// soon as all events before Position are durable.
type Growth struct {
	Key      SessionKey
	Position int64
}

// New answers a site with nothing in it, not even a name: Create or Restore
// comes next.
func New() *Site {
	return &Site{
		queues:      map[QueueID]*Queue{},
		accounts:    map[AccountID]*Account{},
		logins:      map[string]AccountID{},
		agents:      map[ClientID]*AgentSession{},
		visitors:    map[ClientID]*VisitorSession{},
		byKey:       map[SessionKey]ClientID{},
		agentOf:     map[AccountID]ClientID{},
		live:        map[EngagementID]*Engagement{},
		spent:       map[SessionKey]*visited{},
		known:       map[string][]ClientID{},
		fromNetwork: map[string]int{},
		texts:       map[string]string{},
		meant:       map[AccountID][]*Engagement{},
		profiles:    map[ProfileID]*Profile{},
		groups:      map[GroupID]*Group{},
		hours:       map[HoursID]*Hours{},
		interfaces:  map[InterfaceID]*Interface{},
		replies:     map[ReplyID]*Reply{},
		own:         map[AccountID]*ownReplies{},
		left:        map[int64]*LeftMessage{},
		wanted:      map[string]int{},
		touched:     map[partKey]struct{}{},
	}
}

// Name answers the site's name as it stands in URLs.
func (s *Site) Name() string { return s.state.Name }

// Created reports whether the site exists.
func (s *Site) Created() bool { return s.state.Name != "" }

// Position answers how many events the site ever recorded.
func (s *Site) Position() int64 { return s.position }

// Firm answers the position up to which events must be durable before anything
// decided by now is answered. Acknowledgements alone do not move it: losing one
// only repeats a message, so no answer waits for it.
func (s *Site) Firm() int64 { return s.firm }

// LastAt answers the time of the last event.
func (s *Site) LastAt() Time { return s.state.LastAt }

// Create gives a new site its name and the default settings.
func (s *Site) Create(name string) error {
	if s.Created() {
		return refuse(Conflict, "site %s exists", s.Name())
	}
	s.record(&SiteCreated{Name: name, Settings: DefaultSettings()})
	return nil
}

// Resumed is the first thing after a load: it gives every session a full
// presence interval and every other timer that runs at least ResumeGrace, so that an
// outage of ours ends no chat. Who was absent counts as present again, so what
// waits is offered anew.
func (s *Site) Resumed(now Time) {
	s.now = max(s.now, now)
	s.record(&SiteResumed{})
	s.routeAll()
}

// record makes e so: it is applied at once, and waits in the frame for the
// host to make it durable.
func (s *Site) record(e Event) {
	s.frame = appendEvent(s.frame, s.now, e)
	s.frameEvents++
	s.apply(s.now, e)
	if _, lazy := e.(*Acknowledged); !lazy {
		s.firm = s.position
	}
}

// apply is the only place where durable state changes, live and at replay.
func (s *Site) apply(at Time, e Event) {
	s.position++
	s.sinceParts++
	s.state.LastAt = at
	s.touch(partSite, 0, 0)
	e.apply(s, at)
}

// Frame is what the site decided since the last one was taken.
type Frame struct {
	First       int64 // position of the first event
	Count       int
	Events      []byte // a JSON object and a line feed each
	Next        Time   // the site's next timer, 0 for none
	Side        []SideText
	SideDeleted []string
}

// TakeFrame hands over what was decided since the last frame. The site goes on.
func (s *Site) TakeFrame() Frame {
	f := Frame{
		First: s.position - int64(s.frameEvents), Count: s.frameEvents, Events: s.frame, Next: s.Next(),
		Side: s.side, SideDeleted: s.sideDeleted,
	}
	s.frame, s.frameEvents, s.side, s.sideDeleted = nil, 0, nil, nil
	return f
}

// Pending reports whether there are events that no frame has taken.
func (s *Site) Pending() bool { return s.frameEvents > 0 }

// TakeGrowth hands over which sessions have something new to retrieve.
func (s *Site) TakeGrowth() []Growth {
	g := s.grown
	s.grown = nil
	return g
}

// TakeEnded hands over the keys of the sessions that ended or were overridden.
func (s *Site) TakeEnded() []SessionKey {
	k := s.ended
	s.ended = nil
	return k
}

// grew notes that the client's mailbox has something new, to be handed out when
// all events before a position are durable.
func (s *Site) grew(c *session, position int64) {
	s.grown = append(s.grown, Growth{Key: c.Key, Position: position})
}

// mail records a message into mailboxes. Clients without a session are passed over.
func (s *Site) mail(m Message, to ...ClientID) {
	if a := s.addresses(m.Engagement, to...); len(a) > 0 {
		m.At = s.now
		s.record(&Mailed{Message: m, To: a})
	}
}

func (s *Site) addresses(e EngagementID, to ...ClientID) []Address {
	var a []Address
	for _, c := range to {
		if x := s.session(c); x != nil {
			a = append(a, x.Mailbox.next(c, e))
		}
	}
	return a
}

// deliver puts a message into the mailboxes that its event names.
func (s *Site) deliver(m *Message, to []Address) {
	for _, a := range to {
		x := s.session(a.Client)
		x.Mailbox.put(a, m, s.position)
		if m.Kind == KindPost {
			s.want(m.Engagement, m.Post)
		}
		if e := s.live[m.Engagement]; e != nil && a.Client != e.Visitor && !slices.Contains(e.Numbered, a.Client) {
			e.Numbered = append(e.Numbered, a.Client)
			s.touchEngagement(e.ID)
		}
		s.touchSession(a.Client)
		s.grew(x, s.position)
	}
}

// fleet gives a client a fleeting message. It waits for what was decided before
// it, but not for acknowledgements, which may take a second to be written.
func (s *Site) fleet(c ClientID, m Message) {
	x := s.session(c)
	if x == nil {
		return
	}
	m.At = s.now
	x.Mailbox.putFleeting(&m, s.firm)
	s.grew(x, s.firm)
}

func (s *Site) session(c ClientID) *session {
	if a, ok := s.agents[c]; ok {
		return &a.session
	}
	if v, ok := s.visitors[c]; ok {
		return &v.session
	}
	return nil
}

// sortedKeys answers a map's keys in order, for whoever must walk a map and
// decide something.
func sortedKeys[K interface {
	~int32 | ~int64 | ~string
}, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
