package mail

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"testing/synctest"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// message is a letter as a mail program has it.
type message struct {
	header netmail.Header
	body   string // with lines that end in LF
}

// fatal is a test, or a property under test.
type fatal interface {
	Helper()
	Fatalf(format string, args ...any)
}

func read(t fatal, raw string) message {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatalf("the message cannot be read: %v\n%s", err, raw)
	}
	if got := m.Header.Get("Content-Transfer-Encoding"); got != "quoted-printable" {
		t.Fatalf("the encoding is %q", got)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatalf("the text cannot be read: %v\n%s", err, raw)
	}
	// A server adds the end of a last line that has none.
	return message{m.Header, strings.ReplaceAll(string(body), "\r\n", "\n")}
}

func TestMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		sender := s.sender(t, "smtp://mail.test")
		long := strings.Repeat("äß", 2000) + strings.Repeat("x", 2000)
		l := Letter{ID: "demo.example/70 01\r\n>", To: "ann@example.org", Subject: "Grüße,   from  us", Text: ".\n..\nFrom here\n" + long + " \n\n"}
		for range 2 {
			if err := sender.Send(t.Context(), l); err != nil {
				t.Fatal(err)
			}
		}
		got := s.accepted()
		m := read(t, got[0].raw)
		subject, err := new(mime.WordDecoder).DecodeHeader(m.header.Get("Subject"))
		if err != nil || subject != "Grüße, from us" {
			t.Errorf("the subject is %q, %v", subject, err)
		}
		m.header["Subject"] = nil
		want := netmail.Header{
			"Auto-Submitted": {"auto-generated"}, "Content-Transfer-Encoding": {"quoted-printable"}, "Content-Type": {"text/plain; charset=UTF-8"},
			"Date": {"Sat, 01 Jan 2000 00:00:00 +0000"}, "From": {`"Support" <support@example.org>`}, "To": {"<ann@example.org>"},
			"Message-Id": {"<demo%2Eexample%2F70+01%0D%0A%3E@example.org>"}, "Mime-Version": {"1.0"}, "Subject": nil,
		}
		// The zone is the machine's.
		if date, err := m.header.Date(); err != nil || date.Unix() != 946684800 {
			t.Errorf("the date is %v, %v", date, err)
		}
		m.header["Date"] = want["Date"]
		if diff := cmp.Diff(want, m.header); diff != "" {
			t.Errorf("the header (-want +got):\n%s", diff)
		}
		if m.body != l.Text {
			t.Errorf("the text (-want +got):\n%s", cmp.Diff(l.Text, m.body))
		}
		if got[0].raw != got[1].raw {
			t.Error("the same letter is another one the second time")
		}
	})
}

// TestAnyLetter: whatever a letter that passes says, it arrives, and nothing of
// it becomes a header of its own.
func TestAnyLetter(t *testing.T) {
	from := &netmail.Address{Name: "Support", Address: "support@example.org"}
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`(?s)[\r\n. =a-z<>:ä]{0,300}`), rapid.StringMatching(`( {0,90}x{0,200}){0,4}`),
		rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) }))
	seen := map[string]string{}
	rapid.Check(t, func(t *rapid.T) {
		l := Letter{ID: text.Draw(t, "id"), To: "ann@example.org", Subject: text.Draw(t, "subject"), Text: text.Draw(t, "text")}
		if err := l.check(); err != nil {
			if !errors.Is(err, ErrRefused) {
				t.Fatalf("%v is not refused", err)
			}
			return
		}
		raw, err := l.render(from)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(string(raw), "\r\n"), "\r\n") {
			if len(line) > 998 || strings.ContainsAny(line, "\r\n\x00") || !ascii(line) {
				t.Fatalf("a line that cannot be sent: %q", line)
			}
		}
		m := read(t, string(raw))
		if len(m.header) != 9 {
			t.Fatalf("%d headers: %v", len(m.header), m.header)
		}
		for name, values := range m.header {
			if len(values) != 1 {
				t.Fatalf("%s stands there %d times", name, len(values))
			}
		}
		whole := strings.ToValidUTF8(l.Text, "\uFFFD")
		if want := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(whole); m.body != want {
			t.Fatalf("the text (-want +got):\n%s", cmp.Diff(want, m.body))
		}
		if !strings.Contains(l.Subject, "=?") { // an encoded word may be read as one
			subject, err := new(mime.WordDecoder).DecodeHeader(m.header.Get("Subject"))
			if want := strings.Join(strings.Fields(strings.ToValidUTF8(l.Subject, "\uFFFD")), " "); err != nil || subject != want {
				t.Fatalf("the subject is %q, %v, want %q", subject, err, want)
			}
		}
		id := m.header.Get("Message-Id")
		if was, ok := seen[id]; ok && was != l.ID {
			t.Fatalf("%q and %q have one Message-ID", was, l.ID)
		}
		seen[id] = l.ID
	})
}

