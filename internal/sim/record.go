package sim

import (
	"fmt"
	"slices"
	"strings"

	"usher/internal/journal"
	"usher/internal/site"
)

// record follows the journal and checks that it is a history that may happen:
//
//   - time does not go back, nor does the epoch;
//   - an engagement has one lead at a time, and only it posts as an agent;
//   - nobody posts into an engagement that is concluded;
//   - mailbox numbers rise by one;
//   - a visitor's post goes to the lead, if there is one;
//   - a new lead gets the visitor's posts that no former lead is known to have
//     received, all of them and nothing else;
//   - a session that ends leads nothing;
//   - nothing is acknowledged that its client has not received.
type record struct {
	position int64
	at       site.Time
	epoch    int64          // of the newest frame
	count    map[string]int // how often each mark stands in the journal

	posts  map[postName]string // the marks
	visits map[site.EngagementID]*visit
	boxes  map[site.ClientID]*box // of live sessions
	byKey  map[site.SessionKey]*box
	leads  int // how often somebody took the lead
	// received answers up to which number a session's client has its messages.
	received func(site.SessionKey) int64
}

// visit is what the journal says of an engagement.
type visit struct {
	visitor   site.ClientID
	lead      site.ClientID
	concluded bool
	posts     []string               // the visitor's marks
	taken     map[site.ClientID]bool // who ever led it
}

// box is what the journal says of a session's mailbox.
type box struct {
	client  site.ClientID
	key     site.SessionKey
	agent   bool
	last    int64
	waiting []entry
}

type entry struct {
	number int64
	mark   string // "" unless it is a post
	visit  site.EngagementID
}

func newRecord(received func(site.SessionKey) int64) *record {
	return &record{
		received: received, posts: map[postName]string{},
		count: map[string]int{}, visits: map[site.EngagementID]*visit{},
		boxes: map[site.ClientID]*box{}, byKey: map[site.SessionKey]*box{},
	}
}

// follow reads the next frame.
func (r *record) follow(f journal.Frame) error {
	if f.First != r.position {
		return fmt.Errorf("the journal has a frame at %d where %d belongs", f.First, r.position)
	}
	if f.Epoch < r.epoch {
		return fmt.Errorf("a frame was written under epoch %d, after one under %d", f.Epoch, r.epoch)
	}
	r.epoch = f.Epoch
	for line := range strings.Lines(string(f.Events)) {
		at, e, err := site.DecodeEvent([]byte(line))
		if err != nil {
			return err
		}
		if at < r.at {
			return fmt.Errorf("event %d is %v older than the one before it", r.position, r.at.Sub(at))
		}
		r.at = at
		if err := r.event(e); err != nil {
			return fmt.Errorf("event %d: %w", r.position, err)
		}
		r.position++
	}
	return nil
}

func (r *record) event(e site.Event) error {
	switch e := e.(type) {
	case *site.AgentSessionStarted:
		r.count[string(e.Key)]++
		r.open(e.Client, e.Key, &box{agent: true})
	case *site.AgentSessionRenewed:
		r.count[string(e.Key)]++
		b := &box{agent: true}
		for _, x := range r.boxes[e.Client].waiting {
			b.last++
			x.number = b.last
			b.waiting = append(b.waiting, x)
		}
		r.open(e.Client, e.Key, b)
	case *site.AgentSessionEnded:
		delete(r.boxes, e.Client)
		for id, v := range r.visits {
			if v.lead == e.Client && !v.concluded {
				return fmt.Errorf("agent session %d ended, and leads engagement %d", e.Client, id)
			}
		}
	case *site.EngagementRequested:
		r.count[string(e.Key)]++
		r.visits[e.Engagement] = &visit{visitor: e.Client, taken: map[site.ClientID]bool{}}
		r.open(e.Client, e.Key, &box{})
	case *site.VisitorSessionEnded:
		delete(r.boxes, e.Client)
	case *site.EngagementAssigned:
		return r.assigned(e)
	case *site.EngagementQueued:
		v := r.visits[e.Engagement]
		if v.lead != e.Client {
			return fmt.Errorf("engagement %d was taken from agent %d, its lead is %d", e.Engagement, e.Client, v.lead)
		}
		v.lead = 0
	case *site.EngagementConcluded:
		v := r.visits[e.Engagement]
		if v.concluded {
			return fmt.Errorf("engagement %d was concluded twice", e.Engagement)
		}
		v.concluded = true
	case *site.Posted:
		return r.posted(e)
	case *site.PostsForwarded:
		return r.forwarded(e)
	case *site.Mailed:
		for _, a := range e.To {
			if err := r.put(a, "", e.Message.Engagement); err != nil {
				return err
			}
		}
	case *site.Acknowledged:
		b := r.boxes[e.Client]
		if b == nil || e.UpTo > b.last {
			return fmt.Errorf("client %d acknowledged %d, which it was never given", e.Client, e.UpTo)
		}
		if n := r.received(b.key); e.UpTo > n {
			return fmt.Errorf("client %d is said to have received %d, and has received %d", e.Client, e.UpTo, n)
		}
		for len(b.waiting) > 0 && b.waiting[0].number <= e.UpTo {
			if x := b.waiting[0]; b.agent && x.mark != "" {
				v := r.visits[x.visit]
				v.posts = slices.DeleteFunc(v.posts, func(m string) bool { return m == x.mark })
			}
			b.waiting = b.waiting[1:]
		}
	}
	return nil
}

