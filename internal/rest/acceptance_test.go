package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/agent"
	"usher/api/consumer"
	"usher/internal/site"
	"usher/internal/testkit"
)

// acceptance runs the checks of a list, each against a server of its own.
func acceptance(t *testing.T, checks map[string]func(t *testing.T, s *testkit.Server)) {
	for name, check := range checks {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { check(t, testkit.New(t, testkit.Options{})) })
		})
	}
}

// agentKinds tells the kinds of a batch, such as "offer 1".
func agentKinds(r agent.GetMessagesResponse) []string {
	var kinds []string
	for _, m := range r.GetResponseTypes {
		kinds = append(kinds, numbering(m))
	}
	return kinds
}

// visitorKinds tells the names of a batch, with a post's text.
func visitorKinds(r consumer.GetMessagesResponse) []string {
	var kinds []string
	for _, m := range r.SystemMessages {
		kind := strings.TrimSuffix(strings.TrimPrefix(m.Name(), "RNEngagement"), "Message")
		if m.MessagePosted != nil {
			kind += " " + m.MessagePosted.Body
		}
		if m.Concluded != nil {
			kind += " " + string(m.Concluded.Reason)
		}
		kinds = append(kinds, kind)
	}
	return kinds
}

func expectKinds(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func expectTook(t *testing.T, start time.Time, want time.Duration) {
	t.Helper()
	if took := time.Since(start); took != want {
		t.Errorf("took %v, expected %v", took, want)
	}
}

// expectRefusal: an error has its status, its word, and a sentence.
func expectRefusal(t *testing.T, a testkit.Answer, status int, code api.ExceptionCode) {
	t.Helper()
	expectStatus(t, a, status)
	var e agent.ErrorBody
	if err := json.Unmarshal([]byte(a.Body), &e); err != nil || e.ExceptionCode != code || e.Message == "" {
		t.Errorf("expected %s and a message, got %s (%v)", code, a.Body, err)
	}
}

// escalate lets every engagement that is rerouted go to a queue.
func escalate(s *testkit.Server, to site.QueueID) {
	s.T.Helper()
	testkit.Do(s, func(x *site.Site) (site.Rules, error) {
		return x.Admin("test").DefineRules(site.Rules{Escalate: []site.Rule{{Name: "to people", Queue: to}}})
	})
}

// agentOperations are the operations that name an agent session, with a good body.
var agentOperations = map[string]string{
	"getMessages": `{}`, "setActivityStatus": `{"status":"AVAILABLE","subTypeId":1}`,
	"requestAssignment":         `{"assignmentRequested":true,"idleSessionCount":1,"maxSessionCount":1}`,
	"assignmentAcknowledgement": `{"engagementId":1,"action":"ACCEPT","actionType":"AUTO","assignmentType":"LEAD"}`,
	"postMessage":               `{"body":"x","destinationId":1,"destinationType":"ENGAGEMENT","messageType":"NONE"}`,
	"setInteractionStatus":      `{"engagementId":1,"clientId":1,"mode":"LISTENING"}`,
	"concludeChat":              `{"engagementId":1}`, "releaseChat": `{"engagementId":1}`, "logoff": `{"forceLogoff":true}`,
	"setEngagementProperty":   `{"engagementId":1,"type":"USER","name":"QUESTION","value":"x"}`,
	"modifyProperties":        `{"engagementId":1,"type":"USER"}`,
	"retrieveAgentsAndQueues": `{"id":0,"type":"ALL","includeAgentInformation":true,"includeQueueInformation":true,"includeQueueStatistics":true}`,
	"rerouteAvailability":     `{"engagementId":1}`, "rerouteEngagement": `{"engagementId":1}`,
	"engagements": `{}`, "history": `{"engagementId":1}`, "transfer": `{"engagementId":1,"accountId":13}`,
	"invite": `{"engagementId":1,"accountId":13}`, "monitor": `{"engagementId":1}`, "takeOver": `{"engagementId":1}`, "leave": `{"engagementId":1}`,
}

// TestAgentAcceptance is the agent contract's own list, section 10.
func TestAgentAcceptance(t *testing.T) {
	acceptance(t, map[string]func(t *testing.T, s *testkit.Server){
		"1 bootstrap: settings, token, a context of 41 characters is 400": func(t *testing.T, s *testkit.Server) {
			basic := testkit.Basic("ada", testkit.Password)
			send := func(context string) (settings, token testkit.Answer) {
				header := []string{"Authorization", basic, "OSvC-CREST-Application-Context", context}
				return s.Send("GET", testkit.Bootstrap+"serviceSettings/1", "", header...), s.Send("POST", testkit.Bootstrap+"agentTokens", "", header...)
			}
			settings, token := send(strings.Repeat("x", 40))
			expectText(t, settings.Body, `"domain":"usher.test"`)
			expectText(t, token.Body, `"sessionToken":"eyJhbGciOiJSU`)
			settings, token = send(strings.Repeat("x", 41))
			expectStatus(t, settings, http.StatusBadRequest)
			expectStatus(t, token, http.StatusBadRequest)
		},
		"2 a token opens a session, a wrong one is 403": func(t *testing.T, s *testkit.Server) {
			token := s.AgentToken("ada")
			logOn := func(authorization string) testkit.Answer {
				return s.Send("POST", testkit.AgentPath("createAutomatedAgentSession"), `{"logonOverride":true}`, "Authorization", authorization)
			}
			on := testkit.Decode[agent.CreateAutomatedAgentSessionResponse](s, logOn("Bearer "+token))
			if on.SessionID == "" || on.ChatLogonResult.AccountID != testkit.Ada {
				t.Errorf("got %+v", on)
			}
			for _, wrong := range []string{"", token, "Basic " + token, "Bearer ", "Bearer x", "Bearer " + token[:len(token)-8], "Bearer " + s.VisitorToken(`{}`)} {
				expectRefusal(t, logOn(wrong), http.StatusForbidden, api.AccessDenied)
			}
		},
		"3 nothing waiting: 30 s, one ChatGetTimeout, echo and twins": func(t *testing.T, s *testkit.Server) {
			a := s.LogOn("ada")
			start := time.Now()
			answer := a.Call("getMessages", `{"sequenceNumber":11,"timeCreated":1653509798320}`)
			expectTook(t, start, 30*time.Second)
			expectText(t, answer.Body, `"containsDisconnect":false,"getResponseTypes":[{"ChatGetTimeout":{}}]`)
			expectText(t, answer.Body, `"sequenceNumber":11,"sequenceNumberString":"11"`)
			if wrong := twins(t, answer.Body); len(wrong) > 0 {
				t.Error(wrong)
			}
		},
		"4 a message ends the hold at once": func(t *testing.T, s *testkit.Server) {
			a, v := s.Chat("ada")
			a.Poll("")
			held := parked(t, func() (testkit.Answer, error) { return a.TryCall("getMessages", "") })
			time.Sleep(7 * time.Second)
			start := time.Now()
			v.Post("hello")
			got := testkit.Decode[agent.GetMessagesResponse](s, held())
			expectTook(t, start, 0)
			expectKinds(t, agentKinds(got), "1 hello 3")
		},
		"5 an unknown session is 403 on every operation": func(t *testing.T, s *testkit.Server) {
			a := s.LogOn("ada")
			unknown, none, another := *a, *a, *a
			unknown.Session, none.Session, another.Account = "node0"+strings.Repeat("x", 26), "", testkit.Bob
			for op, body := range agentOperations {
				for _, wrong := range []testkit.Agent{unknown, none, another} {
					expectRefusal(t, wrong.Call(op, body), http.StatusForbidden, api.AccessDenied)
				}
			}
			if served := len(agentOperations); served != 14+7 { // all but createAutomatedAgentSession, and usher's own
				t.Errorf("%d operations were tried", served)
			}
		},
		"6 an offer that nobody answers goes elsewhere after 60 s": func(t *testing.T, s *testkit.Server) {
			a := s.LogOn("ada")
			a.Ask(1)
			v := s.Enter(testkit.Support)
			time.Sleep(55 * time.Second)
			b := s.LogOn("bob")
			b.Ask(1)
			expectHolds(t, a, "1 OFFERED")
			start := time.Now()
			expectKinds(t, agentKinds(b.Poll("")), "1 offer 1")
			if took := time.Since(start).Round(time.Second); took != 5*time.Second {
				t.Errorf("bob had to wait %v, expected 5 s", took)
			}
			late := a.Call("assignmentAcknowledgement", acknowledge(v.Engagement, api.ActionAccept))
			expectRefusal(t, late, http.StatusBadRequest, api.BadRequest)
			expectKinds(t, agentKinds(a.Poll("")), "1 offer 1", "1 left 2")
			b.Accept(v.Engagement)
		},
		"7 accept: the participant, earlier posts in order, the visitor sees LEAD": func(t *testing.T, s *testkit.Server) {
			a := s.LogOn("ada")
			v := s.Enter(testkit.Support)
			for n := range 5 {
				v.Post(fmt.Sprint("post ", n))
			}
			a.Ask(1)
			expectKinds(t, agentKinds(a.Poll("")), "1 offer 1")
			a.Accept(v.Engagement)
			expectKinds(t, agentKinds(a.Poll("")), "1 joined 2", "1 post 0 3", "1 post 1 4", "1 post 2 5", "1 post 3 6", "1 post 4 7")
			joined := v.Poll().SystemMessages[0].ParticipantAdded
			if joined == nil || joined.Role != api.RoleLead || joined.ClientID != a.Client || joined.Name != "Ada" {
				t.Errorf("the visitor sees %+v", joined)
			}
		},
		"8 post and typing both ways, NOT_ENDUSER stays hidden": func(t *testing.T, s *testkit.Server) {
			a, v := s.Chat("ada")
			a.Poll("")
			v.Poll()
			a.Post(v.Engagement, "open")
			hidden := fmt.Sprintf(`{"body":"hidden","destinationId":%d,"destinationType":"ENGAGEMENT","messageType":"NONE","visibility":"NOT_ENDUSER"}`, v.Engagement)
			expectStatus(t, a.Call("postMessage", hidden), http.StatusOK)
			expectStatus(t, a.Call("setInteractionStatus", inEngagement(v.Engagement, `,"clientId":1,"mode":"RESPONDING"`)), http.StatusOK)
			expectKinds(t, visitorKinds(v.Poll()), "MessagePosted open", "ActivityChanged")
			expectStatus(t, a.Call("setInteractionStatus", inEngagement(v.Engagement, `,"clientId":1,"mode":"LISTENING","visibility":"NOT_ENDUSER"`)), http.StatusOK)
			expectKinds(t, visitorKinds(v.Poll()))
			v.Post("hello")
			expectStatus(t, v.Call("activity", `{"mode":"RESPONDING"}`), http.StatusOK)
			expectKinds(t, agentKinds(a.Poll("")), "1 hello 3", "1 types 3")
			expectText(t, a.Call("history", inEngagement(v.Engagement, "")).Body, `"body":"hidden"`)
		},
		"9 reroute: the visitor is back in a queue, the place is free": func(t *testing.T, s *testkit.Server) {
			bot := s.LogOn("echo")
			bot.Ask(1)
			v := s.Enter(testkit.Echo)
			bot.Accept(v.Engagement)
			escalate(s, testkit.Support)
			v.Poll()
			next := s.Enter(testkit.Echo)
			available := testkit.Decode[agent.RerouteAvailabilityResponse](s, bot.Call("rerouteAvailability", inEngagement(v.Engagement, "")))
			if available.QueueID != testkit.Support {
				t.Errorf("it would go to queue %d", available.QueueID)
			}
			expectStatus(t, bot.Call("rerouteEngagement", inEngagement(v.Engagement, "")), http.StatusOK)
			expectHolds(t, bot, "")
			expectKinds(t, agentKinds(bot.Poll("")), "1 offer 1", "1 joined 2", "1 left 3")
			told := v.Poll()
			expectKinds(t, visitorKinds(told), "ParticipantLeft", "WaitInformationChanged")
			if l := told.SystemMessages[0].ParticipantLeft; l.DisconnectReason != api.ReasonTransferredToQueue || l.Role != api.RoleLead {
				t.Errorf("the visitor is told %+v", l)
			}
			bot.Ask(1)
			expectHolds(t, bot, fmt.Sprintf("%d OFFERED", next.Engagement))
			a := s.LogOn("ada")
			a.Ask(1)
			expectHolds(t, a, fmt.Sprintf("%d OFFERED", v.Engagement))
		},
		"10 conclude: wrap-up holds the place, release frees it": func(t *testing.T, s *testkit.Server) {
			a, v := s.Chat("ada")
			s.Enter(testkit.Support)
			a.Ask(1) // at most one at a time
			expectHolds(t, a, "1 ACTIVE")
			expectStatus(t, a.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
			a.Ask(1)
			expectHolds(t, a, "1 WRAP_UP")
			expectStatus(t, a.Call("releaseChat", inEngagement(v.Engagement, "")), http.StatusOK)
			expectHolds(t, a, "2 OFFERED")
		},
		"11 no sign of life for 240 s: queued again, the session is 403": func(t *testing.T, s *testkit.Server) {
			a, v := s.Chat("ada")
			start := time.Now()
			v.Poll()
			var told []string
			var left *consumer.ParticipantLeft
			for left == nil && time.Since(start) < 5*time.Minute {
				for _, m := range v.Poll().SystemMessages {
					told = append(told, fmt.Sprint(strings.TrimPrefix(m.Name(), "RNEngagement"), " after ", time.Since(start).Round(time.Second)))
					if m.ParticipantLeft != nil {
						left = m.ParticipantLeft
					}
				}
			}
			want := []string{
				"ParticipantConnectionStateChangedMessage after 2m0s", "ParticipantLeftMessage after 4m0s", "WaitInformationChangedMessage after 4m0s",
			}
			if diff := cmp.Diff(want, told); diff != "" {
				t.Fatalf("told (-want +got):\n%s", diff)
			}
			if left.DisconnectReason != api.ReasonTransferredToQueue || left.Role != api.RoleLead {
				t.Errorf("the visitor is told %+v", left)
			}
			expectRefusal(t, a.Call("engagements", ""), http.StatusForbidden, api.AccessDenied)
			b := s.LogOn("bob")
			b.Ask(1)
			expectHolds(t, b, "1 OFFERED")
		},
		"12 override: a new id, the old one 403, chats kept, sequences anew": func(t *testing.T, s *testkit.Server) {
			a, v := s.Chat("ada")
			a.Poll("")
			old := *a
			a = s.LogOn("ada")
			if a.Session == old.Session || a.Client != old.Client {
				t.Errorf("client %d became %d, and the id is the same: %t", old.Client, a.Client, a.Session == old.Session)
			}
			for op, body := range agentOperations {
				expectRefusal(t, old.Call(op, body), http.StatusForbidden, api.AccessDenied)
			}
			expectHolds(t, a, "1 ACTIVE")
			v.Post("still there?")
			a.Post(v.Engagement, "yes")
			// The offer and the introduction were handed out, and nothing told that they arrived.
			expectKinds(t, agentKinds(a.Poll("")), "1 offer 1", "1 joined 2", "1 still there? 3")
			expectKinds(t, visitorKinds(v.Poll()), "ParticipantAdded", "MessagePosted yes")
		},
		"13 the client of two calls: a property of another's engagement, log off by force": func(t *testing.T, s *testkit.Server) {
			_, v := s.Chat("ada")
			on := testkit.Decode[agent.CreateAutomatedAgentSessionResponse](s, s.Send("POST", testkit.AgentPath("createAutomatedAgentSession"),
				`{"logonOverride": true}`, "Authorization", "Bearer "+s.AgentToken("echo"), "OSvC-CREST-Application-Context", "Reference Implementation"))
			// It sends its bearer token and its context with every call, and its account from its own configuration.
			header := []string{"Authorization", "Bearer x", "OSvC-CREST-Application-Context", "Reference Implementation",
				"X-JSESSIONID", on.SessionID, "X-AID", "14", "Content-Type", "application/json"}
			expectStatus(t, s.Send("POST", testkit.AgentPath("setEngagementProperty"),
				inEngagement(v.Engagement, `,"type":"USER","name":"QUESTION","value":"New question"`), header...), http.StatusOK)
			expectStatus(t, s.Send("POST", testkit.AgentPath("logoff"), `{"forceLogoff":true}`, header...), http.StatusOK)
			expectRefusal(t, s.Send("POST", testkit.AgentPath("getMessages"), `{}`, header...), http.StatusForbidden, api.AccessDenied)
			b := s.LogOn("bob")
			b.Ask(1)
			expectStatus(t, s.LogOn("ada").Call("logoff", `{"forceLogoff":true}`), http.StatusOK)
			if got := b.Poll("").GetResponseTypes[0].ChatEngagementAssignment.ContactInfo.Question; got != "New question" {
				t.Errorf("the next agent is told the question %q", got)
			}
		},
		"14 sessionInformation as string and object, sessionServerResponse is JSON": func(t *testing.T, s *testkit.Server) {
			for _, body := range []string{`{"sessionInformation":"{\"firstName\":\"Ann\"}"}`, `{"sessionInformation":{"firstName":"Ann"}}`} {
				answer := s.Send("POST", testkit.Bootstrap+"establishSessions", body, "Authorization", testkit.Basic("ada", testkit.Password))
				var outer struct{ SessionServerResponse, ChannelToken string }
				if err := json.Unmarshal([]byte(answer.Body), &outer); err != nil {
					t.Fatal(err)
				}
				var inner map[string]string
				if err := json.Unmarshal([]byte(outer.SessionServerResponse), &inner); err != nil {
					t.Errorf("sessionServerResponse %s: %v", outer.SessionServerResponse, err)
				}
				if diff := cmp.Diff(map[string]string{"domain": "usher.test:8080", "pool": "1:1"}, inner); diff != "" {
					t.Errorf("sessionServerResponse (-want +got):\n%s", diff)
				}
				if session := claims(t, strings.Split(outer.ChannelToken, ".")[1])["session"]; !cmp.Equal(session, any(map[string]any{"firstName": "Ann"})) {
					t.Errorf("%s: the token says %v", body, session)
				}
			}
		},
	})
}

// TestPoolIsNotLookedAt: missing, empty, escaped or stale, the pool changes nothing.
func TestPoolIsNotLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a, v := s.Chat("ada")
		for _, pool := range []string{"", "?pool=", "?pool=1%3A1", "?pool=297:1", "?pool=x&pool=y"} {
			bare := func(path string) string { return strings.TrimSuffix(path, "?pool=1:1") + pool }
			expectStatus(t, s.Send("POST", bare(testkit.AgentPath("engagements")), "", "X-JSESSIONID", a.Session, "X-AID", "12"), http.StatusOK)
			expectStatus(t, s.Send("POST", bare(testkit.AgentPath("setInteractionStatus")), inEngagement(v.Engagement, `,"clientId":1,"mode":"LISTENING"`),
				"X-JSESSIONID", a.Session, "X-AID", "12", "Authorization", "Bearer x", "OSvC-CREST-Application-Context", strings.Repeat("x", 50)), http.StatusOK)
			expectStatus(t, s.Send("POST", bare(testkit.VisitorPath("activity")), `{"mode":"LISTENING"}`, "sessionid", v.Session, "Authorization", "Basic x"), http.StatusOK)
		}
	})
}
