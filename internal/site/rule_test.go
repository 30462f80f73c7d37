package site

import (
	"strings"
	"testing"

	"usher/api"
)

// TestConditions has one condition over one visitor in each row.
func TestConditions(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	for id, name := range map[InterfaceID]string{1: "Main", 2: "Shop"} {
		must[Interface](w.world)(w.Admin("test").DefineInterface(Interface{ID: id, Name: name}))
	}
	w.hoursOf(office("UTC"))
	w.hoursOf(Hours{ID: 8, Name: "Weekend", Zone: "UTC", Week: []Span{{"SUN", "00:00", "24:00"}}})
	w.becomes("2026-06-07T12:00:00Z") // a Sunday
	field := func(name, value string) []CustomField { return []CustomField{{Name: name, Value: value}} }
	tier := func(op, value string) Condition { return Condition{Fields: []FieldCondition{{"c$tier", op, value}}} }
	for _, c := range []struct {
		name  string
		when  Condition
		who   Contact
		holds bool
	}{
		{"nothing", Condition{}, Contact{}, true},
		{"nothing, of somebody", Condition{}, Contact{ProductID: 7, Language: "de"}, true},

		{"the product", Condition{Products: []int64{7}}, Contact{ProductID: 7}, true},
		{"one of the products", Condition{Products: []int64{5, 6, 7}}, Contact{ProductID: 7}, true},
		{"another product", Condition{Products: []int64{5, 6}}, Contact{ProductID: 7}, false},
		{"no product", Condition{Products: []int64{7}}, Contact{}, false},
		{"no product, asked for", Condition{Products: []int64{0}}, Contact{}, true},
		{"a category is no product", Condition{Products: []int64{7}}, Contact{CategoryID: 7}, false},
		{"the category", Condition{Categories: []int64{7}}, Contact{CategoryID: 7}, true},
		{"another category", Condition{Categories: []int64{7}}, Contact{CategoryID: 8}, false},
		{"both", Condition{Products: []int64{1}, Categories: []int64{7}}, Contact{ProductID: 1, CategoryID: 7}, true},
		{"only one of both", Condition{Products: []int64{1}, Categories: []int64{7}}, Contact{ProductID: 1, CategoryID: 8}, false},

		{"the language", Condition{Languages: []string{"de"}}, Contact{Language: "de"}, true},
		{"a kind of the language", Condition{Languages: []string{"de"}}, Contact{Language: "de-AT"}, true},
		{"a kind of a kind", Condition{Languages: []string{"zh"}}, Contact{Language: "zh-Hant-TW"}, true},
		{"the kind", Condition{Languages: []string{"zh-Hant"}}, Contact{Language: "zh-Hant-TW"}, true},
		{"another kind", Condition{Languages: []string{"pt-BR"}}, Contact{Language: "pt-PT"}, false},
		{"the language, when a kind is asked for", Condition{Languages: []string{"pt-BR"}}, Contact{Language: "pt"}, false},
		{"only its beginning", Condition{Languages: []string{"de"}}, Contact{Language: "den"}, false},
		{"in another case", Condition{Languages: []string{"PT-br"}}, Contact{Language: "pt-BR"}, true},
		{"with an underscore", Condition{Languages: []string{"pt-BR"}}, Contact{Language: "pt_BR"}, true},
		{"one of the languages", Condition{Languages: []string{"fr", "de"}}, Contact{Language: "de-CH"}, true},
		{"another language", Condition{Languages: []string{"fr"}}, Contact{Language: "de"}, false},
		{"no language", Condition{Languages: []string{"fr"}}, Contact{}, false},

		{"the interface", Condition{Interfaces: []InterfaceID{2}}, Contact{InterfaceID: 2}, true},
		{"another interface", Condition{Interfaces: []InterfaceID{2}}, Contact{InterfaceID: 1}, false},

		{"equal", tier("EQUALS", "gold"), Contact{CustomFields: field("c$tier", "gold")}, true},
		{"equal, in other cases", tier("EQUALS", "gold"), Contact{CustomFields: field("C$Tier", "GOLD")}, true},
		{"not equal", tier("EQUALS", "gold"), Contact{CustomFields: field("c$tier", "golden")}, false},
		{"equal, and absent", tier("EQUALS", "gold"), Contact{}, false},
		{"equal to nothing, and absent", tier("EQUALS", ""), Contact{}, false},
		{"equal to nothing, and empty", tier("EQUALS", ""), Contact{CustomFields: field("c$tier", "")}, true},
		{"another field", tier("EQUALS", "gold"), Contact{CustomFields: field("c$rank", "gold")}, false},
		{"other than", tier("NOT_EQUALS", "gold"), Contact{CustomFields: field("c$tier", "silver")}, true},
		{"not other than", tier("NOT_EQUALS", "gold"), Contact{CustomFields: field("c$tier", "Gold")}, false},
		{"other than, and absent", tier("NOT_EQUALS", "gold"), Contact{}, true},
		{"contained", tier("CONTAINS", "OLD"), Contact{CustomFields: field("c$tier", "golden")}, true},
		{"not contained", tier("CONTAINS", "silver"), Contact{CustomFields: field("c$tier", "golden")}, false},
		{"contained, and absent", tier("CONTAINS", "gold"), Contact{}, false},
		{"there", tier("EXISTS", ""), Contact{CustomFields: field("c$tier", "x")}, true},
		{"there, and empty", tier("EXISTS", ""), Contact{CustomFields: field("c$tier", "")}, false},
		{"not there", tier("EXISTS", ""), Contact{}, false},
		{"all fields", Condition{Fields: []FieldCondition{{"a", "EQUALS", "1"}, {"b", "EXISTS", ""}}},
			Contact{CustomFields: []CustomField{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}}}, true},
		{"only some fields", Condition{Fields: []FieldCondition{{"a", "EQUALS", "1"}, {"b", "EXISTS", ""}}},
			Contact{CustomFields: field("a", "1")}, false},

		{"hours that are open", Condition{Hours: 8}, Contact{}, true},
		{"hours that are not", Condition{Hours: 7}, Contact{}, false},
		{"hours that are to be closed", Condition{Hours: 7, Closed: true}, Contact{}, true},
		{"hours that are to be closed, and open", Condition{Hours: 8, Closed: true}, Contact{}, false},
		{"hours and product", Condition{Hours: 8, Products: []int64{1}}, Contact{ProductID: 2}, false},
	} {
		w.rules(Rules{Enter: []Rule{{Name: "the rule", When: c.when, Queue: 2}}})
		want := map[bool]QueueID{true: 2, false: 1}[c.holds]
		st, r, err := w.RouteFor(0, c.who.circumstances())
		if err != nil || r.Queue != want || st.ID != want {
			t.Errorf("%s: answered queue %d, %v, want %d", c.name, r.Queue, err, want)
		}
		_, e := w.comes(func(n *EngagementRequest) { n.Contact = c.who })
		if got := w.live[e].Queue; got != want {
			t.Errorf("%s: queue %d, want %d", c.name, got, want)
		}
		if why := map[bool]string{true: `rule enter[0] "the rule" matched`, false: "no rule matched"}[c.holds]; !strings.Contains(r.Why, why) {
			t.Errorf("%s: it says %q, want %q", c.name, r.Why, why)
		}
	}
}

