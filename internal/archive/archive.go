// Package archive is what people read of a site when it is over: transcripts, search
// and reports. It is made from the journal by following it, site by site, and keeps it
// for longer than the journal does.
//
// A Store keeps the tables. What a stretch of events adds to them, and the position
// after it, are written in one transaction that fails when the position is not the one
// before: so each event counts once, whatever is killed when, and of two who follow one
// site one is turned away. What is needed to go on stands in the tables too: a start
// reads no history.
//
// A Worker follows the sites of its node, forgets what is too old, and answers.
package archive

import (
	"errors"
	"fmt"

	"usher/internal/site"
)

var (
	// ErrStopped: the site is not followed any more, for a reason that the error tells.
	// A start tries again, and Rebuild mends what can be mended.
	ErrStopped = errors.New("archive: the site is not followed")
	// ErrNotFound: the archive has no such engagement.
	ErrNotFound = errors.New("archive: no such engagement")
	// ErrInvalid: what was asked for makes no sense; the error says why.
	ErrInvalid = errors.New("archive: invalid request")
)

// Gap is a stretch of a site's journal that was given up before it was followed: the
// archive has nothing of the events from From to before To. Both are 0 without one.
type Gap struct{ From, To int64 }

// State is how the following of a site stands.
type State struct {
	Site string
	// Position is how many of the site's events the archive has; Behind is how many
	// more are known to be durable.
	Position, Behind int64
	// Stopped is why the site is not followed any more; nil while it is.
	Stopped error
	// Failing is why it could not be followed the last time, and is tried again; else nil.
	Failing error
	// Gap is the last one.
	Gap Gap
}

// mismatch is an archive whose site has another history than its journal.
type mismatch struct {
	site     string
	position int64
	end      int64 // of the journal; 0 when it goes on, with other events
}

func (m *mismatch) Error() string {
	const mend = "one of them was put back from a backup: put back the other one of the same time, or make the site's archive anew with `usher archive rebuild`"
	if m.end > 0 {
		return fmt.Sprintf("the archive has %d events of site %s, its journal only %d: %s", m.position, m.site, m.end, mend)
	}
	return fmt.Sprintf("the archive's last event of site %s, number %d, is another one in its journal: %s", m.site, m.position-1, mend)
}

// Contact names somebody whose engagements are to be erased. One of the fields is set.
type Contact struct {
	Email      string // in upper or lower case
	ContactID  int64
	Engagement site.EngagementID
}
