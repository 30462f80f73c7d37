package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/api"
	"usher/api/agent"
	"usher/internal/testkit"
)

// inEngagement answers a body that names an engagement, with more members after it.
func inEngagement(id int64, more string) string {
	return fmt.Sprintf(`{"engagementId":%d%s}`, id, more)
}

// acknowledge answers the body of an answer to an offer.
func acknowledge(id int64, action api.AssignmentAction) string {
	return inEngagement(id, fmt.Sprintf(`,"action":%q,"actionType":"MANUAL","assignmentType":"LEAD","sequenceNumber":5`, action))
}

// holds answers the engagements that an agent session holds, such as "1 ACTIVE".
func holds(a *testkit.Agent) string {
	a.T.Helper()
	var held []string
	for _, e := range testkit.Decode[agent.EngagementsResponse](a.Server, a.Call("engagements", "")).Engagements {
		held = append(held, fmt.Sprintf("%d %s", e.EngagementID, e.State))
	}
	return strings.Join(held, ", ")
}

func expectHolds(t *testing.T, a *testkit.Agent, want string) {
	t.Helper()
	if got := holds(a); got != want {
		t.Errorf("account %d holds %q, expected %q", a.Account, got, want)
	}
}

func expectStatus(t *testing.T, a testkit.Answer, want int) {
	t.Helper()
	if a.Status != want {
		t.Errorf("status %d, expected %d: %s", a.Status, want, a.Body)
	}
}

func expectText(t *testing.T, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("expected %s in %s", part, text)
	}
}

// TestAgentSession: log-on, override, status and log-off, with every member of
// their answers, and what the session's other requests meet afterwards.
func TestAgentSession(t *testing.T) {
	written(t, "agent_session", func(t *testing.T, x *transcript) {
		logOn := func(title, body string) testkit.Answer {
			return x.send(title, "POST", testkit.AgentPath("createAutomatedAgentSession"), body, "Authorization", "Bearer "+x.AgentToken("ada"))
		}
		on := testkit.Decode[agent.CreateAutomatedAgentSessionResponse](x.Server, logOn("ada logs on",
			`{"sequenceNumber":1,"timeCreated":1618317020415,"logonOverride":false,"messageDataMap":{"console":"desk 4"}}`))
		a := &testkit.Agent{Server: x.Server, Account: on.ChatLogonResult.AccountID, Session: on.SessionID, Client: on.ClientID}
		expectStatus(t, logOn("again, without an override", ""), http.StatusBadRequest)

		x.agent("unavailable, of a kind of the site's own", a, "setActivityStatus", `{"sequenceNumber":2,"status":"UNAVAILABLE","subTypeId":3}`)
		held := parked(t, func() (testkit.Answer, error) { return a.TryCall("getMessages", `{"sequenceNumber":3}`) })
		time.Sleep(time.Second)
		again := testkit.Decode[agent.CreateAutomatedAgentSessionResponse](x.Server, logOn("again, with an override", `{"logonOverride":true,"sequenceNumber":9007199254740993}`))
		x.write("the retrieval that the old session had open", "POST", testkit.AgentPath("getMessages"), `{"sequenceNumber":3}`, held())
		x.agent("the old session's next one", a, "getMessages", "")
		if again.ClientID != on.ClientID || again.SessionID == on.SessionID {
			t.Errorf("the override answered client %d and the session's id is the same: %t", again.ClientID, again.SessionID == on.SessionID)
		}
		if info := again.ChatLogonResult.AgentInfo; info.Status != api.StatusUnavailable || info.SubTypeID != 3 {
			t.Errorf("after the override the status is %s %d", info.Status, info.SubTypeID)
		}

		a.Session = again.SessionID
		x.agent("available", a, "setActivityStatus", `{"status":"AVAILABLE","subTypeId":-1}`)
		x.agent("neither", a, "setActivityStatus", `{"status":"NONE","subTypeId":0}`)
		held = parked(t, func() (testkit.Answer, error) { return a.TryCall("getMessages", "") })
		time.Sleep(time.Second)
		x.agent("ada logs off", a, "logoff", `{"timeCreated":1618317020415,"sequenceNumber":3,"forceLogoff":false}`)
		x.write("the retrieval that was open", "POST", testkit.AgentPath("getMessages"), "", held())
		x.agent("after the log-off", a, "engagements", "")
		logOn("a session is new after a log-off", "")
	})
}

