package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"
)

// maxWhy bounds the reason that an outbox is told, in bytes: it keeps it.
const maxWhy = 300

var errPanicked = errors.New("panicked; the log has the stack")

// deliver tries a letter once, and lets the outbox record what became of it
// until it does. The try after ctx has ended is the last.
func (r *run) deliver(key letterKey, p Pending) {
	log := r.log.With("site", p.Site, "number", p.Number, "attempt", p.Attempt)
	outcome, why := r.try(log, p)
	for first := true; ; first = false {
		last := r.ctx.Err() != nil
		err := r.record(log, p, outcome, why)
		if err != nil {
			log.Error("a letter's outcome is not recorded", "outcome", outcome, "err", err, "again", !last)
		}
		over := err == nil || last
		r.reports <- report{letter: key, free: first, over: over}
		if over {
			return
		}
		select {
		case <-time.After(interval):
		case <-r.ctx.Done():
		}
	}
}

// try composes and sends a letter, and logs what became of it.
func (r *run) try(log *slog.Logger, p Pending) (o Outcome, why string) {
	ctx, cancel := context.WithTimeout(r.sending, letterLimit)
	defer cancel()
	began := time.Now()
	var l Letter
	err := guard(log, func() (err error) {
		l, err = r.compose(ctx, p)
		return err
	})
	if err != nil {
		err = fmt.Errorf("compose the letter: %w", err)
	} else {
		err = guard(log, func() error { return r.send(ctx, l) })
	}
	level := slog.LevelWarn
	switch {
	case err == nil:
		o, level = Sent, slog.LevelInfo
	case errors.Is(err, ErrRefused):
		o = Refused
	default:
		o = Failed
	}
	args := []any{"outcome", o, "took", time.Since(began)}
	if f, ok := errors.AsType[*failure](err); ok {
		args = append(args, "why", f)
	}
	log.Log(ctx, level, "letter", args...)
	return o, reason(err)
}

// record tells the outbox, also when the run has just ended.
func (r *run) record(log *slog.Logger, p Pending, o Outcome, why string) error {
	ctx, cancel := context.WithTimeout(r.recording, outboxLimit)
	defer cancel()
	return guard(log, func() error { return r.outbox.Done(ctx, p, o, why) })
}

// guard makes an error of a panic. What it panicked with may quote the letter, so
// it stands nowhere.
func guard(log *slog.Logger, run func() error) (err error) {
	defer func() {
		if recover() != nil {
			log.Error("a letter panicked", "stack", string(debug.Stack()))
			err = errPanicked
		}
	}()
	return run()
}

// reason is what the outbox keeps of an error.
func reason(err error) string {
	if err == nil {
		return ""
	}
	s := err.Error()
	if len(s) > maxWhy {
		s = s[:maxWhy]
	}
	return strings.ToValidUTF8(s, "")
}
