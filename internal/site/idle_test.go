package site

import (
	"slices"
	"strings"
	"testing"
	"time"

	"usher/api"
)

// warned answers what a session is told of the end for want of anything done.
func (w *world) warned(c Caller) []string {
	w.t.Helper()
	return slices.DeleteFunc(w.owns(c), func(m string) bool { return !strings.HasPrefix(m, "idle") })
}

// patient is a chat of two who ask for usher's own messages and never go away, and how
// its ends are told to each.
func patient(t *testing.T) (w *floor, ada, ann Caller, e EngagementID, both func(want ...string)) {
	w = newFloor(t)
	ada = w.logOn(12)
	ann, e = w.chat(ada)
	for _, c := range []Caller{ada, ann} {
		w.open(asking(c))
	}
	return w, ada, ann, e, func(want ...string) {
		t.Helper()
		for _, c := range []Caller{ada, ann} {
			if got := w.warned(c); !slices.Equal(got, want) {
				t.Errorf("%s is told %q, want %q", c.Key, got, want)
			}
		}
	}
}

func TestTheEndIsToldAMinuteBefore(t *testing.T) {
	t.Parallel()
	w, ada, ann, e, both := patient(t)
	w.after(540*time.Second - 1000)
	both()
	if got := w.Next(); got != start.Add(540*time.Second) {
		t.Errorf("the site looks again at %d", got)
	}
	w.after(1000)
	both("idle until 600")
	w.after(30 * time.Second)
	both() // once
	if got := must[Holdings](w.world)(w.Engagements(ada)).Held[0].IdleEnds; got != start.Add(600*time.Second) {
		t.Errorf("Ada reads that it ends at %d", got)
	}
	if got := must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{})).IdleEnds; got != start.Add(600*time.Second) {
		t.Errorf("Ann reads that it ends at %d", got)
	}
	w.after(30 * time.Second)
	w.is(e, Concluded)
	both()
	w.after(time.Minute)
	if got := w.warned(ada); len(got) > 0 {
		t.Errorf("after the end Ada is told %q", got)
	}
}

// TestWhateverIsDoneTakesTheWarningBack, at once, and the next end is warned of again.
func TestWhateverIsDoneTakesTheWarningBack(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(w *floor, ada, ann Caller, e EngagementID){
		"the visitor posts":      func(w *floor, _, ann Caller, e EngagementID) { w.says(ann, e, "still here") },
		"the agent posts":        func(w *floor, ada, _ Caller, e EngagementID) { w.says(ada, e, "still here") },
		"the agent writes notes": func(w *floor, ada, _ Caller, e EngagementID) { w.notes(ada, e, "wait for her") },
		"the visitor types":      func(w *floor, _, ann Caller, _ EngagementID) { must[Typing](w.world)(w.VisitorActivity(ann, typing)) },
		"the agent types": func(w *floor, ada, _ Caller, e EngagementID) {
			must[ClientID](w.world)(w.SetInteractionStatus(ada, e, typing))
		},
		"a fact is stated": func(w *floor, _, ann Caller, _ EngagementID) {
			must[ClientID](w.world)(w.StateFacts(ann, Facts{FirstName: "Anna"}))
		},
		"a property is set": func(w *floor, ada, _ Caller, e EngagementID) {
			must[ClientID](w.world)(w.SetProperty(ada, e, OfUser, Question, "Why?"))
		},
		"somebody joins": func(w *floor, ada, _ Caller, e EngagementID) { w.confers(ada, e, w.logOn(13)) },
		"the settings give more time": func(w *floor, _, _ Caller, _ EngagementID) {
			w.settings(func(s *Settings) { s.IdleSeconds = 1150 })
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, ada, ann, e, both := patient(t)
			w.after(550 * time.Second)
			both("idle until 600")
			do(w, ada, ann, e)
			both("idle no longer")
			both()
			w.after(535 * time.Second) // the former end has passed
			w.is(e, Active)
			both()
			w.after(10 * time.Second)
			both("idle until 1150")
		})
	}
}

