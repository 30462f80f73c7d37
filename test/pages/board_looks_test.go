package pages_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// TestBoardLooks is checks 16 and 17 for the board: each state that is drawn is
// accessible in light, dark and forced colours, and fits 320 pixels and a finger.
func TestBoardLooks(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.supervisor()
	s.admin("PUT", "/queues/3", `{"name":"Refunds and complaints about refunds"}`)
	ada := s.works("ada", 4)
	ann := s.comes("Ann-Katharina von und zu Hohenstein", 1)
	ada.until(fmt.Sprintf("accepted %d", ann.EngagementID))
	ann.writes("https://shop.example/" + longWord)
	s.comes("Bo", 3)

	p := newPerson(t)
	b := p.open(s.url("/board/"))
	b.get(role("textbox", "Account")).fill("sam")
	b.get(role("textbox", "Password")).fill("wrong")
	b.press("Enter")
	b.sees("Account and password don't match.")
	look(b, "log-in")
	b.get(role("textbox", "Account")).fill("ada")
	b.get(role("textbox", "Password")).fill(s.password("ada"))
	b.press("Enter")
	b.sees("The board is for supervisors. This account is not one.")
	b.shot("no supervisor")
	b.get(role("textbox", "Account")).fill("sam")
	b.get(role("textbox", "Password")).fill("look and see")
	b.press("Enter")
	b.get(role("heading", "Queues"))
	look(b, "now")

	b.get(roleLike("row", "^Ada")).click()
	b.get(role("heading", "Ada"))
	look(b, "agent")
	b.press("Escape")
	b.press("Control+k")
	b.get(role("combobox", "Find a command or a chat"))
	look(b, "commands")
	b.typeText("repo")
	b.press("Enter")
	b.get(role("grid", "Reports"))
	look(b, "reports")
	b.get(role("link", "Chats")).click()
	b.get(role("grid", "Chats"))
	look(b, "chats")
	b.get(roleLike("row", "^Ann-Katharina")).click()
	b.get(roleLike("button", "^Whisper to "))
	look(b, "watching")
	b.get(role("button", "Remove visitor…")).click()
	b.sees("The chat ends for everybody in it")
	look(b, "remove asks")
	b.press("Escape")
	b.get(role("link", "Set-up")).click()
	b.get(roleLike("link", "^Ada")).click()
	b.get(role("textbox", "Log-in name"))
	look(b, "set-up")
	b.get(role("button", "Sam")).click()
	b.get(role("menuitem", "Settings")).click()
	b.get(role("heading", "Settings"))
	look(b, "settings")
}

// longWord is one that no line can hold.
const longWord = "averyveryveryveryveryveryveryveryveryveryveryverylongwordwithoutanyspaceinitthatgoesonandonandonandonandon"

// look looks at a state: pictures, the accessibility engine, and narrow windows.
func look(b *tab, state string) {
	b.t.Helper()
	b.shot(state)
	b.fits()
	b.accessibleInAll(state)
	b.prefers("forced-colors", "none", "prefers-color-scheme", "light")
	b.size(320, 640)
	b.fits()
	b.shot(state + " narrow")
	b.phone()
	b.fits()
	b.shot(state + " phone")
	b.do("be a desk again", emulation.SetTouchEmulationEnabled(false))
	b.size(1280, 800)
}
