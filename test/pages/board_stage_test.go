package pages_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"usher/api"
	"usher/api/sites"
	"usher/client/agent"
	"usher/client/consumer"
)

// supervisor gives the demo's supervisor a password that the tests know.
func (s *server) supervisor() {
	s.t.Helper()
	s.admin("PUT", "/accounts/16", `{"login":"sam","password":"look and see","name":"Sam","supervisor":true}`)
}

// atBoard opens the board and logs Sam in.
func (s *server) atBoard(p *person) *tab {
	s.t.Helper()
	b := p.open(s.url("/board/"))
	b.get(role("textbox", "Account")).fill("sam")
	b.get(role("textbox", "Password")).fill("look and see")
	b.press("Enter")
	b.get(role("heading", "Queues"))
	return b
}

// live answers how the site stands, as any program is told.
func (s *server) live() (live sites.Live) {
	s.t.Helper()
	if err := json.Unmarshal(s.asks("/live"), &live); err != nil {
		s.t.Fatal(err)
	}
	return live
}

// comesTo returns when the site stands as is said, of which boards hear within a second.
func (s *server) comesTo(what string, ok func(live sites.Live) bool) {
	s.t.Helper()
	for live, end := s.live(), time.Now().Add(patience); !ok(live); {
		if time.Now().After(end) {
			s.t.Fatalf("waited %v in vain for %s: the site stands so: %+v", patience, what, live)
		}
		if err := json.Unmarshal(s.asks(fmt.Sprintf("/live?after=%d", live.Position)), &live); err != nil {
			s.t.Fatal(err)
		}
	}
}

// asks answers what administration says at a path.
func (s *server) asks(path string) []byte {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), "GET", s.url("/usher/admin/v1/sites/"+s.demo().Site+path), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.running.Ready.AdminToken)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %s %v: %s", path, answer.Status, err, content)
	}
	return content
}

// log is what somebody without a page was sent, in words.
type sent struct {
	t    *testing.T
	mu   sync.Mutex
	said []string
	news chan struct{} // closed and made anew with each
}

func newSent(t *testing.T) *sent { return &sent{t: t, news: make(chan struct{})} }

func (l *sent) add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = append(l.said, fmt.Sprintf(format, args...))
	close(l.news)
	l.news = make(chan struct{})
}

// all answers everything so far.
func (l *sent) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.said)
}

// until returns when something was said.
func (l *sent) until(what string) {
	l.t.Helper()
	late := time.After(patience)
	for {
		l.mu.Lock()
		news, said := l.news, slices.Contains(l.said, what)
		l.mu.Unlock()
		if said {
			return
		}
		select {
		case <-news:
		case <-late:
			l.t.Fatalf("waited in vain for %q, there was %q", what, l.all())
		}
	}
}

// worker is an agent without a page, who takes all chats that come.
type worker struct {
	*agent.Session
	*sent
}

// works logs on as an agent with so many places and takes what comes.
func (s *server) works(login string, places int32) *worker {
	s.t.Helper()
	session, err := agent.Dial(s.t.Context(), agent.Options{Server: s.url(""), Site: s.demo().Site, Login: login, Password: s.password(login)})
	if err != nil {
		s.t.Fatal(err)
	}
	w := &worker{session, newSent(s.t)}
	s.runs(func(ctx context.Context) error {
		return session.Run(ctx, func(ctx context.Context, m agent.Message) error {
			switch {
			case m.ChatEngagementAssignment != nil:
				if _, err := session.Accept(ctx, m.ChatEngagementAssignment); err != nil {
					return err
				}
				w.add("accepted %d", m.ChatEngagementAssignment.EngagementID)
			case m.ChatPostMessage != nil:
				w.add("%s %s", m.ChatPostMessage.Visibility, m.ChatPostMessage.Body)
			case m.ChatEngagementParticipantAdded != nil:
				w.add("%s is %s", m.ChatEngagementParticipantAdded.Name, m.ChatEngagementParticipantAdded.Role)
			}
			return nil
		})
	})
	if err := session.SetActivityStatus(s.t.Context(), api.StatusAvailable, 0); err != nil {
		s.t.Fatal(err)
	}
	if err := session.RequestAssignment(s.t.Context(), true, places, places); err != nil {
		s.t.Fatal(err)
	}
	return w
}

// answers posts to the visitor.
func (w *worker) answers(id int64, text string) {
	w.t.Helper()
	if err := w.Post(w.t.Context(), id, text); err != nil {
		w.t.Fatal(err)
	}
}

// guest is a visitor without a page.
type guest struct {
	*consumer.Session
	*sent
}

// comes starts a visitor's chat in a queue, and listens to all that it is sent.
func (s *server) comes(name string, queue int64) *guest {
	s.t.Helper()
	session, err := consumer.Start(s.t.Context(), consumer.Options{
		Server: s.url(""), Site: s.demo().Site, Key: s.demo().WidgetKey,
		Visitor: sites.SessionAttributes{FirstName: sites.Text(name), QueueID: sites.Number(queue), Question: sites.Text("A question of " + name)},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	g := &guest{session, newSent(s.t)}
	s.runs(func(ctx context.Context) error {
		return session.Run(ctx, func(_ context.Context, m consumer.Message) error {
			switch {
			case m.MessagePosted != nil:
				g.add("said %s", m.MessagePosted.Body)
			case m.ParticipantAdded != nil:
				g.add("%s is %s", m.ParticipantAdded.Name, m.ParticipantAdded.Role)
			case m.RoleChanged != nil:
				g.add("role %s", m.RoleChanged.Role)
			case m.Concluded != nil:
				g.add("ended %s", m.Concluded.Reason)
			}
			return nil
		})
	})
	return g
}

// writes posts to the chat.
func (g *guest) writes(text string) {
	g.t.Helper()
	if err := g.Post(g.t.Context(), text); err != nil {
		g.t.Fatal(err)
	}
}

// runs goes on with something until the test ends.
func (s *server) runs(do func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(s.t.Context())
	ended := make(chan struct{})
	s.t.Cleanup(func() { cancel(); <-ended })
	go func() {
		defer close(ended)
		_ = do(ctx)
	}()
}
