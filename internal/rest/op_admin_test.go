package rest_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api/consumer"
	"usher/api/sites"
	"usher/internal/journal/memory"
	"usher/internal/testkit"
)

// TestAdmin: each shape of the administration, as scripts rely on it.
func TestAdmin(t *testing.T) {
	written(t, "admin", func(t *testing.T, x *transcript) {
		const base = "/usher/admin/v1/sites/"
		admin := func(title, method, path, body string) {
			x.send(title, method, base+path, body, "Authorization", "Bearer "+x.AdminToken)
		}
		admin("a site", "GET", "demo", "")
		admin("a new site", "PUT", "cards", "")
		admin("which is there already", "PUT", "cards", "{}")
		admin("a queue", "PUT", "cards/queues/7", `{"name":"Cards","default":true}`)
		admin("a queue, in short", "PUT", "cards/queues/8", `{"queueId":8,"name":"Loans"}`)
		admin("an account", "PUT", "cards/accounts/12",
			`{"login":"ada","password":"`+testkit.Password+`","name":"Ada","greeting":"Hello.","queues":[7,8],"pull":true,"virtualAgent":false}`)
		admin("an account, in short", "PUT", "cards/accounts/13", `{"login":"bob","name":"Bob"}`)
		admin("all settings", "PATCH", "cards/settings", `{"holdSeconds":20,"offerSeconds":30,"absentSeconds":60,"idleSeconds":300,"queueSeconds":900,`+
			`"allowedOrigins":["https://shop.example"],"spam":true,"requireContext":true,"hostNames":["cards.example"],"default":true}`)
		admin("one setting", "PATCH", "cards/settings", `{"holdSeconds":10}`)
		admin("limits and files", "PATCH", "cards/settings", `{"spamAgents":true,"spamLimits":{"maxCharacters":500,"maxLinks":1,"duplicates":2,"duplicateSeconds":30,"symbolPercent":50,`+
			`"symbolCharacters":20,"burstPosts":5,"burstSeconds":5,"maxBlocks":3,"extremeFactor":4},"sneakPreview":true,"maxPerAddress":7,"requireIdentity":true,"identityKey":2,`+
			`"files":{"off":true,"maxBytes":1000,"types":["image/*"]},"mailTranscripts":true}`)
		admin("some limits back", "PATCH", "cards/settings", `{"spamLimits":{"maxLinks":0,"burstPosts":null},"files":{"off":false,"types":[]}}`)
		admin("the keys", "GET", "cards/keys", "")
		admin("none", "PATCH", "cards/settings", "")
		admin("lists that are emptied", "PATCH", "cards/settings", `{"allowedOrigins":[],"hostNames":[]}`)
		admin("the site now", "GET", "cards", "")

		admin("the settings alone", "GET", "cards/settings", "")
		admin("hours", "PUT", "cards/hours/4", `{"name":"Office","zone":"Europe/Vienna","week":[{"day":"MON","from":"08:00","to":"17:30"}],"holidays":[{"name":"Christmas","date":"12-25"}]}`)
		admin("a profile", "PUT", "cards/profiles/5", `{"name":"Desk","queues":[7],"places":3,"allowDecline":false}`)
		admin("a group", "PUT", "cards/groups/3", `{"name":"Vienna"}`)
		admin("an interface", "PUT", "cards/interfaces/2", `{"name":"Shop","language":"de"}`)
		admin("a queue with everything", "PUT", "cards/queues/9", `{"name":"Late","rank":2,"hours":4,"maxWaiting":50,"overflowSeconds":120,"overflowQueue":7}`)
		admin("an account with everything", "PUT", "cards/accounts/15", `{"login":"cy","name":"Cy","profile":5,"group":3,"queues":[7],"allQueues":true,"except":[8],`+
			`"pull":true,"places":2,"policy":"STRICT_PRIORITY","allowDecline":false,"autoDecline":false,"virtualAgent":true,"supervisor":true}`)
		admin("rules", "PUT", "cards/rules", `{"enter":[{"name":"gold","when":{"products":[5],"fields":[{"name":"c$tier","op":"EQUALS","value":"gold"}]},"queue":9,"priority":10},`+
			`{"name":"night","when":{"hours":4,"closed":true},"refuse":true}],"escalate":[{"name":"up","when":{"queues":[9]},"queue":7}]}`)
		admin("where a visitor would go", "POST", "cards/route", `{"queueId":8}`)
		admin("who would be turned away", "POST", "cards/route", `{"productId":5,"customFields":[{"name":"c$tier","value":"gold"}]}`)
		admin("the queues", "GET", "cards/queues", "")
		admin("one of them", "GET", "cards/queues/8", "")
		admin("one that is not there", "GET", "cards/queues/1", "")
		admin("one that is named", "DELETE", "cards/queues/7", "")
		admin("one that goes", "DELETE", "cards/groups/3", "")
		admin("which is named no more", "PUT", "cards/accounts/15", `{"login":"cy","name":"Cy"}`)
		admin("and goes now", "DELETE", "cards/groups/3", "")
		admin("how it stands", "GET", "cards/standing", "")
		admin("what is live", "GET", "cards/engagements", "")
		admin("the newest changes", "GET", "cards/audit?after=16", "")
		x.send("all sites", "GET", "/usher/admin/v1/sites", "", "Authorization", "Bearer "+x.AdminToken)
		x.send("by an account that is no supervisor", "GET", base+"demo/queues", "", "Authorization", testkit.Basic("ada", testkit.Password))

		admin("a setting out of range", "PATCH", "cards/settings", `{"holdSeconds":31}`)
		admin("a login that is taken", "PUT", "cards/accounts/14", `{"login":"ada","name":"Another"}`)
		admin("no such site", "GET", "nowhere", "")
		admin("nothing there", "GET", "demo/nothing", "")
		admin("another method", "DELETE", "demo", "")
		admin("keys that nobody sets", "PUT", "demo/keys", `{"identityKey":"mine"}`)
		admin("the keys of no site", "GET", "nowhere/keys", "")
		x.send("without the token", "GET", base+"demo", "")
		x.send("with another", "GET", base+"demo", "", "Authorization", "Bearer wrong")
	})
}

