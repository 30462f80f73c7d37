package rest_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/agent"
	"usher/api/consumer"
	"usher/internal/testkit"
)

// attributes are all that a site can say of a visitor (agent-api 6.3).
const attributes = `{"firstName":"Ann","lastName":"Lee","emailAddress":"ann@example.org","queueId":"1","contactId":21,"organizationId":"22",` +
	`"productId":23,"categoryId":24,"incidentId":25,"question":"Where is <my> order?","interfaceId":1,"visitorId":"vis-1",` +
	`"referrerUrl":"https://shop.example/orders?a=1&b=2","requestSource":"INLAY_EMBEDDED_CHAT","auxillaryData":{"browser":"Lynx",` +
	`"OPERATING_SYSTEM":"Plan 9","User_Agent":"Lynx/2.9","IP_ADDRESS":"203.0.113.7","LANGUAGE":"en_US"},"auxiliaryData":{"BROWSER":"not this"},` +
	`"customFields":[{"name":"c$location","type":"string","value":"Ulm"},{"name":"c$n","value":7}],"resumeType":"NONE","mediaList":"CHAT",` +
	`"routingData":"r","sessionId":"s","coBrowsePremiumSupported":0}`

// TestMessages: both dialects of all that happens in a chat, member by member.
func TestMessages(t *testing.T) {
	written(t, "messages", func(t *testing.T, x *transcript) {
		a := x.LogOn("ada")
		a.Ask(1)
		held := parked(t, func() (testkit.Answer, error) { return a.TryCall("getMessages", `{"sequenceNumber":1}`) })
		time.Sleep(5 * time.Second)
		v := visit(x.Server, attributes)
		x.write("the offer", "POST", testkit.AgentPath("getMessages"), `{"sequenceNumber":1}`, held())
		time.Sleep(time.Second)
		expectStatus(t, v.Call("postMessage", `{"body":"hello & <b>hi</b>"}`), http.StatusOK)
		expectStatus(t, v.Call("postMessage", `{"body":"<b>hello</b>","richText":true,"messageId":"v-2","messageDataMap":{"page":"/orders"}}`), http.StatusOK)
		expectStatus(t, v.Call("postMessage", `{"body":"my number is 4711","offTheRecord":true,"messageId":"v-3"}`), http.StatusOK)
		time.Sleep(time.Second)
		a.Accept(v.Engagement)
		x.agent("the visitor and its earlier posts", a, "getMessages", "")
		x.visitor("the agent", v, "getMessages", "")

		time.Sleep(time.Second)
		for _, members := range []string{
			`"body":"Which order?","messageType":"NONE"`,
			`"body":"<i>this</i> or that?","messageType":"CHOICE","richText":true,"messageId":"a-2","messageDataMap":{"k":"v"},"vaResponse":"{\"choices\":[1]}","visibility":"ALL"`,
			`"body":"angry","messageType":"NONE","visibility":"NOT_ENDUSER"`,
			`"body":"4111 1111","messageType":"NONE","offTheRecord":true,"visibility":"NONE"`,
		} {
			expectStatus(t, a.Call("postMessage", fmt.Sprintf(`{%s,"destinationId":%d,"destinationType":"ENGAGEMENT"}`, members, v.Engagement)), http.StatusOK)
		}
		status := func(more string) {
			expectStatus(t, a.Call("setInteractionStatus", inEngagement(v.Engagement, fmt.Sprintf(`,"clientId":%d%s`, a.Client, more))), http.StatusOK)
		}
		status(`,"mode":"RESPONDING","sneakPreview":"Per","sneakPreviewFocus":true`)
		status(`,"mode":"LISTENING","visibility":"NOT_ENDUSER"`)
		x.visitor("the agent's posts and typing; the note among agents is not in it", v, "getMessages", "")
		status(`,"mode":"LISTENING"`)
		x.visitor("the agent no longer types", v, "getMessages", "")

		time.Sleep(time.Second)
		expectStatus(t, v.Call("activity", `{"mode":"RESPONDING","sneakPreviewText":"the fir","sneakPreviewFocus":true}`), http.StatusOK)
		x.agent("the visitor types", a, "getMessages", "")
		v.Post("the first")
		expectStatus(t, v.Call("activity", `{"mode":"LISTENING"}`), http.StatusOK)
		x.agent("the visitor's post, and typing no longer", a, "getMessages", "")
		x.agent("nothing", a, "getMessages", `{"sequenceNumber":11,"timeCreated":160444022000}`)
		x.visitor("nothing", v, "getMessages", "")
	})
}

// visit opens an engagement with session attributes.
func visit(s *testkit.Server, attributes string) *testkit.Visitor {
	s.T.Helper()
	v := testkit.Decode[consumer.RequestEngagementResponse](s, s.Send("POST", testkit.VisitorPath("requestEngagement"), "",
		"Authorization", "Bearer "+s.VisitorToken(attributes)))
	return &testkit.Visitor{Server: s, Session: v.SessionID, Client: v.ClientID, Engagement: v.EngagementID}
}

