package archive

import (
	"context"
	"errors"
	"fmt"

	"usher/internal/journal"
	"usher/internal/record"
	"usher/internal/site"
)

// Rebuilt is what came of a rebuild.
type Rebuilt struct {
	// From and To are the positions of the events that were read.
	From, To int64
	// Engagements were made anew; Older are untouched, since they began before From.
	Engagements, Older int
}

// Rebuild makes a site's part of the archive anew from what its journal holds, in one
// transaction: until it is done readers see what there was, and after an error too. It
// calls progress now and then with how many of how many events it has read; nil: nobody
// wants to know.
//
// Engagements that began before the journal does keep their rows. One of them that goes
// on is followed as before; but if the archive had another history than the journal (it
// was ahead of it, or one was put back from a backup), then what it has of such an
// engagement from where the journal begins is deleted, and no more of it is told. Who is
// who, and was defined before the journal begins, is called as it is now; an agent who
// logged on before that and off since has no name. What was erased stays erased.
//
// It mends a site of which State says that it is stopped, if the journal can be read.
// With SQLite all other sites wait for it meanwhile.
func (w *Worker) Rebuild(ctx context.Context, name string, progress func(done, total int64)) (Rebuilt, error) {
	f := w.follower(name)
	if err := f.take(ctx); err != nil {
		return Rebuilt{}, err
	}
	defer f.release()
	defer w.Hold()() // the journal is read from its beginning
	f.change(func(s *State) { s.Stopped = nil })
	other := false
	if err := f.advance(ctx); err != nil {
		if _, other = errors.AsType[*mismatch](err); !other {
			return Rebuilt{}, fmt.Errorf("nothing was rebuilt: %w", err)
		}
	}
	f.reading = nil
	b, err := f.rebuild(ctx, other, progress)
	if err != nil {
		return Rebuilt{}, fmt.Errorf("nothing was rebuilt: %w", err)
	}
	f.change(func(s *State) { s.Stopped, s.Failing = nil, nil })
	if err := f.advance(ctx); err != nil { // what came meanwhile
		return b, err
	}
	_, err = w.deleteFiles(ctx, f.reading.no, name)
	return b, err
}

