package machine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/host/machine"
	"usher/internal/site"
)

func (r *rig) handOver() {
	r.t.Helper()
	r.m.HandOver(r.now)
	r.drain()
}

func (r *rig) lost() {
	r.t.Helper()
	r.m.Lost(r.now)
	r.drain()
}

// moved is how ErrMoved reads in the rig's notes.
var moved = machine.ErrMoved.Error()

// In whatever state a machine is when its site goes to another node: commands that
// have not run and every retrieval are sent there, and what has run is answered
// truly or not at all.
func TestMoved(t *testing.T) {
	stages := []struct {
		name string
		make func(t *testing.T) *rig
		// What a hand-over and a loss answer at once, to commands and retrievals.
		handOver, handOverPolls []string
		lost, lostPolls         []string
		drains                  bool // the hand-over has something to write first
	}{
		{
			name: "loading, with commands and retrievals waiting",
			make: func(t *testing.T) *rig {
				r := start(t)
				r.post("a")
				r.read("b")
				r.poll("p", agent)
				return r
			},
			handOver: []string{"a: " + moved, "b: " + moved}, handOverPolls: []string{"p: " + moved},
			lost: []string{"a: " + moved, "b: " + moved}, lostPolls: []string{"p: " + moved},
		},
		{
			name:          "live, with retrievals parked",
			make:          func(t *testing.T) *rig { r := chat(t); r.patient(); r.poll("p", agent); r.poll("v", visitor); return r },
			handOverPolls: []string{"p: " + moved, "v: " + moved}, lostPolls: []string{"p: " + moved, "v: " + moved},
			drains: true,
		},
		{
			name: "live, with retrievals that are held, waiting for evidence, and refused",
			make: func(t *testing.T) *rig {
				r := chat(t)
				for _, name := range []string{"v0", "v1", "v2", "v3", "v4", "held", "newer"} {
					r.poll(name, visitor)
				}
				r.posted("a")
				r.poll("p", agent)
				r.verdict = machine.NotYet
				r.poll("asking", agent)
				r.post("b")
				r.poll("stranger", site.Caller{Key: "X"})
				r.take()
				r.polls = nil
				return r
			},
			handOverPolls: []string{"held: " + moved, "newer: " + moved, "asking: " + moved, "stranger: " + moved},
			lost:          []string{"b: uncertain"},
			lostPolls:     []string{"held: " + moved, "newer: " + moved, "asking: " + moved, "stranger: " + moved},
			drains:        true,
		},
		{
			name:   "live, with an append asked for",
			make:   func(t *testing.T) *rig { r := chat(t); r.post("a"); r.read("b"); return r },
			lost:   []string{"a: uncertain", "b: uncertain"},
			drains: true,
		},
		{
			name: "live, with an append under way and more decided",
			make: func(t *testing.T) *rig {
				r := chat(t)
				r.post("a")
				r.take()
				r.post("b")
				r.read("c")
				return r
			},
			lost:   []string{"a: uncertain", "b: uncertain", "c: uncertain"},
			drains: true,
		},
		{
			name: "rebuilt after an append of unknown outcome, with commands waiting",
			make: func(t *testing.T) *rig {
				r := chat(t)
				r.poll("p", agent)
				r.post("a")
				r.take()
				r.end(machine.Unknown, false)
				r.answers = nil
				r.post("b")
				return r
			},
			handOver: []string{"b: " + moved}, handOverPolls: []string{"p: " + moved},
			lost: []string{"b: " + moved}, lostPolls: []string{"p: " + moved},
		},
		{
			name: "dropped by a panic while an append is under way",
			make: func(t *testing.T) *rig {
				r := chat(t)
				r.post("a")
				r.take()
				r.do("x", func(*site.Site) error { panic("a bug") })
				r.answers = nil
				r.post("b")
				return r
			},
			handOver: []string{"b: " + moved}, lost: []string{"b: " + moved},
		},
		{
			name: "blocked, with a probe under way",
			make: func(t *testing.T) *rig {
				r := chat(t)
				r.post("a")
				r.take()
				r.end(machine.Refused, false)
				r.reload()
				r.take()
				r.poll("p", agent)
				r.answers = nil
				return r
			},
			handOverPolls: []string{"p: " + moved}, lostPolls: []string{"p: " + moved},
		},
		{
			name: "shut",
			make: func(t *testing.T) *rig { r := start(t); r.loadFails(true); r.poll("p", agent); return r },
			// An operator may bring a node that can read it.
			handOverPolls: []string{"p: " + moved}, lostPolls: []string{"p: " + moved},
		},
	}
	for _, s := range stages {
		t.Run("handed over, "+s.name, func(t *testing.T) {
			r := s.make(t)
			r.handOver()
			r.wantAnswers(s.handOver...)
			r.wantPollsInAnyOrder(s.handOverPolls...)
			if !s.drains {
				r.wantState(machine.Stopped)
				r.quiet()
				return
			}
			r.wantState(machine.Stopping)
			r.elsewhere()
			r.pass(time.Hour) // the journal is slow, and nobody is answered out of turn
			r.wantAnswers()
			r.wantPolls()
			if r.taken != nil {
				r.end(machine.Durable, true)
			}
			r.durable()
			r.wantState(machine.Stopped)
			for _, a := range r.answers {
				if !strings.HasSuffix(a, ": ok") {
					t.Errorf("%q, and all was durable", a)
				}
			}
			if last := r.stored[len(r.stored)-1]; !last.Checkpoint {
				t.Error("the last batch is no checkpoint")
			}
			r.answers = nil
			r.quiet()
		})
		t.Run("lost, "+s.name, func(t *testing.T) {
			r := s.make(t)
			r.lost()
			r.wantAnswers(s.lost...)
			r.wantPollsInAnyOrder(s.lostPolls...)
			r.quiet()
		})
		t.Run("lost while it was handed over, "+s.name, func(t *testing.T) {
			r := s.make(t)
			r.handOver()
			r.lost()
			r.wantAnswers(append(s.handOver, s.lost[len(s.handOver):]...)...)
			r.wantPollsInAnyOrder(s.lostPolls...)
			r.quiet()
		})
	}
}

