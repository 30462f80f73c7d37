package site

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

// start is when every test's world begins.
const start = Time(1_700_000_000_000_000)

// fataler is the part of testing.TB that rapid's T has too.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// world is a site in made-up time with people who use it. Its verbs fail the
// test unless they succeed; tests of refusals call the site itself.
type world struct {
	*Site
	t     fataler
	now   Time
	keys  int
	heard map[SessionKey]int64 // what each session was handed out last
	// What the journal would hold.
	journal []byte
	side    map[string]string
}

// newWorld makes a site with one queue and the pulling agents 12 (Ada) and 13
// (Bob), who serve every queue. When the test is over, the site is held to its
// invariants, and to what its journal makes of it.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := emptyWorld(t)
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(QueueDefinition{ID: 1, Name: "Support", Default: true}))
	w.account(12, "Ada", nil)
	w.account(13, "Bob", nil)
	t.Cleanup(func() {
		if !t.Failed() {
			w.check()
			w.sameAfterReplay()
		}
	})
	return w
}

func emptyWorld(t fataler) *world {
	w := &world{Site: New(), t: t, now: start, heard: map[SessionKey]int64{}, side: map[string]string{}}
	w.Tick(w.now)
	if err := w.Create("demo"); err != nil {
		t.Fatalf("create: %v", err)
	}
	set := w.CurrentSettings()
	set.Spam = false // what posts say is what most tests do not ask about
	if _, err := w.Admin("test").ChangeSettings(set); err != nil {
		t.Fatalf("settings: %v", err)
	}
	return w
}

// must answers a function that takes a command's result and fails the test on a refusal.
func must[T any](w *world) func(T, error) T {
	return func(v T, err error) T {
		w.t.Helper()
		if err != nil {
			w.t.Fatalf("refused: %v", err)
		}
		return v
	}
}

func (w *world) check() {
	w.t.Helper()
	if err := w.Check(); err != nil {
		w.t.Fatalf("an invariant is broken: %v", err)
	}
}

// after lets time pass and fires what is due at the end of it.
func (w *world) after(d time.Duration) {
	w.t.Helper()
	w.now = w.now.Add(d)
	w.Tick(w.now)
	w.check()
	if err := w.CheckWaiting(); err != nil {
		w.t.Fatalf("%v", err)
	}
}

// flush does what the host does with a frame that became durable.
func (w *world) flush() Frame {
	f := w.TakeFrame()
	w.journal = append(w.journal, f.Events...)
	for _, x := range f.Side {
		w.side[x.Key] = x.Text
	}
	for _, k := range f.SideDeleted {
		delete(w.side, k)
	}
	w.TakeGrowth()
	w.TakeEnded()
	return f
}

func (w *world) sideTexts() []SideText {
	var texts []SideText
	for _, k := range sortedKeys(w.side) {
		texts = append(texts, SideText{Key: k, Text: w.side[k]})
	}
	return texts
}

// rebuilt answers the site that the journal makes.
func (w *world) rebuilt() *Site {
	w.t.Helper()
	w.flush()
	s, err := Restore(0, nil, w.sideTexts())
	if err == nil {
		err = s.Replay(w.journal)
	}
	if err != nil {
		w.t.Fatalf("rebuild: %v", err)
	}
	return s
}

func (w *world) sameAfterReplay() {
	w.t.Helper()
	w.same(w.rebuilt())
}

// same fails unless s equals the world's site in every durable field.
func (w *world) same(s *Site) {
	w.t.Helper()
	if s.Position() != w.Position() || s.Name() != w.Name() || s.LastAt() != w.LastAt() {
		w.t.Fatalf("rebuilt at %d of %d", s.Position(), w.Position())
	}
	if live, rebuilt := partLines(w.AllParts()), partLines(s.AllParts()); !slices.Equal(live, rebuilt) {
		w.t.Fatalf("the rebuilt site differs (-live +rebuilt):\n%s", cmp.Diff(live, rebuilt))
	}
	if diff := cmp.Diff(w.side, s.texts); diff != "" {
		w.t.Fatalf("texts off the record differ (-stored +rebuilt):\n%s", diff)
	}
	if err := s.Check(); err != nil {
		w.t.Fatalf("an invariant of the rebuilt site is broken: %v", err)
	}
}

