package kill

import (
	"fmt"
	"sync"
)

// record is what happened, as it was seen from outside.
type record struct {
	mu       sync.Mutex
	count    int // of notes, so that they have an order
	posts    map[string]*post
	sent     []*post // in the order of their first sending
	received []delivery
	known    map[string]note // by message id: its receiver has said that it has it
	visits   map[int64]*visit
}

// post is a text that somebody sends, again and again under the same id until it
// is answered.
type post struct {
	id         string
	engagement int64
	sender     string
	visitor    bool // the sender is the visitor
	nth        int  // among its sender's posts
	body       string
	answered   bool // with 200
}

// delivery is a durable message as somebody received it.
type delivery struct {
	at         int
	session    string // the receiver's
	agent      bool   // the receiver is an agent
	exact      bool   // it uses positions
	engagement int64
	number     int64 // the contract's sequenceNumber
	kind       kind
	client     int64  // who joined or left as the lead
	post       string // the message id of a post
	body       string
	content    string // the whole message
}

type kind string

// The kinds of messages that the checks tell apart.
const (
	kindPost      kind = "post"
	kindLeadIn    kind = "lead joined"
	kindLeadOut   kind = "lead left"
	kindConcluded kind = "concluded"
	kindOther     kind = "other"
)

// visit is an engagement whose visitor is one of ours.
type visit struct {
	session string
	heard   bool // the visitor was told of the end
}

// note is when, and in which session, something was learnt.
type note struct {
	at      int
	session string
}

func newRecord() record {
	return record{posts: map[string]*post{}, known: map[string]note{}, visits: map[int64]*visit{}}
}

func (r *record) send(p post) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posts[p.id] = &p
	r.sent = append(r.sent, &p)
}

func (r *record) answer(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posts[id].answered = true
}

func (r *record) receive(d delivery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	d.at = r.count
	r.received = append(r.received, d)
}

// learn notes that the server was told, and answered, that posts were received.
func (r *record) learn(session string, ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	for _, id := range ids {
		if _, before := r.known[id]; !before {
			r.known[id] = note{r.count, session}
		}
	}
}

func (r *record) visit(engagement int64, session string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.visits[engagement] = &visit{session: session}
}

func (r *record) heard(engagement int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.visits[engagement].heard = true
}

func (r *record) summary() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	answered, delivered, sessions := 0, map[string]bool{}, map[string]bool{}
	for _, p := range r.sent {
		if p.answered {
			answered++
		}
	}
	repeats := 0
	for _, d := range r.received {
		sessions[d.session] = true
		if d.post == "" {
			continue
		}
		if delivered[d.post] {
			repeats++
		}
		delivered[d.post] = true
	}
	return fmt.Sprintf("%d engagements, %d sessions that received, %d posts, %d of them answered, %d delivered, %d deliveries more than once, %d known as received at a log-off",
		len(r.visits), len(sessions), len(r.sent), answered, len(delivered), repeats, len(r.known))
}
