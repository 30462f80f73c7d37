package archive

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/site"
)

// TestRebuild: what the journal holds is made anew, what is older stays as it is, what
// goes on goes on, and what was erased stays erased.
func TestRebuild(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		w := newWorld(t)
		old := w.chat(site.Contact{FirstName: "Ann"}, "old question", "old answer")
		straddling := w.enter(site.Contact{FirstName: "Bea"})
		w.accept(ada, straddling)
		w.flush()
		first := w.site.Position()
		young := w.chat(site.Contact{FirstName: "Cid"}, "young question", "young answer")
		gone := w.chat(site.Contact{FirstName: "Dan", Email: "dan@example.org"}, "erase this", "yes")
		w.says(ada, straddling, "still here")
		w.flush()
		s := open(Options{})
		a := w.worker(s)
		w.same(a, straddling)
		if e, err := a.Erase(t.Context(), "demo", Contact{Email: "dan@example.org"}); err != nil || len(e.Engagements) != 1 {
			t.Fatalf("%+v, %v", e, err)
		}
		head, err := w.journal.Trim(t.Context(), "demo", first)
		if err != nil || head.First != first {
			t.Fatalf("the journal begins at %d: %v", head.First, err)
		}
		before := tables(t, s)
		var done, total int64
		b, err := a.Rebuild(t.Context(), "demo", func(d, n int64) { done, total = d, n })
		if err != nil || b != (Rebuilt{From: first, To: w.site.Position(), Engagements: 1, Older: 2}) || done != total || total != b.To-b.From {
			t.Fatalf("%+v, %d of %d: %v", b, done, total, err)
		}
		if diff := cmp.Diff(before, tables(t, s)); diff != "" {
			t.Errorf("(-before +made anew):\n%s", diff)
		}
		if got := found(t, a, Query{Text: "question"}); len(got) != 2 {
			t.Errorf("found: %v", got)
		}
		if got := found(t, a, Query{Text: "erase"}); len(got) != 0 {
			t.Errorf("what was erased is found: %v", got)
		}
		w.says(ada, straddling, "and goes on")
		w.end(ada, straddling)
		w.flush()
		r, err := a.Record(t.Context(), "demo", straddling, true, 0, 0)
		if n := len(r.Entries); err != nil || n < 2 || r.EndedAt == 0 || r.Entries[n-2].Post == nil || r.Entries[n-2].Post.Text != "and goes on" {
			t.Errorf("what was live: %+v, %v", r, err)
		}
		for _, id := range []site.EngagementID{old, young} {
			if _, err := a.Record(t.Context(), "demo", id, false, 0, 0); err != nil {
				t.Errorf("engagement %d: %v", id, err)
			}
		}
		if _, err := a.Record(t.Context(), "demo", gone, false, 0, 0); !errors.Is(err, ErrNotFound) {
			t.Errorf("what was erased: %v", err)
		}
	})
}

// TestRebuildIsWhole: who reads meanwhile sees what there was, and one that is given up
// has changed nothing.
func TestRebuildIsWhole(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		w := newWorld(t)
		for range 5 {
			w.chat(site.Contact{FirstName: "Ann"}, "question", "answer")
		}
		w.flush()
		s := open(Options{})
		a := w.worker(s)
		if err := a.follower("demo").catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := tables(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		looked := false
		_, err := a.Rebuild(ctx, "demo", func(done, total int64) {
			looked = true
			if tables(t, s) != before || len(found(t, a, Query{Text: "question"})) != 5 {
				t.Error("a rebuild is seen half")
			}
			cancel()
		})
		if err == nil || !looked {
			t.Errorf("a rebuild that was given up: %v", err)
		}
		if tables(t, s) != before || len(found(t, a, Query{Text: "question"})) != 5 {
			t.Error("it changed something")
		}
		if _, err := a.Rebuild(t.Context(), "demo", nil); err != nil || tables(t, s) != before {
			t.Errorf("the next one: %v", err)
		}
	})
}

