package upgrade

import (
	"io"
	"net"
	"net/textproto"
	"strings"
	"testing"
)

// postOffice is a mail server that takes every letter.
type postOffice struct {
	t        *testing.T
	listener net.Listener
	letters  chan string
}

func newPostOffice(t *testing.T) *postOffice {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &postOffice{t, l, make(chan string, 16)}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

func (p *postOffice) url() string { return "smtp://" + p.listener.Addr().String() + "?tls=none" }

// letter waits for the next letter: its recipients and its text.
func (p *postOffice) letter() string {
	p.t.Helper()
	select {
	case l := <-p.letters:
		return l
	case <-p.t.Context().Done():
		p.t.Fatal("no letter comes")
		return ""
	}
}

func (p *postOffice) serve(c net.Conn) {
	defer c.Close()
	talk := textproto.NewConn(c)
	say := func(words string) { _ = talk.PrintfLine("%s", words) } // a client that is gone hears nothing
	say("220 post office")
	to := ""
	for {
		command, err := talk.ReadLine()
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(command), " "); verb {
		case "RCPT":
			to += command + "\n"
			say("250 OK")
		case "DATA":
			say("354 go on")
			b, err := io.ReadAll(talk.DotReader())
			if err != nil {
				return
			}
			p.letters <- to + string(b)
			to = ""
			say("250 OK")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 OK")
		}
	}
}
