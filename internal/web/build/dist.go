package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// dist is the folder dist as it should be: files by name, the compressed ones aside.
type dist struct {
	files map[string][]byte
	pages map[string]page
	words map[string]string
}

// zipped is the name of a file's compressed form.
func zipped(name string) string { return name + ".gz" }

// plain reports whether a file is served, and so has a compressed form.
func plain(name string) bool { return name != "manifest.json" }

// write makes folder what d says: what has changed is written, what is over is removed.
func (d dist) write(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	for name, content := range d.files {
		path := filepath.Join(folder, name)
		if old, err := os.ReadFile(path); err != nil || !bytes.Equal(old, content) {
			if err := os.WriteFile(path, content, 0o644); err != nil {
				return fmt.Errorf("write a bundle: %w", err)
			}
		}
		// Another version of Go may compress otherwise: what unpacks to the same stays.
		if old, err := unzip(zipped(path)); plain(name) && (err != nil || !bytes.Equal(old, content)) {
			if err := os.WriteFile(zipped(path), compress(content), 0o644); err != nil {
				return fmt.Errorf("write a compressed bundle: %w", err)
			}
		}
	}
	for _, name := range d.over(folder) {
		if err := os.Remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove an old bundle: %w", err)
		}
	}
	return nil
}

// compare answers an error that names the files of folder that are not as d says.
func (d dist) compare(folder string) error {
	differ := d.over(folder)
	for _, name := range slices.Sorted(maps.Keys(d.files)) {
		path := filepath.Join(folder, name)
		if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, d.files[name]) {
			differ = append(differ, name)
		}
		if have, err := unzip(zipped(path)); plain(name) && (err != nil || !bytes.Equal(have, d.files[name])) {
			differ = append(differ, zipped(name))
		}
	}
	if len(differ) > 0 {
		return fmt.Errorf("dist is not what the sources make (%s): run go run ./internal/web/build and commit the result", list(differ))
	}
	return nil
}

// over answers the files of folder that d does not have.
func (d dist) over(folder string) []string {
	var names []string
	found, _ := os.ReadDir(folder) // what is missing shows when the files are read
	for _, f := range found {
		base := strings.TrimSuffix(f.Name(), zipped(""))
		if _, ok := d.files[base]; !ok || f.Name() != base && !plain(base) {
			names = append(names, f.Name())
		}
	}
	return names
}

func compress(content []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a valid one
	w.Write(content)                                      // a buffer takes everything
	w.Close()
	return b.Bytes()
}

func unzip(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
