package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/agent"
	"usher/api/consumer"
	"usher/internal/blob"
	"usher/internal/journal/memory"
	"usher/internal/testkit"
)

// shelf is a store that remembers what lies in it, and can be made to fail.
type shelf struct {
	blob.Store
	mu   sync.Mutex
	keys []string
	err  error
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	folder, err := blob.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &shelf{Store: folder}
}

func (s *shelf) fails(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *shelf) Put(ctx context.Context, key string, f blob.File, content io.Reader, limit int64) (blob.File, error) {
	s.mu.Lock()
	err := s.err
	s.mu.Unlock()
	if err != nil {
		return blob.File{}, err
	}
	f, err = s.Store.Put(ctx, key, f, content, limit)
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.keys = append(s.keys, key)
	}
	return f, err
}

func (s *shelf) Delete(ctx context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = slices.DeleteFunc(s.keys, func(k string) bool { return k == key })
	return s.Store.Delete(ctx, key)
}

func (s *shelf) expect(t *testing.T, want int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys) != want {
		t.Errorf("%d files are kept, want %d", len(s.keys), want)
	}
}

// png is the beginning of a picture, and enough to be known as one.
const png = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"

// visitorFile and agentFile send a file.
func visitorFile(v *testkit.Visitor, name, id, content string) testkit.Answer {
	v.T.Helper()
	return own(v, "POST", "files?"+url.Values{"name": {name}, "messageId": {id}}.Encode(), content)
}

func agentFile(a *testkit.Agent, engagement int64, name, id, content string) testkit.Answer {
	a.T.Helper()
	query := url.Values{"engagementId": {digits(engagement)}, "name": {name}, "messageId": {id}}
	return a.Send("POST", testkit.AgentPath("files")+"&"+query.Encode(), content, "X-JSESSIONID", a.Session, "X-AID", digits(a.Account))
}

func sent(v *testkit.Visitor, name, id, content string) consumer.File {
	v.T.Helper()
	f := testkit.Decode[consumer.FileResponse](v.Server, visitorFile(v, name, id, content)).File
	if f == nil {
		v.T.Fatalf("%s was held back", name)
	}
	return *f
}

// postedTo and postedToVisitor list the posts among what an agent or a visitor retrieves, and their pairs.
func postedTo(a *testkit.Agent) (bodies []string, pairs []map[string]string) {
	a.T.Helper()
	for _, m := range a.Poll("").GetResponseTypes {
		if p := m.ChatPostMessage; p != nil {
			bodies, pairs = append(bodies, p.Body), append(pairs, p.MessageDataMap)
		}
	}
	return bodies, pairs
}

func postedToVisitor(v *testkit.Visitor) (bodies []string) {
	v.T.Helper()
	for _, m := range v.Poll().SystemMessages {
		if p := m.MessagePosted; p != nil {
			bodies = append(bodies, p.Body)
		}
	}
	return bodies
}

// download reads a file by its address, as anybody may.
func download(s *testkit.Server, method string, f consumer.File) testkit.Answer {
	s.T.Helper()
	return s.Send(method, strings.TrimPrefix(f.URL, s.URL), "")
}

