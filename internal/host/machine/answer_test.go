package machine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"usher/internal/host/machine"
	"usher/internal/site"
)

func TestAnswersWaitForDurability(t *testing.T) {
	r := chat(t)
	r.post("a")
	r.wantAnswers()
	r.take()
	r.wantAnswers()
	r.end(machine.Durable, true)
	r.wantAnswers("a: ok")
}

func TestAnswersGoOutInOrder(t *testing.T) {
	r := chat(t)
	r.post("a")
	r.refused("b")
	r.read("c")
	r.take()
	r.post("d")
	r.read("e")
	r.end(machine.Durable, true)
	r.wantAnswers("a: ok", "b: BAD_REQUEST", "c: ok")
	r.durable()
	r.wantAnswers("d: ok", "e: ok")
}

// What a refusal was decided on may be lost, and then it would be wrong.
func TestRefusalWaitsForWhatItWasDecidedOn(t *testing.T) {
	r := chat(t)
	r.do("end", func(s *site.Site) error { return second(s.ConcludeAsVisitor(visitor)) })
	r.post("late")
	r.poll("stranger", site.Caller{Key: "X"})
	r.wantAnswers()
	r.wantPolls()
	r.durable()
	r.wantAnswers("end: ok", "late: CONFLICT")
	r.wantPolls("stranger: ACCESS_DENIED")
}

func TestNothingPendingNothingToWaitFor(t *testing.T) {
	r := chat(t)
	r.read("a")
	r.refused("b")
	r.poll("stranger", site.Caller{Key: "X"})
	r.wantAnswers("a: ok", "b: BAD_REQUEST")
	r.wantPolls("stranger: ACCESS_DENIED")
	if r.append {
		t.Error("an append was asked for")
	}
}

func TestOneAppendTakesAllThatCame(t *testing.T) {
	r := chat(t)
	r.post("a") // asks for the append; drain fails the test when a second is asked for
	r.post("b")
	if got, want := events(r.take()), []string{"Posted", "Posted"}; !cmp.Equal(got, want) {
		t.Errorf("first frame %v, want %v", got, want)
	}
	r.post("c")
	r.post("d")
	r.end(machine.Durable, true)
	r.wantAnswers("a: ok", "b: ok")
	if got, want := events(r.take()), []string{"Posted", "Posted"}; !cmp.Equal(got, want) {
		t.Errorf("second frame %v, want %v", got, want)
	}
	r.end(machine.Durable, true)
	r.wantAnswers("c: ok", "d: ok")
	if r.append {
		t.Error("an append was asked for with nothing to write")
	}
}

func TestCommandsQueueWhileLoading(t *testing.T) {
	r := start(t)
	r.do("create", func(s *site.Site) error { return s.Create("demo") })
	r.do("again", func(s *site.Site) error { return s.Create("demo") })
	r.wantAnswers()
	if r.append {
		t.Fatal("an append was asked for without a site")
	}
	r.reload()
	r.wantAnswers()
	r.durable()
	r.wantAnswers("create: ok", "again: CONFLICT")
}

func TestAcknowledgementsAreLazy(t *testing.T) {
	acknowledge := func(r *rig) {
		r.t.Helper()
		r.posted("a")
		r.poll("p", agent)
		r.wantPolls("p: a")
		r.gone(r.poll("q", agent)) // gives the evidence
	}
	t.Run("within a second", func(t *testing.T) {
		r := chat(t)
		acknowledge(r)
		r.pass(time.Second - 1)
		if r.append {
			t.Fatal("an append was asked for before a second had passed")
		}
		r.pass(1)
		if got, want := events(r.take()), []string{"Acknowledged"}; !cmp.Equal(got, want) {
			t.Errorf("frame %v, want %v", got, want)
		}
	})
	t.Run("with the next frame", func(t *testing.T) {
		r := chat(t)
		acknowledge(r)
		r.post("b")
		if got, want := events(r.take()), []string{"Acknowledged", "Posted"}; !cmp.Equal(got, want) {
			t.Errorf("frame %v, want %v", got, want)
		}
		r.end(machine.Durable, true)
		r.pass(time.Minute)
		if r.append {
			t.Error("there was nothing left to write")
		}
	})
	t.Run("no answer waits for them", func(t *testing.T) {
		r := chat(t)
		acknowledge(r)
		r.read("c")
		r.wantAnswers("c: ok")
		r.pass(time.Second)
		r.take() // under way now
		r.read("d")
		r.wantAnswers("d: ok")
	})
	t.Run("at once after a slow append", func(t *testing.T) {
		r := chat(t)
		r.posted("a")
		r.poll("p", agent)
		r.post("b")
		r.take()
		r.gone(r.poll("q", agent))
		r.pass(5 * time.Second)
		r.end(machine.Durable, true)
		r.pass(0)
		if got, want := events(r.take()), []string{"Acknowledged"}; !cmp.Equal(got, want) {
			t.Errorf("frame %v, want %v", got, want)
		}
	})
}