func partLines(parts []Part) []string {
	lines := make([]string, len(parts))
	for i, p := range parts {
		lines[i] = p.Key + " " + string(p.Data)
	}
	return lines
}

// restart drops the memory and loads the site anew, as after a crash.
func (w *world) restart() {
	w.t.Helper()
	w.Site = w.rebuilt()
	w.Resumed(w.now)
	w.check()
}

func (w *world) key(prefix string) SessionKey {
	w.keys++
	return SessionKey(fmt.Sprintf("%s%d", prefix, w.keys))
}

// account makes or changes an account that pulls and serves every queue.
func (w *world) account(id AccountID, name string, change func(*Account)) {
	w.t.Helper()
	a := Account{ID: id, Login: strings.ToLower(name), Name: name, Greeting: "Hello", Serving: Serving{AllQueues: true, Pull: true}}
	if change != nil {
		change(&a)
	}
	must[Account](w)(w.Admin("test").DefineAccount(a))
}

func (w *world) settings(change func(*Settings)) {
	w.t.Helper()
	n := w.CurrentSettings()
	change(&n)
	must[Settings](w)(w.Admin("test").ChangeSettings(n))
}

// logOn starts an agent session, over a live one if need be.
func (w *world) logOn(a AccountID) Caller {
	w.t.Helper()
	k := w.key("agent")
	must[LoggedOn](w)(w.StartAgentSession(LogOn{Account: a, Key: k, Override: true}))
	return Caller{Key: k, Account: a, Agent: true}
}

// ask requests one engagement after the other, most at once.
func (w *world) ask(c Caller, most int) {
	w.t.Helper()
	must[ClientID](w)(w.RequestAssignment(c, true, most, most))
}

// enter brings a visitor into a queue, 0 for the default.
func (w *world) enter(q QueueID) (Caller, EngagementID) {
	w.t.Helper()
	k := w.key("visitor")
	o := must[EngagementOpened](w)(w.RequestEngagement(EngagementRequest{
		Key: k, TokenExpires: w.now.Add(time.Hour), Queue: q, Contact: Contact{FirstName: "Ann", LastName: "Lee"},
	}))
	return Caller{Key: k}, o.Engagement
}

func (w *world) answer(c Caller, e EngagementID, action api.AssignmentAction) {
	w.t.Helper()
	must[Answered](w)(w.AnswerOffer(c, e, action))
}

func (w *world) accept(c Caller, e EngagementID) { w.t.Helper(); w.answer(c, e, api.ActionAccept) }

// chat brings a visitor and lets the agent, who must be free, take it.
func (w *world) chat(agent Caller) (Caller, EngagementID) {
	w.t.Helper()
	w.ask(agent, MaxConcurrent)
	v, e := w.enter(0)
	w.accept(agent, e)
	return v, e
}

// says posts a text: agents into an engagement, visitors into their own.
func (w *world) says(c Caller, e EngagementID, text string) {
	w.t.Helper()
	must[ClientID](w)(w.post(c, e, NewPost{Body: text}))
}

func (w *world) post(c Caller, e EngagementID, n NewPost) (ClientID, error) {
	if c.Agent {
		t, err := w.PostAsAgent(c, e, n)
		return t.Client, err
	}
	t, err := w.PostAsVisitor(c, n)
	return t.Client, err
}

// open begins a retrieval that stays open.
func (w *world) open(c Caller) {
	w.t.Helper()
	if _, _, err := w.OpenPoll(c); err != nil {
		w.t.Fatalf("poll: %v", err)
	}
}

// poll retrieves what a session may be handed out now, without acknowledging it.
func (w *world) poll(c Caller) Batch {
	w.t.Helper()
	w.open(c)
	b := w.Collect(c.Key, w.Position())
	w.ClosePoll(c.Key)
	if b.Last > 0 {
		w.heard[c.Key] = b.Last
	}
	return b
}

