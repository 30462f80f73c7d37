package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
)

type auditCommand struct{ administration }

func (auditCommand) Help() string {
	return `Who changed what, oldest first. By is a supervisor's login, or admin for who had the
admin token.

Example:

  usher site audit --site acme`
}

func (c auditCommand) Run(p *process) error {
	path, err := c.at(p, "audit")
	if err != nil {
		return err
	}
	b, err := c.pages(p, path, "changes", "number")
	if err != nil {
		return err
	}
	return c.printed(p, b, showAudit)
}

func showAudit(p *process, o object) error {
	var changes []json.RawMessage
	if err := json.Unmarshal(o.get("changes"), &changes); err != nil {
		return fmt.Errorf("read the audit log: %w", err)
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "number\tat\tby\twhat\tchange")
	for _, raw := range changes {
		change, err := readObject(raw)
		if err != nil {
			return fmt.Errorf("read the audit log: %w", err)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", cell(change.get("number")), cell(change.get("at")), cell(change.get("by")),
			cell(change.get("what")), difference(change.get("before"), change.get("after")))
	}
	return w.Flush()
}

// difference says how a definition changed.
func difference(before, after json.RawMessage) string {
	old, err := readObject(before)
	if err != nil {
		return "new: " + cell(after)
	}
	now, err := readObject(after)
	if err != nil {
		return "removed: " + cell(before)
	}
	var changed []string
	for _, m := range now {
		if was := cell(old.get(m.name)); was != cell(m.value) {
			changed = append(changed, fmt.Sprintf("%s: %s -> %s", m.name, orNone(was), orNone(cell(m.value))))
		}
	}
	for _, m := range old {
		if now.get(m.name) == nil {
			changed = append(changed, fmt.Sprintf("%s: %s -> (none)", m.name, orNone(cell(m.value))))
		}
	}
	if len(changed) == 0 {
		return "the same again"
	}
	return strings.Join(changed, "; ")
}

func orNone(text string) string {
	if text == "" {
		return "(none)"
	}
	return text
}
