package sim

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"usher/api"
	"usher/internal/site"
)

// settleFor is the made-up time in which everything must come to rest: more
// than an offer that nobody answers and a declined one's pause together.
const settleFor = 90 * time.Second

// settle lets all faults stop, the clients do the right thing, and checks that
// nothing that was promised is left undone.
func (w *world) settle() {
	w.calm = true
	w.note("faults stop")
	w.store.away = 0
	w.store.setFull(false)
	for _, s := range w.slots {
		if n := s.node; n != nil {
			n.away, n.deadTo, n.unrenewed, n.wallOff = 0, 0, 0, 0
			n.resume()
		} else {
			w.start(s)
		}
	}
	w.store.land()
	w.owned()
	w.present()
	alive := w.living()
	for end := w.now + settleFor; w.now < end && w.broken == nil; {
		w.round()
	}
	for _, v := range alive {
		v.out.drop()
	}
	w.lastWords(alive)
	w.check(alive)
}

// owned checks that each site answers at each node before long: within the lease of
// one that is gone, the time-out of what the store was asked in vain, and a load.
func (w *world) owned() {
	began := w.now
	most := w.lease + w.lease/3 + storeFor + 2*time.Second
	for _, c := range w.centres {
		for slot := range w.slots {
			answered, asking := false, false
			for !answered && w.broken == nil {
				if !asking {
					asking = true
					home := slot
					c.ask(&home, &request{
						what: fmt.Sprintf("a look at %s", c.name), reads: true, once: true,
						run:  func(s *site.Site) (any, error) { return s.Position(), nil },
						back: func(_ any, err error) { answered, asking = err == nil, false },
					})
				}
				w.revive()
				w.pass(20 * time.Millisecond)
				if w.now > began+most {
					w.breaks("%s is not answered for %v although nothing is wrong", c.name, w.now-began)
				}
			}
		}
	}
}

// revive starts nodes again whose stop is over.
func (w *world) revive() {
	for _, s := range w.slots {
		if s.node == nil {
			w.start(s)
		}
	}
}

// present lets every visitor show a sign of life before time goes on.
func (w *world) present() {
	for _, c := range w.centres {
		for _, v := range c.visitors {
			if v.loop != nil && !v.loop.over {
				v.loop.leaveAll()
				v.loop.turn()
			}
		}
		for _, a := range c.agents {
			if a.loop != nil {
				a.loop.leaveAll()
			}
		}
	}
	w.comeToRest()
}

// living lists the visitors whose session is alive now. All they are sent from
// here on, and were sent before, must reach them.
func (w *world) living() (alive []*visitor) {
	for _, c := range w.centres {
		for _, v := range c.visitors {
			if v.loop != nil && !v.loop.over {
				alive = append(alive, v)
			}
		}
	}
	return alive
}

// round is two seconds in which everybody does what is to be done.
func (w *world) round() {
	for _, c := range w.centres {
		for _, a := range c.agents {
			a.calmly()
		}
		for _, v := range c.visitors {
			v.calmly()
		}
	}
	w.comeToRest()
	w.pass(2 * time.Second)
	w.comeToRest()
}

// comeToRest lets everything arrive that is under way.
func (w *world) comeToRest() {
	for end := w.now + time.Minute; w.broken == nil && w.agenda.flying > 0; {
		w.revive()
		w.pass(5 * time.Millisecond)
		if w.now > end {
			w.breaks("nothing comes to rest")
		}
	}
}

func (v *visitor) calmly() {
	if v.loop == nil || v.loop.over {
		return
	}
	v.loop.turn()
	if v.out.due {
		v.post()
	}
}

func (a *agent) calmly() {
	if a.loop == nil || a.loop.over {
		if !a.asking {
			a.logOn()
		}
		return
	}
	a.loop.turn()
	if len(a.offers) > 0 {
		a.answer()
	}
	for len(a.wrapped) > 0 {
		e := a.wrapped[0]
		a.releases()
		if a.w.broken != nil || slices.Contains(a.wrapped, e) {
			break
		}
	}
	if a.out.due {
		if slices.Contains(a.leads, a.out.current.engagement) {
			a.post()
		} else {
			a.out.drop()
		}
	}
	if a.w.now < a.readyAt {
		return
	}
	a.readyAt = a.w.now + 10*time.Second
	a.ask("is ready", func(s *site.Site, c site.Caller) error {
		if _, err := s.SetActivityStatus(c, api.StatusAvailable, 1); err != nil {
			return err
		}
		_, err := s.RequestAssignment(c, true, 10, 100)
		return err
	}, nil, nothing)
}

// lastWords lets both sides of every living chat say one more thing.
func (w *world) lastWords(alive []*visitor) {
	for _, v := range alive {
		if w.broken != nil || v.done || v.loop.over {
			continue
		}
		x := v.c.record.visits[v.visit]
		i := slices.IndexFunc(v.c.agents, func(a *agent) bool { return a.client == x.lead })
		if i < 0 {
			w.breaks("%s waits, and nobody leads engagement %d although all agents are ready", v.who, v.visit)
			return
		}
		v.out = &outbox{c: v.c, w: w, home: &v.home, who: v.who + " at last"}
		v.post()
		a := v.c.agents[i]
		c := a.loop.credentials()
		(&outbox{c: v.c, w: w, home: &a.home, who: a.who + " at last to " + v.who}).post(v.visit, false, func(s *site.Site, n site.NewPost) (site.Taken, error) {
			n.Visibility = api.VisibilityAll
			return s.PostAsAgent(c, v.visit, n)
		})
	}
	for range 5 {
		w.round()
	}
}

// check is the end: whatever was promised has happened.
func (w *world) check(alive []*visitor) {
	if w.broken != nil {
		return
	}
	w.pass(time.Minute) // nobody waits longer
	w.checkHeads()
	for _, x := range w.open {
		if x.state == waiting {
			w.breaks("a request of %v is not answered", w.now-x.sent)
		}
	}
	for _, c := range w.centres {
		w.broke(c.claims.agree(c.record))
		for _, m := range slices.Sorted(maps.Keys(c.claims.posts)) {
			p := c.claims.posts[m]
			for _, v := range alive {
				if v.c == c && p.engagement == v.visit && c.record.count[m] > 0 {
					w.broke(c.delivered(p, v))
				}
			}
		}
	}
}

// delivered checks that a post of a visit whose visitor is alive reached its
// receiver, or that its receiver is no more and it stands in the journal.
func (c *centre) delivered(p *post, v *visitor) error {
	switch {
	case p.toAgent && c.record.visits[p.engagement].lead != 0 && len(p.received) == 0 && !c.record.visits[p.engagement].concluded:
		return fmt.Errorf("%s of %s reached no agent", p.mark, p.sender)
	case !p.toAgent && !p.hidden && !p.received[v.who]:
		return fmt.Errorf("%s of %s did not reach %s", p.mark, p.sender, v.who)
	}
	return nil
}
