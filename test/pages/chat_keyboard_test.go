package pages_test

import (
	"errors"
	"strings"
	"testing"
)

// TestChatKeyboard is check 14 for the chat: accept, a reply, a transfer with a note, a
// whisper, the end and the wrap-up, with the keyboard alone.
func TestChatKeyboard(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.admin("PATCH", "/settings", `{"results": [{"id": 1, "name": "Solved"}]}`)
	s.admin("PUT", "/replies/1", `{"title": "Refund", "text": "Dear {visitor.firstName}, it is refunded."}`)
	ada := s.atDesk(newPerson(t), "ada")
	s.colleague("bob", false)
	visitor := s.call(ann).listen()
	visitor.says("My card was refused twice.")
	ada.takes()
	ada.typeText("/ref")
	ada.get(role("option", "Refund"))
	ada.press("Enter")
	ada.press("Enter")
	visitor.gets("Dear Ann, it is refunded.")

	ada.typeText("/tra")
	ada.get(roleLike("option", "^/transfer"))
	ada.press("Enter")
	ada.get(roleLike("option", "Bob .*Available"))
	ada.typeText("bob")
	ada.press("Tab")
	ada.typeText("Card refused twice.")
	ada.press("Tab")
	ada.press("Enter")
	ada.sees("\u2068Bob\u2069 declined. You still lead.")
	ada.isIn("Message to \u2068Ann Lee\u2069")

	ada.press("Shift+Tab")
	ada.press("ArrowRight")
	ada.press("Tab")
	ada.isIn("Message to the team")
	ada.typeText("Nobody takes it.")
	ada.press("Enter")
	ada.marked("Nobody takes it.", "Team only")
	ada.press("ArrowUp")
	ada.until("the focus on the newest message", func() error {
		for _, a := range ada.all(roleLike("article", "^Team only: ")) {
			if a.focused() {
				return nil
			}
		}
		return errors.New("it is elsewhere")
	})
	ada.press("Escape")
	ada.isIn("Message to \u2068Ann Lee\u2069")

	ada.typeText("/end")
	ada.get(roleLike("option", "^/end"))
	ada.press("Enter")
	ada.get(roleLike("dialog", "^End the chat"))
	ada.until("the chat has ended", func() error {
		ada.press("Enter") // deaf for its first moments
		return ada.has("Ada ended the chat.", true)
	})
	ada.until("the focus on the conversation", func() error {
		if ada.get(role("heading", "Ann Lee · Support")).focused() {
			return nil
		}
		return errors.New("it is elsewhere")
	})
	tabTo := func(what what) {
		t.Helper()
		for range 20 {
			ada.press("Tab")
			if ada.get(what).focused() {
				return
			}
		}
		t.Fatalf("the Tab key does not lead to %s\n%s", what, ada.summary())
	}
	tabTo(role("combobox", "Result"))
	ada.press("ArrowDown")
	tabTo(role("textbox", "Note"))
	ada.typeText("Refunded.")
	ada.sees("Saved ")
	tabTo(role("button", "Finish and free the place"))
	ada.press("Enter")
	ada.gone(role("heading", "Ann Lee · Support"))
	if got := strings.Join(visitor.received(), "\n"); strings.Contains(got, "Nobody") {
		t.Errorf("the visitor got %q", got)
	}
}

// isIn returns when the focus is in the text field of that name.
func (b *tab) isIn(name string) {
	b.t.Helper()
	b.until("the focus in "+name, func() error {
		found, err := b.look(role("textbox", name))
		if err != nil || len(found) > 0 && found[0].focused() {
			return err
		}
		return errors.New("it is elsewhere")
	})
}
