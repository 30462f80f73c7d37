package site

import (
	"strings"
	"testing"

	"usher/api"
)

// TestWhatIsNamedStays: each user of each definition, and where it stands.
func TestWhatIsNamedStays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		kind Definition
		id   int64
		use  func(*floor)
		user string
		stop func(*floor)
	}{
		{"a queue by a rule", DefinedQueue, 2, func(w *floor) { w.rules(Rules{Enter: []Rule{{Queue: 1}, {Queue: 2}}}) }, "rule enter[1]",
			func(w *floor) { w.rules(Rules{Enter: []Rule{{Queue: 1}}}) }},
		{"a queue by an escalation", DefinedQueue, 2, func(w *floor) { w.rules(Rules{Escalate: []Rule{{Queue: 2}}}) }, "rule escalate[0]",
			func(w *floor) { w.rules(Rules{}) }},
		{"a queue by a condition", DefinedQueue, 2, func(w *floor) {
			w.rules(Rules{Escalate: []Rule{{Queue: 1, When: Condition{Queues: []QueueID{3, 2}}}}})
		}, "rule escalate[0]", func(w *floor) { w.rules(Rules{}) }},
		{"a queue by an account", DefinedQueue, 2, func(w *floor) { w.account(12, "Ada", func(a *Account) { a.Queues = []QueueID{2} }) }, "account 12",
			func(w *floor) { w.account(12, "Ada", nil) }},
		{"a queue by an account's exception", DefinedQueue, 2, func(w *floor) { w.account(12, "Ada", func(a *Account) { a.Except = []QueueID{2} }) },
			"account 12", func(w *floor) { w.account(12, "Ada", nil) }},
		{"a queue by a profile", DefinedQueue, 2, func(w *floor) { w.profile(Profile{ID: 7, Name: "x", Serving: Serving{Queues: []QueueID{2}}}) },
			"profile 7", func(w *floor) { w.profile(Profile{ID: 7, Name: "x"}) }},
		{"a queue by a profile's exception", DefinedQueue, 2, func(w *floor) {
			w.profile(Profile{ID: 7, Name: "x", Serving: Serving{AllQueues: true, Except: []QueueID{2}}})
		}, "profile 7", func(w *floor) { w.profile(Profile{ID: 7, Name: "x"}) }},
		{"a queue by another's overflow", DefinedQueue, 2, func(w *floor) { w.queue(QueueDefinition{ID: 3, Name: "Night", OverflowQueue: 2}) },
			"queue 3", func(w *floor) { w.queue(QueueDefinition{ID: 3, Name: "Night"}) }},
		{"a queue by who waits", DefinedQueue, 2, func(w *floor) { w.enter(2) }, "engagement 1",
			func(w *floor) {
				if err := w.Admin("test").Eject(1); err != nil {
					w.t.Fatalf("%v", err)
				}
			}},
		{"a queue by who is served", DefinedQueue, 2, func(w *floor) {
			ada := w.logOn(12)
			w.ask(ada, 1)
			_, e := w.enter(2)
			w.accept(ada, e)
		}, "engagement 1", func(w *floor) { w.release(w.callerOf(12), 1) }},
		{"a queue by a warm transfer", DefinedQueue, 2, func(w *floor) {
			ada := w.logOn(12)
			_, e := w.chat(ada)
			w.sends(ada, e, NewTransfer{Queue: 2, Warm: true})
		}, "engagement 1", func(w *floor) { must[ClientID](w.world)(w.ConcludeAsAgent(w.callerOf(12), 1)) }},
		{"an account by a rule", DefinedAccount, 14, func(w *floor) { w.rules(Rules{Enter: []Rule{{Queue: 1, Account: 14}}}) }, "rule enter[0]",
			func(w *floor) { w.rules(Rules{}) }},
		{"a profile by an account", DefinedProfile, 7, func(w *floor) {
			w.profile(Profile{ID: 7, Name: "x"})
			w.account(12, "Ada", func(a *Account) { a.Profile = 7 })
		}, "account 12", func(w *floor) { w.account(12, "Ada", nil) }},
		{"a group by an account", DefinedGroup, 7, func(w *floor) {
			must[Group](w.world)(w.Admin("test").DefineGroup(Group{ID: 7, Name: "x"}))
			w.account(12, "Ada", func(a *Account) { a.Group = 7 })
		}, "account 12", func(w *floor) { w.account(12, "Ada", nil) }},
		{"hours by a queue", DefinedHours, 7, func(w *floor) {
			w.hoursOf(office("UTC"))
			w.queue(QueueDefinition{ID: 2, Name: "Sales", Hours: 7})
		}, "queue 2", func(w *floor) { w.queue(QueueDefinition{ID: 2, Name: "Sales"}) }},
		{"hours by a rule", DefinedHours, 7, func(w *floor) {
			w.hoursOf(office("UTC"))
			w.rules(Rules{Enter: []Rule{{Queue: 1, When: Condition{Hours: 7}}}})
		}, "rule enter[0]", func(w *floor) { w.rules(Rules{}) }},
		{"an interface by a rule", DefinedInterface, 7, func(w *floor) {
			must[Interface](w.world)(w.Admin("test").DefineInterface(Interface{ID: 7, Name: "x"}))
			w.rules(Rules{Escalate: []Rule{{Queue: 1, When: Condition{Interfaces: []InterfaceID{7}}}}})
		}, "rule escalate[0]", func(w *floor) { w.rules(Rules{}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			c.use(w)
			w.checkpoint()
			w.nothing(Conflict, func() error {
				err := w.Admin("test").Remove(c.kind, c.id)
				if err == nil || !strings.Contains(err.Error(), "named by "+c.user) {
					t.Errorf("answered %v, want a refusal that names %s", err, c.user)
				}
				return err
			})
			c.stop(w)
			if err := w.Admin("test").Remove(c.kind, c.id); err != nil {
				t.Fatal(err)
			}
			w.check()
			w.nothing(NotFound, func() error { return w.Admin("test").Remove(c.kind, c.id) })
		})
	}
}

