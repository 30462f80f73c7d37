package rest_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/testkit"
)

// maxBody is the documented bound of a request's body.
const maxBody = 256 << 10

// badBodies are bodies that no operation takes.
var badBodies = map[string]string{
	"not JSON": "nope", "half an object": `{"a":1`, "an array": "[]", "a text": `"x"`, "a number": "5", "a boolean": "true", "two objects": "{}{}",
	"invalid UTF-8": "{\"a\":\"\xff\"}", "invalid UTF-8 in a name": "{\"\xc3\":1}", "a byte order mark": "\ufeff{}",
	"nested 100,000 deep":   `{"a":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}",
	"nested and not closed": strings.Repeat(`{"a":`, 20_000), "a comma too many": `{"a":1,}`, "a name without quotes": "{a:1}",
	"a line feed in a text": "{\"a\":\"\n\"}", "half a surrogate's escape": `{"a":"\u12"}`,
}

// TestBadBodies: a body that is no JSON object, or too large, is refused by every
// operation and changes nothing; who has no session learns that first.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		for _, o := range s.operations() {
			if o.noBody {
				continue
			}
			for what, body := range badBodies {
				path, body := o.at(body)
				s.refuses(o.name+": "+what, o.form, o.badRequest(), o.method, path, body, o.headers...)
				if o.session != "" {
					s.refuses(o.name+" without a session: "+what, o.form, want{403, "ACCESS_DENIED", nil}, o.method, path, body, o.with(o.session, "unknown")...)
				}
			}
			if o.inQuery {
				continue // its length is the header's matter
			}
			large := o.good() + strings.Repeat(" ", maxBody+1-len(o.good()))
			s.refuses(o.name+": too large", o.form, o.tooLarge(), o.method, o.path, large, o.headers...)
			s.refusesChunked(o, large)
		}
		time.Sleep(time.Second) // the server lingers on a connection whose request it did not read
	})
}

// refusesChunked sends a body whose length is not told.
func (s *stage) refusesChunked(o operation, body string) {
	s.T.Helper()
	before := s.Position()
	r, err := http.NewRequestWithContext(s.T.Context(), o.method, s.URL+o.path, struct{ io.Reader }{strings.NewReader(body)})
	if err != nil {
		s.T.Fatal(err)
	}
	for i := 0; i < len(o.headers); i += 2 {
		r.Header.Set(o.headers[i], o.headers[i+1])
	}
	got, err := s.HTTP.Do(r)
	if err != nil {
		s.T.Errorf("%s: too large, in chunks: %v", o.name, err)
		return
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	if err != nil {
		s.T.Errorf("%s: too large, in chunks: %v", o.name, err)
	}
	s.refused(o.name+": too large, in chunks", o.form, o.tooLarge(), o.method, o.path, testkit.Answer{Status: got.StatusCode, Header: got.Header, Body: string(b)})
	if after := s.Position(); after != before {
		s.T.Errorf("%s: too large, in chunks: %d events were recorded", o.name, after-before)
	}
}

// wrong lists values that a field of some kind does not take.
func wrong(k kind, loose bool) []string {
	const over64, under64, long20 = "9223372036854775808", "-9223372036854775809", "99999999999999999999"
	switch k {
	case anyText, formed:
		if loose {
			return []string{"[]", "{}"}
		}
		return []string{"5", "1.5", "true", "[]", "{}"}
	case long, short:
		values := []string{"1.5", "1e2", "1.0", over64, under64, long20, "[]", "{}", "true", "1e999", strings.Repeat("9", 100)}
		if k == short {
			values = append(values, "2147483648", "-2147483649")
		}
		if loose {
			return append(values, `"x"`, `"1.5"`, `"`+over64+`"`, `"1 2"`, `"0x10"`, `"1_000"`)
		}
		return append(values, `"5"`, `""`)
	case flag:
		if loose {
			return []string{`"yes"`, "2", "1.5", "[]", "{}"}
		}
		return []string{`"true"`, `""`, "1", "0", "[]", "{}"}
	case pairs:
		values := []string{"5", `"x"`, "true", "[]", `{"k":[]}`, `{"k":{}}`}
		if loose {
			return values
		}
		return append(values, `{"k":5}`, `{"k":true}`, `{"ok":"x","k":1.5}`)
	case word:
		return []string{"5", "true", "[]", "{}", `"NOSUCH"`, `""`, `"none"`, `" NONE"`}
	case texts:
		return []string{"5", `"x"`, "{}", "[1]", "[[]]", "true"}
	case scalar:
		return []string{"true", "[]", "{}"}
	case values:
		return []string{"5", `"x"`, "true", "[]", `{"k":[]}`, `{"k":{}}`, `{"k":true}`}
	case numbers:
		return []string{"5", `"x"`, "{}", `["1"]`, "[1.5]", "[" + over64 + "]", "[[]]"}
	case entries:
		bad := []string{"5", `"x"`, "{}", "[5]", `[{"name":[]}]`, `[{"value":{}}]`}
		if loose {
			return bad
		}
		return append(bad, `[{"name":5}]`, `[{"name":"a","type":"NOSUCH"}]`, `[{"name":"a","type":5}]`, `[{"name":"a"},{"name":"b","value":[]}]`, "[null]")
	}
	panic("no such kind: " + k)
}

// TestBadFields: each documented field with each wrong value, or left out where
// it is required, is refused with a sentence that names it.
func TestBadFields(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		for _, o := range s.operations() {
			for _, f := range o.fields {
				for _, v := range wrong(f.kind, o.loose) {
					w := o.badRequest(f.name, "expected", "got")
					switch {
					case f.outside != "" && v[0] == '"':
						w.code = string(f.outside)
					case o.form == siteForm && f.kind == short && isLong(v):
						w.code = "00016" // the JSON is well; what it says is not
					case f.unnamed:
						w.says = nil
					case o.loose:
						w.says = w.says[:1]
					}
					path, body := o.at(o.body(f.name, v))
					s.refuses(fmt.Sprintf("%s: %s is %.30s", o.name, f.name, v), o.form, w, o.method, path, body, o.headers...)
				}
				if f.required {
					for _, v := range []string{"", "null"} {
						w := o.badRequest(f.name, "is missing")
						if f.missing != "" {
							w.code = string(f.missing)
						}
						path, body := o.at(o.body(f.name, v))
						s.refuses(o.name+": without "+f.name, o.form, w, o.method, path, body, o.headers...)
					}
				}
			}
		}
	})
}

func isLong(v string) bool {
	_, err := strconv.ParseInt(v, 10, 64)
	return err == nil
}

// TestGoodRequests: the requests that the other tests spoil are good as they are,
// so what is refused there is refused for its fault. Every optional field may be
// null, and members that nobody knows are ignored.
func TestGoodRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		for _, o := range s.operations() {
			spare := o
			spare.fields = slices.Clone(o.fields)
			for i, f := range spare.fields {
				if !f.required && f.good == "" {
					spare.fields[i].good = "null"
				}
			}
			spare.fields = append(spare.fields, field{name: "unknown", good: `[{"deep":{}}]`})
			if o.name == "agentTokens" { // its body must be empty
				spare.fields = nil
			}
			path, body := o.at(spare.good())
			if a := s.Send(o.method, path, body, o.headers...); !o.done(a) {
				t.Errorf("%s: %d %s", o.name, a.Status, a.Body)
			}
		}
	})
}

// TestLooseTypes: visitors may send values of another type where they can be
// converted.
func TestLooseTypes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		good := map[kind][]string{
			anyText: {"5", "1.5", "true", `"x"`, "null"},
			long:    {"1", `"1"`, `" 1 "`, `""`, "null"},
			short:   {"1", `"1"`, `""`, "null"},
			flag:    {"true", "false", `"true"`, `"FALSE"`, `""`, "1", "0", `"1"`, `"0"`, "null"},
			pairs:   {"{}", `{"k":5}`, `{"k":true,"l":"x"}`, `{"k":null}`, "null"},
			entries: {"[]", `[{"name":"c$a","value":5}]`, `[{"name":"c$a","type":"string","value":true}]`, "null"},
		}
		for _, o := range s.operations() {
			if !o.loose || strings.HasSuffix(o.name, "getMessages") || strings.HasSuffix(o.name, "concludeEngagement") || strings.HasSuffix(o.name, "rating") {
				continue // the first two have no field of their own, and end something; the third is for what is over
			}
			for _, f := range o.fields {
				for _, v := range good[f.kind] {
					if f.required && (v == "null" || v == `""` && f.kind == long || f.name == "key") || f.name == "requestSource" && v[0] != '"' {
						continue // of a source nobody knows another form than a string
					}
					if strings.HasSuffix(o.section, "2.9") && strings.Contains(v, `"value":5`) {
						continue // a value needs a type there
					}
					path, body := o.at(o.body(f.name, v))
					if a := s.Send(o.method, path, body, o.headers...); !o.done(a) {
						t.Errorf("%s: %s is %s: %d %s", o.name, f.name, v, a.Status, a.Body)
					}
				}
			}
		}
	})
}

// TestLargestTexts: what has a bound is taken up to it, and refused one byte
// beyond, however its bytes are written.
func TestLargestTexts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		const most = 16 << 10
		fill := func(n int) string { return `"` + strings.Repeat("x", n) + `"` }
		escaped := func(n int) string { return `"` + strings.Repeat(`\u0041`, n) + `"` }
		wide := func(n int) string { return `"` + strings.Repeat("€", n/3) + strings.Repeat("x", n%3) + `"` }
		data := func(n int) string { return `{"k":` + fill(n-1) + `}` }
		tooLarge, badRequest := want{413, "BAD_REQUEST", nil}, want{400, "BAD_REQUEST", nil}
		for _, c := range []struct {
			operation, field string
			most             int
			value            func(int) string
			want             want
		}{
			{"postMessage", "body", most, fill, tooLarge}, {"postMessage", "body", most, escaped, tooLarge}, {"postMessage", "body", most, wide, tooLarge},
			{"postMessage", "messageId", 256, fill, badRequest}, {"postMessage", "messageDataMap", most - len("NONE"), data, tooLarge},
			{"postMessage", "vaResponse", most - len("NONE"), fill, tooLarge}, {"postMessage", "messageType", most, fill, tooLarge},
			{"setInteractionStatus", "sneakPreview", most, fill, tooLarge}, {"setEngagementProperty", "value", most, fill, badRequest},
			{"invite", "note", most, fill, tooLarge}, {"transfer", "note", most, wide, tooLarge},
			{"visitor's postMessage", "body", most, fill, tooLarge}, {"visitor's postMessage", "body", most, escaped, tooLarge}, {"visitor's postMessage", "body", most, wide, tooLarge},
			{"visitor's postMessage", "messageId", 256, fill, badRequest}, {"visitor's postMessage", "messageDataMap", most, data, tooLarge},
			{"visitor's activity", "sneakPreviewText", most, fill, tooLarge},
			{"PUT /queues/7", "name", 4 << 10, fill, badRequest}, {"PUT /accounts/21", "login", 4 << 10, fill, badRequest},
			{"PUT /accounts/21", "greeting", 4 << 10, fill, badRequest},
		} {
			o := s.operation(c.operation)
			if a := s.Send(o.method, o.path, o.body(c.field, c.value(c.most)), o.headers...); a.Status != http.StatusOK {
				t.Errorf("%s: %s of %d bytes: %d %s", o.name, c.field, c.most, a.Status, a.Body)
			}
			s.refuses(o.name+": "+c.field+" one too long", o.form, c.want, o.method, o.path, o.body(c.field, c.value(c.most+1)), o.headers...)
		}
		for _, name := range []string{"postMessage", "visitor's postMessage"} {
			o := s.operation(name)
			s.refuses(o.name+": empty text", o.form, badRequest, o.method, o.path, o.body("body", `""`), o.headers...)
		}
		o := s.operation("engagements")
		full := "{}" + strings.Repeat(" ", maxBody-2)
		if a := s.Send(o.method, o.path, full, o.headers...); a.Status != http.StatusOK {
			t.Errorf("a body of %d bytes: %d %s", len(full), a.Status, a.Body)
		}
	})
}

func (s *stage) operation(name string) operation {
	s.T.Helper()
	all := s.operations()
	i := slices.IndexFunc(all, func(o operation) bool { return o.name == name })
	if i < 0 {
		s.T.Fatalf("there is no operation %s", name)
	}
	return all[i]
}

var (
	heading = regexp.MustCompile(`(?m)^###? (\d+(?:\.\d+)?)\b.*$`)
	row     = regexp.MustCompile("(?m)^\\| ((?:`\\w+`(?:, (?:also )?)?)+) \\| (\\w[^|]*) \\| (?:(yes|no)[^|]* \\|)?")
)

// TestFieldsAreDocumented: the fields that these tests spoil are those of the
// documents, with their types.
func TestFieldsAreDocumented(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		found := 0
		for _, o := range s.operations() {
			doc, section, ok := strings.Cut(o.section, " ")
			if !ok || o.name == "visitor's start" {
				continue // administration; and start, which shares establishSessions' table
			}
			want := documented(t, "../../docs/"+doc+".md", section)
			found += len(want)
			got := map[string]string{}
			for _, f := range o.fields {
				if _, common := commonFields[f.name]; !common {
					got[f.name] = describeField(f)
					if f.kind == formed { // a test of its own knows its type
						got[f.name] = cutType(want[f.name]) + fmt.Sprintf(", required: %t", f.required)
					}
				}
			}
			if len(want) > 0 && !maps.Equal(got, want) {
				t.Errorf("%s: the tests know %v, the document %v", o.name, got, want)
			}
		}
		if found < 40 {
			t.Errorf("only %d fields were found in the documents", found)
		}
	})
}

