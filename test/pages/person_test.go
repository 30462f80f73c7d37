package pages_test

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// person is somebody with a browser: with cookies and storage of their own.
type person struct {
	t       *testing.T
	profile cdp.BrowserContextID
}

// newPerson answers somebody new.
func newPerson(t *testing.T) *person {
	t.Helper()
	p := &person{t: t}
	all := commands(needBrowser(t))
	var err error
	if p.profile, err = target.CreateBrowserContext().Do(all); err != nil {
		t.Fatalf("make a profile: %v", err)
	}
	t.Cleanup(func() {
		if err := target.DisposeBrowserContext(p.profile).Do(all); err != nil {
			t.Errorf("forget a profile: %v", err)
		}
	})
	return p
}

// commands answers a context for commands to the browser itself.
func commands(ctx context.Context) context.Context {
	return cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser)
}

// blank opens an empty tab, in which things can be arranged before a page is loaded.
// Each has a window of its own, and believes that it has the focus, so that none
// is hidden by another.
func (p *person) blank() *tab {
	p.t.Helper()
	all := needBrowser(p.t)
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(p.profile).WithNewWindow(true).Do(commands(all))
	if err != nil {
		p.t.Fatalf("open a window: %v", err)
	}
	ctx, cancel := chromedp.NewContext(all, chromedp.WithTargetID(id))
	p.t.Cleanup(cancel)
	if err := chromedp.Run(ctx); err != nil { // without a deadline: the tab would end with it
		p.t.Fatalf("open a window: %v", err)
	}
	b := &tab{window: &window{t: p.t, ctx: ctx}}
	b.watch()
	b.do("have the focus", emulation.SetFocusEmulationEnabled(true))
	b.size(1280, 800)
	return b
}

// open opens an address in a new tab.
func (p *person) open(url string) *tab {
	p.t.Helper()
	b := p.blank()
	b.load(url)
	return b
}

// tab is a page in a window, or a frame in it.
type tab struct {
	*window
	frame string // the frame's title; "" for the page itself
}

// window is what a page and its frames share.
type window struct {
	t       *testing.T
	ctx     context.Context
	trouble trouble
	traffic traffic
}

// inFrame answers the same page by the eyes of one of its frames, named by its title.
func (b *tab) inFrame(title string) *tab { return &tab{window: b.window, frame: title} }

// do carries actions out; it fails the test when they cannot be.
func (w *window) do(what string, actions ...chromedp.Action) {
	w.t.Helper()
	if err := w.try(actions...); err != nil {
		w.t.Fatalf("%s: %v", what, err)
	}
}

func (w *window) try(actions ...chromedp.Action) error { return w.ask(patience, actions...) }

// ask tries actions for a while.
func (w *window) ask(long time.Duration, actions ...chromedp.Action) error {
	ctx, cancel := context.WithTimeout(w.ctx, long)
	defer cancel()
	return chromedp.Run(ctx, actions...)
}

// executor answers a context for commands from within a listener, which must not wait.
func (w *window) executor() context.Context {
	return cdp.WithExecutor(w.ctx, chromedp.FromContext(w.ctx).Target)
}

// load loads an address, and returns when the page has loaded.
func (w *window) load(url string) {
	w.t.Helper()
	w.do("load "+url, chromedp.Navigate(url))
}

// reload loads the page again, as a person does.
func (w *window) reload() {
	w.t.Helper()
	w.do("load the page again", chromedp.Reload())
}

// close closes the tab as a person does, without a question.
func (w *window) close() {
	w.t.Helper()
	w.do("close the tab", page.Close())
}

// eval answers the value of an expression in the page, awaited if it is a promise.
func (b *tab) eval(expression string, value any) {
	b.t.Helper()
	if err := b.try(chromedp.ActionFunc(func(ctx context.Context) error { return b.evaluate(ctx, expression, value) })); err != nil {
		b.t.Fatalf("evaluate %s: %v", expression, err)
	}
}
