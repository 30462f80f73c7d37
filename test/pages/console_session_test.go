package pages_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
)

// watchStrips notes what is above the conversation, and when, by the page's clock.
const watchStrips = `{
	window.strips = []
	let last = ""
	addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
		const text = document.querySelector(".strips")?.innerText ?? ""
		if (text !== last) strips.push({At: performance.now(), Text: last = text})
	}).observe(document, {subtree: true, childList: true, characterData: true}))
}`

// strip is what stood above the conversation from a moment on, in the page's milliseconds.
type strip struct {
	At   float64
	Text string
}

func (b *tab) strips() (all []strip) {
	b.t.Helper()
	b.eval("strips", &all)
	return all
}

// clock answers the page's time.
func (b *tab) clock() (ms float64) {
	b.t.Helper()
	b.eval("performance.now()", &ms)
	return ms
}

// TestConsoleShortLoss is check 5: a loss that is over at once shows nothing.
func TestConsoleShortLoss(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newPerson(t).blank()
	ada.onEachPage(watchStrips)
	ada.load(s.url("/console/"))
	polls := ada.holdAnswers("*/getMessages*")
	ada.logsIn("ada", s.password("ada"))
	ada.becomes("Available")
	s.call(ann)
	polls.wait().lose() // the offer's answer
	polls.release()
	ada.accepts("Ann Lee")
	if got := ada.strips(); len(got) > 0 {
		t.Errorf("shown was %v", got)
	}
}

// TestConsoleLoss is check 5: what is shown when the connection is lost comes not before
// three seconds, says until when the chats are safe, and goes by itself.
func TestConsoleLoss(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newPerson(t).blank()
	ada.onEachPage(watchStrips)
	ada.load(s.url("/console/"))
	ada.logsIn("ada", s.password("ada"))
	ada.becomes("Available")
	visitor := s.call(ann)
	ada.accepts("Ann Lee")

	lost := ada.clock()
	requests := ada.holdRequests("*/v1/*")
	visitor.says("Are you there?") // ends the poll that is open
	// Whatever is asked from now on finds nobody.
	stop := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case h := <-requests.arrived:
				_ = fetch.FailRequest(h.id, network.ErrorReasonConnectionReset).Do(h.w.executor())
			case <-stop:
				return
			}
		}
	}()
	ada.sees("Reconnecting… What you send is kept here.")
	bar := ada.strips()[0]
	t.Logf("the bar came %.1f s after the loss", (bar.At-lost)/1000)
	if bar.At-lost < 2900 {
		t.Errorf("the bar came %.1f s after the loss", (bar.At-lost)/1000)
	}
	ada.shot("reconnecting")
	ada.accessibleInAll("reconnecting")
	ada.get(role("button", "End…"))
	ada.until("End… to say why not", func() error {
		for _, x := range ada.all(role("button", "End…")) {
			if x.about == "Needs a connection." {
				return nil
			}
		}
		return fmt.Errorf("it does not")
	})
	ada.typesIn("I am here")
	ada.press("Enter")
	ada.sees("1 message waits to be sent.")
	ada.shot("waits")
	close(stop)
	<-stopped
	requests.release()
	ada.seesNot("Reconnecting…")
	ada.sees("Are you there?")
	visitor.listen().gets("I am here")
}

// TestConsoleOffline is check 5: without a network it says since when, and from when on
// the chats may go back: twice absentSeconds after the last contact.
func TestConsoleOffline(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.admin("PATCH", "/settings", `{"absentSeconds": 90}`)
	ada := s.signsIn(newPerson(t), "ada")
	ada.becomes("Available")
	s.call(ann).says("Hello?")
	ada.accepts("Ann Lee")
	ada.offline(true)
	ada.sees("No connection since ")
	var shown struct{ Said, Before, After string }
	ada.eval(`(() => {
		const time = new Intl.DateTimeFormat("en-US", {hour: "numeric", minute: "2-digit"})
		const now = Date.now()
		return {Said: /from about (.*) on\./.exec(document.body.innerText)?.[1] ?? "", Before: time.format(now + 2 * 90e3 - 40e3), After: time.format(now + 2 * 90e3)}
	})()`, &shown)
	if shown.Said != shown.Before && shown.Said != shown.After {
		t.Errorf("the chats are said to be safe until %q, expected %q or %q", shown.Said, shown.Before, shown.After)
	}
	ada.get(role("button", "Try now"))
	ada.shot("offline")
	ada.accessibleInAll("offline")
	ada.offline(false)
	ada.seesNot("No connection since ")
	ada.shot("back")
}

