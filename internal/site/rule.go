package site

import (
	"fmt"
	"slices"
	"strings"

	"usher/api"
)

// Rule sends engagements that meet its condition to a queue. Rules are tried in
// order, and the first that matches decides.
type Rule struct {
	Name string    `json:"name"`
	When Condition `json:"when"`
	// Queue is where it goes; 0 only with Refuse.
	Queue QueueID `json:"queue,omitempty"`
	// Priority goes before the wait: engagements of a higher one are served first.
	Priority int `json:"priority,omitempty"`
	// Account is an agent to whom it is offered before anybody else, 0 for none.
	Account AccountID `json:"account,omitempty"`
	// Refuse turns the visitor away (consumer-api 4.5, FAIL_RULE_DEQUEUE).
	Refuse bool `json:"refuse,omitempty"`
}

// Condition is met when everything it names holds; an empty one always is. Of a
// list, one entry must hold.
type Condition struct {
	Products   []int64       `json:"products,omitempty"`
	Categories []int64       `json:"categories,omitempty"`
	Languages  []string      `json:"languages,omitempty"` // "pt" holds for "pt-BR", too
	Interfaces []InterfaceID `json:"interfaces,omitempty"`
	// Queues are where an engagement is that escalates; a rule of the first list
	// cannot name them.
	Queues []QueueID        `json:"queues,omitempty"`
	Fields []FieldCondition `json:"fields,omitempty"` // all must hold
	// Hours must be open, or with Closed not open; 0 asks nothing.
	Hours  HoursID `json:"hours,omitempty"`
	Closed bool    `json:"closed,omitempty"`
}

// FieldCondition is met by a custom field's value.
type FieldCondition struct {
	Name string `json:"name"`
	// Op is EQUALS, NOT_EQUALS, CONTAINS or EXISTS; cases of letters do not matter.
	Op    string `json:"op"`
	Value string `json:"value,omitempty"`
}

// Rules are the site's two ordered lists.
type Rules struct {
	// Enter chooses the queue of engagements that name none themselves.
	Enter []Rule `json:"enter,omitempty"`
	// Escalate chooses where rerouteEngagement sends (agent-api 3.12).
	Escalate []Rule `json:"escalate,omitempty"`
}

type ruleList struct {
	name  string
	rules []Rule
}

// lists answers both lists with their names.
func (r *Rules) lists() []ruleList { return []ruleList{{"enter", r.Enter}, {"escalate", r.Escalate}} }

// RulesDefined replaces the site's rules.
type RulesDefined struct {
	Rules Rules  `json:"rules"`
	By    string `json:"by,omitempty"`
}

func (e *RulesDefined) apply(s *Site, at Time) {
	s.changed(at, e.By, "rules", &s.Rules, &e.Rules)
	s.Rules = e.Rules
}

// CurrentRules answers the site's rules.
func (s *Site) CurrentRules() Rules { return s.Rules.clone() }

func (r Rules) clone() Rules { return Rules{cloneRules(r.Enter), cloneRules(r.Escalate)} }

func cloneRules(rules []Rule) []Rule {
	rules = slices.Clone(rules)
	for i := range rules {
		c := &rules[i].When
		c.Products, c.Categories, c.Languages = slices.Clone(c.Products), slices.Clone(c.Categories), slices.Clone(c.Languages)
		c.Interfaces, c.Queues, c.Fields = slices.Clone(c.Interfaces), slices.Clone(c.Queues), slices.Clone(c.Fields)
	}
	return rules
}

// DefineRules replaces both lists. A rule that cannot work is refused with its place.
func (a Admin) DefineRules(r Rules) (Rules, error) {
	s := a.site
	for _, l := range r.lists() {
		if len(l.rules) > MaxRules {
			return Rules{}, refuse(BadRequest, "%s has %d rules: expected at most %d", l.name, len(l.rules), MaxRules)
		}
		for i := range l.rules {
			if err := l.rules[i].check(s, l.name == "escalate"); err != "" {
				return Rules{}, refuse(BadRequest, "%s[%d].%s", l.name, i, err)
			}
		}
	}
	s.record(&RulesDefined{Rules: r.clone(), By: a.by})
	return r, nil
}

