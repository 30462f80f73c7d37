package site

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/api"
)

// asking answers the caller as one who asks for usher's own messages.
func asking(c Caller) Caller { c.Own = true; return c }

// confirms retrieves and says by its position that it has all of it. The retrieval that
// says so may itself be handed something, which is dropped.
func (w *world) confirms(c Caller) {
	w.t.Helper()
	b := w.poll(c)
	c.Acked, c.Ack = true, max(w.heard[c.Key], b.Last)
	w.poll(c)
}

// owns answers what a session is told of usher's own, and forgets the rest.
func (w *world) owns(c Caller) []string {
	w.t.Helper()
	var told []string
	for _, d := range w.receive(asking(c)).Deliveries {
		switch d.Message.Kind {
		case KindReceipt, KindIdle, KindVisitor, KindConnection:
			told = append(told, tellMessage(d.Message))
		}
	}
	return told
}

func (w *world) tellsOwn(c Caller, want ...string) {
	w.t.Helper()
	if got := w.owns(c); !slices.Equal(got, want) {
		w.t.Fatalf("of usher's own it is told %q, want %q", got, want)
	}
}

// receiptFor is how far somebody is, as somebody else is shown it.
func (w *world) receiptFor(e EngagementID, of, to Caller) Receipt {
	x := w.live[e]
	return w.shown(x, x.receipt(w.byKey[of.Key]), w.byKey[to.Key])
}

func (w *world) sees(c Caller, e EngagementID, n int64) {
	w.t.Helper()
	if c.Agent {
		must[ClientID](w)(w.SeenByAgent(c, e, n))
		return
	}
	must[ClientID](w)(w.SeenByVisitor(c, n))
}

func TestAReceiptIsWhatAPositionSaid(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	w.tellsOwn(ada) // both ask from here on
	w.tellsOwn(ann)
	is := func(of, to Caller, received int64) {
		t.Helper()
		if r := w.receiptFor(e, of, to); r != (Receipt{Client: w.byKey[of.Key], Received: received}) {
			t.Errorf("it is %+v, want %d received", r, received)
		}
	}
	w.says(ann, e, "one")
	w.catchUp(ada) // which infers it
	w.tellsOwn(ann)
	is(ada, ann, 0)
	w.says(ann, e, "two")
	w.poll(asking(ada)) // which was handed it, and no more is known
	w.tellsOwn(ann)
	w.confirms(asking(ada))
	w.tellsOwn(ann, fmt.Sprintf("receipt of %d: received 2, seen 0", w.byKey[ada.Key]))
	is(ada, ann, 2)
	w.confirms(asking(ada)) // again: nothing is new
	w.tellsOwn(ann)
	w.says(ada, e, "three")
	w.confirms(asking(ann))
	w.tellsOwn(ada, fmt.Sprintf("receipt of %d: received 3, seen 0", w.byKey[ann.Key]))

	// It outlives a restart, after which who asks anew is told.
	w.checkpoint()
	w.restart()
	is(ann, ada, 3)
	w.tellsOwn(ada, fmt.Sprintf("receipt of %d: received 3, seen 0", w.byKey[ann.Key]))
	w.tellsOwn(ada)
	held := must[Holdings](w.world)(w.Engagements(ada)).Held[0].Participants
	if len(held) != 1 || held[0].Receipt.Received != 3 || held[0].Role != api.RoleEndUser {
		t.Errorf("Ada is with %+v", held)
	}
	if got := must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{})); len(got.Agents) != 1 || got.Agents[0].Receipt.Received != 2 {
		t.Errorf("Ann is with %+v", got.Agents)
	}
}

