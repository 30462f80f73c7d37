package archive

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/blob"
	"usher/internal/journal"
	"usher/internal/site"
)

// TestErase: who is erased is gone everywhere, at once, by whatever the visitor was ever
// known; what goes on stays, and is named.
func TestErase(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		w := newWorld(t)
		w.settings(func(n *site.Settings) { n.JournalDays = 5 })
		first := w.chat(site.Contact{FirstName: "Ann", Email: "Ann@example.org"}, "alpha", "beta")
		renamed := w.enter(site.Contact{FirstName: "Ann", Email: "ann@example.org", ContactID: 9})
		w.accept(ada, renamed)
		w.file(renamed, "f1")
		w.must(second(w.site.SetProperty(agent(ada), renamed, site.OfUser, site.Email, "lee@example.org")))
		w.end(ada, renamed)
		other := w.chat(site.Contact{FirstName: "Bea", Email: "bea@example.org", ContactID: 10}, "gamma", "delta")
		s := open(Options{})
		a := w.worker(s)
		w.flush()
		w.same(a, other)
		live := w.enter(site.Contact{FirstName: "Ann", Email: "ANN@EXAMPLE.ORG"})
		w.accept(bob, live)
		late := w.chat(site.Contact{FirstName: "Ann", Email: "ann@example.org"}, "not followed yet", "no")
		w.flush()
		e, err := a.Erase(t.Context(), "demo", Contact{Email: " ann@Example.ORG"})
		if err != nil || !slices.Equal(e.Engagements, []site.EngagementID{first, renamed, late}) || !slices.Equal(e.Live, []site.EngagementID{live}) || e.Files != 1 || e.Entries < 15 {
			t.Fatalf("%+v, %v", e, err)
		}
		if want := w.now.Add(site.MaxJournalDays * 24 * time.Hour); !e.Forgotten.Equal(want) {
			t.Errorf("with one that goes on it is forgotten by %s, want %s", e.Forgotten, want)
		}
		if w.hasFile(renamed, "f1") {
			t.Error("the file is there")
		}
		for _, text := range []string{"alpha", "beta", "not followed"} {
			if got := found(t, a, Query{Text: text}); len(got) != 0 {
				t.Errorf("found: %v", got)
			}
		}
		for _, id := range []site.EngagementID{first, renamed, late} {
			if _, err := a.Record(t.Context(), "demo", id, false, 0, 0); !errors.Is(err, ErrNotFound) {
				t.Errorf("engagement %d: %v", id, err)
			}
		}
		// What comes after the end does not bring it back, nor does another worker that had
		// it in its memory, or a rebuild.
		w.must(second(w.site.Rate(visitor(late), site.Rating{Stars: 1, Comment: "back again"})))
		w.asks(live, "I am here")
		w.flush()
		w.same(a, live)
		if _, err := a.Rebuild(t.Context(), "demo", nil); err != nil {
			t.Fatal(err)
		}
		w.same(a, live)
		w.same(a, other)
		if n := count(t, s, `SELECT count(*) FROM archive_engagements`); n != 2 {
			t.Errorf("%d engagements are left", n)
		}
		if got := found(t, a, Query{Text: "back"}); len(got) != 0 {
			t.Errorf("found: %v", got)
		}
		if e, err := a.Erase(t.Context(), "demo", Contact{Email: "ann@example.org"}); err != nil || len(e.Engagements) != 0 || len(e.Live) != 1 {
			t.Errorf("once more: %+v, %v", e, err)
		}
		if e, err := a.Erase(t.Context(), "demo", Contact{ContactID: 10}); err != nil || !slices.Equal(e.Engagements, []site.EngagementID{other}) ||
			!e.Forgotten.Equal(w.now.Add(5*24*time.Hour)) {
			t.Errorf("by contact id: %+v, %v", e, err)
		}
		if e, err := a.Erase(t.Context(), "demo", Contact{Engagement: live}); err != nil || len(e.Engagements) != 0 || !slices.Equal(e.Live, []site.EngagementID{live}) {
			t.Errorf("a live one: %+v, %v", e, err)
		}
		for _, bad := range []Contact{{}, {Email: "a@b", ContactID: 1}, {ContactID: 1, Engagement: 1}} {
			if _, err := a.Erase(t.Context(), "demo", bad); !errors.Is(err, ErrInvalid) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		for _, nobody := range []Contact{{Email: " "}, {Email: "x"}, {Engagement: 999}, {ContactID: 999}} {
			if e, err := a.Erase(t.Context(), "demo", nobody); err != nil || len(e.Engagements)+len(e.Live) != 0 {
				t.Errorf("%+v: %+v, %v", nobody, e, err)
			}
		}
		if _, err := a.Erase(t.Context(), "elsewhere", Contact{ContactID: 1}); !errors.Is(err, journal.ErrNoSite) {
			t.Errorf("at a site that there is not: %v", err)
		}
	})
}