// TestAgentAssignment: asking, and each answer to an offer with its effect.
func TestAgentAssignment(t *testing.T) {
	written(t, "agent_assignment", func(t *testing.T, x *transcript) {
		ada, bob := x.LogOn("ada"), x.LogOn("bob")
		x.agent("ada asks", ada, "requestAssignment", `{"sequenceNumber":4,"assignmentRequested":true,"idleSessionCount":1,"maxSessionCount":1}`)
		v := x.Enter(testkit.Support)
		expectHolds(t, ada, "1 OFFERED")
		bob.Ask(1)
		time.Sleep(time.Second)

		x.agent("ada answers nothing", ada, "assignmentAcknowledgement", acknowledge(v.Engagement, api.ActionNone))
		x.agent("ada declines", ada, "assignmentAcknowledgement", acknowledge(v.Engagement, api.ActionDecline))
		expectHolds(t, ada, "")
		expectHolds(t, bob, "1 OFFERED")
		x.agent("ada accepts what she declined", ada, "assignmentAcknowledgement", acknowledge(v.Engagement, api.ActionAccept))

		time.Sleep(time.Second)
		ada.Ask(1)
		x.agent("bob is unavailable", bob, "assignmentAcknowledgement", acknowledge(v.Engagement, api.ActionUnavailable))
		expectHolds(t, bob, "")
		expectHolds(t, ada, "1 OFFERED")
		bob = x.LogOn("bob")
		x.agent("ada is available, which answers no offer", ada, "assignmentAcknowledgement", acknowledge(v.Engagement, api.ActionAvailable))
		expectHolds(t, ada, "1 OFFERED")
		x.agent("ada accepts", ada, "assignmentAcknowledgement", acknowledge(v.Engagement, api.ActionAccept))
		expectHolds(t, ada, "1 ACTIVE")
		x.agent("ada accepts again", ada, "assignmentAcknowledgement", acknowledge(v.Engagement, api.ActionAccept))
		x.agent("bob accepts what is ada's", bob, "assignmentAcknowledgement", acknowledge(v.Engagement, api.ActionAccept))
		x.agent("ada asks no longer", ada, "requestAssignment", `{"assignmentRequested":false,"idleSessionCount":0,"maxSessionCount":0}`)

		// Statuses are told by the next log-on.
		for login, want := range map[string]api.ActivityStatus{"ada": api.StatusAvailable, "bob": api.StatusUnavailable} {
			on := testkit.Decode[agent.CreateAutomatedAgentSessionResponse](x.Server, x.Send("POST",
				testkit.AgentPath("createAutomatedAgentSession"), `{"logonOverride":true}`, "Authorization", "Bearer "+x.AgentToken(login)))
			if got := on.ChatLogonResult.AgentInfo.Status; got != want {
				t.Errorf("%s's status is %s, expected %s", login, got, want)
			}
		}
	})
}

