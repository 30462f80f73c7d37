package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	wire "usher/api/consumer"
	"usher/api/sites"
	"usher/internal/journal"
	"usher/internal/journal/pgtest"
	"usher/internal/journal/postgres"
	"usher/internal/site"
)

// shared are nodes over one database.
type shared struct {
	t        *testing.T
	database string
}

// node starts one that knows events up to a format; 0 is the program's own.
func (s shared) node(name string, format int) *App {
	s.t.Helper()
	return start(s.t, Options{Data: s.t.TempDir(), Database: s.database, Node: name, Lease: 500 * time.Millisecond, Demo: true, format: format})
}

// call makes a request of a node, and decodes what it answers with 200.
func call(t *testing.T, method, url string, header map[string]string, body string, into any) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err == nil && answer.StatusCode == http.StatusOK && into != nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	answer.Body = io.NopCloser(bytes.NewReader(b))
	return answer
}

// manage makes a call of the administration.
func manage(t *testing.T, a *App, method, path, body string, into any) *http.Response {
	t.Helper()
	return call(t, method, a.URL()+"/usher/admin/v1/sites"+path, map[string]string{"Authorization": "Bearer " + a.Ready().AdminToken}, body, into)
}

// owned answers how many sites a node runs, as another one sees it.
func owned(t *testing.T, as *App, node string) (n int) {
	t.Helper()
	var all sites.Sites
	manage(t, as, http.MethodGet, "", "", &all)
	for _, s := range all.Sites {
		if s.Owner == node {
			n++
		}
	}
	return n
}

// ownerOf answers which node runs a site that is asked for through another, "" when
// nobody answers for it.
func ownerOf(t *testing.T, through *App, name string) string {
	t.Helper()
	var got sites.Site
	manage(t, through, http.MethodGet, "/"+name, "", &got)
	return got.Owner
}

// eventually asks until something is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); {
		if time.Now().After(end) {
			t.Fatalf("%s: it did not come to that", what)
		}
		time.Sleep(10 * time.Millisecond) // it is asked again, not hoped for
	}
}

// TestRollingUpgrade: an old node beside newer ones never runs a site with newer
// events, and no hand-over and no balance gives it one. It takes requests for such a
// site to a node that knows it; while there is none it refuses commands, says what to
// do, and holds retrievals.
func TestRollingUpgrade(t *testing.T) {
	t.Parallel()
	s := shared{t, pgtest.URL(t)}
	first := s.node("new1", 0)
	// Whoever ever owned a site is written down by the database itself.
	pgtest.Exec(t, s.database, `CREATE TABLE owned (site text, owner text)`,
		`CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO owned VALUES (NEW.site, split_part(NEW.owner, '/', 1)); RETURN NULL; END $$`,
		`CREATE TRIGGER own AFTER UPDATE OF owner ON heads FOR EACH ROW EXECUTE FUNCTION own()`)
	conn := pgtest.Connect(t, s.database)
	neverOld := func(when string) {
		t.Helper()
		if n := pgtest.Row[int](t, conn, `SELECT count(*) FROM owned WHERE owner = 'old'`); n > 0 {
			t.Fatalf("%s the old node took a site with newer events, %d times", when, n)
		}
	}
	for _, name := range []string{"east", "north", "west"} {
		if answer := manage(t, first, http.MethodPut, "/"+name, `{}`, nil); answer.StatusCode != http.StatusOK {
			t.Fatalf("make site %s: %s", name, answer.Status)
		}
	}

	old := s.node("old", site.EventFormat-1)
	visitor := enter(t, old)
	visitor.post("one", http.StatusOK)

	second := s.node("new2", 0)
	// The old one has the fewest sites: it would be the first to be given one.
	eventually(t, "the new node is given its share", func() bool { return owned(t, old, "new2") == 2 })
	neverOld("while sites are balanced")
	stopApp(t, first)
	for _, name := range []string{"demo", "east", "north", "west"} {
		if at := ownerOf(t, old, name); at != "new2" {
			t.Errorf("site %s is run by %q after its node stopped", name, at)
		}
	}
	neverOld("when a new node stops")
	visitor.post("two", http.StatusOK)

	stopApp(t, second)
	refused := visitor.post("three", http.StatusServiceUnavailable)
	if refused.Header.Get("Retry-After") == "" {
		t.Error("a command is refused without Retry-After")
	}
	if b, _ := io.ReadAll(refused.Body); !bytes.Contains(b, []byte("start a node of that version")) {
		t.Errorf("the refusal does not say what to do: %s", b)
	}
	held := visitor.poll()
	// A site whose events it knows is the old node's to run.
	pgtest.Exec(t, s.database, fmt.Sprintf(`UPDATE heads SET format = %d WHERE site = 'west'`, site.EventFormat-1))
	eventually(t, "the old node runs a site that it knows", func() bool { return ownerOf(t, old, "west") == "old" })
	pgtest.Exec(t, s.database, `DELETE FROM owned WHERE site = 'west'`)
	neverOld("when no new node is there")
	select {
	case answer := <-held:
		t.Errorf("a retrieval was answered %s while no node can run its site: it is held", answer)
	default:
	}

	third := s.node("new3", 0)
	eventually(t, "the new node is reached through the old one", func() bool { return ownerOf(t, old, "demo") == "new3" })
	visitor.post("four", http.StatusOK)
	stopApp(t, old)
	if at := ownerOf(t, third, "west"); at != "new3" {
		t.Errorf("site west went from the old node to %q", at)
	}
	neverOld("in the end")
	if got := visitor.at(third).transcript(); got != "one two four" {
		t.Errorf("the transcript holds %q", got)
	}
}

