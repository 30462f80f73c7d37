package site

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// mailing makes a floor whose site sends transcripts, and lets Ann chat with Ada.
func mailing(t *testing.T) (w *floor, ada, ann Caller, e EngagementID) {
	w = newFloor(t)
	w.settings(func(s *Settings) { s.MailTranscripts = true })
	ada = w.logOn(12)
	w.ask(ada, MaxConcurrent)
	ann, e = w.comes(func(n *EngagementRequest) { n.Contact.Email, n.Identity = "ann@example.org", "ann" })
	w.accept(ada, e)
	w.stops(ada)
	w.catchUp(ada, ann)
	return w, ada, ann, e
}

func (w *floor) mails(c Caller, to string) {
	w.t.Helper()
	must[ClientID](w.world)(w.MailTranscript(c, to))
}

// due fails unless just these letters are due, by number.
func (w *floor) due(want ...int64) {
	w.t.Helper()
	var got []int64
	for _, l := range w.DueLetters(9) {
		got = append(got, l.Number)
	}
	if !slices.Equal(got, want) {
		w.t.Fatalf("due are the letters %v, want %v", got, want)
	}
}

func (w *floor) tried(number int64, o LetterOutcome) {
	w.t.Helper()
	w.refused(w.LetterDone(number, o, "it was said so"), "")
}

// TestALetterIsDueWhenTheChatIsOver, however it ends, and not before.
func TestALetterIsDueWhenTheChatIsOver(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *floor, ada, ann Caller, e EngagementID){
		"the agent concludes":   func(w *floor, ada, _ Caller, e EngagementID) { must[ClientID](w.world)(w.ConcludeAsAgent(ada, e)) },
		"the agent releases":    func(w *floor, ada, _ Caller, e EngagementID) { w.release(ada, e) },
		"the visitor concludes": func(w *floor, _, ann Caller, _ EngagementID) { must[ClientID](w.world)(w.ConcludeAsVisitor(ann)) },
		"it idles": func(w *floor, ada, ann Caller, _ EngagementID) {
			w.open(ada)
			w.open(ann)
			w.after(600 * time.Second)
		},
		"the visitor is lost": func(w *floor, ada, _ Caller, _ EngagementID) {
			w.open(ada)
			w.after(240 * time.Second)
		},
		"it is ejected": func(w *floor, _, _ Caller, e EngagementID) { w.refused(w.Admin("root").Eject(e), "") },
		"it waits for nobody": func(w *floor, ada, _ Caller, _ EngagementID) {
			w.settings(func(s *Settings) { s.RefuseWithoutAgents = true })
			must[ClientID](w.world)(w.Logoff(ada, true))
		},
		"it waits too long": func(w *floor, ada, ann Caller, e EngagementID) {
			must[ClientID](w.world)(w.Reroute(ada, e))
			w.open(ann)
			w.after(1800 * time.Second)
		},
		"an offer is taken back": func(w *floor, ada, ann Caller, e EngagementID) {
			bob := w.logOn(13)
			w.ask(bob, 1)
			must[ClientID](w.world)(w.Reroute(ada, e))
			w.is(e, Offered)
			must[ClientID](w.world)(w.ConcludeAsVisitor(ann))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, ada, ann, e := mailing(t)
			w.mails(ann, "")
			w.after(time.Minute)
			w.due()
			before, client := w.now, w.byKey[ann.Key]
			end(w, ada, ann, e)
			w.due(1)
			l := w.DueLetters(1)[0]
			want := Letter{Number: 1, Engagement: e, Client: client, Begin: l.Begin, To: "ann@example.org", Due: l.Due, First: l.Due, Key: ann.Key}
			if diff := cmp.Diff(want, l); diff != "" || l.Due < before || l.Due > w.now {
				t.Errorf("the letter (-want +got):\n%s, due %d of %d", diff, l.Due, w.now)
			}
		})
	}
}

// TestALetterOfAChatThatIsOver is due at once.
func TestALetterOfAChatThatIsOver(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *floor, ada, ann Caller, e EngagementID){
		"in wrap-up": func(w *floor, ada, _ Caller, e EngagementID) { must[ClientID](w.world)(w.ConcludeAsAgent(ada, e)) },
		"released":   func(w *floor, ada, _ Caller, e EngagementID) { w.release(ada, e) },
		"with the session over": func(w *floor, ada, ann Caller, e EngagementID) {
			w.release(ada, e)
			w.catchUp(ann)
			w.after(ConcludedGrace)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, ada, ann, e := mailing(t)
			end(w, ada, ann, e)
			w.mails(ann, "")
			w.due(1)
			w.mails(ann, "friend@example.org")
			w.due(1, 2)
			w.restart()
			w.due(1, 2)
			w.silent(func() error { _, err := w.MailTranscript(ann, ""); return err })
			if got := w.DueLetters(1); len(got) != 1 || got[0].Number != 1 || got[0].To != "ann@example.org" {
				t.Errorf("of one at most there are %+v", got)
			}
			if got := w.DueLetters(0); len(got) != 0 {
				t.Errorf("of none there are %+v", got)
			}
		})
	}
}