// TestAWarningIsTakenBackWhenTheAgentGoes: an engagement that waits in a queue again does
// not end for want of words, and its next agent has a full time.
func TestAWarningIsTakenBackWhenTheAgentGoes(t *testing.T) {
	t.Parallel()
	for name, go_ := range map[string]func(w *floor, ada Caller, e EngagementID){
		"back to the queue": func(w *floor, ada Caller, e EngagementID) {
			w.stops(ada)
			must[ClientID](w.world)(w.Reroute(ada, e))
		},
		"taken over": func(w *floor, _ Caller, e EngagementID) { w.takesOver(w.logOn(15), e) },
	} {
		t.Run(name, func(t *testing.T) {
			w, ada, ann, e, _ := patient(t)
			w.after(550 * time.Second)
			w.owns(ann)
			go_(w, ada, e)
			if got := w.warned(ann); !slices.Equal(got, []string{"idle no longer"}) {
				t.Errorf("Ann is told %q", got)
			}
			if w.state(e) == Queued {
				bob := w.logOn(13)
				w.ask(bob, 1)
				w.accept(bob, e)
			}
			w.after(100 * time.Second)
			w.is(e, Active)
			if got := w.warned(ann); len(got) > 0 {
				t.Errorf("Ann is told %q", got)
			}
		})
	}
}

// TestAWarningComesLateRatherThanNever: when the limit moves nearer than the warning, and
// for whoever asks after it.
func TestAWarningComesLateRatherThanNever(t *testing.T) {
	t.Parallel()
	w, ada, ann, e, both := patient(t)
	w.after(200 * time.Second)
	w.settings(func(s *Settings) { s.IdleSeconds = 210 })
	w.after(0)
	both("idle until 210")
	bob := w.logOn(13)
	w.confers(ada, e, bob) // which gives more time
	both("idle no longer")
	w.after(151 * time.Second)
	both("idle until 410")
	if got := w.warned(bob); !slices.Equal(got, []string{"idle until 410"}) {
		t.Errorf("Bob, who begins to ask, is told %q", got)
	}
	// After a load the end is a minute away at least, and who asks anew is told.
	w.after(40 * time.Second)
	w.restart()
	w.after(time.Second)
	both("idle until 451")
	w.open(asking(ann))
	both()
	w.after(59 * time.Second)
	w.is(e, Concluded)
	both()
}

// TestAShortLimitIsToldAtHalf: a minute's warning of less than two would come at once.
func TestAShortLimitIsToldAtHalf(t *testing.T) {
	t.Parallel()
	w, _, _, e, both := patient(t)
	w.settings(func(s *Settings) { s.IdleSeconds = 30 })
	w.after(14 * time.Second)
	both()
	w.after(time.Second)
	both("idle until 30")
	w.after(15 * time.Second)
	w.is(e, Concluded)
	both()
}

// TestAnAgentIsToldHowItsVisitorsConnectionStands.
func TestAnAgentIsToldHowItsVisitorsConnectionStands(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	bob := w.logOn(13)
	ann, e := w.chat(ada)
	w.confers(ada, e, bob)
	w.open(asking(ada))
	w.open(bob)
	w.receive(bob)
	w.owns(ada)
	w.after(w.Settings.absent())
	b := w.receive(asking(ada)).Deliveries
	if len(b) != 2 || b[1].Message.Connection == nil || *b[1].Message.Connection != (Connection{w.byKey[ann.Key], api.RoleEndUser, api.ConnectionAbsent, 120}) {
		t.Errorf("Ada is told %+v", b)
	}
	w.hears(bob, "activity NONE") // as ever
	if got := must[Holdings](w.world)(w.Engagements(ada)).Held[0].Participants[0].State; got != api.ConnectionAbsent {
		t.Errorf("Ada reads that Ann is %s", got)
	}
	w.refused(w.Alive(ann), "")
	w.tellsOwn(ada, "connection ACTIVE")
	w.hears(bob, "activity LISTENING")
}
