package rest

import (
	"crypto/tls"
	"net"
	"syscall"

	"golang.org/x/sys/unix"

	"usher/internal/host/machine"
)

// tcpClose is the state of a TCP connection that is gone: since our own close is
// remembered apart, the peer has reset it.
const tcpClose = 7

// unsent asks the kernel about a connection: reset, still holding something
// unsent or unacknowledged, or all arrived.
func unsent(c net.Conn) machine.Verdict {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	sc, ok := c.(syscall.Conn)
	if !ok {
		return machine.Arrived // no socket below, as in tests: writing is arriving
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return machine.Lost
	}
	v := machine.Lost
	err = raw.Control(func(fd uintptr) {
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		if err != nil || info.State == tcpClose {
			return
		}
		left, err := unix.IoctlGetInt(int(fd), unix.SIOCOUTQ)
		switch {
		case err != nil:
		case left > 0:
			v = machine.NotYet
		default:
			v = machine.Arrived
		}
	})
	if err != nil {
		return machine.Lost
	}
	return v
}
