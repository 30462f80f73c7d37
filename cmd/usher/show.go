package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
)

// printed prints an answer: as it is with --json, else by show.
func (a *administration) printed(p *process, body []byte, show func(p *process, o object) error) error {
	if a.JSON {
		_, err := fmt.Fprintln(p.stdout, strings.TrimSpace(string(body)))
		return err
	}
	o, err := readObject(body)
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", a.Server, err)
	}
	return show(p, o)
}

// showMembers prints a line for each member; of a list of objects, one for each
// entry.
func showMembers(p *process, o object) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, m := range o {
		var entries []json.RawMessage
		if len(m.value) < 2 || m.value[0] != '[' || m.value[1] != '{' || json.Unmarshal(m.value, &entries) != nil {
			entries = []json.RawMessage{m.value}
		}
		name := m.name
		for _, e := range entries {
			fmt.Fprintf(w, "%s\t%s\n", name, cell(e))
			name = ""
		}
	}
	return w.Flush()
}

// table prints a list of objects, a line each, with the columns that are named.
func table(p *process, list json.RawMessage, columns ...string) error {
	var rows []json.RawMessage
	if err := json.Unmarshal(list, &rows); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(columns, "\t"))
	for _, row := range rows {
		o, err := readObject(row)
		if err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = cell(o.get(c))
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	return w.Flush()
}
