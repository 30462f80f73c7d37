package site

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher/api"
)

// watcher knows the promises and not the code: it hears the answers, sees what
// is handed out and reads the journal, and fails when they do not fit.
type watcher struct {
	t       fataler
	inbox   map[ClientID]*inbox
	client  map[SessionKey]ClientID
	owed    map[EngagementID][]*item // the visitor's posts that no lead is known to have received
	visitor map[EngagementID]ClientID
	recent  map[ClientID][]remembered
	notes   map[EngagementID]string

	own              *ownWatcher
	spam, spamAgents bool
	held             []*PostBlocked // in the last step
	ended            map[EngagementID]api.Reason

	offered, leads, wraps map[EngagementID]ClientID
	invitedWith           map[EngagementID]map[ClientID]string // notes
	guests                map[EngagementID]map[ClientID]api.Role
	invited               map[EngagementID]map[ClientID]api.AssignmentType
	led                   map[EngagementID]map[ClientID]bool // ever
	most, holds           map[ClientID]int
	account               map[ClientID]AccountID
	accounts              map[AccountID]Account
	profiles              map[ProfileID]Profile
}

// item is one post on its way to several.
type item struct {
	e       EngagementID
	body    string
	visitor bool
	given   map[ClientID]bool // true: it is known to have been received
}

// inbox is what one client must get.
type inbox struct {
	posts []*item // yet to be known as received, in order
	// Of the present session key:
	told     map[int64]string // every durable message by its number
	isPost   map[int64]bool
	post     map[int64]postName
	sequence map[EngagementID]int64
	last     int64
	received int64
}

type remembered struct {
	id, body string
	e        EngagementID
	at       Time
	file     string // its id, "" when it was held back, or is a text
}

func newWatcher(t fataler) *watcher {
	return &watcher{
		t: t, own: newOwnWatcher(t), inbox: map[ClientID]*inbox{}, client: map[SessionKey]ClientID{}, owed: map[EngagementID][]*item{},
		visitor: map[EngagementID]ClientID{}, recent: map[ClientID][]remembered{}, notes: map[EngagementID]string{},
		ended:   map[EngagementID]api.Reason{},
		offered: map[EngagementID]ClientID{}, leads: map[EngagementID]ClientID{}, wraps: map[EngagementID]ClientID{},
		invitedWith: map[EngagementID]map[ClientID]string{},
		guests:      map[EngagementID]map[ClientID]api.Role{}, invited: map[EngagementID]map[ClientID]api.AssignmentType{},
		led: map[EngagementID]map[ClientID]bool{}, most: map[ClientID]int{}, holds: map[ClientID]int{},
		account: map[ClientID]AccountID{}, accounts: map[AccountID]Account{}, profiles: map[ProfileID]Profile{},
	}
}

func (w *watcher) start(c ClientID, k SessionKey) {
	w.client[k] = c
	x := w.inbox[c]
	if x == nil {
		x = &inbox{}
		w.inbox[c] = x
	}
	x.post = map[int64]postName{}
	x.told, x.isPost, x.sequence, x.last, x.received = map[int64]string{}, map[int64]bool{}, map[EngagementID]int64{}, 0, 0
}

