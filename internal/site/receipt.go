package site

import (
	"slices"

	"usher/api"
)

// receipt is how far a participant is known to have received and seen an
// engagement's posts: the number of the newest one.
type receipt struct {
	Client ClientID `json:"client"`
	// Received is known by positions alone, never inferred.
	Received int64 `json:"received,omitempty"`
	// Seen is what its page said that somebody looked at.
	Seen int64 `json:"seen,omitempty"`
	// Watched is how far it was while it only watched: the visitor is never told that.
	Watched int64 `json:"watched,omitempty"`
}

// receipt answers how far a participant is; the zero receipt when nothing is known.
func (e *Engagement) receipt(c ClientID) receipt {
	if i := slices.IndexFunc(e.Receipts, func(r receipt) bool { return r.Client == c }); i >= 0 {
		return e.Receipts[i]
	}
	return receipt{Client: c}
}

func (e *Engagement) keepReceipt(r receipt) {
	if i := slices.IndexFunc(e.Receipts, func(o receipt) bool { return o.Client == r.Client }); i >= 0 {
		e.Receipts[i] = r
		return
	}
	e.Receipts = append(e.Receipts, r)
}

// received notes that a participant has received a post.
func (e *Engagement) received(c ClientID, number int64) {
	if r := e.receipt(c); number > r.Received {
		r.Received = number
		e.keepReceipt(r)
	}
}

// watched notes that an agent who only watched does so no longer: what it received and
// saw up to a post, it did unseen.
func (e *Engagement) watched(c ClientID, upTo int64) {
	if r := e.receipt(c); upTo > r.Watched {
		r.Watched = upTo
		e.keepReceipt(r)
	}
}

// PostsSeen: a participant's page said that all posts up to a number were looked at.
type PostsSeen struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"`
	UpTo       int64        `json:"upTo"`
}

func (ev *PostsSeen) apply(s *Site, _ Time) {
	e := s.live[ev.Engagement]
	r := e.receipt(ev.Client)
	r.Seen = ev.UpTo
	e.keepReceipt(r)
	s.touchEngagement(e.ID)
}

// SeenByAgent takes the word of an agent's page that its agent looked at the posts of an
// engagement up to a number.
func (s *Site) SeenByAgent(c Caller, id EngagementID, number int64) (ClientID, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return 0, err
	}
	e := s.live[id]
	if !isIn(e.roleOf(a.Client)) {
		return 0, refuse(BadRequest, "engagementId %d is not an engagement that this session has accepted", id)
	}
	return a.Client, s.see(e, a.Client, number)
}

// SeenByVisitor is SeenByAgent for a visitor's page.
func (s *Site) SeenByVisitor(c Caller, number int64) (ClientID, error) {
	v, err := s.callingVisitor(c)
	if err != nil {
		return 0, err
	}
	e := s.live[v.Engagement]
	if e == nil {
		return v.Client, nil // it is over, and nobody is there who would be shown it
	}
	return v.Client, s.see(e, v.Client, number)
}

// see records what a participant has seen. It knows of no post but those that it may
// see, so a number between them stands for the one before.
func (s *Site) see(e *Engagement, c ClientID, number int64) error {
	newest := e.newestFor(c, e.LastPost)
	if number <= 0 || number > newest {
		return refuse(BadRequest, "postNumber is %d: expected a post of engagement %d that this session was sent; the newest is %d", number, e.ID, newest)
	}
	if was, upTo := e.receipt(c), e.newestFor(c, number); upTo > was.Seen {
		s.record(&PostsSeen{Engagement: e.ID, Client: c, UpTo: upTo})
		s.tellReceipt(e, was)
	}
	return nil
}

// newestFor answers the number of the newest post up to one that a participant may see,
// 0 for none. Of posts that memory has no longer it is the last of them.
func (e *Engagement) newestFor(c ClientID, upTo int64) int64 {
	for p := range e.backwards() {
		if p.Number <= upTo && (c == e.Visitor && p.isForVisitor() || c != e.Visitor && p.isFor(c)) {
			return p.Number
		}
	}
	return min(upTo, max(e.OldestPost-1, 0))
}

