package site

import (
	"testing"
)

// TestEscalation chooses by where an engagement is and what is known of it.
func TestEscalation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name            string
		queue           QueueID
		who             Contact
		want, available QueueID // where it goes, and what rerouteAvailability tells of
	}{
		{"by its queue", 2, Contact{}, 3, 3},
		{"by its product", 1, Contact{ProductID: 5}, 3, 3},
		{"by its category", 1, Contact{CategoryID: 6}, 2, 2},
		// Only product and category are looked at beforehand (agent-api 3.11).
		{"by its language", 1, Contact{Language: "de"}, 2, 1},
		{"by a field", 1, Contact{CustomFields: []CustomField{{Name: "vip", Value: "yes"}}}, 3, 1},
		{"by nothing", 1, Contact{}, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			w.rules(Rules{
				Enter: []Rule{{Name: "not for this", Queue: 2, Priority: 8}},
				Escalate: []Rule{
					{Name: "from sales", When: Condition{Queues: []QueueID{2}}, Queue: 3},
					{Name: "product", When: Condition{Products: []int64{5}}, Queue: 3, Priority: 4},
					{Name: "category", When: Condition{Categories: []int64{6}}, Queue: 2},
					{Name: "language", When: Condition{Languages: []string{"de"}}, Queue: 2},
					{Name: "vip", When: Condition{Fields: []FieldCondition{{"vip", "EXISTS", ""}}}, Queue: 3},
				},
			})
			ada, bob := w.logOn(12), w.logOn(13)
			w.ask(ada, 1)
			_, e := w.comes(func(n *EngagementRequest) { n.Queue, n.Contact = c.queue, c.who })
			w.accept(ada, e)
			w.silent(func() error {
				client, st, err := w.RerouteAvailability(bob, e) // anybody may ask
				if client != w.byKey[bob.Key] || st.ID != c.available {
					t.Errorf("available is queue %d, want %d", st.ID, c.available)
				}
				return err
			})
			must[ClientID](w.world)(w.Reroute(ada, e))
			w.inQueue(e, c.want)
		})
	}
	w := newFloor(t)
	ada := w.logOn(12)
	w.nothing(EngagementIDUnknown, func() error { _, _, err := w.RerouteAvailability(ada, 99); return err })
	w.nothing(AccessDenied, func() error { _, _, err := w.RerouteAvailability(Caller{Key: "x", Agent: true}, 99); return err })
}

// TestEscalationFollowsWhatIsKnownNow: what an agent wrote into the engagement.
func TestEscalationFollowsWhatIsKnownNow(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.rules(Rules{Escalate: []Rule{{Name: "product", When: Condition{Products: []int64{5}}, Queue: 3}}})
	ada := w.logOn(12)
	_, e := w.chat(ada)
	w.stops(ada)
	must[ClientID](w.world)(w.SetProperty(ada, e, OfUser, ProductID, "5"))
	must[ClientID](w.world)(w.Reroute(ada, e))
	w.inQueue(e, 3)
}
