package site

import (
	"fmt"
	"testing"

	"usher/api"
)

// TestTakeOver out of every state, and what everybody is told.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		before        func(*floor, Caller, Caller, EngagementID) // Ada and Sue, after Ann came
		in            []AccountID
		ann, ada, sue []string
	}{
		{"queued", func(*floor, Caller, Caller, EngagementID) {}, []AccountID{15},
			[]string{"joined LEAD Sue"}, nil, []string{"joined END_USER Ann Lee", "post: hello"}},
		{"offered", func(w *floor, ada, _ Caller, e EngagementID) {
			w.ask(ada, 1)
			w.offeredTo(e, ada)
		}, []AccountID{15}, []string{"joined LEAD Sue"}, []string{"left NONE TRANSFERRED_TO_QUEUE Ada"}, []string{"joined END_USER Ann Lee", "post: hello"}},
		{"offered to it", func(w *floor, _, sue Caller, e EngagementID) {
			w.ask(sue, 1)
			w.offeredTo(e, sue)
		}, []AccountID{15}, []string{"joined LEAD Sue"}, nil, []string{"joined END_USER Ann Lee", "post: hello"}},
		{"active", func(w *floor, ada, _ Caller, e EngagementID) {
			w.ask(ada, 1)
			w.accept(ada, e)
		}, []AccountID{15, 12}, []string{"joined LEAD Sue", "role LEAD Sue", "role CONFEREE Ada"},
			[]string{"joined LEAD Sue"}, []string{"joined END_USER Ann Lee", "joined CONFEREE Ada"}},
		{"active, by a monitor", func(w *floor, ada, sue Caller, e EngagementID) {
			w.ask(ada, 1)
			w.accept(ada, e)
			w.monitors(sue, e)
		}, []AccountID{15, 12}, []string{"joined LEAD Sue", "role LEAD Sue", "role CONFEREE Ada"},
			[]string{"joined LEAD Sue"}, []string{"joined CONFEREE Ada"}},
		{"active, by a conferee", func(w *floor, ada, sue Caller, e EngagementID) {
			w.ask(ada, 1)
			w.accept(ada, e)
			w.confers(ada, e, sue)
		}, []AccountID{15, 12}, []string{"joined LEAD Sue", "role LEAD Sue", "role CONFEREE Ada"},
			[]string{"joined LEAD Sue"}, []string{"joined CONFEREE Ada"}},
		{"active, by who is asked to join", func(w *floor, ada, sue Caller, e EngagementID) {
			w.ask(ada, 1)
			w.accept(ada, e)
			w.invites(ada, e, 15, api.AssignmentMonitor)
		}, []AccountID{15, 12}, []string{"joined LEAD Sue", "role LEAD Sue", "role CONFEREE Ada"},
			[]string{"joined LEAD Sue"}, []string{"joined END_USER Ann Lee", "joined CONFEREE Ada"}},
		{"active, by who is asked to take it", func(w *floor, ada, sue Caller, e EngagementID) {
			w.ask(ada, 1)
			w.accept(ada, e)
			w.sends(ada, e, NewTransfer{Account: 15})
		}, []AccountID{15, 12}, []string{"joined LEAD Sue", "role LEAD Sue", "role CONFEREE Ada"},
			[]string{"joined LEAD Sue"}, []string{"joined END_USER Ann Lee", "joined CONFEREE Ada"}},
		{"its own", func(w *floor, _, sue Caller, e EngagementID) {
			w.ask(sue, 1)
			w.accept(sue, e)
		}, []AccountID{15}, nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			ada, sue := w.logOn(12), w.logOn(15)
			ann, e := w.enter(0)
			w.says(ann, e, "hello")
			c.before(w, ada, sue, e)
			w.catchUp(ada, sue, ann)
			a := must[Answered](w.world)(w.TakeOver(sue, e))
			if a.Engagement != e || a.Client != w.byKey[sue.Key] || len(a.Participants) != len(c.in) {
				t.Errorf("answered %+v", a)
			}
			w.onlyIn(e, c.in...)
			w.told(ann, c.ann...)
			w.told(ada, c.ada...)
			w.told(sue, c.sue...)
			w.silent(func() error { _, err := w.TakeOver(sue, e); return err }) // again
			if x := w.agent(sue); len(x.Holds) != 1 || len(x.Watches) != 0 {
				t.Errorf("Sue holds %v and watches %v", x.Holds, x.Watches)
			}
			w.says(ann, e, "what now?")
			w.told(sue, "post: what now?")
		})
	}
}

// TestTakeOverWithdrawsATransfer that somebody else was asked to take, and lets
// invitations to join stand.
func TestTakeOverWithdrawsATransfer(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, cyd, sue := w.logOn(12), w.logOn(13), w.logOn(14), w.logOn(15)
	_, e := w.chat(ada)
	w.stops(ada)
	w.ask(bob, 1)
	must[ClientID](w.world)(w.RequestAssignment(bob, true, 1, 1))
	w.invites(ada, e, 14, api.AssignmentConference)
	w.sends(ada, e, NewTransfer{Account: 13})
	_, waits := w.enter(0)
	w.is(waits, Queued) // Bob has one place
	w.catchUp(ada, bob, cyd)
	w.takesOver(sue, e)
	w.offeredTo(waits, bob)
	w.told(bob, "left NONE TRANSFERRED_TO_QUEUE Bob", "assignment LEAD 2")
	w.accept(cyd, e)
	w.onlyIn(e, 15, 12, 14)
	_, err := w.AnswerOffer(bob, e, api.ActionAccept)
	w.refused(err, BadRequest)
}

func TestAnOfferThatWasTakenOverGivesItsCreditBack(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, sue := w.logOn(12), w.logOn(15)
	w.ask(ada, 1)
	_, e := w.enter(0)
	w.offeredTo(e, ada)
	w.takesOver(sue, e)
	_, next := w.enter(0)
	w.offeredTo(next, ada)
}

// TestATakeOverKeepsTheBoundOfParticipants: the former lead stays, so there is one more.
func TestATakeOverKeepsTheBoundOfParticipants(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, sue := w.logOn(12), w.logOn(15)
	_, e := w.chat(ada)
	var last Caller
	for n := range MaxParticipants {
		id := AccountID(100 + n)
		w.account(id, fmt.Sprint("guest", n), func(a *Account) { a.Supervisor = true })
		last = w.logOn(id)
		w.monitors(last, e)
	}
	w.nothing(TooMany, func() error { _, err := w.TakeOver(sue, e); return err })
	w.takesOver(last, e) // who is in it already
	if n := len(w.live[e].Guests); n != MaxParticipants {
		t.Errorf("%d guests, at most %d may be there", n, MaxParticipants)
	}
}
