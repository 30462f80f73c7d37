package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed dist
var dist embed.FS

// manifest tells which files make a page; internal/web/build writes it.
type manifest struct {
	Pages map[string]struct {
		Script, Style string
		// Parts are scripts that the script imports; with them it is a module.
		Parts []string
		// First are those of the parts that it imports at once.
		First []string
	}
	// Words are the files of texts by language, English aside, which is in the scripts.
	Words map[string]string
	Icon  string
}

// made is the manifest of what is embedded.
var made = sync.OnceValue(func() manifest {
	text, err := dist.ReadFile("dist/manifest.json")
	if err != nil {
		panic("web: read the manifest: " + err.Error())
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		panic("web: read the manifest: " + err.Error())
	}
	return m
})

// kinds are the media types of what is served.
var kinds = map[string]string{
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".json": "application/json; charset=utf-8",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
	".html": "text/html; charset=utf-8",
}

const (
	// forGood is for names that change with the content.
	forGood = "public, max-age=31536000, immutable"
	// askAgain is for names that stay: a copy is used when its tag still stands.
	askAgain = "no-cache"
)

// asset is content in both forms. The zero asset is none.
type asset struct {
	kind, cache, tag string
	plain, zipped    []byte
}

// embedded answers the files of dist that are served, by name.
var embedded = sync.OnceValue(func() map[string]asset {
	lasting := map[string]bool{made().Icon: true}
	for _, p := range made().Pages {
		lasting[p.Script], lasting[p.Style] = true, true
		for _, part := range p.Parts {
			lasting[part] = true
		}
	}
	for _, name := range made().Words {
		lasting[name] = true
	}
	files, err := dist.ReadDir("dist")
	if err != nil {
		panic("web: list the bundles: " + err.Error())
	}
	all := make(map[string]asset)
	for _, f := range files {
		zipped, err := dist.ReadFile("dist/" + f.Name() + ".gz")
		if err != nil {
			continue // the manifest, and the compressed files themselves
		}
		plain, err := dist.ReadFile("dist/" + f.Name())
		if err != nil {
			panic("web: read a bundle: " + err.Error())
		}
		a := asset{kind: kinds[path.Ext(f.Name())], cache: askAgain, tag: tagOf(plain), plain: plain, zipped: zipped}
		if lasting[f.Name()] {
			a.cache = forGood
		}
		all[f.Name()] = a
	}
	return all
})

// tagOf answers the tag of a content, without its quotes.
func tagOf(content []byte) string {
	sum := sha256.Sum256(content)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// serve answers the content, compressed for whoever takes that, and nothing to
// whoever has it.
func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	content, tag := a.plain, `"`+a.tag+`"`
	h := w.Header()
	if len(a.zipped) > 0 {
		h.Add("Vary", "Accept-Encoding")
		if takesGzip(r.Header.Values("Accept-Encoding")) {
			content, tag = a.zipped, `"`+a.tag+`-gzip"`
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("Cache-Control", a.cache)
	h.Set("ETag", tag)
	// Pages that isolate themselves load the widget's script all the same.
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if matches(r.Header.Values("If-None-Match"), tag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", a.kind)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method != http.MethodHead {
		w.Write(content) // an error means that the browser has gone
	}
}

// takesGzip reports whether a client takes gzip (RFC 9110, 12.5.3).
func takesGzip(accepted []string) bool {
	any := false
	for coding := range strings.SplitSeq(strings.Join(accepted, ","), ",") {
		name, weight, _ := strings.Cut(coding, ";")
		key, text, _ := strings.Cut(weight, "=")
		takes := true
		if strings.EqualFold(strings.TrimSpace(key), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			takes = err == nil && q > 0
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip", "x-gzip":
			return takes
		case "*":
			any = takes
		}
	}
	return any
}

// matches reports whether a client has the content with this tag (RFC 9110, 13.1.2).
func matches(have []string, tag string) bool {
	for h := range strings.SplitSeq(strings.Join(have, ","), ",") {
		h = strings.TrimPrefix(strings.TrimSpace(h), "W/")
		if h == tag || h == "*" {
			return true
		}
	}
	return false
}

// compress answers content as it goes to whoever takes gzip.
func compress(content []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(content) // a buffer takes everything
	w.Close()
	return b.Bytes()
}