// TestFilesStory: files go both ways as posts, programs that know none see a line
// with the address, and they are read back byte by byte, also after the chat and by
// way of the next server.
func TestFilesStory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := testkit.Options{Journal: memory.NewAuto(), Blobs: newShelf(t)}
		s := testkit.New(t, o)
		v := s.Enter(testkit.Support)
		early := sent(v, "früh.txt", "f-0", "sent while nobody was there")
		a := s.LogOn("ada")
		a.Ask(1)
		a.Accept(v.Engagement)
		bobSupervises(s)
		b := s.LogOn("bob")
		expectStatus(t, b.Call("monitor", inEngagement(v.Engagement, "")), http.StatusOK)
		settled(a, v, b)

		content := png + strings.Repeat("x", 2000)
		f := sent(v, "shot.png", "f-1", content)
		if f.Name != "shot.png" || f.Type != "image/png" || f.Size != len(content) || !strings.HasPrefix(f.URL, s.URL+testkit.OwnPath("files/"+digits(v.Engagement)+"/")) {
			t.Errorf("answered %+v", f)
		}
		line := "shot.png (2 kB): " + f.URL
		want := map[string]string{"usherFileName": "shot.png", "usherFileType": "image/png", "usherFileSize": digits(int64(f.Size)), "usherFileUrl": f.URL}
		for _, who := range []*testkit.Agent{a, b} {
			bodies, pairs := postedTo(who)
			if !cmp.Equal(bodies, []string{line}) || !cmp.Equal(pairs, []map[string]string{want}) {
				t.Errorf("the agents get %q %v", bodies, pairs)
			}
		}

		reply := testkit.Decode[agent.FileResponse](s, agentFile(a, v.Engagement, "answer.pdf", "a-1", "%PDF-1.7\n...")).File
		if reply == nil || reply.Type != "application/pdf" {
			t.Fatalf("the agent is answered %+v", reply)
		}
		if got := postedToVisitor(v); !cmp.Equal(got, []string{"answer.pdf (12 bytes): " + reply.URL}) {
			t.Errorf("the visitor gets %q", got)
		}
		// A monitor writes to the agents only.
		note := testkit.Decode[agent.FileResponse](s, agentFile(b, v.Engagement, "note.txt", "", "for us")).File
		v.Post("next")
		if bodies, _ := postedTo(a); !slices.Contains(bodies, "note.txt (6 bytes): "+note.URL) {
			t.Errorf("the agents get %q", bodies)
		}
		a.Post(v.Engagement, "last")
		if got := postedToVisitor(v); !cmp.Equal(got, []string{"last"}) {
			t.Errorf("the visitor gets %q", got)
		}
		// As they stand in the session and in the transcript.
		if got := said(standing(v, "?afterPost=1&limit=1")); !cmp.Equal(got, []string{`2 END_USER "Ann Lee": ` + line}) {
			t.Errorf("the session has %q", got)
		}
		var files []consumer.File
		for _, l := range readChat(v, "").Lines {
			if l.File != nil {
				files = append(files, *l.File)
			}
		}
		if !cmp.Equal(files, []consumer.File{early, f, *reply}) {
			t.Errorf("the transcript has %+v", files)
		}

		expectStatus(t, a.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
		expectRefusal(t, visitorFile(v, "late.txt", "", "late"), http.StatusConflict, api.Conflict)
		expectStatus(t, agentFile(a, v.Engagement, "late.txt", "", "late"), http.StatusConflict)
		expectStatus(t, a.Call("releaseChat", inEngagement(v.Engagement, "")), http.StatusOK)
		leaves(v)
		expectRefusal(t, visitorFile(v, "late.txt", "", "late"), http.StatusForbidden, api.AccessDenied)
		s = restart(t, s, o, time.Hour)
		if got := download(s, "GET", f); got.Status != http.StatusOK || got.Body != content {
			t.Errorf("read back: %d, %d bytes", got.Status, len(got.Body))
		}
		if got := download(s, "GET", early); got.Body != "sent while nobody was there" {
			t.Errorf("read back: %d %q", got.Status, got.Body)
		}
	})
}

