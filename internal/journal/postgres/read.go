package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"usher/internal/journal"
)

// A page is about what Read holds in memory. It hands frames out with nothing open,
// so that a slow reader keeps nobody's dead rows from being cleared away.
const (
	pageBytes  = 1 << 20
	pageFrames = 500
)

// Load reads what is needed to rebuild the site; parts and side texts come ordered
// by key. All of it is of one moment.
func (j *Journal) Load(ctx context.Context, site string) (state journal.State, err error) {
	moment := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = j.lend(ctx, j.others, longTimeout, func(ctx context.Context, conn *pgx.Conn) error {
		return pgx.BeginTxFunc(ctx, conn, moment, func(tx pgx.Tx) (err error) {
			state, err = load(ctx, tx, site)
			return err
		})
	})
	if err != nil {
		return journal.State{}, fmt.Errorf("load site %s: %w", site, err)
	}
	return state, nil
}

func load(ctx context.Context, tx pgx.Tx, site string) (journal.State, error) {
	h, err := findHead(tx.QueryRow(ctx, selectHead, site))
	if err != nil {
		return journal.State{}, err
	}
	state := journal.State{Head: h.Head, CheckpointPosition: h.checkpoint}
	rows, _ := tx.Query(ctx, `SELECT key, data, sum FROM parts WHERE site = $1 ORDER BY key`, site)
	err = eachPair(rows, site, func(key string, data []byte) {
		state.Parts = append(state.Parts, journal.Part{Key: key, Data: data})
	})
	if err != nil {
		return journal.State{}, fmt.Errorf("read the parts: %w", err)
	}
	rows, _ = tx.Query(ctx, `SELECT key, text, sum FROM side WHERE site = $1 ORDER BY key`, site)
	err = eachPair(rows, site, func(key string, text []byte) {
		state.Side = append(state.Side, journal.SideText{Key: key, Text: string(text)})
	})
	if err != nil {
		return journal.State{}, fmt.Errorf("read the side texts: %w", err)
	}
	run := runOf(h, h.checkpoint)
	rows, _ = tx.Query(ctx, `SELECT `+frameColumns+` FROM frames WHERE site = $1 AND first >= $2::bigint ORDER BY first`, site, h.checkpoint)
	if err := run.addAll(rows); err != nil {
		return journal.State{}, fmt.Errorf("read the frames: %w", err)
	}
	state.Frames = run.frames
	return state, run.complete()
}

// findHead reads a head and checks it. The error wraps ErrNoSite when there is none.
func findHead(row pgx.Row) (h head, err error) {
	if err := h.scan(row); err != nil {
		if errors.Is(err, pgx.ErrNoRows) {
			err = journal.ErrNoSite
		}
		return head{}, err
	}
	return h, h.check()
}

// Read calls fn with the site's frames in order, from the one that holds position
// from to those that were durable when Read was called.
func (j *Journal) Read(ctx context.Context, site string, from int64, fn func(journal.Frame) bool) error {
	if err := j.read(ctx, site, from, fn); err != nil {
		return fmt.Errorf("read site %s from %d: %w", site, from, err)
	}
	return nil
}

func (j *Journal) read(ctx context.Context, site string, from int64, fn func(journal.Frame) bool) error {
	run, err := j.startOf(ctx, site, from)
	if err != nil {
		return err
	}
	for run.next < run.end {
		if err := j.readPage(ctx, &run); err != nil {
			return err
		}
		for _, f := range run.frames {
			if !fn(f) {
				return nil
			}
		}
	}
	return nil
}

// startOf answers an empty run from the frame that holds a position, or the oldest,
// to the journal's end.
func (j *Journal) startOf(ctx context.Context, site string, from int64) (run frameRun, err error) {
	err = j.lend(ctx, j.others, shortTimeout, func(ctx context.Context, conn *pgx.Conn) error {
		h, err := findHead(conn.QueryRow(ctx, selectHead, site))
		if err != nil {
			return err
		}
		if from < 0 {
			from = h.First
		}
		run = runOf(h, from)
		if from < h.First || from >= h.Position {
			return run.trimmed(h)
		}
		var end int64
		err = conn.QueryRow(ctx, `SELECT first, first + count FROM frames WHERE site = $1 AND first <= $2::bigint
			ORDER BY first DESC LIMIT 1`, site, from).Scan(&run.next, &end)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && end <= from {
			return lost(ctx, conn, run, run.damage("no frame holds position %d", from))
		}
		return err
	})
	return run, err
}

// selectPage takes frames until they have enough bytes, at least one. Their lengths
// are known without reading them.
const selectPage = `SELECT ` + frameColumns + ` FROM (
		SELECT *, sum(octet_length(bytes)) OVER (ORDER BY first) - octet_length(bytes) AS before FROM (
			SELECT * FROM frames WHERE site = $1 AND first >= $2::bigint AND first < $3::bigint ORDER BY first LIMIT $4::bigint) AS most
	) AS counted WHERE before < $5::bigint ORDER BY first`

// readPage fills the run with the frames that come next.
func (j *Journal) readPage(ctx context.Context, run *frameRun) error {
	run.frames = nil
	before := *run
	return j.lend(ctx, j.others, longTimeout, func(ctx context.Context, conn *pgx.Conn) error {
		rows, _ := conn.Query(ctx, selectPage, run.site, run.next, run.end, int64(pageFrames), int64(pageBytes))
		err := run.addAll(rows)
		if err == nil && len(run.frames) == 0 {
			err = run.complete()
		}
		if errors.Is(err, journal.ErrCorrupt) {
			return lost(ctx, conn, before, err)
		}
		return err
	})
}

// lost says why frames that a reader wanted are not there: they may have been
// trimmed since it looked at the head.
func lost(ctx context.Context, conn *pgx.Conn, run frameRun, damage error) error {
	h, err := findHead(conn.QueryRow(ctx, selectHead, run.site))
	if err != nil {
		return err
	}
	return cmp.Or(run.trimmed(h), damage)
}
