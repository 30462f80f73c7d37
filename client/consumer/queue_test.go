package consumer_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	wire "usher/api/consumer"
	"usher/api/sites"
	"usher/client"
	"usher/client/consumer"
	"usher/client/internal/chattest"
)

const standing = `"queueId":1,"queueIdString":"1","availableAgentSessions":3,"totalAvailableAgents":2,"engagementsInQueue":4,` +
	`"expectedWaitSeconds":5,"averageWaitSeconds":6,"resultType":"SUCCESS","reason":""`

// asked checks how a question was put, and answers its object.
func asked(t *testing.T, seen []chattest.Seen, host, operation string) (request map[string]any) {
	t.Helper()
	r := seen[len(seen)-1]
	if r.Method != "GET" || r.Host != host || r.Path != "/engagement/api/consumer/demo/v1/"+operation || r.Header.Get("Authorization") != "" || r.Body != nil {
		t.Errorf("%+v", r)
	}
	query, err := url.ParseQuery(r.Query)
	if err != nil || len(query) != 1 {
		t.Errorf("query %q: %v", r.Query, err)
	}
	if err := json.Unmarshal([]byte(query.Get("request")), &request); err != nil {
		t.Errorf("query %q: %v", r.Query, err)
	}
	return request
}

func TestQueueStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := chattest.New(t)
		server.On("getQueueStats", chattest.JSON(`{`+envelope+`,`+standing+`,"added":1}`))
		options := consumer.Options{Server: "http://site.example/", Site: "demo", HTTP: server.Client}
		got, err := consumer.QueueStats(t.Context(), options, wire.GetQueueStatsRequest{QueueID: 1, ChatProactiveAvailableType: wire.AvailableAgents})
		if err != nil {
			t.Fatal(err)
		}
		want := wire.QueueStatistics{
			QueueID: 1, QueueIDString: "1", AvailableAgentSessions: 3, TotalAvailableAgents: 2, EngagementsInQueue: 4,
			ExpectedWaitSeconds: 5, AverageWaitSeconds: 6, ResultType: api.ResultSuccess,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		request := asked(t, server.Seen("getQueueStats"), "site.example", "getQueueStats")
		if diff := cmp.Diff(map[string]any{"queueId": 1.0, "chatProactiveAvailableType": "AGENTS"}, request); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		options.ChatURL = "http://chat.example:8080"
		if _, err := consumer.QueueStats(t.Context(), options, wire.GetQueueStatsRequest{QueueID: 2}); err != nil {
			t.Fatal(err)
		}
		request = asked(t, server.Seen("getQueueStats"), "chat.example:8080", "getQueueStats")
		if diff := cmp.Diff(map[string]any{"queueId": 2.0}, request); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestEngagementQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := chattest.New(t)
		server.On("getEngagementQueue",
			chattest.JSON(`{`+envelope+`,`+standing+`,"chatRouteId":2,"cancelledSurveyId":0,"cancelledSurveyIdString":"0","cancelledSurveyAuth":null,"completedSurveyId":0,"completedSurveyIdString":"0","completedSurveyAuth":null}`),
			chattest.JSON(`{`+envelope+`,"queueId":0,"queueIdString":"0","availableAgentSessions":0,"resultType":"FAIL_HOLIDAY","reason":"We are away."}`))
		options := consumer.Options{Server: "http://site.example", Site: "demo", HTTP: server.Client}
		visitor := wire.GetEngagementQueueRequest{
			InterfaceName: "Laden & Co", ProductID: 21, CustomFields: []sites.SessionCustomField{{Name: "c$tier", Type: api.FieldString, Value: "gold + more"}},
		}
		got, err := consumer.EngagementQueue(t.Context(), options, visitor)
		if err != nil || got.QueueID != 1 || got.ChatRouteID != 2 || got.ExpectedWaitSeconds != 5 || got.ResultType != api.ResultSuccess {
			t.Errorf("%+v, %v", got, err)
		}
		request := asked(t, server.Seen("getEngagementQueue"), "site.example", "getEngagementQueue")
		want := map[string]any{
			"interfaceName": "Laden & Co", "productId": 21.0, "customFields": []any{map[string]any{"name": "c$tier", "type": "STRING", "value": "gold + more"}},
		}
		if diff := cmp.Diff(want, request); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		got, err = consumer.EngagementQueue(t.Context(), options, wire.GetEngagementQueueRequest{})
		if err != nil || got.QueueID != 0 || got.ResultType != api.ResultHoliday || got.Reason != "We are away." {
			t.Errorf("turned away: %+v, %v", got, err)
		}
		if diff := cmp.Diff(map[string]any{}, asked(t, server.Seen("getEngagementQueue"), "site.example", "getEngagementQueue")); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestQuestionsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := chattest.New(t)
		for _, operation := range []string{"getQueueStats", "getEngagementQueue"} {
			server.On(operation, chattest.Refuse(408, `{"exceptionCode":"DEPENDENCY_APPLICATION_TIMEOUT","message":"It took too long.","errorMessages":[]}`, "Retry-After", "1"), chattest.Lost)
		}
		ask := func(o consumer.Options) (errs []error) {
			_, err := consumer.QueueStats(t.Context(), o, wire.GetQueueStatsRequest{QueueID: 1})
			_, other := consumer.EngagementQueue(t.Context(), o, wire.GetEngagementQueueRequest{})
			return []error{err, other}
		}
		for _, err := range ask(consumer.Options{Server: "http://site.example", Site: "demo", HTTP: server.Client}) {
			e, ok := errors.AsType[*client.Error](err)
			if !ok || e.Status != 408 || e.Code != api.DependencyApplicationTimeout || e.Message != "It took too long." || errors.Is(err, client.ErrSessionEnded) {
				t.Error(err)
			}
		}
		for _, err := range ask(consumer.Options{Server: "http://site.example", Site: "demo", HTTP: server.Client}) {
			if err == nil {
				t.Error("no error for a lost connection")
			}
		}
		for part, bad := range map[string]consumer.Options{"Site": {Server: "http://site.example"}, "Server": {Server: "site.example", Site: "demo"}} {
			for _, err := range ask(bad) {
				if err == nil || !strings.Contains(err.Error(), "the option "+part) {
					t.Errorf("%+v: %v", bad, err)
				}
			}
		}
	})
}
