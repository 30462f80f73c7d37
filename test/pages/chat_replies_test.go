package pages_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestChatReplies: replies of the team and of one's own are found behind "/", filled
// in, and an empty field is asked for before it goes out.
func TestChatReplies(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.admin("PUT", "/replies/1", `{"title": "Refund", "text": "Dear {visitor.firstName}, order {field.order_number} is refunded within three days. {agent.name}"}`)
	s.admin("PUT", "/replies/2", `{"title": "Opening hours", "text": "We are here from nine to five."}`)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("My card was refused twice.")
	ada.takes()
	ada.typesIn("Thank you. /three")
	ada.get(role("option", "Refund"))
	ada.sees("Dear Ann, order ‹order number› is refunded within three days. Ada")
	ada.shot("list")
	ada.accessible("the list of replies")
	ada.press("Escape")
	ada.gone(role("option", "Refund"))
	ada.typeText(" da")
	ada.gone(role("option", "Refund")) // left, for this slash
	for range " da" {
		ada.press("Backspace")
	}
	for range "three" {
		ada.press("Backspace")
	}
	ada.press("Backspace")
	ada.typeText("/ref")
	ada.get(role("option", "Refund"))
	ada.press("Enter")
	const whole = "Thank you. Dear Ann, order ‹order number› is refunded within three days. Ada"
	ada.until("the reply in the composer", func() error {
		if c := ada.composer(); c.value != whole || !c.focused() {
			return fmt.Errorf("it has %q", c.value)
		}
		return nil
	})
	ada.press("Enter") // the gap is selected, and sending asks
	ada.get(role("dialog", "Fill in order number first, or send as it is?"))
	ada.shot("gap")
	ada.until("the gap is to be filled in", func() error {
		ada.press("Enter") // deaf for its first moments
		var chosen string
		ada.eval(`(f => f instanceof HTMLTextAreaElement ? f.value.slice(f.selectionStart, f.selectionEnd) : "")(document.activeElement)`, &chosen)
		if chosen != "‹order number›" {
			return fmt.Errorf("%q is chosen", chosen)
		}
		return nil
	})
	ada.typeText("4711")
	ada.press("End")
	ada.typeText(" /open")
	ada.press("Tab")
	ada.press("Enter")
	visitor.gets("Thank you. Dear Ann, order 4711 is refunded within three days. Ada We are here from nine to five.")
	ada.typesIn("/tea")
	ada.get(roleLike("option", "^/team"))
	ada.press("Enter")
	ada.get(role("button", "Send to team"))
	ada.typeText("/end")
	ada.gone(roleLike("option", "^/team"))
	ada.press("Enter")
	ada.get(roleLike("dialog", "^End the chat"))
}

// TestChatFiles: a file goes by the button, one that is not allowed is refused before
// it is sent, and one on its way can be cancelled.
func TestChatFiles(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("Hello?")
	ada.takes()
	dir := t.TempDir()
	write := func(name, content string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ada.sees("Allowed: PNG, JPEG")
	pick := func(path string) {
		t.Helper()
		ada.attachTo("input[type=file]", path)
	}
	pick(write("steps.txt", "First look at the lock."))
	visitor.gets("steps.txt")
	ada.get(roleLike("link", "^\u2068?steps.txt"))
	ada.shot("sent")
	pick(write("steps.exe", "MZ"))
	ada.sees("steps.exe: Not sent.")
	ada.get(role("button", "Delete")).click()
	ada.seesNot("steps.exe")
	pick(write("large.txt", strings.Repeat("large ", 2<<20)))
	ada.sees("large.txt: Not sent. The file is larger than 10 MB.")
	ada.get(role("button", "Delete")).click()
	held := ada.holdRequests("*/files*")
	pick(write("held.txt", "Held back."))
	held.wait()
	ada.sees("Sending \u2068held.txt\u2069")
	ada.shot("sending")
	ada.get(role("button", "Cancel")).click()
	ada.sees("held.txt: Not sent. You cancelled it.")
	held.release()
	ada.get(role("button", "Try again")).click()
	visitor.gets("held.txt")
	ada.seesNot("You cancelled it.")
	if _, err := visitor.SendFile(t.Context(), "receipt.txt", []byte("Paid.")); err != nil {
		t.Fatal(err)
	}
	ada.get(roleLike("link", "^\u2068?receipt.txt"))
}

// attachTo chooses files in a field that only a button opens.
func (b *tab) attachTo(selector string, paths ...string) {
	b.t.Helper()
	b.do("choose a file", chromedp.SetUploadFiles(selector, paths, chromedp.ByQuery))
}

// TestChatOwnReplies: an agent's own replies are made, changed and deleted, and stand
// in the "/" list.
func TestChatOwnReplies(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	s.call(ann).says("Hello?")
	ada.takes()
	ada.openSettings()
	ada.get(role("button", "New reply")).click()
	ada.get(roleLike("textbox", "^Title")).fill("Greeting")
	ada.get(role("button", "Save")).click()
	ada.sees("A reply needs a title and a text.")
	ada.get(roleLike("textbox", "^Text")).fill("Good day, {visitor.firstName}.")
	ada.get(role("button", "Save")).click()
	ada.get(role("button", "Edit Greeting")).click()
	ada.get(roleLike("textbox", "^Title")).fill("Good day")
	ada.get(role("button", "Save")).click()
	ada.get(role("heading", "Good day"))
	ada.shot("own")
	ada.closeSettings()
	ada.opens("Ann Lee")
	ada.typesIn("/good")
	ada.get(role("option", "Good day"))
	ada.press("Enter")
	ada.until("the reply in the composer", func() error {
		if c := ada.composer(); c.value != "Good day, Ann." {
			return fmt.Errorf("it has %q", c.value)
		}
		return nil
	})
	ada.openSettings()
	ada.get(role("button", "Delete the reply “Good day”")).click()
	ada.until("the reply is deleted", func() error {
		if found := ada.all(role("button", "Delete")); len(found) > 0 {
			found[0].click() // deaf for its first moments
		}
		return ada.has("There are no replies yet.", true)
	})
}
