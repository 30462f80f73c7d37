package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// widgetSections are the sections of a language that visitors see. The other pages
// are in English, which is in the bundles.
var widgetSections = []string{"common", "conn", "reason", "widget", "ended"}

// source is the language that decides which keys there are, and their order.
const source = "en"

// addWords adds a file for each language but English: the list of its texts in the
// order of English's keys, null for one that it lacks. A visitor on a phone pays for
// each key that is not sent.
func (d dist) addWords(root string, into map[string]string) error {
	folder := filepath.Join(root, "src/words")
	english, err := readWords(filepath.Join(folder, source+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // there are no words yet
	} else if err != nil {
		return err
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return fmt.Errorf("list the languages: %w", err)
	}
	for _, path := range paths {
		language := strings.TrimSuffix(filepath.Base(path), ".json")
		if language == source {
			continue
		}
		texts, err := readWords(path)
		if err != nil {
			return err
		}
		list, err := listWords(english, texts)
		if err != nil {
			return fmt.Errorf("list the words of %s: %w", language, err)
		}
		into[language] = d.add("words-"+language, ".json", list)
	}
	return nil
}

// readWords reads a language: its sections by name.
func readWords(path string) (map[string]json.RawMessage, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read a language: %w", err)
	}
	var sections map[string]json.RawMessage
	if err := json.Unmarshal(text, &sections); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return sections, nil
}

// listWords answers the texts of a language in the order of English's keys.
func listWords(english, texts map[string]json.RawMessage) ([]byte, error) {
	list := []any{}
	for _, section := range widgetSections {
		keys, err := keysOf(english[section])
		if err != nil {
			return nil, err
		}
		var has map[string]any // a text, or its forms by class of plural
		if raw := texts[section]; raw != nil {
			if err := json.Unmarshal(raw, &has); err != nil {
				return nil, fmt.Errorf("section %s: %w", section, err)
			}
		}
		for _, key := range keys {
			list = append(list, has[key])
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(list); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// keysOf answers the keys of a JSON object in the order in which they stand.
func keysOf(object json.RawMessage) ([]string, error) {
	if object == nil {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("expected an object, found %v (%v)", t, err)
	}
	var keys []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		keys = append(keys, key.(string)) // the decoder takes nothing else for a key
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
	}
	return keys, nil
}
