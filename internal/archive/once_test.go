package archive

import (
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"usher/internal/site"
)

var errKilled = errors.New("killed here")

// TestKilled: wherever a follower is killed, before a commit or after one that it does
// not hear of, the next one makes the tables that one makes who is left alone.
func TestKilled(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		events, err := os.ReadFile("../site/testdata/story.golden")
		if err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, now: start}
		whole := openIn(t, t.TempDir(), Options{})
		w.tell(events, 5, func() {})
		if err := w.worker(whole).follower("demo").catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, point := range []Point{BeforeCommit, AfterCommit} {
			calls, killed := 0, 0
			s := open(Options{Fault: func(p Point) error {
				if p != point {
					return nil
				}
				if calls++; calls%2 == 0 {
					killed++
					return errKilled
				}
				return nil
			}})
			if err := s.update(t.Context(), wipe(t, s)); err != nil {
				t.Fatal(err)
			}
			w.tell(events, 5, func() {
				for range 3 {
					if err := w.worker(s).follower("demo").catchUp(t.Context()); err != nil && !errors.Is(err, errKilled) {
						t.Fatal(err)
					}
				}
			})
			if killed < 10 {
				t.Errorf("killed only %d times %s", killed, point)
			}
			if diff := cmp.Diff(tables(t, whole), tables(t, s)); diff != "" {
				t.Errorf("killed %s (-alone +killed):\n%s", point, diff)
			}
		}
	})
}

// wipe empties the tables, so that a store can be filled again.
func wipe(t *testing.T, s *Store) func(c conn) error {
	return func(c conn) error {
		if _, ok := s.engine.(*embedded); ok {
			if _, err := c.exec(t.Context(), `INSERT INTO archive_words (archive_words) VALUES ('delete-all')`); err != nil {
				return err
			}
		}
		for _, table := range []string{"live", "engagements", "leads", "offers", "entries", "known", "files", "hours", "erased"} {
			if _, err := c.exec(t.Context(), `DELETE FROM archive_`+table); err != nil {
				return err
			}
		}
		_, err := c.exec(t.Context(), `UPDATE archive_sites SET position = 0, mark = 0, names = '', keep_archive = 0, keep_journal = 0`)
		return err
	}
}

// TestTwoFollowers: several who follow one site at once, each with a store of its own as
// several nodes have, make the tables of one.
func TestTwoFollowers(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		events, err := os.ReadFile("../site/testdata/story.golden")
		if err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, now: start}
		s := open(Options{})
		shared := []*Worker{w.worker(s), w.worker(s), w.worker(open(Options{}))}
		w.tell(events, 2, func() {
			for i := range shared {
				shared[i].journal = w.journal
			}
			var all sync.WaitGroup
			for _, a := range shared {
				all.Go(func() {
					if err := a.follower("demo").catchUp(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		})
		alone := openIn(t, t.TempDir(), Options{})
		if err := w.worker(alone).follower("demo").catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tables(t, alone), tables(t, s)); diff != "" {
			t.Errorf("(-alone +together):\n%s", diff)
		}
	})
}

// TestRandomHistories: over chats at random, with one follower that is killed at random
// and one that is left alone, and made anew at the end.
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	calls, faults := 0, []bool(nil)
	s := openIn(t, t.TempDir(), Options{Fault: func(Point) error {
		if calls++; calls < len(faults) && faults[calls] {
			return errKilled
		}
		return nil
	}})
	rapid.Check(t, func(r *rapid.T) {
		if err := s.update(t.Context(), wipe(t, s)); err != nil {
			t.Fatal(err)
		}
		w := newWorld(t)
		calls, faults = 0, rapid.SliceOfN(rapid.Bool(), 40, 40).Draw(r, "faults")
		for _, step := range rapid.SliceOfN(rapid.IntRange(0, 999), 5, 30).Draw(r, "chats") {
			w.random(step)
			w.flush()
			if step%3 == 0 {
				if err := w.worker(s).follower("demo").catchUp(t.Context()); err != nil && !errors.Is(err, errKilled) {
					t.Fatal(err)
				}
			}
		}
		calls = len(faults)
		a := w.worker(s)
		if err := a.follower("demo").catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		for id := range site.EngagementID(w.came) {
			w.same(a, id+1)
		}
		followed := tables(t, s)
		if _, err := a.Rebuild(t.Context(), "demo", nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(followed, tables(t, s)); diff != "" {
			t.Fatalf("made anew (-followed +anew):\n%s", diff)
		}
	})
}
