package machine_test

import (
	"testing"
	"time"

	"usher/internal/host/machine"
	"usher/internal/site"
)

func TestEvidence(t *testing.T) {
	// given answers a rig on which a was handed to p, and q came with the verdict.
	given := func(t *testing.T, v machine.Verdict) *rig {
		r := chat(t)
		r.posted("a")
		r.poll("p", agent, 1, 100)
		r.wantPolls("p: a")
		r.verdict = v
		r.poll("q", agent, 2, 200)
		return r
	}
	t.Run("arrived", func(t *testing.T) {
		r := given(t, machine.Arrived)
		r.wantPolls()
		r.posted("b")
		r.wantPolls("q: b")
		r.pass(time.Second)
		r.durable()
		if n := r.unreceived(); n != 1 {
			t.Errorf("%d messages are not known to be received, want b alone", n)
		}
	})
	t.Run("lost", func(t *testing.T) {
		r := given(t, machine.Lost)
		r.wantPolls("q: a")
	})
	t.Run("not yet, then arrived", func(t *testing.T) {
		r := given(t, machine.NotYet)
		r.pass(time.Second)
		r.posted("b") // it has to wait for the evidence
		r.wantPolls()
		r.verdict = machine.Arrived
		r.pass(time.Second)
		r.wantPolls("q: b")
	})
	t.Run("not yet, then lost", func(t *testing.T) {
		r := given(t, machine.NotYet)
		r.pass(time.Second)
		r.verdict = machine.Lost
		r.pass(time.Second - 1)
		r.wantPolls("q: a")
	})
	t.Run("not yet for two seconds", func(t *testing.T) {
		r := given(t, machine.NotYet)
		r.pass(2*time.Second - 1)
		r.wantPolls()
		if r.asks > 30 {
			t.Errorf("asked %d times in two seconds", r.asks)
		}
		r.pass(1)
		r.wantPolls("q: a")
	})
	t.Run("newer polls do not prolong the two seconds", func(t *testing.T) {
		r := given(t, machine.NotYet)
		r.pass(1500 * time.Millisecond)
		r.poll("r", agent, 3, 300)
		r.wantPolls("q: time-out")
		r.pass(500*time.Millisecond - 1)
		r.wantPolls()
		r.pass(1)
		r.wantPolls("r: a")
	})
	t.Run("nor does a client that gives up and comes again", func(t *testing.T) {
		r := chat(t)
		r.posted("a")
		r.poll("p", agent)
		r.wantPolls("p: a")
		r.verdict = machine.NotYet
		for range 2 {
			p := r.poll("impatient", agent)
			r.pass(900 * time.Millisecond)
			r.gone(p)
		}
		r.poll("q", agent)
		r.pass(200*time.Millisecond - 1)
		r.wantPolls()
		r.pass(1)
		r.wantPolls("q: a")
	})
	t.Run("a hold that ends first", func(t *testing.T) {
		r := chat(t)
		r.must(func(s *site.Site) error {
			set := s.CurrentSettings()
			set.HoldSeconds = 1
			return second(s.Admin("test").ChangeSettings(set))
		})
		r.posted("a")
		r.poll("p", agent)
		r.verdict = machine.NotYet
		r.poll("q", agent)
		r.wantPolls("p: a")
		r.pass(time.Second)
		r.wantPolls("q: time-out")
		r.verdict = machine.Arrived
		r.posted("b")
		r.poll("r", agent)
		r.wantPolls("r: b")
	})
	t.Run("of a poll that was replaced since", func(t *testing.T) {
		r := chat(t)
		r.posted("a")
		p := r.poll("p", agent)
		r.verdict = machine.Lost
		q := r.poll("q", agent)
		r.wantPolls("p: a", "q: a")
		r.m.Evidence(r.now, p, machine.Arrived) // too late: q is what counts
		r.drain()
		r.poll("r", agent)
		r.wantPolls("r: a")
		r.m.Evidence(r.now, q, machine.Arrived)
		r.drain()
		r.poll("s", agent)
		r.wantPolls("s: a")
	})
	t.Run("outstanding while the memory is dropped", func(t *testing.T) {
		r := given(t, machine.NotYet)
		r.do("x", func(*site.Site) error { panic("a bug") })
		r.wantAnswers("x: panic")
		r.wantPolls()
		r.m.Evidence(r.now, &machine.Poll{Caller: agent}, machine.Arrived)
		r.drain()
		r.reload()
		r.durable()
		r.wantPolls("q: a") // whether it had arrived is forgotten, so it comes again
		asks := r.asks
		r.pass(time.Minute)
		if r.asks != asks {
			t.Error("evidence was asked for that nobody waits for")
		}
	})
	t.Run("outstanding while the session ends", func(t *testing.T) {
		r := given(t, machine.NotYet)
		r.do("off", func(s *site.Site) error { return second(s.Logoff(agent, true)) })
		r.durable()
		r.wantPolls("q: time-out")
		asks := r.asks
		r.pass(10 * time.Second)
		if r.asks != asks {
			t.Error("evidence was asked for that nobody waits for")
		}
	})
	t.Run("outstanding at a stop", func(t *testing.T) {
		r := given(t, machine.NotYet)
		r.stop()
		r.wantPolls("q: time-out")
		r.durable()
		r.wantState(machine.Stopped)
	})
	t.Run("a time-out needs none", func(t *testing.T) {
		r := chat(t)
		r.poll("p", agent)
		r.pass(30 * time.Second)
		r.wantPolls("p: time-out")
		r.poll("q", agent)
		if r.asks != 0 {
			t.Errorf("asked %d times", r.asks)
		}
	})
	t.Run("fleeting news needs none", func(t *testing.T) {
		r := chat(t)
		r.poll("p", agent)
		r.do("type", typing)
		r.wantPolls("p: <activity>")
		r.verdict = machine.Lost
		r.poll("q", agent)
		r.wantPolls()
		if r.asks != 0 {
			t.Errorf("asked %d times", r.asks)
		}
	})
}

