package pool

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"
)

// TestGate: what is sent through an open gate arrives; through a silent one it waits
// and arrives when the gate opens; a cut one breaks what stands and lets nobody in.
func TestGate(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() { // says everything again
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	g := newGate(t, l.Addr().String())
	c, err := net.Dial("tcp", g.address())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	lines := make(chan string)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(c); in.Scan(); {
			lines <- in.Text()
		}
	}()
	say := func(text string) {
		t.Helper()
		if _, err := io.WriteString(c, text+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	hear := func(want string) {
		t.Helper()
		if got, ok := <-lines; !ok || got != want {
			t.Fatalf("%q came back (%v), want %q", got, ok, want)
		}
	}
	say("one")
	hear("one")
	g.set(sluggish)
	say("two")
	hear("two")
	g.set(silent)
	say("three")
	select {
	case got := <-lines:
		t.Fatalf("%q came back through a silent gate", got)
	case <-time.After(late): // nothing can be seen of what does not come, but that it does not
	}
	g.set(open)
	hear("three")
	g.set(cut)
	if got, ok := <-lines; ok {
		t.Fatalf("%q came back through a cut gate", got)
	}
	d, err := net.Dial("tcp", g.address())
	if err != nil {
		return // refused
	}
	defer d.Close()
	if n, err := d.Read(make([]byte, 1)); err == nil {
		t.Fatalf("%d bytes came through a cut gate", n)
	}
}

// TestExpectedErrors: a node may report an error while something keeps the store from
// it, and at no other time; a race or a panic never.
func TestExpectedErrors(t *testing.T) {
	w := &watch{troubles: []*trouble{{what: "kill-database", from: at(10), to: at(20), refuses: true}, {what: "roll", from: at(30), to: at(40)}}}
	for line, want := range map[string]bool{
		`time=2027-01-01T00:00:15.000Z level=ERROR msg="load failed" site=demo`: true,
		`time=2027-01-01T00:00:25.000Z level=ERROR msg="load failed" site=demo`: false,
		`time=2027-01-01T00:00:35.000Z level=ERROR msg="load failed" site=demo`: false,
		`WARNING: DATA RACE`:                 false,
		`panic: at 2027-01-01T00:00:15.000Z`: false,
	} {
		if got := w.expects(line); got != want {
			t.Errorf("%q is expected: %v, want %v", line, got, want)
		}
	}
}