// TestPostsThatCross: what was posted while the other's own post was on its way is
// confirmed by its number, and nothing later.
func TestPostsThatCross(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	w.tellsOwn(ada)
	w.says(ann, e, "one")
	w.says(ada, e, "two")
	b := w.poll(asking(ada)) // it has "one"
	w.says(ann, e, "three")
	w.says(ada, e, "four")
	ada.Acked, ada.Ack = true, b.Last
	w.poll(asking(ada))
	if r := w.receiptFor(e, ada, ann); r.Received != 1 {
		t.Errorf("Ada has received %d, and it was 1", r.Received)
	}
	w.confirms(asking(ann))
	if r := w.receiptFor(e, ann, ada); r.Received != 4 {
		t.Errorf("Ann has received %d, and it was 4", r.Received)
	}
}

func TestSeenIsWhatAPageSaid(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, sue := w.logOn(12), w.logOn(15)
	ann, e := w.chat(ada)
	for _, c := range []Caller{ada, ann} {
		w.tellsOwn(c)
	}
	w.nothing(BadRequest, func() error { _, err := w.SeenByVisitor(ann, 1); return err }) // there is none
	for n := range 3 {
		w.says(ann, e, fmt.Sprint(n+1))
		w.says(ada, e, fmt.Sprint(n+1))
	}
	for _, n := range []int64{-1, 0, 7, 1 << 60} {
		w.nothing(BadRequest, func() error { _, err := w.SeenByAgent(ada, e, n); return err })
		w.nothing(BadRequest, func() error { _, err := w.SeenByVisitor(ann, n); return err })
	}
	w.nothing(BadRequest, func() error { _, err := w.SeenByAgent(sue, e, 1); return err })
	w.nothing(AccessDenied, func() error { _, err := w.SeenByVisitor(Caller{Key: "nobody"}, 1); return err })
	w.owns(ada)
	w.owns(ann)

	w.sees(ann, e, 4)
	w.tellsOwn(ada, fmt.Sprintf("receipt of %d: received 0, seen 4", w.byKey[ann.Key]))
	w.silent(func() error { _, err := w.SeenByVisitor(ann, 4); return err })
	w.silent(func() error { _, err := w.SeenByVisitor(ann, 2); return err }) // it never goes back
	w.sees(ada, e, 5)
	w.tellsOwn(ann) // visitors are not shown it unless the site says so
	if got := must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{})); got.Agents[0].Receipt.Seen != 0 || got.Seen != 4 {
		t.Errorf("Ann is shown %+v, and has seen %d", got.Agents[0].Receipt, got.Seen)
	}
	w.settings(func(s *Settings) { s.ShowSeenToVisitors, s.HideSeenFromAgents = true, true })
	w.sees(ada, e, 6)
	w.tellsOwn(ann, fmt.Sprintf("receipt of %d: received 0, seen 6", w.byKey[ada.Key]))
	w.sees(ann, e, 6)
	w.tellsOwn(ada)
	if r := must[Holdings](w.world)(w.Engagements(ada)).Held[0].Participants[0].Receipt; r.Seen != 0 {
		t.Errorf("Ada is shown %+v", r)
	}
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, e))
	w.sees(ada, e, 6)
	w.release(ada, e)
	w.silent(func() error { _, err := w.SeenByVisitor(ann, 1); return err }) // nobody would be shown it
}