// TestOtherHistory: an archive that is ahead of its journal, or has followed another
// one, is not followed on; nothing is destroyed, and a rebuild mends it.
func TestOtherHistory(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]int{"ahead": 0, "of another history": 4} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both(t, func(t *testing.T, open func(Options) *Store) {
				lost := newWorld(t)
				lost.chat(site.Contact{FirstName: "Ann"}, "in both", "yes")
				lost.flush()
				lost.after(time.Hour)
				lost.chat(site.Contact{FirstName: "Bea"}, "only in the lost one", "yes")
				lost.flush()
				s := open(Options{})
				if err := lost.worker(s).follower("demo").catchUp(t.Context()); err != nil {
					t.Fatal(err)
				}
				before := tables(t, s)
				w := newWorld(t)
				w.chat(site.Contact{FirstName: "Ann"}, "in both", "yes")
				w.flush()
				for range more {
					w.after(time.Minute)
					w.chat(site.Contact{FirstName: "Cid"}, "only in the new one", "yes")
				}
				w.flush()
				a := w.worker(s)
				for range 2 {
					err := a.follower("demo").catchUp(t.Context())
					if !errors.Is(err, ErrStopped) || !strings.Contains(err.Error(), "usher archive rebuild") {
						t.Fatalf("followed: %v", err)
					}
				}
				if tables(t, s) != before {
					t.Error("something was changed")
				}
				if err := a.tidy(t.Context(), "demo"); err != nil || tables(t, s) != before {
					t.Errorf("tidied: %v", err)
				}
				if _, err := a.Rebuild(t.Context(), "demo", nil); err != nil {
					t.Fatal(err)
				}
				if got := a.States()[0]; got.Stopped != nil || got.Behind != 0 || got.Position != w.site.Position() {
					t.Errorf("rebuilt: %+v", got)
				}
				for id := range site.EngagementID(1 + more) {
					w.same(a, id+1)
				}
				if got := found(t, a, Query{Text: "only"}); len(got) != more || strings.Contains(strings.Join(got, ""), "lost") {
					t.Errorf("found: %v", got)
				}
				w.chat(site.Contact{}, "later", "yes")
				w.flush()
				w.same(a, site.EngagementID(2+more))
			})
		})
	}
}

// TestRebuildOfOlderWords: what an older version told otherwise, or counted otherwise, is
// told and counted as now, and found as before.
func TestRebuildOfOlderWords(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		w := newWorld(t)
		for range 3 {
			w.chat(site.Contact{FirstName: "Ann"}, "question", "answer")
		}
		w.flush()
		s := open(Options{})
		a := w.worker(s)
		w.same(a, 3)
		before := tables(t, s)
		w.must(s.update(t.Context(), func(c conn) error {
			for _, q := range []string{
				`UPDATE archive_entries SET entry = replace(entry, 'the agent accepted', 'somebody took') WHERE engagement = 1`,
				`UPDATE archive_entries SET number = -number WHERE engagement = 2`,
				`UPDATE archive_entries SET number = -number - 1 WHERE engagement = 2`, // each has the number of the one before
				`UPDATE archive_entries SET entry = replace(entry, '"number"', '"n"') WHERE engagement = 2`,
			} {
				if _, err := c.exec(t.Context(), q); err != nil {
					return err
				}
			}
			return nil
		}))
		if tables(t, s) == before {
			t.Fatal("nothing was changed")
		}
		if _, err := a.Rebuild(t.Context(), "demo", nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, tables(t, s)); diff != "" {
			t.Errorf("(-before +made anew):\n%s", diff)
		}
		if got := found(t, a, Query{Text: "question"}); len(got) != 3 {
			t.Errorf("found: %v", got)
		}
		if e, err := a.Erase(t.Context(), "demo", Contact{Engagement: 2}); err != nil || len(e.Engagements) != 1 || len(found(t, a, Query{Text: "question"})) != 2 {
			t.Errorf("%+v, %v", e, err)
		}
	})
}
