package sim

import (
	"errors"
	"slices"
	"time"

	"usher/api"
	"usher/internal/site"
)

// agent is one account's program. It logs on, takes what it is offered, talks,
// and now and then dies and comes again.
type agent struct {
	c       *centre
	w       *world
	home    int // the slot it asked last
	account site.AccountID
	who     string
	habits  habits
	client  site.ClientID
	loop    *loop // nil: not logged on
	asking  bool  // a log-on is under way
	out     *outbox
	offers  []site.EngagementID
	leads   []site.EngagementID // what it leads, as far as it knows
	wrapped []site.EngagementID // concluded and not released
	key     site.SessionKey     // of its last session
	readyAt time.Duration       // when it next says that it is ready, once all is calm
}

func newAgent(c *centre, id site.AccountID, who string) *agent {
	w := c.w
	a := &agent{c: c, w: w, home: w.rnd.IntN(len(w.slots)), account: id, who: who, habits: w.drawHabits()}
	a.out = &outbox{c: c, w: w, home: &a.home, who: who, again: a.habits.messageID}
	return a
}

func (a *agent) act() {
	w := a.w
	if a.loop == nil || a.loop.over {
		if !a.asking {
			a.logOn()
		}
		return
	}
	switch n := w.rnd.IntN(1000); {
	case n < 420:
		a.loop.turn()
	case n < 620:
		a.post()
	case n < 740:
		a.answer()
	case n < 800:
		a.wants()
	case n < 830:
		a.types()
	case n < 850:
		a.readsBack()
	case n < 880:
		a.concludes()
	case n < 960:
		a.releases()
	case n < 975:
		a.status(api.StatusUnavailable)
	case n < 990:
		a.status(api.StatusAvailable)
	case n < 994:
		a.logsOff()
	case n < 997 && !w.calm:
		w.note("%s dies", a.who)
		a.forget()
	}
}

// forget is what a program knows that has just been started.
func (a *agent) forget() {
	if a.loop != nil {
		a.loop.leaveAll()
	}
	a.loop = nil
	a.out.drop()
	a.offers, a.leads, a.wrapped = nil, nil, nil
}

func (a *agent) logOn() {
	w := a.w
	a.asking = true
	key := w.name("session")
	a.c.ask(&a.home, &request{
		what: a.who + " logs on", once: true, claim: a.c.claims.add(&claim{mark: key}),
		run: func(s *site.Site) (any, error) {
			if w.tamper.override != nil {
				w.tamper.override(a, s)
			}
			return s.StartAgentSession(site.LogOn{Account: a.account, Key: site.SessionKey(key), Override: true})
		},
		back: func(v any, err error) {
			a.asking = false
			if err != nil {
				return
			}
			on := v.(site.LoggedOn)
			if on.Client != a.client {
				a.forget()
			}
			a.c.clients[on.Client] = client{a.who, a.habits.positions}
			a.client, a.key, a.readyAt = on.Client, site.SessionKey(key), 0
			if a.loop != nil {
				a.loop.over = true
			}
			a.loop = &loop{
				c: a.c, w: w, home: a.home, who: a.who + "/" + key, caller: site.Caller{Key: site.SessionKey(key), Account: a.account, Agent: true},
				habits: a.habits, own: w.chance(0.5), stream: a.c.newStream(a.who+"/"+key, site.SessionKey(key)),
				hears: a.hears, told: a.lost,
			}
			a.resume()
		},
	})
}

// resume asks what the session holds, as a program does that has started.
func (a *agent) resume() {
	c := a.loop.credentials()
	a.c.ask(&a.home, &request{
		what: a.who + " asks what it holds", reads: true,
		run: func(s *site.Site) (any, error) { return s.Engagements(c) },
		back: func(v any, err error) {
			if err != nil || a.loop == nil || a.loop.caller.Key != c.Key {
				return
			}
			for _, x := range v.(site.Holdings).Held {
				switch x.State {
				case site.Offered:
					a.offers = add(a.offers, x.Engagement)
				case site.Active:
					a.leads = add(a.leads, x.Engagement)
				case site.Concluded:
					a.wrapped = add(a.wrapped, x.Engagement)
				}
			}
		},
	})
}

// lost takes the news that the session is over.
func (a *agent) lost() {
	a.out.drop()
	a.offers, a.leads, a.wrapped = nil, nil, nil
}

func (a *agent) hears(d site.Delivery) {
	e := d.Message.Engagement
	switch d.Message.Kind {
	case site.KindAssignment:
		a.offers = add(a.offers, e)
	case site.KindPost:
		a.c.claims.posts[d.Message.Post.Data[mark]].received[a.who] = true
	case site.KindLeft:
		a.offers = remove(a.offers, e)
	case site.KindConcluded:
		a.offers = remove(a.offers, e)
		if slices.Contains(a.leads, e) {
			a.leads, a.wrapped = remove(a.leads, e), add(a.wrapped, e)
		}
	}
}

