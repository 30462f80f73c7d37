package main

import (
	"fmt"
	"net/http"
	"strconv"
)

// siteCommands are usher site.
type siteCommands struct {
	List        siteListCommand                              `cmd:"" help:"List the sites."`
	Add         siteAddCommand                               `cmd:"" help:"Make a site."`
	Show        siteShowCommand                              `cmd:"" help:"Show a site."`
	Keys        siteKeysCommand                              `cmd:"" help:"Show a site's keys, a secret among them."`
	Settings    settingsCommands                             `cmd:"" help:"Settings: time limits, origins, statuses, spam, files."`
	Rules       rulesCommands                                `cmd:"" help:"Rules that choose queues."`
	Hours       resourceCommands[businessHours, hoursFlags]  `cmd:"" help:"Business hours."`
	Profiles    resourceCommands[profiles, profileFlags]     `cmd:"" help:"Profiles: what accounts have in common."`
	Groups      resourceCommands[groups, nameFlags]          `cmd:"" help:"Staff groups."`
	Interfaces  resourceCommands[interfaces, interfaceFlags] `cmd:"" help:"Interfaces: the faces of the site to its visitors."`
	Audit       auditCommand                                 `cmd:"" help:"Show who changed what."`
	Standing    standingCommand                              `cmd:"" help:"Show how queues and agents stand now."`
	Route       routeCommand                                 `cmd:"" help:"Try where a visitor would be sent, and why."`
	Engagements engagementsCommand                           `cmd:"" help:"List what is live, or explain where one is."`
	Eject       ejectCommand                                 `cmd:"" help:"End an engagement and remove its visitor."`
}

func (siteCommands) Help() string {
	return `Example:

  usher site add acme
  usher site list
  usher site rules set --site acme --file rules.json`
}

type siteListCommand struct{ administration }

func (siteListCommand) Help() string {
	return `All sites of the server; it takes the admin token.

Example:

  usher site list`
}

func (c siteListCommand) Run(p *process) error {
	b, err := c.call(p, http.MethodGet, allSites, nil)
	if err != nil {
		return err
	}
	return c.printed(p, b, func(p *process, o object) error { return table(p, o.get("sites"), "site", "owner") })
}

type siteAddCommand struct {
	administration
	Name string `arg:"" help:"The site's name: letters, digits, - and _."`
}

func (siteAddCommand) Help() string {
	return `Makes the site, or finds it there. It takes the admin token.

Example:

  usher site add acme`
}

func (c siteAddCommand) Run(p *process) error {
	b, err := c.call(p, http.MethodPut, sitePath(c.Name), nil)
	if err != nil {
		return err
	}
	return c.printed(p, b, showSettings)
}

type siteShowCommand struct{ administration }

func (siteShowCommand) Help() string {
	return `Its settings, the node that runs it, and the public key for its pages.

Example:

  usher site show --site acme`
}

func (c siteShowCommand) Run(p *process) error {
	path, err := c.at(p)
	if err != nil {
		return err
	}
	b, err := c.call(p, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return c.printed(p, b, showSettings)
}

type siteKeysCommand struct{ administration }

func (siteKeysCommand) Help() string {
	return `The public key for a site's pages, and the secret with which its back end signs who
its visitors are. It takes the admin token. Keep what it prints out of logs.

Example:

  usher site keys --site acme`
}

func (c siteKeysCommand) Run(p *process) error {
	path, err := c.at(p, "keys")
	if err != nil {
		return err
	}
	b, err := c.call(p, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return c.printed(p, b, showMembers)
}

type businessHours struct{}

func (businessHours) kind() kind {
	return kind{
		command: "usher site hours", noun: "hours", path: "hours", id: 1, set: "--file hours.json",
		columns: []string{"hoursId", "name", "zone", "week"},
	}
}

type hoursFlags struct {
	nameFlags
	Zone *string `json:"zone,omitempty" help:"The time zone, such as Europe/Vienna." placeholder:"NAME"`
}

type profiles struct{}

func (profiles) kind() kind {
	return kind{
		command: "usher site profiles", noun: "profile", path: "profiles", id: 1, set: "--name Cards --queues 1,7 --places 3",
		columns: []string{"profileId", "name", "queues", "allQueues", "except", "pull", "places", "policy", "allowDecline", "autoDecline"},
	}
}

type profileFlags struct {
	nameFlags
	servingFlags
}

type groups struct{}

func (groups) kind() kind {
	return kind{command: "usher site groups", noun: "group", path: "groups", id: 1, set: "--name Evening", columns: []string{"groupId", "name"}}
}

type nameFlags struct {
	Name *string `json:"name,omitempty" help:"Its name." placeholder:"TEXT"`
}

type interfaces struct{}

func (interfaces) kind() kind {
	return kind{
		command: "usher site interfaces", noun: "interface", path: "interfaces", id: 1, set: "--name Shop --language de",
		columns: []string{"interfaceId", "name", "language"},
	}
}

type interfaceFlags struct {
	nameFlags
	Language *string `json:"language,omitempty" help:"A language tag such as de or pt-BR." placeholder:"TAG"`
}

type ejectCommand struct {
	administration
	Engagement int64 `arg:"" help:"The engagement's id."`
}

func (ejectCommand) Help() string { return "Example:\n\n  usher site eject 4711" }

func (c ejectCommand) Run(p *process) error {
	path, err := c.at(p, "engagements", strconv.FormatInt(c.Engagement, 10), "eject")
	if err != nil {
		return err
	}
	b, err := c.call(p, http.MethodPost, path, nil)
	if err != nil {
		return err
	}
	return c.printed(p, b, func(p *process, _ object) error {
		_, err := fmt.Fprintf(p.stdout, "engagement %d is over\n", c.Engagement)
		return err
	})
}
