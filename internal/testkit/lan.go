package testkit

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// lan is a network in memory whose places have addresses. What becomes of its lines
// is the test's affair.
type lan struct {
	mu    sync.Mutex
	doors map[netip.AddrPort]*network
	lines map[*line]bool
	held  map[netip.Addr]chan struct{} // closed when the place goes on
	tardy map[netip.Addr]time.Duration // how much later than its arrival a write of the place is over
	short map[netip.Addr]int           // after how many bytes the place's next answer to a node breaks off
	ports uint16
}

func newLan() *lan {
	return &lan{
		doors: map[netip.AddrPort]*network{}, lines: map[*line]bool{}, held: map[netip.Addr]chan struct{}{},
		tardy: map[netip.Addr]time.Duration{}, short: map[netip.Addr]int{}, ports: 30000,
	}
}

// listen opens a place's door.
func (l *lan) listen(at netip.AddrPort) net.Listener {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := newNetwork()
	l.doors[at] = n
	return n
}

// dial answers a line between two places.
func (l *lan) dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	l.mu.Lock()
	l.ports++
	here := netip.AddrPortFrom(from, l.ports)
	door := l.doors[to]
	l.mu.Unlock()
	refused := &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(to), Err: syscall.ECONNREFUSED}
	if door == nil {
		return nil, refused
	}
	a, b := net.Pipe()
	near := &line{Conn: a, lan: l, here: here, there: to, over: make(chan struct{})}
	far := &line{Conn: b, lan: l, here: to, there: here, over: make(chan struct{}), accepted: true}
	l.mu.Lock()
	l.lines[near], l.lines[far] = true, true
	l.mu.Unlock()
	select {
	case door.conns <- far:
		return near, nil
	case <-door.over:
		near.Close()
		far.Close()
		return nil, refused
	case <-ctx.Done():
		near.Close()
		far.Close()
		return nil, ctx.Err()
	}
}

// of answers the lines of a place that fit.
func (l *lan) of(place netip.Addr, fits func(*line) bool) []*line {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []*line
	for x := range l.lines {
		if x.here.Addr() == place && fits(x) {
			found = append(found, x)
		}
	}
	return found
}

// cut breaks every line of a place.
func (l *lan) cut(place netip.Addr) {
	for _, x := range l.of(place, func(*line) bool { return true }) {
		x.Close()
	}
}

// hold lets nothing be sent or read by a place until it is let go.
func (l *lan) hold(place netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[place] == nil {
		l.held[place] = make(chan struct{})
	}
}

func (l *lan) letGo(place netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.held[place]; c != nil {
		close(c)
		delete(l.held, place)
	}
}

// line is one end of a connection.
type line struct {
	net.Conn
	lan         *lan
	here, there netip.AddrPort
	accepted    bool // it is the end of whoever was called
	over        chan struct{}
	once        sync.Once

	mu   sync.Mutex
	dead bool // what is written gets nowhere, and nobody was told
}

func (x *line) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(x.here) }

func (x *line) RemoteAddr() net.Addr {
	if !x.there.Addr().IsValid() { // a client that nobody knows
		return address{}
	}
	return net.TCPAddrFromAddrPort(x.there)
}

// pass waits while the line's place is held.
func (x *line) pass() {
	x.lan.mu.Lock()
	held := x.lan.held[x.here.Addr()]
	x.lan.mu.Unlock()
	if held == nil {
		return
	}
	select {
	case <-held:
	case <-x.over:
	}
}

func (x *line) Read(b []byte) (int, error) {
	n, err := x.Conn.Read(b)
	x.pass()
	return n, err
}

func (x *line) Write(b []byte) (int, error) {
	x.pass()
	x.mu.Lock()
	dead := x.dead
	x.mu.Unlock()
	if dead {
		return 0, &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
	}
	tardy, most, short := x.faults()
	if short && len(b) > most {
		n, _ := x.Conn.Write(b[:most])
		x.Close()
		return n, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
	}
	n, err := x.Conn.Write(b)
	if tardy > 0 && err == nil {
		time.Sleep(tardy)
	}
	return n, err
}

// faults answers what the test wants to become of the next write. Only answers are
// late or short: the late ones to clients, the short ones to nodes.
func (x *line) faults() (tardy time.Duration, most int, short bool) {
	x.lan.mu.Lock()
	defer x.lan.mu.Unlock()
	place := x.here.Addr()
	if !x.accepted {
		return 0, 0, false
	}
	if !isNode(x.there.Addr()) {
		return x.lan.tardy[place], 0, false
	}
	if most, short = x.lan.short[place]; short {
		delete(x.lan.short, place)
	}
	return 0, most, short
}

func (x *line) Close() error {
	x.once.Do(func() { close(x.over) })
	x.lan.mu.Lock()
	delete(x.lan.lines, x)
	x.lan.mu.Unlock()
	return x.Conn.Close()
}