// TestWhoMayHaveALetter: each refusal, in the order in which they count.
func TestWhoMayHaveALetter(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", MaxAddressBytes-len("@example.org"))
	for name, c := range map[string]struct {
		prepare func(*floor, Caller)
		to      string
		want    Code
	}{
		"to her own address":    {nil, "", ""},
		"to another":            {nil, "a.b+c@mail.example.org", ""},
		"with foreign letters":  {nil, "änn@bücher.example", ""},
		"of the longest":        {nil, long + "@example.org", ""},
		"of a longer":           {nil, long + "x@example.org", BadRequest},
		"not an address":        {nil, "ann", BadRequest},
		"no name":               {nil, "@example.org", BadRequest},
		"no domain":             {nil, "ann@", BadRequest},
		"two domains":           {nil, "ann@example.org@example.net", BadRequest},
		"two addresses":         {nil, "ann@example.org,ben@example.org", BadRequest},
		"a name before it":      {nil, "Ann <ann@example.org>", BadRequest},
		"a header after it":     {nil, "ann@example.org\r\nBcc: all@example.org", BadRequest},
		"a space":               {nil, "ann @example.org", BadRequest},
		"a control character":   {nil, "ann\x7f@example.org", BadRequest},
		"quotes":                {nil, `"ann"@example.org`, BadRequest},
		"an address of numbers": {nil, "ann@[192.0.2.1]", BadRequest},
		"not UTF-8":             {nil, "ann\xff@example.org", BadRequest},
		"none, and none known": {func(w *floor, _ Caller) {
			must[ClientID](w.world)(w.SetProperty(w.callerOf(12), 1, OfUser, Email, ""))
		}, "", BadRequest},
		"the one an agent wrote": {func(w *floor, _ Caller) {
			must[ClientID](w.world)(w.SetProperty(w.callerOf(12), 1, OfUser, Email, "lee@example.org"))
		}, "", ""},
		"where an agent wrote none": {func(w *floor, _ Caller) {
			must[ClientID](w.world)(w.SetProperty(w.callerOf(12), 1, OfUser, Email, "by telephone"))
		}, "", BadRequest},
		"of a site that sends none": {func(w *floor, _ Caller) { w.settings(func(s *Settings) { s.MailTranscripts = false }) }, "", Conflict},
		"the last one": {func(w *floor, ann Caller) {
			for n := range MaxLettersEach - 1 {
				w.mails(ann, fmt.Sprintf("%d@example.org", n))
			}
		}, "", ""},
		"one more": {func(w *floor, ann Caller) {
			for n := range MaxLettersEach {
				w.mails(ann, fmt.Sprintf("%d@example.org", n))
			}
		}, "", TooMany},
		"one of them again": {func(w *floor, ann Caller) {
			for n := range MaxLettersEach {
				w.mails(ann, fmt.Sprintf("%d@example.org", n))
			}
		}, "0@example.org", ""},
		"one more, though they were sent": {func(w *floor, ann Caller) {
			for n := range MaxLettersEach {
				w.mails(ann, fmt.Sprintf("%d@example.org", n))
				w.tried(int64(n+1), LetterSent)
			}
		}, "", TooMany},
	} {
		t.Run(name, func(t *testing.T) {
			w, _, ann, _ := mailing(t)
			if c.prepare != nil {
				c.prepare(w, ann)
			}
			before := w.Position()
			_, err := w.MailTranscript(ann, c.to)
			if got := codeOf(err); got != c.want || c.want != "" && w.Position() != before {
				t.Errorf("answered %q (%v), want %q", got, err, c.want)
			}
		})
	}
	t.Run("before somebody answers", func(t *testing.T) {
		w := newFloor(t)
		w.settings(func(s *Settings) { s.MailTranscripts = true })
		ann, _ := w.enter(0)
		ask := func() error { _, err := w.MailTranscript(ann, "ann@example.org"); return err }
		w.nothing(Conflict, ask)
		w.ask(w.logOn(12), 1)
		w.nothing(Conflict, ask)
		must[ClientID](w.world)(w.ConcludeAsVisitor(ann))
		w.nothing(Conflict, ask)
	})
	t.Run("when somebody has answered before", func(t *testing.T) {
		w, ada, ann, e := mailing(t)
		must[ClientID](w.world)(w.Reroute(ada, e))
		w.mails(ann, "")
	})
}

