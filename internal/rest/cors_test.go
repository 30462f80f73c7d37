package rest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/api/consumer"
	"usher/internal/journal/memory"
	"usher/internal/rest"
	"usher/internal/testkit"
)

// foreign is an origin that no site of these tests lets in; page is one that does.
const foreign = "https://evil.example"

// pageHeaders are the headers that a visitor's page sends beside those that need no leave.
var pageHeaders = []string{"authorization", "content-type", "sessionid", "accept", "usher-ack", "usher-events"}

// preflight asks whether a page may call.
func preflight(s *testkit.Server, path, method, origin string) testkit.Answer {
	s.T.Helper()
	return s.Send("OPTIONS", path, "", "Origin", origin, "Access-Control-Request-Method", method, "Access-Control-Request-Headers", strings.Join(pageHeaders, ","))
}

// entriesOf answers the entries of a header, in small letters.
func entriesOf(a testkit.Answer, name string) []string {
	var entries []string
	for e := range strings.SplitSeq(a.Header.Get(name), ",") {
		if e = strings.ToLower(strings.TrimSpace(e)); e != "" {
			entries = append(entries, e)
		}
	}
	return entries
}

// letsIn checks that an answer lets a page of this origin read it.
func letsIn(t *testing.T, what string, a testkit.Answer, origin string) {
	t.Helper()
	if got := a.Header.Get("Access-Control-Allow-Origin"); got != origin {
		t.Errorf("%s: status %d, allowed origin %q, want %q", what, a.Status, got, origin)
	}
	if !slices.Contains(entriesOf(a, "Vary"), "origin") {
		t.Errorf("%s: Vary is %q: a cache would hand the answer to other pages", what, a.Header.Get("Vary"))
	}
	if got := a.Header.Get("Access-Control-Expose-Headers"); got != "Usher-Last, Usher-Post, Usher-Post-Time, Retry-After" {
		t.Errorf("%s: exposed are %q", what, got)
	}
	if got := a.Header.Get("Access-Control-Allow-Credentials"); got != "" {
		t.Errorf("%s: credentials are %q", what, got)
	}
}

// keepsOut checks that an answer tells a page nothing.
func keepsOut(t *testing.T, what string, a testkit.Answer) {
	t.Helper()
	for name := range a.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("%s: status %d with %s %q", what, a.Status, name, a.Header.Get(name))
		}
	}
}

// visitorPaths answers a path of every operation that visitors' pages call, the
// contract's and usher's own, with the methods that it is served with. They are taken
// from what is served, so that a new operation is among them.
func visitorPaths(t *testing.T) map[string][]string {
	t.Helper()
	paths := map[string][]string{}
	for _, route := range rest.Routes() {
		own := strings.HasPrefix(route, "/usher/consumer/{site}/v1/")
		if !own && !strings.HasPrefix(route, "/engagement/api/consumer/{site}/v1/") || strings.HasSuffix(route, "/") {
			continue
		}
		path := parameter.ReplaceAllString(strings.Replace(route, "{site}", testkit.SiteName, 1), "1")
		for _, o := range testkit.Operations() {
			if nameless(o.Path) == nameless(route) && o.Method != http.MethodOptions {
				paths[path] = append(paths[path], o.Method)
			}
		}
		if len(paths[path]) == 0 {
			t.Errorf("%s is served and not documented", route)
		}
	}
	needed := []string{"/usher/consumer/" + testkit.SiteName + "/v1/start"}
	for _, o := range visitorOperations {
		needed = append(needed, strings.TrimSuffix(testkit.VisitorPath(o.name), "?pool=1:1"))
	}
	for _, path := range needed {
		if paths[path] == nil {
			t.Errorf("%s is not among what is served", path)
		}
	}
	return paths
}

