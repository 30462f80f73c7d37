package rest_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/consumer"
	"usher/internal/testkit"
)

// TestVisitorEngagement: a visit from the token to the end of its session, with
// every member of each answer.
func TestVisitorEngagement(t *testing.T) {
	written(t, "visitor_engagement", func(t *testing.T, x *transcript) {
		token := "Bearer " + x.VisitorToken(`{"firstName":"Ann","lastName":"Lee"}`)
		path := testkit.VisitorPath("requestEngagement")
		opened := testkit.Decode[consumer.RequestEngagementResponse](x.Server, x.send("Ann opens her engagement", "POST", path,
			`{"clientTransactionId":1,"clientRequestTime":"2019-01-14T14:35:14.226Z"}`, "Authorization", token, "SessionId", "undefined"))
		v := &testkit.Visitor{Server: x.Server, Session: opened.SessionID, Client: opened.ClientID, Engagement: opened.EngagementID}
		again := testkit.Decode[consumer.RequestEngagementResponse](x.Server, x.send("again, with the same token", "POST", path, `{}`, "Authorization", token))
		if again.SessionID != opened.SessionID {
			t.Error("the same token answered another session")
		}

		x.visitor("her place in the queue", v, "getMessages", `{"clientTransactionId":"2","clientRequestTime":1547476514226}`)
		x.visitor("nothing within the hold", v, "getMessages", `{"clientTransactionId":3}`)
		x.visitor("a post", v, "postMessage", `{"body":"Order 4711","messageDataMap":{"page":"/orders"},"messageId":"v-1","offTheRecord":false,"richText":false,"clientTransactionId":4}`)
		x.visitor("the same again", v, "postMessage", `{"body":"Order 4711","messageDataMap":{"page":"/orders"},"messageId":"v-1","clientTransactionId":5}`)
		x.visitor("another, with loose types", v, "postMessage", `{"body":4712,"messageDataMap":{"n":1},"messageId":8,"offTheRecord":"true","richText":1}`)
		x.visitor("and one without anything", v, "postMessage", `{"body":"third"}`)
		x.visitor("typing while she waits", v, "activity", `{"mode":"RESPONDING","sneakPreviewFocus":true,"sneakPreviewText":"And","clientTransactionId":6}`)

		held := parked(t, func() (testkit.Answer, error) { return v.TryCall("getMessages", "") })
		time.Sleep(time.Second)
		x.visitor("Ann gives up", v, "concludeEngagement", `{"clientRequestTime":"2019-01-14T14:35:14.226Z","clientTransactionId":1,"body":"stray"}`)
		x.write("the retrieval that was open", "POST", testkit.VisitorPath("getMessages"), "", held())
		x.visitor("again", v, "concludeEngagement", "")
		x.visitor("a post after the end", v, "postMessage", `{"body":"late"}`)
		x.visitor("typing after the end", v, "activity", `{"mode":"LISTENING"}`)
		x.send("the token after the end", "POST", path, "", "Authorization", token)
		x.visitor("a retrieval after the last words", v, "getMessages", "")
		x.visitor("her session is over", v, "getMessages", "")
		for _, op := range []string{"postMessage", "activity", "concludeEngagement"} {
			expectStatus(t, v.Call(op, `{"body":"x","mode":"LISTENING"}`), http.StatusForbidden)
		}
		x.send("the token after that", "POST", path, "", "Authorization", token)
	})
}

// TestEngagementQueue: which queue a visitor enters.
func TestEngagementQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		request := func(attributes string) testkit.Answer {
			return s.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+s.VisitorToken(attributes))
		}
		for attributes, want := range map[string]int64{
			`{}`:              testkit.Support, // the default
			`{"queueId":2}`:   testkit.Echo,
			`{"queueId":"2"}`: testkit.Echo,
			`{"queueId":0}`:   testkit.Support,
			`{"queueId":""}`:  testkit.Support,
		} {
			if got := testkit.Decode[consumer.RequestEngagementResponse](s, request(attributes)); got.QueueID != want || got.ResultType != api.ResultSuccess {
				t.Errorf("%s: queue %d, %s, expected queue %d", attributes, got.QueueID, got.ResultType, want)
			}
		}
		before := s.Position()
		refused := request(`{"queueId":3}`)
		expectStatus(t, refused, http.StatusBadRequest)
		expectText(t, refused.Body, "queueId 3 is not a queue of this site")
		if now := s.Position(); now != before {
			t.Errorf("the refused visitor left %d events", now-before)
		}
	})
}

