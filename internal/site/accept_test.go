package site

import (
	"testing"
	"time"

	"usher/api"
)

func TestDecliningCanBeForbidden(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.serves(12, "Ada", func(v *Serving) { v.NoDecline = true })
	ada := w.logOn(12)
	w.ask(ada, 2)
	_, e := w.enter(0)
	for _, action := range []api.AssignmentAction{api.ActionDecline, api.ActionUnavailable} {
		w.nothing(BadRequest, func() error { _, err := w.AnswerOffer(ada, e, action); return err })
	}
	w.offeredTo(e, ada)
	w.after(60 * time.Second) // but it may let it expire
	w.is(e, Queued)
	w.after(DeclinePause)
	w.offeredTo(e, ada)
	w.serves(12, "Ada", func(v *Serving) {}) // takes effect at once
	w.answer(ada, e, api.ActionDecline)
	w.is(e, Queued)
}

// TestAnInvitationMayAlwaysBeDeclined: the rule is about offers.
func TestAnInvitationMayAlwaysBeDeclined(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.serves(13, "Bob", func(v *Serving) { v.NoDecline = true })
	ada, bob := w.logOn(12), w.logOn(13)
	_, e := w.chat(ada)
	w.invites(ada, e, 13, api.AssignmentConference)
	w.answer(bob, e, api.ActionDecline)
	w.onlyIn(e, 12)
}

// TestAnOfferIsAcceptedForAnAgentWhoSaysNothing, when its profile says so.
func TestAnOfferIsAcceptedForAnAgentWhoSaysNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		notice int
		after  time.Duration
	}{
		{"after the contract's time", 0, DefaultNotice},
		{"after the site's time", 40, 40 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			w.settings(func(s *Settings) { s.NoticeSeconds = c.notice })
			w.serves(12, "Ada", func(v *Serving) { v.AutoAccept = true })
			ada := w.logOn(12)
			w.ask(ada, 1)
			ann, e := w.enter(0)
			w.says(ann, e, "hello")
			w.after(c.after - time.Microsecond)
			w.offeredTo(e, ada)
			w.after(time.Microsecond)
			w.ledBy(e, ada)
			w.told(ada, "assignment LEAD 1", "joined END_USER Ann Lee", "post: hello")
			w.told(ann, "joined LEAD Ada")
			w.accept(ada, e) // late: it has it
			w.told(ada)
		})
	}
}

// TestAnOfferIsNotAcceptedForAnAgentWhoIsAway: it goes on to another.
func TestAnOfferIsNotAcceptedForAnAgentWhoIsAway(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.settings(func(s *Settings) { s.NoticeSeconds, s.AbsentSeconds = 15, 10 })
	w.serves(12, "Ada", func(v *Serving) { v.AutoAccept = true })
	w.serves(13, "Bob", func(v *Serving) {})
	ada, bob := w.logOn(12), w.logOn(13)
	w.ask(ada, 1)
	ann, e := w.enter(0)
	w.offeredTo(e, ada)
	w.ask(bob, 1)
	w.open(bob)
	w.open(ann)
	w.after(10 * time.Second)
	w.offeredTo(e, bob)
	w.after(30 * time.Second)
	w.offeredTo(e, bob) // whose profile does not say so
	w.accept(bob, e)
}

// TestLateTicksDoNotAcceptForWhoIsAway: however late time comes in, what was due
// first happens first.
func TestLateTicksDoNotAcceptForWhoIsAway(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.settings(func(s *Settings) { s.NoticeSeconds, s.AbsentSeconds = 15, 10 })
	w.serves(12, "Ada", func(v *Serving) { v.AutoAccept = true })
	ada := w.logOn(12)
	w.ask(ada, 1)
	ann, e := w.enter(0)
	w.open(ann)
	w.after(19 * time.Second)
	w.is(e, Queued)
	w.after(24 * time.Second)
	w.is(e, Queued)
}

// TestAnAcceptForAnAgentSurvivesARestart: with a minute at least.
func TestAnAcceptForAnAgentSurvivesARestart(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.settings(func(s *Settings) { s.OfferSeconds = 600 })
	w.serves(12, "Ada", func(v *Serving) { v.AutoAccept = true })
	ada := w.logOn(12)
	w.ask(ada, 1)
	_, e := w.enter(0)
	w.restart()
	w.after(ResumeGrace - time.Microsecond)
	w.offeredTo(e, ada)
	w.after(time.Microsecond)
	w.ledBy(e, ada)
}
