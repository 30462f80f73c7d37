package rest_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/consumer"
	"usher/internal/host"
	"usher/internal/site"
	"usher/internal/testkit"
)

// tolerance is one thing that clients send, and what comes of it. Its name begins
// with the section of the visitor contract that says so.
type tolerance struct {
	name, operation string
	// by is the method, the operation's own if empty; path and query are the
	// operation's and ?pool=1:1 if empty, and "?" is a query that is empty.
	by, path, query string
	body            string
	header          []string // beside the credentials that the operation needs
	anonymous       bool     // without those

	status int // 200 if 0
	code   api.ExceptionCode
	says   string            // a part of the refusal's sentence
	has    map[string]string // members of the answer, as JSON
}

// visitorOperations are the contract's seven, with a good body; the two that are
// documented with GET have it as the parameter request.
var visitorOperations = []struct{ name, method, body string }{
	{"requestEngagement", "POST", `{}`}, {"getMessages", "POST", `{}`}, {"postMessage", "POST", `{"body":"hi"}`},
	{"activity", "POST", `{"mode":"LISTENING"}`}, {"concludeEngagement", "POST", `{}`},
	{"getQueueStats", "GET", `{"queueId":1}`}, {"getEngagementQueue", "GET", `{}`},
}

// with puts a member before those of a JSON object.
func with(member, object string) string {
	if object == "{}" {
		return "{" + member + "}"
	}
	return "{" + member + "," + object[1:]
}

