package rest

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"

	"usher/internal/auth"
	"usher/internal/host/machine"
)

// Listen makes the connections of l able to tell whether what was written to
// them arrived (promise 2b). With TLS, l is the listener that encrypts: a
// connection's end must be judged before TLS says goodbye, to a client that may
// have gone, in order, with all it wanted.
func Listen(l net.Listener) net.Listener { return listener{Listener: l} }

// ListenLimited is Listen for strangers: a network that has too many connections
// open gets no further one. Trusted proxies, this machine and the pool's nodes, by
// which peer knows them, may have any number; peer may be nil.
func ListenLimited(l net.Listener, trusted []netip.Prefix, peer func(netip.Addr) bool, log *slog.Logger) net.Listener {
	return listener{Listener: l, crowd: newCrowd(connectionsAtOnce, trusted), peer: peer, away: newNotices(log)}
}

type listener struct {
	net.Listener
	crowd *crowd // nil for no limit
	peer  func(netip.Addr) bool
	away  *notices
}

// Accept answers the next connection that may stay. Others are closed at once,
// before anything is read from them.
func (l listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		a := peerOf(c)
		if l.crowd == nil || l.peer != nil && l.peer(a) {
			return &socket{Conn: c}, nil
		}
		if counted, ok := l.crowd.enter(a); ok {
			return &socket{Conn: c, crowd: l.crowd, counted: counted}, nil
		}
		c.Close()
		l.away.tell("connections", auth.Network(a).String())
	}
}

// peerOf answers the address at the other end, none where there is none.
func peerOf(c net.Conn) netip.Addr {
	a, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap()
}

// socket is a connection that remembers, when it is closed, whether everything
// written to it had arrived.
type socket struct {
	net.Conn
	crowd   *crowd     // which it leaves when it is closed, nil for none
	counted netip.Addr // as what the crowd counts it

	mu     sync.Mutex
	failed bool // a read or write met an error other than the peer's orderly end
	closed bool
	last   machine.Verdict // the verdict at the close
}

// Verdict tells about everything that was written so far.
func (s *socket) Verdict() machine.Verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.last
	}
	return s.verdictLocked()
}

func (s *socket) verdictLocked() machine.Verdict {
	if s.failed {
		return machine.Lost
	}
	return unsent(s.Conn)
}

// Close takes the verdict while the socket can still be asked. What is on its way
// at that moment counts as lost: it may come twice, but never not at all.
func (s *socket) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		s.last = s.verdictLocked()
		if s.last == machine.NotYet {
			s.last = machine.Lost
		}
		if s.crowd != nil {
			s.crowd.leave(s.counted)
		}
	}
	s.mu.Unlock()
	return s.Conn.Close()
}

// Read notes a reset, for systems whose kernel is not asked. An end without
// TLS's goodbye is the peer's way of closing, and net/http calls reads off.
func (s *socket) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, os.ErrDeadlineExceeded) {
		s.mu.Lock()
		s.failed = true
		s.mu.Unlock()
	}
	return n, err
}

func (s *socket) Write(b []byte) (int, error) {
	n, err := s.Conn.Write(b)
	if err != nil {
		s.mu.Lock()
		s.failed = true
		s.mu.Unlock()
	}
	return n, err
}

// CloseWrite lets net/http end its half of the connection in order.
func (s *socket) CloseWrite() error {
	if c, ok := s.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}
