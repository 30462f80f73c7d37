package pages_test

import (
	"errors"
	"fmt"
	"testing"
)

// TestConsoleDay: an agent logs in, goes available, gets a chat, ends the day; each
// state is looked at, and fits.
func TestConsoleDay(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	p := newPerson(t)
	ada := p.open(s.url("/console/"))
	ada.get(role("heading", "Log in"))
	ada.shot("1-login")
	ada.logsIn("ada", "not it")
	ada.sees("Account and password don't match.")
	ada.shot("2-wrong")
	ada.logsIn("ada", s.password("ada"))
	ada.get(role("navigation", "My chats"))
	ada.sees("No chats come while you are not available.")
	ada.shot("3-not-available")
	ada.becomes("Available")
	ada.sees("You are available. The next chat appears here and rings.")
	ada.shot("4-available")
	visitor := s.call(ann)
	visitor.says("My card was refused.")
	ada.sees("New chat · Support")
	ada.titled("1 offer · usher")
	ada.shot("5-offer")
	ada.accepts("Ann Lee")
	ada.sees("My card was refused.")
	ada.titled("(1) usher")
	ada.shot("6-chat")
	ada.composer().focus()
	ada.typeText("Which shop was it?")
	ada.press("Enter")
	ada.titled("usher")

	// Reload and back go by the address.
	ada.reload()
	ada.get(role("heading", "Ann Lee · Support"))
	ada.get(role("button", "Past chats")).click()
	ada.get(role("heading", "Past chats"))
	ada.eval("history.back()", nil)
	ada.get(role("heading", "Ann Lee · Support"))

	ada.becomes("On Break")
	ada.get(role("button", "End…")).click()
	ada.until("the wrap-up", func() error {
		if found, err := ada.look(roleLike("button", "^Finish")); err != nil || len(found) > 0 {
			return err
		}
		ada.press("Enter") // a question is deaf while it is new
		return errors.New("it is not there")
	})
	ada.get(roleLike("button", "^\u2068Ann Lee\u2069, ended, wrap-up"))
	ada.shot("7-wrap-up")
	ada.get(roleLike("button", "^Finish")).click()
	ada.sees("No chats come while you are on Break.")
	ada.get(roleLike("button", "^Account of")).click()
	ada.get(role("menuitem", "Log out")).click()
	ada.get(role("heading", "Log in"))
	ada.reload()
	ada.get(role("heading", "Log in"))
}

// TestConsoleNotHere: who is logged in elsewhere can leave it so.
func TestConsoleNotHere(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	desk := s.signsIn(newPerson(t), "ada")
	desk.becomes("Available")
	home := newPerson(t).open(s.url("/console/"))
	home.logsIn("ada", s.password("ada"))
	home.get(role("button", "Log out")).click()
	home.get(role("heading", "Log in"))
	s.call(ann)
	desk.accepts("Ann Lee")
}

// titled returns when the window has a title.
func (b *tab) titled(want string) {
	b.t.Helper()
	b.until("the title "+want, func() error {
		var got string
		b.eval("document.title", &got)
		if got != want {
			return fmt.Errorf("it is %q", got)
		}
		return nil
	})
}
