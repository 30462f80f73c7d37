package site

import (
	"slices"
	"testing"
	"time"
)

func TestAnIdleEngagementIsConcluded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	w.open(ada)
	w.open(ann)
	w.after(600*time.Second - time.Microsecond)
	w.is(e, Active)
	w.after(time.Microsecond)
	w.is(e, Concluded)
	w.hears(ada, "assignment 1", "joined END_USER Ann Lee", "concluded END_USER IDLE_TIMEOUT")
	w.hears(ann, "joined LEAD Ada", "concluded END_USER IDLE_TIMEOUT")
}

func TestWhateverSomebodyDoesPutsTheIdleLimitOff(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(*world, Caller, Caller, EngagementID){
		"the visitor posts": func(w *world, _, ann Caller, e EngagementID) { w.says(ann, e, "hi") },
		"the agent posts":   func(w *world, ada, _ Caller, e EngagementID) { w.says(ada, e, "hi") },
		"the visitor types": func(w *world, _, ann Caller, _ EngagementID) { must[Typing](w)(w.VisitorActivity(ann, typing)) },
		"the agent types": func(w *world, ada, _ Caller, e EngagementID) {
			must[ClientID](w)(w.SetInteractionStatus(ada, e, typing))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ada := w.logOn(12)
			ann, e := w.chat(ada)
			w.open(ada)
			w.open(ann)
			w.after(599 * time.Second)
			do(w, ada, ann, e)
			w.after(600*time.Second - time.Microsecond)
			w.is(e, Active)
			w.after(time.Microsecond)
			w.is(e, Concluded)
		})
	}
}

func TestWaitingTooLongEndsAnEngagement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, e := w.enter(0)
	w.open(ann)
	w.after(1800*time.Second - time.Microsecond)
	w.is(e, Queued)
	w.after(time.Microsecond)
	w.is(e, "gone")
	w.hears(ann, "wait 1", "concluded END_USER QUEUE_TIMEOUT")
}

func TestWaitingTooLongCountsThroughAnOffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, e := w.enter(0)
	w.open(ann)
	w.after(1790 * time.Second)
	ada := w.logOn(12)
	w.ask(ada, 1)
	w.after(59 * time.Second)
	w.offeredTo(e, ada) // the limit does not end an offer
	w.after(time.Second)
	w.is(e, "gone")
	w.hears(ada, "assignment 1", "left NONE TRANSFERRED_TO_QUEUE")
	w.hears(ann, "wait 1", "concluded END_USER QUEUE_TIMEOUT")
}

func TestAnEngagementThatLostItsLeadMayWaitAsLongAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	w.open(ann)
	w.after(100 * time.Second)
	must[ClientID](w)(w.Logoff(ada, true))
	w.after(1800*time.Second - time.Microsecond)
	w.is(e, Queued)
	w.after(time.Microsecond)
	w.is(e, "gone")
}

func TestTheLastWordsAreFollowedByAGrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	must[ClientID](w)(w.Release(ada, e))
	w.open(ann)
	w.after(100 * time.Second) // not known to be received: the session lives its ordinary time
	w.hears(ann, "joined LEAD Ada", "concluded LEAD AGENT_CONCLUDED")
	w.open(ann) // held to the end of the grace, and no longer
	must[ClientID](w)(w.ConcludeAsVisitor(ann))
	w.after(ConcludedGrace - time.Microsecond)
	w.hears(ann)
	w.after(time.Microsecond)
	w.refused(w.Alive(ann), AccessDenied)
	_, err := w.ConcludeAsVisitor(ann)
	w.refused(err, AccessDenied)
}

func TestAVisitorWhoIsAwayAtTheEndHasItsOrdinaryTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	must[ClientID](w)(w.Release(ada, e))
	w.poll(ann) // handed out, but not known to be received
	w.after(240*time.Second - time.Microsecond)
	if b := w.Collect(ann.Key, w.Position()); b.Last != 2 {
		t.Errorf("the last words are gone: %v", tell(b))
	}
	w.after(time.Microsecond)
	w.refused(w.Alive(ann), AccessDenied)
}

