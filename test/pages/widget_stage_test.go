package pages_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"usher/api"
	wire "usher/api/agent"
	"usher/client/agent"
)

// desk is an agent of the demo who takes every chat that is offered, by the API.
type desk struct {
	t       *testing.T
	session *agent.Session
	chats   chan int64
	posts   chan string
	mu      sync.Mutex
	all     []string
}

// newDesk logs an agent on.
func newDesk(t *testing.T, s *server, login string) *desk {
	t.Helper()
	session, err := agent.Dial(t.Context(), agent.Options{Server: s.url(""), Login: login, Password: s.password(login)})
	if err != nil {
		t.Fatal(err)
	}
	if err := session.SetActivityStatus(t.Context(), api.StatusAvailable, 0); err != nil {
		t.Fatal(err)
	}
	if err := session.RequestAssignment(t.Context(), true, 5, 5); err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, session: session, chats: make(chan int64, 100), posts: make(chan string, 10_000)}
	ctx, cancel := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() {
		err := session.Run(ctx, d.hear)
		if err != nil && ctx.Err() == nil {
			t.Errorf("the agent's loop ended: %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		run.Wait()
	})
	return d
}

func (d *desk) hear(ctx context.Context, m agent.Message) error {
	switch {
	case m.ChatEngagementAssignment != nil:
		if _, err := d.session.Accept(ctx, m.ChatEngagementAssignment); err != nil {
			return err
		}
		d.chats <- m.ChatEngagementAssignment.EngagementID
	case m.ChatPostMessage != nil:
		d.mu.Lock()
		d.all = append(d.all, m.ChatPostMessage.Body)
		d.mu.Unlock()
		d.posts <- m.ChatPostMessage.Body
	}
	return nil
}

// takes answers the chat that was taken.
func (d *desk) takes() int64 {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	select {
	case id := <-d.chats:
		return id
	case <-ctx.Done():
		d.t.Fatal("no chat was offered")
		return 0
	}
}

// reads returns when a post with this text came, and fails the test if others came first.
func (d *desk) reads(text string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	select {
	case got := <-d.posts:
		if got != text {
			d.t.Fatalf("the agent reads %q, expected %q", got, text)
		}
	case <-ctx.Done():
		d.t.Fatalf("the agent waits in vain for %q", text)
	}
}

// heard answers all posts that came.
func (d *desk) heard() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.all)
}

// says posts a text.
func (d *desk) says(chat int64, text string) {
	d.t.Helper()
	if err := d.session.Post(d.t.Context(), chat, text); err != nil {
		d.t.Fatal(err)
	}
}

// saysRich posts a text in HTML.
func (d *desk) saysRich(chat int64, text string) {
	d.t.Helper()
	if _, err := d.session.PostMessage(d.t.Context(), wire.PostMessageRequest{Body: text, DestinationID: chat, DestinationType: api.PartyEngagement, Visibility: api.VisibilityAll, RichText: true}); err != nil {
		d.t.Fatal(err)
	}
}

// ends concludes a chat.
func (d *desk) ends(chat int64) {
	d.t.Helper()
	if err := d.session.Conclude(d.t.Context(), chat); err != nil {
		d.t.Fatal(err)
	}
}

// shop is the page of somebody who has the widget: on another origin, under the
// strictest policy that the widget works with.
type shop struct{ *httptest.Server }

// newShop serves a page with the widget, which has these data- attributes beside the
// site's. Every path is the same page, in the language given.
func newShop(t *testing.T, s *server, language string, attributes ...string) *shop {
	t.Helper()
	x := new(shop)
	u := s.url("")
	var data strings.Builder
	for i := 0; i+1 < len(attributes); i += 2 {
		fmt.Fprintf(&data, ` data-%s="%s"`, attributes[i], html.EscapeString(attributes[i+1]))
	}
	site := s.demo()
	x.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/favicon.ico":
			w.WriteHeader(http.StatusNoContent)
		default:
			h := w.Header()
			h.Set("Content-Type", "text/html; charset=utf-8")
			h.Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; script-src %s; frame-src %s; style-src 'none'", u, u))
			fmt.Fprintf(w, `<!doctype html><html lang="%s"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Shop %s</title>
<body><main><h1>Shop</h1><p>Page %s</p><button>Buy</button><p>%s</p></main>
<script src="%s/widget.js" async data-site="%s" data-key="%s" data-queue="1"%s></script>`,
				language, html.EscapeString(r.URL.Path), html.EscapeString(r.URL.Path), strings.Repeat("Things for sale. ", 400), u, site.Site, site.WidgetKey, data.String())
		}
	}))
	t.Cleanup(x.Close)
	return x
}

// panel answers the widget's frame.
func (b *tab) panel() *tab { return b.inFrame("Chat with us") }

// asks opens the widget and starts a chat with a question.
func (b *tab) asks(question string) *tab {
	b.t.Helper()
	b.get(roleLike("button", "^Chat")).click()
	return b.panel().starts(question)
}

// waits opens the widget where nobody is there, and starts a chat all the same.
func (b *tab) waits(question string) *tab {
	b.t.Helper()
	b.get(roleLike("button", "^Chat")).click()
	p := b.panel()
	p.get(role("button", "Wait in the queue")).click()
	return p.starts(question)
}

// starts fills in the form with a question.
func (b *tab) starts(question string) *tab {
	b.t.Helper()
	b.get(role("textbox", "Your question")).fill(question)
	b.get(role("button", "Start chat")).click()
	b.get(role("textbox", "Message"))
	return b
}

// writes sends a message.
func (b *tab) writes(text string) {
	b.t.Helper()
	b.get(role("textbox", "Message")).fill(text)
	b.press("Enter")
}

// messages answers the texts in the log, with their marks and times as they are shown.
func (b *tab) messages() []string {
	b.t.Helper()
	var all []string
	b.eval(`[...document.querySelectorAll("article")].map(e => e.innerText)`, &all)
	return all
}

// count answers in how many messages of the log a text stands.
func (b *tab) count(text string) int {
	b.t.Helper()
	n := 0
	for _, m := range b.messages() {
		if strings.Contains(m, text) {
			n++
		}
	}
	return n
}

// keeps returns when the storage of the widget's page has a text, a moment after the
// panel has it.
func (b *tab) keeps(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("%q kept", text), func() error {
		var kept string
		if b.eval("Object.values({...localStorage}).join()", &kept); !strings.Contains(kept, text) {
			return fmt.Errorf("kept is %q", kept)
		}
		return nil
	})
}

// marked returns when the newest message with a text has a mark.
func (b *tab) marked(text, mark string) {
	b.t.Helper()
	b.until(fmt.Sprintf("%q with the mark %q", text, mark), func() error {
		for _, m := range b.messages() {
			if strings.Contains(m, text) && strings.Contains(m, mark) {
				return nil
			}
		}
		return errors.New(strings.Join(b.messages(), " | "))
	})
}

// file makes a file to be sent.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
