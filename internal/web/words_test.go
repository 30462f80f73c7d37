package web_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// visitorSections are what visitors read: every language has all of them.
var visitorSections = []string{"common", "conn", "reason", "widget", "ended"}

// wordsBudget is how many bytes a language of the widget may have, compressed.
const wordsBudget = 2000

// entry is one text of a language, as its file has it.
type entry struct {
	key   string // section and key, "widget.nextUp"
	raw   json.RawMessage
	forms map[string]string // by plural class; "" for a text without classes
}

// field is a gap in a text.
var field = regexp.MustCompile(`\{(\w+)\}`)

func TestWordsAreComplete(t *testing.T) {
	all := readWords(t)
	for _, name := range []string{"en", "es", "de", "fr", "ar", "ja"} {
		if all[name] == nil {
			t.Errorf("there is no %s.json", name)
		}
	}
	want := keysOf(forVisitors(all["en"]))
	if len(want) == 0 {
		t.Fatal("en.json has no texts for visitors")
	}
	for name, entries := range all {
		if diff := cmp.Diff(want, keysOf(forVisitors(entries))); diff != "" {
			t.Errorf("%s.json has other keys than en.json, or in another order (-en +%s):\n%s", name, name, diff)
		}
		english := keysOf(all["en"])
		for _, e := range entries {
			if !slices.Contains(english, e.key) {
				t.Errorf("%s.json: %s is no key of en.json", name, e.key)
			}
		}
	}
}

func TestWordsHaveTheFieldsOfTheEnglish(t *testing.T) {
	all := readWords(t)
	english := byKey(all["en"])
	for name, entries := range all {
		for _, e := range entries {
			source := english[e.key]
			want := fieldsOf(source.whole())
			for class, text := range e.forms {
				got := fieldsOf(text)
				switch class {
				case "", "few", "many", "other":
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s.json: %s %s has other fields than the English text (-en +%s):\n%s", name, e.key, class, name, diff)
					}
				default: // "two messages" needs no figure
					for _, f := range got {
						if !slices.Contains(want, f) {
							t.Errorf("%s.json: %s %s has the field {%s}, and the English text has not", name, e.key, class, f)
						}
					}
				}
			}
		}
	}
}

// TestWordsHaveThePluralsOfTheirLanguage asks for exactly the classes that whole numbers
// have. Browsers may know another one for a round million (es, fr: many); a text without
// it is said with other.
func TestWordsHaveThePluralsOfTheirLanguage(t *testing.T) {
	all := readWords(t)
	english := byKey(all["en"])
	for name, entries := range all {
		want := pluralClasses(t, name)
		for _, e := range entries {
			_, plain := e.forms[""]
			if _, sourcePlain := english[e.key].forms[""]; plain != sourcePlain {
				t.Errorf("%s.json: %s has plural classes: %t; the English text: %t", name, e.key, !plain, !sourcePlain)
				continue
			}
			if plain {
				continue
			}
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(e.forms))); diff != "" {
				t.Errorf("%s.json: plural classes of %s (-want +got):\n%s", name, e.key, diff)
			}
			if !slices.Contains(fieldsOf(english[e.key].whole()), "n") {
				t.Errorf("en.json: %s has plural classes, and no {n} that chooses", e.key)
			}
		}
	}
}

// marks are what a language writes in its own way: no text may match.
var marks = map[string][]struct{ pattern, use string }{
	"": {
		{`[!¡！]`, "a sentence without exclamation"},
		{`^$|^\s|\s$`, "words, without space around them"},
		{`\s\s`, "one space"},
		{`\.\.`, "…"},
		{`[<>&]`, "text: markup is not understood"},
		{`[\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]`, "no marks of direction: pages set it"},
		{`\{[^}]*[^}\w][^}]*\}|\{\}|\{[^}]*$`, "letters only between braces"},
	},
	"ar": {{`[?,;]`, "؟ ، ؛"}},
	"es": {{`^[^¿]*\?`, "¿ before the question"}},
	"fr": {{`[^\x{a0}][:;?]`, "a no-break space before : ; ?"}, {`'`, "’"}},
	"ja": {{`[?:;,](\s|$)|\pL\.`, "？：；、。"}},
}

func TestWordsAreWrittenWell(t *testing.T) {
	for name, entries := range readWords(t) {
		for _, m := range slices.Concat(marks[""], marks[name]) {
			bad := regexp.MustCompile(m.pattern)
			for _, e := range entries {
				for class, text := range e.forms {
					if bad.MatchString(text) {
						t.Errorf("%s.json: %s %s is %q: write %s", name, e.key, class, text, m.use)
					}
				}
			}
		}
	}
}

