package pages_test

import (
	"fmt"
	"slices"
	"testing"

	"usher/api/sites"
	"usher/client/agent"
)

// TestBoardWatches is the supervisor's journey, and check 25 where it is about watching:
// Sam sees from the board who waits, watches, whispers to the agent alone, joins and
// takes over; the visitor learns nothing of it until Sam answers.
func TestBoardWatches(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.supervisor()
	ada := s.works("ada", 4)
	ann := s.comes("Ann", 1)
	ada.until(fmt.Sprintf("accepted %d", ann.EngagementID))
	ann.writes("My card was refused twice.")
	ada.until("ALL My card was refused twice.")
	ada.answers(ann.EngagementID, "Which shop was it?")
	ann.until("said Which shop was it?")
	ann.writes("<Shoes & More>, in town")

	sam := s.atBoard(newPerson(t))
	sam.shot("now")
	sam.get(role("link", "Chats")).click()
	row := sam.get(roleLike("row", "^Ann Ada Support"))
	before := ann.all()
	row.focus()
	sam.press("Enter")
	sam.get(roleLike("heading", "^Watching .Ann. with .Ada.$"))
	sam.sees("sees that you watch. The visitor doesn't.")
	sam.sees("<Shoes & More>, in town")
	ada.until("Sam is MONITOR")
	sam.shot("watching")

	sam.get(roleLike("textbox", "^To .Ada. only$")).click()
	sam.typeText("Check the country lock first")
	sam.shot("whisper typed")
	sam.get(roleLike("button", "^Whisper to .Ada.$")).click()
	ada.until("NOT_ENDUSER Check the country lock first")
	sam.sees("Check the country lock first")
	sam.shot("whispered")
	if after := ann.all(); !slices.Equal(before, after) {
		t.Errorf("the visitor was told of the watching: %q, before it was %q", after, before)
	}

	sam.get(role("button", "Take over…")).click()
	sam.sees("stays as second agent;")
	sam.shot("take over asks")
	held := sam.holdAnswers("*/takeOver*")
	sam.until("the answer to be taken", func() error { sam.press("Enter"); return nonePressed(held) })
	answer := held.wait()
	sam.get(role("button", "Taking over…"))
	sam.shot("taking over")
	answer.release()
	held.release()
	sam.sees("You lead now.")
	ada.until("Sam is LEAD")
	ann.until("Sam is LEAD")
	if all := ann.all(); len(all) <= len(before) || all[len(before)] != "Sam is LEAD" {
		t.Errorf("before the visitor was told that Sam leads, it was told %q; before the watching it was %q", all, before)
	}
	sam.get(roleLike("textbox", "^Message to ")).click()
	sam.typeText("I am Sam. Let me look.")
	sam.press("Enter")
	ann.until("said I am Sam. Let me look.")
	sam.shot("leads")
	for _, said := range ann.all() {
		if said == "said Check the country lock first" {
			t.Error("the visitor got the whisper")
		}
	}
	sam.get(role("button", "Leave chat")).click()
	sam.gone(roleLike("heading", "Watching"))
	sam.shot("left")
}

// nonePressed is an error while nothing has come to a gate.
func nonePressed(g *gate) error {
	if g.none() {
		return fmt.Errorf("nothing has come yet")
	}
	return nil
}

// TestBoardElsewhere: a supervisor who is logged on at another place is asked before
// that one ends; a chat that waits has nobody to watch, and can be taken.
func TestBoardElsewhere(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.supervisor()
	if _, err := agent.Dial(t.Context(), agent.Options{Server: s.url(""), Site: s.demo().Site, Login: "sam", Password: "look and see"}); err != nil {
		t.Fatal(err)
	}
	bo := s.comes("Bo", 1)
	sam := s.atBoard(newPerson(t))
	sam.get(roleLike("row", "^Support 1")).click()
	sam.get(roleLike("row", "^Bo in the queue Support")).click()
	sam.sees("You are logged in elsewhere.")
	sam.sees("Nobody leads this chat")
	look(sam, "elsewhere")
	sam.get(role("button", "Go on here")).click()
	sam.seesNot("You are logged in elsewhere.")
	sam.until("the question", func() error { sam.get(role("button", "Take over…")).click(); return sam.has("no longer waits", true) })
	sam.shot("take over asks")
	sam.until("the question to be answered", func() error { sam.press("Enter"); return sam.has("no longer waits", false) })
	bo.until("Sam is LEAD")
	sam.get(roleLike("heading", "^Chat with .Bo.$"))
	sam.get(role("button", "Sam")).click()
	sam.get(role("menuitem", "Log out")).click()
	sam.sees("Log out? 1 chat goes back to the queue.")
	sam.shot("log out asks")
	sam.until("the question to be answered", func() error { sam.press("Enter"); return sam.has("goes back to the queue", false) })
	sam.get(role("textbox", "Account"))
	s.comesTo("Bo waiting", func(live sites.Live) bool { return live.Queues[0].Waiting == 1 })
}
