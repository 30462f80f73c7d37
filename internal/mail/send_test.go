package mail

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

const (
	// required is a server that must encrypt, with a log-on.
	required = "smtp://" + user + ":" + escaped + "@mail.test"
	text     = "Ann: the parcel never came\nAda: I am sorry\n.\n"
)

var letter = Letter{ID: "demo/7001", To: "ann@example.org", Subject: "Your chat", Text: text}

// quiet fails the test when an error tells what none may.
func quiet(t *testing.T, err error) {
	t.Helper()
	for e := err; e != nil; e = errors.Unwrap(e) {
		told := fmt.Sprintf("%v %+v", e, e)
		plain := base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))
		for _, secret := range []string{password, escaped, plain, base64.StdEncoding.EncodeToString([]byte(password)), "parcel", letter.To} {
			if strings.Contains(told, secret) {
				t.Errorf("the error tells %q: %s", secret, told)
			}
		}
	}
}

func TestSend(t *testing.T) {
	logIn := user + ":" + escaped + "@"
	for _, tt := range []struct {
		name, url        string
		server           func(*server)
		secure, loggedOn bool
	}{
		{"starttls", required, nil, true, true},
		{"starttls said", required + ":2525?tls=required", nil, true, true},
		{"starttls, LOGIN", required, func(s *server) { s.offers = []string{"AUTH LOGIN"} }, true, true},
		{"starttls, both and more", required, func(s *server) { s.offers = []string{"AUTH CRAM-MD5 XOAUTH2 LOGIN PLAIN"} }, true, true},
		{"starttls, nobody", "smtp://mail.test", nil, true, false},
		{"smtps", "smtps://" + logIn + "mail.test", func(s *server) { s.implicit = true }, true, true},
		{"smtps, LOGIN", "smtps://" + logIn + "mail.test", func(s *server) { s.implicit, s.offers = true, []string{"AUTH LOGIN"} }, true, true},
		{"loopback, offered", "smtp://" + logIn + "localhost", nil, true, true},
		{"loopback, not offered", "smtp://" + logIn + "127.0.0.1:25", func(s *server) { s.plain = nil }, false, true},
		{"loopback, none", "smtp://" + logIn + "127.0.0.1?tls=none", nil, false, true},
		{"loopback, none, LOGIN", "smtp://" + logIn + "127.0.0.1?tls=none", func(s *server) { s.offers = []string{"AUTH LOGIN"} }, false, true},
		{"loopback, nobody", "smtp://[::1]:25?tls=none", nil, false, false},
		{"loopback, HELO", "smtp://localhost", func(s *server) { s.plain, s.offers = nil, nil }, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				if tt.server != nil {
					tt.server(s)
				}
				if err := s.sender(t, tt.url).Send(t.Context(), letter); err != nil {
					t.Fatal(err)
				}
				got := s.accepted()
				if len(got) != 1 {
					t.Fatalf("%d letters were accepted, want 1", len(got))
				}
				d := got[0]
				if d.secure != tt.secure || d.loggedOn != tt.loggedOn {
					t.Errorf("encrypted %v, logged on %v", d.secure, d.loggedOn)
				}
				if !strings.HasPrefix(d.from, "FROM:<support@example.org>") || d.to != "TO:<ann@example.org>" {
					t.Errorf("from %s to %s", d.from, d.to)
				}
				if m := read(t, d.raw); m.body != text {
					t.Errorf("the text (-want +got):\n%s", cmp.Diff(text, m.body))
				}
				if !strings.HasSuffix(s.heard(), "\nQUIT") {
					t.Errorf("it did not part: %s", s.heard())
				}
			})
		})
	}
}

// TestSendOverTCP sends through real sockets.
func TestSendOverTCP(t *testing.T) {
	for _, tt := range []struct {
		scheme, query    string
		implicit, secure bool
	}{
		{"smtp", "?tls=none", false, false},
		{"smtp", "?tls=required", false, true},
		{"smtps", "", true, true},
	} {
		t.Run(tt.scheme+tt.query, func(t *testing.T) {
			s := newServer(t)
			s.implicit = tt.implicit
			s.config.SessionTicketsDisabled = false
			at, hangUp := s.listen(t)
			sender, err := New(tt.scheme+"://"+user+":"+escaped+"@"+at+tt.query, "support@example.org")
			if err != nil {
				t.Fatal(err)
			}
			sender.roots = roots
			err = sender.Send(t.Context(), Letter{ID: "1", To: "ann@example.org", Text: strings.Repeat("long ", MaxText/5)})
			if err != nil {
				t.Error(err)
			}
			if got := s.accepted(); len(got) != 1 || got[0].secure != tt.secure || !got[0].loggedOn {
				t.Errorf("%d letters accepted", len(got))
			}
			hangUp()
			err = sender.Send(t.Context(), letter)
			if err == nil || errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "connect to") {
				t.Errorf("with nobody there: %v", err)
			}
		})
	}
}

