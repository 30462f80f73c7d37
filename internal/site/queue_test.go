package site

import (
	"slices"
	"testing"
	"time"
)

// parked brings visitors who wait with a poll open.
func (w *world) parked(n int) []Caller {
	w.t.Helper()
	var all []Caller
	for range n {
		c, _ := w.enter(0)
		w.open(c)
		w.Collect(c.Key, w.Position())
		all = append(all, c)
	}
	return all
}

// toldOf answers what each visitor's mailbox tells without its asking anew.
func (w *world) toldOf(c Caller) []string {
	x := w.session(w.byKey[c.Key])
	return tell(x.Mailbox.ready(w.Position()))
}

func TestAWaitingVisitorIsToldItsPlaceWhenItChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, _ := w.enter(0)
	second, _ := w.enter(0)
	w.hears(first, "wait 1")
	w.hears(second, "wait 2")
	w.after(time.Minute)
	w.hears(second) // nothing changed
	must[ClientID](w)(w.ConcludeAsVisitor(first))
	w.hears(second, "wait 1")
	w.hears(second)
	w.poll(second)
	w.Unheard(second.Key) // that answer got lost
	w.hears(second, "wait 1")
}

func TestPlacesInFrontAreToldEverySecondTheOthersEveryTen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.after(time.Minute)
	all := w.parked(NearPlaces + 3)
	w.after(0)         // the notice of these arrivals
	w.after(NoticeFar) // is long over
	must[ClientID](w)(w.ConcludeAsVisitor(all[0]))
	w.after(0)
	if got := w.toldOf(all[1]); !slices.Equal(got, []string{"wait 1"}) {
		t.Errorf("the next is told %v at once", got)
	}
	if got := w.toldOf(all[NearPlaces+1]); !slices.Equal(got, []string{"wait 11"}) {
		t.Errorf("the eleventh is told %v at once", got)
	}
	for _, c := range all {
		w.toldOf(c)
	}
	must[ClientID](w)(w.ConcludeAsVisitor(all[1]))
	w.after(NoticeNear - time.Microsecond)
	if got := w.toldOf(all[2]); got != nil {
		t.Errorf("the next is told %v within a second", got)
	}
	w.after(time.Microsecond)
	if got := w.toldOf(all[2]); !slices.Equal(got, []string{"wait 1"}) {
		t.Errorf("the next is told %v after a second", got)
	}
	last := all[NearPlaces+2]
	if got := w.toldOf(last); got != nil {
		t.Errorf("the eleventh is told %v after a second", got)
	}
	w.after(NoticeFar - NoticeNear - time.Microsecond)
	if got := w.toldOf(last); got != nil {
		t.Errorf("the eleventh is told %v within ten seconds", got)
	}
	w.after(time.Microsecond)
	if got := w.toldOf(last); !slices.Equal(got, []string{"wait 11"}) {
		t.Errorf("the eleventh is told %v after ten seconds", got)
	}
}

func TestPlacesAreToldAsGrowth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := w.parked(2)
	w.after(0)
	w.after(time.Minute)
	away, _ := w.enter(0) // without a poll: it is told when it polls
	must[ClientID](w)(w.ConcludeAsVisitor(all[0]))
	w.flush()
	w.after(0)
	if g := w.TakeGrowth(); len(g) != 1 || g[0].Key != all[1].Key || g[0].Position > w.Position() {
		t.Errorf("grown: %+v, want %s", g, all[1].Key)
	}
	w.hears(away, "wait 2")
}

func TestAnAcceptEndsTheTalkOfPlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, e := w.enter(0)
	w.open(ann)
	w.after(time.Second) // told, but not retrieved
	ada := w.logOn(12)
	w.ask(ada, 1)
	w.accept(ada, e)
	w.hears(ann, "joined LEAD Ada")
}

// TestTheExpectedWait: with two places and chats of 90 s, the third in line can
// expect 135 s.
func TestTheExpectedWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q := w.queues[1]
	wait := func(place int) Wait { return w.pace(q).wait(place) }
	if got := wait(3); got != (Wait{Position: 3}) {
		t.Errorf("with nothing measured and nobody there: %+v", got)
	}
	ada := w.logOn(12)
	w.ask(ada, 2)
	if got := wait(1); got != (Wait{Position: 1, Known: true}) {
		t.Errorf("with somebody free: %+v", got)
	}
	var held []EngagementID
	for range 2 {
		_, e := w.enter(0)
		w.after(10 * time.Second)
		w.accept(ada, e)
		held = append(held, e)
	}
	if got := wait(2); got != (Wait{Position: 2, ExpectedSeconds: 10, AverageSeconds: 10, Known: true}) {
		t.Errorf("before anybody was done: %+v, want the average of the waits", got)
	}
	w.after(75 * time.Second)
	for _, e := range held { // 85 s and 75 s after their accepts
		must[ClientID](w)(w.ConcludeAsAgent(ada, e))
	}
	w.after(10 * time.Second) // wrap-up takes the place, too
	for _, e := range held {
		must[ClientID](w)(w.Release(ada, e))
	}
	if got := wait(3); got != (Wait{Position: 3, ExpectedSeconds: 135, AverageSeconds: 10, Known: true}) {
		t.Errorf("with chats of 95 s and 85 s: %+v", got)
	}
	must[ClientID](w)(w.Logoff(ada, true))
	if got := wait(3); got.Known {
		t.Errorf("with nobody there: %+v, which nobody can know", got)
	}
	w.after(2 * time.Hour)
	if got := wait(3); got != (Wait{Position: 3}) {
		t.Errorf("two hours later: %+v", got)
	}
}

// TestPlacesAreSharedByWhatCameIn: an agent for two queues counts for each by its
// part of the arrivals.
func TestPlacesAreSharedByWhatCameIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(QueueDefinition{ID: 2, Name: "Sales"}))
	w.ask(w.logOn(12), 6)
	for range 3 {
		w.enter(1)
	}
	w.enter(2)
	w.settle()
	if one, two := w.share(w.queues[1]), w.share(w.queues[2]); one != 4 || two != 2 {
		t.Errorf("six places are shared as %v and %v, want 4 and 2", one, two)
	}
}

func TestTheWaitIsMeasuredFromTheQueueToTheAccept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	_, e := w.enter(0)
	w.after(30 * time.Second)
	w.ask(ada, 1)
	w.after(5 * time.Second)
	w.accept(ada, e)
	ann, _ := w.enter(0)
	b := w.poll(ann)
	if got := *b.Deliveries[0].Message.Wait; got != (Wait{Position: 1, ExpectedSeconds: 35, AverageSeconds: 35, Known: true}) {
		t.Errorf("told %+v", got)
	}
}

// TestWhoIsOfferedIsTheNext: a visitor hears of a place also while an agent is
// asked, and once only.
func TestWhoIsOfferedIsTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	w.ask(ada, 1)
	ann, e := w.enter(0)
	w.is(e, Offered)
	w.hears(ann, "wait 1")
	w.hears(ann)
	w.accept(ada, e)
	w.hears(ann, "joined LEAD Ada")
}