// TestAVisitorLearnsNothingOfWhatIsHiddenFromIt, not by a number, nor by being told
// anything at all.
func TestAVisitorLearnsNothingOfWhatIsHiddenFromIt(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.settings(func(s *Settings) { s.ShowSeenToVisitors = true })
	ada, bob, sue := w.logOn(12), w.logOn(13), w.logOn(15)
	ann, e := w.chat(ada)
	for _, c := range []Caller{ada, bob, sue, ann} {
		w.owns(c)
	}
	w.says(ann, e, "one")
	w.confers(ada, e, bob)
	w.confirms(asking(ada))
	w.tellsOwn(ann, fmt.Sprintf("receipt of %d: received 1, seen 0", w.byKey[ada.Key]))

	// A whisper, and that it was received and seen.
	w.notes(bob, e, "psst")
	w.confirms(asking(ada))
	w.tellsOwn(ann)
	w.sees(ada, e, 1)
	w.tellsOwn(ann, fmt.Sprintf("receipt of %d: received 1, seen 1", w.byKey[ada.Key]))
	w.sees(ada, e, 2)
	w.tellsOwn(ann)
	for _, n := range []int64{2, 3} { // there is nothing after the first, as far as she may know
		err := func() error { _, err := w.SeenByVisitor(ann, n); return err }()
		w.refused(err, BadRequest)
		if !strings.Contains(err.Error(), "the newest is 1") {
			t.Errorf("she is told %q", err)
		}
	}
	if r := w.receiptFor(e, ada, bob); r.Received != 2 || r.Seen != 2 {
		t.Errorf("Bob, who wrote it, is shown %+v", r)
	}
	w.says(ann, e, "three")
	w.notes(bob, e, "psst again")
	w.says(ada, e, "five")
	w.sees(ann, e, 4) // the team's own text stands for the one before
	if r := w.receiptFor(e, ann, bob); r.Seen != 3 {
		t.Errorf("Bob is shown that Ann has seen %d", r.Seen)
	}

	// A supervisor who watches.
	w.owns(ann)
	w.monitors(sue, e)
	w.says(ann, e, "six")
	w.confirms(asking(sue))
	w.sees(sue, e, 6)
	w.tellsOwn(ann)
	if r := w.receiptFor(e, sue, ann); r != (Receipt{Client: w.byKey[sue.Key]}) {
		t.Errorf("Ann is shown %+v of who watches", r)
	}
	if r := w.receiptFor(e, sue, ada); r.Received != 6 || r.Seen != 6 {
		t.Errorf("Ada is shown %+v", r)
	}
	w.says(ann, e, "seven")
	w.poll(asking(sue))
	w.leaves(sue, e)
	w.confirms(asking(sue)) // who is gone
	w.tellsOwn(ann)
	if got := w.owns(bob); slices.Contains(got, fmt.Sprintf("receipt of %d: received 7, seen 6", w.byKey[sue.Key])) {
		t.Errorf("Bob is told %q of who has left", got)
	}

	// What she watched stays hidden when she is seen at last.
	must[Invited](w.world)(w.Invite(sue, e, 15, api.AssignmentConference, ""))
	if r := w.receiptFor(e, sue, ann); r != (Receipt{Client: w.byKey[sue.Key]}) {
		t.Errorf("Ann is shown %+v of who watched", r)
	}
	w.says(ann, e, "eight")
	w.confirms(asking(sue))
	w.tellsOwn(ann, fmt.Sprintf("receipt of %d: received 8, seen 0", w.byKey[sue.Key]))
}

// TestWhoTakesOverHasNotWatched in the visitor's eyes.
func TestWhoTakesOverHasNotWatched(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, sue := w.logOn(12), w.logOn(15)
	ann, e := w.chat(ada)
	w.owns(ann)
	w.monitors(sue, e)
	w.says(ann, e, "one")
	w.confirms(asking(sue))
	w.takesOver(sue, e)
	w.tellsOwn(ann)
	if r := w.receiptFor(e, sue, ann); r.Received != 0 {
		t.Errorf("Ann is shown %+v", r)
	}
	w.says(ann, e, "two")
	w.confirms(asking(sue))
	w.tellsOwn(ann, fmt.Sprintf("receipt of %d: received 2, seen 0", w.byKey[sue.Key]))
}

// TestAWhisperToOneIsNoNumberForOthers: nor do agents learn of a text that was meant for
// another agent alone.
func TestAWhisperToOneIsNoNumberForOthers(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
	ann, e := w.chat(ada)
	w.confers(ada, e, bob)
	w.confers(ada, e, cyd)
	w.says(ann, e, "one")
	must[Taken](w.world)(w.Whisper(ada, w.byKey[bob.Key], api.PartyAgent, NewPost{Body: "psst"}))
	w.confirms(bob)
	for to, want := range map[string]int64{string(ada.Key): 2, string(cyd.Key): 1} {
		if r := w.receiptFor(e, bob, Caller{Key: SessionKey(to)}); r.Received != want {
			t.Errorf("%s is shown %+v, want %d", to, r, want)
		}
	}
	for _, c := range []struct {
		who  Caller
		want int64
	}{{ada, 2}, {bob, 2}, {cyd, 1}} {
		if got := must[Holdings](w.world)(w.Engagements(c.who)).Held[0].LastPost; got != c.want {
			t.Errorf("for account %d the last post is %d, want %d", c.who.Account, got, c.want)
		}
	}
	w.nothing(BadRequest, func() error { _, err := w.SeenByAgent(cyd, e, 2); return err })
}

