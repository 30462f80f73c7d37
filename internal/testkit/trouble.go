package testkit

import "time"

// What may become of a Pool's nodes, their lines and their way to the journal.

// Kill ends a node where it stands: nothing more of it reaches a client, another node
// or the journal. Its lease stays.
func (p *Pool) Kill(i int) {
	n := p.node(i)
	n.store.change(func() { n.store.dead = true })
	if p.lan != nil {
		p.lan.hold(n.at.Addr())
		p.lan.cut(n.at.Addr())
	}
	n.server.Close()
	if p.lan != nil {
		p.lan.letGo(n.at.Addr())
	}
	n.closing()
	n.transport.CloseIdleConnections()
	n.up.Store(false)
}

// Pause lets a node neither send nor read, nor write to the journal, until Resume. It
// believes what it believed before.
func (p *Pool) Pause(i int) {
	n := p.node(i)
	n.store.change(func() { n.store.held = make(chan struct{}) })
	p.lan.hold(n.at.Addr())
}

// Resume lets a paused node go on.
func (p *Pool) Resume(i int) {
	n := p.node(i)
	n.store.change(func() {
		if n.store.held != nil {
			close(n.store.held)
			n.store.held = nil
		}
	})
	p.lan.letGo(n.at.Addr())
}

// StoreAway says whether the journal's database is away, for all nodes.
func (p *Pool) StoreAway(away bool) {
	for i := range p.all() {
		p.StoreAwayFor(i, away)
	}
}

// StoreAwayFor says whether one node is cut off from the database.
func (p *Pool) StoreAwayFor(i int, away bool) {
	s := p.node(i).store
	s.change(func() { s.away = away })
}

// SlowStore says how long every append takes: half of it before the journal has it.
func (p *Pool) SlowStore(d time.Duration) {
	for _, n := range p.all() {
		n.store.change(func() { n.store.slow = d })
	}
}

// CutClients breaks the connections that clients have to a node.
func (p *Pool) CutClients(i int) {
	for _, x := range p.lan.of(p.node(i).at.Addr(), func(x *line) bool { return !isNode(x.there.Addr()) }) {
		x.Close()
	}
}

// Deaden lets whatever a node sends on its connections to others get nowhere, without
// anybody having been told yet.
func (p *Pool) Deaden(i int) {
	for _, x := range p.lan.of(p.node(i).at.Addr(), func(x *line) bool { return !x.accepted }) {
		x.mu.Lock()
		x.dead = true
		x.mu.Unlock()
	}
}

// Tardy lets whatever a node writes to its clients be over d after it arrived.
func (p *Pool) Tardy(i int, d time.Duration) {
	p.lan.mu.Lock()
	defer p.lan.mu.Unlock()
	p.lan.tardy[p.node(i).at.Addr()] = d
}

// CutAnswer breaks the next answer of a node to another one off after some bytes.
func (p *Pool) CutAnswer(i, bytes int) {
	p.lan.mu.Lock()
	defer p.lan.mu.Unlock()
	p.lan.short[p.node(i).at.Addr()] = bytes
}
