package rest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api/agent"
	"usher/api/sites"
	"usher/internal/testkit"
)

// TestBootstrap: each resource with every member of its answer, for each version
// and with the site in the path; and the form of its errors.
func TestBootstrap(t *testing.T) {
	written(t, "bootstrap", func(t *testing.T, x *transcript) {
		basic := testkit.Basic("ada", testkit.Password)
		for _, prefix := range []string{testkit.Bootstrap, "/services/rest/crossChannelServices/v1.4/", "/sites/demo" + testkit.Bootstrap} {
			x.send("where the server is", "GET", prefix+"serviceSettings/1", "", "Authorization", basic, "Content-Type", "application/json",
				"OSvC-CREST-Application-Context", "get chat server settings")
			x.send("an agent's token", "POST", prefix+"agentTokens", "", "Authorization", basic, "OSvC-CREST-Application-Context", "get agent token")
			x.send("a visitor's token", "POST", prefix+"establishSessions", `{"sessionInformation":{"firstName":"Ann"}}`, "Authorization", basic)
		}
		x.send("any interface will do", "GET", testkit.Bootstrap+"serviceSettings/77", "", "Authorization", basic)
		x.send("an empty object for a body", "POST", testkit.Bootstrap+"agentTokens", "{}", "Authorization", basic)

		x.send("no log-in", "GET", testkit.Bootstrap+"serviceSettings/1", "")
		x.send("a wrong password", "POST", testkit.Bootstrap+"agentTokens", "", "Authorization", testkit.Basic("ada", "wrong"))
		x.send("interface 0", "GET", testkit.Bootstrap+"serviceSettings/0", "", "Authorization", basic)
		x.send("another version", "POST", "/services/rest/crossChannelServices/v1.5/agentTokens", "", "Authorization", basic)
		x.send("another resource", "POST", testkit.Bootstrap+"nothing", "", "Authorization", basic)
		x.send("another site", "POST", "/sites/nowhere"+testkit.Bootstrap+"agentTokens", "", "Authorization", basic)
		x.send("another method", "GET", testkit.Bootstrap+"agentTokens", "", "Authorization", basic)
		x.send("a body where none is wanted", "POST", testkit.Bootstrap+"agentTokens", `{"a":1}`, "Authorization", basic)
		x.send("a body that is not JSON", "POST", testkit.Bootstrap+"establishSessions", `{"sessionInformation":`, "Authorization", basic)
		x.send("a context of 41 characters", "POST", testkit.Bootstrap+"agentTokens", "", "Authorization", basic,
			"OSvC-CREST-Application-Context", strings.Repeat("ä", 41))
		expectStatus(t, patchSettings(x.Server, `{"requireContext":true}`), http.StatusOK)
		x.send("a context is missing that the site demands", "POST", testkit.Bootstrap+"agentTokens", "", "Authorization", basic)
	})
}

// TestTokenClaims: what stands in the tokens (docs/bootstrap.md 6.2, 6.3).
func TestTokenClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		now := float64(time.Now().Unix())
		for token, want := range map[string]map[string]any{
			s.AgentToken("ada"): {
				"iss": "demo", "sub": "12", "accountId": 12.0, "aud": []any{"usher-agent"}, "iat": now, "exp": now + 600,
				"siteName": "demo", "pool": "1:1", "clientType": "AGENT",
			},
			s.VisitorToken(`{"emailAddress":"ann@example.org","contactId":"21","unknown":1}`): {
				"iss": "demo", "sub": "contact:21", "aud": []any{"usher-consumer"}, "iat": now, "exp": now + 1800,
				"siteName": "demo", "pool": "1:1", "clientType": "CONSUMER",
				"session": map[string]any{"emailAddress": "ann@example.org", "contactId": 21.0},
			},
			s.VisitorToken(``): {
				"iss": "demo", "aud": []any{"usher-consumer"}, "iat": now, "exp": now + 1800,
				"siteName": "demo", "pool": "1:1", "clientType": "CONSUMER", "session": map[string]any{},
			},
		} {
			parts := strings.Split(token, ".")
			if head := claims(t, parts[0]); head["alg"] != "RS256" || head["kid"] == "" {
				t.Errorf("header %v", head)
			}
			got := claims(t, parts[1])
			if id, _ := got["jti"].(string); len(id) < 22 {
				t.Errorf("jti %q is no unguessable id", id)
			}
			delete(got, "jti")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		}
	})
}

