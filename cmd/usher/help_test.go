package main

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestEveryCommandHasAnExample that can be parsed: `usher help COMMAND` shows it.
func TestEveryCommandHasAnExample(t *testing.T) {
	t.Parallel()
	parser := kong.Must(&commands{}, kong.Name("usher"), kong.Configuration(readConfig), kong.Exit(func(int) { t.Error("the parser wants to exit") }))
	seen := 0
	err := kong.Visit(parser.Model.Node, func(n kong.Visitable, next kong.Next) error {
		if node, ok := n.(*kong.Node); ok && node.Type == kong.CommandNode {
			seen++
			name := strings.TrimPrefix(node.FullPath(), "usher ")
			examples := examplesOf(t, name)
			if len(examples) == 0 {
				t.Errorf("usher help %s shows no example", name)
			}
			for _, e := range examples {
				if _, err := parser.Parse(e); err != nil {
					t.Errorf("usher help %s: the example %q cannot be parsed: %v", name, e, err)
				}
			}
		}
		return next(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 50 {
		t.Errorf("only %d commands were looked at", seen)
	}
}

// examplesOf answers the arguments of the examples that help shows.
func examplesOf(t *testing.T, name string) [][]string {
	t.Helper()
	var out, errs bytes.Buffer
	p := &process{ctx: context.Background(), stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
	if code := execute(append([]string{"help"}, strings.Fields(name)...), p); code != exitDone {
		t.Fatalf("usher help %s ends with %d: %s", name, code, &errs)
	}
	_, after, _ := strings.Cut(out.String(), "Example:")
	after, _, _ = strings.Cut(after, "Arguments:")
	after, _, _ = strings.Cut(after, "Flags:")
	var all [][]string
	for line := range strings.Lines(after) {
		for command := range strings.SplitSeq(line, "|") {
			words := strings.Fields(command)
			if len(words) == 0 || words[0] != "usher" {
				continue
			}
			if i := slices.Index(words, ">"); i >= 0 {
				words = words[:i]
			}
			all = append(all, words[1:])
		}
	}
	return all
}
