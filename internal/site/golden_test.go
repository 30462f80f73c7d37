package site

import (
	"bytes"
	"flag"
	"fmt"
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
	if *update && now != nil {
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
// set, and events-N.golden has those of format N. Journals hold lines like these
// for good, so each must be read as it stands and come out the same. A field that
// was added stands in no old line: rather than changing one, keep the file under
// its format's number, and write a new one with -update.
func TestGoldenEvents(t *testing.T) {
	var now []byte
	for _, e := range events {
		now = appendEvent(now, start, full(e))
	}
	stored := golden(t, "events.golden", now)
	for format := range EventFormat {
		lines := stored
		if format > 0 {
			lines = golden(t, fmt.Sprintf("events-%d.golden", format), nil)
		}
		for line := range bytes.Lines(lines) {
			at, e, err := DecodeEvent(bytes.TrimSuffix(line, []byte{'\n'}))
			if err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			if again := appendEvent(nil, at, e); !bytes.Equal(again, line) {
				t.Errorf("comes out changed:\n-%s+%s", line, again)
			}
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

// TestOlderStories replays the stories of earlier formats from position 0, and
// restores their checkpoints: both make sites that hold together.
func TestOlderStories(t *testing.T) {
	texts := []SideText{{"1/3", "secret"}, {"6/1", "also secret"}}
	for format := 1; format < EventFormat; format++ {
		s, err := Restore(0, nil, texts)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Replay(golden(t, fmt.Sprintf("story-%d.golden", format), nil)); err != nil {
			t.Fatal(err)
		}
		if err := s.Check(); err != nil {
			t.Errorf("the story of format %d: %v", format, err)
		}
		r, err := Restore(s.Position(), parseParts(golden(t, fmt.Sprintf("parts-%d.golden", format), nil)), texts)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Check(); err != nil {
			t.Errorf("the parts of format %d: %v", format, err)
		}
		for name, x := range map[string]*Site{"replayed": s, "restored": r} {
			journal, archive := DefaultJournalDays, 0
			if format >= 4 {
				journal, archive = 10, 400
			}
			if n := x.CurrentSettings(); n.JournalDays != journal || n.ArchiveDays != archive || n.KeepJournal() != x.Settings.KeepJournal() {
				t.Errorf("the %s site of format %d keeps its journal for %d days, its archive for %d", name, format, n.JournalDays, n.ArchiveDays)
			}
			x.Resumed(x.LastAt())
			if len(x.live) != map[int]int{1: 4, 2: 5, 3: 7, 4: 7}[format] || x.live[1].State != Active || x.live[6].State != Queued {
				t.Errorf("the %s site of format %d has other engagements than were live: %d", name, format, len(x.live))
			}
			if err := x.Check(); err != nil {
				t.Errorf("the %s site of format %d, resumed: %v", name, format, err)
			}
			lackingFormat5(t, x, fmt.Sprintf("the %s site of format %d", name, format))
		}
	}
}

// lackingFormat5 holds a site of an earlier format to what stands for the fields that
// came with format 5.
func lackingFormat5(t *testing.T, s *Site, name string) {
	t.Helper()
	if n := s.CurrentSettings(); n.GoalSeconds != DefaultGoalSeconds || n.GoalPercent != DefaultGoalPercent || n.HideSeenFromAgents || n.ShowSeenToVisitors {
		t.Errorf("%s has the settings %+v", name, n)
	}
	for _, a := range s.Board().Agents {
		if a.StatusSince < a.Since {
			t.Errorf("%s: a status of before its session: %+v", name, a)
		}
	}
	e := s.live[1]
	lead := s.agents[e.Lead]
	c := Caller{Key: lead.Key, Account: lead.Account, Agent: true}
	if h, err := s.Engagements(c); err != nil || len(h.Held) == 0 || h.Held[0].WrapUp != (WrapUp{}) {
		t.Errorf("%s: its lead holds %+v, %v", name, h, err)
	}
	if _, err := s.SeenByAgent(c, 1, 1); err != nil || e.receipt(lead.Client).Seen != 1 {
		t.Errorf("%s: its lead has seen %+v, %v", name, e.receipt(lead.Client), err)
	}
	for _, l := range s.DueLetters(MaxLetters) {
		if err := s.LetterDone(l.Number, LetterSent, ""); err != nil || s.letter(l.Number) != nil {
			t.Errorf("%s: letter %d is done, and %v", name, l.Number, err)
		}
	}
	if err := s.Check(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// parseParts reads a golden file of parts.
func parseParts(b []byte) []Part {
	var parts []Part
	for line := range strings.Lines(string(b)) {
		key, data, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		parts = append(parts, Part{key, []byte(data)})
	}
	return parts
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
	r, err := Restore(s.Position(), parseParts(parts), w.sideTexts())
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
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(QueueDefinition{ID: 2, Name: "Sales"}))
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
	tellOfADesk(w, bob)
	tellOfAVisitor(w)
	tellOfPages(w)
	w.flush()
	return w
}

// tellOfADesk goes on with what a desk of several agents does.
func tellOfADesk(w *world, bob Caller) {
	admin := w.Admin("root")
	must[Hours](w)(admin.DefineHours(Hours{
		ID: 1, Name: "Office", Zone: "Europe/Vienna", Week: []Span{{"MON", "09:00", "17:00"}},
		Holidays: []Holiday{{"New Year", "01-01", []Span{{From: "10:00", To: "12:00"}}}},
	}))
	must[Group](w)(admin.DefineGroup(Group{ID: 1, Name: "Cards"}))
	must[Interface](w)(admin.DefineInterface(Interface{ID: 2, Name: "Austria", Language: "de-AT"}))
	must[QueueDefinition](w)(admin.DefineQueue(QueueDefinition{ID: 3, Name: "Cards", Rank: 1}))
	must[QueueDefinition](w)(admin.DefineQueue(QueueDefinition{ID: 4, Name: "Overflow", MaxWaiting: 9, OverflowSeconds: 5, OverflowQueue: 3}))
	must[Profile](w)(admin.DefineProfile(Profile{ID: 1, Name: "Desk", Serving: Serving{Queues: []QueueID{3}, Places: 3, Policy: StrictPriority, AutoAccept: true}}))
	must[Profile](w)(admin.DefineProfile(Profile{ID: 2, Name: "Gone"}))
	w.refused(admin.Remove(DefinedProfile, 2), "")
	w.account(16, "Cem", func(a *Account) { a.Serving, a.Profile, a.Group = Serving{}, 1, 1 })
	w.account(17, "Dora", func(a *Account) { a.Serving, a.Supervisor = Serving{}, true })
	must[Rules](w)(admin.DefineRules(Rules{
		Enter:    []Rule{{Name: "German cards", When: Condition{Languages: []string{"de"}}, Queue: 4, Priority: 5, Account: 16}},
		Escalate: []Rule{{Name: "up", Queue: 3}},
	}))
	cem, dora := w.logOn(16), w.logOn(17)
	must[ClientID](w)(w.RequestAssignment(dora, true, 1, 1)) // it serves no queue, and is told so
	w.after(ResumeGrace)                                     // no timer is shorter after a load
	w.poll(dora)
	must[EngagementOpened](w)(w.RequestEngagement(EngagementRequest{
		Key: "nia", TokenExpires: w.now.Add(time.Hour), Contact: Contact{FirstName: "Nia", Language: "de"},
	}))
	w.after(5 * time.Second) // on to queue 3
	must[ClientID](w)(w.SetActivityStatus(cem, api.StatusAvailable, 1))
	w.after(DefaultNotice) // accepted for Cem
	e := w.LastEngagement
	must[ClientID](w)(w.SetProperty(cem, e, OfUser, Question, "Lost card"))
	must[ClientID](w)(w.RequestAssignment(bob, true, 1, 9))
	must[Invited](w)(w.Invite(cem, e, 13, api.AssignmentConference, ""))
	w.answer(bob, e, api.ActionDecline)
	must[Invited](w)(w.Invite(cem, e, 13, api.AssignmentConference, "Please help"))
	w.answer(bob, e, api.ActionAccept)
	must[Invited](w)(w.Transfer(cem, e, NewTransfer{Queue: 4, Warm: true}))
	must[Answered](w)(w.TakeOver(dora, e))
	must[ClientID](w)(w.Leave(bob, e))
	w.refused(w.Admin("dora").Eject(e), "")
	w.Locate(Location{Domain: "chat.example.org", Port: 443, Pool: "1:1"})
	w.Locate(Location{Domain: "chat.example.org", Port: 443, Pool: "1:2"})
}

// tellOfPages goes on with what the pages of agents and visitors say and keep.
func tellOfPages(w *world) {
	w.settings(func(s *Settings) {
		s.GoalSeconds, s.GoalPercent, s.NoticeText, s.ShowSeenToVisitors = 30, 90, true, true
		s.Results = []WrapUpResult{{1, "Sold"}, {2, "Nothing"}}
		s.Widget = Widget{Title: "Chat", Color: "#0a5baa", Fields: "name,email*", WhenClosed: "MESSAGE", Texts: map[string]map[string]string{"de": {"widget.title": "Frag uns"}}}
	})
	admin := w.Admin("root")
	must[Reply](w)(admin.DefineReply(Reply{ID: 1, Title: "Hello", Text: "Hello {visitor.firstName}", Language: "en", Queues: []QueueID{2}}))
	must[Reply](w)(admin.DefineReply(Reply{ID: 2, Title: "Gone", Text: "Gone"}))
	w.refused(admin.Remove(DefinedReply, 2), "")
	echo := w.logOn(14)
	must[ClientID](w)(w.SetActivityStatus(echo, api.StatusAvailable, 1))
	for _, title := range []string{"Price", "Thanks"} {
		_, _, err := w.SaveReply(echo, Reply{Title: title, Text: title + "."})
		w.refused(err, "")
	}
	must[ClientID](w)(w.DeleteReply(echo, 1))
	e := w.LastEngagement
	w.accept(echo, e)
	pia := w.visitors[w.live[e].Visitor]
	caller := Caller{Key: pia.Key}
	must[ClientID](w)(w.post(caller, e, NewPost{Body: "Which one?", MessageID: "m1"}))
	echo.Acked, echo.Ack = true, w.poll(echo).Last
	w.poll(echo)
	must[ClientID](w)(w.SeenByAgent(echo, e, w.live[e].LastPost))
	must[ClientID](w)(w.ViewPage(caller, "https://shop.example/cart", "Cart"))
	must[ClientID](w)(w.StateFacts(caller, Facts{FirstName: "Pia", Fields: []CustomField{{Name: "cart", Value: "3"}}}))
	must[ClientID](w)(w.NoteWrapUp(echo, e, WrapUp{Result: 1, Note: "Took the red one"}))
	for n, text := range []string{"Call me", "Never mind"} {
		must[int64](w)(w.LeaveMessage(LeftMessage{Queue: 2, Name: "Tim", Email: "tim@example.org", Text: text, Language: "en", Page: "https://shop.example/", Fields: []CustomField{{Name: "order", Value: fmt.Sprint(n)}}}))
	}
	w.refused(admin.MessageDone(2), "")
}

// tellOfAVisitor goes on with what a visitor does who comes again, posts what is not
// let through, sends files, and asks for more when the chat is over.
func tellOfAVisitor(w *world) {
	w.settings(func(s *Settings) {
		s.SneakPreview, s.MailTranscripts, s.MaxPerAddress, s.SpamLimits.MaxLinks = true, true, 2, 1
		s.Files = FileRules{MaxBytes: 1 << 20, Types: []string{"image/*"}}
		s.ArchiveDays, s.JournalDays = 400, 10
	})
	echo := w.logOn(14)
	must[ClientID](w)(w.SetActivityStatus(echo, api.StatusAvailable, 1))
	n := w.request(func(n *EngagementRequest) {
		n.Queue, n.Identity, n.Network, n.Contact.Email = 2, "customer 7", "192.0.2.0/24", "ann@example.org"
		n.TokenExpires = w.now.Add(10 * time.Second)
	})
	e := must[EngagementOpened](w)(w.RequestEngagement(n)).Engagement
	ann := Caller{Key: n.Key}
	w.accept(echo, e)
	must[ClientID](w)(w.post(ann, e, NewPost{File: &File{ID: "file1", Name: "cat.png", Type: "image/png", Size: 2000}, MessageID: "m1"}))
	must[ClientID](w)(w.post(echo, e, NewPost{File: &File{ID: "file2", Name: "dog.gif", Type: "image/gif", Size: 3000}}))
	must[Typing](w)(w.VisitorActivity(ann, NewActivity{Mode: api.ModeResponding, SneakPreview: "Buy"}))
	must[ClientID](w)(w.post(ann, e, NewPost{Body: "Buy at www.a.example and www.b.example", MessageID: "m2"}))
	must[ClientID](w)(w.post(ann, e, NewPost{Body: "Or at www.c.example or www.d.example", MessageID: "m3", OffTheRecord: true}))
	must[ClientID](w)(w.MailTranscript(ann, ""))

	// She reloads the page twice, and says good bye.
	for range 2 {
		n.Key, n.TokenExpires, n.Resume = w.key("visitor"), w.now.Add(time.Hour), true
		if o := must[EngagementOpened](w)(w.RequestEngagement(n)); !o.Existing || o.Engagement != e {
			w.t.Fatalf("the visitor goes on with %+v", o)
		}
		ann.Key = n.Key
	}
	must[ClientID](w)(w.MailTranscript(ann, "ann@example.net"))
	must[ClientID](w)(w.MailTranscript(ann, "nobody@example.net"))
	must[ClientID](w)(w.ConcludeAsVisitor(ann))
	for i, o := range []LetterOutcome{LetterFailed, LetterSent, LetterRefused} {
		w.refused(w.LetterDone(int64(i+1), o, "it was said so"), "")
	}
	w.receive(ann)
	w.open(echo)
	w.after(ConcludedGrace)
	w.ClosePoll(echo.Key)
	must[ClientID](w)(w.Rate(ann, Rating{Stars: 4, Comment: "Quick"}))

	// Another one of hers, who is there now.
	must[EngagementOpened](w)(w.RequestEngagement(w.request(func(n *EngagementRequest) {
		n.Queue, n.Identity, n.Network = 2, "customer 7", "192.0.2.0/24"
	})))
}
