package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/api/sites"
	"usher/internal/testkit"
)

// keysOf asks for a site's keys.
func keysOf(t *testing.T, c caller) sites.Keys {
	t.Helper()
	return decoded[sites.Keys](t, c.ok("GET", "/keys", ""))
}

// startsAs opens a visitor's session with an identity, signed as a site's back end
// does it.
func startsAs(t *testing.T, c caller, key string, claims jwt.MapClaims) testkit.Answer {
	t.Helper()
	identity, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return c.Send("POST", "/usher/consumer/"+c.site+"/v1/start", fmt.Sprintf(`{"key":%q,"identity":%q}`, keysOf(t, c).WidgetKey, identity))
}

// TestKeys: each site has keys of its own, the same ones each time, and what they are
// good for. They are kept out of caches.
func TestKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := administer(testkit.New(t, testkit.Options{}))
		cards := of(c, "cards")
		demo, other := keysOf(t, c), keysOf(t, cards)
		if demo.Site != "demo" || demo.IdentityKeyNumber != 0 || demo.WidgetKey != c.WidgetKey || other.Site != "cards" {
			t.Errorf("got %+v and %+v", demo, other)
		}
		secrets := map[string]bool{demo.WidgetKey: true, demo.IdentityKey: true, other.WidgetKey: true, other.IdentityKey: true, "": true}
		if len(secrets) != 5 {
			t.Errorf("some of these keys are empty, or the same: %+v and %+v", demo, other)
		}
		if again := keysOf(t, c); again != demo {
			t.Errorf("asked again they are %+v", again)
		}
		a := c.send("GET", "/keys", "")
		if got := a.Header["Cache-Control"]; len(got) != 1 || got[0] != "no-store" {
			t.Errorf("Cache-Control is %q", got)
		}
		claims := jwt.MapClaims{"sub": "ann", "exp": time.Now().Add(time.Hour).Unix()}
		for _, x := range []struct {
			at     caller
			key    string
			status int
		}{
			{c, demo.IdentityKey, http.StatusOK}, {cards, other.IdentityKey, http.StatusOK},
			{c, other.IdentityKey, http.StatusForbidden}, {cards, demo.IdentityKey, http.StatusForbidden}, {c, demo.WidgetKey, http.StatusForbidden},
		} {
			expectStatus(t, startsAs(t, x.at, x.key, claims), x.status)
		}
	})
}

// TestChangedIdentityKey: another number is another key, from the next identity on;
// the former number is the former key. A page that began goes on.
func TestChangedIdentityKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := administer(testkit.New(t, testkit.Options{}))
		claims := jwt.MapClaims{"sub": "ann", "aud": "demo", "exp": time.Now().Add(time.Hour).Unix(), "firstName": "Ann"}
		first := keysOf(t, c)
		began := testkit.Decode[sites.EstablishSessionsResponse](c.Server, startsAs(t, c, first.IdentityKey, claims))

		c.ok("PATCH", "/settings", `{"identityKey":1}`)
		second := keysOf(t, c)
		if second.IdentityKeyNumber != 1 || second.IdentityKey == first.IdentityKey || second.WidgetKey != first.WidgetKey {
			t.Errorf("the keys were %+v and are %+v", first, second)
		}
		refused := startsAs(t, c, first.IdentityKey, claims)
		expectStatus(t, refused, http.StatusForbidden)
		expectText(t, refused.Body, "signature is wrong")
		expectStatus(t, startsAs(t, c, second.IdentityKey, claims), http.StatusOK)
		expectStatus(t, c.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+began.ChannelToken), http.StatusOK)

		c.ok("PATCH", "/settings", `{"identityKey":0}`)
		if back := keysOf(t, c); back != first {
			t.Errorf("the keys were %+v and are %+v", first, back)
		}
		expectStatus(t, startsAs(t, c, second.IdentityKey, claims), http.StatusForbidden)
		expectStatus(t, startsAs(t, c, first.IdentityKey, claims), http.StatusOK)
	})
}

// TestRequiredIdentity: when the site demands one, the widget key alone opens nothing;
// what the back end opens itself is as before.
func TestRequiredIdentity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := administer(testkit.New(t, testkit.Options{}))
		alone := func(status int) {
			t.Helper()
			expectStatus(t, c.Send("POST", "/usher/consumer/demo/v1/start", fmt.Sprintf(`{"key":%q,"contactId":7}`, c.WidgetKey)), status)
		}
		alone(http.StatusOK)
		c.ok("PATCH", "/settings", `{"requireIdentity":true}`)
		alone(http.StatusForbidden)
		expectStatus(t, startsAs(t, c, keysOf(t, c).IdentityKey, jwt.MapClaims{"sub": "ann", "exp": time.Now().Add(time.Hour).Unix()}), http.StatusOK)
		c.VisitorToken(`{}`)
		c.ok("PATCH", "/settings", `{"requireIdentity":false}`)
		alone(http.StatusOK)
	})
}

// TestKeysAreToldToNobodyElse: the secret is in no answer but its own, in no event and
// in no log; who is refused it learns nothing of it.
func TestKeysAreToldToNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, sue := withSupervisor(t)
		c.ok("PATCH", "/settings", `{"identityKey":3}`)
		secret := keysOf(t, c).IdentityKey
		before := c.Position()
		keysOf(t, c)
		if now := c.Position(); now != before {
			t.Errorf("%d events were recorded", now-before)
		}
		claims := jwt.MapClaims{"sub": "ann", "exp": time.Now().Add(time.Hour).Unix()}
		expectStatus(t, startsAs(t, c, secret, claims), http.StatusOK)
		expectStatus(t, startsAs(t, c, secret+"x", claims), http.StatusForbidden)
		expectStatus(t, startsAs(t, c, secret, jwt.MapClaims{"sub": "ann"}), http.StatusForbidden)
		told := []testkit.Answer{
			sue.send("GET", "/keys", ""), sue.send("GET", "", ""), sue.send("GET", "/settings", ""), sue.send("GET", "/audit?limit=1000", ""),
			c.as("ada").send("GET", "/keys", ""), c.send("POST", "/keys", ""), c.send("GET", "/audit?limit=1000", ""), c.send("GET", "", ""),
			c.Send("GET", "/demo/site.json", ""),
		}
		expectStatus(t, told[0], http.StatusForbidden)
		for _, a := range told {
			if strings.Contains(a.Body, secret) {
				t.Errorf("%d %s", a.Status, a.Body)
			}
		}
		if logs := c.Logs.String(); strings.Contains(logs, secret) || strings.Contains(logs, secret[:10]) {
			t.Error("the secret is logged")
		}
	})
}