// TestPreflights: a page of an allowed origin may call every operation of visitors,
// with the headers that it needs; another may call none.
func TestPreflights(t *testing.T) {
	t.Parallel()
	s := testkit.New(t, testkit.Options{})
	set(t, s, `{"allowedOrigins":["http://localhost:3000","`+page+`"]}`)
	for path, methods := range visitorPaths(t) {
		for _, method := range methods {
			t.Run(method+" "+path, func(t *testing.T) {
				a := preflight(s, path, method, page)
				expectStatus(t, a, http.StatusNoContent)
				if a.Body != "" {
					t.Errorf("it has a body: %q", a.Body)
				}
				letsIn(t, "the preflight", a, page)
				allowed := entriesOf(a, "Access-Control-Allow-Methods")
				if method != http.MethodHead && !slices.Contains(allowed, strings.ToLower(method)) { // HEAD needs no leave
					t.Errorf("methods are %q, and it is served with %s", allowed, method)
				}
				for _, name := range []string{"get", "post", "options"} {
					if !slices.Contains(allowed, name) {
						t.Errorf("methods are %q, without %s", allowed, name)
					}
				}
				headers := entriesOf(a, "Access-Control-Allow-Headers")
				for _, name := range pageHeaders {
					if !slices.Contains(headers, name) {
						t.Errorf("headers are %q, without %s", headers, name)
					}
				}
				a = preflight(s, path, method, foreign)
				expectStatus(t, a, http.StatusNoContent)
				keepsOut(t, "another origin's preflight", a)
				keepsOut(t, "one without an origin", s.Send("OPTIONS", path, ""))
			})
		}
	}
}

// TestRefusalsThatPagesRead: a browser shows a page no answer without the allowed
// origin, so every refusal has it too; to other pages, and without one, none has.
func TestRefusalsThatPagesRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		s := testkit.New(t, testkit.Options{Journal: j})
		set(t, s, `{"allowedOrigins":["`+page+`"]}`)
		v, gone := s.Enter(testkit.Support), s.Enter(testkit.Support)
		expectStatus(t, gone.Call("concludeEngagement", ""), http.StatusOK)
		post := testkit.VisitorPath("postMessage")
		start := "/usher/consumer/" + testkit.SiteName + "/v1/start"
		for range 300 { // until the network's share is used up
			if s.Send("POST", start, `{"key":"`+s.WidgetKey+`"}`).Status == http.StatusTooManyRequests {
				break
			}
		}
		// strangers is what pages of other origins are answered.
		checkFrom := func(status, strangers int, method, path, body string, header ...string) {
			t.Helper()
			from := func(origin string) testkit.Answer {
				return s.Send(method, path, body, append(header, "Origin", origin)...)
			}
			what := method + " " + path
			a := from(page)
			expectStatus(t, a, status)
			if !json.Valid([]byte(a.Body)) {
				t.Errorf("%s: %d is no JSON: %q", what, status, a.Body)
			}
			letsIn(t, what, a, page)
			if retry := a.Header.Get("Retry-After"); (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) != (retry != "") {
				t.Errorf("%s: %d with Retry-After %q", what, status, retry)
			}
			for origin, status := range map[string]int{foreign: strangers, "null": strangers, "": status} {
				a := from(origin)
				expectStatus(t, a, status)
				keepsOut(t, what+" from "+origin, a)
			}
		}
		check := func(status int, method, path, body string, header ...string) {
			t.Helper()
			checkFrom(status, status, method, path, body, header...)
		}
		check(400, "POST", post, `{}`, "SessionId", v.Session)
		check(400, "POST", post, `[`, "SessionId", v.Session)
		check(400, "GET", testkit.VisitorPath("getQueueStats"), ``)
		check(403, "POST", post, `{"body":"x"}`, "SessionId", "undefined")
		check(403, "POST", testkit.VisitorPath("requestEngagement"), `{}`, "Authorization", "Bearer x")
		check(403, "POST", testkit.VisitorPath("getMessages"), ``)
		check(404, "POST", testkit.VisitorPath("nothing"), ``)
		check(404, "GET", "/usher/consumer/"+testkit.SiteName+"/v1/nothing", ``)
		check(405, "GET", post, ``)
		check(405, "DELETE", testkit.VisitorPath("getQueueStats"), ``)
		check(405, "GET", start, ``)
		checkFrom(403, 403, "GET", testkit.OwnPath("open")+"?key=x", ``)
		checkFrom(400, 403, "GET", testkit.OwnPath("open"), ``)
		checkFrom(400, 403, "POST", testkit.OwnPath("message"), `{"key":"`+s.WidgetKey+`"}`)
		check(405, "POST", testkit.OwnPath("open"), ``)
		check(403, "POST", testkit.OwnPath("seen"), `{"postNumber":1}`)
		check(400, "POST", testkit.OwnPath("page"), `{}`, "SessionId", v.Session)
		check(409, "POST", testkit.OwnPath("facts"), `{"firstName":"x"}`, "SessionId", gone.Session)
		check(409, "POST", post, `{"body":"x"}`, "SessionId", gone.Session)
		check(413, "POST", post, `{"body":"`+strings.Repeat("x", 16<<10+1)+`"}`, "SessionId", v.Session)
		check(413, "POST", post, strings.Repeat(" ", maxBody+1), "SessionId", v.Session)
		checkFrom(429, 403, "POST", start, `{"key":"`+s.WidgetKey+`"}`)

		j.SetFull(true)
		if a := v.Call("postMessage", `{"body":"x"}`); a.Status != http.StatusServiceUnavailable {
			t.Errorf("while the journal refuses: %d %s", a.Status, a.Body)
		}
		check(503, "POST", post, `{"body":"x"}`, "SessionId", v.Session)
		check(503, "POST", testkit.VisitorPath("concludeEngagement"), ``, "SessionId", v.Session)
		a := preflight(s, post, "POST", page)
		expectStatus(t, a, http.StatusNoContent)
		letsIn(t, "a preflight while the journal refuses", a, page)
		j.SetFull(false)
		time.Sleep(time.Minute) // in which the server, too, lets go of what it did not read
	})
}