func TestATokenOpensOneEngagement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := EngagementRequest{Key: "token", TokenExpires: w.now.Add(30 * time.Minute)}
	first := must[EngagementOpened](w)(w.RequestEngagement(n))
	again := must[EngagementOpened](w)(w.RequestEngagement(n))
	if first.Existing || !again.Existing || again.Engagement != first.Engagement || again.Client != first.Client || again.Queue != 1 {
		t.Errorf("answered %+v, then %+v", first, again)
	}
	must[ClientID](w)(w.ConcludeAsVisitor(Caller{Key: "token"}))
	_, err := w.RequestEngagement(n)
	w.refused(err, AccessDenied)
	w.after(240 * time.Second) // the session is over
	_, err = w.RequestEngagement(n)
	w.refused(err, AccessDenied)
	w.restart()
	w.after(AfterChat - time.Microsecond) // longer than the token lasts: the visit may be asked for
	_, err = w.RequestEngagement(n)
	w.refused(err, AccessDenied)
	w.after(time.Microsecond)
	if len(w.spent) != 0 {
		t.Errorf("a token that has expired is still remembered: %v", w.spent)
	}
}

func TestAVisitorIsPutWhereItWants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(QueueDefinition{ID: 2, Name: "Sales"}))
	_, e := w.enter(2)
	if got := w.live[e].Queue; got != 2 {
		t.Errorf("in queue %d, want 2", got)
	}
	_, err := w.RequestEngagement(EngagementRequest{Key: "x", Queue: 3})
	w.refused(err, BadRequest)
	empty := emptyWorld(t)
	_, err = empty.RequestEngagement(EngagementRequest{Key: "x"})
	empty.refused(err, Conflict)
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(QueueDefinition{ID: 2, Name: "Sales", Default: true}))
	_, e = w.enter(0)
	if got := w.live[e].Queue; got != 2 {
		t.Errorf("in queue %d, want the default, 2", got)
	}
}

// TestALoadEndsNoChat: after an outage longer than every limit, each session
// has its full presence interval and each other timer a minute at least.
func TestALoadEndsNoChat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settings(func(s *Settings) { s.OfferSeconds, s.IdleSeconds, s.QueueSeconds = 30, 40, 50 })
	ada, bob := w.logOn(12), w.logOn(13)
	_, active := w.chat(ada)
	over, done := w.chat(ada)
	must[ClientID](w)(w.RequestAssignment(ada, false, 0, 9))
	w.ask(bob, 1)
	_, offered := w.enter(0)
	must[ClientID](w)(w.RequestAssignment(bob, false, 0, 1))
	_, queued := w.enter(0)
	must[ClientID](w)(w.ConcludeAsVisitor(over))
	w.hears(over, "joined LEAD Ada", "concluded END_USER END_USER_CONCLUDED")
	w.now = w.now.Add(24 * time.Hour) // the outage
	w.restart()
	w.after(ResumeGrace - time.Microsecond)
	w.offeredTo(offered, bob)
	w.is(active, Active)
	w.is(queued, Queued)
	w.refused(w.Alive(over), "")
	w.after(time.Microsecond)
	w.is(active, Concluded)
	w.is(offered, "gone") // the offer is over, and the wait was long before
	w.is(queued, "gone")
	w.is(done, "gone") // the time for wrapping up is over
	w.after(60*time.Second - time.Microsecond)
	if got := w.agent(bob); got.absent {
		t.Error("Bob is absent before a full presence interval has passed")
	}
	w.after(time.Microsecond)
	if got := w.agent(bob); !got.absent {
		t.Error("Bob is not absent after a full presence interval")
	}
	w.refused(w.Alive(over), AccessDenied)
}

