package site

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

func TestAConfereeIsSeenByAllAndSeesAll(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	ann, e := w.chat(ada)
	w.says(ann, e, "before")
	i := w.invites(ada, e, 13, api.AssignmentConference)
	if i.Client != w.byKey[ada.Key] || i.Asked != w.byKey[bob.Key] || i.Expires != w.now.Add(60*time.Second) {
		t.Errorf("answered %+v", i)
	}
	w.has(bob, e, api.RoleTransient)
	w.says(ann, e, "while Bob is asked")
	a := must[Answered](w.world)(w.AnswerOffer(bob, e, api.ActionAccept))
	if len(a.Participants) != 2 || a.Participants[0].Role != api.RoleEndUser || a.Participants[1].Name != "Ada" || a.Participants[1].Role != api.RoleLead {
		t.Errorf("the participants are %+v", a.Participants)
	}
	w.onlyIn(e, 12, 13)
	w.says(ann, e, "from Ann")
	w.says(ada, e, "from Ada")
	w.says(bob, e, "from Bob")
	w.notes(bob, e, "a note")
	w.told(ann, "joined LEAD Ada", "joined CONFEREE Bob", "post: from Ada", "post: from Bob")
	w.told(ada, "assignment LEAD 1", "joined END_USER Ann Lee", "post: before", "post: while Bob is asked",
		"joined CONFEREE Bob", "post: from Ann", "post: from Bob", "post to agents: a note")
	w.told(bob, "assignment CONFERENCE 1", "joined END_USER Ann Lee", "joined LEAD Ada", "post: from Ann", "post: from Ada")
	again := must[Answered](w.world)(w.AnswerOffer(bob, e, api.ActionAccept))
	if len(again.Participants) != 2 {
		t.Errorf("a repeated accept is answered %+v", again)
	}
	w.told(bob)
	w.ledBy(e, ada)
}

func TestWhoSeesWhoIsTyping(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, sue := w.logOn(12), w.logOn(13), w.logOn(15)
	ann, e := w.chat(ada)
	w.confers(ada, e, bob)
	w.monitors(sue, e)
	w.catchUp(ada, bob, sue, ann)
	everybody := map[string]Caller{"ada": ada, "bob": bob, "sue": sue, "ann": ann}
	for _, c := range []struct {
		who   string
		seen  []string
		agent bool
	}{
		{"ada", []string{"ann"}, true}, // agents are told what the visitor does (agent-api 4.2)
		{"bob", []string{"ann"}, true},
		{"sue", nil, true}, // the visitor does not see a monitor
		{"ann", []string{"ada", "bob", "sue"}, false},
	} {
		if c.agent {
			must[ClientID](w.world)(w.SetInteractionStatus(everybody[c.who], e, typing))
		} else {
			must[Typing](w.world)(w.VisitorActivity(everybody[c.who], typing))
		}
		var seen []string
		for _, name := range sortedKeys(everybody) {
			for _, m := range tell(w.poll(everybody[name])) {
				if m != "activity RESPONDING" {
					t.Fatalf("%s is told %q", name, m)
				}
				seen = append(seen, name)
			}
		}
		if fmt.Sprint(seen) != fmt.Sprint(c.seen) {
			t.Errorf("when %s types, %v see it, want %v", c.who, seen, c.seen)
		}
	}
}

// TestParticipantsAreBounded: whoever is asked counts, too.
func TestParticipantsAreBounded(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, sue := w.logOn(12), w.logOn(15)
	_, e := w.chat(ada)
	for n := range MaxParticipants {
		id := AccountID(100 + n)
		w.account(id, fmt.Sprint("guest", n), nil)
		c := w.logOn(id)
		w.invites(ada, e, id, []api.AssignmentType{api.AssignmentConference, api.AssignmentMonitor}[n%2])
		if n%3 > 0 {
			w.accept(c, e)
		}
	}
	w.logOn(13)
	for name, try := range map[string]func() error{
		"to confer":    func() error { _, err := w.Invite(ada, e, 13, api.AssignmentConference, ""); return err },
		"to watch":     func() error { _, err := w.Invite(ada, e, 13, api.AssignmentMonitor, ""); return err },
		"to take it":   func() error { _, err := w.Transfer(ada, e, NewTransfer{Account: 13}); return err },
		"a supervisor": func() error { _, err := w.Invite(sue, e, 15, api.AssignmentConference, ""); return err },
		"who watches":  func() error { _, err := w.Monitor(sue, e); return err },
	} {
		before := w.Position()
		if got := codeOf(try()); got != TooMany || w.Position() != before {
			t.Errorf("%s: answered %q, want %q", name, got, TooMany)
		}
	}
	w.answer(w.callerOf(103), e, api.ActionDecline)
	w.invites(ada, e, 13, api.AssignmentConference)
}

// TestAnOverrideKeepsEveryRole, and tells the new program of all of them.
func TestAnOverrideKeepsEveryRole(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	w.account(13, "Bob", func(a *Account) { a.Supervisor = true })
	bob := w.logOn(13)
	confers, watches, asked := EngagementID(0), EngagementID(0), EngagementID(0)
	for _, e := range []*EngagementID{&confers, &watches, &asked} {
		_, *e = w.chat(ada)
	}
	w.confers(ada, confers, bob)
	w.after(time.Second)
	w.monitors(bob, watches)
	w.after(time.Second)
	i := w.invites(ada, asked, 13, api.AssignmentConference)
	w.settings(func(s *Settings) { s.OfferSeconds = 30 }) // of new offers
	bob = w.logOn(13)
	held := must[Holdings](w.world)(w.Engagements(bob)).Held
	want := []Holding{
		{Engagement: confers, State: Active, Role: api.RoleConferee, Queue: 1, Since: start, LastSequence: 3},
		{Engagement: asked, State: Offered, Role: api.RoleTransient, Queue: 1, Since: start.Add(2 * time.Second), OfferExpires: i.Expires, LastSequence: 1},
		{Engagement: watches, State: Active, Role: api.RoleMonitor, Queue: 1, Since: start.Add(time.Second), LastSequence: 2},
	}
	for n := range want {
		x, e := &want[n], w.live[want[n].Engagement]
		x.Visitor, x.WaitsSince, x.IdleEnds = "Ann Lee", start, e.ActiveAt.Add(10*time.Minute)
		if x.Role == api.RoleTransient {
			x.Offer = w.assignment(e, w.agent(bob), api.AssignmentConference, nil).Assignment
		} else {
			x.Participants = []Partner{
				{Participant{Client: e.Visitor, Name: "Ann Lee", Role: api.RoleEndUser}, api.ConnectionActive, Receipt{Client: e.Visitor}},
				{Participant{Client: e.Lead, Account: 12, Name: "Ada", Role: api.RoleLead}, api.ConnectionActive, Receipt{Client: e.Lead}},
			}
		}
	}
	if diff := cmp.Diff(want, held); diff != "" {
		t.Errorf("Bob holds (-want +got):\n%s", diff)
	}
	w.told(bob, "assignment CONFERENCE 1", "joined END_USER Ann Lee", "joined LEAD Ada",
		"joined END_USER Ann Lee", "joined LEAD Ada", "assignment CONFERENCE 3")
	w.accept(bob, asked)
	w.onlyIn(asked, 12, 13)
}
