package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"usher/api/sites"
)

type routeCommand struct {
	administration
	Queue     int64    `help:"The queue that the visitor names." placeholder:"ID"`
	Product   int64    `help:"Its product." placeholder:"ID"`
	Category  int64    `help:"Its category." placeholder:"ID"`
	Language  string   `help:"Its language." placeholder:"TAG"`
	Interface int32    `help:"The interface that it uses." placeholder:"ID"`
	Field     []string `help:"A custom field; may be repeated." placeholder:"NAME=VALUE" sep:"none"`
}

func (routeCommand) Help() string {
	return `Where a visitor with these would be sent now, and why. Nothing is recorded; one who
would be turned away is refused in the same words.

Example:

  usher site route --product 5 --language de --field plan=gold`
}

func (c routeCommand) Run(p *process) error {
	visitor := sites.RouteRequest{
		QueueID: c.Queue, ProductID: c.Product, CategoryID: c.Category, Language: c.Language, InterfaceID: c.Interface,
	}
	for _, f := range c.Field {
		name, value, ok := strings.Cut(f, "=")
		if !ok || name == "" {
			return usageError(fmt.Sprintf("--field %q: expected NAME=VALUE", f))
		}
		visitor.CustomFields = append(visitor.CustomFields, sites.CustomField{Name: name, Value: value})
	}
	path, err := c.at(p, "route")
	if err != nil {
		return err
	}
	b, err := c.call(p, http.MethodPost, path, encode(visitor))
	if err != nil {
		return err
	}
	return c.printed(p, b, showMembers)
}

type standingCommand struct{ administration }

func (standingCommand) Help() string { return "Example:\n\n  usher site standing --site acme" }

func (c standingCommand) Run(p *process) error {
	path, err := c.at(p, "standing")
	if err != nil {
		return err
	}
	b, err := c.call(p, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return c.printed(p, b, func(p *process, o object) error {
		if err := table(p, o.get("queues"), "queueId", "name", "opening", "agents", "freePlaces", "ready", "waiting", "expectedSeconds", "known"); err != nil {
			return err
		}
		fmt.Fprintln(p.stdout)
		return table(p, o.get("agents"), "accountId", "name", "status", "holds", "places", "ready", "absent", "since")
	})
}

type engagementsCommand struct {
	administration
	Engagement int64 `arg:"" optional:"" help:"The engagement to explain."`
}

func (engagementsCommand) Help() string {
	return `What is live; of one engagement, where it is now and what keeps each agent from it.
How it came there is in its record: usher transcript ENGAGEMENT --why.

Example:

  usher site engagements
  usher site engagements 4711`
}

func (c engagementsCommand) Run(p *process) error {
	path, err := c.at(p, "engagements")
	if err != nil {
		return err
	}
	if c.Engagement == 0 {
		b, err := c.pages(p, path, "engagements", "engagementId")
		if err != nil {
			return err
		}
		return c.printed(p, b, func(p *process, o object) error {
			return table(p, o.get("engagements"), "engagementId", "state", "queueId", "priority", "since", "accountId", "guests", "visitor")
		})
	}
	b, err := c.call(p, http.MethodGet, path+"/"+strconv.FormatInt(c.Engagement, 10), nil)
	if err != nil {
		return err
	}
	return c.printed(p, b, func(p *process, o object) error {
		agents := o.get("agents")
		var rest object
		for _, m := range o {
			if m.name != "agents" {
				rest.set(m.name, m.value)
			}
		}
		if err := showMembers(p, rest); err != nil {
			return err
		}
		fmt.Fprintln(p.stdout)
		return table(p, agents, "accountId", "name", "status", "holds", "places", "reason")
	})
}
