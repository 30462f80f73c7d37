package machine_test

import (
	"testing"
	"time"

	"usher/internal/host/machine"
	"usher/internal/site"
)

func (r *rig) stop() {
	r.t.Helper()
	r.m.Stop(r.now)
	r.drain()
}

func TestStop(t *testing.T) {
	t.Run("writes everything and a last checkpoint", func(t *testing.T) {
		r := chat(t)
		r.posted("a")
		r.poll("p", agent)
		r.gone(r.poll("q", agent)) // an acknowledgement waits
		r.poll("r", visitor)
		r.wantPolls("p: a")
		r.post("b")
		r.take()
		r.post("c")
		r.stop()
		r.wantPolls("r: time-out")
		r.post("late")
		r.poll("late", agent)
		r.wantAnswers("late: stopping")
		r.wantPolls("late: time-out")
		r.wantState(machine.Stopping)
		r.end(machine.Durable, true)
		r.wantAnswers("b: ok")
		b := r.take()
		if !b.Checkpoint || len(b.Parts) == 0 {
			t.Errorf("the last batch is no checkpoint")
		}
		r.end(machine.Durable, true)
		r.wantAnswers("c: ok")
		r.wantState(machine.Stopped)
		s, err := site.Restore(b.First+int64(b.Count), parts(b), nil)
		if err != nil {
			t.Fatal(err)
		}
		if batch := s.Collect(agent.Key, s.Position()); len(batch.Deliveries) != 2 {
			t.Errorf("%d messages wait for the agent, want b and c: the acknowledgement was not written", len(batch.Deliveries))
		}
		r.stop() // again is nothing
		r.post("later")
		r.wantAnswers("later: stopping")
	})
	t.Run("with nothing to write", func(t *testing.T) {
		r := start(t)
		r.reload()
		r.stop()
		r.wantState(machine.Stopped)
	})
	t.Run("an append asked for but not taken", func(t *testing.T) {
		r := chat(t)
		r.post("a")
		r.stop()
		r.wantState(machine.Stopping)
		r.durable()
		r.wantAnswers("a: ok")
		r.wantState(machine.Stopped)
	})
	t.Run("while loading", func(t *testing.T) {
		r := start(t)
		r.post("a")
		r.poll("p", agent)
		r.stop()
		r.wantAnswers("a: stopping")
		r.wantPolls("p: time-out")
		r.wantState(machine.Stopped)
		r.reload() // the load ends now, and is not heard
		r.wantState(machine.Stopped)
	})
	t.Run("while the load fails", func(t *testing.T) {
		r := start(t)
		r.stop()
		r.loadFails(true)
		r.wantState(machine.Stopped)
	})
	t.Run("while shut", func(t *testing.T) {
		r := start(t)
		r.loadFails(true)
		r.poll("p", agent)
		r.stop()
		r.wantPolls("p: time-out")
		r.wantState(machine.Stopped)
	})
	for name, o := range map[string]machine.Outcome{"refused": machine.Refused, "unknown": machine.Unknown, "fenced": machine.Fenced} {
		t.Run("the last append is "+name, func(t *testing.T) {
			r := chat(t)
			r.post("a")
			r.poll("stranger", site.Caller{Key: "X"}) // refused as soon as a is durable
			r.stop()
			r.take()
			r.end(o, false)
			r.wantAnswers("a: uncertain")
			r.wantPolls("stranger: time-out")
			r.wantState(machine.Stopped)
			if r.load != nil {
				t.Error("a stopped machine wants to load")
			}
		})
		t.Run("while blocked with a probe under way that is "+name, func(t *testing.T) {
			r := chat(t)
			r.post("a")
			r.take()
			r.end(machine.Refused, false)
			r.reload()
			r.take()
			r.poll("p", agent)
			r.stop()
			r.wantPolls("p: time-out")
			r.wantState(machine.Stopped)
			r.end(o, false)
			r.pass(time.Minute)
			r.wantState(machine.Stopped)
			if r.load != nil || r.append {
				t.Error("a stopped machine wants to load or write")
			}
		})
	}
	t.Run("a panic's load still waits for the append", func(t *testing.T) {
		r := chat(t)
		r.post("a")
		r.take()
		r.do("x", func(*site.Site) error { panic("a bug") })
		r.stop()
		r.wantState(machine.Stopped)
		r.end(machine.Durable, true)
		r.wantState(machine.Stopped)
		if r.load != nil {
			t.Error("a stopped machine wants to load")
		}
	})
}