func (a *agent) post() {
	if len(a.leads) == 0 {
		return
	}
	e := a.leads[a.w.rnd.IntN(len(a.leads))]
	if a.out.current != nil {
		e = a.out.current.engagement
	}
	c := a.loop.credentials()
	a.out.post(e, false, func(s *site.Site, n site.NewPost) (site.Taken, error) { return s.PostAsAgent(c, e, n) })
}

// ask sends a request of the present session. done runs when it was answered OK
// or refused, and the session is still the same.
func (a *agent) ask(what string, run func(*site.Site, site.Caller) error, holds func(*record) bool, done func(error)) {
	c := a.loop.credentials()
	a.c.ask(&a.home, &request{
		what: a.who + " " + what, run: func(s *site.Site) (any, error) { return nil, run(s, c) }, holds: holds,
		back: func(_ any, err error) {
			if a.loop != nil && a.loop.caller.Key == c.Key {
				done(err)
			}
		},
	})
}

func nothing(error) {}

func (a *agent) answer() {
	if len(a.offers) == 0 {
		return
	}
	e := a.offers[a.w.rnd.IntN(len(a.offers))]
	action := api.ActionAccept
	if !a.w.calm && a.w.chance(0.25) {
		action = []api.AssignmentAction{api.ActionDecline, api.ActionUnavailable}[a.w.rnd.IntN(2)]
	}
	client := a.client
	var holds func(*record) bool
	if action == api.ActionAccept {
		holds = func(r *record) bool { return r.visits[e].taken[client] }
	}
	a.ask("answers "+string(action), func(s *site.Site, c site.Caller) error {
		_, err := s.AnswerOffer(c, e, action)
		return err
	}, holds, func(err error) {
		_, refused := errors.AsType[*site.Error](err)
		if err != nil && !refused {
			return // it asks again
		}
		a.offers = remove(a.offers, e)
		if err == nil && action == api.ActionAccept {
			a.leads = add(a.leads, e)
		}
	})
}

func (a *agent) wants() {
	a.ask("asks for engagements", func(s *site.Site, c site.Caller) error {
		_, err := s.RequestAssignment(c, true, 1+a.w.rnd.IntN(3), 10)
		return err
	}, nil, nothing)
}

func (a *agent) status(to api.ActivityStatus) {
	a.ask("is "+string(to), func(s *site.Site, c site.Caller) error {
		_, err := s.SetActivityStatus(c, to, 1)
		return err
	}, nil, nothing)
}

func (a *agent) types() {
	if len(a.leads) == 0 {
		return
	}
	e := a.leads[0]
	a.ask("types", func(s *site.Site, c site.Caller) error {
		_, err := s.SetInteractionStatus(c, e, site.NewActivity{Mode: api.ModeResponding})
		return err
	}, nil, nothing)
}

// readsBack asks for the history of an engagement, in which its own posts must stand
// that it knows to be posted.
func (a *agent) readsBack() {
	if len(a.leads) == 0 {
		return
	}
	e, c := a.leads[0], a.loop.credentials()
	last := a.out.posted
	a.c.ask(&a.home, &request{
		what: a.who + " reads back", reads: true,
		run: func(s *site.Site) (any, error) { return s.History(c, e, site.Stretch{Most: site.MaxHistoryAnswer}) },
		back: func(v any, err error) {
			if err != nil || last == nil || last.engagement != e {
				return
			}
			h := v.(site.History)
			has := func(p site.Recorded) bool { return p.Data[mark] == last.mark }
			if !h.More && !slices.ContainsFunc(h.Posts, has) {
				a.w.breaks("%s reads back engagement %d, and its own %s is not there", a.who, e, last.mark)
			}
		},
	})
}

func (a *agent) concludes() {
	if len(a.leads) == 0 {
		return
	}
	e, client := a.leads[0], a.client
	a.ask("concludes", func(s *site.Site, c site.Caller) error {
		_, err := s.ConcludeAsAgent(c, e)
		return err
	}, func(r *record) bool {
		v := r.visits[e]
		return v.concluded || v.lead != client
	}, func(err error) {
		if err != errNoAnswer && !ours(err) {
			a.leads, a.wrapped = remove(a.leads, e), add(a.wrapped, e)
		}
	})
}

func (a *agent) releases() {
	if len(a.wrapped) == 0 {
		return
	}
	e := a.wrapped[0]
	a.ask("releases", func(s *site.Site, c site.Caller) error {
		_, err := s.Release(c, e)
		return err
	}, nil, func(err error) {
		if _, refused := errors.AsType[*site.Error](err); err == nil || refused {
			a.wrapped = remove(a.wrapped, e)
		}
	})
}

func (a *agent) logsOff() {
	a.ask("logs off", func(s *site.Site, c site.Caller) error {
		_, err := s.Logoff(c, a.w.chance(0.5))
		return err
	}, nil, nothing)
}

func add(list []site.EngagementID, e site.EngagementID) []site.EngagementID {
	if slices.Contains(list, e) {
		return list
	}
	return append(list, e)
}

func remove(list []site.EngagementID, e site.EngagementID) []site.EngagementID {
	return slices.DeleteFunc(list, func(x site.EngagementID) bool { return x == e })
}
