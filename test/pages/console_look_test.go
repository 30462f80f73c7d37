package pages_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"usher/api/sites"
)

// sized gives the window another size, and returns when the page has its layout.
func (b *tab) sized(layout string, width, height int64) {
	b.t.Helper()
	b.size(width, height)
	b.until("the layout "+layout, func() error {
		var has bool
		b.eval(fmt.Sprintf("document.querySelector(%q) !== null && innerWidth === %d", ".desk-"+layout, width), &has)
		if !has {
			return errors.New("it is not there")
		}
		return nil
	})
}

// TestConsoleDoor is checks 16 and 17 before one is in: the log-in, on a desk, in a
// window of 320 pixels and on a phone.
func TestConsoleDoor(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := newPerson(t).blank()
	desk := b.holdRequests("*/logIn")
	b.load(s.url("/console/"))
	desk.wait().release()
	desk.release()
	b.get(role("heading", "Log in"))
	b.shot("log-in")
	b.accessibleInAll("log-in")
	b.size(320, 480)
	b.fits()
	b.phone()
	b.fits()
	b.logsIn("ada", "not it")
	b.sees("Account and password don't match.")
	b.shot("wrong")
	b.accessibleInAll("wrong password")
}

// TestConsoleLoading: words come when it takes a while, and a way out when it takes long.
func TestConsoleLoading(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	p := newPerson(t)
	b := s.signsIn(p, "ada")
	held := b.holdAnswers("*/logIn")
	b.reload()
	held.wait()
	b.sees("Loading your chats…")
	b.shot("loading")
	b.accessibleInAll("loading")
	b.sees("This takes longer than usual.")
	b.shot("slow")
	held.release()
	b.get(role("button", "Try again")).click()
	b.get(role("navigation", "My chats"))
}

// TestConsoleStates is checks 16 and 17: each state of the frame in light, dark and
// forced colours; at 320 pixels and on a phone nothing is cut.
func TestConsoleStates(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.admin("PATCH", "/settings", `{"offerSeconds": 600}`)
	b := s.signsIn(newPerson(t), "ada")
	sizes := func(state string) {
		t.Helper()
		b.sized("wide", 1280, 800)
		b.fits()
		b.shot(state)
		b.accessibleInAll(state)
		b.prefers("forced-colors", "none", "prefers-color-scheme", "light")
		b.sized("middle", 900, 700)
		b.fits()
		b.sized("phone", 320, 256) // 1280 by 1024 at 400 %
		b.fits()
		b.shot(state + "-320")
		b.sized("phone", 360, 740)
		b.fits()
		b.shot(state + "-narrow")
		b.accessible(state + ", narrow")
		b.sized("wide", 1280, 800)
	}
	b.sees("No chats come while you are not available.")
	sizes("not-available")
	b.becomes("Available")
	b.sees("You are available. The next chat appears here and rings.")
	sizes("available")
	b.becomes("On Break")
	b.sees("No chats come while you are on Break.")
	sizes("break")
	b.becomes("Available")
	visitor := s.call(sites.SessionAttributes{FirstName: "Ann-Sophie-Charlotte Wolfeschlegelsteinhausenbergerdorff", Question: "Why was my card refused twice in a shop in town, though it worked everywhere else on the same day?"})
	visitor.says("My card was refused twice.")
	b.get(role("button", "Accept"))
	sizes("offer")
	b.press("Control+Shift+Enter")
	b.get(roleLike("heading", "^Ann-Sophie.* · Support"))
	visitor.types("")
	b.get(roleLike("button", "needs an answer"))
	sizes("chat")
	b.press("Control+k")
	b.get(role("dialog", "Command list"))
	b.sized("phone", 320, 256)
	b.fits()
	b.shot("commands-320")
	b.press("Escape")
	b.gone(role("dialog", "Command list"))
	b.sized("wide", 1280, 800)
	b.press("Control+k")
	b.typeText("settings")
	b.press("Enter")
	b.get(role("heading", "Settings"))
	sizes("settings")
	b.get(role("button", "Past chats")).click()
	b.get(role("heading", "Past chats"))
	sizes("past")
}

// TestConsolePhoneOffer: on a phone an offer stands in the header of the open chat, and
// moves nothing.
func TestConsolePhoneOffer(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := newPerson(t).blank()
	b.phone()
	b.load(s.url("/console/"))
	b.logsIn("ada", s.password("ada"))
	b.becomes("Available")
	b.shot("available")
	b.get(roleLike("button", "^Account of")).tap()
	b.get(role("menuitem", "Settings"))
	b.shot("menu")
	b.fits()
	b.press("Escape")
	b.gone(role("menuitem", "Settings"))
	s.call(ann).says("My card was refused.")
	b.accepts("Ann Lee")
	b.get(role("heading", "Ann Lee · Support"))
	composer := b.composer().box()
	s.call(bo)
	accept := b.get(role("button", "Accept"))
	if got := b.composer().box(); got != composer {
		t.Errorf("the composer moved from %v to %v", composer, got)
	}
	b.shot("offer")
	b.fits()
	b.accessibleInAll("offer in a chat on a phone")
	b.until("the other chat", func() error {
		if found, err := b.look(role("heading", "Bo Dean · Support")); err != nil || len(found) > 0 {
			return err
		}
		if found, _ := b.look(role("button", "Accept")); len(found) > 0 {
			accept.tap()
		}
		return fmt.Errorf("it is not open")
	})
	b.get(role("button", "Back to my chats")).tap()
	b.get(roleLike("navigation", "^My chats"))
	if got := strings.Join(b.rows(), ", "); got != "Ann Lee, Bo Dean" {
		t.Errorf("the list is %s", got)
	}
}
