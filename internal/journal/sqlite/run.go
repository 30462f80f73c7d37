package sqlite

import (
	"context"
	"fmt"

	"usher/internal/journal"
)

// job is something that the writing goroutine does between two commits.
type job struct {
	run  func() error
	done chan<- error
}

// Append queues a for the next commit.
func (j *Journal) Append(a journal.Append) {
	j.mu.Lock()
	closed := j.closed
	if !closed {
		j.queue = append(j.queue, a)
	}
	j.mu.Unlock()
	if closed {
		go a.Done(errClosed) // not here: the caller may hold what Done needs
		return
	}
	j.signal()
}

// do runs fn on the writing goroutine, between two commits, and answers its
// error. When ctx ends first, fn may still run.
func (j *Journal) do(ctx context.Context, fn func() error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for the journal: %w", err)
	}
	done := make(chan error, 1)
	j.mu.Lock()
	closed := j.closed
	if !closed {
		j.jobs = append(j.jobs, job{fn, done})
	}
	j.mu.Unlock()
	if closed {
		return errClosed
	}
	j.signal()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait for the journal: %w", ctx.Err())
	}
}

func (j *Journal) signal() {
	select {
	case j.wake <- struct{}{}:
	default: // a token is there already
	}
}

// run is the writing goroutine. Jobs go before appends, so that a RaiseEpoch
// shuts out what is not taken yet.
func (j *Journal) run() {
	for range j.wake {
		for {
			j.mu.Lock()
			queue, jobs, closed := j.queue, j.jobs, j.closed
			j.queue, j.jobs = nil, nil
			j.mu.Unlock()
			if closed {
				for _, jb := range jobs {
					jb.done <- errClosed
				}
				for _, a := range queue {
					a.Done(errClosed)
				}
				j.stop()
				return
			}
			if len(queue) == 0 && len(jobs) == 0 && !j.trimming() {
				break
			}
			for _, jb := range jobs {
				jb.done <- jb.run()
			}
			if rest := j.commit(queue); len(rest) > 0 {
				j.mu.Lock()
				j.queue = append(rest, j.queue...)
				j.mu.Unlock()
			}
			j.trimPiece()
		}
	}
}

// beginRead keeps Close waiting until the caller calls j.reading.Done.
func (j *Journal) beginRead() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return errClosed
	}
	j.reading.Add(1)
	return nil
}
