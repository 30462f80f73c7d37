package workday

import (
	"slices"

	"usher/api"
	"usher/internal/site"
)

// isInvited: an agent is asked to join an engagement that has its lead.
func (o *oracle) isInvited(v *visit, w *worker, e *site.AgentInvited) {
	i := e.Invitation
	n := invitation{client: i.Client, kind: i.Type, by: i.By, expires: i.Expires, queued: i.Queued}
	switch {
	case v.state() != site.Active:
		o.complain(v, w, "agent %d is asked to join engagement %d, which is %s", w.client, v.id, v.state())
	case v.involves(w.client):
		o.complain(v, w, "agent %d is asked to join engagement %d, and takes part in it", w.client, v.id)
	case i.Queued:
		o.decided(v, w)
		n.credit = w.spend()
	case !o.reachable(w, 1):
		o.complain(v, w, "agent %d is asked to join engagement %d, and is not there", w.client, v.id)
	}
	v.invited = append(v.invited, n)
	if i.Type == api.AssignmentMonitor {
		w.watches = append(w.watches, v.id)
	} else {
		o.take(w, v.id)
		o.fits(v, w)
	}
	o.lines(v)
	o.limits.put(n.expires, limit{kind: limitInvitation, visit: v.id, client: w.client, at: n.expires})
}

// uninvite takes what an invitation had taken.
func (o *oracle) uninvite(v *visit, i invitation) {
	v.invited = slices.DeleteFunc(slices.Clone(v.invited), func(x invitation) bool { return x.client == i.client })
	if w := o.workers[i.client]; w != nil {
		o.give(w, v.id, false)
		if i.credit {
			w.credits++
		}
	}
}

func (o *oracle) invitationEnded(v *visit, w *worker, e *site.InvitationEnded) {
	i := v.invitation(w.client)
	if i == nil {
		o.complain(v, w, "agent %d was asked no more to join engagement %d, and was not asked", w.client, v.id)
		return
	}
	o.causeFits(v, w, e.Cause, i.expires)
	if i.queued {
		o.lets(v, w.client, false)
	}
	o.uninvite(v, *i)
	o.lines(v)
}

func (o *oracle) joined(v *visit, w *worker, e *site.GuestJoined) {
	i := v.invitation(w.client)
	switch {
	case v.state() != site.Active:
		o.complain(v, w, "agent %d joined engagement %d, which is %s", w.client, v.id, v.state())
	case v.lead == w.client || v.guest(w.client) != nil:
		o.complain(v, w, "agent %d joined engagement %d, and is in it already", w.client, v.id)
	case i == nil && !o.supervises(w):
		o.complain(v, w, "agent %d joined engagement %d unasked", w.client, v.id)
	}
	if i != nil {
		v.invited = slices.DeleteFunc(v.invited, func(x invitation) bool { return x.client == w.client })
	}
	v.guests, v.acted = append(v.guests, guest{w.client, e.Role}), o.now
	if e.Role == api.RoleMonitor {
		w.watches = append(slices.DeleteFunc(w.watches, func(x site.EngagementID) bool { return x == v.id }), v.id)
		return
	}
	o.take(w, v.id) // a supervisor who joins by itself may hold more than its places
}

func (o *oracle) guestLeft(v *visit, w *worker) {
	g := v.guest(w.client)
	if g == nil {
		o.complain(v, w, "agent %d left engagement %d, and was no guest in it", w.client, v.id)
		return
	}
	served := g.role == api.RoleConferee
	v.guests = slices.DeleteFunc(v.guests, func(x guest) bool { return x.client == w.client })
	o.give(w, v.id, served)
	o.lines(v)
}

// leadChanged: another agent leads it.
func (o *oracle) leadChanged(v *visit, w *worker, e *site.LeadChanged) {
	former := o.workers[v.lead]
	switch {
	case v.concluded || v.lead == 0 || v.lead != e.Former || former == nil:
		o.complain(v, w, "engagement %d went from agent %d to %d, its lead is %d", v.id, e.Former, w.client, v.lead)
		return
	case v.lead == w.client:
		o.complain(v, w, "engagement %d went to agent %d, who leads it already", v.id, w.client)
	}
	o.leadFits(v, w, e)
	if i := v.invitation(w.client); i != nil && i.queued {
		v.queue = v.wanted
	}
	v.guests = slices.DeleteFunc(v.guests, func(x guest) bool { return x.client == w.client })
	v.invited = slices.DeleteFunc(v.invited, func(x invitation) bool { return x.client == w.client })
	w.watches = slices.DeleteFunc(w.watches, func(x site.EngagementID) bool { return x == v.id })
	v.wanted = 0
	o.takesLead(v, w)
	if e.Stays {
		v.guests = append(v.guests, guest{former.client, api.RoleConferee})
	} else {
		o.give(former, v.id, true)
	}
	o.lines(v)
}
