package record_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"usher/api"
	"usher/internal/record"
	"usher/internal/site"
)

// lines are a site's events as its journal has them.
func lines(events []byte) (all [][]byte) {
	for line := range bytes.Lines(events) {
		all = append(all, bytes.TrimSuffix(line, []byte{'\n'}))
	}
	return all
}

// readBook gives all events to a book, which is saved and opened anew wherever cut says
// so, and answers every record.
func readBook(t fatal, events [][]byte, cut func(n int) bool) map[site.EngagementID]record.Record {
	b := record.NewBook()
	kept := record.Saved{Stories: map[site.EngagementID][]byte{}}
	all := map[site.EngagementID]record.Record{}
	for n, line := range events {
		if _, matters := b.Matters(line); !matters {
			continue
		}
		at, e, err := site.DecodeEvent(line)
		if err != nil {
			t.Fatalf("%v", err)
		}
		told := b.Add(at, e)
		for _, x := range told {
			r := all[x.Engagement]
			entries := append(r.Entries, x.Entry)
			if head, _, ok := b.Head(x.Engagement); ok {
				r = head
			}
			r.Entries = entries
			all[x.Engagement] = r
		}
		if !cut(n) {
			continue
		}
		s := b.Changes()
		if s.Names != nil {
			kept.Names = s.Names
		}
		maps.Copy(kept.Stories, s.Stories)
		maps.DeleteFunc(kept.Stories, func(_ site.EngagementID, saved []byte) bool { return saved == nil })
		if b, err = record.OpenBook(kept); err != nil {
			t.Fatalf("%v", err)
		}
	}
	return all
}

// fatal is the part of testing.TB that rapid's T has too.
type fatal interface {
	Fatalf(format string, args ...any)
}

// readAlone makes one engagement's record as a Reader does, of all events.
func readAlone(t fatal, events [][]byte, id site.EngagementID) (record.Record, bool) {
	r := record.NewReader(record.Wanted{Engagement: id})
	for _, line := range events {
		at, e, err := site.DecodeEvent(line)
		if err != nil {
			t.Fatalf("%v", err)
		}
		if !r.Add(at, e) {
			break
		}
	}
	return r.Record()
}

// same holds the book's records to those of readers.
func same(t fatal, events [][]byte, cut func(n int) bool) (entries int) {
	got := readBook(t, events, cut)
	for id := range site.EngagementID(len(got) + 2) {
		want, ok := readAlone(t, events, id)
		if _, there := got[id]; there != ok {
			t.Fatalf("engagement %d: the book has it %t, a reader %t", id, there, ok)
		}
		if diff := cmp.Diff(want, got[id]); diff != "" {
			t.Fatalf("engagement %d (-reader +book):\n%s", id, diff)
		}
		entries += len(want.Entries)
	}
	return entries
}

// TestBookOfStories: of the stories that hold every event, a book tells what readers
// tell, however often it is put down.
func TestBookOfStories(t *testing.T) {
	t.Parallel()
	stories, err := filepath.Glob("../site/testdata/story*.golden")
	if err != nil || len(stories) < 4 {
		t.Fatalf("stories of each format: %v, %v", stories, err)
	}
	for _, name := range stories {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for every := 1; every < 200; every = every*3 + 1 {
			if n := same(t, lines(b), func(n int) bool { return n%every == 0 }); n < 20 {
				t.Errorf("%s: only %d entries were compared", name, n)
			}
		}
	}
}

// TestBookOfRandomHistories: the same over histories at random, cut at random.
func TestBookOfRandomHistories(t *testing.T) {
	t.Parallel()
	entries := 0
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t)
		steps := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) [4]int {
			n := rapid.IntRange(0, 1<<16).Draw(r, "step")
			return [4]int{n % 37, n / 37 % 5, n / 185 % 7, n / 1295 % 7}
		}), 50, 200).Draw(r, "history")
		for _, s := range steps {
			w.random(s[0], s[1], s[2], s[3])
		}
		events := lines(append(w.events, w.s.TakeFrame().Events...))
		every := rapid.IntRange(1, 60).Draw(r, "cut")
		entries += same(r, events, func(n int) bool { return n%every == 0 })
	})
	if entries < 1000 {
		t.Errorf("only %d entries were compared: the histories are too poor", entries)
	}
}

