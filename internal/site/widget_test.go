package site

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestTheDoorSaysWhetherAChatCanBegin, and it is as it says: whoever asks then is let in,
// or turned away.
func TestTheDoorSaysWhetherAChatCanBegin(t *testing.T) {
	t.Parallel()
	hours := office("UTC")
	hours.Holidays = []Holiday{{"May Day", "2026-06-02", nil}}
	for name, c := range map[string]struct {
		arrange func(w *floor)
		named   QueueID
		want    Door // of which State, Opens, MayWait and Queue are compared
		gone    bool // nobody is let in
	}{
		"somebody is there": {func(w *floor) { w.works(w.logOn(12)) }, 0, Door{State: DoorOpen, MayWait: true, Queue: 1}, false},
		"it is closed": {func(w *floor) {
			w.works(w.logOn(12))
			w.after(10 * time.Hour)
		}, 0, Door{State: DoorClosed, Opens: moment(t, "2026-06-03T08:00:00Z"), Queue: 1}, true},
		"it is a holiday": {func(w *floor) {
			w.after(24 * time.Hour)
			w.works(w.logOn(12))
		}, 0, Door{State: DoorHoliday, Opens: moment(t, "2026-06-03T08:00:00Z"), Queue: 1}, true},
		"it never opens": {func(w *floor) {
			w.hoursOf(Hours{ID: 7, Name: "Never", Zone: "UTC"})
		}, 0, Door{State: DoorClosed, Queue: 1}, true},
		"nobody is there": {func(*floor) {}, 0, Door{State: DoorNobody, MayWait: true, Queue: 1}, false},
		"nobody is there, and nobody may wait": {func(w *floor) {
			w.settings(func(s *Settings) { s.RefuseWithoutAgents = true })
		}, 0, Door{State: DoorNobody, Queue: 1}, true},
		"it is full": {func(w *floor) {
			w.works(w.logOn(12))
			w.rests(w.callerOf(12))
			w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, Hours: 7, MaxWaiting: 1})
			w.enter(1)
		}, 0, Door{State: DoorFull, Queue: 1}, true},
		"it is full, and another takes over": {func(w *floor) {
			w.works(w.logOn(12))
			w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, Hours: 7, MaxWaiting: 1, OverflowSeconds: 60, OverflowQueue: 2})
			w.enter(1)
		}, 0, Door{State: DoorOpen, MayWait: true, Queue: 2}, false},
		"another queue is asked for": {func(w *floor) { w.after(10 * time.Hour) }, 2, Door{State: DoorNobody, MayWait: true, Queue: 2}, false},
		"no such queue":              {func(*floor) {}, 99, Door{State: DoorNobody}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFloor(t)
			w.hoursOf(hours)
			w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, Hours: 7})
			w.becomes("2026-06-01T09:00:00Z") // a Monday
			c.arrange(w)
			var got Door
			w.silent(func() error { got = w.Door(c.named, Circumstances{}); return nil })
			if got.State != c.want.State || got.Opens != c.want.Opens || got.MayWait != c.want.MayWait || got.Queue != c.want.Queue {
				t.Errorf("it says %+v, want %+v", got, c.want)
			}
			o, err := w.RequestEngagement(w.request(func(n *EngagementRequest) { n.Queue = c.named }))
			if (err != nil) != c.gone || err == nil && o.Queue != got.Queue {
				t.Errorf("whoever asks gets %+v, %v", o, err)
			}
			if got.Opens > 0 {
				w.after(got.Opens.Sub(w.now) - 1000)
				if again := w.Door(c.named, Circumstances{}); again.State == DoorOpen || again.Opens != got.Opens {
					t.Errorf("just before it opens it is %+v", again)
				}
				w.works(w.logOn(12))
				w.after(1000)
				if again := w.Door(c.named, Circumstances{}); again.State != DoorOpen || again.Opens != 0 {
					t.Errorf("when it opens it is %+v", again)
				}
			}
		})
	}
}

