package journal

import (
	"bytes"
	"fmt"
)

// frameMargin is what an encoded frame may need beside its site and events:
// the version, the checksum and seven varints.
const frameMargin = 5 + 7*10

// Check says whether the batch is one that a journal can write. The error wraps
// ErrRefused: the batch breaks the contract, and every engine says so alike.
func (b Batch) Check() error {
	f := b.Frame
	switch {
	case f.Site == "":
		return fmt.Errorf("%w: the frame names no site", ErrRefused)
	case f.First < 0 || f.Count < 0 || f.Format < 0:
		return fmt.Errorf("%w: frame of %s with first %d, count %d, format %d: none may be negative",
			ErrRefused, f.Site, f.First, f.Count, f.Format)
	case f.Count == 0 && !(b.Checkpoint && len(b.Parts) > 0):
		return fmt.Errorf("%w: a batch of %s with neither events nor parts", ErrRefused, f.Site)
	case len(b.Parts) > 0 && !b.Checkpoint:
		return fmt.Errorf("%w: a batch of %s has parts and is no checkpoint", ErrRefused, f.Site)
	case len(f.Site)+len(f.Events) > MaxFrameBytes-frameMargin:
		return fmt.Errorf("%w: a frame of %s with %d bytes of events, at most %d fit",
			ErrRefused, f.Site, len(f.Events), MaxFrameBytes-frameMargin-len(f.Site))
	}
	lines := bytes.Count(f.Events, []byte{'\n'})
	if lines != f.Count || (f.Count > 0 && f.Events[len(f.Events)-1] != '\n') {
		return fmt.Errorf("%w: a frame of %s says %d events and has %d lines", ErrRefused, f.Site, f.Count, lines)
	}
	return nil
}

// Fence says whether the frame may follow the head: nil, or an error that wraps
// ErrFenced.
func (h Head) Fence(f Frame) error {
	switch {
	case f.Epoch != h.Epoch:
		return fmt.Errorf("%w: site %s is at epoch %d, the frame has %d", ErrFenced, h.Site, h.Epoch, f.Epoch)
	case f.First != h.Position:
		return fmt.Errorf("%w: site %s is at position %d, the frame starts at %d", ErrFenced, h.Site, h.Position, f.First)
	}
	return nil
}

// After is the head once the frame is recorded.
func (h Head) After(f Frame) Head {
	h.Position = f.End()
	h.Format = max(h.Format, f.Format)
	h.NextTimer = f.NextTimer
	return h
}
