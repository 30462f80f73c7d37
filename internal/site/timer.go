package site

import (
	"cmp"
	"container/heap"
	"slices"

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
	timerTyping                      // agents are shown what a visitor types
	timerLetter                      // a letter is due
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

// has reports whether something is to happen for k.
func (l *timerList) has(k timerKey) bool {
	_, ok := l.at[k]
	return ok
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
	case timerTyping:
		if v := s.visitors[ClientID(t.id)]; v != nil && v.held != nil {
			s.showTyping(v, *v.held)
		}
	case timerLetter:
		if l := s.letter(t.id); l != nil && l.Due > s.now { // it was put off
			s.scheduleLetter(l)
		} else if l != nil { // whoever sends letters is to find this site in memory
			s.schedule(s.now.Add(LetterLook), timerLetter, l.Number)
		}
	}
}

// engagementLimit is when the engagement's present state must end, 0 for never.
func (s *Site) engagementLimit(e *Engagement) Time {
	switch {
	case e.State == Queued:
		return s.spared(e.QueuedAt, e.QueuedAt.Add(s.Settings.inQueue()))
	case e.State == Offered:
		return s.spared(e.LeadSince, e.OfferExpires)
	case e.State == Active:
		since := max(e.ActiveAt, e.typedAt)
		return s.spared(since, since.Add(s.Settings.idle()))
	case s.Settings.WrapUpSeconds > 0:
		return s.spared(e.LeadSince, e.LeadSince.Add(s.Settings.wrapUp()))
	}
	return 0
}

// spared gives what began before the last load an end at least ResumeGrace after it: who
// should have acted may have been cut off. What began since ends in its time.
func (s *Site) spared(since, at Time) Time {
	if since <= s.resumed {
		at = max(at, s.resumed.Add(ResumeGrace))
	}
	return at
}

// scheduleEngagement asks for the engagement to be looked at when the first of its
// times comes.
func (s *Site) scheduleEngagement(e *Engagement) {
	at := s.engagementLimit(e)
	sooner := func(t Time) {
		if t > s.now && (at == 0 || t < at) {
			at = t
		}
	}
	if e.AcceptsAt > 0 {
		sooner(s.spared(e.LeadSince, e.AcceptsAt))
	}
	if w := s.idleWarning(e); e.State == Active && e.warned != s.engagementLimit(e) {
		if sooner(w); w <= s.now { // the limit has come nearer by more than the warning
			at = min(at, s.now)
		}
	}
	for _, i := range e.Invited {
		sooner(s.spared(i.At, i.Expires))
	}
	if e.waitsIn() != 0 {
		for _, d := range e.Declined {
			sooner(d.At.Add(DeclinePause))
		}
		sooner(e.TargetUntil)
	}
	if due := s.overflowDue(e); due > 0 && (at == 0 || due < at) {
		at = max(due, s.now)
	}
	if at > 0 {
		s.schedule(at, timerEngagement, int64(e.ID))
	}
}

// checkEngagement does what is due for an engagement.
func (s *Site) checkEngagement(e *Engagement) {
	over := func(since, at Time) bool { return at > 0 && s.spared(since, at) <= s.now }
	limit := s.engagementLimit(e)
	ended := limit > 0 && limit <= s.now
	switch {
	case e.State == Queued && ended:
		s.conclude(e, e.Visitor, api.RoleEndUser, api.ReasonQueueTimeout)
		return
	case e.State == Active && ended:
		s.conclude(e, e.Visitor, api.RoleEndUser, api.ReasonIdleTimeout)
		return
	case e.State == Offered && over(e.LeadSince, e.AcceptsAt):
		s.accept(e, s.agents[e.Lead], Expired)
		return
	case e.State == Offered && ended:
		a := s.agents[e.Lead]
		s.endOffer(e, Expired)
		s.route(e)
		s.routeAgent(a) // what it let go comes after everything else that waits
	case e.State == Concluded && ended:
		a := s.agents[e.Lead]
		s.record(&EngagementReleased{Engagement: e.ID, Client: a.Client, Cause: Expired})
		s.routeAgent(a)
		return
	}
	for _, i := range slices.Clone(e.Invited) {
		if over(i.At, i.Expires) {
			a := s.agents[i.Client]
			s.endInvitation(e, i.Client, Expired)
			s.route(e)
			s.routeAgent(a)
		}
	}
	if e.State == Active {
		s.stirred(e)
		s.warnIdleEnd(e)
	}
	s.route(e)
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
		v := s.visitors[id]
		s.schedule(s.visitorDue(v), timerVisitor, int64(id))
		if v.held != nil {
			s.schedule(v.shownAt.Add(PreviewInterval), timerTyping, int64(id))
		}
	}
	for _, k := range sortedKeys(s.spent) {
		s.scheduleToken(s.spent[k].Until, k)
	}
	for _, l := range s.letters {
		s.scheduleLetter(l)
	}
	for _, id := range sortedKeys(s.queues) {
		s.noteQueue(id)
	}
}
