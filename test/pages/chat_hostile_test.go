package pages_test

import (
	"strings"
	"testing"

	wire "usher/api/consumer"
	"usher/api/sites"
)

// TestChatHostile is check 18 at the console: whatever a visitor writes is text or is
// cleaned, nothing runs, and the layout holds.
func TestChatHostile(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := s.atDesk(newPerson(t), "ada")
	visitor := s.call(sites.SessionAttributes{FirstName: "<img src=x onerror=alert(1)>", LastName: "\u202egnp.exe", EmailAddress: "ann@example.org", Question: sites.Text(strings.Repeat("Q", 1000))}).listen()
	const evil = `<img src=x onerror="document.title='broken'"><script>document.title='broken'</script><a href="javascript:document.title='broken'">press me</a>`
	long := strings.Repeat("m", 10000)
	visitor.says(evil)
	visitor.says("\u202eright to left override")
	visitor.says("%s", long)
	post := func(text string) {
		t.Helper()
		if _, err := visitor.PostMessage(t.Context(), wire.PostMessageRequest{Body: text, RichText: true}); err != nil {
			t.Fatal(err)
		}
	}
	post(evil + `<b onclick="document.title='broken'">rich</b> <style>body{display:none}</style>`)
	post(`<a href="https://example.org/">` + long + `</a>`)
	ada.takes()
	ada.sees(evil)
	ada.sees("rich")
	ada.fits()
	var found struct {
		Title    string
		Elements []string
		Wide     int
	}
	ada.eval(`({
		title: document.title,
		elements: [...document.querySelectorAll(".log img, .log script, .log style, .log iframe, .log [onclick], .log [onerror], .log a:not([href^='https://example.org/'])")].map(e => e.outerHTML),
		wide: [...document.querySelectorAll(".log, .log *, .visitor, .chat-header")].filter(e => !e.closest(".unseen") && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline").length,
	})`, &found)
	if strings.Contains(found.Title, "broken") || len(found.Elements) > 0 || found.Wide > 0 {
		t.Errorf("the page has %+v", found)
	}
	ada.shot("wide")
	ada.size(320, 640)
	ada.get(role("button", "More actions"))
	ada.fits()
	ada.shot("narrow")
}
