package site

import (
	"testing"

	"usher/api"
)

// TestANoteWithAnInvitation is for who is asked, and stands in the history.
func TestANoteWithAnInvitation(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
	ann, e := w.chat(ada)
	w.confers(ada, e, cyd)
	w.catchUp(ada, ann, cyd)
	must[Invited](w.world)(w.Invite(ada, e, 13, api.AssignmentConference, "knows about lamps"))
	w.told(cyd) // who does not need it
	w.told(bob, "assignment CONFERENCE 1: knows about lamps")
	w.accept(bob, e)
	w.told(ann, "joined CONFEREE Bob")
	w.told(bob, "joined END_USER Ann Lee", "joined LEAD Ada", "joined CONFEREE Cyd", "post to agents: knows about lamps")
	h := must[History](w.world)(w.History(bob, e, Stretch{}))
	if len(h.Posts) != 1 || h.Posts[0].Body != "knows about lamps" || h.Posts[0].Visibility != api.VisibilityNotEndUser {
		t.Errorf("the history is %+v", h.Posts)
	}
}

// TestANoteIsBoundedAsAPostIs: it is refused before anybody is asked.
func TestANoteIsBoundedAsAPostIs(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	w.logOn(13)
	_, e := w.chat(ada)
	long := string(make([]byte, MaxPostBytes+1))
	w.nothing(TooLarge, func() error { _, err := w.Invite(ada, e, 13, api.AssignmentConference, long); return err })
	w.nothing(TooLarge, func() error { _, err := w.Transfer(ada, e, NewTransfer{Account: 13, Note: long}); return err })
	w.nothing(TooLarge, func() error { _, err := w.Transfer(ada, e, NewTransfer{Queue: 2, Note: long}); return err })
	w.nothing(BadRequest, func() error { _, err := w.Invite(ada, e, 13, api.AssignmentConference, "\xff"); return err })
}

// TestANoteIsForWhoeverComesNextOnly: it is not handed on with what comes later.
func TestANoteIsForWhoeverComesNextOnly(t *testing.T) {
	t.Parallel()
	t.Run("after a transfer", func(t *testing.T) {
		w := newFloor(t)
		ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
		_, e := w.chat(ada)
		w.sends(ada, e, NewTransfer{Account: 13, Note: "for Bob"})
		w.accept(bob, e)
		w.sends(bob, e, NewTransfer{Account: 14})
		w.told(cyd, "assignment TRANSFER 1")
		w.accept(cyd, e)
		w.told(cyd, "joined END_USER Ann Lee")
	})
	t.Run("back to who wrote it", func(t *testing.T) {
		w := newFloor(t)
		ada, bob := w.logOn(12), w.logOn(13)
		_, e := w.chat(ada)
		w.catchUp(ada)
		w.sends(ada, e, NewTransfer{Account: 13, Note: "for Bob"})
		w.accept(bob, e)
		w.sends(bob, e, NewTransfer{Account: 12, Note: "for Ada"})
		w.accept(ada, e)
		w.told(ada, "left LEAD PARTICIPANT_LEFT Ada", "assignment TRANSFER 1: for Ada", "joined END_USER Ann Lee",
			"post to agents: for Ada")
	})
	t.Run("after a queue", func(t *testing.T) {
		w := newFloor(t)
		ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
		_, e := w.chat(ada)
		w.stops(ada)
		w.sends(ada, e, NewTransfer{Queue: 2, Note: "for queue 2"})
		w.ask(bob, 1)
		w.accept(bob, e)
		w.told(bob, "assignment LEAD 1: for queue 2", "joined END_USER Ann Lee", "post to agents: for queue 2")
		must[ClientID](w.world)(w.Logoff(bob, true))
		w.ask(cyd, 1)
		w.told(cyd, "assignment LEAD 1")
	})
	t.Run("after a transfer that was declined", func(t *testing.T) {
		w := newFloor(t)
		ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
		_, e := w.chat(ada)
		w.sends(ada, e, NewTransfer{Account: 13, Note: "for Bob"})
		w.answer(bob, e, api.ActionDecline)
		w.sends(ada, e, NewTransfer{Account: 14})
		w.told(cyd, "assignment TRANSFER 1")
	})
	t.Run("after a conference", func(t *testing.T) {
		w := newFloor(t)
		ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
		_, e := w.chat(ada)
		must[Invited](w.world)(w.Invite(ada, e, 13, api.AssignmentConference, "for Bob"))
		w.accept(bob, e)
		w.sends(ada, e, NewTransfer{Account: 14})
		w.told(cyd, "assignment TRANSFER 1")
	})
	t.Run("to a conferee who has read it", func(t *testing.T) {
		w := newFloor(t)
		ada, bob := w.logOn(12), w.logOn(13)
		_, e := w.chat(ada)
		w.confers(ada, e, bob)
		w.ask(bob, 1)
		w.catchUp(bob)
		w.sends(ada, e, NewTransfer{Queue: 2, Note: "for queue 2"})
		w.offeredTo(e, bob)
		w.accept(bob, e)
		var got []string
		for _, d := range w.poll(bob).Deliveries {
			got = append(got, w.tellFully(d.Message))
		}
		if n := times(got, "post to agents: for queue 2"); n != 1 {
			t.Errorf("Bob is told the note %d times: %q", n, got)
		}
	})
}
