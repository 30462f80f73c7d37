package rest_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/internal/journal/memory"
	"usher/internal/site"
	"usher/internal/testkit"
)

// known answers what an agent may know of the visitor of its engagement.
func known(s *testkit.Server, a *testkit.Agent, engagement int64) site.VisitorKnown {
	s.T.Helper()
	return testkit.Do(s, func(x *site.Site) (site.VisitorKnown, error) {
		return x.VisitorOf(callerOf(a), site.EngagementID(engagement))
	})
}

// TestVisitorsPage: agents know which page a visitor looks at, and since when; one that
// it goes on looking at is no news.
func TestVisitorsPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{Journal: memory.NewAuto()})
		a, v := s.Chat("ada")
		if k := known(s, a, v.Engagement); k.Page != nil {
			t.Errorf("before it says so: %+v", k.Page)
		}
		look := func(body string, status int) int64 {
			t.Helper()
			before := s.Position()
			expectStatus(t, own(v, "POST", "page", body), status)
			return s.Position() - before
		}
		if n := look(`{"url":"https://shop.example/orders?page=2#top","title":"Your orders","clientTransactionId":1}`, 200); n != 1 {
			t.Errorf("it left %d events", n)
		}
		first := known(s, a, v.Engagement).Page
		if first == nil || first.URL != "https://shop.example/orders?page=2#top" || first.Title != "Your orders" || first.Since == 0 {
			t.Errorf("the page is %+v", first)
		}
		if n := look(`{"url":"https://shop.example/orders?page=2#top","title":"Your orders"}`, 200); n != 0 {
			t.Errorf("the same page left %d events", n)
		}
		for what, url := range map[string]string{
			"a script": "javascript:alert(1)", "a file": "file:///etc/passwd", "a path": "/orders", "a data address": "data:text/html,x", "empty": "", "a space in it": "https://shop.example/a b",
			"a tag in it": "https://shop.example/<b>", "too long": "https://shop.example/" + strings.Repeat("x", 4<<10), "no host": "https://",
		} {
			if n := look(`{"url":"`+url+`"}`, 400); n != 0 {
				t.Errorf("%s left %d events", what, n)
			}
		}
		look(`{"url":"https://shop.example/","title":"`+strings.Repeat("x", 4<<10+1)+`"}`, 400)
		look(`{"url":"http://shop.example/"}`, 200)
		if p := known(s, a, v.Engagement).Page; p.URL != "http://shop.example/" || p.Title != "" {
			t.Errorf("the page is %+v", p)
		}
		expectStatus(t, v.Call("concludeEngagement", ""), http.StatusOK)
		if n := look(`{"url":"https://shop.example/bye"}`, 200); n != 0 {
			t.Errorf("after the end it left %d events", n)
		}
		leaves(v)
		expectRefusal(t, own(v, "POST", "page", `{"url":"https://shop.example/"}`), http.StatusForbidden, api.AccessDenied)
	})
}

// TestVisitorsFacts: what a page says of its visitor takes the place of what it said
// before; what is left out stays, and so does what the back end said.
func TestVisitorsFacts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		s := y.behind(harmless)
		a := s.LogOn("ada")
		a.Ask(3)
		field := func(name, value string, typ api.FieldType) site.CustomField {
			return site.CustomField{Name: name, Type: typ, Value: value}
		}
		state := func(v *testkit.Visitor, body string, status int) {
			t.Helper()
			expectStatus(t, own(v, "POST", "facts", body), status)
		}
		expect := func(v *testkit.Visitor, first, last, email string, fields ...site.CustomField) {
			t.Helper()
			c := known(s, a, v.Engagement).Assignment.Contact
			if c.FirstName != first || c.LastName != last || c.Email != email {
				t.Errorf("known is %q %q %q, want %q %q %q", c.FirstName, c.LastName, c.Email, first, last, email)
			}
			if diff := cmp.Diff(fields, c.CustomFields); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		}

		_, page := opens(s, pageToken(s, `,"firstName":"Ann","customFields":[{"name":"c$tier","type":"STRING","value":"iron"},{"name":"c$n","type":"INTEGER","value":"1"}]`))
		a.Accept(page.Engagement)
		state(page, `{"lastName":"Lee","emailAddress":"ann@example.org","fields":[{"name":"c$tier","value":"gold"},{"name":"c$n","value":2},{"name":"c$new"}]}`, 200)
		want := []site.CustomField{field("c$tier", "gold", api.FieldString), field("c$n", "2", api.FieldInteger), field("c$new", "", "")}
		expect(page, "Ann", "Lee", "ann@example.org", want...)
		before := s.Position()
		state(page, `{"firstName":"","lastName":null,"fields":[]}`, 200)
		state(page, `{}`, 200)
		state(page, `{"firstName":"Ann"}`, 200)
		for _, body := range []string{
			`{"fields":[{"name":"c$n","value":"x"}]}`, `{"fields":[{"name":""}]}`, `{"fields":[{"value":"x"}]}`, `{"fields":{}}`, `{"fields":[5]}`,
			`{"firstName":"Eve","fields":[{"name":"` + strings.Repeat("x", 4<<10+1) + `"}]}`, `{"firstName":"` + strings.Repeat("x", 16<<10+1) + `"}`,
		} {
			state(page, body, 400)
		}
		if now := s.Position(); now != before {
			t.Errorf("what changes nothing left %d events", now-before)
		}
		expect(page, "Ann", "Lee", "ann@example.org", want...)
		big := `{"name":"` + strings.Repeat("x", 9) + `%","value":"` + strings.Repeat("x", 16<<10) + `"}`
		state(page, `{"fields":[`+strings.Join([]string{strings.Replace(big, "%", "1", 1), strings.Replace(big, "%", "2", 1), strings.Replace(big, "%", "3", 1), strings.Replace(big, "%", "4", 1)}, ",")+`]}`, 413)

		_, signedIn := opens(s, pageToken(s, `,"identity":"`+signed(s, jwt.MapClaims{"sub": "ann", "firstName": "Ann", "emailAddress": "ann@example.org"})+`"`))
		a.Accept(signedIn.Engagement)
		state(signedIn, `{"firstName":"Eve","lastName":"Evil","emailAddress":"eve@example.org","fields":[{"name":"c$cart","value":"3"}]}`, 200)
		state(signedIn, `{"fields":[{"name":"c$cart","value":"4"}]}`, 200)
		expect(signedIn, "Ann", "", "ann@example.org", field("c$cart", "4", ""))

		_, brought := opens(s, s.VisitorToken(`{"firstName":"Ann","customFields":[{"name":"c$tier","type":"STRING","value":"iron"}]}`))
		a.Accept(brought.Engagement)
		state(brought, `{"lastName":"Lee","fields":[{"name":"c$tier","value":"gold"},{"name":"c$cart","value":"3"}]}`, 200)
		expect(brought, "Ann", "Lee", "", field("c$tier", "iron", api.FieldString), field("c$cart", "3", ""))

		expectStatus(t, brought.Call("concludeEngagement", ""), http.StatusOK)
		expectRefusal(t, own(brought, "POST", "facts", `{"firstName":"Eve"}`), http.StatusConflict, api.Conflict)
	})
}
