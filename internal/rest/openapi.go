package rest

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"usher/api/openapi"
)

// documentRoutes serves the OpenAPI documents, and a page made of them.
func documentRoutes(mux *http.ServeMux) {
	handle := func(path string, h http.HandlerFunc) { mux.HandleFunc(path, only(http.MethodGet, agentError, h)) }
	handle("/openapi/{document}", openAPI)
	handle("/docs", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/docs/", http.StatusMovedPermanently)
	})
	handle("/docs/{$}", func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		docsPage().serve(w, r)
	})
	handle("/docs/style.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		docsStyle.serve(w, r)
	})
}

// still is content that stays the same as long as the program does.
type still struct {
	kind, tag string
	content   []byte
}

func newStill(kind string, content []byte) still {
	sum := sha256.Sum256(content)
	return still{kind: kind, tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, content: content}
}

func (c still) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=300") // a newer program may be here in five minutes
	h.Set("ETag", c.tag)
	if strings.Contains(r.Header.Get("If-None-Match"), c.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", c.kind)
	w.Write(c.content) // an error means that the client has gone
}

// openAPI answers a document as it is published, to pages of any origin.
func openAPI(w http.ResponseWriter, r *http.Request) {
	name, isJSON := strings.CutSuffix(r.PathValue("document"), ".json")
	document, ok := documents()[name]
	if !ok || !isJSON {
		p := errNotFound
		p.message = "there is no such document: expected one of " + strings.Join(openapi.Names(), ".json, ") + ".json"
		agentError(w, r, p)
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	document.serve(w, r)
}

var documents = sync.OnceValue(func() map[string]still {
	all := make(map[string]still)
	for _, name := range openapi.Names() {
		document, _ := openapi.JSON(name)
		all[name] = newStill(jsonType[0], document)
	}
	return all
})

var (
	//go:embed openapi.css
	styleSheet []byte
	docsStyle  = newStill("text/css; charset=utf-8", styleSheet)

	//go:embed openapi.html
	pageText     string
	pageTemplate = template.Must(template.New("docs").Parse(pageText))
)

// docsPage renders all documents, once. Nothing of a request is in it.
var docsPage = sync.OnceValue(func() still {
	var views []documentView
	for _, name := range openapi.Names() {
		document, _ := openapi.JSON(name)
		v, err := viewDocument(name, document)
		if err != nil {
			panic("rest: read the OpenAPI document " + name + ": " + err.Error())
		}
		views = append(views, v)
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, views); err != nil {
		panic("rest: render the page of the OpenAPI documents: " + err.Error())
	}
	return newStill("text/html; charset=utf-8", b.Bytes())
})
