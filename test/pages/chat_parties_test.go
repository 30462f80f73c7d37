package pages_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/api"
	wire "usher/api/consumer"
	"usher/api/sites"
	"usher/client/agent"
	"usher/client/consumer"
)

// chatter is a visitor without a page: what it was sent is what any visitor's program
// gets.
type chatter struct {
	t *testing.T
	*consumer.Session
	mu    sync.Mutex
	posts []wire.MessagePosted
	news  chan struct{} // closed and made anew with each post
}

// call starts a visitor's chat in the demo's queue for people. It receives nothing
// until it listens.
func (s *server) call(visitor sites.SessionAttributes) *chatter {
	s.t.Helper()
	session, err := consumer.Start(s.t.Context(), consumer.Options{Server: s.url(""), Site: s.demo().Site, Key: s.demo().WidgetKey, Visitor: visitor})
	if err != nil {
		s.t.Fatal(err)
	}
	return &chatter{t: s.t, Session: session, news: make(chan struct{})}
}

// listen receives from now on.
func (c *chatter) listen() *chatter {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	ended := make(chan struct{})
	c.t.Cleanup(func() { cancel(); <-ended })
	go func() {
		defer close(ended)
		err := c.Run(ctx, func(_ context.Context, m consumer.Message) error {
			if m.MessagePosted != nil {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.posts = append(c.posts, *m.MessagePosted)
				close(c.news)
				c.news = make(chan struct{})
			}
			return nil
		})
		if err != nil && ctx.Err() == nil {
			c.t.Errorf("the visitor's loop: %v", err)
		}
	}()
	return c
}

// says posts a text.
func (c *chatter) says(format string, args ...any) {
	c.t.Helper()
	if err := c.Post(c.t.Context(), fmt.Sprintf(format, args...)); err != nil {
		c.t.Fatal(err)
	}
}

// types signals that the visitor types.
func (c *chatter) types(preview string) {
	c.t.Helper()
	if err := c.Activity(c.t.Context(), api.ModeResponding, preview); err != nil {
		c.t.Fatal(err)
	}
}

// received answers the texts that agents sent, without greetings.
func (c *chatter) received() (texts []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.posts {
		if !strings.HasPrefix(p.Body, "Hello, this is ") {
			texts = append(texts, p.Body)
		}
	}
	return texts
}

// gets returns when the visitor has received a text.
func (c *chatter) gets(text string) {
	c.t.Helper()
	late := time.After(patience)
	for {
		c.mu.Lock()
		news := c.news
		c.mu.Unlock()
		if got := c.received(); strings.Contains(strings.Join(got, "\n"), text) {
			return
		}
		select {
		case <-news:
		case <-late:
			c.t.Fatalf("the visitor did not get %q, only %q", text, c.received())
		}
	}
}

// colleague logs on as another of the demo's agents, without a page, and is available.
// It takes whatever it is asked to take, or declines it.
func (s *server) colleague(login string, takes bool) *agent.Session {
	s.t.Helper()
	session := s.dial(login, s.password(login), takes)
	if err := session.SetActivityStatus(s.t.Context(), api.StatusAvailable, 0); err != nil {
		s.t.Fatal(err)
	}
	return session
}

// dial logs on as an agent without a page.
func (s *server) dial(login, password string, takes bool) *agent.Session {
	s.t.Helper()
	session, err := agent.Dial(s.t.Context(), agent.Options{Server: s.url(""), Site: s.demo().Site, Login: login, Password: password})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	ended := make(chan struct{})
	s.t.Cleanup(func() { cancel(); <-ended })
	go func() {
		defer close(ended)
		err := session.Run(ctx, func(ctx context.Context, m agent.Message) error {
			if offer := m.ChatEngagementAssignment; offer != nil && takes {
				_, err := session.Accept(ctx, offer)
				return err
			} else if offer != nil {
				return session.Decline(ctx, offer)
			}
			return nil
		})
		if err != nil && ctx.Err() == nil {
			s.t.Errorf("the loop of %s: %v", login, err)
		}
	}()
	return session
}

// atDesk opens the console, logs in, and is available.
func (s *server) atDesk(p *person, login string) *tab {
	s.t.Helper()
	b := s.signsIn(p, login)
	b.becomes("Available")
	return b
}

// takes accepts the chat that is offered, which is then the one that is open. An offer
// is deaf while it is new, so whoever is too quick presses again.
func (b *tab) takes() {
	b.t.Helper()
	b.get(role("button", "Accept"))
	b.until("the offer is taken", func() error {
		found, err := b.look(role("button", "Accept"))
		if err == nil && len(found) > 0 {
			b.press("Control+Shift+Enter")
			return errors.New("it is there")
		}
		return err
	})
	b.until("the focus in the composer", func() error {
		found, err := b.look(roleLike("textbox", "^Message to "))
		if err != nil || len(found) > 0 && found[0].focused() {
			return err
		}
		return errors.New("it is elsewhere")
	})
}

// typesIn types into the composer, which has the focus afterwards.
func (b *tab) typesIn(text string) {
	b.t.Helper()
	b.get(roleLike("textbox", "^Message to ")).focus()
	b.typeText(text)
}

// ann is a visitor with a name.
var ann = sites.SessionAttributes{FirstName: "Ann", LastName: "Lee", EmailAddress: "ann@example.org", Question: "Card refused"}

// admin makes a request of administration at the demo's site.
func (s *server) admin(method, path, body string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url("/usher/admin/v1/sites/"+s.demo().Site+path), strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.running.Ready.AdminToken)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode > 299 {
		text, _ := io.ReadAll(answer.Body)
		s.t.Fatalf("%s %s: %s: %s", method, path, answer.Status, text)
	}
}

// opens goes to the chat with somebody.
func (b *tab) opens(name string) {
	b.t.Helper()
	b.row(name).click()
	b.get(role("heading", name+" · Support"))
}

// composer answers the field that messages are written in.
func (b *tab) composer() thing {
	b.t.Helper()
	return b.get(roleLike("textbox", "^Message to "))
}

// openSettings and closeSettings go to the settings and back.
func (b *tab) openSettings() {
	b.t.Helper()
	b.press("Control+k")
	b.get(roleLike("combobox", "^Find a command"))
	b.typeText("settings")
	b.press("Enter")
	b.get(role("heading", "Settings"))
}

func (b *tab) closeSettings() {
	b.t.Helper()
	b.get(role("button", "Close")).click()
}