// TestWhoDoesNotAskIsToldNothingOfUshersOwn.
func TestWhoDoesNotAskIsToldNothingOfUshersOwn(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	stir := func() {
		w.says(ann, e, "one")
		w.confirms(asking(ann))
		w.sees(ann, e, w.live[e].LastPost)
		must[ClientID](w.world)(w.ViewPage(ann, "https://shop.example/"+string(w.key("page")), ""))
	}
	none := func() {
		t.Helper()
		for _, d := range w.receive(ada).Deliveries {
			if d.Fleeting && d.Message.Kind != KindActivity {
				t.Errorf("Ada is told %q", tellMessage(d.Message))
			}
		}
	}
	w.open(ann) // who stays
	w.open(ada)
	stir()
	none()
	w.receive(asking(ada))
	stir()
	none() // she asks no more: what waits for her is dropped
	w.receive(asking(ada))
	stir()
	w.after(540 * time.Second) // and the warning
	ada = w.logOn(12)          // another program took the session over
	stir()
	none()
	if got := w.owns(ada); len(got) == 0 {
		t.Error("who asks is told nothing")
	}
}

// TestOldReceiptsAreReckonedFromMemory: of posts that memory has no longer, whoever has
// received a later one has received all.
func TestOldReceiptsAreReckonedFromMemory(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	for n := range MaxHistoryPosts + 3*chunkPosts {
		if n == MaxHistoryPosts {
			w.confirms(ann)
		}
		w.notes(ada, e, "to nobody")
		if n < 10 {
			w.says(ada, e, "hi")
		}
	}
	oldest := w.live[e].OldestPost
	if oldest < 20 {
		t.Fatalf("memory has all from post %d on", oldest)
	}
	if got := w.live[e].receipt(w.byKey[ann.Key]).Received; got != 20 {
		t.Fatalf("Ann has received %d", got)
	}
	if r := w.receiptFor(e, ann, ada); r.Received != 20 {
		t.Errorf("Ada is shown %+v", r)
	}
	if got := w.live[e].newestFor(w.byKey[ann.Key], w.live[e].LastPost); got != oldest-1 {
		t.Errorf("the newest that Ann may see is %d, want %d", got, oldest-1)
	}
}

// TestAProgramThatTakesOverIsToldAnew what the one before it was told.
func TestAProgramThatTakesOverIsToldAnew(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	ann, e := w.comes(func(n *EngagementRequest) { n.Identity = "ann" })
	w.ask(ada, 1)
	w.accept(ada, e)
	w.owns(ada)
	w.owns(ann)
	w.says(ann, e, "one")
	w.confirms(asking(ada))
	w.says(ada, e, "two")
	w.confirms(asking(ann))
	w.tellsOwn(ada, fmt.Sprintf("receipt of %d: received 2, seen 0", w.byKey[ann.Key]))
	w.tellsOwn(w.logOn(12), fmt.Sprintf("receipt of %d: received 2, seen 0", w.byKey[ann.Key]))
	w.owns(ann)
	n := w.request(func(n *EngagementRequest) { n.Identity, n.Resume = "ann", true })
	must[EngagementOpened](w.world)(w.RequestEngagement(n))
	w.tellsOwn(Caller{Key: n.Key}, fmt.Sprintf("receipt of %d: received 1, seen 0", w.live[e].Lead))
}
