package machine_test

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"usher/internal/journal"
)

var update = flag.Bool("update", false, "write the golden file anew")

var errStore = errors.New("the store does not answer")

// What the node knows of site s. Each begins in the pool of joined; b is live, and
// stays so, c's lease has run out.
type known struct {
	name  string
	sites []string
	then  func(r *rig)
}

const (
	silent = "a silent node's"
	newer  = "newer than this version"
)

var knowledge = []known{
	{"unknown", nil, nil},
	{"nobody's", []string{"s@5 "}, nil},
	{"another live node's", []string{"s@5 b"}, nil},
	{silent, []string{"s@5 b"}, func(r *rig) { r.failed("s", "b") }},
	{"a lapsed node's", []string{"s@5 c"}, nil},
	{"mine", []string{"s@5 a"}, nil},
	{"giving", []string{"q@5 a", "r@5 a", "s@5 a"}, nil}, // two more than b has
	{"claiming", []string{"s@5 "}, func(r *rig) { r.locate("s") }},
	{newer, []string{"s@5 "}, nil},
}

// How the node stands. Each function goes on from a whole lease.
type standing struct {
	name string
	then func(r *rig)
}

var standings = []standing{
	{"lease valid", func(*rig) {}},
	{"lease run out", (*rig).runOut},
	{"back from a lapse", func(r *rig) {
		r.runOut()
		r.view.Lapsed = true
		r.do(r.ask)
		r.renewed()
		r.view.Lapsed = false
	}},
	{"stopping", func(r *rig) { // z is on its way out, so that there is something to wait for
		r.find(append([]string{"z@5 a"}, r.sites()...)...)
		r.stop()
	}},
	{"left", (*rig).stop},
}

func (r *rig) runOut() {
	r.do(r.ask)
	r.do(func() { r.m.RenewFailed(r.now) })
	r.now = r.m.Until() + time.Second
}

func (r *rig) sites() []string {
	var words []string
	for _, p := range r.view.Sites {
		words = append(words, fmt.Sprintf("%s@%d %s", p.Site, p.Epoch, p.Owner))
	}
	return words
}

// What can happen.
type input struct {
	name string
	when string // only when s is so
	do   func(r *rig)
}

var inputs = []input{
	{"locate", "", func(r *rig) { r.locate("s") }},
	{"locate, sent by a node that knows more", "", func(r *rig) { r.locateSince("s", 6) }},
	{"b failed", "", func(r *rig) { r.m.Failed(r.now, "s", "b") }},
	{"b says: c's at 6", "", func(r *rig) { r.m.Learn(r.now, at("s@6 c"), "b") }},
	{"b says: b's at 6", "", func(r *rig) { r.m.Learn(r.now, at("s@6 b"), "b") }},
	{"b says: the newcomer e's at 6", "", func(r *rig) {
		r.m.Meet(r.now, node("e"))
		r.m.Learn(r.now, at("s@6 e"), "b")
	}},
	{"b knows nothing", "", func(r *rig) { r.m.Learn(r.now, at("s@0 "), "b") }},
	{"the host lost it", "", func(r *rig) { r.m.Lost(r.now, "s") }},
	{"claimed", "claiming", func(r *rig) { r.m.Claimed(r.now, at("s@6 a"), nil) }},
	{"claimed: b's", "claiming", func(r *rig) { r.m.Claimed(r.now, at("s@6 b"), journal.ErrOwned) }},
	{"claimed: c's", "claiming", func(r *rig) { r.m.Claimed(r.now, at("s@6 c"), journal.ErrOwned) }},
	{"claimed: lapsed", "claiming", func(r *rig) { r.m.Claimed(r.now, at("s@5 "), journal.ErrLapsed) }},
	{"claimed: newer", "claiming", func(r *rig) {
		p := at("s@6 ")
		p.Format = 9
		r.m.Claimed(r.now, p, journal.ErrNewer)
	}},
	{"claimed: no site", "claiming", func(r *rig) { r.m.Claimed(r.now, at("s@0 "), journal.ErrNoSite) }},
	{"claimed: no answer", "claiming", func(r *rig) { r.m.Claimed(r.now, at("s@0 "), errStore) }},
	{"given", "giving", func(r *rig) { r.m.Given(r.now, at("s@6 b"), nil) }},
	{"given: c's", "giving", func(r *rig) { r.m.Given(r.now, at("s@6 c"), journal.ErrFenced) }},
	{"given: fenced, and still ours", "giving", func(r *rig) { r.m.Given(r.now, at("s@6 a"), journal.ErrFenced) }},
	{"given: no answer", "giving", func(r *rig) { r.m.Given(r.now, at("s@0 "), errStore) }},
	{"view: as before", "", func(r *rig) { r.see(r.sites()...) }},
	{"view: nobody's at 6", "", func(r *rig) { r.see("s@6 ") }},
	{"view: b's at 6", "", func(r *rig) { r.see("s@6 b") }},
	{"view: c's at 6", "", func(r *rig) { r.see("s@6 c") }},
	{"view: ours at 6", "", func(r *rig) { r.see("s@6 a") }},
	{"view: c's at 6, with a timer that is due", "", func(r *rig) {
		r.view.Sites = places("s@6 c")
		r.view.Sites[0].NextTimer = 1
		r.ask()
		r.m.Effects()
		r.m.Renewed(r.now, 1_000_000, r.view)
	}},
	{"no answer to the renewal", "", func(r *rig) {
		r.ask()
		r.m.Effects()
		r.m.RenewFailed(r.now)
	}},
	{"wake", "", func(r *rig) { r.m.Tick(r.now) }},
	{"stop", "", func(r *rig) { r.m.Stop(r.now) }},
}

