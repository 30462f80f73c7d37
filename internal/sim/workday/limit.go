package workday

import (
	"container/heap"
	"time"

	"usher/internal/site"
)

// limits are the times at which something must have ended, or may have changed
// what the oracle has looked at.
type limits struct {
	items []due
	count int
}

type due struct {
	at    site.Time
	order int
	limit
}

type limit struct {
	kind   limitKind
	visit  site.EngagementID
	client site.ClientID
	who    *presence
	at     site.Time // what was true when the limit was set
}

type limitKind int

const (
	limitOffer limitKind = iota
	limitAccept
	limitInvitation
	limitPause  // who let it go may get it again
	limitTarget // it waits for one agent no more
	limitWait
	limitIdle
	limitWrapUp
	limitOverflow
	limitPresence
)

func (l *limits) Len() int      { return len(l.items) }
func (l *limits) Swap(i, j int) { l.items[i], l.items[j] = l.items[j], l.items[i] }
func (l *limits) Push(x any)    { l.items = append(l.items, x.(due)) }
func (l *limits) Less(i, j int) bool {
	x, y := l.items[i], l.items[j]
	return x.at < y.at || x.at == y.at && x.order < y.order
}

func (l *limits) Pop() any {
	n := len(l.items) - 1
	x := l.items[n]
	l.items = l.items[:n]
	return x
}

func (l *limits) put(at site.Time, x limit) {
	l.count++
	heap.Push(l, due{at, l.count, x})
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// expire looks at everything whose time is over.
func (o *oracle) expire() {
	for len(o.limits.items) > 0 && o.limits.items[0].at <= o.now {
		l := heap.Pop(&o.limits).(due).limit
		if l.kind == limitPresence {
			o.checkPresence(l.who)
		} else if v := o.visits[l.visit]; v != nil {
			o.checkLimit(v, l)
		}
	}
}

func (o *oracle) checkLimit(v *visit, l limit) {
	switch l.kind {
	case limitOffer:
		if v.offered != 0 && v.expires == l.at {
			o.complain(v, o.workers[v.offered], "the offer of engagement %d to agent %d did not expire", v.id, v.offered)
		}
	case limitAccept:
		if v.offered != 0 && v.accepts == l.at {
			o.complain(v, o.workers[v.offered], "engagement %d was not accepted for agent %d", v.id, v.offered)
		}
	case limitInvitation:
		if i := v.invitation(l.client); i != nil && i.expires == l.at {
			o.complain(v, o.workers[l.client], "agent %d is still asked to join engagement %d", l.client, v.id)
		}
	case limitPause, limitTarget:
		if v.waitsIn != 0 {
			o.changedVisits = append(o.changedVisits, v)
		}
	case limitWait:
		if v.state() == site.Queued && v.queuedAt == l.at {
			o.complain(v, nil, "engagement %d waits since %s", v.id, v.queuedAt.Std())
		}
	case limitIdle:
		o.checkIdle(v)
	case limitWrapUp:
		if v.concluded {
			o.complain(v, o.workers[v.lead], "agent %d still wraps engagement %d up, which ended at %s", v.lead, v.id, v.endedAt.Std())
		}
	case limitOverflow:
		o.checkOverflow(v, l)
	}
}

// watchWait sets the limits of what begins to wait.
func (o *oracle) watchWait(v *visit) {
	at := max(v.queuedAt.Add(seconds(o.settings.QueueSeconds)), o.now+1)
	o.limits.put(at, limit{kind: limitWait, visit: v.id, at: v.queuedAt})
	if v.target != 0 {
		o.limits.put(v.until, limit{kind: limitTarget, visit: v.id})
	}
	o.watchOverflow(v)
}

func (o *oracle) watchIdle(v *visit) {
	o.limits.put(v.acted.Add(seconds(o.settings.IdleSeconds)), limit{kind: limitIdle, visit: v.id})
}

// checkIdle: nobody does anything for no longer than the limit.
func (o *oracle) checkIdle(v *visit) {
	if v.state() != site.Active {
		return
	}
	if o.now >= v.acted.Add(seconds(o.settings.IdleSeconds)) {
		o.complain(v, nil, "engagement %d goes on, and nobody did anything since %s", v.id, v.acted.Std())
		return
	}
	o.watchIdle(v)
}

func (o *oracle) watchWrapUp(v *visit) {
	if o.settings.WrapUpSeconds > 0 {
		o.limits.put(o.now.Add(seconds(o.settings.WrapUpSeconds)), limit{kind: limitWrapUp, visit: v.id})
	}
}

func (o *oracle) watchOverflow(v *visit) {
	q := o.queues[v.queue]
	if q.OverflowSeconds == 0 || v.state() != site.Queued {
		return
	}
	at := max(v.entered, v.queuedAt).Add(seconds(q.OverflowSeconds))
	o.limits.put(max(at, o.now), limit{kind: limitOverflow, visit: v.id, at: at})
}

// checkOverflow: what waited long enough is sent on, or a minute later if the
// other queue was full, closed or deserted.
func (o *oracle) checkOverflow(v *visit, l limit) {
	q := o.queues[v.queue]
	if v.state() != site.Queued || q.OverflowSeconds == 0 || max(v.entered, v.queuedAt).Add(seconds(q.OverflowSeconds)) != l.at {
		return
	}
	to := o.queues[q.OverflowQueue]
	closed := !o.openAt(to.Hours, o.now) || !o.openAt(to.Hours, o.now.Add(-site.OverflowRetry))
	if !closed && !o.deserted(to.ID) && !to.full(o.now) && (to.lastFull == 0 || o.now > to.lastFull.Add(site.OverflowRetry)) {
		o.complain(v, nil, "engagement %d waits in queue %d since %s, and queue %d takes what waits for %d s",
			v.id, v.queue, v.entered.Std(), to.ID, q.OverflowSeconds)
		return
	}
	o.limits.put(max(o.now, to.lastFull).Add(site.OverflowRetry)+1, l)
}

// watch looks at somebody again when it would be absent.
func (o *oracle) watch(p *presence) {
	if !p.watched {
		p.watched = true
		o.limits.put(p.seen.Add(o.absence()), limit{kind: limitPresence, who: p})
	}
}

// checkPresence: who shows no sign of life is absent, and then lost.
func (o *oracle) checkPresence(p *presence) {
	p.watched = false
	if p.visitor && o.callers[p.client] != p || !p.visitor && (o.workers[p.client] == nil || &o.workers[p.client].presence != p) {
		return
	}
	silent := o.now.Sub(p.seen)
	switch {
	case p.polls > 0: // watched again when it closes
	case silent >= 2*o.absence():
		o.complain(nil, o.workers[p.client], "client %d shows no sign of life since %s, and its session lives", p.client, p.seen.Std())
	case silent >= o.absence():
		if w := o.workers[p.client]; w != nil {
			o.touchTargets(w.account)
		}
		p.watched = true
		o.limits.put(p.seen.Add(2*o.absence()), limit{kind: limitPresence, who: p})
	default:
		o.watch(p)
	}
}
