package archive

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"usher/internal/journal"
	"usher/internal/site"
)

const (
	// pieces is how many engagements one transaction deletes: others wait for it.
	pieces = 100
	// ahead is how much sooner than its time a journal is trimmed: an hour for the next
	// look, and one because hours are the measure. So what is to be forgotten in a number
	// of days is forgotten by then.
	ahead = 2 * time.Hour
	// lettersFor is how long the journal is read for an engagement that is over: a
	// letter with its transcript is tried for a day.
	lettersFor = 25 * time.Hour
)

// tidyAll looks at the sites of this node for what is too old.
func (w *Worker) tidyAll(ctx context.Context) {
	for _, name := range w.sites() {
		if err := w.tidy(ctx, name); err != nil && ctx.Err() == nil {
			w.log.Warn("the archive could not forget what is too old", "site", name, "err", err)
		}
	}
}

// tidy deletes what a site's settings say is too old: engagements in the archive, with
// their files, and events in the journal.
func (w *Worker) tidy(ctx context.Context, name string) error {
	behind := w.follower(name).catchUp(ctx)
	if errors.Is(behind, journal.ErrNoSite) {
		return nil
	}
	var k known
	err := w.store.view(ctx, func(c conn) (err error) {
		k, _, err = find(ctx, c, name)
		return err
	})
	if err != nil {
		return fmt.Errorf("read where the site stands: %w", err)
	}
	if k.kept.archive > 0 {
		before := site.Time(w.now().Add(-time.Duration(k.kept.archive) * time.Second).UnixMicro())
		if err := w.expire(ctx, k.no, before); err != nil {
			return fmt.Errorf("delete engagements of before %s: %w", before.Std().Format(time.DateOnly), err)
		}
	}
	if _, err := w.deleteFiles(ctx, k.no, name); err != nil {
		return err
	}
	switch {
	case errors.Is(behind, ErrStopped):
		return nil // there is an alarm
	case behind != nil:
		return behind
	}
	return w.trim(ctx, name, k)
}

// expire deletes the engagements that ended before a time, and those that were lost
// sight of in a gap and began before it.
func (w *Worker) expire(ctx context.Context, no int64, before site.Time) error {
	for {
		n := 0
		err := w.store.write(ctx, func(c conn) error {
			ids, err := list[int64](ctx, c, `SELECT engagement FROM archive_engagements g WHERE site = $1 AND ended < $2 AND
				(ended > 0 OR requested < $2 AND NOT EXISTS (SELECT 1 FROM archive_live l WHERE l.site = g.site AND l.engagement = g.engagement))
				LIMIT `+strconv.Itoa(pieces), no, int64(before))
			if err != nil {
				return err
			}
			for _, id := range ids {
				if _, err := w.store.drop(ctx, c, no, site.EngagementID(id)); err != nil {
					return err
				}
			}
			n = len(ids)
			return nil
		})
		if err != nil || n < pieces {
			return err
		}
	}
}

// deleteFiles deletes the files that belong to no engagement any more, and answers how
// many there were.
func (w *Worker) deleteFiles(ctx context.Context, no int64, name string) (int, error) {
	type file struct {
		engagement int64
		id         string
	}
	var all []file
	err := w.store.view(ctx, func(c conn) error {
		return c.each(ctx, `SELECT engagement, id FROM archive_files WHERE site = $1 AND doomed = 1`, []any{no}, func(scan func(...any) error) error {
			var f file
			err := scan(&f.engagement, &f.id)
			all = append(all, f)
			return err
		})
	})
	if err != nil || len(all) == 0 {
		return 0, err
	}
	if w.blobs == nil {
		return 0, nil // they wait for a server that has them
	}
	for _, f := range all {
		if err := w.blobs.Delete(ctx, fileKey(name, f.engagement, f.id)); err != nil {
			// Who knows a file's id may read it, so the error must not name it.
			why := strings.ReplaceAll(err.Error(), f.id, "…")
			return 0, fmt.Errorf("delete the files of engagement %d, which was deleted (tried again each hour): %s", f.engagement, why)
		}
	}
	err = w.store.write(ctx, func(c conn) error {
		for _, f := range all {
			if _, err := c.exec(ctx, `DELETE FROM archive_files WHERE site = $1 AND engagement = $2 AND id = $3 AND doomed = 1`, no, f.engagement, f.id); err != nil {
				return err
			}
		}
		return nil
	})
	return len(all), err
}

// fileKey is the key of a file in the store of files.
func fileKey(site string, engagement int64, id string) string {
	return site + "/" + strconv.FormatInt(engagement, 10) + "/" + id
}

// trim gives up the events that are older than the site's settings have them kept, as
// far as the archive has them and nobody may ask the journal for them: not those of
// engagements that are live, or were until yesterday, unless they are older than the
// journal is kept at most. While somebody holds the journal it does nothing.
func (w *Worker) trim(ctx context.Context, name string, k known) error {
	if !w.trimming.TryLock() {
		return nil
	}
	defer w.trimming.Unlock()
	now := w.now()
	keep := time.Duration(k.kept.journal) * time.Second
	if keep == 0 {
		keep = site.MaxJournalDays * 24 * time.Hour // not known: as long as can be
	}
	cut := now.Add(ahead - keep)
	before := k.position
	err := w.store.view(ctx, func(c conn) error {
		// An hour's events are all old enough when the hour was over by then.
		if _, err := one(ctx, c, `SELECT coalesce(min(position), $3) FROM archive_hours WHERE site = $1 AND hour > $2`,
			[]any{k.no, cut.Unix()/3600 - 1, k.position}, &before); err != nil {
			return err
		}
		oldest := now.Add(ahead - site.MaxJournalDays*24*time.Hour)
		first := before
		if _, err := one(ctx, c, `SELECT coalesce(min(first_event), $4) FROM archive_engagements WHERE site = $1 AND requested > $2 AND (ended = 0 OR ended > $3)`,
			[]any{k.no, oldest.UnixMicro(), now.Add(-lettersFor).UnixMicro(), before}, &first); err != nil {
			return err
		}
		before = min(before, first)
		return nil
	})
	if err != nil {
		return fmt.Errorf("find what is too old: %w", err)
	}
	if before <= 0 {
		return nil
	}
	// What the journal gives up must not be taken back from the archive by a power cut.
	if err := w.store.harden(ctx); err != nil {
		return fmt.Errorf("make the archive last: %w", err)
	}
	head, err := w.journal.Trim(ctx, name, before)
	if err != nil {
		return fmt.Errorf("trim the journal: %w", err)
	}
	if head.First > 0 {
		w.log.Debug("the journal of a site begins later now", "site", name, "first", head.First)
	}
	return nil
}
