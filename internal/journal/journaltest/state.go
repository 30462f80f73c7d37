package journaltest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"usher/internal/journal"
)

func testCheckpoint(t *testing.T, e Engine) {
	h := create(t, e, "alpha")
	h = write(t, e, h, journal.Batch{Frame: next(h, 3)})
	h = write(t, e, h, journal.Batch{Frame: next(h, 2), Checkpoint: true, Parts: []journal.Part{
		{Key: "engagement/1", Data: []byte("one")},
		{Key: "engagement/2", Data: []byte("two")},
		{Key: "settings", Data: []byte{}}, // empty, and there
		{Key: "never", Data: nil},         // deletes what is not there
	}})
	want := journal.State{Head: h, CheckpointPosition: 5, Parts: []journal.Part{
		{Key: "engagement/1", Data: []byte("one")},
		{Key: "engagement/2", Data: []byte("two")},
		{Key: "settings", Data: []byte{}},
	}}
	same(t, "at the checkpoint", load(t, e, "alpha"), want)

	f := next(h, 4)
	h = write(t, e, h, journal.Batch{Frame: f})
	want.Head, want.Frames = h, []journal.Frame{f}
	same(t, "after the checkpoint", load(t, e, "alpha"), want)

	h = write(t, e, h, journal.Batch{Frame: next(h, 1), Checkpoint: true, Parts: []journal.Part{
		{Key: "engagement/1", Data: nil},
		{Key: "engagement/2", Data: []byte("two again")},
		{Key: "engagement/3", Data: []byte{0, 1, 0xff}},
	}})
	f = next(h, 1)
	h = write(t, e, h, journal.Batch{Frame: f})
	want = journal.State{Head: h, CheckpointPosition: 10, Frames: []journal.Frame{f}, Parts: []journal.Part{
		{Key: "engagement/2", Data: []byte("two again")},
		{Key: "engagement/3", Data: []byte{0, 1, 0xff}},
		{Key: "settings", Data: []byte{}},
	}}
	same(t, "after the second checkpoint", load(t, e, "alpha"), want)

	other := create(t, e, "beta")
	same(t, "another site's state", load(t, e, "beta"), journal.State{Head: other})
	j := e.Reopen()
	got := load(t, j, "alpha")
	want.Head.Epoch = got.Head.Epoch
	same(t, "after reopening", got, want)
}

// testCheckpointAlone: a checkpoint without events writes no frame, and its
// timer counts.
func testCheckpointAlone(t *testing.T, e Engine) {
	h := create(t, e, "alpha")
	part := []journal.Part{{Key: "a", Data: []byte("x")}}
	h = write(t, e, h, journal.Batch{Frame: next(h, 0), Checkpoint: true, Parts: part})
	same(t, "at position 0", load(t, e, "alpha"), journal.State{Head: h, Parts: part})

	first := next(h, 3)
	h = write(t, e, h, journal.Batch{Frame: first})
	f := next(h, 0)
	f.NextTimer = 77
	h = write(t, e, h, journal.Batch{Frame: f, Checkpoint: true, Parts: []journal.Part{{Key: "a", Data: nil}}})
	if h.Position != 3 || h.NextTimer != 77 {
		t.Fatalf("the suite's own head is %+v", h)
	}
	same(t, "at position 3", load(t, e, "alpha"), journal.State{Head: h, CheckpointPosition: 3})
	same(t, "frames", read(t, e, "alpha", 0), []journal.Frame{first})
	h = write(t, e, h, journal.Batch{Frame: next(h, 0), Checkpoint: true, Parts: part}) // twice at one position

	j := e.Reopen()
	got := load(t, j, "alpha")
	h.Epoch = got.Head.Epoch
	same(t, "after reopening", got, journal.State{Head: h, CheckpointPosition: 3, Parts: part})
	h = write(t, j, h, journal.Batch{Frame: next(h, 1)})
	same(t, "all frames", read(t, j, "alpha", 3), []journal.Frame{next(journal.Head{Site: "alpha", Position: 3, Epoch: h.Epoch}, 1)})
}

