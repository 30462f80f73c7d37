package site

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

// expectTally fails unless the site has this much under way.
func (w *world) expectTally(want Tally) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.Tally(func() {})); diff != "" {
		w.t.Fatalf("the tally (-want +got):\n%s", diff)
	}
}

// TestTally: each number moves with what it counts, and with nothing else.
func TestTally(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.queue(QueueDefinition{ID: 2, Name: "Sales"})
	want := Tally{Queues: map[QueueID]Line{1: {}, 2: {}}}
	w.expectTally(want)

	ada := w.logOn(12)
	want.Agents, want.Available = 1, 1
	w.expectTally(want)

	w.after(time.Second)
	_, first := w.enter(2)
	came := w.now
	w.after(time.Second)
	w.enter(2)
	ann, _ := w.enter(1)
	want.Engagements = 3
	want.Queues = map[QueueID]Line{1: {1, w.now}, 2: {2, came}}
	w.expectTally(want)
	w.after(time.Second)
	w.expectTally(want)

	w.ask(ada, 1) // the first visitor is offered: it waits no more, and the offer was not received
	want.Queues[2] = Line{1, came.Add(time.Second)}
	want.Unreceived, want.Deepest = 1, 1
	w.expectTally(want)
	w.accept(ada, first)
	w.hears(ada, "assignment 1", "joined END_USER Ann Lee")
	w.expectTally(want) // the visitor is told who leads
	w.says(ada, first, "Hello")
	want.Unreceived, want.Deepest = 2, 2
	w.expectTally(want)

	for range 3 {
		w.says(ann, 0, "Is anybody there?")
	}
	w.expectTally(want) // nobody is there yet to receive it

	must[ClientID](w)(w.SetActivityStatus(ada, api.StatusUnavailable, 2))
	want.Available = 0
	w.expectTally(want)
	w.sameAfterReplay()
}

// TestTallyOfLetters: the one that could have been sent longest is told.
func TestTallyOfLetters(t *testing.T) {
	t.Parallel()
	w, ada, ann, e := mailing(t)
	tally := func(letters int, since Time) {
		t.Helper()
		if got := w.Tally(func() {}); got.Letters != letters || got.LetterSince != since {
			t.Fatalf("%d letters, the oldest due since %v; want %d since %v", got.Letters, got.LetterSince, letters, since)
		}
	}
	tally(0, 0)
	w.mails(ann, "")
	tally(1, 0)
	w.after(time.Second)
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, e))
	over := w.now
	tally(1, over)
	w.after(time.Second)
	w.tried(1, LetterFailed)
	tally(1, over)
	w.after(time.Hour)
	w.tried(1, LetterSent)
	tally(0, 0)
}

// TestTallyRests: whoever looks at a large site lets others use it, and what they
// change meanwhile harms nothing.
func TestTallyRests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 * tallyAtOnce {
		w.enter(1)
	}
	rests := 0
	got := w.Tally(func() {
		rests++
		w.enter(1)
		w.queue(QueueDefinition{ID: QueueID(1 + rests), Name: "Another"})
	})
	if rests < 4 { // two for the sessions, and two for the engagements
		t.Errorf("it rested %d times", rests)
	}
	if n := got.Queues[1].Waiting; n < 2*tallyAtOnce || n > 2*tallyAtOnce+rests {
		t.Errorf("%d wait", n)
	}
}

// TestTallyChangesNothing: a site that is looked at all the time decides as one that
// is not.
func TestTallyChangesNothing(t *testing.T) {
	t.Parallel()
	story := func(look bool) string {
		w := newWorld(t)
		step := func() {
			if look {
				w.Tally(func() {})
			}
		}
		ada, bob := w.logOn(12), w.logOn(13)
		for range 5 {
			step()
			w.ask(ada, 1)
			step()
			w.ask(bob, 1)
			step()
			w.after(time.Second)
			_, e := w.enter(1)
			step()
			w.after(90 * time.Second) // the offer ends
			step()
			w.open(ada)
			w.is(e, w.live[e].State)
		}
		w.flush()
		return string(w.journal)
	}
	if diff := cmp.Diff(story(false), story(true)); diff != "" {
		t.Errorf("looking changed what was decided:\n%s", diff)
	}
}

// TestFresh: the posts of a batch that somebody made after a time, and that were not
// kept for whoever gets them.
func TestFresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.enter(1)
	fresh := func(c Caller, after Time) (posted []Time) {
		w.poll(c).Fresh(after, func(at Time) { posted = append(posted, at) })
		return posted
	}
	expect := func(what string, got []Time, want ...Time) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	before := w.now
	w.after(time.Second)
	w.says(ann, 0, "Hello?")
	w.after(time.Second)
	w.ask(ada, MaxConcurrent)
	w.accept(ada, e)
	expect("what was said before the agent came", fresh(ada, before))
	w.after(time.Second)
	w.says(ann, 0, "And now?")
	expect("what was said since", fresh(ada, before), w.now)
	expect("what was said since, after now", fresh(ada, w.now))
	w.acknowledge(ada)
	expect("what was received", fresh(ada, before))
	w.says(ada, e, "Yes")
	w.after(time.Second)
	w.says(ada, e, "here I am")
	expect("what the agent said", fresh(ann, before), w.now.Add(-time.Second), w.now)
	expect("what it said later", fresh(ann, w.now.Add(-time.Second)), w.now)
}

// BenchmarkTally looks at a site with 100,000 live engagements. What matters is how long
// one turn takes, between which others use the site.
func BenchmarkTally(b *testing.B) {
	w := emptyWorld(b)
	w.queue(QueueDefinition{ID: 1, Name: "Support"})
	for range 100_000 {
		w.enter(1)
		w.TakeFrame()
	}
	turns := 0
	for b.Loop() {
		w.Tally(func() { turns++ })
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(turns), "µs/turn")
}
