package archive

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/internal/journal"
	"usher/internal/record"
	"usher/internal/site"
)

// readAlone makes an engagement's record of the whole journal, as a record.Reader does.
func readAlone(t testing.TB, j journal.Journal, name string, id site.EngagementID, talk bool, after int64, most int) record.Record {
	t.Helper()
	r := record.NewReader(record.Wanted{Engagement: id, Talk: talk, After: after, Most: most})
	err := j.Read(t.Context(), name, 0, func(f journal.Frame) bool {
		for line := range bytes.Lines(f.Events) {
			at, e, err := site.DecodeEvent(bytes.TrimSuffix(line, []byte{'\n'}))
			if err != nil {
				t.Fatal(err)
			}
			if !r.Add(at, e) {
				return false
			}
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := r.Record()
	return got
}

// same holds a record of the archive to one read from the journal.
func (w *world) same(a *Worker, id site.EngagementID) {
	w.t.Helper()
	got, err := a.Record(w.t.Context(), "demo", id, false, 0, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	if diff := cmp.Diff(readAlone(w.t, w.journal, "demo", id, false, 0, 0), got); diff != "" {
		w.t.Errorf("engagement %d (-journal +archive):\n%s", id, diff)
	}
}

// TestRecord: what was just said is read at once, page by page, also after a start anew
// in the middle of an engagement.
func TestRecord(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		w := newWorld(t)
		a := w.worker(open(Options{}))
		e := w.enter(site.Contact{FirstName: "Ann", Email: "ann@example.org"})
		w.asks(e, "is anybody there \x00 <b>?")
		w.flush()
		w.same(a, e)
		w.accept(ada, e)
		w.says(ada, e, "yes")
		w.must(second(w.site.PostAsAgent(agent(ada), e, site.NewPost{Body: "secret", OffTheRecord: true})))
		w.flush()
		w.same(a, e)
		a = w.worker(open(Options{})) // started anew
		w.must(second(w.site.Transfer(agent(ada), e, site.NewTransfer{Account: bob, Note: "a note"})))
		w.must(second(w.site.AnswerOffer(agent(bob), e, api.ActionAccept)))
		w.must(second(w.site.SetProperty(agent(bob), e, site.OfUser, site.Email, "lee@example.org")))
		w.flush()
		w.same(a, e)
		a = w.worker(open(Options{}))
		w.end(bob, e)
		w.must(second(w.site.Rate(visitor(e), site.Rating{Stars: 5, Comment: "well"})))
		w.flush()
		w.same(a, e)
		for most := 1; most < 4; most++ {
			for _, talk := range []bool{false, true} {
				for after := int64(0); after < 15; after++ {
					got, err := a.Record(t.Context(), "demo", e, talk, after, most)
					if diff := cmp.Diff(readAlone(t, w.journal, "demo", e, talk, after, most), got); err != nil || diff != "" {
						t.Errorf("%d after %d, talk %t: %v (-journal +archive):\n%s", most, after, talk, err, diff)
					}
				}
			}
		}
		if _, err := a.Record(t.Context(), "demo", 99, false, 0, 0); !errors.Is(err, ErrNotFound) {
			t.Errorf("an engagement that never was: %v", err)
		}
		if _, err := a.Record(t.Context(), "elsewhere", 1, false, 0, 0); !errors.Is(err, journal.ErrNoSite) {
			t.Errorf("a site that there is not: %v", err)
		}
		if n := len(a.States()); n != 1 {
			t.Errorf("%d sites are followed", n)
		}
		w.after(2 * time.Hour)
		w.chat(site.Contact{}, "later", "much")
		w.flush()
		w.same(a, e) // which nobody follows any more
		live := count(t, a.store, `SELECT count(*) FROM archive_live`)
		if held := len(a.follower("demo").reading.chats); live != 1 || held != 1 {
			t.Errorf("%d engagements are held to be unfinished, %d in memory", live, held)
		}
	})
}

// count answers the one number of a query.
func count(t testing.TB, s *Store, query string, args ...any) (n int64) {
	t.Helper()
	err := s.view(t.Context(), func(c conn) error {
		_, err := one(t.Context(), c, query, args, &n)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// tables answers all that the archive has, as text.
func tables(t testing.TB, s *Store) string {
	t.Helper()
	var b strings.Builder
	err := s.view(t.Context(), func(c conn) error {
		for _, q := range []string{
			`SELECT engagement || '|' || first_event || '|' || client || '|' || visitor || '|' || email || '|' || contact || '|' || queue || '|' || queue_name || '|' ||
				requested || '|' || offered || '|' || accepted || '|' || answered || '|' || ended || '|' || released || '|' || handled || '|' || cause || '|' || stars
				FROM archive_engagements ORDER BY engagement`,
			`SELECT engagement || '|' || visitor_posts || '|' || agent_posts || '|' || blocked || '|' || offers || '|' || declined || '|' || expired || '|' ||
				transfers || '|' || conferees || '|' || leads || '|' || abandoned || '|' || apart FROM archive_engagements ORDER BY engagement`,
			`SELECT engagement || '|' || n || '|' || account || '|' || name || '|' || since || '|' || until FROM archive_leads ORDER BY engagement, n`,
			`SELECT engagement || '|' || n || '|' || account || '|' || name || '|' || queue || '|' || type || '|' || at || '|' || outcome || '|' || took
				FROM archive_offers ORDER BY engagement, n`,
			`SELECT (id - site * 17592186044416) || '|' || engagement || '|' || number || '|' || at || '|' || kind || '|' || said || '|' || entry FROM archive_entries ORDER BY id`,
			`SELECT engagement || '|' || key FROM archive_known ORDER BY engagement, key`,
			`SELECT engagement || '|' || id || '|' || doomed FROM archive_files ORDER BY engagement, id`,
			`SELECT hour || '|' || position FROM archive_hours ORDER BY hour`,
			`SELECT name || '|' || position || '|' || keep_archive || '|' || keep_journal || '|' || gap_from || '|' || gap_to FROM archive_sites ORDER BY no`,
		} {
			all, err := list[string](t.Context(), c, q)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "%s\n\n", strings.Join(all, "\n"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestStories: the stories that hold every event of each format make the same tables in
// both engines, followed at once or event by event, with a start anew after each; and
// made anew.
func TestStories(t *testing.T) {
	t.Parallel()
	stories, err := filepath.Glob("../site/testdata/story*.golden")
	if err != nil || len(stories) < 4 {
		t.Fatalf("stories of each format: %v, %v", stories, err)
	}
	first := map[string]string{}
	for _, c := range []struct {
		engine string
		every  int
	}{{"sqlite", 1000}, {"sqlite", 2}, {"postgres", 1000}, {"postgres", 25}} {
		t.Run(fmt.Sprint(c.engine, " by ", c.every), func(t *testing.T) {
			for _, story := range stories {
				events, err := os.ReadFile(story)
				if err != nil {
					t.Fatal(err)
				}
				open := engines[c.engine](t)
				w := &world{t: t, now: start}
				w.tell(events, c.every, func() {
					if err := w.worker(open(Options{})).follower("demo").catchUp(t.Context()); err != nil {
						t.Fatal(err)
					}
				})
				s := open(Options{})
				got := tables(t, s)
				if first[story] == "" {
					first[story] = got
				}
				if diff := cmp.Diff(first[story], got); diff != "" {
					t.Errorf("%s makes other tables than before:\n%s", story, diff)
				}
				b, err := w.worker(s).Rebuild(t.Context(), "demo", nil)
				if err != nil || b.Engagements == 0 || b.Older != 0 {
					t.Fatalf("made anew: %+v, %v", b, err)
				}
				if diff := cmp.Diff(got, tables(t, s)); diff != "" {
					t.Errorf("%s made anew is another one:\n%s", story, diff)
				}
			}
		})
	}
	for _, text := range first {
		if strings.Contains(text, "secret") {
			t.Error("what was said off the record is in the archive")
		}
	}
}
