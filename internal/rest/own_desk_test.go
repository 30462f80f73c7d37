package rest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api/agent"
	"usher/api/consumer"
	"usher/api/sites"
	"usher/internal/site"
	"usher/internal/testkit"
)

// browser is a page's program: it has a cookie, and says where it stands.
type browser struct {
	*testkit.Server
	cookie string   // as it is sent
	says   []string // headers of a browser's own
}

// sameOrigin is what a browser says of a page of the same origin.
var sameOrigin = []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors"}

func (b browser) send(method, path, body string, more ...string) testkit.Answer {
	b.T.Helper()
	return b.Send(method, path, body, slices.Concat([]string{"Cookie", b.cookie}, b.says, more)...)
}

func (b browser) admin(method, path, body string) testkit.Answer {
	b.T.Helper()
	return b.send(method, "/usher/admin/v1/sites/"+testkit.SiteName+path, body)
}

func deskPath(operation string) string {
	return "/usher/agent/" + testkit.SiteName + "/v1/" + operation
}

func credentials(login, password string) string {
	return fmt.Sprintf(`{"login":%q,"password":%q}`, login, password)
}

// logIn answers a browser in which an account is logged in.
func logIn(s *testkit.Server, login string) browser {
	s.T.Helper()
	a := s.Send("POST", deskPath("logIn"), credentials(login, testkit.Password), sameOrigin...)
	testkit.Decode[agent.Desk](s, a)
	return browser{s, cookies(s, a)[0].String(), sameOrigin}
}

// cookies answers what an answer sets, each as it is sent back.
func cookies(s *testkit.Server, a testkit.Answer) []*http.Cookie {
	s.T.Helper()
	all := (&http.Response{Header: a.Header}).Cookies()
	for i, c := range all {
		all[i] = &http.Cookie{Name: c.Name, Value: c.Value}
	}
	return all
}

// TestDesk: what a page is told when an account logs in, and again with the cookie.
func TestDesk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		c.ok("PUT", "/profiles/5", `{"name":"Calls","queues":[1],"pull":true,"places":7,"allowDecline":false}`)
		c.ok("PUT", "/accounts/16", fmt.Sprintf(`{"login":"sue","name":"Sue","password":%q,"supervisor":true,"profile":5}`, testkit.Password))
		testkit.Do(s, func(x *site.Site) (site.Settings, error) {
			n := x.CurrentSettings()
			n.Results, n.GoalSeconds, n.GoalPercent, n.NoticeText, n.SneakPreview = []site.WrapUpResult{{ID: 4, Name: "Solved"}}, 30, 90, true, true
			n.Files = site.FileRules{MaxBytes: 1 << 20, Types: []string{"image/png"}}
			return x.Admin("test").ChangeSettings(n)
		})
		a := s.Send("POST", deskPath("logIn"), credentials("sue", testkit.Password), sameOrigin...)
		got := testkit.Decode[agent.Desk](s, a)
		set := testkit.Do(s, func(x *site.Site) (site.Settings, error) { return x.CurrentSettings(), nil })
		now := time.Now().UnixMilli()
		want := agent.Desk{
			Site: "demo", AccountID: 16, AccountIDString: "16", Login: "sue", Name: "Sue", Supervisor: true, Pull: true, NoDecline: true, Places: 7,
			Results: []agent.Result{{ID: 4, Name: "Solved"}}, OfferSeconds: set.OfferSeconds, AbsentSeconds: set.AbsentSeconds,
			HoldSeconds: set.HoldSeconds, IdleSeconds: set.IdleSeconds, WrapUpSeconds: set.WrapUpSeconds, GoalSeconds: 30, GoalPercent: 90,
			SneakPreview: true, NoticeText: true, Files: consumer.FilesAllowed{Allowed: true, MaxBytes: 1 << 20, Types: []string{"image/png"}},
			Time: now, TimeString: fmt.Sprint(now), StatusReasons: got.StatusReasons, Queues: got.Queues,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if len(got.StatusReasons) != len(set.StatusReasons) || len(got.StatusReasons) == 0 || got.StatusReasons[0].Name != set.StatusReasons[0].Name ||
			len(got.Queues) < 2 || got.Queues[0].QueueID != 1 || got.Queues[0].Name == "" {
			t.Errorf("the lists: %v, %v", got.StatusReasons, got.Queues)
		}
		if got := a.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control %q", got)
		}
		cookie := (&http.Response{Header: a.Header}).Cookies()[0]
		if cookie.Name != "usher-desk-demo" || !cookie.HttpOnly || cookie.Secure || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.MaxAge != 12*3600 || cookie.Domain != "" {
			t.Errorf("the cookie: %+v", cookie)
		}
		again := testkit.Decode[agent.Desk](s, browser{s, cookies(s, a)[0].String(), sameOrigin}.send("GET", deskPath("logIn"), ""))
		if diff := cmp.Diff(want, again); diff != "" {
			t.Errorf("with the cookie (-want +got):\n%s", diff)
		}
		ada := testkit.Decode[agent.Desk](s, s.Send("POST", deskPath("logIn"), credentials("ada", testkit.Password)))
		if ada.Supervisor || ada.Places != site.PushCapacity || ada.AccountID != testkit.Ada {
			t.Errorf("ada: %+v", ada)
		}
		if strings.Contains(s.Logs.String(), cookie.Value) || strings.Contains(s.Logs.String(), testkit.Password) {
			t.Error("the log has a secret")
		}
	})
}

