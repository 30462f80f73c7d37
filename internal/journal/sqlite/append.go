package sqlite

import (
	"errors"
	"fmt"

	"usher/internal/journal"
)

// batchBytes is how much is gathered into one transaction: what waits beyond it
// goes into the next, so a row stays far below SQLite's limit and nobody waits
// for everybody.
const batchBytes = 32 << 20

// keepBytes is the largest buffer that is kept between commits.
const keepBytes = 4 << 20

// transaction is what one commit writes. Its memory is used again.
type transaction struct {
	seq     int64 // of its batch; the last batch's when it has no frame
	row     []byte
	batches []journal.Batch // only those with more than a frame
	heads   map[string]head // as they stand after it
	owed    []owed          // the appends in it
	bulk    bool            // all changed heads are written too
}

// owed is an append that was written and waits for its outcome.
type owed struct {
	site string
	done func(error)
}

// commit takes from the queue, writes what it took as one transaction and tells
// everybody. It answers what it did not take.
func (j *Journal) commit(queue []journal.Append) (rest []journal.Append) {
	type taken struct {
		journal.Batch
		done func(error)
	}
	var all []taken
	for size := 0; len(queue) > 0 && size < batchBytes; queue = queue[1:] {
		if b, ok := queue[0].Take(); ok {
			all = append(all, taken{b, queue[0].Done})
			size += len(b.Frame.Events)
		}
	}
	if len(all) == 0 {
		return queue
	}
	if err := j.ready(); err != nil {
		err = refuse(err)
		for _, t := range all {
			t.done(err)
		}
		return queue
	}
	j.tx.reset(j.seq)
	for _, t := range all {
		if err := j.stage(t.Batch); err != nil {
			t.done(err)
			continue
		}
		j.tx.owed = append(j.tx.owed, owed{t.Frame.Site, t.done})
	}
	if len(j.tx.owed) == 0 {
		return queue
	}
	err := j.guard(j.writeTransaction)
	if err == nil {
		j.adopt()
	} else if j.doubt {
		// Not all of tx.heads: heads written in bulk have nothing at stake.
		for _, o := range j.tx.owed {
			j.heads[o.site].unsure = true
		}
	}
	for _, o := range j.tx.owed {
		o.done(err)
	}
	clear(j.tx.batches) // parts may be megabytes, and the next commit may be long in coming
	return queue
}

// refuse makes an error of what came before an append one of the append's: it
// was not even tried.
func refuse(err error) error {
	if errors.Is(err, journal.ErrRefused) {
		return err
	}
	// Not %w: whatever the earlier failure's outcome, this append's is certain.
	return fmt.Errorf("%w: %v", journal.ErrRefused, err)
}

func (t *transaction) reset(last int64) {
	clear(t.batches)
	clear(t.owed)
	if cap(t.row) > keepBytes {
		t.row = nil
	}
	*t = transaction{seq: last, row: t.row[:0], batches: t.batches[:0], heads: t.heads, owed: t.owed[:0]}
	if t.heads == nil {
		t.heads = map[string]head{}
	}
	clear(t.heads)
}

// stage adds a batch to the transaction, or says why it can't be there.
func (j *Journal) stage(b journal.Batch) error {
	if err := b.Check(); err != nil {
		return err
	}
	f := b.Frame
	known, ok := j.heads[f.Site]
	if !ok {
		return fmt.Errorf("%w: site %s was never created", journal.ErrFenced, f.Site)
	}
	if _, ok := j.tx.heads[f.Site]; ok {
		return fmt.Errorf("%w: site %s has another append under way; wait for its end", journal.ErrRefused, f.Site)
	}
	h := *known
	if h.unsure {
		return fmt.Errorf("%w: an append of site %s has an unknown outcome; raise its epoch first", journal.ErrFenced, f.Site)
	}
	if err := h.Fence(f); err != nil {
		return err
	}
	if f.Count > 0 {
		j.tx.seq = j.seq + 1
		j.tx.row = appendFrame(j.tx.row, f)
		h.advance(f, j.tx.seq)
	}
	if b.Checkpoint {
		h.Head = h.After(f) // a checkpoint alone may move the timer
		h.checkpoint, h.scan = h.Position, j.tx.seq+1
		h.dirty = true
		j.tx.bulk = true
	}
	if b.Checkpoint || len(b.Side) > 0 || len(b.SideDeleted) > 0 {
		j.tx.batches = append(j.tx.batches, b)
	}
	j.tx.heads[f.Site] = h
	return nil
}

