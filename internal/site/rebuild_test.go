package site

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTheSameHistoryTwiceGivesTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := histories(120).Draw(t, "history")
		a, b := newHistory(t), newHistory(t)
		for _, o := range steps {
			a.step(o)
			b.step(o)
		}
		if !bytes.Equal(a.journal, b.journal) {
			t.Fatalf("the journals differ:\n%s", cmp.Diff(string(a.journal), string(b.journal)))
		}
		if diff := cmp.Diff(partLines(a.AllParts()), partLines(b.AllParts())); diff != "" {
			t.Fatalf("the sites differ:\n%s", diff)
		}
		if diff := cmp.Diff(partLines(a.TakeParts()), partLines(b.TakeParts())); diff != "" {
			t.Fatalf("the checkpoints differ:\n%s", diff)
		}
		if diff := cmp.Diff(a.trail, b.trail); diff != "" {
			t.Fatalf("the answers differ:\n%s", diff)
		}
	})
}

// TestARebuiltSiteAnswersTheSame goes on with a history on the live site and on
// the one that its checkpoint and journal make: answers, durable messages and
// events are the same. What is fleeting is made equal first, since it cannot
// survive: nobody is absent or has a poll open, nobody has typed, and nobody tried to
// post. No time
// passes that would show in Next.
func TestARebuiltSiteAnswersTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t)
		for _, o := range histories(120).Draw(t, "history") {
			h.step(o)
		}
		for _, id := range sortedKeys(h.Site.agents) {
			a := h.Site.agents[id]
			if err := h.Alive(Caller{Key: a.Key, Account: a.Account, Agent: true}); err != nil {
				t.Fatalf("alive: %v", err)
			}
			a.polls, a.tries = 0, nil
		}
		for _, id := range sortedKeys(h.Site.visitors) {
			h.Site.visitors[id].tries, h.Site.visitors[id].stated = nil, nil
		}
		for _, e := range h.Site.live { // it would show when it ends
			e.typedAt = 0
		}
		h.commit()
		sites := []*Site{h.Site, h.restored()}
		casts := []*cast{h.cast, h.cast.clone()}
		after := histories(60).Draw(t, "afterwards")
		var answers [2][]string
		var events [2][]byte
		for i, s := range sites {
			s.Resumed(casts[i].now)
			for _, o := range after {
				if !slices.Contains([]string{"wait", "wait long", "open a poll", "close a poll"}, o.Do) {
					answers[i] = append(answers[i], o.Do+": "+casts[i].perform(s, o).answer)
				}
			}
			events[i] = s.TakeFrame().Events
		}
		if diff := cmp.Diff(answers[0], answers[1]); diff != "" {
			t.Fatalf("answers differ (-live +rebuilt):\n%s", diff)
		}
		if diff := cmp.Diff(string(events[0]), string(events[1])); diff != "" {
			t.Fatalf("events differ (-live +rebuilt):\n%s", diff)
		}
		if diff := cmp.Diff(partLines(sites[0].AllParts()), partLines(sites[1].AllParts())); diff != "" {
			t.Fatalf("sites differ (-live +rebuilt):\n%s", diff)
		}
	})
}

