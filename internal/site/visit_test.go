package site

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

// visited brings Ann, lets Ada take her, and ends the chat; the session is over when
// the visitor has heard it and the grace is, too.
func (w *floor) visited() (ada, ann Caller, e EngagementID) {
	w.t.Helper()
	ada = w.logOn(12)
	ann, e = w.chat(ada)
	w.stops(ada)
	w.says(ann, e, "hi")
	w.says(ada, e, "good bye")
	w.release(ada, e)
	w.catchUp(ada, ann)
	w.open(ada)
	w.after(ConcludedGrace)
	w.nothing(AccessDenied, func() error { return w.Alive(ann) })
	return ada, ann, e
}

// TestAChatIsRatedWhenItIsOver: with the session there, and after it.
func TestAChatIsRatedWhenItIsOver(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", MaxNameBytes)
	for _, c := range []struct {
		name   string
		rating Rating
		want   Code
	}{
		{"worst", Rating{Stars: 1}, ""},
		{"best", Rating{Stars: MaxStars, Comment: "Thanks"}, ""},
		{"none", Rating{}, BadRequest},
		{"less than that", Rating{Stars: -1}, BadRequest},
		{"better than that", Rating{Stars: MaxStars + 1}, BadRequest},
		{"with the longest comment", Rating{Stars: 3, Comment: long}, ""},
		{"with a longer one", Rating{Stars: 3, Comment: long + "x"}, TooLarge},
		{"with one that is not UTF-8", Rating{Stars: 3, Comment: "a\xff"}, BadRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			_, ann, e := w.visited()
			before := w.mark()
			client, err := w.Rate(ann, c.rating)
			if got := codeOf(err); got != c.want {
				t.Fatalf("answered %q (%v), want %q", got, err, c.want)
			}
			if c.want != "" {
				if got := w.since(before); len(got) > 0 {
					t.Errorf("a refusal recorded %v", got)
				}
				return
			}
			if got := w.since(before); len(got) != 1 || got[0] != "EngagementRated" || client == 0 {
				t.Errorf("recorded %v of client %d", got, client)
			}
			w.restart()
			st := must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{}))
			if st.Rating == nil || *st.Rating != c.rating || st.Client != client || st.Engagement != e {
				t.Errorf("it stands as %+v, rated %+v", st, st.Rating)
			}
		})
	}
}

// TestARatingMayBeChanged, and the same again changes nothing; it stays when the
// session ends.
func TestARatingMayBeChanged(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	rate := func(stars int) error { _, err := w.Rate(ann, Rating{Stars: stars}); return err }
	w.nothing(Conflict, func() error { return rate(5) }) // while it goes on
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, e))
	w.refused(rate(5), "")
	w.silent(func() error { return rate(5) })
	w.refused(rate(2), "")
	w.catchUp(ann)
	w.after(ConcludedGrace) // the session is over; Ada still wraps up
	w.is(e, Concluded)
	w.silent(func() error { return rate(2) })
	w.refused(rate(3), "")
	w.restart()
	w.silent(func() error { return rate(3) })
	if got := must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{})).Rating; got == nil || got.Stars != 3 {
		t.Errorf("it is rated %+v, want 3", got)
	}
}

// TestAVisitIsAskedForAWhile: as long as its token could open something, and half an
// hour at least. Under other keys it is not found.
func TestAVisitIsAskedForAWhile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ token, lasts time.Duration }{
		"a token that is over":  {time.Second, AfterChat},
		"a token that is young": {AfterChat + time.Hour, AfterChat + time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFloor(t)
			w.settings(func(s *Settings) { s.MailTranscripts = true })
			ada := w.logOn(12)
			ann, e := w.comes(func(n *EngagementRequest) { n.TokenExpires = w.now.Add(c.token) })
			expires := w.now.Add(c.token)
			w.ask(ada, 1)
			w.accept(ada, e)
			w.release(ada, e)
			w.catchUp(ann)
			w.after(ConcludedGrace)
			until := max(expires, w.now.Add(AfterChat))
			asks := map[string]func(Caller) error{
				"rate":  func(v Caller) error { _, err := w.Rate(v, Rating{Stars: 1 + int(w.now)%4}); return err },
				"stand": func(v Caller) error { _, err := w.VisitorStanding(v, Stretch{}); return err },
				"find":  func(v Caller) error { _, err := w.FindVisit(v); return err },
				"mail":  func(v Caller) error { _, err := w.MailTranscript(v, "ann@example.org"); return err },
			}
			all := func(v Caller, want Code) {
				t.Helper()
				for name, ask := range asks {
					if got := codeOf(ask(v)); got != want {
						t.Errorf("%s is answered %q, want %q", name, got, want)
					}
				}
			}
			all(ann, "")
			all(Caller{Key: "nobody"}, AccessDenied)
			all(Caller{Key: ada.Key}, AccessDenied)
			all(Caller{Key: ann.Key, Account: 12, Agent: true}, AccessDenied)
			w.restart()
			w.after(until.Sub(w.now) - time.Microsecond)
			all(ann, "")
			w.after(time.Microsecond)
			all(ann, AccessDenied)
		})
	}
}

