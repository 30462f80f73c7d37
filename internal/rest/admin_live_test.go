package rest_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api/sites"
	"usher/internal/testkit"
)

// live looks at the demo's site; query is such as "?after=7".
func live(c caller, query string) sites.Live {
	c.T.Helper()
	return testkit.Decode[sites.Live](c.Server, c.send("GET", "/live"+query, ""))
}

// next waits until there is more than what was seen.
func next(c caller, seen sites.Live) sites.Live {
	c.T.Helper()
	return live(c, fmt.Sprintf("?after=%d", seen.Position))
}

// TestLiveFigures: a board, a report and a table have the same figures, of the same
// events, in the same words, and they are those of what happened.
func TestLiveFigures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		c.ok("PUT", "/hours/4", `{"name":"Office","zone":"Asia/Tokyo","week":[]}`)
		c.ok("PATCH", "/settings", `{"goalSeconds":15,"goalPercent":70}`)
		ada, ann := s.Chat("ada")
		time.Sleep(10 * time.Second)
		ada.Post(ann.Engagement, "hello") // in time
		ada.Ask(2)
		ben := s.Enter(testkit.Support)
		ada.Accept(ben.Engagement)
		time.Sleep(20 * time.Second)
		ada.Post(ben.Engagement, "sorry") // late
		ben.Post("never mind")
		cy := s.Enter(testkit.Echo)
		cy.Call("concludeEngagement", "{}") // nobody took it
		time.Sleep(5 * time.Second)
		ann.Post("one more thing")
		s.Enter(testkit.Echo)
		time.Sleep(2 * time.Second)

		got := live(c, "")
		percent := func(p float64) *float64 { return &p }
		want := sites.Figures{Requested: 4, Answered: 2, InTime: 1, Abandoned: 1, Unanswered: 1, InTimePercent: percent(33.3)}
		if diff := cmp.Diff(want, got.Today); diff != "" || got.Trouble != "" {
			t.Errorf("today (%q) (-want +got):\n%s", got.Trouble, diff)
		}
		if got.Position != s.Position() || got.FiguresPosition != got.Position || got.GoalSeconds != 15 || got.GoalPercent != 70 || got.More {
			t.Errorf("it is of %d events, the figures of %d, the site has %d; goal %d s, %d %%", got.Position, got.FiguresPosition, s.Position(), got.GoalSeconds, got.GoalPercent)
		}
		if got.Zone != "Asia/Tokyo" || got.From != "1999-12-31T15:00:00.000Z" || got.To != "2000-01-01T15:00:00.000Z" {
			t.Errorf("today is from %s to %s, in %s", got.From, got.To, got.Zone)
		}
		for _, q := range got.Queues {
			waits := q.LongestSince != 0
			if waits != (q.Waiting > 0) || waits && q.LongestSince != time.Now().Add(-2*time.Second).UnixMilli() {
				t.Errorf("queue %d: %d wait, since %d", q.QueueID, q.Waiting, q.LongestSince)
			}
		}
		if a := got.Agents; len(a) != 1 || a[0].NeedsAnswer != 2 || a[0].LongestSince != time.Now().Add(-7*time.Second).UnixMilli() || a[0].GoesAt != 0 {
			t.Errorf("agents are %+v", a)
		}
		if e := got.Engagements; len(e) != 3 || e[0].WaitsSince != time.Now().Add(-2*time.Second).UnixMilli() || e[2].WaitsSince != 0 {
			t.Errorf("engagements are %+v", e)
		}

		path := "/reports?by=queue&zone=" + got.Zone
		report := testkit.Decode[sites.Report](s, c.send("GET", path, ""))
		if report.From != got.From || report.To != got.To || report.Position != got.FiguresPosition || report.GoalSeconds != got.GoalSeconds {
			t.Errorf("the report is from %s to %s, of %d events, goal %d s", report.From, report.To, report.Position, report.GoalSeconds)
		}
		table, err := csv.NewReader(strings.NewReader(c.send("GET", path+"&format=csv", "").Body)).ReadAll()
		if err != nil || len(table) != 2+len(report.Rows) {
			t.Fatal(len(table), err)
		}
		queues := map[int64]sites.Figures{}
		for _, q := range got.Queues {
			queues[q.QueueID] = q.Today
		}
		for i, r := range report.Rows {
			row := sites.Figures{Requested: r.Engagements, Answered: r.FirstAnswer.Count, InTime: r.InTime, Abandoned: r.Abandoned, Unanswered: r.Unanswered, InTimePercent: r.InTimePercent}
			if diff := cmp.Diff(row, queues[r.ID]); diff != "" {
				t.Errorf("queue %d (-report +board):\n%s", r.ID, diff)
			}
			cells := map[string]string{}
			for j, name := range table[0] {
				cells[name] = table[2+i][j]
				if words := report.Definitions[name]; words != "" && table[1][j] != words {
					t.Errorf("the table says of %s %q, the report %q", name, table[1][j], words)
				}
			}
			if cells["inTime"] != fmt.Sprint(r.InTime) || cells["inTimePercent"] != fmt.Sprintf("%.1f", *r.InTimePercent) || cells["abandoned"] != fmt.Sprint(r.Abandoned) {
				t.Errorf("queue %d: the table has %v", r.ID, cells)
			}
		}
		for board, of := range map[string]string{"requested": "engagements", "inTime": "inTime", "abandoned": "abandoned", "unanswered": "unanswered", "inTimePercent": "inTimePercent"} {
			if got.Definitions[board] != report.Definitions[of] || !strings.Contains(report.Definitions["inTime"], "15 s") {
				t.Errorf("the board says of %s %q, the report %q", board, got.Definitions[board], report.Definitions[of])
			}
		}
		if elsewhere := live(c, "?zone=Pacific/Honolulu"); elsewhere.Zone != "Pacific/Honolulu" || elsewhere.Today.Requested != 4 {
			t.Errorf("in another zone: %+v", elsewhere.Today)
		}
		time.Sleep(24 * time.Hour)
		if tomorrow := live(c, ""); tomorrow.Today != (sites.Figures{}) || tomorrow.From != got.To {
			t.Errorf("a day later: %+v, from %s", tomorrow.Today, tomorrow.From)
		}
	})
}

