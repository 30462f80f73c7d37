package sqlite

import (
	"database/sql"
	"fmt"

	"usher/internal/journal"
)

// rebuild reads the store's row and the heads, and replays over them the batches
// that came after.
func (j *Journal) rebuild() error {
	q := j.writer.conn
	if err := q.QueryRowContext(background, `SELECT epoch, heads_seq, oldest FROM store`).Scan(&j.epoch, &j.headSeq, &j.oldest); err != nil {
		return fmt.Errorf("read the store's row: %w", damage(err))
	}
	heads, err := readHeads(q)
	if err != nil {
		return fmt.Errorf("read the heads: %w", damage(err))
	}
	if err := readBegins(q, heads); err != nil {
		return fmt.Errorf("read where the sites begin: %w", damage(err))
	}
	for _, h := range heads {
		if err := j.plausible(h); err != nil {
			return err
		}
	}
	j.heads, j.seq = heads, j.headSeq
	if err := j.ends(q); err != nil {
		return err
	}
	err = scan(q, j.seq+1, func(seq int64, row []byte) (bool, error) {
		err := eachFrame(seq, row, func(f journal.Frame) error {
			h, ok := j.heads[f.Site]
			if !ok {
				return fmt.Errorf("%w: batch %d has a frame of %q, which has no head", journal.ErrCorrupt, seq, f.Site)
			}
			if err := follows(f, h.Position, h.Epoch, seq); err != nil {
				return err
			}
			if f.Epoch > j.epoch {
				return fmt.Errorf("%w: batch %d has a frame of epoch %d, the store is at %d", journal.ErrCorrupt, seq, f.Epoch, j.epoch)
			}
			h.Epoch = f.Epoch
			h.advance(f, seq)
			return nil
		})
		j.seq = seq
		return true, err
	})
	if err == nil {
		j.planTrim() // a trim may have been under way
	}
	return err
}

// ends holds the two ends of the batches against what the store says of them.
// Neither is looked for: a start must not read what is old.
func (j *Journal) ends(q *sql.Conn) error {
	var first, last sql.NullInt64
	// Two statements in one: min and max together would go through the whole table.
	err := q.QueryRowContext(background, `SELECT (SELECT min(seq) FROM batches), (SELECT max(seq) FROM batches)`).Scan(&first, &last)
	switch {
	case err != nil:
		return fmt.Errorf("read the first and the last batch: %w", damage(err))
	case last.Int64 < j.headSeq:
		return fmt.Errorf("%w: the heads are those after batch %d, the last batch is %d", journal.ErrCorrupt, j.headSeq, last.Int64)
	case first.Valid && first.Int64 != j.oldest:
		return fmt.Errorf("%w: the batches begin at %d, where %d was due", journal.ErrCorrupt, first.Int64, j.oldest)
	}
	return nil
}

// plausible says whether what is stored of a site fits together.
func (j *Journal) plausible(h *head) error {
	switch {
	case h.Epoch > j.epoch:
		return fmt.Errorf("%w: site %s is at epoch %d, the store at %d", journal.ErrCorrupt, h.Site, h.Epoch, j.epoch)
	case h.checkpoint > h.Position:
		return fmt.Errorf("%w: the checkpoint of site %s is at position %d, which is in the future: the site is at %d",
			journal.ErrCorrupt, h.Site, h.checkpoint, h.Position)
	case h.First > h.checkpoint:
		return fmt.Errorf("%w: the events of site %s begin at position %d, after its checkpoint at %d",
			journal.ErrCorrupt, h.Site, h.First, h.checkpoint)
	case h.First < h.Position && h.firstSeq < j.oldest:
		return fmt.Errorf("%w: site %s has events from batch %d on, the batches begin at %d",
			journal.ErrCorrupt, h.Site, h.firstSeq, j.oldest)
	}
	return nil
}

func readHeads(q querier) (map[string]*head, error) {
	rows, err := q.QueryContext(background, `SELECT site, position, epoch, format, next_timer, checkpoint, scan_seq, sum FROM heads`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	heads := map[string]*head{}
	for rows.Next() {
		var h head
		var stored int64
		if err := rows.Scan(&h.Site, &h.Position, &h.Epoch, &h.Format, &h.NextTimer, &h.checkpoint, &h.scan, &stored); err != nil {
			return nil, err
		}
		if h.sum() != stored {
			return nil, fmt.Errorf("%w: the head of %s does not match its checksum", journal.ErrCorrupt, h.Site)
		}
		h.firstSeq = 1
		heads[h.Site] = &h
	}
	return heads, rows.Err()
}

// readBegins adds to the heads where the sites' events begin.
func readBegins(q querier, heads map[string]*head) error {
	rows, err := q.QueryContext(background, `SELECT site, first, seq, sum FROM begins`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var site string
		var first, seq, stored int64
		if err := rows.Scan(&site, &first, &seq, &stored); err != nil {
			return err
		}
		if sumBegin(site, first, seq) != stored {
			return fmt.Errorf("%w: where site %s begins does not match its checksum", journal.ErrCorrupt, site)
		}
		h, ok := heads[site]
		if !ok {
			return fmt.Errorf("%w: site %s begins, and has no head", journal.ErrCorrupt, site)
		}
		h.First, h.firstSeq = first, seq
	}
	return rows.Err()
}
