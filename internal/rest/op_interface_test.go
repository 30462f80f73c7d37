package rest_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"usher/internal/site"
	"usher/internal/testkit"
)

// TestServiceSettingsKnowsTheInterfaces: a site that defines none takes any number;
// one that does has only those.
func TestServiceSettingsKnowsTheInterfaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		ask := func(id string) int {
			return s.Send(http.MethodGet, "/services/rest/crossChannelServices/latest/serviceSettings/"+id, "",
				"Authorization", testkit.Basic("ada", testkit.Password)).Status
		}
		for id, want := range map[string]int{"1": 200, "7": 200, "0": 404, "-1": 404, "x": 404, "2147483648": 404} {
			if got := ask(id); got != want {
				t.Errorf("interface %s of a site without any: %d, want %d", id, got, want)
			}
		}
		testkit.Do(s, func(x *site.Site) (site.Interface, error) {
			return x.Admin("test").DefineInterface(site.Interface{ID: 7, Name: "Shop", Language: "pt-BR"})
		})
		for id, want := range map[string]int{"1": 404, "7": 200} {
			if got := ask(id); got != want {
				t.Errorf("interface %s of a site with the interface 7: %d, want %d", id, got, want)
			}
		}
	})
}

// TestAnAssigneeIsAskedFirst: establishSessions may name the agent.
func TestAnAssigneeIsAskedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		ada, bob := s.LogOn("ada"), s.LogOn("bob")
		ada.Ask(1)
		bob.Ask(1)
		token := s.VisitorToken(`{"firstName":"Ann","assigneeId":13}`)
		opened := s.Send(http.MethodPost, testkit.VisitorPath("requestEngagement"), "{}", "Authorization", "Bearer "+token)
		if opened.Status != http.StatusOK {
			t.Fatalf("status %d: %s", opened.Status, opened.Body)
		}
		got := bob.Poll("{}").GetResponseTypes
		if len(got) != 1 || got[0].ChatEngagementAssignment == nil || got[0].ChatEngagementAssignment.InitiationType != "CONSUMER_TARGETED" {
			t.Fatalf("Bob, who was asked for, got %+v", got)
		}
	})
}
