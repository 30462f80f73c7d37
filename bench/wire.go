package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// maxBody bounds an answer's body in bytes; the contract's largest holds 1 MiB
// of messages.
const maxBody = 4 << 20

// wire is a lean HTTP/1.1 client on one connection, for one exchange at a time.
// The generator shares the processors with the server it measures, so it parses
// no more of an answer than it needs and reuses its memory.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
	got  answer
}

// answer is a response as the wire reads it.
type answer struct {
	status int
	last   int64  // the Usher-Last header: the mailbox number of the last message, 0 without
	body   []byte // valid until the next answer
	head   []byte // the header lines, kept only when keepHead is set
	// keepHead asks for the header lines, to record them for the baseline.
	keepHead bool
}

func newWire(conn net.Conn) *wire {
	return &wire{conn: conn, in: bufio.NewReader(conn)}
}

// send writes one whole request.
func (w *wire) send(request []byte) error {
	if _, err := w.conn.Write(request); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// receive reads one answer and refuses any status but 200.
func (w *wire) receive() (*answer, error) {
	if err := w.got.read(w.in); err != nil {
		return nil, fmt.Errorf("receive: %w", err)
	}
	if w.got.status != 200 {
		return nil, fmt.Errorf("receive: status %d: %s", w.got.status, w.got.body)
	}
	return &w.got, nil
}

// read takes one answer off r into a, whose memory is used again. Only answers
// with a Content-Length are understood.
func (a *answer) read(r *bufio.Reader) error {
	line, err := readLine(r)
	if err != nil {
		return err
	}
	if a.status, err = parseStatus(line); err != nil {
		return err
	}
	length := -1
	a.last, a.head, a.body = 0, a.head[:0], a.body[:0]
	for {
		if line, err = readLine(r); err != nil {
			return noEOF(err)
		}
		if len(line) == 0 {
			break
		}
		if a.keepHead {
			a.head = append(append(a.head, line...), '\n')
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(name) == 0 {
			return fmt.Errorf("header line %q has no name", line)
		}
		value = bytes.Trim(value, " \t")
		switch {
		case is(name, "Content-Length"):
			n, err := parseDigits(value)
			if err != nil || n > maxBody || length >= 0 && n != int64(length) {
				return fmt.Errorf("Content-Length %q is no length this client takes", value)
			}
			length = int(n)
		case is(name, "Usher-Last"):
			if a.last, err = parseDigits(value); err != nil {
				return fmt.Errorf("Usher-Last %q is not a number", value)
			}
		case is(name, "Transfer-Encoding"):
			return fmt.Errorf("Transfer-Encoding %q: this client needs a Content-Length", value)
		}
	}
	if length < 0 {
		return errors.New("answer has no Content-Length, which this client needs")
	}
	if cap(a.body) < length {
		a.body = make([]byte, length)
	}
	a.body = a.body[:length]
	if _, err := io.ReadFull(r, a.body); err != nil {
		return noEOF(err)
	}
	return nil
}

// readLine returns the next line without its end, valid until the next read.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		if errors.Is(err, io.EOF) && len(line) > 0 {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line, nil
}

// noEOF turns an end within an answer into the error it is.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// parseStatus reads a status line. An answer that by its status has no body, or
// announces another answer, is none that usher gives here.
func parseStatus(line []byte) (int, error) {
	if rest, ok := bytes.CutPrefix(line, []byte("HTTP/1.1 ")); ok && len(rest) >= 3 && (len(rest) == 3 || rest[3] == ' ') {
		if n, err := parseDigits(rest[:3]); err == nil && n >= 200 && n <= 599 && n != 204 && n != 304 {
			return int(n), nil
		}
	}
	return 0, fmt.Errorf("status line %q is none that this client takes", line)
}

// parseDigits reads a number written in decimal digits alone.
func parseDigits(b []byte) (int64, error) {
	if len(b) == 0 || len(b) > 18 {
		return 0, errors.New("not a number")
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, errors.New("not a number")
		}
		n = n*10 + int64(c-'0')
	}
	return n, nil
}

// is reports whether a header's name is want, without regard to case.
func is(name []byte, want string) bool {
	return len(name) == len(want) && bytes.EqualFold(name, []byte(want))
}

// dialer opens the connection number i to a server.
type dialer func(ctx context.Context, i int) (net.Conn, error)

// portsAnAddress is how many connections share a source address: well under the
// 28,000 ports that Linux hands out for one by default.
const portsAnAddress = 20_000

// dialTo returns a dialer for addr on loopback, which takes further source
// addresses when the ports of one would run short.
func dialTo(addr string) dialer {
	return func(ctx context.Context, i int) (net.Conn, error) {
		d := net.Dialer{Timeout: 10 * time.Second}
		if n := i / portsAnAddress; n > 0 {
			d.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+n))}
		}
		conn, err := d.DialContext(ctx, "tcp4", addr)
		if err != nil {
			return nil, fmt.Errorf("connection %s: %w", strconv.Itoa(i), err)
		}
		return conn, nil
	}
}