// TestLettersOfASiteAreBounded puts as many there as may wait.
func TestLettersOfASiteAreBounded(t *testing.T) {
	t.Parallel()
	w := emptyWorld(t)
	w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true})
	w.account(12, "Ada", nil)
	w.settings(func(s *Settings) { s.MailTranscripts = true })
	ann, _ := w.chat(w.logOn(12))
	for n := range MaxLetters {
		w.letters = append(w.letters, &Letter{Number: int64(n + 1), Engagement: 1})
	}
	ask := func() error { _, err := w.MailTranscript(ann, "ann@example.org"); return err }
	w.nothing(TooMany, ask)
	w.letters = w.letters[1:]
	w.refused(ask(), "")
}

// TestALetterThatFailsIsTriedAgain, with growing pauses, for a day.
func TestALetterThatFailsIsTriedAgain(t *testing.T) {
	t.Parallel()
	w, ada, ann, e := mailing(t)
	w.mails(ann, "")
	w.open(ann)
	w.open(ada)
	w.release(ada, e)
	first := w.now
	minutes := []int{1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240, 240} // 20 h and a quarter
	for i, m := range minutes {
		if i%5 == 2 {
			w.restart()
		}
		w.due(1)
		before := w.mark()
		w.tried(1, LetterFailed)
		if got := w.since(before); !slices.Equal(got, []string{"LetterTried"}) {
			t.Fatalf("recorded %v", got)
		}
		if i%5 == 3 {
			w.restart()
		}
		w.due()
		pause := time.Duration(m) * time.Minute
		if w.Next() > w.now.Add(pause) {
			t.Errorf("the site is next due at %d, and the letter at %d", w.Next(), w.now.Add(pause))
		}
		w.after(pause - time.Microsecond)
		w.due()
		w.after(time.Microsecond)
	}
	if got := w.now.Sub(first); got != 20*time.Hour+15*time.Minute {
		t.Errorf("that took %s", got)
	}
	w.due(1)
	if got := w.DueLetters(1)[0]; got.Attempts != len(minutes) || got.First != first {
		t.Errorf("it was tried %d times since %d", got.Attempts, got.First)
	}
	w.tried(1, LetterFailed) // the next would be after more than a day
	w.due()
	if len(w.letters) != 0 {
		t.Errorf("it waits still: %+v", *w.letters[0])
	}
	w.flush()
	if !strings.Contains(string(w.journal), `"outcome":"GIVEN_UP","why":"it was said so"`) {
		t.Error("the journal does not say that it was given up")
	}
}

// TestALetterIsTriedWithinADay: one that was kept waiting by whoever sends is given up
// at its first failure after that.
func TestALetterIsTriedWithinADay(t *testing.T) {
	t.Parallel()
	for late, over := range map[time.Duration]bool{letterFor - letterFirst: false, letterFor - letterFirst + time.Microsecond: true} {
		w, ada, ann, e := mailing(t)
		w.mails(ann, "")
		w.release(ada, e)
		w.after(late)
		w.due(1)
		w.tried(1, LetterFailed)
		if got := len(w.letters) == 0; got != over {
			t.Errorf("after %s it was given up: %t", late, got)
		}
	}
}

// TestWhatComesOfALetter: what is sent or refused is done with, once.
func TestWhatComesOfALetter(t *testing.T) {
	t.Parallel()
	for _, o := range []LetterOutcome{LetterSent, LetterRefused} {
		w, ada, ann, e := mailing(t)
		w.mails(ann, "")
		w.mails(ann, "friend@example.org")
		w.release(ada, e)
		w.due(1, 2)
		w.nothing(BadRequest, func() error { return w.LetterDone(1, "LOST", "") })
		w.nothing(BadRequest, func() error { return w.LetterDone(1, LetterGivenUp, "") }) // the site says so itself
		w.tried(1, o)
		w.due(2)
		w.silent(func() error { return w.LetterDone(1, LetterSent, "") }) // it is done
		w.silent(func() error { return w.LetterDone(9, LetterSent, "") }) // there is none
		w.restart()
		w.due(2)
		w.silent(func() error { return w.LetterDone(1, LetterFailed, "") })
		w.silent(func() error { _, err := w.MailTranscript(ann, ""); return err }) // it was asked for
		w.refused(w.LetterDone(2, LetterFailed, strings.Repeat("é", MaxNameBytes)), "")
		w.flush()
		if i := strings.LastIndex(string(w.journal), `"why":"`); len(w.journal)-i > MaxNameBytes+20 || strings.Contains(string(w.journal[i:]), "\ufffd") {
			t.Errorf("the reason takes %d bytes", len(w.journal)-i)
		}
	}
}

