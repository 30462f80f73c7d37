package host

import (
	"context"
	"fmt"
)

// Grown waits until a site's journal is durable beyond a position, or the site is not
// this host's any more. The error is ErrNoSite, one of package machine's, or the
// context's.
func (h *Host) Grown(ctx context.Context, name string, position int64) error {
	k, err := h.keeper(name)
	if err != nil {
		return err
	}
	for {
		grown, news := k.grownBeyond(position)
		if grown {
			return nil
		}
		select {
		case <-news:
		case <-k.stopped:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("wait for site %s to grow: %w", name, context.Cause(ctx))
		}
	}
}

// grownBeyond reports whether the site's journal is durable beyond a position, and
// answers what is closed when it has grown again.
func (k *keeper) grownBeyond(position int64) (bool, <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.news == nil {
		k.news = make(chan struct{})
	}
	return k.m.Durable() > position, k.news
}

// tellGrown wakes those who wait for the journal to grow; k.mu is held.
func (k *keeper) tellGrown() {
	if k.news != nil {
		close(k.news)
		k.news = nil
	}
}
