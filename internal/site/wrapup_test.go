package site

import (
	"testing"
	"time"
)

// TestWrapUpHasALimit: then the place is free without a release.
func TestWrapUpHasALimit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		seconds int
		limit   time.Duration
	}{
		{"as it comes", DefaultSettings().WrapUpSeconds, 600 * time.Second},
		{"as the site says", 30, 30 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			w.settings(func(s *Settings) { s.WrapUpSeconds = c.seconds })
			ada := w.logOn(12)
			w.ask(ada, 1)
			_, e := w.enter(0)
			w.accept(ada, e)
			w.open(ada)
			must[ClientID](w.world)(w.ConcludeAsAgent(ada, e))
			w.ask(ada, 1)
			h := must[Holdings](w.world)(w.Engagements(ada))
			if len(h.Held) != 1 || h.Held[0].State != Concluded || h.Held[0].WrapUpEnds != w.now.Add(c.limit) {
				t.Errorf("Ada holds %+v", h.Held)
			}
			w.after(c.limit - time.Second)
			ann, next := w.enter(0)
			w.open(ann)
			w.after(time.Second - time.Microsecond)
			w.is(e, Concluded)
			w.is(next, Queued)
			before := w.mark()
			w.after(time.Microsecond)
			w.is(e, "gone")
			w.offeredTo(next, ada)
			if n := times(w.since(before), "EngagementReleased"); n != 1 {
				t.Errorf("%d releases are recorded", n)
			}
			w.told(ada, "assignment LEAD 1", "joined END_USER Ann Lee", "assignment LEAD 2")
			w.release(ada, e) // late: nothing is left to do
		})
	}
}

// TestWrapUpCanBeEndless, and gets its limit when the site says so later.
func TestWrapUpCanBeEndless(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.settings(func(s *Settings) { s.WrapUpSeconds = 0 })
	ada := w.logOn(12)
	_, e := w.chat(ada)
	w.open(ada)
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, e))
	w.after(7 * 24 * time.Hour)
	w.is(e, Concluded)
	if h := must[Holdings](w.world)(w.Engagements(ada)); h.Held[0].WrapUpEnds != 0 {
		t.Errorf("it ends at %d", h.Held[0].WrapUpEnds)
	}
	w.settings(func(s *Settings) { s.WrapUpSeconds = 30 })
	w.after(time.Microsecond)
	w.is(e, "gone")
}

// TestAWrapUpEndsHoweverTheChatEnded.
func TestAWrapUpEndsHoweverTheChatEnded(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*floor, Caller, Caller, EngagementID){
		"by the lead":    func(w *floor, ada, _ Caller, e EngagementID) { must[ClientID](w.world)(w.ConcludeAsAgent(ada, e)) },
		"by the visitor": func(w *floor, _, ann Caller, _ EngagementID) { must[ClientID](w.world)(w.ConcludeAsVisitor(ann)) },
		"by idling":      func(w *floor, _, _ Caller, _ EngagementID) { w.after(600 * time.Second) },
		"by ejection": func(w *floor, _, _ Caller, e EngagementID) {
			if err := w.Admin("test").Eject(e); err != nil {
				w.t.Fatalf("%v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFloor(t)
			w.settings(func(s *Settings) { s.WrapUpSeconds = 30 })
			ada := w.logOn(12)
			ann, e := w.chat(ada)
			w.open(ada)
			w.open(ann)
			end(w, ada, ann, e)
			w.is(e, Concluded)
			w.after(30*time.Second - time.Microsecond)
			w.is(e, Concluded)
			w.after(time.Microsecond)
			w.is(e, "gone")
		})
	}
}

// TestARestartSparesAWrapUp a minute.
func TestARestartSparesAWrapUp(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.settings(func(s *Settings) { s.WrapUpSeconds = 30 })
	ada := w.logOn(12)
	_, e := w.chat(ada)
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, e))
	w.after(29 * time.Second)
	w.restart()
	w.after(ResumeGrace - time.Microsecond)
	w.is(e, Concluded)
	w.after(time.Microsecond)
	w.is(e, "gone")
}