// tolerances are the rows of sections 1.1 to 1.6 and 2.3 to 2.9 that one request shows.
func tolerances() []tolerance {
	var rows []tolerance
	everywhere := func(name string, row func(operation, body string) tolerance) {
		for _, o := range visitorOperations {
			r := row(o.name, o.body)
			r.name, r.operation = name+": "+o.name, o.name
			rows = append(rows, r)
		}
	}
	const badRequest = api.BadRequest

	for what, query := range map[string]string{
		"missing": "?", "empty": "?pool=", "without a value": "?pool", "escaped": "?pool=1%3A1", "of another cluster": "?pool=297:1", "a word": "?pool=undefined",
		"twice": "?pool=1:1&pool=2:2", "with a trailing &": "?pool=1:1&", "behind an &": "?&pool=1:1", "beside others": "?_=1547476514226&pool=1:1&x",
	} {
		everywhere("1.1 pool "+what, func(_, body string) tolerance { return tolerance{query: query, body: body} })
	}

	for _, kind := range []string{"application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON; Charset=\"UTF-8\"", "application/json;charset=iso-8859-1"} {
		everywhere("1.2 Content-Type "+kind, func(_, body string) tolerance {
			return tolerance{header: []string{"Content-Type", kind, "Accept", kind}, body: body}
		})
	}
	everywhere("1.2 a SessionId that is not needed, or an Authorization", func(operation, body string) tolerance {
		if slices.Contains([]string{"getMessages", "postMessage", "activity", "concludeEngagement"}, operation) {
			return tolerance{header: []string{"Authorization", "Bearer undefined"}, body: body}
		}
		return tolerance{header: []string{"SessionId", "undefined"}, body: body}
	})
	everywhere("1.2 another SessionId that is not needed, or Authorization", func(operation, body string) tolerance {
		if slices.Contains([]string{"getMessages", "postMessage", "activity", "concludeEngagement"}, operation) {
			return tolerance{header: []string{"Authorization", "Basic bm9ib2R5Om5vdGhpbmc="}, body: body}
		}
		return tolerance{header: []string{"SessionId", "null"}, body: body}
	})

	everywhere("1.3 members that nobody knows", func(_, body string) tolerance {
		return tolerance{body: with(`"Body":1,"sequenceNumber":11,"timeCreated":160444022000,"x":{"deep":[{}]}`, body)}
	})
	everywhere("1.3 white space", func(_, body string) tolerance { return tolerance{body: "\r\n\t " + body + " \r\n"} })
	everywhere("1.3 malformed", func(_, body string) tolerance {
		return tolerance{body: body[:len(body)-1], status: 400, code: badRequest}
	})
	everywhere("1.3 an array", func(string, string) tolerance { return tolerance{body: "[]", status: 400, code: badRequest} })

	for value, echo := range map[string]string{
		`7`: `7`, `"7"`: `7`, `" 7 "`: `7`, `-1`: `-1`, `0`: `0`, `9223372036854775807`: `9223372036854775807`, `"9223372036854775807"`: `9223372036854775807`,
		`null`: `null`, `""`: `null`,
	} {
		everywhere("1.4 clientTransactionId "+value, func(_, body string) tolerance {
			twin := `"` + echo + `"`
			if echo == "null" {
				twin = echo
			}
			return tolerance{body: with(`"clientTransactionId":`+value, body), has: map[string]string{"clientTransactionId": echo, "clientTransactionIdString": twin}}
		})
	}
	for _, value := range []string{`"x"`, `1.5`, `true`, `{}`, `[]`, `9223372036854775808`} {
		everywhere("1.4 clientTransactionId "+value, func(_, body string) tolerance {
			return tolerance{body: with(`"clientTransactionId":`+value, body), status: 400, code: badRequest, says: "clientTransactionId"}
		})
	}
	for value, echo := range map[string]string{
		`"2019-01-14T14:35:14.226Z"`: `"2019-01-14T14:35:14.226Z"`, `"2019-01-14T14:35:14+01:00"`: `"2019-01-14T14:35:14+01:00"`,
		`1547476514226`: `"1547476514226"`, `"1547476514226"`: `"1547476514226"`, `null`: `null`, `""`: `""`, `"soon"`: `"soon"`, `true`: `"true"`,
		`{"t":1}`: `"{\"t\":1}"`, `[]`: `"[]"`,
	} {
		everywhere("1.4 clientRequestTime "+value, func(_, body string) tolerance {
			return tolerance{body: with(`"clientRequestTime":`+value, body), has: map[string]string{"clientRequestTime": echo}}
		})
	}

	for _, o := range visitorOperations {
		elsewhere := func(what, old, now string) {
			rows = append(rows, tolerance{name: "1.6 " + what + ": " + o.name, operation: o.name, body: o.body, status: 404, code: badRequest,
				path: strings.Replace(strings.TrimSuffix(testkit.VisitorPath(o.name), "?pool=1:1"), old, now, 1)})
		}
		elsewhere("another version", "/v1/", "/v2/")
		elsewhere("another site", "/demo/", "/nowhere/")
		elsewhere("another site of the same letters", "/demo/", "/DEMO/")
		elsewhere("more behind the operation", o.name, o.name+"/1")
		elsewhere("another case", o.name, strings.ToUpper(o.name))
		elsewhere("another operation", o.name, o.name+"s")
		for _, method := range []string{"PUT", "DELETE", "PATCH"} {
			rows = append(rows, tolerance{name: "1.6 " + method + ": " + o.name, operation: o.name, by: method, body: o.body, status: 405, code: badRequest, says: method})
		}
		if o.method == "POST" {
			rows = append(rows,
				tolerance{name: "1.6 GET: " + o.name, operation: o.name, by: "GET", status: 405, code: badRequest, says: "POST"},
				tolerance{name: "1.6 too large: " + o.name, operation: o.name, body: with(`"x":"`+strings.Repeat("x", maxBody)+`"`, o.body), status: 413, code: badRequest},
				tolerance{name: "1.6 without credentials: " + o.name, operation: o.name, body: o.body, anonymous: true, status: 403, code: api.AccessDenied})
		}
	}
	for _, o := range []string{"requestEngagement", "getMessages", "concludeEngagement"} {
		for what, body := range map[string]string{"no body": "", "white space alone": " \r\n", "a stray body": `{"body":{"text":"bye"},"clientRequestTime":1547476514226}`, "the documented example": `{"clientRequestTime":"2019-01-14T14:35:14.226Z","clientTransactionId":1}`} {
			rows = append(rows, tolerance{name: "1.3 " + what + ": " + o, operation: o, body: body})
		}
	}

	rows = append(rows,
		tolerance{name: "2.3 what a new engagement has", operation: "requestEngagement", has: map[string]string{
			"resultType": `"SUCCESS"`, "queueId": `1`, "cancelledSurveyId": `0`, "cancelledSurveyIdString": `"0"`, "cancelledSurveyAuth": `null`,
			"completedSurveyId": `0`, "completedSurveyIdString": `"0"`, "completedSurveyAuth": `null`, "sneakPreviewInterval": `500`}},
		tolerance{name: "2.3 Bearer in small letters", operation: "requestEngagement", header: []string{"Authorization", "bearer TOKEN"}},
		tolerance{name: "2.3 the token without Bearer", operation: "requestEngagement", header: []string{"Authorization", "TOKEN"}, status: 403, code: api.AccessDenied},
		tolerance{name: "2.3 the token as Basic", operation: "requestEngagement", header: []string{"Authorization", "Basic TOKEN"}, status: 403, code: api.AccessDenied},
		tolerance{name: "2.5 no body", operation: "postMessage", status: 400, code: badRequest, says: "body"},
		tolerance{name: "2.5 body in another case", operation: "postMessage", body: `{"Body":"x"}`, status: 400, code: badRequest, says: "body"},
		tolerance{name: "2.5 body is null", operation: "postMessage", body: `{"body":null}`, status: 400, code: badRequest, says: "body"},
		tolerance{name: "2.5 body is an object", operation: "postMessage", body: `{"body":{"text":"x"}}`, status: 400, code: badRequest, says: "body"},
		tolerance{name: "2.5 body is an array", operation: "postMessage", body: `{"body":["x"]}`, status: 400, code: badRequest, says: "body"},
		tolerance{name: "2.5 the text is empty", operation: "postMessage", body: `{"body":""}`, status: 400, code: badRequest},
		tolerance{name: "2.5 the message id comes back", operation: "postMessage", body: `{"body":"x","messageId":"v-1"}`, has: map[string]string{"messageId": `"v-1"`}},
		tolerance{name: "2.5 a number for the message id", operation: "postMessage", body: `{"body":"x","messageId":1547476514226}`, has: map[string]string{"messageId": `"1547476514226"`}},
		tolerance{name: "2.5 no message id", operation: "postMessage", body: `{"body":"x"}`, has: map[string]string{"messageId": `null`}},
		tolerance{name: "2.5 all optional members null", operation: "postMessage", body: `{"body":"x","messageId":null,"messageDataMap":null,"offTheRecord":null,"richText":null,"clientRequestTime":null,"clientTransactionId":null}`,
			has: map[string]string{"messageId": `null`}},
		tolerance{name: "2.6 no mode", operation: "activity", body: `{}`, status: 400, code: badRequest, says: "mode"},
		tolerance{name: "2.6 RESPONDING with a preview", operation: "activity", body: `{"mode":"RESPONDING","sneakPreviewText":"my ord","sneakPreviewFocus":true}`, has: map[string]string{"sneakPreviewInterval": `500`, "sneakPreviewIntervalString": `"500"`}},
		tolerance{name: "2.6 a preview of loose types", operation: "activity", body: `{"mode":"RESPONDING","sneakPreviewText":4711,"sneakPreviewFocus":"true"}`},
		tolerance{name: "2.6 all optional members null", operation: "activity", body: `{"mode":"LISTENING","sneakPreviewText":null,"sneakPreviewFocus":null}`},
	)
	for _, mode := range []string{`"ABSENT"`, `"NONE"`, `"AWAY"`, `"RESEARCHING"`, `"listening"`, `""`, `null`, `1`, `true`, `{}`} {
		rows = append(rows, tolerance{name: "2.6 mode " + mode, operation: "activity", body: `{"mode":` + mode + `}`, status: 400, code: badRequest, says: "mode"})
	}

	// What a page asks before a chat; r is its parameter request.
	asks := func(name, operation, r string, has map[string]string) {
		rows = append(rows, tolerance{name: name, operation: operation, body: r, has: has})
		rows = append(rows, tolerance{name: name + ", by POST", operation: operation, by: "POST", body: r, has: has})
	}
	refuses := func(name, operation, query, body, method string) {
		rows = append(rows, tolerance{name: name, operation: operation, by: method, query: query, body: body, status: 400, code: badRequest})
	}
	none := map[string]string{"availableAgentSessions": `0`, "totalAvailableAgents": `0`, "engagementsInQueue": `0`, "expectedWaitSeconds": `0`, "averageWaitSeconds": `0`}
	stats := func(queue string) map[string]string {
		return map[string]string{"queueId": queue, "queueIdString": `"` + queue + `"`}
	}
	asks("2.8 a queue by its number", "getQueueStats", `{"queueId":2}`, stats("2"))
	asks("2.8 a queue by a text", "getQueueStats", `{"queueId":"2","chatProactiveAvailableType":"AGENTS"}`, stats("2"))
	asks("2.8 line breaks and tabs", "getQueueStats", "{\r\n\t\"queueId\": 2,\r\n\t\"chatProactiveAvailableType\": \"SESSIONS\"\r\n}", stats("2"))
	asks("2.8 null for the type", "getQueueStats", `{"queueId":2,"chatProactiveAvailableType":null}`, stats("2"))
	unknown := stats("4711")
	for name, zero := range none {
		unknown[name] = zero
	}
	asks("2.8 an unknown queue", "getQueueStats", `{"queueId":4711}`, unknown)
	for _, r := range []string{`{}`, `{"queueId":null}`, `{"queueId":"x"}`, `{"queueId":1,"chatProactiveAvailableType":"PEOPLE"}`} {
		refuses("2.8 "+r, "getQueueStats", "", r, "")
		refuses("2.8 "+r+", by POST", "getQueueStats", "", r, "POST")
	}
	for _, operation := range []string{"getQueueStats", "getEngagementQueue"} {
		refuses("2.8 no parameter: "+operation, operation, "?pool=1:1", "", "")
		refuses("2.8 an empty parameter: "+operation, operation, "?pool=1:1&request=", "", "")
		refuses("2.8 half a parameter: "+operation, operation, "?pool=1:1&request=%7B%22queueId%22", "", "")
	}
	everything := `{"interfaceId":1,"interfaceName":"x","productId":"2","categoryId":3,"organizationId":4,"customFields":[{"name":"c$a","type":"STRING","value":"x"},{"name":"c$b"},{}]}`
	asks("2.9 everything", "getEngagementQueue", everything, stats("1"))
	asks("2.9 nulls", "getEngagementQueue", `{"interfaceId":null,"interfaceName":null,"productId":null,"categoryId":null,"organizationId":null,"customFields":null}`, map[string]string{
		"queueId": `1`, "cancelledSurveyId": `0`, "cancelledSurveyIdString": `"0"`, "cancelledSurveyAuth": `null`, "completedSurveyId": `0`, "completedSurveyIdString": `"0"`, "completedSurveyAuth": `null`})
	for _, r := range []string{`{"customFields":[{"name":"c$a","value":"x"}]}`, `{"customFields":[{"name":"c$a","type":"NOSUCH","value":"x"}]}`, `{"customFields":{}}`, `{"productId":"x"}`} {
		refuses("2.9 "+r, "getEngagementQueue", "", r, "")
	}
	return rows
}

