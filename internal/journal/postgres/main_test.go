package postgres_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"usher/internal/journal"
)

// site is a site as a test writes it: its events say where they stand.
type site struct{ journal.Head }

// frame is the next frame of count events.
func (s site) frame(count int) journal.Frame {
	var b bytes.Buffer
	for i := range int64(count) {
		fmt.Fprintf(&b, `{"site":%q,"event":%d}`+"\n", s.Site, s.Position+i)
	}
	return journal.Frame{Site: s.Site, First: s.Position, Count: count, Epoch: s.Epoch, Format: 1, Events: b.Bytes()}
}

// checkpoint is a batch of count events whose only part says the position.
func (s site) checkpoint(count int) journal.Batch {
	return journal.Batch{Frame: s.frame(count), Checkpoint: true,
		Parts: []journal.Part{{Key: "position", Data: fmt.Append(nil, s.Position+int64(count))}}}
}

// start queues an append and answers where its outcome will be found.
func start(j journal.Journal, b journal.Batch) <-chan error {
	done := make(chan error, 1)
	j.Append(journal.Append{
		Take: func() (journal.Batch, bool) { return b, true },
		Done: func(err error) { done <- err },
	})
	return done
}

// write appends and waits; the site moves on when it succeeds.
func (s *site) write(j journal.Journal, b journal.Batch) error {
	err := <-start(j, b)
	if err == nil {
		s.Head = s.After(b.Frame)
	}
	return err
}

// mustWrite appends n frames of one event.
func (s *site) mustWrite(t testing.TB, j journal.Journal, n int) {
	t.Helper()
	for range n {
		if err := s.write(j, journal.Batch{Frame: s.frame(1)}); err != nil {
			t.Fatalf("append to %s: %v", s.Site, err)
		}
	}
}

func newSite(t testing.TB, j journal.Journal, name string) *site {
	t.Helper()
	h, err := j.Create(t.Context(), name)
	if err != nil {
		t.Fatalf("create %s: %v", name, err)
	}
	return &site{h}
}

// check fails the test unless the site is whole: its events say where they stand,
// without a gap, and its part is of the checkpoint's position.
func check(t testing.TB, j journal.Journal, name string) journal.State {
	t.Helper()
	s, err := j.Load(t.Context(), name)
	if err != nil {
		t.Fatalf("load %s: %v", name, err)
	}
	at := site{journal.Head{Site: name, Position: s.Head.First}}
	err = j.Read(t.Context(), name, -1, func(f journal.Frame) bool {
		if want := at.frame(f.Count); f.First != at.Position || !bytes.Equal(f.Events, want.Events) {
			t.Errorf("%s: frame at %d holds\n%s", name, f.First, f.Events)
		}
		at.Position = f.End()
		return true
	})
	if err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	if at.Position < s.Head.Position {
		t.Errorf("%s: the frames end at %d, the head is at %d", name, at.Position, s.Head.Position)
	}
	for _, p := range s.Parts {
		if string(p.Data) != fmt.Sprint(s.CheckpointPosition) {
			t.Errorf("%s: the part is of position %s, the checkpoint of %d", name, p.Data, s.CheckpointPosition)
		}
	}
	if len(s.Parts) == 0 && s.CheckpointPosition > 0 {
		t.Errorf("%s: no part at checkpoint %d", name, s.CheckpointPosition)
	}
	return s
}

// wantError fails the test unless err wraps want and says something, in one line.
func wantError(t testing.TB, err, want error, says ...string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want one that wraps %q", err, want)
		return
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("the error %q does not say %q", err, s)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has several lines: %q", err)
	}
}
