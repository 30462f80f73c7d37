package pages_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
)

// The tests of the harness itself: a harness that sees nothing would let everything
// pass.

// stage serves one page with a strict policy, whose script is given, and /call, which
// counts. A page inside it is at /inner.
type stage struct {
	*httptest.Server
	calls atomic.Int64
}

func newStage(t *testing.T, body, script string) *stage {
	t.Helper()
	s := new(stage)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'; frame-src 'self'")
		switch r.URL.Path {
		case "/script.js":
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, script)
		case "/services/call":
			s.calls.Add(1)
			fmt.Fprint(w, "done")
		case "/inner":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, `<!doctype html><html lang="en"><title>inner</title><button>Inside</button><p></p><script src="/inner.js"></script>`)
		case "/inner.js":
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, `document.querySelector("button").onclick = () => { document.querySelector("p").textContent = "inside was clicked" }`)
		case "/favicon.ico":
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, `<!doctype html><html lang="en"><title>stage</title><body>%s<script src="/script.js"></script>`, body)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestHarnessSeesTrouble(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, script, report string }{
		"an exception":        {"", `setTimeout(() => { throw new Error("on purpose") })`, "on purpose"},
		"a rejected promise":  {"", `Promise.reject(new Error("on purpose"))`, "on purpose"},
		"an error told":       {"", `console.error("on purpose")`, "on purpose"},
		"an inline script":    {`<img src="data:," onerror="1">`, "", "Content Security Policy"},
		"a style attribute":   {`<p style="color: red">red</p>`, "", "Content Security Policy"},
		"a script from afar":  {`<script src="http://127.0.0.2:9/x.js"></script>`, "", "Content Security Policy"},
		"a file that is gone": {"", `import("/nothing.js").catch(() => {})`, "MIME"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newPerson(t).open(newStage(t, c.body, c.script).URL)
			b.expects(".")
			b.until("a report", func() error {
				if !strings.Contains(strings.Join(b.trouble.seenSoFar(), "\n"), c.report) {
					return fmt.Errorf("reported was only %q", b.trouble.seenSoFar())
				}
				return nil
			})
		})
	}
}

func TestHarnessIsQuiet(t *testing.T) {
	t.Parallel()
	b := newPerson(t).open(newStage(t, "<p>fine</p>", `console.log("fine"); fetch("/services/nothing")`).URL)
	b.sees("fine")
	if got := b.trouble.left(); len(got) > 0 {
		t.Errorf("reported was %q", got)
	}
}

// echo tells of every key and click on the page.
const echo = `
const list = document.querySelector("ol")
const say = text => list.append(Object.assign(document.createElement("li"), {textContent: text}))
for (const kind of ["keydown", "compositionend"]) addEventListener(kind, e => say(
	kind + " " + (e.key ?? e.data) + (e.ctrlKey ? " ctrl" : "") + (e.altKey ? " alt" : "") + (e.shiftKey ? " shift" : "") + (e.repeat ? " repeat" : "") + (e.isComposing ? " composing" : "")))
document.querySelector("button")?.addEventListener("click", e => say("click, trusted " + e.isTrusted))
`

func TestHarnessKeys(t *testing.T) {
	t.Parallel()
	b := newPerson(t).open(newStage(t, `<input aria-label="Words"><textarea aria-label="More"></textarea><button>Press</button><ol></ol>`, echo).URL)
	field := b.get(role("textbox", "Words"))
	field.click()
	b.typeText("aą日")
	b.typeAltGr("@", "KeyQ")
	b.press("Control+k")
	b.press("Control+Shift+Enter")
	b.press("Alt+ArrowDown")
	b.repeat("Escape", 1)
	var got string
	field.call("function() { return this.value }", &got)
	if want := "aą日@"; got != want {
		t.Errorf("typed was %q, expected %q", got, want)
	}
	for _, want := range []string{
		"keydown a", "keydown @ ctrl alt", "keydown k ctrl", "keydown Enter ctrl shift", "keydown ArrowDown alt", "keydown Escape\n", "keydown Escape repeat",
	} {
		b.sees(want)
	}
	more := b.get(role("textbox", "More"))
	more.click()
	if !more.focused() || field.focused() {
		t.Error("the focus did not move with the click")
	}
	b.compose("にほ")
	b.press("Enter")
	b.sees("keydown Enter composing")
	b.composed("日本")
	b.sees("compositionend 日本")
	field.fill("other")
	field.call("function() { return this.value }", &got)
	if got != "other" {
		t.Errorf("filled in was %q", got)
	}
	b.press("Tab")
	b.press("Tab")
	b.press("Enter")
	b.sees("click, trusted true")
}

