package workday

import (
	"slices"

	"usher/api"
	"usher/internal/site"
)

// box is a session's mailbox, from its record.
type box struct {
	agent   bool
	last    int64
	waiting []entry
	had     map[postKey]bool // every post that was ever put here
	closed  int64            // the number of a visitor's concluded message
}

type entry struct {
	number int64
	kind   site.Kind
	visit  site.EngagementID
	post   int64 // its number in the engagement
}

type postKey struct {
	visit  site.EngagementID
	number int64
}

// question is a visitor's post, and who is known to have received it.
type question struct {
	number   int64
	received []site.ClientID
}

func (b *box) renew() {
	b.last = 0
	for i := range b.waiting {
		b.last++
		b.waiting[i].number = b.last
	}
}

// put notes a message in a mailbox.
func (o *oracle) put(a site.Address, x entry) {
	b, v := o.boxes[a.Client], o.visits[x.visit]
	switch {
	case b == nil:
		o.complain(v, nil, "a message of kind %s went to client %d, which has no session", x.kind, a.Client)
		return
	case a.Number != b.last+1:
		o.complain(v, o.workers[a.Client], "client %d was given number %d after %d", a.Client, a.Number, b.last)
	case b.closed > 0:
		o.complain(v, nil, "a message of kind %s went to visitor %d after its concluded message", x.kind, a.Client)
	}
	x.number = a.Number
	b.last = a.Number
	b.waiting = append(b.waiting, x)
	if x.kind == site.KindPost {
		k := postKey{x.visit, x.post}
		if b.had[k] {
			o.complain(v, o.workers[a.Client], "post %d of engagement %d went to client %d twice", x.post, x.visit, a.Client)
		}
		b.had[k] = true
	}
}

// mail reads the events of mailboxes.
func (o *oracle) mail(e site.Event) {
	switch e := e.(type) {
	case *site.Posted:
		o.onVisit(e.Engagement, 0, func(v *visit, _ *worker) { o.posted(v, e) })
	case *site.PostsForwarded:
		o.onVisit(e.Engagement, e.To.Client, func(v *visit, w *worker) { o.forwarded(v, w, e) })
	case *site.Mailed:
		o.mailed(e)
	case *site.Acknowledged:
		o.acknowledged(e)
	}
}

// posted checks who posted, and that everybody gets it who must, and nobody else.
func (o *oracle) posted(v *visit, e *site.Posted) {
	o.posts++
	p := e.Post
	w := o.workers[p.Client]
	g := v.guest(p.Client)
	monitor := g != nil && g.role == api.RoleMonitor
	switch {
	case v.concluded:
		o.complain(v, w, "a post went into engagement %d, which is concluded", v.id)
	case p.Client != v.visitor && p.Client != v.lead && g == nil:
		o.complain(v, w, "agent %d posted into engagement %d, and is not in it", p.Client, v.id)
	case o.asked.who != p.Client:
		o.complain(v, w, "post %d of engagement %d is of client %d, who did not ask for it", p.Number, v.id, p.Client)
	}
	want := v.agents()
	if p.Client != v.visitor && p.Visibility != api.VisibilityNotEndUser && !monitor {
		want = append(want, v.visitor)
	}
	if o.asked.what == "transfer" || o.asked.what == "invite" { // a note, for whoever comes
		want = nil
		if p.Visibility != api.VisibilityNotEndUser {
			o.complain(v, w, "the note %d of engagement %d is not hidden from its visitor", p.Number, v.id)
		}
	}
	want = slices.DeleteFunc(want, func(c site.ClientID) bool { return c == p.Client })
	if p.Only != 0 {
		want = []site.ClientID{p.Only}
		if monitor && p.Only == v.visitor {
			o.complain(v, w, "monitor %d wrote to the visitor of engagement %d", p.Client, v.id)
		}
	}
	var got []site.ClientID
	for _, a := range e.To {
		got = append(got, a.Client)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		o.complain(v, w, "post %d of engagement %d went to %v, want %v", p.Number, v.id, got, want)
	}
	if p.Client == v.visitor {
		v.posts = append(v.posts, &question{number: p.Number})
	}
	v.acted = o.now
	for _, a := range e.To {
		o.put(a, entry{kind: site.KindPost, visit: v.id, post: p.Number})
	}
}

// reached reports whether a post is known to have reached somebody who leads, or led.
func (v *visit) reached(q *question) bool {
	return slices.ContainsFunc(q.received, func(c site.ClientID) bool { return slices.Contains(v.leads, c) })
}

func (o *oracle) holdsPost(c site.ClientID, v *visit, number int64) bool {
	b := o.boxes[c]
	return b != nil && slices.ContainsFunc(b.waiting, func(x entry) bool { return x.kind == site.KindPost && x.visit == v.id && x.post == number })
}

// owed answers what a new lead must be given: what is not known to have reached
// any lead, and is not in its mailbox.
func (o *oracle) owed(v *visit, c site.ClientID) []int64 {
	var owed []int64
	for _, q := range v.posts {
		if !v.reached(q) && !o.holdsPost(c, v, q.number) {
			owed = append(owed, q.number)
		}
	}
	return owed
}

