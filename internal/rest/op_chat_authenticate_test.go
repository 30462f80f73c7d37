package rest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/consumer"
	"usher/api/sites"
	"usher/internal/testkit"
)

// chatAuthenticate is the path that published clients call.
const chatAuthenticate = "/serviceApi/resources/latest/chatAuthenticate"

// authenticate calls chatAuthenticate, which must answer 201.
func authenticate(s *testkit.Server, path, body string, header ...string) sites.ChatAuthenticateResponse {
	s.T.Helper()
	got := s.Send("POST", path, body, append(header, "Authorization", testkit.Basic("ada", testkit.Password))...)
	if got.Status != http.StatusCreated {
		s.T.Fatalf("%s of %s: status %d, want 201: %s", path, body, got.Status, got.Body)
	}
	var answer sites.ChatAuthenticateResponse
	if err := json.Unmarshal([]byte(got.Body), &answer); err != nil {
		s.T.Fatal(err)
	}
	return answer
}

// TestChatAuthenticate: every address and content type answers 201 with a token that
// opens an engagement at the site and in the pool that stand beside it (agent-api
// 6.4, consumer-api 2.1.1).
func TestChatAuthenticate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		for _, prefix := range []string{"", "/sites/" + testkit.SiteName} {
			for _, path := range []string{
				"/serviceApi/resources/11.13.0.0/", "/serviceApi/resources/latest/", "/serviceApi/resources/v9/",
				"/crmRestApi/resources/11.13.18.05/", "/crmRestApi/resources/latest/",
			} {
				for _, contentType := range []string{
					"", "application/json", "application/json; charset=UTF-8", "application/vnd.oracle.adf.resourceitem+json", "Application/VND.oracle.adf.resourceItem+JSON;charset=utf-8",
				} {
					answer := authenticate(s, prefix+path+"chatAuthenticate", `{"authUserName":"ann.lee"}`, "Content-Type", contentType)
					want := sites.ChatAuthenticateResponse{JWT: answer.JWT, Domain: "usher.test:8080", ChatSiteName: testkit.SiteName, PoolID: "1:1"}
					if diff := cmp.Diff(want, answer); diff != "" {
						t.Errorf("%s (-want +got):\n%s", prefix+path, diff)
					}
					opened := s.Send("POST", "/engagement/api/consumer/"+answer.ChatSiteName+"/v1/requestEngagement?pool="+answer.PoolID, `{}`, "Authorization", "Bearer "+answer.JWT)
					if got := testkit.Decode[consumer.RequestEngagementResponse](s, opened); got.SessionID == "" || got.QueueID != testkit.Support {
						t.Errorf("%s: the token opens %+v", prefix+path, got)
					}
				}
			}
		}
	})
}

// TestChatAuthenticateAnswer: its members, their order, and that there is no port.
func TestChatAuthenticateAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		got := s.Send("POST", chatAuthenticate, `{"authUserName":"ann.lee"}`, "Authorization", testkit.Basic("ada", testkit.Password))
		expectStatus(t, got, http.StatusCreated)
		expectText(t, got.Header.Get("Content-Type"), "application/json;charset=utf-8")
		var answer sites.ChatAuthenticateResponse
		if err := json.Unmarshal([]byte(got.Body), &answer); err != nil {
			t.Fatal(err)
		}
		want := `{"jwt":"` + answer.JWT + `","domain":"usher.test:8080","chatSiteName":"demo","poolId":"1:1"}` + "\n"
		if got.Body != want || !strings.HasPrefix(answer.JWT, "eyJhbGciOiJSU") {
			t.Errorf("got %s, want %s", got.Body, want)
		}
		claim := claims(t, strings.Split(answer.JWT, ".")[1])
		if diff := cmp.Diff(map[string]any{"authUserName": "ann.lee"}, claim["session"]); diff != "" || claim["clientType"] != "CONSUMER" {
			t.Errorf("the token says %v (-want +got):\n%s", claim, diff)
		}
	})
}

// TestChatAuthenticateAttributes: whatever establishSessions takes, in the ways of
// consumer-api 1.3, the agent sees the same of; what is only of this call is taken.
func TestChatAuthenticateAttributes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		session := func(token string) any {
			t.Helper()
			all := claims(t, strings.Split(token, ".")[1])["session"].(map[string]any)
			delete(all, "authUserName")
			return all
		}
		want := session(s.VisitorToken(attributes))
		with := func(more string) string { return `{"authUserName":"ann",` + more + strings.TrimPrefix(attributes, "{") }
		var fields struct{ CustomFields json.RawMessage }
		if err := json.Unmarshal([]byte(attributes), &fields); err != nil {
			t.Fatal(err)
		}
		list := string(fields.CustomFields)
		text, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		for name, body := range map[string]string{
			"as they are":            with(``),
			"custom fields as text":  strings.Replace(with(``), list, string(text), 1),
			"a client type":          with(`"clientType":"CONSUMER",`),
			"a client type in lower": with(`"clientType":"consumer",`),
			"no client type":         with(`"clientType":null,`),
			"what is not used": with(`"incidentType":"SR","chatPriority":"1","escalationLevel":2,"businessUnitOrgId":"300000001","applicationClassification":"ORA_SALES",` +
				`"allowAgentAttachments":true,`),
			"what is not used, null": with(`"incidentType":null,"chatPriority":null,"escalationLevel":null,"businessUnitOrgId":null,"applicationClassification":null,"allowAgentAttachments":null,`),
			"what nobody knows":      with(`"links":[{"rel":"self"}],"domain":null,"port":{},`),
			"numbers as text":        strings.NewReplacer(`"contactId":21`, `"contactId":"21"`, `"organizationId":"22"`, `"organizationId":22`).Replace(with(``)),
		} {
			if diff := cmp.Diff(want, session(authenticate(s, chatAuthenticate, body).JWT)); diff != "" {
				t.Errorf("%s (-establishSessions +this):\n%s", name, diff)
			}
		}
		for body, want := range map[string]string{
			`{"authUserName":"ann.lee@example.org"}`: "ann.lee@example.org", `{"authUserName":4711}`: "4711", `{"authUserName":true}`: "true", `{"authUserName":" Ann "}`: " Ann ",
		} {
			token := claims(t, strings.Split(authenticate(s, chatAuthenticate, body).JWT, ".")[1])
			if got := token["session"].(map[string]any)["authUserName"]; got != want {
				t.Errorf("%s: the token says %v", body, got)
			}
		}
		a := s.LogOn("bob")
		a.Ask(1)
		token := authenticate(s, chatAuthenticate, `{"authUserName":"ann","firstName":"Ann","assigneeId":"13","queueId":"1","customFields":"[{\"name\":\"c$tier\",\"value\":\"gold\"}]"}`).JWT
		expectStatus(t, enter(s, token), http.StatusOK)
		offer := a.Poll("").GetResponseTypes[0].ChatEngagementAssignment
		if offer == nil || offer.ContactInfo.FirstName != "Ann" || offer.InitiationType != "CONSUMER_TARGETED" || len(offer.ContactInfo.CustomFields) != 1 ||
			offer.ContactInfo.CustomFields[0].Value != "gold" {
			t.Errorf("the agent is told %+v", offer)
		}
	})
}

