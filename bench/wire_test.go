package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestAnswer(t *testing.T) {
	for _, test := range []struct {
		name, in string
		status   int
		last     int64
		body     string
		fails    string // part of the error, or "" when the answer is taken
	}{
		{name: "whole", in: "HTTP/1.1 200 OK\r\nUsher-Last: 42\r\ncontent-length:  2 \r\n\r\n{}", status: 200, last: 42, body: "{}"},
		{name: "without a reason", in: "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", status: 200},
		{name: "refusal", in: "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", status: 403, body: "no"},
		{name: "bare newlines", in: "HTTP/1.1 200 OK\nContent-Length: 1\n\nx", status: 200, body: "x"},
		{name: "same length twice", in: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", status: 200, body: "x"},
		{name: "two lengths", in: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy", fails: "Content-Length"},
		{name: "no length", in: "HTTP/1.1 200 OK\r\n\r\n", fails: "no Content-Length"},
		{name: "negative length", in: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", fails: "Content-Length"},
		{name: "a length too long", in: "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", fails: "Content-Length"},
		{name: "chunked", in: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", fails: "Transfer-Encoding"},
		{name: "no content", in: "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", fails: "status line"},
		{name: "interim", in: "HTTP/1.1 100 Continue\r\n\r\n", fails: "status line"},
		{name: "another protocol", in: "SSH-2.0-OpenSSH\r\n", fails: "status line"},
		{name: "header without a colon", in: "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", fails: "no name"},
		{name: "position that is none", in: "HTTP/1.1 200 OK\r\nUsher-Last: x\r\nContent-Length: 0\r\n\r\n", fails: "Usher-Last"},
		{name: "short body", in: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", fails: "unexpected EOF"},
		{name: "no body", in: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", fails: "unexpected EOF"},
		{name: "ends in the head", in: "HTTP/1.1 200 OK\r\n", fails: "unexpected EOF"},
		{name: "ends in a line", in: "HTTP/1.1 2", fails: "unexpected EOF"},
		{name: "closed", in: "", fails: "EOF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var a answer
			err := a.read(bufio.NewReader(strings.NewReader(test.in)))
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Fatalf("got error %v, want one with %q", err, test.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if a.status != test.status || a.last != test.last || string(a.body) != test.body {
				t.Errorf("got status %d, last %d, body %q", a.status, a.last, a.body)
			}
		})
	}
}

func TestAnswersFollowEachOther(t *testing.T) {
	r := bufio.NewReader(strings.NewReader(
		"HTTP/1.1 200 OK\r\nUsher-Last: 7\r\nContent-Length: 5\r\n\r\nfirst" +
			"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"))
	a := answer{keepHead: true}
	if err := a.read(r); err != nil || string(a.body) != "first" || a.last != 7 || string(a.head) != "Usher-Last: 7\nContent-Length: 5\n" {
		t.Fatalf("first: %q, last %d, head %q, %v", a.body, a.last, a.head, err)
	}
	if err := a.read(r); err != nil || string(a.body) != "no" || a.last != 0 || a.status != 404 || string(a.head) != "Content-Length: 2\n" {
		t.Fatalf("second: %d %q, last %d, head %q, %v", a.status, a.body, a.last, a.head, err)
	}
	if err := a.read(r); err != io.EOF {
		t.Fatalf("after the last one: %v, want io.EOF", err)
	}
}

// FuzzAnswer holds the lean parser to net/http's: what both take they must
// understand alike.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nUsher-Last: 3\r\n\r\n{}",
		"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nRetry-After: 1\r\n\r\n",
		"HTTP/1.1 200\nContent-Length:1\n\nx",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var a answer
		if err := a.read(bufio.NewReader(bytes.NewReader(in))); err != nil {
			return
		}
		if len(a.body) > len(in) || a.status < 200 || a.status > 599 || a.last < 0 {
			t.Fatalf("impossible answer: status %d, last %d, %d bytes of body", a.status, a.last, len(a.body))
		}
		res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(in)), nil)
		if err != nil {
			return // stricter than this client needs to be
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != a.status || !bytes.Equal(body, a.body) {
			t.Fatalf("net/http reads %d %q (%v), this client %d %q", res.StatusCode, body, err, a.status, a.body)
		}
	})
}