// TestAVisitorsStanding through the life of its engagement.
func TestAVisitorsStanding(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.settings(func(s *Settings) { s.SneakPreview, s.Files.MaxBytes = true, 99 })
	ada, bob := w.logOn(12), w.logOn(13)
	w.enter(0)
	w.after(time.Second)
	ann, e := w.enter(0)
	client := w.byKey[ann.Key]
	stands := func(want VisitorStanding, posts ...string) {
		t.Helper()
		want.Client, want.Engagement, want.Preview, want.Files, want.AbsentSeconds = client, e, true, FileRules{MaxBytes: 99}, 120
		var got VisitorStanding
		w.silent(func() (err error) { got, err = w.VisitorStanding(ann, Stretch{}); return err })
		var said []string
		for _, p := range got.Posts {
			said = append(said, fmt.Sprintf("%s %s: %s", p.Role, p.Name, p.Body))
		}
		got.Posts, got.Wait.ExpectedSeconds, got.Wait.AverageSeconds, got.Wait.Known = nil, 0, 0, false
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("it stands (-want +got):\n%s", diff)
		}
		if fmt.Sprint(said) != fmt.Sprint(posts) {
			t.Errorf("said was %q, want %q", said, posts)
		}
	}
	stands(VisitorStanding{State: Queued, Queue: 1, Wait: Wait{Position: 2}, QueueEnds: w.now.Add(30 * time.Minute), Complete: true})
	w.says(ann, e, "hi")
	w.ask(ada, 9) // the other one first, and then her
	w.is(e, Offered)
	stands(VisitorStanding{State: Queued, Queue: 1, Wait: Wait{Position: 1}, Complete: true}, "END_USER Ann Lee: hi")
	w.accept(ada, e)
	w.confers(ada, e, bob)
	w.monitors(w.logOn(15), e)
	w.says(ada, e, "hello")
	w.notes(ada, e, "a note")
	w.says(bob, e, "me, too")
	in := []Present{
		{Participant{Client: w.byKey[ada.Key], Account: 12, Name: "Ada", Role: api.RoleLead}, api.ConnectionActive, Receipt{Client: w.byKey[ada.Key]}},
		{Participant{Client: w.byKey[bob.Key], Account: 13, Name: "Bob", Role: api.RoleConferee}, api.ConnectionActive, Receipt{Client: w.byKey[bob.Key]}},
	}
	said := []string{"END_USER Ann Lee: hi", "LEAD Ada: hello", "CONFEREE Bob: me, too"}
	idle := w.now.Add(10 * time.Minute)
	stands(VisitorStanding{State: Active, Queue: 1, Agents: in, Last: 4, IdleEnds: idle, Complete: true}, said...)
	w.catchUp(ann)
	stands(VisitorStanding{State: Active, Queue: 1, Agents: in, Last: 4, Received: 4, IdleEnds: idle, Complete: true}, said...)
	w.leaves(bob, e)
	said[2] = "LEAD Bob: me, too" // whose role is not known any more
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, e))
	stands(VisitorStanding{State: Concluded, Queue: 1, Last: 6, Received: 4, Complete: true}, said...)
	w.catchUp(ann)
	w.after(ConcludedGrace)
	stands(VisitorStanding{State: Concluded, Queue: 1, Complete: true}, said...)
	w.release(ada, e)
	stands(VisitorStanding{State: Concluded})
}

// TestWhatWasSaidIsReadInStretches, after a post's number, and what memory has lost
// is told to be missing.
func TestWhatWasSaidIsReadInStretches(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	for n := range MaxHistoryAnswer + 20 {
		w.says([]Caller{ann, ada}[n%2], e, fmt.Sprint(n+1))
	}
	for _, c := range []struct {
		after       int64
		most        int
		first, last string
		more        bool
	}{
		{0, 0, "1", "200", true}, {0, 5, "1", "5", true}, {0, 999, "1", "200", true}, {0, -1, "1", "200", true},
		{200, 0, "201", "220", false}, {200, 20, "201", "220", false}, {200, 19, "201", "219", true}, {-9, 1, "1", "1", true},
	} {
		st := must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{After: c.after, Most: c.most}))
		if n := len(st.Posts); n == 0 || st.Posts[0].Body != c.first || st.Posts[n-1].Body != c.last || st.More != c.more || !st.Complete {
			t.Errorf("after %d, at most %d: %d posts, more %t, complete %t", c.after, c.most, n, st.More, st.Complete)
		}
	}
	if st := must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{After: 220})); len(st.Posts) != 0 || st.More {
		t.Errorf("after the last one there is %+v", st.Posts)
	}
	for n := range MaxHistoryPosts + chunkPosts {
		w.says(ann, e, fmt.Sprint("later ", n))
		if n%100 == 0 {
			w.catchUp(ada)
		}
	}
	if st := must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{Most: 1})); st.Complete || st.Posts[0].Number == 1 {
		t.Errorf("from post %d on it is complete: %t", st.Posts[0].Number, st.Complete)
	}
}

// TestAVisitIsFoundInTheJournal: where its first event stands, by whatever key.
func TestAVisitIsFoundInTheJournal(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	w.enter(0)
	w.flush()
	begin := w.Position()
	ann, e := w.comes(func(n *EngagementRequest) { n.Identity = "ann" })
	want := VisitFound{Client: w.byKey[ann.Key], Engagement: e, Begin: begin}
	found := func() {
		t.Helper()
		w.silent(func() error {
			got, err := w.FindVisit(ann)
			if got != want {
				t.Errorf("found %+v, want %+v", got, want)
			}
			return err
		})
	}
	found()
	w.flush()
	lines := strings.Split(string(w.journal), "\n")
	if !strings.Contains(lines[begin], `"EngagementRequested","data":{"engagement":2,`) {
		t.Errorf("there stands %s", lines[begin])
	}
	ann, _ = w.comes(func(n *EngagementRequest) { n.Identity, n.Resume = "ann", true })
	found()
	w.ask(ada, 9)
	w.accept(ada, e)
	w.restart()
	found()
	w.checkpoint()
	w.release(ada, e)
	w.catchUp(ann)
	w.after(ResumeGrace)
	w.nothing(AccessDenied, func() error { return w.Alive(ann) })
	found()
	w.restart()
	found()
}
