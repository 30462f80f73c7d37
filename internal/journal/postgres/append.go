package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"usher/internal/journal"
)

// maxBatchBytes bounds what is sent as one message, which may have 1 GiB; in text,
// as through a pooler, bytes take two characters each.
const maxBatchBytes = 500 << 20

// Append queues a for a connection.
func (j *Journal) Append(a journal.Append) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		go a.Done(errClosed) // not here: the caller may hold what Done needs
		return
	}
	j.queue = append(j.queue, a)
	if j.workers < appendsAtOnce {
		j.workers++
		j.busy.Add(1)
		go j.work()
	}
}

// work carries out what is queued, one after the other, until nothing is. The
// connection comes first and the append then: what its site decides meanwhile goes
// along.
func (j *Journal) work() {
	defer j.busy.Done()
	for {
		j.mu.Lock()
		if len(j.queue) == 0 {
			j.workers--
			j.mu.Unlock()
			return
		}
		j.mu.Unlock()
		conn, err := j.acquire(context.Background())
		if err != nil {
			if j.giveUp(outcome(err)) {
				return
			}
			continue
		}
		a, ok := j.next()
		if !ok {
			j.release(conn, nil)
			continue
		}
		if b, ok := a.Take(); ok {
			err := j.write(conn, b)
			j.release(conn, err) // first: who is told goes on to the next connection
			a.Done(err)
		} else {
			j.release(conn, nil)
		}
		j.mu.Lock()
		j.connected--
		j.mu.Unlock()
	}
}

// next takes the oldest append for a worker that has a connection.
func (j *Journal) next() (journal.Append, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.queue) == 0 {
		return journal.Append{}, false
	}
	a := j.queue[0]
	j.queue = j.queue[1:]
	j.connected++
	return a, true
}

// giveUp is called by a worker that got no connection. When others have one it
// leaves the queue to them, and ends; when nobody has, nothing in the queue can be
// written, and who is in it need not wait for a time-out each.
func (j *Journal) giveUp(err error) (ends bool) {
	j.mu.Lock()
	if j.connected > 0 {
		j.workers--
		j.mu.Unlock()
		return true
	}
	queue := j.queue
	j.queue = nil
	j.mu.Unlock()
	for _, a := range queue {
		if _, ok := a.Take(); ok {
			a.Done(err)
		}
	}
	return false
}

// write writes a batch. Its error is what the append ends with.
func (j *Journal) write(conn *pgxpool.Conn, b journal.Batch) error {
	if err := b.Check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), shortTimeout+time.Duration(len(b.Parts))*partTimeout)
	defer cancel()
	moved, err := tryWrite(ctx, conn.Conn(), b)
	if err != nil {
		return fmt.Errorf("append to site %s: %w", b.Frame.Site, outcome(err))
	}
	if !moved {
		return fenced(ctx, conn.Conn(), b.Frame)
	}
	return nil
}

// moveHead is the condition on which everything else in an append hangs. Its row is
// locked until the append is durable; who changed it meanwhile makes the condition
// be looked at anew.
const moveHead = `
	UPDATE heads SET position = $3::bigint + $4::bigint, format = greatest(format, $5::bigint), next_timer = $6::bigint`

// appendFrame is what nearly every append is.
const appendFrame = `WITH head AS (` + moveHead + `
	WHERE site = $1 AND epoch = $2::bigint AND position = $3 RETURNING site)
INSERT INTO frames (site, first, count, epoch, bytes) SELECT site, $3, $4, $2, $7::bytea FROM head`