// TestWordsAreTranslated finds what was left in English in languages of another script.
func TestWordsAreTranslated(t *testing.T) {
	scripts := map[string][]*unicode.RangeTable{
		"ar": {unicode.Arabic}, "ja": {unicode.Han, unicode.Hiragana, unicode.Katakana},
	}
	all := readWords(t)
	english := byKey(all["en"])
	for name, script := range scripts {
		for _, e := range all[name] {
			letters := field.ReplaceAllString(english[e.key].whole(), "")
			if !strings.ContainsFunc(letters, unicode.IsLetter) {
				continue
			}
			for class, text := range e.forms {
				if !strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, script...) }) {
					t.Errorf("%s.json: %s %s is %q", name, e.key, class, text)
				}
			}
		}
	}
}

// TestWordsOfTheWidgetAreSmall measures what the widget loads of a language: the texts
// in the order of the English ones, without their keys.
func TestWordsOfTheWidgetAreSmall(t *testing.T) {
	for name, entries := range readWords(t) {
		var texts []json.RawMessage
		for _, e := range forVisitors(entries) {
			texts = append(texts, e.raw)
		}
		var list, packed bytes.Buffer
		encoder := json.NewEncoder(&list)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(texts); err != nil {
			t.Fatal(err)
		}
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(list.Bytes())
		w.Close()
		t.Logf("%s: %d bytes, %d compressed", name, list.Len(), packed.Len())
		if packed.Len() > wordsBudget {
			t.Errorf("%s.json: %d bytes compressed, more than %d", name, packed.Len(), wordsBudget)
		}
	}
}

// readWords reads all languages, each in the order of its file.
func readWords(t *testing.T) map[string][]entry {
	t.Helper()
	paths, err := filepath.Glob("src/words/*.json")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]entry)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := parseWords(text)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all[strings.TrimSuffix(filepath.Base(path), ".json")] = entries
	}
	return all
}

// parseWords keeps the order, and refuses a key that is there twice: a map would do neither.
func parseWords(text []byte) ([]entry, error) {
	sections, err := members(text)
	if err != nil {
		return nil, err
	}
	var entries []entry
	for _, section := range sections {
		texts, err := members(section.raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", section.key, err)
		}
		for _, e := range texts {
			e.key = section.key + "." + e.key
			var whole string
			if err := json.Unmarshal(e.raw, &whole); err == nil {
				e.forms = map[string]string{"": whole}
			} else if err := json.Unmarshal(e.raw, &e.forms); err != nil {
				return nil, fmt.Errorf("%s is neither a text nor one for each plural class: %w", e.key, err)
			}
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// members are the members of a JSON object in their order.
func members(object []byte) ([]entry, error) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, fmt.Errorf("want an object, got %v %v", open, err)
	}
	var found []entry
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		e := entry{key: key.(string)}
		if err := decoder.Decode(&e.raw); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(found, func(other entry) bool { return other.key == e.key }) {
			return nil, fmt.Errorf("%s is there twice", e.key)
		}
		found = append(found, e)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, fmt.Errorf("something follows the object")
	}
	return found, nil
}

// whole is the text that has all fields.
func (e entry) whole() string {
	if text, ok := e.forms[""]; ok {
		return text
	}
	return e.forms["other"]
}

func byKey(entries []entry) map[string]entry {
	m := make(map[string]entry)
	for _, e := range entries {
		m[e.key] = e
	}
	return m
}

func forVisitors(entries []entry) []entry {
	var kept []entry
	for _, e := range entries {
		section, _, _ := strings.Cut(e.key, ".")
		if slices.Contains(visitorSections, section) {
			kept = append(kept, e)
		}
	}
	return kept
}

func keysOf(entries []entry) []string {
	var keys []string
	for _, e := range entries {
		keys = append(keys, e.key)
	}
	return keys
}

// fieldsOf are the names in braces, sorted.
func fieldsOf(text string) []string {
	var names []string
	for _, m := range field.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// pluralClasses are the classes that a language has for whole numbers, sorted.
func pluralClasses(t *testing.T, name string) []string {
	t.Helper()
	tag, err := language.Parse(name)
	if err != nil {
		t.Fatalf("%s.json is no language: %v", name, err)
	}
	names := map[plural.Form]string{
		plural.Zero: "zero", plural.One: "one", plural.Two: "two",
		plural.Few: "few", plural.Many: "many", plural.Other: "other",
	}
	found := make(map[string]bool)
	for n := range 1000 {
		found[names[plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0)]] = true
	}
	return slices.Sorted(maps.Keys(found))
}
