package pages_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"usher/api/sites"
)

// TestBoardSetUp is a supervisor who sets a site up: what the API refuses stands at its
// field in the API's own words, Saved only after its answer, and of two who change the
// same the second one is told of the first.
func TestBoardSetUp(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.supervisor()
	b := s.atBoard(newPerson(t))
	b.get(role("link", "Set-up")).click()
	b.get(role("link", "Hours")).click()
	b.sees("There is nothing yet.")
	b.get(role("button", "New")).click()
	b.get(role("textbox", "Name")).fill("Office")
	b.get(role("textbox", "Time zone")).fill("Mars")
	b.shot("hours typed")
	b.get(role("button", "Save")).click()
	zone := b.get(role("textbox", "Time zone"))
	b.until("the refusal at its field", func() error { return b.has(`zone: "Mars" is not a time zone`, true) })
	if zone = b.get(role("textbox", "Time zone")); zone.properties["invalid"] != "true" || !strings.Contains(zone.about, "is not a time zone") {
		t.Errorf("the field says nothing of it: %+v", zone)
	}
	b.shot("refused")
	b.accessible("refused")
	zone.fill("Europe/Vienna")
	held := b.holdAnswers("*/hours/1")
	b.get(role("button", "Save")).click()
	held.wait().release() // the question for what is there
	answer := held.wait()
	b.get(role("button", "Saving…"))
	b.seesNot("Saved")
	answer.release()
	held.release()
	b.get(role("heading", "Office"))

	b.get(role("link", "Queues")).click()
	b.get(roleLike("link", "^Support")).click()
	b.get(role("textbox", "Name")).fill("Help")
	b.get(role("link", "Hours")).click()
	b.sees("Leave without saving?")
	b.shot("leaving")
	b.press("Escape")
	b.until("the question to be gone", func() error { b.press("Escape"); return b.has("Leave without saving?", false) })
	s.admin("PUT", "/queues/1", `{"name":"Support desk","default":true,"rank":3}`)
	b.get(role("button", "Save")).click()
	b.sees("admin changed this at ")
	b.shot("conflict")
	b.get(role("button", "See it")).click()
	b.sees("Support desk")
	b.shot("their change")
	b.accessible("their change")
	b.get(role("button", "Close")).click()
	b.get(role("button", "Keep mine")).click()
	b.sees("Saved")
	var queue sites.Queue
	if err := json.Unmarshal(s.asks("/queues/1"), &queue); err != nil {
		t.Fatal(err)
	}
	if queue.Name != "Help" || queue.Rank != 0 || !queue.Default {
		t.Errorf("the queue is %+v", queue)
	}

	b.get(role("link", "Rules")).click()
	b.get(role("heading", "Where would a visitor go?"))
	b.get(role("button", "Add rule")).click()
	b.get(role("textbox", "Name")).fill("cards")
	b.get(role("textbox", "Products")).fill("5,6")
	b.shot("rules")
	b.accessible("rules")
	b.get(role("button", "Save")).click()
	b.sees("Saved")
	var rules sites.Rules
	if err := json.Unmarshal(s.asks("/rules"), &rules); err != nil {
		t.Fatal(err)
	}
	if len(rules.Enter) != 1 || rules.Enter[0].Name != "cards" || len(rules.Enter[0].When.Products) != 2 || rules.Enter[0].Queue != 1 {
		t.Errorf("the rules are %+v", rules)
	}
	b.get(role("spinbutton", "Product")).fill("5")
	b.get(role("button", "Ask")).click()
	b.sees(`rule enter[0] "cards" matched`)

	b.get(role("link", "Widget")).click()
	b.sees("data-site=\"demo\"")
	b.get(role("textbox", "Title")).fill("Ask the bank")
	b.get(roleLike("textbox", "^Own texts")).fill("en widget.title = Ask away")
	b.shot("widget")
	b.accessible("widget")
	b.get(role("button", "Save")).click()
	b.sees("Saved")
	b.get(role("link", "Site")).click()
	b.get(roleLike("spinbutton", "^Answer goal: within")).fill("45")
	b.get(role("button", "Add result")).click()
	b.shot("site")
	b.accessible("site")
	b.get(role("button", "Save")).click()
	b.sees("results[0]: expected a name")
	b.get(role("textbox", "Name")).fill("Solved")
	b.get(role("button", "Save")).click()
	b.sees("Saved")
	var settings sites.Settings
	if err := json.Unmarshal(s.asks("/settings"), &settings); err != nil {
		t.Fatal(err)
	}
	if settings.GoalSeconds != 45 || settings.Widget.Title != "Ask the bank" || settings.Widget.Texts["en"]["widget.title"] != "Ask away" || len(settings.Results) != 1 {
		t.Errorf("the settings are %+v", settings)
	}

	b.get(role("link", "Accounts")).click()
	b.get(roleLike("link", "^Bob")).click()
	b.get(role("textbox", "Log-in name")).fill("ada")
	b.get(role("button", "Save")).click()
	b.sees(`login "ada" belongs to account 12`)
	b.shot("account")
	b.accessible("account")
	b.get(role("button", "Undo changes")).click()

	left := fmt.Sprintf(`{"key":%q,"emailAddress":"cy@example.org","name":"Cy","message":"Please <b>call</b> me"}`, s.demo().WidgetKey)
	posted, err := http.Post(s.url("/usher/consumer/demo/v1/message"), "application/json", strings.NewReader(left))
	if err != nil {
		t.Fatal(err)
	}
	posted.Body.Close()
	if posted.StatusCode != http.StatusOK {
		t.Fatalf("leave a message: %s", posted.Status)
	}
	b.get(role("link", "Messages")).click()
	b.sees("Please <b>call</b> me")
	b.shot("messages")
	b.accessible("messages")
	b.get(role("button", "Done")).click()
	b.sees("No message is open.")
}
