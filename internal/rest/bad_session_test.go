package rest_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"usher/internal/testkit"
)

// TestUnknownSite: at a site that is not there everything is 404, whatever else
// is wrong.
func TestUnknownSite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		for _, o := range s.operations() {
			if o.name == "PUT " {
				continue // makes the site
			}
			w := want{404, "BAD_REQUEST", []string{"site"}}
			if o.form == siteForm {
				w.code = "00013"
			}
			s.refuses(o.name+" of an unknown site", o.form, w, o.method, o.elsewhere, o.good(), o.headers...)
			if o.section == "" {
				continue // administration looks at its token first
			}
			s.refuses(o.name+" of an unknown site, by a stranger", o.form, w, o.method, o.elsewhere, o.good())
			s.refuses(o.name+" of an unknown site, garbled", o.form, w, o.method, o.elsewhere, "[", append(o.headers, "Usher-Ack", "x")...)
		}
	})
}

// TestUnknownSession: whoever does not hold the session is refused, and learns
// nothing else.
func TestUnknownSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		denied := want{403, "ACCESS_DENIED", nil}
		ended := s.LogOn("echo")
		if a := ended.Call("logoff", `{"forceLogoff":true}`); a.Status != http.StatusOK {
			t.Fatal(a.Body)
		}
		replaced := s.bob.Session
		s.bob = s.LogOn("bob")
		for _, o := range s.operations() {
			if o.session == "" {
				continue
			}
			foreign, others := s.ann.Session, s.bob.Session
			if o.form == visitorForm {
				foreign, others = s.ada.Session, s.ada.Session
			} else if o.headers[3] == strconv.Itoa(testkit.Bob) {
				others = s.ada.Session
			}
			for what, id := range map[string]string{
				"no session": "", "an unknown session": "node0" + strings.Repeat("a", 26), "a session of the other API": foreign, "another's session": others,
				"a session that logged off": ended.Session, "a session that was taken over": replaced, "undefined": "undefined",
				"a longer id": o.headers[1] + "x", "another case": strings.ToUpper(o.headers[1]), "a very long id": strings.Repeat("x", 4000),
			} {
				s.refuses(o.name+" with "+what, o.form, denied, o.method, o.path, o.good(), o.with(o.session, id)...)
				s.refuses(o.name+" with "+what+" and no position", o.form, denied, o.method, o.path, o.good(), append(o.with(o.session, id), "Usher-Ack", "x")...)
			}
			if o.form == visitorForm {
				continue
			}
			other := strconv.Itoa(testkit.Ada + testkit.Bob - mustInt(t, o.headers[3]))
			for _, id := range []string{"", "x", other, "0", "-" + o.headers[3], o.headers[3] + "x", o.headers[3] + ".0", "0x" + o.headers[3],
				"99999999999999999999", "9223372036854775807", "undefined"} {
				s.refuses(o.name+" with X-AID "+id, o.form, denied, o.method, o.path, o.good(), o.with("X-AID", id)...)
				s.refuses(o.name+" garbled, with X-AID "+id, o.form, denied, o.method, o.path, "[", o.with("X-AID", id)...)
			}
		}
	})
}

func mustInt(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestForeignEngagement: what another session holds, and what nobody does, is out
// of reach.
func TestForeignEngagement(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		ada := []string{"X-JSESSIONID", s.ada.Session, "X-AID", strconv.Itoa(testkit.Ada)}
		bob := []string{"X-JSESSIONID", s.bob.Session, "X-AID", strconv.Itoa(testkit.Bob)}
		held, offered := strconv.FormatInt(s.ann.Engagement, 10), strconv.FormatInt(s.ben.Engagement, 10)
		for _, name := range []string{"postMessage", "setInteractionStatus", "history", "concludeChat", "releaseChat", "assignmentAcknowledgement"} {
			o := s.operation(name)
			id, w := "engagementId", want{400, "BAD_REQUEST", nil}
			if name == "postMessage" {
				id, w.code = "destinationId", "INVALID_FIELD"
			}
			for _, unheld := range []string{held, "0", "-1", "4711", "9223372036854775807", "-9223372036854775808"} {
				s.refuses(o.name+" of engagement "+unheld, o.form, w, o.method, o.path, o.body(id, unheld), bob...)
			}
			switch name {
			case "assignmentAcknowledgement":
				s.refuses(o.name+" of another's offer", o.form, w, o.method, o.path, o.body(id, offered), ada...)
			case "postMessage":
				s.refuses(o.name+" into what is only offered", o.form, want{409, "CONFLICT", nil}, o.method, o.path, o.body(id, offered), bob...)
				for _, to := range []string{"AGENT", "END_USER"} { // engagements are no participants
					s.refuses(o.name+" to "+to, o.form, want{400, "INVALID_FIELD", []string{"destinationId", to}}, o.method, o.path,
						o.body("destinationType", strconv.Quote(to)), ada...)
				}
				for _, to := range []string{"NONE", "GROUP", "PROFILE", "QUEUE", "SYSTEM", "UNIVERSAL_QUEUE", "SUBSCRIPTION_QUEUE_STATS", "UNKNOWN"} {
					s.refuses(o.name+" to "+to, o.form, want{400, "INVALID_FIELD", []string{"destinationType", to, "ENGAGEMENT"}}, o.method, o.path,
						o.body("destinationType", strconv.Quote(to)), ada...)
				}
			default:
				s.refuses(o.name+" of what is only offered", o.form, w, o.method, o.path, o.body(id, offered), bob...)
			}
		}
		for _, c := range []struct{ name, field, value string }{
			{"assignmentAcknowledgement", "action", `"NONE"`}, {"requestAssignment", "idleSessionCount", "-1"}, {"requestAssignment", "maxSessionCount", "-1"},
			{"logoff", "forceLogoff", "false"}, {"history", "afterPost", "-1"}, {"history", "limit", "-1"},
		} {
			o := s.operation(c.name)
			s.refuses(o.name+": "+c.field+" is "+c.value, o.form, want{400, "BAD_REQUEST", nil}, o.method, o.path, o.body(c.field, c.value), o.headers...)
		}
	})
}

