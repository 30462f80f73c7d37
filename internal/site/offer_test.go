package site

import (
	"fmt"
	"testing"
	"time"

	"usher/api"
)

func TestAnOfferThatIsNotAnsweredGoesToSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, bob := w.logOn(12), w.logOn(13)
	w.ask(ada, 1)
	_, e := w.enter(0)
	w.ask(bob, 1)
	w.after(60*time.Second - time.Microsecond)
	w.offeredTo(e, ada)
	w.after(time.Microsecond)
	w.offeredTo(e, bob)
	w.hears(ada, "assignment 1", "left NONE TRANSFERRED_TO_QUEUE")
	_, err := w.AnswerOffer(ada, e, api.ActionAccept)
	w.refused(err, BadRequest)
}

func TestOfferSecondsSetTheTimeOfNewOffers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settings(func(s *Settings) { s.OfferSeconds = 5 })
	ada := w.logOn(12)
	w.ask(ada, 1)
	_, e := w.enter(0)
	w.after(5 * time.Second)
	w.is(e, Queued)
}

func TestWhoDeclinedComesAfterEverybodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, bob := w.logOn(12), w.logOn(13)
	w.ask(ada, 5)
	_, e := w.enter(0)
	w.offeredTo(e, ada)
	w.chat(bob) // so that Ada has less to do
	w.answer(ada, e, api.ActionDecline)
	w.offeredTo(e, bob)
	w.hears(ada, "assignment 1")
}

func TestTheOnlyAgentIsOfferedAgainAfterAPause(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	w.ask(ada, 1)
	_, e := w.enter(0)
	w.answer(ada, e, api.ActionDecline)
	w.is(e, Queued)
	w.after(DeclinePause - time.Microsecond)
	w.is(e, Queued)
	w.after(time.Microsecond)
	w.offeredTo(e, ada)
}

func TestWhoAsksAgainIsOfferedAtOnceWhatItDeclined(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	w.ask(ada, 1)
	_, e := w.enter(0)
	w.answer(ada, e, api.ActionDecline)
	w.after(time.Second)
	w.ask(ada, 1)
	w.offeredTo(e, ada)
}

func TestAnOfferThatEndsGivesItsCreditBack(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*world, Caller, Caller, EngagementID){
		"declined":  func(w *world, ada, _ Caller, e EngagementID) { w.answer(ada, e, api.ActionDecline) },
		"expired":   func(w *world, ada, _ Caller, _ EngagementID) { w.open(ada); w.after(time.Minute) },
		"concluded": func(w *world, _, ann Caller, _ EngagementID) { must[ClientID](w)(w.ConcludeAsVisitor(ann)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ada := w.logOn(12)
			w.ask(ada, 1)
			ann, e := w.enter(0)
			end(w, ada, ann, e)
			_, next := w.enter(0)
			w.offeredTo(next, ada)
		})
	}
}

func TestACreditThatWasNeverTakenIsNotGivenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.account(12, "Ada", func(a *Account) { a.Pull = false })
	ada := w.logOn(12)
	must[ClientID](w)(w.SetActivityStatus(ada, api.StatusAvailable, 1))
	_, e := w.enter(0)
	w.answer(ada, e, api.ActionDecline)
	must[ClientID](w)(w.SetActivityStatus(ada, api.StatusNone, 1))
	_, next := w.enter(0)
	w.is(next, Queued) // Ada is pushed to only while available, and never asked
}

func TestWhoNoLongerAsksGetsNoCreditBack(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*world, Caller){
		"asks no more": func(w *world, c Caller) { must[ClientID](w)(w.RequestAssignment(c, false, 0, 1)) },
		"unavailable": func(w *world, c Caller) {
			must[ClientID](w)(w.SetActivityStatus(c, api.StatusUnavailable, 1))
			must[ClientID](w)(w.SetActivityStatus(c, api.StatusAvailable, 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ada := w.logOn(12)
			w.ask(ada, 1)
			_, e := w.enter(0)
			stop(w, ada)
			w.answer(ada, e, api.ActionDecline)
			_, next := w.enter(0)
			w.after(DeclinePause)
			w.is(e, Queued)
			w.is(next, Queued)
		})
	}
}

func TestWhoLetAnOfferExpireIsOfferedWhatElseWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	w.ask(ada, 1)
	_, first := w.enter(0)
	_, second := w.enter(0)
	w.after(60 * time.Second)
	w.is(first, Queued)
	w.offeredTo(second, ada)
}

