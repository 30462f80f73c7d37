package archive

import (
	"context"
	"fmt"
	"time"

	"usher/internal/site"
)

// Erased is what came of erasing a contact.
type Erased struct {
	// Engagements are those that were erased: they, their Entries in the records and
	// their Files are gone.
	Engagements []site.EngagementID
	Entries     int64
	Files       int
	// Live are those of the contact that go on, and were not erased.
	Live []site.EngagementID
	// Forgotten is when the journal too has nothing of them any more: by then its events
	// are older than the site keeps them.
	Forgotten time.Time
}

// Erase deletes all engagements of a contact that are over, with everything that was
// said in them, and their files. It first follows the site to what is durable now. What
// remains is a list of the numbers of those that were erased, by which neither following
// nor Rebuild brings them back. Who the contact is, is decided by every e-mail address,
// or contact id, by which the visitor was ever known in the engagement.
//
// The journal forgets them by its retention. In SQLite what was deleted is overwritten
// when Erase returns; PostgreSQL overwrites it after a vacuum, when it needs the room
// (see docs of the server: VACUUM FULL does it at once). When the files cannot be
// deleted, the error says so, all else is done, and a worker tries again each hour.
func (w *Worker) Erase(ctx context.Context, name string, who Contact) (Erased, error) {
	set := 0
	for _, given := range []bool{who.Email != "", who.ContactID != 0, who.Engagement != 0} {
		if given {
			set++
		}
	}
	if set != 1 {
		return Erased{}, fmt.Errorf("%w: expected one of an e-mail address, a contact id and an engagement", ErrInvalid)
	}
	f := w.follower(name)
	if err := f.take(ctx); err != nil {
		return Erased{}, err
	}
	defer f.release()
	if err := f.advance(ctx); err != nil {
		return Erased{}, fmt.Errorf("nothing was erased, since there may be more in the journal: %w", err)
	}
	no := f.reading.no
	f.reading = nil // it knows of engagements that are over and will be gone
	var e Erased
	var k known
	err := w.store.write(ctx, func(c conn) (err error) {
		e = Erased{}
		// Who follows meanwhile, on another node, waits here.
		if _, err := c.exec(ctx, `UPDATE archive_sites SET name = name WHERE no = $1`, no); err != nil {
			return err
		}
		if k, _, err = find(ctx, c, name); err != nil {
			return err
		}
		return w.store.erase(ctx, c, no, who, &e)
	})
	if err != nil {
		return Erased{}, fmt.Errorf("erase: %w", err)
	}
	e.Forgotten = w.now().Add(time.Duration(k.kept.journal) * time.Second)
	if len(e.Live) > 0 || k.kept.journal == 0 { // they keep the journal for longer, if they last
		e.Forgotten = w.now().Add(site.MaxJournalDays * 24 * time.Hour)
	}
	if err := w.store.harden(ctx); err != nil {
		return e, fmt.Errorf("all is deleted but files, and not overwritten yet: erase once more: %w", err)
	}
	e.Files, err = w.deleteFiles(ctx, no, name)
	return e, err
}

// erase deletes a contact's engagements and notes that they are.
func (s *Store) erase(ctx context.Context, c conn, no int64, who Contact, e *Erased) error {
	ids := []int64{int64(who.Engagement)}
	if who.Engagement == 0 {
		var err error
		key := keys(who.Email, who.ContactID, "")
		if len(key) == 0 {
			return nil
		}
		if ids, err = list[int64](ctx, c, `SELECT engagement FROM archive_known WHERE site = $1 AND key = $2 ORDER BY engagement`, no, key[0]); err != nil {
			return err
		}
	}
	for _, n := range ids {
		id := site.EngagementID(n)
		var ended, live int64
		found, err := one(ctx, c, `SELECT ended, (SELECT count(*) FROM archive_live l WHERE l.site = g.site AND l.engagement = g.engagement)
			FROM archive_engagements g WHERE site = $1 AND engagement = $2`, []any{no, n}, &ended, &live)
		switch {
		case err != nil:
			return err
		case !found:
			continue
		case ended == 0 && live > 0:
			e.Live = append(e.Live, id)
			continue
		}
		entries, err := s.drop(ctx, c, no, id)
		if err != nil {
			return err
		}
		if _, err := c.exec(ctx, `INSERT INTO archive_erased (site, engagement) VALUES ($1, $2) ON CONFLICT DO NOTHING`, no, n); err != nil {
			return err
		}
		e.Engagements = append(e.Engagements, id)
		e.Entries += entries
	}
	return nil
}
