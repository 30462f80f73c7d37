package workday

import (
	"cmp"
	"slices"

	"usher/internal/site"
)

// What is due at the very moment of a decision may have happened already or not,
// so decisions are held only to what was so before: their slack is 1 µs. When the
// step is over it must have happened: the slack is 0.

// mayGet reports whether a free agent may be given what waits: it serves the
// queue, and did not just let it go.
func (o *oracle) mayGet(v *visit, w *worker, slack site.Time) bool {
	if v.waitsIn == 0 || v.involves(w.client) || o.keptFrom(v, w, slack) {
		return false
	}
	if !o.serves(w, v.waitsIn) {
		return false
	}
	l := v.letGoBy(w.client)
	return l == nil || !l.never && (w.askedAt > l.at || o.now >= l.at.Add(site.DeclinePause)+slack)
}

func (v *visit) letGoBy(c site.ClientID) *letGo {
	if i := slices.IndexFunc(v.letGo, func(l letGo) bool { return l.client == c }); i >= 0 {
		return &v.letGo[i]
	}
	return nil
}

// keptFrom reports whether it waits for another agent who is there and can take it.
func (o *oracle) keptFrom(v *visit, w *worker, slack site.Time) bool {
	if v.target == 0 || v.target == w.account || o.now >= v.until+slack {
		return false
	}
	t := o.of[v.target]
	return t != nil && o.reachable(t, 0) && o.serves(t, v.waitsIn) && v.letGoBy(t.client) == nil && !v.involves(t.client)
}

// decided checks the choice of an agent for what waits, before it takes effect.
func (o *oracle) decided(v *visit, w *worker) {
	o.decisions++
	switch {
	case v.waitsIn == 0:
		o.complain(v, w, "engagement %d was offered to agent %d, and does not wait: it is %s", v.id, w.client, v.state())
		return
	case len(w.holds) >= o.places(w):
		o.complain(v, w, "agent %d was offered engagement %d, and holds %d of %d places", w.client, v.id, len(w.holds), o.places(w))
	case !o.wants(w):
		o.complain(v, w, "agent %d was offered engagement %d, and did not ask for one", w.client, v.id)
	case !o.reachable(w, 1):
		o.complain(v, w, "agent %d was offered engagement %d, and is not there", w.client, v.id)
	case v.involves(w.client):
		o.complain(v, w, "agent %d was offered engagement %d, and takes part in it", w.client, v.id)
	case !o.serves(w, v.waitsIn):
		o.complain(v, w, "agent %d was offered engagement %d of queue %d, which it does not serve", w.client, v.id, v.waitsIn)
	case o.keptFrom(v, w, 0):
		o.complain(v, w, "agent %d was offered engagement %d, which is kept for account %d", w.client, v.id, v.target)
	case !o.mayGet(v, w, 0):
		o.complain(v, w, "agent %d was offered engagement %d again, which it had just let go", w.client, v.id)
	}
	o.dueFirst(v, w)
	o.turnOf(v, w)
}

// dueFirst: no other engagement that the agent could be given goes first.
func (o *oracle) dueFirst(v *visit, w *worker) {
	strict := o.serving(w.account).Policy == site.StrictPriority
	for _, q := range o.ranked {
		for _, x := range q.waiting {
			if x == v || !o.mayGet(x, w, 1) {
				continue
			}
			before := cmp.Or(cmp.Compare(v.priority, x.priority), cmp.Compare(x.since, v.since)) < 0
			rank, own := q.Rank, o.queues[v.waitsIn].Rank
			switch {
			case x.waitsIn == v.waitsIn && before:
				o.complain(v, w, "agent %d was given engagement %d (priority %d, since %s), and %d (priority %d, since %s) waits in the same queue %d",
					w.client, v.id, v.priority, v.since.Std(), x.id, x.priority, x.since.Std(), x.waitsIn)
			case x.waitsIn == v.waitsIn:
			case strict && rank < own:
				o.complain(v, w, "agent %d serves by strict priority and was given engagement %d of queue %d (rank %d), and %d waits in queue %d (rank %d)",
					w.client, v.id, v.waitsIn, own, x.id, x.waitsIn, rank)
			case !strict && before:
				o.complain(v, w, "agent %d serves first due and was given engagement %d (queue %d, priority %d, since %s), and %d (queue %d, priority %d, since %s) waits",
					w.client, v.id, v.waitsIn, v.priority, v.since.Std(), x.id, x.waitsIn, x.priority, x.since.Std())
			}
		}
	}
}

// turnOf: no other agent that could be given the engagement is less loaded, or as
// loaded and free for longer. Who let it go before comes after everybody else.
func (o *oracle) turnOf(v *visit, w *worker) {
	again := v.letGoBy(w.client) != nil
	if v.target == w.account && o.now < v.until && !again {
		return
	}
	for _, x := range o.order {
		if x == w || !o.free(x, 0) || !o.mayGet(v, x, 1) {
			continue
		}
		if xAgain := v.letGoBy(x.client) != nil; again != xAgain {
			if again {
				o.complain(v, w, "engagement %d came back to agent %d, who let it go, and agent %d is free", v.id, w.client, x.client)
			}
			continue
		}
		switch c := cmp.Compare(len(x.holds), len(w.holds)); {
		case c < 0:
			o.complain(v, w, "engagement %d was given to agent %d, who holds %d, and agent %d, who holds %d, is free",
				v.id, w.client, len(w.holds), x.client, len(x.holds))
		case c == 0 && x.freeSince < w.freeSince:
			o.complain(v, w, "engagement %d was given to agent %d, free since %s, and agent %d is free since %s",
				v.id, w.client, w.freeSince.Std(), x.client, x.freeSince.Std())
		}
	}
}

// nobodyWaits: nothing waits for which somebody able is free. It looks at what
// changed in this step.
func (o *oracle) nobodyWaits() {
	for _, w := range o.changedWorkers {
		w.changed = false
		if o.workers[w.client] != w || !o.free(w, 0) {
			continue
		}
		for _, q := range o.ranked {
			for _, v := range q.waiting {
				o.mustNotWait(v, w)
			}
		}
	}
	for _, v := range o.changedVisits {
		if v.waitsIn == 0 {
			continue
		}
		if v.state() == site.Queued && o.deserted(v.queue) {
			o.complain(v, nil, "engagement %d waits in queue %d, and nobody is left to serve it", v.id, v.queue)
		}
		for _, w := range o.order {
			if o.free(w, 0) {
				o.mustNotWait(v, w)
			}
		}
	}
}

func (o *oracle) mustNotWait(v *visit, w *worker) {
	if o.mayGet(v, w, 0) {
		o.complain(v, w, "engagement %d waits in queue %d, and agent %d is free for it", v.id, v.waitsIn, w.client)
	}
}

// fits checks that an agent does not hold more than its places.
func (o *oracle) fits(v *visit, w *worker) {
	if n := o.places(w); len(w.holds) > n {
		o.complain(v, w, "agent %d holds %d engagements with engagement %d, and has %d places", w.client, len(w.holds), v.id, n)
	}
}
