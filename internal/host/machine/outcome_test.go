package machine_test

import (
	"testing"
	"time"

	"usher/internal/host/machine"
	"usher/internal/site"
)

// After an append that failed, nothing decided in its frame or later is answered
// but with an error.
func TestFailedAppend(t *testing.T) {
	for _, c := range []struct {
		name     string
		outcome  machine.Outcome
		happened bool
		raise    bool
	}{
		{"fenced", machine.Fenced, false, true},
		{"unknown and happened", machine.Unknown, true, true},
		{"unknown and did not", machine.Unknown, false, true},
		{"refused", machine.Refused, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := chat(t)
			held := r.poll("held", agent)
			r.post("a")
			r.take()
			r.post("b") // decided after the frame was taken
			r.read("c")
			r.poll("stranger", site.Caller{Key: "X"})
			r.wantAnswers()
			r.end(c.outcome, c.happened)
			r.wantAnswers("a: uncertain", "b: uncertain", "c: uncertain")
			r.wantPolls()
			if r.load == nil || r.load.Raise != c.raise {
				t.Fatalf("load order %+v, want one with raise %t", r.load, c.raise)
			}
			if c.outcome == machine.Refused {
				r.do("q", posting("q"))
				r.wantAnswers("q: read-only")
				r.reload()
				r.durable() // the probe
			} else {
				r.do("q", posting("q"))
				r.wantAnswers() // it waits for the rebuilt site
				r.reload()
				r.durable()
				r.wantAnswers("q: ok")
			}
			r.wantState(machine.Live)
			want := map[bool]int{true: 1, false: 0}[c.happened]
			if got := r.inJournal("a"); got != want {
				t.Errorf("a is in the journal %d times, want %d", got, want)
			}
			if got := r.inJournal("b"); got != 0 {
				t.Errorf("b is in the journal %d times", got)
			}
			// The stranger is refused by the rebuilt site, and the parked poll waits there.
			r.gone(held)
			r.polls = nil
			r.post("z")
			r.durable()
			r.wantAnswers("z: ok")
		})
	}
}

func TestParkedPollsMoveToTheRebuiltSite(t *testing.T) {
	r := chat(t)
	r.pass(10 * time.Second)
	r.poll("p", agent)
	r.pass(5 * time.Second)
	r.post("a")
	r.take()
	r.poll("stranger", site.Caller{Key: "X"})
	r.end(machine.Unknown, false)
	r.wantPolls()
	r.reload()
	r.durable()
	r.wantPolls("stranger: ACCESS_DENIED")
	r.answers = nil
	r.posted("b")
	r.wantPolls("p: b")

	r.poll("q", visitor)
	r.pass(20 * time.Second)
	r.post("c")
	r.take()
	r.end(machine.Unknown, true)
	r.reload()
	r.durable()
	r.pass(10*time.Second - 1)
	r.wantPolls() // its hold did not begin anew with the reload, nor end by it
	r.pass(1)
	r.wantPolls("q: time-out")
}

func TestWhatHappenedIsHandedOutAfterTheReload(t *testing.T) {
	r := chat(t)
	r.poll("p", agent)
	r.post("a")
	r.take()
	r.end(machine.Unknown, true)
	r.wantAnswers("a: uncertain")
	r.reload()
	r.wantPolls("p: a") // by the journal it is durable, whatever was said before
}

func TestCommandsAndPollsWhileTheLoadIsUnderWayRunAfterIt(t *testing.T) {
	r := chat(t)
	r.post("a")
	r.take()
	r.end(machine.Unknown, false)
	r.answers = nil
	r.post("b")
	r.post("c")
	r.poll("p", agent)
	r.reload()
	r.wantAnswers()
	r.durable()
	r.wantAnswers("b: ok", "c: ok")
	r.wantPolls("p: b c")
}

