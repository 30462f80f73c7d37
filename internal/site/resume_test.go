package site

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/api"
)

// anns is a request of the visitor whom the host's back end names so.
func (w *world) anns(resume bool) EngagementRequest {
	return w.request(func(n *EngagementRequest) { n.Identity, n.Resume = "ann", resume })
}

// TestWhoMayGoOn: another token finds the engagement when it asks to, and names the
// same visitor.
func TestWhoMayGoOn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(w *floor, n *EngagementRequest)
		goesOn bool
	}{
		{"the same visitor", func(*floor, *EngagementRequest) {}, true},
		{"who wants another queue", func(_ *floor, n *EngagementRequest) { n.Queue, n.Account = 2, 13 }, true},
		{"who is called otherwise now", func(_ *floor, n *EngagementRequest) { n.Contact = Contact{FirstName: "Mrs Lee"} }, true},
		{"from elsewhere", func(_ *floor, n *EngagementRequest) { n.Network = "198.51.100.0/24" }, true},
		{"who does not ask to", func(_ *floor, n *EngagementRequest) { n.Resume = false }, false},
		{"somebody else", func(_ *floor, n *EngagementRequest) { n.Identity = "ben" }, false},
		{"nobody known", func(_ *floor, n *EngagementRequest) { n.Identity = "" }, false},
		{"by another way of writing", func(_ *floor, n *EngagementRequest) { n.Identity = "Ann" }, false},
	} {
		for _, st := range []State{Queued, Offered, Active} {
			t.Run(fmt.Sprint(c.name, " ", st), func(t *testing.T) {
				w := newFloor(t)
				ada := w.logOn(12)
				first := must[EngagementOpened](w.world)(w.RequestEngagement(w.anns(false)))
				if st != Queued {
					w.ask(ada, 1)
				}
				if st == Active {
					w.accept(ada, first.Engagement)
				}
				w.is(first.Engagement, st)
				n := w.anns(true)
				c.change(w, &n)
				again := must[EngagementOpened](w.world)(w.RequestEngagement(n))
				want := EngagementOpened{Client: first.Client, Engagement: first.Engagement, Queue: 1, Existing: true}
				if !c.goesOn {
					want = EngagementOpened{Client: again.Client, Engagement: first.Engagement + 1, Queue: 1}
				}
				if again != want {
					t.Errorf("answered %+v, want %+v", again, want)
				}
				w.is(first.Engagement, st)
				e := w.live[first.Engagement]
				if e.Contact.FirstName != "Ann" || e.Queue != 1 {
					t.Errorf("it changed the engagement: %+v in queue %d", e.Contact, e.Queue)
				}
			})
		}
	}
}

// TestTheSameTokenGoesOnWithItsOwn, whatever it asks.
func TestTheSameTokenGoesOnWithItsOwn(t *testing.T) {
	t.Parallel()
	for _, resume := range []bool{false, true} {
		w := newFloor(t)
		mine, other := w.anns(resume), w.anns(false)
		first := must[EngagementOpened](w.world)(w.RequestEngagement(mine))
		must[EngagementOpened](w.world)(w.RequestEngagement(other))
		w.settings(func(s *Settings) { s.SneakPreview = true })
		w.silent(func() error {
			again, err := w.RequestEngagement(mine)
			if again.Engagement != first.Engagement || !again.Existing || !again.Preview {
				t.Errorf("resume %t: answered %+v after %+v", resume, again, first)
			}
			return err
		})
	}
}

