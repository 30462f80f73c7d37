package auth

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// paceTracked is how many keys a Pace remembers, some 2 MB of them. Who comes
// from more networks than that has as many allowances anyway.
const paceTracked = 10_000

// Pace limits how often something is done for strangers, for each key by itself:
// a network that asks, or a site that is asked. An allowance that was used up
// comes back by and by.
type Pace[K comparable] struct {
	every  time.Duration
	atOnce int

	mu   sync.Mutex
	keys *recent[K, *rate.Limiter]
}

// NewPace answers a Pace that allows each key atOnce at first, and then one in
// every.
func NewPace[K comparable](every time.Duration, atOnce int) *Pace[K] {
	return &Pace[K]{every: every, atOnce: atOnce, keys: newRecent[K, *rate.Limiter](paceTracked)}
}

// Take answers nil when k may go on, or a *LimitedError, which uses nothing up.
func (p *Pace[K]) Take(k K) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.keys.get(k)
	if !ok {
		l = rate.NewLimiter(rate.Every(p.every), p.atOnce)
	}
	p.keys.put(k, l)
	now := time.Now()
	if l.AllowN(now, 1) {
		return nil
	}
	return &LimitedError{RetryAfter: untilOne(l, now)}
}

// Tracked answers how many keys are remembered.
func (p *Pace[K]) Tracked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.keys.entries)
}

// Network is the part of an address that limits count by: what one party is
// likely to hold, an IPv4 address or the first 64 bits of an IPv6 one. It answers
// no address for none.
func Network(a netip.Addr) netip.Addr { return network(a) }
