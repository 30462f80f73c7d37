package pages_test

import (
	"math"
	"regexp"
	"strconv"
	"testing"
	"time"

	"usher/api/sites"
)

// bo is another visitor.
var bo = sites.SessionAttributes{FirstName: "Bo", LastName: "Dean", Question: "Refund for order 4711?"}

var countdown = regexp.MustCompile(`(\d+):(\d\d) left`)

// secondsLeft answers what the countdown of the offer says.
func (b *tab) secondsLeft() float64 {
	b.t.Helper()
	m := countdown.FindStringSubmatch(b.words())
	if m == nil {
		b.t.Fatalf("no countdown is in:\n%s", b.words())
	}
	minutes, _ := strconv.Atoi(m[1])
	seconds, _ := strconv.Atoi(m[2])
	return float64(60*minutes + seconds)
}

// TestConsoleOffer is check 8: the countdown goes by the server's clock, however wrong
// the device's is, and an offer that comes moves nothing.
func TestConsoleOffer(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newPerson(t).blank()
	// This device is five minutes fast.
	ada.onEachPage(`{ const now = Date.now; Date.now = () => now() + 300_000 }`)
	ada.load(s.url("/console/"))
	ada.logsIn("ada", s.password("ada"))
	ada.becomes("Available")
	s.call(ann)
	ada.accepts("Ann Lee")
	list := ada.get(role("navigation", "My chats"))
	row, before := ada.row("Ann Lee").box(), list.box()

	earliest := time.Now()
	s.call(bo)
	ada.sees("Refund for order 4711?")
	latest := time.Now()
	asked := time.Now()
	left := ada.secondsLeft()
	answered := time.Now()
	low := 60 - answered.Sub(earliest).Seconds() - 1
	high := math.Min(60, 60-asked.Sub(latest).Seconds()+1)
	if left < low || left > high {
		t.Errorf("the countdown says %v s, expected %.1f to %.1f", left, low, high)
	}
	if got := list.box(); got != before {
		t.Errorf("the list moved from %v to %v", before, got)
	}
	if got := ada.row("Ann Lee").box(); got != row {
		t.Errorf("the row moved from %v to %v", row, got)
	}
	ada.shot("offer")
}

// TestConsoleOfferZero is check 8: at zero nothing is said but that the server is
// waited for; who is too late reads what became of it.
func TestConsoleOfferZero(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.admin("PATCH", "/settings", `{"offerSeconds": 3}`)
	ada := newPerson(t).open(s.url("/console/"))
	held := ada.holdAnswers("*/getMessages*")
	ada.logsIn("ada", s.password("ada"))
	ada.becomes("Available")
	s.call(ann)
	held.wait().release() // the offer
	ada.get(role("button", "Accept"))
	ada.sees("Waiting for the server…")
	ada.seesNot("The chat went to someone else.")
	ada.shot("zero")
	ada.get(role("button", "Accept")).click()
	ada.sees("The chat went to someone else.")
	ada.shot("gone")
	held.release()
	ada.sees("No offer")
}

// TestConsoleNoAnswer is check 9: after two offers without an answer the agent gets no
// more, here and at the server, and comes back with one press.
func TestConsoleNoAnswer(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.admin("PATCH", "/settings", `{"offerSeconds": 2}`)
	ada := s.signsIn(newPerson(t), "ada")
	ada.becomes("Available")
	s.call(ann)
	ada.sees("Two chats were offered and not answered, so you get no new ones.")
	ada.get(roleLike("button", "^Status: +No answer"))
	if got := s.statusAtServer("Ada"); got != "UNAVAILABLE" {
		t.Errorf("at the server the status is %s", got)
	}
	ada.shot("no-answer")
	ada.accessibleInAll("no answer")
	ada.get(role("button", "Available again")).click()
	ada.get(roleLike("button", "^Status: +Available"))
	ada.seesNot("Two chats were offered")
	if got := s.statusAtServer("Ada"); got != "AVAILABLE" {
		t.Errorf("at the server the status is %s afterwards", got)
	}
}