func TestUnavailableDeclinesAndStopsOffers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	w.ask(ada, 3)
	_, e := w.enter(0)
	w.answer(ada, e, api.ActionUnavailable)
	w.after(DeclinePause)
	w.is(e, Queued)
	w.ask(ada, 3) // asked for, but still unavailable
	w.is(e, Queued)
	must[ClientID](w)(w.SetActivityStatus(ada, api.StatusAvailable, 1))
	w.offeredTo(e, ada)
}

// TestCredits holds the rule of requestAssignment: max(1, min(idle, most - held))
// credits, each for one offer, and never more than most engagements at once.
func TestCredits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ held, idle, most, offers int }{
		{0, 0, 0, 0}, // nothing is allowed
		{0, 0, 1, 1}, // at least one is asked for
		{0, 1, 1, 1},
		{0, 9, 3, 3}, // no more than allowed
		{0, 2, 9, 2}, // no more than idle
		{2, 9, 3, 1},
		{2, 9, 2, 0}, // full, but one is asked for and stays pending
		{2, 1, 9, 1},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			w := newWorld(t)
			ada := w.logOn(12)
			var chats []EngagementID
			for range c.held {
				_, e := w.chat(ada)
				chats = append(chats, e)
			}
			must[ClientID](w)(w.RequestAssignment(ada, true, c.idle, c.most))
			for range 5 {
				w.enter(0)
			}
			if got := len(w.agent(ada).Holds) - c.held; got != c.offers {
				t.Errorf("%d offers, want %d", got, c.offers)
			}
			if c.held >= c.most && c.most > 0 {
				must[ClientID](w)(w.Release(ada, chats[0]))
				if got := len(w.agent(ada).Holds); got != c.most {
					t.Errorf("%d engagements are held after one was released, want %d", got, c.most)
				}
			}
		})
	}
	w := newWorld(t)
	ada := w.logOn(12)
	_, err := w.RequestAssignment(ada, true, -1, 1)
	w.refused(err, BadRequest)
	_, err = w.RequestAssignment(ada, true, 1, -1)
	w.refused(err, BadRequest)
}

func TestTheNewestRequestReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	w.ask(ada, 3)
	must[ClientID](w)(w.RequestAssignment(ada, true, 1, 3))
	w.enter(0)
	_, e := w.enter(0)
	w.is(e, Queued)
	must[ClientID](w)(w.RequestAssignment(ada, false, 3, 3))
	_, e = w.enter(0)
	w.is(e, Queued)
}

func TestAnAcceptIntroducesBothAndHandsOverWhatWasPosted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.enter(0)
	w.says(ann, e, "one")
	w.ask(ada, 1)
	w.says(ann, e, "two")
	w.hears(ada, "assignment 1")
	a := must[Answered](w)(w.AnswerOffer(ada, e, api.ActionAccept))
	if len(a.Participants) != 1 || a.Participants[0].Name != "Ann Lee" || a.Participants[0].Role != api.RoleEndUser {
		t.Errorf("the participants are %+v", a.Participants)
	}
	w.says(ann, e, "three")
	w.hears(ada, "joined END_USER Ann Lee", "post one", "post two", "post three")
	w.hears(ann, "joined LEAD Ada")
	again := must[Answered](w)(w.AnswerOffer(ada, e, api.ActionAccept))
	if again.Client != a.Client || len(again.Participants) != 1 {
		t.Errorf("a repeated accept is answered %+v", again)
	}
	w.hears(ada)
}

func TestANewLeadGetsWhatNoFormerLeadReceived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	w.says(ann, e, "one")
	w.says(ann, e, "two")
	w.hears(ada, "assignment 1", "joined END_USER Ann Lee", "post one", "post two")
	w.says(ann, e, "three")
	w.poll(ada) // handed out, but nothing is known of it
	must[ClientID](w)(w.Logoff(ada, true))
	w.says(ann, e, "four")
	bob := w.logOn(13)
	w.ask(bob, 1)
	w.accept(bob, e)
	w.hears(bob, "assignment 1", "joined END_USER Ann Lee", "post three", "post four")
}

// TestReleaseOfAnOfferThatEnded: programs release whatever they are told is over,
// also an engagement that they never accepted.
func TestReleaseOfAnOfferThatEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	w.ask(ada, 1)
	ann, e := w.enter(0)
	must[ClientID](w)(w.ConcludeAsVisitor(ann))
	w.hears(ada, "assignment 1", "concluded END_USER END_USER_CONCLUDED")
	must[ClientID](w)(w.Release(ada, e))
	_, err := w.AnswerOffer(ada, e, api.ActionAccept)
	w.refused(err, BadRequest)
}
