package testkit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"usher/internal/journal"
	"usher/internal/journal/memory"
)

var (
	_ journal.Journal = (*store)(nil)
	_ journal.Pool    = (*store)(nil)
)

// store is one node's way to the journal that its pool shares. The way can be cut,
// held up or slow.
type store struct {
	kept *memory.Journal
	pool journal.Pool

	mu   sync.Mutex
	away bool          // nothing gets there
	dead bool          // the node was killed: nothing gets there any more
	held chan struct{} // closed when the node goes on; nil while it is not paused
	slow time.Duration // how long an append takes
}

// errAway is how a database that cannot be reached looks.
var errAway = errors.New("the database does not answer")

// reach waits until the store can be asked, or answers why it cannot.
func (s *store) reach(ctx context.Context) error {
	for {
		s.mu.Lock()
		held, cut := s.held, s.away || s.dead
		s.mu.Unlock()
		switch {
		case held == nil && cut:
			return errAway
		case held == nil:
			return nil
		}
		select {
		case <-held:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *store) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Append takes its time half before the journal has it and half after, so that a
// node can be killed in between.
func (s *store) Append(a journal.Append) {
	s.mu.Lock()
	half := s.slow / 2
	s.mu.Unlock()
	go func() {
		time.Sleep(half)
		if s.reach(context.Background()) != nil {
			if _, ok := a.Take(); ok {
				a.Done(fmt.Errorf("%w: %w", journal.ErrUnknown, errAway))
			}
			return
		}
		s.kept.Append(journal.Append{Take: a.Take, Done: func(err error) {
			time.Sleep(half)
			if s.reach(context.Background()) != nil {
				err = fmt.Errorf("%w: %w", journal.ErrUnknown, errAway)
			}
			a.Done(err)
		}})
	}()
}

func (s *store) Heads(ctx context.Context) ([]journal.Head, error) {
	if err := s.reach(ctx); err != nil {
		return nil, err
	}
	return s.kept.Heads(ctx)
}

func (s *store) Create(ctx context.Context, site string) (journal.Head, error) {
	if err := s.reach(ctx); err != nil {
		return journal.Head{}, err
	}
	return s.kept.Create(ctx, site)
}

func (s *store) RaiseEpoch(ctx context.Context, site string, from int64) (journal.Head, error) {
	if err := s.reach(ctx); err != nil {
		return journal.Head{}, err
	}
	return s.kept.RaiseEpoch(ctx, site, from)
}

func (s *store) Load(ctx context.Context, site string) (journal.State, error) {
	if err := s.reach(ctx); err != nil {
		return journal.State{}, err
	}
	return s.kept.Load(ctx, site)
}

func (s *store) Read(ctx context.Context, site string, from int64, fn func(journal.Frame) bool) error {
	if err := s.reach(ctx); err != nil {
		return err
	}
	return s.kept.Read(ctx, site, from, fn)
}

func (s *store) Trim(ctx context.Context, site string, before int64) (journal.Head, error) {
	if err := s.reach(ctx); err != nil {
		return journal.Head{}, err
	}
	return s.kept.Trim(ctx, site, before)
}

func (s *store) Secret(ctx context.Context, site, name string, make func() ([]byte, error)) ([]byte, error) {
	if err := s.reach(ctx); err != nil {
		return nil, err
	}
	return s.kept.Secret(ctx, site, name, make)
}

// Close leaves the journal to the other nodes.
func (s *store) Close() error { return nil }

func (s *store) Renew(ctx context.Context, d time.Duration) (journal.View, error) {
	if err := s.reach(ctx); err != nil {
		return journal.View{}, err
	}
	return s.pool.Renew(ctx, d)
}

func (s *store) Claim(ctx context.Context, site string) (journal.Placement, error) {
	if err := s.reach(ctx); err != nil {
		return journal.Placement{}, err
	}
	return s.pool.Claim(ctx, site)
}

func (s *store) Give(ctx context.Context, site string, epoch int64, to string) (journal.Placement, error) {
	if err := s.reach(ctx); err != nil {
		return journal.Placement{}, err
	}
	return s.pool.Give(ctx, site, epoch, to)
}

func (s *store) Leave(ctx context.Context) error {
	if err := s.reach(ctx); err != nil {
		return err
	}
	return s.pool.Leave(ctx)
}
