package pages_test

import (
	"fmt"
	"strings"
	"testing"

	"usher/api"
)

// tabsTo presses Tab until something has the focus.
func (b *tab) tabsTo(w what) thing {
	b.t.Helper()
	x := b.get(w)
	for range 60 {
		if x.focused() {
			return x
		}
		b.press("Tab")
		x = b.get(w)
	}
	b.t.Fatalf("%s has no tab stop", w)
	return x
}

// TestBoardKeys is a supervisor without a mouse: logs in, sorts a table, takes a break
// for Ada, finds a chat by its name, joins it, removes its visitor, and logs out.
func TestBoardKeys(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.supervisor()
	ada := s.works("ada", 4)
	ann := s.comes("Ann", 1)
	ada.until(fmt.Sprintf("accepted %d", ann.EngagementID))
	ann.writes("Hello?")
	ada.until("ALL Hello?")

	b := newPerson(t).open(s.url("/board/"))
	b.until("the first field to have the focus", func() error { return hasFocus(b.get(role("textbox", "Account"))) })
	b.typeText("sam")
	b.press("Tab")
	b.typeText("look and see")
	b.press("Enter")
	b.get(role("heading", "Queues"))

	b.press("F6")
	if err := hasFocus(b.get(role("link", "Now"))); err != nil {
		t.Error(err)
	}
	b.press("F6")
	b.tabsTo(roleLike("row", "^Support"))
	b.press("ArrowUp")
	b.until("the first head to have the focus", func() error { return hasFocus(b.get(role("button", "Queue"))) })
	b.press("Enter") // names in their order
	b.until("the order to change", func() error {
		if rows := b.all(roleLike("row", "^(Support|Echo bot) ")); len(rows) != 2 || !strings.HasPrefix(rows[0].name, "Echo bot") {
			return fmt.Errorf("the rows are %v", rows)
		}
		return nil
	})
	b.tabsTo(roleLike("row", "^Try"))
	b.press("End")
	b.until("Ada to have the focus", func() error { return hasFocus(b.get(roleLike("row", "^Ada"))) })
	b.press("Enter")
	b.get(role("heading", "Ada"))
	b.press("Enter")
	b.get(roleLike("menuitemradio", "^On Break"))
	b.press("ArrowDown")
	b.until("the break to have the focus", func() error {
		x := b.get(roleLike("menuitemradio", "^On Break"))
		if err := hasFocus(x); err != nil {
			b.press("ArrowDown")
			return err
		}
		return nil
	})
	b.press("Enter")
	b.sees("Set Ada to On Break? Ada sees it at once.")
	b.until("the question to be answered", func() error { b.press("Enter"); return b.has("Ada sees it at once.", false) })
	b.until("Ada to be on break", func() error {
		for _, a := range s.live().Agents {
			if a.Name == "Ada" && a.Status == api.StatusUnavailable && a.SubTypeID == 3 {
				return nil
			}
		}
		return fmt.Errorf("the agents are %+v", s.live().Agents)
	})
	b.press("Escape")
	b.get(roleLike("row", "^Ada .*On Break"))
	b.shot("on break")

	b.press("Control+k")
	b.get(role("combobox", "Find a command or a chat"))
	b.typeText("ann")
	b.press("Enter")
	b.get(roleLike("heading", "^Watching "))
	b.tabsTo(roleLike("textbox", "^To .Ada. only$"))
	b.typeText("Ask which shop")
	b.press("Enter")
	ada.until("NOT_ENDUSER Ask which shop")
	b.tabsTo(role("button", "Join"))
	b.press("Enter")
	b.sees("is told that you are there.")
	b.until("the question to be answered", func() error { b.press("Enter"); return b.has("is told that you are there.", false) })
	ann.until("Sam is CONFEREE")
	b.get(roleLike("heading", "^Chat with "))
	b.shot("joined")
	b.tabsTo(role("button", "Remove visitor…"))
	b.press("Enter")
	b.sees("reads that the service closed it.")
	b.until("the question to be answered", func() error { b.press("Enter"); return b.has("reads that the service closed it.", false) })
	ann.until("ended EJECTED")
	b.sees("Removed, or the visitor's connection was lost.")
	b.shot("removed")
	b.tabsTo(role("button", "Close"))
	b.press("Enter")
	b.gone(roleLike("heading", "^Chat with "))

	b.tabsTo(role("button", "Sam"))
	b.press("Enter")
	b.get(role("menuitem", "Log out"))
	b.press("End")
	b.until("logging out to have the focus", func() error { return hasFocus(b.get(role("menuitem", "Log out"))) })
	b.press("Enter")
	b.get(role("textbox", "Account"))
	b.reload()
	b.get(role("textbox", "Account"))
}

// hasFocus is an error while something has not the focus.
func hasFocus(x thing) error {
	if !x.focused() {
		return fmt.Errorf("%s has not the focus", x.what)
	}
	return nil
}
