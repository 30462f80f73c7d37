package site

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/api"
)

func TestAPostWithItsMessageIDIsDoneOnce(t *testing.T) {
	t.Parallel()
	base := NewPost{Body: "hi", MessageID: "m1"}
	for _, c := range []struct {
		name  string
		again func(*world) NewPost
		once  bool
	}{
		{"the same", func(*world) NewPost { return base }, true},
		{"after ten minutes", func(w *world) NewPost { w.after(RecentPostsFor); return base }, true},
		{"after longer", func(w *world) NewPost { w.after(RecentPostsFor + time.Microsecond); return base }, false},
		{"after a restart", func(w *world) NewPost { w.restart(); return base }, true},
		{"with another text", func(*world) NewPost { return NewPost{Body: "ho", MessageID: "m1"} }, false},
		{"with another id", func(*world) NewPost { return NewPost{Body: "hi", MessageID: "m2"} }, false},
		{"off the record", func(*world) NewPost { return NewPost{Body: "hi", MessageID: "m1", OffTheRecord: true} }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.settings(func(s *Settings) { s.IdleSeconds = maxSeconds })
			ada := w.logOn(12)
			ann, e := w.chat(ada)
			w.open(ada)
			w.open(ann)
			for _, by := range []Caller{ada, ann} {
				must[ClientID](w)(w.post(by, e, base))
			}
			again := c.again(w)
			want := int64(4)
			if c.once {
				want = 2
			}
			for _, by := range []Caller{ada, ann} {
				must[ClientID](w)(w.post(by, e, again))
			}
			if got := w.live[e].LastPost; got != want {
				t.Errorf("%d posts were made, want %d", got, want)
			}
		})
	}
}

func TestAPostWithoutAMessageIDIsAlwaysNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, e := w.enter(0)
	w.says(ann, e, "hi")
	w.says(ann, e, "hi")
	if got := w.live[e].LastPost; got != 2 {
		t.Errorf("%d posts, want 2", got)
	}
}

func TestTheLastHundredMessageIDsAreRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, e := w.enter(0)
	post := func(n int) { must[ClientID](w)(w.post(ann, e, NewPost{Body: "hi", MessageID: fmt.Sprint(n)})) }
	for n := range RecentPosts + 1 {
		post(n)
	}
	post(1) // the oldest that is still known
	if got := w.live[e].LastPost; got != RecentPosts+1 {
		t.Errorf("%d posts, want %d", got, RecentPosts+1)
	}
	post(0)
	if got := w.live[e].LastPost; got != RecentPosts+2 {
		t.Errorf("%d posts, want %d", got, RecentPosts+2)
	}
}

func TestARepeatIsKnownAcrossAnOverrideAndAfterTheEnd(t *testing.T) {
	t.Parallel()
	for _, off := range []bool{false, true} {
		w := newWorld(t)
		ada := w.logOn(12)
		ann, e := w.chat(ada)
		n := NewPost{Body: "hi", MessageID: "m1", OffTheRecord: off}
		must[ClientID](w)(w.post(ada, e, n))
		must[ClientID](w)(w.post(ann, e, n))
		ada = w.logOn(12)
		must[ClientID](w)(w.post(ada, e, n))
		if got := w.live[e].LastPost; got != 2 {
			t.Errorf("%d posts, want 2", got)
		}
		w.hears(ann, "joined LEAD Ada", "post hi")
		must[ClientID](w)(w.Release(ada, e))
		w.restart()
		must[ClientID](w)(w.post(ada, e, n))
		must[ClientID](w)(w.post(ann, e, n))
		_, err := w.post(ada, e, NewPost{Body: "ho", MessageID: "m1", OffTheRecord: off})
		w.refused(err, Conflict)
		_, err = w.post(ann, e, NewPost{Body: "ho", MessageID: "m1", OffTheRecord: off})
		w.refused(err, Conflict)
	}
}

func TestANoteIsHiddenFromTheVisitor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	must[Taken](w)(w.PostAsAgent(ada, e, NewPost{Body: "a note", Visibility: api.VisibilityNotEndUser}))
	must[ClientID](w)(w.SetInteractionStatus(ada, e, NewActivity{Mode: api.ModeResponding, Visibility: api.VisibilityNotEndUser}))
	w.hears(ann, "joined LEAD Ada")
	h := must[History](w)(w.History(ada, e, Stretch{}))
	if len(h.Posts) != 1 || h.Posts[0].Body != "a note" || h.Posts[0].Name != "Ada" || h.Posts[0].Role != api.RoleLead {
		t.Errorf("the history is %+v", h)
	}
}