// request makes the request of a row, for a visitor of its own.
func (x tolerance) request(s *testkit.Server) (method, path, body string, header []string) {
	s.T.Helper()
	query, byGet := x.query, false
	method, body = x.by, x.body
	for _, o := range visitorOperations {
		if o.name == x.operation {
			byGet = o.method == "GET"
			if method == "" {
				method = o.method
			}
		}
	}
	if query == "" {
		query = "?pool=1:1"
	}
	if byGet && method == "GET" && body != "" {
		if query != "?" && !strings.HasSuffix(query, "&") {
			query += "&"
		}
		query, body = query+"request="+url.QueryEscape(body), ""
		if strings.HasSuffix(x.query, "&") {
			query += "&"
		}
	}
	path = x.path
	if path == "" {
		path = strings.TrimSuffix(testkit.VisitorPath(x.operation), "?pool=1:1")
	}
	header = slices.Clone(x.header)
	switch {
	case x.anonymous || byGet:
	case x.operation == "requestEngagement":
		token := s.VisitorToken(`{}`)
		for i := range header {
			header[i] = strings.Replace(header[i], "TOKEN", token, 1)
		}
		if !slices.Contains(header, "Authorization") {
			header = append(header, "Authorization", "Bearer "+token)
		}
	default:
		header = append(header, "SessionId", s.Enter(testkit.Support).Session) // whose place waits to be told
	}
	return method, path + query, body, header
}