func TestBlocked(t *testing.T) {
	block := func(t *testing.T) *rig {
		r := chat(t)
		r.post("a")
		r.take()
		r.end(machine.Refused, false)
		r.wantState(machine.Blocked)
		r.answers = nil
		return r
	}
	t.Run("alarm", func(t *testing.T) {
		if r := block(t); len(r.alarms) != 1 {
			t.Errorf("alarms %v, want one", r.alarms)
		}
	})
	t.Run("commands do not run", func(t *testing.T) {
		r := block(t)
		r.reload()
		r.do("b", func(*site.Site) error { t.Error("it ran"); return nil })
		r.wantAnswers("b: read-only")
	})
	t.Run("commands that queued are refused when the load fails for want of the journal", func(t *testing.T) {
		r := start(t)
		r.post("a")
		r.loadFails(false)
		r.wantAnswers("a: read-only")
		r.wantState(machine.Blocked)
	})
	t.Run("polls are held until the time-out", func(t *testing.T) {
		r := block(t)
		r.reload()
		r.take()
		r.poll("p", agent)
		r.pass(30*time.Second - 1)
		r.wantPolls()
		r.pass(1)
		r.wantPolls("p: time-out")
	})
	t.Run("a probe each second until one is written", func(t *testing.T) {
		r := block(t)
		r.reload()
		b := r.take() // the first probe is tried at once
		if !hasEvent(b, "SiteResumed") {
			t.Errorf("the probe is %v", events(b))
		}
		r.end(machine.Refused, false)
		for range 3 {
			r.pass(time.Second - 1)
			if r.append {
				t.Fatal("a probe before its second was over")
			}
			r.pass(1)
			if again := r.take(); again.First != b.First || string(again.Events) != string(b.Events) {
				t.Fatal("the probe has changed")
			}
			r.end(machine.Refused, false)
		}
		r.poll("p", agent)
		r.pass(time.Second)
		r.take()
		r.wantState(machine.Blocked)
		r.end(machine.Durable, true)
		r.wantState(machine.Live)
		r.durable()
		r.posted("b")
		r.wantPolls("p: b")
	})
	t.Run("a slow probe", func(t *testing.T) {
		r := block(t)
		r.reload()
		r.take()
		r.pass(time.Minute) // fails when the machine asks to be woken without end
		r.end(machine.Refused, false)
		r.pass(time.Second)
		r.take()
	})
	t.Run("a probe of unknown outcome", func(t *testing.T) {
		for _, happened := range []bool{true, false} {
			r := block(t)
			r.reload()
			r.take()
			r.end(machine.Unknown, happened)
			r.do("b", posting("b"))
			r.wantAnswers("b: read-only")
			if r.load == nil || !r.load.Raise {
				t.Fatalf("load order %+v, want one with a new epoch", r.load)
			}
			r.reload()
			r.wantState(machine.Blocked)
			r.durable()
			r.wantState(machine.Live)
			r.posted("c")
		}
	})
	t.Run("refused without being taken", func(t *testing.T) {
		r := block(t)
		r.reload()
		r.m.Appended(r.now, machine.Refused) // as a journal does that is closing
		r.drain()
		r.wantState(machine.Blocked)
		if r.load != nil {
			t.Fatal("a journal that is closing is asked again without a pause")
		}
		r.append = false
		r.pass(time.Second)
		r.reload()
		r.durable()
		r.wantState(machine.Live)
	})
	t.Run("outcomes unknown in a row", func(t *testing.T) {
		r := chat(t)
		r.post("a")
		r.take()
		r.end(machine.Unknown, false)
		r.reload() // at once
		r.take()
		r.end(machine.Unknown, false)
		r.wantState(machine.Blocked)
		r.answers = nil
		r.do("b", posting("b"))
		r.wantAnswers("b: read-only")
		r.pass(time.Second - 1)
		if r.load != nil {
			t.Fatal("a journal that fails again and again is tried without a pause")
		}
		r.pass(1)
		r.reload()
		r.durable()
		r.wantState(machine.Live)
		r.posted("c")
	})
	t.Run("an outage ends no chat", func(t *testing.T) {
		r := block(t)
		r.reload()
		r.take()
		for range 60 { // an hour
			r.end(machine.Refused, false)
			r.pass(time.Minute)
			r.take()
		}
		r.end(machine.Durable, true)
		r.pass(time.Second)
		r.durable()
		r.posted("b")
		r.poll("p", agent)
		r.wantPolls("p: b")
	})
	t.Run("a site that is not made yet", func(t *testing.T) {
		r := start(t)
		r.reload()
		r.do("create", func(s *site.Site) error { return s.Create("demo") })
		r.take()
		r.end(machine.Refused, false)
		r.wantAnswers("create: uncertain")
		r.reload()
		r.pass(2 * time.Second)
		r.do("again", func(s *site.Site) error { return s.Create("demo") })
		r.durable()
		r.wantAnswers("again: ok")
	})
}

