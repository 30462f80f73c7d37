package rest

import (
	"encoding/json"
	"fmt"

	"usher/api"
	"usher/api/sites"
	"usher/internal/site"
)

func viewRules(s *Server, c *adminCall) (any, error) {
	r, err := adminDo(s, c, func(x *site.Site) (site.Rules, error) { return x.CurrentRules(), nil })
	return wireRules(r), err
}

// putRules replaces both lists. A request without either is a mistake that would
// cost all rules.
func putRules(s *Server, c *adminCall) (any, error) {
	if c.get("enter", false) == nil && c.get("escalate", false) == nil {
		c.fail(site.BadRequest, "enter and escalate are missing: send both lists, an empty one for no rules")
	}
	wanted := site.Rules{Enter: c.rules("enter"), Escalate: c.rules("escalate")}
	r, err := adminDo(s, c, func(x *site.Site) (site.Rules, error) { return x.Admin(c.who.name).DefineRules(wanted) })
	return wireRules(r), err
}

func (c *adminCall) rules(name string) (all []site.Rule) {
	c.each(name, func(x *fields) {
		r := site.Rule{
			Name: x.text("name", false), Queue: site.QueueID(x.int64("queue", false)), Priority: int(x.int32("priority", false)),
			Account: site.AccountID(x.int64("account", false)), Refuse: x.boolean("refuse", false),
		}
		x.object("when", func(x *fields) { r.When = x.condition() })
		all = append(all, r)
	})
	return all
}

func (f *fields) condition() site.Condition {
	c := site.Condition{
		Products: f.numbers("products"), Categories: f.numbers("categories"), Languages: f.texts("languages"),
		Interfaces: list[site.InterfaceID](f, "interfaces", "a whole number of 32 bits", "an array of whole numbers"),
		Queues:     ids[site.QueueID](f.numbers("queues")),
		Hours:      site.HoursID(f.int64("hours", false)), Closed: f.boolean("closed", false),
	}
	f.each("fields", func(x *fields) {
		c.Fields = append(c.Fields, site.FieldCondition{Name: x.text("name", true), Op: x.text("op", true), Value: x.text("value", false)})
	})
	return c
}

func wireRules(r site.Rules) sites.Rules {
	return sites.Rules{Enter: wireRuleList(r.Enter), Escalate: wireRuleList(r.Escalate)}
}

func wireRuleList(rules []site.Rule) api.List[sites.Rule] {
	var all api.List[sites.Rule]
	for _, r := range rules {
		w := sites.Condition{
			Products: r.When.Products, Categories: r.When.Categories, Languages: r.When.Languages, Queues: ids[int64](r.When.Queues),
			Hours: int64(r.When.Hours), Closed: r.When.Closed,
		}
		for _, i := range r.When.Interfaces {
			w.Interfaces = append(w.Interfaces, int32(i))
		}
		for _, f := range r.When.Fields {
			w.Fields = append(w.Fields, sites.FieldCondition(f))
		}
		all = append(all, sites.Rule{
			Name: r.Name, When: w, Queue: int64(r.Queue), Priority: r.Priority, Account: int64(r.Account), Refuse: r.Refuse,
		})
	}
	return all
}

func shownRules(recorded []byte) (any, error) {
	var r site.Rules
	if err := json.Unmarshal(recorded, &r); err != nil {
		return nil, fmt.Errorf("read recorded rules: %w", err)
	}
	return wireRules(r), nil
}
