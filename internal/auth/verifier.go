package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

const (
	// rememberFor is how long a log-in once verified is known without computing.
	// Bootstrap calls come with each visitor, so their account would otherwise
	// cost a core. A changed password does not wait for it.
	rememberFor = 5 * time.Minute
	// maxRemembered bounds those log-ins: more accounts than log in within
	// rememberFor, in about 2 MiB.
	maxRemembered = 10_000
	// maxNetworks bounds the networks whose computations are counted, in about
	// 5 MiB. Who commands more of them has no need to have one forgotten.
	maxNetworks = 10_000
	// maxWaiting bounds the callers that wait for a computation. At 20 or so a
	// second, the last of them waits about as long as a client does.
	maxWaiting = 512
	// lineRetry is what a caller is told who finds that many in front.
	lineRetry = 5 * time.Second
)

// ErrWrong says that there is no such login or that its password is another
// one, never which.
var ErrWrong = errors.New("the login or the password is wrong")

// Attempt is one try to log in.
type Attempt struct {
	Site, Login, Password string
	// Hash is the PHC string stored for the login, "" when there is no such login.
	Hash string
	// Address is the peer that tries. Attempts without one count as from one address.
	Address netip.Addr
}

// String leaves the password and its hash out, so that an Attempt in a log
// gives nothing away.
func (a Attempt) String() string {
	return fmt.Sprintf("log-in of %q at site %q from %s", a.Login, a.Site, a.Address)
}

// GoString is String, for the same reason.
func (a Attempt) GoString() string { return a.String() }

// MarshalText is String, for encoders that would look at the fields.
func (a Attempt) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Verifier checks log-ins. At most one password is computed at a time, however
// many are tried; one that was right is remembered for five minutes under a key
// that only this process has. Its methods may be called from many goroutines.
type Verifier struct {
	secret []byte                             // keys the pairs
	nobody string                             // stands in for the hash of an unknown login
	verify func(phc, pw string) (bool, error) // costly
	slot   chan struct{}                      // held by the one that computes

	mu         sync.Mutex
	remembered *recent[pair, time.Time] // until when; all live equally long, so the oldest go first
	budgets    *recent[netip.Addr, *budget]
	checks     map[origin]*check
	waiting    int // callers that wait for checks
}

// pair stands for a site, login, password and stored hash.
type pair [sha256.Size]byte

// origin is what makes attempts identical. The network belongs to it so that
// each bears its own failures.
type origin struct {
	pair    pair
	network netip.Addr
}

// check is a computation under way or in line, for all who asked the same.
type check struct {
	done    chan struct{} // closed when err is set
	err     error
	callers int
	abandon context.CancelFunc
}

// NewVerifier answers a Verifier that remembers nothing.
func NewVerifier() *Verifier {
	v := &Verifier{
		secret:     make([]byte, sha256.Size),
		nobody:     nobodysHash(),
		verify:     verify,
		slot:       make(chan struct{}, 1),
		remembered: newRecent[pair, time.Time](maxRemembered),
		budgets:    newRecent[netip.Addr, *budget](maxNetworks),
		checks:     make(map[origin]*check),
	}
	rand.Read(v.secret)
	return v
}

// Check answers nil when a's password is the one a.Hash was made from. Otherwise
// the error is ErrWrong, or a *LimitedError when too many log-ins fail or wait,
// or wraps ErrHash (a fault of ours) or the reason for which ctx ended. An
// unknown login takes as long as a known one with a wrong password.
func (v *Verifier) Check(ctx context.Context, a Attempt) error {
	if !fits(a.Password) { // no account has it, so nothing is learnt from the haste
		return ErrWrong
	}
	o := origin{pair: v.pair(a), network: network(a.Address)}
	c, err := v.join(o, a)
	if c == nil {
		return err
	}
	defer v.leave(o, c)
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
		return fmt.Errorf("wait for the password's check: %w", context.Cause(ctx))
	}
}

// join makes the caller one of those that wait for the check of a, and starts it
// if nobody did. Without a check, the error is the answer.
func (v *Verifier) join(o origin, a Attempt) (*check, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.knows(o.pair) {
		return nil, nil
	}
	if v.waiting >= maxWaiting {
		return nil, &LimitedError{RetryAfter: lineRetry}
	}
	c := v.checks[o]
	if c == nil {
		if b, ok := v.budgets.get(o.network); ok {
			if err := b.check(time.Now()); err != nil {
				return nil, err
			}
		}
		ctx, abandon := context.WithCancel(context.Background())
		c = &check{done: make(chan struct{}), err: ErrWrong, abandon: abandon}
		v.checks[o] = c
		go v.run(ctx, o, c, a)
	}
	c.callers++
	v.waiting++
	return c, nil
}

// leave is the end of join. When the last caller leaves a check that has not
// begun to compute, it never will.
func (v *Verifier) leave(o origin, c *check) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.waiting--
	if c.callers--; c.callers == 0 {
		c.abandon()
		v.forget(o, c)
	}
}

// run waits in line for the slot and settles c.
func (v *Verifier) run(ctx context.Context, o origin, c *check, a Attempt) {
	defer close(c.done)
	select {
	case v.slot <- struct{}{}:
		defer func() { <-v.slot }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return
	}
	c.err = v.compute(o, a)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.forget(o, c)
}

// compute does what Check promises, in the slot. Since it has the slot, the
// failures of all earlier attempts are counted: many at once gain nothing.
func (v *Verifier) compute(o origin, a Attempt) error {
	b, err := v.charge(o)
	if b == nil {
		return err
	}
	phc := a.Hash
	if phc == "" {
		phc = v.nobody
	}
	right, err := v.verify(phc, a.Password)
	if err != nil {
		return fmt.Errorf("check the password: %w", err)
	}
	if !right || a.Hash == "" {
		b.failed.AllowN(time.Now(), 1)
		return ErrWrong
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.remembered.put(o.pair, time.Now().Add(rememberFor))
	return nil
}

// charge takes one computation from the network's budget and answers the budget.
// Without one there is nothing to compute, and the error is the answer.
func (v *Verifier) charge(o origin) (*budget, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.knows(o.pair) { // the same came from elsewhere meanwhile
		return nil, nil
	}
	b, ok := v.budgets.get(o.network)
	if !ok {
		b = newBudget()
	}
	now := time.Now()
	if err := b.check(now); err != nil {
		return nil, err
	}
	b.all.AllowN(now, 1)
	v.budgets.put(o.network, b)
	return b, nil
}

// knows tells whether p was verified lately. Call it with mu held.
func (v *Verifier) knows(p pair) bool {
	until, ok := v.remembered.get(p)
	return ok && time.Now().Before(until)
}

// forget lets nobody join c any more. Call it with mu held.
func (v *Verifier) forget(o origin, c *check) {
	if v.checks[o] == c {
		delete(v.checks, o)
	}
}

// pair answers what a is remembered under. The stored hash is part of it, so a
// changed password is another pair.
func (v *Verifier) pair(a Attempt) pair {
	mac := hmac.New(sha256.New, v.secret)
	for _, s := range []string{a.Site, a.Login, a.Password, a.Hash} {
		mac.Write(binary.AppendUvarint(nil, uint64(len(s)))) // so that no two run together alike
		mac.Write([]byte(s))
	}
	return pair(mac.Sum(nil))
}
