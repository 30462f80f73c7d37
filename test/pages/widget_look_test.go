package pages_test

import (
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// TestWidgetAccessible is check 16 for the widget's states, and check 17: nobody has to
// scroll sideways, and everything can be hit.
func TestWidgetAccessible(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	b := newPerson(t).open(newShop(t, s, "en").URL)
	b.get(role("button", "Chat")).click()
	p := b.panel()
	question := p.get(role("textbox", "Your question"))
	p.get(role("button", "Start chat")).click()
	p.sees("Please fill in Your question.")
	if !question.focused() {
		t.Error("the focus is not on the first field that is wrong")
	}
	p.accessibleInAll("the form with an error")
	b.shot("form")
	p.fits()
	question.fill("Hello")
	p.get(role("button", "Start chat")).click()
	chat := ada.takes()
	p.sees("Ada joined.")
	ada.says(chat, "Good day")
	p.sees("Good day")
	p.accessibleInAll("the chat")
	p.fits()
	b.prefers("prefers-color-scheme", "dark")
	b.shot("dark")
	b.prefers("forced-colors", "active")
	b.shot("forced")
	b.prefers()
	b.size(320, 400) // as 1280 × 1600 is at 400 %
	p.fits()
	b.shot("small")
	b.size(1280, 800)
	p.get(role("button", "End chat")).click()
	p.get(role("heading", "End the chat?"))
	p.accessibleInAll("the question before the end")
	p.press("Escape")
	ada.ends(chat)
	p.sees("Ada ended the chat.")
	p.accessibleInAll("the end")
	p.fits()
}

// TestWidgetPhone is check 23: with the keyboard open, input and newest message lie in
// what is left of the screen; the page behind is still, and comes back as it was.
func TestWidgetPhone(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	b := newPerson(t).blank()
	b.phone()
	b.load(newShop(t, s, "en").URL)
	b.get(role("button", "Chat"))
	b.eval("scrollTo(0, 300)", nil)
	p := b.asks("Hello")
	chat := ada.takes()
	p.sees("Ada joined.")
	if got := b.get(roleLike("dialog", "Ada|Chat")).properties["modal"]; got != "true" {
		t.Errorf("the panel's modal is %q", got)
	}
	if found := b.all(role("button", "Buy")); len(found) > 0 {
		t.Error("the page behind can be reached")
	}
	for i := range 30 {
		ada.says(chat, fmt.Sprintf("line %d", i))
	}
	p.sees("line 29")
	p.fits()
	b.shot("whole")
	b.do("open the keyboard", emulation.SetDeviceMetricsOverride(360, 420, 2, true))
	b.until("input and newest message in view", func() error {
		input := p.get(role("textbox", "Message")).box()
		var bottom float64
		p.eval(`document.querySelector("#log").lastElementChild.getBoundingClientRect().bottom`, &bottom)
		if low := math.Max(input.y+input.height, bottom); low > 420 {
			return fmt.Errorf("the lowest is at %v", low)
		}
		return nil
	})
	b.shot("keyboard")
	b.do("close the keyboard", emulation.SetDeviceMetricsOverride(360, 740, 2, true))
	p.get(role("button", "Hide chat")).click()
	b.get(role("button", "Buy"))
	if !b.get(roleLike("button", "^Chat")).focused() {
		t.Error("the focus is not on the button")
	}
	var at float64
	if b.eval("scrollY", &at); at != 300 {
		t.Errorf("the page is at %v, it was at 300", at)
	}
}

// TestWidgetArabic is check 24: from right to left, and an English message in it from
// left to right.
func TestWidgetArabic(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	b := newPerson(t).open(newShop(t, s, "ar").URL)
	b.get(roleLike("button", "محادثة")).click()
	var title string
	b.until("the panel", func() error {
		found, err := b.look(roleLike("dialog", "."))
		if err == nil && (len(found) == 0 || found[0].name == "محادثة") {
			err = fmt.Errorf("it has no title yet")
		} else if err == nil {
			title = found[0].name
		}
		return err
	})
	p := b.inFrame(title)
	p.until("right to left", func() error {
		var dir string
		if p.eval("document.documentElement.dir + document.documentElement.lang", &dir); dir != "rtlar" {
			return fmt.Errorf("it is %q", dir)
		}
		return nil
	})
	p.get(roleLike("textbox", "سؤال")).fill("Hello there")
	p.press("Tab")
	p.press("Enter")
	chat := ada.takes()
	ada.says(chat, "English words.")
	p.sees("English words.")
	var direction string
	p.eval(`getComputedStyle([...document.querySelectorAll("article p")].find(e => e.textContent === "English words.")).direction`, &direction)
	if direction != "ltr" {
		t.Errorf("an English message is %s", direction)
	}
	p.accessible("Arabic")
	p.fits()
	b.shot("chat")
	for _, css := range []string{"widget/panel.css", "look/base.css", "look/tokens.css"} {
		text, err := os.ReadFile(filepath.Join(sources, "src", css))
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"left", "right"} {
			if strings.Contains(string(text), word+":") || strings.Contains(string(text), "-"+word) || strings.Contains(string(text), ": "+word) {
				t.Errorf("%s has a physical %s", css, word)
			}
		}
	}
}

