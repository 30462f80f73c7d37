package sim

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"usher/api"
	"usher/internal/host/machine"
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
	w.process.full = false
	w.journal.SetFull(false)
	w.journal.Land()
	w.read()
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

// present lets every client show a sign of life before time goes on.
func (w *world) present() {
	w.comeToRest()
	for _, v := range w.visitors {
		if v.loop != nil {
			v.loop.turn()
		}
	}
	w.comeToRest()
}

// living lists the visitors whose session is alive now. All they are sent from
// here on, and were sent before, must reach them.
func (w *world) living() []*visitor {
	return slices.DeleteFunc(slices.Clone(w.visitors), func(v *visitor) bool { return v.loop == nil || v.loop.over })
}

// round is a second in which everybody does what is to be done.
func (w *world) round() {
	for _, a := range w.agents {
		a.calmly()
	}
	for _, v := range w.visitors {
		v.calmly()
	}
	w.comeToRest()
	w.pass(time.Second)
	w.comeToRest()
}

// comeToRest lets all I/O end and all answers arrive.
func (w *world) comeToRest() {
	for i := 0; w.broken == nil; i++ {
		w.process.finishAll()
		w.restartIfStopped()
		if len(w.network.answers) == 0 && w.process.idle() {
			return
		}
		w.network.delivers(w)
		if i > 10_000 {
			w.breaks("nothing comes to rest")
		}
	}
}

// idle reports whether no I/O is under way.
func (p *process) idle() bool {
	return p.written == nil && p.load == nil && p.w.journal.Pending() == 0 && p.m.State() != machine.Stopped
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
	if w.broken != nil {
		return
	}
	for _, v := range alive {
		if v.done || v.loop.over {
			continue
		}
		x := w.record.visits[v.visit]
		i := slices.IndexFunc(w.agents, func(a *agent) bool { return a.client == x.lead })
		if i < 0 {
			w.breaks("%s waits, and nobody leads engagement %d although all agents are ready", v.who, v.visit)
			return
		}
		v.out = &outbox{w: w, who: v.who + " at last"}
		v.post()
		a := w.agents[i]
		c := a.loop.credentials()
		(&outbox{w: w, who: a.who + " at last to " + v.who}).post(v.visit, false, func(s *site.Site, n site.NewPost) error {
			n.Visibility = api.VisibilityAll
			_, err := s.PostAsAgent(c, v.visit, n)
			return err
		})
	}
	for range 10 {
		w.round()
	}
}

// check is the end: whatever was promised has happened.
func (w *world) check(alive []*visitor) {
	if w.broken != nil {
		return
	}
	w.broke(w.claims.agree(w.record))
	w.report.Leads = w.record.leads
	if n := len(w.process.commands); n > 0 {
		w.breaks("%d commands were never answered, the first: %s", n, w.process.commands[0].what)
	}
	for _, q := range w.process.polls {
		if w.now-q.sent > hold {
			w.breaks("a retrieval of %s is held for %v", q.loop.who, w.now-q.sent)
		}
	}
	for _, m := range slices.Sorted(maps.Keys(w.claims.posts)) {
		p := w.claims.posts[m]
		for _, v := range alive {
			if p.engagement == v.visit && w.record.count[m] > 0 {
				w.broke(w.delivered(p, v))
			}
		}
	}
}

// delivered checks that a post of a visit whose visitor is alive reached its
// receiver, or that its receiver is no more and it stands in the journal.
func (w *world) delivered(p *post, v *visitor) error {
	switch {
	case p.toAgent && w.record.visits[p.engagement].lead != 0 && len(p.received) == 0 && !w.record.visits[p.engagement].concluded:
		return fmt.Errorf("%s of %s reached no agent", p.mark, p.sender)
	case !p.toAgent && !p.hidden && !p.received[v.who]:
		return fmt.Errorf("%s of %s did not reach %s", p.mark, p.sender, v.who)
	}
	return nil
}
