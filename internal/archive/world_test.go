package archive

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"usher/api"
	"usher/internal/blob"
	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/journal/pgtest"
	"usher/internal/site"
)

// start is when the tests' worlds begin: a Monday.
var start = time.Date(2026, 3, 23, 8, 0, 0, 0, time.UTC)

const (
	ada = site.AccountID(12)
	bob = site.AccountID(13)
)

// engines open an empty store, and the same one again.
var engines = map[string]func(t *testing.T) func(o Options) *Store{
	"sqlite": func(t *testing.T) func(o Options) *Store {
		dir := t.TempDir()
		return func(o Options) *Store { return openIn(t, dir, o) }
	},
	"postgres": func(t *testing.T) func(o Options) *Store {
		url := pgtest.URL(t)
		return func(o Options) *Store {
			s, err := OpenPostgres(t.Context(), url, o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return s
		}
	},
}

func openIn(t testing.TB, dir string, o Options) *Store {
	s, err := OpenSQLite(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// both runs a test with either engine.
func both(t *testing.T, test func(t *testing.T, open func(o Options) *Store)) {
	t.Helper()
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, engine(t))
		})
	}
}

// world is a site whose events go into a journal in memory, with ada and bob, who serve
// queue 1, Support, and pull.
type world struct {
	t       testing.TB
	journal *memory.Journal
	head    journal.Head
	site    *site.Site
	now     time.Time
	blobs   *blob.Folder
	log     lockedBuffer
	came    int
	spoken  *spoken // by benchmarks
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, journal: memory.NewAuto(), site: site.New(), now: start}
	var err error
	if w.blobs, err = blob.OpenFolder(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.blobs.Close() })
	if w.head, err = w.journal.Create(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	w.after(0)
	w.must(w.site.Create("demo"))
	a := w.site.Admin("root")
	w.must(second(a.DefineQueue(site.QueueDefinition{ID: 1, Name: "Support", Default: true})))
	w.must(second(a.DefineQueue(site.QueueDefinition{ID: 2, Name: "Sales"})))
	for id, name := range map[site.AccountID]string{ada: "Ada", bob: "Bob"} {
		w.must(second(a.DefineAccount(site.Account{ID: id, Login: name, Name: name, Supervisor: id == bob, Serving: site.Serving{AllQueues: true, Pull: true}})))
	}
	w.settings(func(n *site.Settings) { n.Spam, n.AbsentSeconds = false, 7*24*3600 })
	for _, id := range []site.AccountID{ada, bob} {
		w.logOn(id)
	}
	w.flush()
	return w
}

// second leaves the first result out.
func second[T any](_ T, err error) error { return err }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) settings(fn func(*site.Settings)) {
	w.t.Helper()
	n := w.site.CurrentSettings()
	fn(&n)
	w.must(second(w.site.Admin("root").ChangeSettings(n)))
}

// after lets time pass.
func (w *world) after(d time.Duration) {
	w.now = w.now.Add(d)
	w.site.Tick(site.Time(w.now.UnixMicro()))
}

// flush makes what was decided durable, with a checkpoint.
func (w *world) flush() {
	w.t.Helper()
	if !w.site.Pending() {
		return
	}
	f := w.site.TakeFrame()
	b := journal.Batch{Checkpoint: true, Frame: journal.Frame{
		Site: "demo", First: f.First, Count: f.Count, Epoch: w.head.Epoch, Format: site.EventFormat, NextTimer: int64(f.Next), Events: f.Events,
	}}
	for _, p := range w.site.TakeParts() {
		b.Parts = append(b.Parts, journal.Part{Key: p.Key, Data: p.Data})
	}
	done := make(chan error, 1)
	w.journal.Append(journal.Append{Take: func() (journal.Batch, bool) { return b, true }, Done: func(err error) { done <- err }})
	w.must(<-done)
}

func agent(id site.AccountID) site.Caller {
	return site.Caller{Key: site.SessionKey(fmt.Sprint("agent ", id)), Account: id, Agent: true}
}

func (w *world) logOn(id site.AccountID) {
	w.t.Helper()
	w.must(second(w.site.StartAgentSession(site.LogOn{Account: id, Key: agent(id).Key})))
	w.must(second(w.site.RequestAssignment(agent(id), false, 0, 1000)))
}

// visitor is who came as the given number.
func visitor(n site.EngagementID) site.Caller {
	return site.Caller{Key: site.SessionKey(fmt.Sprint("visitor ", n))}
}

// enter lets a visitor in, whose engagement waits.
func (w *world) enter(c site.Contact) site.EngagementID {
	w.t.Helper()
	w.came++
	o, err := w.site.RequestEngagement(site.EngagementRequest{
		Key: visitor(site.EngagementID(w.came)).Key, TokenExpires: site.Time(w.now.Add(1000 * time.Hour).UnixMicro()), Contact: c,
	})
	w.must(err)
	return o.Engagement
}

