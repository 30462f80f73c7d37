package archive

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/journal"
	"usher/internal/record"
	"usher/internal/site"
)

// counting counts what is asked of a journal, and fails reads on order.
type counting struct {
	journal.Journal
	calls atomic.Int64
	fail  atomic.Bool
}

func (j *counting) Read(ctx context.Context, name string, from int64, fn func(journal.Frame) bool) error {
	j.calls.Add(1)
	if j.fail.Load() {
		return errors.New("the journal is away")
	}
	return j.Journal.Read(ctx, name, from, fn)
}

func (j *counting) Heads(ctx context.Context) ([]journal.Head, error) {
	j.calls.Add(1)
	return j.Journal.Heads(ctx)
}

// run runs a worker in a bubble until the test's end.
func run(t *testing.T, a *Worker) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	synctest.Wait()
}

// TestRun: what grows is followed, many appends at once; and then nothing happens until
// the hourly look.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		commits := 0
		s := openIn(t, t.TempDir(), Options{Fault: func(p Point) error {
			if p == AfterCommit {
				commits++
			}
			return nil
		}})
		a := w.worker(s)
		j := &counting{Journal: w.journal}
		a.journal = j
		run(t, a)
		if st := a.States(); len(st) != 1 || st[0].Position != w.site.Position() || st[0].Behind != 0 || st[0].Stopped != nil {
			t.Fatalf("after the start: %+v", st)
		}
		before := commits
		e := w.enter(site.Contact{})
		for n := range 20 {
			w.asks(e, fmt.Sprint("post ", n))
			w.flush()
			a.Appended("demo", w.site.Position())
		}
		if behind := a.States()[0].Behind; behind != 21 {
			t.Errorf("known to be behind by %d events, want 21", behind)
		}
		time.Sleep(gather)
		synctest.Wait()
		if st := a.States()[0]; st.Behind != 0 || st.Position != w.site.Position() || commits != before+1 {
			t.Errorf("%+v after %d commits", st, commits-before)
		}
		positions, err := a.Positions(t.Context())
		if err != nil || positions["demo"] != w.site.Position() || len(positions) != 1 {
			t.Errorf("positions: %v, %v", positions, err)
		}
		time.Sleep(time.Second) // whether it first follows or first looks for what is old is chance
		synctest.Wait()
		calls, written := j.calls.Load(), commits
		time.Sleep(tidyEvery - 3*time.Second)
		synctest.Wait()
		if j.calls.Load() != calls || commits != written {
			t.Errorf("while nothing happened: %d calls of the journal, %d commits", j.calls.Load()-calls, commits-written)
		}
	})
}

// TestRetry: a journal that cannot be read is tried again with growing pauses, and
// followed when it can.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.worker(openIn(t, t.TempDir(), Options{}))
		j := &counting{Journal: w.journal}
		a.journal = j
		j.fail.Store(true)
		run(t, a)
		st := a.States()[0]
		if st.Failing == nil || st.Stopped != nil || st.Position != 0 || st.Behind != w.site.Position() {
			t.Errorf("while the journal is away: %+v", st)
		}
		calls := j.calls.Load()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := j.calls.Load() - calls; n < 10 || n > 60 {
			t.Errorf("%d calls within ten minutes", n)
		}
		j.fail.Store(false)
		time.Sleep(retryMost + gather)
		synctest.Wait()
		if st := a.States()[0]; st.Failing != nil || st.Behind != 0 || st.Position != w.site.Position() {
			t.Errorf("with the journal back: %+v", st)
		}
	})
}

// TestStopped: a site that cannot be understood stops, says so once, and others go on.
func TestStopped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		frame func(*journal.Frame)
		want  string
	}{
		"an unknown event": {func(f *journal.Frame) { f.Events = []byte(`{"at":1,"event":"Unheard","data":{}}` + "\n") }, "Unheard"},
		"an unknown field": {func(f *journal.Frame) {
			f.Events = []byte(`{"at":1,"event":"EngagementRated","data":{"colour":1}}` + "\n")
		}, "colour"},
		"no event":       {func(f *journal.Frame) { f.Events = []byte("nonsense\n") }, "event"},
		"a newer format": {func(f *journal.Frame) { f.Format = site.EventFormat + 1 }, "start the newer program"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			good := w.chat(site.Contact{FirstName: "Ann"}, "q", "a")
			live := w.enter(site.Contact{})
			w.flush()
			end := w.site.Position()
			other, err := w.journal.Create(t.Context(), "other")
			w.must(err)
			w.add("other", 0, other.Epoch, nil)
			a := w.worker(openIn(t, t.TempDir(), Options{}))
			a.sites = func() []string { return []string{"demo", "other"} }
			w.add("demo", end, w.head.Epoch, c.frame)
			for range 3 {
				a.Appended("demo", end+1)
				a.Appended("other", 1)
				a.followDue(t.Context())
			}
			st := a.States()
			if st[0].Stopped == nil || !strings.Contains(st[0].Stopped.Error(), c.want) || st[0].Behind < 1 || st[1].Stopped != nil || st[1].Position != 1 {
				t.Errorf("%+v", st)
			}
			if n := strings.Count(w.log.String(), "level=ERROR"); n != 1 {
				t.Errorf("%d alarms:\n%s", n, &w.log)
			}
			if r, err := a.Record(t.Context(), "demo", good, false, 0, 0); err != nil || len(r.Entries) == 0 {
				t.Errorf("an engagement that is over: %v", err)
			}
			if _, err := a.Record(t.Context(), "demo", live, false, 0, 0); !errors.Is(err, ErrStopped) {
				t.Errorf("one that goes on: %v", err)
			}
			if _, err := a.Erase(t.Context(), "demo", Contact{Engagement: good}); !errors.Is(err, ErrStopped) {
				t.Errorf("to erase: %v", err)
			}
			before := tables(t, a.store)
			if _, err := a.Rebuild(t.Context(), "demo", nil); !errors.Is(err, ErrStopped) || tables(t, a.store) != before {
				t.Errorf("to rebuild: %v", err)
			}
		})
	}
}

