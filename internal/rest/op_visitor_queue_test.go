package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/consumer"
	"usher/internal/site"
	"usher/internal/testkit"
)

// questionPath answers the path of a question that is sent with GET.
func questionPath(operation, request string) string {
	return testkit.VisitorPath(operation) + "&request=" + url.QueryEscape(request)
}

// stats asks how a queue stands, with GET and with POST, which must say the same.
func stats(s *testkit.Server, request string) consumer.QueueStatistics {
	s.T.Helper()
	return both[consumer.GetQueueStatsResponse](s, "getQueueStats", request).QueueStatistics
}

// chosen asks which queue a would-be engagement would enter, with both methods.
func chosen(s *testkit.Server, request string) consumer.GetEngagementQueueResponse {
	s.T.Helper()
	got := both[consumer.GetEngagementQueueResponse](s, "getEngagementQueue", request)
	got.Envelope = consumer.Envelope{}
	return got
}

func both[T any](s *testkit.Server, operation, request string) T {
	s.T.Helper()
	byGet := s.Send("GET", questionPath(operation, request), "")
	byPost := s.Send("POST", testkit.VisitorPath(operation), request)
	if diff := cmp.Diff(byGet, byPost, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Header" }, cmp.Ignore())); diff != "" {
		s.T.Errorf("%s of %s (-GET +POST):\n%s", operation, request, diff)
	}
	return testkit.Decode[T](s, byGet)
}

// TestQueueAnswers: both answers member by member (consumer-api 2.8, 2.9).
func TestQueueAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a := s.LogOn("ada")
		a.Ask(2)
		const envelope = `{"clientId":0,"clientIdString":"0","clientRequestTime":"noon","clientTransactionId":7,"clientTransactionIdString":"7",` +
			`"serviceStartTime":"NOW","serviceFinishTime":"NOW","errorMessages":[],`
		const standing = `"queueId":1,"queueIdString":"1","availableAgentSessions":2,"totalAvailableAgents":1,"engagementsInQueue":0,` +
			`"expectedWaitSeconds":0,"averageWaitSeconds":0,"resultType":"SUCCESS","reason":""`
		for operation, want := range map[string]string{
			"getQueueStats": envelope + standing + "}\n",
			"getEngagementQueue": envelope + standing + `,"chatRouteId":0,"cancelledSurveyId":0,"cancelledSurveyIdString":"0","cancelledSurveyAuth":null,` +
				`"completedSurveyId":0,"completedSurveyIdString":"0","completedSurveyAuth":null}` + "\n",
		} {
			const request = `{"queueId":1,"clientTransactionId":7,"clientRequestTime":"noon"}`
			for method, path := range map[string]string{"GET": questionPath(operation, request), "POST": testkit.VisitorPath(operation)} {
				body := map[string]string{"POST": request}[method]
				got := s.Send(method, path, body)
				expectStatus(t, got, http.StatusOK)
				want := strings.ReplaceAll(want, "NOW", time.Now().UTC().Format(consumer.TimeLayout))
				if diff := cmp.Diff(want, got.Body); diff != "" {
					t.Errorf("%s %s (-want +got):\n%s", method, operation, diff)
				}
				expectText(t, got.Header.Get("Content-Type"), "application/json;charset=utf-8")
			}
			for _, empty := range []string{`{"queueId":1}`, `{"queueId":1,"clientTransactionId":null,"clientRequestTime":null}`} {
				got := s.Send("GET", questionPath(operation, empty), "")
				expectText(t, got.Body, `"clientRequestTime":null,"clientTransactionId":null,"clientTransactionIdString":null,`)
			}
		}
	})
}

