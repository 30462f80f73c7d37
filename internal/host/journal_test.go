package host_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/site"
)

func TestOutcomeOf(t *testing.T) {
	for err, want := range map[error]machine.Outcome{
		nil:                                     machine.Durable,
		fmt.Errorf("x: %w", journal.ErrFenced):  machine.Fenced,
		fmt.Errorf("x: %w", journal.ErrRefused): machine.Refused,
		fmt.Errorf("x: %w", journal.ErrUnknown): machine.Unknown,
		errors.New("nobody has heard of this"):  machine.Unknown,
	} {
		if got := host.OutcomeOf(err); got != want {
			t.Errorf("%v is %d, want %d", err, got, want)
		}
	}
}

func TestPack(t *testing.T) {
	got := host.Pack("demo", machine.Batch{
		Frame: site.Frame{First: 3, Count: 1, Events: []byte("{}\n"), Next: 7,
			Side: []site.SideText{{Key: "1/1", Text: "psst"}}, SideDeleted: []string{"1/0"}},
		Epoch: 5, Checkpoint: true, Parts: []site.Part{{Key: "site", Data: []byte("{}")}, {Key: "queue/1"}},
	})
	want := journal.Batch{
		Frame:      journal.Frame{Site: "demo", First: 3, Count: 1, Epoch: 5, Format: site.EventFormat, NextTimer: 7, Events: []byte("{}\n")},
		Checkpoint: true, Parts: []journal.Part{{Key: "site", Data: []byte("{}")}, {Key: "queue/1"}},
		Side: []journal.SideText{{Key: "1/1", Text: "psst"}}, SideDeleted: []string{"1/0"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if err := got.Check(); err != nil {
		t.Error(err)
	}
}

func TestBuildRefuses(t *testing.T) {
	s := site.New()
	s.Tick(1_700_000_000_000_000)
	if err := s.Create("demo"); err != nil {
		t.Fatal(err)
	}
	good := host.Pack("demo", machine.Batch{Frame: s.TakeFrame(), Epoch: 1}).Frame
	if built, err := host.Build(journal.State{Frames: []journal.Frame{good}}); err != nil || built.Name() != "demo" {
		t.Fatalf("the good frame: %v", err)
	}
	with := func(change func(*journal.Frame)) []journal.Frame {
		f := good
		change(&f)
		return []journal.Frame{f}
	}
	for name, c := range map[string]struct {
		state journal.State
		want  error
	}{
		"a gap":            {journal.State{Frames: with(func(f *journal.Frame) { f.First = 1 })}, journal.ErrCorrupt},
		"another count":    {journal.State{Frames: with(func(f *journal.Frame) { f.Count = 2 })}, journal.ErrCorrupt},
		"a newer format":   {journal.State{Head: journal.Head{Format: site.EventFormat + 1}}, journal.ErrNewer},
		"an unknown event": {journal.State{Frames: with(func(f *journal.Frame) { f.Events = []byte(`{"at":1,"event":"X","data":{}}` + "\n") })}, nil},
		"an impossible event": {journal.State{Frames: with(func(f *journal.Frame) {
			f.Events = []byte(`{"at":1,"event":"AgentSessionEnded","data":{"client":9}}` + "\n")
		})}, nil},
		"an unknown part": {journal.State{Parts: []journal.Part{{Key: "x/1", Data: []byte("{}")}}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			built, err := host.Build(c.state)
			if err == nil || built != nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("built %v, error %v, want %v", built, err, c.want)
			}
		})
	}
}