func (r *rig) wantPollsInAnyOrder(want ...string) {
	r.t.Helper()
	slices.Sort(r.polls)
	slices.Sort(want)
	r.wantPolls(want...)
}

// elsewhere: whoever comes now is sent to the other node.
func (r *rig) elsewhere() {
	r.t.Helper()
	r.do("late", func(*site.Site) error { r.t.Error("it ran"); return nil })
	r.poll("late", agent)
	r.wantAnswers("late: " + moved)
	r.wantPolls("late: " + moved)
}

// quiet: the machine has stopped for good, whatever comes.
func (r *rig) quiet() {
	r.t.Helper()
	r.wantState(machine.Stopped)
	r.elsewhere()
	r.handOver()
	r.lost()
	r.stop()
	r.elsewhere() // and not: the server is stopping
	r.lease(time.Hour)
	if r.load != nil {
		r.reload()
	}
	if r.append {
		r.takeNothing()
	}
	if r.taken != nil {
		r.end(machine.Unknown, true)
	}
	r.m.LoadFailed(r.now, true, errors.New("cannot be read"))
	r.drain()
	if at, ok := r.m.Wake(); ok {
		r.t.Errorf("a stopped machine wants to be woken at %v", at)
	}
	r.pass(time.Hour)
	r.wantState(machine.Stopped)
	r.wantAnswers()
	r.wantPolls()
	if r.load != nil || r.append {
		r.t.Error("a stopped machine wants to load or to write")
	}
}

// What is handed over is whole: the next owner reads all that was answered, and
// what its sessions had acknowledged.
func TestHandOverWritesEverything(t *testing.T) {
	r := chat(t)
	r.posted("a")
	r.poll("p", agent)
	r.gone(r.poll("q", agent)) // an acknowledgement waits to be written
	r.wantPolls("p: a")
	r.post("b")
	r.take()
	r.post("c")
	r.handOver()
	r.end(machine.Durable, true)
	r.wantAnswers("b: ok")
	b := r.take()
	r.end(machine.Durable, true)
	r.wantAnswers("c: ok")
	r.wantState(machine.Stopped)
	s, err := site.Restore(b.First+int64(b.Count), parts(b), nil)
	if err != nil {
		t.Fatal(err)
	}
	if batch := s.Collect(agent.Key, s.Position()); len(batch.Deliveries) != 2 {
		t.Errorf("%d messages wait for the agent, want b and c", len(batch.Deliveries))
	}
}

// A hand-over whose writing fails loses nothing that was answered, and says so of
// the rest.
func TestHandOverFails(t *testing.T) {
	for name, o := range map[string]machine.Outcome{"unknown": machine.Unknown, "fenced": machine.Fenced, "refused": machine.Refused} {
		t.Run(name, func(t *testing.T) {
			r := chat(t)
			r.post("a")
			r.take()
			r.post("b")
			r.handOver()
			r.end(o, false)
			r.wantAnswers("a: uncertain", "b: uncertain")
			r.quiet()
		})
	}
}

// The epoch under which the site was written is what it is handed over with.
func TestEpoch(t *testing.T) {
	r := chat(t)
	if r.m.Epoch() != 1 {
		t.Fatalf("epoch %d, want 1", r.m.Epoch())
	}
	r.post("a")
	r.take()
	r.end(machine.Unknown, true)
	r.reload()
	r.durable()
	if r.m.Epoch() != 2 || r.m.Durable() != r.stored[len(r.stored)-1].First+int64(r.stored[len(r.stored)-1].Count) {
		t.Errorf("epoch %d, want 2; durable to %d", r.m.Epoch(), r.m.Durable())
	}
	r.handOver()
	r.durable()
	if r.m.Epoch() != 2 {
		t.Errorf("epoch %d after the hand-over, want 2", r.m.Epoch())
	}
}