func (o *oracle) forwarded(v *visit, w *worker, e *site.PostsForwarded) {
	if w.client != v.lead {
		o.complain(v, w, "posts of engagement %d went to agent %d, its lead is %d", v.id, w.client, v.lead)
	}
	given := e.Posts
	if given == nil {
		for _, q := range v.posts {
			if len(given) < e.Count && !v.reached(q) {
				given = append(given, q.number)
			}
		}
	}
	if want := o.owed(v, w.client); !slices.Equal(given, want) {
		o.complain(v, w, "the new lead %d of engagement %d was given posts %v, is owed %v", w.client, v.id, given, want)
	}
	a := e.To
	for _, n := range given {
		o.put(a, entry{kind: site.KindPost, visit: v.id, post: n})
		a.Number++
	}
}

// owesNothing: a new lead has got all that no former lead received.
func (o *oracle) owesNothing(v *visit) {
	if v.lead == 0 || v.concluded {
		return
	}
	if owed := o.owed(v, v.lead); len(owed) > 0 {
		o.complain(v, o.workers[v.lead], "lead %d of engagement %d was not given posts %v", v.lead, v.id, owed)
	}
}

func (o *oracle) mailed(e *site.Mailed) {
	m := e.Message
	v := o.visits[m.Engagement]
	x := entry{kind: m.Kind, visit: m.Engagement}
	if m.Post != nil {
		x.post = m.Post.Number
	}
	for _, a := range e.To {
		o.put(a, x)
		if v == nil || a.Client != v.visitor {
			continue
		}
		switch {
		case m.Kind == site.KindConcluded:
			v.told = append(v.told, *m.Left)
			o.boxes[a.Client].closed = a.Number
		case m.Kind == site.KindJoined && m.Joined.Role == api.RoleMonitor, m.Kind == site.KindLeft && m.Left.Role == api.RoleMonitor:
			o.complain(v, nil, "the visitor of engagement %d was told of a monitor", v.id)
		case m.Kind == site.KindPost && m.Post.Visibility == api.VisibilityNotEndUser:
			o.complain(v, nil, "the visitor of engagement %d was given post %d, which is not for it", v.id, m.Post.Number)
		}
	}
}

func (o *oracle) acknowledged(e *site.Acknowledged) {
	b := o.boxes[e.Client]
	if b == nil || e.UpTo > b.last {
		o.complain(nil, o.workers[e.Client], "client %d acknowledged %d, which it was never given", e.Client, e.UpTo)
		return
	}
	for len(b.waiting) > 0 && b.waiting[0].number <= e.UpTo {
		x := b.waiting[0]
		b.waiting = b.waiting[1:]
		if v := o.visits[x.visit]; v != nil && x.kind == site.KindPost {
			if i := slices.IndexFunc(v.posts, func(q *question) bool { return q.number == x.post }); i >= 0 {
				v.posts[i].received = append(v.posts[i].received, e.Client)
			}
		}
	}
}

// handedOut checks an answer against what was recorded for the session.
func (o *oracle) handedOut(c site.ClientID, batch []site.Delivery) {
	b := o.boxes[c]
	if b == nil {
		o.complain(nil, nil, "client %d was handed out messages, and has no session", c)
		return
	}
	want := b.waiting
	for _, d := range batch {
		if d.Fleeting {
			o.fleeting(c, d.Message)
			continue
		}
		got := entry{number: d.Number, kind: d.Message.Kind, visit: d.Message.Engagement}
		if d.Message.Post != nil {
			got.post = d.Message.Post.Number
		}
		if len(want) == 0 || want[0] != got {
			o.complain(o.visits[got.visit], o.workers[c], "client %d was handed out %+v, recorded for it is %+v", c, got, want[:min(1, len(want))])
			return
		}
		want = want[1:]
	}
	if len(want) > 0 && len(batch) < 100 && len(batch) > 0 {
		o.complain(o.visits[want[0].visit], o.workers[c], "client %d was not handed out %+v", c, want[0])
	}
}

// fleeting: who types is in the engagement, and a place in the queue is told to
// who waits.
func (o *oracle) fleeting(c site.ClientID, m *site.Message) {
	v := o.visits[m.Engagement]
	if v == nil || m.Activity == nil {
		return
	}
	if g := v.guest(m.Activity.Client); g != nil && g.role == api.RoleMonitor && c == v.visitor {
		o.complain(v, nil, "the visitor of engagement %d sees a monitor type", v.id)
	}
}

// acts notes what is done in an engagement and not recorded.
func (o *oracle) acts(e site.EngagementID) {
	if v := o.visits[e]; v != nil && v.state() == site.Active {
		v.acted = o.now
	}
}

// leadOf answers who leads an engagement, and who its visitor is.
func (o *oracle) leadOf(e site.EngagementID) (site.ClientID, site.ClientID) {
	if v := o.visits[e]; v != nil {
		return v.lead, v.visitor
	}
	return 0, 0
}
