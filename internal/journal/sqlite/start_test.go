package sqlite_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"usher/internal/journal"
	"usher/internal/journal/sqlite"
)

// TestStartReadsWhatIsLive: what a start and the loading of its sites read of the
// batches does not depend on how much there was before the last checkpoint.
func TestStartReadsWhatIsLive(t *testing.T) {
	rows, size := sqlite.CountScanned(t)
	type read struct{ startRows, startBytes, rows, bytes int64 }
	const old, after = 20_000, 5
	found := map[string]map[int]read{"killed": {}, "stopped": {}}
	for _, history := range []int{10, 10_000} {
		dir := t.TempDir()
		j := open(t, dir, sqlite.Options{})
		s, idle := newSite(t, j, "alpha"), newSite(t, j, "beta")
		sites := []*site{s, idle}
		write := func(s *site, count int) { // all events alike, so that bytes can be compared
			f := s.frame(count)
			f.Events = bytes.Repeat([]byte("{}\n"), count)
			s.mustWrite(t, j, journal.Batch{Frame: f})
		}
		write(s, old) // the numbers that follow have the same length
		write(idle, 1)
		var others sync.WaitGroup
		for i := range 10 { // who write together are written in fewer transactions
			other := newSite(t, j, fmt.Sprintf("other%d", i))
			sites = append(sites, other)
			others.Go(func() {
				for range history / 10 {
					if err := other.write(j, journal.Batch{Frame: other.frame(1)}); err != nil {
						t.Errorf("append to %s: %v", other.Site, err)
					}
				}
			})
		}
		others.Wait()
		for _, s := range sites {
			s.mustWrite(t, j, s.checkpoint(0))
		}
		for range after {
			write(s, 1)
		}
		dirs := map[string]string{"killed": copyLive(t, dir, -1), "stopped": dir}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		for name, dir := range dirs {
			rows.Store(0)
			size.Store(0)
			var r read
			again := open(t, dir, sqlite.Options{})
			r.startRows, r.startBytes = rows.Load(), size.Load()
			for _, s := range sites {
				state, err := again.Load(t.Context(), s.Site)
				if err != nil || state.Head.Position != s.Position {
					t.Fatalf("load %s: %+v, %v", s.Site, state.Head, err)
				}
			}
			r.rows, r.bytes = rows.Load(), size.Load()
			found[name][history] = r
		}
	}
	for name, wantStart := range map[string]int64{"killed": after, "stopped": 0} {
		short, long := found[name][10], found[name][10_000]
		if short != long {
			t.Errorf("%s: with 10 frames before the checkpoint %+v were read, with 10,000 %+v", name, short, long)
		}
		if long.startRows != wantStart || long.rows != wantStart+after {
			t.Errorf("%s: %d batches were read by the start and %d in all, want %d and %d",
				name, long.startRows, long.rows, wantStart, wantStart+after)
		}
	}
}

// TestIdleSitesDoNotLengthenAStart: a site that said something long ago and has no
// checkpoint costs a start nothing: the heads are written now and then all the same.
func TestIdleSitesDoNotLengthenAStart(t *testing.T) {
	const every = 50
	sqlite.SetHeadsEvery(t, every)
	rows, _ := sqlite.CountScanned(t)
	dir := t.TempDir()
	j := open(t, dir, sqlite.Options{})
	idle, busy := newSite(t, j, "idle"), newSite(t, j, "busy")
	idle.mustWrite(t, j, journal.Batch{Frame: idle.frame(1)})
	most := int64(0)
	for n := range 4 * every {
		busy.mustWrite(t, j, journal.Batch{Frame: busy.frame(1)})
		if n%17 > 0 {
			continue
		}
		killed := copyLive(t, dir, -1)
		rows.Store(0)
		again := open(t, killed, sqlite.Options{})
		most = max(most, rows.Load())
		rows.Store(0)
		state, err := again.Load(t.Context(), "idle")
		if err != nil || state.Head.Position != 1 || len(state.Frames) != 1 {
			t.Fatalf("the idle site is %+v, %v", state, err)
		}
		if got := rows.Load(); got != 1 {
			t.Errorf("loading the idle site read %d batches, want its own", got)
		}
	}
	if most >= every || most < every/2 {
		t.Errorf("a start read %d batches at most, want some, and fewer than %d", most, every)
	}
}
