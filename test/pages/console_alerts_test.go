package pages_test

import (
	"fmt"
	"slices"
	"testing"
)

// played notes the sounds of a page by their length, and stands in for its notices, of
// which a browser without a desktop has none.
const played = `{
	window.sounds = []
	window.stopped = 0
	const start = AudioBufferSourceNode.prototype.start
	AudioBufferSourceNode.prototype.start = function (...a) {
		sounds.push(({4: "offer", 0.4: "message", 0.9: "late"})[this.buffer.duration.toFixed(1) * 1])
		return start.apply(this, a)
	}
	const stop = AudioBufferSourceNode.prototype.stop
	AudioBufferSourceNode.prototype.stop = function (...a) {
		if (a.length === 0) stopped++
		return stop.apply(this, a)
	}
	window.notices = []
	window.Notification = class {
		static permission = "default"
		static async requestPermission() { return Notification.permission = "granted" }
		constructor(title, {body, tag}) { notices.push(title + " | " + body); this.tag = tag }
		close() { notices.push("closed " + this.tag) }
	}
	document.hasFocus = () => false
}`

// alerted returns when the page has noted what is expected, in this order.
func (b *tab) alerted(name string, want ...string) {
	b.t.Helper()
	b.until(fmt.Sprintf("%s %q", name, want), func() error {
		var got []string
		b.eval(name, &got)
		if !slices.Equal(got, want) {
			return fmt.Errorf("they are %q", got)
		}
		return nil
	})
}

// TestConsoleSounds: an offer rings until it is answered; a message out of view makes a
// sound, one in view none; who passes the goal is told once.
func TestConsoleSounds(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := newPerson(t).blank()
	b.onEachPage(played)
	b.load(s.url("/console/"))
	b.logsIn("ada", s.password("ada"))
	b.becomes("Available")
	first := s.call(ann)
	b.accepts("Ann Lee")
	b.alerted("sounds", "offer")
	var stopped int
	b.eval("stopped", &stopped)
	if stopped != 1 {
		t.Errorf("%d sounds were stopped", stopped)
	}
	second := s.call(bo)
	b.accepts("Bo Dean")
	b.alerted("sounds", "offer", "offer")
	first.says("Are you there?")
	b.alerted("sounds", "offer", "offer", "message")
	first.says("Hello?")
	second.says("In view")
	b.sees("In view")
	b.get(roleLike("button", "^\u2068Ann Lee\u2069.*2 unread"))
	b.alerted("sounds", "offer", "offer", "message")

	b.get(role("button", "Sound")).click()
	b.shot("menu")
	b.fits()
	b.get(role("menuitemcheckbox", "An offer")).click()
	s.call(ann)
	b.get(role("button", "Accept"))
	b.alerted("sounds", "offer", "offer", "message")
}

// TestConsoleLate: a wait past the goal is heard once.
func TestConsoleLate(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.admin("PATCH", "/settings", `{"goalSeconds": 2}`)
	b := newPerson(t).blank()
	b.onEachPage(played)
	b.load(s.url("/console/"))
	b.logsIn("ada", s.password("ada"))
	b.becomes("Available")
	visitor := s.call(ann)
	b.accepts("Ann Lee")
	visitor.says("Hello?")
	b.alerted("sounds", "offer", "late")
	b.get(roleLike("button", "^\u2068Ann Lee\u2069.*, late"))
}

// TestConsoleSoundBlocked: where the browser blocks sound it is said, with a way to
// allow it, before an offer could be missed.
func TestConsoleSoundBlocked(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := newPerson(t).blank()
	b.onEachPage(played)
	b.load(s.url("/console/"))
	b.logsIn("ada", s.password("ada"))
	b.becomes("Available")
	b.reload() // nobody has pressed anything since
	b.sees("Your browser blocks sound.")
	s.call(ann)
	b.get(role("button", "Accept"))
	b.shot("blocked")
	b.accessibleInAll("sound is blocked")
	b.alerted("sounds")
	b.get(role("button", "Allow")).click()
	b.seesNot("Your browser blocks sound.")
	b.alerted("sounds", "offer")
}

// TestConsoleNotices: notices are asked for by a press, name queue and visitor, and are
// taken back.
func TestConsoleNotices(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := newPerson(t).blank()
	b.onEachPage(played)
	b.load(s.url("/console/"))
	b.logsIn("ada", s.password("ada"))
	b.becomes("Available")
	first := s.call(ann)
	b.accepts("Ann Lee")
	b.alerted("notices")
	b.get(roleLike("button", "^Account of")).click()
	b.get(role("menuitem", "Settings")).click()
	b.get(role("button", "Show desktop notices")).click()
	b.sees("Desktop notices are on.")
	s.call(bo)
	b.alerted("notices", "New chat | Support: Bo Dean")
	b.accepts("Bo Dean")
	b.until("the notice taken back", func() error {
		var got []string
		b.eval("notices", &got)
		if len(got) != 2 {
			return fmt.Errorf("they are %q", got)
		}
		return nil
	})
	first.says("A secret")
	b.until("a notice of the message", func() error {
		var got []string
		b.eval("notices.slice(2)", &got)
		if !slices.Equal(got, []string{"Ann Lee | 1 unread"}) {
			return fmt.Errorf("they are %q", got)
		}
		return nil
	})
}

// TestConsoleOneByOne: who asks for chats one at a time gets one at a time.
func TestConsoleOneByOne(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := s.signsIn(newPerson(t), "ada")
	b.get(roleLike("button", "^Requests")).click()
	b.get(role("menuitemradio", "one at a time")).click()
	b.becomes("Available")
	s.call(ann)
	s.call(bo)
	b.get(role("button", "Get next chat")).click()
	b.accepts("Ann Lee")
	b.get(role("button", "Get next chat"))
	b.seesNot("Refund for order 4711?")
	b.shot("one")
	b.get(role("button", "Get next chat")).click()
	b.accepts("Bo Dean")
}