var commonFields = map[string]bool{"sequenceNumber": true, "timeCreated": true, "clientTransactionId": true}

// cutType answers the type of a documented field.
func cutType(documented string) string {
	kind, _, _ := strings.Cut(documented, ", required")
	return kind
}

func describeField(f field) string {
	k := f.kind
	if k == word {
		k = anyText
	}
	return fmt.Sprintf("%s, required: %t", k, f.required)
}

// documented reads the table of request fields of a section.
func documented(t *testing.T, file, section string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, h := range heading.FindAllStringSubmatchIndex(text, -1) {
		if text[h[2]:h[3]] != section {
			continue
		}
		text = text[h[1]:]
		if next := heading.FindStringIndex(text); next != nil {
			text = text[:next[0]]
		}
		start := strings.Index(text, "| Field | Type | Required |")
		if start < 0 {
			start = strings.Index(text, "| Attribute | Type |")
		}
		if start < 0 {
			return nil
		}
		table, _, _ := strings.Cut(text[start:], "\n\n")
		fields := map[string]string{}
		for _, r := range row.FindAllStringSubmatch(table, -1) {
			k := kind(r[2])
			if strings.HasPrefix(r[2], "object of strings") && k != values {
				k = pairs
			}
			if strings.Contains(r[2], "{name, type, value}") || strings.HasPrefix(r[2], "array of `{") {
				k = entries
			}
			for _, name := range regexp.MustCompile(`\w+`).FindAllString(strings.ReplaceAll(r[1], "also", ""), -1) {
				fields[name] = fmt.Sprintf("%s, required: %t", strings.TrimSpace(string(k)), r[3] == "yes")
			}
		}
		return fields
	}
	t.Fatalf("%s has no section %s", file, section)
	return nil
}
