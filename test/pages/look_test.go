package pages_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// size gives the window another size, in CSS pixels.
func (w *window) size(width, height int64) {
	w.t.Helper()
	w.do("change the size", emulation.SetDeviceMetricsOverride(width, height, 1, false))
}

// phone makes the window a phone: small, and used with fingers.
func (w *window) phone() {
	w.t.Helper()
	w.do("be a phone",
		emulation.SetDeviceMetricsOverride(360, 740, 2, true),
		emulation.SetTouchEmulationEnabled(true).WithMaxTouchPoints(5))
}

// prefers sets what the person prefers: pairs of a media feature and its value, such
// as prefers-color-scheme, dark; forced-colors, active; prefers-reduced-motion, reduce.
func (w *window) prefers(pairs ...string) {
	w.t.Helper()
	values := map[string]string{"prefers-color-scheme": "", "forced-colors": "", "prefers-reduced-motion": ""} // "" takes one back
	for i := 0; i+1 < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	var features []*emulation.MediaFeature
	for _, name := range slices.Sorted(maps.Keys(values)) {
		features = append(features, &emulation.MediaFeature{Name: name, Value: values[name]})
	}
	w.do("prefer", emulation.SetEmulatedMedia().WithFeatures(features))
}

// from sets the person's time zone and language, such as America/New_York and en-US.
func (w *window) from(zone, language string) {
	w.t.Helper()
	w.do("be elsewhere", emulation.SetTimezoneOverride(zone), emulation.SetLocaleOverride().WithLocale(language))
}

var unsafeInNames = regexp.MustCompile(`[^\w.-]+`)

// shot keeps a picture of the window as the test's output: below $USHER_SHOTS if that
// is set, else where the test keeps its artifacts.
func (w *window) shot(name string) {
	w.t.Helper()
	var picture []byte
	w.do("take a picture", chromedp.CaptureScreenshot(&picture))
	dir := os.Getenv("USHER_SHOTS")
	if dir == "" {
		dir = w.t.ArtifactDir()
	}
	path := filepath.Join(dir, unsafeInNames.ReplaceAllString(w.t.Name()+"-"+name, "-")+".png")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		w.t.Fatalf("keep a picture: %v", err)
	}
	if err := os.WriteFile(path, picture, 0o644); err != nil {
		w.t.Fatalf("keep a picture: %v", err)
	}
}

// fits fails the test when the page has to be scrolled sideways, or a control is too
// small to be hit: 24 pixels, and 44 with a finger (WCAG 2.2, 1.4.10 and 2.5.8).
func (b *tab) fits() {
	b.t.Helper()
	const measure = `(() => {
		const wrong = []
		const root = document.documentElement
		if (root.scrollWidth > root.clientWidth) wrong.push("the page is " + root.scrollWidth + " wide in a window of " + root.clientWidth)
		const least = matchMedia("(pointer: coarse)").matches ? 44 : 24
		for (const e of document.querySelectorAll("button, input, select, textarea, [role=button], [role=tab], [role=menuitem]")) {
			const b = e.getBoundingClientRect()
			if (b.width === 0 || b.height === 0 || e.closest(".unseen")) continue
			const label = e.closest("label")?.getBoundingClientRect()
			if (Math.max(b.height, label?.height ?? 0) < least - 0.5 || Math.max(b.width, label?.width ?? 0) < least - 0.5)
				wrong.push(Math.round(b.width) + " x " + Math.round(b.height) + ": " + e.outerHTML.slice(0, 150))
		}
		return wrong
	})()`
	var wrong []string
	b.eval(measure, &wrong)
	for _, s := range wrong {
		b.t.Errorf("it does not fit: %s", s)
	}
}

// axeFile is where scripts/test put the accessibility engine.
func axeFile() string { return os.Getenv("USHER_AXE") }

// needAxe skips a test where there is no accessibility engine.
func (w *window) needAxe() string {
	w.t.Helper()
	if axeFile() == "" {
		w.t.Skip("the accessibility engine is missing: set USHER_AXE to axe.min.js of axe-core")
	}
	source, err := os.ReadFile(axeFile())
	if err != nil {
		w.t.Fatalf("read the accessibility engine: %v", err)
	}
	return string(source)
}

// violation is what the accessibility engine finds.
type violation struct {
	ID, Help string
	Nodes    []struct{ HTML, FailureSummary string }
}

// accessible fails the test when the accessibility engine finds a violation of WCAG 2.2
// AA on the page or in the frame. The state has a name for the report.
func (b *tab) accessible(state string) {
	b.t.Helper()
	for _, v := range b.violations() {
		var places []string
		for _, n := range v.Nodes {
			places = append(places, fmt.Sprintf("%.300s\n    %s", n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n    ")))
		}
		b.t.Errorf("%s: %s: %s\n  %s", state, v.ID, v.Help, strings.Join(places, "\n  "))
	}
}

// violations answers what the accessibility engine finds.
func (b *tab) violations() []violation {
	b.t.Helper()
	source := b.needAxe()
	var answer string
	b.do("run the accessibility engine", chromedp.ActionFunc(func(ctx context.Context) error {
		frame, err := b.frameID(ctx)
		if err != nil {
			return err
		}
		// In a world of its own the page's policy does not bind the engine, and the
		// page cannot be changed by it.
		world, err := page.CreateIsolatedWorld(frame).WithWorldName("accessibility").Do(ctx)
		if err != nil {
			return err
		}
		const run = `axe.run(document, {iframes: false, resultTypes: ["violations"],
			runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => JSON.stringify(r.violations))`
		o, thrown, err := runtime.Evaluate(source + "\n;" + run).WithContextID(world).WithAwaitPromise(true).WithReturnByValue(true).Do(ctx)
		if err != nil {
			return err
		}
		if thrown != nil {
			return thrown
		}
		return json.Unmarshal(o.Value, &answer)
	}))
	var violations []violation
	if err := json.Unmarshal([]byte(answer), &violations); err != nil {
		b.t.Fatalf("read the accessibility engine's answer: %v", err)
	}
	return violations
}

// accessibleInAll checks a state in light, dark and forced colours.
func (b *tab) accessibleInAll(state string) {
	b.t.Helper()
	for _, look := range []struct{ name, feature, value string }{
		{"light", "prefers-color-scheme", "light"}, {"dark", "prefers-color-scheme", "dark"}, {"forced colours", "forced-colors", "active"},
	} {
		b.prefers(look.feature, look.value)
		b.accessible(state + " in " + look.name)
	}
	b.prefers()
}

// frameID answers the page's frame, or the one that b looks into.
func (b *tab) frameID(ctx context.Context) (cdp.FrameID, error) {
	tree, err := page.GetFrameTree().Do(ctx)
	if err != nil || b.frame == "" {
		return tree.Frame.ID, err
	}
	var name string
	if err := b.evaluate(ctx, "location.href", &name); err != nil {
		return "", err
	}
	var find func(t *page.FrameTree) cdp.FrameID
	find = func(t *page.FrameTree) cdp.FrameID {
		var found cdp.FrameID
		for _, child := range t.ChildFrames {
			if child.Frame.URL+child.Frame.URLFragment == name {
				return child.Frame.ID
			}
			found = cmp.Or(found, find(child))
		}
		return found
	}
	if id := find(tree); id != "" {
		return id, nil
	}
	return "", fmt.Errorf("no frame is at %s", name)
}
