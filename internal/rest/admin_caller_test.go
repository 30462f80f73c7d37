package rest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"usher/api"
	"usher/internal/testkit"
)

// caller administers a site over HTTP.
type caller struct {
	*testkit.Server
	site, authorization string
}

// administer answers a caller with the admin token, at the site that every server has.
func administer(s *testkit.Server) caller {
	return caller{s, testkit.SiteName, "Bearer " + s.AdminToken}
}

// as answers the same with an account's log-in.
func (c caller) as(login string) caller {
	c.authorization = testkit.Basic(login, testkit.Password)
	return c
}

// of answers the same at another site.
func (c caller) of(site string) caller {
	c.site = site
	return c
}

// send sends a request to an address below the site's, such as /queues/7; "" is
// the site itself.
func (c caller) send(method, path, body string) testkit.Answer {
	c.T.Helper()
	return c.Send(method, "/usher/admin/v1/sites/"+c.site+path, body, "Authorization", c.authorization)
}

// ok sends a request that must succeed, and answers the answer's body.
func (c caller) ok(method, path, body string) string {
	c.T.Helper()
	a := c.send(method, path, body)
	if a.Status != http.StatusOK {
		c.T.Fatalf("%s %s %.200s: %d %s", method, path, body, a.Status, a.Body)
	}
	return strings.TrimSuffix(a.Body, "\n")
}

// refused sends a request that must be refused, with a sentence that has all these
// parts, and must change nothing.
func (c caller) refused(status int, method, path, body string, says ...string) {
	c.T.Helper()
	before := c.Position()
	c.refusal(status, method, path, body, c.send(method, path, body), says...)
	if now := c.Position(); now != before {
		c.T.Errorf("%s %s %.200s: %d events were recorded", method, path, body, now-before)
	}
}

var adminCodes = map[int]api.ExceptionCode{
	http.StatusBadRequest: api.BadRequest, http.StatusUnauthorized: api.AccessDenied, http.StatusForbidden: api.AccessDenied,
	http.StatusNotFound: api.BadRequest, http.StatusMethodNotAllowed: api.BadRequest, http.StatusConflict: api.Conflict,
	http.StatusTooManyRequests: api.BadRequest,
}

// refusal checks how a request was refused.
func (c caller) refusal(status int, method, path, body string, a testkit.Answer, says ...string) {
	c.T.Helper()
	var e struct {
		ExceptionCode api.ExceptionCode
		Message       string
	}
	if err := json.Unmarshal([]byte(a.Body), &e); err != nil || a.Status != status || e.ExceptionCode != adminCodes[status] {
		c.T.Errorf("%s %s %.200s: %d %s, want %d %s", method, path, body, a.Status, a.Body, status, adminCodes[status])
		return
	}
	for _, part := range says {
		if !strings.Contains(e.Message, part) {
			c.T.Errorf("%s %s %.200s: %q does not say %q", method, path, body, e.Message, part)
		}
	}
	for _, inner := range []string{"json:", "Go ", "strconv", "usher/", "%!", "<nil>", "argon2", testkit.Password} {
		if strings.Contains(a.Body, inner) {
			c.T.Errorf("%s %s %.200s: %s shows %q", method, path, body, a.Body, inner)
		}
	}
}

// decoded reads an answer's body into a wire type.
func decoded[T any](t *testing.T, body string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}
