package link

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"usher/client"
)

// After a failure the next try comes after half a second, then twice that and so
// on up to fifteen seconds: soon enough that a restart is hardly noticed, seldom
// enough that a thousand clients do not hinder it.
const (
	firstWait = 500 * time.Millisecond
	lastWait  = 15 * time.Second
)

// A server remembers the messageId of a post for ten minutes. A repeat after
// that could be delivered twice, so there is none.
const repeatWindow = 9 * time.Minute

// Backoff is the wait between tries. The zero value is ready.
type Backoff struct {
	failures int
}

// Next is how long to wait after one more failure: what the server asked for
// with Retry-After, else twice as long as before; moved by a fifth at random, so
// that clients that were cut off together do not come back together. It is
// never less than what the server asked for.
func (b *Backoff) Next(err error) time.Duration {
	wait := min(firstWait<<min(b.failures, 16), lastWait)
	b.failures++
	if e, ok := errors.AsType[*client.Error](err); ok && e.RetryAfter > 0 {
		return e.RetryAfter + rand.N(e.RetryAfter/5+1)
	}
	return wait*4/5 + rand.N(wait*2/5)
}

// Retry calls post until it succeeds or fails for good: a lost connection, 429,
// 502, 503 and 504 are tried again, up to the end of ctx or of the time in which
// the server knows a repeat from a new post.
func Retry(ctx context.Context, post func(context.Context) error) error {
	deadline := time.Now().Add(repeatWindow)
	var b Backoff
	for {
		err := post(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return stopped(ctx, err)
		case !busy(err, false):
			return err
		}
		wait := b.Next(err)
		if time.Now().Add(wait).After(deadline) {
			return fmt.Errorf("give up after %v: %w", repeatWindow, err)
		}
		if sleep(ctx, wait) != nil {
			return stopped(ctx, err)
		}
	}
}

// stopped is the error of tries that ended with their context.
func stopped(ctx context.Context, last error) error {
	return fmt.Errorf("%w (last try: %w)", context.Cause(ctx), last)
}

// sleep waits, or answers the cause of ctx's end.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
