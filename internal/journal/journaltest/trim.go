package journaltest

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"usher/internal/journal"
)

// aPart is the state of a site of which a test wants nothing but a checkpoint.
var aPart = []journal.Part{{Key: "k", Data: []byte("v")}}

func trim(t *testing.T, j journal.Journal, site string, before int64) journal.Head {
	t.Helper()
	h, err := j.Trim(t.Context(), site, before)
	if err != nil {
		t.Fatalf("trim %s before %d: %v", site, before, err)
	}
	return h
}

// readable fails the test unless exactly the frames from the head's First on can
// be read, from each position.
func readable(t *testing.T, j journal.Journal, h journal.Head, frames []journal.Frame) {
	t.Helper()
	frames = slices.DeleteFunc(slices.Clone(frames), func(f journal.Frame) bool { return f.First < h.First })
	for from := int64(-1); from <= h.Position+1; from++ {
		what := fmt.Sprintf("frames of %s from %d", h.Site, from)
		if from >= 0 && from < h.First {
			err := j.Read(t.Context(), h.Site, from, func(journal.Frame) bool {
				t.Errorf("%s: something was read", what)
				return false
			})
			wantErr(t, what, err, journal.ErrTrimmed)
			continue
		}
		want := slices.DeleteFunc(slices.Clone(frames), func(f journal.Frame) bool { return f.End() <= from })
		same(t, what, read(t, j, h.Site, from), want)
	}
}

// testTrim: whole frames go, up to the checkpoint, and nothing else.
func testTrim(t *testing.T, e Engine) {
	type trimmed struct {
		head   journal.Head
		frames []journal.Frame
	}
	var sites []trimmed
	for i, c := range []struct{ before, first int64 }{
		{math.MinInt64, 0}, {-1, 0}, {0, 0}, {1, 0}, {2, 0}, {3, 3}, {4, 3}, {5, 5},
		{6, 5}, {9, 5}, {10, 5}, {math.MaxInt64, 5},
	} {
		h := create(t, e, fmt.Sprintf("site%02d", i))
		var frames []journal.Frame
		for _, count := range []int{3, 2, 4, 1} {
			b := journal.Batch{Frame: next(h, count)}
			if count == 2 {
				b.Checkpoint, b.Parts = true, aPart
			}
			frames = append(frames, b.Frame)
			h = write(t, e, h, b)
		}
		before := load(t, e, h.Site)
		got := trim(t, e, h.Site, c.before)
		h.First = c.first
		same(t, fmt.Sprintf("head trimmed before %d", c.before), got, h)
		before.Head.First = c.first // and nothing else of what a load needs
		same(t, fmt.Sprintf("state trimmed before %d", c.before), load(t, e, h.Site), before)
		sites = append(sites, trimmed{h, frames})
	}
	check := func(j journal.Journal) {
		t.Helper()
		for i := range sites {
			s := &sites[i]
			h := load(t, j, s.head.Site).Head
			s.head.Epoch = h.Epoch
			same(t, "head", h, s.head)
			readable(t, j, s.head, s.frames)
		}
		same(t, "heads", len(heads(t, j)), len(sites))
	}
	check(e)
	j := e.Reopen()
	check(j)
	for i := range sites {
		s := &sites[i]
		f := next(s.head, 2)
		s.head, s.frames = write(t, j, s.head, journal.Batch{Frame: f}), append(s.frames, f)
	}
	check(j)
}

// testTrimAll: a site can be without events, and goes on from there.
func testTrimAll(t *testing.T, e Engine) {
	h := create(t, e, "alpha")
	same(t, "a new site", trim(t, e, "alpha", 7), h)
	h = write(t, e, h, journal.Batch{Frame: next(h, 3)})
	same(t, "without a checkpoint", trim(t, e, "alpha", 7), h)
	h = write(t, e, h, journal.Batch{Frame: next(h, 2), Checkpoint: true, Parts: aPart})
	h.First = 5
	same(t, "at the checkpoint", trim(t, e, "alpha", 7), h)
	readable(t, e, h, nil)
	same(t, "trimmed less", trim(t, e, "alpha", 3), h)

	j := e.Reopen()
	h.Epoch = load(t, j, "alpha").Head.Epoch
	same(t, "after reopening", load(t, j, "alpha"), journal.State{Head: h, CheckpointPosition: 5, Parts: aPart})
	readable(t, j, h, nil)
	f := next(h, 4)
	h = write(t, j, h, journal.Batch{Frame: f})
	same(t, "before the next checkpoint", trim(t, j, "alpha", 100), h)
	readable(t, j, h, []journal.Frame{f})
	h = write(t, j, h, journal.Batch{Frame: next(h, 0), Checkpoint: true, Parts: aPart})
	h.First = 9
	same(t, "at a checkpoint without events", trim(t, j, "alpha", 100), h)

	j = e.Reopen()
	h.Epoch = load(t, j, "alpha").Head.Epoch
	same(t, "after reopening again", load(t, j, "alpha"), journal.State{Head: h, CheckpointPosition: 9, Parts: aPart})
	readable(t, j, h, nil)
}

