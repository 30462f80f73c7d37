package journaltest

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"usher/internal/journal"
)

func testCreate(t *testing.T, e Engine) {
	h := create(t, e, "alpha")
	if h.Site != "alpha" || h.Position != 0 || h.Epoch <= 0 || h.Format != 0 || h.NextTimer != 0 {
		t.Errorf("new head: %+v", h)
	}
	same(t, "state of a new site", load(t, e, "alpha"), journal.State{Head: h})
	same(t, "frames of a new site", read(t, e, "alpha", 0), []journal.Frame(nil))

	h = write(t, e, h, journal.Batch{Frame: next(h, 3)})
	same(t, "created again", create(t, e, "alpha"), h)
	b := create(t, e, "beta")
	same(t, "heads", heads(t, e), []journal.Head{h, b})

	_, err := e.Create(t.Context(), "")
	wantErr(t, "a site without a name", err, journal.ErrRefused)
}

func testNoSite(t *testing.T, e Engine) {
	create(t, e, "alpha")
	_, err := e.Load(t.Context(), "beta")
	wantErr(t, "load", err, journal.ErrNoSite)
	_, err = e.RaiseEpoch(t.Context(), "beta", 1)
	wantErr(t, "raise", err, journal.ErrNoSite)
	err = e.Read(t.Context(), "beta", 0, func(journal.Frame) bool { return true })
	wantErr(t, "read", err, journal.ErrNoSite)
	err = appendBatch(t, e, journal.Batch{Frame: next(journal.Head{Site: "beta", Epoch: 1}, 1)})
	wantErr(t, "append", err, journal.ErrFenced)
	if hs := heads(t, e); len(hs) != 1 {
		t.Errorf("a refused site has a head: %+v", hs)
	}
}

func testAppend(t *testing.T, e Engine) {
	h := create(t, e, "alpha")
	var frames []journal.Frame
	for i, count := range []int{1, 5, 1, 40} {
		f := next(h, count)
		f.Format = []int{2, 7, 3, 3}[i] // the head keeps the newest
		f.NextTimer = []int64{50, 0, -3, 1 << 52}[i]
		h = write(t, e, h, journal.Batch{Frame: f})
		frames = append(frames, f)
	}
	if want := (journal.Head{Site: "alpha", Position: 47, Epoch: h.Epoch, Format: 7, NextTimer: 1 << 52}); h != want {
		t.Fatalf("the suite's own head is %+v, want %+v", h, want)
	}
	want := journal.State{Head: h, Frames: frames}
	same(t, "state", load(t, e, "alpha"), want)
	same(t, "heads", heads(t, e), []journal.Head{h})

	j := e.Reopen()
	got := load(t, j, "alpha")
	want.Head.Epoch = got.Head.Epoch
	same(t, "state after reopening", got, want)
	h = write(t, j, got.Head, journal.Batch{Frame: next(got.Head, 2)})
	same(t, "heads after reopening", heads(t, j), []journal.Head{h})
}

func testAppendMalformed(t *testing.T, e Engine) {
	h := create(t, e, "alpha")
	part := []journal.Part{{Key: "a", Data: []byte("x")}}
	change := func(c func(*journal.Frame)) journal.Frame {
		f := next(h, 2)
		c(&f)
		return f
	}
	for name, b := range map[string]journal.Batch{
		"no site":                   {Frame: change(func(f *journal.Frame) { f.Site = "" })},
		"nothing":                   {Frame: next(h, 0)},
		"a checkpoint of nothing":   {Frame: next(h, 0), Checkpoint: true},
		"parts and no checkpoint":   {Frame: next(h, 1), Parts: part},
		"more events than lines":    {Frame: change(func(f *journal.Frame) { f.Count = 3 })},
		"fewer events than lines":   {Frame: change(func(f *journal.Frame) { f.Count = 1 })},
		"last event has no end":     {Frame: change(func(f *journal.Frame) { f.Count, f.Events = 1, []byte("{}\n{}") })},
		"negative count":            {Frame: change(func(f *journal.Frame) { f.Count = -1 }), Checkpoint: true, Parts: part},
		"negative first":            {Frame: change(func(f *journal.Frame) { f.First = -1 })},
		"checkpoint with a tail":    {Frame: change(func(f *journal.Frame) { f.Count = 0 }), Checkpoint: true, Parts: part},
		"frame above its bound":     {Frame: change(func(f *journal.Frame) { f.Count, f.Events = 1, large() })},
		"negative format of events": {Frame: change(func(f *journal.Frame) { f.Format = -1 })},
	} {
		wantErr(t, name, appendBatch(t, e, b), journal.ErrRefused)
	}
	same(t, "state", load(t, e, "alpha"), journal.State{Head: h})
	write(t, e, h, journal.Batch{Frame: next(h, 1)})
}

