package site

import (
	"slices"
	"time"

	"usher/api"
)

// State is where an engagement is in its life.
type State string

// The states of an engagement.
const (
	// Queued: it waits for an agent. Leaves by an offer, or its end.
	Queued State = "QUEUED"
	// Offered: Lead was asked to take it. Leaves to Active, back to Queued, or its end.
	Offered State = "OFFERED"
	// Active: Lead has it. Leaves to Queued when the lead is lost or sends it on, or
	// its end.
	Active State = "ACTIVE"
	// Concluded: it is over, and Lead has not released it yet (wrap-up). It
	// leaves memory with the release.
	Concluded State = "CONCLUDED"
)

// Engagement is one conversation of a visitor with whoever serves it.
type Engagement struct {
	ID      EngagementID `json:"id"`
	Visitor ClientID     `json:"visitor"`
	Queue   QueueID      `json:"queue"`
	State   State        `json:"state"`
	Contact Contact      `json:"contact"`

	CreatedAt      Time `json:"createdAt"`
	WaitingSince   Time `json:"waitingSince"`        // kept when it is queued again
	QueuedAt       Time `json:"queuedAt"`            // when it last began to wait
	EnteredAt      Time `json:"enteredAt,omitempty"` // when it came into its present queue
	FirstEngagedAt Time `json:"firstEngagedAt,omitempty"`
	ActiveAt       Time `json:"activeAt"` // somebody last did something that is recorded
	// Priority goes before the wait; see Rule.
	Priority int `json:"priority,omitempty"`
	// Target is the agent it is meant for. Until TargetUntil it waits for it alone.
	Target      AccountID `json:"target,omitempty"`
	TargetUntil Time      `json:"targetUntil,omitempty"`

	Lead      ClientID `json:"lead,omitempty"`      // offered to, led by, or wrapped up by
	LeadSince Time     `json:"leadSince,omitempty"` // since the state last changed for the lead
	LedSince  Time     `json:"ledSince,omitempty"`  // since Lead leads it
	// Engaged is how long former leads led it.
	Engaged      time.Duration `json:"engaged,omitempty"`
	OfferExpires Time          `json:"offerExpires,omitempty"`
	AcceptsAt    Time          `json:"acceptsAt,omitempty"`  // the offer is then accepted for the agent
	UsedCredit   bool          `json:"usedCredit,omitempty"` // the offer took one, which comes back if it ends
	Declined     []decline     `json:"declined,omitempty"`
	// Leads are all who ever led it.
	Leads []ClientID `json:"leads,omitempty"`
	// Guests are the agents in it beside the lead, and Invited those who were asked
	// to join.
	Guests  []guest      `json:"guests,omitempty"`
	Invited []invitation `json:"invited,omitempty"`
	// Wanted is the queue in which it also waits while its lead goes on: a warm
	// transfer. Note is the lead's word to whoever takes it from a queue.
	Wanted QueueID `json:"wanted,omitempty"`
	Note   *Post   `json:"note,omitempty"`

	LastPost   int64 `json:"lastPost,omitempty"` // posts ever made
	OldestPost int64 `json:"oldestPost,omitempty"`
	// Unreceived are the visitor's posts that no lead is known to have received,
	// in order: what a new lead gets (promise 7).
	Unreceived      []*Post `json:"unreceived,omitempty"`
	UnreceivedBytes int     `json:"unreceivedBytes,omitempty"`
	// Numbered are the agents whose mailboxes count messages of this engagement.
	Numbered []ClientID `json:"numbered,omitempty"`

	// Known are the agents who ever came in, by the names that they had then.
	Known []namedClient `json:"known,omitempty"`

	// Files and FileBytes count the files that were posted.
	Files     int   `json:"files,omitempty"`
	FileBytes int64 `json:"fileBytes,omitempty"`

	// Receipts are how far participants have received and seen the posts.
	Receipts []receipt `json:"receipts,omitempty"`
	// WaitsSince is since when the visitor waits for an agent's answer, 0 when it does not.
	WaitsSince Time `json:"waitsSince,omitempty"`
	// Page is what the visitor looks at, nil when its page does not say.
	Page   *Page  `json:"page,omitempty"`
	WrapUp WrapUp `json:"wrapUp,omitzero"`

	typedAt      Time // fleeting: when somebody last typed
	warned       Time // fleeting: the end of which its participants were warned
	overflowAt   Time // fleeting: not before then is it sent on, since the other queue did not take it
	transcript   []*chunk
	historyBytes int
}

