package machine_test

import (
	"fmt"
	"testing"
	"time"

	"usher/api"
	"usher/internal/host/machine"
	"usher/internal/site"
)

func TestHold(t *testing.T) {
	t.Run("the time-out comes when the hold is over", func(t *testing.T) {
		r := chat(t)
		r.poll("p", agent)
		r.pass(30*time.Second - 1)
		r.wantPolls()
		r.pass(1)
		r.wantPolls("p: time-out")
	})
	t.Run("the site's own hold", func(t *testing.T) {
		r := chat(t)
		r.must(func(s *site.Site) error {
			set := s.CurrentSettings()
			set.HoldSeconds = 3
			return second(s.Admin("test").ChangeSettings(set))
		})
		r.poll("p", agent)
		r.pass(3*time.Second - 1)
		r.wantPolls()
		r.pass(1)
		r.wantPolls("p: time-out")
	})
	t.Run("what waits is answered at once", func(t *testing.T) {
		r := chat(t)
		r.posted("a", "b")
		r.poll("p", agent)
		r.wantPolls("p: a b")
	})
	t.Run("only what is durable is handed out", func(t *testing.T) {
		r := chat(t)
		r.poll("p", agent)
		r.post("a")
		r.take()
		r.post("b")
		r.wantPolls()
		r.end(machine.Durable, true)
		r.wantPolls("p: a")
		r.poll("q", agent)
		r.wantPolls()
		r.durable()
		r.wantPolls("q: b")
	})
	t.Run("fleeting news wakes a poll", func(t *testing.T) {
		r := chat(t)
		r.poll("p", agent)
		r.do("type", typing)
		r.wantAnswers("type: ok")
		r.wantPolls("p: <activity>")
	})
	t.Run("a poll held through a load ends with its own time", func(t *testing.T) {
		r := start(t)
		r.poll("p", agent)
		r.pass(30*time.Second - 1)
		r.wantPolls()
		r.pass(1)
		r.wantPolls("p: time-out")
	})
	t.Run("an open poll is a sign of life, and its end too", func(t *testing.T) {
		r := chat(t)
		for range 20 { // ten minutes, far beyond the absent interval
			r.poll("p", agent)
			r.poll("q", visitor)
			r.do("type", typing) // so that nobody is idle
			r.pass(30 * time.Second)
			r.durable()
		}
		r.answers = nil
		r.read("a")
		r.wantAnswers("a: ok")
		r.pass(250 * time.Second)
		r.durable()
		r.read("b")
		r.wantAnswers("b: ACCESS_DENIED")
	})
}

func typing(s *site.Site) error {
	return second(s.VisitorActivity(visitor, site.NewActivity{Mode: api.ModeResponding}))
}

func TestNewerPollTakesTheOlderOnesPlace(t *testing.T) {
	r := chat(t)
	r.poll("p1", agent)
	r.poll("p2", agent)
	r.wantPolls("p1: time-out")
	r.poll("other", visitor)
	r.wantPolls()
	r.posted("a")
	r.wantPolls("p2: a")
}

// Of polls that replace each other more than five times in a second, the
// replaced one is held for a second first.
func TestTightLoopsDoNotSpin(t *testing.T) {
	r := chat(t)
	r.poll("p0", agent)
	for i := range 5 {
		r.poll(fmt.Sprintf("p%d", i+1), agent)
		r.wantPolls(fmt.Sprintf("p%d: time-out", i))
	}
	r.poll("p6", agent)
	r.wantPolls()
	r.pass(time.Second - 1)
	r.wantPolls()
	r.pass(1)
	r.wantPolls("p5: time-out")

	r.pass(time.Second)
	r.poll("p7", agent) // the second of five is over
	r.wantPolls("p6: time-out")
	r.posted("a")
	r.wantPolls("p7: a")
}

func TestHeldPollNeverGetsWhatTheNewerGets(t *testing.T) {
	r := chat(t)
	for i := range 7 {
		r.poll(fmt.Sprintf("p%d", i), agent)
	}
	r.polls = nil
	r.posted("a")
	r.wantPolls("p6: a")
	r.pass(time.Second)
	r.wantPolls("p5: time-out")
}

