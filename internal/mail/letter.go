package mail

import (
	"bytes"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
)

// Bounds of a letter. Part of it comes from strangers.
const (
	// MaxText bounds a letter's text, in bytes. Encoded it is at most three times
	// as long, and common servers take 10 MB.
	MaxText = 3 << 20
	// MaxSubject bounds a subject, in bytes: what a mail program shows is shorter.
	MaxSubject = 250
	// MaxID bounds a letter's id, in bytes. Written as a Message-ID it is at most
	// three times as long and still fits into one line of 998.
	MaxID = 128
	// Of an address (RFC 5321 4.5.3.1 and 3696 erratum 1690), and of a sender's
	// name.
	maxAddress = 254
	maxLocal   = 64
	maxLabel   = 63
	maxName    = 100
)

// Letter is one e-mail in plain text.
type Letter struct {
	// ID makes the Message-ID, so that a mail program can tell that a letter came
	// twice: the same letter sent again has the same one. Any text of 1 to MaxID
	// bytes.
	ID string
	// To is one bare address, name@host.
	To string
	// Subject is one line of at most MaxSubject bytes. Several spaces count as one.
	Subject string
	// Text has at most MaxText bytes; its lines may be of any length.
	Text string
}

// check answers a refusal when no server should be asked to take the letter.
func (l Letter) check() error {
	switch {
	case l.ID == "" || len(l.ID) > MaxID:
		return refused("the letter's id has %d bytes; give it 1 to %d", len(l.ID), MaxID)
	case len(l.Subject) > MaxSubject:
		return refused("the subject has %d bytes; shorten it to %d", len(l.Subject), MaxSubject)
	case strings.ContainsFunc(l.Subject, unicode.IsControl):
		return refused("the subject has line breaks or other control characters; write it in one line")
	case len(l.Text) > MaxText:
		return refused("the text has %d bytes; shorten it to %d", len(l.Text), MaxText)
	}
	if err := checkAddress(l.To); err != nil {
		return refused("the recipient %v", err)
	}
	return nil
}

// checkAddress takes one bare address without quotes, comments and address
// literals. All that is legal and never seen in a real address, and is where one
// program's address is another's two.
func checkAddress(a string) error {
	if len(a) > maxAddress {
		return fmt.Errorf("has %d bytes; an address has at most %d", len(a), maxAddress)
	}
	if !utf8.ValidString(a) || strings.ContainsFunc(a, func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }) {
		return errors.New("has spaces or control characters; write one address, name@host")
	}
	// What the parser drops or rewrites was more than a bare address.
	parsed, err := netmail.ParseAddress(a)
	if err != nil || parsed.Address != a {
		return errors.New("is not one bare address; write name@host")
	}
	local, domain, _ := strings.Cut(a, "@")
	if len(local) > maxLocal {
		return fmt.Errorf("has %d bytes before the @; an address has at most %d", len(local), maxLocal)
	}
	for label := range strings.SplitSeq(domain, ".") {
		if len(label) > maxLabel || strings.ContainsFunc(label, notInHost) {
			return errors.New("has no host's name behind the @; write name@host")
		}
	}
	return nil
}

// notInHost reports what stands in no host's name, be it ASCII or not.
func notInHost(r rune) bool {
	return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
}

// ascii reports whether a text can be sent to every server as it is.
func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// render writes the whole message. A letter that passed check gives one without
// any line of its reader's or writer's making in the header.
func (l Letter) render(from *netmail.Address) ([]byte, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(from)
	m.ToMailAddress(&netmail.Address{Address: l.To})
	// Runs of spaces could be folded into an empty line, the end of the header.
	m.Subject(strings.Join(strings.Fields(strings.ToValidUTF8(l.Subject, "\uFFFD")), " "))
	m.SetMessageIDWithValue(l.messageID(from))
	m.SetDate()
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	// The encoder loses a line break that comes after a lone CR.
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(l.Text, "\uFFFD"))
	m.SetBodyString(gomail.TypeTextPlain, text)
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// messageID escapes whatever may not stand in one. Dots may, but not everywhere.
func (l Letter) messageID(from *netmail.Address) string {
	_, host, _ := strings.Cut(from.Address, "@")
	return strings.ReplaceAll(url.QueryEscape(l.ID), ".", "%2E") + "@" + host
}