// wireTime is how all times are written: in UTC, with milliseconds (1.5).
var wireTime = regexp.MustCompile(`^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"$`)

// isEnvelope: an answer has what every answer has (1.5), with its twins. It answers
// the members.
func isEnvelope(t *testing.T, operation string, a testkit.Answer) map[string]json.RawMessage {
	t.Helper()
	if a.Status != http.StatusOK {
		t.Fatalf("status %d: %s", a.Status, a.Body)
	}
	if got := a.Header.Get("Content-Type"); got != "application/json;charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(a.Body), &all); err != nil {
		t.Fatalf("%v in %s", err, a.Body)
	}
	for _, name := range []string{"clientId", "clientIdString", "clientRequestTime", "clientTransactionId", "clientTransactionIdString", "serviceStartTime", "serviceFinishTime", "errorMessages"} {
		if all[name] == nil {
			t.Errorf("%s is missing in %s", name, a.Body)
		}
	}
	if string(all["errorMessages"]) != "[]" {
		t.Errorf("errorMessages is %s", all["errorMessages"])
	}
	start, finish := string(all["serviceStartTime"]), string(all["serviceFinishTime"])
	if !wireTime.MatchString(start) || !wireTime.MatchString(finish) || start > finish {
		t.Errorf("served from %s to %s", start, finish)
	}
	if nobody := strings.HasPrefix(operation, "getQueue") || operation == "getEngagementQueue"; (string(all["clientId"]) == "0" || string(all["clientId"]) == "null") != nobody {
		t.Errorf("clientId is %s", all["clientId"])
	}
	if !strings.HasPrefix(operation, "getQueue") && operation != "getEngagementQueue" { // whose counts have 32 bits
		for _, wrong := range twins(t, a.Body) {
			t.Error(wrong)
		}
	}
	return all
}

// TestVisitorTolerance: what clients send in practice is taken as the contract says,
// and what it does not allow is refused in its words, as JSON.
func TestVisitorTolerance(t *testing.T) {
	t.Parallel()
	s := testkit.New(t, testkit.Options{AnyQuery: true})
	for _, row := range tolerances() {
		t.Run(row.name, func(t *testing.T) {
			method, path, body, header := row.request(s)
			before := s.Position()
			a := s.Send(method, path, body, header...)
			if row.status != 0 {
				isVisitorError(t, a, row.status, row.code)
				expectText(t, a.Body, row.says)
				if now := s.Position(); now != before {
					t.Errorf("a refused request left %d events", now-before)
				}
				return
			}
			all := isEnvelope(t, row.operation, a)
			for name, want := range row.has {
				if got := string(all[name]); got != want {
					t.Errorf("%s is %s, want %s", name, got, want)
				}
			}
			if row.operation == "getMessages" && string(all["systemMessages"]) == "[]" {
				t.Error("the visitor's place was not told")
			}
		})
	}
}

// TestConcludeAnswersAsDocumented: the one answer whose schema is documented whole
// has these members, with errorMessages, and no other (2.7).
func TestConcludeAnswersAsDocumented(t *testing.T) {
	t.Parallel()
	s := testkit.New(t, testkit.Options{})
	all := isEnvelope(t, "concludeEngagement", s.Enter(testkit.Support).Call("concludeEngagement", ""))
	if len(all) != 8 {
		t.Errorf("got %v", all)
	}
	for _, name := range []string{"clientRequestTime", "clientTransactionId", "clientTransactionIdString"} {
		if string(all[name]) != "null" {
			t.Errorf("%s is %s, want null", name, all[name])
		}
	}
}

