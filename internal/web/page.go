package web

import (
	"bytes"
	_ "embed"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// demoPath is where the demo's page is.
const demoPath = "/demo/"

// view is a page before it is shown to somebody: what of it is the same for all.
type view struct {
	name, title string
	// class is the root element's.
	class  string
	policy string
	// framed: pages of the site's allowed origins may have it in a frame.
	framed   bool
	template *template.Template
}

// own is what every page may load: its own files, and answers of its own server.
const own = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"

// Nobody may frame the pages of staff: a click there does something. The widget's
// frame stands on pages of others by nature: those of the site's allowed origins.
const (
	alone = own + "; frame-ancestors 'none'"
	// framing is for the demo, which has the widget's frame in it.
	framing = own + "; frame-src 'self'; frame-ancestors 'none'"
)

var (
	//go:embed page.html
	pageText     string
	pageTemplate = template.Must(template.New("page").Parse(pageText))

	//go:embed demo.html
	demoText     string
	demoTemplate = template.Must(template.New("demo").Parse(demoText))
)

// views answers the pages by path.
func views() map[string]view {
	return map[string]view{
		"/console/":      {name: "console", title: "usher", policy: alone, template: pageTemplate},
		"/board/":        {name: "board", title: "usher board", policy: alone, template: pageTemplate},
		"/usher/widget/": {name: "panel", title: "Chat", class: "roomy", framed: true, template: pageTemplate},
		demoPath:         {name: "demo", title: "usher demo", policy: framing, template: demoTemplate},
	}
}

// content is what a template shows.
type content struct {
	Title, Class        string
	Site, Key           string
	Script, Style, Icon string
	Module              bool
	First               []string
	Words               []words
}

// words is where the texts of a language are.
type words struct{ Language, Path string }

// show answers a page.
func (p *pages) show(w http.ResponseWriter, r *http.Request, v view) {
	site, err := p.site(r, v)
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	bundle := made().Pages[v.name]
	c := content{Title: v.title, Class: v.class, Site: site, Script: assetPath + bundle.Script, Style: assetPath + bundle.Style, Icon: assetPath + made().Icon, Module: len(bundle.Parts) > 0}
	if v.name == "demo" {
		c.Key = p.DemoKey
	}
	for _, part := range bundle.First {
		c.First = append(c.First, assetPath+part)
	}
	for _, language := range slices.Sorted(maps.Keys(made().Words)) {
		c.Words = append(c.Words, words{language, assetPath + made().Words[language]})
	}
	var b bytes.Buffer
	if err := v.template.Execute(&b, c); err != nil {
		p.Refuse(w, r, err)
		return
	}
	policy := v.policy
	if v.framed {
		origins, err := p.Origins(r, site)
		if err != nil {
			p.Refuse(w, r, err)
			return
		}
		policy = own + "; frame-ancestors " + ancestors(origins)
	}
	w.Header().Set("Content-Security-Policy", policy)
	asset{kind: kinds[".html"], cache: askAgain, tag: tagOf(b.Bytes()), plain: b.Bytes(), zipped: compress(b.Bytes())}.serve(w, r)
}

// ancestors writes the origins whose pages may have a frame of ours, as the policy has
// them. Our own always may: the demo does.
func ancestors(origins []string) string {
	if slices.Contains(origins, "*") {
		return "*"
	}
	all := "'self'"
	for _, o := range origins {
		if !strings.ContainsAny(o, " \t\r\n;,'") {
			all += " " + o
		}
	}
	return all
}

// site answers which site a page is about.
func (p *pages) site(r *http.Request, v view) (string, error) {
	if v.name == "demo" {
		return "demo", nil
	}
	if name := r.URL.Query().Get("site"); name != "" {
		return name, nil
	}
	return p.Site(r)
}