// check answers what is wrong with a rule, after the rule's own place.
func (r *Rule) check(s *Site, escalates bool) string {
	c := &r.When
	switch {
	case len(r.Name) > MaxNameBytes:
		return fmt.Sprintf("name: at most %d bytes", MaxNameBytes)
	case r.Refuse && (r.Queue != 0 || r.Account != 0 || r.Priority != 0):
		return "refuse: a rule that refuses names no queue, account or priority"
	case r.Refuse && escalates:
		return "refuse: an engagement that escalates cannot be turned away"
	case !r.Refuse && s.queues[r.Queue] == nil:
		return fmt.Sprintf("queue: %d is not a queue of this site", r.Queue)
	case r.Account != 0 && s.accounts[r.Account] == nil:
		return fmt.Sprintf("account: %d is not an account of this site", r.Account)
	case r.Priority < -MaxPriority || r.Priority > MaxPriority:
		return fmt.Sprintf("priority is %d: expected %d to %d", r.Priority, -MaxPriority, MaxPriority)
	case len(c.Products) > maxList || len(c.Categories) > maxList || len(c.Languages) > maxList || len(c.Interfaces) > maxList ||
		len(c.Queues) > maxList || len(c.Fields) > maxList:
		return fmt.Sprintf("when: each list has at most %d entries", maxList)
	case c.Hours != 0 && s.hours[c.Hours] == nil:
		return fmt.Sprintf("when.hours: %d are not hours of this site", c.Hours)
	case c.Hours == 0 && c.Closed:
		return "when.closed: say which hours"
	case len(c.Queues) > 0 && !escalates:
		return "when.queues: only rules of the list escalate know a queue"
	}
	for i, q := range c.Queues {
		if s.queues[q] == nil {
			return fmt.Sprintf("when.queues[%d]: %d is not a queue of this site", i, q)
		}
	}
	for i, id := range c.Interfaces {
		if !s.HasInterface(id) {
			return fmt.Sprintf("when.interfaces[%d]: %d is not an interface of this site", i, id)
		}
	}
	for i, l := range c.Languages {
		if l == "" || len(l) > MaxLanguageBytes {
			return fmt.Sprintf("when.languages[%d]: expected a tag such as de or pt-BR", i)
		}
	}
	for i, f := range c.Fields {
		if f.Name == "" || len(f.Name) > MaxNameBytes || len(f.Value) > MaxNameBytes {
			return fmt.Sprintf("when.fields[%d]: expected a name, and at most %d bytes", i, MaxNameBytes)
		}
		if !slices.Contains([]string{"EQUALS", "NOT_EQUALS", "CONTAINS", "EXISTS"}, f.Op) {
			return fmt.Sprintf("when.fields[%d].op is %.40q: expected EQUALS, NOT_EQUALS, CONTAINS or EXISTS", i, f.Op)
		}
	}
	return ""
}

// Circumstances are what rules look at.
type Circumstances struct {
	Product, Category int64
	Language          string
	Interface         InterfaceID
	Fields            []CustomField
	Queue             QueueID // where it is now, 0 when it is nowhere yet
}

func (c *Contact) circumstances() Circumstances {
	return Circumstances{
		Product: c.ProductID, Category: c.CategoryID, Language: c.Language, Interface: InterfaceID(c.InterfaceID), Fields: c.CustomFields,
	}
}

