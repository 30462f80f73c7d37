package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"usher/internal/journal"
)

const selectHead = `SELECT ` + headColumns + ` FROM heads WHERE site = $1`

// Heads lists every site, ordered by name.
func (j *Journal) Heads(ctx context.Context) ([]journal.Head, error) {
	var heads []journal.Head
	err := j.lend(ctx, j.others, longTimeout, func(ctx context.Context, conn *pgx.Conn) error {
		placements, err := selectPlacements(conn.Query(ctx, `SELECT `+headColumns+` FROM heads ORDER BY site`))
		for _, p := range placements {
			heads = append(heads, p.Head)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the sites: %w", err)
	}
	return heads, nil
}

func selectPlacements(rows pgx.Rows, err error) ([]journal.Placement, error) {
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (journal.Placement, error) {
		var h head
		err := h.scan(row)
		return h.Placement, err
	})
}

// Create makes a durable head for a site that has none, and answers the head.
func (j *Journal) Create(ctx context.Context, site string) (journal.Head, error) {
	if site == "" {
		return journal.Head{}, fmt.Errorf("%w: a site needs a name", journal.ErrRefused)
	}
	var h head
	err := j.lend(ctx, j.others, shortTimeout, func(ctx context.Context, conn *pgx.Conn) error {
		err := h.scan(conn.QueryRow(ctx, selectHead, site))
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if _, err := conn.Exec(ctx, `INSERT INTO heads (site, epoch) VALUES ($1, nextval('epochs')) ON CONFLICT DO NOTHING`, site); err != nil {
			return outcome(err)
		}
		return h.scan(conn.QueryRow(ctx, selectHead, site))
	})
	if err != nil {
		return journal.Head{}, fmt.Errorf("create site %s: %w", site, err)
	}
	return h.Head, nil
}

// RaiseEpoch takes a new epoch for the site if its epoch is still from. It waits for
// the lock of the site's head, behind an append that is under way: that lands before
// it, or is shut out.
func (j *Journal) RaiseEpoch(ctx context.Context, site string, from int64) (journal.Head, error) {
	h, changed, err := j.changeHead(ctx, site, `UPDATE heads SET epoch = nextval('epochs')
		WHERE site = $1 AND epoch = $2::bigint RETURNING `+headColumns, from)
	if err == nil && !changed {
		err = fmt.Errorf("%w: site %s is at epoch %d, not %d", journal.ErrFenced, site, h.Epoch, from)
	}
	if err != nil {
		return journal.Head{}, fmt.Errorf("raise the epoch of %s: %w", site, err)
	}
	return h.Head, nil
}

// changeHead runs an update of one head, whose first argument is the site, and
// answers the head as it then is, changed or not.
func (j *Journal) changeHead(ctx context.Context, site, update string, args ...any) (h head, changed bool, err error) {
	err = j.lend(ctx, j.others, shortTimeout, func(ctx context.Context, conn *pgx.Conn) error {
		err := h.scan(conn.QueryRow(ctx, update, append([]any{site}, args...)...))
		if err == nil {
			changed = true
			return nil
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return outcome(err)
		}
		err = h.scan(conn.QueryRow(ctx, selectHead, site))
		if errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("%w: %s", journal.ErrNoSite, site)
		}
		return err
	})
	return h, changed, err
}
