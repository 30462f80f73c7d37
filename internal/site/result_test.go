package site

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheLeadNotesWhatCameOfIt, while it goes on and after its end; the last word stands,
// and goes with the engagement to its next lead.
func TestTheLeadNotesWhatCameOfIt(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.settings(func(s *Settings) { s.Results = []WrapUpResult{{1, "Sold"}, {5, "Nothing"}} })
	ada, bob := w.logOn(12), w.logOn(13)
	ann, e := w.chat(ada)
	w.confers(ada, e, bob)
	note := func(c Caller, x WrapUp) func() error {
		return func() error { _, err := w.NoteWrapUp(c, e, x); return err }
	}
	kept := func(c Caller, want WrapUp) {
		t.Helper()
		if got := must[Holdings](w.world)(w.Engagements(c)).Held[0].WrapUp; got != want {
			t.Errorf("kept is %+v, want %+v", got, want)
		}
	}
	kept(ada, WrapUp{})
	w.silent(note(ada, WrapUp{})) // as it is
	w.refused(note(ada, WrapUp{Note: "she asks for red"})(), "")
	w.refused(note(ada, WrapUp{5, "she asks for blue"})(), "")
	w.silent(note(ada, WrapUp{5, "she asks for blue"}))
	kept(ada, WrapUp{5, "she asks for blue"})
	kept(bob, WrapUp{5, "she asks for blue"})
	for name, c := range map[string]struct {
		by   Caller
		x    WrapUp
		want Code
	}{
		"no such result":   {ada, WrapUp{Result: 2}, BadRequest},
		"below zero":       {ada, WrapUp{Result: -1}, BadRequest},
		"a long note":      {ada, WrapUp{Note: strings.Repeat("x", MaxPostBytes+1)}, TooLarge},
		"a note of bytes":  {ada, WrapUp{Note: "\xff"}, BadRequest},
		"by a conferee":    {bob, WrapUp{Note: "x"}, BadRequest},
		"by a stranger":    {w.logOn(14), WrapUp{Note: "x"}, BadRequest},
		"without log-on":   {Caller{Key: "nobody", Account: 12, Agent: true}, WrapUp{}, AccessDenied},
		"by the visitor":   {ann, WrapUp{Note: "x"}, AccessDenied},
		"with another aid": {Caller{Key: ada.Key, Account: 13, Agent: true}, WrapUp{}, AccessDenied},
	} {
		t.Run(name, func(t *testing.T) {
			if c.by.Agent {
				w.nothing(c.want, note(c.by, c.x))
			} else {
				w.nothing(c.want, func() error { _, err := w.NoteWrapUp(Caller{Key: c.by.Key, Agent: true}, e, c.x); return err })
			}
		})
	}
	// The result is no longer one of the site's: who has it may keep it.
	w.settings(func(s *Settings) { s.Results = s.Results[:1] })
	w.refused(note(ada, WrapUp{5, "still blue"})(), "")
	w.leaves(ada, e)
	kept(bob, WrapUp{5, "still blue"})
	w.nothing(BadRequest, note(ada, WrapUp{Note: "x"}))
	must[ClientID](w.world)(w.ConcludeAsVisitor(ann))
	w.refused(note(bob, WrapUp{1, "red after all"})(), "")
	w.nothing(BadRequest, note(bob, WrapUp{Result: 5}))
	w.restart()
	kept(bob, WrapUp{1, "red after all"})
	before := w.mark()
	w.refused(note(bob, WrapUp{Result: 1})(), "")
	w.flush()
	if _, ev, err := DecodeEvent([]byte(strings.TrimSpace(string(w.journal[before:])))); err != nil {
		t.Error(err)
	} else if diff := cmp.Diff(&WrapUpNoted{Engagement: e, Client: w.byKey[bob.Key], WrapUp: WrapUp{Result: 1}, Name: "Sold"}, ev); diff != "" {
		t.Errorf("recorded is (-want +got):\n%s", diff)
	}
	w.release(bob, e)
	w.nothing(BadRequest, note(bob, WrapUp{Note: "late"}))
}

func TestResultsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	many := make([]WrapUpResult, maxList+1)
	for i := range many {
		many[i] = WrapUpResult{int32(i + 1), fmt.Sprint("result ", i)}
	}
	for name, x := range map[string][]WrapUpResult{
		"no name": {{1, ""}}, "a long name": {{1, strings.Repeat("x", MaxNameBytes+1)}}, "no id": {{0, "x"}}, "an id below zero": {{-1, "x"}},
		"twice": {{1, "x"}, {2, "y"}, {1, "z"}}, "too many": many,
	} {
		t.Run(name, func(t *testing.T) {
			w.nothing(BadRequest, func() error {
				n := w.CurrentSettings()
				n.Results = x
				_, err := w.Admin("root").ChangeSettings(n)
				return err
			})
		})
	}
	w.settings(func(s *Settings) { s.Results = many[1:] })
}