// TestDeskCookieIsSecure: over https the cookie never leaves it.
func TestDeskCookieIsSecure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		for origin, secure := range map[string]bool{"": false, s.URL: false, strings.Replace(s.URL, "http:", "https:", 1): true} {
			for _, operation := range []string{"logIn", "logOut"} {
				a := s.Send("POST", deskPath(operation), credentials("ada", testkit.Password), "Origin", origin)
				expectStatus(t, a, http.StatusOK)
				if got := strings.Contains(a.Header.Get("Set-Cookie"), "; Secure"); got != secure {
					t.Errorf("%s from %q: %s", operation, origin, a.Header.Get("Set-Cookie"))
				}
			}
		}
	})
}

// TestLogInIsRefused: a wrong log-in, a bad request, a page of another origin, another
// site. Wrong ones are slowed down as they are elsewhere, and nothing is recorded.
func TestLogInIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		before := s.Position()
		in := credentials("ada", testkit.Password)
		refused := func(status int, says, method, path, body string, headers ...string) {
			t.Helper()
			a := s.Send(method, path, body, headers...)
			expectStatus(t, a, status)
			expectText(t, a.Body, says)
			if a.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s sets a cookie", body)
			}
			if challenge := a.Header.Get("WWW-Authenticate"); (challenge != "") != (status == http.StatusUnauthorized) || strings.Contains(challenge, "Basic") {
				t.Errorf("%d with the challenge %q", status, challenge)
			}
		}
		const wrong = "the login or the password is wrong"
		refused(401, wrong, "POST", deskPath("logIn"), credentials("ada", "wrong"))
		refused(401, wrong, "POST", deskPath("logIn"), credentials("nobody", testkit.Password))
		refused(401, wrong, "POST", deskPath("logIn"), credentials("", testkit.Password))
		refused(401, wrong, "POST", deskPath("logIn"), credentials("ada", ""))
		for body, says := range map[string]string{
			``: "login is missing", `{"password":"x"}`: "login is missing", `{"login":"ada"}`: "password is missing", `{"login":7,"password":"x"}`: "login",
			`{"login":"ada","password":["x"]}`: "password", `{"login":null,"password":"x"}`: "login is missing", `[]`: "not a JSON object", `{`: "not a JSON object", "{\"login\":\"\xff\"}": "UTF-8",
		} {
			refused(400, says, "POST", deskPath("logIn"), body)
		}
		refused(413, "bytes", "POST", deskPath("logIn"), strings.Repeat(" ", maxBody+1))
		time.Sleep(time.Minute) // for the connection, which lingers
		refused(404, "no such site", "POST", "/usher/agent/nowhere/v1/logIn", in)
		refused(404, "no such site", "POST", "/usher/agent/nowhere/v1/logOut", "")
		refused(404, "no such site", "GET", "/usher/agent/nowhere/v1/logIn", "")
		for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS"} {
			refused(405, "use GET, POST", method, deskPath("logIn"), in)
			refused(405, "use POST", method, deskPath("logOut"), "")
		}
		expectStatus(t, s.Send("HEAD", deskPath("logIn"), ""), 405)
		for _, from := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://elsewhere.example"}, {"Origin", "null"},
			{"Sec-Fetch-Site", "cross-site", "Origin", s.URL},
		} {
			for _, x := range [][]string{{"POST", "logIn"}, {"GET", "logIn"}, {"POST", "logOut"}} {
				refused(403, "another origin", x[0], deskPath(x[1]), in, from...)
			}
		}
		refused(401, "log in", "GET", deskPath("logIn"), "")
		if now := s.Position(); now != before {
			t.Errorf("%d events were recorded", now-before)
		}
		for range 100 { // as many as it takes
			if a := s.Send("POST", deskPath("logIn"), credentials("ada", "wrong")); a.Status == http.StatusTooManyRequests {
				if a.Header.Get("Retry-After") == "" {
					t.Error("no Retry-After")
				}
				return
			}
		}
		t.Error("a hundred wrong passwords were computed without a pause")
	})
}