// claims reads a part of a token.
func claims(t *testing.T, part string) map[string]any {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestSessionInformation: however the attributes are sent, the agent sees the
// same visitor.
func TestSessionInformation(t *testing.T) {
	text, err := json.Marshal(attributes)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a := s.LogOn("ada")
		told := func(body string) agent.ContactInfo {
			v := visit(s, body)
			a.Ask(1)
			offer := a.Poll("").GetResponseTypes[0].ChatEngagementAssignment
			if offer == nil || offer.EngagementID != v.Engagement {
				t.Fatalf("%s: no offer of engagement %d", body, v.Engagement)
			}
			a.Accept(v.Engagement)
			expectStatus(t, a.Call("releaseChat", inEngagement(v.Engagement, "")), http.StatusOK)
			a.Poll("")
			offer.ContactInfo.SessionID = "" // of the visit
			return offer.ContactInfo
		}
		want := told(`{"sessionInformation":` + attributes + `}`)
		if want.FirstName != "Ann" || want.CategoryID != 24 {
			t.Fatalf("as an object: %+v", want)
		}
		for name, body := range map[string]string{
			"a string":                    `{"sessionInformation":` + string(text) + `}`,
			"top level":                   attributes,
			"the other spelling":          strings.Replace(strings.Replace(attributes, "auxiliaryData", "x", 1), "auxillaryData", "auxiliaryData", 1),
			"with null":                   strings.Replace(attributes, "{", `{"sessionInformation":null,`, 1),
			"with members nobody knows":   `{"sessionInformation":` + strings.Replace(attributes, "{", `{"new":[1,{"a":2}],`, 1) + `,"more":1}`,
			"numbers and texts exchanged": strings.NewReplacer(`"contactId":21`, `"contactId":"21"`, `"organizationId":"22"`, `"organizationId":22`).Replace(attributes),
		} {
			if diff := cmp.Diff(want, told(body)); diff != "" {
				t.Errorf("%s (-object +this):\n%s", name, diff)
			}
		}
		nobody := told(``)
		for _, body := range []string{`{}`, `{"sessionInformation":{}}`, `{"sessionInformation":""}`, `{"sessionInformation":"{}"}`, `{"sessionInformation":null}`} {
			if diff := cmp.Diff(nobody, told(body)); diff != "" {
				t.Errorf("%s (-empty +this):\n%s", body, diff)
			}
		}
	})
}

// TestWhichSiteIsMeant: by path, by host name, by being the only one or the
// default; otherwise nobody can tell (docs/bootstrap.md 6.0).
func TestWhichSiteIsMeant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		admin := func(method, path, body string) {
			t.Helper()
			expectStatus(t, s.Send(method, "/usher/admin/v1/sites/"+path, body, "Authorization", "Bearer "+s.AdminToken), http.StatusOK)
		}
		ask := func(host, prefix string) (site string, status int) {
			t.Helper()
			r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+prefix+testkit.Bootstrap+"serviceSettings/1", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = host
			r.Header.Set("Authorization", testkit.Basic("ada", testkit.Password))
			answer, err := s.HTTP.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			var got sites.ServiceSettings
			if answer.StatusCode == http.StatusOK {
				if err := json.NewDecoder(answer.Body).Decode(&got); err != nil {
					t.Fatal(err)
				}
			}
			return got.SiteName, answer.StatusCode
		}
		expect := func(host, prefix, want string, status int) {
			t.Helper()
			if got, code := ask(host, prefix); got != want || code != status {
				t.Errorf("host %s, path %s: site %q, status %d; expected %q, %d", host, prefix, got, code, want, status)
			}
		}
		expect("usher.test:8080", "", "demo", http.StatusOK) // the only one
		for _, site := range []string{"cards", "loans"} {
			admin("PUT", site, "")
			admin("PUT", site+"/accounts/12", fmt.Sprintf(`{"login":"ada","name":"Ada","password":%q}`, testkit.Password))
		}
		expect("usher.test:8080", "", "", http.StatusNotFound)
		expect("usher.test:8080", "/sites/demo", "demo", http.StatusOK)
		expect("usher.test:8080", "/sites/loans", "loans", http.StatusOK)

		admin("PATCH", "cards/settings", `{"hostNames":["cards.example","Kreditkarten.example"]}`)
		for _, host := range []string{"cards.example", "cards.example:8080", "CARDS.example", "kreditkarten.example"} {
			expect(host, "", "cards", http.StatusOK)
		}
		expect("loans.example", "", "", http.StatusNotFound)
		expect("notcards.example", "", "", http.StatusNotFound)

		admin("PATCH", "loans/settings", `{"default":true}`)
		expect("loans.example", "", "loans", http.StatusOK)
		expect("cards.example", "", "cards", http.StatusOK)
		expect("cards.example", "/sites/demo", "demo", http.StatusOK)
		expect("cards.example", "/sites/nowhere", "", http.StatusNotFound)
	})
}