// Receipt tells how far a participant has received and seen the posts, by the number of
// the newest one; 0 is not known.
type Receipt struct {
	Client         ClientID
	Received, Seen int64
}

// shown is a receipt as somebody may see it: by the numbers of posts that it may see
// itself. A visitor learns nothing of who only watches, or watched then.
func (s *Site) shown(e *Engagement, r receipt, to ClientID) Receipt {
	visitor := to == e.Visitor
	if visitor && !e.knownToVisitor(r.Client) {
		return Receipt{Client: r.Client}
	}
	if visitor && !s.Settings.ShowSeenToVisitors || !visitor && s.Settings.HideSeenFromAgents {
		r.Seen = 0
	}
	number := func(n int64) int64 {
		if visitor && n <= r.Watched {
			return 0
		}
		return e.newestFor(to, n)
	}
	return Receipt{r.Client, number(r.Received), number(r.Seen)}
}

// knownToVisitor reports whether an agent takes part in the visitor's eyes.
func (e *Engagement) knownToVisitor(c ClientID) bool {
	role := e.roleOf(c)
	return role == api.RoleLead || role == api.RoleConferee
}

// tellReceipt tells the others in an engagement how far a participant is, of whom they
// knew less before, as far as they ask for usher's own messages. It is fleeting.
func (s *Site) tellReceipt(e *Engagement, was receipt) {
	of := was.Client
	if of != e.Visitor && !isIn(e.roleOf(of)) {
		return // it has left
	}
	for _, to := range s.asking(e, of) {
		if r := s.shown(e, e.receipt(of), to); r != s.shown(e, was, to) {
			s.fleet(to, Message{Kind: KindReceipt, Engagement: e.ID, Receipt: &r})
		}
	}
}

// asking answers who in an engagement, but one, asks for usher's own messages.
func (s *Site) asking(e *Engagement, but ClientID) []ClientID {
	var all []ClientID
	for _, c := range append(e.agentsIn(but), e.Visitor) {
		if x := s.session(c); x != nil && c != but && x.own {
			all = append(all, c)
		}
	}
	return all
}

// asks notes whether a session asks for usher's own messages. One that begins to is told
// what others were told before; one that no longer does is not given what waits for it.
func (s *Site) asks(x *session, own bool) {
	began, ceased := own && !x.own, x.own && !own
	x.own = own
	a := s.agents[x.Client]
	if ceased {
		x.Mailbox.dropOwn(a != nil)
	}
	if !began {
		return
	}
	var in []EngagementID
	if a != nil {
		in = slices.Concat(a.Holds, a.Watches)
	} else {
		in = []EngagementID{s.visitors[x.Client].Engagement}
	}
	for _, id := range in {
		if e := s.live[id]; e != nil && e.State == Active && (a == nil || isIn(e.roleOf(a.Client))) {
			s.brief(e, x.Client)
		}
	}
}

// brief tells a participant of an active engagement how far the others are, and of the end
// of which they were warned.
func (s *Site) brief(e *Engagement, to ClientID) {
	for _, of := range append(e.agentsIn(to), e.Visitor) {
		if r := s.shown(e, e.receipt(of), to); of != to && (r.Received > 0 || r.Seen > 0) {
			s.fleet(to, Message{Kind: KindReceipt, Engagement: e.ID, Receipt: &r})
		}
	}
	if e.warned > 0 {
		s.fleet(to, Message{Kind: KindIdle, Engagement: e.ID, Idle: &Idle{e.warned}})
	}
}

// receivedNow answers how far a session was in the engagements of which its mailbox
// gives up posts when all up to a number are received, as far as anybody asks.
func (s *Site) receivedNow(x *session, n int64) map[EngagementID]receipt {
	var was map[EngagementID]receipt
	for _, d := range x.Mailbox.Waiting {
		if d.Number > n {
			break
		}
		e := s.live[d.Message.Engagement]
		if d.Message.Kind != KindPost || e == nil || len(s.asking(e, x.Client)) == 0 {
			continue
		}
		if was == nil {
			was = map[EngagementID]receipt{}
		}
		was[e.ID] = e.receipt(x.Client)
	}
	return was
}