// TestOriginsAtRunTime: who is let in is what the settings say now, for preflights,
// answers and refusals alike.
func TestOriginsAtRunTime(t *testing.T) {
	t.Parallel()
	s := testkit.New(t, testkit.Options{})
	v := s.Enter(testkit.Support)
	for _, list := range []struct {
		settings string
		allowed  []string
	}{
		{`["*"]`, []string{page, foreign, "null"}}, {`["` + page + `"]`, []string{page}}, {`["https://other.example","` + page + `"]`, []string{page}},
		{`[]`, nil}, {`["` + foreign + `"]`, []string{foreign}}, {`["` + page + `","*"]`, []string{page, foreign, "null"}}, {`["null"]`, []string{"null"}}, {`["*"]`, []string{page, foreign, "null"}},
	} {
		set(t, s, `{"allowedOrigins":`+list.settings+`}`)
		for _, origin := range []string{page, foreign, "null"} {
			for what, a := range map[string]testkit.Answer{
				"preflight": preflight(s, testkit.VisitorPath("activity"), "POST", origin),
				"answer":    s.Send("POST", testkit.VisitorPath("activity"), `{"mode":"LISTENING"}`, "Origin", origin, "SessionId", v.Session),
				"refusal":   s.Send("POST", testkit.VisitorPath("activity"), `{"mode":"LISTENING"}`, "Origin", origin),
			} {
				what += " from " + origin + ", allowed are " + list.settings
				if slices.Contains(list.allowed, origin) {
					letsIn(t, what, a, origin)
				} else {
					keepsOut(t, what, a)
				}
			}
		}
	}
}

// TestOriginsOfTwoSites: each site has its own list.
func TestOriginsOfTwoSites(t *testing.T) {
	t.Parallel()
	s := testkit.New(t, testkit.Options{})
	set(t, s, `{"allowedOrigins":["`+page+`"]}`)
	admin := func(method, path, body string) {
		t.Helper()
		expectStatus(t, s.Send(method, "/usher/admin/v1/sites/second"+path, body, "Authorization", "Bearer "+s.AdminToken), http.StatusOK)
	}
	const other = "https://second.example"
	admin("PUT", "", "")
	admin("PATCH", "/settings", `{"allowedOrigins":["`+other+`"]}`)
	for name, allowed := range map[string]string{testkit.SiteName: page, "second": other} {
		path := strings.Replace(testkit.VisitorPath("getMessages"), "/"+testkit.SiteName+"/", "/"+name+"/", 1)
		for _, origin := range []string{page, other, foreign} {
			for what, a := range map[string]testkit.Answer{"preflight": preflight(s, path, "POST", origin), "refusal": s.Send("POST", path, "", "Origin", origin)} {
				if what += " of " + name + " from " + origin; origin == allowed {
					letsIn(t, what, a, origin)
				} else {
					keepsOut(t, what, a)
				}
			}
		}
	}
}

