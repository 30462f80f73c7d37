package journaltest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"usher/internal/journal"
)

func testRaiseEpoch(t *testing.T, e Engine) {
	h := create(t, e, "alpha")
	h = write(t, e, h, journal.Batch{Frame: next(h, 2)})
	raised, err := e.RaiseEpoch(t.Context(), "alpha", h.Epoch)
	if err != nil {
		t.Fatalf("raise: %v", err)
	}
	if raised.Epoch <= h.Epoch {
		t.Errorf("epoch %d follows %d", raised.Epoch, h.Epoch)
	}
	wantErr(t, "append under the old epoch", appendBatch(t, e, journal.Batch{Frame: next(h, 1)}), journal.ErrFenced)
	_, err = e.RaiseEpoch(t.Context(), "alpha", h.Epoch)
	wantErr(t, "raise from the old epoch", err, journal.ErrFenced)
	_, err = e.RaiseEpoch(t.Context(), "alpha", raised.Epoch+1)
	wantErr(t, "raise from a later epoch", err, journal.ErrFenced)

	h.Epoch = raised.Epoch // and nothing else is new
	same(t, "raised head", raised, h)
	same(t, "loaded head", load(t, e, "alpha").Head, h)
	h = write(t, e, h, journal.Batch{Frame: next(h, 1)})
	same(t, "heads", heads(t, e), []journal.Head{h})
}

func testRaiseEpochRace(t *testing.T, e Engine) {
	h := create(t, e, "alpha")
	for range 10 {
		var winners atomic.Int32
		var won journal.Head
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				raised, err := e.RaiseEpoch(t.Context(), "alpha", h.Epoch)
				switch {
				case err == nil:
					if winners.Add(1) == 1 {
						won = raised
					}
				case !errors.Is(err, journal.ErrFenced):
					t.Errorf("raise: %v", err)
				}
			})
		}
		wg.Wait()
		if winners.Load() != 1 {
			t.Fatalf("%d of 8 raised epoch %d, want 1", winners.Load(), h.Epoch)
		}
		if won.Epoch <= h.Epoch {
			t.Fatalf("epoch %d follows %d", won.Epoch, h.Epoch)
		}
		h = won
	}
}

// testRaiseEpochAgainstAppends: an append that runs beside RaiseEpoch is either
// in the answered position or fenced, never later.
func testRaiseEpochAgainstAppends(t *testing.T, e Engine) {
	h := create(t, e, "alpha")
	other := create(t, e, "beta") // keeps the journal busy
	for i := range 40 {
		busy := start(t, e, journal.Batch{Frame: next(other, 1)})
		done := start(t, e, journal.Batch{Frame: next(h, 1+i%3)})
		raised, err := e.RaiseEpoch(t.Context(), "alpha", h.Epoch)
		if err != nil {
			t.Fatalf("raise: %v", err)
		}
		want := h.Position
		switch err := <-done; {
		case err == nil:
			want += int64(1 + i%3)
		case !errors.Is(err, journal.ErrFenced):
			t.Fatalf("append: %v", err)
		}
		if raised.Position != want {
			t.Fatalf("round %d: raised at position %d, the append's outcome says %d", i, raised.Position, want)
		}
		if err := <-busy; err != nil {
			t.Fatalf("append to another site: %v", err)
		}
		other = other.After(next(other, 1))
		h = raised
		if got := load(t, e, "alpha").Head; got != h {
			t.Fatalf("round %d: loaded head %+v, want %+v", i, got, h)
		}
	}
}

// testReopenEpochs: who has a store alone takes a new epoch for every site by opening
// it; who shares one leaves them as they are.
func testReopenEpochs(t *testing.T, e Engine) {
	a, b := create(t, e, "alpha"), create(t, e, "beta")
	a = write(t, e, a, journal.Batch{Frame: next(a, 2)})
	a, err := e.RaiseEpoch(t.Context(), "alpha", a.Epoch)
	if err != nil {
		t.Fatalf("raise: %v", err)
	}
	j := e.Reopen()
	hs := heads(t, j)
	if len(hs) != 2 {
		t.Fatalf("heads after reopening: %+v", hs)
	}
	if e.Shared {
		same(t, "heads after reopening", hs, []journal.Head{a, b})
		for _, h := range hs {
			write(t, j, h, journal.Batch{Frame: next(h, 1)})
		}
		return
	}
	for i, old := range []journal.Head{a, b} {
		if hs[i].Epoch <= a.Epoch || hs[i].Epoch <= b.Epoch {
			t.Errorf("%s has epoch %d after reopening; %d and %d were taken before", old.Site, hs[i].Epoch, a.Epoch, b.Epoch)
		}
		wantErr(t, "append under the epoch of before", appendBatch(t, j, journal.Batch{Frame: next(old, 1)}), journal.ErrFenced)
		_, err := j.RaiseEpoch(t.Context(), old.Site, old.Epoch)
		wantErr(t, "raise from the epoch of before", err, journal.ErrFenced)
		old.Epoch = hs[i].Epoch
		same(t, "head after reopening", hs[i], old)
		write(t, j, hs[i], journal.Batch{Frame: next(hs[i], 1)})
	}
}

// testCloseUnderLoad: an append that Close meets ends once, as written or
// not, and the store agrees.
func testCloseUnderLoad(t *testing.T, e Engine) {
	const sites = 12
	var hs [sites]journal.Head
	for i := range sites {
		hs[i] = create(t, e, fmt.Sprintf("site%02d", i))
	}
	running := make(chan struct{}, sites)
	var wg sync.WaitGroup
	for i := range sites {
		wg.Go(func() {
			for n := 0; ; n++ {
				f := next(hs[i], 1)
				err := <-start(t, e, journal.Batch{Frame: f})
				if err != nil {
					// Fenced: Reopen answered the same journal at a new epoch.
					if !errors.Is(err, journal.ErrFenced) {
						wantErr(t, "append beside Close", err, journal.ErrRefused)
					}
					return
				}
				hs[i] = hs[i].After(f)
				if n == 2 {
					running <- struct{}{}
				}
			}
		})
	}
	for range sites {
		<-running
	}
	j := e.Reopen()
	wg.Wait()
	for i, h := range heads(t, j) {
		if h.Position != hs[i].Position {
			t.Errorf("%s is at %d after reopening, %d was acknowledged", h.Site, h.Position, hs[i].Position)
		}
	}
}

func testClosed(t *testing.T, e Engine) {
	h := create(t, e, "alpha")
	for range 2 {
		if err := e.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	wantErr(t, "append", appendBatch(t, e, journal.Batch{Frame: next(h, 1)}), journal.ErrRefused)
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"heads":  func() error { _, err := e.Heads(ctx); return err },
		"create": func() error { _, err := e.Create(ctx, "beta"); return err },
		"raise":  func() error { _, err := e.RaiseEpoch(ctx, "alpha", h.Epoch); return err },
		"load":   func() error { _, err := e.Load(ctx, "alpha"); return err },
		"read":   func() error { return e.Read(ctx, "alpha", 0, func(journal.Frame) bool { return true }) },
		"secret": func() error {
			_, err := e.Secret(ctx, "alpha", "key", func() ([]byte, error) { return []byte("x"), nil })
			return err
		},
	} {
		wantErr(t, name+" of a closed journal", call(), journal.ErrRefused)
	}
}
