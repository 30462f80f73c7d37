package sqlite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"usher/internal/journal"
)

// A piece is what is deleted between two commits: few enough that an append that
// comes meanwhile hardly waits.
const (
	pieceRows  = 200
	pieceBytes = 128 << 10 // one row may be larger
)

// Trim gives up the site's events before a position, as far as its checkpoint
// stands for them and they fill whole frames, and answers the head. That is
// durable when Trim returns. A batch goes, and is overwritten, when no site has an
// event in it any more; this happens later, piece by piece between the commits.
func (j *Journal) Trim(ctx context.Context, site string, before int64) (journal.Head, error) {
	h, err := j.moment(ctx, site, nothing)
	if err != nil {
		return journal.Head{}, fmt.Errorf("trim site %s: %w", site, err)
	}
	if before <= h.First {
		return h.Head, nil
	}
	first, seq := h.checkpoint, h.scan
	if before < h.checkpoint {
		if first, seq, err = j.holder(ctx, h, before); err != nil {
			return journal.Head{}, fmt.Errorf("trim site %s before %d: %w", site, before, advise(err, j.paths.file))
		}
	}
	return j.headOf(ctx, func() (journal.Head, error) {
		if err := j.ready(); err != nil {
			return journal.Head{}, err
		}
		h := j.heads[site] // a site never goes
		if first == h.checkpoint {
			seq = h.scan // it may have been found out more exactly
		}
		if first <= h.First {
			return h.Head, nil
		}
		next := *h
		next.First, next.firstSeq, next.begun = first, seq, false
		if err := j.guard(func() error { return j.writer.writeBegin(&next) }); err != nil {
			return journal.Head{}, fmt.Errorf("trim site %s: %w", site, err)
		}
		*h = next
		j.stale[site] = first
		j.planTrim()
		return h.Head, nil
	})
}

// holder finds the frame that holds a position before the checkpoint: where it
// begins, and its batch. When the frame was given up meanwhile it answers zeros.
func (j *Journal) holder(ctx context.Context, h head, position int64) (first, seq int64, err error) {
	run := frameRun{site: h.Site, next: position, end: position + 1, inside: true}
	seq, err = j.startOf(h, position)
	if err == nil {
		seq, err = j.readChunk(&run, seq)
	}
	if err == nil && len(run.frames) == 0 {
		err = run.complete()
	}
	if err == nil {
		return run.frames[0].First, seq - 1, nil
	}
	if now, e := j.moment(ctx, h.Site, nothing); e == nil && now.First > position {
		err = nil
	}
	return 0, 0, err
}

// planTrim sets the batch before which nothing is needed: no site has kept an
// event there, and a start reads the heads and what came after them. The newest
// batch stays, so that a database that lost its last ones is known.
//
// The room of what is deleted is used again by what comes, and not given back to
// the file system: the tables that this takes (auto_vacuum) made appends a third
// slower, and giving back held them up for more than a second. A backup is a file
// without such room.
func (j *Journal) planTrim() {
	j.trimTo = min(j.headSeq+1, j.seq)
	for _, h := range j.heads {
		if h.First < h.Position {
			j.trimTo = min(j.trimTo, h.firstSeq)
		}
	}
}

// trimming reports whether there is something to delete.
func (j *Journal) trimming() bool { return j.oldest < j.trimTo || len(j.stale) > 0 }

// trimPiece deletes a little of what is to go. After a failure the rest stays
// until the next trim, or the next time the heads are written.
func (j *Journal) trimPiece() {
	if !j.trimming() {
		return
	}
	err := j.ready()
	if err == nil && j.oldest < j.trimTo {
		err = j.dropBatches()
	}
	if err == nil && len(j.stale) > 0 {
		err = j.dropMarks()
	}
	if err != nil {
		j.trimTo = 0
		clear(j.stale)
	}
}

// dropBatches deletes the oldest batches that are to go, as many as make a piece.
func (j *Journal) dropBatches() error {
	to, err := j.writer.pieceEnd(j.trimTo)
	if err != nil {
		return err
	}
	err = j.guard(func() error {
		if err := exec(j.writer.begin); err != nil {
			return err
		}
		if err := exec(j.writer.deleteBatches, to); err != nil {
			return err
		}
		if err := exec(j.writer.setOldest, to); err != nil {
			return err
		}
		return exec(j.writer.commit)
	})
	if err == nil {
		j.oldest = to
	}
	return err
}

// pieceEnd is the batch before which the next piece ends, limit at most.
func (w *writer) pieceEnd(limit int64) (end int64, err error) {
	rows, err := w.sizes.QueryContext(background, limit, pieceRows)
	if err != nil {
		return 0, damage(err)
	}
	defer rows.Close()
	for bytes := int64(0); bytes < pieceBytes && rows.Next(); {
		var seq, size int64
		if err := rows.Scan(&seq, &size); err != nil {
			return 0, damage(err)
		}
		end, bytes = seq+1, bytes+size
	}
	if err := rows.Err(); err != nil {
		return 0, damage(err)
	}
	if end == 0 {
		return 0, errors.New("no batch is there to trim")
	}
	return end, nil
}

// dropMarks deletes marks of one site that lead to what was given up.
func (j *Journal) dropMarks() error {
	site := slices.Min(slices.Collect(maps.Keys(j.stale)))
	var deleted int64
	err := j.guard(func() error {
		result, err := j.writer.deleteMarks.ExecContext(background, site, j.stale[site], pieceRows)
		if err != nil {
			return err
		}
		deleted, err = result.RowsAffected()
		return err
	})
	if err == nil && deleted < pieceRows {
		delete(j.stale, site)
	}
	return err
}
