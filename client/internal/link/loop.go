package link

import (
	"context"
	"errors"
	"time"
)

// An empty answer that comes sooner than this was not held: two programs poll
// the same session, or the server is stopping. Asking again at once would spin.
const heldAtLeast = time.Second

// So many answers in a row that hold only what was acknowledged mean that the
// server's numbers went back; one can be a proxy's fault.
const maxStale = 3

// Batch is what one retrieval brought.
type Batch[M any] struct {
	Messages []M
	// Last is the mailbox number of the last durable message, 0 if there is none.
	Last int64
	// Empty is set when the hold ended with nothing; a batch of messages that
	// this program does not know is not empty.
	Empty bool
	// Final is set when no further message can come.
	Final bool
}

// Run is the retrieval loop: one poll at a time, each batch handed over in
// order, and acknowledged (with the next request) only after handle returned for
// all of it. A batch during which handle failed, or ctx ended, comes again when
// Run is called again.
//
// Failures that pass are waited out. Run ends with nil after a final batch, with
// the cause of ctx's end, with handle's error, or with the server's refusal.
func Run[M any](ctx context.Context, l *Link, poll func(context.Context) (Batch[M], error), handle func(context.Context, M) error) error {
	if !l.running.CompareAndSwap(false, true) {
		return errors.New("the session is being retrieved already: call Run once at a time")
	}
	defer l.running.Store(false)

	var backoff Backoff
	stale := 0
	for ctx.Err() == nil {
		began := time.Now()
		batch, err := poll(ctx)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && !busy(err, true):
			return err
		case err == nil && batch.Last != 0 && batch.Last <= l.acked.Load():
			if stale++; stale == maxStale {
				return errors.New("the server's message numbers went back: open a new session")
			}
		case err == nil:
			stale = 0
		}
		if err != nil || stale > 0 || batch.Empty && time.Since(began) < heldAtLeast {
			if err := sleep(ctx, backoff.Next(err)); err != nil {
				return err
			}
			continue
		}
		backoff = Backoff{}
		for _, m := range batch.Messages {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := handle(ctx, m); err != nil {
				return err
			}
		}
		if batch.Last != 0 {
			l.acked.Store(batch.Last)
		}
		if batch.Final {
			return nil
		}
	}
	return context.Cause(ctx)
}
