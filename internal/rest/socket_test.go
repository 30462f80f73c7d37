//go:build linux

package rest

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/host/machine"
)

// pair answers both ends of a connection over the loopback: the server's is one
// of Listen's.
func pair(t *testing.T) (*socket, *net.TCPConn) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	client, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := Listen(inner).Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return server.(*socket), client.(*net.TCPConn)
}

// becomes waits until the socket's verdict is as wanted. The kernel takes its
// time, so there is no other way than to ask again.
func becomes(t *testing.T, s *socket, want machine.Verdict) {
	t.Helper()
	for s.Verdict() != want {
		if t.Context().Err() != nil {
			t.Fatal("the test is over")
		}
		time.Sleep(time.Millisecond)
	}
}

// stays checks that the socket's verdict is as wanted, and that asking does not
// change it.
func stays(t *testing.T, s *socket, want machine.Verdict) {
	t.Helper()
	for range 3 {
		if v := s.Verdict(); v != want {
			t.Fatalf("the verdict is %d, want %d", v, want)
		}
	}
}

// send writes from the server's end.
func send(t *testing.T, s *socket, n int) {
	t.Helper()
	if _, err := s.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
}

// take reads at the client's end.
func take(t *testing.T, c net.Conn, n int) {
	t.Helper()
	if _, err := io.ReadFull(c, make([]byte, n)); err != nil {
		t.Fatal(err)
	}
}

// stuff writes more than the client's machine takes unread, and less than ours.
func stuff(t *testing.T, s *socket, c *net.TCPConn) int {
	t.Helper()
	const n = 200 << 10
	if err := s.Conn.(*net.TCPConn).SetWriteBuffer(4 * n); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	send(t, s, n)
	return n
}

func TestSocketVerdict(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(t *testing.T, s *socket, c *net.TCPConn){
		"nothing written": func(t *testing.T, s *socket, _ *net.TCPConn) { stays(t, s, machine.Arrived) },
		"arrived and read": func(t *testing.T, s *socket, c *net.TCPConn) {
			send(t, s, 1000)
			take(t, c, 1000)
			becomes(t, s, machine.Arrived)
		},
		"arrived, not read": func(t *testing.T, s *socket, _ *net.TCPConn) {
			send(t, s, 1000)
			becomes(t, s, machine.Arrived)
		},
		"unsent, then read": func(t *testing.T, s *socket, c *net.TCPConn) {
			n := stuff(t, s, c)
			stays(t, s, machine.NotYet)
			take(t, c, n)
			becomes(t, s, machine.Arrived)
		},
		"reset with something unsent": func(t *testing.T, s *socket, c *net.TCPConn) {
			stuff(t, s, c)
			c.Close()
			becomes(t, s, machine.Lost)
		},
		"reset with something unread": func(t *testing.T, s *socket, c *net.TCPConn) {
			send(t, s, 1000)
			becomes(t, s, machine.Arrived) // as far as anybody can tell
			c.Close()
			becomes(t, s, machine.Lost)
			s.Close()
			stays(t, s, machine.Lost)
		},
		"reset with nothing unread": func(t *testing.T, s *socket, c *net.TCPConn) {
			send(t, s, 1000)
			take(t, c, 1000)
			if err := c.SetLinger(0); err != nil {
				t.Fatal(err)
			}
			c.Close()
			becomes(t, s, machine.Lost)
		},
		"orderly end": func(t *testing.T, s *socket, c *net.TCPConn) {
			send(t, s, 1000)
			take(t, c, 1000)
			c.Close()
			if _, err := s.Read(make([]byte, 1)); err != io.EOF {
				t.Fatalf("read: %v", err)
			}
			becomes(t, s, machine.Arrived)
			s.Close()
			stays(t, s, machine.Arrived)
		},
		"the peer ended its half": func(t *testing.T, s *socket, c *net.TCPConn) {
			n := stuff(t, s, c)
			if err := c.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Read(make([]byte, 1)); err != io.EOF {
				t.Fatalf("read: %v", err)
			}
			stays(t, s, machine.NotYet)
			take(t, c, n)
			becomes(t, s, machine.Arrived)
		},
		"closed by us, all arrived": func(t *testing.T, s *socket, c *net.TCPConn) {
			send(t, s, 1000)
			take(t, c, 1000)
			becomes(t, s, machine.Arrived)
			s.Close()
			stays(t, s, machine.Arrived)
			c.Close()
			stays(t, s, machine.Arrived)
			s.Close()
			stays(t, s, machine.Arrived)
		},
		"closed by us, something unsent": func(t *testing.T, s *socket, c *net.TCPConn) {
			n := stuff(t, s, c)
			s.Close()
			stays(t, s, machine.Lost)
			take(t, c, n) // it arrived after all: better twice than not at all
			stays(t, s, machine.Lost)
		},
		"a write that failed": func(t *testing.T, s *socket, c *net.TCPConn) {
			c.Close()
			if err := s.SetWriteDeadline(time.Unix(1, 0)); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("write: %v", err)
			}
			stays(t, s, machine.Lost)
		},
		"a read that met the reset": func(t *testing.T, s *socket, c *net.TCPConn) {
			if err := c.SetLinger(0); err != nil {
				t.Fatal(err)
			}
			c.Close()
			if _, err := s.Read(make([]byte, 1)); err == nil || err == io.EOF {
				t.Fatalf("read: %v", err)
			}
			stays(t, s, machine.Lost)
		},
		"a read that was called off": func(t *testing.T, s *socket, _ *net.TCPConn) { // as net/http does before each answer
			if err := s.SetReadDeadline(time.Unix(1, 0)); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("read: %v", err)
			}
			stays(t, s, machine.Arrived)
		},
		"closed below": func(t *testing.T, s *socket, _ *net.TCPConn) {
			s.Conn.Close()
			stays(t, s, machine.Lost)
		},
		"our half ended": func(t *testing.T, s *socket, c *net.TCPConn) {
			send(t, s, 1000)
			if err := s.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(c); err != nil || len(b) != 1000 {
				t.Fatalf("read %d bytes, %v", len(b), err)
			}
			becomes(t, s, machine.Arrived)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := pair(t)
			test(t, s, c)
		})
	}
}