func testSide(t *testing.T, e Engine) {
	h := create(t, e, "alpha")
	h = write(t, e, h, journal.Batch{Frame: next(h, 1), Side: []journal.SideText{
		{Key: "7001/1", Text: "off the record"}, {Key: "7001/2", Text: ""}, {Key: "7002/1", Text: "über\x00\n"},
	}})
	write(t, e, h, journal.Batch{
		Frame: next(h, 1), Side: []journal.SideText{{Key: "7003/1", Text: "four"}, {Key: "7002/1", Text: "anew"}},
		SideDeleted: []string{"7001/1", "nothing"},
	})
	want := []journal.SideText{{Key: "7001/2", Text: ""}, {Key: "7002/1", Text: "anew"}, {Key: "7003/1", Text: "four"}}
	same(t, "side texts", load(t, e, "alpha").Side, want)
	other := create(t, e, "beta")
	write(t, e, other, journal.Batch{Frame: next(other, 1), SideDeleted: []string{"7003/1"}})
	j := e.Reopen()
	same(t, "side texts after reopening", load(t, j, "alpha").Side, want)
	same(t, "frames", len(read(t, j, "alpha", 0)), 2)
	same(t, "another site's side texts", load(t, j, "beta").Side, []journal.SideText(nil))
}

func testRead(t *testing.T, e Engine) {
	a, b := create(t, e, "alpha"), create(t, e, "beta")
	var frames []journal.Frame
	for i := range 24 {
		f := next(a, 1+i%4)
		frames = append(frames, f)
		batch := journal.Batch{Frame: f}
		if i%7 == 3 { // what is read does not depend on checkpoints
			batch.Checkpoint, batch.Parts = true, []journal.Part{{Key: "k", Data: []byte("v")}}
		}
		a = write(t, e, a, batch)
		b = write(t, e, b, journal.Batch{Frame: next(b, 2)})
	}
	check := func(j journal.Journal) {
		t.Helper()
		for from := int64(-1); from <= a.Position+1; from++ {
			var want []journal.Frame
			for _, f := range frames {
				if f.End() > from {
					want = append(want, f)
				}
			}
			same(t, fmt.Sprintf("frames from %d", from), read(t, j, "alpha", from), want)
		}
	}
	check(e)
	check(e.Reopen())
}

func testReadStops(t *testing.T, e Engine) {
	h := create(t, e, "alpha")
	for range 6 {
		h = write(t, e, h, journal.Batch{Frame: next(h, 2)})
	}
	calls := 0
	err := e.Read(t.Context(), "alpha", 3, func(f journal.Frame) bool {
		calls++
		return f.First < 6
	})
	if err != nil || calls != 3 {
		t.Errorf("read stopped after %d frames (%v), want 3", calls, err)
	}
	// fn may use the journal: nothing is locked while it runs.
	err = e.Read(t.Context(), "alpha", 0, func(journal.Frame) bool {
		h = write(t, e, h, journal.Batch{Frame: next(h, 1)})
		return true
	})
	if err != nil {
		t.Errorf("read with writes from fn: %v", err)
	}
	same(t, "heads", heads(t, e), []journal.Head{h})
}

func testSecret(t *testing.T, e Engine) {
	ctx := t.Context()
	never := func() ([]byte, error) {
		t.Error("make was called although the secret is there")
		return nil, errors.New("not wanted")
	}
	made := func(v string) func() ([]byte, error) {
		return func() ([]byte, error) { return []byte(v), nil }
	}
	get := func(j journal.Journal, site, name, want string, make func() ([]byte, error)) {
		t.Helper()
		v, err := j.Secret(ctx, site, name, make)
		if err != nil || string(v) != want {
			t.Errorf("secret (%q, %q) is %q (%v), want %q", site, name, v, err, want)
		}
		clear(v)
	}
	failed := errors.New("no entropy")
	_, err := e.Secret(ctx, "alpha", "key", func() ([]byte, error) { return nil, failed })
	wantErr(t, "a failing make", err, failed)
	get(e, "alpha", "key", "one", made("one"))
	get(e, "alpha", "key", "one", never)
	get(e, "beta", "key", "two", made("two")) // a site need not exist to have secrets
	get(e, "", "key", "three", made("three"))
	get(e, "alpha", "other", "\x00\xff", made("\x00\xff"))
	j := e.Reopen()
	get(j, "alpha", "key", "one", never)
	get(j, "beta", "key", "two", never)
	get(j, "", "key", "three", never)
	get(j, "alpha", "other", "\x00\xff", never)
	same(t, "heads", heads(t, j), []journal.Head(nil))
}

func testSecretRace(t *testing.T, e Engine) {
	const callers = 16
	var got [callers]string
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			v, err := e.Secret(t.Context(), "alpha", "key", func() ([]byte, error) { return fmt.Append(nil, i), nil })
			if err != nil {
				t.Errorf("secret: %v", err)
			}
			got[i] = string(v)
		})
	}
	wg.Wait()
	for i, v := range got {
		if v == "" || v != got[0] {
			t.Errorf("caller %d got %q, caller 0 got %q", i, v, got[0])
		}
	}
}
