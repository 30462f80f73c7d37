package archive

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/internal/site"
)

// found searches, and answers the hits as text, newest first.
func found(t testing.TB, a *Worker, q Query) (all []string) {
	t.Helper()
	hits, err := a.Search(t.Context(), "demo", q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	for _, h := range hits.Hits {
		all = append(all, fmt.Sprintf("%d/%d %s", h.Engagement, h.Entry.Number, marked(h.Snippet)))
	}
	return all
}

func TestSearch(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		w := newWorld(t)
		e := w.chat(site.Contact{FirstName: "Ann", LastName: "Lee", Email: "Ann@Example.org", ContactID: 77}, "my refund please", "refunds take a week")
		w.after(24 * time.Hour)
		f := w.enter(site.Contact{FirstName: "Bea"})
		w.accept(ada, f)
		w.asks(f, "Größe 42, bestellt")
		w.must(second(w.site.PostAsAgent(agent(ada), f, site.NewPost{Body: "the word is xyzzy", OffTheRecord: true})))
		w.must(second(w.site.PostAsAgent(agent(ada), f, site.NewPost{Body: "<p>rich <b>refund</b></p>", RichText: true})))
		w.must(second(w.site.PostAsAgent(agent(ada), f, site.NewPost{Body: "a note on refund", Visibility: api.VisibilityNotEndUser})))
		w.must(second(w.site.Transfer(agent(ada), f, site.NewTransfer{Queue: 2, Note: "sales knows"})))
		w.accept(bob, f)
		w.file(f, "f1")
		w.end(bob, f)
		w.must(second(w.site.Rate(visitor(f), site.Rating{Stars: 2, Comment: "refund too slow"})))
		w.settings(func(n *site.Settings) { n.Spam = true })
		g := w.enter(site.Contact{FirstName: "Spam"})
		w.asks(g, strings.Repeat("refund www.buy.example ", 30))
		w.flush()
		a := w.worker(open(Options{}))
		if err := a.follower("demo").catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		day := site.Time(start.Add(12 * time.Hour).UnixMicro())
		for _, c := range []struct {
			q    Query
			want []string
		}{
			{Query{Text: "refund", Queue: 1}, []string{"1/6 [refunds] take a week", "1/2 my [refund] please"}},
			{Query{Text: "REFUND", Account: bob}, []string{"2/18 [refund] too slow", "2/7 a note on [refund]", "2/6 rich [refund]"}},
			{Query{Text: "refund my"}, []string{"1/2 [my] [refund] please"}},
			{Query{Text: "my refun"}, []string{"1/2 [my] [refund] please"}},
			{Query{Text: "refun my"}, nil}, // only the last word may be a beginning
			{Query{Text: "größ"}, []string{"2/4 [Größe] 42, bestellt"}},
			{Query{Text: "lee"}, []string{"1/1 Ann [Lee]"}},
			{Query{Text: "cat.png"}, []string{"2/14 [cat].[png]"}},
			{Query{Text: "sales knows"}, []string{"2/8 [sales] [knows]"}},
			{Query{Text: "xyzzy"}, nil},
			{Query{Text: "buy"}, nil},
			{Query{Text: "rich", To: day}, nil},
			{Query{Text: "refund", To: day}, []string{"1/6 [refunds] take a week", "1/2 my [refund] please"}},
			{Query{Text: "refund", From: day, Queue: 2, Limit: 1}, []string{"2/18 [refund] too slow"}},
			{Query{Text: "refund", Visitor: "ANN@example.ORG "}, []string{"1/6 [refunds] take a week", "1/2 my [refund] please"}},
			{Query{Text: "week", Visitor: "77"}, []string{"1/6 refunds take a [week]"}},
			{Query{Text: "week", Visitor: "ann lee"}, []string{"1/6 refunds take a [week]"}},
			{Query{Text: "week", Visitor: "ann"}, nil},
			{Query{Text: "my r", Visitor: "77"}, []string{"1/2 [my] [refund] please"}},
			{Query{Text: "r my", Visitor: "77"}, nil},
			{Query{Text: "r", Visitor: "77", To: day}, []string{"1/6 [refunds] take a week", "1/2 my [refund] please"}},
			{Query{Text: "re", Queue: 1}, []string{"1/6 [refunds] take a week", "1/2 my [refund] please"}},
			{Query{Text: "grö"}, []string{"2/4 [Größe] 42, bestellt"}},
			{Query{Text: " *!\" ", Visitor: "77"}, []string{"1/6 refunds take a week", "1/2 my refund please", "1/1 Ann Lee"}},
		} {
			if diff := cmp.Diff(c.want, found(t, a, c.q)); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", c.q, diff)
			}
		}
		if e != 1 || f != 2 {
			t.Fatalf("the engagements are %d and %d", e, f)
		}

		// Page by page.
		for _, text := range []string{"refund", ""} {
			whole := found(t, a, Query{Text: text})
			for limit := 1; limit < 4; limit++ {
				var all []string
				for q := (Query{Text: text, Limit: limit}); ; {
					hits, err := a.Search(t.Context(), "demo", q)
					if err != nil || len(hits.Hits) == 0 || len(hits.Hits) > limit {
						t.Fatalf("%+v: %d hits, %v", q, len(hits.Hits), err)
					}
					all = append(all, found(t, a, q)...)
					if !hits.More {
						break
					}
					q.After = hits.Hits[len(hits.Hits)-1].Cursor
				}
				if diff := cmp.Diff(whole, all); diff != "" {
					t.Errorf("%q by %d (-whole +pages):\n%s", text, limit, diff)
				}
			}
		}
		for _, q := range []Query{{Limit: -1}, {Limit: MaxHits + 1}, {After: -1}} {
			if _, err := a.Search(t.Context(), "demo", q); !errors.Is(err, ErrInvalid) {
				t.Errorf("%+v: %v", q, err)
			}
		}
		for _, text := range hostile {
			for _, q := range []Query{{Text: text}, {Visitor: text}, {Text: "refund", Visitor: text}} {
				found(t, a, q)
			}
		}
		if hits, err := a.Search(t.Context(), "elsewhere", Query{Text: "refund"}); err != nil || len(hits.Hits) > 0 {
			t.Errorf("at a site that there is not: %v, %v", hits, err)
		}
	})
}

// hostile is what people type who mean no harm, and others.
var hostile = []string{
	`"`, `"open`, `a"b`, `'`, `''; DROP TABLE archive_entries; --`, `refund AND`, `OR`, `NOT refund`, `NEAR(a b)`, `NEAR/2`, `^refund`, `refund*`, `*`,
	`words:refund`, `archive_words:x`, `{a b}:c`, `-refund`, `(refund`, `)`, `a:*`, `a & b | !c`, `<->`, `:*`, `\`, `\'`, `%_`, `$1`, `?`, "\x00", "a\x00b", "\xff\xfe",
	strings.Repeat("a", 10_000), strings.Repeat("a ", 10_000), strings.Repeat("ü", 5000), "👍", "e\u0301", "हिन्दी", "退款", "\u0345", "𐐷", "ᲀ", "İ", "ß",
}

// FuzzSearch: whatever is typed is answered.
func FuzzSearch(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	w := newWorld(f)
	w.chat(site.Contact{FirstName: "Ann"}, "my refund please", "refunds take a week")
	w.flush()
	a := w.worker(openIn(f, f.TempDir(), Options{}))
	if err := a.follower("demo").catchUp(f.Context()); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, q := range []Query{{Text: text}, {Visitor: text, Text: "refund " + text}} {
			if _, err := a.Search(t.Context(), "demo", q); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
		}
	})
}
