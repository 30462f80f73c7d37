package pool

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"usher/internal/journal/pgtest"
	"usher/test/binary"
	"usher/test/kill/crowd"
)

// node is one place where usher runs, and runs again under the same name and address.
type node struct {
	name    string
	dir     string
	address string // host:port
	options []string
	gate    *gate // to the database
	running *binary.Server
	up      bool // it is meant to answer
}

// newNode prepares a node that does not run yet.
func (p *pool) newNode(t *testing.T) *node {
	t.Helper()
	n := &node{name: fmt.Sprintf("n%d", len(p.nodes)+1)}
	n.dir = filepath.Join(p.dir, n.name)
	if err := os.Mkdir(n.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	database, err := url.Parse(p.database)
	if err != nil {
		t.Fatal(err)
	}
	n.gate = newGate(t, database.Host)
	database.Host = n.gate.address()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n.address = l.Addr().String()
	l.Close() // the node listens there, now and after each restart
	n.options = []string{"--data", "data", "--database", database.String(), "--node", n.name, "--listen", n.address,
		"--lease", lease.String(), "--demo", "--demo-bot=false"}
	p.nodes = append(p.nodes, n)
	return n
}

// launch starts the process, and does not wait until it answers.
func (n *node) launch(t *testing.T) {
	t.Helper()
	var err error
	if n.running, err = binary.Start(program, n.dir, os.Environ(), n.options...); err != nil {
		t.Fatal(err)
	}
}

// answers waits until it answers.
func (n *node) answers(t *testing.T) {
	t.Helper()
	if err := n.running.Wait(); err != nil {
		t.Fatal(err)
	}
	n.up = true
}

// pool is nodes over one database, those who talk to them, and what is seen of it.
type pool struct {
	dir      string
	server   *pgtest.Server
	database string
	nodes    []*node
	random   *rand.Rand
	watch    watch
	front    *crowd.Front
	people   []*crowd.Crowd
	dials    []*dial
	times    times
	cuts     int // how often a node was cut off
	proofs   int // those that showed something: the node answered until its lease was over
}

// live answers the nodes that are meant to answer.
func (p *pool) live() []*node {
	var live []*node
	for _, n := range p.nodes {
		if n.up {
			live = append(live, n)
		}
	}
	return live
}

// stopped answers a node that does not run.
func (p *pool) stopped() *node {
	return p.nodes[slices.IndexFunc(p.nodes, func(n *node) bool { return !n.up })]
}

// any answers one of the live nodes.
func (p *pool) any() *node {
	live := p.live()
	return live[p.random.IntN(len(live))]
}

// join starts nodes until so many run, all at once.
func (p *pool) join(t *testing.T, most int) {
	t.Helper()
	var new []*node
	for i := len(p.live()); i < most; i++ {
		n := p.stopped()
		n.up = true // so that the next one is another
		new = append(new, n)
		n.launch(t)
	}
	for _, n := range new {
		n.answers(t)
		p.watch.back(n.address)
	}
	p.point()
}

// point lets the front lead to the live nodes.
func (p *pool) point() {
	var to []string
	for _, n := range p.live() {
		to = append(to, n.address)
	}
	p.front.Set(to...)
}

// stop stops a node in good order, which has to end well and in time.
func (p *pool) stop(t *testing.T, n *node) {
	t.Helper()
	n.up = false
	p.watch.away(n.address)
	if err := n.running.Stop(); err != nil {
		t.Errorf("stop node %s: %.1000s", n.name, err)
		n.running.Kill()
	}
	p.point()
}

// close ends what is left.
func (p *pool) close() {
	for _, n := range p.nodes {
		if n.running != nil {
			n.running.Kill()
		}
	}
}

// settled waits until every site carries commands out, and is read at every live
// node, by requests that began after a time.
func (p *pool) settled(t *testing.T, since time.Time) {
	t.Helper()
	end := time.Now().Add(time.Minute)
	for _, d := range p.dials {
		for !d.well(p.live(), since) {
			if time.Now().After(end) {
				t.Fatalf("site %s does not come back: %s", d.site, d.missing(p.live(), since))
			}
			time.Sleep(5 * time.Millisecond) // it is asked again, not hoped for
		}
	}
}
