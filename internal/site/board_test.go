package site

import (
	"testing"
	"time"

	"usher/api"
)

// TestWhoWaitsForAnAnswer follows since when a visitor waits: from its first text that no
// agent has answered in its sight, or from the moment an agent has it.
func TestWhoWaitsForAnAnswer(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	ann, e := w.enter(0)
	at := func(want Time) {
		t.Helper()
		if got := w.live[e].WaitsSince; got != want {
			t.Errorf("it waits since %d, want %d", got, want)
		}
		all, _ := w.LiveEngagements(0, 9)
		if all[0].WaitsSince != want || all[0].ActiveAt != w.live[e].ActiveAt {
			t.Errorf("the list has %+v", all[0])
		}
		w.after(time.Second)
	}
	at(0)
	first := w.now
	w.says(ann, e, "hello?")
	at(first)
	w.says(ann, e, "anybody?")
	at(first)
	w.ask(ada, 1)
	w.accept(ada, e)
	at(first)
	w.notes(ada, e, "a note is no answer")
	w.confers(ada, e, bob)
	must[Taken](w.world)(w.Whisper(ada, w.byKey[bob.Key], api.PartyAgent, NewPost{Body: "nor is this"}))
	at(first)
	w.says(bob, e, "an answer")
	at(0)
	w.says(ada, e, "another")
	at(0)
	second := w.now
	w.says(ann, e, "thanks, and")
	at(second)
	must[Taken](w.world)(w.Whisper(bob, w.byKey[ann.Key], api.PartyEndUser, NewPost{Body: "to you alone"}))
	at(0)
	w.leaves(bob, e)
	must[ClientID](w.world)(w.Logoff(ada, true)) // nobody has it
	at(0)
	bob = w.callerOf(13)
	w.ask(bob, 1)
	third := w.now
	w.accept(bob, e)
	at(third) // whoever has it now has not answered
	w.settings(func(s *Settings) { s.Spam, s.SpamLimits.MaxLinks = true, 1 })
	w.says(bob, e, "here")
	must[Taken](w.world)(w.PostAsVisitor(ann, NewPost{Body: "http://a.example http://b.example"}))
	at(0) // what was held back is no question, and the notice no answer
	fourth := w.now
	w.says(ann, e, "one")
	must[Taken](w.world)(w.PostAsVisitor(ann, NewPost{Body: "http://a.example http://b.example"}))
	at(fourth)
	w.restart()
	at(fourth)
}

func TestTheBoard(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	w.after(time.Second)
	bob := w.logOn(13)
	ann, e := w.chat(ada)
	w.after(time.Second)
	ben, f := w.chat(ada)
	w.stops(ada)
	w.after(time.Second)
	waits := w.now
	w.enter(2)
	w.after(time.Second)
	w.enter(2)
	w.rests(bob)
	rested := w.now
	board := func() (Board, AgentOnBoard, AgentOnBoard) {
		t.Helper()
		b := w.Board()
		if len(b.Queues) != 3 || len(b.Agents) != 2 || b.Position != w.Position() || b.At != w.now {
			t.Fatalf("the board is %+v", b)
		}
		return b, b.Agents[0], b.Agents[1]
	}
	b, a, o := board()
	for n, want := range []Time{0, waits, 0} {
		if b.Queues[n].Since != want || b.Queues[n].Waiting != 2*(n%2) {
			t.Errorf("queue %d: %d wait since %d, want %d", b.Queues[n].ID, b.Queues[n].Waiting, b.Queues[n].Since, want)
		}
	}
	if a.Waiting != 2 || a.Oldest != w.live[e].WaitsSince || a.StatusSince != start || a.GoesAt != 0 {
		t.Errorf("Ada stands as %+v", a)
	}
	if o.Waiting != 0 || o.Oldest != 0 || o.StatusSince != rested || o.Status != api.StatusUnavailable {
		t.Errorf("Bob stands as %+v", o)
	}
	w.says(ada, e, "hello")
	if _, a, _ = board(); a.Waiting != 1 || a.Oldest != w.live[f].WaitsSince {
		t.Errorf("Ada stands as %+v", a)
	}
	must[ClientID](w.world)(w.ConcludeAsVisitor(ben)) // who waits no longer
	if _, a, _ = board(); a.Waiting != 0 || a.Oldest != 0 {
		t.Errorf("Ada stands as %+v", a)
	}
	w.open(ann)
	w.open(bob)
	gone := w.agent(ada).seenAt.Add(2 * w.Settings.absent())
	w.after(w.Settings.absent())
	if _, a, o = board(); !a.Absent || a.GoesAt != gone || o.Absent || o.GoesAt != 0 {
		t.Errorf("Ada goes at %d (absent %t), and Bob at %d; want %d", a.GoesAt, a.Absent, o.GoesAt, gone)
	}
	w.checkpoint()
	w.restart()
	if _, _, o = board(); o.StatusSince != rested {
		t.Errorf("after a restart Bob stands as %+v", o)
	}
}

// TestASupervisorSetsAStatus in the agent's place; saying the same again is nothing new.
func TestASupervisorSetsAStatus(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.account(12, "Ada", func(a *Account) { a.Pull = false })
	ada := w.logOn(12)
	set := func(who AccountID, s api.ActivityStatus, sub int32) func() error {
		return func() error { return w.Admin("sue").SetStatus(who, s, sub) }
	}
	w.after(time.Second)
	w.refused(set(12, api.StatusAvailable, 1)(), "")
	_, e := w.enter(0)
	w.offeredTo(e, ada)
	since := w.now
	w.after(time.Second)
	w.silent(set(12, api.StatusAvailable, 1))
	if got := w.agent(ada).StatusSince; got != since {
		t.Errorf("its status is since %d, want %d", got, since)
	}
	w.refused(set(12, api.StatusUnavailable, 3)(), "")
	if a := w.agent(ada); a.Status != api.StatusUnavailable || a.SubType != 3 || a.StatusSince != w.now {
		t.Errorf("Ada is %s %d since %d", a.Status, a.SubType, a.StatusSince)
	}
	w.nothing(NotFound, set(99, api.StatusAvailable, 1))
	w.nothing(Conflict, set(13, api.StatusAvailable, 1))
	for _, s := range []api.ActivityStatus{api.StatusNone, "", "AWAY"} {
		w.nothing(BadRequest, set(12, s, 1))
	}
}