// TestOriginsThatLookAlike: an origin is let in as a whole, not for a part of it.
func TestOriginsThatLookAlike(t *testing.T) {
	t.Parallel()
	s := testkit.New(t, testkit.Options{})
	set(t, s, `{"allowedOrigins":["`+page+`"]}`)
	for _, origin := range []string{
		"http://shop.example", "https://shop.example:8443", "https://shop.example.evil.example", "https://evil-shop.example", "https://a.shop.example",
		"https://shop.example@evil.example", "https://shop.example/", "https://shop.example, https://evil.example", "https://shop.examplee", "*", "null", "undefined",
	} {
		keepsOut(t, origin, preflight(s, testkit.VisitorPath("postMessage"), "POST", origin))
		keepsOut(t, origin, s.Send("POST", testkit.VisitorPath("postMessage"), "", "Origin", origin))
	}
	letsIn(t, page, preflight(s, testkit.VisitorPath("postMessage"), "POST", page), page)
}

// TestOriginsAsPeopleWriteThem: browsers write an origin in one way alone, in small
// letters and without a path. An entry that is written otherwise is understood or
// refused: what is silently never true leaves an administrator in the dark.
func TestOriginsAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	s := testkit.New(t, testkit.Options{})
	for _, entry := range []string{
		"https://Shop.Example", "HTTPS://shop.example", "https://shop.example/", " https://shop.example ", "https://shop.example:443", "https://shop.example/chat", "shop.example",
	} {
		list, err := json.Marshal(map[string][]string{"allowedOrigins": {entry}})
		if err != nil {
			t.Fatal(err)
		}
		a := patchSettings(s, string(list))
		if a.Status == http.StatusBadRequest {
			expectText(t, a.Body, "allowedOrigins")
			continue
		}
		expectStatus(t, a, http.StatusOK)
		if got := preflight(s, testkit.VisitorPath("postMessage"), "POST", page).Header.Get("Access-Control-Allow-Origin"); got != page {
			t.Errorf("the entry %q was taken, and lets no page in: %s is answered %q", entry, page, got)
		}
	}
}

// TestLoopOfAPageThroughAnOutage: the retrieval loop of a page goes on while the site
// cannot write: each answer has the header, also of the retrieval that was open when
// it began, and what comes afterwards arrives.
func TestLoopOfAPageThroughAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		s := testkit.New(t, testkit.Options{Journal: j})
		set(t, s, `{"allowedOrigins":["`+page+`"]}`)
		a, v := s.Chat("ada")
		retrieve := func() (testkit.Answer, error) {
			return s.TrySend("POST", testkit.VisitorPath("getMessages"), "", "SessionId", v.Session, "Origin", page)
		}
		answered := func(what string, held func() testkit.Answer, want ...string) {
			t.Helper()
			answer := held()
			letsIn(t, what, answer, page)
			expectKinds(t, visitorKinds(testkit.Decode[consumer.GetMessagesResponse](s, answer)), want...)
		}
		answered("before", parked(t, retrieve), "ParticipantAdded")
		open := parked(t, retrieve)
		time.Sleep(10 * time.Second)
		j.SetFull(true)
		expectStatus(t, a.Call("postMessage", testkit.AgentPost(v.Engagement, "lost")), http.StatusServiceUnavailable)
		answered("open when it began", open)
		for range 3 {
			start := time.Now()
			answered("during", parked(t, retrieve))
			if took := time.Since(start); took < 29*time.Second {
				t.Errorf("held for %v", took)
			}
		}
		open = parked(t, retrieve)
		j.SetFull(false)
		time.Sleep(5 * time.Second)
		a.Post(v.Engagement, "here again")
		answered("afterwards", open, "MessagePosted here again")
	})
}
