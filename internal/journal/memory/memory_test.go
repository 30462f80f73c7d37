package memory_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"usher/internal/journal"
	"usher/internal/journal/memory"
)

// driven is a journal that the test steps, with one site.
type driven struct {
	*memory.Journal
	t    *testing.T
	head journal.Head
}

func drive(t *testing.T) *driven {
	d := &driven{Journal: memory.New(), t: t}
	h, err := d.Create(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	d.head = h
	return d
}

// queue queues an append of one event at the head; *outcome is what Done got.
func (d *driven) queue() (outcome *error) {
	outcome = new(error)
	*outcome = errNotDone
	b := journal.Batch{Frame: journal.Frame{Site: "demo", First: d.head.Position, Count: 1, Epoch: d.head.Epoch, Events: []byte("{}\n")}}
	d.Append(journal.Append{
		Take: func() (journal.Batch, bool) { return b, true },
		Done: func(err error) {
			if *outcome != errNotDone {
				d.t.Errorf("Done was called again, with %v", err)
			}
			*outcome = err
		},
	})
	return outcome
}

var errNotDone = errors.New("not done")

// position is the durable position, as Load shows it.
func (d *driven) position() int64 {
	s, err := d.Load(d.t.Context(), "demo")
	if err != nil {
		d.t.Fatal(err)
	}
	if got := int64(len(s.Frames)); got != s.Head.Position {
		d.t.Errorf("%d frames at position %d", got, s.Head.Position)
	}
	d.head = s.Head
	return s.Head.Position
}

func (d *driven) raise() {
	h, err := d.RaiseEpoch(d.t.Context(), "demo", d.head.Epoch)
	if err != nil {
		d.t.Fatal(err)
	}
	d.head = h
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		outcome  memory.Outcome
		err      error
		position int64
	}{
		{memory.Durable, nil, 1},
		{memory.Failed, journal.ErrRefused, 0},
		{memory.UnknownHappened, journal.ErrUnknown, 1},
		{memory.UnknownDidNot, journal.ErrUnknown, 0},
		{memory.UnknownLater, journal.ErrUnknown, 0},
	} {
		t.Run(c.outcome.String(), func(t *testing.T) {
			d := drive(t)
			err := d.queue()
			if *err != errNotDone || d.Pending() != 1 || d.position() != 0 {
				t.Fatalf("before the step: %v, %d pending", *err, d.Pending())
			}
			if !d.Step(c.outcome) || d.Pending() != 0 || d.Step(memory.Durable) {
				t.Fatal("one step was due")
			}
			if !errors.Is(*err, c.err) {
				t.Errorf("Done got %v, want %v", *err, c.err)
			}
			if got := d.position(); got != c.position {
				t.Errorf("position %d, want %d", got, c.position)
			}
		})
	}
}

func TestLand(t *testing.T) {
	for _, c := range []struct {
		name     string
		between  func(*driven)
		landed   int
		position int64
	}{
		{"undisturbed", func(*driven) {}, 1, 1},
		{"epoch raised", (*driven).raise, 0, 0},
		{"crashed", func(d *driven) { d.Crash() }, 0, 0},
		{"overtaken", func(d *driven) { d.queue(); d.Step(memory.Durable) }, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := drive(t)
			d.queue()
			d.Step(memory.UnknownLater)
			c.between(d)
			if got := d.Land(); got != c.landed {
				t.Errorf("%d landed, want %d", got, c.landed)
			}
			if got := d.position(); got != c.position {
				t.Errorf("position %d, want %d", got, c.position)
			}
			if d.Land() != 0 {
				t.Error("something landed twice")
			}
		})
	}
}

func TestCrash(t *testing.T) {
	d := drive(t)
	first, lost := d.queue(), (*error)(nil)
	d.Step(memory.Durable)
	d.position()
	lost = d.queue()
	before := d.head.Epoch
	d.Crash()
	if *first != nil || *lost != errNotDone || d.Pending() != 0 {
		t.Errorf("after the crash: %v, %v, %d pending", *first, *lost, d.Pending())
	}
	old := d.queue() // still made under the epoch of before
	d.Step(memory.Durable)
	if !errors.Is(*old, journal.ErrFenced) {
		t.Errorf("append under the epoch of before: %v", *old)
	}
	if d.position() != 1 || d.head.Epoch <= before {
		t.Errorf("head after the crash: %+v", d.head)
	}
}

