package archive

import (
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/site"
)

// first answers where the journal begins.
func (w *world) first() int64 {
	w.t.Helper()
	heads, err := w.journal.Heads(w.t.Context())
	w.must(err)
	return heads[0].First
}

// TestExpire: engagements go when they ended long enough ago, with their files and
// their words; without a limit none goes.
func TestExpire(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		w := newWorld(t)
		old := w.enter(site.Contact{FirstName: "Ann"})
		w.accept(ada, old)
		w.asks(old, "elderly")
		w.file(old, "f1")
		w.end(ada, old)
		w.flush()
		w.after(48 * time.Hour)
		young := w.enter(site.Contact{FirstName: "Bea"})
		w.accept(ada, young)
		w.file(young, "f2")
		w.end(ada, young)
		w.flush()
		a := w.worker(open(Options{}))
		w.now = w.now.Add(1000 * 24 * time.Hour)
		w.must(a.tidy(t.Context(), "demo"))
		if got := found(t, a, Query{Text: "elderly"}); len(got) != 1 {
			t.Fatal("without a limit something went")
		}
		w.now = w.now.Add(-1000*24*time.Hour + 9*24*time.Hour)
		w.settings(func(n *site.Settings) { n.ArchiveDays = 10 })
		w.flush()
		for _, c := range []struct {
			after      time.Duration
			old, young bool
		}{{0, false, true}, {23 * time.Hour, false, true}, {2 * time.Hour, false, false}} {
			w.now = w.now.Add(c.after)
			w.must(a.tidy(t.Context(), "demo"))
			for id, there := range map[site.EngagementID]bool{old: c.old, young: c.young} {
				_, err := a.Record(t.Context(), "demo", id, false, 0, 0)
				file := map[site.EngagementID]string{old: "f1", young: "f2"}[id]
				if (err == nil) != there || w.hasFile(id, file) != there {
					t.Errorf("after %v: engagement %d: %v, file %t", c.after, id, err, w.hasFile(id, file))
				}
			}
		}
		if got := found(t, a, Query{Text: "elderly"}); len(got) != 0 {
			t.Errorf("found: %v", got)
		}
		for _, table := range []string{"engagements", "leads", "offers", "entries", "known", "files", "live"} {
			if n := count(t, a.store, `SELECT count(*) FROM archive_`+table); n != 0 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		}
	})
}

// TestTrim: the journal goes hour by hour when it is old enough, and not while somebody
// may ask for it.
func TestTrim(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		w := newWorld(t)
		w.settings(func(n *site.Settings) { n.JournalDays, n.IdleSeconds, n.QueueSeconds = 2, 7*24*3600, 7*24*3600 })
		w.flush()
		w.chat(site.Contact{}, "q", "a")
		w.flush()
		second := w.site.Position()
		w.after(3 * time.Hour)
		live := w.enter(site.Contact{})
		w.accept(ada, live)
		w.flush()
		w.after(time.Hour)
		w.chat(site.Contact{}, "q", "a")
		w.flush()
		a := w.worker(open(Options{}))
		tidy := func(what string, want int64) {
			t.Helper()
			w.must(a.tidy(t.Context(), "demo"))
			if got := w.first(); got != want {
				t.Errorf("%s: the journal begins at %d, want %d", what, got, want)
			}
		}
		tidy("at once", 0)
		w.now = start.Add(46*time.Hour + 59*time.Minute) // ahead of time by two hours
		tidy("before its time", 0)
		release := a.Hold()
		w.now = start.Add(47*time.Hour + time.Minute)
		tidy("while somebody holds it", 0)
		again := a.Hold()
		release()
		release()
		tidy("while another one does", 0)
		again()
		tidy("when nobody does", second)
		w.now = start.Add(10 * 24 * time.Hour)
		tidy("while an engagement lives", second)
		w.now = start.Add(30*24*time.Hour + time.Hour + 5*time.Minute)
		tidy("which is older than any journal", w.site.Position())
	})
}

// TestTrimNotBeyondTheArchive: what the archive does not have stays in the journal.
func TestTrimNotBeyondTheArchive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.chat(site.Contact{}, "q", "a")
	w.flush()
	a := w.worker(openIn(t, t.TempDir(), Options{}))
	w.must(a.follower("demo").catchUp(t.Context()))
	j := &counting{Journal: w.journal}
	j.fail.Store(true)
	a.journal = j
	w.after(time.Hour)
	w.chat(site.Contact{}, "q", "a")
	w.flush()
	w.now = w.now.Add(100 * 24 * time.Hour)
	if err := a.tidy(t.Context(), "demo"); err == nil || w.first() != 0 {
		t.Errorf("%v, and the journal begins at %d", err, w.first())
	}
}

// TestTidyEachHour: a running worker looks each hour.
func TestTidyEachHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.chat(site.Contact{}, "q", "a")
		w.flush()
		a := w.worker(openIn(t, t.TempDir(), Options{}))
		began := time.Now()
		a.now = func() time.Time { return start.Add(time.Since(began)) }
		run(t, a)
		time.Sleep((site.DefaultJournalDays - 1) * 24 * time.Hour)
		synctest.Wait()
		if w.first() != 0 {
			t.Error("trimmed before its time")
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if w.first() != w.site.Position() {
			t.Errorf("after its time the journal begins at %d, not at %d", w.first(), w.site.Position())
		}
	})
}

// TestGapExpires: what was lost sight of in a gap does not stay for ever.
func TestGapExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settings(func(n *site.Settings) { n.ArchiveDays = 1 })
	lost := w.enter(site.Contact{})
	w.flush()
	s := openIn(t, t.TempDir(), Options{})
	w.must(w.worker(s).follower("demo").catchUp(t.Context()))
	w.must(second(w.site.ConcludeAsVisitor(visitor(lost))))
	w.flush()
	_, err := w.journal.Trim(t.Context(), "demo", w.site.Position())
	w.must(err)
	w.now = w.now.Add(50 * time.Hour)
	a := w.worker(s)
	w.must(a.tidy(t.Context(), "demo"))
	if n := count(t, s, `SELECT count(*) FROM archive_engagements`); n != 0 {
		t.Errorf("%d engagements are left", n)
	}
}
