package web_test

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"usher/internal/web"
)

// serve answers a server with the demo, whose only site is meant by every request,
// unless trouble says why none is.
func serve(demoKey string, trouble error) http.Handler {
	return web.New(web.Options{
		Site:    func(r *http.Request) (string, error) { return "shop", trouble },
		Origins: func(_ *http.Request, site string) ([]string, error) { return origins[site], trouble },
		Refuse:  func(w http.ResponseWriter, _ *http.Request, err error) { http.Error(w, err.Error(), http.StatusTeapot) },
		DemoKey: demoKey,
		Next: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "there is nothing at this address", http.StatusNotFound)
		}),
	})
}

// origins are those of the sites' settings.
var origins = map[string][]string{"shop": {"*"}, "cards": {"https://cards.example", "https://www.cards.example"}, "odd": {"https://x.example; script-src *"}}

// send carries a request out; header is name, value, name, value …
func send(h http.Handler, method, target string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var linked = regexp.MustCompile(`(?:src|href)="(/usher/assets/[^"]+)"`)

// assets answers what a page loads.
func assets(t *testing.T, h http.Handler, page string) []string {
	t.Helper()
	var names []string
	for _, m := range linked.FindAllStringSubmatch(text(t, send(h, "GET", page)), -1) {
		names = append(names, m[1])
	}
	return names
}

func TestPaths(t *testing.T) {
	h := serve("a-key", nil)
	for _, c := range []struct {
		method, target string
		status         int
		kind, holds    string
	}{
		{"GET", "/console/", 200, "text/html; charset=utf-8", `<meta name="usher-site" content="shop">`},
		{"GET", "/console/?site=other", 200, "text/html; charset=utf-8", `<meta name="usher-site" content="other">`},
		{"GET", "/console/?site=%22%3E%3Cscript%3E", 200, "text/html; charset=utf-8", `content="&#34;&gt;&lt;script&gt;"`},
		{"HEAD", "/console/", 200, "text/html; charset=utf-8", ""},
		{"GET", "/board/", 200, "text/html; charset=utf-8", "<title>usher board</title>"},
		{"GET", "/usher/widget/?site=shop", 200, "text/html; charset=utf-8", `class="roomy"`},
		{"GET", "/widget.js", 200, "text/javascript; charset=utf-8", ""},
		{"HEAD", "/widget.js", 200, "text/javascript; charset=utf-8", ""},
		{"GET", "/demo/", 200, "text/html; charset=utf-8", `data-site="demo" data-key="a-key"`},
		{"GET", "/usher/assets/preact-licence.txt", 200, "text/plain; charset=utf-8", "Permission is hereby granted"},
		{"POST", "/console/", 405, "text/plain; charset=utf-8", "method POST is not served here: use GET"},
		{"DELETE", "/widget.js", 405, "text/plain; charset=utf-8", "use GET"},
		{"GET", "/console/nothing", 404, "text/plain; charset=utf-8", "there is nothing at this address"},
		{"POST", "/console/nothing", 404, "text/plain; charset=utf-8", "there is nothing at this address"},
		{"GET", "/usher/assets/", 404, "text/plain; charset=utf-8", "there is nothing"},
		{"GET", "/usher/assets/console-0000000000.js", 404, "text/plain; charset=utf-8", "there is nothing"},
		{"GET", "/usher/assets/manifest.json", 404, "text/plain; charset=utf-8", "there is nothing"},
		{"GET", "/usher/assets/widget.js.gz", 404, "text/plain; charset=utf-8", "there is nothing"},
		{"GET", "/usher/assets/../web.go", 404, "text/plain; charset=utf-8", "there is nothing"},
		{"GET", "/usher/assets/%2e%2e%2fpage.html", 404, "text/plain; charset=utf-8", "there is nothing"},
		{"GET", "/usher/assets/dist/widget.js", 404, "text/plain; charset=utf-8", "there is nothing"},
		{"GET", "/usher/admin/", 404, "text/plain; charset=utf-8", "there is nothing"},
	} {
		t.Run(c.method+" "+c.target, func(t *testing.T) {
			r := send(h, c.method, c.target)
			body := text(t, r)
			if r.StatusCode != c.status || r.Header.Get("Content-Type") != c.kind {
				t.Errorf("got %d, %q: expected %d, %q", r.StatusCode, r.Header.Get("Content-Type"), c.status, c.kind)
			}
			if !strings.Contains(body, c.holds) {
				t.Errorf("%q is not in the answer:\n%.2000s", c.holds, body)
			}
			if c.method == "HEAD" && (body != "" || r.Header.Get("Content-Length") == "0" || r.Header.Get("Content-Length") == "") {
				t.Errorf("a HEAD has length %q and %d bytes of a body", r.Header.Get("Content-Length"), len(body))
			}
			if c.status == 405 && r.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("Allow is %q", r.Header.Get("Allow"))
			}
		})
	}
}

