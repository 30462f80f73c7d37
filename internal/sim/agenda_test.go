package sim

import (
	"slices"
	"testing"
	"time"
)

// quietWorld is one in which nothing happens but what a test plans.
func quietWorld(t *testing.T) *world {
	t.Helper()
	return newWorld(1, tamper{})
}

func TestAgendaGoesByTimeAndThenByTurn(t *testing.T) {
	w := quietWorld(t)
	var got []string
	note := func(s string) func() { return func() { got = append(got, s) } }
	w.in(2*time.Second, note("late"))
	w.in(time.Second, note("first"))
	w.in(time.Second, func() {
		note("second")()
		w.in(0, note("at once"))
	})
	w.in(time.Minute, note("never"))
	off := w.in(time.Second, note("off"))
	w.cancel(off)
	w.pass(3 * time.Second)
	if want := []string{"first", "second", "at once", "late"}; !slices.Equal(got, want) {
		t.Errorf("it happened %q, want %q", got, want)
	}
	if w.now != 3*time.Second || w.agenda.flying != 1 {
		t.Errorf("it is %v with %d under way, want 3s and 1", w.now, w.agenda.flying)
	}
}

func TestWhatAPausedNodeIsToDoWaits(t *testing.T) {
	for _, dies := range []bool{false, true} {
		w := quietWorld(t)
		n := &node{w: w, slot: &slot{}, up: true}
		var got []string
		note := func(s string) func() { return func() { got = append(got, s+" "+w.now.String()) } }
		w.plan(&event{at: time.Second, node: n, run: note("an answer")})
		w.clock(2*time.Second, n, note("a clock"))
		n.paused = true
		w.pass(5 * time.Second)
		n.run(note("a request"))
		if len(got) > 0 {
			t.Fatalf("a paused node did %q", got)
		}
		if dies {
			n.ends()
		} else {
			n.resume()
		}
		w.pass(time.Second)
		slices.Sort(got)
		var want []string
		if !dies {
			want = []string{"a clock 5s", "a request 5s", "an answer 5s"}
		}
		if !slices.Equal(got, want) || w.agenda.flying != 0 {
			t.Errorf("dies %t: it did %q with %d under way after, want %q and none", dies, got, w.agenda.flying, want)
		}
	}
}

func TestWhatSpinsIsFound(t *testing.T) {
	w := quietWorld(t)
	var again func()
	again = func() { w.in(0, again) }
	again()
	w.pass(time.Second)
	if w.broken == nil {
		t.Error("nothing was found")
	}
}
