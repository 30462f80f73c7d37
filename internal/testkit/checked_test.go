package testkit

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// canned answers every request with one answer.
type canned struct {
	status int
	header http.Header
	body   string
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		io.Copy(io.Discard, r.Body)
	}
	return &http.Response{StatusCode: c.status, Header: c.header, Body: io.NopCloser(strings.NewReader(c.body)), Request: r}, nil
}

// verdicts collects what a check says.
type verdicts struct {
	testing.TB
	said []string
}

func (v *verdicts) Errorf(format string, args ...any) {
	v.said = append(v.said, fmt.Sprintf(format, args...))
}

// exchange is a request and its answer.
type exchange struct {
	method, path, request string
	header                []string
	status                int
	answer                string
	answered              []string // headers, beside Content-Type
}

func (x exchange) check(t *testing.T, anyQuery bool) []string {
	t.Helper()
	c := canned{status: x.status, header: http.Header{"Content-Type": {"application/json;charset=utf-8"}}, body: x.answer}
	if x.status == http.StatusNoContent {
		c.header.Del("Content-Type")
	}
	for i := 0; i < len(x.answered); i += 2 {
		c.header.Set(x.answered[i], x.answered[i+1])
	}
	v := &verdicts{TB: t}
	for _, body := range []io.Reader{strings.NewReader(x.request), struct{ io.Reader }{strings.NewReader(x.request)}} { // known in advance, and not
		r, err := http.NewRequestWithContext(t.Context(), x.method, "http://usher.test"+x.path, body)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(x.header); i += 2 {
			r.Header.Set(x.header[i], x.header[i+1])
		}
		got, err := checked{v, c, anyQuery}.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(got.Body); err != nil || string(b) != x.answer {
			t.Errorf("the check handed on %q, %v", b, err)
		}
	}
	return v.said
}

const (
	envelope = `"clientId":4,"clientIdString":"4","sequenceNumber":0,"sequenceNumberString":"0","sessionId":"node0x","clientSendTime":"null",` +
		`"responseSentMilliseconds":1,"responseSentMillisecondsString":"1","serviceStartTime":"2026-11-23T06:27:15.003Z","serviceFinishTime":"2026-11-23T06:27:15.003Z"`
	visitorEnvelope = `"clientId":5,"clientIdString":"5","clientRequestTime":null,"clientTransactionId":null,"clientTransactionIdString":null,` +
		`"serviceStartTime":"2026-11-23T06:27:15.003Z","serviceFinishTime":"2026-11-23T06:27:15.003Z","errorMessages":[]`
	concluded = `{"messageName":"RNEngagementConcludedMessage","createdTime":"2026-11-23T06:27:15.003Z","sequenceNumber":3,"sequenceNumberString":"3","reason":"EJECTED","role":"END_USER"}`
	refusal   = `{"exceptionCode":"BAD_REQUEST","message":"no"}`
)

func sentFile() exchange {
	return exchange{
		method: "POST", path: "/usher/consumer/demo/v1/files?name=a.bin", request: "\x00no JSON", header: []string{"SessionId", "x"}, status: 200,
		answer: `{` + visitorEnvelope + `,"file":{"name":"a.bin","type":"image/png","size":8,"url":"http://usher.test/x"}}`,
	}
}

func readFile() exchange {
	return exchange{
		method: "GET", path: "/usher/consumer/demo/v1/files/1/x", status: 200, answer: "\x00no JSON",
		answered: []string{
			"Content-Type", "image/png", "Content-Disposition", "attachment; filename=a.bin", "X-Content-Type-Options", "nosniff", "Content-Security-Policy", "sandbox",
			"Cross-Origin-Resource-Policy", "cross-origin", "Cache-Control", "private", "Referrer-Policy", "no-referrer",
		},
	}
}

func setStatus() exchange {
	return exchange{
		method: "POST", path: "/engagement/api/agent/demo/v1/setActivityStatus?pool=1:1", request: `{"status":"AVAILABLE","subTypeId":1,"unknown":[1]}`,
		header: []string{"X-JSESSIONID", "node0x", "X-AID", "12"}, status: 200,
		answer: `{` + envelope + `,"chatActivityStatusChangeResult":{"status":"AVAILABLE","subTypeId":1},"chatSystemError":null}`,
	}
}

func retrieval() exchange {
	return exchange{
		method: "POST", path: "/engagement/api/consumer/demo/v1/getMessages", header: []string{"SessionId", "x"}, status: 200,
		answer: `{` + visitorEnvelope + `,"systemMessages":[` + concluded + `]}`, answered: []string{"Usher-Last", "3"},
	}
}