// TestPostsAreTakenAsMeant: types that can be converted are (1.3), and what is meant
// reaches the agent.
func TestPostsAreTakenAsMeant(t *testing.T) {
	t.Parallel()
	s := testkit.New(t, testkit.Options{})
	a, v := s.Chat("ada")
	a.Poll("")
	type seen struct {
		Body                   string
		RichText, OffTheRecord bool
		MessageID              string
		Data                   map[string]string
	}
	for _, c := range []struct {
		sent string
		want seen
	}{
		{`{"body":"Order 4711","messageDataMap":{"page":"/orders"},"offTheRecord":false,"richText":false,"clientTransactionId":2}`,
			seen{Body: "Order 4711", Data: map[string]string{"page": "/orders"}}},
		{`{"body":4712}`, seen{Body: "4712"}},
		{`{"body":1.50}`, seen{Body: "1.50"}},
		{`{"body":true}`, seen{Body: "true"}},
		{`{"body":"a","body":"b"}`, seen{Body: "b"}},
		{`{"body":"\u00fc\ud83d\ude00 <b>&amp;\u0000\"\n"}`, seen{Body: "ü😀 <b>&amp;\x00\"\n"}},
		{`{"body":"x","messageId":8,"richText":"false","offTheRecord":"FALSE"}`, seen{Body: "x", MessageID: "8"}},
		{`{"body":"x","richText":1,"offTheRecord":"true"}`, seen{Body: "x", RichText: true, OffTheRecord: true}},
		{`{"body":"x","richText":"1","offTheRecord":"0"}`, seen{Body: "x", RichText: true}},
		{`{"body":"x","richText":"","offTheRecord":0}`, seen{Body: "x"}},
		{`{"body":"x","messageDataMap":{"n":1,"b":false,"t":"","z":null}}`, seen{Body: "x", Data: map[string]string{"n": "1", "b": "false", "t": "", "z": ""}}},
	} {
		t.Run(c.sent, func(t *testing.T) {
			if answer := v.Call("postMessage", c.sent); answer.Status != http.StatusOK {
				t.Fatalf("status %d: %s", answer.Status, answer.Body)
			}
			var got []seen
			for _, m := range a.Poll("").GetResponseTypes {
				if p := m.ChatPostMessage; p != nil {
					got = append(got, seen{p.Body, p.RichText, p.OffTheRecord, p.MessageID, p.MessageDataMap})
				}
			}
			if diff := cmp.Diff([]seen{c.want}, got); diff != "" {
				t.Errorf("the agent (-want +got):\n%s", diff)
			}
		})
	}
}

// raw sends a request with header names written as they are, over a connection of
// its own.
func raw(s *testkit.Server, method, path, body string, header http.Header) testkit.Answer {
	s.T.Helper()
	r, err := http.NewRequestWithContext(s.T.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.T.Fatal(err)
	}
	r.Header, r.Close = header, true
	c := s.Dial()
	defer c.Close()
	go r.Write(c)
	got, err := http.ReadResponse(bufio.NewReader(c), r)
	if err != nil {
		s.T.Fatal(err)
	}
	defer got.Body.Close()
	var b strings.Builder
	if _, err := bufio.NewReader(got.Body).WriteTo(&b); err != nil {
		s.T.Fatal(err)
	}
	return testkit.Answer{Status: got.StatusCode, Header: got.Header, Body: b.String()}
}

