package rest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"usher/api/sites"
	"usher/internal/testkit"
)

// establishes is a body of establishSessions, and the session information that its
// token then carries.
type establishes struct{ body, session string }

// inText writes session information as JSON in a text, as a vendor's sample sends it.
func inText(t *testing.T, information string) string {
	t.Helper()
	text, err := json.Marshal(information)
	if err != nil {
		t.Fatal(err)
	}
	return `{"sessionInformation":` + string(text) + `}`
}

// TestEstablishForms: every form of the body that clients send (consumer-api 2.1).
func TestEstablishForms(t *testing.T) {
	const ann = `{"firstName":"Ann","queueId":1}`
	expectSessions(t, map[string]establishes{
		"a text that holds JSON":                     {inText(t, ann), ann},
		"a text with line breaks":                    {inText(t, "\r\n{\r\n\t\"firstName\": \"Ann\",\r\n\t\"queueId\": 1\r\n}\r\n"), ann},
		"a text with members that are null":          {inText(t, `{"firstName":"Ann","lastName":null,"queueId":1,"customFields":null}`), ann},
		"a text that is empty":                       {`{"sessionInformation":""}`, `{}`},
		"a text of white space":                      {`{"sessionInformation":" \r\n\t"}`, `{}`},
		"a text of an empty object":                  {`{"sessionInformation":"{}"}`, `{}`},
		"a text of null":                             {`{"sessionInformation":"null"}`, `{}`},
		"an object":                                  {`{"sessionInformation":` + ann + `}`, ann},
		"an empty object":                            {`{"sessionInformation":{}}`, `{}`},
		"null":                                       {`{"sessionInformation":null}`, `{}`},
		"absent":                                     {`{}`, `{}`},
		"no body":                                    {``, `{}`},
		"a body of white space":                      {"\r\n\t ", `{}`},
		"at top level":                               {ann, ann},
		"at top level, beside null":                  {`{"sessionInformation":null,"firstName":"Ann","queueId":1}`, ann},
		"at top level too, which does not count":     {`{"firstName":"Bea","lastName":"Lee","sessionInformation":` + ann + `}`, ann},
		"at top level too, beside an empty text":     {`{"firstName":"Bea","sessionInformation":""}`, `{}`},
		"beside what nobody knows":                   {`{"sessionInformation":{"firstName":"Ann","queueId":1,"new":{"a":[1]}},"clientRequestTime":"noon"}`, ann},
		"with the name of who is signed in (6.4)":    {`{"authUserName":"ann.lee"}`, `{"authUserName":"ann.lee"}`},
		"characters that JSON and HTML would escape": {inText(t, `{"question":"\"<b>\" & \u00fc\n\u2028"}`), `{"question":"\"<b>\" & ü\n\u2028"}`},
	})
}

// TestEstablishAttributes: every attribute in every type that is taken for it
// (consumer-api 1.3, 2.1).
func TestEstablishAttributes(t *testing.T) {
	cases := map[string]establishes{
		"both spellings of the auxiliary data": {`{"auxillaryData":{"BROWSER":"Lynx","n":7},"auxiliaryData":{"USER_AGENT":"L","BROWSER":"x"}}`,
			`{"auxillaryData":{"BROWSER":"Lynx","n":"7"},"auxiliaryData":{"USER_AGENT":"L","BROWSER":"x"}}`},
		"auxiliary data that is null": {`{"auxillaryData":null,"auxiliaryData":{"BROWSER":null}}`, `{"auxiliaryData":{"BROWSER":""}}`},
		"custom fields": {`{"customFields":[{"name":"a","type":"STRING","value":"x"},{"name":"b","type":"long","value":7},{"name":"c","value":true},{"name":"d","type":null,"value":null},{}]}`,
			`{"customFields":[{"name":"a","type":"STRING","value":"x"},{"name":"b","type":"long","value":"7"},{"name":"c","value":"true"},{"name":"d","value":""},{"name":"","value":""}]}`},
		"custom fields as text":           {`{"customFields":"[{\"name\":\"a\",\"value\":1}]"}`, `{"customFields":[{"name":"a","value":"1"}]}`},
		"custom fields as an empty text":  {`{"customFields":""}`, `{}`},
		"no custom fields":                {`{"customFields":[]}`, `{}`},
		"a media list of words":           {`{"mediaList":["CHAT","VIDEO"]}`, `{"mediaList":["CHAT","VIDEO"]}`},
		"a media list of objects":         {`{"mediaList":[{"type":"CHAT","id":4},{"type":"VIDEO"}]}`, `{"mediaList":["CHAT","VIDEO"]}`},
		"a media list of both":            {`{"mediaList":["CHAT",{"type":"VIDEO"},null,{}]}`, `{"mediaList":["CHAT","VIDEO"]}`},
		"a media list of one":             {`{"mediaList":"CHAT"}`, `{"mediaList":["CHAT"]}`},
		"an empty media list":             {`{"mediaList":[]}`, `{}`},
		"a media list that is empty text": {`{"mediaList":""}`, `{}`},
		"a media list that is null":       {`{"mediaList":null}`, `{}`},
		"a request source":                {`{"requestSource":"messaging_sms"}`, `{"requestSource":"messaging_sms"}`},
	}
	for word, read := range map[string]string{
		`"NONE"`: "NONE", `"RESUME"`: "RESUME", `"resume"`: "RESUME", `"Do_Not_Resume"`: "DO_NOT_RESUME", `" none "`: "NONE", `"later"`: "LATER", `7`: "7",
	} {
		cases["resume type "+word] = establishes{`{"resumeType":` + word + `}`, `{"resumeType":"` + read + `"}`}
	}
	cases["resume type null"] = establishes{`{"resumeType":null}`, `{}`}
	cases["an empty resume type"] = establishes{`{"resumeType":""}`, `{}`}
	for _, name := range []string{"firstName", "lastName", "emailAddress", "question", "visitorId", "referrerUrl", "routingData", "sessionId"} {
		for value, read := range map[string]string{`"x"`: `"x"`, `4711`: `"4711"`, `1.50`: `"1.50"`, `true`: `"true"`, `"é\n"`: `"é\n"`} {
			cases[name+" "+value] = establishes{`{"` + name + `":` + value + `}`, `{"` + name + `":` + read + `}`}
		}
		cases[name+" null"] = establishes{`{"` + name + `":null}`, `{}`}
	}
	for _, name := range []string{
		"queueId", "contactId", "organizationId", "productId", "categoryId", "incidentId", "interfaceId", "assigneeId", "coBrowsePremiumSupported",
	} {
		for value, read := range map[string]string{`313`: `313`, `"313"`: `313`, `" 313 "`: `313`} {
			cases[name+" "+value] = establishes{`{"` + name + `":` + value + `}`, `{"` + name + `":` + read + `}`}
		}
		for _, value := range []string{`null`, `""`, `0`, `"0"`} {
			cases[name+" "+value] = establishes{`{"` + name + `":` + value + `}`, `{}`}
		}
	}
	expectSessions(t, cases)
}

