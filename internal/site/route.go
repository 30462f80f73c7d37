package site

import (
	"cmp"
	"fmt"
	"slices"

	"usher/api"
)

// route offers a waiting engagement to the agent whose turn it is: the least
// loaded of those who are free for it, and among these the one who is free
// longest. Who let it go before comes after everybody else, and not at once. An
// engagement that is meant for one agent waits for that one first, and one
// that waited too long goes on to another queue. An agent who has something else due
// before, because one step freed several things, is given that in its turn.
func (s *Site) route(e *Engagement) {
	if due := s.overflowDue(e); due > 0 && due <= s.now && s.overflow(e) {
		return
	}
	for s.settle(); e.waitsIn() != 0; s.settle() {
		a, why := s.choose(e)
		if a == nil {
			s.abandon(e)
			return
		}
		if x := s.due(a); x != nil && x != e {
			// Unless x's agent has something else due in its turn: then who comes first
			// goes round in a circle, and e is as good.
			if b, why := s.choose(x); b == a || b != nil && s.due(b) == x {
				s.offer(x, b, why)
				continue
			}
		}
		s.offer(e, a, why)
		return
	}
}

// choose answers the agent to whom an engagement is offered now, and why; nil when
// it has to wait.
func (s *Site) choose(e *Engagement) (*AgentSession, string) {
	if a := s.target(e); a != nil {
		if !s.free(a) {
			return nil, "" // until it is free, or the time is over
		}
		return a, "it was meant for this agent"
	}
	a, count := s.next(e, s.queues[e.waitsIn()])
	if a == nil {
		return nil, ""
	}
	return a, fmt.Sprintf("first of %d free agents: holds %d, free since %s", count, len(a.Holds), a.FreeSince.clock())
}

// next answers whose turn it is for an engagement of a queue, nil when nobody is
// free for it, and how many are free for the queue.
func (s *Site) next(e *Engagement, q *Queue) (*AgentSession, int) {
	var best, again *AgentSession
	count := 0
	for _, d := range q.desks {
		count += len(d.ready)
		for _, a := range d.ready {
			if best != nil && byTurn(best, a) < 0 {
				break
			}
			if !s.mayOffer(e, a) {
				continue
			}
			if e.letGoBy(a.Client) == nil {
				best = a
				break
			}
			if again == nil || byTurn(a, again) < 0 {
				again = a
			}
		}
	}
	return cmp.Or(best, again), count
}

// routeAgent offers an agent what waits longest in its queues, as much as it is
// free for.
func (s *Site) routeAgent(a *AgentSession) {
	for s.settle(); a.seat.ready; s.settle() {
		e := s.due(a)
		if e == nil {
			return
		}
		s.offer(e, a, fmt.Sprintf("first due for the agent, who holds %d; it waited since %s", len(a.Holds), e.WaitingSince.clock()))
	}
}

// due answers what the agent is given next, by its policy.
func (s *Site) due(a *AgentSession) *Engagement {
	strict := s.serving(s.accounts[a.Account]).Policy == StrictPriority
	var first *Engagement
	for _, q := range a.seat.desk.queues {
		i := slices.IndexFunc(q.waiting, func(e *Engagement) bool { return s.mayOffer(e, a) && !s.keptFrom(e, a) })
		if i >= 0 && (first == nil || byWaiting(q.waiting[i], first) < 0) {
			if first = q.waiting[i]; strict {
				break
			}
		}
	}
	return first
}

// routeAll looks at every waiting engagement, after a change that may touch any.
func (s *Site) routeAll() {
	s.settle()
	var all []*Engagement
	for _, q := range s.order {
		if s.readyFor(q) > 0 {
			all = append(all, q.waiting...)
		}
	}
	slices.SortStableFunc(all, byWaiting)
	for _, e := range all {
		s.route(e)
	}
}

// staffChanged does what follows when an administrator changed who serves what.
func (s *Site) staffChanged() {
	s.routeAll()
	for _, q := range slices.Clone(s.order) {
		s.abandonAll(q)
	}
	for _, c := range slices.Clone(s.agentOrder) {
		s.warnIdle(s.agents[c])
	}
}

// deserted reports whether nobody is left to serve a queue of a site that does not
// let people wait for nobody.
func (s *Site) deserted(q *Queue) bool { return s.Settings.RefuseWithoutAgents && s.staffOf(q) == 0 }

// desertedWithout reports whether a queue is deserted once an agent's session ends.
func (s *Site) desertedWithout(q *Queue, a *AgentSession) bool {
	if !s.Settings.RefuseWithoutAgents {
		return false
	}
	staff := s.staffOf(q)
	if slices.Contains(q.desks, a.seat.desk) {
		staff--
	}
	return staff == 0
}

// abandon ends an engagement that waits in a deserted queue.
func (s *Site) abandon(e *Engagement) {
	if e.State == Queued && s.deserted(s.queues[e.Queue]) {
		s.conclude(e, e.Visitor, api.RoleEndUser, api.ReasonNoAgentsAvailable)
	}
}

