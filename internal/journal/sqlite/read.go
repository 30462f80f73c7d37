package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"usher/internal/journal"
)

// chunkBytes is about how much Read holds in memory. It hands out frames with no
// statement open, so that a slow reader keeps nobody's log from being emptied.
const chunkBytes = 1 << 20

// querier is a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Load reads what is needed to rebuild the site; parts and side texts come
// ordered by key. It shows one moment, between two commits.
func (j *Journal) Load(ctx context.Context, site string) (journal.State, error) {
	if err := j.beginRead(); err != nil {
		return journal.State{}, err
	}
	defer j.reading.Done()
	conn, err := j.read.Conn(ctx)
	if err != nil {
		return journal.State{}, fmt.Errorf("load site %s: %w", site, damage(err))
	}
	defer conn.Close()
	tx, err := conn.BeginTx(background, nil)
	if err != nil {
		return journal.State{}, fmt.Errorf("load site %s: %w", site, damage(err))
	}
	defer tx.Rollback()
	h, err := j.moment(ctx, site, func() error {
		var one int64 // the transaction sees the store as it is at its first read
		return tx.QueryRowContext(background, `SELECT one FROM store`).Scan(&one)
	})
	if err != nil {
		return journal.State{}, fmt.Errorf("load site %s: %w", site, damage(err))
	}
	state, err := load(tx, h)
	if err != nil {
		return journal.State{}, fmt.Errorf("load site %s: %w", site, advise(err, j.paths.file))
	}
	return state, nil
}

func nothing() error { return nil }

// moment answers the site's head, and runs fn while it is true.
func (j *Journal) moment(ctx context.Context, site string, fn func() error) (head, error) {
	var found head
	err := j.do(ctx, func() error {
		if err := j.sure(); err != nil {
			return err
		}
		h, ok := j.heads[site]
		if !ok {
			return fmt.Errorf("%w: %s", journal.ErrNoSite, site)
		}
		found = *h
		return fn()
	})
	if err != nil {
		return head{}, err
	}
	return found, nil
}

func load(q querier, h head) (journal.State, error) {
	state := journal.State{Head: h.Head, CheckpointPosition: h.checkpoint}
	err := eachPair(q, `SELECT key, data, sum, position FROM parts WHERE site = ? ORDER BY key`, h, func(key string, data []byte) {
		state.Parts = append(state.Parts, journal.Part{Key: key, Data: data})
	})
	if err != nil {
		return journal.State{}, fmt.Errorf("read the parts: %w", err)
	}
	err = eachPair(q, `SELECT key, text, sum, -1 FROM side WHERE site = ? ORDER BY key`, h, func(key string, text []byte) {
		state.Side = append(state.Side, journal.SideText{Key: key, Text: string(text)})
	})
	if err != nil {
		return journal.State{}, fmt.Errorf("read the side texts: %w", err)
	}
	run := frameRun{site: h.Site, next: h.checkpoint, end: h.Position}
	if run.next < run.end {
		err := scan(q, h.scan, func(seq int64, row []byte) (bool, error) {
			err := run.add(seq, row)
			return run.next < run.end, err
		})
		if err != nil {
			return journal.State{}, fmt.Errorf("read the frames: %w", err)
		}
	}
	state.Frames = run.frames
	return state, run.complete()
}

// Read calls fn with the site's frames in order, from the one that holds
// position from, or the oldest, to those that were durable when Read was called.
func (j *Journal) Read(ctx context.Context, site string, from int64, fn func(journal.Frame) bool) error {
	h, err := j.moment(ctx, site, nothing)
	if err != nil {
		return fmt.Errorf("read site %s: %w", site, err)
	}
	if from < 0 {
		from = h.First
	}
	if from < h.First {
		return fmt.Errorf("%w: site %s begins at %d", journal.ErrTrimmed, site, h.First)
	}
	if from >= h.Position {
		return nil
	}
	run := frameRun{site: site, next: from, end: h.Position, inside: true}
	seq, err := j.startOf(h, from)
	for err == nil && run.next < run.end {
		if err = ctx.Err(); err != nil {
			break
		}
		seq, err = j.readChunk(&run, seq)
		if err != nil {
			break
		}
		for _, f := range run.frames {
			if !fn(f) {
				return nil
			}
		}
		if len(run.frames) == 0 {
			err = run.complete()
		}
	}
	if err == nil {
		return nil
	}
	if now, e := j.moment(ctx, site, nothing); e == nil && now.First > run.next { // trimmed meanwhile
		err = fmt.Errorf("%w: site %s begins at %d", journal.ErrTrimmed, site, now.First)
	}
	return fmt.Errorf("read site %s from %d: %w", site, from, advise(err, j.paths.file))
}