// TestSocketWithoutKernel: where nothing can be asked, what was written without an
// error has arrived, and what was not is lost.
func TestSocketWithoutKernel(t *testing.T) {
	t.Parallel()
	client, server := net.Pipe()
	s := &socket{Conn: server}
	stays(t, s, machine.Arrived)
	if err := s.CloseWrite(); err != nil { // a pipe has no halves
		t.Error(err)
	}
	client.Close()
	stays(t, s, machine.Arrived)
	if _, err := s.Write([]byte("x")); err == nil {
		t.Fatal("a write into a closed pipe succeeded")
	}
	stays(t, s, machine.Lost)
	s.Close()
	stays(t, s, machine.Lost)
}

// failing is a connection whose reads fail.
type failing struct {
	net.Conn
	err error
}

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestSocketReadTells: where the kernel is not asked a reset shows when reading,
// and neither an orderly end nor a read that was called off is one.
func TestSocketReadTells(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want machine.Verdict
	}{
		"reset":               {&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, machine.Lost},
		"orderly end":         {io.EOF, machine.Arrived},
		"end without goodbye": {io.ErrUnexpectedEOF, machine.Arrived},
		"called off":          {&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, machine.Arrived},
	} {
		s := &socket{Conn: failing{err: c.err}}
		if _, err := s.Read(make([]byte, 1)); !errors.Is(err, c.err) {
			t.Errorf("%s: read: %v", name, err)
		}
		if v := s.Verdict(); v != c.want {
			t.Errorf("%s: the verdict is %d, want %d", name, v, c.want)
		}
	}
}

// TestLinger: a connection that is closed after its answer waits for its
// evidence, and two seconds at most.
func TestLinger(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after       time.Duration // when the evidence comes
		verdict     machine.Verdict
		most, least time.Duration
	}{
		"arrived at once": {0, machine.Arrived, 0, 0},
		"lost at once":    {0, machine.Lost, 0, 0},
		"arrives":         {100 * time.Millisecond, machine.Arrived, 200 * time.Millisecond, 100 * time.Millisecond},
		"never":           {time.Hour, machine.Arrived, 2100 * time.Millisecond, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				linger(verdicts(func() machine.Verdict {
					if time.Since(began) < c.after {
						return machine.NotYet
					}
					return c.verdict
				}))
				if took := time.Since(began); took < c.least || took > c.most {
					t.Errorf("it took %v, want %v to %v", took, c.least, c.most)
				}
			})
		})
	}
}

// verdicts is evidence that a function gives.
type verdicts func() machine.Verdict

func (v verdicts) Verdict() machine.Verdict { return v() }

// TestWrittenEvidence: a request whose connection is none of Listen's has only
// the writing to go by.
func TestWrittenEvidence(t *testing.T) {
	t.Parallel()
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	if ctx := ConnContext(t.Context(), server); ctx != t.Context() {
		t.Error("a plain connection has evidence")
	}
	if v := (written{}).Verdict(); v != machine.Arrived {
		t.Errorf("the verdict is %d", v)
	}
}