// random does one step of a history; a refusal is as good as anything.
func (w *world) random(do, who, which, how int) {
	accounts := []int{ada, bob, cy, ada, bob}
	a := caller(accounts[who])
	visitor := func() site.Caller {
		return site.Caller{Key: site.SessionKey(fmt.Sprint("visitor ", max(0, w.visitors-which)))}
	}
	e := site.EngagementID(max(1, w.visitors-which))
	w.now += 1000
	w.s.Tick(w.now)
	root := w.s.Admin("root")
	switch do {
	case 0, 1, 2:
		_, _ = w.s.StartAgentSession(site.LogOn{Account: a.Account, Key: a.Key})
	case 3:
		_, _ = w.s.Logoff(a, true)
	case 4, 5, 6:
		_, _ = w.s.RequestAssignment(a, true, 3, 5)
	case 7, 8, 9, 10, 11:
		w.visitors++
		_, _ = w.s.RequestEngagement(site.EngagementRequest{
			Key: site.SessionKey(fmt.Sprint("visitor ", w.visitors)), TokenExpires: w.now.Add(3600e9), Account: site.AccountID(accounts[how%5] * (which % 2)),
			Contact: site.Contact{FirstName: fmt.Sprint("Ann ", w.visitors), ProductID: int64(how), Email: "ann@example.org"},
		})
	case 12, 13, 14, 15, 16, 17:
		_, _ = w.s.AnswerOffer(a, e, api.ActionAccept)
	case 18:
		_, _ = w.s.AnswerOffer(a, e, api.ActionDecline)
	case 19, 20:
		n := site.NewPost{Body: fmt.Sprint("says ", w.now), OffTheRecord: how == 0}
		if how == 1 {
			n.Body += strings.Repeat(" www.a.example", 20)
		}
		_, _ = w.s.PostAsVisitor(visitor(), n)
	case 21, 22:
		_, _ = w.s.PostAsAgent(a, e, site.NewPost{Body: fmt.Sprint("answers ", w.now), Visibility: []api.Visibility{"", api.VisibilityNotEndUser}[how%2]})
	case 23:
		_, _ = w.s.Invite(a, e, site.AccountID(accounts[how%5]), []api.AssignmentType{api.AssignmentConference, api.AssignmentMonitor}[how%2], "come")
	case 24:
		_, _ = w.s.Transfer(a, e, site.NewTransfer{Account: site.AccountID(accounts[how%5]), Warm: how%2 == 0})
	case 25:
		_, _ = w.s.Transfer(a, e, site.NewTransfer{Queue: []site.QueueID{1, 7}[how%2], Warm: how%3 == 0, Note: "see above"})
	case 26:
		_, _ = w.s.Reroute(a, e)
	case 27:
		_, _ = w.s.TakeOver(caller(cy), e)
	case 28:
		_, _ = w.s.Leave(a, e)
	case 29:
		_, _ = w.s.ConcludeAsAgent(a, e)
	case 30:
		_, _ = w.s.ConcludeAsVisitor(visitor())
	case 31:
		_, _ = w.s.Release(a, e)
	case 32:
		_, _ = w.s.Rate(visitor(), site.Rating{Stars: 1 + how%5, Comment: "well"})
	case 33:
		_, _ = w.s.SetProperty(a, e, site.OfUser, site.Email, fmt.Sprintf("ann%d@example.org", how))
	case 34:
		_ = root.Eject(e)
	case 35:
		w.now = w.now.Add([]time.Duration{1e9, 20e9, 70e9, 130e9, 300e9, 1500e9, 4000e9}[how])
		w.s.Tick(w.now)
	case 36:
		switch how {
		case 0:
			_, _ = root.DefineQueue(site.QueueDefinition{ID: 7, Name: fmt.Sprint("Cards ", w.now), OverflowSeconds: 20, OverflowQueue: 1})
		case 1:
			_ = root.Remove(site.DefinedQueue, 7)
		default:
			x, _ := w.s.AccountByID(a.Account)
			x.Name = fmt.Sprint("agent ", how)
			_, _ = root.DefineAccount(x)
		}
	}
}

// TestBookForgets: what is over leaves the book, and what it has not seen begin is in none.
func TestBookForgets(t *testing.T) {
	t.Parallel()
	b := record.NewBook()
	add := func(at site.Time, e site.Event) int { return len(b.Add(at, e)) }
	if add(1, &site.EngagementConcluded{Engagement: 3}) != 0 || add(1, &site.EngagementRequested{Engagement: 4}) != 1 || add(2, &site.EngagementConcluded{Engagement: 4}) != 1 {
		t.Error("a book tells of what it has seen begin, and of nothing else")
	}
	if s := b.Changes(); len(s.Stories) != 1 || s.Stories[4] == nil || s.Names != nil {
		t.Errorf("to be saved: %v", s)
	}
	if n := add(2, &site.EngagementRated{Engagement: 4}); n != 1 {
		t.Error("a rating after the end is not told")
	}
	late := site.Time(2).Add(site.AfterChat * 2)
	if _, matters := b.Matters(fmt.Appendf(nil, `{"at":%d,"event":"Mailed","data":{}}`, late)); !matters {
		t.Error("the book is not shown that it is over")
	}
	add(late, &site.SiteResumed{})
	if s := b.Changes(); len(s.Stories) != 1 || s.Stories[4] != nil {
		t.Errorf("to be saved when it is over: %v", s)
	}
	if _, _, ok := b.Head(4); ok || add(late, &site.EngagementRated{Engagement: 4}) != 0 {
		t.Error("it is followed still")
	}
	for name, s := range map[string]record.Saved{
		"newer names":   {Names: []byte(`{"format":9,"data":{}}`)},
		"a newer story": {Stories: map[site.EngagementID][]byte{1: []byte(`{"format":9,"data":{}}`)}},
		"no JSON":       {Names: []byte(`{`)},
	} {
		if _, err := record.OpenBook(s); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}
