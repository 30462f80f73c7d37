package mail

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	user     = "ushers"
	password = "s3cret:pass/word"
	// escaped is the password as it stands in a URL.
	escaped = "s3cret%3Apass%2Fword"
)

// What a server does at a step instead of its usual answer; anything else is an
// answer.
const (
	cut     = "cut"     // close the connection
	hang    = "hang"    // neither read nor answer
	drip    = "drip"    // send a byte now and then
	garbage = "garbage" // talk something that is not SMTP
)

// server is a small SMTP server, which does at each step what its script says.
// The steps are hello, EHLO, STARTTLS, handshake, AUTH, MAIL, RCPT, DATA, body,
// "." and QUIT.
type server struct {
	config   *tls.Config
	implicit bool
	offers   []string // extensions, before and after STARTTLS
	plain    []string // extensions that are offered before STARTTLS alone
	script   map[string]string

	over chan struct{}
	wg   sync.WaitGroup

	mu       sync.Mutex
	pipes    []net.Conn // the client's ends
	commands []string
	letters  []delivered
}

// delivered is a letter that a server has accepted.
type delivered struct {
	from, to string // as the commands had them
	raw      string // with its dots taken out
	secure   bool
	loggedOn bool
}

// certificate is valid in the time of a bubble too, which begins in 2000.
var certificate, roots = selfSigned()

func selfSigned() (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"},
		NotBefore: time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		DNSNames: []string{"mail.test", "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// newServer answers a server whose connections end with the test at the latest.
func newServer(t *testing.T) *server {
	s := &server{
		// A pipe has no buffer: a ticket would wait for a client that writes.
		config: &tls.Config{Certificates: []tls.Certificate{certificate}, SessionTicketsDisabled: true},
		offers: []string{"8BITMIME", "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN"}, plain: []string{"STARTTLS"},
		script: map[string]string{}, over: make(chan struct{}),
	}
	t.Cleanup(func() {
		for _, p := range s.pipes {
			if p.SetDeadline(time.Time{}) == nil {
				t.Error("a connection is left open")
			}
		}
		close(s.over)
		s.wg.Wait()
	})
	return s
}

// sender answers a Sender that reaches the server through a pipe.
func (s *server) sender(t *testing.T, rawURL string) *Sender {
	t.Helper()
	sender, err := New(rawURL, "Support <support@example.org>")
	if err != nil {
		t.Fatal(err)
	}
	sender.roots = roots
	sender.dial = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		s.mu.Lock()
		s.pipes = append(s.pipes, ours)
		s.mu.Unlock()
		s.wg.Go(func() { s.serve(theirs) })
		return ours, nil
	}
	return sender
}

// listen serves on a real socket until hangUp, or the end of the test.
func (s *server) listen(t *testing.T) (address string, hangUp func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hangUp = func() { l.Close() }
	t.Cleanup(hangUp)
	s.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.wg.Go(func() { s.serve(conn) })
		}
	})
	return l.Addr().String(), hangUp
}

// accepted answers the letters so far.
func (s *server) accepted() []delivered {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.letters
}

// heard answers the commands so far, without what was said in log-ons.
func (s *server) heard() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.commands, "\n")
}

// visit is one connection to a server.
type visit struct {
	*server
	conn net.Conn
	in   *bufio.Reader
	now  delivered
}

func (s *server) serve(conn net.Conn) {
	bare := conn
	defer bare.Close()
	v := &visit{server: s, conn: conn, in: bufio.NewReader(conn)}
	if s.implicit && !v.encrypt() {
		return
	}
	if !v.at("hello", "220 mail.test ready") {
		return
	}
	for {
		line, err := v.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSuffix(line, "\r\n")
		s.mu.Lock()
		s.commands = append(s.commands, line)
		s.mu.Unlock()
		verb, rest, _ := strings.Cut(line, " ")
		if !v.command(verb, rest) {
			return
		}
	}
}