// large is one event that fits no frame.
func large() []byte {
	b := make([]byte, journal.MaxFrameBytes)
	b[len(b)-1] = '\n'
	return b
}

func testAppendFenced(t *testing.T, e Engine) {
	h := create(t, e, "alpha")
	h = write(t, e, h, journal.Batch{Frame: next(h, 4)})
	want := load(t, e, "alpha")
	for name, c := range map[string]func(*journal.Frame){
		"older epoch": func(f *journal.Frame) { f.Epoch-- },
		"later epoch": func(f *journal.Frame) { f.Epoch++ },
		"first early": func(f *journal.Frame) { f.First-- },
		"first again": func(f *journal.Frame) { f.First = 0 },
		"first late":  func(f *journal.Frame) { f.First++ },
	} {
		b := journal.Batch{
			Frame: next(h, 1), Checkpoint: true,
			Parts: []journal.Part{{Key: "a", Data: []byte("x")}},
			Side:  []journal.SideText{{Key: "s", Text: "y"}},
		}
		c(&b.Frame)
		wantErr(t, name, appendBatch(t, e, b), journal.ErrFenced)
		b.Frame.Count, b.Frame.Events = 0, nil
		wantErr(t, name+", no events", appendBatch(t, e, b), journal.ErrFenced)
	}
	same(t, "state", load(t, e, "alpha"), want)
	write(t, e, h, journal.Batch{Frame: next(h, 1)})
}

func testTakeNothing(t *testing.T, e Engine) {
	h := create(t, e, "alpha")
	asked := make(chan struct{})
	e.Append(journal.Append{
		Take: func() (journal.Batch, bool) { close(asked); return journal.Batch{}, false },
		Done: func(err error) { t.Errorf("Done(%v) although nothing was taken", err) },
	})
	<-asked
	h = write(t, e, h, journal.Batch{Frame: next(h, 1)})
	same(t, "heads", heads(t, e), []journal.Head{h})
	e.Reopen()
}

// testAppendCopies: the caller's memory is the caller's again after Done, and
// what a reader was given is the reader's.
func testAppendCopies(t *testing.T, e Engine) {
	h := create(t, e, "alpha")
	f := next(h, 2)
	data := []byte("part")
	write(t, e, h, journal.Batch{Frame: f, Checkpoint: true, Parts: []journal.Part{{Key: "a", Data: data}}})
	clear(f.Events)
	clear(data)
	wantFrame, wantPart := next(h, 2), journal.Part{Key: "a", Data: []byte("part")}
	for range 2 {
		frames, parts := read(t, e, "alpha", 0), load(t, e, "alpha").Parts
		same(t, "frames", frames, []journal.Frame{wantFrame})
		same(t, "parts", parts, []journal.Part{wantPart})
		clear(frames[0].Events)
		clear(parts[0].Data)
	}
}

func testManySites(t *testing.T, e Engine) {
	const sites, rounds = 30, 15
	var wg sync.WaitGroup
	for i := range sites {
		wg.Go(func() {
			site := fmt.Sprintf("site%02d", i)
			h, err := e.Create(t.Context(), site)
			if err != nil {
				t.Errorf("create %s: %v", site, err)
				return
			}
			for r := range rounds {
				b := journal.Batch{Frame: next(h, 1+r%3)}
				if r%5 == i%5 {
					b.Checkpoint = true
					b.Parts = []journal.Part{{Key: "round", Data: fmt.Append(nil, r)}}
				}
				if err := <-start(t, e, b); err != nil {
					t.Errorf("append %d to %s: %v", r, site, err)
					return
				}
				h = h.After(b.Frame)
			}
		})
	}
	wg.Wait()
	j := e.Reopen()
	if hs := heads(t, j); len(hs) != sites {
		t.Fatalf("%d sites, want %d", len(hs), sites)
	}
	for i := range sites {
		site := fmt.Sprintf("site%02d", i)
		var all []byte
		for _, f := range read(t, j, site, 0) {
			all = append(all, f.Events...)
		}
		if want := events(site, 0, rounds*2); !bytes.Equal(all, want) {
			t.Errorf("%s holds\n%s\nwant\n%s", site, all, want)
		}
		s := load(t, j, site)
		last := rounds - 5 + i%5
		same(t, site+"'s parts", s.Parts, []journal.Part{{Key: "round", Data: fmt.Append(nil, last)}})
		if s.Head.Position != rounds*2 || len(s.Frames) != rounds-1-last {
			t.Errorf("%s: position %d with %d frames after the checkpoint, want %d with %d",
				site, s.Head.Position, len(s.Frames), rounds*2, rounds-1-last)
		}
	}
}
