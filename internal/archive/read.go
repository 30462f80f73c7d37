package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"usher/api"
	"usher/internal/record"
	"usher/internal/site"
)

// Record answers the record of an engagement, or with talk its transcript: the entries
// after a number, at most so many (0: as many as a page holds). It first follows the
// site to what is durable now, so that who asks reads what was just said; that takes as
// long as ctx lasts at most. An engagement that is over is answered also when the site
// cannot be followed. The error wraps ErrNotFound when there is none, ErrStopped, or
// says what else failed.
func (w *Worker) Record(ctx context.Context, name string, id site.EngagementID, talk bool, after int64, most int) (record.Record, error) {
	behind := w.follower(name).catchUp(ctx)
	if behind != nil && ctx.Err() != nil {
		return record.Record{}, behind
	}
	r, err := w.store.record(ctx, name, id, record.Page{Talk: talk, After: after, Most: most})
	if behind != nil && (errors.Is(err, ErrNotFound) || err == nil && r.EndedAt == 0) {
		return record.Record{}, behind
	}
	return r, err
}

func (s *Store) record(ctx context.Context, name string, id site.EngagementID, p record.Page) (r record.Record, err error) {
	err = s.view(ctx, func(c conn) error {
		k, _, err := find(ctx, c, name)
		if err != nil {
			return err
		}
		var client, queue, requested, ended int64
		found, err := one(ctx, c, `SELECT client, visitor, queue, queue_name, requested, ended FROM archive_engagements WHERE site = $1 AND engagement = $2`,
			[]any{k.no, int64(id)}, &client, &r.Visitor.Name, &queue, &r.Queue.Name, &requested, &ended)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("%w: %d of site %s", ErrNotFound, id, name)
		}
		r.Engagement, r.StartedAt, r.EndedAt = id, site.Time(requested), site.Time(ended)
		r.Visitor.Client, r.Visitor.Role, r.Queue.ID = site.ClientID(client), api.RoleEndUser, site.QueueID(queue)
		err = c.each(ctx, `SELECT entry FROM archive_entries WHERE site = $1 AND engagement = $2 AND number > $3 ORDER BY number`, []any{k.no, int64(id), p.After},
			func(scan func(...any) error) error {
				e, err := scanEntry(scan)
				if err == nil && !p.Add(e) {
					err = errEnough
				}
				return err
			})
		if errors.Is(err, errEnough) {
			err = nil
		}
		return err
	})
	if err != nil {
		return record.Record{}, fmt.Errorf("read the record: %w", err)
	}
	r.Entries, r.More = p.Entries, p.More
	return r, nil
}

// scanEntry reads an entry from a row.
func scanEntry(scan func(...any) error, before ...any) (e record.Entry, err error) {
	var text string
	if err := scan(append(before, &text)...); err != nil {
		return e, err
	}
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return e, fmt.Errorf("%w: an entry: %w", ErrDamaged, err)
	}
	return e, nil
}
