package site

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAgentsAreToldOfTheVisitorsPage(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	w.ask(ada, 9)
	ann, e := w.enter(0)
	page := func() *Page { return must[VisitorKnown](w.world)(w.VisitorOf(ada, e)).Page }
	if got := page(); got != nil {
		t.Errorf("she looks at %+v", got)
	}
	w.after(time.Second)
	must[ClientID](w.world)(w.ViewPage(ann, "https://shop.example/a", "A")) // while it is offered
	w.accept(ada, e)
	w.owns(ada)
	if got := page(); *got != (Page{"https://shop.example/a", "A", w.now}) {
		t.Errorf("she looks at %+v", got)
	}
	page().URL = "changed" // what is handed out is a copy
	first := w.now
	w.after(time.Second)
	w.silent(func() error { _, err := w.ViewPage(ann, "https://shop.example/a", "A"); return err }) // the same
	if got := page(); got.Since != first || got.URL != "https://shop.example/a" {
		t.Errorf("she looks at %+v", got)
	}
	w.tellsOwn(ada)
	must[ClientID](w.world)(w.ViewPage(ann, "https://shop.example/a", "B"))
	w.tellsOwn(ada, "visitor")
	w.tellsOwn(ann)
	w.restart()
	if got := page(); got.Title != "B" || got.Since != w.now {
		t.Errorf("after a restart she looks at %+v", got)
	}
	w.nothing(BadRequest, func() error { _, err := w.VisitorOf(bob, e); return err })
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, e))
	w.silent(func() error { _, err := w.ViewPage(ann, "https://shop.example/c", ""); return err })
}

func TestPagesThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ann, _ := w.enter(0)
	long := strings.Repeat("x", MaxNameBytes)
	for name, x := range map[string][2]string{
		"no url": {"", "A"}, "a long url": {long + "x", ""}, "a long title": {"https://shop.example/", long + "x"},
		"no text": {"https://shop.example/\xff", ""}, "no text in the title": {"https://shop.example/", "\xff"},
	} {
		t.Run(name, func(t *testing.T) {
			w.nothing(BadRequest, func() error { _, err := w.ViewPage(ann, x[0], x[1]); return err })
		})
	}
	w.nothing(AccessDenied, func() error { _, err := w.ViewPage(Caller{Key: "nobody"}, "https://shop.example/", ""); return err })
	must[ClientID](w.world)(w.ViewPage(ann, "https://shop.example/"+long[:MaxNameBytes-21], long))
}

