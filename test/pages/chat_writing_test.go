package pages_test

import (
	"fmt"
	"strings"
	"testing"

	"usher/api/sites"
)

// TestChatDrafts is check 10: a draft belongs to its chat, and nothing that arrives
// moves the focus.
func TestChatDrafts(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("Hello?")
	ada.takes()
	ada.typesIn("Half a sen")
	bo := s.call(sites.SessionAttributes{FirstName: "Bo", LastName: "Dean"})
	bo.says("Me too")
	ada.get(role("button", "Accept"))
	visitor.says("Are you there?")
	ada.sees("Are you there?")
	ada.typeText("tence")
	if c := ada.composer(); !c.focused() || c.value != "Half a sentence" {
		t.Errorf("after what arrived the composer has %q, and the focus: %v", c.value, c.focused())
	}
	ada.takes()
	ada.get(role("heading", "Bo Dean · Support"))
	if c := ada.composer(); c.value != "" || !strings.Contains(c.name, "Bo Dean") {
		t.Errorf("in the new chat the composer %q has %q", c.name, c.value)
	}
	ada.get(roleLike("button", "^Send to .*Bo Dean"))
	ada.opens("Ann Lee")
	if c := ada.composer(); c.value != "Half a sentence" || !strings.Contains(c.name, "Ann Lee") {
		t.Errorf("back in the first chat the composer %q has %q", c.name, c.value)
	}
	ada.shot("back")
}

// TestChatWhisper is check 11: what is for the team never reaches the visitor, and the
// visitor is the receiver again after it.
func TestChatWhisper(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("Hello?")
	ada.takes()
	ada.get(roleLike("button", "^Send to .*Ann Lee"))
	ada.composer().focus()
	ada.press("Shift+Tab") // to whom
	ada.press("ArrowRight")
	ada.get(role("button", "Send to team"))
	ada.sees("Team only. \u2068Ann Lee\u2069 does not see this.")
	ada.composer().focus()
	ada.typeText("Give her the limit?")
	ada.shot("whisper")
	ada.press("Enter")
	ada.marked("Give her the limit?", "Sent")
	ada.marked("Give her the limit?", "Team only")
	ada.get(roleLike("button", "^Send to .*Ann Lee"))
	ada.typeText("One moment.")
	ada.press("Enter")
	visitor.gets("One moment.")
	ada.marked("One moment.", "Delivered")
	if got := visitor.received(); len(got) != 1 {
		t.Errorf("the visitor got %q", got)
	}
	transcript, err := visitor.Transcript(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if all := fmt.Sprintf("%+v", transcript); strings.Contains(all, "limit") || !strings.Contains(all, "One moment.") {
		t.Errorf("the visitor's transcript is %s", all)
	}
	ada.shot("after")
}

// TestChatKeys is check 13: AltGr types, and what belongs to an input method sends
// nothing.
func TestChatKeys(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("Hello?")
	ada.takes()
	ada.typesIn("")
	ada.typeAltGr("ą", "KeyA")
	ada.typeAltGr("@", "KeyQ")
	ada.typeAltGr("€", "KeyE")
	ada.compose("に")
	ada.press("Enter") // belongs to the composition
	ada.composed("日本")
	var sent bool
	ada.composer().call(`function() {
		// Some input methods say so by the key code alone.
		const key = new KeyboardEvent("keydown", {key: "Enter", keyCode: 229, bubbles: true, cancelable: true})
		return !this.dispatchEvent(key)
	}`, &sent)
	// A real input method would have taken the key; here it makes a line of its own.
	if got := ada.composer().value; sent || strings.TrimSpace(got) != "ą@€日本" {
		t.Errorf("Enter within a composition sent: %v; the composer has %q", sent, got)
	}
	ada.press("Shift+Enter")
	ada.typeText("end")
	ada.repeat("Enter", 3)
	visitor.gets("ą@€日本\nend")
	if got := visitor.received(); len(got) != 1 {
		t.Errorf("the visitor got %q", got)
	}
}

// TestChatRich: formatting is sent only where a button was used, as clean rich text.
func TestChatRich(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("Hello?")
	ada.takes()
	ada.typesIn("2 **3** <b>x</b>")
	ada.press("Enter")
	visitor.gets("2 **3** <b>x</b>")
	ada.typesIn("Now ")
	ada.get(role("button", "Bold")).click()
	ada.typeText("bold & <i>")
	ada.press("Enter")
	visitor.gets("Now <b>bold &amp; &lt;i&gt;</b>")
	ada.sees("Now bold & <i>")
	ada.get(role("button", "Link")).click()
	ada.get(role("textbox", "Address of the link")).fill("nothing")
	ada.press("Enter")
	ada.sees("This is no address.")
	ada.get(role("textbox", "Address of the link")).fill("https://example.org/a")
	ada.press("Enter")
	ada.gone(role("dialog", "Insert link"))
	ada.until("the link in the composer", func() error {
		if c := ada.composer(); c.value != "[https://example.org/a](https://example.org/a)" || !c.focused() {
			return fmt.Errorf("the composer has %q", c.value)
		}
		return nil
	})
	ada.press("Enter")
	visitor.gets(`<a href="https://example.org/a"`)
	ada.shot("rich")
}
