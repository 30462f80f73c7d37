package rest_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"usher/api"
	"usher/api/sites"
	"usher/internal/auth"
	"usher/internal/site"
	"usher/internal/testkit"
)

// stage is a server in the middle of its work, for requests that should change
// nothing: ada leads ann's engagement, which sue, a supervisor, watches; ben's is
// offered to bob; sue leads cy's and dee's, in a queue for which nobody else has a
// place free; tom, who serves the bot's queue, has nothing to do; and echo is not
// logged on.
type stage struct {
	*testkit.Server
	ada, bob, sue, tom *testkit.Agent
	ann, ben, cy, dee  *testkit.Visitor
}

// The accounts and the queue that a stage has beside those of every server.
const (
	sueID, tomID = 16, 17
	desk         = 3
)

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{Server: testkit.New(t, testkit.Options{Mailed: func() {}})}
	set(t, s.Server, `{"mailTranscripts":true}`)
	s.ada, s.bob = present(s.Server, testkit.Ada), present(s.Server, testkit.Bob)
	s.ada.Ask(1)
	s.ann = s.Enter(testkit.Support)
	s.ada.Accept(s.ann.Engagement)
	s.bob.Ask(1)
	s.ben = s.Enter(testkit.Support)
	testkit.Do(s.Server, func(x *site.Site) (struct{}, error) {
		admin := x.Admin("test")
		ada, _ := x.AccountByID(testkit.Ada)
		_, err := admin.DefineQueue(site.QueueDefinition{ID: desk, Name: "Desk"})
		for _, a := range []site.Account{
			{ID: sueID, Login: "sue", Name: "Sue", Supervisor: true, Serving: site.Serving{Queues: []site.QueueID{desk}, Pull: true}},
			{ID: tomID, Login: "tom", Name: "Tom", Serving: site.Serving{Queues: []site.QueueID{testkit.Echo}, Pull: true}},
		} {
			a.PasswordHash = ada.PasswordHash
			if err == nil {
				_, err = admin.DefineAccount(a)
			}
		}
		return struct{}{}, err
	})
	s.sue, s.tom = present(s.Server, sueID), present(s.Server, tomID)
	s.sue.Ask(2)
	s.cy, s.dee = s.Enter(desk), s.Enter(desk)
	s.sue.Accept(s.cy.Engagement)
	s.sue.Accept(s.dee.Engagement)
	if a := s.sue.Call("monitor", inEngagement(s.ann.Engagement, "")); a.Status != http.StatusOK {
		t.Fatal(a.Body)
	}
	return s
}

// present logs an account on past the bootstrap, whose passwords cost time: there
// are many stages.
func present(s *testkit.Server, account site.AccountID) *testkit.Agent {
	s.T.Helper()
	session := auth.NewAgentSessionID()
	on := testkit.Do(s, func(x *site.Site) (site.LoggedOn, error) {
		return x.StartAgentSession(site.LogOn{Account: account, Key: site.SessionKey(auth.SessionHash(session))})
	})
	return &testkit.Agent{Server: s, Account: int64(account), Session: session, Client: int64(on.Client)}
}

// form is how an API words its errors.
type form int

const (
	agentForm   form = iota // exceptionCode and message
	visitorForm             // and errorMessages
	siteForm                // the bootstrap's own
)

// kind is what may stand in a field.
type kind string

const (
	anyText kind = "string"
	formed  kind = "string of a form that a test of its own looks at"
	long    kind = "int64"
	short   kind = "int32"
	flag    kind = "boolean"
	pairs   kind = "object of strings"
	word    kind = "a word of a list"
	texts   kind = "array of strings"
	numbers kind = "array of int64"
	entries kind = "array of {name, type, value}"
	scalar  kind = "string or number"
	values  kind = "object of strings or numbers"
)

// field is one documented field of a request.
type field struct {
	name     string
	kind     kind
	required bool
	good     string // JSON
	// unnamed: what is wrong with it is said without its name.
	unnamed bool
	// missing and outside are the words for its absence and for a text that is not
	// on its list, when they are not BAD_REQUEST.
	missing, outside api.ExceptionCode
}

// operation is one documented operation, with everything that a good request to
// it has.
type operation struct {
	name, section string
	method, path  string
	elsewhere     string // the same at a site that is not there
	form          form
	loose         bool // types may be loose, as in consumer-api 1.3
	session       string
	headers       []string
	fields        []field
	// noBody: it looks at no body. inQuery: nor does this one, whose fields stand in
	// an object that is a parameter of the query.
	noBody, inQuery bool
	status          int // of the answer to a good request, 200 when it is 0
}

