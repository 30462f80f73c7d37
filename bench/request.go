package main

import (
	"fmt"
	"strconv"
	"strings"
)

// Marks in a call's header values and body that stand for what changes from one
// request to the next.
const (
	serialMark = "{serial}" // ten digits, rising
	ackMark    = "{ack}"    // the position acknowledged; in header values only
)

// firstSerial has as many digits as any serial of a run, so that all bodies of a
// call have the same length.
const firstSerial = 1_000_000_000

// call says what a POST looks like: where it goes, its headers beside Host and
// Content-Length, and its body.
type call struct {
	target string
	header [][2]string
	body   string
}

// at returns the call with another target, padded to the length of the old one:
// what the baseline receives differs in nothing else. The target must have a
// query and be shorter by at least five bytes, or as long.
func (c call) at(target string) call {
	missing := len(c.target) - len(target)
	if pad := "&pad="; missing >= len(pad) {
		target += pad + strings.Repeat("x", missing-len(pad))
	}
	c.target = target
	return c
}

// request is a call laid out for one server, of which only the numbers are
// written anew each time.
type request struct {
	parts []part
	buf   []byte
}

// part is a piece of a request and the number that follows it.
type part struct {
	text string
	then string // serialMark, ackMark or ""
}

// layOut prepares a call to the server at host.
func (c call) layOut(host string) *request {
	var b strings.Builder
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\n", c.target, host)
	for _, h := range c.header {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	length := len(c.body) + strings.Count(c.body, serialMark)*(len(strconv.Itoa(firstSerial))-len(serialMark))
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", length, c.body)

	r := &request{}
	rest := b.String()
	for rest != "" {
		at, mark := len(rest), ""
		for _, m := range []string{serialMark, ackMark} {
			if i := strings.Index(rest, m); i >= 0 && i < at {
				at, mark = i, m
			}
		}
		r.parts = append(r.parts, part{rest[:at], mark})
		rest = rest[at+len(mark):]
	}
	return r
}

// bytes returns the request with its numbers filled in, valid until the next
// call.
func (r *request) bytes(serial, ack int64) []byte {
	buf := r.buf[:0]
	for _, p := range r.parts {
		buf = append(buf, p.text...)
		switch p.then {
		case serialMark:
			buf = strconv.AppendInt(buf, serial, 10)
		case ackMark:
			buf = strconv.AppendInt(buf, ack, 10)
		}
	}
	r.buf = buf
	return buf
}