// TestTheDoorHasWhatTheWidgetNeeds.
func TestTheDoorHasWhatTheWidgetNeeds(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	widget := Widget{Title: "Ask", Texts: map[string]map[string]string{"de": {"widget.title": "Frag"}}}
	w.settings(func(s *Settings) {
		s.Widget, s.SneakPreview, s.MailTranscripts, s.Files = widget, true, true, FileRules{MaxBytes: 9}
	})
	w.enter(0)
	d := w.Door(0, Circumstances{})
	if diff := cmp.Diff(widget, d.Widget); diff != "" || !d.Preview || !d.Letters || d.Files.MaxBytes != 9 || d.Wait.Position != 2 {
		t.Errorf("it has %+v; %s", d, diff)
	}
	d.Widget.Texts["de"]["widget.title"] = "changed"
	if got := w.Door(0, Circumstances{}).Widget.Texts["de"]["widget.title"]; got != "Frag" {
		t.Errorf("what is handed out is no copy: %q", got)
	}
}

func TestWidgetsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	long := strings.Repeat("x", MaxNameBytes+1)
	texts := func(language, key, text string) Widget {
		return Widget{Texts: map[string]map[string]string{language: {key: text}}}
	}
	many := map[string]string{}
	for n := range MaxTexts + 1 {
		many[fmt.Sprint("key", n)] = "x"
	}
	change := func(x Widget) error {
		n := w.CurrentSettings()
		n.Widget = x
		_, err := w.Admin("root").ChangeSettings(n)
		return err
	}
	for name, x := range map[string]Widget{
		"a long title": {Title: long}, "a title of bytes": {Title: "\xff"}, "a long greeting": {Greeting: long}, "a greeting of bytes": {Greeting: "\xff"},
		"a color's name": {Color: "red"}, "a short color": {Color: "#fff"}, "a color with more": {Color: "#0a5baa;x"}, "no hex": {Color: "#0a5bag"},
		"a theme": {Theme: "pink"}, "a position": {Position: "top"}, "fields with spaces": {Fields: "name, email"}, "fields that end in a comma": {Fields: "name,"},
		"two stars": {Fields: "name**"}, "long fields": {Fields: long}, "closed": {WhenClosed: "SHOUT"},
		"code for an address": {PrivacyURL: "javascript:alert(1)"}, "an address with a space": {PrivacyURL: "https://a.example/ b"},
		"a quote in an address": {PrivacyURL: `https://a.example/"`}, "a long address": {PrivacyURL: "https://a.example/" + long},
		"no e-mail address": {Email: "help"}, "no language": texts("", "a", "b"), "a long language": texts(long[:MaxLanguageBytes+1], "a", "b"),
		"a long key": texts("de", long[:MaxLanguageBytes+1], "b"), "a long text": texts("de", "a", long), "a text of bytes": texts("de", "a", "\xff"),
		"too many texts": {Texts: map[string]map[string]string{"de": many}},
	} {
		t.Run(name, func(t *testing.T) {
			w.nothing(BadRequest, func() error { return change(x) })
		})
	}
	delete(many, "key0")
	w.refused(change(Widget{
		Title: long[1:], Greeting: "Hello", Color: "#0A5baa", Theme: "dark", Position: "left", Fields: "name,email*,orderNumber,c$own_1*", WhenClosed: "HIDE",
		PrivacyURL: "https://a.example/privacy", Email: "help@example.org", Texts: map[string]map[string]string{"de": many},
	}), "")
	for _, c := range []struct{ seconds, percent int }{{-1, 80}, {60, -1}, {60, 101}, {maxSeconds + 1, 80}} {
		w.nothing(BadRequest, func() error {
			n := w.CurrentSettings()
			n.GoalSeconds, n.GoalPercent = c.seconds, c.percent
			_, err := w.Admin("root").ChangeSettings(n)
			return err
		})
	}
	w.settings(func(s *Settings) { s.GoalSeconds, s.GoalPercent = 0, 0 })
	if n := w.CurrentSettings(); n.GoalSeconds != DefaultGoalSeconds || n.GoalPercent != DefaultGoalPercent {
		t.Errorf("the goal is %d %% in %d s", n.GoalPercent, n.GoalSeconds)
	}
}
