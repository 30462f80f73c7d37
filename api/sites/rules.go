package sites

import "usher/api"

// Rules are a site's two ordered lists: GET and PUT
// /usher/admin/v1/sites/{site}/rules. In each the first rule that matches decides.
type Rules struct {
	// Enter chooses the queue of engagements that name none themselves.
	Enter api.List[Rule] `json:"enter"`
	// Escalate chooses where rerouteEngagement sends (section 3.12).
	Escalate api.List[Rule] `json:"escalate"`
}

// Rule sends engagements that meet its condition to a queue.
type Rule struct {
	Name string    `json:"name"`
	When Condition `json:"when"`
	// Queue is where it goes; 0 only with Refuse.
	Queue int64 `json:"queue,omitempty"`
	// Priority goes before the wait: engagements of a higher one are served
	// first. -1,000 to 1,000.
	Priority int `json:"priority,omitempty"`
	// Account is an agent who is offered it before anybody else; 0 is none.
	Account int64 `json:"account,omitempty"`
	// Refuse turns the visitor away.
	Refuse bool `json:"refuse,omitempty"`
}

// Condition is met when everything it names holds; an empty one always is. Of a
// list, one entry must hold.
type Condition struct {
	Products   []int64 `json:"products,omitempty"`
	Categories []int64 `json:"categories,omitempty"`
	// Languages are tags; "pt" holds for "pt-BR", too.
	Languages  []string `json:"languages,omitempty"`
	Interfaces []int32  `json:"interfaces,omitempty"`
	// Queues are where an engagement is that escalates; rules of the list Enter
	// cannot name them.
	Queues []int64 `json:"queues,omitempty"`
	// Fields must all hold.
	Fields []FieldCondition `json:"fields,omitempty"`
	// Hours must be open, with Closed not open; 0 asks nothing.
	Hours  int64 `json:"hours,omitempty"`
	Closed bool  `json:"closed,omitempty"`
}

// FieldCondition is met by a custom field's value.
type FieldCondition struct {
	Name string `json:"name"`
	// Op is EQUALS, NOT_EQUALS, CONTAINS or EXISTS; cases of letters do not matter.
	Op    string `json:"op"`
	Value string `json:"value,omitempty"`
}
