package site

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

const (
	adaAbsent = "connection ABSENT LEAD Ada, 120 s left"
	adaActive = "connection ACTIVE LEAD Ada, 0 s left"
)

// TestAVisitorIsToldOfAnAbsentAgent, and that it is back, by whatever shows that.
func TestAVisitorIsToldOfAnAbsentAgent(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]func(*floor, Caller, EngagementID){
		"a poll": func(w *floor, ada Caller, _ EngagementID) { w.open(ada) },
		"a post": func(w *floor, ada Caller, e EngagementID) { w.notes(ada, e, "back") },
		"typing": func(w *floor, ada Caller, e EngagementID) {
			_, _ = w.SetInteractionStatus(ada, e, NewActivity{Visibility: api.VisibilityNotEndUser})
		},
		"a look at what it holds":   func(w *floor, ada Caller, _ EngagementID) { must[Holdings](w.world)(w.Engagements(ada)) },
		"a request that is refused": func(w *floor, ada Caller, _ EngagementID) { _, _ = w.AnswerOffer(ada, 99, api.ActionAccept) },
		"an override":               func(w *floor, _ Caller, _ EngagementID) { w.logOn(12) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newFloor(t)
			ada := w.logOn(12)
			ann, e := w.chat(ada)
			w.stops(ada)
			w.catchUp(ada, ann)
			w.open(ann)
			w.after(120*time.Second - time.Microsecond)
			w.told(ann)
			w.after(time.Microsecond)
			w.told(ann, adaAbsent)
			w.after(60 * time.Second)
			w.told(ann) // it is told once
			w.ledBy(e, ada)
			back(w, ada, e)
			w.told(ann, adaActive)
			w.after(60 * time.Second)
			w.told(ann)
		})
	}
}

// TestAnAbsentAgentsConnectionTakesTheNewestsPlace: who did not ask meanwhile is told
// how it stands now. The time that is left is what the site's settings say.
func TestAnAbsentAgentsConnectionTakesTheNewestsPlace(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.settings(func(s *Settings) { s.AbsentSeconds = 45 })
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	w.stops(ada)
	w.catchUp(ada, ann)
	w.open(ann)
	w.after(45 * time.Second)
	w.open(ada)
	w.ClosePoll(ada.Key)
	w.after(45 * time.Second)
	w.told(ann, "connection ABSENT LEAD Ada, 45 s left")
	w.open(ada)
	w.says(ada, e, "sorry")
	w.told(ann, adaActive, "post: sorry")
}

// TestTheConnectionsOfSeveralAgents are told one by one: the newest of each.
func TestTheConnectionsOfSeveralAgents(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	ann, e := w.chat(ada)
	w.confers(ada, e, bob)
	w.stops(ada)
	w.catchUp(ada, bob, ann)
	w.open(ann)
	w.after(120 * time.Second)
	w.open(bob)
	w.told(ann, adaAbsent, "connection ACTIVE CONFEREE Bob, 0 s left")
}