// TestASiteWithALetterAsksForAttention: at once when it is due, then once a minute, for
// as long as nobody has tried; and not while the chat goes on.
func TestASiteWithALetterAsksForAttention(t *testing.T) {
	t.Parallel()
	w, ada, ann, e := mailing(t)
	must[ClientID](w.world)(w.Logoff(w.logOn(13), false))
	w.mails(ann, "")
	letterNext := func() Time { return w.timers.at[timerKey{kind: timerLetter, id: 1}] }
	if got := letterNext(); got != 0 {
		t.Errorf("it asks for attention at %d, and the chat goes on", got)
	}
	w.release(ada, e)
	w.after(0)
	for range 3 {
		if got := letterNext(); got != w.now.Add(LetterLook) || w.Next() > got {
			t.Errorf("it asks for attention at %d, want %d", got, w.now.Add(LetterLook))
		}
		w.after(LetterLook)
	}
	w.settings(func(s *Settings) { s.IdleSeconds++ })
	if w.Next() > w.now { // the letter is due
		t.Errorf("after a change of the settings it asks for attention at %d, now is %d", w.Next(), w.now)
	}
	w.after(0)
	w.after(30 * time.Second)
	w.tried(1, LetterFailed)
	w.after(30 * time.Second) // its former time
	if got := letterNext(); got != w.now.Add(30*time.Second) {
		t.Errorf("it asks for attention at %d, and is due at %d", got, w.now.Add(30*time.Second))
	}
	w.after(30 * time.Second)
	w.due(1)
	w.tried(1, LetterSent)
	w.after(LetterLook)
	if got := letterNext(); got != 0 {
		t.Errorf("it asks for attention at %d, and there is no letter", got)
	}
}

// TestAVisitorReadsWhatBecameOfItsLetters, also under another key, and when its session is
// over.
func TestAVisitorReadsWhatBecameOfItsLetters(t *testing.T) {
	t.Parallel()
	w, ada, ann, e := mailing(t)
	reads := func(want ...LetterDone) {
		t.Helper()
		if diff := cmp.Diff(want, must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{})).Letters); diff != "" {
			t.Errorf("it reads (-want +got):\n%s", diff)
		}
	}
	reads()
	for _, to := range []string{"a@example.org", "b@example.org", "c@example.org"} {
		w.mails(ann, to)
	}
	reads(LetterDone{"a@example.org", ""}, LetterDone{"b@example.org", ""}, LetterDone{"c@example.org", ""})
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, e))
	w.refused(w.LetterDone(1, LetterSent, ""), "")
	w.refused(w.LetterDone(2, LetterFailed, "no answer"), "")
	want := []LetterDone{{"a@example.org", LetterSent}, {"b@example.org", ""}, {"c@example.org", ""}}
	reads(want...)
	w.receive(ann)
	w.after(ConcludedGrace) // its session is over
	reads(want...)
	w.refused(w.LetterDone(3, LetterRefused, "unknown"), "")
	want[2].Outcome = LetterRefused
	reads(want...)
	w.checkpoint()
	w.restart()
	reads(want...)
	w.after(2 * time.Hour) // nobody can read it any more
	w.refused(w.LetterDone(2, LetterSent, ""), "")
	if _, err := w.VisitorStanding(ann, Stretch{}); codeOf(err) != AccessDenied {
		t.Errorf("after that: %v", err)
	}
}

// TestALettersOutcomeFindsItsVisitorUnderAnotherKey.
func TestALettersOutcomeFindsItsVisitorUnderAnotherKey(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.settings(func(s *Settings) { s.MailTranscripts = true })
	ada := w.logOn(12)
	ann, e := w.comes(func(n *EngagementRequest) { n.Identity = "ann" })
	w.ask(ada, 1)
	w.accept(ada, e)
	w.mails(ann, "ann@example.org")
	again := w.request(func(n *EngagementRequest) { n.Identity, n.Resume = "ann", true })
	must[EngagementOpened](w.world)(w.RequestEngagement(again))
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, e))
	w.checkpoint()
	w.restart()
	w.refused(w.LetterDone(1, LetterSent, ""), "")
	got := must[VisitorStanding](w.world)(w.VisitorStanding(Caller{Key: again.Key}, Stretch{})).Letters
	if diff := cmp.Diff([]LetterDone{{"ann@example.org", LetterSent}}, got); diff != "" {
		t.Errorf("it reads (-want +got):\n%s", diff)
	}
}
