package rest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/site"
	"usher/internal/testkit"
)

// defined is a kind of thing that is defined by an id, with what it is made of.
type defined struct {
	path string // of the list
	id   int64
	// whole names every member, with values that are not the defaults; all is what
	// is answered to it.
	whole, all string
	// least names only what is required; standard is what is answered to it.
	least, standard string
}

const servesNothing = `"queues":[],"allQueues":false,"except":[],"pull":false,"places":0,"policy":"FIRST_DUE","allowDecline":true,"autoDecline":true`

// everyKind has a definition of each kind, in an order in which they can be made.
func everyKind() []defined {
	const serving = `"queues":[1,2],"allQueues":true,"except":[2],"pull":true,"places":3,"policy":"STRICT_PRIORITY","allowDecline":false,"autoDecline":false`
	return []defined{
		{
			"hours", 4,
			`{"name":"Office","zone":"Europe/Vienna","week":[{"day":"MON","from":"08:00","to":"12:00"},{"day":"MON","from":"13:00","to":"24:00"}],` +
				`"holidays":[{"name":"Eve","date":"12-24","open":[{"from":"09:00","to":"12:00"}]},{"name":"Christmas","date":"2026-12-25"}]}`,
			`{"hoursId":4,"name":"Office","zone":"Europe/Vienna","week":[{"day":"MON","from":"08:00","to":"12:00"},{"day":"MON","from":"13:00","to":"24:00"}],` +
				`"holidays":[{"name":"Eve","date":"12-24","open":[{"from":"09:00","to":"12:00"}]},{"name":"Christmas","date":"2026-12-25","open":[]}]}`,
			`{"name":"Never","zone":"UTC"}`, `{"hoursId":4,"name":"Never","zone":"UTC","week":[],"holidays":[]}`,
		},
		{
			"queues", 7,
			`{"name":"Cards","default":true,"rank":-3,"hours":4,"maxWaiting":50,"overflowSeconds":120,"overflowQueue":1}`,
			`{"queueId":7,"name":"Cards","default":true,"rank":-3,"hours":4,"maxWaiting":50,"overflowSeconds":120,"overflowQueue":1}`,
			`{"name":"Loans"}`, `{"queueId":7,"name":"Loans","default":false,"rank":0,"hours":0,"maxWaiting":0,"overflowSeconds":0,"overflowQueue":0}`,
		},
		{
			"profiles", 5,
			`{"name":"Card desk",` + serving + `}`, `{"profileId":5,"name":"Card desk",` + serving + `}`,
			`{"name":"Nothing"}`, `{"profileId":5,"name":"Nothing",` + servesNothing + `}`,
		},
		{"groups", 3, `{"name":"Vienna"}`, `{"groupId":3,"name":"Vienna"}`, `{"name":"Graz"}`, `{"groupId":3,"name":"Graz"}`},
		{
			"interfaces", 2,
			`{"name":"Shop","language":"pt-BR"}`, `{"interfaceId":2,"name":"Shop","language":"pt-BR"}`,
			`{"name":"Shop"}`, `{"interfaceId":2,"name":"Shop","language":""}`,
		},
		{
			"accounts", 21,
			`{"login":"cy","password":"some password","name":"Cy","greeting":"Hello <you>","profile":5,"group":3,` + serving + `,"virtualAgent":true,"supervisor":true}`,
			`{"accountId":21,"login":"cy","name":"Cy","greeting":"Hello <you>","profile":5,"group":3,` + serving + `,"virtualAgent":true,"supervisor":true}`,
			`{"login":"cyril","name":"Cyril"}`,
			`{"accountId":21,"login":"cyril","name":"Cyril","greeting":"","profile":0,"group":0,` + servesNothing + `,"virtualAgent":false,"supervisor":false}`,
		},
	}
}