// abandonAll ends what waits in a queue if it is deserted.
func (s *Site) abandonAll(q *Queue) {
	if len(q.waiting) > 0 && s.deserted(q) {
		for _, e := range slices.Clone(q.waiting) {
			s.abandon(e)
		}
	}
}

// mayOffer reports whether the engagement may be offered to this agent, if it is free.
func (s *Site) mayOffer(e *Engagement, a *AgentSession) bool {
	if e.roleOf(a.Client) != "" {
		return false // it is in it already
	}
	d := e.letGoBy(a.Client)
	return d == nil || !d.Never && (a.AskedAt > d.At || s.now >= d.At.Add(DeclinePause))
}

// target answers the agent for whom an engagement waits before anybody else, nil
// when there is none, or it cannot come: an agent who does not serve the queue.
func (s *Site) target(e *Engagement) *AgentSession {
	if e.Target == 0 || s.now >= e.TargetUntil {
		return nil
	}
	a, q := s.agents[s.agentOf[e.Target]], s.queues[e.waitsIn()]
	if a == nil || q == nil || !s.reachable(a) || e.letGoBy(a.Client) != nil || e.roleOf(a.Client) != "" ||
		!slices.Contains(q.desks, a.seat.desk) {
		return nil
	}
	return a
}

// keptFrom reports whether the engagement still waits for another agent.
func (s *Site) keptFrom(e *Engagement, a *AgentSession) bool {
	t := s.target(e)
	return t != nil && t != a
}

func (e *Engagement) letGoBy(c ClientID) *decline {
	if i := slices.IndexFunc(e.Declined, func(d decline) bool { return d.Client == c }); i >= 0 {
		return &e.Declined[i]
	}
	return nil
}

// letGo remembers that an agent let the engagement go.
func (e *Engagement) letGo(c ClientID, at Time, never bool) {
	e.Declined = append(slices.DeleteFunc(e.Declined, func(d decline) bool { return d.Client == c }), decline{c, at, never})
}

// admit decides whether a queue lets a newcomer in now, following the overflow of
// full queues. It answers the queue where it goes, and how it came there.
func (s *Site) admit(r Routed) (Routed, error) {
	for {
		q := s.queues[r.Queue]
		switch s.opening(q.Hours) {
		case Closed:
			return r, unavailable(api.ResultOutOfHours, "queue %d (%s) is closed at this time: come back in its hours", q.ID, q.Name)
		case OnHoliday:
			return r, unavailable(api.ResultHoliday, "queue %d (%s) is closed for a holiday", q.ID, q.Name)
		}
		if s.Settings.RefuseWithoutAgents && s.available(q) == 0 {
			return r, unavailable(api.ResultNoAgentsAvailable, "nobody is there to serve queue %d (%s)", q.ID, q.Name)
		}
		if !q.full() {
			return r, nil
		}
		if q.OverflowQueue == 0 {
			return r, unavailable(api.ResultNoAgentsAvailable, "queue %d (%s) is full: %d wait already", q.ID, q.Name, len(q.waiting))
		}
		r.Why += fmt.Sprintf("; queue %d was full, so on to queue %d", q.ID, q.OverflowQueue)
		r.Queue = q.OverflowQueue
	}
}

func (q *Queue) full() bool { return q.MaxWaiting > 0 && len(q.waiting) >= q.MaxWaiting }

// available counts the agents of a queue who are there and not unavailable,
// whether or not they have a place free.
func (s *Site) available(q *Queue) int {
	s.settle()
	n := 0
	for _, d := range q.desks {
		n += d.available
	}
	return n
}

// EngagementMoved: an engagement that waited too long was sent on to another queue.
type EngagementMoved struct {
	Engagement EngagementID `json:"engagement"`
	Queue      QueueID      `json:"queue"`
	Why        string       `json:"why,omitempty"`
}

func (ev *EngagementMoved) apply(s *Site, at Time) {
	e := s.live[ev.Engagement]
	s.unline(e)
	e.Queue, e.EnteredAt = ev.Queue, at
	s.line(e)
	s.measure(e.Queue, at).Arrived++
	s.retell(e)
	s.touchEngagement(e.ID)
	s.scheduleEngagement(e)
}

// overflowDue answers when a waiting engagement is sent on, which may be past when
// it comes back from an agent; 0 for never.
func (s *Site) overflowDue(e *Engagement) Time {
	q := s.queues[e.Queue]
	if e.State != Queued || q.OverflowSeconds == 0 {
		return 0
	}
	since := max(e.EnteredAt, e.QueuedAt)
	return max(s.spared(since, since.Add(seconds(q.OverflowSeconds))), e.overflowAt)
}

// overflow sends a waiting engagement on, if the other queue takes it now.
func (s *Site) overflow(e *Engagement) bool {
	q := s.queues[e.Queue]
	to := s.queues[q.OverflowQueue]
	if to.full() || s.opening(to.Hours) != Open || s.deserted(to) {
		e.overflowAt = s.now.Add(OverflowRetry)
		return false
	}
	s.record(&EngagementMoved{Engagement: e.ID, Queue: to.ID, Why: fmt.Sprintf("it waited %d s in queue %d", q.OverflowSeconds, q.ID)})
	s.route(e)
	return true
}