// TestCookieInPlaceOfPassword: with it a page gets an agent's token, and a supervisor's
// page administers, under the supervisor's name.
func TestCookieInPlaceOfPassword(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := withSupervisor(t)
		s := c.Server
		ada, sue := logIn(s, "ada"), logIn(s, "sue")
		tokens := testkit.Bootstrap + "agentTokens"
		token := testkit.Decode[sites.AgentToken](s, ada.send("POST", tokens, "", "OSvC-CREST-Application-Context", "console")).SessionToken
		on := testkit.Decode[agent.CreateAutomatedAgentSessionResponse](s, s.Send("POST", testkit.AgentPath("createAutomatedAgentSession"), "", "Authorization", "Bearer "+token))
		if on.ChatLogonResult.AccountID != testkit.Ada {
			t.Errorf("the token is account %d's", on.ChatLogonResult.AccountID)
		}
		expectStatus(t, ada.send("POST", "/sites/demo"+tokens, ""), http.StatusOK)
		expectStatus(t, ada.send("POST", tokens, "", "OSvC-CREST-Application-Context", strings.Repeat("x", 41)), http.StatusBadRequest)
		expectStatus(t, ada.send("POST", tokens, "", "Authorization", testkit.Basic("ada", "wrong")), http.StatusUnauthorized) // which counts
		for _, path := range []string{"establishSessions", "serviceSettings/1"} {                                              // are no page's of ours
			method := map[bool]string{true: "POST", false: "GET"}[path == "establishSessions"]
			expectStatus(t, ada.send(method, testkit.Bootstrap+path, ""), http.StatusUnauthorized)
		}
		set(t, s, `{"requireContext":true}`)
		a := ada.send("POST", tokens, "")
		expectStatus(t, a, http.StatusBadRequest)
		expectText(t, a.Body, "this site demands it")

		for _, path := range []string{"", "/settings", "/accounts", "/standing", "/audit"} {
			expectStatus(t, sue.admin("GET", path, ""), http.StatusOK)
			a := ada.admin("GET", path, "")
			expectStatus(t, a, http.StatusForbidden)
			expectText(t, a.Body, "no supervisor")
		}
		expectStatus(t, sue.admin("PUT", "/queues/9", `{"name":"New"}`), http.StatusOK)
		audit := testkit.Decode[sites.Audit](s, sue.admin("GET", "/audit?limit=1000", ""))
		if last := audit.Changes[len(audit.Changes)-1]; last.By != "sue" || last.What != "queue/9" {
			t.Errorf("the audit log has %q of %q", last.What, last.By)
		}
		expectStatus(t, sue.admin("GET", "/keys", ""), http.StatusForbidden)
		expectStatus(t, sue.admin("PUT", "", ""), http.StatusForbidden)
		expectStatus(t, sue.send("GET", "/usher/admin/v1/sites", ""), http.StatusUnauthorized)

		for _, from := range []string{"cross-site", "same-site"} {
			there := browser{s, sue.cookie, []string{"Sec-Fetch-Site", from}}
			before := s.Position()
			for _, a := range []testkit.Answer{there.admin("GET", "/settings", ""), there.admin("PUT", "/queues/9", `{"name":"Evil"}`), there.send("POST", tokens, ""), there.send("GET", deskPath("logIn"), "")} {
				expectStatus(t, a, http.StatusForbidden)
				expectText(t, a.Body, "another origin")
			}
			if s.Position() != before {
				t.Errorf("a %s page changed something", from)
			}
		}
	})
}

