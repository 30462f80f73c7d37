package pages_test

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// door is an answer of open, with members put in place of the usual ones.
func door(changes ...string) string {
	text := `{"state":"OPEN","mayWait":true,"opens":null,"queueId":1,"position":1,"expectedWaitTimeSeconds":0,"widget":{"title":"","greeting":"","color":"","theme":"","position":"","fields":"","whenClosed":"","privacyUrl":"","emailAddress":"","texts":{}},"files":{"allowed":false,"maxBytes":0,"types":[]},"sneakPreviewState":"DISABLED","mailTranscripts":false,"time":"2026-01-01T00:00:00.000Z"}`
	return strings.NewReplacer(changes...).Replace(text)
}

// TestWidgetStates walks through the drawn states that come before a chat: loading,
// the error with the text kept, nobody there, and the site's own words and colour.
func TestWidgetStates(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := newPerson(t).open(newShop(t, s, "en").URL)
	doors := b.holdRequests("*/open?*")
	b.get(role("button", "Chat")).click()
	p := b.panel()
	held := doors.wait()
	p.sees("Loading…")
	b.shot("loading")
	held.lose()
	p.sees("The chat can't start: no answer from " + s.address + ".")
	p.accessibleInAll("no answer")
	b.shot("error")
	p.get(role("button", "Try again")).click()
	doors.wait().answer(http.StatusOK, door(`"greeting":""`, `"greeting":"Ask us anything."`, `"color":""`, `"color":"#ffe000"`,
		`"privacyUrl":""`, `"privacyUrl":"https://example.org/privacy"`, `"emailAddress":""`, `"emailAddress":"help@example.org"`,
		`"fields":""`, `"fields":"name,order,question*"`, `"texts":{}`, `"texts":{"en":{"widget.question":"What is it?","field.order":"Order number"}}`,
		`"sneakPreviewState":"DISABLED"`, `"sneakPreviewState":"ENABLED"`))
	p.sees("Ask us anything.")
	p.sees("Typed text may be seen before you send it.")
	p.get(role("textbox", "Order number"))
	p.get(role("link", "How we use your data"))
	p.accessibleInAll("the form in the site's own colour")
	b.shot("own")
	p.get(role("textbox", "What is it?")).fill("Refund?")
	starts := b.holdRequests("*/start")
	p.get(role("button", "Start chat")).click()
	starts.wait().lose()
	p.sees("The chat can't start: no answer from")
	p.sees("Your text is kept.")
	p.get(role("link", "Or mail help@example.org"))
	b.shot("kept")
	starts.release()
	p.get(role("button", "Try again")).click()
	p.sees("Refund?")
	p.sees("You are next.")
}

// TestWidgetNobody: where nobody is there one can wait, or leave a message.
func TestWidgetNobody(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	b := newPerson(t).open(newShop(t, s, "en").URL)
	b.get(role("button", "Chat")).click()
	p := b.panel()
	p.sees("Nobody can take a chat right now.")
	p.get(role("button", "Wait in the queue"))
	p.accessibleInAll("nobody there")
	b.shot("nobody")
	p.get(role("button", "Leave a message")).click()
	p.get(role("button", "Send message")).click()
	p.sees("Please fill in Email.")
	p.get(role("textbox", "Email")).fill("ann")
	p.get(role("textbox", "Message")).fill("Call me")
	p.get(role("button", "Send message")).click()
	p.sees("An email address has a name, an @ and a domain.")
	p.get(role("textbox", "Email")).fill("ann@example.org")
	p.get(role("button", "Send message")).click()
	p.sees("Your message is stored. We answer by email.")
	b.shot("stored")
}

