package site

import (
	"cmp"
	"slices"
	"time"
)

// QueueDefinition is what an administrator says of a queue.
type QueueDefinition struct {
	ID      QueueID `json:"id"`
	Name    string  `json:"name"`
	Default bool    `json:"default,omitempty"`
}

// Queue is a line of engagements that wait for an agent.
type Queue struct {
	QueueDefinition
	// Taken are the newest assignments out of this queue, oldest first: what the
	// expected wait is reckoned from.
	Taken []taken `json:"taken,omitempty"`

	waiting    []*Engagement // by first waiting time
	changed    bool          // places changed since visitors were told
	toldNearAt Time
	toldFarAt  Time
}

type taken struct {
	At     Time          `json:"at"`
	Waited time.Duration `json:"waited"`
}

const (
	keepTaken    = 32        // assignments remembered a queue
	takenCounted = time.Hour // older ones tell nothing about now
)

// DefineQueue makes a queue or replaces its definition.
func (s *Site) DefineQueue(q QueueDefinition) (QueueDefinition, error) {
	switch {
	case q.ID <= 0:
		return q, refuse(BadRequest, "the queue's id is %d: expected a positive number", q.ID)
	case q.Name == "" || len(q.Name) > MaxNameBytes:
		return q, refuse(BadRequest, "name: expected 1 to %d bytes", MaxNameBytes)
	case s.queues[q.ID] == nil && len(s.queues) >= MaxQueues:
		return q, refuse(TooMany, "the site has %d queues, which is the most it may have", MaxQueues)
	}
	s.record(&QueueDefined{Queue: q})
	return q, nil
}

// defaultQueue answers the queue of engagements that name none, 0 if there is none.
func (s *Site) defaultQueue() QueueID {
	ids := sortedKeys(s.queues)
	for _, id := range ids {
		if s.queues[id].Default {
			return id
		}
	}
	if len(ids) > 0 {
		return ids[0]
	}
	return 0
}

func byWaiting(a, b *Engagement) int {
	return cmp.Or(cmp.Compare(a.WaitingSince, b.WaitingSince), cmp.Compare(a.ID, b.ID))
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
		q.waiting = slices.Delete(q.waiting, i, i+1)
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

// took remembers an assignment.
func (q *Queue) took(at Time, waited time.Duration) {
	q.Taken = append(q.Taken, taken{At: at, Waited: waited})
	if len(q.Taken) > keepTaken {
		q.Taken = slices.Clone(q.Taken[len(q.Taken)-keepTaken:])
	}
}

// wait answers what to tell a visitor at a place: the average wait of the last
// hour's assignments, and the place times the pace at which they went. With
// nothing measured both are 0.
func (q *Queue) wait(place int, now Time) Wait {
	w := Wait{Position: place}
	var sum time.Duration
	var first, last Time
	n := 0
	for _, t := range q.Taken {
		if now.Sub(t.At) > takenCounted {
			continue
		}
		if n == 0 {
			first = t.At
		}
		last = t.At
		sum += t.Waited
		n++
	}
	if n == 0 {
		return w
	}
	average := sum / time.Duration(n)
	w.AverageSeconds = int(average.Seconds())
	w.ExpectedSeconds = w.AverageSeconds
	if n > 1 {
		pace := last.Sub(first) / time.Duration(n-1)
		w.ExpectedSeconds = int((pace * time.Duration(place)).Seconds())
	}
	return w
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
	for i, e := range q.waiting {
		if i >= NearPlaces && !far {
			break
		}
		if v := s.visitors[e.Visitor]; v != nil && v.polls > 0 {
			s.tellPlace(v, q, i+1)
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

func (s *Site) tellPlace(v *VisitorSession, q *Queue, place int) {
	w := q.wait(place, s.now)
	if v.toldPlace == place {
		return
	}
	v.toldPlace = place
	s.fleet(v.Client, Message{Kind: KindWait, Engagement: v.Engagement, Wait: &w})
}
