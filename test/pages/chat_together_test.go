package pages_test

import (
	"errors"
	"strings"
	"testing"

	"usher/api"
)

// TestChatTransfer: a chat is handed to a colleague with a note; who can't take it
// stands there with why, and what the colleague answers is told.
func TestChatTransfer(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("Hello?")
	ada.takes()
	ada.get(role("button", "Transfer")).click()
	dialog := ada.get(role("combobox", "To"))
	if !dialog.focused() {
		t.Error("the focus is not in the first field")
	}
	ada.get(roleLike("option", "Support"))
	ada.press("Escape")
	ada.gone(role("combobox", "To"))
	if !ada.get(role("button", "Transfer")).focused() {
		t.Error("the focus is not back where it was")
	}

	bob := s.colleague("bob", false)
	ada.press("Enter")
	ada.get(roleLike("option", "Bob .*Available"))
	ada.typeText("bo")
	ada.get(role("textbox", "Note (the next agent sees it)")).fill("Card refused twice.")
	ada.shot("dialog")
	ada.accessible("the transfer dialog")
	answer := ada.holdAnswers("*/transfer*")
	ada.get(role("combobox", "To")).focus()
	ada.press("Enter")
	held := answer.wait()
	ada.get(role("button", "Transferring…"))
	held.release()
	ada.sees("\u2068Bob\u2069 declined. You still lead.")
	ada.shot("declined")

	if err := bob.SetActivityStatus(t.Context(), api.StatusUnavailable, 0); err != nil {
		t.Fatal(err)
	}
	ada.get(role("button", "Transfer")).click()
	bobOption := ada.get(roleLike("option", "Bob .*not available"))
	if bobOption.properties["disabled"] != "true" {
		t.Errorf("who is not available can be chosen: %v", bobOption.properties)
	}
	ada.typeText("bob")
	ada.press("Enter")
	ada.sees("Bob: not available")
	ada.shot("unavailable")
	ada.press("Escape")
	ada.typesIn("Still me.")
	ada.press("Enter")
	visitor.gets("Still me.")
}

// TestChatTwoConsoles: a transfer between two consoles, seen from both.
func TestChatTwoConsoles(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("My card was refused.")
	ada.takes()
	bob := s.atDesk(newPerson(t), "bob")
	ada.get(role("button", "Transfer")).click()
	ada.get(roleLike("option", "Bob .*Available"))
	ada.typeText("bo")
	ada.press("Tab")
	ada.typeText("She is in town.")
	ada.get(role("button", "Transfer")).click()
	ada.sees("Asked \u2068Bob\u2069, ")
	ada.shot("asked")
	bob.takes()
	bob.sees("My card was refused.")
	bob.sees("She is in town.")
	bob.typesIn("Bob here.")
	bob.press("Enter")
	visitor.gets("Bob here.")
	bob.shot("taken")
	ada.get(role("button", "Close"))
	ada.shot("gone")
	if got := strings.Join(visitor.received(), "\n"); strings.Contains(got, "in town") {
		t.Errorf("the visitor got the note: %q", got)
	}
}

// TestChatSupervisor: a supervisor watches, whispers and takes over, as its agent sees it.
func TestChatSupervisor(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.admin("PUT", "/accounts/93", `{"login": "max", "password": "quite a long password", "name": "Max", "supervisor": true, "allQueues": true, "pull": true}`)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("My card was refused.")
	ada.takes()
	boss := s.dial("max", "quite a long password", false)
	if err := boss.Monitor(t.Context(), visitor.EngagementID); err != nil {
		t.Fatal(err)
	}
	ada.sees("\u2068Max\u2069 watches")
	if err := boss.Post(t.Context(), visitor.EngagementID, "Check the country lock first"); err != nil {
		t.Fatal(err)
	}
	ada.marked("Check the country lock first", "Team only")
	ada.shot("watched")
	if err := boss.Leave(t.Context(), visitor.EngagementID); err != nil {
		t.Fatal(err)
	}
	ada.seesNot("\u2068Max\u2069 watches")
	if _, err := boss.TakeOver(t.Context(), visitor.EngagementID); err != nil {
		t.Fatal(err)
	}
	ada.get(role("button", "Leave chat"))
	ada.sees("\u2068Max\u2069 leads")
	ada.gone(role("button", "End…"))
	ada.shot("taken over")
	if got := visitor.received(); len(got) > 0 {
		t.Errorf("the visitor got %q", got)
	}
}

// TestChatInvite: a colleague joins.
func TestChatInvite(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	s.call(ann).says("Hello?")
	ada.takes()
	s.colleague("bob", true)
	ada.get(role("button", "Invite")).click()
	ada.get(roleLike("option", "Bob .*Available"))
	ada.typeText("bob")
	ada.press("Enter")
	ada.sees("\u2068Bob\u2069 has joined.")
	ada.sees("Bob joined.")
	ada.get(role("button", "Invite")).click()
	ada.get(roleLike("option", "Bob .*is in this chat"))
	ada.press("Escape")
}

// TestChatEnd: ending asks once, the note is saved as it is typed, and the place is
// free when that is done; a text typed too late stays.
func TestChatEnd(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.admin("PATCH", "/settings", `{"results": [{"id": 1, "name": "Solved"}, {"id": 2, "name": "Not solved"}]}`)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("Hello?")
	ada.takes()
	ada.typesIn("Half a sen")
	ada.get(role("button", "End…")).click()
	ada.get(role("dialog", "End the chat with \u2068Ann Lee\u2069?"))
	ada.until("the question is left", func() error {
		ada.press("Escape") // deaf for its first moments
		found, err := ada.look(roleLike("dialog", "^End the chat"))
		if err == nil && len(found) > 0 {
			return errors.New("it is there")
		}
		return err
	})
	ada.get(role("button", "End…")).click()
	ada.accessible("the question before the end")
	ada.get(role("button", "End chat"))
	ada.until("the chat has ended", func() error {
		ada.press("Enter") // deaf for its first moments
		return ada.has("Ada ended the chat.", true)
	})
	ada.get(role("combobox", "Result"))
	if f := ada.get(role("textbox", "Message")); f.value != "Half a sen" || f.properties["readonly"] != "true" {
		t.Errorf("what was typed is %q, %v", f.value, f.properties)
	}
	ada.get(role("textbox", "Note")).focus()
	ada.typeText("Limit raised")
	ada.sees("Saved ")
	ada.get(role("combobox", "Result")).call(`function() { this.value = "1"; this.dispatchEvent(new Event("change", {bubbles: true})) }`, nil)
	ada.shot("wrap-up")
	ada.accessible("wrap-up")
	ada.reload()
	ada.until("the note after a reload", func() error {
		if ada.get(role("textbox", "Note")).value != "Limit raised" {
			return ada.has("never", true)
		}
		return nil
	})
	ada.get(role("button", "Finish and free the place")).click()
	ada.gone(role("heading", "Wrap-up"))
}

// TestChatVisitorEnds: the visitor ends the chat while the agent types.
func TestChatVisitorEnds(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann)
	visitor.says("Hello?")
	ada.takes()
	ada.typesIn("Half a sen")
	if err := visitor.Conclude(t.Context()); err != nil {
		t.Fatal(err)
	}
	ada.sees("Ann Lee ended the chat.")
	f := ada.get(role("textbox", "Message"))
	if f.value != "Half a sen" || !strings.Contains(f.about, "can be copied") {
		t.Errorf("what was typed is %q, described as %q", f.value, f.about)
	}
	ada.get(role("button", "Finish and free the place"))
	ada.shot("ended")
}
