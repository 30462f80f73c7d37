package archive

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"usher/internal/record"
	"usher/internal/site"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                               nil,
		" .,;!? \x00\xff":                nil,
		"Hello, hello WORLD":             {"hello", "world"},
		"ann@shop.example, 0664/123-45":  {"0664", "123", "45", "ann", "example", "shop"},
		"Größe Straße É e\u0301":         {"e\u0301", "größe", "straße", "é"},
		"退款 now ひ":                       {"now", "ひ", "款", "退"},
		"हिन्दी 한국어":                     {"हिन्दी", "한국어"},
		`"quoted" AND NOT (near*) ^a -b`: {"a", "and", "b", "near", "not", "quoted"},
		strings.Repeat("ü", 100):         {strings.Repeat("ü", maxWord/2)},
	} {
		if diff := cmp.Diff(want, words(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestSaid(t *testing.T) {
	t.Parallel()
	post := func(p record.Post) *record.Entry { return &record.Entry{Kind: record.Posted, Post: &p} }
	for _, c := range []struct {
		entry *record.Entry
		want  string
	}{
		{post(record.Post{Text: "a <b> c"}), "a <b> c"},
		{post(record.Post{Text: `<p>one</p><a href="https://x.example">two</a> &amp; three`, RichText: true}), "one two & three"},
		{post(record.Post{Text: "x", System: true}), ""},
		{post(record.Post{OffTheRecord: true}), ""},
		{post(record.Post{File: &site.File{ID: "secret", Name: "bill.pdf"}}), "bill.pdf"},
		{&record.Entry{Kind: record.Blocked, Post: &record.Post{Text: "buy"}}, ""},
		{&record.Entry{Kind: record.Rated, Rating: &site.Rating{Comment: "quick"}}, "quick"},
		{&record.Entry{Kind: record.Requested, Who: record.Party{Name: "Ann Lee"}, Why: "rule 1"}, "Ann Lee"},
		{&record.Entry{Kind: record.ContactChanged, Changes: []record.Change{{Name: "email", After: "a@b"}, {Name: "lastName", After: "Lee"}}}, "Lee"},
		{&record.Entry{Kind: record.Joined, Who: record.Party{Name: "Ada"}}, ""},
	} {
		if got := said(c.entry); got != c.want {
			t.Errorf("%s %+v: %q, want %q", c.entry.Kind, c.entry.Post, got, c.want)
		}
	}
}

// marked writes a snippet with [ ] around its hits.
func marked(pieces []Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		if p.Hit {
			b.WriteString("[" + p.Text + "]")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestSnippet(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("before ", 40) + "the Refund came " + strings.Repeat("after ", 60)
	for _, c := range []struct{ query, text, want string }{
		{"", "all of it", "all of it"},
		{"ref", "My refund, REFUNDED twice", "My [refund], [REFUNDED] twice"},
		{"my twice", "My refund, twice", "[My] refund, [twice]"},
		{"fund", "My refund", "My refund"},
		{"refund", long, "… " + strings.Repeat("before ", 10) + "the [Refund] came " + strings.TrimSpace(strings.Repeat("after ", 25)) + " …"},
		{"x", "", ""},
		{"款", "退款", "退[款]"},
		{"0", strings.Repeat("\x89", 300), " …"}, // no words, and no place to cut
	} {
		if got := marked(parse(c.query).snippet(c.text)); got != c.want {
			t.Errorf("%q in %.30q:\n got %q\nwant %q", c.query, c.text, got, c.want)
		}
	}
}

// FuzzSnippet: whatever is searched for in whatever text, a snippet is a piece of the
// text, and every word of a text finds it.
func FuzzSnippet(f *testing.F) {
	f.Add("hello", "Hello, world")
	f.Add(`"a AND`, "\x00\xff<b>")
	f.Add("0", strings.Repeat("\x89", 300))
	f.Add("退", strings.Repeat("退款", 100))
	f.Fuzz(func(t *testing.T, query, text string) {
		pieces := parse(query).snippet(text)
		shown := ""
		for _, p := range pieces {
			if p.Text == "" {
				t.Error("an empty piece")
			}
			shown += p.Text
		}
		shown = strings.TrimSuffix(strings.TrimPrefix(shown, "… "), " …")
		if !strings.Contains(text, shown) && !strings.Contains(shown, "…") {
			t.Errorf("%q is no part of %q", shown, text)
		}
		for _, w := range words(text) {
			if !utf8.ValidString(w) || len(w) > maxWord || w == "" || strings.ContainsAny(w, ` "'\:*&|!()`) {
				t.Errorf("the word %q", w)
			}
			if len(split(w)) > 0 && !parse(w).hit(w) && len(w) < maxWord-4 {
				t.Errorf("%q does not find itself", w)
			}
		}
	})
}
