package pages_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// what describes a thing on a page as it is perceived: its role, and its name as the
// browser computes it for screen readers.
type what struct {
	role, name string
	like       *regexp.Regexp
}

// role describes a thing by its role and its whole name.
func role(role, name string) what { return what{role: role, name: name} }

// roleLike describes a thing by its role and a part of its name, a regular expression.
func roleLike(role, name string) what { return what{role: role, like: regexp.MustCompile(name)} }

func (w what) String() string {
	if w.like != nil {
		return fmt.Sprintf("%s like %q", w.role, w.like)
	}
	return fmt.Sprintf("%s %q", w.role, w.name)
}

func (w what) is(name string) bool {
	if w.like != nil {
		return w.like.MatchString(name)
	}
	return w.name == name
}

// thing is something on a page.
type thing struct {
	in         *tab
	what       what
	name       string
	value      string
	about      string // its description
	properties map[string]string
	id         cdp.BackendNodeID
}

// all answers the things that are described, in reading order.
func (b *tab) all(w what) []thing {
	b.t.Helper()
	found, err := b.look(w)
	if err != nil {
		b.t.Fatalf("look for %s: %v", w, err)
	}
	return found
}

func (b *tab) look(w what) (found []thing, err error) {
	err = b.ask(lookFor, chromedp.ActionFunc(func(ctx context.Context) error {
		document, err := b.document(ctx)
		if err != nil {
			return err
		}
		nodes, err := accessibility.QueryAXTree().WithObjectID(document).WithRole(w.role).Do(ctx)
		if err != nil {
			return err
		}
		for _, n := range nodes {
			if n.Ignored || !w.is(text(n.Name)) {
				continue
			}
			x := thing{in: b, what: w, name: text(n.Name), value: text(n.Value), about: text(n.Description), id: n.BackendDOMNodeID, properties: make(map[string]string)}
			for _, p := range n.Properties {
				x.properties[string(p.Name)] = text(p.Value)
			}
			found = append(found, x)
		}
		return nil
	}))
	return found, err
}

// text is a value of the accessibility tree as text.
func text(v *accessibility.Value) string {
	if v == nil || len(v.Value) == 0 {
		return ""
	}
	var s string
	if json.Unmarshal(v.Value, &s) == nil {
		return s
	}
	return string(v.Value)
}

// get answers the thing that is described, when it is there; of several the first.
func (b *tab) get(w what) thing {
	b.t.Helper()
	var found []thing
	b.until(w.String(), func() (err error) {
		if found, err = b.look(w); err == nil && len(found) == 0 {
			return errors.New("it is not there")
		}
		return err
	})
	return found[0]
}

// gone returns when nothing that is described is there any more.
func (b *tab) gone(w what) {
	b.t.Helper()
	b.until("no "+w.String(), func() error {
		found, err := b.look(w)
		if err == nil && len(found) > 0 {
			return fmt.Errorf("%d are there", len(found))
		}
		return err
	})
}

// words answers all text that is shown on the page.
func (b *tab) words() string {
	b.t.Helper()
	var s string
	b.eval("document.body.innerText", &s)
	return s
}

// sees returns when a text is on the page.
func (b *tab) sees(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("the text %q", text), func() error { return b.has(text, true) })
}

// seesNot returns when a text is not, or no longer, on the page.
func (b *tab) seesNot(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("no text %q", text), func() error { return b.has(text, false) })
}

func (b *tab) has(text string, there bool) error {
	var s string
	err := b.ask(lookFor, chromedp.ActionFunc(func(ctx context.Context) error { return b.evaluate(ctx, "document.body?.innerText ?? ''", &s) }))
	if err == nil && strings.Contains(s, text) != there {
		err = fmt.Errorf("the page says:\n%.3000s", s)
	}
	return err
}

// until returns when ok answers nil; it looks again whenever the page changes. A page
// that is just being replaced answers errors, so any error is tried again.
func (b *tab) until(what string, ok func() error) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := ok()
		if err == nil {
			return
		}
		if b.t.Context().Err() != nil || time.Now().After(deadline) {
			b.t.Fatalf("waited %v in vain for %s: %v\n%s", patience, what, err, b.summary())
		}
		b.change()
	}
}

