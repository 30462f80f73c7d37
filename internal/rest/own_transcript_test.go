package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/consumer"
	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/site"
	"usher/internal/testkit"
)

func readChat(v *testkit.Visitor, query string) consumer.TranscriptResponse {
	v.T.Helper()
	return testkit.Decode[consumer.TranscriptResponse](v.Server, own(v, "GET", "transcript"+query, ""))
}

func expectLines(t *testing.T, r consumer.TranscriptResponse, want ...string) {
	t.Helper()
	var got []string
	for _, l := range r.Lines {
		line := fmt.Sprintf("%d %s %s %s", l.Number, l.Kind, l.Role, l.Name)
		if l.Kind == consumer.TranscriptPost {
			line += ": " + l.Body
		} else if l.Reason != api.ReasonNone {
			line += " " + string(l.Reason)
		}
		got = append(got, line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the lines (-want +got):\n%s", diff)
	}
}

// TestTranscriptStory: a visitor reads what it was told and what it said, and no
// more, while the chat goes on and for half an hour after its session's end.
func TestTranscriptStory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := testkit.Options{Journal: memory.NewAuto()}
		s := testkit.New(t, o)
		set(t, s, `{"spam":true,"spamLimits":{"maxLinks":1}}`)
		began := time.Now()
		v := s.Enter(testkit.Support)
		other := s.Enter(testkit.Support)
		other.Post("somebody else's")
		if r := readChat(v, ""); len(r.Lines) != 0 || r.EndedTime != nil || r.More || r.EngagementID != v.Engagement || r.StartedTime != began.UTC().Format(consumer.TimeLayout) {
			t.Errorf("at the beginning: %+v", r)
		}
		v.Post("hello?")
		a := s.LogOn("ada")
		a.Ask(1)
		a.Accept(v.Engagement)
		bobSupervises(s)
		b := s.LogOn("bob")
		expectStatus(t, b.Call("monitor", inEngagement(v.Engagement, "")), http.StatusOK)
		expectStatus(t, a.Call("postMessage", hidden(v.Engagement, "SECRET among agents")), http.StatusOK)
		expectStatus(t, b.Call("postMessage", whisperTo("AGENT", a.Client, "SECRET to ada")), http.StatusOK)
		expectStatus(t, a.Call("postMessage", whisperTo("END_USER", v.Client, "for you alone")), http.StatusOK)
		expectStatus(t, v.Call("postMessage", `{"body":"SECRET card number","offTheRecord":true}`), http.StatusOK)
		expectStatus(t, v.Call("postMessage", `{"body":"SECRET http://a.example http://b.example"}`), http.StatusOK)
		expectStatus(t, v.Call("postMessage", `{"body":"<b>4711</b><script>SECRET</script>","richText":true}`), http.StatusOK)
		want := []string{
			"1 POST END_USER Ann Lee: hello?", "2 JOINED LEAD Ada", "3 POST LEAD Ada: for you alone", "4 POST END_USER Ann Lee: ",
			"5 POST NONE : Your message was not delivered because it looks suspicious.", "6 POST END_USER Ann Lee: <b>4711</b>",
		}
		live := readChat(v, "")
		expectLines(t, live, want...)
		if l := live.Lines; !l[3].OffTheRecord || l[2].OffTheRecord || !l[5].RichText || live.EndedTime != nil {
			t.Errorf("the lines are %+v", l)
		}
		if got := own(v, "GET", "transcript", ""); strings.Contains(got.Body, "SECRET") || strings.Contains(got.Body, "somebody else") {
			t.Errorf("it tells too much: %s", got.Body)
		}

		// Pages.
		page := readChat(v, "?limit=2")
		expectLines(t, page, want[:2]...)
		rest := readChat(v, "?after=4&limit=2")
		expectLines(t, rest, want[4:]...)
		if !page.More || rest.More {
			t.Errorf("more: %t, and at the end %t", page.More, rest.More)
		}
		expectLines(t, readChat(v, "?after=6"))
		for _, query := range []string{"?after=x", "?after=-1", "?limit=10001", "?limit=-1", "?limit=1.5", "?after=9007199254740992"} {
			expectRefusal(t, own(v, "GET", "transcript"+query, ""), http.StatusBadRequest, api.BadRequest)
		}

		time.Sleep(time.Minute)
		expectStatus(t, a.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
		over := time.Now()
		expectStatus(t, a.Call("releaseChat", inEngagement(v.Engagement, "")), http.StatusOK)
		want = append(want, "7 ENDED LEAD Ada AGENT_CONCLUDED")
		ended := leaves(v)
		v = visitorAt(restart(t, s, o, time.Second), v)
		whole := readChat(v, "")
		expectLines(t, whole, want...)
		if whole.EndedTime == nil || *whole.EndedTime != over.UTC().Format(consumer.TimeLayout) {
			t.Errorf("ended at %v, want %v", whole.EndedTime, over)
		}
		lastsUntil(t, ended, func() testkit.Answer { return own(v, "GET", "transcript", "") })
	})
}

