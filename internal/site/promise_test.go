package site

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// watcher knows the promises and not the code: it hears the answers, sees what
// is handed out and reads the journal, and fails when they do not fit.
type watcher struct {
	t       fataler
	inbox   map[ClientID]*inbox
	client  map[SessionKey]ClientID
	owed    map[EngagementID][]string // the visitor's posts that no lead is known to have received
	visitor map[EngagementID]ClientID
	recent  map[ClientID][]remembered

	offered, leads, wraps map[EngagementID]ClientID
	most, holds           map[ClientID]int
	push                  map[AccountID]bool
}

// inbox is what one client must get.
type inbox struct {
	posts []string // yet to be known as received, in order
	// Of the present session key:
	told     map[int64]string // every durable message by its number
	isPost   map[int64]bool
	sequence map[EngagementID]int64
	last     int64
	received int64
}

type remembered struct {
	id, body string
	e        EngagementID
	at       Time
}

func newWatcher(t fataler) *watcher {
	return &watcher{
		t: t, inbox: map[ClientID]*inbox{}, client: map[SessionKey]ClientID{}, owed: map[EngagementID][]string{},
		visitor: map[EngagementID]ClientID{}, recent: map[ClientID][]remembered{}, push: map[AccountID]bool{},
		offered: map[EngagementID]ClientID{}, leads: map[EngagementID]ClientID{}, wraps: map[EngagementID]ClientID{},
		most: map[ClientID]int{}, holds: map[ClientID]int{},
	}
}

func (w *watcher) start(c ClientID, k SessionKey) {
	w.client[k] = c
	x := w.inbox[c]
	if x == nil {
		x = &inbox{}
		w.inbox[c] = x
	}
	x.told, x.isPost, x.sequence, x.last, x.received = map[int64]string{}, map[int64]bool{}, map[EngagementID]int64{}, 0, 0
}

// read follows the journal: who may lead what, and who holds how much.
func (w *watcher) read(events []byte) {
	for line := range bytes.Lines(events) {
		_, ev, err := DecodeEvent(bytes.TrimSuffix(line, []byte{'\n'}))
		if err != nil {
			w.t.Fatalf("%v", err)
		}
		switch e := ev.(type) {
		case *AccountDefined:
			w.push[e.Account.ID] = !e.Account.Pull
		case *AgentSessionStarted:
			w.start(e.Client, e.Key)
			if w.push[e.Account] {
				w.most[e.Client] = PushCapacity
			}
		case *AgentSessionRenewed:
			w.start(e.Client, e.Key)
		case *EngagementRequested:
			w.start(e.Client, e.Key)
			w.visitor[e.Engagement] = e.Client
		case *AssignmentRequested:
			w.most[e.Client] = e.Max
		case *EngagementOffered:
			if w.offered[e.Engagement] != 0 || w.leads[e.Engagement] != 0 || w.wraps[e.Engagement] != 0 {
				w.t.Fatalf("engagement %d is offered to %d and is somebody's already", e.Engagement, e.Client)
			}
			w.offered[e.Engagement] = e.Client
			if w.holds[e.Client]++; w.holds[e.Client] > w.most[e.Client] {
				w.t.Fatalf("client %d holds %d engagements, at most %d were asked for", e.Client, w.holds[e.Client], w.most[e.Client])
			}
		case *OfferEnded:
			w.leave(w.offered, e.Engagement, e.Client)
		case *EngagementAssigned:
			w.leave(w.offered, e.Engagement, e.Client)
			w.holds[e.Client]++
			w.leads[e.Engagement] = e.Client
			x := w.inbox[e.Client]
			x.posts = append(x.posts, w.owed[e.Engagement]...)
		case *EngagementQueued:
			w.leave(w.leads, e.Engagement, e.Client)
		case *EngagementConcluded:
			if c := w.offered[e.Engagement]; c != 0 {
				w.leave(w.offered, e.Engagement, c)
			}
			if c := w.leads[e.Engagement]; c != 0 {
				delete(w.leads, e.Engagement)
				w.wraps[e.Engagement] = c
			}
		case *EngagementReleased:
			w.leave(w.wraps, e.Engagement, e.Client)
		}
	}
}

func (w *watcher) leave(m map[EngagementID]ClientID, e EngagementID, c ClientID) {
	if m[e] != c {
		w.t.Fatalf("client %d gives engagement %d back, which is client %d's", c, e, m[e])
	}
	delete(m, e)
	w.holds[c]--
}

// posted notes a post that was answered 200: whom it must reach.
func (w *watcher) posted(now Time, x *sent) {
	from := w.client[x.by.Key]
	if x.post.MessageID != "" {
		r := remembered{x.post.MessageID, x.post.Body, x.e, now}
		if slices.ContainsFunc(w.recent[from], func(o remembered) bool {
			return o.id == r.id && o.body == r.body && o.e == r.e && now.Sub(o.at) <= 10*time.Minute
		}) {
			return // done once already
		}
		w.recent[from] = append(w.recent[from], r)
		if n := len(w.recent[from]); n > 100 {
			w.recent[from] = w.recent[from][n-100:]
		}
	}
	to := w.leads[x.e]
	if x.by.Agent {
		to = w.visitor[x.e]
		if x.post.Visibility != "" {
			return // a note for agents
		}
	} else {
		w.owed[x.e] = append(w.owed[x.e], x.post.Body)
	}
	if to != 0 {
		w.inbox[to].posts = append(w.inbox[to].posts, x.post.Body)
	}
}

