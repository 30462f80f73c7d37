package rest_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/agent"
	"usher/internal/site"
	"usher/internal/testkit"
)

// staffed gives ada a profile and a group, and queue 3 to that profile.
func staffed(s *testkit.Server) {
	s.T.Helper()
	testkit.Do(s, func(x *site.Site) (struct{}, error) {
		admin := x.Admin("test")
		ada, _ := x.AccountByID(testkit.Ada)
		ada.Profile, ada.Group = 31, 41
		_, err := admin.DefineQueue(site.QueueDefinition{ID: desk, Name: "Desk", Rank: -1})
		if err == nil {
			_, err = admin.DefineProfile(site.Profile{ID: 31, Name: "Support", Serving: site.Serving{Queues: []site.QueueID{testkit.Support, desk}, Pull: true, Places: 3}})
		}
		if err == nil {
			_, err = admin.DefineGroup(site.Group{ID: 41, Name: "Day"})
		}
		if err == nil {
			_, err = admin.DefineAccount(ada)
		}
		return struct{}{}, err
	})
}

// TestAgentRouting: the answers of the operations that tell where engagements go.
func TestAgentRouting(t *testing.T) {
	written(t, "agent_routing", func(t *testing.T, x *transcript) {
		staffed(x.Server)
		escalate(x.Server, desk)
		a, bot := x.LogOn("ada"), x.LogOn("echo")
		bot.Ask(1)
		v := x.Enter(testkit.Echo)
		time.Sleep(20 * time.Second)
		bot.Accept(v.Engagement)
		x.agent("all that there is", bot, "retrieveAgentsAndQueues",
			`{"sequenceNumber":5,"id":0,"type":"ALL","includeAgentInformation":true,"includeQueueInformation":true,"includeQueueStatistics":true}`)
		x.agent("queues without statistics", bot, "retrieveAgentsAndQueues",
			`{"id":0,"includeAgentInformation":false,"includeQueueInformation":true,"includeQueueStatistics":false}`)
		x.agent("statistics without queues, and no agent", bot, "retrieveAgentsAndQueues",
			`{"id":4711,"type":"AGENT","includeAgentInformation":true,"includeQueueInformation":false,"includeQueueStatistics":true}`)
		x.send("availability", "GET", testkit.AgentPath("rerouteAvailability")+"&request="+url.QueryEscape(`{"engagementId":1,"sequenceNumber":6}`), "",
			"X-JSESSIONID", bot.Session, "X-AID", "14")
		time.Sleep(10 * time.Second)
		x.agent("reroute", bot, "rerouteEngagement", inEngagement(v.Engagement, `,"sequenceNumber":7`))
		a.Ask(1)
		x.agent("the agent of the escalation queue", a, "getMessages", "")
		x.agent("the bot", bot, "getMessages", "")
		x.visitor("the visitor", v, "getMessages", "")
	})
}

// TestInformationTypes: which agents each type lists.
func TestInformationTypes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		staffed(s)
		_, v := s.Chat("ada")
		b := s.LogOn("bob")
		s.LogOn("echo")
		for _, c := range []struct {
			kind string
			id   int64
			want []int64
		}{
			{"NONE", 0, []int64{testkit.Ada, testkit.Bob, testkit.Bot}}, {"ALL", 4711, []int64{testkit.Ada, testkit.Bob, testkit.Bot}},
			{"AGENT", testkit.Ada, []int64{testkit.Ada}}, {"AGENT", 4711, nil}, {"AGENT", 0, nil}, {"AGENT", -1, nil},
			{"GROUP", 41, []int64{testkit.Ada}}, {"GROUP", 0, nil}, {"GROUP", 4711, nil},
			{"PROFILE", 31, []int64{testkit.Ada}}, {"PROFILE", 0, nil},
			{"QUEUE", testkit.Support, []int64{testkit.Ada, testkit.Bob}}, {"QUEUE", desk, []int64{testkit.Ada, testkit.Bob}},
			{"QUEUE", testkit.Echo, []int64{testkit.Bot}}, {"QUEUE", 4711, nil},
			{"ENGAGEMENT", v.Engagement, []int64{testkit.Ada}}, {"ENGAGEMENT", 4711, nil},
		} {
			before := s.Position()
			got := testkit.Decode[agent.RetrieveAgentsAndQueuesResponse](s, b.Call("retrieveAgentsAndQueues", fmt.Sprintf(
				`{"id":%d,"type":%q,"includeAgentInformation":true,"includeQueueInformation":false,"includeQueueStatistics":false}`, c.id, c.kind)))
			var accounts []int64
			for _, a := range got.Agents {
				accounts = append(accounts, a.AccountID)
			}
			if diff := cmp.Diff(c.want, accounts); diff != "" || len(got.Queues) > 0 {
				t.Errorf("%s %d (-want +got), and %d queues:\n%s", c.kind, c.id, len(got.Queues), diff)
			}
			if s.Position() != before {
				t.Errorf("%s %d recorded something", c.kind, c.id)
			}
		}
	})
}

