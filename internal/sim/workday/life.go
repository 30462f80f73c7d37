package workday

import (
	"slices"

	"usher/api"
	"usher/internal/site"
)

// life reads the events of engagements.
func (o *oracle) life(e site.Event) {
	switch e := e.(type) {
	case *site.EngagementRequested:
		o.requested(e)
	case *site.VisitorSessionEnded:
		o.visitorGone(e.Client)
	case *site.EngagementEjected:
		o.ejected = e.Engagement
		if o.asked.what != "eject" || o.asked.engagement != e.Engagement {
			o.complain(o.visits[e.Engagement], nil, "engagement %d was ejected, and nobody asked for it", e.Engagement)
		}
	case *site.EngagementOffered:
		o.onVisit(e.Engagement, e.Client, func(v *visit, w *worker) { o.isOffered(v, w, e) })
	case *site.OfferEnded:
		o.onVisit(e.Engagement, e.Client, func(v *visit, w *worker) { o.offerEnded(v, w, e) })
	case *site.EngagementAssigned:
		o.onVisit(e.Engagement, e.Client, func(v *visit, w *worker) { o.assigned(v, w, e) })
	case *site.EngagementQueued:
		o.onVisit(e.Engagement, e.Client, func(v *visit, w *worker) { o.queued(v, w, e) })
	case *site.EngagementMoved:
		o.onVisit(e.Engagement, 0, func(v *visit, _ *worker) { o.moved(v, e) })
	case *site.EngagementConcluded:
		o.onVisit(e.Engagement, 0, func(v *visit, _ *worker) { o.ends(v, e) })
	case *site.EngagementReleased:
		o.onVisit(e.Engagement, e.Client, func(v *visit, w *worker) { o.released(v, w, e) })
	case *site.TransferWanted:
		o.onVisit(e.Engagement, 0, func(v *visit, _ *worker) {
			v.wanted, v.letGo = e.Queue, nil
			o.lines(v)
		})
	case *site.AgentInvited:
		o.onVisit(e.Engagement, e.Invitation.Client, func(v *visit, w *worker) { o.isInvited(v, w, e) })
	case *site.InvitationEnded:
		o.onVisit(e.Engagement, e.Client, func(v *visit, w *worker) { o.invitationEnded(v, w, e) })
	case *site.GuestJoined:
		o.onVisit(e.Engagement, e.Client, func(v *visit, w *worker) { o.joined(v, w, e) })
	case *site.GuestLeft:
		o.onVisit(e.Engagement, e.Client, func(v *visit, w *worker) { o.guestLeft(v, w) })
	case *site.LeadChanged:
		o.onVisit(e.Engagement, e.Client, func(v *visit, w *worker) { o.leadChanged(v, w, e) })
	case *site.ContactChanged:
		o.onVisit(e.Engagement, 0, func(v *visit, _ *worker) { v.acted = o.now })
	}
}

// onVisit finds what an event is about. An event about what is not there is a
// complaint.
func (o *oracle) onVisit(id site.EngagementID, c site.ClientID, do func(*visit, *worker)) {
	v, w := o.visits[id], o.workers[c]
	if v == nil || c != 0 && w == nil {
		o.complain(v, w, "something is recorded of engagement %d and agent %d, which are not there", id, c)
		return
	}
	do(v, w)
}

func (o *oracle) requested(e *site.EngagementRequested) {
	v := &visit{
		id: e.Engagement, visitor: e.Client, queue: e.Queue, priority: e.Priority, since: o.now, queuedAt: o.now, entered: o.now,
		target: e.Target, until: e.TargetUntil, acted: o.now, product: e.Contact.ProductID,
	}
	o.letIn(v, e)
	o.visits[v.id] = v
	o.boxes[e.Client] = &box{had: map[postKey]bool{}}
	o.callers[e.Client] = &presence{seen: o.now, visitor: true, client: e.Client}
	o.watch(o.callers[e.Client])
	o.lines(v)
	o.watchWait(v)
}

// visitorGone: a visitor's session ended.
func (o *oracle) visitorGone(c site.ClientID) {
	p := o.callers[c]
	if p == nil {
		o.complain(nil, nil, "the session of visitor %d ended twice", c)
		return
	}
	if b := o.boxes[c]; b.closed == 0 {
		o.complain(nil, nil, "the session of visitor %d ended without a concluded message", c)
	}
	delete(o.callers, c)
	delete(o.boxes, c)
}