// command answers one, and reports whether the connection goes on.
func (v *visit) command(verb, rest string) bool {
	switch verb {
	case "EHLO":
		lines := append([]string{"mail.test"}, v.offers...)
		if !v.now.secure {
			lines = append(lines, v.plain...)
		}
		last := len(lines) - 1
		return v.at(verb, "250-"+strings.Join(lines[:last], "\r\n250-")+"\r\n250 "+lines[last])
	case "HELO":
		return v.at("EHLO", "250 mail.test")
	case "STARTTLS":
		if _, refuses := v.script[verb]; refuses {
			return v.at(verb, "")
		}
		return v.at(verb, "220 go ahead") && v.encrypt()
	case "AUTH":
		return v.auth(rest)
	case "MAIL":
		v.now.from = rest
		return v.at(verb, "250 2.1.0 sender fine")
	case "RCPT":
		v.now.to = rest
		return v.at(verb, "250 2.1.5 recipient fine")
	case "DATA":
		if _, refuses := v.script[verb]; refuses {
			return v.at(verb, "")
		}
		return v.at(verb, "354 go on") && v.data()
	case "QUIT":
		v.at(verb, "221 2.0.0 bye")
		return false
	default: // such as the * that gives a log-on up
		return v.say("501 5.5.2 what")
	}
}

// at does what the script has for a step, or says the usual.
func (v *visit) at(step, usual string) bool {
	switch does := v.script[step]; does {
	case "":
		return usual == "" || v.say(usual)
	case cut:
		return false
	case hang:
		<-v.over
		return false
	case drip:
		for v.write("2") {
			time.Sleep(stepLimit - time.Second)
		}
		return false
	case garbage:
		v.say("HTTP/1.1 400 " + password)
		return false
	default:
		return v.say(does)
	}
}

func (v *visit) say(line string) bool { return v.write(line + "\r\n") }

func (v *visit) write(s string) bool {
	_, err := io.WriteString(v.conn, s)
	return err == nil
}

func (v *visit) encrypt() bool {
	if !v.at("handshake", "") {
		return false
	}
	secure := tls.Server(v.conn, v.config)
	if secure.Handshake() != nil {
		return false
	}
	v.conn, v.in, v.now.secure = secure, bufio.NewReader(secure), true
	return true
}

func (v *visit) auth(rest string) bool {
	mechanism, first, _ := strings.Cut(rest, " ")
	said := []string{first}
	if mechanism == "LOGIN" {
		said = nil
		for _, ask := range []string{"Username:", "Password:"} {
			if !v.say("334 " + base64.StdEncoding.EncodeToString([]byte(ask))) {
				return false
			}
			line, err := v.in.ReadString('\n')
			if err != nil {
				return false
			}
			said = append(said, strings.TrimSpace(line))
		}
	}
	var words []string
	for _, s := range said {
		w, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return v.say("501 5.5.2 no base64")
		}
		words = append(words, strings.Split(string(w), "\x00")...)
	}
	got := strings.Join(words[len(words)-2:], " ")
	if mechanism == "PLAIN" && (len(words) != 3 || words[0] != "") || got != user+" "+password {
		return v.say("535 5.7.8 " + got + " is wrong")
	}
	v.now.loggedOn = true
	return v.at("AUTH", "235 2.7.0 welcome")
}

// data takes a letter, as strictly as the protocol has it: a line ends with CR
// and LF, which stand nowhere else.
func (v *visit) data() bool {
	if !v.at("body", "") {
		return false
	}
	var raw strings.Builder
	for {
		line, err := v.in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		text, ok := strings.CutSuffix(line, "\r\n")
		if !ok || strings.ContainsAny(text, "\r\n") || len(text) > 998 {
			return v.say(fmt.Sprintf("500 5.5.2 bad line of %d", len(text)))
		}
		raw.WriteString(strings.TrimPrefix(line, "."))
	}
	if _, refuses := v.script["."]; !refuses || v.script["."][0] == '2' {
		v.mu.Lock()
		v.now.raw = raw.String()
		v.letters = append(v.letters, v.now)
		v.mu.Unlock()
	}
	return v.at(".", "250 2.0.0 accepted")
}