// TestWidgetHours is check 22: closed says when it opens, in the visitor's own time;
// a message can be left; and it is open again without a reload.
func TestWidgetHours(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	newDesk(t, s, "ada")
	b := newPerson(t).blank()
	b.from("America/New_York", "en-US")
	b.load(newShop(t, s, "en").URL)
	b.get(role("button", "Chat")).click()
	p := b.panel()
	p.get(role("button", "Start chat"))
	door := b.holdRequests("*/open?*")
	b.get(role("button", "Chat")).click() // hides it
	b.get(role("button", "Chat")).click()
	closed := func(opens string) string {
		return `{"state":"CLOSED","mayWait":false,"opens":"` + opens + `","queueId":0,"position":0,"expectedWaitTimeSeconds":0,"widget":{"title":"","greeting":"","color":"#ffe000","theme":"","position":"","fields":"","whenClosed":"MESSAGE","privacyUrl":"","emailAddress":"","texts":{}},"files":{"allowed":false,"maxBytes":0,"types":[]},"sneakPreviewState":"DISABLED","mailTranscripts":false,"time":"2026-01-01T00:00:00.000Z"}`
	}
	door.wait().answer(http.StatusOK, closed("2031-05-05T13:00:00.000Z"))
	p.sees("We're closed now.")
	p.sees("Open again May 5 9:00 AM (your time).")
	p.get(role("textbox", "Email")).fill("ann@example.org")
	p.get(role("textbox", "Message")).fill("Please call me")
	p.accessibleInAll("closed")
	b.shot("closed")
	p.get(role("button", "Send message")).click()
	p.sees("Your message is stored.")
	p.get(role("button", "New chat")).click()
	door.release()
	b.get(roleLike("button", "Leave a message")).click()
	b.get(roleLike("button", "Leave a message")).click()
	p.get(role("button", "Start chat"))
}

// TestWidgetQueue is the other half of check 22: the place and the wait are what the
// server last said, and nobody counts them down.
func TestWidgetQueue(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	shop := newShop(t, s, "en")
	first := newPerson(t).open(shop.URL)
	p := first.waits("I am first")
	p.sees("You are next.")
	second := newPerson(t).open(shop.URL)
	q := second.waits("I am second")
	q.sees("You are number 2.")
	q.sees("You can write already; an agent will read it.")
	q.accessibleInAll("the queue")
	second.shot("queue")
	p.get(role("button", "Leave the queue")).click()
	p.get(role("heading", "Leave the queue? Your place is given up."))
	p.get(role("dialog", "Leave the queue? Your place is given up."))
	p.until("left", func() error {
		var ended bool
		p.eval(`[...document.querySelectorAll("dialog button.risky")].forEach(b => b.click()), !document.querySelector("dialog")`, &ended)
		if !ended {
			return fmt.Errorf("the question is still there")
		}
		return nil
	})
	p.sees("You ended the chat.")
	q.sees("You are next.")
}

// TestWidgetSpeaks: the language and the looks are those that the page asks for, and
// follow it when it changes its mind.
func TestWidgetSpeaks(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	newDesk(t, s, "ada")
	b := newPerson(t).open(newShop(t, s, "en", "language", "de", "theme", "dark", "color", "#ffe000", "title", "Frag uns", "position", "left").URL)
	button := b.get(role("button", "Chat"))
	if x := button.box().x; x > 100 {
		t.Errorf("the button is at %v, it belongs to the left", x)
	}
	button.click()
	p := b.inFrame("Frag uns")
	p.get(role("button", "Chat starten"))
	var looks []string
	p.eval(`[document.documentElement.lang, document.documentElement.dataset.theme, getComputedStyle(document.documentElement).getPropertyValue("--accent")]`, &looks)
	if want := []string{"de", "dark", "#ffe000"}; !slices.Equal(looks, want) {
		t.Errorf("it looks like %q, expected %q", looks, want)
	}
	p.accessible("yellow on dark")
	b.eval(`usher.set({language: "fr", theme: "light"})`, nil)
	p.get(role("button", "Démarrer le chat"))
	p.eval(`[document.documentElement.lang, document.documentElement.dataset.theme, ""]`, &looks)
	if want := []string{"fr", "light", ""}; !slices.Equal(looks, want) {
		t.Errorf("it looks like %q, expected %q", looks, want)
	}
	p.accessible("yellow on light")
	b.shot("yellow")
}
