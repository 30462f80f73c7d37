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

// written writes rows of a report, what is 0 left out.
func written(rows []Row) (all []string) {
	for _, r := range rows {
		line := strings.TrimSpace(r.Key + " " + r.Name)
		for name, n := range ordered("offered", r.Offered, "accepted", r.Accepted, "declined", r.Declined, "expired", r.Expired,
			"engagements", r.Engagements, "abandoned", r.Abandoned, "blocked", r.Blocked, "intime", r.InTime, "unanswered", r.Unanswered) {
			if n != 0 {
				line += fmt.Sprintf(" %s=%d", name, n)
			}
		}
		line += spreadText("wait", r.Wait) + spreadText("answer", r.FirstAnswer) + spreadText("handling", r.Handling) + spreadText("wrapup", r.WrapUp)
		if r.Ratings > 0 {
			line += fmt.Sprintf(" rating=%.1f/%d", r.Rating, r.Ratings)
		}
		all = append(all, line)
	}
	return all
}

func spreadText(name string, s Spread) string {
	if s.Count == 0 {
		return ""
	}
	return fmt.Sprintf(" %s=%v/%v/%v/%d", name, s.Mean, s.Median, s.P90, s.Count)
}

// ordered goes through names and numbers in turn.
func ordered(pairs ...any) func(yield func(string, int) bool) {
	return func(yield func(string, int) bool) {
		for i := 0; i < len(pairs); i += 2 {
			if !yield(pairs[i].(string), pairs[i+1].(int)) {
				return
			}
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		w := newWorld(t)
		e := w.enter(site.Contact{})
		w.after(20 * time.Second)
		w.accept(ada, e) // waited 20 s
		w.after(10 * time.Second)
		w.says(ada, e, "hello")
		w.after(50 * time.Second)
		w.must(second(w.site.Transfer(agent(ada), e, site.NewTransfer{Account: bob})))
		w.must(second(w.site.AnswerOffer(agent(bob), e, api.ActionAccept)))
		w.after(2 * time.Minute)
		w.must(second(w.site.ConcludeAsAgent(agent(bob), e)))
		w.after(30 * time.Second)
		w.must(second(w.site.Release(agent(bob), e)))
		w.must(second(w.site.Rate(visitor(e), site.Rating{Stars: 4})))
		f := w.enter(site.Contact{}) // declined, expired, then gone
		w.must(second(w.site.RequestAssignment(agent(ada), true, 1, 1000)))
		w.must(second(w.site.AnswerOffer(agent(ada), f, api.ActionDecline)))
		w.must(second(w.site.RequestAssignment(agent(ada), false, 0, 1000)))
		w.must(second(w.site.RequestAssignment(agent(bob), true, 1, 1000)))
		w.after(61 * time.Second)
		w.must(second(w.site.RequestAssignment(agent(bob), false, 0, 1000)))
		w.must(second(w.site.ConcludeAsVisitor(visitor(f))))
		w.after(time.Hour)
		w.must(second(w.site.Admin("root").DefineQueue(site.QueueDefinition{ID: 1, Name: "Help", Default: true})))
		w.chat(site.Contact{}, "a", "b")
		w.flush()
		a := w.worker(open(Options{}))
		if err := a.follower("demo").catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			by   By
			want []string
		}{
			{ByDay, []string{"2026-03-23 offered=5 accepted=3 declined=1 expired=1 engagements=3 abandoned=1 intime=2 unanswered=1 wait=15s/10s/20s/2 answer=22.5s/15s/30s/2 " +
				"handling=2m2.5s/1m5s/3m0s/2 wrapup=15s/0s/30s/2 rating=4.0/1"}},
			{ByHour, []string{
				"2026-03-23T08:00Z offered=4 accepted=2 declined=1 expired=1 engagements=2 abandoned=1 intime=1 unanswered=1 wait=20s/20s/20s/1 answer=30s/30s/30s/1 " +
					"handling=3m0s/3m0s/3m0s/1 wrapup=30s/30s/30s/1 rating=4.0/1",
				"2026-03-23T09:00Z offered=1 accepted=1 engagements=1 intime=1 wait=10s/10s/10s/1 answer=15s/15s/15s/1 handling=1m5s/1m5s/1m5s/1 wrapup=0s/0s/0s/1",
			}},
			{ByQueue, []string{"1 Help offered=5 accepted=3 declined=1 expired=1 engagements=3 abandoned=1 intime=2 unanswered=1 wait=15s/10s/20s/2 answer=22.5s/15s/30s/2 " +
				"handling=2m2.5s/1m5s/3m0s/2 wrapup=15s/0s/30s/2 rating=4.0/1"}},
			{ByAgent, []string{
				"12 Ada offered=3 accepted=2 declined=1 engagements=2 intime=2 wait=15s/10s/20s/2 answer=22.5s/15s/30s/2 handling=1m2.5s/1m0s/1m5s/2 wrapup=0s/0s/0s/1",
				"13 Bob offered=2 accepted=1 expired=1 engagements=1 handling=2m0s/2m0s/2m0s/1 wrapup=30s/30s/30s/1 rating=4.0/1",
			}},
		} {
			r, err := a.Report(t.Context(), "demo", c.by, start.Add(-time.Hour), start.Add(24*time.Hour), time.UTC)
			if diff := cmp.Diff(c.want, written(r.Rows)); err != nil || diff != "" {
				t.Errorf("by %s: %v (-want +got):\n%s", c.by, err, diff)
			}
		}
		for _, c := range []struct {
			by       By
			from, to time.Time
		}{
			{"month", start, start}, {"", start, start}, {ByDay, start, start.Add(-1)}, {ByDay, start, start.Add(MaxReport + 1)}, {ByHour, start, start.Add(MaxHours + 1)},
		} {
			if _, err := a.Report(t.Context(), "demo", c.by, c.from, c.to, time.UTC); !errors.Is(err, ErrInvalid) {
				t.Errorf("by %s from %s to %s: %v", c.by, c.from, c.to, err)
			}
		}
		if r, err := a.Report(t.Context(), "demo", ByDay, start.Add(-48*time.Hour), start.Add(-24*time.Hour), time.UTC); err != nil || len(r.Rows) > 0 {
			t.Errorf("of a time without anything: %v, %v", r.Rows, err)
		}
	})
}

