package mail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestNotRecorded: a letter whose outcome the outbox does not take is not sent
// again; the outcome is told again. It keeps no other letter from being sent.
func TestNotRecorded(t *testing.T) {
	for name, fails := range map[string]func(context.Context) error{
		"an error": func(context.Context) error { return errors.New("disk full") },
		"a panic":  func(context.Context) error { panic(spoken) },
		"a hang": func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newStored(20)
				tried := map[int64]int{}
				broken := true
				o.done = func(ctx context.Context, p Pending) error {
					o.mu.Lock()
					tried[p.Number]++
					fail := broken && p.Number <= 8
					o.mu.Unlock()
					if fail {
						return fails(ctx)
					}
					return nil
				}
				w := work(t, o, compose, &post{takes: time.Second})
				after(time.Hour)
				differ(t, "sent", once(20), w.post.count())
				o.mu.Lock()
				for n := range int64(8) {
					if got := tried[n+1]; got < 175 || got > 361 {
						t.Errorf("the outcome of %d was told %d times in an hour", n+1, got)
					}
				}
				broken = false
				o.mu.Unlock()
				after(2 * interval)
				for n, said := range o.recorded() {
					if !slices.Equal(said, []string{"1 sent"}) {
						t.Errorf("letter %d: %q", n, said)
					}
				}
				// Nothing is held of what is recorded.
				o.put(21)
				w.Wake()
				after(2 * time.Second)
				differ(t, "sent", once(21), w.post.count())
				if last := o.asked[len(o.asked)-1]; last > 2*atOnce {
					t.Errorf("the last look asked for %d", last)
				}
			})
		})
	}
}

// TestNothingIsRecorded: with too many outcomes that are not recorded, sending
// stops until they are.
func TestNothingIsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newStored(maxKnown + 50)
		broken := true
		o.done = func(context.Context, Pending) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			if broken {
				return errors.New("disk full")
			}
			return nil
		}
		w := work(t, o, compose, &post{})
		after(time.Hour)
		differ(t, "sent", once(maxKnown), w.post.count())
		o.mu.Lock()
		broken = false
		o.mu.Unlock()
		after(interval)
		differ(t, "sent", once(maxKnown+50), w.post.count())
		for n, said := range o.recorded() {
			if !slices.Equal(said, []string{"1 sent"}) {
				t.Errorf("letter %d: %q", n, said)
			}
		}
	})
}

// TestStop: what becomes of a letter that is under way when the worker stops.
func TestStop(t *testing.T) {
	hang := func(ctx context.Context) error {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	for _, tt := range []struct {
		name  string
		takes time.Duration
		send  func(context.Context, Letter) error
		done  func(context.Context) error
		said  []string
		stops time.Duration
	}{
		{"nothing under way", 0, nil, nil, []string{"1 sent"}, 0},
		{"finished in time", 2 * time.Second, nil, nil, []string{"1 sent"}, time.Second},
		{"fails in time", 2 * time.Second, func(context.Context, Letter) error { return errors.New("busy") }, nil, []string{"1 failed: busy"}, time.Second},
		{"given up", time.Minute, nil, nil, []string{"1 failed: " + errStopping.Error()}, finishIn},
		{"accepted at the last moment", 1, func(ctx context.Context, _ Letter) error {
			<-ctx.Done()
			return nil
		}, nil, []string{"1 sent"}, finishIn},
		{"the outbox hangs", 0, nil, hang, nil, recordIn},
		{"the outbox hangs after a letter given up", time.Minute, nil, hang, nil, recordIn},
		{"the outbox fails", 0, nil, func(context.Context) error { return errors.New("disk full") }, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newStored(1)
				if tt.done != nil {
					o.done = func(ctx context.Context, _ Pending) error { return tt.done(ctx) }
				}
				w := work(t, o, compose, &post{takes: tt.takes, send: tt.send})
				after(time.Second)
				o.put(2) // never begun
				if took := w.stop(); took != tt.stops {
					t.Errorf("it stopped after %v, want %v", took, tt.stops)
				}
				differ(t, "said", map[int64][]string{1: tt.said, 2: nil}, o.recorded())
				after(time.Hour)
				if got := w.post.count()["2"]; got != 0 {
					t.Error("it goes on after its end")
				}
			})
		})
	}
}