// TestQueueStatistics: what the numbers count.
func TestQueueStatistics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		staffed(s)
		a, b := s.LogOn("ada"), s.LogOn("bob")
		expect := func(what string, want agent.QueueStatistics) {
			t.Helper()
			got := testkit.Decode[agent.RetrieveAgentsAndQueuesResponse](s, b.Call("retrieveAgentsAndQueues",
				`{"id":0,"includeAgentInformation":false,"includeQueueInformation":true,"includeQueueStatistics":true}`))
			for _, q := range got.Queues {
				if q.QueueID == testkit.Support {
					if diff := cmp.Diff(want, *q.QueueStatistics); diff != "" {
						t.Errorf("%s (-want +got):\n%s", what, diff)
					}
				}
			}
		}
		expect("ada has three places by her profile, bob four by default", agent.QueueStatistics{AvailableAgentSessions: 7, TotalAvailableAgents: 2})
		b.Ask(1)
		expect("bob wants one at most", agent.QueueStatistics{AvailableAgentSessions: 4, TotalAvailableAgents: 2})
		v := s.Enter(testkit.Support)
		expect("bob is offered one", agent.QueueStatistics{AvailableAgentSessions: 3, TotalAvailableAgents: 2})
		b.Accept(v.Engagement)
		s.Enter(testkit.Support)
		expect("one waits", agent.QueueStatistics{AvailableAgentSessions: 3, TotalAvailableAgents: 2, EngagementsInQueue: 1})
		expectStatus(t, a.Call("setActivityStatus", `{"status":"UNAVAILABLE","subTypeId":3}`), http.StatusOK)
		expect("ada takes a break", agent.QueueStatistics{TotalAvailableAgents: 1, EngagementsInQueue: 1})
		time.Sleep(100 * time.Second)
		expectStatus(t, b.Call("releaseChat", inEngagement(v.Engagement, "")), http.StatusOK)
		// He serves two queues; of the four that came or may come, three are of this one.
		expect("bob needs 100 s for one, and two would be before", agent.QueueStatistics{
			AvailableAgentSessions: 1, TotalAvailableAgents: 1, EngagementsInQueue: 1, ExpectedWaitSeconds: 266,
		})
	})
}