// TestReportZones: an engagement every half hour, over changes of the clock: each falls
// into its day and hour there, and none is lost.
func TestReportZones(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone  string
		from  time.Time // UTC
		by    By
		count int // of engagements, each half an hour after the one before
		want  []string
	}{
		{"Europe/Vienna", time.Date(2026, 3, 28, 23, 0, 0, 0, time.UTC), ByDay, 50, []string{"2026-03-29=46", "2026-03-30=4"}},
		{"Europe/Vienna", time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC), ByDay, 52, []string{"2026-10-25=50", "2026-10-26=2"}},
		{"Europe/Vienna", time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC), ByHour, 4, []string{"2026-03-29T01:00+01:00=2", "2026-03-29T03:00+02:00=2"}},
		{"Europe/Vienna", time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC), ByHour, 6, []string{
			"2026-10-25T02:00+02:00=2", "2026-10-25T02:00+01:00=2", "2026-10-25T03:00+01:00=2"}},
		{"Asia/Kolkata", time.Date(2026, 3, 23, 18, 0, 0, 0, time.UTC), ByHour, 3, []string{"2026-03-23T23:00+05:30=1", "2026-03-24T00:00+05:30=2"}},
		{"Australia/Lord_Howe", time.Date(2026, 4, 4, 14, 0, 0, 0, time.UTC), ByHour, 5, []string{
			"2026-04-05T01:00+11:00=2", "2026-04-05T01:00+10:30=1", "2026-04-05T02:00+10:30=2"}},
		{"Asia/Beirut", time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC), ByDay, 8, []string{"2026-03-28=4", "2026-03-29=4"}}, // without a midnight
		{"UTC", time.Date(2026, 3, 23, 22, 0, 0, 0, time.UTC), ByDay, 6, []string{"2026-03-23=4", "2026-03-24=2"}},
	} {
		t.Run(fmt.Sprint(c.zone, " ", c.by), func(t *testing.T) {
			t.Parallel()
			l, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			tab := table{by: c.by, location: l, rows: map[string]*row{}}
			for i := range c.count {
				tab.row(c.from.Add(time.Duration(i)*30*time.Minute).UnixMicro(), 0, "").Engagements++
			}
			var got []string
			for _, r := range tab.finish() {
				got = append(got, fmt.Sprintf("%s=%d", r.Key, r.Engagements))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n    int
		want Spread
	}{{0, Spread{}}, {1, Spread{1, 1, 1, 1}}, {2, Spread{2, 1, 1, 2}}, {9, Spread{9, 5, 5, 9}}, {10, Spread{10, 5, 5, 9}}, {100, Spread{100, 50, 50, 90}}} {
		var all []time.Duration
		for i := c.n; i > 0; i-- {
			all = append(all, time.Duration(i))
		}
		if got := spread(all); got != c.want {
			t.Errorf("of 1 to %d: %+v, want %+v", c.n, got, c.want)
		}
	}
}

// TestReportGoal: what is in time is a matter of the site's goal as it is now.
func TestReportGoal(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		w := newWorld(t)
		for range 2 {
			w.chat(site.Contact{}, "a", "b") // answered after 15 s
		}
		slow := w.enter(site.Contact{})
		w.after(40 * time.Second)
		w.accept(ada, slow)
		w.says(ada, slow, "sorry")
		w.must(second(w.site.ConcludeAsVisitor(visitor(w.enter(site.Contact{}))))) // unanswered
		w.enter(site.Contact{})                                                    // nothing is decided
		w.flush()
		a := w.worker(open(Options{}))
		for _, c := range []struct {
			goal    int // seconds
			inTime  int
			percent float64
		}{{0, 3, 75}, {40, 3, 75}, {39, 2, 50}, {15, 2, 50}, {14, 0, 0}} {
			w.settings(func(n *site.Settings) { n.GoalSeconds = c.goal })
			w.flush()
			w.must(a.follower("demo").catchUp(t.Context()))
			r, err := a.Report(t.Context(), "demo", ByDay, start, start.Add(24*time.Hour), time.UTC)
			if err != nil || len(r.Rows) != 1 {
				t.Fatal(r, err)
			}
			row := r.Rows[0]
			if percent, known := row.InTimePercent(); row.InTime != c.inTime || row.Unanswered != 1 || percent != c.percent || !known {
				t.Errorf("goal %d: %d in time, %d unanswered, %v %% (%t); want %d, 1, %v", c.goal, row.InTime, row.Unanswered, percent, known, c.inTime, c.percent)
			}
			if want := time.Duration(max(c.goal, 0)) * time.Second; c.goal > 0 && r.Goal != want || c.goal == 0 && r.Goal != time.Minute {
				t.Errorf("goal %d: the report says %v", c.goal, r.Goal)
			}
			if r.Position != w.site.Position() {
				t.Errorf("the report is of %d events, the site has %d", r.Position, w.site.Position())
			}
		}
		if percent, known := InTimePercent(0, 0, 0); known {
			t.Errorf("of nothing %v %% are in time", percent)
		}
		if percent, _ := InTimePercent(1, 3, 0); percent != 33.3 {
			t.Errorf("one in three is %v %%", percent)
		}
	})
}
