package site

import (
	"fmt"
	"testing"
	"time"

	"usher/api"
)

// types shows what Ann types, and answers what Ada and those with her see of it at
// once.
func (w *floor) types(ann Caller, mode api.Mode, text string) {
	w.t.Helper()
	must[Typing](w.world)(w.VisitorActivity(ann, NewActivity{Mode: mode, SneakPreview: text, SneakPreviewFocus: true}))
}

// previewed makes a floor whose site shows what visitors type, and lets Ann chat with Ada.
func previewed(t *testing.T) (w *floor, ada, ann Caller, e EngagementID) {
	w = newFloor(t)
	w.settings(func(s *Settings) { s.SneakPreview = true })
	ada = w.logOn(12)
	ann, e = w.chat(ada)
	w.catchUp(ada, ann)
	return w, ada, ann, e
}

// TestWhatIsTypedIsShownAtIntervals: the first at once, then the newest when the
// interval is over, and nothing while nothing is typed.
func TestWhatIsTypedIsShownAtIntervals(t *testing.T) {
	t.Parallel()
	w, ada, ann, _ := previewed(t)
	type step struct {
		after time.Duration
		text  string // "" types nothing
		seen  []string
	}
	ms := time.Millisecond
	for i, x := range []step{
		{0, "H", []string{"activity RESPONDING: H"}},
		{100 * ms, "He", nil},
		{100 * ms, "Hel", nil},
		{300*ms - time.Microsecond, "Hell", nil},
		{time.Microsecond, "", []string{"activity RESPONDING: Hell"}}, // half a second after the first
		{500 * ms, "", nil},
		{0, "Hello", []string{"activity RESPONDING: Hello"}},
		{499 * ms, "Hello w", nil},
		{time.Hour / 60, "", []string{"activity RESPONDING: Hello w"}},
	} {
		w.after(x.after)
		if x.text != "" {
			w.types(ann, api.ModeResponding, x.text)
		}
		w.told(ada, x.seen...)
		if t.Failed() {
			t.Fatalf("at step %d", i)
		}
	}
}

// TestTheNextPreviewIsAsTheSiteSaysItIs: the site asks to be woken for it.
func TestTheNextPreviewIsAsTheSiteSaysItIs(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(*floor){
		"as it is":                   func(*floor) {},
		"when the settings change":   func(w *floor) { w.settings(func(s *Settings) { s.IdleSeconds++ }) },
		"when somebody else comes":   func(w *floor) { w.enter(0) },
		"when it is still the first": func(w *floor) { w.after(time.Microsecond) },
	} {
		t.Run(name, func(t *testing.T) {
			w, ada, ann, _ := previewed(t)
			w.stops(ada)
			first := w.now
			w.types(ann, api.ModeResponding, "one")
			w.types(ann, api.ModeResponding, "two")
			w.told(ada, "activity RESPONDING: one")
			between(w)
			if want := first.Add(PreviewInterval); w.Next() > want {
				t.Errorf("the site is next due at %d, want %d", w.Next(), want)
			}
			w.after(PreviewInterval)
			w.told(ada, "activity RESPONDING: two")
		})
	}
}

// TestAChangeOfModeIsShownAtOnce, and what was held back before it is not shown later.
func TestAChangeOfModeIsShownAtOnce(t *testing.T) {
	t.Parallel()
	w, ada, ann, _ := previewed(t)
	w.types(ann, api.ModeResponding, "one")
	w.types(ann, api.ModeResponding, "two")
	w.types(ann, api.ModeListening, "")
	w.told(ada, "activity LISTENING")
	w.after(time.Minute)
	w.told(ada)
	w.types(ann, api.ModeListening, "") // nothing new, and shown for all that
	w.told(ada, "activity LISTENING")
}

// TestNothingIsShownAfterThePost that it became.
func TestNothingIsShownAfterThePost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		post NewPost
		told string
	}{
		"a text":       {NewPost{Body: "two"}, "post: two"},
		"a file":       {NewPost{File: &aFile}, `post: file "cat.png" of 2000 bytes`},
		"what is spam": {spam(1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			w, ada, ann, e := previewed(t)
			w.settings(func(s *Settings) { s.Spam = true })
			w.types(ann, api.ModeResponding, "one")
			w.types(ann, api.ModeResponding, "tw")
			w.told(ada, "activity RESPONDING: one")
			must[ClientID](w.world)(w.post(ann, e, c.post))
			w.after(time.Minute)
			if c.told != "" {
				w.told(ada, c.told)
			}
			w.told(ada)
		})
	}
}

