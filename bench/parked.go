package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// quiet is how long no poll may be answered before all are taken to be parked.
	quiet = time.Second
	// parkLimit is how long the polls may take to come to rest.
	parkLimit = 2 * time.Minute
	// dialWorkers is how many connections are opened at once, well within the
	// backlog of a listener.
	dialWorkers = 64
	// restSamples and restInterval spread the samples of a server's memory over
	// four seconds, all well within the hold of the polls.
	restSamples  = 40
	restInterval = 100 * time.Millisecond
)

// lot is a number of polls that are kept open at a server.
type lot struct {
	open       atomic.Int64 // polls sent and not answered
	lastAnswer atomic.Int64 // when, as time since start
	start      time.Time
}

// seat is a poll to be parked, and the position it starts from.
type seat struct {
	poll call
	ack  int64
}

// park sends all polls, each on a connection of its own, and sends each again
// whenever it is answered. It calls parked once all are open and nothing was
// answered for a while, and afterwards hangs up.
func park(ctx context.Context, host string, dial dialer, seats []seat, parked func() error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		l       = &lot{start: time.Now()}
		polling sync.WaitGroup
		closing atomic.Bool
		conns   = make([]net.Conn, len(seats))
	)
	hangUp := func() {
		closing.Store(true)
		for _, conn := range conns {
			if conn == nil {
				continue
			}
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0) // leave no port waiting: the next round needs thousands
			}
			conn.Close()
		}
		polling.Wait()
	}
	defer hangUp()

	err := each(ctx, len(seats), dialWorkers, func(ctx context.Context, i int) error {
		conn, err := dial(ctx, i)
		if err != nil {
			return err
		}
		conns[i] = conn
		polling.Go(func() {
			if err := l.keepPolling(newWire(conn), seats[i].poll.layOut(host), seats[i].ack); !closing.Load() {
				cancel(fmt.Errorf("parked poll %d: %w", i, err))
			}
		})
		return nil
	})
	if err != nil {
		return err
	}
	if err := l.settle(ctx, int64(len(seats))); err != nil {
		return err
	}
	err = parked()
	return errors.Join(context.Cause(ctx), err)
}

// keepPolling polls until the connection ends.
func (l *lot) keepPolling(w *wire, poll *request, ack int64) error {
	for serial := int64(firstSerial); ; serial++ {
		l.open.Add(1)
		if err := w.send(poll.bytes(serial, ack)); err != nil {
			return err
		}
		got, err := w.receive()
		if err != nil {
			return err
		}
		l.open.Add(-1)
		l.lastAnswer.Store(int64(time.Since(l.start)))
		ack = max(ack, got.last)
	}
}

// settle waits until n polls are open and have been left alone for a while.
func (l *lot) settle(ctx context.Context, n int64) error {
	ctx, cancel := context.WithTimeout(ctx, parkLimit)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			last := time.Duration(l.lastAnswer.Load())
			if l.open.Load() == n && time.Since(l.start)-last >= quiet {
				return nil
			}
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return fmt.Errorf("only %d of %d polls are parked after %v: the server goes on answering them", l.open.Load(), n, parkLimit)
			}
			return context.Cause(ctx)
		}
	}
}

// residentAtRest samples a server's memory for some seconds, in which garbage is
// given back, and returns the median in bytes.
func residentAtRest(ctx context.Context, p *process) (int64, error) {
	samples := make([]int64, restSamples)
	for i := range samples {
		wait(ctx, restInterval)
		var err error
		if samples[i], err = p.resident(); err != nil {
			return 0, err
		}
	}
	return median(samples), context.Cause(ctx)
}