func TestFull(t *testing.T) {
	d := drive(t)
	d.SetFull(true)
	refused := d.queue()
	d.Step(memory.Durable)
	if !errors.Is(*refused, journal.ErrRefused) || d.position() != 0 {
		t.Errorf("append to a full journal: %v", *refused)
	}
	d.SetFull(false)
	taken := d.queue()
	d.Step(memory.Durable)
	if *taken != nil || d.position() != 1 {
		t.Errorf("append with room again: %v", *taken)
	}
}

// TestTrim: what was given up stays so through a crash, and a full journal gives
// up nothing.
func TestTrim(t *testing.T) {
	d := drive(t)
	for range 3 {
		d.queue()
		d.Step(memory.Durable)
		d.head.Position++
	}
	d.Append(journal.Append{
		Take: func() (journal.Batch, bool) {
			return journal.Batch{Checkpoint: true, Parts: []journal.Part{{Key: "k", Data: []byte("v")}},
				Frame: journal.Frame{Site: "demo", First: 3, Epoch: d.head.Epoch}}, true
		},
		Done: func(err error) {
			if err != nil {
				t.Error(err)
			}
		},
	})
	d.Step(memory.Durable)
	d.SetFull(true)
	if _, err := d.Trim(t.Context(), "demo", 2); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("trim of a full journal: %v", err)
	}
	if h, err := d.Trim(t.Context(), "demo", 0); err != nil || h.First != 0 {
		t.Errorf("trim of nothing: %+v, %v", h, err)
	}
	d.SetFull(false)
	if h, err := d.Trim(t.Context(), "demo", 2); err != nil || h.First != 2 || h.Position != 3 {
		t.Errorf("trim: %+v, %v", h, err)
	}
	d.Crash()
	if s, err := d.Load(t.Context(), "demo"); err != nil || s.Head.First != 2 {
		t.Errorf("after a crash: %+v, %v", s.Head, err)
	}
}

// TestTakeLate: the batch is what Take answers when the step comes, and Done may
// queue the next.
func TestTakeLate(t *testing.T) {
	d := drive(t)
	events, done := "", 0
	frame := func() (journal.Batch, bool) {
		b := journal.Batch{Frame: journal.Frame{Site: "demo", First: int64(3 * done), Count: len(events) / 3, Epoch: d.head.Epoch, Events: []byte(events)}}
		return b, true
	}
	d.Append(journal.Append{Take: frame, Done: func(err error) {
		if err != nil {
			t.Errorf("first: %v", err)
		}
		done++
		d.Append(journal.Append{Take: frame, Done: func(err error) {
			if err != nil {
				t.Errorf("second: %v", err)
			}
			done++
		}})
	}})
	events = "{}\n{}\n{}\n"
	for d.Step(memory.Durable) {
	}
	s, err := d.Load(t.Context(), "demo")
	if err != nil || done != 2 || s.Head.Position != 6 {
		t.Errorf("%d done, position %d (%v)", done, s.Head.Position, err)
	}
}

func TestCloseRefusesWhatWaits(t *testing.T) {
	d := drive(t)
	waiting := d.queue()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(*waiting, journal.ErrRefused) {
		t.Errorf("waiting append: %v", *waiting)
	}
	late := d.queue()
	if !errors.Is(*late, journal.ErrRefused) {
		t.Errorf("append after Close: %v", *late)
	}
	d.Crash()
	if d.position() != 0 {
		t.Error("a refused append was written")
	}
}

// TestAutoInBubbles: one engine after the other in bubbles of their own, with a
// Take that blocks as a site's lock would not.
func TestAutoInBubbles(t *testing.T) {
	for range 3 {
		synctest.Test(t, func(t *testing.T) {
			j := memory.NewAuto()
			h, err := j.Create(t.Context(), "demo")
			if err != nil {
				t.Fatal(err)
			}
			free, done := make(chan struct{}), make(chan error, 1)
			j.Append(journal.Append{
				Take: func() (journal.Batch, bool) {
					<-free
					return journal.Batch{Frame: journal.Frame{Site: "demo", Count: 1, Epoch: h.Epoch, Events: []byte("{}\n")}}, true
				},
				Done: func(err error) { done <- err },
			})
			closed := make(chan error, 1)
			go func() { closed <- j.Close() }()
			synctest.Wait()
			select {
			case <-closed:
				t.Fatal("Close did not wait for an append under way")
			default:
			}
			close(free)
			if err := <-done; err != nil {
				t.Errorf("append: %v", err)
			}
			if err := <-closed; err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
}
