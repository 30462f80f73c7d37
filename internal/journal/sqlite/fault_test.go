package sqlite_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"usher/internal/journal"
	"usher/internal/journal/sqlite"
)

// faults is what Options.Fault asks: the next commit fails as it says.
type faults struct{ next atomic.Pointer[fault] }

type fault struct {
	point sqlite.Point
	err   error
}

var errBroken = errors.New("broken by the test")

func (f *faults) fail(p sqlite.Point, err error) { f.next.Store(&fault{p, err}) }

func (f *faults) ask(p sqlite.Point) error {
	next := f.next.Load()
	if next == nil || next.point != p {
		return nil
	}
	f.next.Store(nil)
	return next.err
}

var (
	unwritten = fault{sqlite.BeforeCommit, errBroken}
	written   = fault{sqlite.AfterCommit, errBroken}
	refused   = fault{sqlite.BeforeCommit, fmt.Errorf("%w: by the test", journal.ErrRefused)}
)

// TestFaultedAppend follows the rules of journal.Append and RaiseEpoch through
// each way in which a commit fails.
func TestFaultedAppend(t *testing.T) {
	for _, c := range []struct {
		name     string
		fault    fault
		want     error
		happened bool
	}{
		{"unknown, did not happen", unwritten, journal.ErrUnknown, false},
		{"unknown, happened", written, journal.ErrUnknown, true},
		{"refused", refused, journal.ErrRefused, false},
	} {
		for _, checkpoint := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, checkpoint %v", c.name, checkpoint), func(t *testing.T) {
				var f faults
				dir := t.TempDir()
				j := open(t, dir, sqlite.Options{Fault: f.ask})
				a, b := newSite(t, j, "alpha"), newSite(t, j, "beta")
				for _, s := range []*site{a, b} {
					if err := s.write(j, s.checkpoint(2)); err != nil {
						t.Fatal(err)
					}
				}
				batch := journal.Batch{Frame: a.frame(3)}
				if checkpoint {
					batch = a.checkpoint(3)
				}
				f.fail(c.fault.point, c.fault.err)
				wantError(t, a.write(j, batch), c.want)

				if c.want == journal.ErrRefused {
					if err := a.write(j, batch); err != nil {
						t.Errorf("trying the refused append again: %v", err)
					}
				} else {
					wantError(t, a.write(j, batch), journal.ErrFenced)
				}
				if err := b.write(j, journal.Batch{Frame: b.frame(1)}); err != nil {
					t.Errorf("another site's append: %v", err)
				}
				if c.want == journal.ErrUnknown {
					raised, err := j.RaiseEpoch(t.Context(), "alpha", a.Epoch)
					if err != nil {
						t.Fatalf("raise: %v", err)
					}
					want := a.Head
					if c.happened {
						want = want.After(batch.Frame)
					}
					want.Epoch = raised.Epoch
					if raised != want || raised.Epoch <= a.Epoch {
						t.Errorf("raised to %+v, want %+v", raised, want)
					}
					a.Head = raised
				}
				if got := check(t, j, "alpha").Head; got != a.Head {
					t.Errorf("loaded %+v, want %+v", got, a.Head)
				}
				if err := a.write(j, a.checkpoint(1)); err != nil {
					t.Errorf("append at the end: %v", err)
				}
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
				j = open(t, dir, sqlite.Options{})
				for _, s := range []*site{a, b} {
					if got := check(t, j, s.Site).Head.Position; got != s.Position {
						t.Errorf("%s is at %d after reopening, want %d", s.Site, got, s.Position)
					}
				}
			})
		}
	}
}

