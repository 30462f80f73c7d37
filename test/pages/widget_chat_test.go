package pages_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	wire "usher/api/agent"
)

// TestWidgetChat: from the button to the rating, as the drawings have it.
func TestWidgetChat(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	b := newPerson(t).open(newShop(t, s, "en").URL)
	b.get(role("button", "Chat"))
	b.shot("closed")
	p := b.asks("Card was refused")
	chat := ada.takes()
	p.sees("Ada joined.")
	p.sees("Hello, this is Ada.")
	p.get(role("heading", "Ada"))
	if !p.get(role("textbox", "Message")).focused() {
		t.Error("the focus did not go on to the input")
	}
	p.writes("It was in town")
	ada.reads("It was in town")
	p.marked("It was in town", "Delivered")
	if err := ada.session.SetInteractionStatus(t.Context(), chat, "RESPONDING"); err != nil {
		t.Fatal(err)
	}
	p.sees("Ada is typing…")
	b.shot("chat")
	ada.says(chat, "One moment.")
	p.sees("One moment.")
	var told string
	p.until("the message for ears", func() error {
		if p.eval(`document.querySelector("[role=log]").innerText`, &told); !strings.Contains(told, "One moment.") {
			return fmt.Errorf("told is %q", told)
		}
		return nil
	})
	p.seesNot("is typing")
	ada.ends(chat)
	p.sees("Ada ended the chat.")
	b.shot("ended")
	if got := slices.Index(p.messages(), ""); got >= 0 {
		t.Error("an empty message is there")
	}
	if !p.get(role("heading", "Ada ended the chat.")).focused() {
		t.Error("the focus is lost with the input")
	}
	var saved string
	p.eval(`new Promise(done => {
		HTMLAnchorElement.prototype.click = function() { done(this.download + " " + this.href.split(":")[0]) }
		;[...document.querySelectorAll("button")].find(b => b.textContent === "Save transcript").click()
	})`, &saved)
	if want := fmt.Sprintf("chat-%d.txt blob", chat); saved != want {
		t.Errorf("saved is %q, expected %q", saved, want)
	}
	p.get(roleLike("radio", "^4 of 5")).click()
	p.get(role("textbox", "Comment")).fill("kind")
	p.get(role("button", "Send rating")).click()
	p.sees("Your rating is stored.")
	b.shot("rated")
	p.get(role("button", "New chat")).click()
	p.get(role("textbox", "Your question"))
	b.shot("again")
}

// TestWidgetRequeued: a chat that is passed on tells who has left and that nothing is
// lost, and then who has come.
func TestWidgetRequeued(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	b := newPerson(t).open(newShop(t, s, "en").URL)
	p := b.asks("Hello")
	chat := ada.takes()
	p.writes("keep this")
	ada.reads("keep this")
	p.sees("Ada joined.")
	if err := ada.session.RequestAssignment(t.Context(), false, 0, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := ada.session.Transfer(t.Context(), wire.TransferRequest{EngagementID: chat, QueueID: s.demo().Queues[0].QueueID}); err != nil {
		t.Fatal(err)
	}
	p.sees("Ada has left. You're in the queue again; your messages are kept.")
	p.sees("You are next.")
	b.shot("queued")
	bob := newDesk(t, s, "bob")
	bob.takes()
	p.sees("Bob joined.")
	p.get(role("heading", "Bob"))
	bob.says(chat, "I go on.")
	p.sees("I go on.")
	if n := p.count("keep this"); n != 1 {
		t.Errorf("what was said is there %d times", n)
	}
}