// However commands, takes and outcomes follow each other, no answer comes before
// its events are durable, and answers come in the order of the commands.
func TestAnswersInAnyInterleaving(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := chat(t)
		sent, answered := 0, 0
		rt.Repeat(map[string]func(*rapid.T){
			"post": func(*rapid.T) { r.post(fmt.Sprintf("m%d", sent)); sent++ },
			"take": func(rt *rapid.T) {
				if !r.append {
					rt.Skip("nothing to take")
				}
				r.take()
			},
			"end": func(rt *rapid.T) {
				if r.taken == nil {
					rt.Skip("nothing under way")
				}
				r.end(machine.Durable, true)
			},
			"pass": func(*rapid.T) { r.pass(10 * time.Millisecond) },
			"": func(rt *rapid.T) {
				for _, a := range r.answers {
					if want := fmt.Sprintf("m%d: ok", answered); a != want {
						rt.Fatalf("answer %q, want %q", a, want)
					}
					if r.inJournal(fmt.Sprintf("m%d", answered)) != 1 {
						rt.Fatalf("%q is not in the journal", a)
					}
					answered++
				}
				r.answers = nil
				if answered < sent && !r.append && r.taken == nil {
					rt.Fatalf("%d of %d answered and nothing is being written", answered, sent)
				}
			},
		})
	})
}

func TestCheckpointCadence(t *testing.T) {
	t.Run("by events", func(t *testing.T) {
		r := chat(t)
		before := 0
		for _, b := range r.stored {
			before += b.Count
		}
		for i := range 4096 - before - 1 {
			r.do("status", func(s *site.Site) error { return second(s.SetActivityStatus(agent, "AVAILABLE", int32(i+1))) })
			r.answers = nil
		}
		b := r.take()
		if b.Checkpoint {
			t.Fatal("a checkpoint was taken before it was due")
		}
		r.end(machine.Durable, true)
		r.post("one more")
		b = r.take()
		if !b.Checkpoint || len(b.Parts) == 0 || b.Count != 1 {
			t.Fatalf("checkpoint %t with %d parts and %d events, want one with the last event", b.Checkpoint, len(b.Parts), b.Count)
		}
		s, err := site.Restore(b.First+int64(b.Count), parts(b), nil)
		if err != nil || s.Position() != b.First+int64(b.Count) || s.Name() != "demo" {
			t.Errorf("the parts make site %q: %v", s.Name(), err)
		}
		r.end(machine.Durable, true)
		r.post("and another")
		if r.take().Checkpoint {
			t.Error("another checkpoint was taken at once")
		}
	})
	t.Run("by time", func(t *testing.T) {
		r := chat(t)
		r.patient()
		r.pass(10*time.Minute - r.now - 1)
		if r.append {
			t.Fatal("an append was asked for before a checkpoint was due")
		}
		r.pass(1)
		b := r.take()
		if !b.Checkpoint || len(b.Parts) == 0 || b.Count != 0 {
			t.Fatalf("checkpoint %t with %d parts and %d events, want one alone", b.Checkpoint, len(b.Parts), b.Count)
		}
		r.end(machine.Durable, true)
		r.pass(11 * time.Minute)
		if r.append {
			t.Error("a checkpoint of nothing was asked for")
		}
	})
	t.Run("due while an append is under way", func(t *testing.T) {
		r := chat(t)
		r.patient()
		r.pass(10*time.Minute - r.now - time.Millisecond)
		r.post("a")
		if r.take().Checkpoint {
			t.Fatal("a checkpoint was taken before it was due")
		}
		r.pass(time.Minute) // fails when the machine asks to be woken without end
		r.end(machine.Durable, true)
		r.pass(0)
		if !r.take().Checkpoint {
			t.Error("no checkpoint after the append")
		}
	})
}

// parts are those of a batch that are still there.
func parts(b machine.Batch) []site.Part {
	var p []site.Part
	for _, x := range b.Parts {
		if x.Data != nil {
			p = append(p, x)
		}
	}
	return p
}
