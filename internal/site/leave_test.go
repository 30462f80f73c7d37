package site

import (
	"testing"
	"time"

	"usher/api"
)

func TestAConfereeLeaves(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*floor, Caller, EngagementID) error{
		"by leaving":     func(w *floor, c Caller, e EngagementID) error { _, err := w.Leave(c, e); return err },
		"by concluding":  func(w *floor, c Caller, e EngagementID) error { _, err := w.ConcludeAsAgent(c, e); return err },
		"by releasing":   func(w *floor, c Caller, e EngagementID) error { _, err := w.Release(c, e); return err },
		"by logging off": func(w *floor, c Caller, e EngagementID) error { _, err := w.Logoff(c, true); return err },
	} {
		t.Run(name, func(t *testing.T) {
			w := newFloor(t)
			ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
			ann, e := w.chat(ada)
			w.confers(ada, e, bob)
			w.confers(ada, e, cyd)
			w.catchUp(ada, bob, cyd, ann)
			for range 2 { // repeating it changes nothing
				if err := leave(w, bob, e); err != nil && codeOf(err) != AccessDenied {
					t.Fatal(err)
				}
			}
			w.ledBy(e, ada)
			w.onlyIn(e, 12, 14)
			left := "left CONFEREE PARTICIPANT_LEFT Bob"
			w.told(ada, left)
			w.told(cyd, left)
			w.told(ann, left)
			if x := w.agent(bob); x != nil {
				w.told(bob)
				if len(x.Holds) != 0 {
					t.Errorf("Bob holds %v", x.Holds)
				}
				_, err := w.post(bob, e, NewPost{Body: "late"})
				w.refused(err, Conflict)
				w.confers(ada, e, bob) // and may come again
			}
		})
	}
}

func TestAMonitorLeavesUnseen(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, sue := w.logOn(12), w.logOn(15)
	ann, e := w.chat(ada)
	w.monitors(sue, e)
	w.catchUp(ada, sue, ann)
	must[ClientID](w.world)(w.ConcludeAsAgent(sue, e))
	w.has(sue, e, "")
	w.ledBy(e, ada)
	w.told(ada, "left MONITOR PARTICIPANT_LEFT Sue")
	w.told(ann)
	w.told(sue)
}

// TestALeadLeavesAndTheLongestConfereeLeads: not a monitor, and not whoever came later.
func TestALeadLeavesAndTheLongestConfereeLeads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		leave func(*floor, Caller, EngagementID)
		lives bool
	}{
		{"leaves", func(w *floor, c Caller, e EngagementID) { w.leaves(c, e) }, true},
		{"logs off", func(w *floor, c Caller, _ EngagementID) { must[ClientID](w.world)(w.Logoff(c, true)) }, false},
		{"is removed", func(w *floor, _ Caller, _ EngagementID) {
			if err := w.Admin("test").Remove(DefinedAccount, 12); err != nil {
				w.t.Fatalf("%v", err)
			}
		}, false},
		{"is lost", func(w *floor, _ Caller, _ EngagementID) { w.after(240 * time.Second) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			ada, bob, cyd, sue := w.logOn(12), w.logOn(13), w.logOn(14), w.logOn(15)
			ann, e := w.chat(ada)
			w.monitors(sue, e)
			w.confers(ada, e, bob)
			w.confers(ada, e, cyd)
			w.catchUp(ada, bob, cyd, sue, ann)
			for _, o := range []Caller{bob, cyd, sue, ann} {
				w.open(o)
			}
			c.leave(w, ada, e)
			w.ledBy(e, bob)
			w.onlyIn(e, 13, 15, 14)
			gone := "left LEAD PARTICIPANT_LEFT Ada"
			told := []string{"joined LEAD Bob", "role LEAD Bob", gone}
			if c.name == "is lost" {
				told = append([]string{"connection ABSENT LEAD -, 120 s left"}, told...)
			}
			w.told(ann, told...)
			w.told(bob, "joined LEAD Bob", gone) // it has not asked for it
			w.told(cyd, "joined LEAD Bob", gone)
			w.told(sue, "joined LEAD Bob", gone)
			if c.lives {
				w.told(ada, gone)
				w.leaves(ada, e) // again: it has left
				w.told(ada)
			}
			w.says(ann, e, "hello?")
			w.told(bob, "post: hello?")
		})
	}
}