// TestCookieEnds: after twelve hours, with the password, with the login, with the
// account, and with the rights of a supervisor; at another site it is nothing.
func TestCookieEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := withSupervisor(t)
		s := c.Server
		account := func(more string) {
			t.Helper()
			c.ok("PUT", "/accounts/16", `{"name":"Sue",`+more+`}`)
		}
		password := fmt.Sprintf(`"password":%q`, testkit.Password)
		over := func(why string, b browser) {
			t.Helper()
			for _, a := range []testkit.Answer{b.send("GET", deskPath("logIn"), ""), b.send("POST", "/sites/demo"+testkit.Bootstrap+"agentTokens", ""), b.admin("GET", "/settings", "")} {
				if a.Status != http.StatusUnauthorized || !strings.Contains(a.Body, "log in with login and password") || strings.Contains(strings.Join(a.Header["Www-Authenticate"], " "), "Basic") {
					t.Errorf("%s: %d %s, asked by %q", why, a.Status, a.Body, a.Header["Www-Authenticate"])
				}
			}
		}
		good := func(b browser) {
			t.Helper()
			for _, a := range []testkit.Answer{b.send("GET", deskPath("logIn"), ""), b.admin("GET", "/settings", "")} {
				expectStatus(t, a, http.StatusOK)
			}
		}
		sue, agents := logIn(s, "sue"), s.AgentToken("ada")
		time.Sleep(12*time.Hour - time.Second)
		good(sue)
		time.Sleep(10 * time.Second)
		over("after twelve hours", sue)

		sue = logIn(s, "sue")
		account(`"login":"sue","supervisor":true`) // which changes nothing
		good(sue)
		account(`"login":"sue","supervisor":false`)
		expectStatus(t, sue.send("GET", deskPath("logIn"), ""), http.StatusOK)
		expectStatus(t, sue.admin("GET", "/settings", ""), http.StatusForbidden)
		account(`"login":"sue","supervisor":true,"password":"another password"`)
		over("after another password", sue)
		account(`"login":"sue","supervisor":true,` + password)
		over("after the same password anew", sue) // whoever had the cookie must not come back
		sue = logIn(s, "sue")
		account(`"login":"susan","supervisor":true`)
		over("under another login", sue)
		account(`"login":"sue","supervisor":true`)
		good(sue)

		of(c, "cards").ok("PUT", "/accounts/16", fmt.Sprintf(`{"login":"sue","name":"Sue",%s,"supervisor":true}`, password))
		expectStatus(t, sue.send("GET", "/usher/admin/v1/sites/cards/settings", ""), http.StatusUnauthorized)
		expectStatus(t, sue.send("GET", "/usher/agent/cards/v1/logIn", ""), http.StatusUnauthorized)
		_, value, _ := strings.Cut(sue.cookie, "=")
		renamed := browser{s, "usher-desk-cards=" + value, sameOrigin}
		missing := browser{s, "usher-desk-nowhere=" + value, sameOrigin}
		here := renamed.send("GET", "/usher/admin/v1/sites/cards/settings", "")
		nowhere := missing.send("GET", "/usher/admin/v1/sites/nowhere/settings", "")
		if here.Status != http.StatusUnauthorized || here.Status != nowhere.Status || here.Body != nowhere.Body {
			t.Errorf("a stranger can tell a site that is there: %s %s", here.Body, nowhere.Body)
		}
		both := logInAt(s, "cards", "sue")
		both.cookie += "; " + sue.cookie // a browser has both
		good(both)
		expectStatus(t, both.send("GET", "/usher/agent/cards/v1/logIn", ""), http.StatusOK)

		c.ok("DELETE", "/accounts/16", "")
		over("without the account", sue)
		account(`"login":"sue","supervisor":true,` + password)
		over("of another account with that id", sue)
		for _, value := range []string{"", "x", "a.b.c", strings.Repeat("x", 7000), value[:len(value)-3], agents} {
			over("with "+fmt.Sprintf("%.20q", value), browser{s, "usher-desk-demo=" + value, sameOrigin})
		}
	})
}