// TestAdminTakesEffect: what is set counts from the next request on.
func TestAdminTakesEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		admin := func(method, path, body string) {
			t.Helper()
			expectStatus(t, s.Send(method, "/usher/admin/v1/sites/demo/"+path, body, "Authorization", "Bearer "+s.AdminToken), http.StatusOK)
		}
		// A queue and an account that serves it.
		admin("PUT", "queues/5", `{"name":"Cards"}`)
		admin("PUT", "accounts/30", fmt.Sprintf(`{"login":"cy","password":%q,"name":"Cy","queues":[5],"pull":false}`, testkit.Password))
		cy := s.LogOn("cy")
		expectStatus(t, cy.Call("setActivityStatus", `{"status":"AVAILABLE","subTypeId":1}`), http.StatusOK)
		s.Enter(testkit.Support)
		expectHolds(t, cy, "")
		s.Enter(5)
		expectHolds(t, cy, "2 OFFERED") // it does not pull
		admin("PUT", "accounts/30", `{"login":"cy","name":"Cyril","queues":[1,5]}`)
		expectHolds(t, cy, "2 OFFERED, 1 OFFERED") // it serves the first one's queue now

		// A password, which stays when it is left out.
		s.AgentToken("cy")
		admin("PUT", "accounts/30", `{"login":"cy","name":"Cyril","password":"another password"}`)
		basic := func(password string) int {
			return s.Send("POST", testkit.Bootstrap+"agentTokens", "", "Authorization", testkit.Basic("cy", password)).Status
		}
		if old, now := basic(testkit.Password), basic("another password"); old != http.StatusUnauthorized || now != http.StatusOK {
			t.Errorf("the former password gets %d, the new one %d", old, now)
		}

		// A hold.
		v := s.Enter(testkit.Support)
		v.Poll()
		admin("PATCH", "settings", `{"holdSeconds":5}`)
		start := time.Now()
		if v.Poll(); time.Since(start) != 5*time.Second {
			t.Errorf("held for %v, expected 5 s", time.Since(start))
		}

		// The default queue: the lowest that is marked, else the lowest.
		queue := func() int64 {
			return testkit.Decode[consumer.RequestEngagementResponse](s, s.Send("POST", testkit.VisitorPath("requestEngagement"), "",
				"Authorization", "Bearer "+s.VisitorToken(`{}`))).QueueID
		}
		admin("PUT", "queues/1", `{"name":"Support","default":false}`)
		admin("PUT", "queues/5", `{"name":"Cards","default":true}`)
		if got := queue(); got != 5 {
			t.Errorf("a visitor for whom none was chosen enters queue %d, expected 5", got)
		}
		admin("PUT", "queues/5", `{"name":"Cards"}`)
		if got := queue(); got != 1 {
			t.Errorf("a visitor for whom none was chosen enters queue %d, expected 1", got)
		}
	})
}

