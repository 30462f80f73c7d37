package rest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/testkit"
)

// The pages themselves are tested where they are made. Here is what the server gives
// them: the site that a request means, and everything that is no page.

// pageAt asks for a page under a host's name.
func pageAt(t *testing.T, h http.Handler, host, path string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.Host = host
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestPagesSite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		h := behind(s, "")
		admin := func(method, path, body string) {
			t.Helper()
			if got := s.Send(method, "/usher/admin/v1/sites/"+path, body, "Authorization", "Bearer "+s.AdminToken); got.Status/100 != 2 {
				t.Fatalf("%s %s: %d %s", method, path, got.Status, got.Body)
			}
		}
		expect := func(host, path string, status int, text string) {
			t.Helper()
			if code, body := pageAt(t, h, host, path); code != status || !strings.Contains(body, text) {
				t.Errorf("%s%s is %d, expected %d with %q:\n%s", host, path, code, status, text, body)
			}
		}
		expect("any.example", "/console/", 200, `<meta name="usher-site" content="demo">`) // the only one

		admin("PUT", "cards", "")
		admin("PATCH", "cards/settings", `{"hostNames":["cards.example"]}`)
		time.Sleep(2 * time.Second) // the list of sites may be a second old
		expect("any.example", "/board/?site=cards", 200, `content="cards"`)
		expect("cards.example:8080", "/console/", 200, `content="cards"`)
		expect("any.example", "/console/", 404, "add ?site=NAME to the address")
		expect("any.example", "/usher/widget/", 404, "add ?site=NAME")

		admin("PATCH", "demo/settings", `{"default":true}`)
		expect("any.example", "/console/", 200, `content="demo"`)
		expect("any.example", "/", 404, "there is nothing at this address") // without a demo
		expect("any.example", "/demo/", 404, "there is nothing at this address")
		expect("any.example", "/console/nothing", 404, "there is nothing at this address")
	})
}
