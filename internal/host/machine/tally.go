package machine

import (
	"time"

	"usher/internal/site"
)

// Cause is why a site is read from the journal.
type Cause int

// The causes of loads.
const (
	Needed       Cause = iota // it was not in memory
	AfterFenced               // an append showed another epoch
	AfterUnknown              // an append's outcome was not known
	AfterRefused              // the journal refused an append
	AfterFailed               // it could not be read before
	AfterPanic                // a command panicked
)

func (c Cause) String() string {
	return [...]string{"needed", "fenced", "unknown", "refused", "failed", "panic"}[c]
}

// Cause answers why the newest load was asked for, or will be.
func (m *Machine) Cause() Cause { return m.cause }

func (o Outcome) String() string { return [...]string{"durable", "fenced", "unknown", "refused"}[o] }

// Site answers the site; nil unless it is in memory.
func (m *Machine) Site() *site.Site { return m.site }

// Parked answers how many retrievals wait at their sessions, and how many wait because
// there is no site to ask.
func (m *Machine) Parked() (parked, held int) {
	return m.deadlines.Len() - len(m.arrived), len(m.arrived)
}

// Time answers the site's time.
func (m *Machine) Time(now time.Duration) site.Time { return m.siteTime(now) }
