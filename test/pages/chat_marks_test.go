package pages_test

import (
	"fmt"
	"testing"
)

// TestChatMarks is check 1 of the console: what is sent says so only when the server
// has it, and "Delivered" only when the visitor's program has confirmed it.
func TestChatMarks(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann)
	visitor.says("My card was refused twice.")
	ada.takes()
	ada.sees("My card was refused twice.")
	held := ada.holdAnswers("*/postMessage*")
	ada.typesIn("Which shop was it?")
	ada.press("Enter")
	answer := held.wait()
	ada.marked("Which shop was it?", "Sending…")
	ada.shot("sending")
	ada.seesNot("Sent")
	answer.release()
	ada.marked("Which shop was it?", "Sent")
	ada.seesNot("Sending…")
	ada.shot("sent")
	visitor.listen().gets("Which shop was it?")
	ada.marked("Which shop was it?", "Delivered")
	if n := ada.count("Which shop was it?"); n != 1 {
		t.Errorf("the message stands there %d times", n)
	}
}

// TestChatCut is check 2 of the console: the connection is cut between a request and
// its answer, and afterwards there is one copy on both sides.
func TestChatCut(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("Hello?")
	ada.takes()
	held := ada.holdAnswers("*/postMessage*")
	ada.typesIn("Which shop was it?")
	ada.press("Enter")
	held.wait().lose()
	ada.marked("Which shop was it?", "Sending…")
	held.release()
	ada.marked("Which shop was it?", "Delivered")
	ada.typesIn("And when?")
	ada.press("Enter")
	visitor.gets("And when?")
	if got := visitor.received(); len(got) != 2 || got[0] != "Which shop was it?" {
		t.Errorf("the visitor got %q", got)
	}
	if n := ada.count("Which shop was it?"); n != 1 {
		t.Errorf("the message stands there %d times", n)
	}
}

// TestChatReload is check 4 of the console: two unsent messages outlive a reload, are
// shown as on their way, and go out in order.
func TestChatReload(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("Hello?")
	ada.takes()
	before := ada.holdRequests("*/postMessage*")
	ada.typesIn("One")
	ada.press("Enter")
	ada.typesIn("Two")
	ada.press("Enter")
	before.wait()
	ada.marked("Two", "Sending…")
	ada.typesIn("Three, half a sen")
	ada.reload()
	ada.marked("One", "Sending…")
	ada.marked("Two", "Sending…")
	if got := ada.composer().value; got != "Three, half a sen" {
		t.Errorf("after the reload the draft is %q", got)
	}
	before.release()
	visitor.gets("Two")
	ada.marked("Two", "Delivered")
	if got := visitor.received(); len(got) != 2 || got[0] != "One" || got[1] != "Two" {
		t.Errorf("the visitor got %q", got)
	}
}

// TestChatRefused: what the server refuses stays, with why, and can be tried again,
// edited or deleted.
func TestChatRefused(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("Hello?")
	ada.takes()
	held := ada.holdRequests("*/postMessage*")
	const refusal = `{"exceptionCode": "BAD_REQUEST", "message": "Not today."}`
	for _, text := range []string{"One", "Two", "Three"} {
		ada.typesIn(text)
		ada.press("Enter")
		held.wait().answer(400, refusal)
		ada.marked(text, "Not sent. The server refused it: Not today.")
	}
	ada.shot("refused")
	ada.accessible("refused messages")
	held.release()
	ada.get(role("button", "Delete")).click() // One
	ada.get(role("button", "Edit")).click()   // Two
	ada.until("the words of Two in the composer", func() error {
		if got := ada.composer().value; got != "Two" {
			return fmt.Errorf("the composer has %q", got)
		}
		return nil
	})
	ada.get(role("button", "Try again")).click() // Three
	visitor.gets("Three")
	ada.composer().focus()
	ada.press("End")
	ada.typeText(" is better")
	ada.press("Enter")
	visitor.gets("Two is better")
	if got := visitor.received(); len(got) != 2 {
		t.Errorf("the visitor got %q", got)
	}
	ada.gone(role("button", "Delete"))
}

// TestChatBlocked: what the spam checks hold back says so, and does not count as sent.
func TestChatBlocked(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.admin("PATCH", "/settings", `{"spam": true, "spamAgents": true, "spamLimits": {"maxLinks": 1}}`)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("Hello?")
	ada.takes()
	const links = "https://a.example https://b.example https://c.example https://d.example"
	ada.typesIn(links)
	ada.press("Enter")
	ada.marked(links, "Not delivered: blocked as suspicious.")
	ada.typesIn("Without links then.")
	ada.press("Enter")
	visitor.gets("Without links then.")
	ada.marked("Without links then.", "Delivered")
	ada.marked(links, "Not delivered: blocked as suspicious.")
	if got := visitor.received(); len(got) != 1 {
		t.Errorf("the visitor got %q", got)
	}
	ada.shot("blocked")
}

// TestChatOffline: without a connection one goes on writing, and what can't be done
// says why; what was written goes out when the connection is back.
func TestChatOffline(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("Hello?")
	ada.takes()
	ada.offline(true)
	ada.typesIn("In the tunnel.")
	ada.press("Enter")
	ada.marked("In the tunnel.", "Sending…")
	ada.until("Transfer needs a connection", func() error {
		if b := ada.get(role("button", "Transfer")); b.properties["disabled"] != "true" || b.about != "Needs a connection." {
			return fmt.Errorf("it is %q, %v", b.about, b.properties)
		}
		return nil
	})
	ada.get(role("button", "Transfer")).click()
	ada.gone(roleLike("dialog", "^Transfer"))
	ada.typesIn("Half a sen")
	ada.shot("offline")
	ada.accessible("a chat without a connection")
	ada.offline(false)
	visitor.gets("In the tunnel.")
	ada.marked("In the tunnel.", "Delivered")
	if got := ada.composer().value; got != "Half a sen" {
		t.Errorf("the draft is %q", got)
	}
	ada.get(role("button", "Transfer")).click()
	ada.get(roleLike("dialog", "^Transfer"))
}