func logInAt(s *testkit.Server, name, login string) browser {
	s.T.Helper()
	a := s.Send("POST", "/usher/agent/"+name+"/v1/logIn", credentials(login, testkit.Password))
	testkit.Decode[agent.Desk](s, a)
	return browser{s, cookies(s, a)[0].String(), sameOrigin}
}

// TestLogOut: the cookie is taken away, with one and without.
func TestLogOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		for _, b := range []browser{logIn(s, "ada"), {Server: s}} {
			a := b.send("POST", deskPath("logOut"), "")
			expectStatus(t, a, http.StatusOK)
			cookie := (&http.Response{Header: a.Header}).Cookies()[0]
			if a.Body != "{}\n" || cookie.Name != "usher-desk-demo" || cookie.Value != "" || cookie.MaxAge != -1 || cookie.Path != "/" || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode {
				t.Errorf("%s, and the cookie %+v", a.Body, cookie)
			}
		}
	})
}

// TestNoBrowserAsksOverAPage: a 401 that a page's program gets asks for nothing that a
// browser would ask its user for itself.
func TestNoBrowserAsksOverAPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		for _, path := range []string{"/usher/admin/v1/sites/demo/settings", testkit.Bootstrap + "serviceSettings/1"} {
			for mode, basic := range map[string]bool{"": true, "navigate": true, "cors": false, "same-origin": false} {
				a := s.Send("GET", path, "", "Sec-Fetch-Mode", mode)
				expectStatus(t, a, http.StatusUnauthorized)
				challenges := strings.Join(a.Header["Www-Authenticate"], " ")
				if challenges == "" || strings.Contains(challenges, "Basic") != basic {
					t.Errorf("%s with the mode %q: %q", path, mode, challenges)
				}
			}
		}
	})
}

// TestDeskInAPool: it is the same cookie at every node.
func TestDeskInAPool(t *testing.T) {
	inPool(t, 3, func(t *testing.T, p *testkit.Pool) {
		s := p.Round() // each request goes to another node than the last
		administer(s).ok("PUT", "/accounts/16", fmt.Sprintf(`{"login":"sue","name":"Sue","password":%q,"supervisor":true}`, testkit.Password))
		sue := logIn(s, "sue")
		for range 4 {
			expectStatus(t, sue.send("GET", deskPath("logIn"), ""), http.StatusOK)
			expectStatus(t, sue.send("POST", testkit.Bootstrap+"agentTokens", ""), http.StatusOK)
			expectStatus(t, sue.admin("GET", "/standing", ""), http.StatusOK)
		}
		if a := sue.send("POST", deskPath("logOut"), ""); a.Status != http.StatusOK || a.Header.Get("Set-Cookie") == "" {
			t.Errorf("%d %v", a.Status, a.Header)
		}
	})
}
