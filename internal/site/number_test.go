package site

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

// TestAPostIsAnsweredItsNumber, and a repeat the number and the time of the first, also
// when the site was loaded anew between them.
func TestAPostIsAnsweredItsNumber(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.settings(func(s *Settings) { s.Spam, s.SpamLimits.MaxLinks = true, 1 })
	ada, bob := w.logOn(12), w.logOn(13)
	ann, e := w.chat(ada)
	w.confers(ada, e, bob)
	spam := NewPost{Body: "http://a.example http://b.example", MessageID: "m3"}
	tries := []struct {
		post  func() (Taken, error)
		first Taken
	}{
		{post: func() (Taken, error) { return w.PostAsVisitor(ann, NewPost{Body: "hi", MessageID: "m1"}) }},
		{post: func() (Taken, error) { return w.PostAsAgent(ada, e, NewPost{Body: "hello", MessageID: "m1"}) }},
		{post: func() (Taken, error) {
			return w.PostAsAgent(ada, e, NewPost{Body: "psst", MessageID: "m2", Visibility: api.VisibilityNotEndUser})
		}},
		{post: func() (Taken, error) {
			return w.Whisper(ada, w.byKey[bob.Key], api.PartyAgent, NewPost{Body: "psst", MessageID: "m3"})
		}},
		{post: func() (Taken, error) {
			return w.PostAsVisitor(ann, NewPost{Body: "secret", MessageID: "m2", OffTheRecord: true})
		}},
		{post: func() (Taken, error) {
			return w.PostAsAgent(ada, e, NewPost{File: &File{ID: string(w.key("file")), Name: "cat.png", Type: "image/png", Size: 9}, MessageID: "m4"})
		}},
		{post: func() (Taken, error) { return w.PostAsVisitor(ann, spam) }},
	}
	for n := range tries {
		x := &tries[n]
		x.first = must[Taken](w.world)(x.post())
		number, at := int64(n+1), w.now
		if len(x.first.Blocked) > 0 {
			number, at = 0, 0
		}
		if x.first.Number != number || x.first.At != at || x.first.Repeated {
			t.Errorf("post %d is answered %+v", n+1, x.first)
		}
		w.after(time.Second)
	}
	again := func() {
		t.Helper()
		for n, x := range tries {
			got := must[Taken](w.world)(x.post())
			if got.Number != x.first.Number || got.At != x.first.At || !got.Repeated {
				t.Errorf("post %d again is answered %+v; it was %+v", n+1, got, x.first)
			}
		}
	}
	again()
	w.restart()
	again()
	w.checkpoint()
	var parts []Part
	for _, k := range sortedKeys(w.parts) {
		parts = append(parts, Part{Key: k, Data: w.parts[k]})
	}
	s, err := Restore(w.Position(), parts, w.sideTexts())
	if err != nil {
		t.Fatal(err)
	}
	s.Resumed(w.now)
	got, err := s.PostAsVisitor(ann, NewPost{Body: "hi", MessageID: "m1"})
	if err != nil || got.Number != 1 || got.At != start {
		t.Errorf("after a checkpoint the repeat is answered %+v, %v", got, err)
	}
	// The notice names what was held back.
	posts := must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{})).Posts
	if diff := cmp.Diff(map[string]string{"blockedMessageId": "m3"}, posts[len(posts)-1].Data); diff != "" {
		t.Errorf("the notice says (-want +got):\n%s", diff)
	}
	spam.MessageID = ""
	must[Taken](w.world)(w.PostAsVisitor(ann, spam))
	posts = must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{})).Posts
	if got := posts[len(posts)-1].Data; got != nil {
		t.Errorf("the notice of a post without an id says %v", got)
	}
}