// TestMessagesOfAProgram: an agent that is a program says so.
func TestMessagesOfAProgram(t *testing.T) {
	written(t, "messages_program", func(t *testing.T, x *transcript) {
		bot := x.LogOn("echo")
		bot.Ask(1)
		v := visit(x.Server, `{"queueId":2}`)
		x.agent("an offer of which nothing is known", bot, "getMessages", "")
		bot.Accept(v.Engagement)
		x.agent("a visitor without a name", bot, "getMessages", "")
		x.visitor("a program", v, "getMessages", "")
	})
}

// TestWaitInformation: the place, the average of the last waits, and the expected one.
func TestWaitInformation(t *testing.T) {
	written(t, "messages_wait", func(t *testing.T, x *transcript) {
		a := x.LogOn("ada")
		first, second := x.Enter(testkit.Support), x.Enter(testkit.Support)
		x.visitor("the first", first, "getMessages", "")
		x.visitor("the second", second, "getMessages", "")
		time.Sleep(20 * time.Second)
		held := parked(t, func() (testkit.Answer, error) { return second.TryCall("getMessages", "") })
		a.Ask(2)
		a.Accept(first.Engagement)
		time.Sleep(9 * time.Second)
		a.Accept(second.Engagement)
		x.write("the second is served: no place, but the agent", "POST", testkit.VisitorPath("getMessages"), "", held())
		third, fourth := x.Enter(testkit.Support), x.Enter(testkit.Support)
		x.visitor("the third knows how long the others waited", third, "getMessages", "")
		x.visitor("the fourth", fourth, "getMessages", "")
		held = parked(t, func() (testkit.Answer, error) { return fourth.TryCall("getMessages", "") })
		expectStatus(t, third.Call("concludeEngagement", ""), http.StatusOK)
		x.write("the fourth moves up", "POST", testkit.VisitorPath("getMessages"), "", held())
	})
}

// TestEndings: each cause that an engagement ends for, or an agent's part in it,
// as both sides are told.
func TestEndings(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, x *transcript, a *testkit.Agent, v *testkit.Visitor){
		"agent_concludes": func(t *testing.T, x *transcript, a *testkit.Agent, v *testkit.Visitor) {
			expectStatus(t, a.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
			x.agent("the agent, who did it, is told nothing", a, "getMessages", "")
			x.visitor("the visitor", v, "getMessages", "")
		},
		"visitor_concludes": func(t *testing.T, x *transcript, a *testkit.Agent, v *testkit.Visitor) {
			expectStatus(t, v.Call("concludeEngagement", ""), http.StatusOK)
			x.agent("the agent", a, "getMessages", "")
			x.visitor("the visitor", v, "getMessages", "")
			expectHolds(t, a, "1 WRAP_UP")
		},
		"nobody_does_anything": func(t *testing.T, x *transcript, a *testkit.Agent, v *testkit.Visitor) {
			expectStatus(t, patchSettings(x.Server, `{"idleSeconds":20}`), http.StatusOK)
			other := parked(t, func() (testkit.Answer, error) { return v.TryCall("getMessages", "") })
			x.agent("the agent", a, "getMessages", "")
			x.write("the visitor", "POST", testkit.VisitorPath("getMessages"), "", other())
			expectHolds(t, a, "1 WRAP_UP")
		},
		"visitor_is_lost": func(t *testing.T, x *transcript, a *testkit.Agent, v *testkit.Visitor) {
			time.Sleep(5 * time.Second)
			for range 8 { // until 210 s after the visitor's last sign of life; one tells that it is away
				a.Poll("")
			}
			x.agent("the agent", a, "getMessages", "")
			x.visitor("the visitor", v, "getMessages", "")
			expectHolds(t, a, "1 WRAP_UP")
		},
		"agent_leaves": func(t *testing.T, x *transcript, a *testkit.Agent, v *testkit.Visitor) {
			expectStatus(t, a.Call("logoff", `{"forceLogoff":true}`), http.StatusOK)
			x.visitor("the visitor waits again", v, "getMessages", "")
			b := x.LogOn("bob")
			b.Ask(1)
			b.Accept(v.Engagement)
			x.agent("another agent", b, "getMessages", "")
			x.visitor("the visitor meets it", v, "getMessages", "")
		},
		"queue_timeout": func(t *testing.T, x *transcript, a *testkit.Agent, _ *testkit.Visitor) {
			expectStatus(t, patchSettings(x.Server, `{"queueSeconds":20}`), http.StatusOK)
			w := x.Enter(testkit.Support)
			w.Poll()
			x.visitor("the visitor", w, "getMessages", "")
		},
		"offer_expires": func(t *testing.T, x *transcript, a *testkit.Agent, _ *testkit.Visitor) {
			a.Ask(2)
			w := x.Enter(testkit.Support)
			a.Poll("") // the offer
			time.Sleep(5 * time.Second)
			a.Poll("") // until 35 s after it
			x.agent("the agent", a, "getMessages", "")
			x.visitor("the visitor waits", w, "getMessages", "")
		},
		"visitor_concludes_an_offer": func(t *testing.T, x *transcript, a *testkit.Agent, _ *testkit.Visitor) {
			a.Ask(2)
			w := x.Enter(testkit.Support)
			a.Poll("")
			expectStatus(t, w.Call("concludeEngagement", ""), http.StatusOK)
			x.agent("the agent", a, "getMessages", "")
			expectHolds(t, a, "1 ACTIVE")
			x.agent("there is nothing to release, and no harm in it", a, "releaseChat", inEngagement(w.Engagement, ""))
		},
	} {
		t.Run(name, func(t *testing.T) {
			written(t, "ending_"+name, func(t *testing.T, x *transcript) {
				a, v := x.Chat("ada")
				a.Poll("")
				v.Poll()
				end(t, x, a, v)
			})
		})
	}
}

