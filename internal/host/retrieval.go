package host

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"usher/internal/host/machine"
	"usher/internal/site"
)

// Evidence tells whether an answer that was written has arrived.
type Evidence interface {
	Verdict() machine.Verdict
}

// Retrieval is one answered retrieval. Whoever writes it to the client says
// with Sent or Failed what became of it; until then it counts as on its way.
type Retrieval struct {
	// Client is whose session it is; 0 when the hold was over before the site
	// could be asked.
	Client site.ClientID
	// Batch is what to hand out; an empty one is the time-out.
	Batch site.Batch

	poll     machine.Poll
	came     time.Duration // when it began to wait
	done     chan struct{}
	evidence atomic.Pointer[Evidence]
}

// Sent tells that the whole answer was handed to the connection, and who can
// tell whether it arrived.
func (r *Retrieval) Sent(e Evidence) { r.evidence.Store(&e) }

// Failed tells that the answer could not be written.
func (r *Retrieval) Failed() { r.Sent(failed{}) }

type failed struct{}

func (failed) Verdict() machine.Verdict { return machine.Lost }

func (r *Retrieval) verdict() machine.Verdict {
	if e := r.evidence.Load(); e != nil {
		return (*e).Verdict()
	}
	return machine.NotYet
}

// Retrieve waits for system messages of the caller's session: until there are
// some, the site's hold is over, a newer retrieval takes its place, or ctx ends,
// which means that the client has gone away. within, if it is not 0, is the longest
// that it may wait. Errors are as Do's.
func (h *Host) Retrieve(ctx context.Context, name string, c site.Caller, n machine.Numbers, within time.Duration) (*Retrieval, error) {
	k, err := h.keeper(name)
	if errors.Is(err, machine.ErrStopping) {
		return &Retrieval{}, nil // the time-out at once, as those get it that are held
	}
	if err != nil {
		return nil, err
	}
	r := &Retrieval{done: make(chan struct{})}
	r.poll = machine.Poll{Caller: c, Numbers: n, Within: within, Tag: r}
	k.input(func(m *machine.Machine, now time.Duration) {
		r.came = now
		m.Poll(now, &r.poll)
	})
	select {
	case <-r.done:
	case <-ctx.Done():
		// An answer given at this very moment was never written: it is Lost.
		r.Failed()
		k.input(func(m *machine.Machine, now time.Duration) { m.PollGone(now, &r.poll) })
		return nil, context.Cause(ctx)
	}
	if r.poll.Err != nil {
		return nil, r.poll.Err
	}
	r.Client, r.Batch = r.poll.Client, r.poll.Batch
	return r, nil
}
