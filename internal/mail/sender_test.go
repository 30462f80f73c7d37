package mail

import (
	"fmt"
	"strings"
	"testing"
)

func TestNew(t *testing.T) {
	for _, tt := range []struct {
		url, address string
		security     security
		logsOn       bool
	}{
		{"smtp://mail.test", "mail.test:587", starttls, false},
		{"smtp://mail.test/", "mail.test:587", starttls, false},
		{"smtp://mail.test:25", "mail.test:25", starttls, false},
		{"smtp://u:p@mail.test?tls=required", "mail.test:587", starttls, true},
		{"SMTPS://u%40x:p%2F@mail.test", "mail.test:465", implicitTLS, true},
		{"smtps://mail.test:4465?tls=required", "mail.test:4465", implicitTLS, false},
		{"smtps://localhost", "localhost:465", implicitTLS, false},
		{"smtp://localhost:25", "localhost:25", starttlsOffered, false},
		{"smtp://LocalHost?tls=required", "LocalHost:587", starttls, false},
		{"smtp://127.0.0.53?tls=none", "127.0.0.53:587", noTLS, false},
		{"smtp://[::1]:25?tls=none", "[::1]:25", noTLS, false},
		{"smtp://[2001:db8::1]", "[2001:db8::1]:587", starttls, false},
	} {
		s, err := New(tt.url, "support@example.org")
		if err != nil {
			t.Errorf("%s: %v", tt.url, err)
			continue
		}
		if s.String() != tt.address || s.security != tt.security || (s.logOn != nil) != tt.logsOn {
			t.Errorf("%s: %s, %d, logs on: %v", tt.url, s, s.security, s.logOn != nil)
		}
	}
}

// TestBadURL: no error quotes what may be a password.
func TestBadURL(t *testing.T) {
	for _, url := range []string{
		"", "mail.test", "mail.test:587", "smtp:mail.test", "smtp://", "smtp://:587", "http://u:hunter2@mail.test", "smtp://u:hunter2@", "smtp://u:hunter2@:25",
		"smtp://u:hunter2/@mail.test", "smtp://u:hunter2?@mail.test", "smtp://u:hunter2#@mail.test", "smtp://u:2/hunter2@mail.test", "smtp://u:2?hunter2@mail.test",
		"smtp://u:2#hunter2@mail.test", "smtp://u:%hunter2@mail.test", "smtp://u:hunter2\n@mail.test", "smtp://u:hunter2%0a@mail.test", "smtp://u:hunter2%00@mail.test",
		"smtp://u:hunter2@mail.test:0", "smtp://u:hunter2@mail.test:65536", "smtp://u:hunter2@mail.test:smtp", "smtp://u:hunter2@mail.test/hunter2",
		"smtp://u@mail.test", "smtp://u:@mail.test", "smtp://:hunter2@mail.test", "smtp://u:hunter2@mail.test?tls=none", "smtp://u:hunter2@192.0.2.1?tls=none",
		"smtp://u:hunter2@localhost.example?tls=none", "smtp://u:hunter2@mail.test?tls=hunter2", "smtp://u:hunter2@mail.test?hunter2=1", "smtp://u:hunter2@mail.test?tls=",
		"smtp://u:hunter2@mail.test?tls=required&tls=none", "smtp://u:hunter2@mail.test?tls=required&x=hunter2", "smtp://mail.test?tls=%zz", "smtps://localhost?tls=none",
	} {
		s, err := New(url, "support@example.org")
		if err == nil {
			t.Errorf("%q: answered %v, want an error", url, s)
			continue
		}
		if strings.Contains(fmt.Sprintf("%v %+v", err, err), "hunter2") {
			t.Errorf("%q: the error quotes it: %v", url, err)
		}
	}
}

func TestFrom(t *testing.T) {
	for _, tt := range []struct{ from, header string }{
		{"support@example.org", "<support@example.org>"},
		{"Support <support@example.org>", `"Support" <support@example.org>`},
		{"Your  friends at Bücher <support@example.org>", "=?utf-8?q?Your_friends_at_B=C3=BCcher?= <support@example.org>"},
		{`"Support, all day" <root@localhost>`, `"Support, all day" <root@localhost>`},
		{"=?utf-8?q?a=0D=0ABcc=3A_b?= <support@example.org>", `"a Bcc: b" <support@example.org>`},
		{"", ""}, {"support", ""}, {"a@example.org, b@example.org", ""}, {"Support <support@example.org>\r\nBcc: bob@example.org", ""},
		{"Sup\r\n port <support@example.org>", ""}, {`"a b"@example.org`, ""}, {"support@bücher.example", ""}, {"jörg@example.org", ""},
		{"support@[127.0.0.1]", ""}, {strings.Repeat("n", 101) + " <support@example.org>", ""}, {strings.Repeat("n", 65) + "@example.org", ""},
		{"=?utf-8?q?a=00b?= <support@example.org>", ""},
	} {
		s, err := New("smtp://mail.test", tt.from)
		if (err == nil) != (tt.header != "") {
			t.Errorf("%q: %v", tt.from, err)
		}
		if err != nil || tt.header == "" {
			continue
		}
		raw, err := letter.render(&s.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, string(raw)).header.Get("From"); got != tt.header {
			t.Errorf("%q is written as %s, want %s", tt.from, got, tt.header)
		}
	}
}

// TestPrinted: no way of printing a Sender shows the password.
func TestPrinted(t *testing.T) {
	s, err := New(required, "support@example.org")
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, v := range []any{s, *s} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, password) || strings.Contains(got, "s3cret") {
				t.Errorf("%s shows the password: %s", verb, got)
			}
		}
	}
}