// TestRandomHistoriesReachEverything keeps the random tests honest: in a few
// hundred histories each event occurs, and each step succeeds somewhere.
func TestRandomHistoriesReachEverything(t *testing.T) {
	gen := histories(240)
	seen := map[string]int{}
	for seed := range 60 {
		h := newHistory(t)
		for _, o := range gen.Example(seed) {
			h.step(o)
			seen["step "+o.Do]++
		}
		for _, n := range eventNames(t, h.journal) {
			seen[n]++
		}
		for _, answer := range h.trail {
			for _, code := range []Code{AccessDenied, BadRequest, InvalidField, Conflict} {
				if strings.Contains(answer, string(code)+": ") {
					seen["refused "+string(code)]++
				}
			}
			for _, kind := range []string{"assignment", "joined", "post", "left", "concluded"} {
				if strings.Contains(answer, " "+kind+" ") {
					seen["handed out "+kind]++
				}
			}
		}
	}
	want := []string{
		"refused ACCESS_DENIED", "refused BAD_REQUEST", "refused INVALID_FIELD", "refused CONFLICT",
		"handed out assignment", "handed out joined", "handed out post", "handed out left", "handed out concluded",
	}
	for name := range eventTypes {
		want = append(want, name)
	}
	for _, s := range steps {
		want = append(want, "step "+s)
	}
	slices.Sort(want)
	for _, w := range slices.Compact(want) {
		if seen[w] == 0 {
			t.Errorf("%s never occurred", w)
		}
	}
	t.Log(seen)
}

// TestEveryFieldIsDurableOrKnownToBeFleeting: a field that no checkpoint holds
// is lost by a crash, so each such field stands here with what brings it back.
func TestEveryFieldIsDurableOrKnownToBeFleeting(t *testing.T) {
	lost := map[string]string{
		"session.seenAt":           "fleeting: set by Resumed",
		"session.polls":            "fleeting: polls come again",
		"session.tries":            "fleeting: what was tried before a restart is forgotten",
		"session.own":              "fleeting: the next retrieval says so",
		"VisitorSession.stated":    "fleeting: what was stated before a restart is forgotten",
		"Engagement.warned":        "fleeting: whoever asks anew reads when it ends",
		"AgentSession.absent":      "fleeting: whoever is away becomes absent again",
		"AgentSession.seat":        "follows from the rest, see desk.go",
		"VisitorSession.absent":    "fleeting: whoever is away becomes absent again",
		"VisitorSession.toldPlace": "fleeting: the place is told again",
		"VisitorSession.shownAt":   "fleeting: what is typed next is shown at once",
		"VisitorSession.shown":     "fleeting: what is typed next is shown at once",
		"VisitorSession.held":      "fleeting: what is typed next is shown at once",
		"Engagement.typedAt":       "fleeting: the idle limit has a minute at least after a load",
		"Engagement.overflowAt":    "fleeting: the overflow queue is asked again",
		"Engagement.transcript":    "parts of its own",
		"Engagement.historyBytes":  "reckoned from the transcript",
		"Queue.waiting":            "the engagements say where they wait",
		"Queue.desks":              "follows from the rest, see desk.go",
		"Queue.changed":            "fleeting: places are told anew",
		"Queue.toldNearAt":         "fleeting: places are told anew",
		"Queue.toldFarAt":          "fleeting: places are told anew",
		"Mailbox.backlog":          "reckoned from Waiting",
		"Mailbox.fleeting":         "fleeting: typing and places",
		"Hours.zone":               "found by its name",
		"Delivery.Fleeting":        "durable messages only are stored",
		"Delivery.position":        "what is stored is durable",
		"Post.apart":               "text off the record: stands apart",
	}
	var walk func(reflect.Type)
	seen := map[reflect.Type]bool{}
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		for f := range typ.Fields() {
			name := typ.Name() + "." + f.Name
			if !f.Anonymous && (!f.IsExported() || f.Tag.Get("json") == "-") {
				if lost[name] == "" {
					t.Errorf("%s is not stored: say here what brings it back after a crash", name)
				}
				delete(lost, name)
				continue
			}
			walk(f.Type)
		}
	}
	for _, v := range []any{
		state{}, Queue{}, Account{}, AgentSession{}, VisitorSession{}, Engagement{}, chunk{}, Profile{}, Group{}, Interface{}, Hours{}, Change{}, visited{}, Letter{},
		Reply{}, ownReplies{}, LeftMessage{},
	} {
		walk(reflect.TypeOf(v))
	}
	for name := range lost {
		t.Errorf("%s stands in the list and is no field that is lost", name)
	}
}