// TestEachVisitorIsToldWhatTheAgentIsToIt: Ada leads one engagement, is a conferee of
// another, watches a third, is asked to a fourth and offered a fifth, and wraps a
// sixth up. Only those who see it are told, each with its role there.
func TestEachVisitorIsToldWhatTheAgentIsToIt(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.settings(func(s *Settings) { s.OfferSeconds, s.AbsentSeconds = 600, 20 })
	w.account(12, "Ada", func(a *Account) { a.Supervisor = true })
	ada, bob := w.logOn(12), w.logOn(13)
	led, _ := w.chat(ada)
	wrapped, over := w.chat(ada)
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, over))
	w.stops(ada)
	helped, e := w.chat(bob)
	w.confers(bob, e, ada)
	watched, e := w.chat(bob)
	w.monitors(ada, e)
	asked, e := w.chat(bob)
	w.invites(bob, e, 12, api.AssignmentConference)
	w.stops(bob)
	w.ask(ada, 9)
	offered, e := w.enter(0)
	w.offeredTo(e, ada)
	visitors := map[string]Caller{"led": led, "helped": helped, "watched": watched, "asked": asked, "offered": offered, "wrapped": wrapped}
	w.open(bob)
	for _, c := range visitors {
		w.catchUp(c)
		w.open(c)
	}
	w.after(20 * time.Second)
	got := map[string][]string{}
	hear := func() {
		for name, c := range visitors {
			for _, d := range w.poll(c).Deliveries {
				got[name] = append(got[name], w.tellFully(d.Message))
			}
		}
	}
	hear()
	must[Holdings](w.world)(w.Engagements(ada))
	hear()
	want := map[string][]string{
		"led":     {"connection ABSENT LEAD Ada, 20 s left", adaActive},
		"helped":  {"connection ABSENT CONFEREE Ada, 20 s left", "connection ACTIVE CONFEREE Ada, 0 s left"},
		"offered": {"wait 1"}, // Ada let it go
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestALostAgentIsNotDisconnected while somebody may follow: the visitor is told that
// it left (consumer-api 3.7). It is when nobody does.
func TestALostAgentIsNotDisconnected(t *testing.T) {
	t.Parallel()
	gone := func(w *floor, _ Caller) { w.after(120 * time.Second) }
	for _, c := range []struct {
		name    string
		alone   bool // the site lets nobody wait for nobody, and Bob is not there
		confers bool
		leave   func(*floor, Caller)
		want    []string
	}{
		{"it waits for another", false, false, gone, []string{"left LEAD TRANSFERRED_TO_QUEUE Ada", "wait 1"}},
		{"a conferee follows", true, true, gone, []string{"joined LEAD Cyd", "role LEAD Cyd", "left LEAD PARTICIPANT_LEFT Ada"}},
		{"nobody follows", true, false, gone, []string{"connection DISCONNECTED LEAD -, 0 s left", "concluded END_USER NO_AGENTS_AVAILABLE -"}},
		{"it logs off", true, false, func(w *floor, ada Caller) { must[ClientID](w.world)(w.Logoff(ada, true)) },
			[]string{"connection DISCONNECTED LEAD -, 0 s left", "concluded END_USER NO_AGENTS_AVAILABLE -"}},
		{"it sends the visitor where nobody is", true, false, func(w *floor, ada Caller) {
			w.nothing(Conflict, func() error { _, err := w.Reroute(ada, 1); return err })
		}, []string{adaActive}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			w.settings(func(s *Settings) { s.RefuseWithoutAgents = c.alone })
			w.account(12, "Ada", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{1} })
			w.account(14, "Cyd", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{3} })
			w.rules(Rules{Escalate: []Rule{{Name: "up", Queue: 2}}})
			ada, cyd := w.logOn(12), w.logOn(14)
			ann, e := w.chat(ada)
			if c.confers {
				w.confers(ada, e, cyd)
			}
			w.stops(ada)
			w.catchUp(ada, ann)
			w.open(ann)
			w.open(cyd)
			w.after(120 * time.Second)
			w.told(ann, adaAbsent)
			c.leave(w, ada)
			w.told(ann, c.want...)
		})
	}
}

// TestAnAbsentAgentIsSeenByWhoLooks: a page that starts again is told how those stand
// whom the visitor knows.
func TestAnAbsentAgentIsSeenByWhoLooks(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, sue := w.logOn(12), w.logOn(13), w.logOn(15)
	ann, e := w.chat(ada)
	w.confers(ada, e, bob)
	w.monitors(sue, e)
	w.open(ann)
	w.open(bob)
	w.open(sue)
	w.after(120 * time.Second)
	present := func(c Caller, a AccountID, name string, r api.Role, s api.ConnectionState) Present {
		return Present{Participant{Client: w.byKey[c.Key], Account: a, Name: name, Role: r}, s, Receipt{Client: w.byKey[c.Key]}}
	}
	want := []Present{present(ada, 12, "Ada", api.RoleLead, api.ConnectionAbsent), present(bob, 13, "Bob", api.RoleConferee, api.ConnectionActive)}
	if diff := cmp.Diff(want, must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{})).Agents); diff != "" {
		t.Errorf("in the engagement are (-want +got):\n%s", diff)
	}
}
