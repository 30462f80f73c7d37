package archive

import (
	"slices"
	"testing"
	"time"

	"usher/internal/site"
)

// TestMigrate: an archive of the first schema goes on as it is; what it lacks of former
// engagements comes with a rebuild.
func TestMigrate(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		w := newWorld(t)
		w.settings(func(n *site.Settings) { n.Results = []site.WrapUpResult{{ID: 1, Name: "Sold"}} })
		talk := func() site.EngagementID {
			e := w.enter(site.Contact{Email: "ann@example.org", Question: "how much?"})
			w.accept(ada, e)
			w.says(ada, e, "two")
			w.must(second(w.site.NoteWrapUp(agent(ada), e, site.WrapUp{Result: 1})))
			w.end(ada, e)
			w.flush()
			return e
		}
		former := talk()
		s := open(Options{})
		w.must(w.worker(s).follower("demo").catchUp(t.Context()))
		w.must(s.write(t.Context(), func(c conn) error { // as the first version had it
			for _, statement := range []string{
				`ALTER TABLE archive_sites DROP COLUMN goal`, `ALTER TABLE archive_engagements DROP COLUMN question`,
				`ALTER TABLE archive_engagements DROP COLUMN result`, `DELETE FROM archive_version WHERE version_id = 2`,
			} {
				if _, err := c.exec(t.Context(), statement); err != nil {
					return err
				}
			}
			return nil
		}))
		w.must(s.Close())
		a := w.worker(open(Options{}))
		newer := talk()
		w.must(a.follower("demo").catchUp(t.Context()))
		told := func() (all []string) {
			chats, err := a.Earlier(t.Context(), "demo", newer+1, Known{Email: "ann@example.org"}, nil)
			w.must(err)
			for _, c := range chats {
				all = append(all, c.Question+" "+c.Result)
			}
			return all
		}
		if got := told(); !slices.Equal(got, []string{"how much? Sold", " "}) {
			t.Errorf("engagements %d and %d are told as %q", newer, former, got)
		}
		r, err := a.Report(t.Context(), "demo", ByDay, start, start.Add(24*time.Hour), time.UTC)
		if err != nil || r.Goal != time.Minute || len(r.Rows) != 1 || r.Rows[0].InTime != 2 {
			t.Errorf("the report: %+v, %v", r, err)
		}
		w.must(second(a.Rebuild(t.Context(), "demo", nil)))
		if got := told(); !slices.Equal(got, []string{"how much? Sold", "how much? Sold"}) {
			t.Errorf("after a rebuild they are told as %q", got)
		}
	})
}