// TestWhatWasSaidIsReadBackwards, as each may see it.
func TestWhatWasSaidIsReadBackwards(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	ann, e := w.chat(ada)
	w.confers(ada, e, bob)
	for n := 1; n <= 10; n++ { // 3, 6 and 9 are for the team, 10 for Bob alone
		switch {
		case n == 10:
			must[Taken](w.world)(w.Whisper(ada, w.byKey[bob.Key], api.PartyAgent, NewPost{Body: "10"}))
		case n%3 == 0:
			w.notes(ada, e, fmt.Sprint(n))
		default:
			w.says([]Caller{ann, ada}[n%2], e, fmt.Sprint(n))
		}
	}
	cyd := w.logOn(14)
	w.confers(ada, e, cyd)
	for n, c := range []struct {
		s    Stretch
		who  Caller
		want []int64
		more bool
	}{
		{Stretch{Newest: true, Most: 3}, ann, []int64{5, 7, 8}, true},
		{Stretch{Newest: true, Most: 6}, ann, []int64{1, 2, 4, 5, 7, 8}, false},
		{Stretch{Newest: true}, ann, []int64{1, 2, 4, 5, 7, 8}, false},
		{Stretch{Before: 5, Most: 2}, ann, []int64{2, 4}, true},
		{Stretch{Before: 5, Most: 3}, ann, []int64{1, 2, 4}, false},
		{Stretch{Before: 5, Newest: true, Most: 3}, ann, []int64{1, 2, 4}, false},
		{Stretch{Before: 1}, ann, nil, false},
		{Stretch{Before: 99, Most: 1}, ann, []int64{8}, true},
		{Stretch{Newest: true, Most: 3}, ada, []int64{8, 9, 10}, true},
		{Stretch{Newest: true, Most: 3}, bob, []int64{8, 9, 10}, true},
		{Stretch{Newest: true, Most: 3}, cyd, []int64{7, 8, 9}, true},
		{Stretch{Before: 3}, cyd, []int64{1, 2}, false},
		{Stretch{After: 7}, cyd, []int64{8, 9}, false},
	} {
		var posts []Recorded
		var more bool
		if c.who.Agent {
			h := must[History](w.world)(w.History(c.who, e, c.s))
			posts, more = h.Posts, h.More
		} else {
			st := must[VisitorStanding](w.world)(w.VisitorStanding(c.who, c.s))
			posts, more = st.Posts, st.More
		}
		var got []int64
		for _, p := range posts {
			got = append(got, p.Number)
		}
		if !slices.Equal(got, c.want) || more != c.more {
			t.Errorf("%d: it reads %v, more %t; want %v, more %t", n, got, more, c.want, c.more)
		}
	}
}

// TestAWholeConversationIsReadBackwards, answer by answer, without a gap or a repeat.
func TestAWholeConversationIsReadBackwards(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	const posts = 2*MaxHistoryAnswer + 7
	for n := range posts {
		w.says([]Caller{ada, ann}[n%2], e, fmt.Sprint(n+1))
	}
	next, s := int64(posts), Stretch{Newest: true}
	for {
		h := must[History](w.world)(w.History(ada, e, s))
		for _, p := range slices.Backward(h.Posts) {
			if p.Number != next {
				t.Fatalf("post %d comes where %d belongs", p.Number, next)
			}
			next--
		}
		if !h.More {
			break
		}
		s = Stretch{Before: h.Posts[0].Number}
	}
	if next != 0 {
		t.Errorf("it ends at post %d", next+1)
	}
}

// TestWhatAnOfferSaysIsThereAgain for a page that starts anew.
func TestWhatAnOfferSaysIsThereAgain(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	w.ask(ada, 9)
	ann, e := w.enter(0)
	var offer *Assignment
	for _, d := range w.receive(ada).Deliveries {
		offer = d.Message.Assignment
	}
	held := func(c Caller) Holding {
		t.Helper()
		return must[Holdings](w.world)(w.Engagements(c)).Held[0]
	}
	h := held(ada)
	if diff := cmp.Diff(offer, h.Offer); diff != "" || h.Participants != nil || h.IdleEnds != 0 || h.Visitor != "Ann Lee" {
		t.Errorf("Ada holds %+v; (-told +read)\n%s", h, diff)
	}
	w.accept(ada, e)
	if h := held(ada); h.Offer != nil || len(h.Participants) != 1 || h.IdleEnds != w.now.Add(10*time.Minute) {
		t.Errorf("Ada holds %+v", h)
	}
	must[Invited](w.world)(w.Transfer(ada, e, NewTransfer{Account: 13, Note: "She is angry"}))
	if h := held(bob); h.Role != api.RoleTransient || h.Offer == nil || h.Offer.Type != api.AssignmentTransfer || h.Offer.Note != "She is angry" {
		t.Errorf("Bob holds %+v", h)
	}
	must[ClientID](w.world)(w.ConcludeAsVisitor(ann))
	w.receive(ann)
	w.open(ada)
	w.after(ConcludedGrace)
	if h := held(ada); h.State != Concluded || h.IdleEnds != 0 || h.Participants[0].State != api.ConnectionDisconnected {
		t.Errorf("Ada holds %+v", h)
	}
}
