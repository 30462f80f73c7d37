package pages_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWidgetMarks is check 1: what the server has not answered is not called sent.
func TestWidgetMarks(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := newPerson(t).open(newShop(t, s, "en").URL)
	p := b.waits("Hello")
	answers := b.holdAnswers("*/postMessage*")
	p.writes("first")
	held := answers.wait()
	p.marked("first", "Sending…")
	p.writes("second")
	p.marked("second", "Sending…")
	if n := p.count("Sent"); n != 1 { // the question's
		t.Errorf("%d messages are marked as sent before their answer", n)
	}
	b.shot("sending")
	held.release()
	p.marked("first", "Sent. An agent will read it on joining.")
	answers.release()
	p.marked("second", "Sent. An agent will read it on joining.")
}

// TestWidgetCut is check 2: a connection that is cut between request and answer makes
// neither a loss nor a second copy.
func TestWidgetCut(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	b := newPerson(t).open(newShop(t, s, "en").URL)
	p := b.asks("Hello")
	chat := ada.takes()
	answers := b.holdAnswers("*/postMessage*")
	p.writes("only once")
	answers.wait().lose()
	answers.release()
	ada.reads("only once")
	p.marked("only once", "Delivered")
	ada.says(chat, "after it")
	p.sees("after it")
	if n := p.count("only once"); n != 1 {
		t.Errorf("the visitor sees it %d times", n)
	}
	p.writes("next")
	ada.reads("next")
	if got := ada.heard(); !slices.Equal(got, []string{"only once", "next"}) {
		t.Errorf("the agent has %q", got)
	}
}

// TestWidgetRestart is check 3, the visitor's side: a server that was killed and came
// back costs no click, no word and no draft.
func TestWidgetRestart(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	b := newPerson(t).open(newShop(t, s, "en").URL)
	b.expects(regexp.QuoteMeta("ERR_CONNECTION_REFUSED"))
	p := b.asks("Hello")
	chat := ada.takes()
	p.writes("before")
	ada.reads("before")
	draft := p.get(role("textbox", "Message"))
	draft.fill("half a sen")
	s.kill()
	p.sees("Reconnecting… What you send is kept here.")
	b.shot("reconnecting")
	s.again()
	p.seesNot("Reconnecting…")
	ada.says(chat, "I am here again")
	p.sees("I am here again")
	var text string
	p.eval(`document.querySelector("#text").value`, &text)
	if text != "half a sen" {
		t.Errorf("the draft is %q", text)
	}
	p.get(role("textbox", "Message")).focus()
	p.press("Enter")
	ada.reads("half a sen")
	for _, text := range []string{"before", "I am here again", "half a sen"} {
		if n := p.count(text); n != 1 {
			t.Errorf("%q is there %d times", text, n)
		}
	}
}

// TestWidgetUnsent is check 4: two messages that had not gone out stand there after a
// reload, and go out in their order.
func TestWidgetUnsent(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	b := newPerson(t).open(newShop(t, s, "en").URL)
	p := b.asks("Hello")
	ada.takes()
	requests := b.holdRequests("*/postMessage*")
	p.writes("one")
	requests.wait()
	p.writes("two")
	p.marked("two", "Sending…")
	b.keeps(`"two"`)
	b.reload()
	p = b.panel()
	p.marked("one", "Sending…")
	p.marked("two", "Sending…")
	requests.release()
	ada.reads("one")
	ada.reads("two")
	p.marked("two", "Delivered")
	if n := p.count("one") + p.count("two"); n != 2 {
		t.Errorf("they are there %d times", n)
	}
}

// TestWidgetOffline is check 5 with the visitor's text: a short loss shows nothing, a
// longer one says so, then until when nothing is missed, and all of it goes by itself.
func TestWidgetOffline(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	b := newPerson(t).open(newShop(t, s, "en").URL)
	p := b.asks("Hello")
	chat := ada.takes()
	p.sees("Ada joined.")
	p.eval(`window.bars = [], new MutationObserver(() => {
		const bar = document.querySelector(".bar")?.innerText ?? ""
		if (bar !== (bars.at(-1) ?? "")) bars.push(bar)
	}).observe(document.getElementById("page"), {subtree: true, childList: true, characterData: true})`, nil)
	polls := b.holdRequests("*/getMessages*")
	ada.says(chat, "one")
	p.sees("one")
	// The one that comes next is lost, and the question after it is answered at once.
	polls.wait().lose()
	polls.release()
	ada.says(chat, "two")
	p.sees("two")
	var bars []string
	if p.eval("bars", &bars); len(bars) > 0 {
		t.Errorf("a short loss shows %q", bars)
	}
	b.offline(true)
	lost := time.Now()
	p.sees("No connection since")
	b.shot("offline")
	p.get(role("button", "Try now"))
	found := regexp.MustCompile(`Come back by about (\d+:\d+ [AP]M) and you miss nothing`).FindStringSubmatch(strings.ReplaceAll(p.words(), "\u202f", " "))
	if found == nil {
		t.Fatalf("the page says:\n%s", p.words())
	}
	// Twice 120 seconds after the last contact, which was at most a retrieval's hold ago.
	ok := false
	for at := lost.Add(200 * time.Second); at.Before(time.Now().Add(250 * time.Second)); at = at.Add(time.Second) {
		ok = ok || at.Format("3:04 PM") == found[1]
	}
	if !ok {
		t.Errorf("it was lost at %s, and the time that is promised is %s", lost.Format("3:04:05 PM"), found[1])
	}
	p.writes("written in the tunnel")
	p.marked("written in the tunnel", "Sending…")
	p.sees("1 message waits to be sent.")
	ada.says(chat, "three")
	b.offline(false)
	p.seesNot("No connection")
	p.sees("three")
	ada.reads("written in the tunnel")
	p.marked("written in the tunnel", "Delivered")
}

// TestWidgetText is check 18, the visitor's side: whatever the agent writes is text or
// harmless, and the panel keeps its shape.
func TestWidgetText(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	b := newPerson(t).open(newShop(t, s, "en").URL)
	p := b.asks("<img src=x onerror=alert(1)>")
	chat := ada.takes()
	p.sees("Ada joined.")
	ada.says(chat, `<img src=x onerror="document.title='run'"> is text`)
	p.sees(`<img src=x onerror="document.title='run'"> is text`)
	ada.saysRich(chat, `<b>bold</b> <a href="javascript:alert(1)">bad</a> <a href="https://example.org/">good</a><img src=x onerror=alert(1)>`)
	p.sees("bold")
	var links []string
	p.eval(`[...document.querySelectorAll("article a")].map(a => a.getAttribute("href") + " " + a.textContent)`, &links)
	if want := []string{"https://example.org/ good"}; !slices.Equal(links, want) {
		t.Errorf("the links are %q, expected %q", links, want)
	}
	ada.says(chat, "\u202egnorw\u202c right")
	ada.says(chat, strings.Repeat("x", 10_000))
	p.until("the long message", func() error {
		if p.count("xxxxxxxxxx") != 1 {
			return fmt.Errorf("it is not there")
		}
		return nil
	})
	var title string
	if p.eval("document.title", &title); title == "run" {
		t.Error("a script of the message ran")
	}
	var images int
	if p.eval(`document.querySelectorAll("img").length`, &images); images > 0 {
		t.Errorf("%d images are there", images)
	}
	p.fits()
	b.shot("text")
}
