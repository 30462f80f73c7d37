package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"usher/internal/journal"
	"usher/internal/journal/sqlite"
)

func TestOpenMakesDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a place?with #odd% names", "data")
	j := open(t, dir, sqlite.Options{})
	s := newSite(t, j, "alpha")
	if err := s.write(j, s.checkpoint(1)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"": 0o700, "usher.db": 0o600, "usher.db-wal": 0o600, "lock": 0o600} {
		if got := mustStat(t, filepath.Join(dir, name)).Mode().Perm(); got != want {
			t.Errorf("%q has mode %o, want %o", name, got, want)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "usher.db-wal")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the write-ahead log is still there after Close: %v", err)
	}
	check(t, open(t, dir, sqlite.Options{}), "alpha")
}

// copyLive copies the data of an open journal, as it would be after a kill, with
// the first keep bytes of the write-ahead log; -1 keeps all.
func copyLive(t testing.TB, dir string, keep int) (to string) {
	t.Helper()
	to = t.TempDir()
	for name, data := range snapshot(t, dir) {
		if name == "usher.db-wal" && keep >= 0 {
			data = data[:min(keep, len(data))]
		}
		if err := os.WriteFile(filepath.Join(to, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// TestHeadsInBulk: heads are written now and then although no site has a
// checkpoint, and what came after them is replayed.
func TestHeadsInBulk(t *testing.T) {
	sqlite.SetHeadsEvery(t, 10)
	dir := t.TempDir()
	j := open(t, dir, sqlite.Options{})
	a, b := newSite(t, j, "alpha"), newSite(t, j, "beta")
	for i := range 35 {
		s := a
		if i%9 == 8 {
			s = b
		}
		if err := s.write(j, journal.Batch{Frame: s.frame(2)}); err != nil {
			t.Fatal(err)
		}
	}
	killed := copyLive(t, dir, -1)
	db, err := sql.Open("sqlite", filepath.Join(killed, "usher.db"))
	if err != nil {
		t.Fatal(err)
	}
	var seq int64
	err = db.QueryRow(`SELECT heads_seq FROM store`).Scan(&seq)
	if err = errors.Join(err, db.Close()); err != nil || seq != 30 {
		t.Errorf("the heads are those after batch %d (%v), want 30", seq, err)
	}
	again := open(t, killed, sqlite.Options{})
	for _, s := range []*site{a, b} {
		if got := check(t, again, s.Site).Head.Position; got != s.Position {
			t.Errorf("%s is at %d, want %d", s.Site, got, s.Position)
		}
		for from := range s.Position {
			var first journal.Frame
			err := again.Read(t.Context(), s.Site, from, func(f journal.Frame) bool { first = f; return false })
			if err != nil || first.First > from || first.End() <= from {
				t.Errorf("reading %s from %d starts with the frame of %d to %d (%v)", s.Site, from, first.First, first.End(), err)
			}
		}
	}
}

// TestTornLog: however much of an unsynced log a power cut leaves, the store
// opens at some moment of its past, also when much of that was being deleted.
func TestTornLog(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, sqlite.Options{})
	a, b := newSite(t, j, "alpha"), newSite(t, j, "beta")
	for i := range 30 {
		for _, s := range []*site{a, b} {
			batch := journal.Batch{Frame: s.frame(1 + i%3)}
			if i%8 == 7 {
				batch = s.checkpoint(1)
			}
			if err := s.write(j, batch); err != nil {
				t.Fatal(err)
			}
			if i%8 == 7 && s == a || i == 23 {
				s.trim(t, j, s.Position-2)
			}
		}
	}
	if got := trimmed(t, j, dir); got.oldest < 30 {
		t.Fatalf("little was deleted: %+v", got)
	}
	whole := int(mustStat(t, filepath.Join(dir, "usher.db-wal")).Size())
	rapid.Check(t, func(rt *rapid.T) {
		keep := rapid.IntRange(0, whole).Draw(rt, "keep")
		j, err := sqlite.Open(t.Context(), copyLive(t, dir, keep), sqlite.Options{})
		if err != nil {
			rt.Fatalf("open with %d of %d bytes of the log: %v", keep, whole, err)
		}
		defer j.Close()
		hs, err := j.Heads(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		if keep == whole && len(hs) != 2 {
			rt.Fatalf("the whole log holds %d sites", len(hs))
		}
		for _, h := range hs {
			s := site{check(t, j, h.Site).Head}
			if keep == whole && s.Position != map[string]int64{"alpha": a.Position, "beta": b.Position}[s.Site] {
				rt.Fatalf("the whole log ends at %d", s.Position)
			}
			if err := s.write(j, journal.Batch{Frame: s.frame(1)}); err != nil {
				rt.Fatalf("append afterwards: %v", err)
			}
		}
	})
}

// TestWaiting: a context bounds the waiting, and what was waited for may happen
// all the same.
func TestWaiting(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		j, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := newSite(t, j, "alpha")
		free, taking, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		j.Append(journal.Append{
			Take: func() (journal.Batch, bool) { close(taking); <-free; return journal.Batch{Frame: s.frame(1)}, true },
			Done: func(err error) { done <- err },
		})
		<-taking
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		for name, call := range map[string]func() error{
			"raise": func() error { _, err := j.RaiseEpoch(ctx, "alpha", s.Epoch); return err },
			"load":  func() error { _, err := j.Load(ctx, "alpha"); return err },
			"heads": func() error { _, err := j.Heads(ctx); return err },
			"read":  func() error { return j.Read(ctx, "alpha", 0, func(journal.Frame) bool { return true }) },
		} {
			wantError(t, fmt.Errorf("%s: %w", name, call()), context.DeadlineExceeded)
		}
		close(free)
		if err := <-done; err != nil {
			t.Errorf("append: %v", err)
		}
		if err := j.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}
