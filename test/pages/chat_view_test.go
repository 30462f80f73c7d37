package pages_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"usher/api/sites"
)

// spoken listens to what the page says aloud from now on.
func (b *tab) spoken() func() []string {
	b.t.Helper()
	b.eval(`(() => {
		window.spoken = []
		const watch = new MutationObserver(all => { for (const m of all) for (const n of m.addedNodes) window.spoken.push(n.textContent) })
		for (const e of document.querySelectorAll("[role=log], .unseen[role=alert]")) watch.observe(e, {childList: true})
		return document.querySelectorAll("[role=log], .unseen[role=alert]").length
	})()`, nil)
	return func() (all []string) {
		b.t.Helper()
		b.eval("window.spoken", &all)
		return all
	}
}

// TestChatAloud is check 15 for the open chat: each message that comes is said once,
// and nothing of the history when a chat is opened.
func TestChatAloud(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	for i := range 100 {
		visitor.says("Line %d.", i)
	}
	said := ada.spoken()
	ada.takes()
	ada.sees("Line 99.")
	visitor.says("And one more.")
	visitor.says("And the last.")
	ada.sees("And the last.")
	ada.typesIn("I see.")
	ada.press("Enter")
	visitor.gets("I see.")
	ada.marked("I see.", "Delivered")
	all := said()
	about := func(text string) (n int) {
		for _, s := range all {
			if strings.Contains(s, text) {
				n++
			}
		}
		return n
	}
	if about("Line") > 0 || about("And one more.") != 1 || about("And the last.") != 1 || about("I see.") > 0 || about("Sent") > 0 {
		t.Errorf("the page said %q", all)
	}
	if !slices.Contains(all, "Chat with \u2068Ann Lee\u2069, 100 messages") || !slices.Contains(all, "\u2068Ann Lee\u2069: And the last.") {
		t.Errorf("the page said %q", all)
	}
}

// TestChatLong: at most 80 messages of a long chat are in the page; older ones come on
// scrolling up, and new ones move nothing that is read.
func TestChatLong(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	for i := range 300 {
		visitor.says("Line %d.", i)
	}
	ada.takes()
	ada.sees("Line 299.")
	articles := func() (n int) {
		t.Helper()
		ada.eval(`document.querySelectorAll(".log article").length`, &n)
		return n
	}
	ada.press("ArrowUp") // the composer is empty: to the newest message
	most := 0
	ada.until("the beginning", func() error {
		ada.press("Home")
		ada.press("ArrowUp")
		most = max(most, articles())
		return ada.has("The chat begins here.", true)
	})
	if most > 80 {
		t.Errorf("%d messages are in the page", most)
	}
	ada.sees("Line 0.")
	var before, after float64
	const top = `document.querySelector(".log").querySelector("article").getBoundingClientRect().top`
	ada.eval(top, &before)
	visitor.says("What is new.")
	ada.get(role("button", "1 new below"))
	ada.eval(top, &after)
	if before != after {
		t.Errorf("what was read moved from %v to %v", before, after)
	}
	ada.shot("above")
	ada.accessible("a long chat, scrolled up")
	ada.get(role("button", "1 new below")).click()
	ada.sees("What is new.")
	ada.gone(roleLike("button", "new below"))
	if n := articles(); n > 80 {
		t.Errorf("%d messages are in the page", n)
	}
	ada.press("Escape")
}

// TestChatTyping: what the visitor types is shown as typed and not sent, goes with the
// post, and is said only in the open chat.
func TestChatTyping(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.admin("PATCH", "/settings", `{"sneakPreview": true}`)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("Hello?")
	ada.takes()
	visitor.types("it was the one on the cor")
	ada.sees("\u2068Ann Lee\u2069 is typing: “\u2068it was the one on the cor\u2069” (preview, not sent)")
	ada.accessibleInAll("typing")
	ada.shot("preview")
	visitor.says("It was the one on the corner.")
	ada.sees("It was the one on the corner.")
	ada.seesNot("is typing")
}

// TestChatNew: what came while another chat was open is marked as new, and a message
// counts as seen only when it was in view of an open chat.
func TestChatNew(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("Hello?")
	seen := ada.holdRequests("*/seen*")
	ada.takes()
	seen.wait().release() // after a second in view
	bo := s.call(sites.SessionAttributes{FirstName: "Bo", LastName: "Dean"})
	bo.says("Me too")
	ada.takes()
	ada.get(role("heading", "Bo Dean · Support"))
	visitor.says("Are you there?")
	ada.get(roleLike("button", "Ann Lee.*1 unread"))
	seen.wait().release()
	if !seen.none() {
		t.Error("a message counts as seen that was in no open chat")
	}
	ada.opens("Ann Lee")
	ada.sees("New since you looked")
	ada.get(roleLike("article", "Ann Lee"))
	seen.wait().release()
	ada.until("nothing unread", func() error {
		if found, err := ada.look(roleLike("button", "unread")); err != nil || len(found) > 0 {
			return errors.Join(err, fmt.Errorf("%d rows are", len(found)))
		}
		return nil
	})
	seen.release()
}

// TestChatStates is checks 16 and 17 for the states of a chat: the accessibility engine
// finds nothing in light, dark and forced colours, and nothing is cut on a phone.
func TestChatStates(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.admin("PATCH", "/settings", `{"results": [{"id": 1, "name": "Solved"}]}`)
	s.admin("PUT", "/replies/1", `{"title": "Refund", "text": "Dear {visitor.firstName}, it is refunded."}`)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(ann).listen()
	visitor.says("My card was refused twice.")
	ada.takes()
	ada.typesIn("Which shop was it?")
	ada.press("Enter")
	ada.press("Shift+Tab")
	ada.press("ArrowRight")
	ada.get(role("textbox", "Message to the team")).focus()
	ada.typeText("Give her the limit?")
	ada.accessibleInAll("a whisper")
	ada.press("Enter")
	ada.marked("Give her the limit?", "Team only")
	ada.accessibleInAll("a chat")
	ada.prefers("prefers-color-scheme", "dark")
	ada.shot("dark")
	ada.prefers("forced-colors", "active")
	ada.shot("forced")
	ada.prefers("forced-colors", "none")

	ada.phone()
	ada.get(role("button", "More actions"))
	ada.fits()
	ada.shot("phone")
	ada.size(320, 568)
	ada.fits()
	ada.shot("narrow")
	ada.typesIn("/re")
	ada.get(role("option", "Refund"))
	ada.fits()
	ada.shot("narrow list")
	ada.press("Escape")
	ada.get(role("button", "More actions")).click()
	ada.get(role("menuitem", "Transfer")).click()
	ada.get(roleLike("option", "^▦? ?Support"))
	ada.fits()
	ada.accessible("the transfer dialog on a phone")
	ada.shot("narrow transfer")
	ada.press("Escape")
	ada.get(role("button", "Visitor")).click()
	ada.get(role("complementary", "Visitor"))
	ada.fits()
	ada.shot("narrow visitor")
	ada.get(role("button", "Chat")).click()
	ada.get(role("button", "More actions")).click()
	ada.get(role("menuitem", "End…")).click()
	ada.get(role("dialog", "End the chat with \u2068Ann Lee\u2069?"))
	ada.fits()
	ada.until("the chat has ended", func() error {
		ada.press("Enter") // deaf for its first moments
		return ada.has("Ada ended the chat.", true)
	})
	ada.get(role("combobox", "Result"))
	ada.fits()
	ada.accessible("wrap-up on a phone")
	ada.shot("narrow wrap-up")
}
