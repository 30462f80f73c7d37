package site

import (
	"bytes"

	"usher/api"
)

// ownWatcher knows what is promised of usher's own messages, and not the code: receipts
// never say more than was received by positions, or seen; nobody learns by them of posts
// or people that are hidden from it; and who did not ask is given none.
type ownWatcher struct {
	t        fataler
	posts    map[postName]*Post
	visitor  map[EngagementID]ClientID
	received map[ClientID]map[EngagementID]int64 // by positions
	seen     map[ClientID]map[EngagementID]int64
	settings Settings
	// As the journal has it:
	monitors map[EngagementID]map[ClientID]bool // who only ever watched
}

// postName is a post of an engagement.
type postName struct {
	e      EngagementID
	number int64
}

func newOwnWatcher(t fataler) *ownWatcher {
	return &ownWatcher{
		t: t, posts: map[postName]*Post{}, visitor: map[EngagementID]ClientID{},
		received: map[ClientID]map[EngagementID]int64{}, seen: map[ClientID]map[EngagementID]int64{},
		monitors: map[EngagementID]map[ClientID]bool{},
	}
}

// read follows the journal.
func (w *ownWatcher) read(events []byte) {
	for line := range bytes.Lines(events) {
		_, ev, err := DecodeEvent(bytes.TrimSuffix(line, []byte{'\n'}))
		if err != nil {
			w.t.Fatalf("%v", err)
		}
		switch e := ev.(type) {
		case *SettingsChanged:
			w.settings = e.Settings
		case *EngagementRequested:
			w.visitor[e.Engagement] = e.Client
			w.monitors[e.Engagement] = map[ClientID]bool{}
		case *Posted:
			w.posts[postName{e.Engagement, e.Post.Number}] = &e.Post
		case *PostsSeen:
			w.sees(e)
		case *GuestJoined:
			w.monitors[e.Engagement][e.Client] = e.Role == api.RoleMonitor
		case *EngagementAssigned:
			delete(w.monitors[e.Engagement], e.Client)
		case *LeadChanged:
			delete(w.monitors[e.Engagement], e.Client)
		}
	}
}

func (w *ownWatcher) sees(e *PostsSeen) {
	p := w.posts[postName{e.Engagement, e.UpTo}]
	if p == nil || !w.maySee(e.Engagement, e.Client, p) {
		w.t.Fatalf("client %d has seen post %d of engagement %d, which it was never shown", e.Client, e.UpTo, e.Engagement)
	}
	raise(w.seen, e.Client, e.Engagement, e.UpTo)
}

func raise(m map[ClientID]map[EngagementID]int64, c ClientID, e EngagementID, n int64) {
	if m[c] == nil {
		m[c] = map[EngagementID]int64{}
	}
	m[c][e] = max(m[c][e], n)
}

func (w *ownWatcher) maySee(e EngagementID, c ClientID, p *Post) bool {
	if c == w.visitor[e] {
		return p.Visibility != api.VisibilityNotEndUser && (p.Only == 0 || p.Only == c)
	}
	return p.Only == 0 || p.Only == c || p.Client == c
}

// acknowledged takes what a session says it has received: what was inferred counts for
// nothing.
func (w *ownWatcher) acknowledged(c ClientID, x *inbox, r result) {
	if !r.caller.Acked {
		return
	}
	for n := x.received + 1; n <= r.acked; n++ {
		if p, ok := x.post[n]; ok {
			raise(w.received, c, p.e, p.number)
		}
	}
}

// handed checks what a session is given.
func (w *ownWatcher) handed(to ClientID, c Caller, b *Batch) {
	for _, d := range b.Deliveries {
		m := d.Message
		switch m.Kind {
		case KindReceipt, KindIdle, KindVisitor:
		case KindConnection:
			if !c.Agent {
				continue
			}
		default:
			continue
		}
		if !c.Own {
			w.t.Fatalf("client %d is told %q, which it did not ask for", to, tellMessage(m))
		}
		if !d.Fleeting {
			w.t.Fatalf("client %d is told %q, which is to be fleeting", to, tellMessage(m))
		}
		if m.Kind == KindReceipt {
			w.check(m.Engagement, to, *m.Receipt)
		}
	}
}

// check holds a receipt to what is known.
func (w *ownWatcher) check(e EngagementID, to ClientID, r Receipt) {
	if r.Received > w.received[r.Client][e] || r.Seen > w.seen[r.Client][e] {
		w.t.Fatalf("client %d is told that client %d has received %d and seen %d of engagement %d; known is %d and %d",
			to, r.Client, r.Received, r.Seen, e, w.received[r.Client][e], w.seen[r.Client][e])
	}
	for _, n := range []int64{r.Received, r.Seen} {
		if p := w.posts[postName{e, n}]; n > 0 && (p == nil || !w.maySee(e, to, p)) {
			w.t.Fatalf("client %d learns of post %d of engagement %d, which it may not see", to, n, e)
		}
	}
	if to == w.visitor[e] && w.monitors[e][r.Client] && r != (Receipt{Client: r.Client}) {
		w.t.Fatalf("the visitor of engagement %d learns of client %d, who only watches", e, r.Client)
	}
}

// compare holds what everybody would be shown on asking to what is known.
func (w *ownWatcher) compare(s *Site) {
	for _, id := range sortedKeys(s.live) {
		e := s.live[id]
		in := append(e.agentsIn(0), e.Visitor)
		for _, to := range in {
			for _, of := range in {
				if of == to {
					continue
				}
				r := s.shown(e, e.receipt(of), to)
				w.check(id, to, r)
				if hidden := to == e.Visitor && !w.settings.ShowSeenToVisitors || to != e.Visitor && w.settings.HideSeenFromAgents; hidden && r.Seen > 0 {
					w.t.Fatalf("client %d is shown that client %d has seen post %d", to, of, r.Seen)
				}
			}
		}
	}
}