// rules are the rows of the contract that need a story, or time. Their names begin
// with their sections.
var rules = map[string]func(t *testing.T, s *testkit.Server){
	"1.1 site names of the documented shapes": func(t *testing.T, s *testkit.Server) {
		for _, name := range []string{"day119_181100_sql_238h", "sdi_11_20_18_2022_21-3586727808788512-Fusion"} {
			if _, err := s.Host.Create(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			if _, err := host.Do(t.Context(), s.Host, name, func(x *site.Site) (site.QueueDefinition, error) {
				return x.Admin("test").DefineQueue(site.QueueDefinition{ID: 7, Name: "Cards", Default: true})
			}); err != nil {
				t.Fatal(err)
			}
			keys, err := s.Keys.Site(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			path := func(operation string) string {
				return strings.Replace(testkit.VisitorPath(operation), "/demo/", "/"+name+"/", 1)
			}
			started := testkit.Decode[consumer.StartResponse](s, s.Send("POST", "/usher/consumer/"+name+"/v1/start", `{"key":"`+keys.WidgetKey+`"}`))
			if started.SiteName != name {
				t.Errorf("siteName is %q", started.SiteName)
			}
			opened := testkit.Decode[consumer.RequestEngagementResponse](s, s.Send("POST", path("requestEngagement"), "{}", "Authorization", "Bearer "+started.ChannelToken))
			if opened.QueueID != 7 {
				t.Errorf("queue %d", opened.QueueID)
			}
			expectStatus(t, s.Send("POST", path("postMessage"), `{"body":"hi"}`, "SessionId", opened.SessionID), http.StatusOK)
			isVisitorError(t, s.Send("POST", testkit.VisitorPath("postMessage"), `{"body":"hi"}`, "SessionId", opened.SessionID), http.StatusForbidden, api.AccessDenied)
		}
	},
	"1.2 header names in any case": func(t *testing.T, s *testkit.Server) {
		v := s.Enter(testkit.Support)
		for _, name := range []string{"SessionId", "sessionId", "sessionid", "SESSIONID", "Sessionid"} {
			got := raw(s, "POST", testkit.VisitorPath("postMessage"), `{"body":"hi"}`, http.Header{name: {v.Session}, "content-type": {"application/json"}})
			if got.Status != http.StatusOK {
				t.Errorf("%s: %d %s", name, got.Status, got.Body)
			}
		}
		for _, name := range []string{"authorization", "AUTHORIZATION", "Authorization"} {
			got := raw(s, "POST", testkit.VisitorPath("requestEngagement"), `{}`, http.Header{name: {"Bearer " + s.VisitorToken(`{}`)}, "sessionId": {"undefined"}})
			if got.Status != http.StatusOK {
				t.Errorf("%s: %d %s", name, got.Status, got.Body)
			}
		}
	},
	"1.4 clientRequestTime is a number beyond all bounds": func(t *testing.T, s *testkit.Server) {
		v := s.Enter(testkit.Support)
		got := raw(s, "POST", testkit.VisitorPath("activity"), `{"mode":"LISTENING","clientRequestTime":1e999}`, http.Header{"SessionId": {v.Session}})
		if string(isEnvelope(t, "activity", got)["clientRequestTime"]) != `"1e999"` {
			t.Errorf("got %s", got.Body)
		}
	},
	"1.6 429 and 413 are JSON, and the visitor goes on": func(t *testing.T, s *testkit.Server) {
		v := s.Enter(testkit.Support)
		text := `{"body":"` + strings.Repeat("x", 16<<10) + `"}`
		var a testkit.Answer
		for range 1000 {
			if a = v.Call("postMessage", text); a.Status != http.StatusOK {
				break
			}
		}
		isVisitorError(t, a, http.StatusTooManyRequests, api.BadRequest)
		if a.Header.Get("Retry-After") == "" {
			t.Error("it does not say when to try again")
		}
		isVisitorError(t, v.Call("postMessage", `{"body":"`+strings.Repeat("x", 16<<10+1)+`"}`), http.StatusRequestEntityTooLarge, api.BadRequest)
		expectStatus(t, v.Call("activity", `{"mode":"LISTENING"}`), http.StatusOK)
		expectStatus(t, v.Call("concludeEngagement", ``), http.StatusOK)
	},
	"2.3 nobody is free: queued anyway, with its place as the first word": func(t *testing.T, s *testkit.Server) {
		opened := testkit.Decode[consumer.RequestEngagementResponse](s, enter(s, s.VisitorToken(`{}`)))
		if !regexp.MustCompile(`^[a-z0-9]{25,26}$`).MatchString(opened.SessionID) {
			t.Errorf("the session is %q", opened.SessionID)
		}
		v := &testkit.Visitor{Server: s, Session: opened.SessionID}
		expectKinds(t, visitorKinds(v.Poll()), "WaitInformationChanged")
	},
	"2.3 somebody is free: offered to them": func(t *testing.T, s *testkit.Server) {
		a := s.LogOn("ada")
		a.Ask(1)
		opened := testkit.Decode[consumer.RequestEngagementResponse](s, enter(s, s.VisitorToken(`{}`)))
		expectKinds(t, agentKinds(a.Poll("")), fmt.Sprintf("%d offer 1", opened.EngagementID))
	},
	"2.3 the same token: its engagement while it lives, then 403": func(t *testing.T, s *testkit.Server) {
		token := s.VisitorToken(`{}`)
		first := testkit.Decode[consumer.RequestEngagementResponse](s, enter(s, token))
		again := testkit.Decode[consumer.RequestEngagementResponse](s, enter(s, token))
		if again.ResultType != api.ResultExistingSession || again.SessionID != first.SessionID || again.EngagementID != first.EngagementID || again.ClientID != first.ClientID {
			t.Errorf("first %+v, then %+v", first, again)
		}
		v := &testkit.Visitor{Server: s, Session: first.SessionID}
		expectStatus(t, v.Call("concludeEngagement", ""), http.StatusOK)
		isVisitorError(t, enter(s, token), http.StatusForbidden, api.AccessDenied)
	},
	"2.3 outside the hours": unavailable(api.ResultOutOfHours, func(s *testkit.Server) { closed(s, site.Hours{ID: 1, Name: "never", Zone: "UTC"}) }),
	"2.3 on a holiday": unavailable(api.ResultHoliday, func(s *testkit.Server) {
		closed(s, site.Hours{ID: 1, Name: "ever", Zone: "UTC", Week: everyDay(), Holidays: []site.Holiday{{Name: "New Year", Date: "01-01"}}})
	}),
	"2.3 nobody is there": unavailable(api.ResultNoAgentsAvailable, refuseWithoutAgents),
	"2.3 a rule refuses": unavailable(api.ResultRuleDequeue, func(s *testkit.Server) {
		testkit.Do(s, func(x *site.Site) (site.Rules, error) {
			return x.Admin("test").DefineRules(site.Rules{Enter: []site.Rule{{Name: "secret plan", Refuse: true}}})
		})
	}),
	"2.4 all that waits comes at once, oldest first": func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		for n := range 5 {
			a.Post(v.Engagement, fmt.Sprint(n))
		}
		expectStatus(t, a.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
		start := time.Now()
		expectKinds(t, visitorKinds(v.Poll()), "ParticipantAdded", "MessagePosted 0", "MessagePosted 1", "MessagePosted 2", "MessagePosted 3", "MessagePosted 4", "Concluded AGENT_CONCLUDED")
		expectTook(t, start, 0)
	},
	"2.4 the last words were received: 30 s, then 403": func(t *testing.T, s *testkit.Server) {
		v := s.Enter(testkit.Support)
		expectStatus(t, v.Call("concludeEngagement", ""), http.StatusOK)
		expectKinds(t, visitorKinds(v.Poll()), "Concluded END_USER_CONCLUDED")
		start := time.Now()
		expectKinds(t, visitorKinds(v.Poll()))
		expectTook(t, start, 30*time.Second)
		for _, o := range visitorOperations[1:5] {
			isVisitorError(t, v.Call(o.name, o.body), http.StatusForbidden, api.AccessDenied)
		}
	},
	"2.4 a session that showed no sign of life for 240 s": func(t *testing.T, s *testkit.Server) {
		v := s.Enter(testkit.Support)
		time.Sleep(239 * time.Second)
		expectStatus(t, v.Call("activity", `{"mode":"LISTENING"}`), http.StatusOK)
		time.Sleep(241 * time.Second)
		for _, o := range visitorOperations[1:5] {
			isVisitorError(t, v.Call(o.name, o.body), http.StatusForbidden, api.AccessDenied)
		}
	},
	"2.5 the sender gets no copy": func(t *testing.T, s *testkit.Server) {
		_, v := s.Chat("ada")
		v.Poll()
		v.Post("hello")
		start := time.Now()
		expectKinds(t, visitorKinds(v.Poll()))
		expectTook(t, start, 30*time.Second)
	},
	"2.5 posts while it waits again are kept for who comes": func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		a.Poll("")
		expectStatus(t, a.Call("rerouteEngagement", inEngagement(v.Engagement, "")), http.StatusOK)
		v.Post("are you there?")
		expectStatus(t, a.Call("logoff", `{"forceLogoff":true}`), http.StatusOK)
		v.Post("hello?")
		b := s.LogOn("bob")
		b.Ask(1)
		b.Accept(v.Engagement)
		expectKinds(t, agentKinds(b.Poll("")), "1 offer 1", "1 joined 2", "1 are you there? 3", "1 hello? 4")
	},
	"2.5 409 once it is concluded, then 403": func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		expectStatus(t, a.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
		isVisitorError(t, v.Call("postMessage", `{"body":"late"}`), http.StatusConflict, api.Conflict)
		v.Poll()
		isVisitorError(t, v.Call("postMessage", `{"body":"late"}`), http.StatusConflict, api.Conflict)
		v.Poll() // what comes in is the evidence, and the grace is over
		isVisitorError(t, v.Call("postMessage", `{"body":"late"}`), http.StatusForbidden, api.AccessDenied)
	},
	"2.5 one message id within ten minutes is one post": func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		a.Poll("")
		send := func(body string) {
			t.Helper()
			expectStatus(t, v.Call("postMessage", body), http.StatusOK)
		}
		send(`{"body":"a","messageId":"m-1","clientTransactionId":1}`)
		time.Sleep(15 * time.Second) // as published clients retry
		send(`{"body":"a","messageId":"m-1","clientTransactionId":1}`)
		send(`{"body":"a","clientTransactionId":1}`) // no id: a new post, though the number is the same
		send(`{"body":"a","clientTransactionId":1}`)
		send(`{"body":"a","messageId":""}`)
		send(`{"body":"a","messageId":"","clientTransactionId":1}`)
		send(`{"body":"b","messageId":"m-1"}`)
		expectKinds(t, agentKinds(a.Poll("")), "1 a 3", "1 a 4", "1 a 5", "1 a 6", "1 a 7", "1 b 8")
	},
	"2.6 the agent gets the mode, the sender nothing": func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		settled(a, v)
		for _, mode := range []api.Mode{api.ModeResponding, api.ModeListening} {
			expectStatus(t, v.Call("activity", fmt.Sprintf(`{"mode":%q}`, mode)), http.StatusOK)
			got := a.Poll("").GetResponseTypes
			if len(got) != 1 || got[0].ChatActivitySignal == nil || got[0].ChatActivitySignal.Mode != mode || got[0].ChatActivitySignal.ClientID != v.Client {
				t.Errorf("%s: the agent is told %v", mode, got)
			}
		}
		expectKinds(t, visitorKinds(v.Poll()))
	},
	"2.6 without effect while it waits, and after the end": func(t *testing.T, s *testkit.Server) {
		v := s.Enter(testkit.Support)
		expectStatus(t, v.Call("activity", `{"mode":"RESPONDING","sneakPreviewText":"hel"}`), http.StatusOK)
		a := s.LogOn("ada")
		a.Ask(1)
		a.Accept(v.Engagement)
		expectKinds(t, agentKinds(a.Poll("")), "1 offer 1", "1 joined 2")
		expectStatus(t, a.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
		before := s.Position()
		expectStatus(t, v.Call("activity", `{"mode":"RESPONDING"}`), http.StatusOK)
		if now := s.Position(); now != before {
			t.Errorf("it left %d events", now-before)
		}
		expectKinds(t, agentKinds(a.Poll("")), "time-out")
	},
	"2.7 while chatting: the agent is told, and the held poll ends": func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		settled(a, v)
		held := parked(t, func() (testkit.Answer, error) { return v.TryCall("getMessages", "") })
		time.Sleep(3 * time.Second)
		expectStatus(t, v.Call("concludeEngagement", `{"clientRequestTime":"2019-01-14T14:35:14.226Z","clientTransactionId":1}`), http.StatusOK)
		start := time.Now()
		expectKinds(t, visitorKinds(testkit.Decode[consumer.GetMessagesResponse](s, held())), "Concluded END_USER_CONCLUDED")
		expectTook(t, start, 0)
		d := a.Poll("").GetResponseTypes[0].ChatDisconnectNotification
		if d == nil || d.Reason != api.ReasonEndUserConcluded || d.Role != api.RoleEndUser || d.EngagementID != v.Engagement {
			t.Errorf("the agent is told %+v", d)
		}
	},
	"2.7 while queued: it leaves the queue": func(t *testing.T, s *testkit.Server) {
		v, next := s.Enter(testkit.Support), s.Enter(testkit.Support)
		next.Poll()
		expectStatus(t, v.Call("concludeEngagement", `{}`), http.StatusOK)
		expectKinds(t, visitorKinds(v.Poll()), "Concluded END_USER_CONCLUDED")
		if w := next.Poll().SystemMessages[0].WaitInformationChanged; w == nil || w.Position != 1 {
			t.Errorf("the next is told %+v", w)
		}
		a := s.LogOn("ada")
		a.Ask(2)
		expectKinds(t, agentKinds(a.Poll("")), fmt.Sprintf("%d offer 1", next.Engagement))
		expectKinds(t, agentKinds(a.Poll("")), "time-out")
	},
	"2.7 again: 200 within the grace, then 403": func(t *testing.T, s *testkit.Server) {
		_, v := s.Chat("ada")
		for range 3 {
			expectStatus(t, v.Call("concludeEngagement", ""), http.StatusOK)
		}
		v.Poll()
		expectStatus(t, v.Call("concludeEngagement", ""), http.StatusOK)
		v.Poll()
		isVisitorError(t, v.Call("concludeEngagement", ""), http.StatusForbidden, api.AccessDenied)
	},
	"2.7 after the agent has ended it: the agent's reason stays": func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		v.Poll()
		expectStatus(t, a.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
		expectStatus(t, v.Call("concludeEngagement", ""), http.StatusOK)
		expectKinds(t, visitorKinds(v.Poll()), "Concluded AGENT_CONCLUDED")
	},
}