// TestStopWhileAsking: what the outbox answers after the stop is not begun, and an
// error then is none.
func TestStopWhileAsking(t *testing.T) {
	for name, ends := range map[string]func(context.Context) error{
		"answers":  func(context.Context) error { return nil },
		"gives up": context.Cause,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newStored(1)
				o.due = func(ctx context.Context) error {
					<-ctx.Done()
					return ends(ctx)
				}
				w := work(t, o, compose, &post{})
				after(time.Second)
				if took := w.stop(); took != 0 {
					t.Errorf("it stopped after %v", took)
				}
				differ(t, "sent", map[string]int{}, w.post.count())
				if w.log.Len() != 0 {
					t.Errorf("the log: %s", w.log)
				}
			})
		})
	}
}

// TestRecordedAtTheStop: an outcome that the outbox did not take is told it once
// more at the stop.
func TestRecordedAtTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newStored(1)
		tells := 0
		o.done = func(context.Context, Pending) error {
			if tells++; tells == 1 {
				return errors.New("disk full")
			}
			return nil
		}
		w := work(t, o, compose, &post{})
		after(time.Second)
		if took := w.stop(); took != 0 || tells != 2 {
			t.Errorf("stopped after %v, told %d times", took, tells)
		}
		differ(t, "said", []string{"1 sent"}, o.recorded()[1])
	})
}

// TestAnyCourse: whatever fails for a while, each letter is accepted once in the
// end, and recorded so.
func TestAnyCourse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		letters := rapid.IntRange(1, 30).Draw(rt, "letters")
		few := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 60)
		sends, dones, dues := few.Draw(rt, "sends"), few.Draw(rt, "dones"), few.Draw(rt, "dues")
		takes := time.Duration(rapid.IntRange(0, 5000).Draw(rt, "takes")) * time.Millisecond
		wakes := rapid.SliceOfN(rapid.IntRange(0, 15_000), 0, 20).Draw(rt, "wakes")
		var wrong string
		synctest.Test(t, func(t *testing.T) {
			o := newStored(letters)
			var mu sync.Mutex
			// next does what a list has next, and nothing when it is at its end.
			next := func(list *[]int, ctx context.Context) error {
				mu.Lock()
				does := 0
				if len(*list) > 0 {
					does, *list = (*list)[0], (*list)[1:]
				}
				mu.Unlock()
				switch does {
				case 1:
					return errors.New("not now")
				case 2:
					<-ctx.Done()
					return ctx.Err()
				case 3:
					time.Sleep(3 * time.Second)
				}
				return nil
			}
			o.due = func(ctx context.Context) error { return next(&dues, ctx) }
			o.done = func(ctx context.Context, _ Pending) error { return next(&dones, ctx) }
			w := work(t, o, compose, &post{takes: takes, send: func(ctx context.Context, _ Letter) error { return next(&sends, ctx) }})
			for _, ms := range wakes {
				after(time.Duration(ms) * time.Millisecond)
				w.Wake()
			}
			after(3 * time.Hour)
			if diff := cmp.Diff(once(letters), w.post.count()); diff != "" {
				wrong = "sent (-want +got): " + diff
			}
			for n, said := range o.recorded() {
				if len(said) == 0 || !strings.HasSuffix(said[len(said)-1], " sent") || strings.Count(strings.Join(said, "\n"), "sent") != 1 {
					wrong += fmt.Sprintf("letter %d: %q\n", n, said)
				}
			}
			if w.post.most > atOnce {
				wrong += fmt.Sprintf("%d letters at once", w.post.most)
			}
		})
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
}
