package rest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api/sites"
	"usher/internal/testkit"
)

// TestStanding: how each queue stands, and who is logged on, as agents come, take
// and leave.
func TestStanding(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		c.ok("PUT", "/profiles/5", `{"name":"Desk","queues":[1],"places":3}`)
		expect := func(what string, want sites.QueueStanding) {
			t.Helper()
			want.QueueID, want.Name, want.Opening, want.Profiles = testkit.Support, "Support", sites.OpeningOpen, []int64{5}
			st := decoded[sites.Standing](t, c.ok("GET", "/standing", ""))
			if len(st.Queues) != 2 || st.Queues[1].QueueID != testkit.Echo || st.Queues[1].Agents != 0 {
				t.Fatalf("%s: %+v", what, st)
			}
			if diff := cmp.Diff(want, st.Queues[0]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
			if r := decoded[sites.Route](t, c.ok("POST", "/route", "{}")); !cmp.Equal(r.Standing, st.Queues[0]) {
				t.Errorf("%s: the route's standing is %+v", what, r.Standing)
			}
		}
		expect("nobody is there", sites.QueueStanding{})
		first, second := s.Enter(testkit.Support), s.Enter(testkit.Support)
		expect("two wait", sites.QueueStanding{Waiting: 2})
		time.Sleep(20 * time.Second)
		ada := s.LogOn("ada")
		ada.Ask(3)
		ada.Accept(first.Engagement)
		ada.Accept(second.Engagement)
		expect("both are served, and one more could be", sites.QueueStanding{Agents: 1, FreePlaces: 1, Ready: 1, AverageSeconds: 20, Known: true})
		ada.Ask(2)
		s.Enter(testkit.Support)
		expect("one waits for a place", sites.QueueStanding{Agents: 1, Waiting: 1, ExpectedSeconds: 20, AverageSeconds: 20, Known: true})

		// The agents, in the order of their log-ons.
		c.ok("PUT", "/groups/3", `{"name":"Vienna"}`)
		c.ok("PUT", "/accounts/13", `{"login":"bob","name":"Robert","profile":5,"group":3}`)
		since := time.Now().UTC()
		time.Sleep(time.Second)
		bob := s.LogOn("bob")
		expectStatus(t, bob.Call("setActivityStatus", `{"status":"UNAVAILABLE","subTypeId":3}`), http.StatusOK)
		want := []sites.AgentStanding{
			{AccountID: testkit.Ada, ClientID: ada.Client, Name: "Ada", Status: "NONE", Holds: 2, Places: 2, Since: since.Format(sites.TimeLayout)},
			{AccountID: testkit.Bob, ClientID: bob.Client, Name: "Robert", Status: "UNAVAILABLE", SubTypeID: 3, Profile: 5, Group: 3, Places: 3,
				Since: since.Add(time.Second).Format(sites.TimeLayout)},
		}
		agents := func() []sites.AgentStanding {
			t.Helper()
			return decoded[sites.Standing](t, c.ok("GET", "/standing", "")).Agents
		}
		if diff := cmp.Diff(want, agents()); diff != "" {
			t.Errorf("agents (-want +got):\n%s", diff)
		}
		expectStatus(t, bob.Call("setActivityStatus", `{"status":"AVAILABLE","subTypeId":1}`), http.StatusOK)
		expectStatus(t, ada.Call("logoff", `{"forceLogoff":true}`), http.StatusOK)
		time.Sleep(130 * time.Second) // without a sign of life
		if got := agents(); len(got) != 1 || !got[0].Absent || got[0].Status != "AVAILABLE" || got[0].Ready {
			t.Errorf("bob is away: %+v", got)
		}
	})
}
