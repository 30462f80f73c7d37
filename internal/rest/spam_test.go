package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/internal/testkit"
)

const heldBack = "Your message was not delivered because it looks suspicious."

func tries(v *testkit.Visitor, text string) testkit.Answer {
	v.T.Helper()
	return v.Call("postMessage", fmt.Sprintf(`{"body":%q}`, text))
}

// TestSpamIsHeldBack: each check answers 200 like any post, tells its sender alone by
// a notice of the system, and the log which check it was, and nothing of the text.
func TestSpamIsHeldBack(t *testing.T) {
	t.Parallel()
	for code, posts := range map[string][]string{
		"LENGTH":    {strings.Repeat("wordy ", 10) + "SECRET"},
		"LINKS":     {"SECRET http://a.example www.b.example https://c.example"},
		"DUPLICATE": {"SECRET", "secret ", "  Secret"},
		"SYMBOLS":   {"SECRET " + strings.Repeat("!?", 20)},
		"BURST":     {"1", "2", "3", "4", "SECRET"},
	} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := testkit.New(t, testkit.Options{})
				set(t, s, `{"spam":true,"spamLimits":{"maxCharacters":60,"maxLinks":2,"symbolPercent":50,"symbolCharacters":20,"burstPosts":4}}`)
				a, v := s.Chat("ada")
				settled(a, v)
				for _, text := range posts {
					expectStatus(t, tries(v, text), http.StatusOK)
				}
				r := v.Poll()
				if len(r.SystemMessages) != 1 || r.SystemMessages[0].MessagePosted == nil {
					t.Fatalf("the visitor gets %+v", r.SystemMessages)
				}
				if p := r.SystemMessages[0].MessagePosted; p.Body != heldBack || p.SenderType != api.PartySystem || p.ClientID != a.Client {
					t.Errorf("the notice is %+v", p)
				}
				v.Poll() // nothing more
				if bodies, _ := postedTo(a); !cmp.Equal(bodies, posts[:len(posts)-1], cmpEmpty) {
					t.Errorf("the agent gets %q", bodies)
				}
				logs := s.Logs.String()
				if strings.Count(logs, "post held back") != 1 || !strings.Contains(logs, "codes=["+code+"]") || strings.Contains(logs, "SECRET") || strings.Contains(logs, ".example") {
					t.Errorf("the log is %s", logs)
				}
				time.Sleep(time.Minute) // not to burst
				expectStatus(t, tries(v, "and on it goes"), http.StatusOK)
				if bodies, _ := postedTo(a); !cmp.Equal(bodies, []string{"and on it goes"}) {
					t.Errorf("afterwards the agent gets %q", bodies)
				}
			})
		})
	}
}

// cmpEmpty takes no posts and an empty list of them for the same.
var cmpEmpty = cmp.Transformer("list", func(s []string) string { return strings.Join(s, "\n") })

// TestSpamEndsTheChat: whoever goes on, or goes far beyond a limit, is refused and
// removed: its stream ends with a notice and the conclusion.
func TestSpamEndsTheChat(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limits string
		posts  []string
	}{
		"again and again": {`{"maxLinks":1,"maxBlocks":3}`, []string{"www.a www.b", "www.c www.d", "www.e www.f"}},
		"by far":          {`{"maxLinks":1,"extremeFactor":5}`, []string{"www.a www.b www.c www.d www.e"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := testkit.New(t, testkit.Options{})
				set(t, s, `{"spam":true,"spamLimits":`+c.limits+`}`)
				a, v := s.Chat("ada")
				settled(a, v)
				last := len(c.posts) - 1
				for _, text := range c.posts[:last] {
					expectStatus(t, tries(v, text), http.StatusOK)
				}
				refused := tries(v, c.posts[last])
				expectRefusal(t, refused, http.StatusConflict, api.Conflict)
				expectText(t, refused.Body, "suspicious")
				var bodies []string
				r := v.Poll()
				for _, m := range r.SystemMessages[:len(r.SystemMessages)-1] {
					bodies = append(bodies, m.MessagePosted.Body)
				}
				want := []string{}
				for range last {
					want = append(want, heldBack)
				}
				want = append(want, "This conversation was ended because messages kept looking suspicious.")
				if !cmp.Equal(bodies, want) {
					t.Errorf("the visitor is told %q", bodies)
				}
				if end := r.SystemMessages[len(want)].Concluded; end == nil || end.Reason != api.ReasonEjected {
					t.Errorf("the last message is %+v", r.SystemMessages[len(want)])
				}
				expectRefusal(t, tries(v, "sorry"), http.StatusConflict, api.Conflict)
				got := a.Poll("")
				if len(got.GetResponseTypes) != 1 || got.GetResponseTypes[0].ChatDisconnectNotification == nil {
					t.Errorf("the agent gets %+v", got.GetResponseTypes)
				}
				if logs := s.Logs.String(); strings.Count(logs, "ejected=true") != 1 || strings.Contains(logs, "www.") {
					t.Errorf("the log is %s", logs)
				}
			})
		})
	}
}

// TestSpamSettings: the demo has no checks; with them, agents are checked only where
// the site says so, and are held back and never removed.
func TestSpamSettings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a, v := s.Chat("ada")
		settled(a, v)
		const many = "www.a www.b www.c www.d www.e www.f www.g"
		tries(v, many)
		if bodies, _ := postedTo(a); !cmp.Equal(bodies, []string{many}) {
			t.Errorf("without checks the agent gets %q", bodies)
		}
		set(t, s, `{"spam":true}`)
		a.Post(v.Engagement, many)
		if got := postedToVisitor(v); !cmp.Equal(got, []string{many}) {
			t.Errorf("an agent who is not checked: the visitor gets %q", got)
		}
		set(t, s, `{"spamAgents":true,"spamLimits":{"maxBlocks":1,"extremeFactor":1}}`)
		a.Post(v.Engagement, many)
		a.Post(v.Engagement, "a kind word")
		if got := postedToVisitor(v); !cmp.Equal(got, []string{"a kind word"}) {
			t.Errorf("an agent who is checked: the visitor gets %q", got)
		}
		told := a.Poll("").GetResponseTypes
		if len(told) != 1 || told[0].ChatPostMessage == nil || told[0].ChatPostMessage.Body != heldBack || told[0].ChatPostMessage.SenderType != api.PartySystem {
			t.Errorf("the agent is told %+v", told)
		}
	})
}
