package rest_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api/sites"
	"usher/internal/site"
	"usher/internal/testkit"
)

// TestLiveEngagements: what is live, in every state, page by page, until it is over.
func TestLiveEngagements(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		start := time.Now().UTC()
		at := func(seconds int) string {
			return start.Add(time.Duration(seconds) * time.Second).Format(sites.TimeLayout)
		}
		if got := c.ok("GET", "/engagements", ""); got != `{"engagements":[],"more":false}` {
			t.Errorf("got %s", got)
		}
		ada, active := s.Chat("ada")
		over := s.Enter(testkit.Support)
		ada.Ask(2)
		ada.Accept(over.Engagement)
		time.Sleep(time.Second)
		expectStatus(t, over.Call("concludeEngagement", ""), http.StatusOK)
		bob := s.LogOn("bob")
		bob.Ask(1)
		offered := s.Enter(testkit.Support)
		time.Sleep(time.Second)
		queued := visit(s, `{"queueId":2}`)
		want := []sites.Engagement{
			{EngagementID: active.Engagement, State: sites.StateActive, QueueID: 1, CreatedAt: at(0), Since: at(0), AccountID: testkit.Ada, Visitor: "Ann Lee", ActiveAt: at(0), UnansweredSince: at(0)},
			{EngagementID: over.Engagement, State: sites.StateWrapUp, QueueID: 1, CreatedAt: at(0), Since: at(1), AccountID: testkit.Ada, Visitor: "Ann Lee", ActiveAt: at(0)},
			{EngagementID: offered.Engagement, State: sites.StateOffered, QueueID: 1, CreatedAt: at(1), Since: at(1), AccountID: testkit.Bob, Visitor: "Ann Lee", ActiveAt: at(1)},
			{EngagementID: queued.Engagement, State: sites.StateQueued, QueueID: 2, CreatedAt: at(2), Since: at(2), ActiveAt: at(2)},
		}
		for i := range want {
			want[i].Guests = []int64{}
		}
		for _, limit := range []int{1, 2, 3, 4, 100} {
			var all []sites.Engagement
			for after, more := int64(0), true; more; {
				page := decoded[sites.Engagements](t, c.ok("GET", fmt.Sprintf("/engagements?after=%d&limit=%d", after, limit), ""))
				all = append(all, page.Engagements...)
				after, more = all[len(all)-1].EngagementID, page.More
			}
			if diff := cmp.Diff(want, all); diff != "" {
				t.Errorf("in pages of %d (-want +got):\n%s", limit, diff)
			}
		}
		expectStatus(t, ada.Call("releaseChat", inEngagement(over.Engagement, "")), http.StatusOK)
		page := decoded[sites.Engagements](t, c.ok("GET", "/engagements", ""))
		if slices.ContainsFunc(page.Engagements, func(e sites.Engagement) bool { return e.EngagementID == over.Engagement }) {
			t.Error("what was released is still there")
		}
		c.refused(http.StatusNotFound, "GET", fmt.Sprintf("/engagements/%d", over.Engagement), "", "is not live at this site")
	})
}

// TestExplanation: why an engagement is where it is, for each agent who could
// serve it.
func TestExplanation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		start := time.Now().UTC().Format(sites.TimeLayout)
		c.ok("PUT", "/rules", `{"enter":[{"name":"for bob","when":{"products":[5]},"queue":1,"priority":4,"account":13}]}`)
		ada := s.LogOn("ada")
		explain := func(v *testkit.Visitor) sites.Explanation {
			t.Helper()
			return decoded[sites.Explanation](t, c.ok("GET", fmt.Sprintf("/engagements/%d", v.Engagement), ""))
		}
		reasons := func(v *testkit.Visitor) map[int64]string {
			t.Helper()
			m := map[int64]string{}
			for _, a := range explain(v).Agents {
				m[a.AccountID] = a.Reason
			}
			return m
		}
		first, v := s.Enter(testkit.Support), visit(s, `{"productId":5}`)
		want := sites.Explanation{
			EngagementID: v.Engagement, State: sites.StateQueued, QueueID: 1, Priority: 4, Place: 1, WaitingSince: start, TargetID: testkit.Bob,
			Agents: []sites.Candidate{{
				AgentStanding: sites.AgentStanding{
					AccountID: testkit.Ada, ClientID: ada.Client, Name: "Ada", Status: "NONE", Places: 4, Since: start,
				},
				Reason: "has not asked for an engagement",
			}},
		}
		got := explain(v)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if place := explain(first).Place; place != 2 {
			t.Errorf("the one without a priority has place %d", place)
		}
		expectReason := func(v *testkit.Visitor, account int64, want string) {
			t.Helper()
			if got, ok := reasons(v)[account]; !ok || got != want {
				t.Errorf("account %d: %q, expected %q", account, got, want)
			}
		}
		expectReason(first, testkit.Ada, "has not asked for an engagement")
		ada.Ask(1)
		expectHolds(t, ada, fmt.Sprintf("%d OFFERED", v.Engagement)) // bob is not there, and it has priority
		expectReason(v, testkit.Ada, "takes part in it, or is asked to")
		expectReason(first, testkit.Ada, "has no place free")
		if x := explain(v); x.State != sites.StateOffered || x.AccountID != testkit.Ada || x.Place != 0 {
			t.Errorf("offered: %+v", x)
		}
		ada.Accept(v.Engagement)
		if x := explain(v); x.State != sites.StateActive || x.AccountID != testkit.Ada {
			t.Errorf("accepted: %+v", x)
		}
	})
}

// TestEject: an engagement ends for all who are in it; again it changes nothing.
func TestEject(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, sue := withSupervisor(t)
		s := c.Server
		a, v := s.Chat("ada")
		waiting := s.Enter(testkit.Support)
		eject := fmt.Sprintf("/engagements/%d/eject", v.Engagement)
		if got := c.ok("POST", eject, ""); got != "{}" {
			t.Errorf("got %s", got)
		}
		expectHolds(t, a, fmt.Sprintf("%d WRAP_UP", v.Engagement))
		told := v.Poll().SystemMessages
		if last := told[len(told)-1].Concluded; last == nil || last.Reason != "EJECTED" {
			t.Errorf("the visitor is told %+v", told[len(told)-1])
		}
		expectStatus(t, v.Call("postMessage", `{"body":"still here?"}`), http.StatusConflict)
		before := s.Position()
		c.ok("POST", eject, "{}")
		if now := s.Position(); now != before {
			t.Errorf("the second time records %d events", now-before)
		}
		sue.ok("POST", fmt.Sprintf("/engagements/%d/eject", waiting.Engagement), "")
		by := map[site.EngagementID]string{}
		err := s.Host.Events(t.Context(), testkit.SiteName, 0, nil, func(_ int64, _ site.Time, e site.Event) bool {
			if e, ok := e.(*site.EngagementEjected); ok {
				by[e.Engagement] = e.By
			}
			return true
		})
		want := map[site.EngagementID]string{site.EngagementID(v.Engagement): "admin", site.EngagementID(waiting.Engagement): "sue"}
		if err != nil || !maps.Equal(by, want) {
			t.Errorf("who did it is recorded as %v (%v), want %v", by, err, want)
		}
		c.refused(http.StatusNotFound, "POST", fmt.Sprintf("/engagements/%d/eject", waiting.Engagement), "", "is not live")
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			c.refused(http.StatusMethodNotAllowed, method, eject, "", "use POST")
		}
	})
}
