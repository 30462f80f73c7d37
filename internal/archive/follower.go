package archive

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"usher/internal/journal"
	"usher/internal/record"
	"usher/internal/site"
)

// follower follows one site.
type follower struct {
	w    *Worker
	name string
	turn chan struct{} // holds one token: who has it follows

	reading *reading // nil: to be read from the tables; belongs to the turn

	mu    sync.Mutex
	state State
	end   int64 // the durable end of the journal, as far as it is known
	tries int   // that failed, one after the other
}

// take waits for the follower's turn; release gives it up.
func (f *follower) take(ctx context.Context) error {
	select {
	case <-f.turn:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the archive of site %s: %w", f.name, context.Cause(ctx))
	}
}

func (f *follower) release() { f.turn <- struct{}{} }

// State answers how the following stands.
func (f *follower) State() State {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.state
	s.Behind = max(0, f.end-s.Position)
	return s
}

func (f *follower) change(fn func(*State)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fn(&f.state)
}

// grown notes how far the journal is durable.
func (f *follower) grown(end int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.end = max(f.end, end)
}

// Follow takes in what is durable of a site now. The error wraps ErrStopped, or says why
// that could not be done before ctx ended.
func (w *Worker) Follow(ctx context.Context, name string) error { return w.follower(name).catchUp(ctx) }

// catchUp follows the site to what is durable now.
func (f *follower) catchUp(ctx context.Context) error {
	if err := f.take(ctx); err != nil {
		return err
	}
	defer f.release()
	return f.advance(ctx)
}

// errEnough ends a read of the journal that failed for a reason of ours.
var errEnough = errors.New("enough")

// advance follows the site to what is durable now; the turn is the caller's. What is of
// no use to be tried again stops the following, with an alarm.
func (f *follower) advance(ctx context.Context) error {
	if stopped := f.State().Stopped; stopped != nil {
		return fmt.Errorf("%w: %s: %w", ErrStopped, f.name, stopped)
	}
	var err error
	for range 5 { // others may follow too, or trim
		var bad int64
		if bad, err = f.read(ctx, math.MaxInt64); errors.Is(err, errUnread) {
			f.reading = nil
			_, _ = f.read(ctx, bad) // what comes before it is none the worse
		}
		if err == nil {
			f.change(func(s *State) { s.Failing, f.tries = nil, 0 })
			return nil
		}
		f.reading = nil
		if !errors.Is(err, errMoved) && !errors.Is(err, journal.ErrTrimmed) {
			break
		}
	}
	_, other := errors.AsType[*mismatch](err)
	switch {
	case errors.Is(err, journal.ErrNoSite):
		f.w.forget(f.name)
	case errors.Is(err, errUnread), errors.Is(err, journal.ErrCorrupt), errors.Is(err, journal.ErrNewer), errors.Is(err, ErrNewer),
		errors.Is(err, ErrDamaged), other:
		f.change(func(s *State) { s.Stopped, s.Failing = err, nil })
		f.w.log.Error("the archive does not follow a site any more", "site", f.name, "position", f.State().Position, "err", err)
		return fmt.Errorf("%w: %s: %w", ErrStopped, f.name, err)
	case ctx.Err() == nil:
		f.change(func(s *State) { s.Failing = err })
	}
	return fmt.Errorf("follow site %s: %w", f.name, err)
}

// read reads the journal from where the tables stand to its end, or to the frame that
// begins at a position, and writes what it adds. When a frame is not understood, it
// answers where that begins, and has written nothing of the stretch that it is in.
func (f *follower) read(ctx context.Context, until int64) (bad int64, err error) {
	defer understand(&err)
	if f.reading == nil {
		if err := f.open(ctx); err != nil {
			return 0, err
		}
	}
	r := f.reading
	write := func() error {
		if r.position == r.next.from {
			return nil
		}
		x := r.take()
		if err := f.w.store.apply(ctx, r.no, x); err != nil {
			return fmt.Errorf("write the archive: %w", err)
		}
		x.written()
		f.grown(r.position)
		f.change(func(s *State) { s.Position = r.position })
		return nil
	}
	var broken error
	err = f.w.journal.Read(ctx, f.name, r.position, func(fr journal.Frame) bool {
		if fr.First >= until {
			return false
		}
		bad = fr.First
		if broken = r.frame(fr); broken == nil && r.full() {
			broken = write()
		}
		return broken == nil
	})
	switch {
	case broken != nil:
		return bad, broken
	case err != nil:
		return 0, fmt.Errorf("read the journal: %w", err)
	}
	return 0, write()
}

// understand makes an error of a panic over what was read: the server goes on without it.
func understand(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", errUnread, p)
	}
}

