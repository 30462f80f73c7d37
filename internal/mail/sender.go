// Package mail sends e-mail through an SMTP server, and empties an outbox that
// somebody else keeps durably.
package mail

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"os"
	"strconv"
	"strings"
	"unicode"

	"github.com/wneessen/go-mail/smtp"
)

// security says when a connection is encrypted.
type security int

const (
	starttls        security = iota // by STARTTLS, or not used
	starttlsOffered                 // by STARTTLS, if the server can
	implicitTLS                     // from its first byte
	noTLS
)

// Sender sends letters through one SMTP server. It may be used by many at once.
type Sender struct {
	host, address string // address has the port
	security      security
	from          netmail.Address
	helo          string
	// logOn makes the log-on; nil for none. It is a function so that no way of
	// printing a Sender shows the password.
	logOn func(mechanisms string) smtp.Auth

	roots *x509.CertPool // nil for the system's
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
}

var errURL = errors.New("the mail server's URL cannot be read; write smtp://user:password@host:587 or smtps://user:password@host:465, " +
	"with special characters of user and password percent-encoded")

// New answers a Sender that speaks to the server of a URL.
//
//   - smtp://user:password@host:587 encrypts with STARTTLS and uses no server
//     that cannot; ?tls=required says the same. On a loopback host it encrypts if
//     the server offers it, ?tls=required insists and ?tls=none does without.
//   - smtps://user:password@host:465 encrypts from the first byte.
//
// Certificates are always verified. Without user and password nobody logs on.
// The ports are the ones above if the URL names none. from is the sender, an RFC
// 5322 address such as "Support <support@example.org>", in ASCII but for the
// name. Nothing is connected yet. No error quotes the URL.
func New(rawURL, from string) (*Sender, error) {
	s := &Sender{dial: new(net.Dialer).DialContext}
	if err := s.setServer(rawURL); err != nil {
		return nil, err
	}
	if strings.ContainsFunc(from, unicode.IsControl) {
		return nil, errors.New("the sender has line breaks or other control characters; write one address")
	}
	a, err := netmail.ParseAddress(from)
	if err != nil {
		return nil, errors.New("the sender is no address; write support@example.org or Support <support@example.org>")
	}
	if err := checkAddress(a.Address); err != nil {
		return nil, fmt.Errorf("the sender %w", err)
	}
	// An encoded word can hide what was refused above.
	name := strings.Join(strings.Fields(a.Name), " ")
	if len(name) > maxName || strings.ContainsFunc(name, unicode.IsControl) {
		return nil, fmt.Errorf("the sender's name has %d bytes or control characters; take at most %d, in one line", len(name), maxName)
	}
	if !ascii(a.Address) {
		return nil, errors.New("the sender's address has characters that not every server takes; write its host in ASCII (xn--…)")
	}
	s.from = netmail.Address{Name: name, Address: a.Address}
	host, _ := os.Hostname() // a server that wants a better name than localhost says so
	s.helo = cmp.Or(host, "localhost")
	return s, nil
}

// setServer reads the URL. Its errors quote nothing of it: a password that is not
// escaped can look like any other part.
func (s *Sender) setServer(raw string) error {
	u, err := url.Parse(raw)
	if err != nil {
		return errURL
	}
	port := "587"
	if u.Scheme == "smtps" {
		port = "465"
	}
	s.host, port = u.Hostname(), cmp.Or(u.Port(), port)
	n, err := strconv.ParseUint(port, 10, 16)
	query, errQuery := url.ParseQuery(u.RawQuery)
	if u.Scheme != "smtp" && u.Scheme != "smtps" || s.host == "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" ||
		err != nil || n == 0 || errQuery != nil {
		return errURL
	}
	s.address = net.JoinHostPort(s.host, port)
	wanted := query["tls"]
	if len(query) > 1 || len(query) == 1 && (len(wanted) != 1 || wanted[0] == "") {
		return errors.New("the mail server's URL has parameters that mean nothing; it may have tls=required or tls=none, once")
	}
	if err := s.setSecurity(u.Scheme, strings.Join(wanted, "")); err != nil {
		return err
	}
	return s.setLogOn(u.User)
}

func (s *Sender) setSecurity(scheme, wanted string) error {
	switch {
	case wanted != "" && wanted != "none" && wanted != "required":
		return errors.New("the mail server's URL has an unknown value of tls; write tls=required or tls=none")
	case wanted == "none" && scheme == "smtps":
		return errors.New("the mail server's URL says smtps and tls=none; write smtp for a connection that is not encrypted")
	case wanted == "none" && !s.loopback():
		return errors.New("tls=none is for a mail server on this machine (localhost, 127.0.0.1, ::1); leave it out")
	case scheme == "smtps":
		s.security = implicitTLS
	case wanted == "none":
		s.security = noTLS
	case wanted == "" && s.loopback():
		s.security = starttlsOffered
	}
	return nil
}

func (s *Sender) loopback() bool {
	return strings.EqualFold(s.host, "localhost") || net.ParseIP(s.host).IsLoopback()
}

func (s *Sender) setLogOn(user *url.Userinfo) error {
	if user == nil {
		return nil
	}
	name := user.Username()
	password, _ := user.Password()
	if name == "" || password == "" {
		return errors.New("the mail server's URL has a user or a password alone; write both, or neither")
	}
	if strings.ContainsFunc(name+password, unicode.IsControl) {
		return errors.New("user or password of the mail server's URL has control characters; no server takes them")
	}
	host, plainly := s.host, s.loopback()
	s.logOn = func(mechanisms string) smtp.Auth {
		for m := range strings.FieldsSeq(strings.ToUpper(mechanisms)) {
			switch m {
			case "PLAIN":
				return smtp.PlainAuth("", name, password, host, plainly)
			case "LOGIN":
				return smtp.LoginAuth(name, password, host, plainly)
			}
		}
		return nil
	}
	return nil
}

// String answers the server's address, for logs.
func (s *Sender) String() string { return s.address }
