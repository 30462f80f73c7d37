package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// writeReady writes the ready file whole, by rename, so that whoever waits for
// it never reads half of it. It holds secrets: only its owner may read it.
func (a *App) writeReady() error {
	if a.options.ReadyFile == "" {
		return nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(a.ready); err != nil {
		return fmt.Errorf("write the ready file: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(a.options.ReadyFile), ".ready-*")
	if err != nil {
		return usage("--ready-file %s cannot be written: %v", a.options.ReadyFile, err)
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(b.Bytes()); err != nil {
		f.Close()
		return fmt.Errorf("write the ready file: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write the ready file: %w", err)
	}
	if err := os.Rename(f.Name(), a.options.ReadyFile); err != nil {
		return usage("--ready-file %s cannot be written: %v", a.options.ReadyFile, err)
	}
	return nil
}