// TestFactsChangeWhatIsKnown of a visitor, but for what its host vouches for.
func TestFactsChangeWhatIsKnown(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	w.ask(ada, 9)
	for name, c := range map[string]struct {
		who   string
		facts Facts
		want  Contact
	}{
		"a name": {"", Facts{FirstName: "Anna"}, Contact{FirstName: "Anna", LastName: "Lee", Email: "ann@example.org"}},
		"all": {"", Facts{"A", "B", "c@example.org", []CustomField{{Name: "cart", Value: "3"}}},
			Contact{FirstName: "A", LastName: "B", Email: "c@example.org", CustomFields: []CustomField{{Name: "cart", Value: "3"}}}},
		"of one who is vouched for": {"customer 7", Facts{"A", "B", "c@example.org", []CustomField{{Name: "cart", Value: "3"}}},
			Contact{FirstName: "Ann", LastName: "Lee", Email: "ann@example.org", CustomFields: []CustomField{{Name: "cart", Value: "3"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			ann, e := w.comes(func(n *EngagementRequest) {
				n.Identity, n.Contact = c.who, Contact{FirstName: "Ann", LastName: "Lee", Email: "ann@example.org"}
			})
			w.accept(ada, e)
			w.owns(ada)
			must[ClientID](w.world)(w.StateFacts(ann, c.facts))
			w.tellsOwn(ada, "visitor")
			w.silent(func() error { _, err := w.StateFacts(ann, c.facts); return err }) // it is known
			w.silent(func() error { _, err := w.StateFacts(ann, Facts{}); return err })
			w.tellsOwn(ada)
			k := must[VisitorKnown](w.world)(w.VisitorOf(ada, e))
			got := k.Assignment.Contact
			c.want.RequestSource = got.RequestSource
			if diff := cmp.Diff(c.want, got); diff != "" || k.Identity != c.who || k.Visitor != w.byKey[ann.Key] {
				t.Errorf("known is %q, client %d, and (-want +got)\n%s", k.Identity, k.Visitor, diff)
			}
			if got := w.visitors[w.byKey[ann.Key]].Email; got != c.want.Email {
				t.Errorf("transcripts go to %s", got)
			}
			must[ClientID](w.world)(w.ConcludeAsAgent(ada, e))
			w.nothing(Conflict, func() error { _, err := w.StateFacts(ann, Facts{FirstName: "late"}); return err })
			w.release(ada, e)
		})
	}
}

func TestFactsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ann, _ := w.enter(0)
	long := strings.Repeat("x", MaxFactsBytes)
	many := make([]CustomField, maxList+1)
	for i := range many {
		many[i].Name = "field " + string(rune('0'+i))
	}
	for name, c := range map[string]struct {
		facts Facts
		want  Code
	}{
		"a very long name":   {Facts{FirstName: strings.Repeat("x", MaxPostBytes+1)}, BadRequest},
		"no text":            {Facts{LastName: "\xff"}, BadRequest},
		"a field of no name": {Facts{Fields: []CustomField{{Value: "3"}}}, BadRequest},
		"a field of no text": {Facts{Fields: []CustomField{{Name: "cart", Value: "\xff"}}}, BadRequest},
		"too many fields":    {Facts{Fields: many}, BadRequest},
		"too much":           {Facts{FirstName: long, LastName: "x"}, TooLarge},
		"too much in fields": {Facts{Fields: []CustomField{{Name: "a", Value: long}}}, TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			w.nothing(c.want, func() error { _, err := w.StateFacts(ann, c.facts); return err })
		})
	}
	w.nothing(AccessDenied, func() error { _, err := w.StateFacts(Caller{Key: "nobody"}, Facts{}); return err })
	must[ClientID](w.world)(w.StateFacts(ann, Facts{FirstName: long[:MaxFactsBytes-6], LastName: "xxxxxx"}))
	w.nothing(TooLarge, func() error { _, err := w.StateFacts(ann, Facts{LastName: "xxxxxxx"}); return err })
	must[ClientID](w.world)(w.StateFacts(ann, Facts{LastName: "x"})) // less is always taken
}

// TestAPageStatesOnlySoMuchAtATime: each page and fact is an event, so a script that
// states without end is turned away, and a person is not.
func TestAPageStatesOnlySoMuchAtATime(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ann, _ := w.enter(0)
	ben, _ := w.enter(0)
	view := func(c Caller, page string) error {
		_, err := w.ViewPage(c, "https://shop.example/"+page, "")
		return err
	}
	state := func(name string) error { _, err := w.StateFacts(ann, Facts{FirstName: name}); return err }
	for range 3 {
		for n := range MaxStatements {
			if n%2 == 0 {
				w.refused(view(ann, string(w.key("page"))), "")
			} else {
				w.refused(state(string(w.key("name"))), "")
			}
			w.after(time.Second / 2)
		}
		w.nothing(TooMany, func() error { return view(ann, "more") })
		w.nothing(TooMany, func() error { return state("more") })
		w.refused(view(ben, string(w.key("page"))), "") // it is nobody else's matter
		w.after(StatementsFor)
	}
	// Slowly it may go on for ever.
	for range 5 * MaxStatements {
		w.refused(view(ann, string(w.key("page"))), "")
		w.after(StatementsFor / MaxStatements)
		w.refused(w.Alive(ben), "")
	}
}

// TestFactsBesideAnAgentsWords: what an agent wrote is not bounded by what a page may
// state, and stays.
func TestFactsBesideAnAgentsWords(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	must[ClientID](w.world)(w.SetProperty(ada, e, OfUser, Question, strings.Repeat("x", MaxFactsBytes)))
	w.nothing(TooLarge, func() error { _, err := w.StateFacts(ann, Facts{FirstName: "Annabelle"}); return err })
	must[ClientID](w.world)(w.StateFacts(ann, Facts{FirstName: "A"}))
	if c := w.live[e].Contact; c.FirstName != "A" || len(c.Question) != MaxFactsBytes {
		t.Errorf("known is %+v", c)
	}
}
