package pages_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestDemo: a newcomer who opens the server's address finds what to do, and every
// link on the page leads somewhere.
func TestDemo(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := newPerson(t).open(s.url("/"))
	b.get(role("heading", "A whole chat in two windows"))
	for _, a := range s.demo().Accounts {
		if !a.VirtualAgent && !strings.Contains(b.words(), a.Login) {
			t.Errorf("the page does not name the account %s", a.Login)
		}
		if strings.Contains(b.words(), a.Password) {
			t.Errorf("the page tells the password of %s", a.Login)
		}
	}
	var links []string
	b.eval(`[...document.querySelectorAll("a")].map(a => a.href)`, &links)
	if len(links) < 3 {
		t.Errorf("the page leads to %q", links)
	}
	for _, link := range links {
		answer, err := http.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", link, answer.Status)
		}
	}
	var widget struct{ Site, Key string }
	b.eval(`(({site, key}) => ({site, key}))(document.getElementById("widget").dataset)`, &widget)
	if want := s.demo(); widget.Site != want.Site || widget.Key != want.WidgetKey {
		t.Errorf("the page starts the widget with %+v, the site is %s with %s", widget, want.Site, want.WidgetKey)
	}
	b.fits()
	b.shot("wide")
	b.phone()
	b.fits()
	b.shot("phone")
}

// TestDemoAccessible: for everybody, in light, dark and forced colours.
func TestDemoAccessible(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := newPerson(t).open(s.url("/demo/"))
	b.accessibleInAll("the demo")
}