func (c *Condition) holds(s *Site, x Circumstances) bool {
	switch {
	case len(c.Products) > 0 && !slices.Contains(c.Products, x.Product),
		len(c.Categories) > 0 && !slices.Contains(c.Categories, x.Category),
		len(c.Interfaces) > 0 && !slices.Contains(c.Interfaces, x.Interface),
		len(c.Queues) > 0 && !slices.Contains(c.Queues, x.Queue),
		len(c.Languages) > 0 && !slices.ContainsFunc(c.Languages, func(l string) bool { return speaks(x.Language, l) }),
		c.Hours != 0 && (s.opening(c.Hours) == Open) == c.Closed:
		return false
	}
	return !slices.ContainsFunc(c.Fields, func(f FieldCondition) bool { return !f.holds(x.Fields) })
}

// speaks reports whether a language tag is, or is a kind of, the wanted one.
func speaks(tag, want string) bool {
	tag, want = strings.ToLower(strings.ReplaceAll(tag, "_", "-")), strings.ToLower(strings.ReplaceAll(want, "_", "-"))
	return tag == want || strings.HasPrefix(tag, want+"-")
}

func (f FieldCondition) holds(fields []CustomField) bool {
	i := slices.IndexFunc(fields, func(c CustomField) bool { return strings.EqualFold(c.Name, f.Name) })
	var value string
	if i >= 0 {
		value = fields[i].Value
	}
	switch f.Op {
	case "EXISTS":
		return i >= 0 && value != ""
	case "EQUALS":
		return i >= 0 && strings.EqualFold(value, f.Value)
	case "NOT_EQUALS":
		return !strings.EqualFold(value, f.Value)
	}
	return i >= 0 && strings.Contains(strings.ToLower(value), strings.ToLower(f.Value))
}

// Routed says where an engagement goes, and why.
type Routed struct {
	Queue    QueueID   `json:"queue"`
	Priority int       `json:"priority,omitempty"`
	Account  AccountID `json:"account,omitempty"`
	// Rule is the number of the rule of the list enter that matched, from 1; 0: none did.
	Rule int `json:"rule,omitempty"`
	// Why is a sentence for operators.
	Why string `json:"why"`
}

// match answers the first rule of a list whose condition holds.
func (s *Site) match(list []Rule, x Circumstances) (int, *Rule) {
	for i := range list {
		if list[i].When.holds(s, x) {
			return i, &list[i]
		}
	}
	return 0, nil
}

// chooseQueue decides where a new engagement goes. A queue that it names itself
// comes before the rules, the default queue after them.
func (s *Site) chooseQueue(named QueueID, x Circumstances) (Routed, error) {
	if named != 0 {
		if s.queues[named] == nil {
			return Routed{}, refuse(BadRequest, "queueId %d is not a queue of this site", named)
		}
		return Routed{Queue: named, Why: "the request named the queue"}, nil
	}
	if i, r := s.match(s.Rules.Enter, x); r != nil {
		why := fmt.Sprintf("rule enter[%d] %q matched", i, r.Name)
		if r.Refuse {
			return Routed{}, unavailable(api.ResultRuleDequeue, "%s and refuses", why)
		}
		return Routed{Queue: r.Queue, Priority: r.Priority, Account: r.Account, Rule: i + 1, Why: why}, nil
	}
	q := s.defaultQueue()
	if q == 0 {
		return Routed{}, refuse(Conflict, "the site has no queue yet")
	}
	return Routed{Queue: q, Why: "no rule matched: the default queue"}, nil
}

// escalation decides where rerouteEngagement sends an engagement. Without a rule
// it stays in its own queue.
func (s *Site) escalation(e *Engagement, x Circumstances) Routed {
	x.Queue = e.Queue
	if i, r := s.match(s.Rules.Escalate, x); r != nil {
		return Routed{Queue: r.Queue, Priority: r.Priority, Account: r.Account, Why: fmt.Sprintf("rule escalate[%d] %q matched", i, r.Name)}
	}
	return Routed{Queue: e.Queue, Priority: e.Priority, Why: "no escalation rule matched: back to its own queue"}
}