// isOffered: an agent is asked to take what waits.
func (o *oracle) isOffered(v *visit, w *worker, e *site.EngagementOffered) {
	o.decided(v, w)
	v.offered, v.expires, v.accepts = w.client, e.Expires, e.Accepts
	v.credit = w.spend()
	if want := o.now.Add(seconds(o.settings.OfferSeconds)); e.Expires != want {
		o.complain(v, w, "an offer is made until %s, not %s", e.Expires.Std(), want.Std())
	}
	if auto := o.serving(w.account).AutoAccept; auto != (e.Accepts > 0) {
		o.complain(v, w, "agent %d accepts by itself: %t, its offer does: %t", w.client, auto, e.Accepts > 0)
	}
	o.take(w, v.id)
	o.lines(v)
	o.limits.put(v.expires, limit{kind: limitOffer, visit: v.id, at: v.expires})
	if v.accepts > 0 {
		o.limits.put(v.accepts, limit{kind: limitAccept, visit: v.id, at: v.accepts})
	}
}

func (w *worker) spend() bool {
	if w.credits == 0 {
		return false
	}
	w.credits--
	return true
}

func (o *oracle) offerEnded(v *visit, w *worker, e *site.OfferEnded) {
	if v.offered != w.client {
		o.complain(v, w, "an offer of engagement %d to agent %d ended, which is not there", v.id, w.client)
	}
	o.causeFits(v, w, e.Cause, v.expires)
	v.offered, v.expires, v.accepts = 0, 0, 0
	o.give(w, v.id, false)
	if v.credit {
		w.credits++
	}
	v.credit = false
	o.lets(v, w.client, false)
	o.lines(v)
	o.watchWait(v)
}

// causeFits checks why an offer or an invitation ended.
func (o *oracle) causeFits(v *visit, w *worker, cause site.Cause, expires site.Time) {
	asks := o.asked.who == w.client
	fits := true
	switch cause {
	case site.Declined:
		o.declined++
		fits = asks && o.asked.what == "decline" && o.asked.engagement == v.id && !(v.offered == w.client && o.serving(w.account).NoDecline)
	case site.Expired:
		o.expired++
		fits = o.now >= expires
	case site.Absent:
		fits = o.absent(w, 0)
	case site.Lost:
		fits = w.polls == 0 && o.now >= w.seen.Add(2*o.absence())
	case site.LoggedOff:
		fits = asks && o.asked.what == "log off"
	}
	if !fits {
		o.complain(v, w, "the offer of engagement %d to agent %d ended as %s, which does not fit: asked was %q", v.id, w.client, cause, o.asked.what)
	}
}

// lets remembers who let an engagement go.
func (o *oracle) lets(v *visit, c site.ClientID, never bool) {
	v.letGo = append(slices.DeleteFunc(v.letGo, func(l letGo) bool { return l.client == c }), letGo{c, o.now, never})
	o.limits.put(o.now.Add(site.DeclinePause), limit{kind: limitPause, visit: v.id})
}

// takesLead makes an agent the lead.
func (o *oracle) takesLead(v *visit, w *worker) {
	v.lead = w.client
	if !slices.Contains(v.leads, w.client) {
		v.leads = append(v.leads, w.client)
	}
	v.letGo, v.target, v.until, v.acted = nil, 0, 0, o.now
	o.leads++
	o.take(w, v.id)
	o.newLeads = append(o.newLeads, v)
	o.watchIdle(v)
}

