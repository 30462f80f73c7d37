package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestObjectKeepsItsOrder(t *testing.T) {
	t.Parallel()
	const text = `{"z":1,"a":{"y":[1,2],"b":null},"m":"<&>"}`
	o, err := readObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(encode(o)); got != text {
		t.Errorf("got %s", got)
	}
	o.set("a", encode(7))
	o.set("new", encode("x"))
	if got := string(encode(o)); got != `{"z":1,"a":7,"m":"<&>","new":"x"}` {
		t.Errorf("got %s", got)
	}
	if got := string(encode(object(nil))); got != "{}" {
		t.Errorf("nothing is written as %s", got)
	}
}

func TestWhatIsNoObject(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `[]`, `null`, `"x"`, `1`, `{`, `{"a"`, `{"a":}`, `{"a":1,}`, `{a:1}`, `{"a":1}{}`, `{"a":1} x`} {
		if o, err := readObject([]byte(text)); err == nil {
			t.Errorf("%q was read as %s", text, encode(o))
		}
	}
}

// FuzzReadObject: what is taken for an object is one, and is written as the same
// value; it can be shown without steering a terminal.
func FuzzReadObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1,"b":[{"c":"\u001b[31m"}]}`, `{"a":1,"a":2}`, ` { "a" : null } `, `{"\u0000":"\ud800"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := readObject(b)
		if err != nil {
			return
		}
		if !json.Valid(b) {
			t.Fatalf("%q was taken", b)
		}
		again, err := readObject(encode(o))
		if err != nil || !bytes.Equal(encode(again), encode(o)) {
			t.Fatalf("%s is read again as %s, %v", encode(o), encode(again), err)
		}
		cell(b)
		if text := printable(string(b)); strings.ContainsAny(text, "\x00\x07\x08\x1b\n\r") {
			t.Errorf("%q would steer a terminal", text)
		}
	})
}

func TestCell(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		``:                                    "",
		`null`:                                "",
		`"Ada"`:                               "Ada",
		`"a\nb\u001b[2Jc\u202e"`:              "a b\ufffd[2Jc\ufffd",
		`12`:                                  "12",
		`true`:                                "true",
		`[1,2]`:                               "1,2",
		`[]`:                                  "",
		`{"a":1,"b":"x"}`:                     "a=1 b=x",
		`[{"a":1},{"a":2}]`:                   "(a=1),(a=2)",
		`{"fields":[{"name":"x","op":"Y"}]}`:  "fields=(name=x op=Y)",
		`{"when":{"hours":1},"list":["a",2]}`: "when=(hours=1) list=a,2",
	} {
		if got := cell(json.RawMessage(value)); got != want {
			t.Errorf("%s is shown as %q, want %q", value, got, want)
		}
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "[]", "1": "[1]", "1,7": "[1,7]", " 1, 7": "[1,7]"} {
		var l ids
		if err := l.UnmarshalText([]byte(text)); err != nil || string(encode(l)) != want {
			t.Errorf("%q is read as %s, %v", text, encode(l), err)
		}
	}
	for _, text := range []string{"x", "1,", "1.5", "[1]", "1]", "1],[2", "\"1\""} {
		var l ids
		if err := l.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, l)
		}
	}
	for text, want := range map[string]string{"": `[]`, "a": `["a"]`, "https://a,https://b": `["https://a","https://b"]`} {
		var l words
		if err := l.UnmarshalText([]byte(text)); err != nil || string(encode(l)) != want {
			t.Errorf("%q is read as %s, %v", text, encode(l), err)
		}
	}
}

func TestDifference(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ before, after, want string }{
		{``, `{"a":1}`, "new: a=1"},
		{`{"a":1}`, ``, "removed: a=1"},
		{`{"a":1,"b":"x","c":[1]}`, `{"a":1,"b":"y","c":[]}`, "b: x -> y; c: 1 -> (none)"},
		{`{"a":1}`, `{"b":2}`, "b: (none) -> 2; a: 1 -> (none)"},
		{`{"a":1}`, `{"a":1}`, "the same again"},
	} {
		if got := difference(json.RawMessage(c.before), json.RawMessage(c.after)); got != c.want {
			t.Errorf("%s to %s: %q, want %q", c.before, c.after, got, c.want)
		}
	}
}