// see is a renewal, begun now, that finds sites placed so.
func (r *rig) see(sites ...string) {
	r.view.Sites = places(sites...)
	r.ask()
	r.m.Effects() // the renewal is under way
	r.m.Renewed(r.now, 1_000_000, r.view)
}

// impossible says why a site cannot stand so at such a node.
func impossible(standing, known string) bool {
	switch standing {
	case "stopping":
		return known == "mine" // it is being given
	case "left":
		return known == "mine" || known == "giving" || known == "claiming"
	}
	return false
}

// TestGrid puts every input to every state, and compares what the machine then
// wants done, whom it answers, whether the site is its own, and when it wants to be
// woken, with a golden file that was read by people.
func TestGrid(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("A node a, in a pool with the live b and the lapsed c, and site s at epoch 5. Before <= stands what is wanted,\n" +
		"what is known of s then, and when the node wants to be woken unless it is for the next renewal; after it, upon\n" +
		"which inputs. Where the lease is not simply valid, only what is different then is listed.\n")
	usual := map[string]string{} // results with a valid lease
	for _, st := range standings {
		for _, k := range knowledge {
			if impossible(st.name, k.name) {
				continue
			}
			fmt.Fprintf(&b, "\n# %s, s is %s\n", st.name, k.name)
			var results []string
			by := map[string][]string{}
			for _, in := range inputs {
				if in.when != "" && in.when != k.name {
					continue
				}
				result := cell(t, st, k, in)
				if st.name == standings[0].name {
					usual[k.name+in.name] = result
				} else if usual[k.name+in.name] == result {
					continue
				}
				if by[result] == nil {
					results = append(results, result)
				}
				by[result] = append(by[result], in.name)
			}
			for _, result := range results {
				fmt.Fprintf(&b, "%s\n    <= %s\n", result, strings.Join(by[result], "; "))
			}
		}
	}
	const golden = "testdata/grid.golden"
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); d != "" {
		t.Errorf("(-want +got; -update writes it anew):\n%s", d)
	}
}

// cell answers what an input does in a state, in words.
func cell(t *testing.T, st standing, k known, in input) string {
	t.Helper()
	r := joined(t, k.sites...)
	if k.name == newer {
		r.view.Sites[0].Format = 9
		r.do(r.ask)
		r.renewed()
	}
	if k.then != nil && k.name != silent {
		k.then(r)
	}
	st.then(r)
	if k.name == silent { // just now
		k.then(r)
	}
	r.done = nil
	before := r.after()
	r.do(func() { in.do(r) })
	result := "nothing"
	if after := r.after(); len(r.done) > 0 || after != before {
		result = strings.Join(append(r.done, after), ", ")
	}
	r.calmSoon(st.name + ", " + k.name + ", " + in.name)
	return result
}

// after is what a cell ends with.
func (r *rig) after() string {
	text := "s is not known"
	for _, p := range r.m.Sites() {
		if p.Site == "s" {
			text = fmt.Sprintf("s@%d is %s's", p.Epoch, cmp.Or(p.Owner, "nobody"))
		}
	}
	if r.m.Mine("s") {
		text += " and run here"
	}
	if at, ok := r.m.Wake(); ok && at < r.m.Until()-lease+lease/3 {
		text = fmt.Sprintf("%s, wake in %v", text, max(at-r.now, 0).Round(time.Millisecond))
	}
	return text
}

// calmSoon wakes the machine as a shell does, and fails the test when it goes on
// asking for it at the same moment.
func (r *rig) calmSoon(cell string) {
	r.t.Helper()
	for woken := 0; ; woken++ {
		at, ok := r.m.Wake()
		if !ok || at > r.now {
			return
		}
		if woken == 3 {
			r.t.Errorf("%s: at %v the machine wants to be woken at %v, again and again", cell, r.now, at)
			return
		}
		r.do(func() { r.m.Tick(r.now) })
	}
}