// TestATokenOpensOneEngagement: the same token finds its engagement in every
// state while it lives, without an event, and is refused once it is over, also
// before the visitor has heard of that and while the agent wraps up.
func TestATokenOpensOneEngagement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		token := "Bearer " + s.VisitorToken(`{}`)
		request := func() testkit.Answer {
			return s.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", token)
		}
		first := testkit.Decode[consumer.RequestEngagementResponse](s, request())
		expectSame := func(state string) {
			t.Helper()
			before := s.Position()
			again := testkit.Decode[consumer.RequestEngagementResponse](s, request())
			if again.ResultType != api.ResultExistingSession || again.SessionID != first.SessionID || again.EngagementID != first.EngagementID {
				t.Errorf("while %s: %s, engagement %d, the same session: %t", state, again.ResultType, again.EngagementID, again.SessionID == first.SessionID)
			}
			if now := s.Position(); now != before {
				t.Errorf("while %s: it left %d events", state, now-before)
			}
		}
		expectSame("queued")
		a := s.LogOn("ada")
		a.Ask(1)
		expectSame("offered")
		a.Accept(first.EngagementID)
		expectSame("active")
		time.Sleep(2 * time.Minute)
		for _, op := range []string{"concludeChat", "releaseChat"} {
			expectStatus(t, a.Call(op, inEngagement(first.EngagementID, "")), http.StatusOK)
			expectRefusal(t, request(), http.StatusForbidden, api.AccessDenied)
		}
		time.Sleep(5 * time.Minute) // the session is over, too
		expectRefusal(t, request(), http.StatusForbidden, api.AccessDenied)
	})
}

// TestAnUnusedTokenLeavesNoTrace: what hands tokens out stores nothing; the
// journal begins with requestEngagement, and with the log-on.
func TestAnUnusedTokenLeavesNoTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		basic := []string{"Authorization", testkit.Basic("ada", testkit.Password)}
		before := s.Position()
		for range 3 {
			expectStatus(t, s.Send("GET", testkit.Bootstrap+"serviceSettings/1", "", basic...), http.StatusOK)
			s.AgentToken("ada")
			s.VisitorToken(`{"firstName":"Ann","question":"why?"}`)
			expectStatus(t, startFrom(s, `{"key":"`+s.WidgetKey+`","firstName":"Ann"}`), http.StatusOK)
			time.Sleep(time.Minute)
		}
		time.Sleep(24 * time.Hour) // nor does one that expires
		if now := s.Position(); now != before {
			t.Errorf("tokens left %d events", now-before)
		}
		token := s.VisitorToken(`{}`)
		expectStatus(t, s.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+token), http.StatusOK)
		if now := s.Position(); now == before {
			t.Error("an engagement left no event")
		}
	})
}

// TestATokenExpires: a visitor's token opens an engagement for half an hour.
func TestATokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		for after, want := range map[time.Duration]int{29 * time.Minute: http.StatusOK, 31 * time.Minute: http.StatusForbidden} {
			token := s.VisitorToken(`{}`)
			time.Sleep(after)
			expectStatus(t, s.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+token), want)
		}
		for after, want := range map[time.Duration]int{9 * time.Minute: http.StatusOK, 11 * time.Minute: http.StatusForbidden} {
			token := s.AgentToken("ada")
			time.Sleep(after)
			for range 2 { // within its life it logs on more than once
				expectStatus(t, s.Send("POST", testkit.AgentPath("createAutomatedAgentSession"), `{"logonOverride":true}`, "Authorization", "Bearer "+token), want)
			}
		}
	})
}

// TestStart: a page gets what establishSessions gives, without a password; its
// word counts for everything but the address.
func TestStart(t *testing.T) {
	written(t, "visitor_start", func(t *testing.T, x *transcript) {
		key := `{"key":"` + x.WidgetKey + `"`
		path := "/usher/consumer/" + testkit.SiteName + "/v1/start"
		started := testkit.Decode[consumer.StartResponse](x.Server, x.send("a page starts", "POST", path,
			key+`,"firstName":"Ann","queueId":"1","auxillaryData":{"ip_address":"203.0.113.9","BROWSER":"Lynx"},"auxiliaryData":{"IP_ADDRESS":"203.0.113.9"}}`))
		x.send("with another key", "POST", path, `{"key":"wrong"}`)
		x.send("without one", "POST", path, `{}`)
		x.send("with attributes that are none", "POST", path, key+`,"customFields":"x"}`)

		a := x.LogOn("ada")
		a.Ask(1)
		expectStatus(t, x.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+started.ChannelToken), http.StatusOK)
		info := a.Poll("").GetResponseTypes[0].ChatEngagementAssignment.ContactInfo
		if info.FirstName != "Ann" || info.Browser != "Lynx" || info.IPAddress == "203.0.113.9" {
			t.Errorf("the agent is told %+v", info)
		}
	})
}

