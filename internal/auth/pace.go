package auth

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// What one network may ask for that costs the server a signature each: a page
// full of visitors behind one address is served, a loop that fills the server
// is not.
const (
	paceAtOnce  = 200
	paceEvery   = 50 * time.Millisecond
	paceTracked = 10_000 // networks remembered
)

// Pace limits what strangers may ask for without any password, per network.
type Pace struct {
	mu       sync.Mutex
	networks *recent[netip.Addr, *rate.Limiter]
}

// NewPace answers a Pace on which nobody has asked for anything yet.
func NewPace() *Pace { return &Pace{networks: newRecent[netip.Addr, *rate.Limiter](paceTracked)} }

// Take answers nil when the address may go on, or a *LimitedError.
func (p *Pace) Take(a netip.Addr) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := network(a)
	l, ok := p.networks.get(n)
	if !ok {
		l = rate.NewLimiter(rate.Every(paceEvery), paceAtOnce)
	}
	p.networks.put(n, l)
	now := time.Now()
	if l.AllowN(now, 1) {
		return nil
	}
	return &LimitedError{RetryAfter: untilOne(l, now)}
}
