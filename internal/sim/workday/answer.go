package workday

import (
	"time"

	"usher/api"
	"usher/internal/site"
)

// offered: somebody is asked to take an engagement, or to join it.
func (a *agent) offered(e site.EngagementID, kind api.AssignmentType) {
	d, n := a.day, a.day.rnd.Float64()
	h := a.habits
	switch {
	case n < h.silence:
		return
	case n < h.silence+h.decline:
		a.after(20*time.Second, func() { a.declines(e, api.ActionDecline) })
	case n < h.silence+h.decline+h.unavailable:
		a.after(20*time.Second, func() { a.declines(e, api.ActionUnavailable) })
	default:
		wait := 20 * time.Second
		if d.chance(0.02) {
			wait = 90 * time.Second // it may come too late
		}
		a.after(wait, func() { a.accepts(e, kind) })
	}
}

func (a *agent) declines(e site.EngagementID, action api.AssignmentAction) {
	err := a.do("decline", e, func(c site.Caller) error {
		_, err := a.day.site.AnswerOffer(c, e, action)
		return err
	})
	if err != nil { // no declining here
		a.accepts(e, api.AssignmentLead)
		return
	}
	if action == api.ActionUnavailable {
		a.onBreak = true
		a.after(3*time.Minute, func() {
			a.onBreak = false
			a.wants()
		})
		return
	}
	a.after(30*time.Second, a.asks)
}

func (a *agent) accepts(e site.EngagementID, kind api.AssignmentType) {
	if !a.ready() {
		return
	}
	err := a.do("accept", e, func(c site.Caller) error {
		_, err := a.day.site.AnswerOffer(c, e, api.ActionAccept)
		return err
	})
	if err != nil || !a.ready() {
		return
	}
	if kind == api.AssignmentMonitor {
		a.watches(e)
		return
	}
	a.takes(e, kind != api.AssignmentConference)
}

// takes begins an agent's part in an engagement.
func (a *agent) takes(e site.EngagementID, lead bool) *chat {
	c := &chat{lead: lead, left: 1 + a.day.rnd.IntN(2)}
	a.chats[e] = c
	if !lead {
		a.leaves(e)
	}
	a.day.after(a.day.about(a.habits.pace/2), func() { a.talks(e, c) })
	return c
}