func availability(request string) exchange {
	return exchange{
		method: "GET", path: "/engagement/api/agent/demo/v1/rerouteAvailability?pool=1:1" + request, header: []string{"X-JSESSIONID", "node0x", "X-AID", "12"}, status: 200,
		answer: `{` + envelope + `,"queueId":2,"queueIdString":"2","chatRouteId":2,"availableAgentSessions":1,"totalAvailableAgents":1,"engagementsInQueue":0,"expectedWaitSeconds":0}`,
	}
}

func (x exchange) with(change func(*exchange)) exchange {
	change(&x)
	return x
}

// TestDocumentedExchanges: what the documents say passes.
func TestDocumentedExchanges(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]exchange{
		"an agent's operation":     setStatus(),
		"a visitor's retrieval":    retrieval(),
		"JSON in the query":        availability("&request=%7B%22engagement%0D%0AId%22%3A7001%7D"),
		"a request that is wrong":  setStatus().with(func(x *exchange) { x.request, x.header, x.status, x.answer = "[", nil, 400, refusal }),
		"nothing there":            {method: "POST", path: "/nowhere", status: 404, answer: "whatever"},
		"another method":           {method: "DELETE", path: "/healthz", status: 405, answer: refusal, answered: []string{"Allow", "GET"}},
		"a preflight":              {method: "OPTIONS", path: "/engagement/api/consumer/demo/v1/activity", status: 204},
		"a file sent":              sentFile(),
		"a file read":              readFile(),
		"a file that is JSON":      readFile().with(func(x *exchange) { x.answered[1] = "application/json"; x.answer = `{"any":[]}` }),
		"a file that is looked at": readFile().with(func(x *exchange) { x.method, x.answer = "HEAD", "" }),
		"a health check":           {method: "GET", path: "/healthz", status: 200, answer: `{"status":"alive"}`},
	} {
		if said := x.check(t, false); len(said) > 0 {
			t.Errorf("%s: %q", name, said)
		}
	}
}