// done reports whether an answer is that to a good request.
func (o operation) done(a testkit.Answer) bool { return a.Status == cmp.Or(o.status, http.StatusOK) }

// at answers the path and the body of a request with these fields.
func (o operation) at(fields string) (path, body string) {
	if o.inQuery {
		return o.path + "&request=" + url.QueryEscape(fields), ""
	}
	return o.path, fields
}

// operations lists all operations that are served, in an order in which a good
// request to each succeeds.
func (s *stage) operations() []operation {
	one, other := strconv.FormatInt(s.ann.Engagement, 10), strconv.FormatInt(s.ben.Engagement, 10)
	ada := []string{"X-JSESSIONID", s.ada.Session, "X-AID", strconv.Itoa(testkit.Ada)}
	bob := []string{"X-JSESSIONID", s.bob.Session, "X-AID", strconv.Itoa(testkit.Bob)}
	sue := []string{"X-JSESSIONID", s.sue.Session, "X-AID", strconv.Itoa(sueID)}
	agent := func(section, name string, headers []string, fields ...field) operation {
		p := testkit.AgentPath(name)
		fields = append(fields, field{name: "sequenceNumber", kind: long}, field{name: "timeCreated", kind: long})
		o := operation{name: name, section: "agent-api " + section, method: "POST", path: p, headers: headers, fields: fields}
		if headers[0] == "X-JSESSIONID" {
			o.session = headers[0]
		}
		return o
	}
	visitor := func(section, name string, headers []string, fields ...field) operation {
		fields = append(fields, field{name: "clientTransactionId", kind: long})
		o := operation{name: "visitor's " + name, section: "consumer-api " + section, method: "POST", path: testkit.VisitorPath(name),
			form: visitorForm, loose: true, headers: headers, fields: fields}
		if headers[0] == "SessionId" {
			o.session = headers[0]
		}
		return o
	}
	basic := []string{"Authorization", testkit.Basic("ada", testkit.Password)}
	bootstrap := func(section, method, name string, fields ...field) operation {
		return operation{name: name, section: "bootstrap " + section, method: method, path: testkit.Bootstrap + name, elsewhere: "/sites/nowhere" + testkit.Bootstrap + name,
			form: siteForm, loose: true, headers: basic, fields: fields}
	}
	admin := func(method, name string, fields ...field) operation {
		return operation{name: method + " " + name, method: method, path: "/usher/admin/v1/sites/" + testkit.SiteName + name,
			headers: []string{"Authorization", "Bearer " + s.AdminToken}, fields: fields}
	}
	engagement := field{name: "engagementId", kind: long, required: true, good: one}
	attributes := []field{
		{name: "firstName", kind: anyText}, {name: "lastName", kind: anyText}, {name: "emailAddress", kind: anyText}, {name: "question", kind: anyText},
		{name: "queueId", kind: long}, {name: "contactId", kind: long}, {name: "organizationId", kind: long}, {name: "productId", kind: long},
		{name: "categoryId", kind: long}, {name: "incidentId", kind: long}, {name: "interfaceId", kind: short}, {name: "assigneeId", kind: long}, {name: "auxillaryData", kind: pairs},
		{name: "auxiliaryData", kind: pairs}, {name: "customFields", kind: entries}, {name: "requestSource", kind: anyText}, {name: "resumeType", kind: anyText},
		{name: "visitorId", kind: anyText}, {name: "referrerUrl", kind: anyText},
	}
	for i := range attributes {
		attributes[i].unnamed = true
	}
	availability := agent("3.11", "rerouteAvailability", ada, engagement)
	availability.method, availability.inQuery = "GET", true
	byPost := agent("3.11", "rerouteAvailability", ada, engagement)
	byPost.name += " by POST"
	of := func(v *testkit.Visitor) field {
		return field{name: "engagementId", kind: long, required: true, good: strconv.FormatInt(v.Engagement, 10)}
	}
	rerouted := of(s.dee)
	rerouted.missing = api.InvalidField
	settings := bootstrap("6.1", "GET", "serviceSettings/1")
	settings.noBody = true
	start := visitor("2.10", "start", []string{"Origin", "http://page.test"}, append([]field{
		{name: "key", kind: anyText, required: true, good: strconv.Quote(s.WidgetKey)}, {name: "identity", kind: formed},
	}, attributes...)...)
	start.path = "/usher/consumer/" + testkit.SiteName + "/v1/start"
	start.fields = start.fields[:len(start.fields)-1] // it has no clientTransactionId

	ops := []operation{
		agent("3.1", "createAutomatedAgentSession", []string{"Authorization", "Bearer " + s.AgentToken("echo")},
			field{name: "logonOverride", kind: flag}, field{name: "messageDataMap", kind: pairs}),
		agent("3.2", "getMessages", ada),
		agent("3.3", "setActivityStatus", ada, field{name: "status", kind: word, required: true, good: `"AVAILABLE"`},
			field{name: "subTypeId", kind: short, required: true, good: "1"}),
		agent("3.4", "requestAssignment", ada, field{name: "assignmentRequested", kind: flag, required: true, good: "false"},
			field{name: "idleSessionCount", kind: short, required: true, good: "1"}, field{name: "maxSessionCount", kind: short, required: true, good: "1"}),
		agent("3.5", "assignmentAcknowledgement", bob, field{name: "engagementId", kind: long, required: true, good: other},
			field{name: "action", kind: word, required: true, good: `"ACCEPT"`}, field{name: "actionType", kind: word, required: true, good: `"AUTO"`},
			field{name: "assignmentType", kind: word, required: true, good: `"LEAD"`}),
		agent("3.6", "postMessage", ada, field{name: "body", kind: anyText, required: true, good: `"hi"`},
			field{name: "destinationId", kind: long, required: true, good: one}, field{name: "destinationType", kind: word, required: true, good: `"ENGAGEMENT"`},
			field{name: "messageType", kind: anyText, required: true, good: `"NONE"`}, field{name: "messageDataMap", kind: pairs},
			field{name: "messageId", kind: anyText}, field{name: "offTheRecord", kind: flag}, field{name: "richText", kind: flag},
			field{name: "vaResponse", kind: anyText}, field{name: "visibility", kind: word}),
		agent("3.7", "setInteractionStatus", ada, field{name: "clientId", kind: long, required: true, good: "1"}, engagement,
			field{name: "mode", kind: word, required: true, good: `"RESPONDING"`}, field{name: "sneakPreview", kind: anyText},
			field{name: "sneakPreviewFocus", kind: flag}, field{name: "sneakPreviewInterval", kind: short}, field{name: "sneakPreviewState", kind: word},
			field{name: "visibility", kind: word}),
		agent("3.8", "setEngagementProperty", ada, engagement, field{name: "type", kind: word, required: true, good: `"USER"`},
			field{name: "name", kind: word, required: true, good: `"QUESTION"`}, field{name: "value", kind: scalar, required: true, good: `"why?"`}),
		agent("3.9", "modifyProperties", ada, engagement, field{name: "type", kind: word, required: true, good: `"USER"`},
			field{name: "propertiesMap", kind: values}, field{name: "customFields", kind: entries}),
		agent("3.10", "retrieveAgentsAndQueues", ada, field{name: "id", kind: long, required: true, good: "0"},
			field{name: "type", kind: word, required: true, good: `"ALL"`, outside: api.InvalidField},
			field{name: "includeAgentInformation", kind: flag, required: true, good: "true"},
			field{name: "includeQueueInformation", kind: flag, required: true, good: "true"},
			field{name: "includeQueueStatistics", kind: flag, required: true, good: "true"}),
		availability, byPost,
		agent("3.16", "engagements", ada),
		agent("3.17", "history", ada, engagement, field{name: "afterPost", kind: long}, field{name: "limit", kind: short}, field{name: "beforePost", kind: long},
			field{name: "newest", kind: flag}),
		agent("3.23", "seen", ada, engagement, field{name: "postNumber", kind: long, required: true, good: "1"}),
		agent("3.26", "wrapUp", ada, engagement, field{name: "result", kind: short}, field{name: "note", kind: anyText}),
		agent("3.27", "replies", ada),
		agent("3.28", "saveReply", ada, field{name: "id", kind: long}, field{name: "title", kind: anyText, required: true, good: `"Bye"`},
			field{name: "text", kind: anyText, required: true, good: `"Have a nice day."`}),
		agent("3.29", "deleteReply", ada, field{name: "id", kind: long, required: true, good: "1"}),
		agent("3.30", "search", ada, field{name: "text", kind: anyText}, field{name: "queueId", kind: long}, field{name: "from", kind: long}, field{name: "to", kind: long},
			field{name: "after", kind: long}, field{name: "limit", kind: short}),
		agent("3.31", "record", ada, engagement, field{name: "after", kind: long}, field{name: "limit", kind: short}),
		agent("3.32", "visitor", ada, engagement),
		agent("3.22", "leave", sue, engagement),
		agent("3.20", "monitor", sue, engagement),
		agent("3.19", "invite", sue, of(s.cy), field{name: "accountId", kind: long, required: true, good: strconv.Itoa(tomID)},
			field{name: "type", kind: word}, field{name: "note", kind: anyText}),
		agent("3.21", "takeOver", sue, of(s.ben)),
		agent("3.12", "rerouteEngagement", sue, rerouted),
		agent("3.18", "transfer", sue, of(s.cy), field{name: "accountId", kind: long}, field{name: "queueId", kind: long, good: strconv.Itoa(testkit.Support)},
			field{name: "note", kind: anyText}, field{name: "warm", kind: flag}),

		visitor("2.3", "requestEngagement", []string{"Authorization", "Bearer " + s.VisitorToken("{}")}),
		visitor("2.5", "postMessage", []string{"SessionId", s.ann.Session}, field{name: "body", kind: anyText, required: true, good: `"hi"`},
			field{name: "messageDataMap", kind: pairs}, field{name: "messageId", kind: anyText}, field{name: "offTheRecord", kind: flag}, field{name: "richText", kind: flag}),
		visitor("2.6", "activity", []string{"SessionId", s.ann.Session}, field{name: "mode", kind: word, required: true, good: `"LISTENING"`},
			field{name: "sneakPreviewFocus", kind: flag}, field{name: "sneakPreviewText", kind: anyText}),
		visitor("2.4", "getMessages", []string{"SessionId", s.ann.Session}),
		visitor("2.7", "concludeEngagement", []string{"SessionId", s.ben.Session}),
		start,

		agent("3.13", "concludeChat", ada, engagement),
		agent("3.14", "releaseChat", ada, engagement),
		agent("3.15", "logoff", ada, field{name: "forceLogoff", kind: flag, required: true, good: "false"}),

		settings,
		bootstrap("6.2", "POST", "agentTokens"),
		bootstrap("6.3", "POST", "establishSessions", attributes...),

		admin("GET", ""),
		admin("PUT", ""),
		admin("PATCH", "/settings", field{name: "holdSeconds", kind: short}, field{name: "offerSeconds", kind: short}, field{name: "absentSeconds", kind: short},
			field{name: "idleSeconds", kind: short}, field{name: "queueSeconds", kind: short}, field{name: "allowedOrigins", kind: texts},
			field{name: "spam", kind: flag}, field{name: "hostNames", kind: texts}, field{name: "default", kind: flag}, field{name: "requireContext", kind: flag}),
		admin("PUT", "/queues/7", field{name: "name", kind: anyText, required: true, good: `"Cards"`}, field{name: "default", kind: flag}),
		admin("PUT", "/accounts/21", field{name: "login", kind: anyText, required: true, good: `"cy"`}, field{name: "name", kind: anyText, required: true, good: `"Cy"`},
			field{name: "password", kind: anyText}, field{name: "greeting", kind: anyText}, field{name: "queues", kind: numbers}, field{name: "pull", kind: flag},
			field{name: "virtualAgent", kind: flag}),
	}
	ops = append(ops, s.besides(attributes)...)
	ops = append(ops, s.ownOperations()...)
	for i := range ops {
		if ops[i].elsewhere == "" {
			ops[i].elsewhere = strings.Replace(ops[i].path, "/"+testkit.SiteName, "/nowhere", 1)
		}
	}
	return ops
}