// TestWhatIsCounted: what each number counts (consumer-api 2.8). Ada has asked, Bob
// is there and has not.
func TestWhatIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		// numbers are agents, sessions, all agents, and those who wait.
		numbers := func(queue int) [4]int32 {
			t.Helper()
			agents := stats(s, fmt.Sprintf(`{"queueId":%d,"chatProactiveAvailableType":"AGENTS"}`, queue))
			sessions := stats(s, fmt.Sprintf(`{"queueId":%d,"chatProactiveAvailableType":"SESSIONS"}`, queue))
			standard := stats(s, fmt.Sprintf(`{"queueId":%d}`, queue))
			if diff := cmp.Diff(sessions, standard); diff != "" {
				t.Errorf("without a type it is not SESSIONS (-SESSIONS +none):\n%s", diff)
			}
			if agents.TotalAvailableAgents != sessions.TotalAvailableAgents || agents.EngagementsInQueue != sessions.EngagementsInQueue {
				t.Errorf("the type changes more than one number: %+v, %+v", agents, sessions)
			}
			return [4]int32{agents.AvailableAgentSessions, sessions.AvailableAgentSessions, sessions.TotalAvailableAgents, sessions.EngagementsInQueue}
		}
		expect := func(when string, queue int, want [4]int32) {
			t.Helper()
			if got := numbers(queue); got != want {
				t.Errorf("%s, queue %d: agents, sessions, all, waiting: %v, want %v", when, queue, got, want)
			}
		}
		expect("nobody is there", testkit.Support, [4]int32{0, 0, 0, 0})
		first := s.Enter(testkit.Support)
		expect("one waits for nobody", testkit.Support, [4]int32{0, 0, 0, 1})
		expectStatus(t, first.Call("concludeEngagement", ""), http.StatusOK)

		ada := s.LogOn("ada")
		expect("Ada has not asked", testkit.Support, [4]int32{0, site.PushCapacity, 1, 0})
		ada.Ask(2)
		expect("Ada has asked for two", testkit.Support, [4]int32{1, 2, 1, 0})
		expect("Ada does not serve it", testkit.Echo, [4]int32{0, 0, 0, 0})
		bob := s.LogOn("bob")
		expect("Bob has not asked", testkit.Support, [4]int32{1, 2 + site.PushCapacity, 2, 0})

		v := s.Enter(testkit.Support)
		expect("one is offered to Ada", testkit.Support, [4]int32{1, 1 + site.PushCapacity, 2, 0})
		ada.Accept(v.Engagement)
		expectStatus(t, bob.Call("setActivityStatus", `{"status":"UNAVAILABLE","subTypeId":1}`), http.StatusOK)
		expect("Bob has a break", testkit.Support, [4]int32{1, 1, 1, 0})
		w := s.Enter(testkit.Support)
		ada.Accept(w.Engagement)
		s.Enter(testkit.Support)
		expect("Ada is full, one waits", testkit.Support, [4]int32{0, 0, 1, 1})
		expect("the other queue", testkit.Echo, [4]int32{0, 0, 0, 0})
	})
}

// TestExpectedWait: the waits are those that a newcomer is told when it has come.
func TestExpectedWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a := s.LogOn("ada")
		v := s.Enter(testkit.Support)
		time.Sleep(40 * time.Second)
		a.Ask(1)
		a.Accept(v.Engagement)
		time.Sleep(100 * time.Second)
		for _, operation := range []string{"concludeChat", "releaseChat"} {
			expectStatus(t, a.Call(operation, inEngagement(v.Engagement, "")), http.StatusOK)
		}
		busy := s.Enter(testkit.Support)
		a.Ask(1)
		a.Accept(busy.Engagement)
		s.Enter(testkit.Support)

		before := stats(s, `{"queueId":1}`)
		next := s.Enter(testkit.Support)
		told := next.Poll().SystemMessages[0].WaitInformationChanged
		if told == nil || told.Position != 2 || told.ExpectedWaitTimeSeconds != 200 {
			t.Fatalf("the newcomer is told %+v, want place 2 and 200 s: two times what the only agent took for the first", told)
		}
		if before.EngagementsInQueue != 1 || int64(before.ExpectedWaitSeconds) != told.ExpectedWaitTimeSeconds || int64(before.AverageWaitSeconds) != told.AverageWaitTimeSeconds ||
			before.AverageWaitSeconds == 0 {
			t.Errorf("before it was told %+v, afterwards %+v", before, told)
		}
		if got := chosen(s, `{}`); got.ExpectedWaitSeconds != 300 || got.AverageWaitSeconds != before.AverageWaitSeconds || got.EngagementsInQueue != 2 {
			t.Errorf("getEngagementQueue tells the one after that %+v", got)
		}
	})
}

