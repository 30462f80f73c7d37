package site

import (
	"cmp"
	"container/heap"

	"usher/api"
)

// timerKind says whose time it is. The order is the order in which timers that
// are due together fire.
type timerKind uint8

const (
	timerEngagement timerKind = iota // an offer, the idle limit, the wait in the queue
	timerAgent                       // an agent's presence
	timerVisitor                     // a visitor's presence, or its grace after the end
	timerQueue                       // visitors are told of their places
	timerToken                       // a used token expires
)

type timerKey struct {
	kind timerKind
	id   int64
	key  SessionKey // tokens
}

type timer struct {
	at Time
	timerKey
}

// timerList is the site's one list of what happens by itself. There is one
// entry an entity; when it fires, the entity says whether its time has really
// come. So signs of life need not move timers. An entry may only move forward
// in time by firing; stale ones are passed over.
type timerList struct {
	heap []timer
	at   map[timerKey]Time
}

func (l *timerList) Len() int { return len(l.heap) }
func (l *timerList) Less(i, j int) bool {
	a, b := l.heap[i], l.heap[j]
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id), cmp.Compare(a.key, b.key)) < 0
}
func (l *timerList) Swap(i, j int) { l.heap[i], l.heap[j] = l.heap[j], l.heap[i] }
func (l *timerList) Push(x any)    { l.heap = append(l.heap, x.(timer)) }
func (l *timerList) Pop() any {
	n := len(l.heap) - 1
	x := l.heap[n]
	l.heap = l.heap[:n]
	return x
}

func (l *timerList) set(at Time, k timerKey) {
	if old, ok := l.at[k]; ok && old <= at {
		return
	}
	if l.at == nil {
		l.at = map[timerKey]Time{}
	}
	l.at[k] = at
	heap.Push(l, timer{at, k})
}

// first answers the earliest entry, after dropping stale ones.
func (l *timerList) first() (timer, bool) {
	for len(l.heap) > 0 {
		t := l.heap[0]
		if at, ok := l.at[t.timerKey]; ok && at == t.at {
			return t, true
		}
		heap.Pop(l)
	}
	return timer{}, false
}

func (s *Site) schedule(at Time, k timerKind, id int64) { s.timers.set(at, timerKey{kind: k, id: id}) }

func (s *Site) scheduleToken(at Time, k SessionKey) {
	s.timers.set(at, timerKey{kind: timerToken, key: k})
}

// Next answers when the site next has something to do by itself, 0 for never.
func (s *Site) Next() Time {
	t, ok := s.timers.first()
	if !ok {
		return 0
	}
	return t.at
}

// Tick moves the site's time to now, which never goes back, and fires what is due.
func (s *Site) Tick(now Time) {
	s.now = max(s.now, now)
	for {
		t, ok := s.timers.first()
		if !ok || t.at > s.now {
			return
		}
		heap.Pop(&s.timers)
		delete(s.timers.at, t.timerKey)
		s.fire(t)
	}
}

func (s *Site) fire(t timer) {
	switch t.kind {
	case timerEngagement:
		if e := s.live[EngagementID(t.id)]; e != nil {
			s.checkEngagement(e)
		}
	case timerAgent:
		if a := s.agents[ClientID(t.id)]; a != nil {
			s.checkAgent(a)
		}
	case timerVisitor:
		if v := s.visitors[ClientID(t.id)]; v != nil {
			s.checkVisitor(v)
		}
	case timerQueue:
		if q := s.queues[QueueID(t.id)]; q != nil {
			s.tellPlaces(q)
		}
	case timerToken:
		if _, ok := s.spent[t.key]; ok {
			s.record(&TokenForgotten{Key: t.key})
		}
	}
}

// engagementLimit is when the engagement's present state must end, 0 for never.
func (s *Site) engagementLimit(e *Engagement) Time {
	var at Time
	switch e.State {
	case Queued:
		at = e.QueuedAt.Add(s.Settings.inQueue())
	case Offered:
		at = e.OfferExpires
	case Active:
		at = max(e.ActiveAt, e.typedAt).Add(s.Settings.idle())
	default:
		return 0
	}
	if s.resumed > 0 {
		at = max(at, s.resumed.Add(ResumeGrace))
	}
	return at
}

func (s *Site) scheduleEngagement(e *Engagement) {
	at := s.engagementLimit(e)
	if at == 0 {
		return
	}
	if e.State == Queued {
		for _, d := range e.Declined {
			if again := d.At.Add(DeclinePause); again > s.now {
				at = min(at, again)
			}
		}
	}
	s.schedule(at, timerEngagement, int64(e.ID))
}

// checkEngagement ends the engagement's state when its time is over.
func (s *Site) checkEngagement(e *Engagement) {
	if over := s.engagementLimit(e) <= s.now; over {
		switch e.State {
		case Queued:
			s.conclude(e, e.Visitor, api.RoleEndUser, api.ReasonQueueTimeout)
			return
		case Active:
			s.conclude(e, e.Visitor, api.RoleEndUser, api.ReasonIdleTimeout)
			return
		case Offered:
			a := s.agents[e.Lead]
			s.endOffer(e, true)
			s.route(e)
			s.routeAgent(a) // what it let go comes after everything else that waits
		case Concluded:
			return
		}
	}
	if e.State == Queued {
		s.route(e)
	}
	s.scheduleEngagement(e)
}

// rebuildTimers makes the list anew, when settings or the time of the last load
// have moved many limits at once.
func (s *Site) rebuildTimers() {
	s.timers = timerList{}
	for _, id := range sortedKeys(s.live) {
		s.scheduleEngagement(s.live[id])
	}
	for _, id := range sortedKeys(s.agents) {
		s.schedule(s.agentDue(s.agents[id]), timerAgent, int64(id))
	}
	for _, id := range sortedKeys(s.visitors) {
		s.schedule(s.visitorDue(s.visitors[id]), timerVisitor, int64(id))
	}
	for _, k := range sortedKeys(s.spent) {
		s.scheduleToken(s.spent[k], k)
	}
	for _, id := range sortedKeys(s.queues) {
		s.noteQueue(id)
	}
}