// A document that is replaced while it is asked never answers, so it is soon asked
// again: for what is on it, and for its next change.
const (
	lookFor   = 5 * time.Second
	changeFor = time.Second
)

// change returns when something in the page has changed, or after a moment: not
// everything that is waited for changes a document.
func (b *tab) change() {
	const next = `new Promise(done => {
		const watch = new MutationObserver(end)
		const timer = setTimeout(end, 100)
		function end() { watch.disconnect(); clearTimeout(timer); done(true) }
		watch.observe(document, {subtree: true, childList: true, characterData: true, attributes: true})
	})`
	if b.ask(changeFor, chromedp.ActionFunc(func(ctx context.Context) error { return b.evaluate(ctx, next, nil) })) == nil {
		return
	}
	select { // there is no document to watch
	case <-time.After(20 * time.Millisecond):
	case <-b.t.Context().Done():
	}
}

// summary tells what is on the page, for a test that failed.
func (b *tab) summary() string {
	var lines []string
	_ = b.try(chromedp.ActionFunc(func(ctx context.Context) error {
		document, err := b.document(ctx)
		if err != nil {
			return err
		}
		nodes, err := accessibility.QueryAXTree().WithObjectID(document).Do(ctx)
		for _, n := range nodes {
			if r := text(n.Role); !n.Ignored && r != "none" && r != "generic" && r != "InlineTextBox" && text(n.Name) != "" {
				lines = append(lines, fmt.Sprintf("  %s %q", r, text(n.Name)))
			}
		}
		return err
	}))
	if len(lines) > 120 {
		lines = append(lines[:120], "  …")
	}
	return "On the page:\n" + strings.Join(lines, "\n")
}

// document answers the document of the page or frame.
func (b *tab) document(ctx context.Context) (runtime.RemoteObjectID, error) {
	o, thrown, err := runtime.Evaluate("document").Do(ctx)
	if err != nil {
		return "", err
	}
	if thrown != nil {
		return "", thrown
	}
	if b.frame == "" {
		return o.ObjectID, nil
	}
	top, err := dom.DescribeNode().WithObjectID(o.ObjectID).WithDepth(-1).WithPierce(true).Do(ctx)
	if err != nil {
		return "", err
	}
	frame := findFrame(top, b.frame)
	if frame == nil {
		return "", fmt.Errorf("there is no frame with the title %q", b.frame)
	}
	inside, err := dom.ResolveNode().WithBackendNodeID(frame.BackendNodeID).Do(ctx)
	if err != nil {
		return "", err
	}
	return inside.ObjectID, nil
}

// findFrame answers the document of the frame with this title, wherever it is.
func findFrame(n *cdp.Node, title string) *cdp.Node {
	if n.ContentDocument != nil && n.AttributeValue("title") == title {
		return n.ContentDocument
	}
	for _, list := range [][]*cdp.Node{n.Children, n.ShadowRoots} {
		for _, child := range list {
			if found := findFrame(child, title); found != nil {
				return found
			}
		}
	}
	if n.ContentDocument != nil {
		return findFrame(n.ContentDocument, title)
	}
	return nil
}

// evaluate evaluates an expression in the page's or the frame's own world.
func (b *tab) evaluate(ctx context.Context, expression string, value any) error {
	document, err := b.document(ctx)
	if err != nil {
		return err
	}
	// The function belongs to the document's world, and so do the names in it.
	return call(ctx, document, "function() { return ("+expression+") }", value)
}

// call calls a function on an object of the page and awaits what it answers.
func call(ctx context.Context, object runtime.RemoteObjectID, function string, value any) error {
	o, thrown, err := runtime.CallFunctionOn(function).WithObjectID(object).WithAwaitPromise(true).WithReturnByValue(true).WithUserGesture(false).Do(ctx)
	if err != nil {
		return err
	}
	if thrown != nil {
		return thrown
	}
	if value == nil || len(o.Value) == 0 {
		return nil
	}
	return json.Unmarshal(o.Value, value)
}
