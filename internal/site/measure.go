package site

import "time"

// measures are what a queue did in the last hour, in spans of a few minutes.
type measures struct {
	Spans []measure `json:"spans,omitempty"` // oldest first
}

// measure is one span of time.
type measure struct {
	Span     int64         `json:"span"` // time / measureSpan
	Arrived  int           `json:"arrived,omitempty"`
	Taken    int           `json:"taken,omitempty"` // accepted by an agent
	Waited   time.Duration `json:"waited,omitempty"`
	Handled  int           `json:"handled,omitempty"` // places given back
	Handling time.Duration `json:"handling,omitempty"`
}

const (
	measureSpan = 5 * time.Minute
	measureFor  = time.Hour // older ones tell nothing about now
)

func spanOf(t Time) int64 { return int64(t) / measureSpan.Microseconds() }

// at answers the measure to add to, and forgets what is too old.
func (m *measures) at(t Time) *measure {
	span := spanOf(t)
	oldest := span - int64(measureFor/measureSpan)
	for len(m.Spans) > 0 && m.Spans[0].Span <= oldest {
		m.Spans = m.Spans[1:]
	}
	if n := len(m.Spans); n == 0 || m.Spans[n-1].Span < span {
		m.Spans = append(m.Spans, measure{Span: span})
	}
	return &m.Spans[len(m.Spans)-1]
}

// total answers the sums of the last hour.
func (m *measures) total(now Time) measure {
	var sum measure
	oldest := spanOf(now) - int64(measureFor/measureSpan)
	for _, x := range m.Spans {
		if x.Span > oldest {
			sum.Arrived += x.Arrived
			sum.Taken += x.Taken
			sum.Waited += x.Waited
			sum.Handled += x.Handled
			sum.Handling += x.Handling
		}
	}
	return sum
}

func (s *Site) measure(q QueueID, at Time) *measure {
	s.touch(partQueue, int64(q), 0)
	return s.queues[q].Measured.at(at)
}

// handled notes that a lead gave the place of an engagement back.
func (s *Site) handled(e *Engagement, at Time) {
	if e.LedSince > 0 {
		m := s.measure(e.Queue, at)
		m.Handled++
		m.Handling += at.Sub(e.LedSince)
		e.Engaged += at.Sub(e.LedSince)
	}
}

// pace is what the waits of a queue are reckoned from.
type pace struct {
	average time.Duration // of the waits that ended in the last hour; 0: none did
	each    time.Duration // of the handling times that ended in the last hour; 0: none did
	places  float64       // of the agents who are there, the queue's share of them
	ready   int           // agents who are free for it now
}

func (s *Site) pace(q *Queue) pace {
	s.settle()
	p := pace{places: s.share(q), ready: s.readyFor(q)}
	sum := q.Measured.total(s.now)
	if sum.Taken > 0 {
		p.average = sum.Waited / time.Duration(sum.Taken)
	}
	if sum.Handled > 0 {
		p.each = sum.Handling / time.Duration(sum.Handled)
	}
	return p
}

// wait answers what to tell a visitor at a place of a queue. The expectation is
// the work before the place, in handling times, over the places that serve it; 0
// when somebody is free. Where nothing was measured, or nobody is there, nothing is
// known and it is 0 (Known false).
func (p pace) wait(place int) Wait {
	w := Wait{Position: place, AverageSeconds: int(p.average.Seconds())}
	switch {
	case place <= p.ready:
		w.Known = true
	case p.places > 0 && p.each > 0:
		w.ExpectedSeconds, w.Known = int(float64(place)*p.each.Seconds()/p.places), true
	default:
		w.ExpectedSeconds, w.Known = w.AverageSeconds, p.places > 0 && p.average > 0
	}
	return w
}

// readyFor counts the agents who are free for the queue now.
func (s *Site) readyFor(q *Queue) int {
	n := 0
	for _, d := range q.desks {
		n += len(d.ready)
	}
	return n
}

// share answers how many places serve the queue, as its part of what came into
// the queues of the same agents in the last hour.
func (s *Site) share(q *Queue) float64 {
	own := 1 + q.Measured.total(s.now).Arrived
	var places float64
	for _, d := range q.desks {
		if d.places == 0 {
			continue
		}
		all := 0
		for _, o := range d.queues {
			all += 1 + o.Measured.total(s.now).Arrived
		}
		places += float64(d.places) * float64(own) / float64(all)
	}
	return places
}