// TestWrongPort: what smtps says of a server that does not encrypt.
func TestWrongPort(t *testing.T) {
	s := newServer(t)
	at, _ := s.listen(t)
	sender, err := New("smtps://"+at, "support@example.org")
	if err != nil {
		t.Fatal(err)
	}
	err = sender.Send(t.Context(), letter)
	if err == nil || errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "does not look like a TLS handshake") {
		t.Errorf("answered %v", err)
	}
}

// TestNothingIsTold: a server that is not the one we mean, or that nobody else can
// be kept from hearing, is told neither password nor letter.
func TestNothingIsTold(t *testing.T) {
	for _, tt := range []struct {
		name, url, says string
		server          func(*server, *Sender)
	}{
		{"no STARTTLS", required, "STARTTLS", func(s *server, _ *Sender) { s.plain = nil }},
		{"no STARTTLS, as insisted", "smtp://" + user + ":" + escaped + "@localhost?tls=required", "STARTTLS", func(s *server, _ *Sender) { s.plain = nil }},
		{"a stranger's certificate", required, "certificate", func(_ *server, a *Sender) { a.roots = nil }},
		{"a stranger's certificate on loopback", "smtp://" + user + ":" + escaped + "@localhost", "certificate", func(_ *server, a *Sender) { a.roots = nil }},
		{"a certificate for another name", strings.Replace(required, "mail.test", "mail.example.org", 1), "certificate", nil},
		{"smtps, a stranger's", strings.Replace(required, "smtp", "smtps", 1), "certificate", func(s *server, a *Sender) { s.implicit, a.roots = true, nil }},
		{"smtps, not encrypted", strings.Replace(required, "smtp", "smtps", 1), "secure the connection", nil},
		{"no log-on", required, "PLAIN or LOGIN", func(s *server, _ *Sender) { s.offers = nil }},
		{"no log-on that we know", required, "PLAIN or LOGIN", func(s *server, _ *Sender) { s.offers = []string{"AUTH XOAUTH2"} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				sender := s.sender(t, tt.url)
				if tt.server != nil {
					tt.server(s, sender)
				}
				err := sender.Send(t.Context(), letter)
				if err == nil || errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("answered %v, want a temporary error that speaks of %s", err, tt.says)
				}
				quiet(t, err)
				if h := s.heard(); strings.Contains(h, "AUTH") || strings.Contains(h, "MAIL") {
					t.Errorf("the server heard %s", h)
				}
			})
		})
	}
}

func TestWrongPassword(t *testing.T) {
	for _, mechanism := range []string{"PLAIN", "LOGIN"} {
		t.Run(mechanism, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.offers = []string{"AUTH " + mechanism}
				err := s.sender(t, "smtp://"+user+":wr0ng@mail.test").Send(t.Context(), letter)
				if err == nil || errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "535 5.7.8; check user and password") {
					t.Errorf("answered %v", err)
				}
				if strings.Contains(err.Error(), "wr0ng") {
					t.Error("the error tells the password")
				}
				if strings.Contains(s.heard(), "MAIL") {
					t.Errorf("it went on: %s", s.heard())
				}
			})
		})
	}
}

// TestExtensions: what a server can decides how it is asked.
func TestExtensions(t *testing.T) {
	for _, tt := range []struct {
		name, to string
		offers   []string
		refused  bool
		says     string // by Send's error, or in MAIL
	}{
		{"ASCII asks for nothing more", "ann@example.org", []string{"SMTPUTF8"}, false, "FROM:<support@example.org>"},
		{"beyond ASCII", "jörg@bücher.example", []string{"8BITMIME", "SMTPUTF8"}, false, "FROM:<support@example.org> BODY=8BITMIME SMTPUTF8"},
		{"beyond ASCII, cannot", "jörg@example.org", []string{"8BITMIME"}, true, "beyond ASCII"},
		{"a host beyond ASCII, cannot", "ann@bücher.example", nil, true, "beyond ASCII"},
		{"a size", "ann@example.org", []string{"SIZE 10240000"}, false, "FROM:<support@example.org>"},
		{"any size", "ann@example.org", []string{"SIZE 0"}, false, "FROM:<support@example.org>"},
		{"a size that is none", "ann@example.org", []string{"SIZE much"}, false, "FROM:<support@example.org>"},
		{"too small", "ann@example.org", []string{"SIZE 100"}, true, "takes 100"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.offers = append(tt.offers, "HELP")
				l := letter
				l.To = tt.to
				err := s.sender(t, "smtp://mail.test").Send(t.Context(), l)
				if errors.Is(err, ErrRefused) != tt.refused || !tt.refused && err != nil {
					t.Fatalf("answered %v", err)
				}
				if tt.refused {
					if !strings.Contains(err.Error(), tt.says) || len(s.accepted()) != 0 {
						t.Errorf("%v, want one that says %s", err, tt.says)
					}
					return
				}
				got := s.accepted()[0]
				if got.from != tt.says || got.to != "TO:<"+tt.to+">" {
					t.Errorf("MAIL %s, RCPT %s", got.from, got.to)
				}
				if to := read(t, got.raw).header.Get("To"); to != "<"+tt.to+">" {
					t.Errorf("To: %s", to)
				}
			})
		})
	}
}
