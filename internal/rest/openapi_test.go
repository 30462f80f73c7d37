package rest_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"usher/api/openapi"
	"usher/internal/rest"
	"usher/internal/testkit"
)

// Every test in this package holds its exchanges against the OpenAPI documents,
// through testkit. The tests here are about what no exchange shows: operations
// without a route, and routes without an operation.

// nothingHere is what is said at addresses that nothing is served at.
const nothingHere = "there is nothing at this address"

// TestEveryOperationHasARoute: what is documented is served.
func TestEveryOperationHasARoute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		for _, o := range testkit.Operations() {
			got := s.Send(o.Method, o.Example(), "", "Authorization", "Bearer "+s.AdminToken)
			if got.Status == http.StatusMethodNotAllowed || strings.Contains(got.Body, nothingHere) {
				t.Errorf("%s (%s %s) is documented and not served: %d %s", o.ID, o.Method, o.Path, got.Status, got.Body)
			}
		}
	})
}

// TestEveryRouteIsDocumented: what is served is documented, with all its methods.
// What serves everything below a path serves nothing but 404.
func TestEveryRouteIsDocumented(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		paths := make(map[string][]*testkit.Operation)
		for _, o := range testkit.Operations() {
			paths[nameless(o.Path)] = append(paths[nameless(o.Path)], o)
		}
		routes := rest.Routes()
		if len(routes) < 30 {
			t.Errorf("only %d routes were found: %q", len(routes), routes)
		}
		for _, route := range routes {
			if strings.HasSuffix(route, "/") {
				path := strings.NewReplacer("{site}", testkit.SiteName, "{version}", "latest").Replace(route) + "nothing"
				got := s.Send("POST", path, "", "Authorization", "Bearer "+s.AdminToken)
				expectStatus(t, got, http.StatusNotFound)
				expectText(t, got.Body, nothingHere)
				continue
			}
			documented := paths[nameless(strings.TrimSuffix(route, "{$}"))]
			if len(documented) == 0 {
				t.Errorf("%s is served and not documented", route)
				continue
			}
			var methods []string
			for _, o := range documented {
				methods = append(methods, o.Method)
			}
			slices.Sort(methods)
			got := s.Send("TRACE", documented[0].Example(), "", "Authorization", "Bearer "+s.AdminToken)
			expectStatus(t, got, http.StatusMethodNotAllowed)
			if served := got.Header.Get("Allow"); served != strings.Join(methods, ", ") {
				t.Errorf("%s: served are %s, documented %s", route, served, methods)
			}
		}
	})
}

var parameter = regexp.MustCompile(`\{\w+\}`)

// nameless is a path whatever its parameters are called.
func nameless(path string) string { return parameter.ReplaceAllString(path, "{}") }

// TestDocumentsAreServed: the documents as they are published, to any page; and
// again only when they changed.
func TestDocumentsAreServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		for _, name := range openapi.Names() {
			got := s.Send("GET", "/openapi/"+name+".json", "", "Origin", "https://elsewhere.example")
			expectStatus(t, got, http.StatusOK)
			want, _ := openapi.JSON(name)
			if got.Body != string(want) {
				t.Errorf("%s is served otherwise", name)
			}
			expectText(t, got.Header.Get("Content-Type"), "application/json")
			expectText(t, got.Header.Get("Access-Control-Allow-Origin"), "*")
			expectText(t, got.Header.Get("Cache-Control"), "max-age=")
			again := s.Send("GET", "/openapi/"+name+".json", "", "If-None-Match", `"another", `+got.Header.Get("ETag"))
			expectStatus(t, again, http.StatusNotModified)
			expectStatus(t, s.Send("GET", "/openapi/"+name+".json", "", "If-None-Match", `"another"`), http.StatusOK)
		}
		for _, path := range []string{"/openapi/common.json", "/openapi/agent.yaml", "/openapi/agent", "/openapi/", "/docs/nothing"} {
			expectStatus(t, s.Send("GET", path, ""), http.StatusNotFound)
		}
		expectStatus(t, s.Send("POST", "/openapi/agent.json", ""), http.StatusMethodNotAllowed)
	})
}

// TestDocsPage: one page shows every operation, every field and every status; it
// runs no program and loads nothing but its style sheet.
func TestDocsPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		page := s.Send("GET", "/docs", "") // leads there
		expectStatus(t, page, http.StatusOK)
		if direct := s.Send("GET", "/docs/", ""); direct.Body != page.Body {
			t.Error("/docs does not lead to /docs/")
		}
		expectStatus(t, s.Send("GET", "/docs/", "", "If-None-Match", page.Header.Get("ETag")), http.StatusNotModified)
		expectText(t, page.Header.Get("Content-Type"), "text/html; charset=utf-8")
		expectText(t, page.Header.Get("Content-Security-Policy"), "default-src 'none'; style-src 'self';")
		style := s.Send("GET", "/docs/style.css", "")
		expectStatus(t, style, http.StatusOK)
		expectText(t, style.Header.Get("Content-Type"), "text/css")
		expectText(t, style.Body, "prefers-color-scheme: dark")

		for _, o := range testkit.Operations() {
			expectText(t, page.Body, "</span> <code>"+o.Path+"</code>")
			expectText(t, page.Body, "."+o.ID+`"`)
		}
		for _, name := range openapi.Names() {
			expectText(t, page.Body, `href="/openapi/`+name+`.json"`)
			document, _ := openapi.JSON(name)
			var doc any
			if err := json.Unmarshal(document, &doc); err != nil {
				t.Fatal(err)
			}
			for _, field := range fieldNames(doc) {
				if !strings.Contains(page.Body, "<code>"+field+"</code>") && !strings.Contains(page.Body, "."+field+"</code>") && !strings.HasSuffix(field, "String") {
					t.Errorf("%s: the page does not show the field %s", name, field)
				}
			}
		}
		for _, bad := range []string{"<script", "<style", " style=", " onclick=", "<img", "<iframe", "http://", "//cdn", "<no value>", "%!", "ZgotmplZ"} {
			if strings.Contains(page.Body, bad) {
				t.Errorf("the page holds %s", bad)
			}
		}
		ids := make(map[string]bool)
		for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page.Body, -1) {
			if ids[m[1]] {
				t.Errorf("two places are called %s", m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range regexp.MustCompile(` href="#([^"]+)"`).FindAllStringSubmatch(page.Body, -1) {
			if !ids[m[1]] {
				t.Errorf("a link leads to %s, which is no place", m[1])
			}
		}
	})
}

// fieldNames lists the members that a document's schemas have.
func fieldNames(v any) (names []string) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			names = append(names, fieldNames(x)...)
		}
	case map[string]any:
		if properties, ok := v["properties"].(map[string]any); ok {
			for name := range properties {
				names = append(names, name)
			}
		}
		for _, x := range v {
			names = append(names, fieldNames(x)...)
		}
	}
	return names
}