// TestWidgetIdle: before a chat ends because nothing was written, one press keeps it;
// and an agent whose connection is cut is told of, with who takes over and when.
func TestWidgetIdle(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	b := newPerson(t).open(newShop(t, s, "en").URL)
	p := b.asks("Hello")
	chat := ada.takes()
	p.sees("Ada joined.")
	polls := b.holdRequests("*/getMessages*")
	ada.says(chat, "one")
	p.sees("one")
	now := time.Now().UTC()
	message := func(name, rest string) string {
		return fmt.Sprintf(`{"clientId":1,"serviceFinishTime":%q,"systemMessages":[{"messageName":%q,"createdTime":%[1]q,"sequenceNumber":2,%[3]s}]}`, now.Format(time.RFC3339Nano), name, rest)
	}
	polls.wait().answer(http.StatusOK, message("UsherIdleMessage", fmt.Sprintf(`"ends":%q`, now.Add(time.Minute).Format(time.RFC3339Nano))))
	p.sees("Are you still there?")
	p.until("seconds", func() error {
		if !regexp.MustCompile(`closes in about \d+ s because`).MatchString(p.words()) {
			return errors.New(p.words())
		}
		return nil
	})
	p.accessibleInAll("the idle warning")
	p.fits()
	b.shot("idle")
	stays := b.holdAnswers("*/activity*")
	p.get(role("button", "I'm still here")).click()
	stays.wait()
	stays.release()
	polls.wait().answer(http.StatusOK, message("UsherIdleMessage", `"ends":null`))
	p.seesNot("Are you still there?")
	var lead int64
	var session string
	b.eval(`JSON.parse(localStorage.getItem("usher.demo.session")).sessionId`, &session)
	p.eval(`fetch("/usher/consumer/demo/v1/session?newest=true", {headers: {SessionId: "`+session+`"}}).then(r => r.json()).then(s => s.agents[0].clientId)`, &lead)
	polls.wait().answer(http.StatusOK, message("RNEngagementParticipantConnectionStateChangedMessage", fmt.Sprintf(`"clientId":%d,"connectionState":"ABSENT","secondsToDisconnect":120`, lead)))
	p.sees("Ada's connection is interrupted. If it stays so, someone else takes over at about")
	p.accessibleInAll("an agent away")
	b.shot("away")
	polls.release()
	ada.says(chat, "two")
	p.sees("two")
}

// TestWidgetRefused: what the server does not take stays there with the reason.
func TestWidgetRefused(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	b := newPerson(t).open(newShop(t, s, "en").URL)
	p := b.asks("Hello")
	ada.takes()
	posts := b.holdRequests("*/postMessage*")
	p.writes("too much")
	posts.wait().answer(http.StatusRequestEntityTooLarge, `{"exceptionCode":"TOO_LARGE","message":"the body is too large"}`)
	p.sees("Not sent. The text is too long (8 of 16,384 characters).")
	p.accessibleInAll("a message that was not sent")
	b.shot("notsent")
	posts.release()
	p.get(role("button", "Edit")).click()
	p.seesNot("Not sent.")
	p.get(role("textbox", "Message"))
	p.press("Enter")
	ada.reads("too much")
	slow := b.holdRequests("*/postMessage*")
	p.writes("patience")
	slow.wait().answer(http.StatusTooManyRequests, `{"exceptionCode":"TOO_MANY","message":"wait"}`, "Retry-After", "3")
	p.sees("Trying again in")
	slow.release()
	ada.reads("patience")
}

// TestWidgetFile: kinds and size are said before, what does not fit is not sent, and
// the rest arrives.
func TestWidgetFile(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	b := newPerson(t).open(newShop(t, s, "en").URL)
	p := b.asks("Hello")
	ada.takes()
	p.sees("Allowed: PNG,")
	p.get(role("button", "File")).attach(file(t, "run.exe", "MZ"))
	p.sees("This kind of file is not accepted.")
	p.accessibleInAll("a file that is not accepted")
	b.shot("refused")
	p.get(role("button", "Delete")).click()
	p.get(role("button", "File")).attach(file(t, "note.txt", "hello"))
	p.get(role("link", "Download note.txt"))
	b.shot("sent")
}

// TestWidgetStopped: a session that has ended elsewhere is said to have ended, nothing
// more is asked for, and a new chat is one press away.
func TestWidgetStopped(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := newDesk(t, s, "ada")
	b := newPerson(t).open(newShop(t, s, "en").URL)
	p := b.asks("Hello")
	chat := ada.takes()
	p.sees("Ada joined.")
	polls := b.holdRequests("*/getMessages*")
	sessions := b.holdRequests("*/v1/session?*")
	const refused = `{"exceptionCode":"ACCESS_DENIED","message":"the session is not known"}`
	ada.says(chat, "one")
	polls.wait().answer(http.StatusForbidden, refused)
	sessions.wait().answer(http.StatusForbidden, refused)
	p.sees("This session has ended: taken over elsewhere, or silent for too long.")
	p.accessibleInAll("a session that has ended")
	b.shot("stopped")
	if !polls.none() {
		t.Error("messages are asked for after the end")
	}
	polls.release()
	sessions.release()
	p.get(role("button", "New chat")).click()
	p.get(role("textbox", "Your question"))
}