func TestLoadFails(t *testing.T) {
	t.Run("for good", func(t *testing.T) {
		r := start(t)
		r.post("a")
		r.poll("p", agent)
		r.loadFails(true)
		r.wantState(machine.Shut)
		r.post("b")
		r.wantAnswers("a: shut", "b: shut")
		if len(r.alarms) != 1 {
			t.Errorf("alarms %v, want one", r.alarms)
		}
		r.pass(30*time.Second - 1)
		r.wantPolls()
		r.poll("q", agent)
		r.pass(1)
		r.wantPolls("p: time-out")
		r.pass(time.Hour)
		r.wantPolls("q: time-out")
		if r.load != nil || r.append {
			t.Error("the load was tried again")
		}
	})
	t.Run("for now", func(t *testing.T) {
		r := chat(t)
		r.post("a")
		r.take()
		r.end(machine.Unknown, false)
		r.answers = nil
		r.poll("p", agent)
		r.loadFails(false)
		r.wantState(machine.Blocked)
		for range 3 {
			r.pass(time.Second - 1)
			if r.load != nil {
				t.Fatal("a load before its second was over")
			}
			r.pass(1)
			if r.load == nil || !r.load.Raise {
				t.Fatalf("load order %+v, want one with a new epoch", r.load)
			}
			r.loadFails(false)
		}
		r.pass(time.Second)
		r.reload()
		r.durable()
		r.wantState(machine.Live)
		r.posted("b")
		r.wantPolls("p: b")
	})
}

func TestPanic(t *testing.T) {
	poison := func(s *site.Site) error {
		if err := posting("poison")(s); err != nil {
			return err
		}
		panic("a bug")
	}
	t.Run("what was decided halfway is forgotten", func(t *testing.T) {
		r := chat(t)
		held := r.poll("held", agent)
		r.do("x", poison)
		r.wantAnswers("x: panic")
		if len(r.alarms) != 1 {
			t.Errorf("alarms %v, want one", r.alarms)
		}
		if r.load == nil || !r.load.Raise {
			t.Fatalf("load order %+v, want one with a new epoch", r.load)
		}
		r.post("b")
		r.reload()
		r.durable()
		r.wantAnswers("b: ok")
		r.wantPolls("held: b")
		r.gone(held)
		if r.inJournal("poison") != 0 {
			t.Error("the poison is in the journal")
		}
	})
	t.Run("an append was asked for", func(t *testing.T) {
		r := chat(t)
		r.post("a")
		r.do("x", poison)
		if r.load != nil {
			t.Fatal("the load did not wait for the append")
		}
		r.takeNothing()
		r.reload()
		r.durable()
		r.wantAnswers("a: uncertain", "x: panic")
		if r.inJournal("a")+r.inJournal("poison") != 0 {
			t.Error("what was dropped is in the journal")
		}
	})
	for _, c := range []struct {
		name     string
		outcome  machine.Outcome
		happened bool
	}{
		{"durable", machine.Durable, true}, {"unknown, happened", machine.Unknown, true},
		{"unknown, did not", machine.Unknown, false}, {"refused", machine.Refused, false}, {"fenced", machine.Fenced, false},
	} {
		t.Run("an append is under way, "+c.name, func(t *testing.T) {
			r := chat(t)
			r.post("a")
			r.take()
			r.post("b")
			r.do("x", poison)
			// a may be durable in a moment: only its sender's repeat can tell.
			r.wantAnswers("a: uncertain", "b: uncertain", "x: panic")
			if r.load != nil {
				t.Fatal("the load did not wait for the append")
			}
			r.do("c", posting("c"))
			r.end(c.outcome, c.happened)
			r.reload()
			r.durable()
			r.wantAnswers("c: ok")
			want := map[bool]int{true: 1, false: 0}[c.happened]
			if got := r.inJournal("a"); got != want || r.inJournal("b")+r.inJournal("poison") != 0 || r.inJournal("c") != 1 {
				t.Errorf("a is in the journal %d times, want %d; b %d, c %d", got, want, r.inJournal("b"), r.inJournal("c"))
			}
		})
	}
	t.Run("among queued commands", func(t *testing.T) {
		r := chat(t)
		r.post("a")
		r.take()
		r.end(machine.Unknown, false)
		r.answers = nil
		r.post("b")
		r.do("x", poison)
		r.post("c")
		p := r.poll("p", agent)
		r.reload()
		r.takeNothing()
		r.reload()
		r.durable()
		r.wantAnswers("b: uncertain", "x: panic", "c: ok")
		r.wantPolls("p: c")
		r.gone(p)
	})
}

