package site

import "time"

// IdleWarning is how long before an engagement ends for want of anything done its
// participants are warned.
const IdleWarning = time.Minute

// Idle tells that an engagement ends at a time because nobody does anything; 0: no longer.
type Idle struct{ Ends Time }

// idleWarning is when the participants of an active engagement are to be warned.
func (s *Site) idleWarning(e *Engagement) Time {
	return s.engagementLimit(e).Add(-min(IdleWarning, s.Settings.idle()/2))
}

// warnIdleEnd tells those who ask for usher's own messages that an engagement is about to
// end, once for each time at which it would.
func (s *Site) warnIdleEnd(e *Engagement) {
	if limit := s.engagementLimit(e); e.warned != limit && s.idleWarning(e) <= s.now {
		e.warned = limit
		s.tellIdle(e, limit)
	}
}

// stirred takes a warning back when somebody did something since, or the engagement waits
// in a queue again.
func (s *Site) stirred(e *Engagement) {
	if e.warned > 0 && (e.State == Queued || e.State == Active && s.engagementLimit(e) > e.warned) {
		e.warned = 0
		s.tellIdle(e, 0)
	}
}

func (s *Site) tellIdle(e *Engagement, ends Time) {
	for _, c := range s.asking(e, 0) {
		s.fleet(c, Message{Kind: KindIdle, Engagement: e.ID, Idle: &Idle{ends}})
	}
}
