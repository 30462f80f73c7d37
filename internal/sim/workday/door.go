package workday

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"usher/api"
	"usher/internal/site"
)

// way is where a newcomer goes: a queue, or away.
type way struct {
	queue    site.QueueID
	priority int
	account  site.AccountID
	result   api.ResultType // "" when it is let in
}

// wayIn answers where the rules send a newcomer now.
func (o *oracle) wayIn(r *site.EngagementRequest) way {
	w := way{queue: r.Queue}
	if r.Queue == 0 {
		w = o.byRule(r)
	}
	if _, known := o.accounts[r.Account]; known { // who is not here any more is asked for in vain
		w.account = r.Account
	}
	if w.result != "" {
		return w
	}
	for {
		q := o.queues[w.queue]
		switch {
		case !o.openAt(q.Hours, o.now):
			w.result = api.ResultOutOfHours
		case o.settings.RefuseWithoutAgents && !o.staffed(q.ID):
			w.result = api.ResultNoAgentsAvailable
		case q.full(o.now) && q.OverflowQueue == 0:
			w.result = api.ResultNoAgentsAvailable
		case q.full(o.now):
			w.queue = q.OverflowQueue
			continue
		}
		return w
	}
}

func (o *oracle) byRule(r *site.EngagementRequest) way {
	for _, x := range o.rules.Enter {
		if !holds(x.When, r.Contact) {
			continue
		}
		if x.Refuse {
			return way{result: api.ResultRuleDequeue}
		}
		return way{queue: x.Queue, priority: x.Priority, account: x.Account}
	}
	for _, q := range o.ranked {
		if q.Default {
			return way{queue: q.ID}
		}
	}
	return way{}
}

// holds reports whether a condition of those that the centre uses is met.
func holds(c site.Condition, x site.Contact) bool {
	if len(c.Products) > 0 && !slices.Contains(c.Products, x.ProductID) {
		return false
	}
	if len(c.Languages) > 0 {
		base, _, _ := strings.Cut(x.Language, "-")
		if !slices.Contains(c.Languages, base) {
			return false
		}
	}
	for _, f := range c.Fields {
		if !slices.ContainsFunc(x.CustomFields, func(v site.CustomField) bool {
			return strings.EqualFold(v.Name, f.Name) && strings.EqualFold(v.Value, f.Value)
		}) {
			return false
		}
	}
	return true
}

// staffed reports whether somebody is there for a queue.
func (o *oracle) staffed(q site.QueueID) bool {
	return slices.ContainsFunc(o.order, func(w *worker) bool { return o.serves(w, q) && o.reachable(w, 0) })
}

// deserted reports whether nobody is left for a queue of a site that does not let
// people wait for nobody.
func (o *oracle) deserted(q site.QueueID) bool {
	return o.settings.RefuseWithoutAgents && !slices.ContainsFunc(o.order, func(w *worker) bool { return o.serves(w, q) })
}

// openAt reports whether hours are open. The centre's zone is UTC, and it has no
// holidays.
func (o *oracle) openAt(id site.HoursID, t site.Time) bool {
	if id == 0 {
		return true
	}
	day := weekdays[(int(t.Std().Weekday())+6)%7]
	clock := t.Std().Format("15:04")
	return slices.ContainsFunc(o.hours[id].Week, func(s site.Span) bool { return s.Day == day && s.From <= clock && clock < s.To })
}

// letIn checks where a newcomer went.
func (o *oracle) letIn(v *visit, e *site.EngagementRequested) {
	if o.asked.what != "enter" {
		o.complain(v, nil, "engagement %d was opened, and nobody asked for it", v.id)
		return
	}
	w := o.wayIn(o.asked.request)
	if w.result != "" || w.queue != e.Queue || w.priority != e.Priority || w.account != e.Target {
		o.complain(v, nil, "engagement %d went to queue %d, priority %d, account %d; the rules say %+v", v.id, e.Queue, e.Priority, e.Target, w)
	}
	if until := o.now.Add(seconds(o.settings.TargetSeconds)); e.Target != 0 && e.TargetUntil != until {
		o.complain(v, nil, "engagement %d waits for account %d until %s, not %s", v.id, e.Target, e.TargetUntil.Std(), until.Std())
	}
}

// turnedAway checks why a newcomer was not let in.
func (o *oracle) turnedAway(r *site.EngagementRequest, err error) {
	w := o.wayIn(r)
	got, ok := err.(*site.Error)
	if !ok || got.Result == "" || w.result != got.Result {
		o.complain(nil, nil, "a visitor of %+v was turned away: %v (%s); the rules say %+v", r.Contact, err, got.Result, w)
	}
}

