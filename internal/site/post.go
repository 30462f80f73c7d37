package site

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"usher/api"
)

// NewPost is a text that somebody posts (agent-api 3.6, consumer-api 2.5).
type NewPost struct {
	Body         string
	RichText     bool
	OffTheRecord bool
	MessageID    string
	MessageType  string
	Data         map[string]string
	VAResponse   string
	Visibility   api.Visibility
	// File is a file in place of a text.
	File *File
}

// Taken is what became of a post.
type Taken struct {
	Client     ClientID
	Engagement EngagementID
	// Blocked are the spam checks that held it back: it was delivered to nobody, and
	// who posted it is told in its own stream. Ejected: the engagement was ended
	// because of it (consumer-api 2.5).
	Blocked []SpamCode
	Ejected bool
	// Repeated: it was taken before, under its message id; as File, if it was one.
	Repeated bool
	File     *File
	// Number and At are the post's, 0 when it was held back.
	Number int64
	At     Time
}

// check answers what is wrong with the post. A text that is not UTF-8 would
// come back from the journal as another one.
func (n NewPost) check() error {
	switch {
	case !n.valid():
		return refuse(BadRequest, "the post holds bytes that are not UTF-8: send text in UTF-8")
	case n.File != nil && n.Body != "":
		return refuse(BadRequest, "a file has no body")
	case n.File == nil && n.Body == "":
		return refuse(BadRequest, "body is empty: expected a text")
	case len(n.Body) > MaxPostBytes:
		return refuse(TooLarge, "body has %d bytes: expected at most %d", len(n.Body), MaxPostBytes)
	case len(n.MessageID) > MaxMessageIDBytes:
		return refuse(BadRequest, "messageId has %d bytes: expected at most %d", len(n.MessageID), MaxMessageIDBytes)
	case dataSize(n.Data)+len(n.VAResponse)+len(n.MessageType) > MaxPostBytes:
		return refuse(TooLarge, "messageDataMap, vaResponse and messageType have more than %d bytes", MaxPostBytes)
	case n.File != nil:
		return n.File.check(n.MessageID)
	}
	return nil
}

func (n NewPost) valid() bool {
	for k, v := range n.Data {
		if !utf8.ValidString(k) || !utf8.ValidString(v) {
			return false
		}
	}
	return utf8.ValidString(n.Body) && utf8.ValidString(n.MessageID) && utf8.ValidString(n.MessageType) && utf8.ValidString(n.VAResponse)
}

// size is what the post will weigh against the bounds.
func (n NewPost) size() int {
	return len(n.Body) + len(n.VAResponse) + dataSize(n.Data) + n.File.size()
}

// what is what makes the post the same as another one with its message id.
func (n NewPost) what() string {
	if n.File != nil {
		return n.File.what()
	}
	return n.Body
}

// post is the post as it stands in an event, its text still in it.
func (n NewPost) post(number int64, from ClientID, party api.PartyType, at Time) Post {
	return Post{
		Number: number, Client: from, SenderType: party, At: at, Visibility: n.Visibility, Body: n.Body, RichText: n.RichText,
		OffTheRecord: n.OffTheRecord, MessageID: n.MessageID, MessageType: n.MessageType, Data: n.Data, VAResponse: n.VAResponse,
		File: n.File,
	}
}

// Posted: somebody posted a text, and it went into mailboxes. To is empty while
// nobody leads the engagement: the next lead is given it.
type Posted struct {
	Engagement EngagementID `json:"engagement"`
	Post       Post         `json:"post"`
	To         []Address    `json:"to,omitempty"`
	// ApartMark is the mark of the text of a post off the record that has a
	// message id: by it a repeat is known when the text itself is gone.
	ApartMark uint64 `json:"apartMark,omitempty"`
}