// TestWhatBeginsAfterALoadEndsInItsTime: the minute is for what a load interrupted.
func TestWhatBeginsAfterALoadEndsInItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settings(func(s *Settings) { s.OfferSeconds, s.IdleSeconds, s.QueueSeconds = 3, 4, 5 })
	ada, bob := w.logOn(12), w.logOn(13)
	w.restart()
	w.after(time.Second)
	_, active := w.chat(ada)
	must[ClientID](w)(w.RequestAssignment(ada, false, 0, 9))
	w.ask(bob, 1)
	_, offered := w.enter(0)
	must[ClientID](w)(w.RequestAssignment(bob, false, 0, 1))
	_, queued := w.enter(0)
	w.after(3*time.Second - time.Microsecond)
	w.offeredTo(offered, bob)
	w.after(time.Microsecond)
	w.is(offered, Queued)
	w.after(time.Second - time.Microsecond)
	w.is(active, Active)
	w.after(time.Microsecond)
	w.is(active, Concluded)
	w.after(time.Second - time.Microsecond)
	w.is(queued, Queued)
	w.after(time.Microsecond)
	w.is(queued, "gone")
}

func TestAfterALoadTheGraceOfTheLastWordsIsAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, _ := w.enter(0)
	must[ClientID](w)(w.ConcludeAsVisitor(ann))
	w.hears(ann, "concluded END_USER END_USER_CONCLUDED")
	w.after(29 * time.Second)
	w.restart()
	w.after(ResumeGrace - time.Microsecond)
	if w.byKey[ann.Key] == 0 {
		t.Error("the session is over before its minute")
	}
	w.after(time.Microsecond)
	w.refused(w.Alive(ann), AccessDenied)
}

func TestALoadOffersWhatWaitsToWhoWasAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	w.ask(ada, 1)
	w.after(121 * time.Second)
	_, e := w.enter(0)
	w.is(e, Queued)
	w.restart()
	w.offeredTo(e, ada)
}

func TestTimeNeverGoesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enter(0)
	w.after(time.Hour)
	last := w.LastAt()
	w.Tick(w.now.Add(-2 * time.Hour))
	_, e := w.enter(0)
	if got := w.live[e].CreatedAt; got != w.now {
		t.Errorf("made at %d, want %d", got, w.now)
	}
	s := w.rebuilt()
	s.Resumed(start) // a wall clock that is behind
	if s.LastAt() < last || s.LastAt() != w.LastAt() {
		t.Errorf("the load is recorded at %d, after %d", s.LastAt(), w.LastAt())
	}
}

func TestSettingsMoveTheTimersThatRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	_, e := w.chat(ada)
	w.after(0) // visitors are told of their places
	w.settings(func(s *Settings) { s.IdleSeconds = 10 })
	if got, want := w.Next(), w.now.Add(5*time.Second); got != want { // the warning, at half the time
		t.Errorf("next is at %d, want %d", got, want)
	}
	w.after(9 * time.Second)
	w.is(e, Active)
	if got, want := w.Next(), w.now.Add(time.Second); got != want {
		t.Errorf("next is at %d, want %d", got, want)
	}
	w.after(time.Second)
	w.is(e, Concluded)
}

func TestNextIsNeverForASiteWhereNothingRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := w.Next(); got != 0 {
		t.Errorf("next is at %d, want never", got)
	}
	w.logOn(12)
	if got, want := w.Next(), w.now.Add(120*time.Second); got != want {
		t.Errorf("next is at %d, want %d", got, want)
	}
	if f := w.flush(); f.Next != w.Next() || f.First != 0 || int64(f.Count) != w.Position() {
		t.Errorf("the frame says %+v", f)
	}
	w.after(240 * time.Second)
	if got := w.Next(); got != 0 {
		t.Errorf("next is at %d, want never", got)
	}
}

// TestTimersDueTogetherFireInAFixedOrder: however late the tick, the order is
// that of the times, and then of the kinds.
func TestTimersDueTogetherFireInAFixedOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	w.ask(ada, 1)
	ann, e := w.enter(0)
	w.accept(ada, e)
	w.says(ann, e, "hi")
	w.flush()
	before := len(w.journal)
	w.after(24 * time.Hour)
	w.flush()
	var got []string
	for _, n := range eventNames(t, w.journal[before:]) {
		if n != "Mailed" {
			got = append(got, n)
		}
	}
	// Ada becomes absent, Ann is lost, and then Ada is.
	want := []string{"EngagementConcluded", "VisitorSessionEnded", "EngagementReleased", "AgentSessionEnded"}
	if !slices.Equal(got, want) {
		t.Fatalf("recorded %v, want %v", got, want)
	}
}
