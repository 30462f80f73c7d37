package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/api"
	"usher/api/agent"
	"usher/api/consumer"
	"usher/internal/testkit"
)

// TestStartLooksAtTheOrigin: a page starts a chat where the site lets it; what is no
// page has no origin.
func TestStartLooksAtTheOrigin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		for _, c := range []struct {
			allowed, origin string
			want            int
		}{
			{`["https://shop.example"]`, "https://shop.example", 200}, {`["https://shop.example"]`, "https://evil.example", 403},
			{`["https://shop.example"]`, "http://shop.example", 403}, {`["https://shop.example"]`, "https://shop.example.evil", 403},
			{`["https://shop.example"]`, "null", 403}, {`["https://shop.example"]`, "", 200},
			{`["*"]`, "https://evil.example", 200}, {`["*"]`, "null", 200}, {`[]`, "https://shop.example", 403}, {`[]`, "", 200},
		} {
			set(t, s, `{"allowedOrigins":`+c.allowed+`}`)
			got := s.Send("POST", testkit.OwnPath("start"), `{"key":"`+s.WidgetKey+`"}`, "Origin", c.origin)
			if got.Status != c.want || got.Status == http.StatusForbidden && !strings.Contains(got.Body, "allowedOrigins") {
				t.Errorf("%s, from %q: %d %s", c.allowed, c.origin, got.Status, got.Body)
			}
			if lets := got.Header.Get("Access-Control-Allow-Origin"); c.origin != "" && (lets == c.origin) != (c.want == http.StatusOK) {
				t.Errorf("%s, from %q: Access-Control-Allow-Origin %q", c.allowed, c.origin, lets)
			}
		}
	})
}

// TestStartWithIdentity: what the back end signed counts in place of what the page
// says; what is not signed well is refused; a site may demand it.
func TestStartWithIdentity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		token := pageToken(s, `,"firstName":"Page","lastName":"Claimed","emailAddress":"page@example.org","contactId":1,"organizationId":2,"authUserName":"boss","identity":"`+
			signed(s, jwt.MapClaims{"sub": "ann", "aud": testkit.SiteName, "firstName": "Ann", "contactId": 17})+`"`)
		_, v := opens(s, token)
		a := s.LogOn("ada")
		a.Ask(2)
		told := func() agent.ContactInfo {
			for _, m := range a.Poll("").GetResponseTypes {
				if x := m.ChatEngagementAssignment; x != nil {
					return x.ContactInfo
				}
			}
			t.Fatal("there is no offer")
			return agent.ContactInfo{}
		}
		if c := told(); c.FirstName != "Ann" || c.LastName != "Claimed" || c.ContactID != 17 || c.OrgID != 0 {
			t.Errorf("the agent is told %+v", c)
		}
		a.Accept(v.Engagement)
		_, unsigned := opens(s, pageToken(s, `,"firstName":"Page","contactId":1,"organizationId":2,"authUserName":"boss"`))
		if c := told(); c.FirstName != "Page" || c.ContactID != 0 || c.OrgID != 0 {
			t.Errorf("of a page's claim the agent is told %+v", c)
		}
		a.Accept(unsigned.Engagement)

		good := signed(s, jwt.MapClaims{"sub": "ann"})
		for what, identity := range map[string]string{
			"no JWT": `"nonsense"`, "another site's": `"` + signed(s, jwt.MapClaims{"sub": "ann", "aud": "other"}) + `"`, "nobody": `"` + signed(s, jwt.MapClaims{}) + `"`,
			"one that has expired": `"` + signed(s, jwt.MapClaims{"sub": "ann", "exp": time.Now().Add(-time.Hour).Unix()}) + `"`,
			"one for ever":         `"` + signed(s, jwt.MapClaims{"sub": "ann", "exp": time.Now().Add(25 * time.Hour).Unix()}) + `"`,
			"a changed one":        `"` + good[:len(good)-4] + `AAAA"`, "a claim of another type": `"` + signed(s, jwt.MapClaims{"sub": "ann", "firstName": []int{1}}) + `"`,
			"a visitor's token": `"` + s.VisitorToken("{}") + `"`,
		} {
			got := startFrom(s, `{"key":"`+s.WidgetKey+`","identity":`+identity+`}`)
			if got.Status != http.StatusForbidden || !strings.Contains(got.Body, "ACCESS_DENIED") {
				t.Errorf("%s: %d %s", what, got.Status, got.Body)
			}
		}
		for _, identity := range []string{`[]`, `{}`} { // not as if there were none
			expectRefusal(t, startFrom(s, `{"key":"`+s.WidgetKey+`","identity":`+identity+`}`), http.StatusBadRequest, api.BadRequest)
		}
		set(t, s, `{"requireIdentity":true}`)
		refused := startFrom(s, `{"key":"`+s.WidgetKey+`"}`)
		expectRefusal(t, refused, http.StatusForbidden, api.AccessDenied)
		expectText(t, refused.Body, "identity is missing")
		pageToken(s, `,"identity":"`+good+`"`)
		s.VisitorToken("{}") // a back end's own word needs no other
		set(t, s, `{"identityKey":1}`)
		expectRefusal(t, startFrom(s, `{"key":"`+s.WidgetKey+`","identity":"`+good+`"}`), http.StatusForbidden, api.AccessDenied)
		pageToken(s, `,"identity":"`+signed(s, jwt.MapClaims{"sub": "ann"})+`"`)
	})
}

