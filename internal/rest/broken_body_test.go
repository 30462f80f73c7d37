package rest_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"usher/internal/testkit"
)

// TestBodyThatBreaks: a body that does not arrive whole is the client's fault, in
// every dialect: 400 to a client that still listens, nothing changed, and no
// error in the log, which strangers could fill.
func TestBodyThatBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a, v := s.Chat("ada")
		agent := fmt.Sprintf("X-JSESSIONID: %s\r\nX-AID: %d\r\n", a.Session, a.Account)
		staff := "Authorization: " + testkit.Basic("ada", testkit.Password) + "\r\n"
		for name, head := range map[string]string{
			"an agent's operation":        "POST " + testkit.AgentPath("logoff") + " HTTP/1.1\r\n" + agent,
			"an agent's retrieval":        "POST " + testkit.AgentPath("getMessages") + " HTTP/1.1\r\n" + agent,
			"createAutomatedAgentSession": "POST " + testkit.AgentPath("createAutomatedAgentSession") + " HTTP/1.1\r\nAuthorization: Bearer " + s.AgentToken("bob") + "\r\n",
			"a visitor's operation":       "POST " + testkit.VisitorPath("concludeEngagement") + " HTTP/1.1\r\nSessionId: " + v.Session + "\r\n",
			"a visitor's retrieval":       "POST " + testkit.VisitorPath("getMessages") + " HTTP/1.1\r\nSessionId: " + v.Session + "\r\n",
			"requestEngagement":           "POST " + testkit.VisitorPath("requestEngagement") + " HTTP/1.1\r\nAuthorization: Bearer " + s.VisitorToken(`{}`) + "\r\n",
			"start":                       "POST /usher/consumer/" + testkit.SiteName + "/v1/start HTTP/1.1\r\n",
			"the bootstrap":               "POST " + testkit.Bootstrap + "establishSessions HTTP/1.1\r\n" + staff,
			"administration":              "PATCH /usher/admin/v1/sites/" + testkit.SiteName + "/settings HTTP/1.1\r\nAuthorization: Bearer " + s.AdminToken + "\r\n",
		} {
			before := s.Position()
			c := s.Dial()
			if _, err := io.WriteString(c, head+"Host: usher.test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\nnonsense\r\n"); err != nil {
				t.Fatal(err)
			}
			r, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var said map[string]any
			if err := json.Unmarshal(body, &said); err != nil || r.StatusCode != http.StatusBadRequest {
				t.Errorf("%s: status %d, want 400 with a JSON object: %s", name, r.StatusCode, body)
			}
			c.Close()

			c = s.Dial() // and once more, gone in the middle
			if _, err := io.WriteString(c, head+"Host: usher.test\r\nContent-Length: 100\r\n\r\n{"); err != nil {
				t.Fatal(err)
			}
			c.Close()
			synctest.Wait()
			if after := s.Position(); after != before {
				t.Errorf("%s: %d events were recorded", name, after-before)
			}
		}
		if strings.Contains(s.Logs.String(), "level=ERROR") {
			t.Errorf("the log holds errors:\n%s", s.Logs)
		}
	})
}
