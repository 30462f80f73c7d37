package rest_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/api/sites"
	"usher/internal/testkit"
)

var pathParameter = regexp.MustCompile(`\{\w+\}`)

// adminOperations lists the documented operations of administration, those of one
// site only.
func adminOperations(t *testing.T) []*testkit.Operation {
	t.Helper()
	ops := slices.DeleteFunc(slices.Clone(testkit.Operations()), func(o *testkit.Operation) bool {
		return !strings.HasPrefix(o.Path, "/usher/admin/v1/sites/{site}")
	})
	if len(ops) < 30 {
		t.Fatalf("only %d operations are documented", len(ops))
	}
	return ops
}

// address answers an operation's path at a site, below it.
func address(o *testkit.Operation) string {
	return pathParameter.ReplaceAllString(strings.TrimPrefix(o.Path, "/usher/admin/v1/sites/{site}"), "1")
}

// withSupervisor is a server whose site has a supervisor, sue.
func withSupervisor(t *testing.T) (c caller, sue caller) {
	t.Helper()
	c = administer(testkit.New(t, testkit.Options{}))
	c.ok("PUT", "/accounts/16", fmt.Sprintf(`{"login":"sue","name":"Sue","password":%q,"supervisor":true}`, testkit.Password))
	return c, c.as("sue")
}

// TestWhoMayAdminister: every operation at a site takes the admin token, or the
// log-in of one of the site's supervisors; nothing else gets past it, and whoever
// has neither cannot tell a site that is there from one that is not.
func TestWhoMayAdminister(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, sue := withSupervisor(t)
		of(c, "cards").ok("PUT", "/accounts/13", `{"login":"sue","name":"Sue","password":"another password","supervisor":true}`)
		denied := map[string]bool{}
		for i, o := range adminOperations(t) {
			path := address(o)
			refused := func(status int, c caller, says string) testkit.Answer {
				t.Helper()
				before := c.Position()
				a := c.send(o.Method, path, "[") // who is refused learns nothing of the body either
				c.refusal(status, o.Method, path, "[", a, says)
				if now := c.Position(); now != before {
					t.Errorf("%s %s: %d events were recorded", o.Method, path, now-before)
				}
				both := slices.Equal(a.Header["Www-Authenticate"], []string{`Bearer realm="usher"`, `Basic realm="usher", charset="UTF-8"`})
				if both != (status == http.StatusUnauthorized) {
					t.Errorf("%s %s: status %d with WWW-Authenticate %q", o.Method, path, status, a.Header["Www-Authenticate"])
				}
				time.Sleep(5 * time.Second) // wrong log-ins are counted
				return a
			}
			nobody := c
			nobody.authorization = ""
			refused(http.StatusUnauthorized, nobody, "admin token")
			refused(http.StatusForbidden, c.as("ada"), "no supervisor")
			// Each of these costs the computation of a password, so they take turns.
			// sue has her password at demo alone.
			stranger := []caller{c, c, sue.of("cards"), sue.of("nowhere")}[i%4]
			if i%4 < 2 {
				stranger.authorization = testkit.Basic([]string{"sue", "nobody"}[i%4], "wrong")
			}
			denied[refused(http.StatusUnauthorized, stranger, "the login or the password is wrong").Body] = true
			if path == "" && o.Method == "PUT" {
				refused(http.StatusForbidden, sue, "only the admin token makes sites")
				continue
			}
			if path == "/keys" {
				refused(http.StatusForbidden, sue, "only the admin token reads a site's keys")
				continue
			}
			if a := sue.send(o.Method, path, "["); a.Status != http.StatusBadRequest { // past the door, at the body
				t.Errorf("%s %s by a supervisor: %d %s", o.Method, path, a.Status, a.Body)
			}
		}
		if len(denied) != 1 {
			t.Errorf("strangers can tell from the answers where they are: %v", denied)
		}
	})
}

// TestListOfSites: it is for the admin token alone, and in order.
func TestListOfSites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, sue := withSupervisor(t)
		of(c, "zoo")
		of(c, "cards")
		const list = "/usher/admin/v1/sites"
		a := c.Send("GET", list, "", "Authorization", c.authorization)
		if want := `{"sites":[{"site":"cards","owner":"n1"},{"site":"demo","owner":"n1"},{"site":"zoo","owner":"n1"}]}` + "\n"; a.Body != want {
			t.Errorf("got %s, want %s", a.Body, want)
		}
		for _, authorization := range []string{"", sue.authorization, testkit.Basic("ada", testkit.Password), "Bearer wrong"} {
			a := c.Send("GET", list, "", "Authorization", authorization)
			c.refusal(http.StatusUnauthorized, "GET", list, "", a, "admin token")
			if challenge := a.Header["Www-Authenticate"]; !slices.Equal(challenge, []string{`Bearer realm="usher"`}) {
				t.Errorf("WWW-Authenticate %q: a log-in is of no use here", challenge)
			}
		}
		for _, method := range []string{"PUT", "POST", "DELETE", "PATCH"} {
			a := c.Send(method, list, "", "Authorization", c.authorization)
			c.refusal(http.StatusMethodNotAllowed, method, list, "", a, "use GET")
		}
	})
}