// TestRequestAssignmentCredits: how many of four waiting engagements are offered
// after a row of requests (agent-api 3.4).
func TestRequestAssignmentCredits(t *testing.T) {
	type ask struct {
		asks       bool
		idle, most int
	}
	for name, c := range map[string]struct {
		asks []ask
		want int
	}{
		"one":                              {[]ask{{true, 1, 3}}, 1},
		"as many as are idle":              {[]ask{{true, 3, 9}}, 3},
		"no more than the most":            {[]ask{{true, 9, 2}}, 2},
		"none idle is one":                 {[]ask{{true, 0, 2}}, 1},
		"at most 0":                        {[]ask{{true, 5, 0}}, 0},
		"not asked":                        {[]ask{{false, 5, 5}}, 0},
		"each request replaces the former": {[]ask{{true, 1, 3}, {true, 1, 3}}, 2},
		"what is held counts":              {[]ask{{true, 2, 3}, {true, 3, 3}}, 3},
		"taken back too late":              {[]ask{{true, 2, 3}, {false, 0, 0}}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := testkit.New(t, testkit.Options{})
				a := s.LogOn("ada")
				for range 4 {
					s.Enter(testkit.Support)
				}
				for _, q := range c.asks {
					expectStatus(t, a.Call("requestAssignment", fmt.Sprintf(
						`{"assignmentRequested":%t,"idleSessionCount":%d,"maxSessionCount":%d}`, q.asks, q.idle, q.most)), http.StatusOK)
				}
				if got := strings.Count(holds(a), "OFFERED"); got != c.want {
					t.Errorf("%d offers, expected %d", got, c.want)
				}
			})
		})
	}
}

// TestHeldEngagementsCountAgainstCredits: a request for three by an agent who
// holds two is a request for one, so that a place which is freed later is not
// filled unasked.
func TestHeldEngagementsCountAgainstCredits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a := s.LogOn("ada")
		for range 4 {
			s.Enter(testkit.Support)
		}
		a.Ask(2)
		a.Accept(1)
		a.Accept(2)
		a.Ask(3)
		expectHolds(t, a, "1 ACTIVE, 2 ACTIVE, 3 OFFERED")
		expectStatus(t, a.Call("releaseChat", inEngagement(1, "")), http.StatusOK)
		expectHolds(t, a, "2 ACTIVE, 3 OFFERED")
		a.Ask(3)
		expectHolds(t, a, "2 ACTIVE, 3 OFFERED, 4 OFFERED")
	})
}

// TestUnavailableTakesTheWishBack: UNAVAILABLE withdraws a request that waits for
// an engagement, and keeps what is held (agent-api 3.3).
func TestUnavailableTakesTheWishBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a, v := s.Chat("ada")
		a.Ask(2)
		for _, status := range []api.ActivityStatus{api.StatusUnavailable, api.StatusAvailable} {
			expectStatus(t, a.Call("setActivityStatus", fmt.Sprintf(`{"status":%q,"subTypeId":1}`, status)), http.StatusOK)
			s.Enter(testkit.Support)
			expectHolds(t, a, fmt.Sprintf("%d ACTIVE", v.Engagement))
		}
		a.Ask(2)
		expectHolds(t, a, fmt.Sprintf("%d ACTIVE, 2 OFFERED", v.Engagement))
	})
}