// read follows the journal: who may lead what, who is in it, and who holds how much.
func (w *watcher) read(events []byte) {
	w.held = nil
	w.own.read(events)
	for line := range bytes.Lines(events) {
		_, ev, err := DecodeEvent(bytes.TrimSuffix(line, []byte{'\n'}))
		if err != nil {
			w.t.Fatalf("%v", err)
		}
		switch e := ev.(type) {
		case *AccountDefined:
			w.accounts[e.Account.ID] = e.Account
		case *ProfileDefined:
			w.profiles[e.Profile.ID] = e.Profile
		case *AgentSessionStarted:
			w.start(e.Client, e.Key)
			w.account[e.Client], w.most[e.Client] = e.Account, -1
		case *AgentSessionRenewed:
			w.start(e.Client, e.Key)
		case *VisitorSessionRenewed:
			w.start(e.Client, e.Key)
		case *SettingsChanged:
			w.spam, w.spamAgents = e.Settings.Spam, e.Settings.SpamAgents
		case *PostBlocked:
			w.held = append(w.held, e)
		case *Posted:
			w.notice(e)
		case *EngagementRequested:
			w.start(e.Client, e.Key)
			w.visitor[e.Engagement] = e.Client
			w.guests[e.Engagement], w.invited[e.Engagement] = map[ClientID]api.Role{}, map[ClientID]api.AssignmentType{}
			w.led[e.Engagement], w.invitedWith[e.Engagement] = map[ClientID]bool{}, map[ClientID]string{}
		case *AssignmentRequested:
			w.most[e.Client] = e.Max
		case *EngagementOffered:
			if w.offered[e.Engagement] != 0 || w.leads[e.Engagement] != 0 || w.wraps[e.Engagement] != 0 {
				w.t.Fatalf("engagement %d is offered to %d and is somebody's already", e.Engagement, e.Client)
			}
			w.offered[e.Engagement] = e.Client
			w.take(e.Client, true)
		case *OfferEnded:
			w.leave(w.offered, e.Engagement, e.Client)
		case *AgentInvited:
			c := e.Invitation.Client
			if w.isIn(e.Engagement, c) || w.invited[e.Engagement][c] != "" {
				w.t.Fatalf("client %d is invited to engagement %d and has to do with it already", c, e.Engagement)
			}
			if w.invited[e.Engagement][c] = e.Invitation.Type; e.Invitation.Type != api.AssignmentMonitor {
				w.take(c, true)
			}
			w.invitedWith[e.Engagement][c] = textOf(e.Invitation.Note)
		case *InvitationEnded:
			w.uninvite(e.Engagement, e.Client, true)
		case *EngagementAssigned:
			if w.offered[e.Engagement] == e.Client {
				delete(w.offered, e.Engagement)
			} else {
				w.take(e.Client, false)
			}
			w.lead(e.Engagement, e.Client)
			w.note(e.Engagement, e.Client, w.notes[e.Engagement])
			delete(w.notes, e.Engagement)
		case *LeadChanged:
			if w.leads[e.Engagement] != e.Former {
				w.t.Fatalf("client %d hands engagement %d over, which is client %d's", e.Former, e.Engagement, w.leads[e.Engagement])
			}
			switch role := w.guests[e.Engagement][e.Client]; {
			case role == api.RoleConferee:
			case w.invited[e.Engagement][e.Client] != "" && w.invited[e.Engagement][e.Client] != api.AssignmentMonitor:
			default:
				w.take(e.Client, false)
			}
			note := w.invitedWith[e.Engagement][e.Client]
			w.uninvite(e.Engagement, e.Client, false)
			w.lead(e.Engagement, e.Client)
			if e.Cause == Transferred {
				w.note(e.Engagement, e.Client, note)
			}
			delete(w.notes, e.Engagement)
			if delete(w.guests[e.Engagement], e.Client); e.Stays {
				w.guests[e.Engagement][e.Former] = api.RoleConferee
			} else {
				w.holds[e.Former]--
			}
		case *GuestJoined:
			if w.isIn(e.Engagement, e.Client) {
				w.t.Fatalf("client %d joins engagement %d twice", e.Client, e.Engagement)
			}
			if e.Role == api.RoleConferee && w.invited[e.Engagement][e.Client] != api.AssignmentConference {
				w.take(e.Client, false)
			}
			w.note(e.Engagement, e.Client, w.invitedWith[e.Engagement][e.Client])
			w.uninvite(e.Engagement, e.Client, false)
			w.guests[e.Engagement][e.Client] = e.Role
		case *GuestLeft:
			if w.guests[e.Engagement][e.Client] == api.RoleConferee {
				w.holds[e.Client]--
			}
			delete(w.guests[e.Engagement], e.Client)
		case *TransferWanted:
			w.notes[e.Engagement] = textOf(e.Note)
		case *EngagementQueued:
			w.leave(w.leads, e.Engagement, e.Client)
			w.notes[e.Engagement] = textOf(e.Note)
		case *EngagementConcluded:
			w.ended[e.Engagement] = e.Reason
			if c := w.offered[e.Engagement]; c != 0 {
				w.leave(w.offered, e.Engagement, c)
			}
			if c := w.leads[e.Engagement]; c != 0 {
				delete(w.leads, e.Engagement)
				w.wraps[e.Engagement] = c
			}
			for c := range w.invited[e.Engagement] {
				w.uninvite(e.Engagement, c, true)
			}
			for c, role := range w.guests[e.Engagement] {
				if role == api.RoleConferee {
					w.holds[c]--
				}
			}
			clear(w.guests[e.Engagement])
		case *EngagementReleased:
			w.leave(w.wraps, e.Engagement, e.Client)
		}
	}
}

func (w *watcher) isIn(e EngagementID, c ClientID) bool {
	return w.leads[e] == c || w.guests[e][c] != ""
}

// take counts a place. bounded: nobody is given more than it may have.
func (w *watcher) take(c ClientID, bounded bool) {
	a := w.accounts[w.account[c]]
	places := a.Places
	if p, ok := w.profiles[a.Profile]; ok {
		places = p.Places
	}
	most := w.most[c]
	switch {
	case most < 0 && places == 0:
		most = PushCapacity
	case most < 0 || places > 0 && places < most:
		most = places
	}
	if w.holds[c]++; bounded && w.holds[c] > most {
		w.t.Fatalf("client %d holds %d engagements, and may have %d", c, w.holds[c], most)
	}
}