// TestSupervisorDoesAll: what a supervisor may do works, and bears her login.
func TestSupervisorDoesAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, sue := withSupervisor(t)
		start := decoded[sites.Audit](t, c.ok("GET", "/audit?limit=1000", ""))
		last := start.Changes[len(start.Changes)-1].Number
		sue.ok("GET", "", "")
		sue.ok("PATCH", "/settings", `{"holdSeconds":20}`)
		for _, d := range everyKind() {
			sue.ok("PUT", fmt.Sprintf("/%s/%d", d.path, d.id), d.whole)
		}
		sue.ok("PUT", "/rules", `{"enter":[{"name":"all","queue":1}]}`)
		sue.ok("DELETE", "/accounts/21", "")
		v := c.Enter(testkit.Support)
		sue.ok("POST", fmt.Sprintf("/engagements/%d/eject", v.Engagement), "")
		for _, path := range []string{"/settings", "/rules", "/audit", "/engagements", "/standing"} {
			sue.ok("GET", path, "")
		}
		changes := decoded[sites.Audit](t, sue.ok("GET", fmt.Sprintf("/audit?after=%d", last), "")).Changes
		var what []string
		for _, x := range changes {
			if what = append(what, x.What); x.By != "sue" {
				t.Errorf("%s was changed by %q", x.What, x.By)
			}
		}
		if got := strings.Join(what, " "); got != "settings hours/4 queue/7 profile/5 group/3 interface/2 account/21 rules account/21" {
			t.Errorf("the log has %s", got)
		}
	})
}

// TestSupervisorNoMore: who is made an ordinary account again, is removed or gets
// another password is out at once.
func TestSupervisorNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, sue := withSupervisor(t)
		sue.ok("GET", "/audit", "")
		c.ok("PUT", "/accounts/16", `{"login":"sue","name":"Sue"}`)
		sue.refused(http.StatusForbidden, "GET", "/audit", "", "no supervisor")
		c.ok("PUT", "/accounts/16", `{"login":"sue","name":"Sue","supervisor":true}`)
		sue.ok("GET", "/audit", "")
		c.ok("PUT", "/accounts/16", `{"login":"sue","name":"Sue","supervisor":true,"password":"another password"}`)
		sue.refused(http.StatusUnauthorized, "GET", "/audit", "")
		c.ok("PUT", "/accounts/16", fmt.Sprintf(`{"login":"sue","name":"Sue","supervisor":true,"password":%q}`, testkit.Password))
		sue.ok("GET", "/audit", "")
		c.ok("DELETE", "/accounts/16", "")
		sue.refused(http.StatusUnauthorized, "GET", "/audit", "")

		// Nobody passes for the admin token in the audit log.
		c.refused(http.StatusBadRequest, "PUT", "/accounts/17", `{"login":"admin","name":"Al","supervisor":true}`, `login: "admin"`)
		c.ok("PUT", "/accounts/17", `{"login":"admin","name":"Al"}`)
	})
}

// TestSupervisorsPace: wrong passwords count as those of the bootstrap, and with them.
func TestSupervisorsPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, sue := withSupervisor(t)
		wrong := func(n int) string { return testkit.Basic("sue", fmt.Sprint("wrong ", n)) }
		for n := range 5 {
			expectStatus(t, c.Send("POST", testkit.Bootstrap+"agentTokens", "", "Authorization", wrong(n)), http.StatusUnauthorized)
			sue.authorization = wrong(n + 5)
			expectStatus(t, sue.send("GET", "/audit", ""), http.StatusUnauthorized)
		}
		a := sue.send("GET", "/audit", "")
		c.refusal(http.StatusTooManyRequests, "GET", "/audit", "", a, "too many")
		if a.Header.Get("Retry-After") != "2" {
			t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
		}
		expectStatus(t, sue.of("nowhere").send("GET", "/audit", ""), http.StatusTooManyRequests)
		c.ok("GET", "/audit", "") // the token waits for nobody
		time.Sleep(2 * time.Second)
		c.as("sue").ok("GET", "/audit", "")
	})
}

// TestPagesOfOthers: a page of another origin cannot use the log-in that a browser
// remembers.
func TestPagesOfOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, sue := withSupervisor(t)
		v := c.Enter(testkit.Support)
		eject := fmt.Sprintf("/usher/admin/v1/sites/demo/engagements/%d/eject", v.Engagement)
		for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
			a := c.Send("POST", eject, "", "Authorization", sue.authorization, header[0], header[1])
			c.refusal(http.StatusForbidden, "POST", eject, "", a, "another origin")
		}
		expectText(t, c.ok("GET", "/engagements", ""), `"state":"QUEUED"`)
		expectStatus(t, c.Send("POST", eject, "", "Authorization", sue.authorization, "Sec-Fetch-Site", "same-origin"), http.StatusOK)
	})
}
