//go:build linux

package rest_test

// What a real kernel does to connections, and what becomes of retrievals then.
// Elsewhere less can be told, so more may come twice.

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"usher/internal/testkit"
)

// overLoopback runs a test with each end of a running chat as the receiver, over
// real sockets. Nothing is left to retrieve.
func overLoopback(t *testing.T, test func(t *testing.T, e *end)) {
	for _, which := range []string{"agent", "visitor"} {
		t.Run(which, func(t *testing.T) {
			t.Parallel()
			s := testkit.New(t, testkit.Options{Loopback: true})
			set(t, s, `{"holdSeconds":1}`)
			a, v := s.Chat("ada")
			e := agentEnd(a, v)
			if which == "visitor" {
				e = visitorEnd(a, v)
			}
			e.poll("", "")
			test(t, e)
		})
	}
}

// arrives waits until at least n bytes wait to be read on the client's socket.
func arrives(t *testing.T, c net.Conn, n int) {
	t.Helper()
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	waiting := 0
	for waiting < n {
		if err := raw.Control(func(fd uintptr) { waiting, err = unix.IoctlGetInt(int(fd), unix.SIOCINQ) }); err != nil {
			t.Fatal(err)
		}
		if t.Context().Err() != nil {
			t.Fatal("nothing arrived")
		}
		time.Sleep(time.Millisecond)
	}
}

// TestLinkResetUnread: a client that closes without reading, which resets the
// connection, gets its messages again, however far the answer had come.
func TestLinkResetUnread(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"short": "one", "long": large} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			overLoopback(t, func(t *testing.T, e *end) {
				e.say(text)
				for range 5 {
					c := wire(t, e, "")
					arrives(t, c, 200) // all of the short one: the kernel has acknowledged it
					c.Close()
				}
				wantNews(t, "after five resets", e.poll("", ""), text)
				e.say("two")
				wantNews(t, "then", e.poll("", ""), "two")
			})
		})
	}
}

// TestLinkOrderlyEnd: a client that read everything and then closed gets nothing
// again.
func TestLinkOrderlyEnd(t *testing.T) {
	t.Parallel()
	overLoopback(t, func(t *testing.T, e *end) {
		for range 20 {
			e.say("one")
			c := wire(t, e, "")
			wantNews(t, "on a connection of its own", answered(t, bufio.NewReader(c), e), "one")
			c.Close()
		}
		e.say("two")
		wantNews(t, "then", e.poll("", ""), "two")
	})
}

// TestLinkHalfClosed: a client that ends its half of the connection, as some do
// after the request, and reads the answer, gets nothing again.
func TestLinkHalfClosed(t *testing.T) {
	t.Parallel()
	overLoopback(t, func(t *testing.T, e *end) {
		e.say("one")
		c := wire(t, e, "")
		arrives(t, c, 200)
		if err := c.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		wantNews(t, "the first", answered(t, bufio.NewReader(c), e), "one")
		e.say("two")
		wantNews(t, "then", e.poll("", ""), "two")
	})
}

// TestLinkCutInTheMiddle: a client that closes with half of an answer read gets
// all of it again.
func TestLinkCutInTheMiddle(t *testing.T) {
	t.Parallel()
	overLoopback(t, func(t *testing.T, e *end) {
		want := many(e, 10)
		c := wire(t, e, "")
		if _, err := bufio.NewReader(c).Peek(4096); err != nil {
			t.Fatal(err)
		}
		arrives(t, c, 1) // more than was read: closing now resets
		c.Close()
		wantNews(t, "after it", e.poll("", ""), want...)
	})
}

// many lets the other end post n large texts.
func many(e *end, n int) []string {
	var texts []string
	for range n {
		e.say(large)
		texts = append(texts, large)
	}
	return texts
}

// dialTiny opens a connection whose client takes very little unread.
func dialTiny(t *testing.T, e *end) net.Conn {
	t.Helper()
	d := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		if e := raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 4096) }); e != nil {
			return e
		}
		return err
	}}
	c, err := d.DialContext(t.Context(), "tcp", strings.TrimPrefix(e.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestLinkReadsNothing: while a client's machine has not taken the last answer
// the next retrieval waits, two seconds and no less, and gets it again.
func TestLinkReadsNothing(t *testing.T) {
	t.Parallel()
	for name, posts := range map[string]int{"within the server's buffer": 2, "beyond it": 50} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			overLoopback(t, func(t *testing.T, e *end) {
				set(t, e.Server, `{"holdSeconds":30}`)
				want := many(e, posts)
				c := dialTiny(t, e)
				ask(t, c, e, "")
				arrives(t, c, 1)
				g := e.poll("", "")
				wantNews(t, "the next retrieval", g, want...)
				if g.Took < 2*time.Second {
					t.Errorf("it waited %v for evidence, want 2 s", g.Took)
				}
			})
		})
	}
}

