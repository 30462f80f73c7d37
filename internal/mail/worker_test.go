package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestWorkerSends: a backlog is sent without waiting, each letter once, four at a
// time.
func TestWorkerSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := work(t, newStored(10), compose, &post{takes: time.Second})
		after(3 * time.Second)
		differ(t, "sent after three times four", once(10), w.post.count())
		if w.post.most != atOnce {
			t.Errorf("%d letters at once, want %d", w.post.most, atOnce)
		}
		for n, said := range w.outbox.recorded() {
			if !slices.Equal(said, []string{"1 sent"}) {
				t.Errorf("letter %d: %q", n, said)
			}
		}
		after(time.Hour)
		differ(t, "sent", once(10), w.post.count())
		w.stop()
		if log := w.log.String(); strings.Count(log, "\n") != 10 || !strings.Contains(log, "level=INFO msg=letter site=demo number=7 attempt=1 outcome=sent took=1s\n") {
			t.Errorf("the log: %s", log)
		}
	})
}

func TestWorkerTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := 0
		w := work(t, newStored(1), compose, &post{send: func(context.Context, Letter) error {
			if failed < 2 {
				failed++
				return errBusy
			}
			return nil
		}})
		after(time.Second)
		want := []string{"1 failed: busy with " + spoken}
		differ(t, "after the first", want, w.outbox.recorded()[1])
		// Due after 25 s, found by the look at 30 s.
		after(28 * time.Second)
		differ(t, "before it is due", want, w.outbox.recorded()[1])
		after(time.Second)
		differ(t, "when it is due", append(want, "2 failed: busy with "+spoken), w.outbox.recorded()[1])
		after(time.Minute)
		differ(t, "in the end", append(want, "2 failed: busy with "+spoken, "3 sent"), w.outbox.recorded()[1])
		differ(t, "sent", once(1), w.post.count())
	})
}

// TestWorkerOutcomes: what becomes of one letter, whatever happens to it, and
// that others are sent meanwhile.
func TestWorkerOutcomes(t *testing.T) {
	nothing := func(context.Context, Letter) error { return nil }
	failing := func(err error) func(context.Context, Letter) error {
		return func(context.Context, Letter) error { return err }
	}
	for _, tt := range []struct {
		name    string
		compose func() error
		send    func(context.Context, Letter) error
		said    string
		logged  string
	}{
		{"refused", nil, failing(fmt.Errorf("%s: %w", spoken, ErrRefused)), "1 refused: " + spoken + ": " + ErrRefused.Error(), "outcome=refused took=0s\n"},
		{"refused by a server", nil, failing(refused("no such bound")), "1 refused: no such bound", `outcome=refused took=0s why="no such bound"`},
		{"failed", nil, failing(errBusy), "1 failed: " + errBusy.Error(), "level=WARN msg=letter site=demo number=1 attempt=1 outcome=failed took=0s\n"},
		{"a long reason", nil, failing(errors.New(strings.Repeat("ä", maxWhy))), "1 failed: " + strings.Repeat("ä", maxWhy/2), "outcome=failed"},
		{"a panic of send", nil, func(context.Context, Letter) error { panic(spoken) }, "1 failed: " + errPanicked.Error(), "stack="},
		{"not composed", func() error { return errBusy }, nothing, "1 failed: compose the letter: " + errBusy.Error(), "outcome=failed took=0s\n"},
		{"never composed", func() error { return fmt.Errorf("erased: %w", ErrRefused) }, nothing, "1 refused: compose the letter: erased: " + ErrRefused.Error(), "outcome=refused"},
		{"a panic of compose", func() error { panic(spoken) }, nothing, "1 failed: compose the letter: " + errPanicked.Error(), "stack="},
		{"a send that never ends", nil, func(ctx context.Context, _ Letter) error {
			<-ctx.Done()
			return ctx.Err()
		}, "1 failed: " + context.DeadlineExceeded.Error(), "outcome=failed took=2m0s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := work(t, newStored(9), func(ctx context.Context, p Pending) (Letter, error) {
					if p.Number == 1 && tt.compose != nil {
						if err := tt.compose(); err != nil {
							return Letter{}, err
						}
					}
					return compose(ctx, p)
				}, &post{send: func(ctx context.Context, l Letter) error {
					if l.ID != "1" {
						return nil
					}
					return tt.send(ctx, l)
				}})
				after(time.Second)
				want := once(9)
				delete(want, "1")
				differ(t, "sent beside it", want, w.post.count())
				after(letterLimit)
				if said := w.outbox.recorded()[1]; len(said) == 0 || said[0] != tt.said {
					t.Errorf("said of it: %q, want %q first", said, tt.said)
				}
				w.stop()
				if !strings.Contains(w.log.String(), tt.logged) {
					t.Errorf("the log has no %s: %s", tt.logged, w.log)
				}
				if said := w.outbox.recorded()[1]; strings.HasPrefix(tt.said, "1 refused") && len(said) != 1 {
					t.Errorf("it was refused and tried again: %q", said)
				}
			})
		})
	}
}

func TestWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := work(t, newStored(0), compose, &post{takes: time.Second})
		after(time.Second)
		w.outbox.put(1)
		after(8 * time.Second)
		differ(t, "before the next look", map[string]int{}, w.post.count())
		after(2 * time.Second)
		differ(t, "after the next look", once(1), w.post.count())

		w.outbox.put(2)
		w.Wake()
		w.Wake()
		after(time.Second)
		differ(t, "woken", once(2), w.post.count())

		// Nobody is free: the wake is not lost.
		for n := range int64(4) {
			w.outbox.put(3 + n)
		}
		w.Wake()
		after(500 * time.Millisecond)
		w.outbox.put(7)
		w.Wake()
		after(1500 * time.Millisecond)
		differ(t, "woken while busy", once(7), w.post.count())
	})
}

func TestWakeNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWorker(newStored(0), compose, (&post{}).Send, slog.New(slog.DiscardHandler))
		for range 3 {
			w.Wake() // never waits
		}
	})
}

// TestDueFails: an outbox that does not answer is asked again.
func TestDueFails(t *testing.T) {
	for name, fails := range map[string]func(context.Context) error{
		"an error": func(context.Context) error { return errors.New("disk full") },
		"a hang": func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newStored(2)
				o.due = fails
				w := work(t, o, compose, &post{})
				after(time.Minute)
				differ(t, "sent", map[string]int{}, w.post.count())
				if got := len(o.asked); got < 6 || got > 8 {
					t.Errorf("the outbox was asked %d times in a minute", got)
				}
				o.mu.Lock()
				o.due = nil
				o.mu.Unlock()
				after(2 * interval)
				differ(t, "sent", once(2), w.post.count())
				o.mu.Lock()
				o.due = fails
				o.mu.Unlock()
				after(interval)
				if took := w.stop(); took != 0 {
					t.Errorf("it stopped after %v", took)
				}
				if !strings.Contains(w.log.String(), "level=ERROR") {
					t.Errorf("it is not logged: %s", w.log)
				}
			})
		})
	}
}

// TestSlowDue: what the outbox says may be older than what the worker knows.
func TestSlowDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newStored(3)
		w := work(t, o, compose, &post{takes: 2 * time.Second})
		after(time.Second)
		o.mu.Lock()
		o.due = func(context.Context) error {
			time.Sleep(5 * time.Second) // the letters are sent and recorded meanwhile
			return nil
		}
		o.mu.Unlock()
		w.Wake()
		after(time.Minute)
		differ(t, "sent", once(3), w.post.count())
		differ(t, "said", map[int64][]string{1: {"1 sent"}, 2: {"1 sent"}, 3: {"1 sent"}}, o.recorded())
	})
}

// TestLastOfABacklog: letters whose outcome is recorded while the worker asks what
// is due count as known for a moment longer, and hide nobody behind them.
func TestLastOfABacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newStored(7)
		w := work(t, o, func(ctx context.Context, p Pending) (Letter, error) {
			switch {
			case p.Number == 1:
				time.Sleep(time.Second)
				o.mu.Lock()
				o.due = func(context.Context) error {
					time.Sleep(2 * time.Second)
					return nil
				}
				o.mu.Unlock()
			case p.Number <= 4:
				time.Sleep(1500 * time.Millisecond)
			}
			return compose(ctx, p)
		}, &post{})
		after(interval - time.Millisecond)
		differ(t, "sent before the next look", once(7), w.post.count())
	})
}
