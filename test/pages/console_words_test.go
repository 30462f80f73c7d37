package pages_test

import (
	"fmt"
	"strings"
	"testing"
)

// heard notes what is said to a screen reader: what comes into its regions.
const heard = `{
	window.heard = []
	addEventListener("DOMContentLoaded", () => new MutationObserver(changes => {
		for (const change of changes) for (const node of change.addedNodes) {
			const region = node.parentElement?.closest("[role=log].unseen, [role=alert].unseen")
			if (region && node.textContent) heard.push(region.getAttribute("role") + ": " + node.textContent.replace(/[\u2068\u2069]/g, ""))
		}
	}).observe(document, {subtree: true, childList: true}))
}`

// hears returns when something was said once that begins so.
func (b *tab) hears(beginning string) {
	b.t.Helper()
	b.until("to hear "+beginning, func() error {
		var all []string
		b.eval("heard", &all)
		n := 0
		for _, s := range all {
			if strings.HasPrefix(s, beginning) {
				n++
			}
		}
		if n != 1 {
			return fmt.Errorf("it was said %d times: %q", n, all)
		}
		return nil
	})
}

// TestConsoleSaysAloud is check 15 of the frame: an offer is said at once and when the
// time runs out, other chats are summed up, a lost connection is said.
func TestConsoleSaysAloud(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.admin("PATCH", "/settings", `{"offerSeconds": 12}`)
	b := newPerson(t).blank()
	b.onEachPage(heard)
	b.load(s.url("/console/"))
	b.logsIn("ada", s.password("ada"))
	b.becomes("Available")
	first := s.call(ann)
	b.hears("alert: New chat: Ann Lee, Support.")
	b.hears("alert: 10 seconds left to answer.")
	b.accepts("Ann Lee")
	second := s.call(bo)
	b.accepts("Bo Dean")
	for i := range 5 {
		first.says("number %d", i+1)
	}
	b.get(roleLike("button", "^\u2068Ann Lee\u2069.*5 unread"))
	second.says("In view")
	b.hears("log: Bo Dean: In view")
	var summed int
	b.eval(`heard.filter(x => x.includes("another chat")).length`, &summed)
	if summed != 1 {
		t.Errorf("other chats were summed up %d times at once", summed)
	}
	b.offline(true)
	b.hears("alert: No connection since ")
	b.offline(false)
	b.seesNot("No connection since ")
}

// TestConsoleNotStoring: a server that is there and can't store says so, and what was
// written goes out afterwards.
func TestConsoleNotStoring(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := s.signsIn(newPerson(t), "ada")
	b.becomes("Available")
	visitor := s.call(ann).listen()
	b.accepts("Ann Lee")
	posts := b.holdRequests("*/postMessage*")
	b.typesIn("Which shop was it?")
	b.press("Enter")
	posts.wait().answer(503, `{"exceptionCode": "SERVICE_UNAVAILABLE", "message": "Nothing can be stored now: try again later."}`, "Retry-After", "1")
	b.sees("The server can't store anything right now. We keep trying.")
	b.shot("not-storing")
	b.accessibleInAll("not storing")
	posts.release()
	visitor.gets("Which shop was it?")
	b.seesNot("The server can't store anything right now.")
}

// TestConsoleLostOnPhone is check 17 of what is shown when the connection is lost, and
// when the session has ended.
func TestConsoleLostOnPhone(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := newPerson(t).blank()
	b.phone()
	b.load(s.url("/console/"))
	b.logsIn("ada", s.password("ada"))
	b.becomes("Available")
	s.call(ann).says("My card was refused.")
	b.accepts("Ann Lee")
	b.offline(true)
	b.sees("No connection since ")
	b.fits()
	b.shot("offline")
	b.get(role("button", "Back to my chats")).tap()
	b.get(roleLike("navigation", "^My chats"))
	b.shot("offline-list")
	b.fits()
	b.accessible("offline on a phone")
	b.offline(false)
	b.seesNot("No connection since ")
	home := newPerson(t).open(s.url("/console/"))
	home.logsIn("ada", s.password("ada"))
	home.get(role("button", "Go on here")).click()
	b.sees("This session has ended")
	b.shot("stopped")
	b.fits()
	b.accessible("stopped on a phone")
	b.get(role("button", "Log out")).tap()
	b.get(role("heading", "Log in"))
	home.row("Ann Lee")
}