func TestWhatIsNotThereCannotBeRemoved(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	for _, kind := range []Definition{DefinedQueue, DefinedAccount, DefinedProfile, DefinedGroup, DefinedInterface, DefinedHours, "settings", ""} {
		w.nothing(NotFound, func() error { return w.Admin("test").Remove(kind, 99) })
		w.nothing(NotFound, func() error { return w.Admin("test").Remove(kind, 0) })
	}
}

// TestAnAccountThatIsRemoved logs off by force: what it had goes on.
func TestAnAccountThatIsRemoved(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	ann, led := w.chat(ada)
	_, over := w.chat(ada)
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, over))
	_, offered := w.enter(0)
	w.offeredTo(offered, ada)
	_, other := w.chat(bob)
	w.invites(bob, other, 12, api.AssignmentConference)
	_, third := w.chat(bob)
	w.confers(bob, third, ada)
	w.stops(bob)
	w.catchUp(ann, bob)
	if err := w.Admin("test").Remove(DefinedAccount, 12); err != nil {
		t.Fatal(err)
	}
	w.check()
	w.refused(w.Alive(ada), AccessDenied)
	w.inQueue(led, 1)
	w.inQueue(offered, 1)
	w.is(over, "gone")
	w.onlyIn(other, 13)
	w.onlyIn(third, 13)
	w.told(ann, "left LEAD TRANSFERRED_TO_QUEUE Ada", "wait 1")
	w.told(bob, "left TRANSIENT EJECTED Ada", "left CONFEREE PARTICIPANT_LEFT Ada")
	if _, ok := w.AccountByLogin("ada"); ok {
		t.Error("it can still log in")
	}
	_, err := w.StartAgentSession(LogOn{Account: 12, Key: "anew"})
	w.refused(err, AccessDenied)
	w.account(12, "Ada", nil) // and may come again
	w.ask(w.logOn(12), 9)
	w.restart()
}

// TestAQueueThatIsRemoved leaves the others as they are.
func TestAQueueThatIsRemoved(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	w.ask(ada, 9)
	if err := w.Admin("test").Remove(DefinedQueue, 1); err != nil { // the default, too
		t.Fatal(err)
	}
	_, e := w.enter(0)
	w.offeredTo(e, ada)
	if got := w.live[e].Queue; got != 2 {
		t.Errorf("it came into queue %d, want the first that is left", got)
	}
	w.nothing(BadRequest, func() error {
		_, err := w.RequestEngagement(w.request(func(n *EngagementRequest) { n.Queue = 1 }))
		return err
	})
	w.queue(QueueDefinition{ID: 1, Name: "Anew", Default: true})
	_, e = w.enter(0)
	w.offeredTo(e, ada)
}
