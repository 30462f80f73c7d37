package pool

import (
	"net"
	"sync"
	"testing"
	"time"
)

// gate is the network between a node and the database: a TCP proxy of the test's own.
type gate struct {
	to     string
	listen net.Listener

	mu     sync.Mutex
	state  passage
	change chan struct{} // closed when state changes
	conns  map[net.Conn]bool
}

// passage is what becomes of what is sent through a gate.
type passage int

// The passages.
const (
	open     passage = iota // it arrives
	cut                     // connections break, and new ones are refused
	silent                  // it never arrives, and nobody is told
	sluggish                // it arrives late
)

// late is how late it is.
const late = 150 * time.Millisecond

func (p passage) String() string { return [...]string{"open", "cut", "silent", "sluggish"}[p] }

func newGate(t *testing.T, to string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{to: to, listen: l, change: make(chan struct{}), conns: map[net.Conn]bool{}}
	t.Cleanup(g.close)
	go g.accept()
	return g
}

func (g *gate) address() string { return g.listen.Addr().String() }

// set changes what becomes of all that is sent from now on.
func (g *gate) set(p passage) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state = p
	close(g.change)
	g.change = make(chan struct{})
	if p == cut {
		for c := range g.conns {
			c.Close()
		}
	}
}

func (g *gate) close() {
	g.listen.Close()
	g.set(cut)
}

func (g *gate) accept() {
	for {
		c, err := g.listen.Accept()
		if err != nil {
			return
		}
		go g.serve(c)
	}
}

// serve carries one connection of the node to the database.
func (g *gate) serve(c net.Conn) {
	defer g.forget(c)
	if !g.keep(c) || !g.passes(c) {
		return
	}
	d, err := net.Dial("tcp", g.to)
	if err != nil {
		return
	}
	defer g.forget(d)
	if !g.keep(d) {
		return
	}
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{c, d}, {d, c}} {
		both.Go(func() {
			defer way[0].Close()
			defer way[1].Close()
			g.carry(way[0], way[1])
		})
	}
	both.Wait()
}

// keep remembers a connection, unless it has to break at once.
func (g *gate) keep(c net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state == cut {
		return false
	}
	g.conns[c] = true
	return true
}

func (g *gate) forget(c net.Conn) {
	c.Close()
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, c)
}

// carry copies what is sent in one direction.
func (g *gate) carry(from, to net.Conn) {
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			if !g.passes(from) {
				return
			}
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// passes waits for as long as nothing gets through, and answers whether the
// connection is still there.
func (g *gate) passes(c net.Conn) bool {
	waited := false
	for {
		g.mu.Lock()
		state, change, there := g.state, g.change, g.conns[c]
		g.mu.Unlock()
		switch {
		case !there || state == cut:
			return false
		case state == open || state == sluggish && waited:
			return true
		case state == sluggish:
			waited = true
			time.Sleep(late) // it is what the network does, and hides nothing
		default:
			<-change
		}
	}
}
