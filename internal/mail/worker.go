package mail

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

const (
	// interval is how often the outbox is looked at, and how long to wait before
	// an outcome that could not be recorded is recorded again.
	interval = 10 * time.Second
	// atOnce bounds the letters under way. Mail servers turn away those who open
	// many connections.
	atOnce = 4
	// maxKnown bounds the letters under way and those whose outcome the outbox
	// does not take. A restart would send each of these a second time, so with so
	// many of them nothing more is sent.
	maxKnown = 100
	// letterLimit bounds composing and sending one letter.
	letterLimit = 2 * time.Minute
	// outboxLimit bounds a call of the outbox.
	outboxLimit = 10 * time.Second
	// finishIn is how long after a stop a letter may still be sent, and recordIn
	// how long its outcome may still be recorded.
	finishIn = 2 * time.Second
	recordIn = 4 * time.Second
)

var errStopping = errors.New("given up because the server stops")

// Worker empties an outbox.
type Worker struct {
	outbox  Outbox
	compose func(context.Context, Pending) (Letter, error)
	send    func(context.Context, Letter) error
	log     *slog.Logger
	wake    chan struct{}
}

// NewWorker answers a Worker that does nothing before it runs.
//
// compose makes the letter when it is sent: the outbox need not keep its text.
// An error of compose is temporary unless it is ErrRefused. send is Send of a
// Sender, with the same two kinds of errors. Both heed ctx. What their errors say
// is told to the outbox as the reason and, but for a Sender's own, which hold
// neither text nor recipient, logged nowhere.
func NewWorker(o Outbox, compose func(context.Context, Pending) (Letter, error), send func(context.Context, Letter) error, log *slog.Logger) *Worker {
	return &Worker{outbox: o, compose: compose, send: send, log: log, wake: make(chan struct{}, 1)}
}

// Wake lets the worker look at the outbox at once. It never waits.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run sends what is due until ctx ends: at once, every 10 s and after Wake, at
// most 4 letters at a time. It runs once at a time.
//
// In one process a letter that was accepted is sent once, also when the outbox
// could not record it: that is tried again every 10 s, without sending. When ctx
// ends, letters under way have 2 s, what became of them is recorded, and Run
// returns within 4 s. What could not be recorded until then is sent again by the
// next process, under the same Message-ID.
func (w *Worker) Run(ctx context.Context) {
	sending, stopSending := outlast(ctx, finishIn)
	defer stopSending()
	recording, stopRecording := outlast(ctx, recordIn)
	defer stopRecording()
	r := &run{
		Worker: w, ctx: ctx, sending: sending, recording: recording,
		known: map[letterKey]bool{}, reports: make(chan report),
	}
	every := time.NewTicker(interval)
	defer every.Stop()
	more := r.look()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-every.C:
			more = r.look()
		case <-w.wake:
			more = r.look()
		case p := <-r.reports:
			r.take(p)
			if more {
				more = r.look()
			}
		}
	}
	for len(r.known) > 0 {
		r.take(<-r.reports)
	}
}

// outlast answers a context that ends d after ctx does.
func outlast(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(d):
			cancel(errStopping)
		case <-longer.Done():
		}
	})
	return longer, func() {
		unhook()
		cancel(nil)
	}
}

// run is what one Run knows. Only Run's goroutine touches busy and known, and it
// asks the outbox itself: an answer of Due that names a letter is looked at
// before a report can strike that letter off.
type run struct {
	*Worker
	ctx, sending, recording context.Context

	busy    int // letters being composed, sent or recorded for the first time
	known   map[letterKey]bool
	reports chan report
}

type letterKey struct {
	site   string
	number int64
}

// report is a delivery's word to the loop.
type report struct {
	letter letterKey
	free   bool // another letter may be started
	over   bool // the outbox has recorded this one, or the run ends
}

func (r *run) take(p report) {
	if p.free {
		r.busy--
	}
	if p.over {
		delete(r.known, p.letter)
	}
}

// look starts what is due, as much as there is room for. It reports whether more
// may be due.
func (r *run) look() bool {
	room := min(atOnce-r.busy, maxKnown-len(r.known))
	if room <= 0 || r.ctx.Err() != nil {
		return true
	}
	ctx, cancel := context.WithTimeout(r.ctx, outboxLimit)
	defer cancel()
	// Those that are known must not keep others from being seen.
	n := len(r.known) + room
	due, err := r.outbox.Due(ctx, n)
	if r.ctx.Err() != nil {
		return true
	}
	if err != nil {
		r.log.Error("the outbox does not say what is due; asking again", "err", err, "in", interval)
		return false
	}
	for _, p := range due {
		key := letterKey{p.Site, p.Number}
		if r.known[key] {
			continue
		}
		if room == 0 {
			return true
		}
		r.known[key] = true
		r.busy++
		room--
		go r.deliver(key, p)
	}
	return len(due) >= n
}