func (w *watcher) uninvite(e EngagementID, c ClientID, frees bool) {
	kind := w.invited[e][c]
	delete(w.invited[e], c)
	delete(w.invitedWith[e], c)
	if frees && kind != "" && kind != api.AssignmentMonitor {
		w.holds[c]--
	}
}

// lead notes a new lead, which must get what no lead is known to have received and
// it was not given as a guest.
func (w *watcher) lead(e EngagementID, c ClientID) {
	w.leads[e], w.led[e][c] = c, true
	for _, p := range slices.Clone(w.owed[e]) {
		switch received, given := p.given[c]; {
		case received:
			w.settled(p)
		case !given:
			w.give(p, c)
		}
	}
}

// note gives an agent the note that was meant for it.
func (w *watcher) note(e EngagementID, c ClientID, text string) {
	if text != "" {
		w.give(&item{e: e, body: text}, c)
	}
}

func textOf(p *Post) string {
	if p == nil {
		return ""
	}
	return p.Body
}

func (w *watcher) give(p *item, to ...ClientID) {
	for _, c := range to {
		if p.given == nil {
			p.given = map[ClientID]bool{}
		}
		p.given[c] = false
		w.inbox[c].posts = append(w.inbox[c].posts, p)
	}
}

// settled takes a post out of those that no lead is known to have received.
func (w *watcher) settled(p *item) {
	w.owed[p.e] = slices.DeleteFunc(w.owed[p.e], func(o *item) bool { return o == p })
}

// room answers the agents in an engagement but one.
func (w *watcher) room(e EngagementID, but ClientID) []ClientID {
	var in []ClientID
	if c := w.leads[e]; c != 0 && c != but {
		in = append(in, c)
	}
	for c := range w.guests[e] {
		if c != but {
			in = append(in, c)
		}
	}
	return in
}

func (w *watcher) leave(m map[EngagementID]ClientID, e EngagementID, c ClientID) {
	if m[e] != c {
		w.t.Fatalf("client %d gives engagement %d back, which is client %d's", c, e, m[e])
	}
	delete(m, e)
	w.holds[c]--
}

// notice gives somebody whose post was held back the system's word about it. Nobody
// else gets it.
func (w *watcher) notice(e *Posted) {
	if e.Post.SenderType != api.PartySystem {
		return
	}
	if len(w.held) == 0 || w.held[len(w.held)-1].Post.Client != e.Post.Only {
		w.t.Fatalf("client %d is told %q, and no post of its was held back", e.Post.Only, e.Post.Body)
	}
	w.give(&item{e: e.Engagement, body: e.Post.Body}, e.Post.Only)
}

// heldBack checks a post that the spam checks kept from everybody.
func (w *watcher) heldBack(x *sent) {
	from := w.client[x.by.Key]
	switch {
	case len(w.held) != 1 || w.held[0].Post.Client != from:
		w.t.Fatalf("client %d's post is held back, and the journal has %d such", from, len(w.held))
	case !w.spam || x.by.Agent && !w.spamAgents:
		w.t.Fatalf("client %d's post is held back at a site that checks none", from)
	case x.took.Ejected && (x.by.Agent || w.ended[x.e] != api.ReasonEjected):
		w.t.Fatalf("client %d is ejected from engagement %d, which ended with %q", from, x.e, w.ended[x.e])
	case !x.took.Ejected && w.ended[x.took.Engagement] != "":
		w.t.Fatalf("engagement %d is over, and client %d was not told that it is ejected", x.e, from)
	}
}

// wordsOf writes what is posted: a text, or a file, whose id is another one each
// time it is sent.
func wordsOf(text string, f *File, id bool) string {
	switch {
	case f == nil:
		return text
	case id:
		return fmt.Sprint("file ", f.Name, " ", f.Type, " ", f.Size, " ", f.ID)
	}
	return fmt.Sprint("file ", f.Name, " ", f.Size)
}