// TestLeads: an address without its slash, and the server's own.
func TestLeads(t *testing.T) {
	for _, c := range []struct{ demoKey, target, to string }{
		{"a-key", "/", "/demo/"},
		{"a-key", "/demo", "/demo/"},
		{"a-key", "/console?site=shop", "/console/?site=shop"},
		{"", "/board", "/board/"},
		{"", "/", ""},
		{"", "/demo", ""},
		{"", "/demo/", ""},
		{"a-key", "//", ""},
	} {
		r := send(serve(c.demoKey, nil), "GET", c.target)
		if got := r.Header.Get("Location"); got != c.to || (c.to == "") != (r.StatusCode == 404) {
			t.Errorf("with the key %q, %s leads to %q with %d: expected %q", c.demoKey, c.target, got, r.StatusCode, c.to)
		}
	}
}

// TestWhatAPageLoads: everything that a page names is there, with its kind, and
// nothing is from elsewhere or inline.
func TestWhatAPageLoads(t *testing.T) {
	h := serve("a-key", nil)
	for _, page := range []string{"/console/", "/board/", "/usher/widget/", "/demo/"} {
		t.Run(page, func(t *testing.T) {
			loads := assets(t, h, page)
			want := 3
			if page == "/usher/widget/" {
				want++ // what the script imports at once, so that it is not waited for twice
			}
			if len(loads) != want {
				t.Errorf("the page loads %q: expected a script, a style sheet and an icon, and the widget's a part of its script", loads)
			}
			for _, name := range loads {
				r := send(h, "GET", name)
				if r.StatusCode != 200 || r.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || r.Header.Get("Content-Type") == "" {
					t.Errorf("%s: %d %v", name, r.StatusCode, r.Header)
				}
			}
			html := text(t, send(h, "GET", page))
			if inline := regexp.MustCompile(`<style|style=|<script[^>]*>[^<]|\son\w+=|(?:src|href)="(?:https?:)?//`).FindString(html); inline != "" {
				t.Errorf("the page has %q in it, which its policy forbids", inline)
			}
		})
	}
}

// TestHeaders: what browsers are told about each kind of answer.
func TestHeaders(t *testing.T) {
	h := serve("a-key", nil)
	script := assets(t, h, "/console/")[2]
	const (
		own    = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
		nobody = "; frame-ancestors 'none'"
	)
	for _, c := range []struct{ target, policy, cache string }{
		{"/console/", own + nobody, "no-cache"},
		{"/board/", own + nobody, "no-cache"},
		{"/usher/widget/", own + "; frame-ancestors *", "no-cache"},
		{"/usher/widget/?site=cards", own + "; frame-ancestors 'self' https://cards.example https://www.cards.example", "no-cache"},
		{"/usher/widget/?site=odd", own + "; frame-ancestors 'self'", "no-cache"},
		{"/usher/widget/?site=other", own + "; frame-ancestors 'self'", "no-cache"},
		{"/demo/", own + "; frame-src 'self'" + nobody, "no-cache"},
		{"/widget.js", "", "no-cache"},
		{script, "", "public, max-age=31536000, immutable"},
	} {
		t.Run(c.target, func(t *testing.T) {
			r := send(h, "GET", c.target)
			for name, want := range map[string]string{
				"Content-Security-Policy": c.policy, "Cache-Control": c.cache, "X-Content-Type-Options": "nosniff",
				"Referrer-Policy": "no-referrer", "Vary": "Accept-Encoding", "Cross-Origin-Resource-Policy": "cross-origin",
			} {
				if got := r.Header.Get(name); got != want {
					t.Errorf("%s is %q: expected %q", name, got, want)
				}
			}
		})
	}
}

