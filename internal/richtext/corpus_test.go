package richtext

import (
	"encoding/json"
	"os"
	"testing"
)

// entry is a text that has got, or was meant to get, past some sanitiser or
// browser.
type entry struct {
	Name string
	HTML string
	// Inert says that a parser of today sees nothing in it: it was made for old
	// browsers, or for programs that decode a text once too often.
	Inert bool `json:",omitempty"`
}

func corpus(t testing.TB) []entry {
	t.Helper()
	b, err := os.ReadFile("testdata/bypasses.json")
	if err != nil {
		t.Fatal(err)
	}
	var entries []entry
	if err := json.Unmarshal(b, &entries); err != nil {
		t.Fatalf("testdata/bypasses.json: %v", err)
	}
	return entries
}

// TestBypasses: no known way around a sanitiser leads around this one. Each is
// tried alone, in a text, and twice.
func TestBypasses(t *testing.T) {
	t.Parallel()
	entries, names := corpus(t), map[string]bool{}
	if len(entries) < 80 {
		t.Fatalf("only %d entries", len(entries))
	}
	for _, e := range entries {
		if names[e.Name] {
			t.Errorf("%q is there twice", e.Name)
		}
		names[e.Name] = true
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			if fault := judgeAs(e.HTML, false); (fault == "") != e.Inert {
				t.Errorf("inert is %v, and as it stands the judge finds %q", e.Inert, fault)
			}
			held(t, e.HTML)
			held(t, "<p>before</p>"+e.HTML+"<p>after</p>")
			held(t, "<ul><li><b>"+e.HTML+"</b></li></ul>")
			held(t, e.HTML+e.HTML)
		})
	}
}
