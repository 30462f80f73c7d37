package pages_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/api/sites"
)

// figures answers what the tiles of the board say, by their names.
func (b *tab) figures() map[string]string {
	b.t.Helper()
	var said map[string]string
	b.eval(`Object.fromEntries([...document.querySelectorAll(".tile")].map(t => [t.querySelector("dt button").textContent, t.querySelector("dd").innerText]))`, &said)
	clear := make(map[string]string)
	for name, value := range said {
		clear[name] = strings.ReplaceAll(strings.Join(strings.Fields(value), " "), " ,", ",")
	}
	return clear
}

// showsFigure returns when a tile says something.
func (b *tab) showsFigure(name, value string) {
	b.t.Helper()
	b.until(name+" "+value, func() error {
		if got := b.figures(); got[name] != value {
			return fmt.Errorf("the tiles say %q", got)
		}
		return nil
	})
}

// counted is what the records of engagements say, which are made from the journal: the
// figures of the day, computed a second time.
func (s *server) counted(ids ...int64) (f sites.Figures) {
	s.t.Helper()
	for _, id := range ids {
		var r sites.Record
		if err := json.Unmarshal(s.asks(fmt.Sprintf("/engagements/%d/record", id)), &r); err != nil {
			s.t.Fatal(err)
		}
		f.Requested++
		var began time.Time
		taken, ended := false, false
		answered := time.Duration(-1)
		for _, l := range r.Lines {
			at, err := time.Parse(time.RFC3339, l.At)
			if err != nil {
				s.t.Fatal(err)
			}
			if began.IsZero() {
				began = at
			}
			switch {
			case l.Kind == sites.RecordPosted && l.Who != nil && l.Who.AccountID != 0 && answered < 0:
				answered = at.Sub(began)
			case l.Kind == sites.RecordJoined && l.Who != nil && l.Who.AccountID != 0:
				taken = true
			case l.Kind == sites.RecordEnded:
				ended = true
			}
		}
		switch {
		case answered >= 0:
			f.Answered++
			if answered <= time.Minute {
				f.InTime++
			}
		case ended:
			f.Unanswered++
			if !taken {
				f.Abandoned++
			}
		}
	}
	return f
}

