package site

import (
	"slices"
	"unicode/utf8"

	"usher/api"
)

// Visit is what is known of a visitor's engagement as long as the visitor may ask
// for it: while its session lives, and for a while after.
type Visit struct {
	Engagement EngagementID `json:"engagement,omitempty"`
	// Begin is the position of the engagement's first event.
	Begin int64 `json:"begin,omitempty"`
	// Email is the visitor's address, as it was last known.
	Email  string  `json:"email,omitempty"`
	Served bool    `json:"served,omitempty"` // an agent led it
	Rating *Rating `json:"rating,omitempty"`
	// Letters are the addresses to which its transcript was asked to be sent.
	Letters []string `json:"letters,omitempty"`
	// Done are those of Letters of which the end is known.
	Done []LetterDone `json:"done,omitempty"`
}

// LetterDone is what became of a letter: LetterSent, or why not.
type LetterDone struct {
	To      string        `json:"to"`
	Outcome LetterOutcome `json:"outcome"`
}

// visited is what is kept of a visitor's session that is over: its token opens
// nothing any more, and its visit can be rated and read until then.
type visited struct {
	Until Time `json:"until"`
	// Client is 0 when the visit goes on under another key.
	Client ClientID `json:"client,omitempty"`
	Visit
}

// visit finds the visit of a caller whose session lives, or is over and not forgotten
// yet: AfterChat at least, and as long as its token would open something.
func (s *Site) visit(c Caller) (ClientID, *Visit, error) {
	if v := s.spent[c.Key]; v != nil && v.Client != 0 && !c.Agent {
		return v.Client, &v.Visit, nil
	}
	v, err := s.callingVisitor(c)
	if err != nil {
		return 0, nil, err
	}
	return v.Client, &v.Visit, nil
}

// visitUnder answers the visit under a key, for an event that changes it.
func (s *Site) visitUnder(k SessionKey) *Visit {
	if v := s.spent[k]; v != nil {
		s.touchToken(k)
		return &v.Visit
	}
	v := s.visitors[s.byKey[k]]
	s.touchSession(v.Client)
	return &v.Visit
}

// over reports whether a visit's engagement has ended.
func (s *Site) over(v *Visit) bool {
	e := s.live[v.Engagement]
	return e == nil || e.State == Concluded
}

// Rating is what a visitor says of a chat that is over.
type Rating struct {
	Stars   int    `json:"stars"` // 1 to MaxStars
	Comment string `json:"comment,omitempty"`
}

// EngagementRated: the visitor rated the chat. A later rating takes its place.
type EngagementRated struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"`
	Key        SessionKey   `json:"key"`
	Rating     Rating       `json:"rating"`
}

func (ev *EngagementRated) apply(s *Site, _ Time) { s.visitUnder(ev.Key).Rating = &ev.Rating }

// Rate takes a visitor's rating of a chat that is over.
func (s *Site) Rate(c Caller, r Rating) (ClientID, error) {
	client, v, err := s.visit(c)
	switch {
	case err != nil:
		return 0, err
	case r.Stars < 1 || r.Stars > MaxStars:
		return 0, refuse(BadRequest, "stars is %d: expected 1 to %d", r.Stars, MaxStars)
	case !utf8.ValidString(r.Comment):
		return 0, refuse(BadRequest, "comment holds bytes that are not UTF-8: send text in UTF-8")
	case len(r.Comment) > MaxNameBytes:
		return 0, refuse(TooLarge, "comment has %d bytes: expected at most %d", len(r.Comment), MaxNameBytes)
	case !s.over(v):
		return 0, refuse(Conflict, "the engagement goes on: rate it when it is over")
	case v.Rating == nil || *v.Rating != r:
		s.record(&EngagementRated{Engagement: v.Engagement, Client: client, Key: c.Key, Rating: r})
	}
	return client, nil
}

// VisitFound says where the events of a visit stand.
type VisitFound struct {
	Client     ClientID
	Engagement EngagementID
	Begin      int64 // the position of its first event
}