// TestDefinitions: each kind is made with every member, seen, listed, replaced as a
// whole, and removed.
func TestDefinitions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := administer(testkit.New(t, testkit.Options{}))
		same := func(what, got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("%s:\ngot  %s\nwant %s", what, got, want)
			}
		}
		for _, d := range everyKind() {
			one := fmt.Sprintf("/%s/%d", d.path, d.id)
			before := c.ok("GET", "/"+d.path, "")
			c.refused(http.StatusNotFound, "GET", one, "", "there is no", fmt.Sprint(d.id))
			same("made "+one, c.ok("PUT", one, d.whole), d.all)
			same(one, c.ok("GET", one, ""), d.all)
			expectText(t, c.ok("GET", "/"+d.path, ""), d.all)
			same("what is answered, sent again to "+one, c.ok("PUT", one, d.all), d.all)
			same("replaced "+one, c.ok("PUT", one, d.least), d.standard)
			same(one, c.ok("GET", one, ""), d.standard)
			same("null is as left out for "+one, c.ok("PUT", one, nulls(t, d)), d.standard)
			same("removed "+one, c.ok("DELETE", one, ""), "{}")
			if d.path == "queues" { // the mark of the default moved with it
				c.ok("PUT", "/queues/1", `{"name":"Support","default":true}`)
			}
			same("the rest of "+d.path, c.ok("GET", "/"+d.path, ""), before)
			c.refused(http.StatusNotFound, "DELETE", one, "", "there is no", fmt.Sprint(d.id))
			same("made again "+one, c.ok("PUT", one, d.whole), d.all)
		}
		same("the empty list of another site's groups", of(c, "empty").ok("GET", "/groups", ""), `{"groups":[]}`)
	})
}

// of makes another site and answers a caller for it.
func of(c caller, site string) caller {
	c.T.Helper()
	c = c.of(site)
	c.ok("PUT", "", "")
	return c
}

// nulls answers the least definition with null for every member that may be left out.
func nulls(t *testing.T, d defined) string {
	t.Helper()
	all, least := decoded[map[string]any](t, d.whole), decoded[map[string]any](t, d.least)
	body := strings.TrimSuffix(d.least, "}")
	for name := range all {
		if _, required := least[name]; !required {
			body += fmt.Sprintf(",%q:null", name)
		}
	}
	return body + "}"
}

// TestIDsInPaths: what is no id is refused wherever one stands, and an id that
// nothing has is not found.
func TestIDsInPaths(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := administer(testkit.New(t, testkit.Options{}))
		for _, d := range everyKind() {
			wrong := []string{"0", "-1", "9007199254740992", "9223372036854775808", "x", "1.5", "%201", "1e1", "0x1"}
			if d.path == "interfaces" { // which have 32 bits: 4294967298 must not become 2
				c.ok("PUT", "/interfaces/2", `{"name":"Shop"}`)
				wrong = append(wrong, "2147483648", "4294967298")
			}
			for _, id := range wrong {
				for _, method := range []string{"GET", "PUT", "DELETE"} {
					c.refused(http.StatusBadRequest, method, "/"+d.path+"/"+id, map[bool]string{true: d.least}[method == "PUT"], "the id in the path", "expected")
				}
			}
			for _, method := range []string{"GET", "DELETE"} {
				c.refused(http.StatusNotFound, method, "/"+d.path+"/999", "", "999")
			}
		}
		for _, id := range []string{"0", "x", "9007199254740992"} {
			c.refused(http.StatusBadRequest, "GET", "/engagements/"+id, "", "the id in the path")
			c.refused(http.StatusBadRequest, "POST", "/engagements/"+id+"/eject", "", "the id in the path")
		}
		c.refused(http.StatusNotFound, "GET", "/engagements/999", "", "engagement 999 is not live")
		c.refused(http.StatusNotFound, "POST", "/engagements/999/eject", "", "engagement 999 is not live")
	})
}

// TestRemovingWhatIsNamed: what something else names stays, and the answer says
// what names it.
func TestRemovingWhatIsNamed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		for _, d := range everyKind() {
			c.ok("PUT", fmt.Sprintf("/%s/%d", d.path, d.id), d.whole)
		}
		c.ok("PUT", "/queues/8", `{"name":"Loans"}`)
		c.ok("PUT", "/queues/9", `{"name":"Last","overflowQueue":8}`)
		c.ok("PUT", "/profiles/6", `{"name":"Loan desk","queues":[8]}`)
		c.ok("PUT", "/hours/10", `{"name":"Night","zone":"UTC"}`)
		v := s.Enter(9)
		rules := `{"enter":[{"name":"a","queue":1},{"name":"b","when":{"interfaces":[2],"hours":10},"queue":7,"account":21}],` +
			`"escalate":[{"name":"c","when":{"queues":[9]},"queue":1}]}`
		c.ok("PUT", "/rules", rules)
		named := func(path, by string) {
			t.Helper()
			c.refused(http.StatusConflict, "DELETE", path, "", "is named by "+by, "change that first")
		}
		named("/queues/7", "rule enter[1]")
		named("/accounts/21", "rule enter[1]")
		named("/hours/10", "rule enter[1]")
		named("/interfaces/2", "rule enter[1]")
		named("/queues/9", "rule escalate[0]")
		c.ok("PUT", "/rules", `{"enter":[]}`) // and none that escalates
		named("/queues/2", "account 12")      // which serves all but this one
		named("/queues/8", "profile 6")
		named("/queues/9", fmt.Sprintf("engagement %d, which is live", v.Engagement))
		named("/hours/4", "queue 7")
		named("/profiles/5", "account 21")
		named("/groups/3", "account 21")
		c.ok("DELETE", "/profiles/6", "")
		named("/queues/8", "queue 9")

		c.ok("DELETE", "/accounts/21", "")
		c.ok("DELETE", "/profiles/5", "")
		c.ok("DELETE", "/groups/3", "")
		c.ok("DELETE", "/interfaces/2", "")
		c.ok("POST", fmt.Sprintf("/engagements/%d/eject", v.Engagement), "")
		for _, queue := range []string{"9", "8", "7"} {
			c.ok("DELETE", "/queues/"+queue, "")
		}
		c.ok("DELETE", "/hours/4", "")
		c.ok("DELETE", "/hours/10", "")
	})
}

