package sqlite

import (
	"context"
	"fmt"

	"usher/internal/journal"
)

// headsEvery is the number of batches after which the heads are written even
// when no site has a checkpoint: it bounds what a start has to replay.
var headsEvery int64 = 10_000 // a variable for the tests

// head is what the writing goroutine knows of a site.
type head struct {
	journal.Head
	checkpoint int64 // position of the site's parts
	scan       int64 // no frame after the checkpoint is in an earlier batch
	firstSeq   int64 // no frame that is kept is in an earlier batch
	lastFirst  int64 // First of the newest frame, when lastSeq is not 0
	lastSeq    int64 // the batch of the newest frame, 0 when it is not known
	unsure     bool  // an append's outcome is unknown: fenced until RaiseEpoch
	dirty      bool  // differs from its row in heads
	begun      bool  // differs from its row in begins
}

// advance moves the head past a frame in batch seq.
func (h *head) advance(f journal.Frame, seq int64) {
	if h.Position == h.checkpoint {
		h.scan = seq
	}
	if h.Position == h.First {
		h.firstSeq, h.begun = seq, true
	}
	h.Head = h.After(f)
	h.lastFirst, h.lastSeq = f.First, seq
	h.dirty = true
}

// Heads lists every site, in no order.
func (j *Journal) Heads(ctx context.Context) ([]journal.Head, error) {
	var found []journal.Head
	err := j.do(ctx, func() error {
		if err := j.sure(); err != nil {
			return err
		}
		for _, h := range j.heads {
			found = append(found, h.Head)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Create makes a durable head for a site that has none, and answers the head.
func (j *Journal) Create(ctx context.Context, site string) (journal.Head, error) {
	return j.headOf(ctx, func() (journal.Head, error) {
		if h, ok := j.heads[site]; ok {
			return h.Head, nil
		}
		if site == "" {
			return journal.Head{}, fmt.Errorf("%w: a site needs a name", journal.ErrRefused)
		}
		if err := j.ready(); err != nil {
			return journal.Head{}, err
		}
		if h, ok := j.heads[site]; ok { // an earlier Create whose outcome was unknown
			return h.Head, nil
		}
		h := &head{Head: journal.Head{Site: site, Epoch: j.epoch}, scan: j.seq + 1, firstSeq: j.seq + 1}
		if err := j.guard(func() error { return j.writer.writeNewHead(h) }); err != nil {
			return journal.Head{}, fmt.Errorf("create site %s: %w", site, err)
		}
		j.heads[site] = h
		return h.Head, nil
	})
}

// RaiseEpoch takes a new epoch for the site if its epoch is still from. After an
// append with an unknown outcome the answer's position tells whether it happened.
func (j *Journal) RaiseEpoch(ctx context.Context, site string, from int64) (journal.Head, error) {
	return j.headOf(ctx, func() (journal.Head, error) {
		if err := j.ready(); err != nil {
			return journal.Head{}, err
		}
		h, ok := j.heads[site]
		if !ok {
			return journal.Head{}, fmt.Errorf("%w: %s", journal.ErrNoSite, site)
		}
		if h.Epoch != from {
			return journal.Head{}, fmt.Errorf("%w: site %s is at epoch %d, not %d", journal.ErrFenced, site, h.Epoch, from)
		}
		if err := j.takeEpoch(); err != nil {
			return journal.Head{}, fmt.Errorf("raise the epoch of %s: %w", site, err)
		}
		h.Epoch, h.unsure = j.epoch, false
		return h.Head, nil
	})
}

// headOf runs fn on the writing goroutine and answers its head.
func (j *Journal) headOf(ctx context.Context, fn func() (journal.Head, error)) (journal.Head, error) {
	var found journal.Head
	err := j.do(ctx, func() (err error) {
		found, err = fn()
		return err
	})
	if err != nil {
		return journal.Head{}, err // found may still be written to
	}
	return found, nil
}

// takeEpoch takes the next epoch of the store, durably.
func (j *Journal) takeEpoch() error {
	if err := j.guard(func() error { return exec(j.writer.raiseEpoch) }); err != nil {
		return err
	}
	j.epoch++
	return nil
}

// ready makes the writer fit for a write: opened again after a failure, and with
// no transaction in doubt.
func (j *Journal) ready() (err error) {
	if j.writer == nil {
		if j.writer, err = openWriter(j.paths); err != nil {
			return fmt.Errorf("%w: %w", journal.ErrRefused, err)
		}
	}
	return j.sure()
}

// sure clears up what became of a transaction in doubt. A new commit decides it,
// because it stands either after that transaction or in its place; then all
// heads are read again.
func (j *Journal) sure() error {
	if !j.doubt {
		return nil
	}
	if j.writer == nil {
		return j.ready() // which comes back here with a writer
	}
	if err := j.settle(); err != nil {
		return fmt.Errorf("clear up a failed commit: %w", err)
	}
	known := j.heads
	if err := j.rebuild(); err != nil {
		j.heads = known
		j.drop()
		return fmt.Errorf("%w: clear up a failed commit: %w", journal.ErrRefused, err)
	}
	for site, h := range j.heads {
		if old, ok := known[site]; ok {
			h.Epoch, h.unsure = old.Epoch, old.unsure
		}
	}
	j.doubt = false
	return nil
}

// settle commits a write and moves the log into the database. After a sync that
// failed, pages of the log may look written and not be on the disk; the moved
// copies are synced anew.
func (j *Journal) settle() error {
	if err := j.takeEpoch(); err != nil {
		return err
	}
	if err := j.writer.checkpoint(); err != nil {
		j.drop()
		return outcome(err)
	}
	return nil
}

func (w *writer) writeHead(h *head) error {
	return exec(w.putHead, h.Site, h.Position, h.Epoch, int64(h.Format), h.NextTimer, h.checkpoint, h.scan, h.sum())
}

func (w *writer) writeBegin(h *head) error {
	return exec(w.putBegin, h.Site, h.First, h.firstSeq, sumBegin(h.Site, h.First, h.firstSeq))
}

// writeNewHead writes the head of a new site, and where it begins.
func (w *writer) writeNewHead(h *head) error {
	if err := exec(w.begin); err != nil {
		return err
	}
	if err := w.writeHead(h); err != nil {
		return err
	}
	if err := w.writeBegin(h); err != nil {
		return err
	}
	return exec(w.commit)
}

// sum is the checksum of the head's row.
func (h *head) sum() int64 {
	return sum(h.Site, fmt.Sprintf("%d\x00%d\x00%d\x00%d\x00%d", h.Position, h.Epoch, h.Format, h.NextTimer, h.checkpoint),
		fmt.Append(nil, h.scan))
}

// sumBegin is the checksum of a row of begins.
func sumBegin(site string, first, seq int64) int64 {
	return sum(site, fmt.Sprint(first), fmt.Append(nil, seq))
}
