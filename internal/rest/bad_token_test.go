package rest_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/api/sites"
	"usher/internal/auth"
	"usher/internal/journal/memory"
	"usher/internal/site"
	"usher/internal/testkit"
)

// forge signs claims, with a good token's key id, by any method.
func forge(t *testing.T, good string, method jwt.SigningMethod, key any, change func(jwt.MapClaims)) string {
	t.Helper()
	claims := jwt.MapClaims{}
	parsed, _, err := jwt.NewParser().ParseUnverified(good, claims)
	if err != nil {
		t.Fatal(err)
	}
	change(claims)
	token := jwt.NewWithClaims(method, claims)
	token.Header["kid"] = parsed.Header["kid"]
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// TestBadTokens: a token that is not this site's own, of the right kind and still
// good, opens nothing.
func TestBadTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		s := &stage{Server: testkit.New(t, testkit.Options{Journal: j})}
		s.ada, s.ann = s.Chat("ada")
		key, public := signingKey(t, j)
		keys, err := s.Keys.Site(t.Context(), testkit.SiteName)
		if err != nil {
			t.Fatal(err)
		}
		foreign, err := s.Keys.Site(t.Context(), "another")
		if err != nil {
			t.Fatal(err)
		}
		agent, visitor := s.AgentToken("echo"), s.VisitorToken("{}")
		now := time.Now()
		unknown := must(t)(keys.Signer.IssueAgent(auth.AgentToken{Site: testkit.SiteName, AccountID: 4711}, now))
		for _, c := range []struct {
			path        string
			form        form
			good, other string
			old, away   string // long expired; of another site
		}{
			{testkit.AgentPath("createAutomatedAgentSession"), agentForm, agent, visitor,
				must(t)(keys.Signer.IssueAgent(auth.AgentToken{Site: testkit.SiteName, AccountID: testkit.Bot}, now.Add(-auth.AgentTokenLife-time.Minute))),
				must(t)(foreign.Signer.IssueAgent(auth.AgentToken{Site: testkit.SiteName, AccountID: testkit.Bot}, now))},
			{testkit.VisitorPath("requestEngagement"), visitorForm, visitor, agent,
				must(t)(keys.Signer.IssueVisitor(auth.VisitorToken{Site: testkit.SiteName}, now.Add(-auth.VisitorTokenLife-time.Minute))),
				must(t)(foreign.Signer.IssueVisitor(auth.VisitorToken{Site: testkit.SiteName}, now))},
		} {
			parts := strings.Split(c.good, ".")
			payload := strings.Split(c.other, ".")[1]
			same := func(jwt.MapClaims) {}
			with := func(name string, value any) func(jwt.MapClaims) {
				return func(m jwt.MapClaims) { m[name] = value }
			}
			without := func(name string) func(jwt.MapClaims) { return func(m jwt.MapClaims) { delete(m, name) } }
			rs := func(change func(jwt.MapClaims)) string { return forge(t, c.good, jwt.SigningMethodRS256, key, change) }
			bad := map[string]string{
				"none": "", "an empty one": "Bearer ", "no Bearer": c.good, "Basic": testkit.Basic("ada", testkit.Password), "Bearer twice": "Bearer Bearer " + c.good,
				"another scheme": "Token " + c.good, "no JWT": "Bearer x", "dots": "Bearer ..", "a session": "Bearer " + s.ada.Session, "the admin's": "Bearer " + s.AdminToken,
				"a part": "Bearer " + parts[0] + "." + parts[1], "no signature": "Bearer " + parts[0] + "." + parts[1] + ".",
				"another signature": "Bearer " + parts[0] + "." + parts[1] + "." + strings.Split(c.other, ".")[2], "another payload": "Bearer " + parts[0] + "." + payload + "." + parts[2],
				"a character more": "Bearer " + c.good + "A", "two": "Bearer " + c.good + " " + c.good, "a very long one": "Bearer " + strings.Repeat("x", 7<<10),
				"of the other kind": "Bearer " + c.other, "expired": "Bearer " + c.old, "of another site's key": "Bearer " + c.away,
				"alg none":              "Bearer " + forge(t, c.good, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, same),
				"HS256 by public PEM":   "Bearer " + forge(t, c.good, jwt.SigningMethodHS256, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), same),
				"HS256 by public DER":   "Bearer " + forge(t, c.good, jwt.SigningMethodHS256, public, same),
				"RS512 by the site key": "Bearer " + forge(t, c.good, jwt.SigningMethodRS512, key, same),
				"for another site":      "Bearer " + rs(with("iss", "another")), "for another audience": "Bearer " + rs(with("aud", []string{"another"})),
				"another client type": "Bearer " + rs(with("clientType", "SUPERVISOR")), "one that never expires": "Bearer " + rs(without("exp")),
				"one without an id": "Bearer " + rs(without("jti")), "one from the future": "Bearer " + rs(with("iat", now.Add(time.Hour).Unix())),
				"one that has just expired": "Bearer " + rs(with("exp", now.Add(-10*time.Second).Unix())),
			}
			if c.form == agentForm {
				bad["without an account"] = "Bearer " + rs(without("accountId"))
				bad["of one account by the name of another"] = "Bearer " + rs(with("accountId", testkit.Ada))
			} else {
				bad["without session information"] = "Bearer " + rs(without("session"))
				bad["with a list for session information"] = "Bearer " + rs(with("session", []int{1}))
				bad["with a list for a name"] = "Bearer " + rs(with("session", map[string]any{"firstName": []int{1}}))
			}
			denied := want{403, "ACCESS_DENIED", nil}
			for what, header := range bad {
				s.refuses(c.path+" with a token: "+what, c.form, denied, "POST", c.path, "", "Authorization", header)
				s.refuses(c.path+" garbled, with a token: "+what, c.form, denied, "POST", c.path, "[", "Authorization", header)
			}
			// The same road with nothing changed leads in.
			if a := s.Send("POST", c.path, "", "Authorization", "bearer "+rs(same)); a.Status != http.StatusOK {
				t.Errorf("%s: %d %s", c.path, a.Status, a.Body)
			}
		}
		s.refuses("a token of an account that is not there", agentForm, want{403, "ACCESS_DENIED", []string{"4711"}}, "POST",
			testkit.AgentPath("createAutomatedAgentSession"), "", "Authorization", "Bearer "+unknown)
		nowhere := s.VisitorToken(`{"queueId":4711}`)
		s.refuses("an unknown queue", visitorForm, want{400, "BAD_REQUEST", []string{"queueId", "4711"}}, "POST", testkit.VisitorPath("requestEngagement"), "",
			"Authorization", "Bearer "+nowhere)
		s.refuses("a second log-on", agentForm, want{400, "BAD_REQUEST", []string{"logonOverride"}}, "POST", testkit.AgentPath("createAutomatedAgentSession"), "",
			"Authorization", "Bearer "+agent)
	})
}