// TestFaultedOthers: Create, RaiseEpoch and Secret that fail can be tried again.
func TestFaultedOthers(t *testing.T) {
	ctx := t.Context()
	for _, c := range []fault{unwritten, written, refused} {
		t.Run(fmt.Sprint(c.point, ", ", c.err), func(t *testing.T) {
			var f faults
			j := open(t, t.TempDir(), sqlite.Options{Fault: f.ask})
			want := journal.ErrUnknown
			if errors.Is(c.err, journal.ErrRefused) {
				want = journal.ErrRefused
			}

			f.fail(c.point, c.err)
			_, err := j.Create(ctx, "alpha")
			wantError(t, err, want)
			s := newSite(t, j, "alpha")
			if err := s.write(j, journal.Batch{Frame: s.frame(2)}); err != nil {
				t.Fatal(err)
			}

			f.fail(c.point, c.err)
			_, err = j.RaiseEpoch(ctx, "alpha", s.Epoch)
			wantError(t, err, want)
			raised, err := j.RaiseEpoch(ctx, "alpha", s.Epoch)
			if err != nil || raised.Epoch <= s.Epoch || raised.Position != 2 {
				t.Fatalf("raised to %+v, %v", raised, err)
			}

			calls := 0
			made := func() ([]byte, error) { calls++; return fmt.Append(nil, calls), nil }
			f.fail(c.point, c.err)
			_, err = j.Secret(ctx, "alpha", "key", made)
			wantError(t, err, want)
			first, err := j.Secret(ctx, "alpha", "key", made)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := j.Secret(ctx, "alpha", "key", made); err != nil || string(again) != string(first) {
				t.Errorf("secret %q, then %q, %v", first, again, err)
			}
			check(t, j, "alpha")
		})
	}
}

// TestFaultyHistory runs sites that do as a host does (after an unknown outcome
// a new epoch, then a load) over a store whose commits fail at random. No
// acknowledged event is ever missing, and no refused one ever appears.
func TestFaultyHistory(t *testing.T) {
	dir := t.TempDir()
	var f faults
	history := 0
	rapid.Check(t, func(rt *rapid.T) {
		history++
		j, err := sqlite.Open(t.Context(), dir, sqlite.Options{Fault: f.ask})
		if err != nil {
			rt.Fatal(err)
		}
		defer j.Close()
		var sites []*site
		for i := range 3 {
			sites = append(sites, newSite(t, j, fmt.Sprintf("h%d/%d", history, i)))
		}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			s := rapid.SampledFrom(sites).Draw(rt, "site")
			batch := journal.Batch{Frame: s.frame(rapid.IntRange(1, 3).Draw(rt, "events"))}
			if rapid.IntRange(0, 3).Draw(rt, "checkpoint") == 0 {
				batch = s.checkpoint(rapid.IntRange(0, 2).Draw(rt, "events"))
			}
			var broken *fault
			if i := rapid.IntRange(-2, 2).Draw(rt, "fault"); i >= 0 {
				broken = &[]fault{unwritten, written, refused}[i]
				f.fail(broken.point, broken.err)
			}
			after := s.After(batch.Frame)
			err := s.write(j, batch)
			switch {
			case broken == nil || f.next.Load() != nil:
				if err != nil {
					rt.Fatalf("append without a fault: %v", err)
				}
			case errors.Is(broken.err, journal.ErrRefused):
				if !errors.Is(err, journal.ErrRefused) {
					rt.Fatalf("refused append: %v", err)
				}
			default:
				if !errors.Is(err, journal.ErrUnknown) {
					rt.Fatalf("append in doubt: %v", err)
				}
				raised, err := j.RaiseEpoch(t.Context(), s.Site, s.Epoch)
				if err != nil {
					rt.Fatalf("raise: %v", err)
				}
				want := s.Position
				if broken.point == sqlite.AfterCommit {
					want = after.Position
				}
				if raised.Position != want {
					rt.Fatalf("after %q the position is %d, want %d", broken.point, raised.Position, want)
				}
				s.Head = raised
			}
			f.next.Store(nil)
		}
		for _, s := range sites {
			if got := check(t, j, s.Site).Head; got != s.Head {
				rt.Fatalf("%s is at %+v, want %+v", s.Site, got, s.Head)
			}
		}
	})
}

