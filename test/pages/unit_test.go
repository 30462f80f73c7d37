package pages_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/evanw/esbuild/pkg/api"
)

const sources = "../../internal/web"

// TestUnits runs the tests that stand beside the pages' TypeScript, each file in a
// browser of its own: what they test is to run there.
func TestUnits(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	files := 0
	err := filepath.WalkDir(filepath.Join(sources, "src"), func(path string, _ fs.DirEntry, err error) error {
		if err == nil && (strings.HasSuffix(path, ".test.ts") || strings.HasSuffix(path, ".test.tsx")) {
			files++
			name, _ := filepath.Rel(filepath.Join(sources, "src"), path)
			t.Run(filepath.ToSlash(name), func(t *testing.T) {
				t.Parallel()
				runUnits(t, path)
			})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Error("no test of the pages' units was found")
	}
}

// outcome is how one test of a file ended.
type outcome struct {
	Name  string
	Error string // "" for well
}

func runUnits(t *testing.T, path string) {
	script, style := bundleUnits(t, path)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, `<!doctype html><html lang="en"><title>units</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/test.css"><body></body></html>`)
		case "/test.js":
			w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
			w.Write(script)
		case "/test.css":
			w.Header().Set("Content-Type", "text/css; charset=utf-8")
			w.Write(style)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	b := newPerson(t).open(s.URL)
	// What a unit under test reports is part of its test, and fails it there.
	b.expects(".")
	const run = `new Promise((done, failed) => {
		const script = document.createElement("script")
		script.src = "/test.js"
		script.onload = () => globalThis.usherUnits ? globalThis.usherUnits().then(JSON.stringify).then(done, failed) : failed(new Error("the file has no tests, or could not be run"))
		script.onerror = () => failed(new Error("the bundle did not load"))
		document.body.append(script)
	})`
	var answer string
	ctx, cancel := context.WithTimeout(b.ctx, 4*patience)
	defer cancel()
	if err := chromedp.Run(ctx, chromedp.ActionFunc(func(ctx context.Context) error { return b.evaluate(ctx, run, &answer) })); err != nil {
		t.Fatalf("run the tests: %v\n%s", err, strings.Join(b.trouble.seenSoFar(), "\n"))
	}
	var outcomes []outcome
	if err := json.Unmarshal([]byte(answer), &outcomes); err != nil {
		t.Fatal(err)
	}
	if len(outcomes) == 0 {
		t.Error("the file has no test")
	}
	for _, o := range outcomes {
		t.Run(o.Name, func(t *testing.T) {
			if o.Error != "" {
				t.Error(o.Error)
			}
		})
	}
}

// bundleUnits bundles a file of tests as the build bundles pages, but readable.
func bundleUnits(t *testing.T, path string) (script, style []byte) {
	t.Helper()
	root, err := filepath.Abs(sources)
	if err != nil {
		t.Fatal(err)
	}
	entry, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: root, EntryPoints: []string{entry}, Outdir: "out", Bundle: true,
		Target: api.ES2022, Format: api.FormatIIFE, Platform: api.PlatformBrowser, Charset: api.CharsetUTF8, Sourcemap: api.SourceMapInline,
	})
	if len(result.Errors) > 0 {
		t.Fatal(strings.Join(api.FormatMessages(result.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage}), ""))
	}
	for _, f := range result.OutputFiles {
		if strings.HasSuffix(f.Path, ".css") {
			style = f.Contents
		} else {
			script = f.Contents
		}
	}
	return script, style
}
