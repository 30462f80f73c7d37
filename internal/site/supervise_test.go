package site

import (
	"testing"

	"usher/api"
)

func TestAMonitorSeesAllAndIsSeenByTheAgentsOnly(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, sue := w.logOn(12), w.logOn(13), w.logOn(15)
	ann, e := w.chat(ada)
	w.confers(ada, e, bob)
	w.catchUp(ada, bob, ann)
	w.monitors(sue, e)
	w.silent(func() error { _, err := w.Monitor(sue, e); return err }) // again
	w.says(ann, e, "from Ann")
	w.says(ada, e, "from Ada")
	w.notes(bob, e, "a note")
	w.told(ann, "post: from Ada")
	w.told(sue, "joined END_USER Ann Lee", "joined LEAD Ada", "joined CONFEREE Bob", "post: from Ann", "post: from Ada", "post to agents: a note")
	w.told(ada, "joined MONITOR Sue", "post: from Ann", "post to agents: a note")
	w.told(bob, "joined MONITOR Sue", "post: from Ann", "post: from Ada")
}

// TestWhatAMonitorWritesNeverReachesTheVisitor, whatever it asks for.
func TestWhatAMonitorWritesNeverReachesTheVisitor(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"right", "invitation"} {
		w := newFloor(t)
		ada, sue := w.logOn(12), w.logOn(15)
		ann, e := w.chat(ada)
		if by == "right" {
			w.monitors(sue, e)
		} else {
			w.invites(ada, e, 15, api.AssignmentMonitor)
			w.accept(sue, e)
		}
		w.catchUp(ada, sue, ann)
		for _, v := range []api.Visibility{"", api.VisibilityNone, api.VisibilityAll, api.VisibilityNotEndUser} {
			must[ClientID](w.world)(w.post(sue, e, NewPost{Body: "say sorry", Visibility: v}))
			must[ClientID](w.world)(w.SetInteractionStatus(sue, e, NewActivity{Mode: api.ModeResponding, Visibility: v}))
			w.told(ada, "post to agents: say sorry")
		}
		w.nothing(InvalidField, func() error { return whisper(w, sue, ann, api.PartyEndUser, "hello") })
		if err := whisper(w, sue, ada, api.PartyAgent, "for you"); err != nil {
			t.Fatal(err)
		}
		w.told(ada, "whisper to agents: for you")
		for _, p := range must[History](w.world)(w.History(ada, e, Stretch{})).Posts {
			if p.Visibility != api.VisibilityNotEndUser || p.Role != api.RoleMonitor || p.Name != "Sue" {
				t.Errorf("the history shows %+v", p)
			}
		}
		w.told(ann)
	}
}

// TestASupervisorJoins at once, whoever leads, and comes out of hiding if it watched.
func TestASupervisorJoins(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, sue := w.logOn(12), w.logOn(15)
	ann, e := w.chat(ada)
	w.catchUp(ada, ann)
	must[ClientID](w.world)(w.RequestAssignment(sue, true, 1, 0)) // without a place: by right
	i := must[Invited](w.world)(w.Invite(sue, e, 15, api.AssignmentConference, ""))
	if i.Client != w.byKey[sue.Key] || i.Asked != i.Client || i.Expires != 0 {
		t.Errorf("answered %+v", i)
	}
	w.onlyIn(e, 12, 15)
	w.silent(func() error { _, err := w.Invite(sue, e, 15, api.AssignmentConference, ""); return err })
	w.nothing(Conflict, func() error { _, err := w.Monitor(sue, e); return err }) // no way back to hiding
	w.told(ann, "joined CONFEREE Sue")
	w.told(ada, "joined CONFEREE Sue")
	w.told(sue, "joined END_USER Ann Lee", "joined LEAD Ada")
	w.leaves(sue, e)
	w.monitors(sue, e)
	w.catchUp(ada, sue, ann)
	must[Invited](w.world)(w.Invite(sue, e, 15, api.AssignmentConference, ""))
	w.has(sue, e, api.RoleConferee)
	w.told(ann, "joined CONFEREE Sue")
	w.told(ada, "left MONITOR PARTICIPANT_LEFT Sue", "joined CONFEREE Sue")
}

// TestWhoMayNotSupervise: neither watch, nor join uninvited, nor take over.
func TestWhoMayNotSupervise(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, sue := w.logOn(12), w.logOn(13), w.logOn(15)
	_, e := w.chat(ada)
	_, over := w.chat(ada)
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, over))
	w.stops(ada)
	_, queued := w.enter(0)
	verbs := map[string]func(Caller, EngagementID) error{
		"monitor": func(c Caller, e EngagementID) error { _, err := w.Monitor(c, e); return err },
		"join": func(c Caller, e EngagementID) error {
			_, err := w.Invite(c, e, c.Account, api.AssignmentConference, "")
			return err
		},
		"take over": func(c Caller, e EngagementID) error { _, err := w.TakeOver(c, e); return err },
	}
	for _, c := range []struct {
		name string
		verb string
		by   Caller
		e    EngagementID
		want Code
	}{
		{"no supervisor", "monitor", bob, e, AccessDenied},
		{"no supervisor", "join", bob, e, AccessDenied},
		{"no supervisor", "take over", bob, e, AccessDenied},
		{"the lead", "monitor", ada, e, AccessDenied},
		{"nobody", "monitor", Caller{Key: "x", Agent: true}, e, AccessDenied},
		{"nobody", "join", Caller{Key: "x", Agent: true}, e, AccessDenied},
		{"nobody", "take over", Caller{Key: "x", Agent: true}, e, AccessDenied},
		{"not live", "monitor", sue, 99, BadRequest},
		{"not live", "join", sue, 99, BadRequest},
		{"not live", "take over", sue, 99, BadRequest},
		{"nobody leads it", "monitor", sue, queued, Conflict},
		{"nobody leads it", "join", sue, queued, Conflict},
		{"it is over", "monitor", sue, over, Conflict},
		{"it is over", "join", sue, over, Conflict},
		{"it is over", "take over", sue, over, Conflict},
	} {
		before := w.Position()
		if got := codeOf(verbs[c.verb](c.by, c.e)); got != c.want || w.Position() != before {
			t.Errorf("%s, %s: answered %q, want %q; %d events", c.verb, c.name, got, c.want, w.Position()-before)
		}
	}
	w.takesOver(sue, e)
	w.nothing(Conflict, func() error { _, err := w.Monitor(sue, e); return err })
	w.account(15, "Sue", nil) // no supervisor any more
	w.nothing(AccessDenied, func() error { _, err := w.TakeOver(sue, queued); return err })
	w.ledBy(e, sue)
}

// TestASupervisorNamesItselfToWatch: it stays unseen, as it asked to.
func TestASupervisorNamesItselfToWatch(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, sue := w.logOn(12), w.logOn(15)
	ann, e := w.chat(ada)
	w.catchUp(ada, ann)
	for _, kind := range []api.AssignmentType{api.AssignmentLead, api.AssignmentTransfer, api.AssignmentNone, "GUEST"} {
		w.nothing(BadRequest, func() error { _, err := w.Invite(sue, e, 15, kind, ""); return err })
	}
	must[Invited](w.world)(w.Invite(sue, e, 15, api.AssignmentMonitor, ""))
	w.has(sue, e, api.RoleMonitor)
	w.told(ann)
	w.told(ada, "joined MONITOR Sue")
}