// TestLiveWaits: with a position an answer comes when there is more, for all boards
// together once a second at most, and after 30 seconds at the latest.
func TestLiveWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		began := time.Now()
		first := live(c, "")
		if time.Since(began) != 0 {
			t.Errorf("the first look took %v", time.Since(began))
		}
		c.ok("PUT", "/groups/1", `{"name":"a"}`)
		second := next(c, first)
		if took := time.Since(began); took != time.Second || second.Position <= first.Position {
			t.Errorf("the next one came after %v with position %d, after %d", took, second.Position, first.Position)
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if third := next(c, second); time.Since(began) != 8*time.Second || third.Position <= second.Position {
					t.Errorf("when something happens: after %v, position %d", time.Since(began), third.Position)
				}
			})
		}
		time.Sleep(7 * time.Second)
		c.ok("PUT", "/groups/2", `{"name":"b"}`)
		all.Wait()
		time.Sleep(2 * time.Second)
		third := live(c, "")
		began = time.Now()
		if fourth := next(c, third); time.Since(began) != 30*time.Second || fourth.Position != third.Position || fourth.Time-third.Time != 30_000 {
			t.Errorf("without anything: after %v, position %d after %d", time.Since(began), fourth.Position, third.Position)
		}
	})
}

// TestLivePlaces: a site has a hundred boards at once, and then no more.
func TestLivePlaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		seen := live(c, "")
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() { next(c, seen) })
		}
		synctest.Wait()
		c.refused(http.StatusTooManyRequests, "GET", "/live", "", "100 boards look at this site already")
		c.ok("PUT", "/groups/1", `{"name":"a"}`)
		all.Wait()
		live(c, "")
		for _, query := range []string{"?after=x", "?after=-1", "?zone=Moon", "?zone=Local"} {
			c.refused(http.StatusBadRequest, "GET", "/live"+query, "", "expected")
		}
	})
}

// TestPoolLive: a board works at any node, goes on when its site moves, and keeps no
// node from stopping.
func TestPoolLive(t *testing.T) {
	t.Parallel()
	inPool(t, 3, func(t *testing.T, p *testkit.Pool) {
		for i := range 3 {
			c, other := administer(p.At(i)), administer(p.At((i+1)%3))
			seen := live(c, "")
			began := time.Now()
			looked := make(chan sites.Live)
			go func() { looked <- next(c, seen) }()
			time.Sleep(5 * time.Second)
			other.ok("PUT", fmt.Sprintf("/groups/%d", i+1), `{"name":"a"}`)
			if got := <-looked; got.Position <= seen.Position || time.Since(began) > 7*time.Second {
				t.Errorf("at node %d: after %v, position %d after %d", i, time.Since(began), got.Position, seen.Position)
			}
		}
		c := administer(p.At(1))
		seen := live(c, "")
		looked := make(chan sites.Live)
		go func() { looked <- next(c, seen) }()
		time.Sleep(5 * time.Second)
		p.Stop(0)
		administer(p.At(2)).ok("PUT", "/groups/9", `{"name":"a"}`)
		if got := <-looked; got.Position <= seen.Position {
			t.Errorf("after its site has moved: position %d after %d", got.Position, seen.Position)
		}
		owner := p.Owner(testkit.SiteName)
		from := 3 - owner // of 1 and 2
		c = administer(p.At(from))
		time.Sleep(5 * time.Second) // what follows from the move has happened
		seen = live(c, "")
		ended := make(chan int)
		go func() { ended <- c.send("GET", fmt.Sprintf("/live?after=%d", seen.Position), "").Status }()
		time.Sleep(5 * time.Second)
		began := time.Now()
		p.Stop(from)
		if status := <-ended; status != http.StatusServiceUnavailable || time.Since(began) > 2*time.Second {
			t.Errorf("a node that stops answers %d, after %v", status, time.Since(began))
		}
	})
}

// TestFiguresAreDefined: the document says what each figure counts in the words of the
// report.
func TestFiguresAreDefined(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		document, err := os.ReadFile("../../docs/admin.md")
		if err != nil {
			t.Fatal(err)
		}
		report := testkit.Decode[sites.Report](s, administer(s).send("GET", "/reports", ""))
		if len(report.Definitions) < 16 {
			t.Errorf("only %d figures are defined", len(report.Definitions))
		}
		for name, words := range report.Definitions {
			if row := fmt.Sprintf("| `%s` | %s |", name, strings.ReplaceAll(words, "60 s", "`goalSeconds`")); !strings.Contains(string(document), row) {
				t.Errorf("docs/admin.md has no row %s", row)
			}
		}
	})
}
