package rest_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"usher/internal/testkit"
)

// ownOperations lists usher's own operations for visitors that take fields or none,
// in an order in which a good request to each succeeds. Files, whose body is no JSON,
// have tests of their own.
func (s *stage) ownOperations() []operation {
	var ops []operation
	add := func(section, method, name string, v *testkit.Visitor, fields ...field) {
		o := operation{
			name: "visitor's " + method + " " + name, section: "consumer-api " + section, method: method, path: testkit.OwnPath(name) + "?pool=1:1",
			form: visitorForm, loose: true, session: "SessionId", headers: []string{"SessionId", v.Session}, noBody: method == http.MethodGet,
		}
		if !o.noBody {
			o.fields = append(fields, field{name: "clientTransactionId", kind: long})
		}
		ops = append(ops, o)
	}
	door := operation{
		name: "visitor's GET open", section: "consumer-api 7.9", method: http.MethodGet, path: testkit.OwnPath("open") + "?key=" + url.QueryEscape(s.WidgetKey),
		form: visitorForm, loose: true, noBody: true,
	}
	ops = append(ops, door, operation{
		name: "visitor's POST message", section: "consumer-api 7.10", method: http.MethodPost, path: testkit.OwnPath("message"), form: visitorForm, loose: true,
		fields: []field{
			{name: "key", kind: anyText, required: true, good: strconv.Quote(s.WidgetKey)}, {name: "emailAddress", kind: formed, required: true, good: `"ann@example.org"`},
			{name: "message", kind: anyText, required: true, good: `"hi"`}, {name: "name", kind: formed}, {name: "queueId", kind: formed}, {name: "language", kind: formed},
			{name: "pageUrl", kind: formed}, {name: "fields", kind: entries},
		},
	})
	add("7.2", "GET", "session", s.ann)
	add("7.6", "POST", "seen", s.ann, field{name: "postNumber", kind: long, required: true, good: "1"})
	add("7.7", "POST", "page", s.ann, field{name: "url", kind: formed, required: true, good: `"https://shop.example/"`}, field{name: "title", kind: anyText})
	add("7.8", "POST", "facts", s.cy, field{name: "firstName", kind: anyText}, field{name: "lastName", kind: formed}, field{name: "emailAddress", kind: formed},
		field{name: "fields", kind: entries})
	add("7.4", "POST", "rating", s.ben, field{name: "stars", kind: short, required: true, good: "4"}, field{name: "comment", kind: anyText})
	add("7.5", "GET", "transcript", s.ann)
	add("7.5", "POST", "transcript", s.ann, field{name: "emailAddress", kind: formed, good: `"ann@example.org"`})
	return ops
}

// TestBadPages: which part of a list is wanted is said with whole numbers, within
// bounds; who has no session learns that first.
func TestBadPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		for path, bounds := range map[string]map[string]string{
			"session":    {"afterPost": "9007199254740991", "beforePost": "9007199254740991", "limit": "200"},
			"transcript": {"after": "9007199254740991", "limit": "10000"},
		} {
			for name, most := range bounds {
				for _, v := range []string{"x", "-1", "1.5", "1e2", "0x1", " 1", most + "0", "99999999999999999999", "١", "null", "true"} {
					at := testkit.OwnPath(path) + "?" + url.Values{name: {v}}.Encode()
					s.refuses(path+" with "+name+" "+v, visitorForm, want{400, "BAD_REQUEST", []string{name, most}}, "GET", at, "", "SessionId", s.ann.Session)
					s.refuses(path+" without a session, with "+name+" "+v, visitorForm, want{403, "ACCESS_DENIED", nil}, "GET", at, "", "SessionId", "unknown")
				}
				for _, v := range []string{"0", most} {
					expectStatus(t, s.Send("GET", testkit.OwnPath(path)+"?"+url.Values{name: {v}}.Encode(), "", "SessionId", s.ann.Session), http.StatusOK)
				}
			}
		}
		for query, says := range map[string]string{
			"newest=1": "newest", "newest=yes": "newest", "newest=TRUE": "newest", "afterPost=1&newest=true": "one of them", "afterPost=1&beforePost=2": "one of them",
		} {
			s.refuses("session?"+query, visitorForm, want{400, "BAD_REQUEST", []string{says}}, "GET", testkit.OwnPath("session")+"?"+query, "", "SessionId", s.ann.Session)
		}
	})
}

// TestBadFiles: what is said of a file, and how it is asked for, is refused in the
// form of its API, and changes nothing.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		engagement := "&engagementId=" + digits(s.ann.Engagement)
		visitor, ada := []string{"SessionId", s.ann.Session}, []string{"X-JSESSIONID", s.ada.Session, "X-AID", digits(testkit.Ada)}
		for _, o := range []struct {
			form     form
			path     string
			headers  []string
			stranger []string
		}{
			{visitorForm, testkit.OwnPath("files") + "?pool=1:1", visitor, []string{"SessionId", "unknown"}},
			{agentForm, testkit.AgentPath("files") + engagement, ada, []string{"X-JSESSIONID", "unknown", "X-AID", digits(testkit.Ada)}},
		} {
			for what, c := range map[string]struct{ query, content, says string }{
				"no name": {"", "text", "name"}, "an empty name": {"&name=", "text", "name"}, "a name too long": {"&name=" + strings.Repeat("x", 256), "text", "255"},
				"a name with a line feed": {"&name=a%0ab", "text", "name"}, "a name with a NUL": {"&name=a%00b", "text", "name"}, "a name that is no UTF-8": {"&name=%c3", "text", "name"},
				"a message id too long": {"&name=a.txt&messageId=" + strings.Repeat("x", 257), "text", "messageId"}, "a message id that is no UTF-8": {"&name=a.txt&messageId=%c3", "text", "messageId"},
				"nothing in it": {"&name=a.txt", "", "empty"}, "a page in it": {"&name=a.txt", "<html><body>x</body></html>", "text/html"},
			} {
				s.refuses(o.path+": "+what, o.form, want{400, "BAD_REQUEST", []string{c.says}}, "POST", o.path+c.query, c.content, o.headers...)
				s.refuses(o.path+" without a session: "+what, o.form, want{403, "ACCESS_DENIED", nil}, "POST", o.path+c.query, c.content, o.stranger...)
			}
			for _, n := range []string{"x", "-1", "1.5", "99999999999999999999"} {
				s.refuses(o.path+" with position "+n, o.form, want{400, "BAD_REQUEST", []string{"Usher-Ack"}}, "POST", o.path+"&name=a.txt", "text", append(o.headers, "Usher-Ack", n)...)
			}
			for _, method := range []string{"GET", "PUT", "DELETE", "PATCH"} {
				s.refuses(method+" "+o.path, o.form, want{405, "BAD_REQUEST", []string{method, "POST"}}, method, o.path+"&name=a.txt", "", o.headers...)
			}
			elsewhere := strings.Replace(o.path, "/"+testkit.SiteName, "/nowhere", 1)
			s.refuses(elsewhere, o.form, want{404, "BAD_REQUEST", []string{"no such site"}}, "POST", elsewhere+"&name=a.txt", "text", o.headers...)
		}
	})
}
