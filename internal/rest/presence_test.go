package rest_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/consumer"
	"usher/internal/testkit"
)

// typing lists what an agent is shown of a visitor's activity.
func typing(a *testkit.Agent) (shown []string) {
	a.T.Helper()
	for _, m := range a.Poll("").GetResponseTypes {
		if x := m.ChatActivitySignal; x != nil {
			shown = append(shown, fmt.Sprintf("%s %s %q", x.Mode, x.SneakPreviewState, x.SneakPreview))
		}
	}
	return shown
}

func types(v *testkit.Visitor, text string) consumer.ActivityResponse {
	v.T.Helper()
	return testkit.Decode[consumer.ActivityResponse](v.Server, v.Call("activity", fmt.Sprintf(`{"mode":"RESPONDING","sneakPreviewText":%q}`, text)))
}

// TestSneakPreview: agents see what is typed where the site says so, no oftener than
// the interval, the newest of it, and nothing once it is posted; elsewhere they see
// that somebody types.
func TestSneakPreview(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a, v := s.Chat("ada")
		settled(a, v)
		expect := func(what string, want ...string) {
			t.Helper()
			if got := typing(a); !cmp.Equal(got, want) {
				t.Errorf("%s: the agent is shown %q, want %q", what, got, want)
			}
		}
		if got := types(v, "SECRET"); got.SneakPreviewState != api.SneakPreviewDisabled || got.SneakPreviewInterval != 500 {
			t.Errorf("where there are none: %+v", got)
		}
		expect("where there are none", `RESPONDING SITE_UNAVAILABLE ""`)

		set(t, s, `{"sneakPreview":true}`)
		w := visit(s, `{}`)
		if st := standing(w, ""); st.SneakPreviewState != api.SneakPreviewEnabled {
			t.Errorf("a session says %s", st.SneakPreviewState)
		}
		time.Sleep(time.Second)
		if got := types(v, "H"); got.SneakPreviewState != api.SneakPreviewEnabled {
			t.Errorf("where there are some: %+v", got)
		}
		expect("at first", `RESPONDING ENABLED "H"`)
		types(v, "He")
		types(v, "Hel")
		start := time.Now()
		expect("the newest, when the interval is over", `RESPONDING ENABLED "Hel"`)
		expectTook(t, start, 500*time.Millisecond)
		types(v, "Hello")
		v.Post("Hello")
		if bodies, _ := postedTo(a); !cmp.Equal(bodies, []string{"Hello"}) {
			t.Errorf("the agent gets %q", bodies)
		}
		expect("what is posted is typed no more")
		expectStatus(t, v.Call("activity", `{"mode":"LISTENING"}`), http.StatusOK)
		expect("a change of mode at once", `LISTENING ENABLED ""`)
	})
}

// TestPresence: each side is told when the other is away, and when it is back.
func TestPresence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a, v := s.Chat("ada")
		settled(a, v)
		states := func() (got []string) {
			for _, m := range v.Poll().SystemMessages {
				if c := m.ConnectionStateChanged; c != nil {
					got = append(got, fmt.Sprintf("%s %s", c.ConnectionState, c.Role))
				}
			}
			return got
		}
		// during polls with one side for a while.
		during := func(d time.Duration, poll func() []string) (got []string) {
			for end := time.Now().Add(d); time.Now().Before(end); {
				got = append(got, poll()...)
			}
			return got
		}
		if got := during(2*time.Minute+10*time.Second, states); !cmp.Equal(got, []string{"ABSENT LEAD"}) {
			t.Errorf("while the agent is away: %q", got)
		}
		a.Poll("")
		if got := states(); !cmp.Equal(got, []string{"ACTIVE LEAD"}) {
			t.Errorf("when the agent is back: %q", got)
		}
		shown := during(2*time.Minute+10*time.Second, func() []string { return typing(a) })
		if len(shown) != 1 || shown[0][:5] != "NONE " {
			t.Errorf("while the visitor is away: %q", shown)
		}
		v.Poll()
		if shown := typing(a); len(shown) != 1 || shown[0][:9] != "LISTENING" {
			t.Errorf("when the visitor is back: %q", shown)
		}
		v.Post("are you there?") // or the chat would end for want of anything said
		got := during(4*time.Minute+10*time.Second, func() (got []string) {
			for _, m := range v.Poll().SystemMessages {
				if c := m.ConnectionStateChanged; c != nil {
					got = append(got, string(c.ConnectionState))
				}
				if l := m.ParticipantLeft; l != nil {
					got = append(got, string(l.Reason))
				}
			}
			return got
		})
		if !cmp.Equal(got, []string{"ABSENT", "TRANSFERRED_TO_QUEUE"}) {
			t.Errorf("while the agent is lost: %q", got)
		}
	})
}