// accept has an agent take an engagement that waits.
func (w *world) accept(id site.AccountID, e site.EngagementID) {
	w.t.Helper()
	w.must(second(w.site.RequestAssignment(agent(id), true, 1, 1000)))
	w.must(second(w.site.AnswerOffer(agent(id), e, api.ActionAccept)))
}

func (w *world) says(id site.AccountID, e site.EngagementID, text string) {
	w.t.Helper()
	w.must(second(w.site.PostAsAgent(agent(id), e, site.NewPost{Body: text})))
}

func (w *world) asks(e site.EngagementID, text string) {
	w.t.Helper()
	w.must(second(w.site.PostAsVisitor(visitor(e), site.NewPost{Body: text})))
}

// end concludes an engagement and releases it.
func (w *world) end(id site.AccountID, e site.EngagementID) {
	w.t.Helper()
	w.must(second(w.site.ConcludeAsAgent(agent(id), e)))
	w.must(second(w.site.Release(agent(id), e)))
}

// chat is a short one, from its beginning to its end.
func (w *world) chat(c site.Contact, question, answer string) site.EngagementID {
	w.t.Helper()
	e := w.enter(c)
	w.asks(e, question)
	w.after(10 * time.Second)
	w.accept(ada, e)
	w.after(5 * time.Second)
	w.says(ada, e, answer)
	w.after(time.Minute)
	w.end(ada, e)
	return e
}

// file is posted by a visitor, and stored.
func (w *world) file(e site.EngagementID, id string) {
	w.t.Helper()
	w.must(second(w.blobs.Put(w.t.Context(), fileKey("demo", int64(e), id), blob.File{Name: "cat.png", Type: "image/png"}, bytes.NewReader([]byte("meow")), 100)))
	w.must(second(w.site.PostAsVisitor(visitor(e), site.NewPost{File: &site.File{ID: id, Name: "cat.png", Type: "image/png", Size: 4}})))
}

// hasFile reports whether a file is stored.
func (w *world) hasFile(e site.EngagementID, id string) bool {
	r, _, err := w.blobs.Open(w.t.Context(), fileKey("demo", int64(e), id))
	if err == nil {
		io.Copy(io.Discard, r)
		r.Close()
	}
	return err == nil
}

// worker answers one over the world's journal.
func (w *world) worker(s *Store) *Worker {
	return NewWorker(Config{
		Journal: w.journal, Store: s, Sites: func() []string { return []string{"demo"} }, Blobs: w.blobs,
		Log: slog.New(slog.NewTextHandler(&w.log, nil)), Now: func() time.Time { return w.now },
	})
}

// tell writes events into a journal of their own, in frames of so many, and calls then
// after each.
func (w *world) tell(events []byte, every int, then func()) {
	w.t.Helper()
	w.journal = memory.NewAuto()
	head, err := w.journal.Create(w.t.Context(), "demo")
	w.must(err)
	var f journal.Frame
	write := func() {
		if f.Count == 0 {
			return
		}
		f.Site, f.First, f.Epoch, f.Format = "demo", head.Position, head.Epoch, site.EventFormat
		done := make(chan error, 1)
		b := journal.Batch{Frame: f}
		w.journal.Append(journal.Append{Take: func() (journal.Batch, bool) { return b, true }, Done: func(err error) { done <- err }})
		w.must(<-done)
		head.Position += int64(f.Count)
		f = journal.Frame{}
		then()
	}
	for line := range bytes.Lines(events) {
		f.Events = append(f.Events, line...)
		if f.Count++; f.Count == every {
			write()
		}
	}
	write()
}

// random does a step of a history; a refusal is as good as anything.
func (w *world) random(n int) {
	e := site.EngagementID(max(1, w.came-n/100%4))
	who := []site.AccountID{ada, bob}[n/10%2]
	switch n % 10 {
	case 0, 1:
		w.enter(site.Contact{FirstName: fmt.Sprint("Ann ", n), Email: fmt.Sprintf("ann%d@example.org", n%7), ContactID: int64(n % 5)})
	case 2, 3:
		_, _ = w.site.RequestAssignment(agent(who), true, 1, 100)
		_, _ = w.site.AnswerOffer(agent(who), e, []api.AssignmentAction{api.ActionAccept, api.ActionAccept, api.ActionDecline}[n/20%3])
	case 4:
		_, _ = w.site.PostAsVisitor(visitor(e), site.NewPost{Body: fmt.Sprint("question ", n), OffTheRecord: n%4 == 0})
	case 5:
		_, _ = w.site.PostAsAgent(agent(who), e, site.NewPost{Body: fmt.Sprint("answer ", n)})
	case 6:
		_, _ = w.site.Transfer(agent(who), e, site.NewTransfer{Account: []site.AccountID{ada, bob}[n/200%2], Warm: n%4 == 2, Note: "please"})
	case 7:
		_, _ = w.site.ConcludeAsAgent(agent(who), e)
		_, _ = w.site.Release(agent(who), e)
	case 8:
		_, _ = w.site.Rate(visitor(e), site.Rating{Stars: 1 + n%5, Comment: "so so"})
	case 9:
		w.after(time.Duration(n) * 3 * time.Second)
	}
}