// TestSequenceNumbers: durable messages count from 1 for each session and
// engagement; fleeting ones repeat the number before theirs (agent-api 4.1,
// consumer-api 3.0).
func TestSequenceNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a := s.LogOn("ada")
		a.Ask(2)
		v, w := s.Enter(testkit.Support), s.Enter(testkit.Support)
		v.Post("v1")
		a.Accept(v.Engagement)
		a.Accept(w.Engagement)
		w.Post("w1")
		expectStatus(t, v.Call("activity", `{"mode":"RESPONDING"}`), http.StatusOK)
		expectStatus(t, w.Call("activity", `{"mode":"RESPONDING"}`), http.StatusOK)
		w.Post("w2")
		var got []string
		for _, m := range a.Poll("").GetResponseTypes {
			got = append(got, numbering(m))
		}
		if diff := cmp.Diff([]string{
			"1 offer 1", "2 offer 1", "1 joined 2", "1 v1 3", "2 joined 2", "2 w1 3", "1 types 3", "2 types 3", "2 w2 4",
		}, got); diff != "" {
			t.Errorf("the agent (-want +got):\n%s", diff)
		}

		expectStatus(t, a.Call("setInteractionStatus", inEngagement(v.Engagement, `,"clientId":1,"mode":"RESPONDING"`)), http.StatusOK)
		a.Post(v.Engagement, "a1")
		expectStatus(t, a.Call("setInteractionStatus", inEngagement(v.Engagement, `,"clientId":1,"mode":"LISTENING"`)), http.StatusOK)
		answer := v.Call("getMessages", "")
		var numbers []int64
		for _, m := range testkit.Decode[consumer.GetMessagesResponse](s, answer).SystemMessages {
			switch {
			case m.ParticipantAdded != nil:
				numbers = append(numbers, m.ParticipantAdded.SequenceNumber)
			case m.MessagePosted != nil:
				numbers = append(numbers, m.MessagePosted.SequenceNumber)
			case m.ActivityChanged != nil: // the newer one stands for both
				numbers = append(numbers, m.ActivityChanged.SequenceNumber)
			}
		}
		if diff := cmp.Diff([]int64{1, 2, 2}, numbers); diff != "" || answer.Header.Get("Usher-Last") != "2" {
			t.Errorf("the visitor, up to %s (-want +got):\n%s", answer.Header.Get("Usher-Last"), diff)
		}
	})
}

// numbering tells a message as engagement, kind and number.
func numbering(m agent.SystemMessage) string {
	switch {
	case m.ChatEngagementAssignment != nil:
		return fmt.Sprintf("%d offer %d", m.ChatEngagementAssignment.EngagementID, m.ChatEngagementAssignment.SequenceNumber)
	case m.ChatEngagementParticipantAdded != nil:
		return fmt.Sprintf("%d joined %d", m.ChatEngagementParticipantAdded.EngagementID, m.ChatEngagementParticipantAdded.SequenceNumber)
	case m.ChatPostMessage != nil:
		return fmt.Sprintf("%d %s %d", m.ChatPostMessage.DestinationID, m.ChatPostMessage.Body, m.ChatPostMessage.SequenceNumber)
	case m.ChatActivitySignal != nil:
		return fmt.Sprintf("%d types %d", m.ChatActivitySignal.EngagementID, m.ChatActivitySignal.SequenceNumber)
	case m.ChatDisconnectNotification != nil:
		return fmt.Sprintf("%d left %d", m.ChatDisconnectNotification.EngagementID, m.ChatDisconnectNotification.SequenceNumber)
	}
	return "time-out"
}

// TestContainsDisconnect: the flag is set exactly when a disconnect is in the batch.
func TestContainsDisconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a, v := s.Chat("ada")
		expect := func(want bool, reasons ...api.Reason) {
			t.Helper()
			got := a.Poll("")
			var told []api.Reason
			for _, m := range got.GetResponseTypes {
				if m.ChatDisconnectNotification != nil {
					told = append(told, m.ChatDisconnectNotification.Reason)
				}
			}
			if diff := cmp.Diff(reasons, told); diff != "" || got.ContainsDisconnect != want {
				t.Errorf("containsDisconnect is %t (-want +got):\n%s", got.ContainsDisconnect, diff)
			}
		}
		expect(false)
		expect(false) // a time-out
		v.Post("bye")
		expectStatus(t, v.Call("concludeEngagement", ""), http.StatusOK)
		expect(true, api.ReasonEndUserConcluded)
		expect(false)
	})
}
