package sim

import (
	"errors"
	"time"

	"usher/api"
	"usher/internal/site"
)

// visitor is a place in which one visitor after another comes, talks and goes.
type visitor struct {
	c      *centre
	w      *world
	home   int // the slot it asked last
	place  string
	who    string
	token  *claim
	habits habits
	asking bool // requestEngagement is under way
	loop   *loop
	out    *outbox
	visit  site.EngagementID
	done   bool // the concluded message came, or the visitor ended it
}

// tokenFor is how long a visitor's token is good: longer than anybody stays.
const tokenFor = 8 * time.Hour

func newVisitor(c *centre, place string) *visitor {
	v := &visitor{c: c, w: c.w, place: place}
	v.comes()
	return v
}

// comes lets the next visitor come, with a token of its own.
func (v *visitor) comes() {
	w := v.w
	*v = visitor{c: v.c, w: w, home: w.rnd.IntN(len(w.slots)), place: v.place, who: w.name(v.place + "/"), habits: w.drawHabits()}
	v.token = v.c.claims.add(&claim{mark: w.name("token"), named: true})
	v.out = &outbox{c: v.c, w: w, home: &v.home, who: v.who, again: v.habits.messageID}
}

func (v *visitor) act() {
	w := v.w
	if v.loop == nil {
		if !v.asking {
			v.ask()
		}
		return
	}
	if v.loop.over {
		v.comes()
		return
	}
	switch n := w.rnd.IntN(100); {
	case n < 50:
		v.loop.turn()
	case v.done && n < 80:
		v.leaves()
	case n < 85:
		v.post()
	case n < 96:
		v.types()
	case n < 98:
		v.ask() // the same token again
	default:
		if w.chance(0.5) {
			v.ends()
		}
	}
}

// leaves lets the visitor close its page, and the next one come.
func (v *visitor) leaves() {
	v.loop.leaveAll()
	v.comes()
}

// ask asks for an engagement. The same token again finds the same one.
func (v *visitor) ask() {
	w, who := v.w, v.who
	key := site.SessionKey(v.token.mark)
	v.asking = true
	expires := epoch.Add(w.now + tokenFor)
	v.c.ask(&v.home, &request{
		what: who + " asks for an engagement", claim: v.token,
		run: func(s *site.Site) (any, error) {
			return s.RequestEngagement(site.EngagementRequest{Key: key, TokenExpires: expires, Contact: site.Contact{FirstName: who}})
		},
		back: func(got any, err error) {
			if v.who != who {
				return
			}
			v.asking = false
			if _, refused := errors.AsType[*site.Error](err); refused && v.loop == nil {
				v.comes()
				return
			}
			if err == nil && v.loop == nil {
				opened := got.(site.EngagementOpened)
				v.visit, v.c.clients[opened.Client] = opened.Engagement, client{who, v.habits.positions}
				w.report.Engagements++
				v.loop = &loop{
					c: v.c, w: w, home: v.home, who: who, caller: site.Caller{Key: key}, habits: v.habits, own: w.chance(0.5),
					stream: v.c.newStream(who, key),
					hears:  func(d site.Delivery) { v.hears(who, d) }, told: v.out.drop,
				}
			}
		},
	})
}

func (v *visitor) hears(who string, d site.Delivery) {
	switch {
	case d.Message.Post != nil:
		v.c.claims.posts[d.Message.Post.Data[mark]].received[who] = true
	case d.Message.Kind == site.KindConcluded && v.who == who:
		v.done = true
	}
}

func (v *visitor) post() {
	c := v.loop.credentials()
	v.out.post(v.visit, true, func(s *site.Site, n site.NewPost) (site.Taken, error) { return s.PostAsVisitor(c, n) })
}

func (v *visitor) types() {
	c := v.loop.credentials()
	v.c.ask(&v.home, &request{
		what: v.who + " types",
		run: func(s *site.Site) (any, error) {
			return s.VisitorActivity(c, site.NewActivity{Mode: api.ModeResponding})
		},
		back: func(any, error) {},
	})
}

func (v *visitor) ends() {
	c, e := v.loop.credentials(), v.visit
	v.c.ask(&v.home, &request{
		what:  v.who + " concludes",
		run:   func(s *site.Site) (any, error) { return s.ConcludeAsVisitor(c) },
		holds: func(r *record) bool { return r.visits[e].concluded },
		back:  func(any, error) {},
	})
}
