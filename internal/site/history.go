package site

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"usher/api"
)

// Holding is one engagement that takes a place of an agent session.
type Holding struct {
	Engagement   EngagementID
	State        State // Offered, Active or Concluded (wrap-up)
	Role         api.Role
	Queue        QueueID
	Since        Time
	OfferExpires Time  // 0 unless offered
	WrapUpEnds   Time  // when the place is free without a release; 0: never, or no wrap-up
	LastSequence int64 // the last number of this session's channel

	// Offer is what the agent was asked, nil when it is in the engagement.
	Offer *Assignment
	// Participants are the others in it, with how far they are.
	Participants []Partner
	Visitor      string // its name
	LastPost     int64  // the number of the newest post that the agent may see
	WaitsSince   Time   // since when the visitor waits for an answer, 0: it does not
	IdleEnds     Time   // when it ends if nobody does anything, 0 unless active
	WrapUp       WrapUp
}

// Partner is somebody else in an engagement, how its connection stands, and how far it
// has received and seen the posts.
type Partner struct {
	Participant
	State   api.ConnectionState
	Receipt Receipt
}

func (s *Site) partners(e *Engagement, but ClientID) []Partner {
	var all []Partner
	for _, p := range s.others(e, but) {
		x := Partner{Participant: p, State: api.ConnectionActive, Receipt: s.shown(e, e.receipt(p.Client), but)}
		switch v, a := s.visitors[p.Client], s.agents[p.Client]; {
		case v != nil && v.absent, a != nil && a.absent:
			x.State = api.ConnectionAbsent
		case v == nil && a == nil:
			x.State = api.ConnectionDisconnected
		}
		all = append(all, x)
	}
	return all
}

// Holdings is what an agent session holds, and where its mailbox stands.
type Holdings struct {
	Client ClientID
	Held   []Holding
	Last   int64 // the mailbox number of the newest durable message
}

// Engagements tells an agent session what it holds, so that a program that
// starts again can go on.
func (s *Site) Engagements(c Caller) (Holdings, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return Holdings{}, err
	}
	h := Holdings{Client: a.Client, Last: a.Mailbox.Last}
	for _, id := range slices.Concat(a.Holds, a.Watches) {
		e := s.live[id]
		x := Holding{
			Engagement: id, State: e.State, Role: e.roleOf(a.Client), Queue: e.Queue, Since: e.LeadSince,
			OfferExpires: e.OfferExpires, LastSequence: a.Mailbox.Sequences[id],
			Visitor: e.Contact.Name(), LastPost: e.newestFor(a.Client, e.LastPost), WaitsSince: e.WaitsSince, WrapUp: e.WrapUp,
		}
		if e.State == Active {
			x.IdleEnds = s.engagementLimit(e)
		}
		switch i := e.invitation(a.Client, ""); {
		case isIn(x.Role):
			x.Participants = s.partners(e, a.Client)
		case i != nil:
			x.Offer = s.assignment(e, a, i.Type, i.Note).Assignment
		default:
			x.Offer = s.assignment(e, a, api.AssignmentLead, e.Note).Assignment
		}
		switch x.Role {
		case api.RoleTransient:
			i := e.invitation(a.Client, "")
			x.State, x.Since, x.OfferExpires = Offered, i.At, i.Expires
		case api.RoleConferee, api.RoleMonitor:
			x.Since = e.guest(a.Client).Since
		case api.RoleLead:
			if e.State == Concluded {
				x.WrapUpEnds = s.engagementLimit(e)
			}
		}
		h.Held = append(h.Held, x)
	}
	return h, nil
}

// MaxHistoryAnswer bounds the posts of one answer of the history operation.
const MaxHistoryAnswer = 200

// Recorded is one post of an engagement's history, with who made it.
type Recorded struct {
	Post
	Name string
	Role api.Role
}

// History is a stretch of an engagement's conversation.
type History struct {
	Client ClientID
	Posts  []Recorded
	// Complete: the engagement's first post is still in memory; otherwise older
	// ones stand in the journal only.
	Complete bool
	More     bool // there are posts after the last one given, or before the first
}

// Stretch says which part of a conversation is wanted: what follows a post, or when
// Newest is set the newest ones, of all or of those before a post.
type Stretch struct {
	After, Before int64 // numbers of posts; 0: from the beginning, to the end
	Newest        bool
	Most          int
}

// History answers what was posted in an engagement that the agent has accepted,
// oldest first. Texts off the record are left out.
func (s *Site) History(c Caller, id EngagementID, n Stretch) (History, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return History{}, err
	}
	e := s.live[id]
	if !isIn(e.roleOf(a.Client)) {
		return History{}, refuse(BadRequest, "engagementId %d is not an engagement that this session has accepted", id)
	}
	h := History{Client: a.Client, Complete: e.OldestPost <= 1}
	h.Posts, h.More = s.posted(e, n, func(p *Post) bool { return p.isFor(a.Client) })
	return h, nil
}

// posted answers what memory has of a stretch of an engagement's posts that somebody
// may see, and whether there are more.
func (s *Site) posted(e *Engagement, n Stretch, sees func(*Post) bool) (posts []Recorded, more bool) {
	most := n.Most
	if most <= 0 || most > MaxHistoryAnswer {
		most = MaxHistoryAnswer
	}
	if n.Newest || n.Before > 0 {
		for p := range e.backwards() {
			if n.Before > 0 && p.Number >= n.Before || !sees(p) {
				continue
			}
			if more = len(posts) == most; more {
				break
			}
			posts = append(posts, s.recorded(e, p))
		}
		slices.Reverse(posts)
		return posts, more
	}
	for _, k := range e.transcript {
		for _, p := range k.Posts {
			if p.Number <= n.After || !sees(p) {
				continue
			}
			if len(posts) == most {
				return posts, true
			}
			posts = append(posts, s.recorded(e, p))
		}
	}
	return posts, false
}

// backwards are the posts that memory has of an engagement, the newest first.
func (e *Engagement) backwards() iter.Seq[*Post] {
	return func(yield func(*Post) bool) {
		for _, k := range slices.Backward(e.transcript) {
			for _, p := range slices.Backward(k.Posts) {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// isFor reports whether an agent in the engagement may see the post: one that was
// meant for somebody else alone is seen by who wrote it.
func (p *Post) isFor(c ClientID) bool {
	return p.Only == 0 || p.Only == c || p.Client == c && p.SenderType != api.PartySystem
}

// isForVisitor reports whether the visitor of the engagement may see the post.
func (p *Post) isForVisitor() bool {
	return p.Visibility != api.VisibilityNotEndUser
}

func (s *Site) recorded(e *Engagement, p *Post) Recorded {
	r := Recorded{Post: *p, Role: api.RoleLead, Name: cmp.Or(s.agentName(p.Client), e.nameOf(p.Client))}
	r.Data, r.apart = maps.Clone(p.Data), ""
	if g := e.guest(p.Client); g != nil {
		r.Role = g.Role
	}
	switch {
	case p.SenderType == api.PartySystem:
		r.Role, r.Name = api.RoleNone, ""
	case p.Client == e.Visitor:
		r.Role, r.Name = api.RoleEndUser, e.Contact.Name()
	}
	return r
}
