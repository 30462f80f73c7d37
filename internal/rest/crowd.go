package rest

import (
	"net/netip"
	"sync"

	"usher/internal/auth"
)

// crowd bounds what each network has under way at once.
type crowd struct {
	most    int
	trusted []netip.Prefix

	mu     sync.Mutex
	within map[netip.Addr]int // never 0, so it is no larger than what is under way
}

func newCrowd(most int, trusted []netip.Prefix) *crowd {
	return &crowd{most: most, trusted: trusted, within: make(map[netip.Addr]int)}
}

// enter answers whether one more of this address may come in. What is counted must
// be handed to leave, once.
func (c *crowd) enter(a netip.Addr) (counted netip.Addr, ok bool) {
	if exempt(c.trusted, a) {
		return netip.Addr{}, true
	}
	n := auth.Network(a)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.within[n] >= c.most {
		return netip.Addr{}, false
	}
	c.within[n]++
	return n, true
}

func (c *crowd) leave(counted netip.Addr) {
	if !counted.IsValid() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.within[counted]--; c.within[counted] == 0 {
		delete(c.within, counted)
	}
}
