package rest_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api/consumer"
	"usher/internal/testkit"
)

// TestPoolAnswersAlike: a whole working day in which each request goes to another node
// than the last is answered, to the last byte and header, as one node answers it.
func TestPoolAnswersAlike(t *testing.T) {
	var alone, spread []string
	synctest.Test(t, func(t *testing.T) { alone = workingDay(t, testkit.New(t, testkit.Options{})) })
	inPool(t, 3, func(t *testing.T, p *testkit.Pool) { spread = workingDay(t, p.Round()) })
	if diff := cmp.Diff(alone, spread); diff != "" {
		t.Errorf("(-alone +pool):\n%s", diff)
	}
	if len(alone) < 100 {
		t.Errorf("the day has %d requests only", len(alone))
	}
}

// day is one, with all that was said in it.
type day struct {
	*testkit.Server
	secrets transcript // which knows how to cover them
	said    []string
}

// workingDay answers what is said on the wire in a day with all kinds of requests.
func workingDay(t *testing.T, s *testkit.Server) []string {
	d := &day{Server: s, secrets: transcript{known: map[string]string{}, seen: map[string]int{}}}
	d.sites()
	d.even()
	d.chats(t)
	d.nonsense()
	d.even()
	a, v := d.Chat("bob")
	d.pages(v)
	d.files(a, v)
	time.Sleep(time.Minute) // for connections that linger
	return d.said
}

// do sends a request and keeps what was said.
func (d *day) do(method, path, body string, header ...string) testkit.Answer {
	d.T.Helper()
	a := d.Send(method, path, body, header...)
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %.60q\n%d\n", method, path, body, a.Status)
	for _, name := range slices.Sorted(maps.Keys(a.Header)) {
		if name != "Date" && name != "Etag" { // a page's tag is made of all that stands in it, secrets too
			fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(a.Header[name], " | "))
		}
	}
	b.WriteString(a.Body)
	said := fileIDs.ReplaceAllString(d.secrets.covered(b.String()), "/files/$1/an-id")
	d.said = append(d.said, ownerNames.ReplaceAllString(said, `"owner":"a node"`))
	return a
}

func (d *day) admin(method, path, body string) {
	d.T.Helper()
	d.do(method, "/usher/admin/v1/sites"+path, body, "Authorization", "Bearer "+d.AdminToken)
}

// fileIDs are secrets, made anew each time; those that are no file's are not covered by
// what was told.
var fileIDs = regexp.MustCompile(`/files/([0-9]+)/[a-z0-9]{20,}`)

// ownerNames are what answers must differ in.
var ownerNames = regexp.MustCompile(`"owner":"n[123]"`)

// sites makes sites at nodes that do not have the others, and finds them.
func (d *day) sites() {
	d.T.Helper()
	d.admin("GET", "/demo", "")
	d.bootstrap("usher.test", "") // the only site
	d.admin("PUT", "/north", "")
	d.admin("PUT", "/south", "")
	d.admin("PUT", "/demo", "")
	d.admin("PUT", "/no good name", "")
	d.even()
	d.admin("GET", "", "")
	for range 3 {
		d.admin("GET", "/north/settings", "")
	}
	d.admin("PATCH", "/north/settings", `{"hostNames":["north.example"]}`)
	d.admin("PATCH", "/south/settings", `{"hostNames":["south.example"]}`)
	d.bootstrap("nobody.example", "") // one of three: which is not said
	d.admin("PATCH", "/demo/settings", `{"default":true,"allowedOrigins":["`+page+`"]}`)
	for _, host := range []string{"north.example", "South.Example:8080", "nobody.example", ""} {
		for _, prefix := range []string{"", "/sites/demo", "/sites/south", "/sites/nowhere"} {
			d.bootstrap(host, prefix)
		}
	}
	for _, path := range []string{"/queues", "/accounts", "/accounts/12", "/accounts/99", "/accounts/x", "/keys", "/rules", "/standing", "/engagements", "/messages", "/messages?limit=x", "/replies", "/live?after=x", "/live?zone=Moon", "/audit?limit=2", "/audit?limit=x", "/nothing"} {
		d.admin("GET", "/demo"+path, "")
		d.admin("GET", "/nowhere"+path, "")
	}
	d.admin("PUT", "/demo/queues/7", `{"name":"Sales"}`)
	d.admin("PUT", "/demo/queues/7", `{"name":`)
	d.admin("DELETE", "/demo/queues/7", "")
	d.admin("DELETE", "/demo", "")
	d.do("GET", "/usher/admin/v1/sites/demo", "", "Authorization", "Bearer wrong")
	d.do("GET", "/usher/admin/v1/sites/nowhere", "")
	d.do("PROPFIND", "/usher/admin/v1/sites/demo", "")
}

// even waits for the next whole minute. To make a site, or to find the one that is
// meant, takes a moment more where several nodes are to know of it, and so does a
// connection that is closed before all of a body was read.
func (d *day) even() { time.Sleep(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute))) }