// TestRemovingAnAccount: its session ends, its log-in is worth nothing any more,
// and its login is free for another.
func TestRemovingAnAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		ada, ann := s.Chat("ada")
		bob := s.LogOn("bob")
		bob.Ask(1)
		c.ok("DELETE", "/accounts/12", "")
		expectStatus(t, ada.Call("engagements", ""), http.StatusForbidden)
		expectStatus(t, s.Send("POST", testkit.Bootstrap+"agentTokens", "", "Authorization", testkit.Basic("ada", testkit.Password)), http.StatusUnauthorized)
		expectHolds(t, bob, fmt.Sprintf("%d OFFERED", ann.Engagement)) // what it led goes on
		c.ok("PUT", "/accounts/99", `{"login":"ada","name":"Another Ada","password":"another password"}`)
		c.refused(http.StatusConflict, "PUT", "/accounts/12", `{"login":"ada","name":"Ada"}`, `"ada" belongs to account 99`)
	})
}

// TestAccountKeeps: a definition without a password leaves it as it is, and so it
// does what the wire does not show.
func TestAccountKeeps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		for _, password := range []string{`null`, `""`} {
			c.ok("PUT", "/accounts/12", `{"login":"ada","name":"Ada","allQueues":true,"password":`+password+`}`)
			s.AgentToken("ada")
		}
		c.refused(http.StatusBadRequest, "PUT", "/accounts/12", `{"login":"ada","name":"Ada","password":"`+strings.Repeat("x", 1025)+`"}`, "password", "1024")
		s.AgentToken("ada")

		// A session that never ends goes on doing so.
		testkit.Do(s, func(x *site.Site) (site.Account, error) {
			a, _ := x.AccountByID(testkit.Bob)
			a.Permanent = true
			return x.Admin("test").DefineAccount(a)
		})
		bob := s.LogOn("bob")
		c.ok("PUT", "/accounts/13", `{"login":"bob","name":"Robert","allQueues":true}`)
		time.Sleep(24 * time.Hour)
		expectStatus(t, bob.Call("engagements", ""), http.StatusOK)
	})
}

// TestTooManyDefinitions: one more than a site may have is refused; what is there
// can still be changed.
func TestTooManyDefinitions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := administer(testkit.New(t, testkit.Options{}))
		for path, body := range map[string]string{"/hours": `{"name":"x","zone":"UTC"}`, "/interfaces": `{"name":"x"}`} {
			for id := range 1000 {
				c.ok("PUT", fmt.Sprintf("%s/%d", path, id+1), body)
			}
			c.refused(http.StatusTooManyRequests, "PUT", path+"/1001", body, "the site has 1000")
			if a := c.send("PUT", path+"/1001", body); a.Header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
			c.ok("PUT", path+"/1000", body)
			c.ok("DELETE", path+"/1", "")
			c.ok("PUT", path+"/1001", body)
		}
	})
}

// TestAdminMethods: an address answers to its own methods, and names them to others.
func TestAdminMethods(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := administer(testkit.New(t, testkit.Options{}))
		served := map[string][]string{}
		for _, o := range adminOperations(t) {
			served[address(o)] = append(served[address(o)], o.Method)
		}
		for path, methods := range served {
			slices.Sort(methods)
			for _, method := range []string{"GET", "PUT", "POST", "PATCH", "DELETE"} {
				if slices.Contains(methods, method) {
					continue
				}
				allowed := strings.Join(methods, ", ")
				c.refused(http.StatusMethodNotAllowed, method, path, "", "use "+allowed)
				if got := c.send(method, path, "").Header.Get("Allow"); got != allowed {
					t.Errorf("%s %s: Allow %q, want %q", method, path, got, allowed)
				}
			}
		}
	})
}