// Site time goes on from the last event when the wall clock is behind at a
// load, and no timer moves by a jump of the wall clock.
func TestTimeNeverGoesBack(t *testing.T) {
	for _, jump := range []time.Duration{-time.Hour, time.Hour} {
		r := chat(t)
		r.patient()
		r.posted("a")
		before := r.stored[len(r.stored)-1].Next
		r.wall = r.wall.Add(jump)
		r.post("b")
		r.take()
		r.end(machine.Unknown, false)
		r.answers = nil
		r.reload()
		r.durable()
		r.posted("c")
		r.pass(time.Minute)
		r.posted("d")
		s := site.New()
		var last, lasted site.Time
		for _, b := range r.stored {
			if err := s.Replay(b.Events); err != nil {
				t.Fatal(err)
			}
			if s.LastAt() < last {
				t.Fatalf("with a jump of %v an event is %v older than the one before", jump, last.Sub(s.LastAt()))
			}
			last, lasted = s.LastAt(), s.LastAt()-last
		}
		if d := time.Duration(lasted) * time.Microsecond; d != time.Minute {
			t.Errorf("with a jump of %v a minute took %v of the site's time", jump, d)
		}
		if jump < 0 && s.Next().Sub(before) > 3*time.Minute {
			t.Errorf("the next timer moved from %v to %v", before.Std(), s.Next().Std())
		}
	}
}

// A retrieval that was about to be refused when the memory was dropped is held
// from its arrival on, not from the drop.
func TestHoldOfARefusedPollThroughAReload(t *testing.T) {
	r := chat(t)
	r.do("end", func(s *site.Site) error { return second(s.Logoff(agent, true)) })
	r.take()
	r.poll("p", agent)
	r.pass(10 * time.Second)
	r.end(machine.Unknown, false)
	r.reload()
	r.durable()
	r.wantPolls()
	r.pass(20*time.Second - 1)
	r.wantPolls()
	r.pass(1)
	r.wantPolls("p: time-out")
}

// Nor does a slow append hold a retrieval beyond its time, which then ends with
// the time-out: the refusal is not certain yet.
func TestHoldOfARefusedPollBehindASlowAppend(t *testing.T) {
	r := chat(t)
	r.post("a")
	r.take()
	r.poll("p", site.Caller{Key: "X"})
	r.gone(r.poll("q", site.Caller{Key: "Y"}))
	r.pass(30*time.Second - 1)
	r.wantPolls()
	r.pass(1)
	r.wantPolls("p: time-out")
	r.end(machine.Durable, true)
	r.wantPolls()
	r.wantAnswers("a: ok")
}