// expectSessions sends each body as it is and, if it is an object of attributes, also
// inside sessionInformation in both ways, and compares what the tokens carry.
func expectSessions(t *testing.T, cases map[string]establishes) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		for name, c := range cases {
			bodies := []string{c.body}
			if !strings.Contains(c.body, "sessionInformation") && strings.HasPrefix(c.body, "{") {
				bodies = append(bodies, `{"sessionInformation":`+c.body+`}`, inText(t, c.body))
			}
			var want map[string]any
			if err := json.Unmarshal([]byte(c.session), &want); err != nil {
				t.Fatal(err)
			}
			for _, body := range bodies {
				got := claims(t, strings.Split(s.VisitorToken(body), ".")[1])["session"]
				if diff := cmp.Diff(any(want), got); diff != "" {
					t.Errorf("%s, sent as %s (-want +got):\n%s", name, body, diff)
				}
			}
		}
	})
}

// TestEstablishAnswer: the answer's members and its inner JSON, which clients take
// their address from (consumer-api 2.1); whatever the content type of the request.
func TestEstablishAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		for _, contentType := range []string{"", "application/json", "application/json; charset=UTF-8", "text/plain", "application/x-www-form-urlencoded"} {
			got := s.Send("POST", testkit.Bootstrap+"establishSessions", inText(t, `{"firstName":"Ann"}`),
				"Authorization", testkit.Basic("ada", testkit.Password), "Content-Type", contentType)
			answer := testkit.Decode[sites.EstablishSessionsResponse](s, got)
			want := sites.EstablishSessionsResponse{
				SiteName: "demo", ChannelToken: answer.ChannelToken, SessionServerResponse: `{"domain":"usher.test:8080","pool":"1:1"}`,
				Links: answer.Links, ChatServer: sites.ChatServer{Domain: "usher.test:8080", Pool: "1:1"},
			}
			if diff := cmp.Diff(want, answer); diff != "" || len(answer.Links) != 1 {
				t.Errorf("%s (-want +got):\n%s", contentType, diff)
			}
			if strings.Contains(got.Body, "port") {
				t.Errorf("it tells a port: %s", got.Body)
			}
		}
	})
}

// TestEstablishContext: the header in which callers name themselves may be missing,
// unless the site demands it, and never has more than 40 characters (consumer-api 2.1).
// What the setting demands changes at once, and of chatAuthenticate too.
func TestEstablishContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		for _, path := range []string{testkit.Bootstrap + "establishSessions", chatAuthenticate} {
			good := http.StatusOK
			if path == chatAuthenticate {
				good = http.StatusCreated
			}
			send := func(context string) testkit.Answer {
				return s.Send("POST", path, `{"authUserName":"ann"}`, "Authorization", testkit.Basic("ada", testkit.Password), "OSvC-CREST-Application-Context", context)
			}
			const header = "header OSvC-CREST-Application-Context"
			for _, demanded := range []bool{false, true, false} {
				expectStatus(t, patchSettings(s, `{"requireContext":`+map[bool]string{true: "true", false: "false"}[demanded]+`}`), http.StatusOK)
				missing := send("")
				if demanded {
					expectStatus(t, missing, http.StatusBadRequest)
					expectText(t, missing.Body, header+" is missing: this site demands it")
				} else {
					expectStatus(t, missing, good)
				}
				for _, context := range []string{"x", "visitor's session", strings.Repeat("x", 40), strings.Repeat("ä", 40)} {
					expectStatus(t, send(context), good)
				}
				for _, context := range []string{strings.Repeat("x", 41), strings.Repeat("ä", 41)} {
					long := send(context)
					expectStatus(t, long, http.StatusBadRequest)
					expectText(t, long.Body, header+" has 41 characters: at most 40 are allowed")
					expectText(t, long.Body, "OSC-CREST-00016")
				}
			}
		}
	})
}