// bootstrap asks by a host name for the settings of an interface, and with a wrong and
// a right log-in for a token.
func (d *day) bootstrap(host, prefix string) {
	d.T.Helper()
	path := prefix + testkit.Bootstrap
	d.do("GET", path+"serviceSettings/1", "", "Host", host, "Authorization", testkit.Basic("ada", testkit.Password))
	d.do("POST", path+"agentTokens", "", "Host", host, "Authorization", testkit.Basic("ada", testkit.Password))
	d.do("POST", path+"agentTokens", "", "Host", host)
	d.do("POST", path+"agentTokens", "", "Host", host, "Cookie", "usher-desk-demo=x")
}

// chats is the day's work.
func (d *day) chats(t *testing.T) {
	d.T.Helper()
	a, v := d.Chat("ada")
	agent := func(operation, body, ack string) testkit.Answer {
		return d.do("POST", testkit.AgentPath(operation), body, "X-JSESSIONID", a.Session, "X-AID", digits(a.Account), "Usher-Ack", ack)
	}
	visitor := func(operation, body, ack string) testkit.Answer {
		return d.do("POST", testkit.VisitorPath(operation), body, "SessionId", v.Session, "Usher-Ack", ack)
	}
	in := func(more string) string { return inEngagement(v.Engagement, more) }
	last, lastV := "0", "0"
	for i := range 4 { // so that each node has each request
		last = agent("getMessages", numbered(i, i), last).Header.Get("Usher-Last")
		lastV = visitor("getMessages", "", lastV).Header.Get("Usher-Last")
		agent("postMessage", agentPost(t, v.Engagement, digits(int64(i)), "hello"), "")
		agent("postMessage", agentPost(t, v.Engagement, digits(int64(i)), "hello"), "") // once
		visitor("postMessage", `{"body":"`+strings.Repeat("é", 8<<10)+`"}`, "")         // the longest
		visitor("postMessage", `{"body":"`+strings.Repeat("x", 16<<10+1)+`"}`, "")
		visitor("postMessage", `{"body":7}`, "")
		visitor("postMessage", `{"body":`, "")
		visitor("activity", `{"mode":"RESPONDING"}`, "")
		visitor("getQueueStats", "", "")
		agent("setInteractionStatus", in(`,"clientId":`+digits(a.Client)+`,"mode":"RESPONDING"`), "")
		agent("visitor", in(""), "")
		agent("history", in(""), "")
		agent("history", in(`,"newest":true,"limit":2`), "")
		agent("seen", in(`,"postNumber":1`), "")
		agent("saveReply", `{"title":"Bye","text":"Have a nice day."}`, "")
		agent("deleteReply", `{"id":1}`, "")
		agent("replies", "", "")
		agent("wrapUp", in(`,"note":"`+digits(int64(i))+`"`), "")
		agent("engagements", "", "")
		agent("engagements", "", "x")
		agent("setEngagementProperty", in(`,"name":"a","value":"b"`), "")
		agent("rerouteAvailability", in(`,"queueId":1`), "")
		agent("nothing", "", "")
	}
	for range 2 {
		agent("getMessages", "", last) // what came since
		last = agent("getMessages", "", "99").Header.Get("Usher-Last")
	}
	d.do("POST", testkit.AgentPath("getMessages"), "", "X-JSESSIONID", "wrong", "X-AID", "12")
	d.do("POST", testkit.AgentPath("getMessages"), "[", "X-JSESSIONID", a.Session, "X-AID", digits(a.Account))
	d.do("POST", testkit.AgentPath("getMessages"), "")
	d.do("POST", testkit.VisitorPath("getMessages"), "", "SessionId", "wrong")
	agent("concludeChat", in(""), "")
	visitor("getMessages", "", lastV)
	for range 3 {
		d.do("GET", testkit.OwnPath("session")+"?newest=true&limit=2", "", "SessionId", v.Session)
		d.do("POST", testkit.OwnPath("seen"), `{"postNumber":1}`, "SessionId", v.Session)
		d.do("POST", testkit.OwnPath("page"), `{"url":"https://shop.example/"}`, "SessionId", v.Session)
		d.do("POST", testkit.OwnPath("facts"), `{"firstName":"Ann"}`, "SessionId", v.Session)
		d.do("GET", testkit.OwnPath("open")+"?key="+d.WidgetKey, "")
		d.do("POST", testkit.OwnPath("message"), `{"key":"`+d.WidgetKey+`","emailAddress":"ann@example.org","message":"hi"}`)
	}
	d.do("GET", testkit.OwnPath("transcript"), "", "SessionId", v.Session)
	d.do("POST", testkit.OwnPath("rating"), `{"stars":5,"comment":"`+strings.Repeat("é", 2000)+`"}`, "SessionId", v.Session)
	agent("releaseChat", in(""), "")
	for _, what := range []string{"", "/transcript", "/record"} {
		d.admin("GET", "/demo/engagements/1"+what, "")
	}
	for _, password := range []string{testkit.Password, "wrong"} {
		d.do("POST", deskPath("logIn"), credentials("ada", password), "Origin", d.URL)
	}
	b := logIn(d.Server, "ada")
	for range 3 {
		d.do("GET", deskPath("logIn"), "", "Cookie", b.cookie)
		d.do("POST", testkit.Bootstrap+"agentTokens", "", "Cookie", b.cookie, "Host", "north.example") // of another site
		d.do("POST", "/sites/demo"+testkit.Bootstrap+"agentTokens", "", "Cookie", b.cookie)
		d.do("GET", "/usher/admin/v1/sites/demo/settings", "", "Cookie", b.cookie)
		d.do("POST", deskPath("logOut"), "", "Cookie", b.cookie)
	}
	agent("logoff", "", "")
	agent("getMessages", "", "")
}