// TestFileHeaders: a file is handed out to be saved, and never shown or run.
func TestFileHeaders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		_, v := s.Chat("ada")
		for _, name := range []string{"a.txt", `say "hi".txt`, "rechnung für müller.txt", "发票.txt", "../../etc/passwd", `..\a.txt`, "a; filename=b.exe", "a%0d%0ab", "'", strings.Repeat("x", 255), "\u202egnp.exe"} {
			f := sent(v, name, "", "text")
			get, head := download(s, "GET", f), download(s, "HEAD", f)
			for header, want := range map[string]string{
				"Content-Type": "text/plain", "Content-Length": "4", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
				"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "private, max-age=86400, immutable", "Referrer-Policy": "no-referrer",
			} {
				if get.Header.Get(header) != want || head.Header.Get(header) != want {
					t.Errorf("%s: %q, and for HEAD %q, want %q", header, get.Header.Get(header), head.Header.Get(header), want)
				}
			}
			how, params, err := mime.ParseMediaType(get.Header.Get("Content-Disposition"))
			if err != nil || how != "attachment" || params["filename"] != name || len(params) != 1 || f.Name != name {
				t.Errorf("%q: Content-Disposition %q", name, get.Header.Get("Content-Disposition"))
			}
			if get.Body != "text" || head.Body != "" || head.Status != http.StatusOK {
				t.Errorf("%q: %q, and HEAD %d %q", name, get.Body, head.Status, head.Body)
			}
		}
	})
}

// TestFilesThatAreNotTaken: each is refused for a reason that is said; nothing of it
// is kept, and nobody is told.
func TestFilesThatAreNotTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		blobs := newShelf(t)
		s := testkit.New(t, testkit.Options{Blobs: blobs})
		a, v := s.Chat("ada")
		settled(a, v)
		set(t, s, `{"files":{"maxBytes":1000}}`)
		page := "<!DOCTYPE html><html><script>alert(1)</script></html>"
		for what, c := range map[string]struct {
			query, content, says string
			status               int
		}{
			"a page named as a picture":        {"name=a.png", page, "text/html", 400},
			"a program":                        {"name=a.png", "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 60), "not taken", 400},
			"what is not known":                {"name=a.pdf", "\x00\x01\x02\x03", "application/octet-stream", 400},
			"a picture that may hold a script": {"name=a.png", `<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>`, "svg", 400},
			"nothing":                          {"name=a.txt", "", "empty", 400},
			"no name":                          {"", "text", "name", 400},
			"an empty name":                    {"name=", "text", "name", 400},
			"a name too long":                  {"name=" + strings.Repeat("x", 256), "text", "name", 400},
			"a name in two lines":              {"name=a%0d%0ab", "text", "name", 400},
			"a name that is no UTF-8":          {"name=%ff", "text", "name", 400},
			"a message id too long":            {"name=a.txt&messageId=" + strings.Repeat("x", 257), "text", "messageId", 400},
			"a byte too many":                  {"name=a.txt", strings.Repeat("x", 1001), "1000", 413},
		} {
			for _, chunked := range []bool{false, true} {
				before := s.Position()
				r, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+testkit.OwnPath("files?")+c.query, strings.NewReader(c.content))
				if err != nil {
					t.Fatal(err)
				}
				if chunked {
					r.Body, r.ContentLength, r.GetBody = io.NopCloser(strings.NewReader(c.content)), -1, nil
				}
				r.Header.Set("SessionId", v.Session)
				r.Header.Set("Content-Type", "image/png") // counts for nothing
				got, err := s.HTTP.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(got.Body)
				got.Body.Close()
				if got.StatusCode != c.status || !strings.Contains(string(body), c.says) {
					t.Errorf("%s (in chunks: %t): %d %s, want %d with %q", what, chunked, got.StatusCode, body, c.status, c.says)
				}
				if s.Position() != before {
					t.Errorf("%s (in chunks: %t) recorded something", what, chunked)
				}
			}
		}
		blobs.expect(t, 0)

		// Cut off in the middle.
		before := s.Position()
		for _, head := range []string{"Content-Length: 500", "Transfer-Encoding: chunked"} {
			c := s.Dial()
			go func() {
				fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nSessionId: %s\r\n%s\r\n\r\n", testkit.OwnPath("files?name=a.txt"), v.Session, head)
				io.WriteString(c, "64\r\n"+strings.Repeat("x", 100)+"\r\n")
				c.Close()
			}()
			io.Copy(io.Discard, c)
			synctest.Wait()
		}
		if s.Position() != before {
			t.Error("a file that was cut off was recorded")
		}
		blobs.expect(t, 0)

		// A store that fails.
		for _, failure := range []struct {
			err    error
			status int
		}{{errors.New("the disk is full"), 500}, {context.DeadlineExceeded, 0}} {
			blobs.fails(failure.err)
			got := visitorFile(v, "a.txt", "", "text")
			if failure.status == 0 && got.Status != 408 && got.Status != 503 || failure.status != 0 && got.Status != failure.status || strings.Contains(got.Body, "disk") {
				t.Errorf("%v: %d %s", failure.err, got.Status, got.Body)
			}
		}
		blobs.fails(nil)
		if s.Position() != before {
			t.Error("a file that was not kept was recorded")
		}

		// What the site says.
		set(t, s, `{"files":{"types":["image/*"]}}`)
		expectRefusal(t, visitorFile(v, "a.txt", "", "text"), http.StatusBadRequest, api.BadRequest)
		expectStatus(t, agentFile(a, v.Engagement, "a.txt", "", "text"), http.StatusBadRequest)
		sent(v, "a.bin", "", png)
		set(t, s, `{"files":{"off":true}}`)
		for _, got := range []testkit.Answer{visitorFile(v, "a.png", "", png), agentFile(a, v.Engagement, "a.png", "", png)} {
			expectStatus(t, got, http.StatusConflict)
			expectText(t, got.Body, "takes no files")
		}
		if st := standing(v, ""); st.Files.Allowed {
			t.Errorf("the session says %+v", st.Files)
		}
		blobs.expect(t, 1)
		if bodies, _ := postedTo(a); len(bodies) != 1 {
			t.Errorf("the agent gets %q", bodies)
		}
	})
}