func must(t *testing.T) func(string, error) string {
	return func(text string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
}

// signingKey takes the site's key out of its journal, as nobody outside can.
func signingKey(t *testing.T, j *memory.Journal) (*rsa.PrivateKey, []byte) {
	t.Helper()
	b, err := j.Secret(t.Context(), testkit.SiteName, "signing-key", func() ([]byte, error) { panic("the site has no key") })
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(b)
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	key := parsed.(*rsa.PrivateKey)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return key, public
}

// TestBadLogIns: the bootstrap lets nobody in without an account's password, and
// says nothing about which part of it was wrong.
func TestBadLogIns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		testkit.Do(s.Server, func(x *site.Site) (site.Account, error) {
			return x.Admin("test").DefineAccount(site.Account{ID: 20, Login: "none", Name: "No password"})
		})
		denied := want{401, "00014", nil}
		for _, o := range s.operations() {
			if o.form != siteForm {
				continue
			}
			for what, header := range map[string]string{
				"nothing": "", "another scheme": "Bearer x", "no base64": "Basic !!!", "no colon": "Basic YWRh", "an agent's token": "Bearer " + s.AgentToken("ada"),
				"an empty password": testkit.Basic("ada", ""), "no login and no password": testkit.Basic("", ""), "a long password": testkit.Basic("ada", strings.Repeat("x", 5000)),
			} {
				s.refuses(o.name+" with "+what, siteForm, denied, o.method, o.path, o.good(), "Authorization", header)
				s.refuses(o.name+" garbled, with "+what, siteForm, denied, o.method, o.path, "[", "Authorization", header)
			}
			denied := denied
			denied.says = []string{"the login or the password is wrong"}
			for what, header := range map[string]string{
				"a wrong password": testkit.Basic("ada", testkit.Password+"x"), "an unknown login": testkit.Basic("nobody", testkit.Password),
				"a login in another case": testkit.Basic("ADA", testkit.Password), "an account without a password": testkit.Basic("none", "none"),
			} {
				s.refuses(o.name+" with "+what, siteForm, denied, o.method, o.path, o.good(), "Authorization", header)
			}
			time.Sleep(time.Minute) // wrong ones are bounded
		}
	})
}

// TestLogInsAreBounded: after ten wrong passwords a network must wait, and is
// told for how long; who is known goes on.
func TestLogInsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		path := testkit.Bootstrap + "agentTokens"
		try := func(what string, w want, login, password string) testkit.Answer {
			s.refuses(what, siteForm, w, "POST", path, "", "Authorization", testkit.Basic(login, password))
			return s.Send("POST", path, "", "Authorization", testkit.Basic(login, password))
		}
		for range 5 { // each twice
			try("a wrong password", want{401, "00014", nil}, "bob", "guess")
		}
		a := try("one too many", want{429, "00016", nil}, "echo", testkit.Password)
		s.AgentToken("ada")
		retry, err := strconv.Atoi(a.Header.Get("Retry-After"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(retry) * time.Second)
		s.AgentToken("echo")
	})
}

