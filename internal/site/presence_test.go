package site

import (
	"testing"
	"time"

	"usher/api"
)

func TestAnAbsentAgentLosesItsOffersAndNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settings(func(s *Settings) { s.OfferSeconds = 600 })
	ada := w.logOn(12)
	_, held := w.chat(ada)
	_, offered := w.enter(0)
	w.offeredTo(offered, ada)
	w.after(120*time.Second - time.Microsecond)
	w.offeredTo(offered, ada)
	w.after(time.Microsecond)
	w.is(offered, Queued)
	w.is(held, Active)
	_, late := w.enter(0)
	w.is(late, Queued) // nothing is offered to who is absent
	w.hears(ada, "assignment 1", "joined END_USER Ann Lee", "assignment 2", "left NONE TRANSFERRED_TO_QUEUE", "activity NONE", "assignment 3")
	w.offeredTo(late, ada) // the poll showed that Ada is back
	w.is(offered, Queued)  // which it let go just now
	w.after(DeclinePause)
	w.offeredTo(offered, ada)
}

func TestALostAgentsEngagementsAreQueuedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, active := w.chat(ada)
	ben, over := w.chat(ada)
	must[ClientID](w)(w.ConcludeAsAgent(ada, over))
	w.open(ann)
	w.open(ben)
	since := w.live[active].WaitingSince
	w.after(240*time.Second - time.Microsecond)
	w.is(active, Active)
	w.after(time.Microsecond)
	w.is(active, Queued)
	w.is(over, "gone")
	if got := w.live[active].WaitingSince; got != since {
		t.Errorf("it waits since %d, want its first waiting time %d", got, since)
	}
	_, _, err := w.OpenPoll(ada)
	w.refused(err, AccessDenied)
	w.hears(ann, "joined LEAD Ada", "connection ABSENT", "left LEAD TRANSFERRED_TO_QUEUE", "wait 1")
	must[LoggedOn](w)(w.StartAgentSession(LogOn{Account: 12, Key: "anew"})) // needs no override
}

func TestAnOpenPollKeepsASessionAlive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settings(func(s *Settings) { s.IdleSeconds = maxSeconds })
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	w.open(ada)
	w.open(ann)
	w.after(time.Hour)
	w.is(e, Active)
	w.ClosePoll(ada.Key) // the end of a poll is the last sign of life
	w.ClosePoll(ann.Key)
	w.after(240*time.Second - time.Microsecond)
	w.is(e, Active)
	w.after(time.Microsecond)
	w.is(e, "gone")
}

func TestAnyRequestIsASignOfLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, bob := w.logOn(12), w.logOn(13)
	ann, e := w.chat(ada)
	for range 5 {
		w.after(119 * time.Second)
		must[ClientID](w)(w.SetInteractionStatus(ada, e, typing))
		must[Typing](w)(w.VisitorActivity(ann, typing))
		if err := w.Alive(bob); err != nil {
			t.Fatal(err)
		}
	}
	w.is(e, Active)
	// The session's id with another account's is none of it.
	stranger := ada
	stranger.Account = 13
	for range 2 {
		w.after(119 * time.Second)
		w.refused(w.Alive(stranger), AccessDenied)
	}
	w.after(2 * time.Second)
	w.refused(w.Alive(ada), AccessDenied)
}

func TestASessionServesOnItsOwnAPIOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, _ := w.chat(ada)
	w.refused(w.Alive(Caller{Key: ada.Key}), AccessDenied)
	w.refused(w.Alive(Caller{Key: ann.Key, Account: 12, Agent: true}), AccessDenied)
	w.refused(w.Alive(Caller{Key: "nobody"}), AccessDenied)
	w.refused(w.Alive(Caller{Key: "nobody", Agent: true}), AccessDenied)
}

func TestAPermanentSessionNeverEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.account(15, "Try", func(a *Account) { a.Permanent = true })
	try := Caller{Key: "printed", Account: 15, Agent: true}
	for range 2 {
		if err := w.EnsurePermanentSession(15, try.Key); err != nil {
			t.Fatal(err)
		}
	}
	w.after(365 * 24 * time.Hour)
	if err := w.Alive(try); err != nil {
		t.Fatal(err)
	}
	w.after(365 * 24 * time.Hour)
	w.account(15, "Try", nil) // permanent no longer
	w.after(240 * time.Second)
	w.refused(w.Alive(try), AccessDenied)
}

func TestALogOnOverAnAbsentSessionIsOfferedWhatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	w.ask(ada, 1)
	w.after(121 * time.Second)
	_, e := w.enter(0)
	w.is(e, Queued)
	ada = w.logOn(12)
	w.offeredTo(e, ada)
}

func TestALostVisitorEndsItsEngagement(t *testing.T) {
	t.Parallel()
	for _, state := range []State{Queued, Offered, Active} {
		t.Run(string(state), func(t *testing.T) {
			w := newWorld(t)
			w.settings(func(s *Settings) { s.OfferSeconds = 600 })
			ada := w.logOn(12)
			w.open(ada)
			ann, e := w.enter(0)
			var told []string
			if state != Queued {
				w.ask(ada, 1)
				told = append(told, "assignment 1")
			}
			after := State("gone")
			if state == Active {
				w.accept(ada, e)
				told = append(told, "joined END_USER Ann Lee")
				after = Concluded
			}
			if state == Active {
				told = append(told, "activity NONE") // away, and then lost
			}
			if state != Queued {
				told = append(told, "concluded END_USER EJECTED")
			}
			w.after(240*time.Second - time.Microsecond)
			w.is(e, state)
			w.after(time.Microsecond)
			w.is(e, after)
			w.refused(w.Alive(ann), AccessDenied)
			w.hears(ada, told...)
		})
	}
}

func TestLogOnTakesALiveSessionOverOnlyWhenItSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.logOn(12)
	client := w.byKey[first.Key]
	_, err := w.StartAgentSession(LogOn{Account: 12, Key: "second"})
	w.refused(err, BadRequest)
	_, err = w.StartAgentSession(LogOn{Account: 99, Key: "nobody"})
	w.refused(err, AccessDenied)
	must[ClientID](w)(w.SetActivityStatus(first, api.StatusAvailable, 3))
	_, e := w.chat(first)
	w.TakeEnded()
	on := must[LoggedOn](w)(w.StartAgentSession(LogOn{Account: 12, Key: "second", Override: true}))
	if on.Client != client || on.Agent.Status != api.StatusAvailable || on.Agent.SubType != 3 || on.Agent.Name != "Ada" {
		t.Errorf("answered %+v", on)
	}
	if got := w.TakeEnded(); len(got) != 1 || got[0] != first.Key {
		t.Errorf("sessions over: %v", got)
	}
	w.refused(w.Alive(first), AccessDenied)
	h := must[Holdings](w)(w.Engagements(Caller{Key: "second", Account: 12, Agent: true}))
	if len(h.Held) != 1 || h.Held[0].Engagement != e || h.Held[0].State != Active || h.Held[0].Role != api.RoleLead {
		t.Errorf("holds %+v", h)
	}
}

func TestAnOverrideKeepsOrReplacesTheSessionsData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, c := range []struct{ give, want map[string]string }{
		{map[string]string{"a": "1"}, map[string]string{"a": "1"}},
		{nil, map[string]string{"a": "1"}},
		{map[string]string{}, map[string]string{"a": "1"}},
		{map[string]string{"b": "2"}, map[string]string{"b": "2"}},
	} {
		on := must[LoggedOn](w)(w.StartAgentSession(LogOn{Account: 12, Key: w.key("k"), Override: true, Data: c.give}))
		got := w.agents[on.Client].Data
		if len(got) != 1 || got["a"] != c.want["a"] || got["b"] != c.want["b"] {
			t.Errorf("%d: after %v the data are %v, want %v", i, c.give, got, c.want)
		}
		w.sameAfterReplay()
	}
}
