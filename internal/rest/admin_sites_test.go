package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"usher/internal/testkit"
)

// TestSitesDoNotSeeEachOther: the same ids and logins at two sites are different
// things; what one site has, the other neither sees nor may name.
func TestSitesDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		demo := administer(testkit.New(t, testkit.Options{}))
		cards := of(demo, "cards")
		lists := []string{"/rules", "/settings", "/engagements", "/standing", "/audit"}
		for _, d := range everyKind() {
			lists = append(lists, "/"+d.path)
		}
		all := func(c caller) string {
			var seen strings.Builder
			for _, list := range lists {
				seen.WriteString(c.ok("GET", list, ""))
			}
			return seen.String()
		}
		demo.ok("PATCH", "/settings", `{"default":true}`) // whose bootstrap is meant
		before := all(cards)
		for _, d := range everyKind() {
			demo.ok("PUT", fmt.Sprintf("/%s/%d", d.path, d.id), d.whole)
		}
		demo.ok("PUT", "/rules", `{"enter":[{"name":"x","when":{"interfaces":[2],"hours":4},"queue":7,"account":21}]}`)
		demo.ok("PATCH", "/settings", `{"holdSeconds":10}`)
		v := demo.Enter(testkit.Support)
		if now := all(cards); now != before {
			t.Errorf("cards had %s, and has %s", before, now)
		}

		cards.refused(http.StatusBadRequest, "PUT", "/rules", `{"enter":[{"queue":7}]}`, "enter[0].queue: 7 is not a queue of this site")
		cards.refused(http.StatusBadRequest, "PUT", "/accounts/21", `{"login":"x","name":"X","profile":5}`, "profile: 5")
		cards.refused(http.StatusBadRequest, "PUT", "/accounts/21", `{"login":"x","name":"X","queues":[1]}`, "queues[0]: 1")
		cards.refused(http.StatusBadRequest, "PUT", "/queues/7", `{"name":"X","hours":4}`, "hours: 4")
		for _, d := range everyKind() {
			one := fmt.Sprintf("/%s/%d", d.path, d.id)
			cards.refused(http.StatusNotFound, "GET", one, "")
			cards.refused(http.StatusNotFound, "DELETE", one, "")
		}
		one := fmt.Sprintf("/engagements/%d", v.Engagement)
		cards.refused(http.StatusNotFound, "GET", one, "")
		cards.refused(http.StatusNotFound, "POST", one+"/eject", "")

		// The same ids and logins again, as something else.
		before = all(demo)
		cards.ok("PUT", "/queues/7", `{"name":"Other cards"}`)
		cards.ok("PUT", "/accounts/21", `{"login":"ada","name":"Another Ada","queues":[7]}`)
		cards.ok("PUT", "/rules", `{"enter":[{"queue":7}]}`)
		if now := all(demo); now != before {
			t.Errorf("demo had %s, and has %s", before, now)
		}
		nowhere := demo.of("nowhere")
		for _, list := range lists {
			nowhere.refused(http.StatusNotFound, "GET", list, "", "no such site")
		}
		nowhere.refused(http.StatusNotFound, "PUT", "/queues/1", `{"name":"x"}`, "no such site")
		nowhere.refused(http.StatusNotFound, "POST", "/route", "", "no such site")
	})
}