// A getMessages that repeats the last one's numbers gets the last batch again,
// once; a second repeat in a row shows that the numbers stand still.
func TestRepeat(t *testing.T) {
	type step struct {
		sequence, created int64
		want              string // "" for parked
	}
	for _, c := range []struct {
		name  string
		steps []step
		asks  int
	}{
		{"once", []step{{1, 1, "a"}, {1, 1, "a"}, {2, 2, ""}}, 1},
		{"the second repeat is none", []step{{1, 1, "a"}, {1, 1, "a"}, {1, 1, ""}}, 1},
		{"another sequence is no repeat", []step{{1, 1, "a"}, {2, 1, ""}}, 1},
		{"another time is no repeat", []step{{1, 1, "a"}, {1, 2, ""}}, 1},
		{"a lower sequence is no repeat", []step{{9, 9, "a"}, {1, 9, ""}}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := chat(t)
			r.posted("a")
			for _, s := range c.steps {
				r.poll("p", agent, s.sequence, s.created)
				if s.want == "" {
					r.wantPolls()
				} else {
					r.wantPolls("p: " + s.want)
				}
			}
			if r.asks != c.asks {
				t.Errorf("asked for evidence %d times, want %d", r.asks, c.asks)
			}
		})
	}

	t.Run("numbers that stand still are ignored from then on", func(t *testing.T) {
		r := chat(t)
		r.posted("a")
		r.poll("p1", agent, 1, 1)
		r.poll("p2", agent, 1, 1)
		r.poll("p3", agent, 1, 1)
		r.wantPolls("p1: a", "p2: a")
		for _, x := range []string{"b", "c", "d"} {
			r.posted(x)
			r.wantPolls("p3: " + x)
			r.poll("p3", agent, 1, 1)
			r.wantPolls()
		}
	})
	t.Run("what is new comes with what is repeated", func(t *testing.T) {
		r := chat(t)
		r.posted("a")
		r.poll("p", agent, 1, 1)
		r.posted("b")
		r.poll("q", agent, 1, 1)
		r.wantPolls("p: a", "q: a b")
	})
	t.Run("a time-out is no batch", func(t *testing.T) {
		r := chat(t)
		for range 3 {
			r.poll("p", agent, 1, 1)
			r.pass(30 * time.Second)
			r.wantPolls("p: time-out")
		}
		r.posted("a")
		r.poll("p", agent, 1, 1) // after a time-out it repeats nothing
		r.poll("q", agent, 1, 1)
		r.wantPolls("p: a", "q: a")
	})
	t.Run("absent numbers are no repeat", func(t *testing.T) {
		r := chat(t)
		r.posted("a")
		r.poll("p", agent)
		r.poll("q", agent)
		r.wantPolls("p: a")
		if r.asks != 1 {
			t.Errorf("asked for evidence %d times, want once", r.asks)
		}
	})
	t.Run("a raised sequence says nothing", func(t *testing.T) {
		r := chat(t)
		r.posted("a")
		r.verdict = machine.Lost
		for i, want := range []string{"a", "a", "a"} {
			r.poll("p", agent, int64(i), int64(i))
			r.wantPolls("p: " + want)
		}
	})
	t.Run("other operations say nothing", func(t *testing.T) {
		r := chat(t)
		r.posted("a")
		r.poll("p", agent)
		r.read("x")
		r.verdict = machine.Lost
		r.poll("q", agent)
		r.wantPolls("p: a", "q: a")
	})
}