// nonsense asks for what is not there, in the words of each contract.
func (d *day) nonsense() {
	d.T.Helper()
	for _, path := range []string{
		"/", "/x", "/healthz", "/readyz", "/usher/pool/v1/answers/1", "/usher/pool/v1/look", "/usher/pool/", "/engagement/api/agent/", "/engagement/api/agent/demo", "/engagement/api/agent/demo/v1/", "/engagement/api/agent/demo/v2/getMessages",
		"/engagement/api/agent/nowhere/v1/getMessages", "/engagement/api/agent/nowhere/v1/postMessage", "/engagement/api/consumer/nowhere/v1/getMessages", "/engagement/api/consumer/nowhere/v1/postMessage",
		"/engagement/api/agent/demo/x/v1/getMessages", "/engagement/api/agent/demo%2Fx/v1/getMessages", "/engagement/api//agent/demo/v1/engagements",
		"/engagement/api/consumer/d%65mo/v1/getQueueStats", "/usher/consumer/nowhere/v1/session", "/usher/agent/nowhere/v1/history", "/sites/demo/", "/sites/nowhere/services/rest/crossChannelServices/latest/agentTokens", "/usher/admin/v1/", "/usher/admin/v1/sites/",
	} {
		for _, method := range []string{"GET", "POST", "PUT", "OPTIONS", "HEAD"} {
			d.do(method, path, "", "Origin", page)
		}
	}
	for _, path := range []string{testkit.AgentPath("postMessage"), testkit.VisitorPath("postMessage"), testkit.Bootstrap + "agentTokens", "/usher/admin/v1/sites/demo/settings", testkit.VisitorPath("getMessages"), testkit.AgentPath("getMessages")} {
		for _, size := range []int{maxBody, maxBody + 1, 4 * maxBody} {
			for range 2 { // here and there
				d.do("POST", path, strings.Repeat(" ", size), "SessionId", "wrong", "X-JSESSIONID", "wrong", "X-AID", "12")
			}
		}
	}
}

// pages are those of browsers, of an allowed origin and another.
func (d *day) pages(v *testkit.Visitor) {
	d.T.Helper()
	for _, origin := range []string{page, foreign, "null"} {
		for _, path := range []string{testkit.VisitorPath("getMessages"), testkit.VisitorPath("postMessage"), testkit.OwnPath("start"), testkit.OwnPath("session"), testkit.OwnPath("nothing")} {
			for range 2 {
				d.do("OPTIONS", path, "", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", strings.Join(pageHeaders, ","))
			}
			d.do("POST", path, `{"key":"`+d.WidgetKey+`","body":"x"}`, "Origin", origin, "SessionId", v.Session, "Usher-Ack", "0")
		}
	}
}

// files go up at one node and come down at others.
func (d *day) files(a *testkit.Agent, v *testkit.Visitor) {
	d.T.Helper()
	for i := range 3 {
		content := png + strings.Repeat("x", 100<<10)
		f := testkit.Decode[consumer.FileResponse](d.Server, d.do("POST", testkit.OwnPath("files")+"?name=a.png&messageId="+digits(int64(i)), content, "SessionId", v.Session)).File
		path := strings.TrimPrefix(f.URL, d.URL)
		for _, method := range []string{"GET", "HEAD", "GET", "POST", "DELETE"} {
			d.do(method, path, "")
		}
		d.do("POST", testkit.AgentPath("files")+"&engagementId="+digits(v.Engagement)+"&name=b.txt", "text", "X-JSESSIONID", a.Session, "X-AID", digits(a.Account))
		d.do("GET", "/usher/consumer/demo/v1/files/1/nosuchfile", "")
		d.do("POST", testkit.OwnPath("files")+"?name=a.exe", "MZ", "SessionId", v.Session)
		d.do("POST", testkit.OwnPath("files")+"?name=a.png", "", "SessionId", v.Session)
		d.do("POST", testkit.OwnPath("files")+"?name=a.png", content, "SessionId", "wrong")
		d.even()
	}
	d.do("POST", testkit.OwnPath("files")+"?name=a.png", strings.Repeat("x", 11<<20), "SessionId", v.Session)
}
