package site

import (
	"testing"
	"time"

	"usher/api"
)

// TestAnInvitationThatIsNotAccepted: the lead is told why, the asked agent has its
// place again, and the visitor hears of nothing.
func TestAnInvitationThatIsNotAccepted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(*floor, Caller, EngagementID)
		lead string
		told []string // the asked agent, if its session lives
	}{
		{"declined", func(w *floor, bob Caller, e EngagementID) { w.answer(bob, e, api.ActionDecline) },
			"left TRANSIENT PARTICIPANT_LEFT Bob", nil},
		{"declined for a break", func(w *floor, bob Caller, e EngagementID) { w.answer(bob, e, api.ActionUnavailable) },
			"left TRANSIENT PARTICIPANT_LEFT Bob", nil},
		{"no answer", func(w *floor, bob Caller, e EngagementID) { w.after(60 * time.Second) },
			"left TRANSIENT IDLE_TIMEOUT Bob", []string{"left NONE TRANSFERRED_TO_QUEUE Bob"}},
		{"absent", func(w *floor, bob Caller, e EngagementID) {
			w.ClosePoll(bob.Key)
			w.after(120 * time.Second)
		}, "left TRANSIENT EJECTED Bob", []string{"left NONE TRANSFERRED_TO_QUEUE Bob"}},
		{"logged off", func(w *floor, bob Caller, e EngagementID) { must[ClientID](w.world)(w.Logoff(bob, true)) },
			"left TRANSIENT EJECTED Bob", nil},
		{"removed", func(w *floor, bob Caller, e EngagementID) {
			if err := w.Admin("test").Remove(DefinedAccount, 13); err != nil {
				w.t.Fatalf("%v", err)
			}
		}, "left TRANSIENT EJECTED Bob", nil},
	} {
		for _, kind := range []api.AssignmentType{api.AssignmentConference, api.AssignmentMonitor} {
			t.Run(c.name+" "+string(kind), func(t *testing.T) {
				w := newFloor(t)
				w.settings(func(s *Settings) { s.OfferSeconds = 60 })
				if c.name == "absent" {
					w.settings(func(s *Settings) { s.OfferSeconds = 600 })
				}
				ada, bob := w.logOn(12), w.logOn(13)
				ann, e := w.chat(ada)
				w.open(ada)
				w.open(bob)
				w.open(ann)
				w.invites(ada, e, 13, kind)
				w.catchUp(ada, ann, bob)
				c.do(w, bob, e)
				w.has(bob, e, "")
				w.onlyIn(e, 12)
				w.told(ada, c.lead)
				w.told(ann)
				if x := w.agent(bob); x != nil {
					if len(x.Holds)+len(x.Watches) != 0 {
						t.Errorf("Bob holds %v and watches %v", x.Holds, x.Watches)
					}
					w.told(bob, c.told...)
					_, err := w.AnswerOffer(bob, e, api.ActionAccept)
					w.refused(err, BadRequest)
				}
			})
		}
	}
}

func TestAnInvitationThatIsRepeatedChangesNothing(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	_, e := w.chat(ada)
	first := w.invites(ada, e, 13, api.AssignmentConference)
	w.after(time.Second)
	w.silent(func() error {
		again, err := w.Invite(ada, e, 13, api.AssignmentConference, "a note that is too late")
		if again != first {
			t.Errorf("answered %+v, then %+v", first, again)
		}
		return err
	})
	w.nothing(Conflict, func() error { _, err := w.Invite(ada, e, 13, api.AssignmentMonitor, ""); return err })
	w.accept(bob, e)
	w.nothing(Conflict, func() error { _, err := w.Invite(ada, e, 13, api.AssignmentConference, ""); return err })
	w.told(bob, "assignment CONFERENCE 1", "joined END_USER Ann Lee", "joined LEAD Ada")
}

// TestWhoCannotBeAsked has one obstacle in each row.
func TestWhoCannotBeAsked(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
	w.logOn(15)
	_, e := w.chat(ada)
	_, other := w.chat(bob)
	must[ClientID](w.world)(w.RequestAssignment(bob, true, 1, 1)) // whose only place is taken
	_, over := w.chat(ada)
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, over))
	w.stops(ada)
	w.rests(cyd)
	_, queued := w.enter(0)
	for _, c := range []struct {
		name string
		by   Caller
		e    EngagementID
		who  AccountID
		kind api.AssignmentType
		want Code
	}{
		{"no such account", ada, e, 99, api.AssignmentConference, BadRequest},
		{"not logged on", ada, e, 16, api.AssignmentConference, Conflict},
		{"unavailable", ada, e, 14, api.AssignmentConference, Conflict},
		{"unavailable, to watch", ada, e, 14, api.AssignmentMonitor, Conflict},
		{"no place", ada, e, 13, api.AssignmentConference, Conflict},
		{"oneself, and no supervisor", ada, e, 12, api.AssignmentConference, AccessDenied},
		{"an engagement that waits", ada, queued, 13, api.AssignmentConference, BadRequest},
		{"an engagement of somebody else", ada, other, 13, api.AssignmentConference, BadRequest},
		{"an engagement that is not", ada, 99, 13, api.AssignmentConference, BadRequest},
		{"one that is over", ada, over, 13, api.AssignmentConference, Conflict},
		{"by a stranger", Caller{Key: "nobody", Account: 12, Agent: true}, e, 13, api.AssignmentConference, AccessDenied},
		{"to lead", ada, e, 15, api.AssignmentLead, BadRequest},
		{"to take over", ada, e, 15, api.AssignmentTransfer, BadRequest},
		{"to nothing", ada, e, 15, api.AssignmentNone, BadRequest},
		{"to nothing that is known", ada, e, 15, "GUEST", BadRequest},
	} {
		before := w.Position()
		_, err := w.Invite(c.by, c.e, c.who, c.kind, "a note")
		if got := codeOf(err); got != c.want || w.Position() != before {
			t.Errorf("%s: answered %q, want %q; %d events", c.name, got, c.want, w.Position()-before)
		}
	}
	w.invites(ada, e, 13, api.AssignmentMonitor) // watching takes no place
	w.accept(bob, e)
	w.has(bob, e, api.RoleMonitor)
	w.nothing(Conflict, func() error { _, err := w.Invite(bob, e, 15, api.AssignmentConference, ""); return err }) // who does not lead it
}

// TestInvitationsSurviveARestart: with a minute at least.
func TestInvitationsSurviveARestart(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	_, e := w.chat(ada)
	w.invites(ada, e, 13, api.AssignmentConference)
	w.after(50 * time.Second)
	w.restart()
	w.after(ResumeGrace - time.Microsecond)
	w.has(bob, e, api.RoleTransient)
	w.after(time.Microsecond)
	w.has(bob, e, "")
}
