package site

import (
	"fmt"
	"strings"
	"testing"
)

// TestRulesThatCannotBe has one thing wrong in each row, and where it stands.
func TestRulesThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	must[Interface](w.world)(w.Admin("test").DefineInterface(Interface{ID: 1, Name: "Main"})) // a site with none of its own has any
	good := Rule{Name: "good", Queue: 1}
	many := func(n int) []Rule {
		all := make([]Rule, n)
		for i := range all {
			all[i] = good
		}
		return all
	}
	long := strings.Repeat("x", MaxNameBytes+1)
	when := func(c Condition) Rule { return Rule{Queue: 1, When: c} }
	for _, c := range []struct {
		name  string
		rule  Rule
		place string // after the rule's own
		only  string // the list in which it is wrong, both when empty
	}{
		{name: "a name too long", rule: Rule{Name: long, Queue: 1}, place: "name"},
		{name: "no queue", rule: Rule{}, place: "queue: 0"},
		{name: "a queue that is not", rule: Rule{Queue: 9}, place: "queue: 9"},
		{name: "an account that is not", rule: Rule{Queue: 1, Account: 99}, place: "account: 99"},
		{name: "a priority too high", rule: Rule{Queue: 1, Priority: MaxPriority + 1}, place: "priority is 1001"},
		{name: "a priority too low", rule: Rule{Queue: 1, Priority: -MaxPriority - 1}, place: "priority is -1001"},
		{name: "refused and sent", rule: Rule{Refuse: true, Queue: 1}, place: "refuse"},
		{name: "refused and meant", rule: Rule{Refuse: true, Account: 12}, place: "refuse"},
		{name: "refused first", rule: Rule{Refuse: true, Priority: 1}, place: "refuse"},
		{name: "refused when it escalates", rule: Rule{Refuse: true}, place: "refuse", only: "escalate"},
		{name: "by a queue when it comes", rule: when(Condition{Queues: []QueueID{1}}), place: "when.queues", only: "enter"},
		{name: "by a queue that is not", rule: when(Condition{Queues: []QueueID{1, 9}}), place: "when.queues[1]: 9", only: "escalate"},
		{name: "hours that are not", rule: when(Condition{Hours: 9}), place: "when.hours: 9"},
		{name: "closed without hours", rule: when(Condition{Closed: true}), place: "when.closed"},
		{name: "an interface that is not", rule: when(Condition{Interfaces: []InterfaceID{1, 9}}), place: "when.interfaces[1]: 9"},
		{name: "no language", rule: when(Condition{Languages: []string{"de", ""}}), place: "when.languages[1]"},
		{name: "a language too long", rule: when(Condition{Languages: []string{strings.Repeat("x", MaxLanguageBytes+1)}}), place: "when.languages[0]"},
		{name: "a field without a name", rule: when(Condition{Fields: []FieldCondition{{"a", "EXISTS", ""}, {"", "EXISTS", ""}}}), place: "when.fields[1]"},
		{name: "a field's name too long", rule: when(Condition{Fields: []FieldCondition{{long, "EXISTS", ""}}}), place: "when.fields[0]"},
		{name: "a field's value too long", rule: when(Condition{Fields: []FieldCondition{{"a", "EQUALS", long}}}), place: "when.fields[0]"},
		{name: "an op that is not", rule: when(Condition{Fields: []FieldCondition{{"a", "equals", ""}}}), place: "when.fields[0].op"},
		{name: "no op", rule: when(Condition{Fields: []FieldCondition{{"a", "", ""}}}), place: "when.fields[0].op"},
		{name: "too many products", rule: when(Condition{Products: make([]int64, maxList+1)}), place: "when:"},
		{name: "too many fields", rule: when(Condition{Fields: make([]FieldCondition, maxList+1)}), place: "when:"},
	} {
		for list, rules := range map[string]Rules{
			"enter":    {Enter: []Rule{good, good, c.rule}, Escalate: []Rule{good}},
			"escalate": {Enter: []Rule{good}, Escalate: []Rule{good, good, c.rule}},
		} {
			if c.only != "" && c.only != list {
				continue
			}
			before := w.Position()
			_, err := w.Admin("test").DefineRules(rules)
			place := fmt.Sprintf("%s[2].%s", list, c.place)
			if codeOf(err) != BadRequest || !strings.Contains(err.Error(), place) || w.Position() != before {
				t.Errorf("%s: answered %v, want a refusal with %q", c.name, err, place)
			}
		}
	}
	for list, rules := range map[string]Rules{"enter": {Enter: many(MaxRules + 1)}, "escalate": {Escalate: many(MaxRules + 1)}} {
		_, err := w.Admin("test").DefineRules(rules)
		if codeOf(err) != BadRequest || !strings.Contains(err.Error(), list+" has 1001 rules") {
			t.Errorf("too many rules in %s: answered %v", list, err)
		}
	}
	w.rules(Rules{Enter: many(MaxRules), Escalate: many(MaxRules)})
	w.rules(Rules{
		Enter:    []Rule{{Refuse: true, Name: strings.Repeat("x", MaxNameBytes)}, {Queue: 1, Account: 12, Priority: -MaxPriority}},
		Escalate: []Rule{{Queue: 1, Priority: MaxPriority, When: Condition{Queues: []QueueID{1, 2}, Interfaces: []InterfaceID{1}}}},
	})
}

func TestRulesThatAreHandedOutShareNothing(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	make := func() Rules {
		return Rules{Escalate: []Rule{{Name: "r", Queue: 1, When: Condition{
			Products: []int64{1}, Categories: []int64{1}, Languages: []string{"de"}, Interfaces: []InterfaceID{1}, Queues: []QueueID{1},
			Fields: []FieldCondition{{"a", "EXISTS", ""}},
		}}}}
	}
	spoil := func(r Rules) {
		c := &r.Escalate[0].When
		c.Products[0], c.Categories[0], c.Languages[0], c.Interfaces[0], c.Queues[0], c.Fields[0].Name = 9, 9, "x", 9, 9, "x"
		r.Escalate[0].Queue = 9
	}
	given := make()
	spoil(must[Rules](w.world)(w.Admin("test").DefineRules(given)))
	spoil(given)
	spoil(w.CurrentRules())
	spoil(w.View().Rules)
	if got, want := string(encode(w.CurrentRules())), string(encode(make())); got != want {
		t.Errorf("changed from outside: %s", got)
	}
}