// queueFits checks why an engagement was taken from its lead, and where it went.
func (o *oracle) queueFits(v *visit, w *worker, e *site.EngagementQueued) {
	by := o.asked.who == w.client && o.asked.engagement == v.id
	want := way{queue: v.queue, priority: v.priority}
	fits := true
	switch e.Cause {
	case site.Rerouted:
		fits = by && o.asked.what == "reroute" && e.Never
		want = o.escalates(v)
	case site.Transferred:
		fits = by && o.asked.what == "transfer" && e.Never
		want.queue = e.Queue
	case site.Lost:
		fits = w.polls == 0 && o.now >= w.seen.Add(2*o.absence()) && !e.Never
	case site.LoggedOff:
		fits = o.asked.who == w.client && o.asked.what == "log off" && !e.Never
	case site.Removed:
		fits = o.asked.what == "remove"
	}
	if v.wanted != 0 && (e.Cause == site.Lost || e.Cause == site.LoggedOff || e.Cause == site.Removed) {
		want.queue = v.wanted
	}
	if !fits || e.Queue != want.queue || e.Priority != want.priority || e.Target != want.account {
		o.complain(v, w, "engagement %d waits again (%s) in queue %d, priority %d, for account %d; asked was %q, the rules say %+v",
			v.id, e.Cause, e.Queue, e.Priority, e.Target, o.asked.what, want)
	}
}

// escalates answers where the rules send an engagement on.
func (o *oracle) escalates(v *visit) way {
	for _, x := range o.rules.Escalate {
		if (len(x.When.Queues) == 0 || slices.Contains(x.When.Queues, v.queue)) &&
			(len(x.When.Products) == 0 || slices.Contains(x.When.Products, v.product)) {
			return way{queue: x.Queue, priority: x.Priority, account: x.Account}
		}
	}
	return way{queue: v.queue, priority: v.priority}
}

// leadFits checks why another agent leads now.
func (o *oracle) leadFits(v *visit, w *worker, e *site.LeadChanged) {
	by := o.asked.who == w.client && o.asked.engagement == v.id
	former := o.workers[v.lead]
	guest := v.guest(w.client)
	fits := true
	switch e.Cause {
	case site.TakenOver:
		fits = by && o.asked.what == "take over" && o.supervises(w) && e.Stays
	case site.Transferred:
		i := v.invitation(w.client)
		fits = by && o.asked.what == "accept" && i != nil && i.kind == api.AssignmentTransfer
	case site.Lost:
		fits = guest != nil && former.polls == 0 && o.now.Sub(former.seen) >= 2*o.absence()
	case site.LoggedOff, site.WentAway:
		fits = guest != nil && o.asked.who == former.client && (o.asked.what == "log off" || o.asked.what == "leave")
	case site.Removed:
		fits = guest != nil && o.asked.what == "remove"
	}
	if guest != nil && e.Cause != site.TakenOver && guest.role != api.RoleConferee {
		fits = false
	}
	if !fits {
		o.complain(v, w, "engagement %d went from agent %d to %d (%s), which does not fit: asked was %q", v.id, v.lead, w.client, e.Cause, o.asked.what)
	}
}

// endFits checks why an engagement ended.
func (o *oracle) endFits(v *visit, e *site.EngagementConcluded) {
	fits := e.Role == api.RoleEndUser && e.Client == v.visitor
	since := func(t site.Time) time.Duration { return o.now.Sub(t) }
	p := o.callers[v.visitor]
	switch e.Reason {
	case api.ReasonAgentConcluded:
		fits = e.Role == api.RoleLead && e.Client == v.lead && o.asked.who == v.lead && o.asked.engagement == v.id &&
			(o.asked.what == "conclude" || o.asked.what == "release")
	case api.ReasonEndUserConcluded:
		fits = fits && o.asked.who == v.visitor && o.asked.what == "end"
	case api.ReasonQueueTimeout:
		fits = fits && v.state() == site.Queued && since(v.queuedAt) >= seconds(o.settings.QueueSeconds)
	case api.ReasonIdleTimeout:
		fits = fits && v.state() == site.Active && since(v.acted) >= seconds(o.settings.IdleSeconds)
	case api.ReasonEjected:
		lost := p != nil && p.polls == 0 && since(p.seen) >= 2*o.absence()
		fits = fits && (lost || o.ejected == v.id)
	case api.ReasonNoAgentsAvailable:
		fits = fits && (v.state() == site.Queued && o.deserted(v.queue) || v.state() == site.Active && o.leftAlone(v))
	default:
		fits = false
	}
	if !fits {
		o.complain(v, o.workers[v.lead], "engagement %d ended by %s %d for %s, which does not fit: it is %s, asked was %q of client %d",
			v.id, e.Role, e.Client, e.Reason, v.state(), o.asked.what, o.asked.who)
	}
	v.reason = e.Reason
}

// leftAlone reports whether the lead of an engagement goes, nobody in it can follow,
// and nobody else serves the queue to which it would go back: its visitor is not let
// wait for nobody.
func (o *oracle) leftAlone(v *visit) bool {
	lead, q := o.workers[v.lead], cmp.Or(v.wanted, v.queue)
	goes := lead != nil && (lead.polls == 0 && o.now.Sub(lead.seen) >= 2*o.absence() ||
		o.asked.who == lead.client && o.asked.what == "log off" || o.asked.what == "remove")
	follows := slices.ContainsFunc(v.guests, func(g guest) bool { return g.role == api.RoleConferee })
	others := slices.ContainsFunc(o.order, func(w *worker) bool { return w != lead && o.serves(w, q) })
	return goes && !follows && o.settings.RefuseWithoutAgents && !others
}

// toldTheEnd: the visitor of an engagement that ended was told so once, and why.
func (o *oracle) toldTheEnd(v *visit) {
	if len(v.told) != 1 || v.told[0].Reason != v.reason {
		o.complain(v, nil, "engagement %d ended for %s, its visitor was told %+v", v.id, v.reason, v.told)
	}
}