// A held poll's second does not outlast its own hold.
func TestHeldPollKeepsItsDeadline(t *testing.T) {
	r := chat(t)
	r.must(func(s *site.Site) error {
		set := s.CurrentSettings()
		set.HoldSeconds = 1
		return second(s.Admin("test").ChangeSettings(set))
	})
	for i := range 5 {
		r.poll(fmt.Sprintf("p%d", i), agent)
	}
	r.poll("last", agent)
	r.polls = nil
	r.pass(500 * time.Millisecond)
	r.poll("newer", agent)
	r.wantPolls()
	r.pass(500 * time.Millisecond)
	r.wantPolls("last: time-out")
}

func TestPollGone(t *testing.T) {
	t.Run("parked", func(t *testing.T) {
		r := chat(t)
		r.gone(r.poll("p", agent))
		r.posted("a")
		r.pass(time.Minute)
		r.wantPolls()
		r.poll("q", agent)
		r.wantPolls("q: a")
	})
	t.Run("held through a load", func(t *testing.T) {
		r := start(t)
		r.gone(r.poll("p", agent))
		r.pass(time.Minute)
		r.wantPolls()
	})
	t.Run("held for a second", func(t *testing.T) {
		r := chat(t)
		var held *machine.Poll
		for i := range 7 {
			p := r.poll(fmt.Sprintf("p%d", i), agent)
			if i == 5 {
				held = p
			}
		}
		r.polls = nil
		r.gone(held)
		r.pass(2 * time.Second)
		r.wantPolls()
	})
	t.Run("answered", func(t *testing.T) {
		r := chat(t)
		r.posted("a")
		r.verdict = machine.Lost
		r.gone(r.poll("p", agent))
		r.poll("q", agent)
		r.wantPolls("p: a", "q: a")
	})
	t.Run("it no longer counts as a sign of life", func(t *testing.T) {
		r := chat(t)
		r.gone(r.poll("p", agent))
		r.pass(250 * time.Second)
		r.durable()
		r.poll("q", agent)
		r.wantPolls("q: ACCESS_DENIED")
	})
}

func TestSessionEnded(t *testing.T) {
	t.Run("logged off", func(t *testing.T) {
		r := chat(t)
		r.poll("p", agent)
		r.do("off", func(s *site.Site) error { return second(s.Logoff(agent, true)) })
		r.durable()
		r.wantAnswers("off: ok")
		r.wantPolls("p: time-out")
		r.poll("q", agent)
		r.wantPolls("q: ACCESS_DENIED")
	})
	t.Run("with held polls", func(t *testing.T) {
		r := chat(t)
		for i := range 8 {
			r.poll(fmt.Sprintf("p%d", i), agent)
		}
		r.polls = nil
		r.do("off", func(s *site.Site) error { return second(s.Logoff(agent, true)) })
		r.wantPolls("p7: time-out", "p5: time-out", "p6: time-out")
	})
	t.Run("overridden", func(t *testing.T) {
		r := chat(t)
		r.posted("a")
		r.poll("p", agent)
		r.poll("q", agent)
		r.wantPolls("p: a") // and q is parked, since the evidence came
		r.posted("b")
		r.wantPolls("q: b")
		r.poll("r", agent)
		r.do("on", func(s *site.Site) error {
			return second(s.StartAgentSession(site.LogOn{Account: 1, Key: "B", Override: true}))
		})
		r.wantPolls("r: time-out")
		r.durable()
		r.wantAnswers("on: ok")
		r.poll("old", agent)
		r.wantPolls("old: ACCESS_DENIED")
		renewed := agent
		renewed.Key = "B"
		r.posted("c")
		r.poll("new", renewed)
		r.wantPolls("new: c")
	})
	t.Run("an override carries over what was not received", func(t *testing.T) {
		r := chat(t)
		r.posted("a")
		p := r.poll("p", agent)
		r.wantPolls("p: a")
		r.do("on", func(s *site.Site) error {
			return second(s.StartAgentSession(site.LogOn{Account: 1, Key: "B", Override: true}))
		})
		r.durable()
		renewed := agent
		renewed.Key = "B"
		q := r.poll("q", renewed)
		r.wantPolls("q: a")
		if p.Batch.Last == q.Batch.Last || q.Batch.Last != 1 {
			t.Errorf("number %d in the old session and %d in the new one, which begins anew", p.Batch.Last, q.Batch.Last)
		}
	})
	t.Run("the visitor's, by absence", func(t *testing.T) {
		r := chat(t)
		r.pass(250 * time.Second)
		r.durable()
		r.poll("p", visitor)
		r.wantPolls("p: ACCESS_DENIED")
	})
}