// TestToldBeforeIsDoneAfter: whoever would be turned away is told so before, with the
// word that requestEngagement then says; who is told SUCCESS is let in.
func TestToldBeforeIsDoneAfter(t *testing.T) {
	define := func(s *testkit.Server, q site.QueueDefinition) {
		testkit.Do(s, func(x *site.Site) (site.QueueDefinition, error) { return x.Admin("test").DefineQueue(q) })
	}
	hours := func(s *testkit.Server, h site.Hours) {
		h.ID, h.Name, h.Zone = 1, "hours", "UTC"
		testkit.Do(s, func(x *site.Site) (site.Hours, error) { return x.Admin("test").DefineHours(h) })
		define(s, site.QueueDefinition{ID: testkit.Support, Name: "Support", Default: true, Hours: 1})
	}
	for name, c := range map[string]struct {
		prepare func(s *testkit.Server)
		result  api.ResultType
		reason  string // a part of it
		agents  int32
		rules   bool // it is the rules' doing: a queue that is named is not touched by it
	}{
		"nobody is there, which is no reason": {func(*testkit.Server) {}, api.ResultSuccess, "", 0, false},
		"somebody is there":                   {func(s *testkit.Server) { s.LogOn("ada") }, api.ResultSuccess, "", 1, false},
		"open hours":                          {func(s *testkit.Server) { s.LogOn("ada"); hours(s, site.Hours{Week: everyDay()}) }, api.ResultSuccess, "", 1, false},
		"closed hours":                        {func(s *testkit.Server) { s.LogOn("ada"); hours(s, site.Hours{}) }, api.ResultOutOfHours, "closed at this time", 0, false},
		"a holiday": {func(s *testkit.Server) {
			s.LogOn("ada")
			hours(s, site.Hours{Week: everyDay(), Holidays: []site.Holiday{{Name: "New Year", Date: "01-01"}}})
		}, api.ResultHoliday, "closed for a holiday", 0, false},
		"nobody is there, and may not be waited for": {refuseWithoutAgents, api.ResultNoAgentsAvailable, "nobody is there", 0, false},
		"a full queue": {func(s *testkit.Server) {
			s.LogOn("ada")
			define(s, site.QueueDefinition{ID: testkit.Support, Name: "Support", Default: true, MaxWaiting: 1})
			s.Enter(testkit.Support)
		}, api.ResultNoAgentsAvailable, "is full", 0, false},
		"a rule refuses": {func(s *testkit.Server) {
			s.LogOn("ada")
			testkit.Do(s, func(x *site.Site) (site.Rules, error) {
				return x.Admin("test").DefineRules(site.Rules{Enter: []site.Rule{{Name: "Ada sees no trolls", Refuse: true}}})
			})
		}, api.ResultRuleDequeue, "no chat is offered", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := testkit.New(t, testkit.Options{})
				c.prepare(s)
				check := func(operation string, got consumer.QueueStatistics, queue int64) {
					t.Helper()
					if got.ResultType != c.result || !strings.Contains(got.Reason, c.reason) || (got.Reason == "") != (c.result == api.ResultSuccess) {
						t.Errorf("%s: %s %q, want %s %q", operation, got.ResultType, got.Reason, c.result, c.reason)
					}
					if got.QueueID != queue || got.TotalAvailableAgents != c.agents || c.agents == 0 && got.AvailableAgentSessions != 0 {
						t.Errorf("%s: got %+v, want queue %d and %d agents", operation, got, queue, c.agents)
					}
					if strings.Contains(got.Reason, "Ada") {
						t.Errorf("%s tells an agent's name, or a rule's: %q", operation, got.Reason)
					}
				}
				after := func(attributes string) {
					t.Helper()
					got := enter(s, s.VisitorToken(attributes))
					var body struct{ ResultType api.ResultType }
					if err := json.Unmarshal([]byte(got.Body), &body); err != nil {
						t.Fatal(err)
					}
					if body.ResultType != c.result || (got.Status == http.StatusOK) != (c.result == api.ResultSuccess) {
						t.Errorf("then %s is answered %d %s", attributes, got.Status, got.Body)
					}
				}
				var byRules int64
				if c.result == api.ResultSuccess {
					byRules = testkit.Support
				}
				choice := chosen(s, `{}`)
				check("getEngagementQueue", choice.QueueStatistics, byRules)
				if c.result != api.ResultSuccess { // not even the number of those who wait
					zeros := consumer.GetEngagementQueueResponse{CancelledSurveyIDString: "0", CompletedSurveyIDString: "0"}
					zeros.QueueIDString, zeros.ResultType, zeros.Reason = "0", choice.ResultType, choice.Reason
					if diff := cmp.Diff(zeros, choice); diff != "" {
						t.Errorf("getEngagementQueue (-want +got):\n%s", diff)
					}
				}
				if !c.rules {
					for _, kind := range []string{"AGENTS", "SESSIONS"} {
						check("getQueueStats "+kind, stats(s, `{"queueId":1,"chatProactiveAvailableType":"`+kind+`"}`), testkit.Support)
					}
					after(`{"queueId":1}`)
					return
				}
				after(`{}`)
			})
		})
	}
}