// open reads where the tables stand, and holds that against the journal.
func (f *follower) open(ctx context.Context) error {
	head, err := f.head(ctx)
	if err != nil {
		return err
	}
	k, err := f.w.store.enter(ctx, f.name)
	if err != nil {
		return err
	}
	f.grown(head.Position)
	f.change(func(s *State) { s.Position, s.Gap = k.position, k.gap })
	if k.position > head.Position { // others may have followed meanwhile
		if head, err = f.head(ctx); err != nil {
			return err
		}
	}
	if err := f.verify(ctx, k, head); err != nil {
		return err
	}
	if k.position < head.First {
		return f.leap(ctx, k, head)
	}
	if f.reading, err = f.w.store.resume(ctx, k); err != nil {
		return err
	}
	return nil
}

// head answers the site's head in the journal.
func (f *follower) head(ctx context.Context) (journal.Head, error) {
	all, err := f.w.journal.Heads(ctx)
	if err != nil {
		return journal.Head{}, fmt.Errorf("read the journal's heads: %w", err)
	}
	for _, h := range all {
		if h.Site == f.name {
			return h, nil
		}
	}
	return journal.Head{}, fmt.Errorf("%w: %s", journal.ErrNoSite, f.name)
}

// verify answers a *mismatch when the journal is not the one that was followed.
func (f *follower) verify(ctx context.Context, k known, head journal.Head) error {
	if k.position > head.Position {
		return &mismatch{f.name, k.position, head.Position}
	}
	if k.mark == 0 || k.position <= head.First {
		return nil
	}
	var last journal.Frame
	err := f.w.journal.Read(ctx, f.name, k.position-1, func(fr journal.Frame) bool {
		last = fr
		return false
	})
	if errors.Is(err, journal.ErrTrimmed) {
		return nil // meanwhile
	}
	if err != nil {
		return fmt.Errorf("read the last frame that was followed: %w", err)
	}
	if last.End() != k.position || checksum(last) != k.mark {
		return &mismatch{f.name, k.position, 0}
	}
	return nil
}

// leap goes on where the journal begins. Of what was live before nothing more will be
// told: what stands in the tables stays as it is. Who is who, and how long things are
// kept, is read from the site as it is now, as far as it is not known.
func (f *follower) leap(ctx context.Context, k known, head journal.Head) error {
	now, err := f.site(ctx)
	if err != nil {
		return err
	}
	book, err := introduced(k.names, now)
	if err != nil {
		return err
	}
	k.names, k.kept, k.gap = book.Changes().Names, *keptBy(now.CurrentSettings()), Gap{k.position, head.First}
	err = f.w.store.write(ctx, func(c conn) error {
		n, err := c.exec(ctx, `UPDATE archive_sites SET position = $3, mark = 0, names = $4, keep_archive = $5, keep_journal = $6, goal = $7, gap_from = $2, gap_to = $3
			WHERE no = $1 AND position = $2`, k.no, k.position, head.First, string(k.names), k.kept.archive, k.kept.journal, k.kept.goal)
		if err != nil {
			return err
		}
		if n == 0 {
			return errMoved
		}
		_, err = c.exec(ctx, `DELETE FROM archive_live WHERE site = $1`, k.no)
		return err
	})
	if err != nil {
		return fmt.Errorf("go on where the journal begins: %w", err)
	}
	f.w.log.Warn("the journal does not have the events any more with which the archive would go on: the archive lacks them",
		"site", f.name, "from", k.gap.From, "to", k.gap.To)
	k.position, k.mark = head.First, 0
	f.change(func(s *State) { s.Position, s.Gap = k.position, k.gap })
	f.reading, err = f.w.store.resume(ctx, k)
	return err
}

// introduced answers a book that knows the names that were saved, and those of the site
// as it is now.
func introduced(names []byte, now *site.Site) (*record.Book, error) {
	book, err := record.OpenBook(record.Saved{Names: names})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	_, agents := now.Standing()
	book.Introduce(now.View(), agents)
	return book, nil
}

// site builds the site as it is now, to be looked at.
func (f *follower) site(ctx context.Context) (_ *site.Site, err error) {
	defer understand(&err)
	st, err := f.w.journal.Load(ctx, f.name)
	if err != nil {
		return nil, fmt.Errorf("load the site: %w", err)
	}
	var parts []site.Part
	for _, p := range st.Parts {
		parts = append(parts, site.Part{Key: p.Key, Data: p.Data})
	}
	var texts []site.SideText
	for _, t := range st.Side {
		texts = append(texts, site.SideText{Key: t.Key, Text: t.Text})
	}
	s, err := site.Restore(st.CheckpointPosition, parts, texts)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnread, err)
	}
	for _, fr := range st.Frames {
		if err := s.Replay(fr.Events); err != nil {
			return nil, fmt.Errorf("%w: %w", errUnread, err)
		}
	}
	return s, nil
}
