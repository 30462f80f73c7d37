package site

import "usher/api"

// Tally is how much a site has under way, for an operator's eyes.
type Tally struct {
	Engagements int // live
	Agents      int // logged on
	Available   int // of these there and not unavailable
	// Unreceived are the messages in all mailboxes that were not received yet, Deepest
	// those of the fullest one.
	Unreceived, Deepest int
	// Letters are those that were not sent yet; LetterSince is since when the oldest
	// could have been, 0 when none could.
	Letters     int
	LetterSince Time
	Queues      map[QueueID]Line
}

// Line is how long a queue is.
type Line struct {
	Waiting int
	// Since is since when the visitor waits who waits longest; 0 when nobody does. One
	// whose lead stays until somebody else takes over is not left waiting.
	Since Time
}

// tallyAtOnce is how many entities Tally looks at before it rests: a fraction of a
// millisecond.
const tallyAtOnce = 250

// Tally looks at the whole site, and changes nothing of it. Now and then it calls rest,
// which may let others use the site: what they change is counted as it was, or as it is.
func (s *Site) Tally(rest func()) Tally {
	t := Tally{Engagements: len(s.live), Agents: len(s.agents), Letters: len(s.letters), Queues: make(map[QueueID]Line, len(s.queues))}
	seen := 0
	next := func() {
		if seen++; seen%tallyAtOnce == 0 {
			rest()
		}
	}
	for id := range s.queues {
		t.Queues[id] = Line{}
	}
	for _, l := range s.letters {
		t.LetterSince = earlier(t.LetterSince, l.First)
	}
	for _, a := range s.agents {
		if s.reachable(a) {
			t.Available++
		}
		t.mailbox(&a.Mailbox)
		next()
	}
	for _, v := range s.visitors {
		t.mailbox(&v.Mailbox)
		next()
	}
	for _, e := range s.live {
		if id := e.waitsIn(); id != 0 {
			q := t.Queues[id]
			q.Waiting++
			if e.State == Queued {
				q.Since = earlier(q.Since, e.QueuedAt)
			}
			t.Queues[id] = q
		}
		next()
	}
	return t
}

func (t *Tally) mailbox(m *Mailbox) {
	t.Unreceived += len(m.Waiting)
	t.Deepest = max(t.Deepest, len(m.Waiting))
}

// earlier answers the earlier of two times, of which 0 is none.
func earlier(a, b Time) Time {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// Fresh calls fn with the time of each post in the batch that somebody made after a
// time, and that went into this mailbox at once: what an agent is given of before it
// came is not fresh.
func (b Batch) Fresh(after Time, fn func(posted Time)) {
	var newest Time
	for _, d := range b.Deliveries {
		m := d.Message
		if m.Kind == KindPost && m.At > after && m.At >= newest && m.At == m.Post.At && m.Post.SenderType != api.PartySystem {
			fn(m.At)
		}
		if !d.Fleeting {
			newest = max(newest, m.At)
		}
	}
}