// guest is a visitor who talks through one node.
type guest struct {
	t      *testing.T
	node   string // its address
	header map[string]string
}

// The visitor's contract, and usher's own.
const (
	visitorContract = "/engagement/api/consumer/demo/v1/"
	visitorOwn      = "/usher/consumer/demo/v1/"
)

// at is the same visitor at another node.
func (g guest) at(a *App) guest { return guest{g.t, a.URL(), g.header} }

// transcript answers what was said.
func (g guest) transcript() string {
	g.t.Helper()
	var got wire.TranscriptResponse
	call(g.t, http.MethodGet, g.node+visitorOwn+"transcript", g.header, "", &got)
	var said []string
	for _, l := range got.Lines {
		if l.Kind == wire.TranscriptPost {
			said = append(said, l.Body)
		}
	}
	return strings.Join(said, " ")
}

// enter opens a visitor's engagement through a node.
func enter(t *testing.T, a *App) guest {
	t.Helper()
	var opened wire.StartResponse
	call(t, http.MethodPost, a.URL()+visitorOwn+"start", nil, fmt.Sprintf(`{"key":%q,"queueId":1}`, a.Ready().Sites[0].WidgetKey), &opened)
	g := guest{t, a.URL(), nil}
	var session wire.RequestEngagementResponse
	call(t, http.MethodPost, g.node+visitorContract+"requestEngagement", map[string]string{"Authorization": "Bearer " + opened.ChannelToken}, `{}`, &session)
	if session.SessionID == "" {
		t.Fatal("no engagement was opened")
	}
	g.header = map[string]string{"SessionId": session.SessionID}
	return g
}

// post posts a text, which must be answered with a status.
func (g guest) post(text string, status int) *http.Response {
	g.t.Helper()
	answer := call(g.t, http.MethodPost, g.node+visitorContract+"postMessage", g.header, fmt.Sprintf(`{"body":%q}`, text), nil)
	if answer.StatusCode != status {
		b, _ := io.ReadAll(answer.Body)
		g.t.Fatalf("post %q: %s %s, want %d", text, answer.Status, b, status)
	}
	return answer
}

// poll begins a retrieval, whose status comes when it is answered. It ends with the test.
func (g guest) poll() <-chan string {
	status := make(chan string, 1)
	r, err := http.NewRequestWithContext(g.t.Context(), http.MethodPost, g.node+visitorContract+"getMessages", strings.NewReader(`{}`))
	if err != nil {
		g.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range g.header {
		r.Header.Set(name, value)
	}
	go func() {
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return // the test is over
		}
		answer.Body.Close()
		status <- answer.Status
	}()
	return status
}

// TestFilesOfAPool: a file that was sent through one node is read through another when
// the first is gone: it stands in the database that they share.
func TestFilesOfAPool(t *testing.T) {
	t.Parallel()
	s := shared{t, pgtest.URL(t)}
	first, second := s.node("n1", 0), s.node("n2", 0)
	visitor := enter(t, second)
	const content = "what the visitor sent"
	var sent wire.FileResponse
	call(t, http.MethodPost, second.URL()+visitorOwn+"files?name=notes.txt", visitor.header, content, &sent)
	if sent.File == nil {
		t.Fatal("the file was not taken")
	}
	stopApp(t, first)
	_, path, _ := strings.Cut(sent.File.URL, "/usher/")
	got := call(t, http.MethodGet, second.URL()+"/usher/"+path, nil, "", nil)
	if b, _ := io.ReadAll(got.Body); got.StatusCode != http.StatusOK || string(b) != content {
		t.Errorf("the file is %s: %.100q", got.Status, b)
	}
}

// TestStopWhileACommandWaits: a command that waits for a site which nobody can run yet
// does not keep its node from stopping. It is told to try again.
func TestStopWhileACommandWaits(t *testing.T) {
	t.Parallel()
	s := shared{t, pgtest.URL(t)}
	a := s.node("n1", 0)
	// A node that is not there any more, and whose lease has not run out.
	gone, err := postgres.Open(t.Context(), s.database, postgres.Options{Node: journal.Node{
		Name: "gone", Incarnation: "gone/1", Address: "http://127.0.0.1:1", Format: site.EventFormat,
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close()
	if _, err := gone.Create(t.Context(), "lost"); err != nil {
		t.Fatal(err)
	}
	if _, err := gone.Pool().Renew(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := gone.Pool().Claim(t.Context(), "lost"); err != nil {
		t.Fatal(err)
	}
	// The list of sites is as they stand now: from then on the node knows that one.
	list, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL()+"/usher/admin/v1/sites", nil)
	if err != nil {
		t.Fatal(err)
	}
	list.Header.Set("Authorization", "Bearer "+a.Ready().AdminToken)
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(list)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	asked := make(chan struct{})
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { close(asked) }})
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL()+"/usher/admin/v1/sites/lost", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+a.Ready().AdminToken)
	told := make(chan string, 1)
	go func() {
		answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
		if err != nil {
			told <- err.Error()
			return
		}
		answer.Body.Close()
		told <- fmt.Sprintf("%d, Retry-After %q", answer.StatusCode, answer.Header.Get("Retry-After"))
	}()
	<-asked
	stopApp(t, a)
	if got := <-told; got != `503, Retry-After "1"` {
		t.Errorf("the command that waited was told %s", got)
	}
}
