// Package journaltest holds every journal engine to the same promises.
package journaltest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/internal/journal"
)

// Engine is an open, empty journal that carries out appends by itself, and the
// way to stop it and open the same store again.
type Engine struct {
	journal.Journal
	// Shared says that several may have the store open at once. Then opening it takes
	// no epochs: whoever needs one raises it.
	Shared bool
	// Reopen closes the journal and opens its store again. The Journal field is
	// not to be used after it.
	Reopen func() journal.Journal
}

// Run holds the engines that open makes to every sentence of the interface. open
// sees to it that what it opened is closed at the end of the test.
func Run(t *testing.T, open func(t *testing.T) Engine) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Engine)
	}{
		{"Create", testCreate},
		{"NoSite", testNoSite},
		{"Append", testAppend},
		{"AppendMalformed", testAppendMalformed},
		{"AppendFenced", testAppendFenced},
		{"TakeNothing", testTakeNothing},
		{"AppendCopies", testAppendCopies},
		{"RaiseEpoch", testRaiseEpoch},
		{"RaiseEpochRace", testRaiseEpochRace},
		{"RaiseEpochAgainstAppends", testRaiseEpochAgainstAppends},
		{"Checkpoint", testCheckpoint},
		{"CheckpointAlone", testCheckpointAlone},
		{"Side", testSide},
		{"Read", testRead},
		{"ReadStops", testReadStops},
		{"Trim", testTrim},
		{"TrimAll", testTrimAll},
		{"TrimRefused", testTrimRefused},
		{"TrimWhileReading", testTrimWhileReading},
		{"TrimUnderLoad", testTrimUnderLoad},
		{"Secret", testSecret},
		{"SecretRace", testSecretRace},
		{"ManySites", testManySites},
		{"ReopenEpochs", testReopenEpochs},
		{"CloseUnderLoad", testCloseUnderLoad},
		{"Closed", testClosed},
		{"Model", testModel},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// tester is a *testing.T or a *rapid.T.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// events makes count events; no two of a site are alike.
func events(site string, first int64, count int) []byte {
	var b bytes.Buffer
	for i := range int64(count) {
		fmt.Fprintf(&b, `{"site":%q,"event":%d}`+"\n", site, first+i)
	}
	return b.Bytes()
}

// next is the frame of count events that may follow h.
func next(h journal.Head, count int) journal.Frame {
	return journal.Frame{
		Site: h.Site, First: h.Position, Count: count, Epoch: h.Epoch,
		Format: 1, NextTimer: 1_000_000 + h.Position, Events: events(h.Site, h.Position, count),
	}
}

// start queues an append and answers where its outcome will be found. A second
// call of Done fails the test.
func start(t tester, j journal.Journal, b journal.Batch) <-chan error {
	done := make(chan error, 1)
	var calls atomic.Int32
	j.Append(journal.Append{
		Take: func() (journal.Batch, bool) { return b, true },
		Done: func(err error) {
			if calls.Add(1) != 1 {
				t.Errorf("Done was called %d times", calls.Load())
				return
			}
			done <- err
		},
	})
	return done
}

// appendBatch appends and waits for the outcome.
func appendBatch(t tester, j journal.Journal, b journal.Batch) error {
	t.Helper()
	select {
	case err := <-start(t, j, b):
		return err
	case <-time.After(time.Minute): // only when the engine hangs
		t.Fatalf("Done was not called within a minute")
		return nil
	}
}

// write appends what must succeed, and answers the head after it.
func write(t tester, j journal.Journal, h journal.Head, b journal.Batch) journal.Head {
	t.Helper()
	if err := appendBatch(t, j, b); err != nil {
		t.Fatalf("append to %s at %d: %v", h.Site, h.Position, err)
	}
	return h.After(b.Frame)
}

func create(t testing.TB, j journal.Journal, site string) journal.Head {
	t.Helper()
	h, err := j.Create(t.Context(), site)
	if err != nil {
		t.Fatalf("create %s: %v", site, err)
	}
	return h
}

func load(t testing.TB, j journal.Journal, site string) journal.State {
	t.Helper()
	s, err := j.Load(t.Context(), site)
	if err != nil {
		t.Fatalf("load %s: %v", site, err)
	}
	return s
}

func heads(t testing.TB, j journal.Journal) []journal.Head {
	t.Helper()
	hs, err := j.Heads(t.Context())
	if err != nil {
		t.Fatalf("heads: %v", err)
	}
	slices.SortFunc(hs, func(a, b journal.Head) int { return cmp.Compare(a.Site, b.Site) })
	return hs
}

func read(t testing.TB, j journal.Journal, site string, from int64) []journal.Frame {
	t.Helper()
	var frames []journal.Frame
	err := j.Read(t.Context(), site, from, func(f journal.Frame) bool {
		frames = append(frames, f)
		return true
	})
	if err != nil {
		t.Fatalf("read %s from %d: %v", site, from, err)
	}
	return frames
}

// same fails the test when got is not want. The order of parts and side texts
// is free, and no list is as good as an empty one; empty bytes are not nil.
func same(t tester, what string, got, want any) {
	t.Helper()
	opts := gocmp.Options{
		gocmp.Comparer(func(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }),
		cmpopts.SortSlices(func(a, b journal.Part) bool { return a.Key < b.Key }),
		cmpopts.SortSlices(func(a, b journal.SideText) bool { return a.Key < b.Key }),
		gocmp.FilterValues(func(a, b any) bool { return isEmptyList(a) && isEmptyList(b) },
			gocmp.Comparer(func(a, b any) bool { return true })),
	}
	if diff := gocmp.Diff(want, got, opts); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func isEmptyList(v any) bool {
	switch v := v.(type) {
	case []journal.Part:
		return len(v) == 0
	case []journal.SideText:
		return len(v) == 0
	case []journal.Frame:
		return len(v) == 0
	case []journal.Head:
		return len(v) == 0
	}
	return false
}

// wantErr fails the test when err does not wrap want.
func wantErr(t tester, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want one that wraps %q", what, err, want)
	}
}