// TestQueuesThatAreNotThere: no queue is no error; the page shows that there is no
// chat (consumer-api 2.8).
func TestQueuesThatAreNotThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		s.LogOn("ada")
		for _, id := range []int64{0, -1, 3, 4711, 9223372036854775807} {
			want := consumer.QueueStatistics{QueueID: id, QueueIDString: fmt.Sprint(id), ResultType: api.ResultNone, Reason: "there is no such queue"}
			if diff := cmp.Diff(want, stats(s, fmt.Sprintf(`{"queueId":%d}`, id))); diff != "" {
				t.Errorf("queue %d (-want +got):\n%s", id, diff)
			}
		}
		expectStatus(t, s.Send("PUT", "/usher/admin/v1/sites/empty", "", "Authorization", "Bearer "+s.AdminToken), http.StatusOK)
		got := testkit.Decode[consumer.GetEngagementQueueResponse](s, s.Send("GET", "/engagement/api/consumer/empty/v1/getEngagementQueue?request=%7B%7D", ""))
		if got.QueueID != 0 || got.ResultType != api.ResultNone || got.Reason == "" {
			t.Errorf("a site without queues: %+v", got.QueueStatistics)
		}
	})
}

// TestEngagementQueueFollowsTheRules: the would-be engagement goes where a real one
// would (consumer-api 2.9).
func TestEngagementQueueFollowsTheRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		const cards, loans, shop, gold, full, german = 11, 12, 13, 14, 15, 16
		testkit.Do(s, func(x *site.Site) (site.Rules, error) {
			admin := x.Admin("test")
			for _, i := range []site.Interface{{ID: 7, Name: "Shop"}, {ID: 8, Name: "Laden & Co", Language: "de-AT"}} {
				if _, err := admin.DefineInterface(i); err != nil {
					return site.Rules{}, err
				}
			}
			for _, q := range []site.QueueDefinition{
				{ID: cards, Name: "Cards"}, {ID: loans, Name: "Loans"}, {ID: shop, Name: "Shop"}, {ID: gold, Name: "Gold"}, {ID: german, Name: "German"},
				{ID: full, Name: "Full", MaxWaiting: 1, OverflowQueue: loans},
			} {
				if _, err := admin.DefineQueue(q); err != nil {
					return site.Rules{}, err
				}
			}
			return admin.DefineRules(site.Rules{Enter: []site.Rule{
				{Name: "gold", Queue: gold, When: site.Condition{Fields: []site.FieldCondition{{Name: "c$tier", Op: "EQUALS", Value: "gold"}}}},
				{Name: "rich", Queue: gold, When: site.Condition{Fields: []site.FieldCondition{{Name: "c$income", Op: "EQUALS", Value: "100000"}}}},
				{Name: "cards", Queue: cards, When: site.Condition{Products: []int64{21}}},
				{Name: "loans", Queue: loans, When: site.Condition{Categories: []int64{31}}},
				{Name: "overflow", Queue: full, When: site.Condition{Products: []int64{22}}},
				{Name: "shop", Queue: shop, When: site.Condition{Interfaces: []site.InterfaceID{7}}},
				{Name: "german", Queue: german, When: site.Condition{Languages: []string{"de"}}},
			}})
		})
		s.Enter(full)
		for request, want := range map[string][2]int64{ // queue, rule
			``:                                            {testkit.Support, 0},
			`{}`:                                          {testkit.Support, 0},
			`{"productId":21}`:                            {cards, 3},
			`{"productId":"21"}`:                          {cards, 3},
			`{"productId":21,"categoryId":31}`:            {cards, 3},
			`{"categoryId":31,"productId":null}`:          {loans, 4},
			`{"productId":22}`:                            {loans, 5}, // the rule's queue is full
			`{"interfaceId":7}`:                           {shop, 6},
			`{"interfaceId":"7"}`:                         {shop, 6},
			`{"interfaceName":"Shop"}`:                    {shop, 6},
			`{"interfaceName":"Laden & Co"}`:              {german, 7},
			`{"interfaceId":8}`:                           {german, 7},
			`{"interfaceId":8,"interfaceName":7}`:         {german, 7},
			`{"interfaceId":0,"interfaceName":"Shop"}`:    {shop, 6},
			`{"interfaceId":null,"interfaceName":"Shop"}`: {shop, 6},
			`{"interfaceName":"shop"}`:                    {testkit.Support, 0},
			`{"interfaceName":""}`:                        {testkit.Support, 0},
			`{"interfaceName":null}`:                      {testkit.Support, 0},
			`{"interfaceId":99}`:                          {testkit.Support, 0},
			`{"organizationId":901}`:                      {testkit.Support, 0},
			`{"customFields":null}`:                       {testkit.Support, 0},
			`{"customFields":[]}`:                         {testkit.Support, 0},
			`{"customFields":[{}]}`:                       {testkit.Support, 0},
			`{"customFields":[{"name":"c$tier"}]}`:        {testkit.Support, 0},
			`{"customFields":[{"name":"c$tier","type":null,"value":null}]}`:                        {testkit.Support, 0},
			`{"customFields":[{"name":"c$tier","type":"STRING","value":"gold"}]}`:                  {gold, 1},
			`{"customFields":[{"name":"C$Tier","type":"string","value":"Gold"}],"productId":21}`:   {gold, 1},
			`{"customFields":[{"name":"x"},{"name":"c$income","type":"Decimal","value":100000}]}`:  {gold, 2},
			`{"customFields":[{"name":"c$income","type":"LONG","value":"100000"}],"unknown":true}`: {gold, 2},
			"{\r\n\t\"productId\"\t:\n21\r\n}":                                                     {cards, 3},
		} {
			if request == "" { // only a POST may say nothing
				got := testkit.Decode[consumer.GetEngagementQueueResponse](s, s.Send("POST", testkit.VisitorPath("getEngagementQueue"), ""))
				if got.QueueID != want[0] || int64(got.ChatRouteID) != want[1] {
					t.Errorf("an empty body: queue %d, rule %d, want %v", got.QueueID, got.ChatRouteID, want)
				}
				continue
			}
			got := chosen(s, request)
			if got.QueueID != want[0] || int64(got.ChatRouteID) != want[1] || got.ResultType != api.ResultSuccess {
				t.Errorf("%s: queue %d, rule %d, %s, want %v", request, got.QueueID, got.ChatRouteID, got.ResultType, want)
			}
		}
		for request, part := range map[string]string{
			`{"customFields":[{"name":"a","value":"x"}]}`:                                             "customFields[0].type",
			`{"customFields":[{"value":"x","type":null}]}`:                                            "customFields[0].type",
			`{"customFields":[{"name":"a","type":"STRING","value":"x"},{"type":"TEXT","value":"x"}]}`: "customFields[1].type",
			`{"customFields":[null]}`:                                                                 "customFields[0]",
			`{"customFields":{"name":"a"}}`:                                                           "customFields",
			`{"customFields":"x"}`:                                                                    "customFields",
			`{"interfaceId":4294967296}`:                                                              "interfaceId",
			`{"interfaceName":[]}`:                                                                    "interfaceName",
		} {
			for _, got := range []testkit.Answer{s.Send("GET", questionPath("getEngagementQueue", request), ""), s.Send("POST", testkit.VisitorPath("getEngagementQueue"), request)} {
				expectRefusal(t, got, http.StatusBadRequest, api.BadRequest)
				expectText(t, got.Body, part)
			}
		}
	})
}