// FindVisit answers where a visitor's own conversation is to be read.
func (s *Site) FindVisit(c Caller) (VisitFound, error) {
	client, v, err := s.visit(c)
	if err != nil {
		return VisitFound{}, err
	}
	return VisitFound{client, v.Engagement, v.Begin}, nil
}

// Present is an agent in a visitor's engagement, and how its connection stands.
type Present struct {
	Participant
	State   api.ConnectionState
	Receipt Receipt
}

// VisitorStanding is where a visitor's engagement stands, for a page that starts
// again.
type VisitorStanding struct {
	Client     ClientID
	Engagement EngagementID
	// State is Queued while nobody has accepted it, and Concluded when it is over.
	State State
	Queue QueueID
	Wait  Wait // while it is queued
	// Agents are those whom the visitor knows to be there.
	Agents []Present
	// Last is the number of the newest message in the session's mailbox; Received
	// that of the last one known to be received.
	Last, Received int64
	// Posts are what was said after a post's number, as far as memory has it.
	Posts    []Recorded
	Complete bool // no older posts are missing
	More     bool // there are later ones
	Preview  bool
	Files    FileRules
	Rating   *Rating
	// Seen is the newest post that its page said somebody looked at.
	Seen int64
	// IdleEnds and QueueEnds are when it ends if nobody does anything, or takes it; 0 when
	// that is not so.
	IdleEnds, QueueEnds Time
	AbsentSeconds       int // without a sign of life make a session absent; twice that ends it
	// Letters are the addresses to which the transcript is sent, and what became of it.
	Letters []LetterDone
}

// VisitorStanding answers where a visitor's engagement stands, and what was said in
// it after a post's number.
func (s *Site) VisitorStanding(c Caller, n Stretch) (VisitorStanding, error) {
	client, v, err := s.visit(c)
	if err != nil {
		return VisitorStanding{}, err
	}
	st := VisitorStanding{
		Client: client, Engagement: v.Engagement, State: Concluded, Preview: s.Settings.SneakPreview,
		Files: s.CurrentSettings().Files, Rating: v.Rating, AbsentSeconds: s.Settings.AbsentSeconds,
	}
	for _, to := range v.Letters {
		st.Letters = append(st.Letters, v.letter(to))
	}
	if x := s.visitors[client]; x != nil {
		st.Last, st.Received = x.Mailbox.Last, x.Mailbox.Received
	}
	e := s.live[v.Engagement]
	if e == nil {
		return st, nil
	}
	st.Queue, st.Complete = e.Queue, e.OldestPost <= 1
	switch e.State {
	case Queued, Offered:
		st.State = Queued
		q := s.queues[e.Queue]
		st.Wait = s.pace(q).wait(max(1, q.place(e)))
		if e.State == Queued {
			st.QueueEnds = s.engagementLimit(e)
		}
	case Active:
		st.State, st.IdleEnds = Active, s.engagementLimit(e)
		for _, a := range e.agentsIn(0) {
			if role := e.roleOf(a); role != api.RoleMonitor {
				p := s.presentAs(a, role)
				p.Receipt = s.shown(e, e.receipt(a), client)
				st.Agents = append(st.Agents, p)
			}
		}
	}
	st.Seen = e.receipt(client).Seen
	st.Posts, st.More = s.posted(e, n, (*Post).isForVisitor)
	return st, nil
}

func (s *Site) presentAs(c ClientID, role api.Role) Present {
	a := s.agents[c]
	acc := s.accounts[a.Account]
	p := Present{Participant: Participant{c, acc.ID, acc.Name, role, acc.VirtualAgent}, State: api.ConnectionActive}
	if a.absent {
		p.State = api.ConnectionAbsent
	}
	return p
}

// letter answers what became of a letter; its outcome is empty while it waits.
func (v *Visit) letter(to string) LetterDone {
	if i := slices.IndexFunc(v.Done, func(d LetterDone) bool { return d.To == to }); i >= 0 {
		return v.Done[i]
	}
	return LetterDone{To: to}
}

// spend remembers a key under which no session will be again.
func (s *Site) spend(k SessionKey, v *visited) {
	s.spent[k] = v
	s.touchToken(k)
	s.scheduleToken(v.Until, k)
}