// body writes a good body in which one field has another value; "" leaves it out.
func (o operation) body(name, value string) string {
	var members []string
	for _, f := range o.fields {
		v := f.good
		if f.name == name {
			v = value
		}
		if v != "" {
			members = append(members, strconv.Quote(f.name)+":"+v)
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (o operation) good() string { return o.body("", "") }

// with answers a request's headers with one of another value, "" for none.
func (o operation) with(name, value string) []string {
	var headers []string
	for i := 0; i < len(o.headers); i += 2 {
		if o.headers[i] != name {
			headers = append(headers, o.headers[i], o.headers[i+1])
		}
	}
	return append(headers, name, value)
}

// want is what a refusal should look like.
type want struct {
	status int
	code   string   // the contract's word, or the last digits of the bootstrap's
	says   []string // parts of the sentence
}

// refuses checks that a request is refused in the form of its API, and that it
// changed nothing.
func (s *stage) refuses(what string, f form, w want, method, path, body string, headers ...string) {
	s.T.Helper()
	before := s.Position()
	a, err := s.TrySend(method, path, body, headers...)
	if err != nil {
		s.T.Errorf("%s: %v", what, err)
		return
	}
	s.refused(what, f, w, method, path, a)
	if after := s.Position(); after != before {
		s.T.Errorf("%s: %d events were recorded", what, after-before)
	}
}

// refused checks an answer.
func (s *stage) refused(what string, f form, w want, method, path string, a testkit.Answer) {
	s.T.Helper()
	if a.Status != w.status {
		s.T.Errorf("%s: status %d, want %d: %.200s", what, a.Status, w.status, a.Body)
		return
	}
	if got := a.Header.Get("Content-Type"); got != "application/json;charset=utf-8" {
		s.T.Errorf("%s: Content-Type %q", what, got)
	}
	if retry := a.Header.Get("Retry-After"); (w.status == 429 || w.status == 503) != (retry != "") {
		s.T.Errorf("%s: status %d with Retry-After %q", what, w.status, retry)
	} else if n, err := strconv.Atoi(retry); retry != "" && (err != nil || n < 1) {
		s.T.Errorf("%s: Retry-After %q", what, retry)
	}
	if (w.status == 405) != (a.Header.Get("Allow") != "") {
		s.T.Errorf("%s: status %d with Allow %q", what, w.status, a.Header.Get("Allow"))
	}
	if (w.status == 401) != (a.Header.Get("WWW-Authenticate") != "") {
		s.T.Errorf("%s: status %d with WWW-Authenticate %q", what, w.status, a.Header.Get("WWW-Authenticate"))
	}
	if method == http.MethodHead {
		return
	}
	message := s.errorBody(what, f, w, path, a.Body)
	for _, part := range w.says {
		if !strings.Contains(message, part) {
			s.T.Errorf("%s: %q does not say %q", what, message, part)
		}
	}
	for _, inner := range []string{"json:", "Go struct", "Go value", "strconv", "usher/", "goroutine", "%!", "<nil>"} {
		if strings.Contains(message, inner) {
			s.T.Errorf("%s: %q shows the program's inside: %q", what, message, inner)
		}
	}
	for _, secret := range []string{s.ada.Session, s.ann.Session, s.AdminToken, s.WidgetKey, testkit.Password} {
		if strings.Contains(a.Body, secret) {
			s.T.Errorf("%s: the answer holds a secret: %s", what, a.Body)
		}
	}
}

// errorBody checks an error's body and answers its sentence.
func (s *stage) errorBody(what string, f form, w want, path, body string) string {
	s.T.Helper()
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	if f == siteForm {
		var e sites.ErrorBody
		if err := d.Decode(&e); err != nil {
			s.T.Errorf("%s: %v in %s", what, err, body)
			return ""
		}
		path, _, _ = strings.Cut(path, "?")
		code := "OSC-CREST-" + w.code
		if e.ErrorCode != code || e.Status != w.status || e.Title != http.StatusText(w.status) || e.Detail == "" ||
			e.Type != s.URL+"/services/rest/connect/exceptions/"+code || e.Instance != s.URL+path {
			s.T.Errorf("%s: got %s, want %s", what, body, code)
		}
		return e.Detail
	}
	var e struct {
		ExceptionCode api.ExceptionCode `json:"exceptionCode"`
		Message       string            `json:"message"`
		ErrorMessages []string          `json:"errorMessages"`
	}
	if err := d.Decode(&e); err != nil {
		s.T.Errorf("%s: %v in %s", what, err, body)
		return ""
	}
	if string(e.ExceptionCode) != w.code || e.Message == "" {
		s.T.Errorf("%s: got %s, want %s", what, body, w.code)
	}
	if f == visitorForm && (len(e.ErrorMessages) != 1 || e.ErrorMessages[0] != e.Message) || f == agentForm && e.ErrorMessages != nil {
		s.T.Errorf("%s: errorMessages are %q beside %q", what, e.ErrorMessages, e.Message)
	}
	return e.Message
}

// badRequest is the refusal of a body that is wrong; the bootstrap has a code of
// its own for what is no JSON.
func (o operation) badRequest(says ...string) want {
	if o.form == siteForm {
		return want{400, "00011", says}
	}
	return want{400, "BAD_REQUEST", says}
}

func (o operation) tooLarge() want {
	if o.form == siteForm {
		return want{413, "00016", nil}
	}
	return want{413, "BAD_REQUEST", nil}
}