// TestQuestionsAreTolerant: however a client writes the question, the answer is the
// same (consumer-api 1.1 to 1.4, 2.8).
func TestQuestionsAreTolerant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{AnyQuery: true})
		s.LogOn("ada").Ask(2)
		const base = "/engagement/api/consumer/" + testkit.SiteName + "/v1/getQueueStats"
		want := stats(s, `{"queueId":1,"chatProactiveAvailableType":"AGENTS"}`)
		if want.AvailableAgentSessions != 1 {
			t.Fatalf("nobody is available: %+v", want)
		}
		const vendors = "%7B%0D%0A%09%22queueId%22%3A+1%2C%0D%0A%09%22chatProactiveAvailableType%22%3A+%22AGENTS%22%0D%0A%7D"
		const plain = "%7B%22queueId%22%3A1%2C%22chatProactiveAvailableType%22%3A%22AGENTS%22%7D"
		for name, c := range map[string]struct {
			method, path, body string
			header             []string
		}{
			"as the vendor's example":   {"GET", base + "?pool=1:1&request=" + vendors, "", nil},
			"a trailing &":              {"GET", base + "?pool=1:1&request=" + plain + "&", "", nil},
			"a leading &":               {"GET", base + "?&request=" + plain, "", nil},
			"two &":                     {"GET", base + "?pool=1:1&&request=" + plain, "", nil},
			"request before pool":       {"GET", base + "?request=" + plain + "&pool=1%3A1", "", nil},
			"no pool":                   {"GET", base + "?request=" + plain, "", nil},
			"an empty pool":             {"GET", base + "?pool=&request=" + plain, "", nil},
			"an unknown pool":           {"GET", base + "?pool=999:9&request=" + plain, "", nil},
			"an undefined pool":         {"GET", base + "?pool=undefined&request=" + plain, "", nil},
			"a parameter of its own":    {"GET", base + "?_=1669000000&request=" + plain, "", nil},
			"braces and quotes as is":   {"GET", base + `?request={"queueId":1,"chatProactiveAvailableType":"AGENTS"}`, "", nil},
			"spaces as +":               {"GET", base + `?request={+"queueId":+1,++"chatProactiveAvailableType":"AGENTS"+}`, "", nil},
			"spaces as %20":             {"GET", base + `?request=%20{%20"queueId":1,"chatProactiveAvailableType":"AGENTS"}%20`, "", nil},
			"Basic credentials":         {"GET", base + "?request=" + plain, "", []string{"Authorization", "Basic eDp5"}},
			"a Bearer of no token":      {"GET", base + "?request=" + plain, "", []string{"Authorization", "Bearer undefined"}},
			"an undefined session":      {"GET", base + "?request=" + plain, "", []string{"SessionId", "undefined"}},
			"a null session":            {"GET", base + "?request=" + plain, "", []string{"sessionid", "null"}},
			"a position that is none":   {"GET", base + "?request=" + plain, "", []string{"Usher-Ack", "x"}},
			"a number as text":          {"GET", base + `?request={"queueId":"1","chatProactiveAvailableType":"AGENTS"}`, "", nil},
			"fields nobody knows":       {"GET", base + `?request={"queueId":1,"queueIdString":"1","chatProactiveAvailableType":"AGENTS","x":{"y":[]}}`, "", nil},
			"a body beside a GET":       {"GET", base + "?request=" + plain, `{"queueId":2`, nil},
			"POST":                      {"POST", base + "?pool=1:1", `{"queueId":1,"chatProactiveAvailableType":"AGENTS"}`, nil},
			"POST without pool":         {"POST", base, `{"queueId":1,"chatProactiveAvailableType":"AGENTS"}`, nil},
			"POST with white space":     {"POST", base, "\r\n{\r\n\t\"queueId\": 1,\r\n\t\"chatProactiveAvailableType\": \"AGENTS\"\r\n}\r\n", nil},
			"POST of any type":          {"POST", base, `{"queueId":1,"chatProactiveAvailableType":"AGENTS"}`, []string{"Content-Type", "APPLICATION/JSON; Charset=utf-8"}},
			"POST of a form's type":     {"POST", base, `{"queueId":1,"chatProactiveAvailableType":"AGENTS"}`, []string{"Content-Type", "text/plain"}},
			"POST with everything":      {"POST", base + "?pool=1:1&", `{"queueId":"1","chatProactiveAvailableType":"AGENTS","clientTransactionId":""}`, []string{"SessionId", "undefined", "Authorization", "Basic eDp5"}},
			"POST with the parameter":   {"POST", base + "?request=" + vendors, "", nil},
			"POST with half of it each": {"POST", base + `?request={"queueId":1}`, `{"queueId":2,"chatProactiveAvailableType":"AGENTS"}`, nil},
		} {
			r, err := http.NewRequestWithContext(t.Context(), c.method, s.URL+base, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			_, r.URL.RawQuery, _ = strings.Cut(c.path, "?") // as it is, whatever is in it
			for i := 0; i < len(c.header); i += 2 {
				r.Header.Set(c.header[i], c.header[i+1])
			}
			answer, err := s.HTTP.Do(r)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var got consumer.GetQueueStatsResponse
			err = json.NewDecoder(answer.Body).Decode(&got)
			answer.Body.Close()
			if diff := cmp.Diff(want, got.QueueStatistics); diff != "" || answer.StatusCode != http.StatusOK || err != nil {
				t.Errorf("%s: status %d, %v (-want +got):\n%s", name, answer.StatusCode, err, diff)
			}
		}
		if got := stats(s, `{"queueId":1,"chatProactiveAvailableType":null}`); got.AvailableAgentSessions != 2 {
			t.Errorf("a type that is null: %+v", got)
		}
	})
}