func TestPositions(t *testing.T) {
	t.Run("what was acknowledged is not handed out again, all else is", func(t *testing.T) {
		r := chat(t)
		r.posted("a", "b")
		p := r.poll("p", agent)
		r.wantPolls("p: a b")
		r.poll("q", at(agent, p.Batch.Last-1))
		r.wantPolls("q: b")
		r.poll("r", at(agent, p.Batch.Last))
		r.wantPolls()
	})
	t.Run("nothing is inferred any more", func(t *testing.T) {
		r := chat(t)
		p := r.poll("p", agent)
		r.posted("a")
		r.wantPolls("p: a")
		r.poll("q", at(agent, p.Batch.Last))
		r.asks = 0
		r.posted("b")
		r.wantPolls("q: b")
		r.poll("r", agent) // without a position, after its first use
		r.wantPolls("r: b")
		r.poll("s", at(agent, p.Batch.Last))
		r.wantPolls("s: b")
		if r.asks != 0 {
			t.Errorf("asked for evidence %d times", r.asks)
		}
	})
	t.Run("a repeat is none", func(t *testing.T) {
		r := chat(t)
		p := r.poll("p", agent, 1, 1)
		r.posted("a")
		r.wantPolls("p: a")
		r.poll("q", at(agent, p.Batch.Last), 1, 1)
		r.wantPolls()
		r.posted("b")
		r.wantPolls("q: b")
	})
	t.Run("beyond the last number counts as absent", func(t *testing.T) {
		r := chat(t)
		r.posted("a")
		r.poll("p", at(agent, 1_000_000))
		r.wantPolls("p: a")
		r.verdict = machine.Arrived
		r.poll("q", at(agent, 1_000_000)) // and so evidence still counts
		r.wantPolls()
		if r.asks != 1 {
			t.Errorf("asked for evidence %d times, want once", r.asks)
		}
	})
	t.Run("a lower one changes nothing", func(t *testing.T) {
		r := chat(t)
		r.posted("a")
		p := r.poll("p", agent)
		r.gone(r.poll("q", at(agent, p.Batch.Last)))
		r.poll("r", at(agent, p.Batch.Last-1))
		r.wantPolls("p: a")
		r.posted("b")
		r.wantPolls("r: b")
	})
	t.Run("it comes with any request", func(t *testing.T) {
		r := chat(t)
		r.posted("a")
		p := r.poll("p", agent)
		r.do("read", func(s *site.Site) error { return second(s.Engagements(at(agent, p.Batch.Last))) })
		r.wantAnswers("read: ok")
		r.poll("q", agent)
		r.wantPolls("p: a")
		if r.asks != 0 {
			t.Errorf("asked for evidence %d times", r.asks)
		}
	})
	for _, first := range []string{"with the next poll", "with another request"} {
		t.Run("the first one while evidence is outstanding, "+first, func(t *testing.T) {
			r := chat(t)
			r.posted("a")
			p := r.poll("p", agent)
			r.verdict = machine.NotYet
			r.poll("q", agent) // waits for evidence
			caller := at(agent, p.Batch.Last)
			if first == "with another request" {
				r.do("read", func(s *site.Site) error { return second(s.Engagements(caller)) })
				caller = agent
			}
			r.poll("r", caller)
			r.wantPolls("p: a", "q: time-out")
			r.pass(time.Second)
			r.answers = nil
			r.posted("b")
			r.wantPolls("r: b")
			r.pass(time.Minute)
		})
	}
}
