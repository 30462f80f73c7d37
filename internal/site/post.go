package site

import (
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
}

// check answers what is wrong with the post. A text that is not UTF-8 would
// come back from the journal as another one.
func (n NewPost) check() error {
	switch {
	case !n.valid():
		return refuse(BadRequest, "the post holds bytes that are not UTF-8: send text in UTF-8")
	case n.Body == "":
		return refuse(BadRequest, "body is empty: expected a text")
	case len(n.Body) > MaxPostBytes:
		return refuse(TooLarge, "body has %d bytes: expected at most %d", len(n.Body), MaxPostBytes)
	case len(n.MessageID) > MaxMessageIDBytes:
		return refuse(BadRequest, "messageId has %d bytes: expected at most %d", len(n.MessageID), MaxMessageIDBytes)
	case dataSize(n.Data)+len(n.VAResponse)+len(n.MessageType) > MaxPostBytes:
		return refuse(TooLarge, "messageDataMap, vaResponse and messageType have more than %d bytes", MaxPostBytes)
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
func (n NewPost) size() int { return len(n.Body) + len(n.VAResponse) + dataSize(n.Data) }

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
		body = mark(p.Body)
	}
	s.want(e.ID, p) // until it is where it belongs
	defer s.unwant(e.ID, p)
	e.LastPost, e.ActiveAt = p.Number, at
	s.keep(e, p)
	if p.Client == e.Visitor {
		s.want(e.ID, p)
		e.Unreceived = append(e.Unreceived, p)
		e.UnreceivedBytes += p.size()
	}
	if p.MessageID != "" {
		if x := s.session(p.Client); x != nil {
			x.remember(recentPost{MessageID: p.MessageID, Destination: e.ID, Body: body, Apart: p.OffTheRecord, At: at})
			s.touchSession(p.Client)
		}
	}
	s.deliver(&Message{Kind: KindPost, At: at, Engagement: e.ID, Post: p}, ev.To)
	for _, a := range ev.To {
		if a.Client == e.Visitor {
			e.ToVisitor++
			e.ToVisitorBytes += p.size()
		}
	}
	s.touchEngagement(e.ID)
}

// postReceived notes that a client has received a post.
func (s *Site) postReceived(c ClientID, m *Message) {
	e := s.live[m.Engagement]
	if e == nil {
		return
	}
	s.touchEngagement(e.ID)
	if c == e.Visitor {
		e.ToVisitor--
		e.ToVisitorBytes -= m.Post.size()
		return
	}
	for len(e.Unreceived) > 0 && e.Unreceived[0].Number <= m.Post.Number && m.Post.Client == e.Visitor {
		e.UnreceivedBytes -= e.Unreceived[0].size()
		s.unwant(e.ID, e.Unreceived[0])
		e.Unreceived = slices.Delete(e.Unreceived, 0, 1)
	}
}

// PostAsAgent posts into an engagement that the agent leads.
func (s *Site) PostAsAgent(c Caller, id EngagementID, n NewPost) (ClientID, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return 0, err
	}
	if err := n.check(); err != nil {
		return 0, err
	}
	if a.repeated(s.now, n, id) {
		return a.Client, nil
	}
	e := s.held(a, id)
	switch {
	case e == nil && slices.Contains(a.Past, id):
		return 0, refuse(Conflict, "engagement %d is over for this session: it concluded, or went to somebody else", id)
	case e == nil:
		return 0, refuse(InvalidField, "destinationId %d is not an engagement of this session", id)
	case e.State == Offered:
		return 0, refuse(Conflict, "engagement %d is offered: accept it first", id)
	case e.State == Concluded:
		return 0, refuse(Conflict, "engagement %d is concluded: nobody receives posts any more", id)
	case e.ToVisitor >= MaxUnreceivedPosts || e.ToVisitorBytes+n.size() > MaxUnreceivedBytes:
		return 0, refuse(TooMany, "the visitor of engagement %d has not received %d posts: try again later", id, e.ToVisitor)
	}
	var to []Address
	if n.Visibility != api.VisibilityNotEndUser {
		to = s.addresses(id, e.Visitor)
	}
	s.post(e, a.Client, api.PartyAgent, n, to)
	return a.Client, nil
}

// PostAsVisitor posts into the visitor's engagement, also while nobody leads it.
func (s *Site) PostAsVisitor(c Caller, n NewPost) (ClientID, error) {
	v, err := s.callingVisitor(c)
	if err != nil {
		return 0, err
	}
	if err := n.check(); err != nil {
		return 0, err
	}
	if v.repeated(s.now, n, v.Engagement) {
		return v.Client, nil
	}
	e := s.live[v.Engagement]
	switch {
	case e == nil || e.State == Concluded:
		return 0, refuse(Conflict, "the engagement is concluded: nobody receives posts any more")
	case len(e.Unreceived) >= MaxUnreceivedPosts || e.UnreceivedBytes+n.size() > MaxUnreceivedBytes:
		return 0, refuse(TooMany, "%d posts of this engagement wait for an agent to receive them: try again later", len(e.Unreceived))
	}
	n.Visibility = api.VisibilityAll
	var to []Address
	if e.State == Active {
		to = s.addresses(e.ID, e.Lead)
	}
	s.post(e, v.Client, api.PartyEndUser, n, to)
	return v.Client, nil
}

func (s *Site) post(e *Engagement, from ClientID, party api.PartyType, n NewPost, to []Address) {
	ev := &Posted{Engagement: e.ID, To: to}
	p := Post{
		Number: e.LastPost + 1, Client: from, SenderType: party, At: s.now, Visibility: n.Visibility, Body: n.Body,
		RichText: n.RichText, OffTheRecord: n.OffTheRecord, MessageID: n.MessageID, MessageType: n.MessageType,
		Data: n.Data, VAResponse: n.VAResponse,
	}
	if p.OffTheRecord {
		key := sideKey(e.ID, p.Number)
		s.texts[key] = p.Body
		s.side = append(s.side, SideText{Key: key, Text: p.Body})
		p.Body, p.ApartBytes = "", len(p.Body)
		if p.MessageID != "" {
			ev.ApartMark = apartMark(n.Body)
		}
	}
	ev.Post = p
	s.record(ev)
}