func (ev *Posted) apply(s *Site, at Time) {
	e := s.live[ev.Engagement]
	p := &ev.Post
	p.At = at
	body := ev.ApartMark
	if p.OffTheRecord {
		p.apart = s.texts[sideKey(e.ID, p.Number)]
	} else if p.MessageID != "" {
		body = mark(p.what())
	}
	s.want(e.ID, p) // until it is where it belongs
	defer s.unwant(e.ID, p)
	e.LastPost, e.ActiveAt = p.Number, at
	s.keep(e, p)
	if p.File != nil {
		e.Files++
		e.FileBytes += p.File.Size
	}
	switch {
	case p.Client == e.Visitor && e.WaitsSince == 0:
		e.WaitsSince = at
	case p.SenderType == api.PartyAgent && p.isForVisitor() && (p.Only == 0 || p.Only == e.Visitor):
		e.WaitsSince = 0
	}
	if p.Client == e.Visitor {
		s.want(e.ID, p)
		e.Unreceived = append(e.Unreceived, p)
		e.UnreceivedBytes += p.size()
	}
	if p.MessageID != "" {
		if x := s.session(p.Client); x != nil {
			x.remember(recentPost{MessageID: p.MessageID, Destination: e.ID, Body: body, Apart: p.OffTheRecord, At: at, File: p.File, Number: p.Number})
			s.touchSession(p.Client)
		}
	}
	s.deliver(&Message{Kind: KindPost, At: at, Engagement: e.ID, Post: p}, ev.To)
	s.touchEngagement(e.ID)
}

// postReceived notes that a client has received a post.
func (s *Site) postReceived(c ClientID, m *Message) {
	e := s.live[m.Engagement]
	if e == nil {
		return
	}
	s.touchEngagement(e.ID)
	if s.session(c).Mailbox.Exact {
		e.received(c, m.Post.Number)
	}
	if m.Post.Client == e.Visitor && slices.Contains(e.Leads, c) {
		s.leadReceived(e, m.Post.Number)
	}
}

// leadReceived notes that a post of the visitor is known to have reached a lead.
func (s *Site) leadReceived(e *Engagement, number int64) {
	i, found := slices.BinarySearchFunc(e.Unreceived, number, func(p *Post, n int64) int { return cmp.Compare(p.Number, n) })
	if !found {
		return
	}
	e.UnreceivedBytes -= e.Unreceived[i].size()
	s.unwant(e.ID, e.Unreceived[i])
	e.Unreceived = slices.Delete(e.Unreceived, i, i+1)
}

// PostAsAgent posts into an engagement that the agent takes part in. Everybody in
// it gets the post; with NOT_ENDUSER, the agents only. A monitor writes to the
// agents only, whatever it says.
func (s *Site) PostAsAgent(c Caller, id EngagementID, n NewPost) (Taken, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return Taken{}, err
	}
	if err := n.check(); err != nil {
		return Taken{}, err
	}
	if r := a.repeated(s.now, n, id); r != nil {
		return a.again(r), nil
	}
	e, err := s.postable(a, id)
	if err != nil {
		return Taken{}, err
	}
	if e.roleOf(a.Client) == api.RoleMonitor {
		n.Visibility = api.VisibilityNotEndUser
	}
	to := e.agentsIn(a.Client)
	if n.Visibility != api.VisibilityNotEndUser {
		to = append(to, e.Visitor)
	}
	return s.postTo(e, &a.session, api.PartyAgent, n, 0, to)
}

// postable answers the engagement if the agent may post into it.
func (s *Site) postable(a *AgentSession, id EngagementID) (*Engagement, error) {
	e := s.live[id]
	role := e.roleOf(a.Client)
	switch {
	case role == "" && slices.Contains(a.Past, id):
		return nil, refuse(Conflict, "engagement %d is over for this session: it concluded, or went to somebody else", id)
	case role == "":
		return nil, refuse(InvalidField, "destinationId %d is not an engagement of this session", id)
	case role == api.RoleNone || role == api.RoleTransient:
		return nil, refuse(Conflict, "engagement %d is offered: accept it first", id)
	case e.State == Concluded:
		return nil, refuse(Conflict, "engagement %d is concluded: nobody receives posts any more", id)
	}
	return e, nil
}

// Whisper posts to one participant of an engagement that the agent takes part in:
// to another agent, unseen by the visitor, or to the visitor, unseen by the others
// (agent-api 3.6, destination rules).
func (s *Site) Whisper(c Caller, to ClientID, party api.PartyType, n NewPost) (Taken, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return Taken{}, err
	}
	if err := n.check(); err != nil {
		return Taken{}, err
	}
	e, err := s.shared(a, to, party)
	if err != nil {
		return Taken{}, err
	}
	if r := a.repeated(s.now, n, e.ID); r != nil {
		return a.again(r), nil
	}
	if n.Visibility = api.VisibilityAll; party == api.PartyAgent {
		n.Visibility = api.VisibilityNotEndUser
	}
	return s.postTo(e, &a.session, api.PartyAgent, n, to, []ClientID{to})
}

