package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sources makes a folder with the least that makes all pages.
func sources(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"src/console/main.tsx": `import "./a.css"; document.title = "console"`, "src/console/a.css": "a { color: red }",
		"src/board/main.tsx": "document.title = 'board'", "src/widget/panel.tsx": "document.title = 'panel'",
		"src/demo/main.ts": "document.title = 'demo'", "src/widget/loader.ts": "document.title = 'loader'",
		"src/look/icon.svg": "<svg/>", "vendor/preact/LICENSE": "MIT",
		"src/words/en.json": `{"login":{"title":"Log in"},"common":{"send":"Send","edit":"Edit","n":{"one":"{n} chat","other":"{n} chats"}},"widget":{"chat":"Chat"}}`,
		"src/words/de.json": `{"widget":{"chat":"<Chat>"},"common":{"n":{"one":"{n} Chat","other":"{n} Chats"},"send":"Senden"},"login":{"title":"Anmelden"}}`,
	} {
		put(t, root, name, text)
	}
	return root
}

func put(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestSameSourcesSameBytes: wherever the sources lie.
func TestSameSourcesSameBytes(t *testing.T) {
	one, other := sources(t), sources(t)
	if err := run(one, false, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(other, "dist"), os.DirFS(filepath.Join(one, "dist"))); err != nil {
		t.Fatal(err)
	}
	if err := run(other, true, io.Discard); err != nil {
		t.Error(err)
	}
}

// TestParts: what the widget's script imports later is a file of its own, and the
// manifest names it.
func TestParts(t *testing.T) {
	root := sources(t)
	put(t, root, "src/widget/panel.tsx", `import { word } from "./word"; document.title = word; import("./chat")`)
	put(t, root, "src/widget/word.ts", `export const word = "word " + Math.random()`)
	put(t, root, "src/widget/chat.ts", `import { word } from "./word"; document.title = "the chat and " + word`)
	if err := run(root, false, io.Discard); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "dist/manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	later := 0
	for _, part := range m.Pages["panel"].Parts {
		text, err := os.ReadFile(filepath.Join(root, "dist", part))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "the chat and ") {
			later++
		}
	}
	if later != 1 {
		t.Errorf("%d of the parts %q have the chat", later, m.Pages["panel"].Parts)
	}
	script, err := os.ReadFile(filepath.Join(root, "dist", m.Pages["panel"].Script))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(script), "the chat and ") {
		t.Error("the script has the chat in it")
	}
	if err := run(root, true, io.Discard); err != nil {
		t.Error(err)
	}
}

// TestCheck: whatever is not as the sources make it is named, and building mends it.
func TestCheck(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, root string){
		"a source changed":   func(t *testing.T, root string) { put(t, root, "src/board/main.tsx", "document.title = 'new'") },
		"a style changed":    func(t *testing.T, root string) { put(t, root, "src/console/a.css", "a { color: blue }") },
		"a word changed":     func(t *testing.T, root string) { put(t, root, "src/words/de.json", `{"common":{"send":"Los"}}`) },
		"a file too many":    func(t *testing.T, root string) { put(t, root, "dist/old-0000000000.js", "") },
		"the bundle changed": func(t *testing.T, root string) { put(t, root, "dist/widget.js", "alert(1)") },
		"the compressed one changed": func(t *testing.T, root string) {
			put(t, root, "dist/widget.js.gz", string(compress([]byte("alert(1)"))))
		},
		"a file is gone": func(t *testing.T, root string) {
			if err := os.Remove(filepath.Join(root, "dist/widget.js.gz")); err != nil {
				t.Fatal(err)
			}
		},
		"all is gone": func(t *testing.T, root string) {
			if err := os.RemoveAll(filepath.Join(root, "dist")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := sources(t)
			if err := run(root, false, io.Discard); err != nil {
				t.Fatal(err)
			}
			if err := run(root, true, io.Discard); err != nil {
				t.Fatalf("freshly built: %v", err)
			}
			spoil(t, root)
			if err := run(root, true, io.Discard); err == nil || !strings.Contains(err.Error(), "go run ./internal/web/build") {
				t.Errorf("the check says %v", err)
			}
			if err := run(root, false, io.Discard); err != nil {
				t.Fatal(err)
			}
			if err := run(root, true, io.Discard); err != nil {
				t.Errorf("built again: %v", err)
			}
		})
	}
}

// TestBudget: a bundle over its budget is built, and said to be too large.
func TestBudget(t *testing.T) {
	root := sources(t)
	var noise strings.Builder
	for x := uint32(1); noise.Len() < 3*loaderBudget; x = x*1664525 + 1013904223 {
		noise.WriteString(string(rune('a' + x>>24%26)))
		noise.WriteString(string(rune('A' + x>>16%26)))
	}
	put(t, root, "src/widget/loader.ts", "document.title = '"+noise.String()+"'")
	for _, check := range []bool{false, true} {
		if err := run(root, check, io.Discard); err == nil || !strings.Contains(err.Error(), "loader: ") || !strings.Contains(err.Error(), "over the budget of 3000") {
			t.Errorf("check %v says %v", check, err)
		}
	}
}

// TestRefused: what cannot be served as it should is an error at once.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ file, text, says string }{
		"no such import":             {"src/board/main.tsx", `import "./nothing"`, "./nothing"},
		"a style in the loader":      {"src/widget/loader.ts", `import "../console/a.css"`, "constructed"},
		"a language that is no JSON": {"src/words/de.json", `{`, "de.json"},
		"a section that is none":     {"src/words/de.json", `{"common":5}`, "common"},
	} {
		t.Run(name, func(t *testing.T) {
			root := sources(t)
			put(t, root, c.file, c.text)
			if err := run(root, false, io.Discard); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the build says %v", err)
			}
		})
	}
}

// TestWords: a language is the list of what visitors read, in English's order.
func TestWords(t *testing.T) {
	d, err := makeDist(sources(t))
	if err != nil {
		t.Fatal(err)
	}
	got := string(d.files[d.words["de"]])
	if want := `["Senden",null,{"one":"{n} Chat","other":"{n} Chats"},"<Chat>"]`; got != want || !json.Valid([]byte(got)) {
		t.Errorf("German is %s, expected %s", got, want)
	}
	if _, ok := d.words["en"]; ok {
		t.Error("English has a file, and is in the bundles already")
	}
}
