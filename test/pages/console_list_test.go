package pages_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"usher/api/sites"
)

var rowName = regexp.MustCompile("^\u2068([^\u2069]*)\u2069")

// rows answers the names in the list, from above.
func (b *tab) rows() (names []string) {
	b.t.Helper()
	for _, x := range b.all(roleLike("button", "^\u2068.*\u2069")) {
		if m := rowName.FindStringSubmatch(x.name); m != nil {
			names = append(names, m[1])
		}
	}
	return names
}

// TestConsoleOrder is check 12: nothing that is said moves a row, and a key leads to
// whoever has waited longest.
func TestConsoleOrder(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.admin("PATCH", "/settings", `{"goalSeconds": 1}`)
	ada := newPerson(t).blank()
	ada.onEachPage(counted)
	ada.load(s.url("/console/"))
	ada.logsIn("ada", s.password("ada"))
	ada.becomes("Available")
	names := []string{"Ann", "Bo", "Carla", "Dana"}
	var visitors []*chatter
	for _, name := range names {
		visitors = append(visitors, s.call(sites.SessionAttributes{FirstName: sites.Text(name)}))
		ada.accepts(name)
	}
	if got := ada.rows(); !slices.Equal(got, names) {
		t.Fatalf("the list is %q, expected the order of acceptance", got)
	}
	// Carla waits longest: she is first to speak.
	visitors[2].says("number 0")
	ada.get(roleLike("button", "^\u2068Carla\u2069.*needs an answer"))
	last := ""
	for i := range 50 {
		last = fmt.Sprintf("number %d", i+1)
		who := rand.IntN(len(visitors))
		visitors[who].says("%s", last)
	}
	ada.until("the last message", func() error {
		if !strings.Contains(ada.words(), last) {
			return fmt.Errorf("it is not there")
		}
		return nil
	})
	if got := ada.rows(); !slices.Equal(got, names) {
		t.Errorf("after 50 messages the list is %q, it was %q", got, names)
	}
	ada.get(roleLike("button", "^\u2068Carla\u2069.*late"))
	ada.shot("late")
	ada.press("Control+j")
	ada.get(role("heading", "Carla · Support"))
	if !ada.composer().focused() {
		t.Error("the composer of the chat that has waited longest has no focus")
	}
	// What is typed here stays here, and the row says so from elsewhere.
	ada.typeText("half")
	ada.press("Alt+ArrowDown")
	ada.get(role("heading", "Dana · Support"))
	ada.press("Alt+ArrowUp")
	ada.press("Alt+ArrowUp")
	ada.get(role("heading", "Bo · Support"))
	ada.get(roleLike("button", "^\u2068Carla\u2069.*draft"))
	ada.accessible("late chats")
}

// TestConsoleTwenty: twenty chats stand in low rows, all in view.
func TestConsoleTwenty(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.admin("PUT", "/accounts/91", `{"login": "eve", "password": "quite a long password", "name": "Eve", "places": 24, "allQueues": true, "except": [2], "pull": true}`)
	eve := newPerson(t).open(s.url("/console/"))
	eve.logsIn("eve", "quite a long password")
	eve.becomes("Available")
	for i := range 20 {
		name := fmt.Sprintf("Visitor %02d", i+1)
		v := s.call(sites.SessionAttributes{FirstName: sites.Text(name)})
		if i%3 == 0 {
			v.says("Where is my order? I have been waiting for a week now, and nobody has said a word about it.")
		}
		eve.accepts(name)
	}
	s.call(ann)
	eve.sees("20 chats, 1 offer, 24 places")
	eve.shot("wide")
	eve.fits()
	eve.accessible("twenty chats")
	var inView bool
	eve.eval(`(() => { const all = document.querySelectorAll(".chat-row"); const last = all[all.length - 1].getBoundingClientRect(); return all[0].getBoundingClientRect().height <= 37 && document.querySelector(".list").scrollHeight <= 36 * 20 + 60 && last.width > 0 })()`, &inView)
	if !inView {
		t.Error("the rows are not 36 pixels high")
	}
	eve.size(1600, 1000)
	eve.shot("large")
	eve.size(900, 800)
	eve.shot("middle")
	eve.fits()
	eve.get(role("button", "Visitor")).click()
	eve.shot("drawer")
	eve.phone()
	eve.get(role("button", "Chats 20, 7 need an answer")).click()
	eve.get(roleLike("navigation", "^My chats"))
	eve.shot("phone")
	eve.fits()
	eve.accessible("twenty chats on a phone")
	eve.row("Visitor 20").click()
	eve.get(role("heading", "Visitor 20 · Support"))
	eve.shot("phone-chat")
	eve.fits()
	eve.get(role("button", "Visitor")).click()
	eve.shot("phone-visitor")
	eve.fits()
}