// writeTransaction writes what was staged. A row alone needs no transaction
// around it.
func (j *Journal) writeTransaction() error {
	t := &j.tx
	if t.seq-j.headSeq >= headsEvery {
		t.bulk = true
	}
	if !t.bulk && len(t.batches) == 0 {
		return exec(j.writer.putBatch, t.seq, t.row)
	}
	if err := exec(j.writer.begin); err != nil {
		return err
	}
	if t.seq > j.seq {
		if err := exec(j.writer.putBatch, t.seq, t.row); err != nil {
			return err
		}
	}
	for _, b := range t.batches {
		if err := j.writer.writeBatch(b); err != nil {
			return err
		}
	}
	if t.bulk {
		if err := j.writeHeadsAfter(t.seq); err != nil {
			return err
		}
	}
	return exec(j.writer.commit)
}

// writeBatch writes what a batch has beside its frame.
func (w *writer) writeBatch(b journal.Batch) error {
	site, at := b.Frame.Site, b.Frame.End()
	for _, p := range b.Parts {
		var err error
		if p.Data == nil {
			err = exec(w.deletePart, site, p.Key)
		} else {
			err = exec(w.putPart, site, p.Key, p.Data, sumPart(site, p.Key, at, p.Data), at)
		}
		if err != nil {
			return err
		}
	}
	for _, s := range b.Side {
		if err := exec(w.putSide, site, s.Key, s.Text, sum(site, s.Key, []byte(s.Text))); err != nil {
			return err
		}
	}
	for _, key := range b.SideDeleted {
		if err := exec(w.deleteSide, site, key); err != nil {
			return err
		}
	}
	return nil
}

// writeHeadsAfter writes the heads that changed, as they stand after batch seq,
// with where they begin, and a mark for each.
func (j *Journal) writeHeadsAfter(seq int64) error {
	for site, known := range j.heads {
		h, ok := j.tx.heads[site]
		if !ok {
			h = *known
		}
		if !h.dirty {
			continue
		}
		if err := j.writer.writeHead(&h); err != nil {
			return err
		}
		if h.begun {
			if err := j.writer.writeBegin(&h); err != nil {
				return err
			}
		}
		if err := exec(j.writer.putMark, site, h.Position, seq+1); err != nil {
			return err
		}
		h.dirty, h.begun = false, false
		j.tx.heads[site] = h
	}
	return exec(j.writer.setHeadsSeq, seq)
}

// adopt makes the heads of a transaction that is durable the journal's own.
func (j *Journal) adopt() {
	for site, h := range j.tx.heads {
		*j.heads[site] = h
	}
	j.seq = j.tx.seq
	if j.tx.bulk {
		j.headSeq = j.seq
		j.planTrim()
	}
}

// writeHeads brings the rows of the heads up to date, for a quick start.
func (j *Journal) writeHeads() error {
	j.tx.reset(j.seq)
	j.tx.bulk = true
	if err := j.guard(j.writeTransaction); err != nil {
		return err
	}
	j.adopt()
	return nil
}

// guard runs a write. A failure is given its outcome and costs the connection,
// so that nothing half done stays behind; ErrUnknown puts the store in doubt.
func (j *Journal) guard(write func() error) error {
	err := j.at(BeforeCommit)
	if err == nil {
		err = write()
	}
	if err == nil {
		if err = j.at(AfterCommit); err != nil {
			err = fmt.Errorf("%w: %v", journal.ErrUnknown, err)
		}
	}
	if err == nil {
		return nil
	}
	err = outcome(err)
	if errors.Is(err, journal.ErrUnknown) {
		j.doubt = true
	}
	j.drop()
	return err
}

// at asks the fault of a test.
func (j *Journal) at(p Point) error {
	if j.fault == nil {
		return nil
	}
	return j.fault(p)
}

// drop closes the writer; the next write opens another.
func (j *Journal) drop() {
	j.writer.close() // its failure adds nothing to the one that led here
	j.writer = nil
}
