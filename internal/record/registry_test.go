package record

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"testing"

	"usher/internal/site"
)

// passedOver names the events that have to do with an engagement and tell nothing
// that another event does not.
var untold = map[string]string{
	"Mailed":       "a message tells somebody what another event decided",
	"LetterQueued": "LetterTried tells what became of it",
	"PostsSeen":    "what was seen is for those who talk",
	"PageViewed":   "where a visitor looks is for those who talk",
}

// TestEveryEventOfAnEngagementIsTold: each event that the site knows and that names
// an engagement adds an entry to that one's record, and none to another's, or is
// named above.
func TestEveryEventOfAnEngagementIsTold(t *testing.T) {
	t.Parallel()
	about := 0
	for _, name := range eventNames(t) {
		_, blank, err := site.DecodeEvent(fmt.Appendf(nil, `{"at":1,"event":%q,"data":{}}`, name))
		if err != nil {
			t.Fatal(err)
		}
		v := reflect.ValueOf(blank).Elem()
		if !has(v.Type(), "engagement") {
			continue
		}
		about++
		fill(v, 7)
		told := entries(7, blank) > 0
		why, passed := untold[name]
		switch {
		case told && passed:
			t.Errorf("%s is told, and named as passed over: %s", name, why)
		case !told && !passed:
			t.Errorf("%s has to do with an engagement and adds nothing to its record: read it in about.go, or name it in untold", name)
		}
		if line := lineOf(name, blank); !NewReader(Wanted{Engagement: 7}).Matters(line) {
			t.Errorf("%s is passed over before it is read: %s", name, line)
		}
		if entries(8, blank) > 0 {
			t.Errorf("%s adds to the record of another engagement", name)
		}
	}
	if about < 18 {
		t.Errorf("only %d events were looked at", about)
	}
}

// lineOf writes an event as the journal has it.
func lineOf(name string, e site.Event) []byte {
	data, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return fmt.Appendf(nil, `{"at":1,"event":%q,"data":%s}`, name, data)
}

// TestWhatMatters: events that tell who is who, and no other engagement's.
func TestWhatMatters(t *testing.T) {
	t.Parallel()
	r := NewReader(Wanted{Engagement: 7})
	for _, name := range eventNames(t) {
		_, e, err := site.DecodeEvent(fmt.Appendf(nil, `{"at":1,"event":%q,"data":{}}`, name))
		if err != nil {
			t.Fatal(err)
		}
		fill(reflect.ValueOf(e).Elem(), 77)
		r := NewReader(Wanted{Engagement: 7})
		known := newNames()
		known.Queues[77], known.Accounts[77], known.Agents[77] = "x", "x", 1
		r.names = known
		if e, ok := e.(*site.DefinitionRemoved); ok {
			e.Kind = site.DefinedQueue
		}
		r.Add(1, e)
		uses := len(r.names.Queues)+len(r.names.Accounts)+len(r.names.Agents) != 3 || r.names.Queues[77] != "x" || r.names.Accounts[77] != "x" || r.names.Agents[77] != 1
		if got := r.Matters(lineOf(name, e)); got != uses {
			t.Errorf("%s of engagement 77: matters %t, is used %t", name, got, uses)
		}
	}
	if r.Matters([]byte("no JSON")) || r.Matters(nil) {
		t.Error("what is no event matters")
	}
}

// TestWhatABookPassesOver: the events that neither tell who is who nor are about an
// engagement, and are not settings; and each is one that there is.
func TestWhatABookPassesOver(t *testing.T) {
	t.Parallel()
	all := eventNames(t)
	for _, name := range passedOver {
		if !slices.Contains(all, name) {
			t.Errorf("%s is no event", name)
		}
	}
	b := NewBook()
	for _, name := range all {
		_, e, err := site.DecodeEvent(fmt.Appendf(nil, `{"at":1,"event":%q,"data":{}}`, name))
		if err != nil {
			t.Fatal(err)
		}
		fill(reflect.ValueOf(e).Elem(), 7)
		used := slices.Contains(naming, name) || entries(7, e) > 0 || name == "SiteCreated" || name == "SettingsChanged"
		if at, matters := b.Matters(lineOf(name, e)); matters != used || at != 1 {
			t.Errorf("%s: matters %t at %d, is used %t", name, matters, at, used)
		}
	}
	for _, line := range []string{`{"at":1,"event":"Unheard","data":{}}`, `{"event":"Mailed","at":1}`, "no JSON", ""} {
		if _, matters := b.Matters([]byte(line)); !matters {
			t.Errorf("%q is passed over", line)
		}
	}
}

// entries counts what an event adds to the record of an engagement.
func entries(id site.EngagementID, e site.Event) int {
	r := NewReader(Wanted{Engagement: id})
	if _, first := e.(*site.EngagementRequested); !first {
		r.Add(0, &site.EngagementRequested{Engagement: id, Client: 1})
	}
	before := len(r.page.Entries)
	r.Add(1, e)
	return len(r.page.Entries) - before
}

// eventNames reads the site's list of events where it stands.
func eventNames(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../site/event.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != "events" {
			return true
		}
		ast.Inspect(spec, func(n ast.Node) bool {
			if u, ok := n.(*ast.UnaryExpr); ok {
				found = append(found, u.X.(*ast.CompositeLit).Type.(*ast.Ident).Name)
			}
			return true
		})
		return false
	})
	if len(found) < 40 || !slices.Contains(found, "Posted") {
		t.Fatalf("the list of events in ../site/event.go was not found: got %v", found)
	}
	return found
}

// has reports whether a type has a member of that JSON name, however deep.
func has(t reflect.Type, member string) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return has(t.Elem(), member)
	case reflect.Struct:
		for f := range t.Fields() {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name == member || f.IsExported() && has(f.Type, member) {
				return true
			}
		}
	}
	return false
}

// fill sets every number of a value to n.
func fill(v reflect.Value, n int64) {
	switch v.Kind() {
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(n)
	case reflect.Struct:
		for f, x := range v.Fields() {
			if f.IsExported() {
				fill(x, n)
			}
		}
	}
}
