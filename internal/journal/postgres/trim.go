package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"usher/internal/journal"
)

// trimFrames is how many frames one statement deletes: a moment's work.
const trimFrames = 500

// Trim gives up old events: first the head says so, then their frames are deleted in
// pieces. What an interruption leaves of them is seen by nobody and deleted by the
// next Trim.
func (j *Journal) Trim(ctx context.Context, site string, before int64) (journal.Head, error) {
	h, err := j.raiseFirst(ctx, site, before)
	if err == nil {
		err = j.deleteFrames(ctx, site, h.First)
	}
	if err != nil {
		return journal.Head{}, fmt.Errorf("trim site %s: %w", site, err)
	}
	return h.Head, nil
}

// raiseFirst moves the head's first position to the end of the last frame that ends
// before a position and before the checkpoint. Frames stay as they are and the
// checkpoint only rises, so nothing is lost in the time between the two statements.
func (j *Journal) raiseFirst(ctx context.Context, site string, before int64) (h head, err error) {
	var first int64
	err = j.lend(ctx, j.others, shortTimeout, func(ctx context.Context, conn *pgx.Conn) error {
		if h, err = findHead(conn.QueryRow(ctx, selectHead, site)); err != nil {
			return err
		}
		before = min(before, h.checkpoint)
		err := conn.QueryRow(ctx, `SELECT first + count FROM frames WHERE site = $1 AND first < $2::bigint AND first + count <= $2
			ORDER BY first DESC LIMIT 1`, site, before).Scan(&first)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil || first <= h.First {
		return h, err
	}
	h, _, err = j.changeHead(ctx, site, `UPDATE heads SET first = $2::bigint WHERE site = $1 AND first < $2 RETURNING `+headColumns, first)
	return h, err
}

// deleteFrames deletes a site's frames before a position, piece by piece.
func (j *Journal) deleteFrames(ctx context.Context, site string, before int64) error {
	for from := int64(0); ; {
		var last *int64 // the first position of the last frame of the piece
		err := j.lend(ctx, j.others, shortTimeout, func(ctx context.Context, conn *pgx.Conn) error {
			err := conn.QueryRow(ctx, `WITH piece AS (
					SELECT first FROM frames WHERE site = $1 AND first >= $2::bigint AND first < $3::bigint ORDER BY first LIMIT $4::bigint),
				gone AS (DELETE FROM frames USING piece WHERE frames.site = $1 AND frames.first = piece.first)
				SELECT max(first) FROM piece`, site, from, before, int64(trimFrames)).Scan(&last)
			if err != nil {
				return outcome(err)
			}
			return nil
		})
		if err != nil || last == nil {
			return err
		}
		from = *last + 1 // so that the deleted ones are not looked at again
	}
}