// TestConsoleRestart is check 3: the server is killed in mid-chat and comes back; the
// console goes on without a click, nothing is missing or there twice, and the draft is
// as it was.
func TestConsoleRestart(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.signsIn(newPerson(t), "ada")
	ada.becomes("Available")
	visitor := s.call(ann).listen()
	visitor.says("Before the crash")
	ada.accepts("Ann Lee")
	ada.sees("Before the crash")
	ada.typesIn("half a sen")
	s.kill()
	ada.sees("Reconnecting…")
	ada.typeText("tence")
	s.again()
	ada.seesNot("Reconnecting…")
	visitor.says("After the crash")
	ada.sees("After the crash")
	if got := ada.composer().value; got != "half a sentence" {
		t.Errorf("the draft is %q", got)
	}
	ada.press("Enter")
	visitor.gets("half a sentence")
	for _, text := range []string{"Before the crash", "After the crash"} {
		var n int
		ada.eval(fmt.Sprintf(`document.querySelector("main").innerText.split(%q).length - 1`, text), &n)
		if n != 1 {
			t.Errorf("%q stands there %d times", text, n)
		}
	}
}

// TestConsoleTakenOver is check 6: a session that is taken over stops, and keeps what
// was typed; it comes back with a press.
func TestConsoleTakenOver(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	desk := s.signsIn(newPerson(t), "ada")
	desk.becomes("Available")
	visitor := s.call(ann)
	visitor.says("Hello?")
	desk.accepts("Ann Lee")
	desk.typesIn("half a sentence")

	home := newPerson(t).open(s.url("/console/"))
	home.logsIn("ada", s.password("ada"))
	home.sees("You are logged in elsewhere. Going on here ends it there; your chats come along.")
	home.shot("elsewhere")
	home.accessibleInAll("elsewhere")
	home.get(role("button", "Go on here")).click()
	home.row("Ann Lee").click()
	home.sees("Hello?")

	desk.sees("This session has ended: taken over elsewhere, or silent for too long.")
	desk.shot("stopped")
	desk.accessibleInAll("stopped")
	polls := desk.holdRequests("*/getMessages*")
	visitor.says("Is anybody there?")
	home.sees("Is anybody there?")
	if !polls.none() {
		t.Error("the session that was taken over still retrieves")
	}
	polls.release()
	desk.get(role("button", "Continue here")).click()
	desk.sees("Is anybody there?")
	desk.seesNot("This session has ended")
	if got := desk.composer().value; got != "half a sentence" {
		t.Errorf("the draft is %q", got)
	}
	home.sees("This session has ended")
}

// counted counts in each tab what must be there once in all of them.
const counted = `{
	window.polls = 0
	window.rings = 0
	const real = fetch
	window.fetch = (...a) => {
		if (!String(a[0]).includes("/getMessages")) return real(...a)
		polls++
		return real(...a).finally(() => polls--)
	}
	const start = AudioBufferSourceNode.prototype.start
	AudioBufferSourceNode.prototype.start = function (...a) {
		if (this.loop) rings++
		return start.apply(this, a)
	}
}`

// TestConsoleTabs is check 7: of three tabs one retrieves, and one rings; when it is
// closed another goes on, and nothing is lost.
func TestConsoleTabs(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	p := newPerson(t)
	var tabs []*tab
	for i := range 3 {
		b := p.blank()
		b.onEachPage(counted)
		b.load(s.url("/console/"))
		if i == 0 {
			b.logsIn("ada", s.password("ada"))
		}
		b.get(role("navigation", "My chats"))
		tabs = append(tabs, b)
	}
	sum := func(what string) (n int) {
		for _, b := range tabs {
			var one int
			b.eval(what, &one)
			n += one
		}
		return n
	}
	tabs[1].becomes("Available") // done by the first tab
	visitor := s.call(ann)
	visitor.says("Hello?")
	for _, b := range tabs {
		b.sees("New chat · Support")
	}
	tabs[0].until("one poll", func() error {
		if n := sum("polls"); n != 1 {
			return fmt.Errorf("there are %d", n)
		}
		return nil
	})
	tabs[0].until("a ring", func() error {
		if n := sum("rings"); n != 1 {
			return fmt.Errorf("there are %d", n)
		}
		return nil
	})
	tabs[2].accepts("Ann Lee")
	for _, b := range tabs {
		b.row("Ann Lee")
	}
	if n := sum("rings"); n != 1 {
		t.Errorf("the offer rang %d times", n)
	}

	tabs[0].close()
	tabs = tabs[1:]
	visitor.says("Still there?")
	for _, b := range tabs {
		b.until("the message", func() error {
			if !strings.Contains(b.words(), "Still there?") {
				return fmt.Errorf("it is not there")
			}
			return nil
		})
	}
	if n := sum("polls"); n != 1 {
		t.Errorf("%d tabs retrieve", n)
	}
}
