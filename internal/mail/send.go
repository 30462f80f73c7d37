package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

const (
	// stepLimit bounds each exchange with the server, and each piece of a letter.
	stepLimit = 30 * time.Second
	// quitLimit bounds the parting, which decides nothing.
	quitLimit = 2 * time.Second
	// pieceBytes is how much of a letter is written as one step.
	pieceBytes = 64 << 10
)

// Send sends one letter over a connection of its own. It answers nil as soon as
// the server has accepted the letter, whatever becomes of the connection then.
//
// ErrRefused says that the letter will never be taken. Every other error is
// temporary: no connection, a time-out, a 4xx, a log-on or a sender that the
// server does not take, ctx ended. If the connection breaks after the letter was
// written and before the server's answer, nobody knows whether it was accepted:
// that is temporary too, and a letter that then arrives twice has one Message-ID.
//
// Each step has 30 s at most, and ctx ends any of them. Errors hold the server's
// name and codes, and neither password, text nor recipient.
func (s *Sender) Send(ctx context.Context, l Letter) error {
	if err := l.check(); err != nil {
		return err
	}
	message, err := l.render(&s.from)
	if err != nil {
		return refused("the letter cannot be written as a message")
	}
	d, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	err = d.send(ctx, l.To, message)
	if f, ok := errors.AsType[*failure](err); err == nil || ok && f.code != 0 {
		d.quit()
	}
	return err
}

// dialog is one connection to the server.
type dialog struct {
	*Sender
	conn   net.Conn // the bare one, beneath TLS
	client *smtp.Client
	forget func() bool
}

func (s *Sender) connect(ctx context.Context) (*dialog, error) {
	d := &dialog{Sender: s}
	dialing, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	var err error
	if d.conn, err = s.dial(dialing, "tcp", s.address); err != nil {
		return nil, stepConnect.failed(ctx, s.address, err)
	}
	d.forget = context.AfterFunc(ctx, func() { d.conn.Close() })
	if err := d.open(ctx); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (d *dialog) close() {
	d.forget()
	d.conn.Close()
}

// quit parts politely: a server logs those who do not.
func (d *dialog) quit() {
	if d.client.HasConnection() {
		d.conn.SetDeadline(time.Now().Add(quitLimit))
		_ = d.client.Quit()
	}
}

// do runs one step. Its deadline is the connection's, so that a server that sends
// a byte now and then does not stretch it.
func (d *dialog) do(ctx context.Context, s step, run func() error) error {
	d.conn.SetDeadline(time.Now().Add(stepLimit)) // a closed connection fails in run
	if err := run(); err != nil {
		return s.failed(ctx, d.address, err)
	}
	return nil
}

// open goes as far as the server knows us and nobody else can read along.
func (d *dialog) open(ctx context.Context) error {
	config := &tls.Config{ServerName: d.host, RootCAs: d.roots, MinVersion: tls.VersionTLS12}
	conn := d.conn
	if d.security == implicitTLS {
		secure := tls.Client(conn, config)
		if err := d.do(ctx, stepSecure, func() error { return secure.HandshakeContext(ctx) }); err != nil {
			return err
		}
		conn = secure
	}
	err := d.do(ctx, stepGreet, func() (err error) {
		d.client, err = smtp.NewClient(conn, d.host)
		return err
	})
	if err != nil {
		return err
	}
	if err := d.do(ctx, stepGreet, func() error { return d.client.Hello(d.helo) }); err != nil {
		return err
	}
	offered, _ := d.client.Extension("STARTTLS")
	switch {
	case d.security == starttls && !offered:
		return &failure{what: "the mail server " + d.address + " does not offer STARTTLS; name a port on which it does, or write smtps"}
	case d.security == starttls, d.security == starttlsOffered && offered:
		if err := d.do(ctx, stepSecure, func() error { return d.client.StartTLS(config) }); err != nil {
			return err
		}
	}
	return d.authenticate(ctx)
}

func (d *dialog) authenticate(ctx context.Context) error {
	if d.logOn == nil {
		return nil
	}
	_, mechanisms := d.client.Extension("AUTH")
	auth := d.logOn(mechanisms)
	if auth == nil {
		return &failure{what: "the mail server " + d.address + " offers no log-on by PLAIN or LOGIN; leave user and password out, or name another port"}
	}
	return d.do(ctx, stepLogOn, func() error { return d.client.Auth(auth) })
}

func (d *dialog) send(ctx context.Context, to string, message []byte) error {
	if _, size := d.client.Extension("SIZE"); size != "" {
		if most, err := strconv.Atoi(size); err == nil && most > 0 && len(message) > most {
			return refused("the letter has %d bytes, and the mail server %s takes %d; shorten it", len(message), d.address, most)
		}
	}
	// A server that relays to one without SMTPUTF8 is asked for it only if needed.
	plain := ascii(to)
	if ok, _ := d.client.Extension("SMTPUTF8"); !plain && !ok {
		return refused("the recipient has characters beyond ASCII, which the mail server %s does not take", d.address)
	}
	d.client.SkipSMTPUTF8(plain)
	if err := d.do(ctx, stepFrom, func() error { return d.client.Mail("<" + d.from.Address + ">") }); err != nil {
		return err
	}
	if err := d.do(ctx, stepTo, func() error { return d.client.Rcpt("<" + to + ">") }); err != nil {
		return err
	}
	var w io.WriteCloser
	err := d.do(ctx, stepBegin, func() (err error) {
		w, err = d.client.Data()
		return err
	})
	if err != nil {
		return err
	}
	for piece := range slices.Chunk(message, pieceBytes) {
		err := d.do(ctx, stepWrite, func() error {
			_, err := w.Write(piece)
			return err
		})
		if err != nil {
			return err
		}
	}
	return d.do(ctx, stepReceipt, w.Close)
}