// TestUnreadableQuestions: what cannot be understood is 400, never 403, and its
// sentence says what to do (consumer-api 1.6, 2.8).
func TestUnreadableQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{AnyQuery: true})
		for _, operation := range []string{"getQueueStats", "getEngagementQueue"} {
			base := "/engagement/api/consumer/" + testkit.SiteName + "/v1/" + operation
			for query, says := range map[string]string{
				"": "request is missing", "?": "request is missing", "?pool=1:1": "request is missing", "?pool=1:1&request=": "request is missing", "?request": "request is missing", "?request=+%0D%0A": "request is missing",
				"?Request=%7B%7D": "request is missing", "?request=null": "request: the parameter is not a JSON object", "?request=undefined": "request: the parameter is not a JSON object",
				"?request=%5B%5D": "request: the parameter is not a JSON object", "?request=%7B": "request: the parameter is not a JSON object", "?request=%7B%7D%7B%7D": "request: the parameter is not a JSON object",
				"?request=%7B%22a%22%3A%22x%0Ay%22%7D": "request: the parameter is not a JSON object",
				"?request=%22%7B%7D%22":                "request: the parameter is not a JSON object", "?request=%7B%22a%22%3A%22%FF%22%7D": "request: the parameter is not valid UTF-8",
				"?request=%7B%22clientTransactionId%22%3A1.5%2C%22queueId%22%3A1%7D": "clientTransactionId",
			} {
				got := s.Send("GET", base+query, "", "SessionId", "undefined")
				expectRefusal(t, got, http.StatusBadRequest, api.BadRequest)
				expectText(t, got.Body, says)
			}
			for _, query := range []string{"request=%7B%ZZ%7D", "request=%", "request={;}"} {
				r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+base, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.URL.RawQuery = query
				answer, err := s.HTTP.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				var e consumer.ErrorBody
				if err := json.NewDecoder(answer.Body).Decode(&e); err != nil || answer.StatusCode != http.StatusBadRequest {
					t.Errorf("%s: status %d, %v", query, answer.StatusCode, err)
				}
				answer.Body.Close()
				expectText(t, e.Message, "the query cannot be read")
			}
			got := s.Send("POST", base, `{"queueId":1`)
			expectRefusal(t, got, http.StatusBadRequest, api.BadRequest)
			expectText(t, got.Body, "the body is not a JSON object")
			expectRefusal(t, s.Send("GET", strings.Replace(base, testkit.SiteName, "nowhere", 1)+"?request=%7B%7D", ""), http.StatusNotFound, api.BadRequest)
			for _, method := range []string{"PUT", "DELETE", "HEAD"} {
				got := s.Send(method, base+"?request=%7B%7D", "")
				expectStatus(t, got, http.StatusMethodNotAllowed)
				expectText(t, got.Header.Get("Allow"), "GET, POST")
			}
		}
		for _, request := range []string{`{}`, `{"queueId":null}`, `{"chatProactiveAvailableType":"AGENTS"}`} {
			got := s.Send("GET", questionPath("getQueueStats", request), "")
			expectRefusal(t, got, http.StatusBadRequest, api.BadRequest)
			expectText(t, got.Body, "queueId is missing")
		}
	})
}

