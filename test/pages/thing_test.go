package pages_test

import (
	"context"
	"fmt"
	"math"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// act does something to a thing, and fails the test if that cannot be done.
func (x thing) act(what string, fn func(ctx context.Context) error) {
	x.in.t.Helper()
	x.in.do(what+" "+x.what.String(), chromedp.ActionFunc(fn))
}

// click presses the mouse in the middle of the thing, if that is what lies there.
func (x thing) click() {
	x.in.t.Helper()
	x.act("click", func(ctx context.Context) error {
		at, err := x.middle(ctx)
		if err != nil {
			return err
		}
		return chromedp.MouseClickXY(at.x, at.y).Do(ctx)
	})
}

// tap touches the thing with a finger.
func (x thing) tap() {
	x.in.t.Helper()
	x.act("tap", func(ctx context.Context) error {
		at, err := x.middle(ctx)
		if err != nil {
			return err
		}
		point := []*input.TouchPoint{{X: at.x, Y: at.y}}
		if err := input.DispatchTouchEvent(input.TouchStart, point).Do(ctx); err != nil {
			return err
		}
		return input.DispatchTouchEvent(input.TouchEnd, []*input.TouchPoint{}).Do(ctx)
	})
}

// fill replaces the text of a field by typing.
func (x thing) fill(text string) {
	x.in.t.Helper()
	x.focus()
	x.call("function() { this.select ? this.select() : getSelection().selectAllChildren(this) }", nil)
	if text == "" {
		x.in.press("Delete")
		return
	}
	x.in.typeText(text)
}

// focus moves the focus there, without a click.
func (x thing) focus() {
	x.in.t.Helper()
	x.act("focus", func(ctx context.Context) error { return dom.Focus().WithBackendNodeID(x.id).Do(ctx) })
}

// focused reports whether the focus is there.
func (x thing) focused() bool {
	x.in.t.Helper()
	var yes bool
	x.call("function() { return this.getRootNode().activeElement === this && document.hasFocus() }", &yes)
	return yes
}

// attach chooses files in a file field.
func (x thing) attach(paths ...string) {
	x.in.t.Helper()
	x.act("attach to", func(ctx context.Context) error { return dom.SetFileInputFiles(paths).WithBackendNodeID(x.id).Do(ctx) })
}

// call calls a function with the thing's element as this.
func (x thing) call(function string, value any) {
	x.in.t.Helper()
	x.act("ask", func(ctx context.Context) error {
		o, err := dom.ResolveNode().WithBackendNodeID(x.id).Do(ctx)
		if err != nil {
			return err
		}
		return call(ctx, o.ObjectID, function, value)
	})
}

// box is a place in the window, in CSS pixels.
type box struct{ x, y, width, height float64 }

// box answers where the thing is.
func (x thing) box() (b box) {
	x.in.t.Helper()
	x.act("measure", func(ctx context.Context) (err error) {
		b, err = x.measure(ctx)
		return err
	})
	return b
}

func (x thing) measure(ctx context.Context) (box, error) {
	quads, err := dom.GetContentQuads().WithBackendNodeID(x.id).Do(ctx)
	if err != nil {
		return box{}, err
	}
	if len(quads) == 0 {
		return box{}, fmt.Errorf("%s is not shown", x.what)
	}
	left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for i := 0; i+1 < len(quads[0]); i += 2 {
		left, right = min(left, quads[0][i]), max(right, quads[0][i])
		top, bottom = min(top, quads[0][i+1]), max(bottom, quads[0][i+1])
	}
	return box{left, top, right - left, bottom - top}, nil
}

type point struct{ x, y float64 }

// middle answers the middle of the thing once it is in view. It is an error when
// something else lies over it: a person could not press it.
func (x thing) middle(ctx context.Context) (point, error) {
	if err := dom.ScrollIntoViewIfNeeded().WithBackendNodeID(x.id).Do(ctx); err != nil {
		return point{}, err
	}
	b, err := x.measure(ctx)
	if err != nil {
		return point{}, err
	}
	o, err := dom.ResolveNode().WithBackendNodeID(x.id).Do(ctx)
	if err != nil {
		return point{}, err
	}
	const inFront = `function() {
		const b = this.getBoundingClientRect()
		const there = this.getRootNode().elementFromPoint(b.x + b.width / 2, b.y + b.height / 2)
		if (!there || this.contains(there) || there.contains(this)) return ""
		const label = there.closest("label")
		return label && label.contains(this) ? "" : there.outerHTML.slice(0, 200)
	}`
	var over string
	if err := call(ctx, o.ObjectID, inFront, &over); err != nil {
		return point{}, err
	}
	if over != "" {
		return point{}, fmt.Errorf("something lies over it: %s", over)
	}
	return point{b.x + b.width/2, b.y + b.height/2}, nil
}
