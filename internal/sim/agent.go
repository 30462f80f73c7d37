package sim

import (
	"errors"
	"slices"

	"usher/api"
	"usher/internal/host/machine"
	"usher/internal/site"
)

// agent is one account's program. It logs on, takes what it is offered, talks,
// and now and then dies and comes again.
type agent struct {
	w       *world
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
	answers map[site.EngagementID]bool
}

func newAgent(w *world, id site.AccountID, who string) *agent {
	a := &agent{w: w, account: id, who: who, habits: w.drawHabits(), answers: map[site.EngagementID]bool{}}
	a.out = &outbox{w: w, who: who, again: a.habits.messageID}
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
	case n < 850:
		a.types()
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
	for a.loop != nil && len(a.loop.open) > 0 {
		a.loop.open[0].leave()
	}
	a.loop = nil
	a.out.drop()
	a.offers, a.leads, a.wrapped = nil, nil, nil
	clear(a.answers)
}

func (a *agent) logOn() {
	w := a.w
	a.asking = true
	key := w.name("session")
	var on site.LoggedOn
	w.request(&command{
		what: a.who + " logs on", claim: w.claims.add(&claim{mark: key}),
		run: func(s *site.Site) (err error) {
			on, err = s.StartAgentSession(site.LogOn{Account: a.account, Key: site.SessionKey(key), Override: true})
			return err
		},
		back: func(err error) {
			a.asking = false
			if err != nil {
				return
			}
			if on.Client != a.client {
				a.forget()
			}
			a.client = on.Client
			if a.loop != nil {
				a.loop.over = true
			}
			a.loop = &loop{
				w: w, who: a.who + "/" + key, caller: site.Caller{Key: site.SessionKey(key), Account: a.account, Agent: true},
				habits: a.habits, stream: newStream(a.who+"/"+key, w.claims),
				hears: a.hears, told: a.lost,
			}
			a.resume()
		},
	})
}

// resume asks what the session holds, as a program does that has started.
func (a *agent) resume() {
	c := a.loop.credentials()
	var h site.Holdings
	a.w.request(&command{
		what: a.who + " asks what it holds",
		run: func(s *site.Site) (err error) {
			h, err = s.Engagements(c)
			return err
		},
		back: func(err error) {
			if err != nil || a.loop == nil || a.loop.caller.Key != c.Key {
				return
			}
			for _, x := range h.Held {
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
		a.w.claims.posts[d.Message.Post.Data[mark]].received[a.who] = true
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
	a.out.post(e, false, func(s *site.Site, n site.NewPost) error {
		_, err := s.PostAsAgent(c, e, n)
		return err
	})
}

// ask sends a request of the present session. done runs when it was answered OK
// or refused, and the session is still the same.
func (a *agent) ask(what string, run func(*site.Site, site.Caller) error, holds func(*record) bool, done func(error)) {
	c := a.loop.credentials()
	a.w.request(&command{
		what: a.who + " " + what, run: func(s *site.Site) error { return run(s, c) }, holds: holds,
		back: func(err error) {
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
		if !errors.Is(err, machine.ErrUncertain) && err != errNoAnswer {
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