// TestOneVisitorsNewestSessionGoesOn, of those whose engagement goes on.
func TestOneVisitorsNewestSessionGoesOn(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	w.ask(ada, 9)
	var all []EngagementOpened
	var keys []SessionKey
	for range 4 {
		n := w.anns(false)
		all = append(all, must[EngagementOpened](w.world)(w.RequestEngagement(n)))
		keys = append(keys, n.Key)
		w.accept(ada, all[len(all)-1].Engagement)
	}
	resumes := func(want int) {
		t.Helper()
		n := w.anns(true)
		if got := must[EngagementOpened](w.world)(w.RequestEngagement(n)); got.Engagement != all[want].Engagement || got.Client != all[want].Client {
			t.Fatalf("goes on with %+v, want %+v", got, all[want])
		}
		keys[want] = n.Key
	}
	resumes(3)
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, all[3].Engagement)) // its session is still there
	resumes(2)
	w.restart()
	resumes(2)
	w.release(ada, all[2].Engagement)
	must[ClientID](w.world)(w.ConcludeAsVisitor(Caller{Key: keys[1]}))
	resumes(0)
	must[ClientID](w.world)(w.ConcludeAsVisitor(Caller{Key: keys[0]}))
	if got := must[EngagementOpened](w.world)(w.RequestEngagement(w.anns(true))); got.Existing || got.Engagement <= all[3].Engagement {
		t.Errorf("when all are over it goes on with %+v", got)
	}
}

// TestAfterTheEndAVisitorComesAnew: in wrap-up, in the grace, and when the session is over.
func TestAfterTheEndAVisitorComesAnew(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*floor, Caller, Caller, EngagementID){
		"concluded": func(w *floor, ada, _ Caller, e EngagementID) { must[ClientID](w.world)(w.ConcludeAsAgent(ada, e)) },
		"released":  func(w *floor, ada, _ Caller, e EngagementID) { w.release(ada, e) },
		"heard": func(w *floor, ada, ann Caller, e EngagementID) {
			w.release(ada, e)
			w.catchUp(ann)
		},
		"over": func(w *floor, ada, ann Caller, e EngagementID) {
			w.release(ada, e)
			w.catchUp(ann)
			w.after(ConcludedGrace)
		},
		"lost": func(w *floor, ada, _ Caller, _ EngagementID) {
			w.open(ada)
			w.after(240 * time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFloor(t)
			ada := w.logOn(12)
			ann, e := w.comes(func(n *EngagementRequest) { n.Identity = "ann" })
			w.ask(ada, 9)
			w.accept(ada, e)
			end(w, ada, ann, e)
			got := must[EngagementOpened](w.world)(w.RequestEngagement(w.anns(true)))
			if got.Existing || got.Engagement != e+1 {
				t.Errorf("answered %+v after engagement %d", got, e)
			}
			w.refusedAgain(ann.Key)
		})
	}
}

// refusedAgain fails unless a token opens nothing any more.
func (w *world) refusedAgain(k SessionKey) {
	w.t.Helper()
	w.nothing(AccessDenied, func() error {
		_, err := w.RequestEngagement(w.request(func(n *EngagementRequest) { n.Key, n.Identity, n.Resume = k, "ann", true }))
		return err
	})
}