// TestPagesAsk: pages of allowed origins may ask with either method, read what is
// refused too, and others may not (consumer-api 1.2).
func TestPagesAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		expectStatus(t, patchSettings(s, `{"allowedOrigins":["`+page+`"]}`), http.StatusOK)
		for _, operation := range []string{"getQueueStats", "getEngagementQueue"} {
			path := testkit.VisitorPath(operation)
			for method, query := range map[string]string{"GET": "&request=%7B%22queueId%22%3A1%7D", "POST": ""} {
				allowed := s.Send("OPTIONS", path, "", "Origin", page, "Access-Control-Request-Method", method, "Access-Control-Request-Headers", "authorization,content-type,sessionid")
				expectStatus(t, allowed, http.StatusNoContent)
				expectText(t, allowed.Header.Get("Access-Control-Allow-Methods"), method)
				for _, c := range []struct {
					origin, body, want string
					status             int
				}{{page, `{"queueId":1}`, page, 200}, {page, `{`, page, 400}, {"https://evil.example", `{"queueId":1}`, "", 200}} {
					query, body := query, c.body
					if method == "GET" {
						body = ""
						if c.status == 400 {
							query = ""
						}
					}
					got := s.Send(method, path+query, body, "Origin", c.origin)
					expectStatus(t, got, c.status)
					if origin := got.Header.Get("Access-Control-Allow-Origin"); origin != c.want {
						t.Errorf("%s %s from %s, status %d: allowed origin %q, want %q", method, operation, c.origin, got.Status, origin, c.want)
					}
				}
			}
		}
	})
}

