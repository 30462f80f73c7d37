package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/sites"
	"usher/internal/site"
	"usher/internal/testkit"
)

// TestLeftMessages: what visitors left is listed until somebody is done with it, or it is
// erased with all else of the address.
func TestLeftMessages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		left := func(m site.LeftMessage) {
			testkit.Do(s, func(x *site.Site) (int64, error) { return x.LeaveMessage(m) })
		}
		at := time.Now().UTC().Format(sites.TimeLayout)
		left(site.LeftMessage{Queue: 1, Name: "Ann", Email: "ann@example.org", Text: "Call <me>", Language: "en", Page: "https://shop.example/",
			Fields: []site.CustomField{{Name: "c$tier", Type: api.FieldString, Value: "gold"}}})
		left(site.LeftMessage{Email: "bob@example.org", Text: "and me"})
		left(site.LeftMessage{Email: "Ann@Example.org", Text: "again"})
		list := func(query string) sites.LeftMessages {
			t.Helper()
			return decoded[sites.LeftMessages](t, c.ok("GET", "/messages"+query, ""))
		}
		want := []sites.LeftMessage{
			{Number: 1, At: at, QueueID: 1, Name: "Ann", EmailAddress: "ann@example.org", Message: "Call <me>", Language: "en", Page: "https://shop.example/",
				Fields: []sites.MessageField{{Name: "c$tier", Value: "gold"}}},
			{Number: 2, At: at, EmailAddress: "bob@example.org", Message: "and me", Fields: []sites.MessageField{}},
			{Number: 3, At: at, EmailAddress: "Ann@Example.org", Message: "again", Fields: []sites.MessageField{}},
		}
		for _, limit := range []int{1, 2, 3, 100} {
			var all []sites.LeftMessage
			for after, more := int64(0), true; more; {
				page := list(fmt.Sprintf("?after=%d&limit=%d", after, limit))
				all = append(all, page.Messages...)
				after, more = all[len(all)-1].Number, page.More
			}
			if diff := cmp.Diff(want, all); diff != "" {
				t.Errorf("in pages of %d (-want +got):\n%s", limit, diff)
			}
		}
		c.ok("POST", "/messages/2/done", "")
		c.ok("POST", "/messages/2/done", "")
		c.refused(http.StatusNotFound, "POST", "/messages/4/done", "", "there is no message 4")
		c.refused(http.StatusBadRequest, "POST", "/messages/0/done", "", "the id in the path")
		if got := list("").Messages; len(got) != 2 {
			t.Errorf("when one is done with, there are %+v", got)
		}
		erased := decoded[sites.Erasure](t, c.ok("POST", "/erase", `{"email":"ANN@example.org"}`))
		if got := list("").Messages; len(got) != 0 || erased.Messages != 2 {
			t.Errorf("%d were erased, there are %+v", erased.Messages, got)
		}
		if again := decoded[sites.Erasure](t, c.ok("POST", "/erase", `{"email":"ann@example.org"}`)); again.Messages != 0 {
			t.Errorf("%d more were erased", again.Messages)
		}
		if other := decoded[sites.LeftMessages](t, c.of("other").siteOf().ok("GET", "/messages", "")); len(other.Messages) != 0 {
			t.Errorf("another site has %+v", other.Messages)
		}
	})
}

// siteOf makes the caller's site.
func (c caller) siteOf() caller {
	c.T.Helper()
	c.ok("PUT", "", "")
	return c
}

// TestAccountStatus: administration sets an agent's status as the agent would, and
// routing minds it.
func TestAccountStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		c.refused(http.StatusConflict, "POST", "/accounts/12/status", `{"status":"AVAILABLE"}`, "not logged on")
		c.refused(http.StatusNotFound, "POST", "/accounts/99/status", `{"status":"AVAILABLE"}`, "account 99")
		ada := s.LogOn("ada")
		ada.Ask(1)
		c.ok("POST", "/accounts/12/status", `{"status":"UNAVAILABLE","subTypeId":3}`)
		s.Enter(testkit.Support)
		standing := decoded[sites.Standing](t, c.ok("GET", "/standing", ""))
		if a := standing.Agents[0]; a.Status != api.StatusUnavailable || a.SubTypeID != 3 || a.Holds != 0 {
			t.Errorf("the agent is %+v", a)
		}
		c.ok("POST", "/accounts/12/status", `{"status":"AVAILABLE"}`)
		ada.Ask(1)
		if a := decoded[sites.Standing](t, c.ok("GET", "/standing", "")).Agents[0]; a.Status != api.StatusAvailable || a.Holds != 1 {
			t.Errorf("then it is %+v", a)
		}
	})
}

// TestWidgetSettings: what is not named stays, texts are replaced whole, and one that is
// wrong changes nothing.
func TestWidgetSettings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := administer(testkit.New(t, testkit.Options{}))
		c.ok("PATCH", "/settings", `{"widget":{"title":"Ask","color":"#0a5baa","texts":{"en":{"a":"b","c":"d"},"de":{"a":"e"}}}}`)
		c.ok("PATCH", "/settings", `{"widget":{"greeting":"Hello","texts":{"en":{"a":"x"}}}}`)
		c.refused(http.StatusBadRequest, "PATCH", "/settings", `{"spam":true,"widget":{"title":"No","theme":"pink"}}`, "widget.theme")
		want := sites.Widget{Title: "Ask", Greeting: "Hello", Color: "#0a5baa", Texts: map[string]map[string]string{"en": {"a": "x"}}}
		if diff := cmp.Diff(want, decoded[sites.Settings](t, c.ok("GET", "/settings", "")).Widget); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if audit := c.ok("GET", "/audit?limit=1000", ""); !strings.Contains(audit, `"greeting":"Hello"`) {
			t.Errorf("the audit log does not have it: %s", audit)
		}
	})
}
