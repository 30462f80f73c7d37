// Package web serves usher's pages: the agents' console, the supervisors' board,
// the visitors' widget and the page of the demo. They are clients of the documented
// APIs like any other; what is here is files, and which of them make a page.
//
// The files are made by internal/web/build from src, and embedded from dist.
package web

import (
	"fmt"
	"net/http"
	"strings"
)

// assetPath is the path below which the bundles are served.
const assetPath = "/usher/assets/"

// Options say what the pages are told of the server.
type Options struct {
	// Site answers the name of the site that a request without a name means.
	Site func(*http.Request) (string, error)
	// Origins answers the origins whose pages may show a site's widget; "*" is any.
	Origins func(r *http.Request, site string) ([]string, error)
	// Refuse answers a request whose Site or Origins is an error.
	Refuse func(http.ResponseWriter, *http.Request, error)
	// DemoKey is the public widget key of the site demo; "" when there is no demo,
	// and then no page of it.
	DemoKey string
	// Next serves everything that is no page.
	Next http.Handler
}

// pages is the handler of all pages and their files.
type pages struct {
	Options
	assets map[string]asset
	views  map[string]view // by path
}

// New answers a handler of the pages:
//
//	/console/ /board/    for agents and supervisors
//	/widget.js           the one script that a site's pages load
//	/usher/widget/       the frame that it opens
//	/usher/assets/NAME   what these load
//	/demo/               a page with the widget, and / leads there
//
// A page's site is the one that the request's host means; ?site=NAME names another.
func New(o Options) http.Handler {
	p := &pages{Options: o, assets: embedded(), views: views()}
	if o.DemoKey == "" {
		delete(p.views, demoPath)
	}
	return p
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route, serve := p.find(r)
	if serve == nil {
		p.Next.ServeHTTP(w, r)
		return
	}
	r.Pattern = route // so that each page is counted by itself
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, fmt.Sprintf("method %.20s is not served here: use GET", r.Method), http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	serve(w, r)
}

// find answers what serves a path, and the name of the route; nil for what is no page.
func (p *pages) find(r *http.Request) (string, http.HandlerFunc) {
	path := r.URL.Path
	if v, ok := p.views[path]; ok {
		return path, func(w http.ResponseWriter, r *http.Request) { p.show(w, r, v) }
	}
	if _, ok := p.views[path+"/"]; ok {
		return path + "/", lead(path + "/")
	}
	if path == "/" && p.DemoKey != "" {
		return "/", lead(demoPath)
	}
	if path == "/widget.js" {
		return path, p.assets["widget.js"].serve
	}
	if name, ok := strings.CutPrefix(path, assetPath); ok {
		if a, ok := p.assets[name]; ok {
			return assetPath, a.serve
		}
	}
	return "", nil
}

// lead sends a browser to another path, with the same question. Where it leads may
// change with the next start, so nobody keeps it.
func lead(path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		to := *r.URL
		to.Scheme, to.Host, to.User, to.Path, to.RawPath = "", "", nil, path, ""
		w.Header().Set("Cache-Control", "no-cache")
		http.Redirect(w, r, to.String(), http.StatusFound)
	}
}
