package sim

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// Failure is a run in which a promise was broken.
type Failure struct {
	Seed  uint64
	Steps int
	Err   error
}

// Error says what was broken, what happened before, and how to see it again.
func (f *Failure) Error() string {
	return fmt.Sprintf("%v\nto see it again: go run ./internal/sim/cmd/simulate --seed %d --steps %d", f.Err, f.Seed, f.Steps)
}

// Unwrap answers what was broken.
func (f *Failure) Unwrap() error { return f.Err }

// RunMany runs the seeds from first on, on all cores, and answers the sum of their
// reports and how many ran. When one fails it begins no other, and the error is a
// *Failure, that of the lowest seed that was found to fail. each, which may be nil,
// is told how many have run.
func RunMany(first, count uint64, steps int, each func(ran int)) (sum Report, ran int, err error) {
	return runMany(first, count, steps, each, Run)
}

func runMany(first, count uint64, steps int, each func(ran int), run func(uint64, int) (Report, error)) (sum Report, ran int, err error) {
	var (
		next   atomic.Uint64
		failed atomic.Bool
		mu     sync.Mutex
		wg     sync.WaitGroup
		lowest *Failure
	)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < count && !failed.Load(); i = next.Add(1) - 1 {
				r, err := run(first+i, steps)
				mu.Lock()
				sum.Add(r)
				ran++
				if err != nil && (lowest == nil || first+i < lowest.Seed) {
					failed.Store(true)
					lowest = &Failure{first + i, steps, err}
				}
				if each != nil {
					each(ran)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if lowest != nil {
		return sum, ran, lowest
	}
	return sum, ran, nil
}
