package site

import (
	"testing"
	"time"

	"usher/api"
)

// transfers are the two ways to hand an engagement to an agent.
var transfers = map[string]bool{"cold": false, "warm": true}

func TestATransferThatIsAccepted(t *testing.T) {
	t.Parallel()
	for name, warm := range transfers {
		t.Run(name, func(t *testing.T) {
			w := newFloor(t)
			ada, bob := w.logOn(12), w.logOn(13)
			ann, e := w.chat(ada)
			w.catchUp(ada, ann)
			i := w.sends(ada, e, NewTransfer{Account: 13, Warm: warm, Note: "wants a lamp"})
			if i.Client != w.byKey[ada.Key] || i.Asked != w.byKey[bob.Key] || i.Expires != w.now.Add(60*time.Second) {
				t.Errorf("answered %+v", i)
			}
			w.says(ann, e, "still there?")
			w.says(ada, e, "yes, I ask Bob") // the lead goes on
			w.ledBy(e, ada)
			w.told(ann, "post: yes, I ask Bob")
			w.told(ada, "post: still there?")
			w.told(bob, "assignment TRANSFER 1: wants a lamp")
			w.accept(bob, e)
			w.ledBy(e, bob)
			if warm {
				w.onlyIn(e, 13, 12)
				w.told(ann, "joined LEAD Bob", "role LEAD Bob", "role CONFEREE Ada")
				w.told(bob, "joined END_USER Ann Lee", "joined CONFEREE Ada", "post to agents: wants a lamp")
				w.told(ada, "joined LEAD Bob")
				w.says(ann, e, "hello Bob")
				w.told(ada, "post: hello Bob")
				w.leaves(ada, e)
				w.told(ann, "left CONFEREE PARTICIPANT_LEFT Ada")
				w.told(bob, "post: hello Bob", "left CONFEREE PARTICIPANT_LEFT Ada")
				return
			}
			w.onlyIn(e, 13)
			gone := "left LEAD PARTICIPANT_LEFT Ada"
			w.told(ann, "joined LEAD Bob", "role LEAD Bob", gone)
			w.told(bob, "joined END_USER Ann Lee", "post to agents: wants a lamp")
			w.told(ada, gone)
			if n := len(w.agent(ada).Holds); n != 0 {
				t.Errorf("Ada holds %d engagements", n)
			}
			w.release(ada, e) // a late release changes nothing
			w.ledBy(e, bob)
			_, err := w.post(ada, e, NewPost{Body: "late"})
			w.refused(err, Conflict)
		})
	}
}

// TestATransferThatIsNotAcceptedChangesNothing for the lead and the visitor.
func TestATransferThatIsNotAcceptedChangesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(*floor, Caller, EngagementID)
		lead string
		told []string
	}{
		{"declined", func(w *floor, bob Caller, e EngagementID) { w.answer(bob, e, api.ActionDecline) },
			"left TRANSIENT PARTICIPANT_LEFT Bob", nil},
		{"no answer", func(w *floor, _ Caller, _ EngagementID) { w.after(60 * time.Second) },
			"left TRANSIENT IDLE_TIMEOUT Bob", []string{"left NONE TRANSFERRED_TO_QUEUE Bob"}},
		{"absent", func(w *floor, bob Caller, _ EngagementID) {
			w.ClosePoll(bob.Key)
			w.after(120 * time.Second)
		}, "left TRANSIENT EJECTED Bob", []string{"left NONE TRANSFERRED_TO_QUEUE Bob"}},
		{"logged off", func(w *floor, bob Caller, _ EngagementID) { must[ClientID](w.world)(w.Logoff(bob, true)) },
			"left TRANSIENT EJECTED Bob", nil},
	} {
		for name, warm := range transfers {
			t.Run(c.name+" "+name, func(t *testing.T) {
				w := newFloor(t)
				if c.name == "absent" {
					w.settings(func(s *Settings) { s.OfferSeconds = 600 })
				}
				ada, bob := w.logOn(12), w.logOn(13)
				ann, e := w.chat(ada)
				w.sends(ada, e, NewTransfer{Account: 13, Warm: warm, Note: "please"})
				w.catchUp(ada, bob, ann)
				w.open(ada)
				w.open(bob)
				w.open(ann)
				c.do(w, bob, e)
				w.ledBy(e, ada)
				w.onlyIn(e, 12)
				w.told(ada, c.lead)
				w.told(ann)
				if w.agent(bob) != nil {
					w.told(bob, c.told...)
					_, err := w.AnswerOffer(bob, e, api.ActionAccept)
					w.refused(err, BadRequest)
				}
				w.logOn(14)
				w.sends(ada, e, NewTransfer{Account: 14}) // to somebody else
				w.told(w.callerOf(14), "assignment TRANSFER 1")
			})
		}
	}
}

// TestALogOffWithoutForceWaitsForTheAnswer: who is asked holds something.
func TestALogOffWithoutForceWaitsForTheAnswer(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	_, e := w.chat(ada)
	w.sends(ada, e, NewTransfer{Account: 13})
	w.nothing(BadRequest, func() error { _, err := w.Logoff(bob, false); return err })
	w.answer(bob, e, api.ActionDecline)
	must[ClientID](w.world)(w.Logoff(bob, false))
}

