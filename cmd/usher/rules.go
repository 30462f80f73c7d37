package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"text/tabwriter"
)

// rulesCommands are usher site rules.
type rulesCommands struct {
	Show rulesShowCommand `cmd:"" help:"Show both lists."`
	Set  rulesSetCommand  `cmd:"" help:"Replace both lists."`
}

func (rulesCommands) Help() string {
	return "Example:\n\n  usher site rules show\n  usher site rules set --file rules.json"
}

type rulesShowCommand struct{ administration }

func (rulesShowCommand) Help() string {
	return "Example:\n\n  usher site rules show\n  usher site rules show --json > rules.json"
}

func (c rulesShowCommand) Run(p *process) error {
	path, err := c.at(p, "rules")
	if err != nil {
		return err
	}
	b, err := c.call(p, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return c.printed(p, b, showRules)
}

type rulesSetCommand struct {
	administration
	File string `help:"Both lists in JSON; - is the standard input." placeholder:"FILE" required:""`
}

func (rulesSetCommand) Help() string {
	return `Replaces both lists. A rule that cannot work is refused with its place, and nothing
changes.

Example:

  usher site rules set --file rules.json
  echo '{"enter":[{"name":"Cards","when":{"products":[5]},"queue":7}]}' | usher site rules set --file -`
}

func (c rulesSetCommand) Run(p *process) error {
	if c.File == "-" && c.PasswordFile == "-" {
		return errOneInput
	}
	rules, err := definition(p, c.File)
	if err != nil {
		return err
	}
	path, err := c.at(p, "rules")
	if err != nil {
		return err
	}
	b, err := c.call(p, http.MethodPut, path, encode(rules))
	if err != nil {
		return err
	}
	return c.printed(p, b, showRules)
}

// showRules prints a line for each rule, in the order in which they are tried.
func showRules(p *process, o object) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "place\tname\twhen\tthen")
	for _, list := range o {
		var rules []json.RawMessage
		if err := json.Unmarshal(list.value, &rules); err != nil {
			return fmt.Errorf("read the rules: %w", err)
		}
		for i, raw := range rules {
			rule, err := readObject(raw)
			if err != nil {
				return fmt.Errorf("read the rules: %w", err)
			}
			var then object
			for _, m := range rule {
				if m.name != "name" && m.name != "when" {
					then.set(m.name, m.value)
				}
			}
			fmt.Fprintf(w, "%s[%d]\t%s\t%s\t%s\n", list.name, i, cell(rule.get("name")), cell(rule.get("when")), cell(encode(then)))
		}
	}
	return w.Flush()
}