func TestTextOffTheRecordStandsInNoFrameAndNoHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	secret := "4111 1111 1111 1111"
	for _, by := range []Caller{ada, ann} {
		must[ClientID](w)(w.post(by, e, NewPost{Body: secret, OffTheRecord: true, MessageID: "m1"}))
	}
	w.flush()
	if len(w.side) != 2 {
		t.Errorf("%d texts stand apart, want 2", len(w.side))
	}
	everything := w.journal
	for _, p := range w.AllParts() {
		everything = append(everything, p.Data...)
	}
	if bytes.Contains(everything, []byte("4111")) {
		t.Error("the text stands in a frame or a part")
	}
	for _, p := range must[History](w)(w.History(ada, e, Stretch{})).Posts {
		if p.Text() != "" || !p.OffTheRecord {
			t.Errorf("the history shows %+v", p)
		}
	}
	w.hears(ada, "assignment 1", "joined END_USER Ann Lee", "post "+secret)
	w.hears(ann, "joined LEAD Ada", "post "+secret)
	w.flush()
	if len(w.side) != 0 {
		t.Errorf("texts that everybody has received still stand apart: %v", w.side)
	}
}

func TestTextOffTheRecordReachesItsReceiverThroughCrashAndEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.enter(0)
	must[ClientID](w)(w.post(ann, e, NewPost{Body: "from Ann", OffTheRecord: true}))
	w.restart()
	w.ask(ada, 1)
	w.accept(ada, e)
	must[ClientID](w)(w.post(ada, e, NewPost{Body: "from Ada", OffTheRecord: true}))
	must[ClientID](w)(w.Release(ada, e)) // the engagement is gone, nobody has polled
	w.restart()
	w.hears(ada, "assignment 1", "joined END_USER Ann Lee", "post from Ann")
	w.hears(ann, "joined LEAD Ada", "post from Ada", "concluded LEAD AGENT_CONCLUDED")
}

func TestTextOffTheRecordGoesWithTheSessionThatDidNotGetIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	for _, by := range []Caller{ada, ann} {
		must[ClientID](w)(w.post(by, e, NewPost{Body: "secret", OffTheRecord: true}))
	}
	w.flush()
	must[ClientID](w)(w.Release(ada, e))
	must[ClientID](w)(w.Logoff(ada, false))
	w.after(240 * time.Second)
	w.flush()
	if len(w.side) != 0 {
		t.Errorf("texts are left: %v", w.side)
	}
}

// TestWhatAPostMayHold has each limit at its edge.
func TestWhatAPostMayHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	long := strings.Repeat("x", MaxPostBytes)
	for _, c := range []struct {
		name string
		post NewPost
		want Code
	}{
		{"longest text", NewPost{Body: long}, ""},
		{"text too long", NewPost{Body: long + "x"}, TooLarge},
		{"no text", NewPost{}, BadRequest},
		{"longest id", NewPost{Body: "hi", MessageID: long[:MaxMessageIDBytes]}, ""},
		{"id too long", NewPost{Body: "hi", MessageID: long[:MaxMessageIDBytes+1]}, BadRequest},
		{"most data", NewPost{Body: "hi", Data: map[string]string{"k": long[2:]}, VAResponse: "v"}, ""},
		{"too much data", NewPost{Body: "hi", Data: map[string]string{"k": long[1:]}, VAResponse: "v"}, TooLarge},
		{"text that is not UTF-8", NewPost{Body: "a\xff"}, BadRequest},
		{"id that is not UTF-8", NewPost{Body: "a", MessageID: "\xff"}, BadRequest},
		{"data that are not UTF-8", NewPost{Body: "a", Data: map[string]string{"k": "\xff"}}, BadRequest},
		{"any UTF-8", NewPost{Body: "\x00\u2028<&>\"\\\U0001F600", MessageID: "\u2028", Data: map[string]string{"\x00": "é"}}, ""},
	} {
		for _, by := range []Caller{ada, ann} {
			_, err := w.post(by, e, c.post)
			if got := codeOf(err); got != c.want {
				t.Errorf("%s: answered %q, want %q", c.name, got, c.want)
			}
		}
	}
}
