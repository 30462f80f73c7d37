package pages_test

import (
	"fmt"
	"strings"
	"testing"
)

// tabTo presses the Tab key until something has the focus.
func (b *tab) tabTo(w what) {
	b.t.Helper()
	for range 60 {
		for _, x := range b.all(w) {
			if x.focused() {
				return
			}
		}
		b.press("Tab")
	}
	b.t.Fatalf("the Tab key does not lead to %s", w)
}

// focusIn answers the landmark that has the focus, by a selector.
func (b *tab) focusIn() (where string) {
	b.t.Helper()
	b.eval(`document.activeElement.closest("form.composer, aside.visitor, main, .list, .offers, .strips, .bar")?.className ?? ""`, &where)
	return strings.TrimSpace(where)
}

// TestConsoleKeyboard is check 14 of the frame: a day with the keyboard alone.
func TestConsoleKeyboard(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := newPerson(t).open(s.url("/console/"))
	b.get(role("heading", "Log in"))
	if !b.get(role("textbox", "Account")).focused() {
		t.Error("the log-in begins without a focus")
	}
	b.typeText("ada")
	b.press("Tab")
	b.typeText(s.password("ada"))
	b.press("Enter")
	b.get(role("navigation", "My chats"))

	b.tabTo(roleLike("button", "^Status"))
	b.press("ArrowDown")
	b.get(role("menuitemradio", "Available"))
	b.press("Home")
	b.press("Enter")
	b.get(roleLike("button", "^Status: +Available"))
	if !b.get(roleLike("button", "^Status")).focused() {
		t.Error("the menu does not give the focus back")
	}

	s.call(ann).says("My card was refused.")
	b.get(role("button", "Accept"))
	if !b.get(roleLike("button", "^Status")).focused() {
		t.Error("an offer took the focus")
	}
	b.accepts("Ann Lee")
	b.until("the composer with the focus", func() error {
		if !b.composer().focused() {
			return fmt.Errorf("it has none")
		}
		return nil
	})

	// Forward from the composer, and back round to it; past the last it is the browser's.
	if got := b.focusIn(); got != "composer" {
		t.Errorf("the focus is in %q", got)
	}
	b.press("F6")
	if got := b.focusIn(); got != "visitor" {
		t.Errorf("F6 leads from the composer to %q", got)
	}
	for _, want := range []string{"composer", "chat", "list", "offers", "bar"} {
		b.press("Shift+F6")
		if got := b.focusIn(); got != want {
			t.Errorf("Shift F6 leads to %q, expected %q", got, want)
		}
	}

	s.call(bo).says("Refund?")
	b.accepts("Bo Dean")
	b.get(role("heading", "Bo Dean · Support"))
	b.press("Control+k")
	b.get(role("combobox", "Find a command or a chat"))
	b.shot("commands")
	b.accessibleInAll("commands")
	b.typeText("ann")
	b.press("Enter")
	b.get(role("heading", "Ann Lee · Support"))
	if !b.composer().focused() {
		t.Error("the chat that was chosen has no focus in its composer")
	}
	b.press("Control+/")
	b.get(role("dialog", "Keys"))
	b.shot("keys")
	b.accessibleInAll("keys")
	b.press("Escape")
	b.gone(role("dialog", "Keys"))
	if !b.composer().focused() {
		t.Error("the keys do not give the focus back")
	}

	// In the list: arrows move, Enter opens.
	b.press("Shift+F6")
	b.press("Shift+F6")
	b.press("End")
	if !b.row("Bo Dean").focused() {
		t.Error("End does not lead to the last chat")
	}
	b.press("Home")
	b.press("ArrowDown")
	b.press("Enter")
	b.get(role("heading", "Bo Dean · Support"))

	b.press("Control+k")
	b.typeText("log out")
	b.press("Enter")
	b.sees("Log out? 2 chats go back to the queue.")
	b.shot("log-out")
	b.accessibleInAll("log out")
	b.press("Escape")
	b.gone(role("dialog", "Log out"))
	b.press("Control+k")
	b.typeText("log out")
	b.press("Enter")
	b.get(role("dialog", "Log out"))
	b.until("the log-in", func() error {
		if found, err := b.look(role("textbox", "Account")); err != nil || len(found) > 0 {
			return err
		}
		b.press("Enter") // a question is deaf while it is new
		return fmt.Errorf("it is not there")
	})
}

// TestConsoleTyping is check 13 of the frame: what types a character runs nothing.
func TestConsoleTyping(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := s.signsIn(newPerson(t), "ada")
	b.becomes("Available")
	s.call(ann)
	b.accepts("Ann Lee")
	s.call(bo)
	b.get(role("button", "Accept"))
	b.composer().focus()
	b.typeText("ą")
	b.typeAltGr("@", "KeyQ")
	b.typeAltGr("€", "KeyE")
	b.typeAltGr("k", "KeyK")
	b.typeAltGr("j", "KeyJ")
	b.typeAltGr("/", "Slash")
	if got := b.composer().value; got != "ą@€kj/" {
		t.Errorf("typed was %q", got)
	}
	if n := len(b.all(roleLike("dialog", "Command list|Keys"))); n > 0 {
		t.Error("a character ran a command")
	}
	b.get(role("heading", "Ann Lee · Support"))
}

// TestConsoleOwnKeys: keys can be changed and switched off, but not to what types.
func TestConsoleOwnKeys(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := s.signsIn(newPerson(t), "ada")
	b.get(roleLike("button", "^Account of")).click()
	b.get(role("menuitem", "Settings")).click()
	b.get(role("heading", "Settings"))
	b.shot("settings")
	b.accessibleInAll("settings")
	b.fits()
	b.get(role("button", "Change: Command list")).click()
	b.get(role("dialog", "Command list"))
	b.press("Alt+k")
	b.sees("These keys are needed for typing. Use Ctrl, or Alt with an arrow.")
	b.press("Control+j")
	b.sees("These keys are used for: The chat that has waited longest.")
	b.press("Control+e")
	b.gone(role("dialog", "Command list"))
	b.sees("Ctrl E")
	b.reload()
	b.get(role("heading", "Settings"))
	b.press("Control+k")
	b.press("Control+e")
	b.get(role("dialog", "Command list"))
	b.press("Escape")
	b.gone(role("dialog", "Command list"))
	b.get(role("button", "Switch off: Command list")).click()
	b.gone(role("button", "Switch off: Command list"))
	b.press("Control+e")
	if n := len(b.all(role("dialog", "Command list"))); n > 0 {
		t.Error("keys that are switched off still run")
	}
	b.get(role("button", "Back to the usual keys")).click()
	b.sees("Ctrl K")
	b.press("Control+k")
	b.get(role("dialog", "Command list"))
}