// TestWhoGoesOnHasEverythingButTheKey: what was not received comes under fresh
// numbers, message ids are known, and the former key is nobody's: its polls end, and
// its token opens nothing.
func TestWhoGoesOnHasEverythingButTheKey(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	n := w.anns(false)
	opened := must[EngagementOpened](w.world)(w.RequestEngagement(n))
	former, e := Caller{Key: n.Key}, opened.Engagement
	w.ask(ada, 1)
	w.accept(ada, e)
	once := NewPost{Body: "hi", MessageID: "m1", OffTheRecord: true}
	must[ClientID](w.world)(w.post(former, e, once))
	w.told(former, "joined LEAD Ada")
	former.Acked, former.Ack = true, 1 // from now on exact
	w.says(ada, e, "one")
	w.says(ada, e, "two")
	w.open(former)
	must[ClientID](w.world)(w.SetInteractionStatus(ada, e, typing))
	w.catchUp(ada)
	w.TakeEnded()

	again := w.anns(true)
	must[EngagementOpened](w.world)(w.RequestEngagement(again))
	if got := w.TakeEnded(); !slices.Equal(got, []SessionKey{former.Key}) {
		t.Errorf("the sessions %v are over, want the former", got)
	}
	ann := Caller{Key: again.Key}
	if w.Exact(ann.Key) {
		t.Error("the new session is held to positions that it never sent")
	}
	b := w.poll(ann)
	if got := tell(b); !slices.Equal(got, []string{"post one", "post two"}) || b.Deliveries[0].Number != 1 || b.Deliveries[0].Sequence != 1 || b.Last != 2 {
		t.Errorf("handed out %q, from %+v to %d", got, b.Deliveries[0], b.Last)
	}
	w.silent(func() error { _, err := w.PostAsVisitor(ann, once); return err })
	for name, do := range map[string]func() error{
		"a poll":       func() error { _, _, err := w.OpenPoll(former); return err },
		"a post":       func() error { _, err := w.PostAsVisitor(former, once); return err },
		"the end":      func() error { _, err := w.ConcludeAsVisitor(former); return err },
		"a rating":     func() error { _, err := w.Rate(former, Rating{Stars: 5}); return err },
		"a look":       func() error { _, err := w.VisitorStanding(former, Stretch{}); return err },
		"a letter":     func() error { _, err := w.MailTranscript(former, "a@example.org"); return err },
		"what to read": func() error { _, err := w.FindVisit(former); return err },
	} {
		before := w.Position()
		if got := codeOf(do()); got != AccessDenied || w.Position() != before {
			t.Errorf("%s under the former key is answered %q, and %d events", name, got, w.Position()-before)
		}
	}
	w.refusedAgain(former.Key)
	w.ClosePoll(former.Key) // the host ends it now
	w.Inferred(former.Key, 2)
	w.restart()
	w.refusedAgain(former.Key)
	w.told(ann, "post: one", "post: two")
	w.says(ann, e, "back")
	w.hasHeard(ada, "post: back")
	w.after(time.Hour) // its token has expired, and nobody need remember it
	if _, known := w.spent[former.Key]; known {
		t.Error("the former key is never forgotten")
	}
}

// TestWhoGoesOnIsThere: the new session has its own presence, and
// brings a visitor back who was away.
func TestWhoGoesOnIsThere(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	_, e := w.comes(func(n *EngagementRequest) { n.Identity, n.TokenExpires = "ann", w.now.Add(time.Minute) })
	w.ask(ada, 1)
	w.accept(ada, e)
	w.catchUp(ada)
	w.open(ada)
	w.after(239 * time.Second) // its token has expired meanwhile
	w.told(ada, "activity NONE")
	n := w.anns(true)
	must[EngagementOpened](w.world)(w.RequestEngagement(n))
	w.told(ada, "activity LISTENING")
	w.after(239 * time.Second)
	w.is(e, Active)
	w.told(ada, "activity NONE")
	w.after(time.Second)
	w.is(e, Concluded)
	w.told(ada, "concluded END_USER EJECTED -")
	w.refusedAgain(n.Key)
}

// TestAPollOfTheFormerKeyIsNoSignOfLife of who goes on under another.
func TestAPollOfTheFormerKeyIsNoSignOfLife(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ann, e := w.comes(func(n *EngagementRequest) { n.Identity = "ann" })
	w.open(ann)
	w.after(300 * time.Second)
	w.is(e, Queued)
	must[EngagementOpened](w.world)(w.RequestEngagement(w.anns(true)))
	w.after(240*time.Second - time.Microsecond)
	w.is(e, Queued)
	w.after(time.Microsecond)
	w.is(e, "gone")
}

// TestAWaitingVisitorWhoGoesOnIsToldItsPlaceAgain.
func TestAWaitingVisitorWhoGoesOnIsToldItsPlaceAgain(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.enter(0)
	ann, _ := w.comes(func(n *EngagementRequest) { n.Identity = "ann" })
	w.told(ann, "wait 2")
	w.told(ann)
	ann, _ = w.comes(func(n *EngagementRequest) { n.Identity, n.Resume = "ann", true })
	w.told(ann, "wait 2")
}