// TestCompression: whoever takes gzip gets it, with a tag of its own, and it
// unpacks to what the others get.
func TestCompression(t *testing.T) {
	h := serve("a-key", nil)
	for _, target := range []string{"/console/", "/widget.js", assets(t, h, "/board/")[1]} {
		plain := send(h, "GET", target)
		want := text(t, plain)
		for accepted, takes := range map[string]bool{
			"gzip": true, "br, gzip;q=0.5": true, "*": true, "GZIP": true, "deflate, x-gzip": true,
			"": false, "br": false, "gzip;q=0": false, "*, gzip;q=0": false, "*;q=0": false, "gzip;q=nonsense": false, "identity": false,
		} {
			r := send(h, "GET", target, "Accept-Encoding", accepted)
			if got := r.Header.Get("Content-Encoding") == "gzip"; got != takes {
				t.Errorf("%s with Accept-Encoding %q: compressed is %v", target, accepted, got)
				continue
			}
			if r.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s: Vary is %q", target, r.Header.Get("Vary"))
			}
			if (r.Header.Get("ETag") == plain.Header.Get("ETag")) == takes {
				t.Errorf("%s with Accept-Encoding %q has the tag %s", target, accepted, r.Header.Get("ETag"))
			}
			body := io.Reader(r.Body)
			if takes {
				unpacked, err := gzip.NewReader(r.Body)
				if err != nil {
					t.Fatal(err)
				}
				body = unpacked
			}
			if got, err := io.ReadAll(body); err != nil || string(got) != want {
				t.Errorf("%s with Accept-Encoding %q is another content (%v)", target, accepted, err)
			}
		}
	}
}

// TestAskedAgain: whoever has it gets 304 and nothing else.
func TestAskedAgain(t *testing.T) {
	h := serve("a-key", nil)
	for _, target := range []string{"/console/", "/demo/", "/widget.js", assets(t, h, "/board/")[2]} {
		for _, accepted := range []string{"", "gzip"} {
			tag := send(h, "GET", target, "Accept-Encoding", accepted).Header.Get("ETag")
			for have, status := range map[string]int{
				tag: 304, "W/" + tag: 304, `"other", ` + tag: 304, "*": 304, `"other"`: 200, strings.Trim(tag, `"`): 200, "": 200,
			} {
				r := send(h, "GET", target, "Accept-Encoding", accepted, "If-None-Match", have)
				if r.StatusCode != status || r.Header.Get("ETag") != tag {
					t.Errorf("%s, If-None-Match %s: %d with the tag %s", target, have, r.StatusCode, r.Header.Get("ETag"))
				}
				if status == 304 && (text(t, r) != "" || r.Header.Get("Content-Encoding") != "") {
					t.Errorf("%s, If-None-Match %s: a 304 has a body", target, have)
				}
			}
		}
	}
	if console, other := send(h, "GET", "/console/"), send(h, "GET", "/console/?site=x"); console.Header.Get("ETag") == other.Header.Get("ETag") {
		t.Error("the pages of two sites have one tag")
	}
}

// TestNoSite: when it cannot be told which site is meant, the server's own words
// say so; a page that names its site needs nobody.
func TestNoSite(t *testing.T) {
	h := serve("a-key", errors.New("which site?"))
	for target, status := range map[string]int{
		"/console/": 418, "/board/": 418, "/usher/widget/": 418, "/console/?site=shop": 200, "/demo/": 200, "/widget.js": 200,
	} {
		if r := send(h, "GET", target); r.StatusCode != status {
			t.Errorf("%s: %d, expected %d", target, r.StatusCode, status)
		}
	}
}
