package pages_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// named are the keys that no character stands for.
var named = map[string]string{
	"Enter": kb.Enter, "Tab": kb.Tab, "Escape": kb.Escape, "Space": " ", "Backspace": kb.Backspace, "Delete": kb.Delete,
	"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
	"Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown, "F6": kb.F6,
}

var modifiers = map[string]input.Modifier{
	"Alt": input.ModifierAlt, "Control": input.ModifierCtrl, "Meta": input.ModifierMeta, "Shift": input.ModifierShift,
}

// typeText types a text with the keys of a keyboard, wherever the focus is.
func (w *window) typeText(text string) {
	w.t.Helper()
	w.do(fmt.Sprintf("type %q", text), chromedp.ActionFunc(func(ctx context.Context) error {
		for _, r := range text {
			// The library keeps its named keys at characters that people write, such as ą.
			events := kb.EncodeUnidentified(r)
			if key := kb.Keys[r]; key != nil && key.Print {
				events = kb.Encode(r)
			}
			for _, e := range events {
				if err := e.Do(ctx); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// press presses a key or a chord once, such as "Enter" or "Control+Shift+Enter".
func (w *window) press(chord string) {
	w.t.Helper()
	w.keys(chord, 0)
}

// repeat presses a key and keeps it down, so that it repeats some times.
func (w *window) repeat(chord string, times int) {
	w.t.Helper()
	w.keys(chord, times)
}

func (w *window) keys(chord string, repeats int) {
	w.t.Helper()
	parts := strings.Split(chord, "+")
	name := parts[len(parts)-1]
	var with input.Modifier
	for _, m := range parts[:len(parts)-1] {
		one, ok := modifiers[m]
		if !ok {
			w.t.Fatalf("press %s: %s is no modifier", chord, m)
		}
		with |= one
	}
	text, ok := named[name]
	if !ok {
		text = name
	}
	runes := []rune(text)
	if len(runes) != 1 || kb.Keys[runes[0]] == nil {
		w.t.Fatalf("press %s: there is no key %s", chord, name)
	}
	key := kb.Keys[runes[0]]
	down := &input.DispatchKeyEventParams{
		Type: input.KeyRawDown, Key: key.Key, Code: key.Code, Modifiers: with,
		WindowsVirtualKeyCode: key.Windows, NativeVirtualKeyCode: key.Native,
	}
	if key.Text != "" && with&^input.ModifierShift == 0 { // with others it is a command
		down.Type, down.Text, down.UnmodifiedText = input.KeyDown, key.Text, key.Unmodified
	}
	w.do("press "+chord, chromedp.ActionFunc(func(ctx context.Context) error {
		for i := range repeats + 1 {
			again := *down
			again.AutoRepeat = i > 0
			if err := again.Do(ctx); err != nil {
				return err
			}
		}
		up := *down
		up.Type, up.Text, up.UnmodifiedText = input.KeyUp, "", ""
		return up.Do(ctx)
	}))
}

// typeAltGr types a character as keyboards do on which AltGr is Control and Alt.
func (w *window) typeAltGr(char, code string) {
	w.t.Helper()
	key := input.DispatchKeyEventParams{Key: char, Code: code, Modifiers: input.ModifierAlt | input.ModifierCtrl}
	down, up := key, key
	down.Type, up.Type = input.KeyRawDown, input.KeyUp
	typed := &input.DispatchKeyEventParams{Type: input.KeyChar, Text: char, UnmodifiedText: char}
	w.do("type "+char+" with AltGr", &down, typed, &up)
}

// compose begins or goes on with a composition, as an input method does for Japanese;
// what is pressed meanwhile belongs to it.
func (w *window) compose(text string) {
	w.t.Helper()
	n := int64(len([]rune(text)))
	w.do("compose "+text, input.ImeSetComposition(text, n, n))
}

// composed ends a composition with its text.
func (w *window) composed(text string) {
	w.t.Helper()
	w.do("end a composition", input.InsertText(text))
}