// acknowledge says that a session received all that it was handed out.
func (w *world) acknowledge(c Caller) { w.Inferred(c.Key, w.heard[c.Key]) }

// hears retrieves and acknowledges, and compares what was told.
func (w *world) hears(c Caller, want ...string) {
	w.t.Helper()
	got := tell(w.poll(c))
	w.acknowledge(c)
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Fatalf("told (-want +got):\n%s", diff)
	}
}

// tell writes a batch for people: one text a message.
func tell(b Batch) []string {
	var out []string
	for _, d := range b.Deliveries {
		out = append(out, tellMessage(d.Message))
	}
	return out
}

func tellMessage(m *Message) string {
	switch m.Kind {
	case KindAssignment:
		return fmt.Sprintf("assignment %d", m.Engagement)
	case KindJoined:
		return fmt.Sprintf("joined %s %s", m.Joined.Role, m.Joined.Name)
	case KindPost:
		return "post " + said(m.Post)
	case KindLeft, KindConcluded:
		return fmt.Sprintf("%s %s %s", m.Kind, m.Left.Role, m.Left.Reason)
	case KindActivity:
		return "activity " + string(m.Activity.Mode)
	case KindRole:
		return fmt.Sprintf("role %s", m.Role.Role)
	case KindConfig:
		return "config " + m.Config.Pool
	case KindError:
		return "error " + string(m.Error.Condition)
	case KindWait:
		return fmt.Sprintf("wait %d", m.Wait.Position)
	case KindConnection:
		return fmt.Sprintf("connection %s", m.Connection.State)
	case KindReceipt:
		return fmt.Sprintf("receipt of %d: received %d, seen %d", m.Receipt.Client, m.Receipt.Received, m.Receipt.Seen)
	case KindIdle:
		if m.Idle.Ends == 0 {
			return "idle no longer"
		}
		return fmt.Sprintf("idle until %d", m.Idle.Ends.Sub(start)/time.Second)
	case KindVisitor:
		return "visitor"
	}
	return "unknown " + string(m.Kind)
}

// said writes what a post says: its text, or its file.
func said(p *Post) string {
	if p.File != nil {
		return p.File.what()
	}
	return p.Text()
}

// state answers an engagement's state, "gone" when it has left memory.
func (w *world) state(e EngagementID) State {
	if x := w.live[e]; x != nil {
		return x.State
	}
	return "gone"
}

// is fails unless the engagement is in this state.
func (w *world) is(e EngagementID, want State) {
	w.t.Helper()
	if got := w.state(e); got != want {
		w.t.Fatalf("engagement %d is %s, want %s", e, got, want)
	}
}

// offeredTo fails unless the engagement is offered to this agent.
func (w *world) offeredTo(e EngagementID, c Caller) {
	w.t.Helper()
	w.is(e, Offered)
	if got := w.live[e].Lead; got != w.byKey[c.Key] {
		w.t.Fatalf("engagement %d is offered to client %d, want %d", e, got, w.byKey[c.Key])
	}
}

func (w *world) agent(c Caller) *AgentSession { return w.agents[w.byKey[c.Key]] }

// refused fails unless err is a refusal with this code.
func (w *world) refused(err error, want Code) {
	w.t.Helper()
	if got := codeOf(err); got != want {
		w.t.Fatalf("answered %q, want %q", got, want)
	}
}

// codeOf answers a refusal's code, "" for none.
func codeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Message != "" {
		return e.Code
	}
	return Code("not a refusal: " + err.Error())
}

// events answers the names of the events in a journal, in order.
func eventNames(t fataler, journal []byte) []string {
	var names []string
	for line := range bytes.Lines(journal) {
		_, e, err := DecodeEvent(bytes.TrimSuffix(line, []byte{'\n'}))
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		names = append(names, eventName(e))
	}
	return names
}

func eventName(e Event) string {
	name := fmt.Sprintf("%T", e)
	return name[strings.LastIndexByte(name, '.')+1:]
}
