package workday

import (
	"slices"
	"time"

	"usher/api"
	"usher/internal/site"
)

// presence is what is known of somebody's signs of life.
type presence struct {
	seen    site.Time
	polls   int
	watched bool // a limit looks at it
	visitor bool
	client  site.ClientID
}

// worker is an agent session.
type worker struct {
	presence
	account   site.AccountID
	status    api.ActivityStatus
	credits   int
	max       int
	saidMax   bool
	askedAt   site.Time
	freeSince site.Time
	holds     []site.EngagementID // offered, asked to join, led, joined, wrapping up
	watches   []site.EngagementID // monitored, or asked to
	changed   bool
}

// staff reads the events of agent sessions.
func (o *oracle) staff(e site.Event) {
	switch e := e.(type) {
	case *site.AgentSessionStarted:
		w := &worker{presence: presence{seen: o.now, client: e.Client}, account: e.Account, status: api.StatusNone, freeSince: o.now}
		if o.of[e.Account] != nil {
			o.complain(nil, w, "account %d has two sessions", e.Account)
		}
		o.workers[e.Client], o.of[e.Account] = w, w
		o.order = append(o.order, w)
		o.boxes[e.Client] = &box{agent: true, had: map[postKey]bool{}}
		o.watch(&w.presence)
	case *site.AgentSessionRenewed:
		w := o.workers[e.Client]
		w.seen, w.polls = o.now, 0
		o.watch(&w.presence)
		o.boxes[e.Client].renew()
		o.touch(w)
	case *site.AgentSessionEnded:
		o.loggedOff(e)
	case *site.AgentStatusChanged:
		w := o.workers[e.Client]
		w.status = e.Status
		if e.Status == api.StatusUnavailable {
			o.withdraw(w)
			o.touchTargets(w.account)
		}
		o.touch(w)
	case *site.AssignmentRequested:
		w := o.workers[e.Client]
		if e.Credits == 0 {
			o.withdraw(w)
		} else {
			w.askedAt = o.now
		}
		w.credits, w.max, w.saidMax = e.Credits, e.Max, true
		o.touch(w)
	}
}

func (o *oracle) loggedOff(e *site.AgentSessionEnded) {
	w := o.workers[e.Client]
	if len(w.holds)+len(w.watches) > 0 {
		o.complain(nil, w, "the session of agent %d ended, and it holds %v and watches %v", e.Client, w.holds, w.watches)
	}
	if silent := o.now.Sub(w.seen); e.Lost && (w.polls > 0 || silent < 2*o.absence()) {
		o.complain(nil, w, "agent %d was lost %v after its last sign of life, with %d retrievals open", e.Client, silent, w.polls)
	}
	delete(o.workers, e.Client)
	delete(o.of, w.account)
	delete(o.boxes, e.Client)
	o.order = slices.DeleteFunc(o.order, func(x *worker) bool { return x == w })
	o.touchWaiting()
}

// withdraw takes a wish for engagements back: no offer that ends gives a credit again.
func (o *oracle) withdraw(w *worker) {
	w.credits = 0
	for _, id := range w.holds {
		if v := o.visits[id]; v != nil {
			if v.offered == w.client {
				v.credit = false
			}
			if i := v.invitation(w.client); i != nil {
				i.credit = false
			}
		}
	}
}

func (o *oracle) absence() time.Duration {
	return time.Duration(o.settings.AbsentSeconds) * time.Second
}

// seen notes a sign of life.
func (o *oracle) seen(c site.ClientID, now site.Time) {
	if w := o.workers[c]; w != nil {
		if o.absent(w, 0) {
			o.touch(w)
		}
		w.seen = now
	} else if p := o.callers[c]; p != nil {
		p.seen = now
	}
}

// polls notes that a retrieval began or ended.
func (o *oracle) polls(c site.ClientID, open bool, now site.Time) {
	p := o.callers[c]
	if w := o.workers[c]; w != nil {
		p = &w.presence
	}
	switch {
	case p == nil:
	case open:
		p.polls++
	default:
		p.polls, p.seen = max(0, p.polls-1), now
		o.watch(p)
	}
}

// absent reports whether an agent shows no sign of life for a while. What is due
// at this very moment may have happened or not: slack moves the line.
func (o *oracle) absent(w *worker, slack site.Time) bool {
	return w.polls == 0 && o.now >= w.seen.Add(o.absence())+slack
}

// serving answers how an account's work is cut.
func (o *oracle) serving(a site.AccountID) *site.Serving {
	x := o.accounts[a]
	switch {
	case x == nil:
		return &site.Serving{}
	case x.Profile != 0:
		return o.profiles[x.Profile]
	}
	return &x.Serving
}

func (o *oracle) supervises(w *worker) bool {
	a := o.accounts[w.account]
	return a != nil && a.Supervisor
}

func (o *oracle) serves(w *worker, q site.QueueID) bool {
	v := o.serving(w.account)
	if v.AllQueues {
		return !slices.Contains(v.Except, q)
	}
	return slices.Contains(v.Queues, q)
}

// places answers how many engagements an agent may hold.
func (o *oracle) places(w *worker) int {
	n := o.serving(w.account).Places
	switch {
	case w.saidMax && n > 0:
		return min(n, w.max)
	case w.saidMax:
		return w.max
	case n > 0:
		return n
	}
	return site.PushCapacity
}

// reachable reports whether an agent can be asked at all.
func (o *oracle) reachable(w *worker, slack site.Time) bool {
	return w.status != api.StatusUnavailable && !o.absent(w, slack)
}

// wants reports whether an agent asked for engagements, or gets them unasked.
func (o *oracle) wants(w *worker) bool {
	return w.credits > 0 || w.status == api.StatusAvailable && !o.serving(w.account).Pull
}

// free reports whether an agent may be given one more.
func (o *oracle) free(w *worker, slack site.Time) bool {
	return o.wants(w) && len(w.holds) < o.places(w) && o.reachable(w, slack)
}

// take and give change what an agent holds.
func (o *oracle) take(w *worker, e site.EngagementID) {
	if !slices.Contains(w.holds, e) {
		w.holds = append(w.holds, e)
	}
	o.touch(w)
}

func (o *oracle) give(w *worker, e site.EngagementID, served bool) {
	if slices.Contains(w.holds, e) {
		w.holds = slices.DeleteFunc(w.holds, func(x site.EngagementID) bool { return x == e })
		if served {
			w.freeSince = o.now
		}
	}
	w.watches = slices.DeleteFunc(w.watches, func(x site.EngagementID) bool { return x == e })
	o.touch(w)
}

func (o *oracle) touch(w *worker) {
	if !w.changed {
		w.changed = true
		o.changedWorkers = append(o.changedWorkers, w)
	}
}

// touchTargets looks again at what waits for somebody who cannot be asked now.
func (o *oracle) touchTargets(a site.AccountID) {
	for _, q := range o.ranked {
		for _, v := range q.waiting {
			if v.target == a {
				o.changedVisits = append(o.changedVisits, v)
			}
		}
	}
}

func (o *oracle) touchWaiting() {
	for _, q := range o.ranked {
		o.changedVisits = append(o.changedVisits, q.waiting...)
	}
}

// touchAll looks at everything again, when somebody changed the rules.
func (o *oracle) touchAll() {
	o.touchWaiting()
	for _, w := range o.order {
		o.touch(w)
	}
}