// TestRerouteAvailabilityForms: the engagement may be named in each way that
// clients and the contract's own examples do.
func TestRerouteAvailabilityForms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		escalate(s, testkit.Support)
		a, v := s.Chat("ada")
		path := testkit.AgentPath("rerouteAvailability")
		header := []string{"X-JSESSIONID", a.Session, "X-AID", "12"}
		id := fmt.Sprintf(`{"engagementId":%d}`, v.Engagement)
		wrong := `{"engagementId":4711}`
		for what, c := range map[string]struct{ method, path, body string }{
			"GET":                           {"GET", path + "&request=" + url.QueryEscape(id), ""},
			"line feeds, tabs, plus signs":  {"GET", path + "&request=%7B%0D%0A%09%22engagementId%22%3A+1%0D%0A%7D", ""},
			"line feeds where none may be":  {"GET", path + "&request=%7B%22engage%0D%0AmentId%22%3A1%7D", ""},
			"braces as they are":            {"GET", path + "&request={%22engagementId%22:1}", ""},
			"no pool":                       {"GET", strings.TrimSuffix(path, "?pool=1:1") + "?request=" + url.QueryEscape(id), ""},
			"a number of the client's":      {"GET", path + "&request=" + url.QueryEscape(`{"engagementId":1,"sequenceNumber":77,"timeCreated":5,"more":{}}`), ""},
			"GET, and a body for nobody":    {"GET", path + "&request=" + url.QueryEscape(id), wrong},
			"POST, body":                    {"POST", path, id},
			"POST, parameter":               {"POST", path + "&request=" + url.QueryEscape(id), ""},
			"POST, parameter before a body": {"POST", path + "&request=" + url.QueryEscape(id), wrong},
			"POST, the rest in the body":    {"POST", path + "&request=" + url.QueryEscape(id), `{"sequenceNumber":77}`},
		} {
			before := s.Position()
			answer := s.Send(c.method, c.path, c.body, header...)
			got := testkit.Decode[agent.RerouteAvailabilityResponse](s, answer)
			if got.QueueID != testkit.Support || got.ChatRouteID != testkit.Support || s.Position() != before {
				t.Errorf("%s: %s, and %d events", what, answer.Body, s.Position()-before)
			}
			if strings.Contains(c.path+c.body, "77") != (got.SequenceNumber == 77) {
				t.Errorf("%s: sequenceNumber %d", what, got.SequenceNumber)
			}
		}
		for what, query := range map[string]string{
			"no parameter": "", "an empty one": "&request=", "another name": "&engagementId=1", "half a JSON": "&request=%7B%22engagementId%22", "a number": "&request=1",
			"a broken escape": "&request=%7B%zz", "not UTF-8": "&request=%FF", "no engagement": "&request=%7B%7D", "null": "&request=%7B%22engagementId%22:null%7D",
			"a text": "&request=%7B%22engagementId%22:%221%22%7D",
		} {
			expectRefusal(t, s.Send("GET", path+query, id, header...), http.StatusBadRequest, api.BadRequest)
			if what == "half a JSON" {
				expectText(t, s.Send("GET", path+query, "", header...).Body, "request: the parameter is not a JSON object")
			}
		}

		// Quotes that a client did not encode.
		c := s.Dial()
		defer c.Close()
		if _, err := fmt.Fprintf(c, "GET %s&request=%s HTTP/1.1\r\nHost: usher.test\r\nX-JSESSIONID: %s\r\nX-AID: 12\r\nConnection: close\r\n\r\n", path, id, a.Session); err != nil {
			t.Fatal(err)
		}
		got, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		if got.StatusCode != http.StatusOK {
			t.Errorf("quotes as they are: %s", got.Status)
		}
	})
}

// TestReroute: where it goes, to whom it is offered, and what its guests are told.
func TestReroute(t *testing.T) {
	t.Run("without a rule back to its own queue, and to others", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := testkit.New(t, testkit.Options{})
			a, v := s.Chat("ada")
			a.Ask(1)
			expectStatus(t, a.Call("rerouteEngagement", inEngagement(v.Engagement, "")), http.StatusOK)
			time.Sleep(15 * time.Second)
			a.Ask(1)
			expectHolds(t, a, "")
			b := s.LogOn("bob")
			b.Ask(1)
			expectHolds(t, b, "1 OFFERED")
		})
	})
	t.Run("its guests leave it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t)
			s.ok(s.sue, "invite", inEngagement(s.cy.Engagement, `,"accountId":17`))
			s.tom.Accept(s.cy.Engagement)
			s.tom.Poll("")
			s.cy.Poll()
			s.ok(s.sue, "rerouteEngagement", inEngagement(s.cy.Engagement, ""))
			expectHolds(t, s.tom, "")
			expectLeft(t, s.tom.Poll(""), "LEAD TRANSFERRED_TO_QUEUE", "CONFEREE TRANSFERRED_TO_QUEUE")
			expectKinds(t, visitorKinds(s.cy.Poll()), "ParticipantLeft", "ParticipantLeft", "WaitInformationChanged")
		})
	})
}

// expectLeft checks the disconnects of a batch, as role and reason.
func expectLeft(t *testing.T, r agent.GetMessagesResponse, want ...string) {
	t.Helper()
	var got []string
	for _, m := range r.GetResponseTypes {
		if d := m.ChatDisconnectNotification; d != nil {
			got = append(got, fmt.Sprintf("%s %s", d.Role, d.Reason))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("disconnects (-want +got):\n%s", diff)
	}
	if r.ContainsDisconnect != (len(got) > 0) {
		t.Errorf("containsDisconnect is %t", r.ContainsDisconnect)
	}
}