// rebuild does it; the turn is the caller's. other: the archive had another history.
func (f *follower) rebuild(ctx context.Context, other bool, progress func(done, total int64)) (b Rebuilt, err error) {
	s := f.w.store
	head, err := f.head(ctx)
	if err != nil {
		return b, err
	}
	now, err := f.site(ctx)
	if err != nil {
		return b, err
	}
	err = s.write(ctx, func(c conn) error {
		if _, err := c.exec(ctx, `UPDATE archive_sites SET name = name WHERE name = $1`, f.name); err != nil {
			return err
		}
		k, _, err := find(ctx, c, f.name)
		if err != nil {
			return err
		}
		end := k.position
		if other {
			end = head.Position
		}
		b = Rebuilt{From: head.First, To: end}
		stale, err := s.clear(ctx, c, k.no, head.First, other)
		if err != nil {
			return err
		}
		r, err := f.again(k, head.First, now, other)
		if err != nil {
			return err
		}
		if err := f.reread(ctx, c, r, end, stale, progress); err != nil {
			return err
		}
		if r.position != end {
			return fmt.Errorf("%w: it ends at %d, and not at %d", errUnread, r.position, end)
		}
		for id := range stale { // the journal does not say so any more
			if _, err := s.dropEntries(ctx, c, `id = $1`, id); err != nil {
				return err
			}
		}
		if _, err := c.exec(ctx, `UPDATE archive_sites SET position = $2, mark = $3 WHERE no = $1`, k.no, end, r.mark); err != nil {
			return err
		}
		for counter, condition := range map[*int]string{&b.Engagements: `>=`, &b.Older: `<`} {
			_, err := one(ctx, c, `SELECT count(*) FROM archive_engagements WHERE site = $1 AND first_event `+condition+` $2`, []any{k.no, head.First}, counter)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return b, err
}

// clear deletes what is made anew, the engagements that began at a position or later,
// but for their entries, whose ids it answers: most will come out as they are, and their
// words are the dear part. other: also what older engagements have from there, and that
// more may come of them.
func (s *Store) clear(ctx context.Context, c conn, no, first int64, other bool) (stale map[int64]bool, err error) {
	stale = map[int64]bool{}
	if other {
		if _, err := s.dropEntries(ctx, c, `site = $1 AND id >= $2`, no, entryID(no, first, 0)); err != nil {
			return nil, err
		}
		if _, err := c.exec(ctx, `DELETE FROM archive_live WHERE site = $1`, no); err != nil {
			return nil, err
		}
	}
	ids, err := list[int64](ctx, c, `SELECT e.id FROM archive_entries e JOIN archive_engagements g ON g.site = e.site AND g.engagement = e.engagement
		WHERE e.site = $1 AND e.id >= $2 AND g.first_event >= $3`, no, entryID(no, first, 0), first)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		stale[id] = true
	}
	if ids, err = list[int64](ctx, c, `SELECT engagement FROM archive_engagements WHERE site = $1 AND first_event >= $2`, no, first); err != nil {
		return nil, err
	}
	for _, id := range ids {
		if err := dropFacts(ctx, c, no, site.EngagementID(id)); err != nil {
			return nil, err
		}
	}
	_, err = c.exec(ctx, `DELETE FROM archive_hours WHERE site = $1 AND position >= $2`, no, first)
	return stale, err
}

// renew takes the entries out of a stretch that are there as they should be, and
// deletes what stands in the place of the others.
func (s *Store) renew(ctx context.Context, c conn, no int64, x *stretch, stale map[int64]bool) error {
	there := map[int64]string{}
	err := c.each(ctx, `SELECT id, entry FROM archive_entries WHERE site = $1 AND id >= $2 AND id < $3`, []any{no, entryID(no, x.from, 0), entryID(no, x.to, 0)},
		func(scan func(...any) error) error {
			var id int64
			var entry string
			err := scan(&id, &entry)
			if stale[id] {
				there[id] = entry
			}
			return err
		})
	if err != nil {
		return err
	}
	var others []entryRow
	for _, row := range x.entries {
		if there[row.id] == string(row.entry) {
			delete(stale, row.id)
			continue
		}
		others = append(others, row)
		ids, err := list[int64](ctx, c, `SELECT id FROM archive_entries WHERE id = $1 OR site = $2 AND engagement = $3 AND number = $4`, row.id, no, int64(row.engagement), row.number)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if _, err := s.dropEntries(ctx, c, `id = $1`, id); err != nil {
				return err
			}
			delete(stale, id)
		}
	}
	x.entries = others
	return nil
}

// again answers a reading from where the journal begins.
func (f *follower) again(k known, first int64, now *site.Site, other bool) (*reading, error) {
	book := record.NewBook()
	if first > 0 {
		var err error
		if book, err = introduced(k.names, now); err != nil {
			return nil, err
		}
	}
	r := newReading(k.no, first, 0, book, map[site.EngagementID]*facts{})
	if first == k.position && !other { // there is nothing to read
		r.mark = k.mark
	}
	return r, nil
}

// reread writes what the journal holds from where a reading begins to before a position.
func (f *follower) reread(ctx context.Context, c conn, r *reading, end int64, stale map[int64]bool, progress func(done, total int64)) error {
	first := r.position
	write := func() error {
		x := r.take()
		if err := f.w.store.put(ctx, c, r.no, x, stale); err != nil {
			return fmt.Errorf("write the archive: %w", err)
		}
		x.written()
		if progress != nil {
			progress(r.position-first, end-first)
		}
		return nil
	}
	var broken error
	err := f.w.journal.Read(ctx, f.name, first, func(fr journal.Frame) bool {
		if r.position >= end {
			return false
		}
		if broken = r.frame(fr); broken != nil {
			return false
		}
		if r.full() {
			broken = write()
		}
		return broken == nil
	})
	if broken != nil {
		return broken
	}
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	return write()
}
