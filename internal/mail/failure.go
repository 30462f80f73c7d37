package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
)

// ErrRefused: the letter will never be taken, so it is not tried again. The
// recipient's address is none, a bound is exceeded, or the server answered 5xx
// to the recipient or to the content.
var ErrRefused = errors.New("the letter is refused for good")

var errNotUnderstood = errors.New("its answer is not understood; is it a mail server?")

// failure is any error of Send. It is made of our own words, of codes and of the
// network's errors: what a server says may quote whatever it was sent, so that
// its codes alone are kept.
type failure struct {
	what    string
	code    int // the server's answer, 0 for none
	refused bool
	err     error // what a temporary failure came from
}

func (f *failure) Error() string { return f.what }

func (f *failure) Unwrap() error { return f.err }

func (f *failure) Is(target error) bool { return target == ErrRefused && f.refused }

// refused answers a failure for good, without having asked a server.
func refused(format string, args ...any) error {
	return &failure{what: fmt.Sprintf(format, args...), refused: true}
}

// step is one exchange with a server.
type step struct {
	does string // reads on with the server's address
	// refusal says that a 5xx here is about the letter. Anywhere else it is about
	// the log-on, the sender or the connection, which somebody can mend.
	refusal bool
	hint    string // what to do about a 5xx
}

var (
	stepConnect = step{does: "connect to"}
	stepSecure  = step{does: "secure the connection to"}
	stepGreet   = step{does: "greet"}
	stepLogOn   = step{does: "log on to", hint: "check user and password"}
	stepFrom    = step{does: "name the sender to", hint: "check the sender's address and whether the server wants a log-on"}
	stepTo      = step{does: "name the recipient to", refusal: true}
	stepBegin   = step{does: "begin the letter to", refusal: true}
	stepWrite   = step{does: "write the letter to"}
	stepReceipt = step{does: "have the letter accepted by", refusal: true}
)

// failed makes a failure of what went wrong in a step with a server.
func (s step) failed(ctx context.Context, server string, err error) error {
	f := &failure{what: "could not " + s.does + " the mail server " + server}
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		f.code = answer.Code
		f.what += fmt.Sprintf(": it answered %d", answer.Code)
		if e := enhanced(answer.Msg); e != "" {
			f.what += " " + e
		}
		f.refused = s.refusal && answer.Code/100 == 5 && !wantsLogOn(answer.Code)
		if s.hint != "" && answer.Code/100 == 5 {
			f.what += "; " + s.hint
		}
		return f
	}
	f.err = kept(err)
	if ctx.Err() != nil {
		f.err = context.Cause(ctx)
	}
	f.what += ": " + f.err.Error()
	if s == stepReceipt {
		f.what += "; whether it took the letter is not known"
	}
	return f
}

// wantsLogOn reports the codes of RFC 4954: they speak of the log-on at whatever
// step they come.
func wantsLogOn(code int) bool { return code == 530 || code == 534 || code == 535 || code == 538 }

// kept answers the part of an error that quotes nothing the server said.
func kept(err error) error {
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return e
	}
	if e, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return errors.New(e.Msg)
	}
	if e, ok := errors.AsType[net.Error](err); ok {
		return e
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) {
		return errors.New("the connection was cut")
	}
	return errNotUnderstood
}

// enhanced answers the enhanced status code (RFC 3463) that an answer begins
// with, or nothing.
func enhanced(msg string) string {
	first, _, _ := strings.Cut(msg, " ")
	first, _, _ = strings.Cut(first, "\n")
	parts := strings.Split(first, ".")
	if len(parts) != 3 || len(parts[0]) != 1 {
		return ""
	}
	for _, p := range parts {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return ""
		}
	}
	return first
}