// received notes that a session is known to have received all up to a number.
func (w *watcher) received(k SessionKey, upTo int64) {
	x := w.inbox[w.client[k]]
	for n := x.received + 1; n <= upTo; n++ {
		if !x.isPost[n] {
			continue
		}
		for e, owed := range w.owed {
			if len(owed) > 0 && owed[0] == x.posts[0] && w.visitor[e] != w.client[k] {
				w.owed[e] = owed[1:]
			}
		}
		x.posts = x.posts[1:]
	}
	x.received = max(x.received, upTo)
}

// handed checks a batch: the numbers are contiguous and never have two contents,
// sequence numbers rise by one in each engagement, fleeting messages carry the
// numbers before them, and the posts are exactly those that must come, in order.
func (w *watcher) handed(k SessionKey, b *Batch) {
	x := w.inbox[w.client[k]]
	at := x.received
	var posts []string
	for _, d := range b.Deliveries {
		if d.Fleeting {
			if d.Number != at {
				w.t.Fatalf("%s: a fleeting message has number %d, the one before it %d", k, d.Number, at)
			}
			continue
		}
		m := d.Message
		text := fmt.Sprintf("%d %d %s", m.Engagement, d.Sequence, tellMessage(m))
		at++
		if d.Number != at {
			w.t.Fatalf("%s: number %d comes where %d belongs", k, d.Number, at)
		}
		if at <= x.last {
			if x.told[at] != text {
				w.t.Fatalf("%s: number %d was %q and is now %q", k, at, x.told[at], text)
			}
		} else {
			x.told[at], x.isPost[at], x.last = text, m.Kind == KindPost, at
			if x.sequence[m.Engagement]++; d.Sequence != x.sequence[m.Engagement] {
				w.t.Fatalf("%s: sequence number %d of engagement %d comes where %d belongs", k, d.Sequence, m.Engagement, x.sequence[m.Engagement])
			}
		}
		if m.Kind == KindPost {
			posts = append(posts, m.Post.Text())
		}
	}
	if b.Last != 0 && b.Last != at {
		w.t.Fatalf("%s: the batch ends with %d and says %d", k, at, b.Last)
	}
	if due := x.posts; len(posts) > len(due) || !slices.Equal(posts, due[:len(posts)]) || !b.More && len(posts) < len(due) {
		w.t.Fatalf("%s is handed the posts\n\t%q\nand must be handed\n\t%q", k, posts, due)
	}
}

// history plays steps on a world with a watcher, and keeps what a journal with
// checkpoints would hold.
type history struct {
	*world
	*cast
	watch *watcher
	parts map[string][]byte
	upTo  int64 // the checkpoint's position
	tail  []byte
	trail []string // answers
}

func newHistory(t fataler) *history {
	h := &history{world: emptyWorld(t), cast: newCast(), watch: newWatcher(t), parts: map[string][]byte{}}
	prepare(h.world)
	h.commit()
	for who := range 3 { // most of what can go wrong needs somebody at work
		h.step(op{Do: "log on", Who: who})
		h.step(op{Do: "ask", Who: who, Which: 3, How: 3})
	}
	return h
}

func (h *history) commit() {
	f := h.flush()
	h.tail = append(h.tail, f.Events...)
	h.watch.read(f.Events)
}

func (h *history) step(o op) {
	switch o.Do {
	case "checkpoint":
		for _, p := range h.TakeParts() {
			if h.parts[p.Key] = p.Data; p.Data == nil {
				delete(h.parts, p.Key)
			}
		}
		h.upTo, h.tail = h.Position(), nil
		return
	case "restart":
		h.Site = h.restored()
		h.Resumed(h.cast.now)
		h.commit()
		h.nobodyWaitsInVain()
		return
	}
	before := len(h.journal)
	r := h.cast.perform(h.Site, o)
	h.commit()
	h.trail = append(h.trail, o.Do+": "+r.answer)
	if r.err != nil && !onlyTimers(eventNames(h.t, h.journal[before:])) {
		h.t.Fatalf("%+v was refused (%v) and recorded something", o, r.err)
	}
	if r.sent != nil && r.err == nil {
		h.watch.posted(h.cast.now, r.sent)
	}
	if r.acks && h.byKey[r.caller.Key] != 0 {
		h.watch.received(r.caller.Key, r.acked)
	}
	if r.batch != nil {
		h.watch.handed(r.caller.Key, r.batch)
	}
	h.check()
	h.nobodyWaitsInVain()
}

// nobodyWaitsInVain fails when an engagement waits that could be offered.
func (h *history) nobodyWaitsInVain() {
	for _, id := range sortedKeys(h.queues) {
		for _, e := range h.queues[id].waiting {
			for _, c := range h.agentOrder {
				if h.mayOffer(e, h.Site.agents[c]) {
					h.t.Fatalf("engagement %d waits, and client %d is free for it", e.ID, c)
				}
			}
		}
	}
}

// onlyTimers reports whether what was recorded is what time brought about: none
// of it is what a command of somebody records.
func onlyTimers(names []string) bool {
	for _, n := range names {
		switch n {
		case "Posted", "AgentStatusChanged", "AssignmentRequested", "EngagementAssigned", "AgentSessionStarted", "AgentSessionRenewed", "EngagementRequested":
			return false
		}
	}
	return true
}

// restored builds the site from the last checkpoint and the frames after it, and
// compares it with the live one.
func (h *history) restored() *Site {
	var parts []Part
	for _, k := range sortedKeys(h.parts) {
		parts = append(parts, Part{Key: k, Data: h.parts[k]})
	}
	s, err := Restore(h.upTo, parts, h.sideTexts())
	if err == nil {
		err = s.Replay(h.tail)
	}
	if err != nil {
		h.t.Fatalf("restore: %v", err)
	}
	h.same(s)
	return s
}

func TestThePromisesHoldInRandomHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t)
		for _, o := range histories(240).Draw(t, "history") {
			h.step(o)
		}
		h.restored()
		h.sameAfterReplay()
	})
}
