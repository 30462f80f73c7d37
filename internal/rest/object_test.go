package rest

import (
	"encoding/json"
	"errors"
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