// whisperTo is the body of a post to one participant.
func whisperTo(party string, to int64, text string) string {
	return fmt.Sprintf(`{"body":%q,"destinationId":%d,"destinationType":%q,"messageType":"NONE"}`, text, to, party)
}

// library is a journal whose readers wait at the door until it opens.
type library struct {
	*memory.Journal
	door chan struct{}
}

func (l *library) Read(ctx context.Context, site string, from int64, fn func(journal.Frame) bool) error {
	select {
	case <-l.door:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return l.Journal.Read(ctx, site, from, fn)
}

// TestReadersAreBounded: four transcripts are read at once; who comes then is asked
// to come again, and everything else goes on.
func TestReadersAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &library{memory.NewAuto(), make(chan struct{})}
		s := testkit.New(t, testkit.Options{Journal: l})
		_, v := s.Chat("ada")
		status := make(chan int, 4)
		for range 4 {
			go func() {
				a, _ := v.TrySend("GET", testkit.OwnPath("transcript"), "", "SessionId", v.Session)
				status <- a.Status
			}()
		}
		synctest.Wait()
		refused := own(v, "GET", "transcript", "")
		expectRefusal(t, refused, http.StatusTooManyRequests, api.BadRequest)
		if got := refused.Header.Get("Retry-After"); got != "1" {
			t.Errorf("Retry-After %q", got)
		}
		v.Post("meanwhile")
		standing(v, "")
		close(l.door)
		for range 4 {
			if got := <-status; got != http.StatusOK {
				t.Errorf("a reader who waited got %d", got)
			}
		}
		expectStatus(t, own(v, "GET", "transcript", ""), http.StatusOK)
	})
}

// letters answers the letters of the site whose time has come.
func letters(s *testkit.Server) (to []string) {
	s.T.Helper()
	for _, l := range testkit.Do(s, func(x *site.Site) ([]site.Letter, error) { return x.DueLetters(100), nil }) {
		to = append(to, l.To)
	}
	return to
}

// TestTranscriptByMail: asked for while the chat goes on it is sent when it is over,
// afterwards at once; to each address once, and to three of them.
func TestTranscriptByMail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		o := testkit.Options{Journal: memory.NewAuto(), Mailed: func() { calls++ }}
		s := testkit.New(t, o)
		mail := func(v *testkit.Visitor, body string) testkit.Answer { return own(v, "POST", "transcript", body) }
		v := visit(s, `{"emailAddress":"ann@example.org"}`)
		expectRefusal(t, mail(v, `{}`), http.StatusConflict, api.Conflict) // the site sends none
		set(t, s, `{"mailTranscripts":true}`)
		expectRefusal(t, mail(v, `{}`), http.StatusConflict, api.Conflict) // nobody has answered
		a := s.LogOn("ada")
		a.Ask(2)
		a.Accept(v.Engagement)
		w := s.Enter(testkit.Support) // who told no address
		a.Accept(w.Engagement)
		expectRefusal(t, mail(w, `{}`), http.StatusBadRequest, api.BadRequest)
		for _, to := range []string{"ann", "@example.org", "ann@", "a@b@c", "a b@c", "ann@example.org, bob@example.org", "<ann@example.org>", "ann@example.org\r\nBcc: x@y", strings.Repeat("a", 251) + "@b.c"} {
			at := s.Position()
			got := mail(w, fmt.Sprintf(`{"emailAddress":%q}`, to))
			if got.Status != http.StatusBadRequest || !strings.Contains(got.Body, "emailAddress") || s.Position() != at {
				t.Errorf("%q: %d %s", to, got.Status, got.Body)
			}
		}
		if calls != 0 {
			t.Errorf("%d times there was something to send", calls)
		}

		expectStatus(t, mail(v, `{"clientTransactionId":1}`), http.StatusOK)
		expectStatus(t, mail(v, `{"emailAddress":"boss@example.org"}`), http.StatusOK)
		at := s.Position()
		expectStatus(t, mail(v, `{"emailAddress":"ann@example.org"}`), http.StatusOK)
		if s.Position() != at {
			t.Error("the same address again recorded something")
		}
		if due := letters(s); due != nil {
			t.Errorf("before the end these are due: %q", due)
		}
		expectStatus(t, v.Call("concludeEngagement", ""), http.StatusOK)
		if due := letters(s); !cmp.Equal(due, []string{"ann@example.org", "boss@example.org"}) {
			t.Errorf("after the end these are due: %q", due)
		}
		leaves(v)
		s = restart(t, s, o, time.Second)
		v = visitorAt(s, v)
		expectStatus(t, mail(v, `{"emailAddress":"third@example.org"}`), http.StatusOK)
		if due := letters(s); !cmp.Equal(due, []string{"ann@example.org", "boss@example.org", "third@example.org"}) {
			t.Errorf("after the restart these are due: %q", due)
		}
		fourth := mail(v, `{"emailAddress":"fourth@example.org"}`)
		expectStatus(t, fourth, http.StatusTooManyRequests)
		expectText(t, fourth.Body, "3 addresses")
		if calls == 0 {
			t.Error("nobody was told that there is something to send")
		}
	})
}