// TestNeverSent: what is refused before any server is asked.
func TestNeverSent(t *testing.T) {
	sender := newServer(t).sender(t, "smtp://mail.test")
	sender.dial = func(context.Context, string, string) (net.Conn, error) {
		t.Error("a server was asked")
		return nil, net.ErrClosed
	}
	host := strings.Repeat(strings.Repeat("h", 63)+".", 3)
	for name, change := range map[string]func(*Letter){
		"no id":                    func(l *Letter) { l.ID = "" },
		"a long id":                func(l *Letter) { l.ID = strings.Repeat("i", MaxID+1) },
		"a long subject":           func(l *Letter) { l.Subject = strings.Repeat("s", MaxSubject+1) },
		"CR LF in the subject":     func(l *Letter) { l.Subject = "a\r\nBcc: bob@example.org" },
		"LF in the subject":        func(l *Letter) { l.Subject = "a\nBcc: bob@example.org" },
		"CR in the subject":        func(l *Letter) { l.Subject = "a\rBcc: bob@example.org" },
		"NUL in the subject":       func(l *Letter) { l.Subject = "a\x00" },
		"a next line in a subject": func(l *Letter) { l.Subject = "a\u0085b" },
		"a long text":              func(l *Letter) { l.Text = strings.Repeat("t", MaxText+1) },
		"nobody":                   func(l *Letter) { l.To = "" },
		"no @":                     func(l *Letter) { l.To = "ann" },
		"no name":                  func(l *Letter) { l.To = "@example.org" },
		"no host":                  func(l *Letter) { l.To = "ann@" },
		"two":                      func(l *Letter) { l.To = "ann@example.org,bob@example.org" },
		"two with a space":         func(l *Letter) { l.To = "ann@example.org, bob@example.org" },
		"two with semicolons":      func(l *Letter) { l.To = "ann@example.org;bob@example.org" },
		"a group":                  func(l *Letter) { l.To = "all:ann@example.org,bob@example.org;" },
		"a name":                   func(l *Letter) { l.To = "Ann <ann@example.org>" },
		"angles":                   func(l *Letter) { l.To = "<ann@example.org>" },
		"a comment":                func(l *Letter) { l.To = "ann@example.org(x)" },
		"spaces around":            func(l *Letter) { l.To = " ann@example.org" },
		"quotes":                   func(l *Letter) { l.To = `"ann b"@example.org` },
		"quotes for nothing":       func(l *Letter) { l.To = `"ann"@example.org` },
		"quotes with an angle":     func(l *Letter) { l.To = `"ann>"@example.org` },
		"quotes with two":          func(l *Letter) { l.To = `"ann@a.example> x"@example.org` },
		"two @":                    func(l *Letter) { l.To = "ann@b@example.org" },
		"CR LF":                    func(l *Letter) { l.To = "ann@example.org\r\nRCPT TO:<bob@example.org>" },
		"LF at the end":            func(l *Letter) { l.To = "ann@example.org\n" },
		"a tab":                    func(l *Letter) { l.To = "ann@example.org\t" },
		"another space":            func(l *Letter) { l.To = "ann\u00a0b@example.org" },
		"a line separator":         func(l *Letter) { l.To = "ann\u2028b@example.org" },
		"not UTF-8":                func(l *Letter) { l.To = "ann\xff@example.org" },
		"an address literal":       func(l *Letter) { l.To = "ann@[127.0.0.1]" },
		"dots alone":               func(l *Letter) { l.To = "ann@example..org" },
		"a dot at the end":         func(l *Letter) { l.To = "ann@example.org." },
		"signs in the host":        func(l *Letter) { l.To = "ann@example!org" },
		"a long name":              func(l *Letter) { l.To = strings.Repeat("a", 65) + "@example.org" },
		"a long label":             func(l *Letter) { l.To = "ann@" + strings.Repeat("h", 64) + ".org" },
		"a long address":           func(l *Letter) { l.To = strings.Repeat("a", 60) + "@" + host + "org" },
		"a megabyte":               func(l *Letter) { l.To = strings.Repeat("a", 1<<20) + "@example.org" },
	} {
		l := letter
		change(&l)
		err := sender.Send(t.Context(), l)
		if !errors.Is(err, ErrRefused) {
			t.Errorf("%s: answered %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), "bob") || strings.Contains(err.Error(), "ann") || len(err.Error()) > 200 {
			t.Errorf("%s: the error quotes the letter: %v", name, err)
		}
	}
}

// FuzzAddress: an address that passes is one address for everybody, and a part of
// a command that ends nowhere else.
func FuzzAddress(f *testing.F) {
	for _, a := range []string{
		"ann@example.org", "o'brien+x_%y@a-b.example", "jörg@bücher.example", `"a b"@example.org`, "a@b,c@d", "a@[1.2.3.4]", "a@b(c)", "=?utf-8?q?a?=@b", "a@b\r\n", "ä@b\u0301.c",
	} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, a string) {
		if checkAddress(a) != nil {
			return
		}
		if !utf8.ValidString(a) || strings.ContainsAny(a, " \"<>()[],;:\\") || strings.ContainsFunc(a, unicode.IsControl) ||
			strings.ContainsFunc(a, unicode.IsSpace) || strings.Count(a, "@") != 1 || len(a) > maxAddress {
			t.Fatalf("%q passed", a)
		}
		list, err := netmail.ParseAddressList("<" + a + ">")
		if err != nil || len(list) != 1 || list[0].Address != a || list[0].Name != "" {
			t.Fatalf("%q is read as %v, %v", a, list, err)
		}
		raw, err := Letter{ID: "1", To: a}.render(&netmail.Address{Address: "support@example.org"})
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, string(raw)).header.Get("To"); got != "<"+a+">" {
			t.Fatalf("%q is written as %q", a, got)
		}
	})
}
