package site

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

var update = flag.Bool("update", false, "write the golden files anew, after a deliberate change of events or parts")

// golden answers a file of testdata, after writing it anew if asked to.
func golden(t *testing.T, name string, now []byte) []byte {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, now, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -run Golden -update writes it)", err)
	}
	return b
}

// TestGoldenEvents: events.golden has a line for each event with all its fields
// set. Journals hold lines like these for good, so each must be read as it
// stands and come out the same. A field that was added stands in no old line:
// rather than changing one, -update is for events that no journal holds yet.
func TestGoldenEvents(t *testing.T) {
	var now []byte
	for _, e := range events {
		now = appendEvent(now, start, full(e))
	}
	stored := golden(t, "events.golden", now)
	for line := range bytes.Lines(stored) {
		at, e, err := DecodeEvent(bytes.TrimSuffix(line, []byte{'\n'}))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if again := appendEvent(nil, at, e); !bytes.Equal(again, line) {
			t.Errorf("comes out changed:\n-%s+%s", line, again)
		}
	}
	names := eventNames(t, stored)
	for name := range eventTypes {
		if !slices.Contains(names, name) {
			t.Errorf("%s stands in no line of events.golden", name)
		}
	}
	if diff := cmp.Diff(string(stored), string(now)); diff != "" {
		t.Errorf("an event has a field that events.golden does not show:\n%s", diff)
	}
}

// TestGoldenStory replays a story as an earlier version recorded it, from
// position 0, and compares what it makes with what it made then.
func TestGoldenStory(t *testing.T) {
	w := tellStory(t)
	w.flush()
	story := golden(t, "story.golden", w.journal)
	names := eventNames(t, story)
	for name := range eventTypes {
		if !slices.Contains(names, name) {
			t.Errorf("%s does not occur in the story", name)
		}
	}
	parts := golden(t, "parts.golden", []byte(strings.Join(partLines(w.AllParts()), "\n")+"\n"))
	s, err := Restore(0, nil, w.sideTexts())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Replay(story); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	lines := partLines(s.AllParts())
	if diff := cmp.Diff(strings.Split(strings.TrimSuffix(string(parts), "\n"), "\n"), lines); diff != "" {
		t.Errorf("the story makes other parts than it did (-then +now):\n%s", diff)
	}
	for _, kind := range partNames {
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, kind+"/") || strings.HasPrefix(l, kind+" ") }) {
			t.Errorf("the story makes no part of the kind %s", kind)
		}
	}

	// The parts are a checkpoint: restored, they make the same site again.
	var stored []Part
	for line := range strings.Lines(string(parts)) {
		key, data, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		stored = append(stored, Part{key, []byte(data)})
	}
	r, err := Restore(s.Position(), stored, w.sideTexts())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lines, partLines(r.AllParts())); diff != "" {
		t.Errorf("the restored parts make another site (-stored +restored):\n%s", diff)
	}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
}

// tellStory lives a little of everything: its journal holds every event, and its
// end every kind of part.
func tellStory(t *testing.T) *world {
	w := newWorld(t)
	w.settings(func(s *Settings) { s.HostNames, s.RequireContext, s.Spam = []string{"chat.example.org"}, true, true })
	must[QueueDefinition](w)(w.DefineQueue(QueueDefinition{ID: 2, Name: "Sales"}))
	w.account(14, "Echo", func(a *Account) {
		a.AllQueues, a.Queues, a.Pull, a.VirtualAgent, a.PasswordHash = false, []QueueID{2}, false, true, "hash"
	})
	ada := w.logOn(12)
	must[ClientID](w)(w.SetActivityStatus(ada, api.StatusAvailable, 3))

	// Ann declined once, served, and lost by Ada.
	ann, a := w.enter(0)
	must[ClientID](w)(w.post(ann, a, NewPost{Body: "Hello & <good> day", MessageID: "m1", Data: map[string]string{"page": "/orders"}}))
	w.ask(ada, 3)
	w.answer(ada, a, api.ActionDecline)
	w.after(DeclinePause)
	w.accept(ada, a)
	must[ClientID](w)(w.post(ada, a, NewPost{Body: "<b>Hi</b>", RichText: true, MessageType: "NONE", VAResponse: "{}"}))
	must[ClientID](w)(w.post(ann, a, NewPost{Body: "secret", OffTheRecord: true, MessageID: "m2"}))
	w.receive(ann)
	w.after(time.Second)
	ada = w.logOn(12)
	ada.Acked, ada.Ack = true, 3
	w.poll(ada)
	must[ClientID](w)(w.Logoff(ada, true))

	// Ben, served to the end and forgotten; Eve, who is over when her token expires.
	bob := w.logOn(13)
	w.ask(bob, 2)
	ben, b := w.enter(2)
	w.answer(bob, a, api.ActionDecline)
	w.after(time.Second)
	w.accept(bob, b)
	w.says(bob, b, "Good bye")
	must[ClientID](w)(w.Release(bob, b))
	w.receive(ben)
	w.after(ConcludedGrace)
	must[EngagementOpened](w)(w.RequestEngagement(EngagementRequest{Key: "eve", TokenExpires: w.now.Add(time.Minute), Queue: 2}))
	w.after(time.Second)
	must[ClientID](w)(w.ConcludeAsVisitor(Caller{Key: "eve"}))
	eve := Caller{Key: "eve", Acked: true, Ack: 1}
	w.poll(eve)
	w.open(bob)
	w.open(ann)
	w.after(ConcludedGrace)
	w.after(time.Minute)

	// How it stands: Ann with Bob again, Kim in wrap-up, Lou offered, Max waiting.
	w.ClosePoll(bob.Key)
	w.ClosePoll(ann.Key)
	w.flush()
	w.restart()
	w.after(time.Second)
	w.ask(bob, 9)
	w.accept(bob, a)
	w.says(ann, a, "Back again")
	_, k := w.chat(bob)
	must[ClientID](w)(w.ConcludeAsAgent(bob, k))
	w.enter(1)
	must[ClientID](w)(w.RequestAssignment(bob, false, 0, 9))
	max, _ := w.enter(1)
	must[ClientID](w)(w.post(max, 0, NewPost{Body: "also secret", OffTheRecord: true}))
	w.flush()
	return w
}