func TestALeadAloneCannotLeave(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, sue := w.logOn(12), w.logOn(13), w.logOn(15)
	_, e := w.chat(ada)
	w.monitors(sue, e)
	w.invites(ada, e, 13, api.AssignmentConference)
	w.nothing(Conflict, func() error { _, err := w.Leave(ada, e); return err })
	w.nothing(Conflict, func() error { _, err := w.Leave(bob, e); return err }) // who has not answered yet
	w.nothing(BadRequest, func() error { _, err := w.Leave(ada, 99); return err })
	w.nothing(AccessDenied, func() error { _, err := w.Leave(Caller{Key: "nobody", Agent: true}, e); return err })
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, e))
	w.nothing(Conflict, func() error { _, err := w.Leave(ada, e); return err })
}

// TestALostLeadWithoutAConferee: the engagement waits again, and no guest stays.
func TestALostLeadWithoutAConferee(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, sue := w.logOn(12), w.logOn(13), w.logOn(15)
	ann, e := w.chat(ada)
	w.monitors(sue, e)
	w.invites(ada, e, 13, api.AssignmentConference)
	w.catchUp(ada, bob, sue, ann)
	must[ClientID](w.world)(w.Logoff(ada, true))
	w.inQueue(e, 1)
	w.has(sue, e, "")
	w.has(bob, e, "")
	w.told(ann, "left LEAD TRANSFERRED_TO_QUEUE Ada", "wait 1")
	w.told(sue, "left LEAD TRANSFERRED_TO_QUEUE Ada", "left MONITOR TRANSFERRED_TO_QUEUE Sue")
	w.told(bob, "left NONE TRANSFERRED_TO_QUEUE Bob")
}

// TestTheEndIsToldToAllWhoAreInIt, and to those who are asked to be.
func TestTheEndIsToldToAllWhoAreInIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		end    func(*floor, Caller, Caller, EngagementID)
		others string // what those who did not end it are told
		byLead bool
	}{
		{"by the lead", func(w *floor, ada, _ Caller, e EngagementID) { must[ClientID](w.world)(w.ConcludeAsAgent(ada, e)) },
			"concluded LEAD AGENT_CONCLUDED Ada", true},
		{"by the visitor", func(w *floor, _, ann Caller, _ EngagementID) { must[ClientID](w.world)(w.ConcludeAsVisitor(ann)) },
			"concluded END_USER END_USER_CONCLUDED -", false},
		{"by a supervisor", func(w *floor, _, _ Caller, e EngagementID) {
			if err := w.Admin("sue").Eject(e); err != nil {
				w.t.Fatalf("%v", err)
			}
		}, "concluded END_USER EJECTED -", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			ada, bob, cyd, sue := w.logOn(12), w.logOn(13), w.logOn(14), w.logOn(15)
			ann, e := w.chat(ada)
			w.confers(ada, e, bob)
			w.monitors(sue, e)
			w.invites(ada, e, 14, api.AssignmentConference)
			w.catchUp(ada, bob, cyd, sue, ann)
			c.end(w, ada, ann, e)
			w.is(e, Concluded)
			for _, o := range []Caller{bob, cyd, sue, ann} {
				w.told(o, c.others)
				if x := w.agent(o); x != nil && len(x.Holds)+len(x.Watches) > 0 {
					t.Errorf("%s holds %v and watches %v", w.agentName(x.Client), x.Holds, x.Watches)
				}
			}
			if c.byLead {
				w.told(ada)
			} else {
				w.told(ada, c.others)
			}
			w.release(bob, e) // programs release whatever they are told is over
			w.is(e, Concluded)
			w.release(ada, e)
			w.is(e, "gone")
		})
	}
}

