package sim

import (
	"fmt"
	"time"

	"usher/api"
	"usher/internal/site"
)

// patience is how long a client sends a post again: well within the ten minutes
// for which the site remembers message ids.
const patience = 5 * time.Minute

// mostFlying is how many posts a client that does not wait has under way.
const mostFlying = 6

// outbox is how a client posts. One that gives its posts ids sends one at a
// time, and again until it knows the outcome; another sends each once, and the
// next without waiting.
type outbox struct {
	c       *centre
	w       *world
	home    *int
	who     string
	again   bool
	order   int
	current *post         // not known to be posted yet, if again
	due     bool          // to be sent again
	since   time.Duration // of its first sending
	flying  int           // posts under way
	posted  *post         // the last that is known to be posted
}

// post posts something into an engagement, or sends the current post again.
func (o *outbox) post(e site.EngagementID, toAgent bool, send func(*site.Site, site.NewPost) (site.Taken, error)) {
	w := o.w
	if o.due && w.now-o.since >= patience {
		o.drop()
	}
	switch {
	case o.due:
		o.send(o.current, send)
		return
	case o.current != nil || o.flying >= mostFlying:
		return
	}
	o.order++
	p := &post{
		claim: claim{mark: w.name("post"), named: o.again}, sender: o.who, order: o.order, toAgent: toAgent,
		hidden: !toAgent && !w.calm && w.chance(0.1), engagement: e,
	}
	p.text = fmt.Sprintf("%s says %d", o.who, w.rnd.Int64())
	p.sentAt = w.agenda.turn
	o.c.claims.addPost(p)
	if o.again {
		o.current, o.since = p, w.now
	}
	o.send(p, send)
}

func (o *outbox) send(p *post, send func(*site.Site, site.NewPost) (site.Taken, error)) {
	w := o.w
	n := site.NewPost{Body: p.text, Data: map[string]string{mark: p.mark}, OffTheRecord: p.order%5 == 0, Visibility: api.VisibilityAll}
	if o.again {
		n.MessageID = "id-" + p.mark
	}
	if p.hidden {
		n.Visibility = api.VisibilityNotEndUser
	}
	if w.tamper.post != nil {
		n = w.tamper.post(w.rnd, n)
	}
	o.due = false
	o.flying++
	o.c.ask(o.home, &request{
		what: o.who + " posts " + p.mark, claim: &p.claim,
		run: func(s *site.Site) (any, error) { return send(s, n) },
		back: func(_ any, err error) {
			o.flying--
			if err == nil && p.done == 0 {
				p.done, o.posted = w.agenda.turn, p
			}
			if o.current == p {
				o.outcome(err)
			}
		},
	})
}

// outcome decides whether the current post is sent again.
func (o *outbox) outcome(err error) {
	if err == errNoAnswer || ours(err) {
		o.due = true
	} else {
		o.current = nil
	}
}

// drop gives up what is not known to be posted: its session is over.
func (o *outbox) drop() { o.current, o.due = nil, false }
