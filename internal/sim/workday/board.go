package workday

import (
	"slices"

	"usher/internal/site"
)

// compare holds the site's own list of what is live against the oracle's.
func (o *oracle) compare(live []site.LiveEngagement) {
	if len(live) != len(o.visits) {
		o.complain(nil, nil, "the site lists %d live engagements, recorded are %d", len(live), len(o.visits))
	}
	for _, l := range live {
		v := o.visits[l.Engagement]
		if v == nil {
			o.complain(nil, nil, "the site lists engagement %d as %s, its record says that it is gone", l.Engagement, l.State)
			continue
		}
		var lead site.AccountID
		if w := o.workers[v.holder()]; w != nil {
			lead = w.account
		}
		if l.State != v.state() || l.Lead != lead || l.Queue != v.queue || l.Priority != v.priority || len(l.Guests) != len(v.guests) {
			o.complain(v, nil, "the site lists %+v; recorded is %s, lead %d, queue %d, priority %d, %d guests",
				l, v.state(), lead, v.queue, v.priority, len(v.guests))
		}
	}
}

// holding holds what an agent is answered that it holds against the record.
func (o *oracle) holding(c site.ClientID, h site.Holding) {
	v, w := o.visits[h.Engagement], o.workers[c]
	if v == nil || w == nil || !slices.Contains(w.holds, h.Engagement) && !slices.Contains(w.watches, h.Engagement) {
		o.complain(v, w, "agent %d was answered that it holds engagement %d as %s, recorded is nothing of it", c, h.Engagement, h.Role)
	}
}

// explained holds the site's word on why an engagement is where it is against the
// record: what waits has a reason for each agent of its queue.
func (o *oracle) explained(x site.Explained) {
	v := o.visits[x.Engagement]
	if v == nil || v.state() != x.State || v.queue != x.Queue || v.priority != x.Priority || v.since != x.Since {
		o.complain(v, nil, "engagement %d is explained as %+v, which it is not", x.Engagement, x)
		return
	}
	if (x.Place > 0) != (v.waitsIn != 0) {
		o.complain(v, nil, "engagement %d is explained to have place %d, and it is %s", v.id, x.Place, v.state())
	}
	for _, y := range x.Agents {
		if w := o.workers[y.Client]; w == nil || y.Reason == "" && v.waitsIn != 0 || (y.Reason == "") != (o.free(w, 0) && o.couldGet(v, w)) {
			o.complain(v, w, "engagement %d is %s, and for agent %d it is explained %q", v.id, v.state(), y.Client, y.Reason)
		}
	}
}

// couldGet reports whether nothing but its state keeps an engagement from an agent.
func (o *oracle) couldGet(v *visit, w *worker) bool {
	l := v.letGoBy(w.client)
	return !v.involves(w.client) && (v.waitsIn == 0 || !o.keptFrom(v, w, 0)) &&
		(l == nil || !l.never && (w.askedAt > l.at || o.now >= l.at.Add(site.DeclinePause)))
}

// stands holds the site's numbers of a queue against the record.
func (o *oracle) stands(q site.QueueStanding) {
	agents, asking, sessions := 0, 0, 0
	for _, w := range o.order {
		if !o.serves(w, q.ID) || !o.reachable(w, 0) {
			continue
		}
		agents++
		sessions += max(0, o.places(w)-len(w.holds))
		if o.free(w, 0) {
			asking++
		}
	}
	open := o.openAt(q.Hours, o.now)
	if n := len(o.queues[q.ID].waiting); q.Waiting != n || q.Agents != agents || q.Asking != asking || q.Sessions != sessions || (q.Opening == site.Open) != open {
		o.complain(nil, nil, "queue %d is said to have %d waiting, %d agents, %d asking, %d places free, %s; recorded are %d, %d, %d, %d, open %t",
			q.ID, q.Waiting, q.Agents, q.Asking, q.Sessions, q.Opening, n, agents, asking, sessions, open)
	}
}

// works holds the site's word on an agent against the record.
func (o *oracle) works(b site.AgentStanding) {
	w := o.workers[b.Client]
	if w == nil || w.account != b.Account || w.status != b.Status || len(w.holds) != b.Holds || o.places(w) != b.Places ||
		o.free(w, 0) != b.Ready || o.absent(w, 0) != b.Absent {
		o.complain(nil, w, "agent %d is said to be %+v, which it is not", b.Client, b)
	}
}