// appendAll also has a checkpoint or side texts. No key is named twice in it.
const appendAll = `WITH head AS (` + moveHead + `, checkpoint = CASE WHEN $8::bool THEN $3 + $4 ELSE checkpoint END
	WHERE site = $1 AND epoch = $2::bigint AND position = $3 RETURNING site),
frame AS (
	INSERT INTO frames (site, first, count, epoch, bytes) SELECT site, $3, $4, $2, $7::bytea FROM head WHERE $4 > 0),
put_parts AS (
	INSERT INTO parts (site, key, data, sum)
	SELECT site, p.key, p.data, p.sum FROM head, unnest($9::text[], $10::bytea[], $11::bigint[]) AS p (key, data, sum)
	ON CONFLICT (site, key) DO UPDATE SET data = excluded.data, sum = excluded.sum),
drop_parts AS (
	DELETE FROM parts USING head, unnest($12::text[]) AS gone (key) WHERE parts.site = head.site AND parts.key = gone.key),
put_side AS (
	INSERT INTO side (site, key, text, sum)
	SELECT site, s.key, s.text, s.sum FROM head, unnest($13::text[], $14::bytea[], $15::bigint[]) AS s (key, text, sum)
	ON CONFLICT (site, key) DO UPDATE SET text = excluded.text, sum = excluded.sum),
drop_side AS (
	DELETE FROM side USING head, unnest($16::text[]) AS gone (key) WHERE side.site = head.site AND side.key = gone.key)
SELECT site FROM head`

// tryWrite writes a batch if the head is where it must be; else moved is false.
func tryWrite(ctx context.Context, conn *pgx.Conn, b journal.Batch) (moved bool, err error) {
	f := b.Frame
	args := []any{f.Site, f.Epoch, f.First, int64(f.Count), int64(f.Format), f.NextTimer, f.AppendTo(nil)}
	statement := appendFrame
	if b.Checkpoint || len(b.Side) > 0 || len(b.SideDeleted) > 0 {
		statement = appendAll
		parts, side := partsOf(b), sideOf(b)
		if size := len(f.Events) + parts.size + side.size; size > maxBatchBytes {
			return false, fmt.Errorf("%w: a checkpoint of %s with %d bytes, at most %d can be written at once", journal.ErrRefused, f.Site, size, maxBatchBytes)
		}
		args = append(args, b.Checkpoint, parts.keys, parts.data, parts.sums, parts.gone, side.keys, side.data, side.sums, side.gone)
	}
	tag, err := conn.Exec(ctx, statement, args...)
	if err != nil {
		return false, err
	}
	return tag.RowsAffected() > 0, nil
}

// fenced says why an append changed nothing. Of that nobody can be in doubt any more.
func fenced(ctx context.Context, conn *pgx.Conn, f journal.Frame) error {
	var h head
	err := h.scan(conn.QueryRow(ctx, `SELECT `+headColumns+` FROM heads WHERE site = $1`, f.Site))
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%w: site %s was never created", journal.ErrFenced, f.Site)
	}
	if err != nil {
		return fmt.Errorf("%w: site %s is at another epoch or position (reading which failed: %v)", journal.ErrFenced, f.Site, oneLine(err))
	}
	if h.Epoch == f.Epoch && h.Position > f.First {
		return fmt.Errorf("%w: site %s is at position %d under its epoch %d, the frame starts at %d: an append that was given up has landed",
			journal.ErrFenced, f.Site, h.Position, h.Epoch, f.First)
	}
	if err := h.Fence(f); err != nil {
		return err
	}
	return fmt.Errorf("%w: the head of site %s moved while the append was tried", journal.ErrFenced, f.Site)
}

// pairs are keys with what they hold, as columns.
type pairs struct {
	keys []string
	data [][]byte
	sums []int64
	gone []string // keys to be deleted
	size int
}

// pairsOf makes columns of what each key holds at the end; nil deletes it.
func pairsOf(site string, last map[string][]byte) pairs {
	p := pairs{keys: []string{}, data: [][]byte{}, sums: []int64{}, gone: []string{}}
	for key, data := range last {
		p.size += len(key) + len(data)
		if data == nil {
			p.gone = append(p.gone, key)
			continue
		}
		p.keys, p.data, p.sums = append(p.keys, key), append(p.data, data), append(p.sums, sum(site, key, data))
	}
	return p
}

func partsOf(b journal.Batch) pairs {
	last := make(map[string][]byte, len(b.Parts))
	for _, p := range b.Parts {
		last[p.Key] = p.Data
	}
	return pairsOf(b.Frame.Site, last)
}

func sideOf(b journal.Batch) pairs {
	last := make(map[string][]byte, len(b.Side))
	for _, s := range b.Side {
		last[s.Key] = append([]byte{}, s.Text...)
	}
	for _, key := range b.SideDeleted {
		last[key] = nil
	}
	return pairsOf(b.Frame.Site, last)
}
