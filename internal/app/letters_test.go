package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net"
	"net/http"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/sites"
	"usher/client/consumer"
	"usher/internal/host"
	"usher/internal/journal/memory"
	"usher/internal/mail"
	"usher/internal/record"
	"usher/internal/site"
)

// postOffice is a small SMTP server. It answers each recipient with a code, 250
// unless it says otherwise.
type postOffice struct {
	address string
	codes   map[string]int

	mu      sync.Mutex
	asked   []string // each recipient that was named
	letters []letter
	news    chan string // recipients, as they are dealt with
}

type letter struct{ to, subject, id, text string }

func openPostOffice(t *testing.T, codes map[string]int) *postOffice {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &postOffice{address: l.Addr().String(), codes: codes, news: make(chan string, 100)}
	var clerks sync.WaitGroup
	clerks.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			clerks.Go(func() { p.serve(t, c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		clerks.Wait()
	})
	return p
}

func (p *postOffice) serve(t *testing.T, c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	fmt.Fprint(c, "220 here\r\n")
	to := ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb := strings.ToUpper(strings.TrimSpace(line))
		switch {
		case strings.HasPrefix(verb, "RCPT TO:"):
			to = strings.TrimSpace(line)[len("RCPT TO:"):]
			to = strings.Trim(strings.Fields(to)[0], "<>")
			p.mu.Lock()
			p.asked = append(p.asked, to)
			p.mu.Unlock()
			if code := p.codes[to]; code != 0 {
				fmt.Fprintf(c, "%d no\r\n", code)
				p.news <- to
				continue
			}
			fmt.Fprint(c, "250 ok\r\n")
		case verb == "DATA":
			fmt.Fprint(c, "354 go on\r\n")
			var text strings.Builder
			for line, err := in.ReadString('\n'); strings.TrimRight(line, "\r\n") != "."; line, err = in.ReadString('\n') {
				if err != nil {
					return
				}
				text.WriteString(line)
			}
			p.keep(t, to, text.String())
			fmt.Fprint(c, "250 ok\r\n")
			p.news <- to
		case verb == "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
}

func (p *postOffice) keep(t *testing.T, to, raw string) {
	m, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Errorf("a letter that is none: %v in %q", err, raw)
		return
	}
	body := m.Body
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(m.Body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Errorf("the letter's text: %v", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = append(p.letters, letter{to, m.Header.Get("Subject"), m.Header.Get("Message-ID"), strings.ReplaceAll(string(text), "\r\n", "\n")})
}

// deals waits until the recipients were dealt with, in any order.
func (p *postOffice) deals(t *testing.T, recipients ...string) {
	t.Helper()
	left := map[string]bool{}
	for _, r := range recipients {
		left[r] = true
	}
	for len(left) > 0 {
		select {
		case r := <-p.news:
			delete(left, r)
		case <-t.Context().Done():
			t.Fatalf("nothing came for %v", left)
		}
	}
}

// TestTranscriptIsSentOnce: asked for while the chat goes on, it is sent when the
// chat ends at the next start of the server, and by no later one; who is refused for
// good is not asked again.
func TestTranscriptIsSentOnce(t *testing.T) {
	t.Parallel()
	const ann, gone, boss = "ann@example.org", "gone@example.org", "boss@example.org"
	office := openPostOffice(t, map[string]int{gone: 550})
	o := Options{Data: t.TempDir(), Demo: true, DemoBot: true, SMTP: "smtp://" + office.address + "?tls=none", MailFrom: "Support <support@example.org>"}
	a := start(t, o)
	admin(t, a, http.MethodPatch, "/settings", `{"mailTranscripts":true}`)
	visitor, err := consumer.Start(t.Context(), consumer.Options{
		Server: a.URL(), Site: a.Ready().Sites[0].Site, Key: a.Ready().Sites[0].WidgetKey, Visitor: sites.SessionAttributes{QueueID: demoEcho, FirstName: "Ann"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := visitor.Post(t.Context(), "hello"); err != nil {
		t.Fatal(err)
	}
	answered := errors.New("the bot has answered")
	err = visitor.Run(t.Context(), func(_ context.Context, m consumer.Message) error {
		if m.MessagePosted != nil {
			return answered
		}
		return nil
	})
	if !errors.Is(err, answered) {
		t.Fatal(err)
	}
	for _, to := range []string{ann, gone} {
		if err := visitor.MailTranscript(t.Context(), to); err != nil {
			t.Fatal(err)
		}
	}
	o.Listen = strings.TrimPrefix(a.URL(), "http://")
	stopApp(t, a)
	if len(office.asked) > 0 {
		t.Errorf("while the chat went on %q were written to", office.asked)
	}

	a = start(t, o)
	if err := visitor.Conclude(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := visitor.MailTranscript(t.Context(), ann); err != nil { // again, which adds nothing, and lets the server look
		t.Fatal(err)
	}
	office.deals(t, ann, gone)
	stopApp(t, a)
	a = start(t, o)
	if err := visitor.MailTranscript(t.Context(), boss); err != nil { // at once, after all that is due before it
		t.Fatal(err)
	}
	office.deals(t, boss)
	stopApp(t, a)

	counts := map[string]int{}
	for _, to := range office.asked {
		counts[to]++
	}
	if !cmp.Equal(counts, map[string]int{ann: 1, gone: 1, boss: 1}) {
		t.Errorf("the mail server was asked for %v", counts)
	}
	if len(office.letters) != 2 {
		t.Fatalf("%d letters arrived", len(office.letters))
	}
	for _, l := range office.letters {
		if !strings.HasPrefix(l.subject, "Your chat of ") || l.id == "" {
			t.Errorf("the letter is called %q, and has the id %q", l.subject, l.id)
		}
		for _, part := range []string{"Echo is here\n", "Ann: hello\n", "The chat is over\n"} {
			if !strings.Contains(l.text, part) {
				t.Errorf("%q is missing in\n%s", part, l.text)
			}
		}
	}
}

// TestLettersAreTriedAgain: a letter that fails is tried again after pauses that
// double, up to four hours, for a day; one that is sent or refused is not.
func TestLettersAreTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		outcome func(attempt int) error
		want    []time.Duration
	}{
		"twice in vain": {func(n int) error {
			if n < 3 {
				return errors.New("451 later")
			}
			return nil
		}, []time.Duration{0, time.Minute, 3 * time.Minute}},
		"refused": {func(int) error { return fmt.Errorf("%w: 550", mail.ErrRefused) }, []time.Duration{0}},
		"for a day": {func(int) error { return errors.New("nobody there") }, []time.Duration{
			0, time.Minute, 3 * time.Minute, 7 * time.Minute, 15 * time.Minute, 31 * time.Minute, 63 * time.Minute, 127 * time.Minute, 255 * time.Minute,
			495 * time.Minute, 735 * time.Minute, 975 * time.Minute, 1215 * time.Minute,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := slog.New(slog.DiscardHandler)
				j := memory.NewAuto()
				h, err := host.New(t.Context(), j, site.Location{}, log)
				if err != nil {
					t.Fatal(err)
				}
				over := waitsForALetter(t, h)
				var at []time.Duration
				outbox := letters{h}
				w := mail.NewWorker(outbox, outbox.compose, func(_ context.Context, l mail.Letter) error {
					at = append(at, time.Since(over).Truncate(time.Minute))
					if l.To != "ann@example.org" || !strings.Contains(l.Text, "Ada: Which order?") {
						t.Errorf("the letter is %+v", l)
					}
					return c.outcome(len(at))
				}, log)
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan struct{})
				go func() {
					defer close(done)
					w.Run(ctx)
				}()
				time.Sleep(48 * time.Hour)
				stop()
				<-done
				if diff := cmp.Diff(c.want, at); diff != "" {
					t.Errorf("tried at (-want +got):\n%s", diff)
				}
				if err := h.Close(t.Context()); err != nil {
					t.Error(err)
				}
				j.Close()
			})
		})
	}
}

// waitsForALetter makes a site with a chat that is over and whose visitor has asked
// for a letter. It answers when it ended.
func waitsForALetter(t *testing.T, h *host.Host) time.Time {
	t.Helper()
	if _, err := h.Create(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	_, err := host.Do(t.Context(), h, "shop", func(s *site.Site) (struct{}, error) {
		set := s.CurrentSettings()
		set.MailTranscripts = true
		admin := s.Admin("test")
		_, e1 := admin.ChangeSettings(set)
		_, e2 := admin.DefineQueue(site.QueueDefinition{ID: 1, Name: "Support", Default: true})
		_, e3 := admin.DefineAccount(site.Account{ID: 12, Login: "ada", Name: "Ada", Serving: site.Serving{AllQueues: true, Pull: true}, PasswordHash: "x"})
		_, e4 := s.StartAgentSession(site.LogOn{Account: 12, Key: "ada"})
		ada, ann := site.Caller{Key: "ada", Agent: true, Account: 12}, site.Caller{Key: "ann"}
		_, e5 := s.RequestAssignment(ada, true, 1, 1)
		opened, e6 := s.RequestEngagement(site.EngagementRequest{Key: "ann", TokenExpires: site.Time(time.Now().Add(time.Hour).UnixMicro()), Contact: site.Contact{Email: "ann@example.org"}})
		_, e7 := s.AnswerOffer(ada, opened.Engagement, api.ActionAccept)
		_, e8 := s.PostAsAgent(ada, opened.Engagement, site.NewPost{Body: "Which order?"})
		_, e9 := s.MailTranscript(ann, "")
		_, e10 := s.ConcludeAsVisitor(ann)
		return struct{}{}, errors.Join(e1, e2, e3, e4, e5, e6, e7, e8, e9, e10)
	})
	if err != nil {
		t.Fatal(err)
	}
	return time.Now()
}

// TestTranscriptText: a letter has what was said as people read it.
func TestTranscriptText(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, time.March, 1, 10, 0, 0, 0, time.UTC)
	at := func(minutes int) site.Time {
		return site.Time(began.Add(time.Duration(minutes) * time.Minute).UnixMicro())
	}
	ada, ann := record.Party{Client: 4, Name: "Ada", Role: api.RoleLead}, record.Party{Client: 5, Role: api.RoleEndUser}
	v := record.Visit{Visitor: ann, StartedAt: at(0), EndedAt: at(9), Entries: []record.Entry{
		{At: at(1), Kind: record.Joined, Who: ada},
		{At: at(2), Kind: record.Posted, Who: ada, Post: &record.Post{Text: "<b>Which</b> order?", RichText: true}},
		{At: at(3), Kind: record.Posted, Who: ann, Post: &record.Post{Text: "1 < 2"}},
		{At: at(4), Kind: record.Posted, Who: ann, Post: &record.Post{OffTheRecord: true}},
		{At: at(5), Kind: record.Posted, Who: ann, Post: &record.Post{File: &site.File{Name: "a.png", ID: "secret"}}},
		{At: at(6), Kind: record.Posted, Who: record.Party{}, Post: &record.Post{Text: "Held back.", System: true}},
		{At: at(7), Kind: record.Left, Who: ada},
		{At: at(9), Kind: record.Ended, Who: ann},
	}}
	const want = `Your chat of 1 March 2026, 10:00 (times are in UTC)

10:01  Ada is here
10:02  Ada: Which order?
10:03  You: 1 < 2
10:04  You: (off the record)
10:05  You: (file: a.png)
10:06  System: Held back.
10:07  Ada has left
10:09  The chat is over
`
	if diff := cmp.Diff(want, transcriptText(v)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for range mail.MaxText / site.MaxPostBytes {
		v.Entries = append(v.Entries, record.Entry{At: at(9), Kind: record.Posted, Who: ada, Post: &record.Post{Text: strings.Repeat("x", site.MaxPostBytes)}})
	}
	if long := transcriptText(v); len(long) > mail.MaxText || !strings.HasSuffix(long, "longer than this letter.)\n") {
		t.Errorf("a long chat makes %d bytes, which end with %q", len(long), long[len(long)-40:])
	}
}