// TestBoardFigures is check 25 where it is about figures: the tiles, the report and its
// table for spreadsheets all have what the records of the engagements say; and updates
// that are paused stand still.
func TestBoardFigures(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.supervisor()
	ada := s.works("ada", 2)
	var ids []int64
	for _, name := range []string{"Ann", "Bo"} {
		g := s.comes(name, 1)
		ids = append(ids, g.EngagementID)
		ada.until(fmt.Sprintf("accepted %d", g.EngagementID))
		g.writes("Hello")
		ada.answers(g.EngagementID, "How can I help, "+name+"?")
		g.until("said How can I help, " + name + "?")
	}
	cy := s.comes("Cy", 1)
	if err := cy.Conclude(t.Context()); err != nil {
		t.Fatal(err)
	}
	di := s.comes("Di", 1)
	ids = append(ids, cy.EngagementID, di.EngagementID)

	p := newPerson(t)
	b := s.atBoard(p)
	want := s.counted(ids...)
	if want.Requested != 4 || want.Answered != 2 || want.Abandoned != 1 {
		t.Fatalf("the records say %+v", want)
	}
	share := fmt.Sprintf("%.0f%%", 100*float64(want.InTime)/float64(want.Answered+want.Unanswered))
	b.showsFigure("Waiting", "1")
	b.showsFigure("Answered in 60 s today", share+" ▼, under the goal (goal 80%)")
	b.showsFigure("Left the queue today", fmt.Sprintf("%d (%.0f%%)", want.Abandoned, 100*float64(want.Abandoned)/float64(want.Requested)))
	b.shot("tiles")

	// A definition is there for eyes and for ears.
	term := b.get(role("button", "Left the queue today"))
	if definition := s.live().Definitions["abandoned"]; term.about != definition || definition == "" {
		t.Errorf("the tile is described by %q, and means %q", term.about, definition)
	}
	term.focus()
	b.press("Shift+Tab")
	b.press("Tab")
	b.sees(term.about)
	b.shot("definition")
	b.press("Escape")
	b.seesNot(term.about)

	b.get(role("link", "Reports")).click()
	b.get(role("grid", "Reports"))
	b.sees("Highest: 4")
	row := b.get(roleLike("row", "^Support"))
	cells := strings.Fields(row.name)
	if line := fmt.Sprintf("Support %d %d %s %d", want.Requested, want.Answered, share, want.Abandoned); !strings.HasPrefix(strings.Join(cells, " "), line) {
		t.Errorf("the report says %q, expected %q", cells, line)
	}
	b.shot("report")
	var table string
	b.eval(`fetch(document.querySelector("a[download]").href).then(r => r.text())`, &table)
	lines, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil || len(lines) < 3 {
		t.Fatalf("the table is %q, %v", table, err)
	}
	got := make(map[string]string)
	for i, name := range lines[0] {
		got[name] = lines[2][i]
		if name == "abandoned" && lines[1][i] != term.about {
			t.Errorf("the table says of %s %q", name, lines[1][i])
		}
	}
	for name, value := range map[string]int{"engagements": want.Requested, "firstAnswerCount": want.Answered, "inTime": want.InTime, "abandoned": want.Abandoned} {
		if got[name] != fmt.Sprint(value) {
			t.Errorf("the table has %s %s, the records say %d: %q", name, got[name], value, slices.Sorted(maps.Keys(got)))
		}
	}

	b.get(role("link", "Now")).click()
	b.showsFigure("Waiting", "1")
	b.get(role("button", "Pause updates")).click()
	b.sees("Paused since")
	still := b.figures()
	s.comes("Eva", 1)
	other := p.open(s.url("/board/"))
	other.showsFigure("Waiting", "2")
	if after := b.figures(); !maps.Equal(still, after) {
		t.Errorf("paused, the figures went from %q to %q", still, after)
	}
	b.shot("paused")
	b.get(role("button", "Go on")).click()
	b.showsFigure("Waiting", "2")

	// A wait that passes the goal is marked, for ears too.
	s.admin("PATCH", "/settings", `{"goalSeconds":1}`)
	b.until("a wait over the goal", func() error {
		if got := b.figures()["Longest"]; !strings.Contains(got, "▲") || !strings.Contains(got, ", over the goal") {
			return fmt.Errorf("the longest wait is %q", got)
		}
		return nil
	})
	b.shot("late")

	b.eval(`location.hash = "#/reports/agent/2020-01-01/2020-01-02"`, nil)
	b.sees("No chats in this time.")
	b.shot("no data")
}

// TestBoardNotLive: without a connection all figures are grey and say of when they are,
// and what would change something is off; and it goes on by itself.
func TestBoardNotLive(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.supervisor()
	s.works("ada", 2)
	b := s.atBoard(newPerson(t))
	b.showsFigure("Agents", "2 of 3 available")
	s.kill()
	b.sees("Reconnecting… Figures are as of ")
	var colours []string
	b.eval(`(() => {
		const probe = document.createElement("p")
		probe.className = "meta"
		document.querySelector("main").append(probe)
		const grey = getComputedStyle(probe).color
		probe.remove()
		return [...document.querySelectorAll(".figure, .grid td, .grid tbody th")].filter(e => getComputedStyle(e).color !== grey).map(e => e.outerHTML)
	})()`, &colours)
	if len(colours) > 0 {
		t.Errorf("not grey are %q", colours)
	}
	b.shot("reconnecting")
	b.get(roleLike("row", "^Ada")).click()
	b.get(role("button", "Set status…")).click()
	if item := b.get(roleLike("menuitemradio", "^Available")); item.properties["disabled"] != "true" || !strings.Contains(item.name, "Needs a connection.") {
		t.Errorf("the status can be set: %+v", item)
	}
	b.shot("agent")
	b.press("Escape")
	b.press("Escape")
	s.again()
	b.sees("live,")
	b.seesNot("Reconnecting…")
	b.offline(true)
	b.sees("No connection since ")
	b.sees("Figures are as of ")
	b.shot("offline")
	b.accessible("offline")
	b.offline(false)
	b.seesNot("No connection since ")
	b.sees("live,")
}
