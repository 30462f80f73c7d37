package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// The budgets, in bytes after gzip. A visitor pays for the widget on a phone, on the
// way; staff load their page once a day.
const (
	loaderBudget   = 3_000
	widgetBudget   = 25_000 // what opens the panel
	chatBudget     = 35_000 // all of it, for whoever starts a chat
	languageBudget = 2_000
	pageBudget     = 90_000
)

// load is what somebody's browser fetches together.
type load struct {
	name   string
	files  []string
	budget int // 0: none
}

// loads answers what is fetched together.
func (d dist) loads() []load {
	files := func(p page) []string {
		return slices.DeleteFunc([]string{p.Script, p.Style}, func(name string) bool { return name == "" })
	}
	all := []load{
		{"loader", []string{loaderName}, loaderBudget},
		{"loader and panel", slices.Concat(files(d.pages["panel"]), d.pages["panel"].First, []string{loaderName}), widgetBudget},
		{"and the chat", slices.Concat(files(d.pages["panel"]), d.pages["panel"].Parts, []string{loaderName}), chatBudget},
		{"console", files(d.pages["console"]), pageBudget},
		{"board", files(d.pages["board"]), pageBudget},
		{"demo", files(d.pages["demo"]), 0},
	}
	for _, language := range slices.Sorted(maps.Keys(d.words)) {
		all = append(all, load{"words " + language, []string{d.words[language]}, languageBudget})
	}
	return all
}

// weigh says what each load weighs, and answers an error that names those over
// their budget.
func (d dist) weigh(out io.Writer) error {
	var over []error
	for _, l := range d.loads() {
		size := 0
		for _, name := range l.files {
			size += len(compress(d.files[name]))
		}
		fmt.Fprintf(out, "%-18s %6d bytes compressed", l.name, size)
		if l.budget > 0 {
			fmt.Fprintf(out, ", at most %d", l.budget)
		}
		fmt.Fprintln(out)
		if size > cmp.Or(l.budget, size) {
			over = append(over, fmt.Errorf("%s: %d bytes compressed are over the budget of %d: make it smaller", l.name, size, l.budget))
		}
	}
	return errors.Join(over...)
}
