package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"usher/internal/testkit"
)

// TestAdminToken: without the admin's token administration does nothing, and
// tells nothing.
func TestAdminToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		keys := operation{name: "GET /keys", method: "GET", path: "/usher/admin/v1/sites/" + testkit.SiteName + "/keys", elsewhere: "/usher/admin/v1/sites/nowhere/keys"}
		for _, o := range append(s.operations(), keys) {
			if o.section != "" {
				continue
			}
			for what, header := range map[string]string{
				"no token": "", "another token": "Bearer " + strings.Repeat("A", len(s.AdminToken)), "a part of it": "Bearer " + s.AdminToken[:len(s.AdminToken)-1],
				"more than it": "Bearer " + s.AdminToken + "A", "an empty one": "Bearer ", "no Bearer": s.AdminToken,
				"an agent's": "Bearer " + s.AgentToken("ada"), "a visitor's": "Bearer " + s.VisitorToken("{}"), "the widget's": "Bearer " + s.WidgetKey,
				"a session": "Bearer " + s.ada.Session,
			} {
				for _, path := range []string{o.path, o.elsewhere} {
					w := want{401, "ACCESS_DENIED", nil}
					s.refuses(o.name+" with "+what, agentForm, w, o.method, path, o.good(), "Authorization", header)
					s.refuses(o.name+" garbled, with "+what, agentForm, w, o.method, path, "[", "Authorization", header)
					s.refuses("DELETE in place of "+o.name+" with "+what, agentForm, w, "DELETE", path, "", "Authorization", header)
				}
			}
		}
	})
}

// TestAdminRefusals: what administration cannot take changes nothing.
func TestAdminRefusals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		const base = "/usher/admin/v1/sites/"
		badRequest := want{400, "BAD_REQUEST", nil}
		admin := func(what string, w want, method, path, body string) {
			t.Helper()
			s.refuses(what, agentForm, w, method, base+path, body, "Authorization", "Bearer "+s.AdminToken)
		}
		for _, id := range []string{"0", "-1", "9007199254740992", "99999999999999999999", "9223372036854775808", "x", "1.5", "%201", "1e1", "0x1"} {
			admin("queue "+id, badRequest, "PUT", "demo/queues/"+id, `{"name":"Cards"}`)
			admin("account "+id, badRequest, "PUT", "demo/accounts/"+id, `{"login":"cy","name":"Cy"}`)
		}
		for name, most := range map[string]int{"holdSeconds": 30, "offerSeconds": 604800, "absentSeconds": 604800, "idleSeconds": 604800, "queueSeconds": 604800} {
			for _, v := range []int{0, -1, most + 1, 2147483647, -2147483648} {
				admin(fmt.Sprintf("%s is %d", name, v), want{400, "BAD_REQUEST", []string{name, fmt.Sprint(v), fmt.Sprint(most)}}, "PATCH", "demo/settings",
					fmt.Sprintf(`{"spam":true,%q:%d}`, name, v))
			}
			a := s.Send("PATCH", base+"demo/settings", fmt.Sprintf("{%q:%d}", name, most), "Authorization", "Bearer "+s.AdminToken)
			if a.Status != http.StatusOK {
				t.Errorf("%s is %d: %d %s", name, most, a.Status, a.Body)
			}
		}
		for name, most := range map[string]int{"maxPerAddress": 200_000, "identityKey": 1_000_000} {
			for _, v := range []int{-1, most + 1, 2147483647, -2147483648} {
				admin(fmt.Sprintf("%s is %d", name, v), want{400, "BAD_REQUEST", []string{name, fmt.Sprint(v), fmt.Sprint(most)}}, "PATCH", "demo/settings",
					fmt.Sprintf(`{"spam":true,"files":{"off":true},%q:%d}`, name, v))
			}
		}
		// What is wrong within a setting spoils what stands beside it, there and elsewhere.
		for what, body := range map[string]string{
			"a limit": `{"spam":true,"spamLimits":{"maxLinks":7,"maxBlocks":101}}`, "a limit's type": `{"spam":true,"spamLimits":{"maxLinks":7,"maxBlocks":"3"}}`,
			"a media type": `{"spam":true,"files":{"off":true,"types":["image/*","pdf"]}}`, "a size": `{"spam":true,"files":{"off":true,"maxBytes":-1}}`,
		} {
			admin(what, badRequest, "PATCH", "demo/settings", body)
		}
		for _, path := range []string{"demo/keys", "nowhere/keys"} {
			for _, method := range []string{"PUT", "POST", "PATCH", "DELETE"} {
				admin(method+" "+path, want{405, "BAD_REQUEST", []string{"use GET"}}, method, path, `{"identityKey":"mine"}`)
			}
		}
		many := `["` + strings.Repeat(`x","`, 100) + `x"]`
		admin("too many origins", badRequest, "PATCH", "demo/settings", `{"allowedOrigins":`+many+`}`)
		admin("too many host names", badRequest, "PATCH", "demo/settings", `{"hostNames":`+many+`}`)

		taken := want{409, "CONFLICT", []string{"ada", "12"}}
		admin("a login that is taken", taken, "PUT", "demo/accounts/99", `{"login":"ada","name":"Another"}`)
		admin("another's login", taken, "PUT", "demo/accounts/13", `{"login":"ada","name":"Bob"}`)
		for what, body := range map[string]string{
			"an empty login": `{"login":"","name":"Cy"}`, "a password that is too long": `{"login":"cy","name":"Cy","password":"` + strings.Repeat("x", 1025) + `"}`,
			"too many queues": `{"login":"cy","name":"Cy","queues":[` + strings.Repeat("1,", 10_000) + `1]}`,
		} {
			admin(what, badRequest, "PUT", "demo/accounts/99", body)
		}
		admin("a queue without a name", badRequest, "PUT", "demo/queues/9", `{"name":""}`)

		for _, name := range []string{"-x", "_x", "a%20b", "a%2Fb", "a.b", "%00", "%FF", "%C3%A9", "a%0Ab", strings.Repeat("x", 129)} {
			admin("a site called "+name, badRequest, "PUT", name, "")
		}
		if names := s.Host.Sites(); len(names) != 1 {
			t.Errorf("there are sites %q", names)
		}
	})
}