// TestUndocumentedExchanges: whatever the documents do not say is found.
func TestUndocumentedExchanges(t *testing.T) {
	t.Parallel()
	replaced := func(x exchange, old, now string) exchange {
		if !strings.Contains(x.answer, old) {
			t.Fatalf("%s holds no %s", x.answer, old)
		}
		x.answer = strings.Replace(x.answer, old, now, 1)
		return x
	}
	for name, x := range map[string]exchange{
		"an empty file taken":              sentFile().with(func(x *exchange) { x.request = "" }),
		"a file shown":                     readFile().with(func(x *exchange) { x.answered[3] = "inline" }),
		"a file without a type":            readFile().with(func(x *exchange) { x.answered[1] = "" }),
		"a path":                           {method: "POST", path: "/usher/new", status: 200, answer: "{}"},
		"a path that refuses":              {method: "POST", path: "/usher/new", status: 403, answer: refusal},
		"a method":                         setStatus().with(func(x *exchange) { x.method = "PUT" }),
		"a method's refusal in other form": {method: "DELETE", path: "/healthz", status: 405, answer: `{"error":"no"}`, answered: []string{"Allow", "GET"}},
		"a status":                         setStatus().with(func(x *exchange) { x.status, x.answer = 418, refusal }),
		"a status of another operation":    setStatus().with(func(x *exchange) { x.status, x.answer = 409, refusal }),
		"a content type":                   setStatus().with(func(x *exchange) { x.answered = []string{"Content-Type", "text/plain"} }),
		"no content type":                  setStatus().with(func(x *exchange) { x.answered = []string{"Content-Type", ""} }),
		"a header":                         setStatus().with(func(x *exchange) { x.answered = []string{"X-New", "1"} }),
		"a header that is wrong":           retrieval().with(func(x *exchange) { x.answered = []string{"Usher-Last", "x"} }),
		"a header out of range":            retrieval().with(func(x *exchange) { x.answered = []string{"Usher-Last", "0"} }),
		"no Retry-After":                   setStatus().with(func(x *exchange) { x.status, x.answer = 503, refusal }),
		"a body where none is":             {method: "OPTIONS", path: "/engagement/api/consumer/demo/v1/activity", status: 204, answer: "{}"},
		"no JSON":                          replaced(setStatus(), "}", ""),
		"two values":                       setStatus().with(func(x *exchange) { x.answer += "{}" }),
		"a field":                          replaced(setStatus(), `"chatSystemError"`, `"new":1,"chatSystemError"`),
		"a field below":                    replaced(setStatus(), `"subTypeId":1`, `"subTypeId":1,"new":1`),
		"a field of a message":             replaced(retrieval(), `"role":`, `"new":1,"role":`),
		"a field of an error":              setStatus().with(func(x *exchange) { x.status, x.answer = 400, `{"exceptionCode":"BAD_REQUEST","message":"no","new":1}` }),
		"a field missing":                  replaced(setStatus(), `,"chatSystemError":null`, ``),
		"a field of the envelope missing":  replaced(setStatus(), `"clientId":4,`, ``),
		"a type":                           replaced(setStatus(), `"subTypeId":1`, `"subTypeId":"1"`),
		"a fraction":                       replaced(setStatus(), `"subTypeId":1`, `"subTypeId":1.5`),
		"a null":                           replaced(setStatus(), `"subTypeId":1`, `"subTypeId":null`),
		"a word of a list":                 replaced(setStatus(), `"AVAILABLE"`, `"AWAY"`),
		"a twin":                           replaced(setStatus(), `"clientIdString":"4"`, `"clientIdString":"5"`),
		"a time":                           replaced(setStatus(), `15.003Z`, `15Z`),
		"a message":                        replaced(retrieval(), `RNEngagementConcludedMessage`, `RNEngagementNewMessage`),

		"a request's missing field":  setStatus().with(func(x *exchange) { x.request = `{"status":"AVAILABLE"}` }),
		"a request's type":           setStatus().with(func(x *exchange) { x.request = `{"status":"AVAILABLE","subTypeId":"1"}` }),
		"a request's word":           setStatus().with(func(x *exchange) { x.request = `{"status":"AWAY","subTypeId":1}` }),
		"a request without a body":   setStatus().with(func(x *exchange) { x.request = " " }),
		"a request that is no JSON":  setStatus().with(func(x *exchange) { x.request = "{" }),
		"a request's header missing": setStatus().with(func(x *exchange) { x.header = x.header[:2] }),
		"a request's header":         setStatus().with(func(x *exchange) { x.header = append(x.header, "Usher-Ack", "x") }),
		"a request without session":  setStatus().with(func(x *exchange) { x.header = x.header[2:] }),
		"a request's query":          setStatus().with(func(x *exchange) { x.path += "&new=1" }),
		"a query without request":    availability(""),
		"a query's type":             availability("&request=%7B%22engagementId%22%3A%227001%22%7D"),
		"a query that is no JSON":    availability("&request=%7B"),
		"a request's path":           setStatus().with(func(x *exchange) { x.path = strings.Replace(x.path, "demo", "a.b", 1) }),
		"a request without log-in": {
			method: "POST", path: Bootstrap + "agentTokens", header: []string{"Authorization", "Bearer x"}, status: 200,
			answer: `{"sessionToken":"x","siteName":"demo","links":[]}`,
		},
		"a body that is not looked at": {
			method: "OPTIONS", path: "/engagement/api/consumer/demo/v1/activity", request: "{}", status: 204,
		},
	} {
		if said := x.check(t, false); len(said) < 2 { // once for each way to send it
			t.Errorf("%s is not found: %q", name, said)
		}
	}
	if said := setStatus().with(func(x *exchange) { x.path += "&new=1" }).check(t, true); len(said) > 0 {
		t.Errorf("any query may be sent: %q", said)
	}
}

// TestBrokenAnswer: an answer that does not come whole is not judged, and whoever
// reads it learns that it broke.
func TestBrokenAnswer(t *testing.T) {
	t.Parallel()
	v := &verdicts{TB: t}
	c := checked{t: v, next: broken{}}
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://usher.test/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(got.Body); string(b) != "{" || err != io.ErrUnexpectedEOF || len(v.said) > 0 {
		t.Errorf("read %q, %v; the check says %q", b, err, v.said)
	}
}

type broken struct{}

func (broken) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(io.MultiReader(strings.NewReader("{"), failing{io.ErrUnexpectedEOF}))}, nil
}

// TestExactly: an allOf is one object, whose parts may not say two things.
func TestExactly(t *testing.T) {
	t.Parallel()
	const parts = `{"components":{"schemas":{"A":{"properties":{"a":{}}},"B":{"allOf":[{"$ref":"#/components/schemas/%s"},{"properties":{"%s":{}}}]}}}}`
	for name, x := range map[string]struct {
		ref, field string
		good       bool
	}{"two fields": {"A", "b", true}, "a field twice": {"A", "a", false}, "no such part": {"C", "b", false}} {
		if _, err := exactly(fmt.Appendf(nil, parts, x.ref, x.field)); (err == nil) != x.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
