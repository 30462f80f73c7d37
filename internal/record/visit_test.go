package record_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/internal/record"
	"usher/internal/site"
)

// visit reads what ann saw, from the events that matter, after an entry.
func (w *world) visit(after int64, most int) (record.Visit, bool) {
	w.t.Helper()
	w.events = append(w.events, w.s.TakeFrame().Events...)
	found, err := w.s.FindVisit(ann)
	w.must(err)
	r := record.NewVisitReader(found.Engagement, found.Client, after, most)
	position := int64(0)
	for line := range bytes.Lines(w.events) {
		line = bytes.TrimSuffix(line, []byte{'\n'})
		if position++; position <= found.Begin || !r.Matters(line) {
			continue
		}
		at, e, err := site.DecodeEvent(line)
		w.must(err)
		if !r.Add(at, e) {
			break
		}
	}
	return r.Visit()
}

// TestVisit: a visitor's transcript has what it said and was told, from whom, and
// nothing that agents said among themselves or that was off the record.
func TestVisit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.logOn(ada)
	w.logOn(bob)
	w.ask(bob)
	w.must(second(w.s.RequestEngagement(site.EngagementRequest{Key: "ben", Queue: 7}))) // somebody else's
	w.enter(site.EngagementRequest{Contact: site.Contact{FirstName: "Ann"}})
	w.must(second(w.s.PostAsVisitor(ann, site.NewPost{Body: "is anybody there"})))
	w.ask(ada)
	w.must(second(w.s.AnswerOffer(caller(ada), 2, api.ActionAccept)))
	say := func(n site.NewPost) { w.must(second(w.s.PostAsAgent(caller(ada), 2, n))) }
	say(site.NewPost{Body: "<b>yes</b>", RichText: true})
	say(site.NewPost{Body: "a note", Visibility: api.VisibilityNotEndUser})
	say(site.NewPost{Body: "secret", OffTheRecord: true})
	w.at(1)
	w.must(second(w.s.PostAsVisitor(ann, site.NewPost{File: &site.File{ID: "f1", Name: "a.pdf", Type: "application/pdf", Size: 9}})))
	w.must(second(w.s.Whisper(caller(ada), 4, api.PartyEndUser, site.NewPost{Body: "psst"})))
	w.at(2)
	w.must(second(w.s.ConcludeAsAgent(caller(ada), 2)))
	w.must(second(w.s.Rate(ann, site.Rating{Stars: 5})))
	v, ok := w.visit(0, 0)
	var lines []string
	for _, e := range v.Entries {
		line := fmt.Sprintf("%d %s %s %s %s", e.Number, e.Kind, e.Who.Name, e.Who.Role, e.Cause)
		if e.Post != nil {
			line += fmt.Sprintf("%q off=%t", e.Post.Text, e.Post.OffTheRecord)
			if e.Post.File != nil {
				line += " file " + e.Post.File.Name
			}
		}
		lines = append(lines, line)
	}
	want := []string{
		`1 POST Ann END_USER "is anybody there" off=false`, `2 JOINED Ada LEAD `, `3 POST Ada LEAD "<b>yes</b>" off=false`,
		`4 POST Ada LEAD "" off=true`, `5 POST Ann END_USER "" off=false file a.pdf`, `6 POST Ada LEAD "psst" off=false`,
		`7 ENDED Ada LEAD AGENT_CONCLUDED`,
	}
	if diff := cmp.Diff(want, lines); diff != "" || !ok || v.Visitor.Name != "Ann" || v.EndedAt == 0 {
		t.Errorf("%t %+v, told (-want +got):\n%s", ok, v, diff)
	}
	page, _ := w.visit(2, 3)
	if !page.More || len(page.Entries) != 3 || page.Entries[0].Number != 3 {
		t.Errorf("the page after 2: %+v", page)
	}
	if strings.Contains(fmt.Sprint(v), "secret") {
		t.Error("what was off the record is told")
	}
}