// TestContextHeader: callers may name themselves in 40 characters, whatever
// bytes those take.
func TestContextHeader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		const header = "OSvC-CREST-Application-Context"
		for _, o := range s.operations() {
			if o.form != siteForm {
				continue
			}
			for _, c := range []string{"x", "é", "語", "😀"} {
				if a := s.Send(o.method, o.path, o.good(), append(o.headers, header, strings.Repeat(c, 40))...); !o.done(a) {
					t.Errorf("%s: 40 times %s: %d %s", o.name, c, a.Status, a.Body)
				}
				s.refuses(o.name+": 41 times "+c, siteForm, want{400, "00016", []string{"41", "40"}}, o.method, o.path, "", append(o.headers, header, strings.Repeat(c, 41))...)
			}
			if a := s.Send(o.method, o.path, o.good(), o.headers...); !o.done(a) {
				t.Errorf("%s without the header: %d %s", o.name, a.Status, a.Body)
			}
		}
		o := s.operation("serviceSettings/1")
		a := s.Send("PATCH", "/usher/admin/v1/sites/demo/settings", `{"requireContext":true}`, "Authorization", "Bearer "+s.AdminToken)
		if a.Status != http.StatusOK {
			t.Fatal(a.Body)
		}
		s.refuses("a header that the site demands", siteForm, want{400, "00016", []string{header}}, o.method, o.path, "", o.headers...)
	})
}

// TestBootstrapRefusals: what is wrong with a bootstrap call whose log-in is right.
func TestBootstrapRefusals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		basic := []string{"Authorization", testkit.Basic("ada", testkit.Password)}
		for _, id := range []string{"0", "-1", "x", "1.5", "99999999999999999999"} {
			s.refuses("interface "+id, siteForm, want{404, "00013", nil}, "GET", testkit.Bootstrap+"serviceSettings/"+id, "", basic...)
		}
		for _, body := range []string{`{"a":1}`, `{"sequenceNumber":1}`} {
			s.refuses("agentTokens of "+body, siteForm, want{400, "00016", []string{"empty"}}, "POST", testkit.Bootstrap+"agentTokens", body, basic...)
		}
		establish := testkit.Bootstrap + "establishSessions"
		for _, inner := range []string{"5", "true", "[]", `"{"`, `"[]"`, `"5"`, `"\"x\""`, `"{}{}"`, `"{\"firstName\":[]}"`, `{"firstName":[]}`, `"` + strings.Repeat("[", 20_000) + `"`} {
			s.refuses("session information "+inner[:min(len(inner), 30)], siteForm, want{400, "00011", nil}, "POST", establish, `{"sessionInformation":`+inner+`}`, basic...)
		}
		long := strconv.Quote(strings.Repeat("x", 6<<10))
		for _, body := range []string{`{"question":` + long + `}`, `{"sessionInformation":{"auxillaryData":{"BROWSER":` + long + `}}}`} {
			s.refuses("too much session information", siteForm, want{400, "00016", []string{"6 KiB"}}, "POST", establish, body, basic...)
		}
		if a := s.Send("PUT", "/usher/admin/v1/sites/second", "", "Authorization", "Bearer "+s.AdminToken); a.Status != http.StatusOK {
			t.Fatal(a.Body)
		}
		s.refuses("one of two sites", siteForm, want{404, "00013", []string{"/sites/{site}"}}, "POST", establish, "", basic...)
	})
}

// TestStartRefusals: pages need the site's own widget key, and may not start sessions
// without end.
func TestStartRefusals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		o := s.operation("visitor's start")
		another, err := s.Keys.Site(t.Context(), "another")
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"", "x", s.WidgetKey[1:], s.WidgetKey + "x", strings.ToLower(s.WidgetKey), another.WidgetKey, s.AdminToken} {
			s.refuses("start with key "+key, visitorForm, want{403, "ACCESS_DENIED", nil}, "POST", o.path, o.body("key", strconv.Quote(key)))
		}
		s.refuses("start with too much", visitorForm, want{400, "BAD_REQUEST", []string{"6 KiB"}}, "POST", o.path,
			o.body("question", strconv.Quote(strings.Repeat("x", 6<<10))))
		refused, served := 0, 0
		for range 250 {
			a := s.Send("POST", o.path, o.good())
			switch a.Status {
			case http.StatusOK:
				served++
				var got sites.EstablishSessionsResponse
				if err := json.Unmarshal([]byte(a.Body), &got); err != nil || got.ChannelToken == "" {
					t.Fatalf("got %s", a.Body)
				}
			default:
				refused++
				s.refused("start too often", visitorForm, want{429, "BAD_REQUEST", nil}, "POST", o.path, a)
			}
		}
		if refused == 0 || served < 150 {
			t.Errorf("%d calls were served and %d refused", served, refused)
		}
		time.Sleep(time.Second)
		if a := s.Send("POST", o.path, o.good()); a.Status != http.StatusOK {
			t.Errorf("a second later: %d %s", a.Status, a.Body)
		}
	})
}
