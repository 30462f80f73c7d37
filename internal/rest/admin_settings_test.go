package rest_test

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/sites"
	"usher/internal/testkit"
)

// standardLimits are the limits of the spam checks of a site that sets none.
const standardLimits = `{"maxCharacters":4000,"maxLinks":5,"duplicates":3,"duplicateSeconds":60,"symbolPercent":70,"symbolCharacters":40,"burstPosts":10,"burstSeconds":10,"maxBlocks":5,"extremeFactor":10}`

// TestSettingsOfANewSite: spam is looked for and a network is bounded; what opens a
// site wider is off.
func TestSettingsOfANewSite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := of(administer(testkit.New(t, testkit.Options{})), "cards")
		got := decoded[sites.Settings](t, c.ok("GET", "/settings", ""))
		want := got // times, statuses and origins are looked at elsewhere
		want.Spam, want.SpamAgents, want.SpamLimits = true, false, decoded[sites.SpamLimits](t, standardLimits)
		want.SneakPreview, want.MaxPerAddress, want.RequireIdentity, want.IdentityKey, want.MailTranscripts = false, 100, false, 0, false
		want.Files = sites.FileRules{MaxBytes: 10 << 20, Types: api.List[string]{
			"image/png", "image/jpeg", "image/gif", "image/webp", "image/heic", "application/pdf", "text/plain", "text/csv",
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestSettingsWithinSettings: each limit and each rule of files is changed alone, 0 or
// an empty list brings the default back, and what is answered is what is in force.
func TestSettingsWithinSettings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := administer(testkit.New(t, testkit.Options{}))
		all := func(body string) map[string]any {
			t.Helper()
			return decoded[map[string]any](t, body)
		}
		before := all(c.ok("GET", "/settings", ""))
		same := func(what string, want map[string]any, body string) {
			t.Helper()
			if diff := cmp.Diff(want, all(body)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
			if diff := cmp.Diff(want, all(c.ok("GET", "/settings", ""))); diff != "" {
				t.Errorf("%s, asked for (-want +got):\n%s", what, diff)
			}
		}
		with := func(group, name string, value any) map[string]any {
			changed := maps.Clone(before)
			members := maps.Clone(before[group].(map[string]any))
			members[name], changed[group] = value, members
			return changed
		}
		limits := all(standardLimits)
		for name := range limits {
			same(name, with("spamLimits", name, 7.0), c.ok("PATCH", "/settings", fmt.Sprintf(`{"spamLimits":{%q:7}}`, name)))
			for _, nothing := range []string{`{"spamLimits":{}}`, `{"spamLimits":null}`, fmt.Sprintf(`{"spamLimits":{%q:null}}`, name), `{"files":{}}`} {
				same(name+" left alone", with("spamLimits", name, 7.0), c.ok("PATCH", "/settings", nothing))
			}
			same(name+" back", before, c.ok("PATCH", "/settings", fmt.Sprintf(`{"spamLimits":{%q:0}}`, name)))
		}
		for _, x := range []struct {
			name, set string
			value     any
			back      string
		}{
			{"off", "true", true, "false"}, {"maxBytes", "1", 1.0, "0"}, {"types", `["image/*"]`, []any{"image/*"}, "[]"},
		} {
			same(x.name, with("files", x.name, x.value), c.ok("PATCH", "/settings", fmt.Sprintf(`{"files":{%q:%s}}`, x.name, x.set)))
			same(x.name+" left alone", with("files", x.name, x.value), c.ok("PATCH", "/settings", `{"files":{},"spamLimits":{}}`))
			same(x.name+" back", before, c.ok("PATCH", "/settings", fmt.Sprintf(`{"files":{%q:%s}}`, x.name, x.back)))
		}

		// What the log has from before is sent again to undo a change.
		c.ok("PATCH", "/settings", `{"spamLimits":{"maxLinks":1},"files":{"maxBytes":9}}`)
		changes := decoded[sites.Audit](t, c.ok("GET", "/audit?limit=1000", "")).Changes
		same("undone", before, c.ok("PATCH", "/settings", string(changes[len(changes)-1].Before)))
	})
}

// TestLimitsTakeEffect: a limit of the spam checks counts from the next post on.
func TestLimitsTakeEffect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		_, ann := s.Chat("ada")
		ann.Post("a text of more than ten characters")
		c.ok("PATCH", "/settings", `{"spam":true,"spamLimits":{"maxCharacters":10}}`)
		ann.Post("another text of more than ten characters")
		c.ok("PATCH", "/settings", `{"spamLimits":{"maxCharacters":0}}`)
		ann.Post("a third text of more than ten characters")
		if got := kindsOf(s, "1/transcript"); got != "JOINED Ada, POST Ann Lee, POST, POST Ann Lee" {
			t.Errorf("the transcript is %s", got)
		}
	})
}

// TestNetworkLimitTakesEffect: the limit of a network counts from the next visitor on
// who comes by the widget key alone. An address takes a real socket.
func TestNetworkLimitTakesEffect(t *testing.T) {
	t.Parallel()
	s := testkit.New(t, testkit.Options{Loopback: true})
	c := administer(s)
	s.Enter(testkit.Support) // through the site's back end
	knocks := func(status int) {
		t.Helper()
		start := testkit.Decode[sites.EstablishSessionsResponse](s, s.Send("POST", "/usher/consumer/demo/v1/start", fmt.Sprintf(`{"key":%q}`, s.WidgetKey)))
		expectStatus(t, s.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+start.ChannelToken), status)
	}
	c.ok("PATCH", "/settings", `{"maxPerAddress":1}`)
	knocks(http.StatusOK)
	knocks(http.StatusTooManyRequests)
	c.ok("PATCH", "/settings", `{"maxPerAddress":2}`)
	knocks(http.StatusOK)
	knocks(http.StatusTooManyRequests)
	c.ok("PATCH", "/settings", `{"maxPerAddress":0}`)
	knocks(http.StatusOK)
}