func TestHarnessFinds(t *testing.T) {
	t.Parallel()
	script := `
const box = document.querySelector("div")
box.attachShadow({mode: "closed"}).innerHTML = '<button aria-expanded="false">Chat</button><iframe title="Panel" src="/inner"></iframe>'
document.querySelector("button").onclick = e => { e.target.remove(); setTimeout(() => { document.querySelector("p").textContent = "it came" }, 50) }
`
	b := newPerson(t).open(newStage(t, `<p aria-live="polite">empty</p><button>Go 1</button><button disabled aria-describedby="why">Go 2</button><span id="why">Not yet</span><div></div>`, script).URL)
	if got := b.get(role("button", "Chat")).properties["expanded"]; got != "false" {
		t.Errorf("expanded is %q", got)
	}
	second := b.get(role("button", "Go 2"))
	if second.properties["disabled"] != "true" || second.about != "Not yet" {
		t.Errorf("the second button is %+v", second)
	}
	var names []string
	for _, x := range b.all(roleLike("button", "^Go")) {
		names = append(names, x.name)
	}
	if want := []string{"Go 1", "Go 2"}; !slices.Equal(names, want) {
		t.Errorf("the buttons are %q, expected %q", names, want)
	}
	b.get(role("button", "Go 1")).click()
	b.sees("it came")
	b.seesNot("empty")
	b.gone(role("button", "Go 1"))
	inside := b.inFrame("Panel")
	inside.get(role("button", "Inside")).click()
	inside.sees("inside was clicked")
	b.seesNot("inside was clicked")
}

const caller = `
document.querySelector("button").onclick = () => fetch("/services/call").then(r => r.text().then(t => r.status + " " + t), () => "no answer").then(t => { document.querySelector("p").textContent += t + ". " })
`

func TestHarnessHolds(t *testing.T) {
	t.Parallel()
	s := newStage(t, "<button>Call</button><p></p>", caller)
	b := newPerson(t).open(s.URL)
	button := b.get(role("button", "Call"))

	answers := b.holdAnswers("*/services/call*")
	button.click()
	first := answers.wait()
	if s.calls.Load() != 1 || first.Status != 200 {
		t.Errorf("the answer came with %d after %d calls", first.Status, s.calls.Load())
	}
	b.seesNot("done")
	first.release()
	b.sees("200 done.")
	button.click()
	answers.wait().lose()
	b.sees("no answer.")
	if s.calls.Load() != 2 {
		t.Errorf("the server had %d calls", s.calls.Load())
	}
	answers.release()

	requests := b.holdRequests("*/services/call*")
	button.click()
	third := requests.wait()
	if s.calls.Load() != 2 {
		t.Errorf("a request that was held reached the server")
	}
	third.answer(503, "busy", "Retry-After", "3")
	b.sees("503 busy.")
	button.click()
	fourth := requests.wait()
	button.click()
	requests.release()
	fourth.release()
	b.until("the two last calls", func() error {
		if n := s.calls.Load(); n != 4 {
			return fmt.Errorf("the server had %d calls", n)
		}
		return nil
	})
}

func TestHarnessOffline(t *testing.T) {
	t.Parallel()
	s := newStage(t, "<button>Call</button><p></p>", caller)
	b := newPerson(t).open(s.URL)
	button := b.get(role("button", "Call"))
	b.offline(true)
	var online bool
	if b.eval("navigator.onLine", &online); online {
		t.Error("the page believes that it is online")
	}
	button.click()
	b.sees("no answer.")
	b.offline(false)
	if b.eval("navigator.onLine", &online); !online {
		t.Error("the page believes that it is offline")
	}
	button.click()
	b.sees("200 done.")
}

// TestHarnessPeople: two tabs of a person share what is stored, two people do not.
func TestHarnessPeople(t *testing.T) {
	t.Parallel()
	s := newStage(t, "<p>stage</p>", "")
	ann, bo := newPerson(t), newPerson(t)
	ann.open(s.URL).eval(`localStorage.setItem("who", "Ann")`, nil)
	for p, want := range map[*person]string{ann: "Ann", bo: ""} {
		b := p.open(s.URL)
		var got, visible string
		b.eval(`localStorage.getItem("who") ?? ""`, &got)
		b.eval("document.visibilityState", &visible)
		if got != want || visible != "visible" {
			t.Errorf("stored is %q, expected %q; the page is %s", got, want, visible)
		}
	}
}

