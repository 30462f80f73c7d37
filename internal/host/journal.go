package host

import (
	"errors"
	"fmt"

	"usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/site"
)

// Pack makes the journal's batch of a site's.
func Pack(name string, b machine.Batch) journal.Batch {
	jb := journal.Batch{
		Frame: journal.Frame{
			Site: name, First: b.First, Count: b.Count, Epoch: b.Epoch, Format: site.EventFormat,
			NextTimer: int64(b.Next), Events: b.Events,
		},
		Checkpoint: b.Checkpoint, SideDeleted: b.SideDeleted,
	}
	for _, p := range b.Parts {
		jb.Parts = append(jb.Parts, journal.Part{Key: p.Key, Data: p.Data})
	}
	for _, t := range b.Side {
		jb.Side = append(jb.Side, journal.SideText{Key: t.Key, Text: t.Text})
	}
	return jb
}

// OutcomeOf says what the journal's answer to an append means.
func OutcomeOf(err error) machine.Outcome {
	switch {
	case err == nil:
		return machine.Durable
	case errors.Is(err, journal.ErrFenced):
		return machine.Fenced
	case errors.Is(err, journal.ErrRefused):
		return machine.Refused
	}
	return machine.Unknown
}

// Build makes a site from what the journal holds of it.
func Build(st journal.State) (s *site.Site, err error) {
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("%w: %v", errReplay, p)
		}
	}()
	if st.Head.Format > site.EventFormat {
		return nil, fmt.Errorf("%w: events of format %d, this version knows %d", journal.ErrNewer, st.Head.Format, site.EventFormat)
	}
	parts := make([]site.Part, len(st.Parts))
	for i, p := range st.Parts {
		parts[i] = site.Part{Key: p.Key, Data: p.Data}
	}
	texts := make([]site.SideText, len(st.Side))
	for i, t := range st.Side {
		texts[i] = site.SideText{Key: t.Key, Text: t.Text}
	}
	s, err = site.Restore(st.CheckpointPosition, parts, texts)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errReplay, err)
	}
	for _, f := range st.Frames {
		if f.First != s.Position() {
			return nil, fmt.Errorf("%w: a frame begins at %d where %d belongs", journal.ErrCorrupt, f.First, s.Position())
		}
		if err := s.Replay(f.Events); err != nil {
			return nil, fmt.Errorf("%w: %w", errReplay, err)
		}
		if s.Position() != f.End() {
			return nil, fmt.Errorf("%w: a frame of %d events holds another number", journal.ErrCorrupt, f.Count)
		}
	}
	return s, nil
}