func (r *record) open(c site.ClientID, k site.SessionKey, b *box) {
	b.client, b.key = c, k
	r.boxes[c], r.byKey[k] = b, b
}

// alive reports whether a session lives.
func (r *record) alive(k site.SessionKey) bool {
	b := r.byKey[k]
	return b != nil && r.boxes[b.client] == b
}

func (r *record) put(a site.Address, mark string, e site.EngagementID) error {
	b := r.boxes[a.Client]
	if b == nil {
		return fmt.Errorf("a message went to client %d, which has no session", a.Client)
	}
	if a.Number != b.last+1 {
		return fmt.Errorf("client %d was given number %d after %d", a.Client, a.Number, b.last)
	}
	b.last = a.Number
	b.waiting = append(b.waiting, entry{number: a.Number, mark: mark, visit: e})
	return nil
}

func (r *record) assigned(e *site.EngagementAssigned) error {
	v := r.visits[e.Engagement]
	switch {
	case v.concluded:
		return fmt.Errorf("agent %d took engagement %d, which is concluded", e.Client, e.Engagement)
	case v.lead != 0:
		return fmt.Errorf("engagement %d has two leads, %d and %d", e.Engagement, v.lead, e.Client)
	case r.boxes[e.Client] == nil:
		return fmt.Errorf("agent %d took engagement %d without a session", e.Client, e.Engagement)
	}
	v.lead, v.taken[e.Client] = e.Client, true
	r.leads++
	return nil
}

func (r *record) posted(e *site.Posted) error {
	v := r.visits[e.Engagement]
	m := e.Post.Data[mark]
	r.posts[postName{e.Engagement, e.Post.Number}] = m
	r.count[m]++
	if n := r.count[m]; n > 1 { // a proxy sent it again, and it is another post
		m = fmt.Sprintf("%s, %d times", m, n)
	}
	if v.concluded {
		return fmt.Errorf("%s was posted into engagement %d, which is concluded", m, e.Engagement)
	}
	for _, a := range e.To {
		if err := r.put(a, m, e.Engagement); err != nil {
			return err
		}
	}
	if e.Post.Client == v.visitor {
		v.posts = append(v.posts, m)
		if v.lead != 0 && (len(e.To) != 1 || e.To[0].Client != v.lead) {
			return fmt.Errorf("%s went to %v, the lead is %d", m, e.To, v.lead)
		}
		return nil
	}
	if e.Post.Client != v.lead {
		return fmt.Errorf("%s was posted by agent %d, the lead is %d", m, e.Post.Client, v.lead)
	}
	return nil
}

func (r *record) forwarded(e *site.PostsForwarded) error {
	v := r.visits[e.Engagement]
	if e.To.Client != v.lead {
		return fmt.Errorf("posts of engagement %d went to agent %d, the lead is %d", e.Engagement, e.To.Client, v.lead)
	}
	if e.Count != len(v.posts) {
		return fmt.Errorf("%d posts of engagement %d went to the new lead, and %d are not known to be received: %v",
			e.Count, e.Engagement, len(v.posts), v.posts)
	}
	for i, m := range v.posts {
		a := e.To
		a.Number += int64(i)
		if err := r.put(a, m, e.Engagement); err != nil {
			return err
		}
	}
	return nil
}

// mayHandOut checks that all of a batch is durable.
func (r *record) mayHandOut(k site.SessionKey, batch []site.Delivery) error {
	for _, d := range batch {
		if b := r.byKey[k]; b == nil || d.Number > b.last {
			return fmt.Errorf("number %d (%s) was handed out before it is in the journal", d.Number, describe(d.Message))
		}
	}
	return nil
}

// last answers the number of the newest message of a session.
func (r *record) last(k site.SessionKey) int64 {
	if b := r.byKey[k]; b != nil {
		return b.last
	}
	return 0
}