// TestAgentEngagement: one engagement from the offer to its release, with each
// operation's answer, the session's list at each state, and the history.
func TestAgentEngagement(t *testing.T) {
	written(t, "agent_engagement", func(t *testing.T, x *transcript) {
		a := x.LogOn("ada")
		x.agent("ada holds nothing", a, "engagements", `{"sequenceNumber":1}`)
		a.Ask(1)
		v := x.Enter(testkit.Support)
		v.Post("hello?")
		x.agent("an offer", a, "engagements", "")
		time.Sleep(time.Second)
		a.Accept(v.Engagement)
		x.agent("active", a, "engagements", "")

		x.agent("a post", a, "postMessage", fmt.Sprintf(`{"sequenceNumber":6,"body":"Which order?","destinationId":%d,"destinationType":"ENGAGEMENT",`+
			`"messageType":"CHAT","messageId":"a-1","messageDataMap":{"k":"v"},"richText":true,"vaResponse":"{}","visibility":"ALL"}`, v.Engagement))
		x.agent("a note among agents", a, "postMessage", fmt.Sprintf(
			`{"body":"angry","destinationId":%d,"destinationType":"ENGAGEMENT","messageType":"NONE","visibility":"NOT_ENDUSER"}`, v.Engagement))
		x.agent("off the record", a, "postMessage", fmt.Sprintf(
			`{"body":"4111 1111","destinationId":%d,"destinationType":"ENGAGEMENT","messageType":"NONE","offTheRecord":true}`, v.Engagement))
		x.agent("to the visitor alone", a, "postMessage", fmt.Sprintf(`{"body":"x","destinationId":%d,"destinationType":"END_USER","messageType":"NONE"}`, v.Client))
		x.agent("to a queue", a, "postMessage", `{"body":"x","destinationId":1,"destinationType":"QUEUE","messageType":"NONE"}`)
		x.agent("to an engagement of nobody's", a, "postMessage", testkit.AgentPost(77, "x"))
		x.agent("typing", a, "setInteractionStatus", inEngagement(v.Engagement, fmt.Sprintf(`,"sequenceNumber":7,"clientId":%d,"mode":"RESPONDING",`+
			`"sneakPreview":"Whi","sneakPreviewFocus":true,"sneakPreviewInterval":250,"sneakPreviewState":"ENABLED","visibility":"ALL"`, a.Client)))
		time.Sleep(time.Second)
		v.Post("4711")

		x.agent("the first two posts", a, "history", inEngagement(v.Engagement, `,"limit":2,"sequenceNumber":8`))
		x.agent("the rest", a, "history", inEngagement(v.Engagement, `,"afterPost":2`))
		x.agent("nothing after the last", a, "history", inEngagement(v.Engagement, `,"afterPost":6`))

		x.agent("ada concludes", a, "concludeChat", inEngagement(v.Engagement, `,"sequenceNumber":9`))
		x.agent("wrapping up", a, "engagements", "")
		x.agent("ada concludes again", a, "concludeChat", inEngagement(v.Engagement, ""))
		x.agent("a post after the end", a, "postMessage", testkit.AgentPost(v.Engagement, "late"))
		x.agent("typing after the end", a, "setInteractionStatus", inEngagement(v.Engagement, `,"clientId":1,"mode":"LISTENING"`))
		x.agent("the history while wrapping up", a, "history", inEngagement(v.Engagement, `,"afterPost":4`))
		x.agent("ada releases", a, "releaseChat", inEngagement(v.Engagement, `,"sequenceNumber":10`))
		expectHolds(t, a, "")
		x.agent("ada releases again", a, "releaseChat", inEngagement(v.Engagement, ""))
		x.agent("the history after the release", a, "history", inEngagement(v.Engagement, ""))

		w := x.Enter(testkit.Support)
		a.Ask(1)
		for _, op := range []string{"concludeChat", "releaseChat"} {
			expectStatus(t, a.Call(op, inEngagement(w.Engagement, "")), http.StatusBadRequest) // it is only offered
		}
		a.Accept(w.Engagement)
		x.agent("an active one is released", a, "releaseChat", inEngagement(w.Engagement, ""))
		expectHolds(t, a, "")
		expectText(t, w.Call("getMessages", "").Body, `"reason":"AGENT_CONCLUDED","role":"LEAD"`)
	})
}

// TestLogoff: what a log-off does to what is held (agent-api 3.15).
func TestLogoff(t *testing.T) {
	written(t, "agent_logoff", func(t *testing.T, x *transcript) {
		a, offered := x.LogOn("ada"), x.Enter(testkit.Support)
		a.Ask(1)
		x.agent("with an offer", a, "logoff", `{"forceLogoff":false}`)
		a.Accept(offered.Engagement)
		x.agent("with an active one", a, "logoff", `{"forceLogoff":false}`)
		expectStatus(t, a.Call("concludeChat", inEngagement(offered.Engagement, "")), http.StatusOK)
		x.agent("while wrapping up", a, "logoff", `{"forceLogoff":false,"sequenceNumber":12}`)

		a, v := x.Chat("ada")
		b := x.LogOn("bob")
		b.Ask(1)
		v.Poll()
		x.agent("by force", a, "logoff", `{"forceLogoff":true}`)
		x.agent("her session is over", a, "getMessages", "")
		expectHolds(t, b, fmt.Sprintf("%d OFFERED", v.Engagement))
		x.visitor("the visitor waits again", v, "getMessages", "")
	})
}