// TestVisitorsOfOneNetwork: a network has so many chats at once that began with the
// widget key; others, and those whom a back end brings, are not counted.
func TestVisitorsOfOneNetwork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		set(t, y.Server, `{"maxPerAddress":2}`)
		crowd, other := y.behind(hostile), y.behind(harmless)
		enter := func(s *testkit.Server, token string) (testkit.Answer, *testkit.Visitor) {
			a := s.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+token)
			if a.Status != http.StatusOK {
				return a, nil
			}
			r := testkit.Decode[consumer.RequestEngagementResponse](s, a)
			return a, &testkit.Visitor{Server: s, Session: r.SessionID, Engagement: r.EngagementID}
		}
		_, first := enter(crowd, pageToken(crowd, ""))
		second := pageToken(crowd, "")
		enter(crowd, second)
		third := pageToken(crowd, "")
		refused, _ := enter(crowd, third)
		expectRefusal(t, refused, http.StatusTooManyRequests, api.BadRequest)
		if refused.Header.Get("Retry-After") == "" {
			t.Error("Retry-After is missing")
		}
		for what, token := range map[string]string{"the same chat": second, "a back end's": y.VisitorToken("{}")} {
			if got, _ := enter(crowd, token); got.Status != http.StatusOK {
				t.Errorf("%s: %d %s", what, got.Status, got.Body)
			}
		}
		if got, _ := enter(other, pageToken(other, "")); got.Status != http.StatusOK {
			t.Errorf("another network: %d %s", got.Status, got.Body)
		}
		expectStatus(t, first.Call("concludeEngagement", ""), http.StatusOK)
		leaves(first)
		if got, _ := enter(crowd, third); got.Status != http.StatusOK {
			t.Errorf("when one has left: %d %s", got.Status, got.Body)
		}
	})
}

// TestStartFromOurOwnFrame: the widget asks from a frame of our own origin, whatever the
// site's origins are; who may show that frame is said with it.
func TestStartFromOurOwnFrame(t *testing.T) {
	inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
		set(t, s, `{"allowedOrigins":["https://shop.example"]}`)
		start := func(origin string) testkit.Answer {
			return s.Send(http.MethodPost, "/usher/consumer/demo/v1/start", fmt.Sprintf(`{"key":%q}`, s.WidgetKey), "Origin", origin)
		}
		expectStatus(t, start(s.URL), http.StatusOK)
		expectStatus(t, start("https://shop.example"), http.StatusOK)
		isVisitorError(t, start("https://other.example"), http.StatusForbidden, api.AccessDenied)
		isVisitorError(t, start("null"), http.StatusForbidden, api.AccessDenied)
	})
}
