package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// warmUp is the part of a round before the measured one, in which connections
// and caches come to their ordinary state.
const warmUp = 300 * time.Millisecond

// roundLimit is how long a round may run on after its end before its connections
// are taken for dead: a poll's hold, twice.
const roundLimit = 60 * time.Second

// round is what one server did in one round of conversations.
type round struct {
	posts     int // delivered in the measured time
	window    time.Duration
	latencies []time.Duration // from the start of the post to its delivery, in order
	server    time.Duration   // processor time of the server in the measured time
	generator time.Duration   // and of this program
	others    float64         // share of all processor time that went to anything else, 0 to 1
	slowest   time.Duration   // delivery of the whole round, the parts not measured included
}

// String tells a round's figures, and what is needed to see that it was disturbed.
func (r round) String() string {
	return fmt.Sprintf("%.0f posts/s (%.0f µs server CPU, slowest %.0f ms, %.0f %% of CPU to others)",
		r.postsPerSecond(), r.serverMicros(), milliseconds(r.slowest), 100*r.others)
}

func (r round) postsPerSecond() float64 { return float64(r.posts) / r.window.Seconds() }
func (r round) p50() float64            { return milliseconds(percentile(r.latencies, 50)) }
func (r round) p99() float64            { return milliseconds(percentile(r.latencies, 99)) }

// serverMicros and generatorMicros are microseconds of processor time a post.
func (r round) serverMicros() float64 {
	return ratio(float64(r.server)/float64(time.Microsecond), float64(r.posts))
}

func (r round) generatorMicros() float64 {
	return ratio(float64(r.generator)/float64(time.Microsecond), float64(r.posts))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// The phases of a round.
const (
	warming int32 = iota
	measuring
	ending
)

// measure lets conversations talk with the server p for a while and reports what
// came of it.
func measure(ctx context.Context, p *process, dial dialer, conversations []*conversation, window time.Duration) (round, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		phase     atomic.Int32
		talking   sync.WaitGroup
		latencies = make([][]time.Duration, len(conversations))
		slowest   = make([]time.Duration, len(conversations))
		hangUps   []func()
	)
	defer func() {
		for _, hangUp := range hangUps {
			hangUp()
		}
	}()
	deadline := time.Now().Add(warmUp + window + roundLimit)
	type pair struct{ visitor, agent *wire }
	pairs := make([]pair, len(conversations))
	for i, c := range conversations {
		visitor, agent, hangUp, err := c.connect(ctx, i, dial)
		if err != nil {
			return round{}, err
		}
		hangUps = append(hangUps, hangUp)
		if err := errors.Join(visitor.conn.SetDeadline(deadline), agent.conn.SetDeadline(deadline)); err != nil {
			return round{}, fmt.Errorf("set a deadline: %w", err)
		}
		pairs[i] = pair{visitor, agent}
	}
	for i, c := range conversations {
		talking.Go(func() {
			more := func() bool { return phase.Load() != ending }
			delivered := func(d time.Duration) {
				slowest[i] = max(slowest[i], d)
				if phase.Load() == measuring {
					latencies[i] = append(latencies[i], d)
				}
			}
			if err := c.run(p.host, pairs[i].visitor, pairs[i].agent, more, delivered); err != nil {
				cancel(fmt.Errorf("conversation %d: %w", i, err)) // the first one counts; the others fail of it
			}
		})
	}

	wait(ctx, warmUp)
	r, err := p.meter(func() {
		phase.Store(measuring)
		wait(ctx, window)
		phase.Store(ending)
	})
	talking.Wait()
	if err := errors.Join(context.Cause(ctx), err); err != nil {
		return round{}, err
	}
	r.latencies = slices.Concat(latencies...)
	slices.Sort(r.latencies)
	r.posts = len(r.latencies)
	r.slowest = slices.Max(slowest)
	return r, nil
}

// meter reports how long work took, and what processor time meanwhile.
func (p *process) meter(work func()) (round, error) {
	server, err1 := p.cpu()
	own, err2 := ownCPU()
	busy, stolen, all, err3 := machineCPU()
	start := time.Now()
	work()
	r := round{window: time.Since(start)}
	serverAfter, err4 := p.cpu()
	ownAfter, err5 := ownCPU()
	busyAfter, stolenAfter, allAfter, err6 := machineCPU()
	r.server, r.generator = serverAfter-server, ownAfter-own
	others := busyAfter - busy - r.server - r.generator + stolenAfter - stolen
	r.others = max(0, ratio(float64(others), float64(allAfter-all)))
	return r, errors.Join(err1, err2, err3, err4, err5, err6)
}

// wait waits for d, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
