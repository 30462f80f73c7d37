package sim

import (
	"errors"

	"usher/api"
	"usher/internal/site"
)

// visitor is a place in which one visitor after another comes, talks and goes.
type visitor struct {
	w      *world
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

func newVisitor(w *world, place string) *visitor {
	v := &visitor{w: w, place: place}
	v.comes()
	return v
}

// comes lets the next visitor come, with a token of its own.
func (v *visitor) comes() {
	w := v.w
	*v = visitor{w: w, place: v.place, who: w.name(v.place + "/"), habits: w.drawHabits()}
	v.token = w.claims.add(&claim{mark: w.name("token")})
	v.out = &outbox{w: w, who: v.who, again: v.habits.messageID}
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
	for len(v.loop.open) > 0 {
		v.loop.open[0].leave()
	}
	v.comes()
}

// ask asks for an engagement. The same token again finds the same one.
func (v *visitor) ask() {
	w, who := v.w, v.who
	key := site.SessionKey(v.token.mark)
	v.asking = true
	var opened site.EngagementOpened
	w.request(&command{
		what: who + " asks for an engagement", claim: v.token,
		run: func(s *site.Site) (err error) {
			opened, err = s.RequestEngagement(site.EngagementRequest{
				Key: key, TokenExpires: epoch.Add(w.now + 1000*hold), Contact: site.Contact{FirstName: who},
			})
			return err
		},
		back: func(err error) {
			if v.who != who {
				return
			}
			v.asking = false
			if _, refused := errors.AsType[*site.Error](err); refused && v.loop == nil {
				v.comes()
				return
			}
			if err == nil && v.loop == nil {
				v.visit = opened.Engagement
				w.report.Engagements++
				v.loop = &loop{
					w: w, who: who, caller: site.Caller{Key: key}, habits: v.habits,
					stream: newStream(who, w.claims),
					hears:  func(d site.Delivery) { v.hears(who, d) }, told: v.out.drop,
				}
			}
		},
	})
}

func (v *visitor) hears(who string, d site.Delivery) {
	switch {
	case d.Message.Post != nil:
		v.w.claims.posts[d.Message.Post.Data[mark]].received[who] = true
	case d.Message.Kind == site.KindConcluded && v.who == who:
		v.done = true
	}
}

func (v *visitor) post() {
	c := v.loop.credentials()
	v.out.post(v.visit, true, func(s *site.Site, n site.NewPost) error {
		_, err := s.PostAsVisitor(c, n)
		return err
	})
}

func (v *visitor) types() {
	c := v.loop.credentials()
	v.w.request(&command{
		what: v.who + " types",
		run: func(s *site.Site) error {
			_, err := s.VisitorActivity(c, site.NewActivity{Mode: api.ModeResponding})
			return err
		},
		back: func(error) {},
	})
}

func (v *visitor) ends() {
	c, e := v.loop.credentials(), v.visit
	v.w.request(&command{
		what: v.who + " concludes",
		run: func(s *site.Site) error {
			_, err := s.ConcludeAsVisitor(c)
			return err
		},
		holds: func(r *record) bool { return r.visits[e].concluded },
		back:  func(error) {},
	})
}