// TestPosition: a position that is no number is refused; one beyond the last
// message counts as absent.
func TestPosition(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		for _, o := range s.operations() {
			if o.session == "" {
				continue
			}
			for _, n := range []string{"x", "-1", "1.5", "99999999999999999999", "9223372036854775808", "+1", "1 2", "0x1", "1e1", "1_0", "١", "null", strings.Repeat("1", 1000)} {
				s.refuses(o.name+" with position "+n, o.form, want{400, "BAD_REQUEST", []string{"Usher-Ack", "expected"}}, o.method, o.path, o.good(),
					append(o.headers, "Usher-Ack", n)...)
			}
		}
		for _, name := range []string{"engagements", "visitor's activity"} {
			o := s.operation(name)
			before := s.Position()
			for _, n := range []string{"1000", "9223372036854775807"} {
				if a := s.Send(o.method, o.path, o.good(), append(o.headers, "Usher-Ack", n)...); a.Status != http.StatusOK {
					t.Errorf("%s with position %s: %d %s", o.name, n, a.Status, a.Body)
				}
			}
			if after := s.Position(); after != before {
				t.Errorf("%s: a position beyond the last message recorded %d events", o.name, after-before)
			}
			if a := s.Send(o.method, o.path, o.good(), append(o.headers, "Usher-Ack", "1")...); a.Status != http.StatusOK || s.Position() == before {
				t.Errorf("%s: position 1 was not taken: %d %s", o.name, a.Status, a.Body)
			}
		}
	})
}

// TestWrongMethod: another method is refused, and the answer names the right one.
func TestWrongMethod(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		ops := append(s.operations(),
			operation{name: "health", method: "GET", path: "/healthz"}, operation{name: "readiness", method: "GET", path: "/readyz"},
			operation{name: "the demo's page", method: "GET", path: "/demo/site.json"})
		for _, o := range ops {
			served := documentedMethods(t, s.URL+o.path)
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"} {
				if strings.Contains(served, method) || method == http.MethodOptions && o.form == visitorForm {
					continue
				}
				w := want{405, "BAD_REQUEST", []string{method, served}}
				if o.form == siteForm {
					w.code = "00002"
				}
				s.refuses(method+" of "+o.name, o.form, w, method, o.path, "", o.headers...)
				if a := s.Send(method, o.path, "", o.headers...); a.Header.Get("Allow") != served {
					t.Errorf("%s of %s: Allow %q, want %q", method, o.name, a.Header.Get("Allow"), served)
				}
			}
		}
	})
}

// documentedMethods answers the methods of an address, in the order of the
// alphabet, as Allow tells them.
func documentedMethods(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var methods []string
	for _, o := range testkit.Operations() {
		if _, ok := o.Match(u); ok && o.Method != http.MethodOptions {
			methods = append(methods, o.Method)
		}
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// TestUnknownPath: what is not there is 404 in the form of its API.
func TestUnknownPath(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		for path, f := range map[string]form{
			"/usher/": agentForm, "/console/nope": agentForm, "/nope": agentForm, "/engagement/api/agent/demo/v1/nope": agentForm, "/engagement/api/agent/demo/v2/getMessages": agentForm,
			"/engagement/api/agent/demo/v1/getMessages/more": agentForm, "/engagement/api/agent/demo/v1/": agentForm,
			"/engagement/api/agent/demo/v1/GetMessages": agentForm, "/engagement/api/agent/demo/v1/transfer": agentForm, "/usher/agent/demo/v1/rerouteEngagement": agentForm,
			"/usher/agent/demo/v1/nope": agentForm, "/usher/admin/v1/nope": agentForm, "/usher/admin/v1/sites/demo/nope": agentForm,
			"/usher/admin/v1/sites/demo/queues/": agentForm, "/usher/admin/v1/sites/demo/queues/1/more": agentForm,
			"/engagement/api/consumer/demo/v1/nope": visitorForm, "/engagement/api/consumer/demo/v2/getMessages": visitorForm,
			"/engagement/api/consumer/demo/v1/getQueueStats/": visitorForm, "/engagement/api/consumer/demo/v2/getQueueStats": visitorForm, "/engagement/api/consumer/demo/v1/getMessages/": visitorForm,
			"/usher/consumer/demo/v1/nope": visitorForm, "/usher/consumer/demo/v1/start/": visitorForm,
			"/services/rest/crossChannelServices/latest/nope": siteForm, "/services/rest/crossChannelServices/v2/agentTokens": siteForm,
			"/services/rest/crossChannelServices/latest/serviceSettings": siteForm, "/sites/demo/services/rest/crossChannelServices/latest/nope": siteForm,
			"/serviceApi/resources/latest/nope": siteForm, "/crmRestApi/resources/chatAuthenticate": siteForm, "/sites/demo/serviceApi/resources/latest/chatAuthenticate/more": siteForm,
		} {
			w := want{404, "BAD_REQUEST", nil}
			if f == siteForm {
				w.code = "00013"
			}
			for _, method := range []string{"GET", "POST", "DELETE"} {
				s.refuses(method+" "+path, f, w, method, path, "", "Authorization", testkit.Basic("ada", testkit.Password))
			}
		}
	})
}
