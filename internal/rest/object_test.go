package rest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzMembers: the splitter accepts exactly the objects that encoding/json
// accepts, and finds the same values under the same names.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` { "a" : 1 , "b":[true,null,{"c":"\u00e9\n"}],"a":-0.5e+7 } `, `{"a\"b":"x"}`, `{"a":}`, `{"a":1,}`, `{"a":01}`,
		`[]`, `"x"`, `{"a":{"b":[[],{}]}}`, `{"a":"` + "\x01" + `"}`, `{"":"\ud800"}`, `{"a":1}x`, `{"a" 1}`, `{"a":tru}`, `{"a":[1 2]}`,
		strings.Repeat("[", 100), `{"a":` + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth) + `}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if !utf8.Valid(b) {
			return // parse refuses it before
		}
		got, err := members(b)
		if errors.Is(err, errDeep) {
			return
		}
		var want map[string]json.RawMessage
		wantErr := json.Unmarshal(b, &want)
		if want == nil && wantErr == nil { // null is no object to us
			wantErr = errors.New("null")
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("got %v, encoding/json says %v", err, wantErr)
		}
		found := map[string]string{}
		for _, m := range got {
			found[string(m.name)] = string(m.value)
		}
		if err == nil && len(found) != len(want) {
			t.Fatalf("got %d members, want %d", len(found), len(want))
		}
		for name, value := range want {
			if err == nil && found[name] != string(value) {
				t.Errorf("%q: got %q, want %q", name, found[name], value)
			}
		}
	})
}

// FuzzElements: what members takes for an array splits into the entries that
// encoding/json finds, and what is read within says its place.
func FuzzElements(f *testing.F) {
	for _, seed := range []string{
		`[]`, `[ ]`, `[1, "a" ,{"b":[2]},[null]]`, `[{"text":1}]`, `[{"list":[{"text":"x"},{"text":[]}]}]`, `[{},5]`, `{"text":"x"}`, `"x"`, `[null]`,
		`[` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		x := parse([]byte(`{"list":`+string(b)+`}`), false)
		v := x.get("list", false)
		if x.err != nil || v == nil || len(x.raw) != 1 {
			return // no value of its own
		}
		got, err := elements(v)
		var want []json.RawMessage
		if wantErr := json.Unmarshal(v, &want); (err == nil) != (wantErr == nil) {
			t.Fatalf("%s: got %v, encoding/json says %v", v, err, wantErr)
		}
		if len(got) != len(want) {
			t.Fatalf("%s: %d entries, want %d", v, len(got), len(want))
		}
		for i, w := range want {
			if string(got[i]) != string(w) {
				t.Errorf("%s: entry %d is %s, want %s", v, i, got[i], w)
			}
		}
		type entry struct {
			Text string  `json:"text"`
			List []entry `json:"list"`
		}
		var read func(f *fields) []entry
		read = func(f *fields) (all []entry) {
			f.each("list", func(x *fields) { all = append(all, entry{x.text("text", false), read(x)}) })
			return all
		}
		entries := read(x)
		if x.err != nil {
			refusesWell(t, x.err)
			expectPlace(t, x.err.Error())
			return
		}
		for i, w := range want { // what was taken is what encoding/json reads, null for a list aside
			var e entry
			if json.Unmarshal(w, &e) == nil && e.Text != entries[i].Text && !caseless(w) {
				t.Errorf("%s: text %d is %q, want %q", v, i, entries[i].Text, e.Text)
			}
		}
	})
}

// caseless reports whether an object has a name that encoding/json takes for text,
// and the wire does not.
func caseless(v []byte) bool {
	ms, _ := members(v)
	return slices.ContainsFunc(ms, func(m member) bool {
		return string(m.name) != "text" && string(m.name) != "list" && (strings.EqualFold(string(m.name), "text") || strings.EqualFold(string(m.name), "list"))
	})
}

// expectPlace checks that an error begins with the place that it is about.
func expectPlace(t *testing.T, message string) {
	t.Helper()
	_, message, _ = strings.Cut(message, ": ")
	if !strings.HasPrefix(message, "list") {
		t.Errorf("%q does not begin with its place", message)
	}
}

// TestPlaces: what is wrong within lists and objects is named with its place.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"list":[{"text":"a"},{"text":5}]}`:                  "list[1].text: expected a text, got the number 5",
		`{"list":[{"list":[{},{},{"text":true}]}]}`:           "list[0].list[2].text: expected a text, got a boolean",
		`{"list":[{"list":[{},null]}]}`:                       "list[0].list[1]: expected an object, got null",
		`{"list":[{"list":{}}]}`:                              "list[0].list: expected an array of objects, got an object",
		`{"list":[{"one":{"words":["a",1]}}]}`:                "list[0].one.words[1]: expected a text, got the number 1",
		`{"list":[{"one":{"numbers":[1,2,1.5]}}]}`:            "list[0].one.numbers[2]: expected a whole number of 64 bits, got the number 1.5",
		`{"list":[{"one":[]}]}`:                               "list[0].one: expected an object, got an array",
		`{"list":[{"one":{"word":"C"}}]}`:                     `list[0].one.word: expected one of A, B, got "C"`,
		`{"list":[{"one":{"pairs":{"k":1}}}]}`:                "list[0].one.pairs: expected an object of texts, got the number 1 under",
		`{"list":[{"one":{"must":null}}]}`:                    "list[0].one.must is missing",
		`{"list":[{"text":5},{"text":6}],"list":[{"one":1}]}`: "list[0].one: expected an object, got the number 1",
	} {
		x := parse([]byte(body), false)
		var read func(f *fields)
		read = func(f *fields) {
			f.text("text", false)
			f.each("list", read)
			f.object("one", func(x *fields) {
				x.texts("words")
				x.numbers("numbers")
				enum(x, "word", false, "A", "B")
				x.pairs("pairs")
				x.text("must", x.find("must") != nil)
			})
		}
		read(x)
		if x.err == nil || !strings.Contains(x.err.Error(), want) {
			t.Errorf("%s: got %v, want %q", body, x.err, want)
		}
	}
}

// TestMembersTrouble: what is wrong with a body is said so that its sender can
// mend it.
func TestMembersTrouble(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`[1]`:       "got an array",
		`"x"`:       "got a text",
		`{"a":1`:    "ends too early",
		`{"a":1,}`:  "a name in quotes",
		`{"a":01}`:  "'1' at byte 6",
		`{a:1}`:     "'a' at byte 1",
		`{"a":nil}`: "'n' at byte 5",
		`{"a":` + strings.Repeat("[", 100_000) + `}`: "nested deeper than 64",
	} {
		if _, err := members([]byte(body)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: got %v, want %q", body, err, want)
		}
	}
}
