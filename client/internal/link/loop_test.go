package link

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"usher/client"
)

// feed is a poll that answers batch after batch, and then waits for ctx's end.
type feed struct {
	link    *Link
	answers []answer
	acks    []int64         // what each poll acknowledged
	at      []time.Duration // when each poll was made
	began   time.Time
}

type answer struct {
	Batch[string]
	err  error
	held time.Duration
}

func newFeed(answers ...answer) *feed {
	return &feed{link: New(nil, "http://chat", false, "demo", ""), answers: answers, began: time.Now()}
}

func (f *feed) poll(ctx context.Context) (Batch[string], error) {
	f.acks = append(f.acks, f.link.acked.Load())
	f.at = append(f.at, time.Since(f.began))
	if len(f.answers) == 0 {
		<-ctx.Done()
		return Batch[string]{}, ctx.Err()
	}
	a := f.answers[0]
	f.answers = f.answers[1:]
	time.Sleep(a.held) // of the bubble's time
	return a.Batch, a.err
}

func batch(last int64, messages ...string) answer {
	return answer{Batch: Batch[string]{Messages: messages, Last: last}}
}

func empty(held time.Duration) answer {
	return answer{Batch: Batch[string]{Empty: true}, held: held}
}

// run runs the loop until the feed has nothing more.
func (f *feed) run(t *testing.T, handle func(string) error) error {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	return Run(ctx, f.link, f.poll, func(_ context.Context, m string) error { return handle(m) })
}

func TestRunAcknowledgesWhatWasHandled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed(batch(2, "a", "b"), batch(0, "typing"), batch(3, "c"))
		var got []string
		err := f.run(t, func(m string) error {
			got = append(got, m)
			if acked := f.link.acked.Load(); m == "b" && acked != 0 || m == "c" && acked != 2 {
				t.Errorf("%q is acknowledged up to %d while it is handled", m, acked)
			}
			return nil
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if !slices.Equal(got, []string{"a", "b", "typing", "c"}) || !slices.Equal(f.acks, []int64{0, 2, 2, 3}) {
			t.Errorf("handled %q, acknowledged %d", got, f.acks)
		}
	})
}

func TestRunDoesNotAcknowledgeWhatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed(batch(2, "a", "b"), batch(2, "a", "b"))
		crash := errors.New("crash")
		if err := f.run(t, func(m string) error { return map[string]error{"b": crash}[m] }); err != crash {
			t.Error(err)
		}
		var again []string
		_ = f.run(t, func(m string) error { again = append(again, m); return nil })
		if !slices.Equal(again, []string{"a", "b"}) || !slices.Equal(f.acks, []int64{0, 0, 2}) {
			t.Errorf("handled again %q, acknowledged %d", again, f.acks)
		}
	})
}

func TestRunStopsBetweenMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed(batch(2, "a", "b"))
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		err := Run(ctx, f.link, f.poll, func(_ context.Context, m string) error {
			if m == "b" {
				t.Error("handled after the end")
			}
			cancel(stop)
			return nil
		})
		if err != stop || f.link.acked.Load() != 0 {
			t.Errorf("%v, acknowledged %d", err, f.link.acked.Load())
		}
	})
}

func TestRunEndsAfterAFinalBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		last := batch(4, "concluded")
		last.Final = true
		f := newFeed(last)
		if err := f.run(t, func(string) error { return nil }); err != nil || f.link.acked.Load() != 4 {
			t.Errorf("%v, acknowledged %d", err, f.link.acked.Load())
		}
	})
}

func TestRunDropsWhatWasAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed(batch(2, "a"), batch(2, "a"), batch(1, "a"), batch(3, "b"))
		var got []string
		_ = f.run(t, func(m string) error { got = append(got, m); return nil })
		if !slices.Equal(got, []string{"a", "b"}) || !slices.Equal(f.acks, []int64{0, 2, 2, 2, 3}) {
			t.Errorf("handled %q, acknowledged %d", got, f.acks)
		}
		if f.at[2]-f.at[1] < firstWait*4/5 {
			t.Error("a stale answer made the loop spin")
		}
	})
}

func TestRunEndsWhenTheNumbersGoBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed(batch(50, "a"), batch(11, "b"), batch(11, "b"), batch(12, "b", "c"))
		err := f.run(t, func(m string) error {
			if m != "a" {
				t.Errorf("handled %q", m)
			}
			return nil
		})
		if err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the loop went on: %v", err)
		}
	})
}

func TestRunDoesNotSpinOnEmptyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed(empty(30*time.Second), empty(0), empty(0), empty(30*time.Second), empty(0))
		_ = f.run(t, nil)
		waits := make([]time.Duration, 5)
		for i := range waits {
			waits[i] = f.at[i+1] - f.at[i]
		}
		if waits[0] != 30*time.Second || waits[3] != 30*time.Second {
			t.Errorf("a wait after an answer that was held: %v", waits)
		}
		if waits[1] < firstWait*4/5 || waits[2] < 2*firstWait*4/5 || waits[4] < firstWait*4/5 || waits[4] > firstWait*6/5 {
			t.Errorf("waits %v", waits)
		}
	})
}

func TestRunWaitsOutFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost := answer{err: errors.New("connection reset")}
		f := newFeed(batch(1, "a"), lost, lost, answer{err: &client.Error{Status: 500}},
			answer{err: &client.Error{Status: 503, RetryAfter: time.Minute}}, batch(2, "b"))
		var got []string
		_ = f.run(t, func(m string) error { got = append(got, m); return nil })
		if !slices.Equal(got, []string{"a", "b"}) || !slices.Equal(f.acks, []int64{0, 1, 1, 1, 1, 1, 2}) {
			t.Errorf("handled %q, acknowledged %d", got, f.acks)
		}
		if wait := f.at[5] - f.at[4]; wait < time.Minute || wait > time.Minute*6/5 {
			t.Errorf("waited %v, asked to wait a minute", wait)
		}
	})
}

func TestRunEndsWithARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, status := range []int{400, 403, 404} {
			f := newFeed(answer{err: &client.Error{Status: status}})
			if e, ok := errors.AsType[*client.Error](f.run(t, nil)); !ok || e.Status != status {
				t.Errorf("%d: %v", status, e)
			}
		}
	})
}

func TestRunOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		ctx, cancel := context.WithCancel(t.Context())
		first := make(chan error)
		go func() { first <- Run(ctx, f.link, f.poll, nil) }()
		synctest.Wait()
		if err := Run(ctx, f.link, f.poll, nil); err == nil || ctx.Err() != nil {
			t.Errorf("the second Run: %v", err)
		}
		cancel()
		if err := <-first; err != context.Canceled {
			t.Errorf("the first Run: %v", err)
		}
		if len(f.acks) != 1 {
			t.Errorf("%d polls, want 1", len(f.acks))
		}
	})
}
