package site

import (
	"hash/fnv"
	"slices"
	"time"
)

// session is what an agent session and a visitor's session have in common.
type session struct {
	Client    ClientID     `json:"client"`
	Key       SessionKey   `json:"key"`
	StartedAt Time         `json:"startedAt"`
	Mailbox   Mailbox      `json:"mailbox"`
	Recent    []recentPost `json:"recent,omitempty"`

	// Fleeting: a load starts them anew.
	seenAt Time  // the last sign of life
	polls  int   // retrievals open now
	tries  []try // to post, for the spam checks
	own    bool  // it asks for usher's own messages
}

// recentPost is a post remembered by its client's own message id (promise 9).
type recentPost struct {
	MessageID   string       `json:"id"`
	Destination EngagementID `json:"to"`
	Body        uint64       `json:"body"` // mark of the text
	Apart       bool         `json:"apart,omitempty"`
	At          Time         `json:"at"`
	File        *File        `json:"file,omitempty"` // that was posted in place of a text
	// Number is the post's; 0 when it was held back, and as older formats have it.
	Number int64 `json:"number,omitempty"`
}

// mark tells texts apart. Of a text off the record no more than apartMark is
// kept, too little to find the text by trying.
func mark(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}

func apartMark(text string) uint64 { return mark(text) & 0xffff }

func (r recentPost) hasText(text string) bool {
	if r.Apart {
		return r.Body == apartMark(text)
	}
	return r.Body == mark(text)
}

// repeated answers what the client posted exactly so already, nil for nothing.
func (x *session) repeated(now Time, n NewPost, to EngagementID) *recentPost {
	if n.MessageID == "" {
		return nil
	}
	i := slices.IndexFunc(x.Recent, func(r recentPost) bool {
		return r.MessageID == n.MessageID && r.Destination == to && r.hasText(n.what()) && now.Sub(r.At) <= RecentPostsFor
	})
	if i < 0 {
		return nil
	}
	return &x.Recent[i]
}

// again is the answer to a post that was taken before.
func (x *session) again(r *recentPost) Taken {
	t := Taken{Client: x.Client, Engagement: r.Destination, Repeated: true, File: r.File, Number: r.Number}
	if r.Number > 0 {
		t.At = r.At
	}
	return t
}

func (x *session) remember(r recentPost) {
	fresh := slices.IndexFunc(x.Recent, func(o recentPost) bool { return r.At.Sub(o.At) <= RecentPostsFor })
	if fresh < 0 {
		fresh = len(x.Recent)
	}
	fresh = max(fresh, len(x.Recent)+1-RecentPosts)
	if fresh > 0 {
		x.Recent = slices.Delete(x.Recent, 0, fresh)
	}
	x.Recent = append(x.Recent, r)
}

// Caller says who sends a command: the hash of the session id that came with it.
type Caller struct {
	Key SessionKey
	// Account is the agent's X-AID; it must be the session's own account.
	Account AccountID
	// Agent tells the agent contract's callers from visitors, so that neither's
	// session serves on the other's API.
	Agent bool
	// Ack is the position that came with the request: all up to it was
	// received. Acked says whether one came.
	Ack   int64
	Acked bool
	// Own: it asks for usher's own messages beside those of its contract.
	Own bool
}

// alive finds the caller's session, and takes note of its sign of life and of
// its position. Every command of a session begins here.
func (s *Site) alive(c Caller) (*session, error) {
	client, ok := s.byKey[c.Key]
	_, agent := s.agents[client]
	if !ok || agent != c.Agent {
		if c.Agent {
			return nil, refuse(AccessDenied, "the agent session identifier is unknown: log on again")
		}
		return nil, refuse(AccessDenied, "the consumer session identifier is unknown")
	}
	x := s.session(client)
	if agent && s.agents[client].Account != c.Account {
		return nil, refuse(AccessDenied, "X-AID %d is not the account of this session", c.Account)
	}
	x.seenAt = s.now
	if agent {
		s.present(s.agents[client])
	} else {
		s.back(s.visitors[client])
	}
	if c.Acked {
		s.positioned(x, c.Ack)
	}
	return x, nil
}

// positioned takes a client's own word of what it has received. A number that the
// mailbox never gave counts as absent; one lower than before changes nothing but
// that the session now uses positions.
func (s *Site) positioned(x *session, n int64) {
	if n > x.Mailbox.Last {
		return
	}
	if n > x.Mailbox.Received || !x.Mailbox.Exact {
		was := s.receivedNow(x, n)
		s.record(&Acknowledged{Client: x.Client, UpTo: max(n, x.Mailbox.Received), Exact: true})
		for _, id := range sortedKeys(was) {
			s.tellReceipt(s.live[id], was[id])
		}
	}
}

func (s *Site) callingAgent(c Caller) (*AgentSession, error) {
	x, err := s.alive(c)
	if err != nil {
		return nil, err
	}
	return s.agents[x.Client], nil
}

func (s *Site) callingVisitor(c Caller) (*VisitorSession, error) {
	x, err := s.alive(c)
	if err != nil {
		return nil, err
	}
	return s.visitors[x.Client], nil
}

// OpenPoll begins a retrieval: it counts as a sign of life for as long as it is
// open. It answers whose it is, and how long to hold it.
func (s *Site) OpenPoll(c Caller) (ClientID, time.Duration, error) {
	x, err := s.alive(c)
	if err != nil {
		return 0, 0, err
	}
	x.polls++
	s.asks(x, c.Own)
	return x.Client, s.Settings.Hold(), nil
}

// Alive answers nil when the caller's session lives, as a sign of life.
func (s *Site) Alive(c Caller) error {
	_, err := s.alive(c)
	return err
}

// ClosePoll ends a retrieval that OpenPoll began. The session may be gone.
func (s *Site) ClosePoll(k SessionKey) {
	if client, ok := s.byKey[k]; ok {
		x := s.session(client)
		x.polls = max(0, x.polls-1)
		x.seenAt = s.now
	}
}

// Exact reports whether the session uses positions, so that nothing may be
// inferred for it.
func (s *Site) Exact(k SessionKey) bool {
	client, ok := s.byKey[k]
	return ok && s.session(client).Mailbox.Exact
}

// Inferred records that there is evidence that all up to number n arrived.
func (s *Site) Inferred(k SessionKey, n int64) {
	if client, ok := s.byKey[k]; ok {
		if x := s.session(client); !x.Mailbox.Exact && n > x.Mailbox.Received && n <= x.Mailbox.Last {
			s.record(&Acknowledged{Client: client, UpTo: n})
		}
	}
}

// Unheard notes that an answer did not reach its session: the fleeting news that
// went with it is told again.
func (s *Site) Unheard(k SessionKey) {
	if v := s.visitors[s.byKey[k]]; v != nil {
		v.toldPlace = 0
	}
}

// Collect answers what may be handed out to a session when all events before
// position durable are durable. What is durable stays in the mailbox.
func (s *Site) Collect(k SessionKey, durable int64) Batch {
	client, ok := s.byKey[k]
	if !ok {
		return Batch{}
	}
	if v := s.visitors[client]; v != nil {
		if e := s.live[v.Engagement]; e != nil && (e.State == Queued || e.State == Offered) {
			q := s.queues[e.Queue]
			if place := max(1, q.place(e)); place != v.toldPlace { // who is offered to an agent is the next
				s.tellPlace(v, s.pace(q), place)
			}
		}
	}
	return s.session(client).Mailbox.ready(durable)
}