// TestBrokenForLong: while a doubt cannot be cleared up, nothing is answered
// from what may be wrong; afterwards all is as it was.
func TestBrokenForLong(t *testing.T) {
	ctx := t.Context()
	var broken atomic.Bool
	j := open(t, t.TempDir(), sqlite.Options{Fault: func(p sqlite.Point) error {
		if p == sqlite.BeforeCommit && broken.Load() {
			return errBroken
		}
		return nil
	}})
	a, b := newSite(t, j, "alpha"), newSite(t, j, "beta")
	for _, s := range []*site{a, b} {
		if err := s.write(j, s.checkpoint(2)); err != nil {
			t.Fatal(err)
		}
	}
	broken.Store(true)
	wantError(t, a.write(j, journal.Batch{Frame: a.frame(1)}), journal.ErrUnknown)
	for range 3 {
		err := b.write(j, journal.Batch{Frame: b.frame(1)})
		wantError(t, err, journal.ErrRefused)
		if errors.Is(err, journal.ErrUnknown) {
			t.Errorf("an append that was never tried is in doubt: %v", err)
		}
		for name, call := range map[string]func() error{
			"raise": func() error { _, err := j.RaiseEpoch(ctx, "alpha", a.Epoch); return err },
			"load":  func() error { _, err := j.Load(ctx, "alpha"); return err },
			"heads": func() error { _, err := j.Heads(ctx); return err },
			"read":  func() error { return j.Read(ctx, "alpha", 0, func(journal.Frame) bool { return true }) },
		} {
			if call() == nil {
				t.Errorf("%s succeeds although nobody knows", name)
			}
		}
	}
	broken.Store(false)
	if err := b.write(j, journal.Batch{Frame: b.frame(1)}); err != nil {
		t.Errorf("append to a site that was never in doubt: %v", err)
	}
	wantError(t, a.write(j, journal.Batch{Frame: a.frame(1)}), journal.ErrFenced)
	raised, err := j.RaiseEpoch(ctx, "alpha", a.Epoch)
	if err != nil || raised.Position != 2 {
		t.Fatalf("raised to %+v, %v", raised, err)
	}
	a.Head = raised
	for _, s := range []*site{a, b} {
		if err := s.write(j, s.checkpoint(1)); err != nil {
			t.Errorf("append to %s: %v", s.Site, err)
		}
		if got := check(t, j, s.Site).Head; got != s.Head {
			t.Errorf("loaded %+v, want %+v", got, s.Head)
		}
	}
}

// TestFaultedGroup: a transaction that fails fails for every site in it, and for
// no other.
func TestFaultedGroup(t *testing.T) {
	var f faults
	j := open(t, t.TempDir(), sqlite.Options{Fault: f.ask})
	a, b, c := newSite(t, j, "alpha"), newSite(t, j, "beta"), newSite(t, j, "gamma")
	free, taking, done := make(chan struct{}), make(chan struct{}), make(chan error, 2)
	j.Append(journal.Append{ // holds the journal until all the others wait
		Take: func() (journal.Batch, bool) { close(taking); <-free; return journal.Batch{}, false },
		Done: func(error) { t.Error("Done of what was not taken") },
	})
	<-taking
	for _, s := range []*site{a, b} {
		j.Append(journal.Append{
			Take: func() (journal.Batch, bool) { return journal.Batch{Frame: s.frame(1)}, true },
			Done: func(err error) { done <- err },
		})
	}
	f.fail(sqlite.AfterCommit, errBroken)
	close(free)
	for range 2 {
		wantError(t, <-done, journal.ErrUnknown)
	}
	if err := c.write(j, journal.Batch{Frame: c.frame(1)}); err != nil {
		t.Errorf("a site that was not in the transaction: %v", err)
	}
	for _, s := range []*site{a, b} {
		wantError(t, s.write(j, journal.Batch{Frame: s.frame(1)}), journal.ErrFenced)
		if raised, err := j.RaiseEpoch(t.Context(), s.Site, s.Epoch); err != nil || raised.Position != 1 {
			t.Errorf("%s raised to %+v, %v", s.Site, raised, err)
		}
	}
}

// TestCloseRefusesWhatWaits: in a bubble, so that it is certain that Close was
// called while one append was taken and another waited.
func TestCloseRefusesWhatWaits(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		j, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		a, b := newSite(t, j, "alpha"), newSite(t, j, "beta")
		free, taking := make(chan struct{}), make(chan struct{})
		taken, waiting, closed := make(chan error, 1), make(chan error, 1), make(chan error, 1)
		j.Append(journal.Append{
			Take: func() (journal.Batch, bool) { close(taking); <-free; return journal.Batch{Frame: a.frame(1)}, true },
			Done: func(err error) { taken <- err },
		})
		<-taking
		j.Append(journal.Append{
			Take: func() (journal.Batch, bool) {
				t.Error("taken after Close")
				return journal.Batch{Frame: b.frame(1)}, true
			},
			Done: func(err error) { waiting <- err },
		})
		go func() { closed <- j.Close() }()
		synctest.Wait()
		close(free)
		if err := <-taken; err != nil {
			t.Errorf("the append that was taken: %v", err)
		}
		wantError(t, <-waiting, journal.ErrRefused)
		if err := <-closed; err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if got := check(t, open(t, dir, sqlite.Options{}), "alpha").Head.Position; got != 1 {
		t.Errorf("the append that was taken is not there: position %d", got)
	}
}