// TestQuestionsChangeNothing: a page may ask as often as it likes. Nothing is
// recorded, nobody's name is told, and no token, session or place in a queue comes of it.
func TestQuestionsChangeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a := s.LogOn("ada")
		a.Ask(1)
		before := s.Position()
		type state struct {
			queues []site.QueueStanding
			agents []site.AgentStanding
		}
		look := func() state {
			return testkit.Do(s, func(x *site.Site) (st state, err error) {
				st.queues, st.agents = x.Standing()
				return st, nil
			})
		}
		was := look()
		for range 50 {
			for _, got := range []testkit.Answer{
				s.Send("GET", questionPath("getQueueStats", `{"queueId":1,"chatProactiveAvailableType":"AGENTS"}`), ""), s.Send("POST", testkit.VisitorPath("getQueueStats"), `{"queueId":2}`),
				s.Send("GET", questionPath("getEngagementQueue", `{"productId":1}`), ""), s.Send("POST", testkit.VisitorPath("getEngagementQueue"), ``),
			} {
				expectStatus(t, got, http.StatusOK)
				for _, private := range []string{"Ada", "ada", "Bob", "Hello", a.Session, "Why", "matched", "session\""} {
					if strings.Contains(got.Body, private) {
						t.Fatalf("the answer tells %q: %s", private, got.Body)
					}
				}
			}
		}
		if now := s.Position(); now != before {
			t.Errorf("%d events were recorded", now-before)
		}
		if diff := cmp.Diff(was, look(), cmp.AllowUnexported(state{})); diff != "" {
			t.Errorf("the site changed (-before +after):\n%s", diff)
		}
	})
}