// TestAgentFileRefusals: an agent sends files where it may post, and nowhere else;
// who has no session learns that first.
func TestAgentFileRefusals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		blobs := newShelf(t)
		s := testkit.New(t, testkit.Options{Blobs: blobs})
		a, v := s.Chat("ada")
		b := s.LogOn("bob")
		b.Ask(1)
		offered := s.Enter(testkit.Support)
		for what, c := range map[string]struct {
			who    *testkit.Agent
			query  string
			status int
		}{
			"not in it":            {b, "engagementId=" + digits(v.Engagement) + "&name=a.txt", 400},
			"only offered":         {b, "engagementId=" + digits(offered.Engagement) + "&name=a.txt", 409},
			"no engagement":        {a, "name=a.txt", 400},
			"a word":               {a, "engagementId=x&name=a.txt", 400},
			"none that there is":   {a, "engagementId=4711&name=a.txt", 400},
			"no name":              {a, "engagementId=" + digits(v.Engagement), 400},
			"unknown, and a word":  {&testkit.Agent{Server: s, Session: "node0x", Account: testkit.Ada}, "engagementId=x&name=a.txt", 403},
			"a visitor's session":  {&testkit.Agent{Server: s, Session: v.Session, Account: testkit.Ada}, "engagementId=" + digits(v.Engagement) + "&name=a.txt", 403},
			"another account's id": {&testkit.Agent{Server: s, Session: a.Session, Account: testkit.Bob}, "engagementId=" + digits(v.Engagement) + "&name=a.txt", 403},
		} {
			before := s.Position()
			got := c.who.Send("POST", testkit.AgentPath("files")+"&"+c.query, "text", "X-JSESSIONID", c.who.Session, "X-AID", digits(c.who.Account))
			if got.Status != c.status || s.Position() != before {
				t.Errorf("%s: %d %s, want %d; %d events", what, got.Status, got.Body, c.status, s.Position()-before)
			}
		}
		blobs.expect(t, 0)
	})
}

