package rest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/api"
	"usher/api/consumer"
	"usher/internal/testkit"
)

// line is how a check reaches the server: over HTTP in a bubble, where time is made
// up and exact, or over HTTPS on a socket, where nothing may take long.
type line struct {
	*testkit.Server
	bubble bool
}

// bothLines runs each check on a server of its own, over HTTP and over HTTPS.
// onlyInBubble are the checks in which time passes.
func bothLines(t *testing.T, checks map[string]func(t *testing.T, r line), onlyInBubble ...string) {
	for name, check := range checks {
		t.Run(name, func(t *testing.T) {
			t.Run("HTTP", func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { check(t, line{testkit.New(t, testkit.Options{}), true}) })
			})
			if slices.Contains(onlyInBubble, name) {
				return
			}
			t.Run("HTTPS", func(t *testing.T) {
				t.Parallel()
				check(t, line{testkit.New(t, testkit.Options{TLS: true}), false})
			})
		})
	}
}

// hold begins a retrieval, and returns when the server holds it: what it came to is
// told by the function. Nothing may wait for the visitor. On a socket that moment
// shows only from what it does to an older retrieval, which ends with nothing.
func (r line) hold(v *testkit.Visitor) func() consumer.GetMessagesResponse {
	r.T.Helper()
	if r.bubble {
		held := parked(r.T.(*testing.T), func() (testkit.Answer, error) { return v.TryCall("getMessages", "") })
		return func() consumer.GetMessagesResponse {
			return testkit.Decode[consumer.GetMessagesResponse](r.Server, held())
		}
	}
	ended := r.poll(v, 2)
	if first := testkit.Decode[consumer.GetMessagesResponse](r.Server, <-ended); len(first.SystemMessages) > 0 {
		r.T.Fatalf("something waited: %q", visitorKinds(first))
	}
	return func() consumer.GetMessagesResponse {
		return testkit.Decode[consumer.GetMessagesResponse](r.Server, <-ended)
	}
}

// poll begins retrievals at a time, and answers them in the order in which they end.
func (r line) poll(v *testkit.Visitor, retrievals int) <-chan testkit.Answer {
	ended := make(chan testkit.Answer, retrievals)
	for range retrievals {
		go func() {
			a, err := v.TryCall("getMessages", "")
			if err != nil {
				r.T.Errorf("getMessages: %v", err)
			}
			ended <- a
		}()
	}
	return ended
}