// TestThePlaceOfAGuestIsOfferedAtOnce: when a conferee, or who was asked to be
// one, has its place again, it is offered what waits, however that came about.
func TestThePlaceOfAGuestIsOfferedAtOnce(t *testing.T) {
	t.Parallel()
	ends := map[string]func(*floor, Caller, Caller, EngagementID){
		"the lead concludes":     func(w *floor, ada, _ Caller, e EngagementID) { must[ClientID](w.world)(w.ConcludeAsAgent(ada, e)) },
		"the visitor concludes":  func(w *floor, _, ann Caller, e EngagementID) { must[ClientID](w.world)(w.ConcludeAsVisitor(ann)) },
		"the lead reroutes":      func(w *floor, ada, _ Caller, e EngagementID) { must[ClientID](w.world)(w.Reroute(ada, e)) },
		"the lead sends it away": func(w *floor, ada, _ Caller, e EngagementID) { w.sends(ada, e, NewTransfer{Queue: 2}) },
		"the guest leaves": func(w *floor, _, _ Caller, e EngagementID) {
			if bob := w.callerOf(13); w.live[e].guest(w.byKey[bob.Key]) != nil {
				w.leaves(bob, e)
			} else {
				w.answer(bob, e, api.ActionDecline)
			}
		},
		"the lead logs off": func(w *floor, ada, _ Caller, e EngagementID) { must[ClientID](w.world)(w.Logoff(ada, true)) },
		"the lead is removed": func(w *floor, _, _ Caller, _ EngagementID) {
			if err := w.Admin("test").Remove(DefinedAccount, 12); err != nil {
				w.t.Fatalf("%v", err)
			}
		},
	}
	for _, as := range []string{"asked", "asked to take it", "in it"} {
		for name, end := range ends {
			switch {
			case as == "in it" && (name == "the lead logs off" || name == "the lead is removed"):
				continue // the conferee leads then
			case as == "asked to take it" && name == "the lead sends it away":
				continue // not before the answer
			}
			t.Run(as+" "+name, func(t *testing.T) {
				w := newFloor(t)
				w.account(13, "Bob", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{3} })
				ada, bob := w.logOn(12), w.logOn(13)
				ann, e := w.chat(ada)
				w.stops(ada)
				w.ask(bob, 1)
				switch as {
				case "in it":
					w.confers(ada, e, bob)
				case "asked":
					w.invites(ada, e, 13, api.AssignmentConference)
				default:
					w.sends(ada, e, NewTransfer{Account: 13})
				}
				_, waits := w.enter(3)
				w.is(waits, Queued)
				end(w, ada, ann, e)
				w.check()
				w.offeredTo(waits, bob)
			})
		}
	}
}

func TestALeadsPlaceIsOfferedAtOnceWhenItLeaves(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	_, e := w.chat(ada)
	w.confers(ada, e, bob)
	w.ask(ada, 1)
	_, waits := w.enter(0)
	w.is(waits, Queued)
	w.leaves(ada, e)
	w.offeredTo(waits, ada)
}

func TestAConfereeTakesAPlaceAndAMonitorNone(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
	_, e := w.chat(ada)
	w.stops(ada)
	w.ask(bob, 1)
	w.invites(ada, e, 13, api.AssignmentConference) // asked takes the place already
	_, first := w.enter(0)
	w.is(first, Queued)
	w.accept(bob, e)
	w.is(first, Queued)
	w.invites(ada, e, 14, api.AssignmentMonitor)
	w.accept(cyd, e)
	w.ask(cyd, 1)
	w.offeredTo(first, cyd)
	h := must[Holdings](w.world)(w.Engagements(cyd))
	if len(h.Held) != 2 || h.Held[0].Role != api.RoleNone || h.Held[1].Role != api.RoleMonitor || h.Held[1].Engagement != e {
		t.Errorf("Cyd holds %+v", h.Held)
	}
	w.leaves(bob, e)
	_, second := w.enter(0)
	w.offeredTo(second, bob)
}