// startOf is the batch from which the frames from position are found.
func (j *Journal) startOf(h head, position int64) (seq int64, err error) {
	if h.lastSeq > 0 && position >= h.lastFirst {
		return h.lastSeq, nil
	}
	if err := j.beginRead(); err != nil {
		return 0, err
	}
	defer j.reading.Done()
	err = j.read.QueryRowContext(background, `SELECT seq FROM marks WHERE site = ? AND position <= ?
		ORDER BY position DESC LIMIT 1`, h.Site, position).Scan(&seq)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	return max(seq, h.firstSeq), nil
}

// readChunk fills the run with the frames of the next batches, and answers the
// batch to go on from.
func (j *Journal) readChunk(run *frameRun, from int64) (next int64, err error) {
	if err := j.beginRead(); err != nil {
		return 0, err
	}
	defer j.reading.Done()
	run.frames, run.bytes = nil, 0
	next = from
	err = scan(j.read, from, func(seq int64, row []byte) (bool, error) {
		next = seq + 1
		err := run.add(seq, row)
		return run.next < run.end && run.bytes < chunkBytes, err
	})
	return next, err
}

// frameRun collects one site's frames and checks that they follow each other.
type frameRun struct {
	site   string
	next   int64 // position of the next frame
	end    int64 // where the run stops
	epoch  int64 // of the frame before
	inside bool  // next may be inside the first frame, or behind some
	frames []journal.Frame
	bytes  int // of the frames' events
}

// add takes the site's frames out of a batch.
func (r *frameRun) add(seq int64, row []byte) error {
	return eachFrame(seq, row, func(f journal.Frame) error {
		if f.Site != r.site || r.next >= r.end || (r.inside && f.End() <= r.next) {
			return nil
		}
		if r.inside && f.First < r.next {
			r.next = f.First
		}
		r.inside = false
		if err := follows(f, r.next, r.epoch, seq); err != nil {
			return err
		}
		f.Events = bytes.Clone(f.Events)
		r.frames = append(r.frames, f)
		r.next, r.epoch, r.bytes = f.End(), f.Epoch, r.bytes+len(f.Events)
		return nil
	})
}

// complete says whether the run got to its end.
func (r *frameRun) complete() error {
	if r.next == r.end {
		return nil
	}
	return fmt.Errorf("%w: the frames of %s end at position %d, its head is at %d", journal.ErrCorrupt, r.site, r.next, r.end)
}

// follows says whether a frame stands where it must.
func follows(f journal.Frame, position, epoch, seq int64) error {
	if f.First != position || f.Count <= 0 {
		return fmt.Errorf("%w: batch %d has a frame of %s with %d events from position %d, where %d was due",
			journal.ErrCorrupt, seq, f.Site, f.Count, f.First, position)
	}
	if f.Epoch < epoch {
		return fmt.Errorf("%w: batch %d has a frame of %s under epoch %d after one under %d",
			journal.ErrCorrupt, seq, f.Site, f.Epoch, epoch)
	}
	return nil
}

// scanned is told of each batch that is read: its size in bytes.
var scanned = func(int) {} // a variable for the tests

// scan calls fn with each batch from seq on, or from the first that was not given
// up, until fn answers false. row is good only during the call.
func scan(q querier, from int64, fn func(seq int64, row []byte) (bool, error)) error {
	rows, err := q.QueryContext(background, `SELECT seq, frames, (SELECT oldest FROM store) FROM batches
		WHERE seq >= max(?, (SELECT oldest FROM store)) ORDER BY seq`, from)
	if err != nil {
		return damage(err)
	}
	defer rows.Close()
	var row sql.RawBytes
	for rows.Next() {
		var seq, oldest int64
		if err := rows.Scan(&seq, &row, &oldest); err != nil {
			return damage(err)
		}
		scanned(len(row))
		if from = max(from, oldest); seq != from {
			return fmt.Errorf("%w: batch %d is missing", journal.ErrCorrupt, from)
		}
		from++
		if more, err := fn(seq, row); err != nil || !more {
			return err
		}
	}
	return damage(rows.Err())
}

// eachPair calls fn with the rows (key, data, sum, position) of a site.
func eachPair(q querier, query string, h head, fn func(key string, data []byte)) error {
	rows, err := q.QueryContext(background, query, h.Site)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		data := []byte{}
		var stored, position int64
		if err := rows.Scan(&key, &data, &stored, &position); err != nil {
			return err
		}
		if got := sumPart(h.Site, key, position, data); got != stored {
			return fmt.Errorf("%w: the checksum of %s is %08x, stored was %08x", journal.ErrCorrupt, key, got, stored)
		}
		if position > h.checkpoint {
			return fmt.Errorf("%w: %s is of a checkpoint at position %d, which is in the future: the last was at %d",
				journal.ErrCorrupt, key, position, h.checkpoint)
		}
		if data == nil {
			data = []byte{} // empty is not missing
		}
		fn(key, data)
	}
	return rows.Err()
}