// add writes a frame of one event past the site, changed by fn.
func (w *world) add(name string, at, epoch int64, fn func(*journal.Frame)) {
	w.t.Helper()
	f := journal.Frame{Site: name, First: at, Count: 1, Epoch: epoch, Format: site.EventFormat, Events: []byte(`{"at":1,"event":"SiteResumed","data":{}}` + "\n")}
	if fn != nil {
		fn(&f)
	}
	done := make(chan error, 1)
	w.journal.Append(journal.Append{Take: func() (journal.Batch, bool) { return journal.Batch{Frame: f}, true }, Done: func(err error) { done <- err }})
	w.must(<-done)
}

// TestGap: an archive that is older than its journal goes on where that begins, says so,
// and leaves what it has as it is.
func TestGap(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		w := newWorld(t)
		old := w.chat(site.Contact{FirstName: "Ann"}, "before", "the gap")
		straddling := w.enter(site.Contact{FirstName: "Bea"})
		w.accept(ada, straddling)
		w.flush()
		s := open(Options{})
		a := w.worker(s)
		w.same(a, old)
		was := a.States()[0].Position
		inside := w.chat(site.Contact{}, "in", "the gap")
		w.settings(func(n *site.Settings) { n.ArchiveDays, n.JournalDays = 100, 3 })
		w.flush()
		head, err := w.journal.Trim(t.Context(), "demo", w.site.Position())
		w.must(err)
		w.says(ada, straddling, "more")
		after := w.chat(site.Contact{FirstName: "Cid"}, "after", "the gap")
		w.flush()
		a = w.worker(s)
		r, err := a.Record(t.Context(), "demo", after, false, 0, 0)
		w.must(err)
		if who := r.Entries[len(r.Entries)-1].Who; who.Name != "Ada" || r.Queue.Name != "Support" {
			t.Errorf("names from before the gap: %+v, %+v", who, r.Queue)
		}
		if got, want := a.States()[0].Gap, (Gap{was, head.First}); got != want || !strings.Contains(w.log.String(), "level=WARN") {
			t.Errorf("the gap is %+v, want %+v; log:\n%s", got, want, &w.log)
		}
		if got := a.States()[0]; got.Behind != 0 || got.Stopped != nil {
			t.Errorf("%+v", got)
		}
		if got, err := a.Record(t.Context(), "demo", old, false, 0, 0); err != nil || len(got.Entries) < 5 {
			t.Errorf("what was before: %v", err)
		}
		if got, err := a.Record(t.Context(), "demo", straddling, false, 0, 0); err != nil || len(got.Entries) != 3 {
			t.Errorf("what was live before: %d entries, %v", len(got.Entries), err)
		}
		if _, err := a.Record(t.Context(), "demo", inside, false, 0, 0); !errors.Is(err, ErrNotFound) {
			t.Errorf("what was in the gap: %v", err)
		}
		if n := count(t, s, `SELECT keep_archive FROM archive_sites`); n != 100*24*3600 {
			t.Errorf("the archive is kept for %d s", n)
		}
		if got := w.worker(s); got.follower("demo").catchUp(t.Context()) != nil || got.States()[0].Gap != (Gap{was, head.First}) {
			t.Error("the gap is forgotten at the next start")
		}
	})
}

// TestMissing: a store that is new is filled with what the journal still holds.
func TestMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.flush()
	_, err := w.journal.Trim(t.Context(), "demo", w.site.Position())
	w.must(err)
	e := w.chat(site.Contact{FirstName: "Ann"}, "q", "a")
	w.flush()
	a := w.worker(openIn(t, t.TempDir(), Options{}))
	r, err := a.Record(t.Context(), "demo", e, true, 0, 0)
	if err != nil || r.Entries[1].Who.Name != "Ada" || r.Queue.Name != "Support" {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestFrames: a frame that does not follow, or holds another number of events than it
// says, is not read.
func TestFrames(t *testing.T) {
	t.Parallel()
	line := []byte(`{"at":1,"event":"SiteResumed","data":{}}` + "\n")
	for name, c := range map[string]struct {
		frame journal.Frame
		want  string
	}{
		"one that follows": {journal.Frame{First: 3, Count: 1, Events: line}, ""},
		"a gap":            {journal.Frame{First: 4, Count: 1, Events: line}, "begins at 4 where 3 belongs"},
		"an overlap":       {journal.Frame{First: 2, Count: 1, Events: line}, "begins at 2 where 3 belongs"},
		"too few":          {journal.Frame{First: 3, Count: 2, Events: line}, "holds another number"},
		"too many":         {journal.Frame{First: 3, Events: line}, "holds another number"},
	} {
		err := newReading(1, 3, 0, record.NewBook(), map[site.EngagementID]*facts{}).frame(c.frame)
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, errUnread) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