func testTrimRefused(t *testing.T, e Engine) {
	create(t, e, "alpha")
	_, err := e.Trim(t.Context(), "beta", 5)
	wantErr(t, "a site that was never created", err, journal.ErrNoSite)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = e.Trim(t.Context(), "alpha", 5)
	wantErr(t, "a closed journal", err, journal.ErrRefused)
}

// testTrimWhileReading: who reads gets a run of frames without a gap, which ends
// early only as trimmed.
func testTrimWhileReading(t *testing.T, e Engine) {
	h, other := create(t, e, "alpha"), create(t, e, "beta")
	for range 40 {
		other = write(t, e, other, journal.Batch{Frame: next(other, 1)})
		h = write(t, e, h, journal.Batch{Frame: next(h, 2)})
	}
	h = write(t, e, h, journal.Batch{Frame: next(h, 0), Checkpoint: true, Parts: aPart})
	at := int64(0)
	err := e.Read(t.Context(), "alpha", 0, func(f journal.Frame) bool {
		if f.First != at {
			t.Errorf("a frame at %d, where %d was due", f.First, at)
		}
		at = f.End()
		if at == 20 {
			trim(t, e, "alpha", 60)
		}
		return true
	})
	switch {
	case err == nil && at != h.Position:
		t.Errorf("read to %d of %d, and no error", at, h.Position)
	case err != nil:
		wantErr(t, "read", err, journal.ErrTrimmed)
	}
	if at < 20 {
		t.Errorf("read to %d", at)
	}
	if got := read(t, e, "beta", 0); len(got) != 40 {
		t.Errorf("%d frames of the other site, want 40", len(got))
	}
}

// testTrimUnderLoad: sites that append, checkpoint and trim side by side, each at
// its own pace, keep what they should.
func testTrimUnderLoad(t *testing.T, e Engine) {
	const sites, rounds = 8, 60
	var hs [sites]journal.Head
	var frames [sites][]journal.Frame
	var wg sync.WaitGroup
	for i := range sites {
		hs[i] = create(t, e, fmt.Sprintf("site%02d", i))
		wg.Go(func() {
			h := hs[i]
			for r := range rounds {
				b := journal.Batch{Frame: next(h, 1+r%3)}
				if r%(3+i) == i {
					b.Checkpoint, b.Parts = true, aPart
				}
				if err := <-start(t, e, b); err != nil {
					t.Errorf("append to %s: %v", h.Site, err)
					return
				}
				h, frames[i] = h.After(b.Frame), append(frames[i], b.Frame)
				if b.Checkpoint && i != 5 { // one never trims
					trimmed, err := e.Trim(t.Context(), h.Site, h.Position-int64(i))
					if err != nil {
						t.Errorf("trim %s: %v", h.Site, err)
						return
					}
					h.First = trimmed.First
				}
				if err := e.Read(t.Context(), h.Site, -1, func(journal.Frame) bool { return true }); err != nil {
					t.Errorf("read %s: %v", h.Site, err)
				}
			}
			hs[i] = h
		})
	}
	wg.Wait()
	check := func(j journal.Journal) {
		t.Helper()
		for i, h := range hs {
			got := load(t, j, h.Site).Head
			h.Epoch = got.Epoch
			same(t, "head", got, h)
			if h.First == 0 && i != 5 {
				t.Errorf("%s was never trimmed", h.Site)
			}
			readable(t, j, h, frames[i])
		}
	}
	check(e)
	check(e.Reopen())
}