// TestNothingIsShownOfWhoIsGone: away, back in the queue, or over before the interval
// was.
func TestNothingIsShownOfWhoIsGone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		goes func(w *floor, ada, ann Caller, e EngagementID)
		told []string
	}{
		"away": {func(w *floor, _, _ Caller, _ EngagementID) {
			w.settings(func(s *Settings) { s.AbsentSeconds = 1 })
		}, []string{"activity RESPONDING: two", "activity NONE"}},
		"sent back": {func(w *floor, ada, _ Caller, e EngagementID) { must[ClientID](w.world)(w.Reroute(ada, e)) }, []string{"left LEAD TRANSFERRED_TO_QUEUE Ada"}},
		"over":      {func(w *floor, _, ann Caller, _ EngagementID) { must[ClientID](w.world)(w.ConcludeAsVisitor(ann)) }, []string{"concluded END_USER END_USER_CONCLUDED -"}},
		"a restart": {func(w *floor, _, _ Caller, _ EngagementID) { w.restart() }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w, ada, ann, e := previewed(t)
			w.stops(ada)
			w.open(ada)
			w.types(ann, api.ModeResponding, "one")
			w.types(ann, api.ModeResponding, "two")
			w.told(ada, "activity RESPONDING: one")
			c.goes(w, ada, ann, e)
			var got []string
			for range 3 {
				w.after(PreviewInterval)
				for _, d := range w.poll(w.callerOf(12)).Deliveries {
					got = append(got, w.tellFully(d.Message))
				}
				w.acknowledge(ada)
			}
			if fmt.Sprint(got) != fmt.Sprint(c.told) {
				t.Errorf("Ada is told %q, want %q", got, c.told)
			}
		})
	}
}

// TestThePreviewsState is what the site's settings make of it, and without leave to
// show it no text goes anywhere.
func TestThePreviewsState(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, typed, shown string
		on                 bool
		state              api.SneakPreviewState
	}{
		{"on, with a text", "Hi", "Hi", true, api.SneakPreviewEnabled},
		{"on, without one", "", "", true, api.SneakPreviewEnabled},
		{"off, with a text", "Hi", "", false, api.SneakPreviewSiteUnavailable},
		{"off, without one", "", "", false, api.SneakPreviewDisabled},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, ada, ann, _ := previewed(t)
			sue := w.logOn(15)
			w.monitors(sue, 1)
			w.settings(func(s *Settings) { s.SneakPreview = c.on })
			w.catchUp(ada, sue)
			typing := must[Typing](w.world)(w.VisitorActivity(ann, NewActivity{Mode: api.ModeResponding, SneakPreview: c.typed, SneakPreviewFocus: true}))
			if typing != (Typing{w.byKey[ann.Key], c.on}) {
				t.Errorf("answered %+v", typing)
			}
			want := Activity{Client: w.byKey[ann.Key], Mode: api.ModeResponding, SneakPreview: c.shown, SneakPreviewState: c.state, SneakPreviewFocus: true}
			for _, agent := range []Caller{ada, sue} { // who watches sees it, too
				b := w.poll(agent)
				if len(b.Deliveries) != 1 || *b.Deliveries[0].Message.Activity != want {
					t.Errorf("told %q, want %+v", tell(b), want)
				}
			}
			opened := must[EngagementOpened](w.world)(w.RequestEngagement(w.request(func(n *EngagementRequest) { n.Key = ann.Key })))
			stands := must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{}))
			if opened.Preview != c.on || stands.Preview != c.on {
				t.Errorf("the page is told %t, and when it starts again %t; want %t", opened.Preview, stands.Preview, c.on)
			}
		})
	}
}

// TestNobodySeesWhatIsTypedBeforeSomebodyLeads.
func TestNobodySeesWhatIsTypedBeforeSomebodyLeads(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.settings(func(s *Settings) { s.SneakPreview = true })
	ada := w.logOn(12)
	ann, e := w.enter(0)
	w.types(ann, api.ModeResponding, "one")
	w.ask(ada, 1)
	w.types(ann, api.ModeResponding, "two")
	w.accept(ada, e)
	w.after(time.Minute)
	w.told(ada, "assignment LEAD 1", "joined END_USER Ann Lee")
	w.types(ann, api.ModeResponding, "three")
	w.told(ada, "activity RESPONDING: three")
}