// TestEraseBeside: another worker, which has the engagement in its memory, does not
// bring it back.
func TestEraseBeside(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		w := newWorld(t)
		e := w.chat(site.Contact{FirstName: "Ann"}, "alpha", "beta")
		w.flush()
		s := open(Options{})
		a, b := w.worker(s), w.worker(s)
		w.same(b, e)
		if _, err := a.Erase(t.Context(), "demo", Contact{Engagement: e}); err != nil {
			t.Fatal(err)
		}
		w.must(second(w.site.Rate(visitor(e), site.Rating{Stars: 1, Comment: "again"})))
		w.flush()
		w.must(b.follower("demo").catchUp(t.Context()))
		for _, table := range []string{"engagements", "leads", "offers", "entries", "known", "live"} {
			if n := count(t, s, `SELECT count(*) FROM archive_`+table); n != 0 {
				t.Errorf("%d rows are back in %s", n, table)
			}
		}
	})
}

// brokenBlobs is a store of files that deletes none.
type brokenBlobs struct{ blob.Store }

func (brokenBlobs) Delete(context.Context, string) error { return errors.New("the bucket is away") }

// TestEraseFilesLater: when files cannot be deleted the answer says so, all else is
// done, and they go later.
func TestEraseFilesLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.enter(site.Contact{})
	w.accept(ada, e)
	w.file(e, "f1")
	w.end(ada, e)
	w.flush()
	a := w.worker(openIn(t, t.TempDir(), Options{}))
	a.blobs = brokenBlobs{w.blobs}
	got, err := a.Erase(t.Context(), "demo", Contact{Engagement: e})
	if err == nil || !strings.Contains(err.Error(), "the bucket is away") || len(got.Engagements) != 1 || got.Files != 0 || !w.hasFile(e, "f1") {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := a.Record(t.Context(), "demo", e, false, 0, 0); !errors.Is(err, ErrNotFound) {
		t.Errorf("the engagement: %v", err)
	}
	a.blobs = w.blobs
	w.must(a.tidy(t.Context(), "demo"))
	if w.hasFile(e, "f1") || count(t, a.store, `SELECT count(*) FROM archive_files`) != 0 {
		t.Error("the file is there")
	}
}

// TestErasedBytes: what was erased is in none of the archive's files, neither as it was
// said nor as a word of the index.
func TestErasedBytes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newWorld(t)
	secrets := []string{"xylophonequartz", "zugzwangmeister", "qwertzuiop", "Vexatious", "jabberwockian", "ypsilonettikum"}
	for n := range 60 { // so that there are neighbours
		w.chat(site.Contact{FirstName: "Ann"}, strings.Repeat("some words of everyday use ", 1+n%6), "and more of them")
	}
	e := w.enter(site.Contact{FirstName: secrets[3], Email: "qwertzuiop@example.org"})
	w.accept(ada, e)
	w.asks(e, "my word is xylophonequartz")
	w.says(ada, e, "mine is zugzwangmeister")
	w.must(second(w.site.Transfer(agent(ada), e, site.NewTransfer{Queue: 2, Note: secrets[4]})))
	w.accept(bob, e)
	w.end(bob, e)
	w.must(second(w.site.Rate(visitor(e), site.Rating{Stars: 3, Comment: secrets[5]})))
	for range 60 {
		w.chat(site.Contact{FirstName: "Bea"}, "some words of everyday use", "and more of them")
	}
	w.flush()
	s := openIn(t, dir, Options{})
	a := w.worker(s)
	w.same(a, e)
	// bytesOf counts which of the secrets stand in the archive's files, a letter or two
	// at the beginning aside: the index shares those between words.
	bytesOf := func() (found []string) {
		names, err := filepath.Glob(filepath.Join(dir, "archive.db*"))
		if err != nil || len(names) == 0 {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			for _, x := range secrets {
				if bytes.Contains(bytes.ToLower(b), bytes.ToLower([]byte(x[2:]))) && !slices.Contains(found, x) {
					found = append(found, x)
				}
			}
		}
		return found
	}
	if got := bytesOf(); len(got) != len(secrets) {
		t.Fatalf("before, only %v are there", got)
	}
	w.must(s.harden(t.Context()))
	if got := bytesOf(); len(got) != len(secrets) {
		t.Fatalf("before, only %v are in the file itself", got)
	}
	if _, err := a.Erase(t.Context(), "demo", Contact{Engagement: e}); err != nil {
		t.Fatal(err)
	}
	if got := bytesOf(); len(got) != 0 {
		t.Errorf("%v are there still", got)
	}
	if got := found(t, a, Query{Text: "everyday"}); len(got) != 50 {
		t.Errorf("of the others %d are found", len(got))
	}
}
