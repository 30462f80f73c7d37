package pages_test

import (
	"errors"
	"testing"

	"usher/api/sites"
)

// TestChatVisitor: what is known of the visitor is shown and edited, and nothing is
// said to be saved before it is.
func TestChatVisitor(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann)
	visitor.says("Hello?")
	ada.takes()
	ada.sees("typed by the visitor")
	ada.get(role("button", "Edit Email")).click()
	ada.get(role("textbox", "Email")).fill("ann.lee@example.org")
	held := ada.holdAnswers("*/modifyProperties*")
	ada.press("Enter")
	answer := held.wait()
	ada.sees("Saving…")
	ada.seesNot("Saved")
	answer.release()
	ada.sees("Saved")
	ada.sees("ann.lee@example.org")
	held.release()
	ada.get(role("button", "Edit Question")).click()
	ada.get(role("textbox", "Question")).fill("Card refused in town")
	ada.press("Escape")
	ada.gone(role("textbox", "Question"))
	ada.sees("Card refused")
	ada.seesNot("in town")
	refused := ada.holdRequests("*/modifyProperties*")
	ada.press("Enter") // the focus is on Edit again
	ada.get(role("textbox", "Question")).fill("Card refused in town")
	ada.get(role("button", "Save")).click()
	refused.wait().answer(409, `{"exceptionCode": "CONFLICT", "message": "Somebody else leads it now."}`)
	ada.sees("Not saved. The server refused it: Somebody else leads it now.")
	ada.shot("not saved")
	ada.accessible("a property that was not saved")
	refused.release()
	ada.get(role("button", "Save")).click()
	ada.gone(role("textbox", "Question"))
	ada.sees("Card refused in town")

	ada.get(role("textbox", "Notes to keep")).focus()
	ada.typeText("Wants to keep the limit")
	ada.sees("Saved ")
	ada.reload()
	ada.until("the notes after a reload", func() error {
		if ada.get(role("textbox", "Notes to keep")).value != "Wants to keep the limit" {
			return errors.New("they are not there")
		}
		return nil
	})
	ada.shot("notes")
}

// TestChatEarlier: a past chat is found by its words, and read beside the visitor's
// next one.
func TestChatEarlier(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	known := sites.SessionAttributes{FirstName: "Ann", LastName: "Lee", EmailAddress: "ann@example.org", Question: "Lost card"}
	first := s.call(known).listen()
	first.says("The zebra took my card.")
	ada.takes()
	ada.typesIn("Which zebra?")
	ada.press("Enter")
	first.gets("Which zebra?")
	if err := first.Conclude(t.Context()); err != nil {
		t.Fatal(err)
	}
	ada.get(role("button", "Finish and free the place")).click()
	ada.gone(role("heading", "Wrap-up"))

	ada.get(role("button", "Past chats")).click()
	ada.get(roleLike("searchbox", "^Words")).fill("zebra")
	ada.until("the chat is found", func() error { // the archive follows soon
		ada.get(roleLike("searchbox", "^Words")).focus()
		ada.press("Enter")
		return ada.has("The zebra took my card", true)
	})
	ada.shot("found")
	ada.accessible("what was found")
	ada.get(roleLike("button", "The zebra took my card")).click()
	ada.get(role("button", "Back to the results"))
	ada.sees("Which zebra?")
	ada.shot("record")
	ada.accessible("a past chat")
	ada.get(role("button", "Back to the results")).click()
	ada.until("the focus is on the result again", func() error {
		if ada.get(roleLike("button", "The zebra took my card")).focused() {
			return nil
		}
		return errors.New("it is elsewhere")
	})
	ada.get(roleLike("searchbox", "^Words")).fill("unicorn")
	ada.press("Enter")
	ada.sees("No past chat matches.")
	ada.get(role("button", "Close")).click()

	again := s.call(known)
	again.says("It came back.")
	ada.takes()
	ada.get(roleLike("button", "^Open the chat of .*Lost card")).click()
	ada.sees("The zebra took my card.")
	ada.get(role("textbox", "Message to \u2068Ann Lee\u2069"))
	ada.shot("beside")
	ada.accessible("an earlier chat")
	ada.get(role("button", "Back to the visitor")).click()
	ada.get(role("heading", "Earlier chats 1"))
}