// TestTheFirstRuleThatMatchesDecides, and the default queue when none does.
func TestTheFirstRuleThatMatchesDecides(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	gold := Condition{Products: []int64{1}}
	w.rules(Rules{Enter: []Rule{
		{Name: "nobody", When: Condition{Products: []int64{99}}, Queue: 3, Priority: 9},
		{Name: "gold", When: gold, Queue: 2, Priority: 7},
		{Name: "gold again", When: gold, Queue: 3},
		{Name: "turned away", When: Condition{Products: []int64{2}}, Refuse: true},
		{Name: "too late", When: Condition{Products: []int64{2}}, Queue: 3},
	}})
	for _, c := range []struct {
		product  int64
		queue    QueueID
		priority int
	}{{1, 2, 7}, {3, 1, 0}} {
		_, e := w.comes(func(n *EngagementRequest) { n.Contact.ProductID = c.product })
		if x := w.live[e]; x.Queue != c.queue || x.Priority != c.priority {
			t.Errorf("product %d: queue %d with priority %d, want %d and %d", c.product, x.Queue, x.Priority, c.queue, c.priority)
		}
	}
	n := w.request(func(n *EngagementRequest) { n.Contact.ProductID = 2 })
	w.nothing(Conflict, func() error {
		_, err := w.RequestEngagement(n)
		if e, ok := err.(*Error); !ok || e.Result != api.ResultRuleDequeue || !strings.Contains(e.Message, `enter[3] "turned away"`) {
			t.Errorf("answered %v", err)
		}
		return err
	})
	_, e := w.comes(func(n *EngagementRequest) { n.Contact.ProductID, n.Queue = 2, 3 }) // a named queue beats the rules
	if x := w.live[e]; x.Queue != 3 || x.Priority != 0 {
		t.Errorf("queue %d with priority %d, want the one that was named", x.Queue, x.Priority)
	}
	w.queue(QueueDefinition{ID: 3, Name: "Night", Default: true})
	_, e = w.enter(0)
	w.inQueue(e, 3)
	w.rules(Rules{}) // takes effect at once
	_, e = w.comes(func(n *EngagementRequest) { n.Contact.ProductID = 2 })
	w.inQueue(e, 3)
}

// TestARuleLeadsIntoTheQueuesLimits: the queue that it names may be closed or full.
func TestARuleLeadsIntoTheQueuesLimits(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.hoursOf(office("UTC"))
	w.becomes("2026-06-07T12:00:00Z") // a Sunday
	w.queue(QueueDefinition{ID: 2, Name: "Sales", Hours: 7})
	w.queue(QueueDefinition{ID: 3, Name: "Night", MaxWaiting: 1, OverflowQueue: 1})
	w.rules(Rules{Enter: []Rule{
		{Name: "sales", When: Condition{Products: []int64{1}}, Queue: 2, Priority: 5},
		{Name: "night", Queue: 3, Priority: 5},
	}})
	_, err := w.RequestEngagement(w.request(func(n *EngagementRequest) { n.Contact.ProductID = 1 }))
	w.refused(err, Conflict)
	if got := err.(*Error).Result; got != api.ResultOutOfHours {
		t.Errorf("turned away with %q", got)
	}
	_, _, err = w.RouteFor(0, Circumstances{Product: 1})
	w.refused(err, Conflict)
	_, first := w.enter(0)
	_, second := w.enter(0)
	w.inQueue(first, 3)
	w.inQueue(second, 1)
	if got := w.live[second].Priority; got != 5 {
		t.Errorf("it overflowed with priority %d, want the rule's", got)
	}
	_, r, err := w.RouteFor(0, Circumstances{})
	if err != nil || r.Queue != 1 || !strings.Contains(r.Why, "queue 3 was full, so on to queue 1") {
		t.Errorf("answered %+v, %v", r, err)
	}
}