func TestATransferTwice(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	w.logOn(14)
	ann, e := w.chat(ada)
	first := w.sends(ada, e, NewTransfer{Account: 13, Note: "one"})
	w.after(time.Second)
	w.silent(func() error {
		again, err := w.Transfer(ada, e, NewTransfer{Account: 13, Note: "two"})
		if again != first {
			t.Errorf("answered %+v, then %+v", first, again)
		}
		return err
	})
	w.nothing(Conflict, func() error { _, err := w.Transfer(ada, e, NewTransfer{Account: 14}); return err })
	w.nothing(Conflict, func() error { _, err := w.Transfer(ada, e, NewTransfer{Queue: 2}); return err })
	w.nothing(Conflict, func() error { _, err := w.Transfer(ada, e, NewTransfer{Queue: 2, Warm: true}); return err })
	w.accept(bob, e)
	w.nothing(BadRequest, func() error { _, err := w.Transfer(ada, e, NewTransfer{Account: 14}); return err }) // Ada has it no longer
	w.sends(bob, e, NewTransfer{Account: 12})
	w.accept(ada, e)
	w.ledBy(e, ada)
	w.told(ann, "joined LEAD Ada", "joined LEAD Bob", "role LEAD Bob", "left LEAD PARTICIPANT_LEFT Ada",
		"joined LEAD Ada", "role LEAD Ada", "left LEAD PARTICIPANT_LEFT Bob")
}

// TestTransfersThatCannotBe has one obstacle in each row.
func TestTransfersThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.hoursOf(office("UTC"))
	w.becomes("2026-06-07T12:00:00Z") // a Sunday
	w.queue(QueueDefinition{ID: 2, Name: "Sales", Hours: 7})
	w.queue(QueueDefinition{ID: 3, Name: "Night", MaxWaiting: 1})
	w.account(12, "Ada", func(a *Account) { a.Except = []QueueID{3} })
	ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
	w.enter(3)
	_, e := w.chat(ada)
	_, over := w.chat(ada)
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, over))
	_, offered := w.enter(1)
	w.is(offered, Offered)
	must[ClientID](w.world)(w.RequestAssignment(bob, true, 1, 0))
	w.rests(cyd)
	w.confers(ada, e, w.logOn(15))
	for _, c := range []struct {
		name string
		by   Caller
		e    EngagementID
		to   NewTransfer
		want Code
	}{
		{"to nobody", ada, e, NewTransfer{}, BadRequest},
		{"to both", ada, e, NewTransfer{Account: 15, Queue: 1}, BadRequest},
		{"no such account", ada, e, NewTransfer{Account: 99}, BadRequest},
		{"no such queue", ada, e, NewTransfer{Queue: 99}, BadRequest},
		{"no such queue, warm", ada, e, NewTransfer{Queue: 99, Warm: true}, BadRequest},
		{"not logged on", ada, e, NewTransfer{Account: 16}, Conflict},
		{"unavailable", ada, e, NewTransfer{Account: 14}, Conflict},
		{"full", ada, e, NewTransfer{Account: 13}, Conflict},
		{"oneself", ada, e, NewTransfer{Account: 12}, Conflict},
		{"who is in it", ada, e, NewTransfer{Account: 15}, Conflict},
		{"a closed queue", ada, e, NewTransfer{Queue: 2}, Conflict},
		{"a closed queue, warm", ada, e, NewTransfer{Queue: 2, Warm: true}, Conflict},
		{"a full queue", ada, e, NewTransfer{Queue: 3}, Conflict},
		{"a full queue, warm", ada, e, NewTransfer{Queue: 3, Warm: true}, Conflict},
		{"an offer", ada, offered, NewTransfer{Queue: 1}, Conflict},
		{"one that is over", ada, over, NewTransfer{Queue: 1}, Conflict},
		{"one that is not", ada, 99, NewTransfer{Queue: 1}, BadRequest},
		{"not its", bob, e, NewTransfer{Queue: 1}, BadRequest},
		{"not its to send", w.callerOf(15), e, NewTransfer{Queue: 1}, Conflict},
		{"nobody", Caller{Key: "nobody", Agent: true}, e, NewTransfer{Queue: 1}, AccessDenied},
	} {
		c.to.Note = "a note"
		before := w.Position()
		_, err := w.Transfer(c.by, c.e, c.to)
		if got := codeOf(err); got != c.want || w.Position() != before {
			t.Errorf("%s: answered %q, want %q; %d events", c.name, got, c.want, w.Position()-before)
		}
	}
}

// TestTheLeadChangesWhileSomebodyIsAsked: who leads now is told of a refusal, and
// goes on as a conferee when the asked one accepts, for it sent nothing away.
func TestTheLeadChangesWhileSomebodyIsAsked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*floor, Caller, EngagementID)
	}{
		{"it leaves", func(w *floor, ada Caller, e EngagementID) { w.leaves(ada, e) }},
		{"it is lost", func(w *floor, ada Caller, _ EngagementID) { must[ClientID](w.world)(w.Logoff(ada, true)) }},
	} {
		for _, answer := range []api.AssignmentAction{api.ActionAccept, api.ActionDecline} {
			t.Run(c.name+" "+string(answer), func(t *testing.T) {
				w := newFloor(t)
				ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
				ann, e := w.chat(ada)
				w.confers(ada, e, cyd)
				w.sends(ada, e, NewTransfer{Account: 13})
				c.change(w, ada, e)
				w.ledBy(e, cyd)
				w.catchUp(bob, cyd, ann)
				w.answer(bob, e, answer)
				if answer == api.ActionDecline {
					w.onlyIn(e, 14)
					w.told(cyd, "left TRANSIENT PARTICIPANT_LEFT Bob")
					w.told(ann)
					return
				}
				w.onlyIn(e, 13, 14)
				w.told(ann, "joined LEAD Bob", "role LEAD Bob", "role CONFEREE Cyd")
				w.told(cyd, "joined LEAD Bob")
				w.told(bob, "joined END_USER Ann Lee", "joined CONFEREE Cyd")
			})
		}
	}
}
