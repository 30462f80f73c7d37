package crowd

import (
	"fmt"
	"sync"
	"time"
)

// Record is what happened at a site, as it was seen from outside.
type Record struct {
	mu       sync.Mutex
	count    int // of notes, so that they have an order
	posts    map[string]*post
	sent     []*post // in the order of their first sending
	received []delivery
	known    map[string]note // by message id: its receiver has said that it has it
	visits   map[int64]*visit
	readings []reading
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
	began      time.Time
	done       time.Time
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

// reading is what somebody read of an engagement at one moment between two times.
type reading struct {
	session    string
	engagement int64
	from, to   time.Time
	posts      []said
}

// said is a post as it stands in a history or in the journal.
type said struct {
	number int64 // among the engagement's posts
	id     string
	body   string
}

// note is when, and in which session, something was learnt.
type note struct {
	at      int
	session string
}

func newRecord() Record {
	return Record{posts: map[string]*post{}, known: map[string]note{}, visits: map[int64]*visit{}}
}

func (r *Record) send(p post) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.began = time.Now()
	r.posts[p.id] = &p
	r.sent = append(r.sent, &p)
}

func (r *Record) answer(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posts[id].answered, r.posts[id].done = true, time.Now()
}

func (r *Record) receive(d delivery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	d.at = r.count
	r.received = append(r.received, d)
}

// learn notes that the server was told, and answered, that posts were received.
func (r *Record) learn(session string, ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	for _, id := range ids {
		if _, before := r.known[id]; !before {
			r.known[id] = note{r.count, session}
		}
	}
}

func (r *Record) visit(engagement int64, session string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.visits[engagement] = &visit{session: session}
}

func (r *Record) heard(engagement int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.visits[engagement].heard = true
}

func (r *Record) read(x reading) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.readings = append(r.readings, x)
}

// Sum is what a record comes to.
type Sum struct {
	Engagements, Sessions, Posts, Answered, Delivered, Repeats, Readings int
}

// Add adds the sum of another record.
func (s *Sum) Add(o Sum) {
	s.Engagements += o.Engagements
	s.Sessions += o.Sessions
	s.Posts += o.Posts
	s.Answered += o.Answered
	s.Delivered += o.Delivered
	s.Repeats += o.Repeats
	s.Readings += o.Readings
}

func (s Sum) String() string {
	return fmt.Sprintf("%d engagements, %d sessions that received, %d posts, %d of them answered 200, %d delivered, %d deliveries more than once, %d readings of a history",
		s.Engagements, s.Sessions, s.Posts, s.Answered, s.Delivered, s.Repeats, s.Readings)
}

// Sum answers what there is in the record.
func (r *Record) Sum() Sum {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Sum{Engagements: len(r.visits), Posts: len(r.sent), Readings: len(r.readings)}
	delivered, sessions := map[string]bool{}, map[string]bool{}
	for _, p := range r.sent {
		if p.answered {
			s.Answered++
		}
	}
	for _, d := range r.received {
		sessions[d.session] = true
		if d.post == "" {
			continue
		}
		if delivered[d.post] {
			s.Repeats++
		}
		delivered[d.post] = true
	}
	s.Sessions, s.Delivered = len(sessions), len(delivered)
	return s
}

// Received answers how many durable messages were received.
func (r *Record) Received() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.received)
}