// closed gives the default queue its hours.
func closed(s *testkit.Server, h site.Hours) {
	s.T.Helper()
	testkit.Do(s, func(x *site.Site) (struct{}, error) {
		_, err := x.Admin("test").DefineHours(h)
		if err == nil {
			_, err = x.Admin("test").DefineQueue(site.QueueDefinition{ID: testkit.Support, Name: "Support", Default: true, Hours: h.ID})
		}
		return struct{}{}, err
	})
}

// unavailable: who cannot be served is told why with 409, gets no session, and a
// sentence that a page can show. Before a chat, a page is told the same.
func unavailable(why api.ResultType, make func(s *testkit.Server)) func(t *testing.T, s *testkit.Server) {
	return func(t *testing.T, s *testkit.Server) {
		make(s)
		token, before := s.VisitorToken(`{}`), s.Position()
		for range 2 {
			a := enter(s, token)
			isVisitorError(t, a, http.StatusConflict, api.Conflict)
			var all map[string]any
			if err := json.Unmarshal([]byte(a.Body), &all); err != nil {
				t.Fatal(err)
			}
			if all["resultType"] != string(why) || all["sessionId"] != nil || len(all) != 4 {
				t.Errorf("got %s", a.Body)
			}
			if strings.Contains(a.Body, "secret plan") {
				t.Errorf("a visitor reads the name of a rule: %s", a.Body)
			}
		}
		if now := s.Position(); now != before {
			t.Errorf("the refused visitor left %d events", now-before)
		}
		got := isEnvelope(t, "getEngagementQueue", s.Send("GET", testkit.VisitorPath("getEngagementQueue")+"&request=%7B%7D", ""))
		for _, name := range []string{"queueId", "availableAgentSessions", "totalAvailableAgents", "engagementsInQueue", "expectedWaitSeconds", "averageWaitSeconds"} {
			if string(got[name]) != "0" {
				t.Errorf("getEngagementQueue: %s is %s", name, got[name])
			}
		}
		if string(got["resultType"]) != `"`+string(why)+`"` || len(got["reason"]) < len(`"x"`) || strings.Contains(string(got["reason"]), "secret plan") {
			t.Errorf("getEngagementQueue: resultType %s, reason %s", got["resultType"], got["reason"])
		}
	}
}

// TestVisitorRules: the rows of the contract that need a story, or time.
func TestVisitorRules(t *testing.T) {
	t.Parallel()
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { rule(t, testkit.New(t, testkit.Options{})) })
		})
	}
}
