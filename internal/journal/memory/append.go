package memory

import (
	"bytes"
	"fmt"

	"usher/internal/journal"
)

var (
	errClosed = fmt.Errorf("%w: the journal is closed", journal.ErrRefused)
	errFull   = fmt.Errorf("%w: the journal is full", journal.ErrRefused)
)

// Outcome is how Step lets an append end. A batch that the journal would not
// take (fenced, malformed, or the journal is full) ends so whatever the outcome.
type Outcome int

const (
	// Durable: written, and Done gets nil.
	Durable Outcome = iota
	// Failed: not written, and Done gets ErrRefused.
	Failed
	// UnknownHappened: written, and Done gets ErrUnknown.
	UnknownHappened
	// UnknownDidNot: not written, and Done gets ErrUnknown.
	UnknownDidNot
	// UnknownLater: Done gets ErrUnknown, and the batch is written when Land is
	// called, unless the site's head has moved or its epoch was raised meanwhile.
	UnknownLater
)

// String names the outcome as it is written in Go.
func (o Outcome) String() string {
	names := [...]string{"Durable", "Failed", "UnknownHappened", "UnknownDidNot", "UnknownLater"}
	if o < 0 || int(o) >= len(names) {
		return fmt.Sprintf("Outcome(%d)", int(o))
	}
	return names[o]
}

// Append queues a for Step, or carries it out if the journal was made by NewAuto.
// On a closed journal Done gets ErrRefused before Append returns, or, with
// NewAuto, on a goroutine.
func (j *Journal) Append(a journal.Append) {
	j.mu.Lock()
	closed := j.closed
	switch {
	case closed:
	case j.auto:
		j.taken.Add(1)
	default:
		j.queue = append(j.queue, a)
	}
	j.mu.Unlock()
	switch {
	case closed && j.auto:
		go a.Done(errClosed)
	case closed:
		a.Done(errClosed)
	case j.auto:
		go func() {
			defer j.taken.Done()
			j.carryOut(a, Durable)
		}()
	}
}

// Pending is the number of appends that wait for Step.
func (j *Journal) Pending() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.queue)
}

// Step carries out the oldest waiting append, calling its Take and Done on the
// caller's goroutine. It answers false when none was waiting.
func (j *Journal) Step(o Outcome) bool {
	j.mu.Lock()
	if len(j.queue) == 0 {
		j.mu.Unlock()
		return false
	}
	a := j.queue[0]
	j.queue = j.queue[1:]
	j.mu.Unlock()
	j.carryOut(a, o)
	return true
}

// Land lets the writes that were given up by UnknownLater arrive, and answers
// how many were let in. The others are shut out for good.
func (j *Journal) Land() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	landed := 0
	for _, b := range j.late {
		if j.admit(b) == nil {
			j.write(b)
			landed++
		}
	}
	j.late = nil
	return landed
}

// Crash is the death of the process and the start of the next one on the same
// store: waiting appends and writes that had not landed are gone and their Done
// is never called, what was durable stays, and every site is at a new epoch. A
// closed journal is open again. With NewAuto, appends that run at this moment
// end before or after it.
func (j *Journal) Crash() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.queue, j.late = nil, nil
	j.closed = false
	j.epoch++
	for _, s := range j.sites {
		s.head.Epoch = j.epoch
	}
}

// SetFull says whether the store is full: while it is, whatever would write is
// refused.
func (j *Journal) SetFull(full bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.full = full
}

// Close gives the journal up. Waiting appends get ErrRefused; those of NewAuto
// that are under way are waited for.
func (j *Journal) Close() error {
	j.mu.Lock()
	waiting := j.queue
	j.queue, j.closed = nil, true
	j.mu.Unlock()
	for _, a := range waiting {
		a.Done(errClosed)
	}
	j.taken.Wait()
	return nil
}

func (j *Journal) carryOut(a journal.Append, o Outcome) {
	if b, ok := a.Take(); ok {
		a.Done(j.commit(b, o))
	}
}

func (j *Journal) commit(b journal.Batch, o Outcome) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.admit(b); err != nil {
		return err
	}
	b = copyOf(b)
	switch o {
	case Failed:
		return fmt.Errorf("%w: the disk said no", journal.ErrRefused)
	case UnknownDidNot:
		return journal.ErrUnknown
	case UnknownLater:
		j.late = append(j.late, b)
		return journal.ErrUnknown
	case UnknownHappened:
		j.write(b)
		return journal.ErrUnknown
	default:
		j.write(b)
		return nil
	}
}

// admit says whether the batch may be written; j.mu is held.
func (j *Journal) admit(b journal.Batch) error {
	if err := b.Check(); err != nil {
		return err
	}
	s, ok := j.sites[b.Frame.Site]
	if !ok {
		return fmt.Errorf("%w: site %s was never created", journal.ErrFenced, b.Frame.Site)
	}
	if err := s.head.Fence(b.Frame); err != nil {
		return err
	}
	if j.full {
		return errFull
	}
	return nil
}

// write makes the batch durable; j.mu is held and the batch is admitted.
func (j *Journal) write(b journal.Batch) {
	s := j.sites[b.Frame.Site]
	s.head = s.head.After(b.Frame)
	if b.Frame.Count > 0 {
		s.frames = append(s.frames, b.Frame)
	}
	if b.Checkpoint {
		s.checkpoint = s.head.Position
	}
	for _, p := range b.Parts {
		if p.Data == nil {
			delete(s.parts, p.Key)
		} else {
			s.parts[p.Key] = p.Data
		}
	}
	for _, t := range b.Side {
		s.side[t.Key] = t.Text
	}
	for _, key := range b.SideDeleted {
		delete(s.side, key)
	}
}

// copyOf copies what the caller may use again once Done was called.
func copyOf(b journal.Batch) journal.Batch {
	b.Frame = clone(b.Frame)
	parts := make([]journal.Part, len(b.Parts))
	for i, p := range b.Parts {
		parts[i] = journal.Part{Key: p.Key, Data: bytes.Clone(p.Data)}
	}
	b.Parts = parts
	b.Side = append([]journal.SideText(nil), b.Side...)
	b.SideDeleted = append([]string(nil), b.SideDeleted...)
	return b
}