// TestAnIdentityIsBounded.
func TestAnIdentityIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for identity, want := range map[string]Code{
		strings.Repeat("x", MaxIdentityBytes): "", strings.Repeat("x", MaxIdentityBytes+1): BadRequest, "a\xff": BadRequest, "é|\x00": "",
	} {
		before := w.Position()
		_, err := w.RequestEngagement(w.request(func(n *EngagementRequest) { n.Identity, n.Resume = identity, true }))
		if got := codeOf(err); got != want || want != "" && w.Position() != before {
			t.Errorf("%d bytes are answered %q, want %q", len(identity), got, want)
		}
	}
}

// TestVisitorsOfOneNetworkAreBounded: as many at once as the site says, of those who
// came with nothing but the widget key, until their sessions are over.
func TestVisitorsOfOneNetworkAreBounded(t *testing.T) {
	t.Parallel()
	from := func(w *floor, network string, more ...func(*EngagementRequest)) error {
		_, err := w.RequestEngagement(w.request(func(n *EngagementRequest) {
			n.Network = network
			for _, m := range more {
				m(n)
			}
		}))
		return err
	}
	as := func(k SessionKey) func(*EngagementRequest) { return func(n *EngagementRequest) { n.Key = k } }
	ann := func(n *EngagementRequest) { n.Identity, n.Resume = "ann", true }
	t.Run("at once", func(t *testing.T) {
		w := newFloor(t)
		w.settings(func(s *Settings) { s.MaxPerAddress = 2 })
		w.refused(from(w, "a", as("first"), ann), "")
		w.refused(from(w, "a"), "")
		w.nothing(TooMany, func() error { return from(w, "a") })
		w.refused(from(w, "b"), "")
		w.refused(from(w, ""), "") // with a token of the host's back end
		w.refused(from(w, ""), "")
		w.refused(from(w, ""), "")
		w.restart()
		w.after(time.Second)
		w.nothing(TooMany, func() error { return from(w, "a") })
		w.silent(func() error { return from(w, "a", as("first")) }) // it is here already
		w.refused(from(w, "a", as("second"), ann), "")              // and so is this one
		w.nothing(TooMany, func() error { return from(w, "a") })
		must[ClientID](w.world)(w.ConcludeAsVisitor(Caller{Key: "second"}))
		w.nothing(TooMany, func() error { return from(w, "a") }) // its session is not over yet
		w.catchUp(Caller{Key: "second"})
		w.after(ConcludedGrace)
		w.refused(from(w, "a"), "")
		w.nothing(TooMany, func() error { return from(w, "a") })
		w.settings(func(s *Settings) { s.MaxPerAddress = 0 }) // no limit
		w.refused(from(w, "a"), "")
		w.refused(from(w, "a"), "")
	})
	t.Run("who is lost makes room", func(t *testing.T) {
		w := newFloor(t)
		w.settings(func(s *Settings) { s.MaxPerAddress = 1 })
		w.refused(from(w, "a"), "")
		w.after(240*time.Second - time.Microsecond)
		w.nothing(TooMany, func() error { return from(w, "a") })
		w.after(time.Microsecond)
		w.refused(from(w, "a"), "")
	})
	t.Run("who is turned away takes none", func(t *testing.T) {
		w := newFloor(t)
		w.settings(func(s *Settings) { s.MaxPerAddress = 1 })
		w.queue(QueueDefinition{ID: 3, Name: "Night", MaxWaiting: 1})
		w.enter(3)
		for range 3 {
			w.turnedAway(3, api.ResultNoAgentsAvailable)
			w.nothing(Conflict, func() error { return from(w, "a", func(n *EngagementRequest) { n.Queue = 3 }) })
		}
		w.refused(from(w, "a"), "")
	})
	t.Run("the setting's range", func(t *testing.T) {
		w := newFloor(t)
		for value, want := range map[int]Code{-1: BadRequest, 0: "", MaxEngagements: "", MaxEngagements + 1: BadRequest} {
			n := w.CurrentSettings()
			n.MaxPerAddress = value
			_, err := w.Admin("test").ChangeSettings(n)
			w.refused(err, want)
		}
	})
}