// isVisitorError: the body is an error of the visitor contract, whatever else it says.
func isVisitorError(t testing.TB, a testkit.Answer, status int, code api.ExceptionCode) {
	t.Helper()
	if a.Status != status {
		t.Errorf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	if got := a.Header.Get("Content-Type"); got != "application/json;charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	var e consumer.ErrorBody
	if err := json.Unmarshal([]byte(a.Body), &e); err != nil {
		t.Errorf("the body is no JSON: %v in %q", err, a.Body)
		return
	}
	if e.ExceptionCode != code || e.Message == "" || len(e.ErrorMessages) != 1 || e.ErrorMessages[0] != e.Message {
		t.Errorf("got %s, want %s with a message, and that once more in errorMessages", a.Body, code)
	}
}

// statistics are the numbers that a page reads before a chat.
var statistics = []string{"engagementsInQueue", "totalAvailableAgents", "availableAgentSessions"}

// countsOf reads the statistics of an answer, which must be whole numbers.
func countsOf(t testing.TB, a testkit.Answer) (counts [3]int64) {
	t.Helper()
	if a.Status != http.StatusOK {
		t.Fatalf("status %d: %s", a.Status, a.Body)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(a.Body), &all); err != nil {
		t.Fatal(err)
	}
	for i, name := range statistics {
		n, err := strconv.ParseInt(string(all[name]), 10, 32)
		if err != nil {
			t.Errorf("%s is %s: expected a whole number", name, all[name])
		}
		counts[i] = n
	}
	if string(all["errorMessages"]) != "[]" {
		t.Errorf("errorMessages is %s", all["errorMessages"])
	}
	return counts
}

// TestVisitorChecks is the visitor contract's own list of acceptance checks, section
// 5.1, over HTTP and over HTTPS.
func TestVisitorChecks(t *testing.T) {
	t.Parallel()
	open := func(r line, authorization string) testkit.Answer {
		r.T.Helper()
		return r.Send("POST", testkit.VisitorPath("requestEngagement"), `{}`, "Authorization", authorization, "SessionId", "undefined")
	}
	bare := func(operation string) string { return strings.TrimSuffix(testkit.VisitorPath(operation), "?pool=1:1") }
	// busy is a queue with one who waits; ada is there with room for three and leads one.
	busy := func(r line) {
		r.T.Helper()
		a := r.LogOn("ada")
		a.Ask(1)
		a.Accept(r.Enter(testkit.Support).Engagement)
		r.Enter(testkit.Support)
	}
	const nothing = "03 getMessages with nothing to say: 29 to 31 s, empty"
	bothLines(t, map[string]func(t *testing.T, r line){
		"01 requestEngagement with a good token": func(t *testing.T, r line) {
			answer := open(r, "Bearer "+r.VisitorToken(`{}`))
			got := testkit.Decode[consumer.RequestEngagementResponse](r.Server, answer)
			if got.SessionID == "" || got.EngagementID == 0 || got.EngagementIDString != strconv.FormatInt(got.EngagementID, 10) {
				t.Errorf("got %+v", got)
			}
			expectText(t, answer.Body, `"errorMessages":[]`)
		},
		"02 requestEngagement with a broken token": func(t *testing.T, r line) {
			token := r.VisitorToken(`{}`)
			for _, broken := range []string{"Bearer " + token + "x", "Bearer " + token[1:], "Bearer x.y.z", "Bearer undefined", token, ""} {
				isVisitorError(t, open(r, broken), http.StatusForbidden, api.AccessDenied)
			}
		},
		nothing: func(t *testing.T, r line) {
			v := r.Enter(testkit.Support)
			v.Poll() // its place
			for range 2 {
				start := time.Now()
				answer := v.Call("getMessages", `{}`)
				if took := time.Since(start); took < 29*time.Second || took > 31*time.Second {
					t.Errorf("took %v", took)
				}
				expectStatus(t, answer, http.StatusOK)
				expectText(t, answer.Body, `"systemMessages":[]`)
				expectText(t, answer.Body, `"errorMessages":[]`)
			}
		},
		"04 the agent posts during the wait: within 1 s": func(t *testing.T, r line) {
			a, v := r.Chat("ada")
			v.Poll()
			held := r.hold(v)
			if r.bubble {
				time.Sleep(7 * time.Second)
			}
			start := time.Now()
			a.Post(v.Engagement, "hello")
			expectKinds(t, visitorKinds(held()), "MessagePosted hello")
			if took := time.Since(start); r.bubble && took > time.Second {
				t.Errorf("took %v", took)
			}
		},
		"05 two polls at a time, then a post: exactly one has it": func(t *testing.T, r line) {
			a, v := r.Chat("ada")
			v.Poll()
			ended := r.poll(v, 2)
			older := testkit.Decode[consumer.GetMessagesResponse](r.Server, <-ended)
			a.Post(v.Engagement, "hello")
			newer := testkit.Decode[consumer.GetMessagesResponse](r.Server, <-ended)
			expectKinds(t, visitorKinds(older))
			expectKinds(t, visitorKinds(newer), "MessagePosted hello")
		},
		"06 postMessage before anybody accepted: the agent sees it on accept": func(t *testing.T, r line) {
			v := r.Enter(testkit.Support)
			v.Post("early")
			a := r.LogOn("ada")
			a.Ask(1)
			a.Accept(v.Engagement)
			expectKinds(t, agentKinds(a.Poll("")), "1 offer 1", "1 joined 2", "1 early 3")
		},
		"07 postMessage without body": func(t *testing.T, r line) {
			v := r.Enter(testkit.Support)
			for _, body := range []string{``, `{}`, `{"body":null}`, `{"Body":"x"}`, `{"messageId":"m","richText":false}`} {
				isVisitorError(t, v.Call("postMessage", body), http.StatusBadRequest, api.BadRequest)
			}
		},
		"08 activity with mode ABSENT": func(t *testing.T, r line) {
			v := r.Enter(testkit.Support)
			isVisitorError(t, v.Call("activity", `{"mode":"ABSENT"}`), http.StatusBadRequest, api.BadRequest)
		},
		"09 concludeEngagement without pool: the held poll tells it": func(t *testing.T, r line) {
			_, v := r.Chat("ada")
			v.Poll()
			held := r.hold(v)
			answer := r.Send("POST", bare("concludeEngagement"), `{"clientRequestTime": 1547476514226}`, "SessionId", v.Session)
			expectStatus(t, answer, http.StatusOK)
			expectKinds(t, visitorKinds(held()), "Concluded END_USER_CONCLUDED")
		},
		"10 getQueueStats by GET, without session and pool": func(t *testing.T, r line) {
			busy(r)
			got := countsOf(t, r.Send("GET", bare("getQueueStats")+"?request="+url.QueryEscape(`{"queueId":1}`), "", "Authorization", "Basic YWRhOng="))
			if got != [3]int64{1, 1, 0} { // one waits; ada is there, and has no room
				t.Errorf("%v are %v", statistics, got)
			}
		},
		"11 getQueueStats by POST": func(t *testing.T, r line) {
			busy(r)
			byGet := countsOf(t, r.Send("GET", bare("getQueueStats")+"?request="+url.QueryEscape(`{"queueId":1}`), ""))
			byPost := countsOf(t, r.Send("POST", bare("getQueueStats"), `{"queueId":1}`, "Authorization", "Basic YWRhOng="))
			if byGet != byPost || byPost[0] != 1 {
				t.Errorf("%v are %v by POST, %v by GET", statistics, byPost, byGet)
			}
		},
		"12 the parameter request with line breaks, tab and plus": func(t *testing.T, r line) {
			busy(r)
			for _, request := range []string{
				"%7B%0D%0A%09%22queueId%22%3A+1%2C%0D%0A%09%22chatProactiveAvailableType%22%3A+%22SESSIONS%22%0D%0A%7D",
				"%7B%0A%09%22queueId%22+%3A+%221%22%0A%7D%0D%0A",
				"%7b%22queueId%22:1%7d&",
			} {
				if got := countsOf(t, r.Send("GET", bare("getQueueStats")+"?pool=1:1&request="+request, "")); got[0] != 1 {
					t.Errorf("%s: %v are %v", request, statistics, got)
				}
			}
		},
		"13 a preflight from another origin": func(t *testing.T, r line) {
			for _, operation := range []string{"requestEngagement", "getMessages", "postMessage", "activity", "concludeEngagement", "getQueueStats", "getEngagementQueue"} {
				got := r.Send("OPTIONS", testkit.VisitorPath(operation), "", "Origin", "https://shop.example",
					"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type,sessionid")
				if got.Status/100 != 2 {
					t.Errorf("%s: status %d", operation, got.Status)
				}
				if origin := got.Header.Get("Access-Control-Allow-Origin"); origin != "https://shop.example" && origin != "*" {
					t.Errorf("%s: allowed is %q", operation, origin)
				}
				expectText(t, got.Header.Get("Access-Control-Allow-Methods"), "POST")
				for _, name := range []string{"authorization", "content-type", "sessionid"} {
					expectText(t, strings.ToLower(got.Header.Get("Access-Control-Allow-Headers")), name)
				}
			}
		},
		"14 an unknown session on any session operation": func(t *testing.T, r line) {
			v := r.Enter(testkit.Support)
			for _, session := range []string{"", "undefined", "null", strings.Repeat("x", 26), strings.ToUpper(v.Session), r.LogOn("ada").Session} {
				stranger := *v
				stranger.Session = session
				for _, operation := range []string{"getMessages", "postMessage", "activity", "concludeEngagement"} {
					isVisitorError(t, stranger.Call(operation, `{"body":"x","mode":"LISTENING"}`), http.StatusForbidden, api.AccessDenied)
				}
			}
			v.Post("alive")
		},
	}, nothing)
}
