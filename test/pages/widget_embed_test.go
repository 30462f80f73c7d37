package pages_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestWidgetEmbed is check 20: before the click one request, after it no more than the
// budget, under the strictest policy that has the two words which docs/widget.md names.
func TestWidgetEmbed(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	newDesk(t, s, "ada")
	shop := newShop(t, s, "en")
	b := newPerson(t).blank()
	var mu sync.Mutex
	var asked []string
	var loaded float64
	chromedp.ListenTarget(b.ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if strings.HasPrefix(e.Request.URL, s.url("/")) {
				asked = append(asked, e.Request.URL)
			}
		case *network.EventLoadingFinished:
			loaded += e.EncodedDataLength
		}
	})
	b.do("watch the network", network.Enable())
	b.load(shop.URL)
	b.get(role("button", "Chat"))
	mu.Lock()
	if len(asked) != 1 || asked[0] != s.url("/widget.js") {
		t.Errorf("before the click these were asked for: %q", asked)
	}
	loaded = 0
	mu.Unlock()
	var shift float64
	b.eval(`new Promise(done => { let sum = 0; new PerformanceObserver(l => l.getEntries().forEach(e => sum += e.value)).observe({type: "layout-shift", buffered: true}); requestAnimationFrame(() => requestAnimationFrame(() => done(sum))) })`, &shift)
	if shift > 0 {
		t.Errorf("the page shifted by %v", shift)
	}
	b.get(role("button", "Chat")).click()
	if !b.panel().get(role("textbox", "Name")).focused() {
		t.Error("the first field does not have the focus")
	}
	mu.Lock()
	// With the page of the frame and the headers of all answers.
	if loaded < 10_000 || loaded > 25_000 {
		t.Errorf("until the form can be used %v bytes were loaded", loaded)
	}
	mu.Unlock()
	b.press("Escape")
	b.gone(role("dialog", "Chat with us"))
	if !b.get(role("button", "Chat")).focused() {
		t.Error("the focus did not come back to the button")
	}
}

// TestWidgetStays is check 21: a page change and a reload keep the panel, what is typed
// and where it stands; a second tab shows the same chat over one retrieval; x keeps the
// chat, End asks; reset leaves nothing behind.
func TestWidgetStays(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	shop := newShop(t, s, "en")
	ann := newPerson(t)
	b := ann.open(shop.URL + "/one")
	p := b.asks("Hello")
	chat := ada.takes()
	p.writes("first")
	ada.reads("first")
	p.get(role("textbox", "Message")).fill("half a sen")
	b.keeps("half a sen")
	b.load(shop.URL + "/two")
	p = b.panel()
	p.marked("first", "Delivered")
	draft := func() string {
		var text string
		p.eval(`document.querySelector("#text")?.value ?? ""`, &text)
		return text
	}
	if got := draft(); got != "half a sen" {
		t.Errorf("after a page change the draft is %q", got)
	}
	b.reload()
	p.marked("first", "Delivered")
	if got := draft(); got != "half a sen" {
		t.Errorf("after a reload the draft is %q", got)
	}

	second := ann.open(shop.URL + "/three")
	q := second.panel()
	q.marked("first", "Delivered")
	ada.says(chat, "to both")
	p.sees("to both")
	q.sees("to both")
	q.writes("from the second tab")
	ada.reads("from the second tab")
	p.marked("from the second tab", "Delivered")
	q.marked("from the second tab", "Delivered")
	var polls [2]int
	for i, x := range []*tab{p, q} {
		x.eval(`performance.getEntriesByType("resource").filter(e => e.name.includes("/getMessages")).length`, &polls[i])
	}
	if polls[0] == 0 || polls[1] > 0 {
		t.Errorf("the tabs asked for messages %v times", polls)
	}
	second.close()

	p.get(role("button", "Hide chat")).click()
	b.gone(role("dialog", "Chat with us"))
	ada.says(chat, "are you there?")
	b.get(role("button", "Chat, 1 new message")).click()
	p.sees("are you there?")
	p.get(role("button", "End chat")).click()
	p.get(role("heading", "End the chat?"))
	b.shot("end")
	// A question is deaf for its first moment.
	b.until("the panel hidden", func() error {
		p.eval(`document.querySelector("dialog button:not(.risky)")?.click()`, nil)
		found, err := b.look(role("dialog", "Chat with us"))
		if err == nil && len(found) > 0 {
			err = fmt.Errorf("it is still there")
		}
		return err
	})
	b.get(roleLike("button", "^Chat with")).click()
	p.get(role("button", "End chat")).click()
	p.get(role("button", "Keep chatting later"))
	p.until("the question gone", func() error {
		p.press("Escape")
		found, err := p.look(role("heading", "End the chat?"))
		if err == nil && len(found) > 0 {
			err = fmt.Errorf("it is still there")
		}
		return err
	})
	p.get(role("button", "End chat"))
	b.eval("usher.reset()", nil)
	var left []string
	b.eval("Object.keys({...localStorage, ...sessionStorage})", &left)
	if len(left) > 0 {
		t.Errorf("reset leaves %q behind", left)
	}
}

// TestWidgetCalls: the page's own calls and events, as docs/widget.md has them.
func TestWidgetCalls(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	b := newPerson(t).blank()
	// What the page says before the widget's script is there waits for it.
	const early = `window.usher = window.usher || function () { (usher.q = usher.q || []).push(arguments) }
		usher("on", "ready", version => { window.readied = version })`
	b.do("call before the script has loaded", chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(early).Do(ctx)
		return err
	}))
	b.load(newShop(t, s, "en", "launcher", "none").URL)
	b.until("usher", func() error {
		var there bool
		if b.eval("window.readied === 1", &there); !there {
			return fmt.Errorf("not there")
		}
		return nil
	})
	if found := b.all(roleLike("button", "^Chat")); len(found) > 0 {
		t.Error("there is a button, though the page brings its own")
	}
	b.eval(`window.told = [], ["open", "close", "state", "queue", "agent", "message", "unread", "ended"].forEach(n => usher.on(n, d => told.push(n + " " + JSON.stringify(d))))`, nil)
	b.eval(`usher.identify({name: "Ann Lee", email: "ann@example.org", fields: {tier: "gold"}})`, nil)
	var started bool
	b.eval(`usher("start", {question: "Refund?"})`, &started)
	if !started {
		t.Error("start with a question did not start")
	}
	chat := ada.takes()
	p := b.panel()
	p.sees("Refund?")
	p.sees("Ada joined.")
	b.eval("usher.close()", nil)
	ada.says(chat, "Hello")
	told := func(want string) {
		t.Helper()
		b.until("the event "+want, func() error {
			var all []string
			if b.eval("told", &all); !strings.Contains(strings.Join(all, "\n"), want) {
				return fmt.Errorf("told was only %q", all)
			}
			return nil
		})
	}
	told("message ")
	told("unread 1")
	told(`state "chatting"`)
	told(`agent {"name":"Ada","bot":false}`)
	pages := b.holdRequests("*/v1/page")
	b.eval(`history.pushState({}, "", "/cart")`, nil)
	pages.wait()
	pages.release()
	var text bool
	if b.eval(`told.some(t => t.includes("Hello"))`, &text); text {
		t.Error("the event tells the text, though the page did not ask for it")
	}
	var standing struct {
		Open   bool
		State  string
		Unread int
	}
	if b.eval("usher.get()", &standing); standing.Open || standing.State != "chatting" || standing.Unread != 1 {
		t.Errorf("it stands at %+v", standing)
	}
	ada.ends(chat)
	told(`ended "AGENT_CONCLUDED"`)
}