// namedClient is somebody who may be gone, and the name that is left.
type namedClient struct {
	Client ClientID `json:"client"`
	Name   string   `json:"name"`
}

// know remembers the name of an agent who came in.
func (e *Engagement) know(c ClientID, name string) {
	if !slices.ContainsFunc(e.Known, func(n namedClient) bool { return n.Client == c }) {
		e.Known = append(e.Known, namedClient{c, name})
	}
}

// nameOf answers the name of an agent who is, or was, in the engagement.
func (e *Engagement) nameOf(c ClientID) string {
	if i := slices.IndexFunc(e.Known, func(n namedClient) bool { return n.Client == c }); i >= 0 {
		return e.Known[i].Name
	}
	return ""
}

// decline remembers who let an engagement go.
type decline struct {
	Client ClientID `json:"client"`
	At     Time     `json:"at"`
	// Never: it is not offered to this agent again before somebody else has had it.
	Never bool `json:"never,omitempty"`
}

// waitsIn answers the queue in which the engagement waits for an agent, 0 for none.
func (e *Engagement) waitsIn() QueueID {
	switch {
	case e.State == Queued:
		return e.Queue
	case e.State == Active && e.invitation(0, api.AssignmentTransfer) == nil:
		return e.Wanted
	}
	return 0
}

// line puts the engagement into its queue when it waits.
func (s *Site) line(e *Engagement) {
	if q := s.queues[e.waitsIn()]; q != nil {
		q.add(e)
		s.noteQueue(q.ID)
		if e.Target != 0 {
			s.meant[e.Target] = append(s.meant[e.Target], e)
		}
	}
}

// unline takes it out of its queue. It comes before any change of what waitsIn
// or byWaiting answer.
func (s *Site) unline(e *Engagement) {
	if q := s.queues[e.waitsIn()]; q != nil {
		q.remove(e)
		s.noteQueue(q.ID)
		if others := slices.DeleteFunc(s.meant[e.Target], func(o *Engagement) bool { return o == e }); len(others) > 0 {
			s.meant[e.Target] = others
		} else {
			delete(s.meant, e.Target)
		}
	}
}

// chunkPosts is how many posts a piece of the transcript holds: a checkpoint
// writes only the pieces that changed.
const chunkPosts = 64

// chunk is a piece of a live engagement's transcript.
type chunk struct {
	Engagement EngagementID `json:"engagement"`
	Index      int64        `json:"index"`
	Posts      []*Post      `json:"posts"`
}

func (s *Site) addEngagement(e *Engagement) {
	s.live[e.ID] = e
	s.touchEngagement(e.ID)
	s.line(e)
	s.scheduleEngagement(e)
}

// leave takes an engagement that is over and released out of memory.
func (s *Site) leave(e *Engagement) {
	for _, c := range e.transcript {
		s.touch(partPosts, int64(e.ID), c.Index)
	}
	for _, p := range e.Unreceived {
		s.unwant(e.ID, p)
	}
	for _, c := range e.Numbered {
		if a := s.agents[c]; a != nil {
			delete(a.Mailbox.Sequences, e.ID)
			s.touchSession(c)
		}
	}
	delete(s.live, e.ID)
	s.touchEngagement(e.ID)
}

// keep appends a post to the transcript, and lets the oldest pieces go when it
// grows beyond what a live engagement keeps. Texts off the record are left out.
func (s *Site) keep(e *Engagement, p *Post) {
	if p.OffTheRecord {
		c := *p
		c.apart = ""
		p = &c
	}
	index := (p.Number - 1) / chunkPosts
	if n := len(e.transcript); n == 0 || e.transcript[n-1].Index != index {
		e.transcript = append(e.transcript, &chunk{Engagement: e.ID, Index: index})
	}
	c := e.transcript[len(e.transcript)-1]
	c.Posts = append(c.Posts, p)
	s.touch(partPosts, int64(e.ID), index)
	e.historyBytes += p.size()
	for len(e.transcript) > 1 && (e.LastPost-e.OldestPost >= MaxHistoryPosts+chunkPosts || e.historyBytes > MaxHistoryBytes) {
		old := e.transcript[0]
		for _, o := range old.Posts {
			e.historyBytes -= o.size()
		}
		e.transcript = slices.Delete(e.transcript, 0, 1)
		e.OldestPost = e.transcript[0].Posts[0].Number
		s.touch(partPosts, int64(e.ID), old.Index)
	}
	if e.OldestPost == 0 {
		e.OldestPost = p.Number
	}
}
