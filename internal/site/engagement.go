package site

import "slices"

// State is where an engagement is in its life.
type State string

// The states of an engagement.
const (
	// Queued: it waits for an agent. Leaves by an offer, or its end.
	Queued State = "QUEUED"
	// Offered: Lead was asked to take it. Leaves to Active, back to Queued, or its end.
	Offered State = "OFFERED"
	// Active: Lead has it. Leaves to Queued when the lead is lost, or its end.
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
	WaitingSince   Time `json:"waitingSince"` // kept when it is queued again
	QueuedAt       Time `json:"queuedAt"`     // when it last entered a queue
	FirstEngagedAt Time `json:"firstEngagedAt,omitempty"`
	ActiveAt       Time `json:"activeAt"` // somebody last did something that is recorded

	Lead         ClientID  `json:"lead,omitempty"`      // offered to, led by, or wrapped up by
	LeadSince    Time      `json:"leadSince,omitempty"` // since the state last changed for the lead
	OfferExpires Time      `json:"offerExpires,omitempty"`
	UsedCredit   bool      `json:"usedCredit,omitempty"` // the offer took one, which comes back if it ends
	Declined     []decline `json:"declined,omitempty"`

	LastPost   int64 `json:"lastPost,omitempty"` // posts ever made
	OldestPost int64 `json:"oldestPost,omitempty"`
	// Unreceived are the visitor's posts that no lead is known to have received,
	// in order: what a new lead gets (promise 7).
	Unreceived      []*Post `json:"unreceived,omitempty"`
	UnreceivedBytes int     `json:"unreceivedBytes,omitempty"`
	ToVisitor       int     `json:"toVisitor,omitempty"` // posts the visitor has not received
	ToVisitorBytes  int     `json:"toVisitorBytes,omitempty"`
	// Numbered are the agents whose mailboxes count messages of this engagement.
	Numbered []ClientID `json:"numbered,omitempty"`

	typedAt      Time // fleeting: when somebody last typed
	transcript   []*chunk
	historyBytes int
}

// decline remembers who let an engagement go.
type decline struct {
	Client ClientID `json:"client"`
	At     Time     `json:"at"`
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
	if e.State == Queued {
		s.queues[e.Queue].add(e)
		s.noteQueue(e.Queue)
	}
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

// held answers the engagement if the agent has a place taken by it.
func (s *Site) held(a *AgentSession, id EngagementID) *Engagement {
	if e := s.live[id]; e != nil && e.Lead == a.Client {
		return e
	}
	return nil
}
