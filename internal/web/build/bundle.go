package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// page is what a page loads. It is an entry of the manifest.
type page struct {
	Script string `json:"script"`
	Style  string `json:"style,omitempty"`
	// Parts are scripts that the script imports: with it, or when they are needed.
	Parts []string `json:"parts,omitempty"`
	// First are those of the parts that it imports at once.
	First []string `json:"first,omitempty"`
}

// manifest tells the server which files belong to which page.
type manifest struct {
	Pages map[string]page `json:"pages"`
	// Words are the files of texts by language.
	Words map[string]string `json:"words"`
	Icon  string            `json:"icon"`
}

// entries are the sources that bundles begin with. The loader is not among them:
// other people's pages name it, so its name never changes.
var entries = map[string]string{
	"console": "src/console/main.tsx",
	"board":   "src/board/main.tsx",
	"panel":   "src/widget/panel.tsx",
	"demo":    "src/demo/main.ts",
}

// split is the page whose script comes in parts: somebody who reads the form of the
// widget and goes away again pays for no chat.
const split = "panel"

const (
	loaderEntry = "src/widget/loader.ts"
	loaderName  = "widget.js"
	licenceName = "preact-licence.txt"
	// banner keeps the notice of what is in the bundles with them.
	banner = "/*! with Preact, Copyright (c) 2015-present Jason Miller, MIT: see " + licenceName + " */"
)

// makeDist makes all files of dist from the sources below root.
func makeDist(root string) (dist, error) {
	d := dist{files: make(map[string][]byte)}
	m := manifest{Pages: make(map[string]page), Words: make(map[string]string)}
	for name, entry := range entries {
		b, err := bundle(root, entry, name == split)
		if err != nil {
			return dist{}, err
		}
		for _, part := range slices.Sorted(maps.Keys(b.parts)) {
			d.files[part] = b.parts[part]
		}
		p := page{Parts: slices.Sorted(maps.Keys(b.parts)), First: b.first, Script: d.add(name, ".js", b.script)}
		if len(b.style) > 0 {
			p.Style = d.add(name, ".css", b.style)
		}
		m.Pages[name] = p
	}
	loader, err := bundle(root, loaderEntry, false)
	if err != nil {
		return dist{}, err
	}
	if len(loader.style) > 0 {
		return dist{}, fmt.Errorf("%s: the loader runs on pages of others, which load no style sheet of ours: use a constructed one", loaderEntry)
	}
	d.files[loaderName] = loader.script
	if err := d.addWords(root, m.Words); err != nil {
		return dist{}, err
	}
	icon, err := os.ReadFile(filepath.Join(root, "src/look/icon.svg"))
	if err != nil {
		return dist{}, fmt.Errorf("read the icon: %w", err)
	}
	m.Icon = d.add("icon", ".svg", bytes.TrimSpace(icon))
	if d.files[licenceName], err = os.ReadFile(filepath.Join(root, "vendor/preact/LICENSE")); err != nil {
		return dist{}, fmt.Errorf("read Preact's licence: %w", err)
	}
	if d.files["manifest.json"], err = json.MarshalIndent(m, "", "  "); err != nil {
		return dist{}, err
	}
	d.pages = m.Pages
	d.words = m.Words
	return d, nil
}

// bundled is what one entry becomes.
type bundled struct {
	script, style []byte
	parts         map[string][]byte // by name
	first         []string          // the parts that the script imports at once
}

// bundle makes one script and at most one style sheet of an entry and all that it
// imports. In parts, what is imported by import() comes when it is needed. The same
// sources make the same bytes, wherever they lie.
func bundle(root, entry string, inParts bool) (bundled, error) {
	format := api.FormatIIFE
	if inParts {
		format = api.FormatESModule
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: root, EntryPoints: []string{entry}, Outdir: "out",
		Bundle: true, MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
		Target: api.ES2022, Format: format, Splitting: inParts, ChunkNames: "part-[hash]", Platform: api.PlatformBrowser,
		LegalComments: api.LegalCommentsNone, Charset: api.CharsetUTF8, Metafile: true,
	})
	if len(result.Errors) > 0 {
		messages := api.FormatMessages(result.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage})
		return bundled{}, errors.New("bundle " + entry + ":\n" + strings.Join(messages, ""))
	}
	var made struct {
		Outputs map[string]struct {
			EntryPoint string
			Imports    []struct{ Path, Kind string }
		}
	}
	if err := json.Unmarshal([]byte(result.Metafile), &made); err != nil {
		return bundled{}, fmt.Errorf("bundle %s: read what it is made of: %w", entry, err)
	}
	b := bundled{parts: make(map[string][]byte)}
	for _, f := range result.OutputFiles {
		name := filepath.Base(f.Path)
		switch {
		case filepath.Ext(name) == ".js" && made.Outputs["out/"+name].EntryPoint == entry:
			b.script = f.Contents
			for _, i := range made.Outputs["out/"+name].Imports {
				if i.Kind == "import-statement" {
					b.first = append(b.first, filepath.Base(i.Path))
				}
			}
		case filepath.Ext(name) == ".js":
			b.parts[name] = f.Contents
		case filepath.Ext(name) == ".css":
			b.style = f.Contents
		default:
			return bundled{}, fmt.Errorf("bundle %s: it makes %s, and only scripts and style sheets are known", entry, filepath.Base(f.Path))
		}
	}
	if strings.Contains(result.Metafile, "vendor/preact/") {
		b.script = append([]byte(banner+"\n"), b.script...)
	}
	return b, nil
}

// add adds a file whose name changes with its content, and answers the name.
func (d dist) add(name, kind string, content []byte) string {
	sum := sha256.Sum256(content)
	file := name + "-" + hex.EncodeToString(sum[:5]) + kind
	d.files[file] = content
	return file
}
