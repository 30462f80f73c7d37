package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"usher/internal/journal"
	"usher/internal/site"
)

// ErrForgotten: the journal does not go back so far any more.
var ErrForgotten = errors.New("the journal does not go back so far any more")

// Events calls fn with a site's recorded events in order, from the one at position
// from to the newest that was durable when Events was called, until fn answers
// false. position counts the site's events from 0. matters is asked of each event's line, as
// the journal has it, before it is decoded: decoding takes far longer than to look
// for a word. Events that do not matter are passed over; nil means that all matter.
//
// It reads the journal past the machine, so it takes no turn of the site, and
// holds one stretch of the journal in memory at a time. Its time is the length of
// the journal that it passes over. The error is ErrNoSite, ErrForgotten,
// the context's when that ends first, or why the journal cannot be read.
func (h *Host) Events(
	ctx context.Context, name string, from int64, matters func(line []byte) bool, fn func(position int64, at site.Time, e site.Event) bool,
) error {
	if !h.Has(name) {
		return ErrNoSite
	}
	r := eventReader{ctx: ctx, from: from, matters: matters, fn: fn}
	err := h.journal.Read(ctx, name, from, func(f journal.Frame) bool {
		r.err = r.frame(f)
		return r.err == nil && !r.enough
	})
	switch {
	case r.err != nil:
		err = r.err
	case errors.Is(err, journal.ErrTrimmed):
		return ErrForgotten
	case errors.Is(err, journal.ErrNoSite) || err == nil && from == 0 && r.next == 0: // nothing was ever decided there
		return ErrNoSite
	}
	if err != nil {
		return fmt.Errorf("read the events of site %s: %w", name, err)
	}
	return nil
}

// eventReader hands out the events of frames that follow each other.
type eventReader struct {
	ctx     context.Context
	matters func(line []byte) bool
	fn      func(position int64, at site.Time, e site.Event) bool
	from    int64 // position of the first event that is wanted
	next    int64 // position of the next event
	begun   bool
	enough  bool // fn wants no more
	err     error
}

func (r *eventReader) frame(f journal.Frame) error {
	switch {
	case f.Format > site.EventFormat:
		return fmt.Errorf("%w: events of format %d, this version knows %d", journal.ErrNewer, f.Format, site.EventFormat)
	case !r.begun && f.First <= r.from: // the frame that holds the first one wanted
		r.begun, r.next = true, f.First
	case f.First != r.next:
		return fmt.Errorf("%w: a frame begins at %d where %d belongs", journal.ErrCorrupt, f.First, r.next)
	}
	for line := range bytes.Lines(f.Events) {
		if r.ctx.Err() != nil {
			return context.Cause(r.ctx)
		}
		line = bytes.TrimSuffix(line, []byte{'\n'})
		if r.next < r.from || r.matters != nil && !r.matters(line) {
			r.next++
			continue
		}
		at, e, err := site.DecodeEvent(line)
		if err != nil {
			return fmt.Errorf("event %d: %w: %w", r.next, errReplay, err)
		}
		r.next++
		if r.enough = !r.fn(r.next-1, at, e); r.enough {
			return nil
		}
	}
	if r.next != f.End() {
		return fmt.Errorf("%w: a frame of %d events holds another number", journal.ErrCorrupt, f.Count)
	}
	return nil
}