// TestRepeatedFiles: the same file under the same message id is one post, and is
// answered with the file that came first; another one under it is another post.
func TestRepeatedFiles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		blobs := newShelf(t)
		o := testkit.Options{Journal: memory.NewAuto(), Blobs: blobs}
		s := testkit.New(t, o)
		a, v := s.Chat("ada")
		settled(a, v)
		first := sent(v, "a.txt", "f-1", "text")
		before := s.Position()
		if again := sent(v, "a.txt", "f-1", "text"); again != first {
			t.Errorf("again: %+v, at first %+v", again, first)
		}
		// A repeat whose length is not told has to be read to be known.
		r, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+testkit.OwnPath("files?name=a.txt&messageId=f-1"), struct{ io.Reader }{strings.NewReader("text")})
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("SessionId", v.Session)
		got, err := s.HTTP.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(got.Body)
		got.Body.Close()
		expectText(t, string(body), first.URL)
		if s.Position() != before {
			t.Error("the repeat recorded something")
		}
		blobs.expect(t, 1)
		s = restart(t, s, o, time.Second)
		v, a = visitorAt(s, v), agentAt(s, a)
		if again := sent(v, "a.txt", "f-1", "text"); again != first {
			t.Errorf("after the restart: %+v, at first %+v", again, first)
		}
		if other := sent(v, "a.txt", "f-1", "another"); other == first {
			t.Error("another file was taken for the same")
		}
		if bodies, _ := postedTo(a); len(bodies) != 2 {
			t.Errorf("the agent gets %q", bodies)
		}
		blobs.expect(t, 2)
	})
}

// TestFilesHeldBack: a file that the spam checks hold back is not kept, and no agent
// learns of it; the one too many ends the engagement.
func TestFilesHeldBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		blobs := newShelf(t)
		s := testkit.New(t, testkit.Options{Blobs: blobs})
		set(t, s, `{"spam":true,"spamLimits":{"burstPosts":1,"maxBlocks":2}}`)
		a, v := s.Chat("ada")
		settled(a, v)
		sent(v, "1.txt", "", "one")
		got := testkit.Decode[consumer.FileResponse](s, visitorFile(v, "2.txt", "f-2", "two"))
		if got.File != nil {
			t.Errorf("it was answered with %+v", got.File)
		}
		if got := postedToVisitor(v); !cmp.Equal(got, []string{"Your message was not delivered because it looks suspicious."}) {
			t.Errorf("the visitor is told %q", got)
		}
		if again := testkit.Decode[consumer.FileResponse](s, visitorFile(v, "2.txt", "f-2", "two")); again.File != nil {
			t.Errorf("the repeat was answered with %+v", again.File)
		}
		expectRefusal(t, visitorFile(v, "3.txt", "", "three"), http.StatusConflict, api.Conflict)
		blobs.expect(t, 1)
		if bodies, _ := postedTo(a); len(bodies) != 1 {
			t.Errorf("the agent gets %q", bodies)
		}
		if st := standing(v, ""); st.State != consumer.SessionConcluded {
			t.Errorf("the chat is %s", st.State)
		}
	})
}

// TestGuessedFiles: an address that is not whole is answered 404, and whoever goes
// on guessing is slowed, and nobody else.
func TestGuessedFiles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		path := testkit.OwnPath("files/")
		for _, wrong := range []string{"1/aaaaaaaaaaaaaaaaaaaaaaaaaa", "1/a%2fb", "x/aaaaaaaaaaaaaaaaaaaaaaaaaa", "1/" + strings.Repeat("a", 200)} {
			if got := y.Send("GET", path+wrong, ""); got.Status != http.StatusNotFound {
				t.Errorf("%s: %d %s", wrong, got.Status, got.Body)
			}
		}
		guesser, other := y.behind(hostile), y.behind(harmless)
		var seen []int
		for i := range 101 {
			a := guesser.Send("GET", fmt.Sprintf("%s1/%026d", path, i), "")
			seen = append(seen, a.Status)
		}
		if slices.Contains(seen[:100], http.StatusTooManyRequests) || seen[100] != http.StatusTooManyRequests {
			t.Errorf("the guesses got %d", seen)
		}
		if got := other.Send("GET", path+"1/aaaaaaaaaaaaaaaaaaaaaaaaaa", ""); got.Status != http.StatusNotFound {
			t.Errorf("another network gets %d", got.Status)
		}
	})
}