func TestHarnessLooks(t *testing.T) {
	t.Parallel()
	s := newStage(t, "<p>stage</p>", "")
	b := newPerson(t).blank()
	b.prefers("prefers-color-scheme", "dark", "forced-colors", "active", "prefers-reduced-motion", "reduce")
	b.from("America/New_York", "ar-EG")
	b.phone()
	b.load(s.URL)
	var got []any
	b.eval(`[matchMedia("(prefers-color-scheme: dark)").matches, matchMedia("(forced-colors: active)").matches, matchMedia("(prefers-reduced-motion: reduce)").matches,
		matchMedia("(pointer: coarse)").matches, Intl.DateTimeFormat().resolvedOptions().timeZone, Intl.NumberFormat().resolvedOptions().locale]`, &got)
	if want := []any{true, true, true, true, "America/New_York", "ar-EG"}; !slices.Equal(got, want) {
		t.Errorf("the page is told %v, expected %v", got, want)
	}
}

// TestHarnessAccessible: the engine finds what is wrong on a page and in a frame of
// it, whatever their policy.
func TestHarnessAccessible(t *testing.T) {
	t.Parallel()
	s := newStage(t, `<main><h1>stage</h1><img src="/favicon.ico" id="bare"><iframe title="Panel" src="/inner"></iframe></main>`, "")
	b := newPerson(t).open(s.URL)
	b.expects("Content Security Policy") // of the picture
	found := func(b *tab) (ids []string) {
		for _, v := range b.violations() {
			ids = append(ids, v.ID)
		}
		return ids
	}
	if got := found(b); !slices.Equal(got, []string{"image-alt"}) {
		t.Errorf("found on the page is %q", got)
	}
	if got := found(b.inFrame("Panel")); slices.Contains(got, "image-alt") || !slices.Contains(got, "landmark-one-main") && !slices.Contains(got, "region") {
		t.Errorf("found in the frame is %q", got)
	}
}

// TestHarnessServer: a killed server is gone, and comes back at its address with its
// data.
func TestHarnessServer(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	before := s.demo().WidgetKey
	b := newPerson(t).open(s.url("/demo/"))
	s.kill()
	if _, err := http.Get(s.url("/demo/")); err == nil {
		t.Error("a killed server answers")
	}
	s.again()
	if after := s.demo().WidgetKey; after != before {
		t.Errorf("the site's key was %s and is %s", before, after)
	}
	b.reload()
	b.get(role("heading", "A whole chat in two windows"))
	if s.password("ada") == "" {
		t.Error("Ada has no password")
	}
}

// TestHarnessHands: a finger, a file, a place, and a tab that is closed; and what lies
// under something else cannot be pressed.
func TestHarnessHands(t *testing.T) {
	t.Parallel()
	script := `
document.querySelector("button").addEventListener("touchstart", () => document.querySelector("p").append("touched. "))
document.querySelector("input").onchange = async e => document.querySelector("p").append("file " + await e.target.files[0].text() + ". ")
const under = document.querySelectorAll("button")[1]
const over = document.querySelector("#over")
Object.assign(over.style, {position: "absolute", background: "white", width: "300px", height: "100px", left: "0", top: under.offsetTop + "px"})
`
	s := newStage(t, `<button>Press</button><input type="file" aria-label="File"><p></p><button>Under</button><div id="over">over</div>`, script)
	ann := newPerson(t)
	b := ann.blank()
	b.phone()
	b.load(s.URL)
	b.get(role("button", "Press")).tap()
	b.sees("touched.")
	file := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(file, []byte("some text"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.get(roleLike("button", "File")).attach(file)
	b.sees("file some text.")
	if at := b.get(role("button", "Press")).box(); at.width <= 0 || at.height <= 0 || at.x < 0 || at.y < 0 {
		t.Errorf("the button is at %+v", at)
	}
	under := b.get(role("button", "Under"))
	err := b.try(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := under.middle(ctx)
		return err
	}))
	if err == nil || !strings.Contains(err.Error(), "something lies over it") {
		t.Errorf("a button under something can be pressed: %v", err)
	}
	second := ann.open(s.URL)
	second.close()
	b.reload()
	b.get(role("button", "Press"))
}