// shared answers the one engagement that an agent has with a participant.
func (s *Site) shared(a *AgentSession, with ClientID, party api.PartyType) (*Engagement, error) {
	if v := s.visitors[with]; v != nil && party == api.PartyEndUser {
		e, err := s.postable(a, v.Engagement)
		if err == nil && e.roleOf(a.Client) == api.RoleMonitor {
			err = refuse(InvalidField, "destinationType: a monitor writes to agents only")
		}
		return e, err
	}
	var both []*Engagement
	if b := s.agents[with]; b != nil && b != a && party == api.PartyAgent {
		for _, id := range slices.Concat(a.Holds, a.Watches) {
			if e := s.live[id]; e.State == Active && isIn(e.roleOf(a.Client)) && isIn(e.roleOf(with)) {
				both = append(both, e)
			}
		}
	}
	switch len(both) {
	case 0:
		return nil, refuse(InvalidField, "destinationId %d is not a participant of kind %s in an engagement of this session", with, party)
	case 1:
		return both[0], nil
	}
	return nil, refuse(InvalidField, "this session shares %d engagements with client %d: post to one of them, with visibility NOT_ENDUSER", len(both), with)
}

// PostAsVisitor posts into the visitor's engagement, also while nobody leads it.
func (s *Site) PostAsVisitor(c Caller, n NewPost) (Taken, error) {
	v, err := s.callingVisitor(c)
	if err != nil {
		return Taken{}, err
	}
	if err := n.check(); err != nil {
		return Taken{}, err
	}
	if r := v.repeated(s.now, n, v.Engagement); r != nil {
		return v.again(r), nil
	}
	e := s.live[v.Engagement]
	switch {
	case e == nil || e.State == Concluded:
		return Taken{}, refuse(Conflict, "the engagement is concluded: nobody receives posts any more")
	case len(e.Unreceived) >= MaxUnreceivedPosts || e.UnreceivedBytes+n.size() > MaxUnreceivedBytes:
		return Taken{}, refuse(TooMany, "%d posts of this engagement wait for an agent to receive them: try again later", len(e.Unreceived))
	}
	n.Visibility = api.VisibilityAll
	v.held = nil // what was typed is what is posted now
	return s.postTo(e, &v.session, api.PartyEndUser, n, 0, e.agentsIn(0))
}

// postTo records a post into the mailboxes of those who get it, unless a bound or
// the spam checks keep it from them.
func (s *Site) postTo(e *Engagement, x *session, party api.PartyType, n NewPost, only ClientID, to []ClientID) (Taken, error) {
	taken := Taken{Client: x.Client, Engagement: e.ID}
	if err := s.mayTake(e, n.File); err != nil {
		return Taken{}, err
	}
	addresses, err := s.reach(e, to, n)
	if err != nil {
		return Taken{}, err
	}
	if !s.screen(e, x, party, n, &taken) {
		s.post(e, x.Client, party, n, only, addresses)
		taken.Number, taken.At = e.LastPost, s.now
		s.stirred(e)
	}
	return taken, nil
}

// reach answers the addresses of a post, unless one of the mailboxes is full
// (promise 6).
func (s *Site) reach(e *Engagement, to []ClientID, n NewPost) ([]Address, error) {
	for _, c := range to {
		x := s.session(c)
		if x == nil {
			continue
		}
		if b := x.Mailbox.backlog[e.ID]; b.posts >= MaxUnreceivedPosts || b.bytes+n.size() > MaxUnreceivedBytes {
			who := "agent"
			if c == e.Visitor {
				who = "visitor"
			}
			return nil, refuse(TooMany, "the %s of engagement %d has not received %d posts: try again later", who, e.ID, b.posts)
		}
	}
	return s.addresses(e.ID, to...), nil
}

// post records a post. only names the one participant who is meant, 0 for all.
func (s *Site) post(e *Engagement, from ClientID, party api.PartyType, n NewPost, only ClientID, to []Address) {
	ev := &Posted{Engagement: e.ID, To: to}
	p := n.post(e.LastPost+1, from, party, s.now)
	p.Only = only
	if p.OffTheRecord {
		key := sideKey(e.ID, p.Number)
		s.texts[key] = p.Body
		s.side = append(s.side, SideText{Key: key, Text: p.Body})
		p.Body, p.ApartBytes = "", len(p.Body)
		if p.MessageID != "" {
			ev.ApartMark = apartMark(n.what())
		}
	}
	ev.Post = p
	s.record(ev)
}