// TestSiteWithoutAQueue: there is nowhere to wait.
func TestSiteWithoutAQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		admin := "Bearer " + s.AdminToken
		expectStatus(t, s.Send("PUT", "/usher/admin/v1/sites/cards", "", "Authorization", admin), http.StatusOK)
		expectStatus(t, s.Send("PUT", "/usher/admin/v1/sites/cards/accounts/1",
			fmt.Sprintf(`{"login":"ada","name":"Ada","password":%q}`, testkit.Password), "Authorization", admin), http.StatusOK)
		token := testkit.Decode[sites.EstablishSessionsResponse](s, s.Send("POST", "/sites/cards"+testkit.Bootstrap+"establishSessions", "",
			"Authorization", testkit.Basic("ada", testkit.Password))).ChannelToken
		refused := s.Send("POST", "/engagement/api/consumer/cards/v1/requestEngagement", "", "Authorization", "Bearer "+token)
		expectStatus(t, refused, http.StatusConflict)
		expectText(t, refused.Body, `"exceptionCode":"CONFLICT"`)
	})
}

// TestHealth: alive always, ready unless the journal refuses, and the demo's
// page data.
func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		s := testkit.New(t, testkit.Options{Journal: j})
		expect := func(path string, status int, body, retry string) {
			t.Helper()
			got := s.Send("GET", path, "")
			if diff := cmp.Diff([]string{fmt.Sprint(status), "application/json;charset=utf-8", retry, body},
				[]string{fmt.Sprint(got.Status), got.Header.Get("Content-Type"), got.Header.Get("Retry-After"), got.Body}); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		}
		v := s.Enter(testkit.Support)
		expect("/healthz", http.StatusOK, `{"status":"alive"}`+"\n", "")
		expect("/readyz", http.StatusOK, `{"status":"ready"}`+"\n", "")
		expect("/demo/site.json", http.StatusOK, fmt.Sprintf("{\"site\":\"demo\",\"widgetKey\":%q}\n", s.WidgetKey), "")
		for _, path := range []string{"/healthz", "/readyz", "/demo/site.json"} {
			got := s.Send("POST", path, "")
			expectStatus(t, got, http.StatusMethodNotAllowed)
			expectText(t, got.Header.Get("Allow"), "GET")
		}

		j.SetFull(true)
		refused := v.Call("postMessage", `{"body":"x"}`)
		expectStatus(t, refused, http.StatusServiceUnavailable)
		if refused.Header.Get("Retry-After") == "" {
			t.Error("503 without Retry-After")
		}
		ready := s.Send("GET", "/readyz", "")
		expectStatus(t, ready, http.StatusServiceUnavailable)
		expectText(t, ready.Body, `"status":"not ready"`)
		expect("/healthz", http.StatusOK, `{"status":"alive"}`+"\n", "")
		j.SetFull(false)
		time.Sleep(time.Minute) // the site probes by itself
		expect("/readyz", http.StatusOK, `{"status":"ready"}`+"\n", "")
		expectStatus(t, v.Call("postMessage", `{"body":"x"}`), http.StatusOK)
	})
}