// TestLinkReadsLate: a client that takes the last answer while the next retrieval
// waits for that gets nothing again.
func TestLinkReadsLate(t *testing.T) {
	t.Parallel()
	overLoopback(t, func(t *testing.T, e *end) {
		set(t, e.Server, `{"holdSeconds":30}`)
		want := many(e, 10)
		c := dialTiny(t, e)
		ask(t, c, e, "")
		arrives(t, c, 1)
		next := e.park("", "")
		wantNews(t, "the late one", answered(t, bufio.NewReader(c), e), want...)
		e.say("two")
		wantNews(t, "the next", <-next, "two")
	})
}

// TestLinkKeepAlive: retrievals on one connection, as most clients send them.
func TestLinkKeepAlive(t *testing.T) {
	t.Parallel()
	overLoopback(t, func(t *testing.T, e *end) {
		c := e.Dial()
		defer c.Close()
		r := bufio.NewReader(c)
		for range 20 {
			e.say("one")
			ask(t, c, e, "")
			wantNews(t, "on the same connection", answered(t, r, e), "one")
		}
		ask(t, c, e, "")
		wantNews(t, "then", answered(t, r, e))
	})
}

// TestLinkConnectionClose: a client that asks for the connection to be closed
// after each answer gets nothing twice, although the server closes first.
func TestLinkConnectionClose(t *testing.T) {
	t.Parallel()
	overLoopback(t, func(t *testing.T, e *end) {
		for range 20 {
			e.say("one")
			c := wire(t, e, "", "Connection", "close")
			r := bufio.NewReader(c)
			wantNews(t, "on a connection of its own", answered(t, r, e), "one")
			if _, err := r.ReadByte(); err == nil {
				t.Fatal("the connection goes on")
			}
			c.Close()
		}
		e.say("two")
		wantNews(t, "then", e.poll("", ""), "two")
	})
}

// TestLinkConnectionCloseSlow: the same for a client whose machine takes its time,
// as one behind a long line does. HTTP/1.0, which some proxies speak, means the same.
func TestLinkConnectionCloseSlow(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]string{"1.1": "HTTP/1.1\r\nConnection: close", "1.0": "HTTP/1.0"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			overLoopback(t, func(t *testing.T, e *end) {
				for range 3 {
					want := many(e, 10)
					c := dialTiny(t, e)
					askIn(t, c, e, version, "")
					arrives(t, c, 1)
					wantNews(t, "on a connection of its own", answered(t, bufio.NewReader(c), e), want...)
					c.Close()
				}
				e.say("two")
				wantNews(t, "then", e.poll("", ""), "two")
			})
		})
	}
}

// TestLinkConnectionCloseUnread: the same, cut before it was read.
func TestLinkConnectionCloseUnread(t *testing.T) {
	t.Parallel()
	overLoopback(t, func(t *testing.T, e *end) {
		want := many(e, 50)
		for range 3 {
			c := dialTiny(t, e)
			ask(t, c, e, "", "Connection", "close")
			arrives(t, c, 1)
			c.Close()
		}
		wantNews(t, "after the resets", e.poll("", ""), want...)
	})
}

// TestLinkGoneWhileParked: a client that goes away while its retrieval is parked
// loses nothing, and its session is no longer held by it.
func TestLinkGoneWhileParked(t *testing.T) {
	t.Parallel()
	for name, linger := range map[string]int{"reset": 0, "closed": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			overLoopback(t, func(t *testing.T, e *end) {
				set(t, e.Server, `{"holdSeconds":30}`)
				c := wire(t, e, "")
				if err := c.(*net.TCPConn).SetLinger(linger); err != nil {
					t.Fatal(err)
				}
				c.Close()
				e.say("one")
				wantNews(t, "after it", e.poll("", ""), "one")
				if status := e.status(e.beside[0], e.beside[1]); status != http.StatusOK {
					t.Errorf("status %d", status)
				}
			})
		})
	}
}
