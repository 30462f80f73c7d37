package auth

import (
	"fmt"
	"math"
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

// How many passwords an address may have computed. Pairs that are remembered
// cost nothing, so these meet only log-ins that are new or wrong.
const (
	// failuresAtOnce lets a person mistype, and a machine with an old password
	// be noticed; then a guess each failureEvery makes 43,200 a day, too few to
	// find a password that is not on everybody's list.
	failuresAtOnce = 10
	failureEvery   = 2 * time.Second

	// computationsAtOnce lets a whole contact centre behind one address log in
	// at the same moment, three times over. Afterwards one each computationEvery
	// is enough for 1,500 accounts that come back whenever they are forgotten,
	// and leaves other addresses at least half of the one core.
	computationsAtOnce = 1000
	computationEvery   = 200 * time.Millisecond
)

// LimitedError says that a log-in was not looked at, because too many came from
// its address or from everywhere. It tells nothing about the password.
type LimitedError struct {
	// RetryAfter is when to try again, in whole seconds, at least one.
	RetryAfter time.Duration
}

func (e *LimitedError) Error() string {
	return fmt.Sprintf("too many requests from this address: try again in %d seconds", int(e.RetryAfter/time.Second))
}

// budget is what one network may still have computed.
type budget struct {
	all, failed *rate.Limiter
}

func newBudget() *budget {
	return &budget{
		all:    rate.NewLimiter(rate.Every(computationEvery), computationsAtOnce),
		failed: rate.NewLimiter(rate.Every(failureEvery), failuresAtOnce),
	}
}

// check answers nil when the network may have a password computed, which costs
// nothing yet, or a *LimitedError.
func (b *budget) check(now time.Time) error {
	if wait := max(untilOne(b.all, now), untilOne(b.failed, now)); wait > 0 {
		return &LimitedError{RetryAfter: wait}
	}
	return nil
}

// untilOne is how long it takes until l has one to give, in whole seconds as
// Retry-After has them.
func untilOne(l *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - l.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	return time.Duration(math.Ceil(missing/float64(l.Limit()))) * time.Second
}

// network is the part of an address that one party is likely to hold: an IPv4
// address, or the 64 bits of an IPv6 address in which a host chooses the rest.
func network(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if !a.Is6() {
		return a
	}
	prefix, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return prefix.Addr()
}