// TestChatAuthenticateRefusals: what it does not take, in the form of the bootstrap.
func TestChatAuthenticateRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		basic := []string{"Authorization", testkit.Basic("ada", testkit.Password)}
		post := func(what string, w want, path, body string, header ...string) {
			t.Helper()
			s.refuses(what, siteForm, w, "POST", path, body, header...)
		}
		missing := want{400, "00011", []string{"authUserName is missing"}}
		for _, body := range []string{"", "{}", "null", `{"authUserName":null}`, `{"authUserName":""}`, `{"authUserName":"  "}`, `{"sessionInformation":{"authUserName":"ann"}}`} {
			post("a body of "+body, missing, chatAuthenticate, body, basic...)
		}
		for _, clientType := range []string{`"AGENT"`, `"agent"`, `"SUPERVISOR"`, `""`, `"CONSUMER "`, "5", "true"} {
			post("client type "+clientType, want{400, "00011", []string{"clientType: expected CONSUMER"}}, chatAuthenticate, `{"authUserName":"ann","clientType":`+clientType+`}`, basic...)
		}
		for _, body := range []string{`{"authUserName":"ann"`, `[]`, `{"authUserName":{}}`, `{"authUserName":["ann"]}`, `{"authUserName":"ann","customFields":"nope"}`,
			`{"authUserName":"ann","customFields":"{}"}`, `{"authUserName":"ann","queueId":"one"}`, `{"authUserName":"ann","chatPriority":{}}`} {
			post(body, want{400, "00011", nil}, chatAuthenticate, body, basic...)
		}
		post("too much", want{400, "00016", []string{"6 KiB"}}, chatAuthenticate, `{"authUserName":"`+strings.Repeat("x", 6<<10)+`"}`, basic...)
		post("an interface of 33 bits", want{400, "00016", []string{"interfaceId"}}, chatAuthenticate, `{"authUserName":"ann","interfaceId":4294967296}`, basic...)
		post("no log-in", want{401, "00014", nil}, chatAuthenticate, `{"authUserName":"ann"}`)
		post("a wrong password", want{401, "00014", nil}, chatAuthenticate, `{"authUserName":"ann"}`, "Authorization", testkit.Basic("ada", "wrong"))
		post("a token", want{401, "00014", nil}, chatAuthenticate, `{"authUserName":"ann"}`, "Authorization", "Bearer "+s.AgentToken("ada"))
		post("another site", want{404, "00013", nil}, "/sites/nowhere"+chatAuthenticate, `{"authUserName":"ann"}`, basic...)
		post("another resource", want{404, "00013", nil}, "/serviceApi/resources/latest/chats", `{}`, basic...)
		post("no version", want{404, "00013", nil}, "/crmRestApi/resources/chatAuthenticate", `{}`, basic...)
		s.refuses("another method", siteForm, want{405, "00002", []string{"POST"}}, "GET", chatAuthenticate, "", basic...)
		if got := s.Send("OPTIONS", chatAuthenticate, "", "Origin", page); got.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Error("pages are let in")
		}
	})
}

// TestPagesSayNotWhoIsSignedIn: a page that starts a session itself has no word in
// who the visitor is: the name of somebody who is signed in is no subject of its token.
func TestPagesSayNotWhoIsSignedIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		first := authenticate(s, chatAuthenticate, `{"authUserName":"ann.lee","resumeType":"RESUME"}`).JWT
		mine := testkit.Decode[consumer.RequestEngagementResponse](s, enter(s, first))
		started := testkit.Decode[consumer.StartResponse](s, startFrom(s, `{"key":"`+s.WidgetKey+`","authUserName":"ann.lee","resumeType":"RESUME"}`))
		if subject, _ := claims(t, strings.Split(started.ChannelToken, ".")[1])["sub"].(string); strings.Contains(subject, "ann.lee") {
			t.Errorf("the page's token is of %q", subject)
		}
		got := testkit.Decode[consumer.RequestEngagementResponse](s, enter(s, started.ChannelToken))
		if got.ResultType != api.ResultSuccess || got.EngagementID == mine.EngagementID || got.SessionID == mine.SessionID {
			t.Errorf("a page that says it is Ann gets her engagement: %+v", got)
		}
	})
}