// TestLettersAreFollowed: a page is told what became of each transcript by e-mail, also
// by the next server and when its session is over.
func TestLettersAreFollowed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := testkit.Options{Journal: memory.NewAuto(), Mailed: func() {}}
		s := testkit.New(t, o)
		set(t, s, `{"mailTranscripts":true}`)
		a, v := s.Chat("ada")
		if st := standing(v, ""); st.Letters == nil || len(st.Letters) != 0 {
			t.Errorf("before one is asked for: %v", st.Letters)
		}
		for _, to := range []string{"sent@example.org", "refused@example.org", "late@example.org"} {
			expectStatus(t, own(v, "POST", "transcript", `{"emailAddress":"`+to+`"}`), http.StatusOK)
		}
		expect := func(sent, refused, late consumer.LetterState) {
			t.Helper()
			want := api.List[consumer.Letter]{{EmailAddress: "sent@example.org", State: sent}, {EmailAddress: "refused@example.org", State: refused}, {EmailAddress: "late@example.org", State: late}}
			if diff := cmp.Diff(want, standing(v, "").Letters); diff != "" {
				t.Errorf("the letters (-want +got):\n%s", diff)
			}
		}
		tried := func(to string, outcome site.LetterOutcome) {
			t.Helper()
			testkit.Do(s, func(x *site.Site) (struct{}, error) {
				for _, l := range x.DueLetters(100) {
					if l.To == to {
						return struct{}{}, x.LetterDone(l.Number, outcome, "")
					}
				}
				return struct{}{}, fmt.Errorf("no letter to %s is due", to)
			})
		}
		expect(consumer.LetterWaiting, consumer.LetterWaiting, consumer.LetterWaiting)
		expectStatus(t, a.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
		expectStatus(t, a.Call("releaseChat", inEngagement(v.Engagement, "")), http.StatusOK)
		tried("sent@example.org", site.LetterSent)
		tried("refused@example.org", site.LetterRefused)
		tried("late@example.org", site.LetterFailed)
		expect(consumer.LetterSent, consumer.LetterFailed, consumer.LetterWaiting) // the last is tried again
		leaves(v)
		s = restart(t, s, o, 10*time.Minute)
		v = visitorAt(s, v)
		expect(consumer.LetterSent, consumer.LetterFailed, consumer.LetterWaiting)
		tried("late@example.org", site.LetterSent)
		expect(consumer.LetterSent, consumer.LetterFailed, consumer.LetterSent)
	})
}

// TestNoMailServer: where the operator has named none, every visitor is told so, but
// not those who are none.
func TestNoMailServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		set(t, s, `{"mailTranscripts":true}`)
		_, v := s.Chat("ada")
		refused := own(v, "POST", "transcript", `{"emailAddress":"ann@example.org"}`)
		expectRefusal(t, refused, http.StatusConflict, api.Conflict)
		expectText(t, refused.Body, "mail server")
		v.Session = strings.Repeat("0", 26)
		expectRefusal(t, own(v, "POST", "transcript", `{"emailAddress":"ann@example.org"}`), http.StatusForbidden, api.AccessDenied)
	})
}
