package pages_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// signsIn opens the console and logs in.
func (s *server) signsIn(p *person, login string) *tab {
	s.t.Helper()
	b := p.open(s.url("/console/"))
	b.logsIn(login, s.password(login))
	b.get(role("navigation", "My chats"))
	return b
}

// logsIn fills in the log-in as a person does, with the keyboard.
func (b *tab) logsIn(login, password string) {
	b.t.Helper()
	b.get(role("textbox", "Account")).fill(login)
	b.get(role("textbox", "Password")).fill(password)
	b.press("Enter")
}

// becomes chooses a status, and returns when the server has it.
func (b *tab) becomes(status string) {
	b.t.Helper()
	b.get(roleLike("button", "^Status")).click()
	b.get(role("menuitemradio", status)).click()
	b.get(roleLike("button", "^Status: +"+status))
	b.seesNot("Changing…")
}

// row answers a chat's row in the list.
func (b *tab) row(name string) thing {
	b.t.Helper()
	return b.get(roleLike("button", "^\u2068"+name+"\u2069"))
}

// accepts takes the offer of somebody. An offer is deaf while it is new, so whoever is
// too quick presses again.
func (b *tab) accepts(name string) {
	b.t.Helper()
	b.get(role("button", "Accept"))
	b.until("the chat with "+name, func() error {
		found, err := b.look(roleLike("heading", "^"+name+" · "))
		if err != nil || len(found) > 0 {
			return err
		}
		b.press("Control+Shift+Enter")
		return errors.New("it is not open")
	})
}

// onEachPage runs a script at the start of every page of the tab, before its own.
func (w *window) onEachPage(script string) {
	w.t.Helper()
	w.do("arrange a script", chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(script).Do(ctx)
		return err
	}))
}

// statusAtServer answers the status of an agent who is logged on, as the server has it.
func (s *server) statusAtServer(name string) string {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), "GET", s.url("/usher/admin/v1/sites/"+s.demo().Site+"/standing"), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.running.Ready.AdminToken)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	var standing struct {
		Agents []struct{ Name, Status string }
	}
	if err := json.NewDecoder(answer.Body).Decode(&standing); err != nil {
		s.t.Fatalf("read the standing: %v", err)
	}
	for _, a := range standing.Agents {
		if a.Name == name {
			return a.Status
		}
	}
	s.t.Fatalf("%s is not logged on: %+v", name, standing)
	return ""
}
