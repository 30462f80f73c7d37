package rest_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"usher/internal/testkit"
)

// example is a call in docs/admin.md: method, path below the demo's, log-in, body.
var example = regexp.MustCompile(`(?s)curl -s (?:-X (\w+) )?"\$DEMO([^"$]*)" (?:-H "\$ADMIN"|-u '([^']*)')(?: -d '([^']*)')?( -d @-)?`)

// TestAdminDocument: the examples of docs/admin.md work as they stand, one after
// the other.
func TestAdminDocument(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/admin.md")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		c := administer(testkit.New(t, testkit.Options{}))
		calls := example.FindAllStringSubmatch(string(b), -1)
		if len(calls) < 25 {
			t.Fatalf("only %d examples were found", len(calls))
		}
		for _, call := range calls {
			method, path, login, body := call[1], call[2], call[3], call[4]
			if call[5] != "" {
				continue // its body is another one's answer
			}
			if method == "" {
				method = http.MethodGet
			}
			who := c
			if name, password, ok := strings.Cut(login, ":"); ok {
				who.authorization = testkit.Basic(name, password)
			}
			if a := who.send(method, path, body); a.Status != http.StatusOK {
				t.Errorf("%s\n%d %s", call[0], a.Status, a.Body)
			}
		}
	})
}
