package site

import (
	"cmp"
	"slices"
)

// QueueDefinition is what an administrator says of a queue.
type QueueDefinition struct {
	ID      QueueID `json:"id"`
	Name    string  `json:"name"`
	Default bool    `json:"default,omitempty"`
	// Rank orders the queues for agents who serve them by strict priority: the
	// lowest is first.
	Rank int `json:"rank,omitempty"`
	// Hours in which visitors are let in; 0: always.
	Hours HoursID `json:"hours,omitempty"`
	// MaxWaiting is how many may wait before newcomers are sent to the overflow
	// queue, or away; 0: no limit but the site's.
	MaxWaiting int `json:"maxWaiting,omitempty"`
	// OverflowSeconds of waiting here send an engagement on to OverflowQueue; 0: never.
	OverflowSeconds int     `json:"overflowSeconds,omitempty"`
	OverflowQueue   QueueID `json:"overflowQueue,omitempty"`
}

// Queue is a line of engagements that wait for an agent.
type Queue struct {
	QueueDefinition
	Measured measures `json:"measured,omitzero"`

	waiting    []*Engagement // who is served first, first
	desks      []*desk       // the desks that serve it
	changed    bool          // places changed since visitors were told
	toldNearAt Time
	toldFarAt  Time
}

// QueueDefined makes a queue or replaces its definition. At most one queue is
// the default.
type QueueDefined struct {
	Queue QueueDefinition `json:"queue"`
	By    string          `json:"by,omitempty"`
}

func (e *QueueDefined) apply(s *Site, at Time) {
	if e.Queue.Default {
		for _, id := range sortedKeys(s.queues) {
			if q := s.queues[id]; q.Default && id != e.Queue.ID {
				q.Default = false
				s.touch(partQueue, int64(id), 0)
			}
		}
	}
	q := s.queues[e.Queue.ID]
	var before any
	if q == nil {
		q = &Queue{}
		s.queues[e.Queue.ID] = q
	} else {
		before = q.QueueDefinition
	}
	s.changed(at, e.By, partQueue.of(int64(e.Queue.ID)), before, e.Queue)
	q.QueueDefinition = e.Queue
	s.touch(partQueue, int64(q.ID), 0)
	s.restaff()
	for _, w := range q.waiting { // its overflow may be due at another time
		s.scheduleEngagement(w)
	}
}

// DefineQueue makes a queue or replaces its definition.
func (a Admin) DefineQueue(q QueueDefinition) (QueueDefinition, error) {
	s := a.site
	if err := s.definable(partQueue, int64(q.ID), q.Name, s.queues[q.ID] != nil, len(s.queues), MaxQueues); err != nil {
		return q, err
	}
	switch {
	case q.Hours != 0 && s.hours[q.Hours] == nil:
		return q, refuse(BadRequest, "hours: %d are not hours of this site: make the hours first", q.Hours)
	case q.MaxWaiting < 0 || q.MaxWaiting > MaxEngagements:
		return q, refuse(BadRequest, "maxWaiting is %d: expected 0 to %d", q.MaxWaiting, MaxEngagements)
	case q.OverflowSeconds < 0 || q.OverflowSeconds > maxSeconds:
		return q, refuse(BadRequest, "overflowSeconds is %d: expected 0 to %d", q.OverflowSeconds, maxSeconds)
	case q.OverflowSeconds > 0 && q.OverflowQueue == 0:
		return q, refuse(BadRequest, "overflowQueue: say which queue takes over after %d s", q.OverflowSeconds)
	case q.OverflowQueue != 0 && s.queues[q.OverflowQueue] == nil:
		return q, refuse(BadRequest, "overflowQueue: %d is not a queue of this site: make the queue first", q.OverflowQueue)
	}
	for next := q.OverflowQueue; next != 0; next = s.queues[next].OverflowQueue {
		if next == q.ID {
			return q, refuse(BadRequest, "overflowQueue: queue %d overflows back to queue %d in the end", q.OverflowQueue, q.ID)
		}
	}
	s.record(&QueueDefined{Queue: q, By: a.by})
	s.staffChanged()
	return q, nil
}

// defaultQueue answers the queue of engagements that nothing else sends anywhere,
// 0 when there is no queue.
func (s *Site) defaultQueue() QueueID {
	s.settle()
	var first QueueID
	for _, q := range s.order {
		if q.Default {
			return q.ID
		}
		if first == 0 || q.ID < first {
			first = q.ID
		}
	}
	return first
}

// byWaiting puts the higher priority first, then who waits longer.
func byWaiting(a, b *Engagement) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.WaitingSince, b.WaitingSince), cmp.Compare(a.ID, b.ID))
}

func (q *Queue) add(e *Engagement) {
	i, found := slices.BinarySearchFunc(q.waiting, e, byWaiting)
	if !found {
		q.waiting = slices.Insert(q.waiting, i, e)
		q.changed = true
	}
}

func (q *Queue) remove(e *Engagement) {
	if i, found := slices.BinarySearchFunc(q.waiting, e, byWaiting); found {
		if i == 0 { // the usual case, and cheap however long the queue is
			q.waiting[0] = nil
			q.waiting = q.waiting[1:]
		} else {
			q.waiting = slices.Delete(q.waiting, i, i+1)
		}
		q.changed = true
	}
}

// place answers an engagement's place in the queue, 1 for the next, 0 when it
// does not wait here.
func (q *Queue) place(e *Engagement) int {
	if i, found := slices.BinarySearchFunc(q.waiting, e, byWaiting); found {
		return i + 1
	}
	return 0
}

// noteQueue asks for the visitors of a queue to be told of their places.
func (s *Site) noteQueue(id QueueID) {
	if q := s.queues[id]; q != nil && q.changed {
		s.schedule(max(s.now, q.toldNearAt.Add(NoticeNear)), timerQueue, int64(id))
	}
}

// tellPlaces tells parked visitors whose place changed: those in front at once,
// the others every NoticeFar.
func (s *Site) tellPlaces(q *Queue) {
	if !q.changed {
		return
	}
	q.toldNearAt = s.now
	far := s.now >= q.toldFarAt.Add(NoticeFar)
	pace := s.pace(q)
	for i, e := range q.waiting {
		if i >= NearPlaces && !far {
			break
		}
		if v := s.visitors[e.Visitor]; v != nil && v.polls > 0 && e.State == Queued {
			s.tellPlace(v, pace, i+1)
		}
	}
	switch {
	case far:
		q.changed, q.toldFarAt = false, s.now
	case len(q.waiting) > NearPlaces:
		s.schedule(q.toldFarAt.Add(NoticeFar), timerQueue, int64(q.ID))
	default:
		q.changed = false
	}
}

func (s *Site) tellPlace(v *VisitorSession, p pace, place int) {
	if v.toldPlace == place {
		return
	}
	v.toldPlace = place
	w := p.wait(place)
	s.fleet(v.Client, Message{Kind: KindWait, Engagement: v.Engagement, Wait: &w})
}