// posted notes a post that was answered 200, or was held back: whom it must reach.
func (w *watcher) posted(now Time, x *sent) {
	from := w.client[x.by.Key]
	if x.took.Ejected { // it is refused, so a repeat is none
		w.heldBack(x)
		return
	}
	if x.post.MessageID != "" {
		r := remembered{x.post.MessageID, wordsOf(x.post.Body, x.post.File, false), x.e, now, ""}
		if x.post.File != nil && len(x.took.Blocked) == 0 {
			r.file = x.post.File.ID
		}
		if i := slices.IndexFunc(w.recent[from], func(o remembered) bool {
			return o.id == r.id && o.body == r.body && o.e == r.e && now.Sub(o.at) <= 10*time.Minute
		}); i >= 0 { // done once already
			if first := w.recent[from][i].file; !x.took.Repeated || len(w.held) > 0 || (x.took.File != nil) != (first != "") || first != "" && x.took.File.ID != first {
				w.t.Fatalf("a repeat of client %d is answered %+v; the first was file %q", from, x.took, first)
			}
			return
		}
		w.recent[from] = append(w.recent[from], r)
		if n := len(w.recent[from]); n > 100 {
			w.recent[from] = w.recent[from][n-100:]
		}
	}
	if x.took.Repeated {
		w.t.Fatalf("what client %d posts is new, and counts as a repeat", from)
	}
	if len(x.took.Blocked) > 0 {
		w.heldBack(x)
		return
	}
	p := &item{e: x.e, body: wordsOf(x.post.Body, x.post.File, true), visitor: !x.by.Agent}
	switch {
	case x.only != 0:
		w.give(p, x.only)
		return
	case p.visitor:
		w.owed[x.e] = append(w.owed[x.e], p)
	case x.post.Visibility == "" && w.guests[x.e][from] != api.RoleMonitor:
		w.give(p, w.visitor[x.e])
	}
	w.give(p, w.room(x.e, from)...)
}

// received notes that a session is known to have received all up to a number.
func (w *watcher) received(k SessionKey, upTo int64) {
	c := w.client[k]
	x := w.inbox[c]
	for n := x.received + 1; n <= upTo; n++ {
		if !x.isPost[n] {
			continue
		}
		p := x.posts[0]
		if p.given[c] = true; p.visitor && w.led[p.e][c] {
			w.settled(p)
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
			if m.Kind == KindPost {
				x.post[at] = postName{m.Engagement, m.Post.Number}
			}
			if x.sequence[m.Engagement]++; d.Sequence != x.sequence[m.Engagement] {
				w.t.Fatalf("%s: sequence number %d of engagement %d comes where %d belongs", k, d.Sequence, m.Engagement, x.sequence[m.Engagement])
			}
		}
		if m.Kind == KindPost {
			posts = append(posts, wordsOf(m.Post.Text(), m.Post.File, true))
		}
	}
	if b.Last != 0 && b.Last != at {
		w.t.Fatalf("%s: the batch ends with %d and says %d", k, at, b.Last)
	}
	var due []string
	for _, p := range x.posts {
		due = append(due, p.body)
	}
	if len(posts) > len(due) || !slices.Equal(posts, due[:len(posts)]) || !b.More && len(posts) < len(due) {
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
		h.checkAll()
		return
	}
	before := len(h.journal)
	r := h.cast.perform(h.Site, o)
	h.commit()
	h.trail = append(h.trail, o.Do+": "+r.answer)
	if r.err != nil && !onlyTimers(eventNames(h.t, h.journal[before:])) {
		h.t.Fatalf("%+v was refused (%v) and recorded something", o, r.err)
	}
	switch {
	case r.sent != nil && r.err == nil:
		h.watch.posted(h.cast.now, r.sent)
	case len(h.watch.held) > 0:
		h.t.Fatalf("%+v holds a post back that nobody made", o)
	}
	if r.acks && h.byKey[r.caller.Key] != 0 {
		h.watch.own.acknowledged(h.watch.client[r.caller.Key], h.watch.inbox[h.watch.client[r.caller.Key]], r)
		h.watch.received(r.caller.Key, r.acked)
	}
	if r.batch != nil {
		h.watch.handed(r.caller.Key, r.batch)
		h.watch.own.handed(h.watch.client[r.caller.Key], r.caller, r.batch)
	}
	h.watch.own.compare(h.Site)
	h.checkAll()
}

func (h *history) checkAll() {
	h.check()
	if err := h.CheckWaiting(); err != nil {
		h.t.Fatalf("%v", err)
	}
}

// onlyTimers reports whether what was recorded is what time brought about: none
// of it is what a command of somebody records.
func onlyTimers(names []string) bool {
	for _, n := range names {
		switch n {
		case "Posted", "AgentStatusChanged", "AssignmentRequested", "EngagementAssigned", "AgentSessionStarted", "AgentSessionRenewed", "EngagementRequested",
			"PostBlocked", "VisitorSessionRenewed", "EngagementRated", "LetterQueued", "LetterTried",
			"PostsSeen", "PageViewed", "ContactChanged", "WrapUpNoted", "ReplyDefined", "OwnReplySaved", "OwnReplyDeleted", "MessageLeft", "MessageDone":
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