// TestStartIsBounded: a network gets 200 tokens at once and 20 a second.
func TestStartIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		body := `{"key":"` + s.WidgetKey + `"}`
		for range 200 {
			expectStatus(t, startFrom(s, body), http.StatusOK)
		}
		refused := startFrom(s, body)
		expectStatus(t, refused, http.StatusTooManyRequests)
		if got := refused.Header.Get("Retry-After"); got != "1" {
			t.Errorf("Retry-After %q", got)
		}
		time.Sleep(time.Second)
		for range 20 {
			expectStatus(t, startFrom(s, body), http.StatusOK)
		}
		expectStatus(t, startFrom(s, body), http.StatusTooManyRequests)
	})
}

// TestCrossOrigin: pages of allowed origins may call every path of the visitor
// API, read errors too, and are told what they may send; others are told nothing.
func TestCrossOrigin(t *testing.T) {
	written(t, "cors", func(t *testing.T, x *transcript) {
		const page, foreign = "https://shop.example", "https://evil.example"
		v := x.Enter(testkit.Support)
		preflight := func(path, origin string) testkit.Answer {
			return x.Send("OPTIONS", path, "", "Origin", origin, "Access-Control-Request-Method", "POST",
				"Access-Control-Request-Headers", "authorization,content-type,sessionid")
		}
		x.write("a preflight, with every origin allowed", "OPTIONS", testkit.VisitorPath("postMessage"), "", preflight(testkit.VisitorPath("postMessage"), page))
		x.send("a retrieval from a page", "POST", testkit.VisitorPath("getMessages"), "", "Origin", page, "SessionId", v.Session)
		x.send("without an origin", "POST", testkit.VisitorPath("activity"), `{"mode":"LISTENING"}`, "SessionId", v.Session)
		expectStatus(t, patchSettings(x.Server, `{"allowedOrigins":["`+page+`","http://localhost:3000"]}`), http.StatusOK)
		x.send("a refusal that a page can read", "POST", testkit.VisitorPath("postMessage"), "", "Origin", page)
		x.send("another method", "GET", testkit.VisitorPath("postMessage"), "", "Origin", page)
		x.send("no such operation", "POST", testkit.VisitorPath("nothing"), "", "Origin", page)
		x.send("another origin", "POST", testkit.VisitorPath("activity"), `{"mode":"LISTENING"}`, "Origin", foreign, "SessionId", v.Session)
		x.write("another origin's preflight", "OPTIONS", testkit.VisitorPath("postMessage"), "", preflight(testkit.VisitorPath("postMessage"), foreign))
		x.send("a refusal to another origin", "POST", testkit.VisitorPath("postMessage"), "", "Origin", foreign)

		paths := []string{"/usher/consumer/" + testkit.SiteName + "/v1/start"}
		for _, op := range []string{"requestEngagement", "getMessages", "postMessage", "activity", "concludeEngagement"} {
			paths = append(paths, testkit.VisitorPath(op))
		}
		for _, path := range paths {
			got := preflight(path, page)
			expectStatus(t, got, http.StatusNoContent)
			for name, parts := range map[string][]string{
				"Access-Control-Allow-Origin":   {page},
				"Access-Control-Allow-Methods":  {"GET", "POST", "OPTIONS"},
				"Access-Control-Allow-Headers":  {"Authorization", "Content-Type", "SessionId", "Accept", "Usher-Ack", "Usher-Events"},
				"Access-Control-Expose-Headers": {"Usher-Last", "Usher-Post", "Usher-Post-Time", "Retry-After"},
				"Vary":                          {"Origin"},
			} {
				if diff := cmp.Diff(parts, strings.Split(got.Header.Get(name), ", ")); diff != "" {
					t.Errorf("%s: %s (-want +got):\n%s", path, name, diff)
				}
			}
			if got := preflight(path, foreign).Header.Get("Access-Control-Allow-Origin"); got != "" {
				t.Errorf("%s: %s is allowed: %q", path, foreign, got)
			}
		}
		for _, path := range []string{testkit.AgentPath("postMessage"), testkit.Bootstrap + "establishSessions"} {
			if got := preflight(path, page).Header.Get("Access-Control-Allow-Origin"); got != "" {
				t.Errorf("%s: pages are let in: %q", path, got)
			}
		}
	})
}

func startFrom(s *testkit.Server, body string) testkit.Answer {
	s.T.Helper()
	return s.Send("POST", "/usher/consumer/"+testkit.SiteName+"/v1/start", body)
}

func patchSettings(s *testkit.Server, body string) testkit.Answer {
	s.T.Helper()
	return s.Send("PATCH", "/usher/admin/v1/sites/"+testkit.SiteName+"/settings", body, "Authorization", "Bearer "+s.AdminToken)
}