func (o *oracle) assigned(v *visit, w *worker, e *site.EngagementAssigned) {
	by := o.asked.who == w.client && o.asked.engagement == v.id
	switch {
	case v.concluded:
		o.complain(v, w, "agent %d took engagement %d, which is concluded", w.client, v.id)
	case v.lead != 0:
		o.complain(v, w, "engagement %d has two leads, %d and %d", v.id, v.lead, w.client)
	case e.Cause == site.TakenOver:
		if !by || o.asked.what != "take over" || !o.supervises(w) || v.offered != 0 {
			o.complain(v, w, "agent %d took engagement %d over, which nobody asked for or it may not", w.client, v.id)
		}
	case v.offered != w.client:
		o.complain(v, w, "agent %d took engagement %d, which is offered to %d", w.client, v.id, v.offered)
	case e.Cause == site.Expired:
		if v.accepts == 0 || o.now < v.accepts {
			o.complain(v, w, "engagement %d was accepted for agent %d before its time", v.id, w.client)
		}
	case !by || o.asked.what != "accept" && o.asked.what != "take over":
		o.complain(v, w, "agent %d took engagement %d, and did not say so", w.client, v.id)
	}
	if !v.served {
		v.served = true
		o.served++
	}
	o.longest = max(o.longest, o.now-v.queuedAt)
	v.offered, v.expires, v.accepts, v.credit = 0, 0, 0, false
	o.takesLead(v, w)
	o.lines(v)
}

// queued: the lead is gone, and it waits again with its first waiting time.
func (o *oracle) queued(v *visit, w *worker, e *site.EngagementQueued) {
	if v.lead != w.client || v.concluded {
		o.complain(v, w, "engagement %d was taken from agent %d, its lead is %d", v.id, w.client, v.lead)
	}
	if len(v.guests)+len(v.invited) > 0 {
		o.complain(v, w, "engagement %d waits again, and agents %v are in it", v.id, v.agents())
	}
	o.queueFits(v, w, e)
	v.lead, v.wanted = 0, 0
	v.queue, v.priority, v.target, v.until, v.queuedAt, v.entered = e.Queue, e.Priority, e.Target, e.TargetUntil, o.now, o.now
	o.give(w, v.id, true)
	if e.Never {
		o.lets(v, w.client, true)
	}
	o.lines(v)
	o.watchWait(v)
}

func (o *oracle) moved(v *visit, e *site.EngagementMoved) {
	q := o.queues[v.queue]
	to := o.queues[e.Queue]
	if v.state() != site.Queued || q.OverflowSeconds == 0 || e.Queue != q.OverflowQueue || o.now < max(v.entered, v.queuedAt).Add(seconds(q.OverflowSeconds)) {
		o.complain(v, nil, "engagement %d overflowed from queue %d to %d, where it waits since %s", v.id, v.queue, e.Queue, v.entered.Std())
	}
	if to.full(o.now) || !o.openAt(to.Hours, o.now) || o.deserted(to.ID) {
		o.complain(v, nil, "engagement %d overflowed to queue %d, which is full, closed or deserted", v.id, e.Queue)
	}
	v.queue, v.entered = e.Queue, o.now
	o.lines(v)
	o.watchOverflow(v)
}

func (o *oracle) released(v *visit, w *worker, e *site.EngagementReleased) {
	limit := v.endedAt.Add(seconds(o.settings.WrapUpSeconds))
	switch {
	case !v.concluded || v.lead != w.client:
		o.complain(v, w, "agent %d released engagement %d, which it does not wrap up", w.client, v.id)
	case e.Cause == site.Expired && o.now < limit:
		o.complain(v, w, "the wrap-up of engagement %d was over before its time", v.id)
	}
	delete(o.visits, v.id)
	o.give(w, v.id, true)
	o.lines(v)
}

// ends: the engagement is over.
func (o *oracle) ends(v *visit, e *site.EngagementConcluded) {
	if v.concluded {
		o.complain(v, nil, "engagement %d was concluded twice", v.id)
		return
	}
	o.endFits(v, e)
	o.reasons[e.Reason]++
	if !v.served {
		o.abandoned++
	}
	o.concluded = append(o.concluded, v)
	for _, i := range v.invited {
		o.uninvite(v, i)
	}
	for _, g := range v.guests {
		if w := o.workers[g.client]; w != nil {
			o.give(w, v.id, g.role == api.RoleConferee)
		}
	}
	v.guests, v.invited, v.wanted, v.endedAt = nil, nil, 0, o.now
	if w := o.workers[v.offered]; w != nil {
		o.give(w, v.id, false)
		if v.credit {
			w.credits++
		}
	}
	v.offered = 0
	if v.lead == 0 {
		delete(o.visits, v.id)
	} else {
		v.concluded = true
		o.watchWrapUp(v)
	}
	o.lines(v)
}
