package host_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/site"
)

// poolRig is a pooled host over a journal, and what it asks of its pool.
type poolRig struct {
	*host.Host
	t *testing.T
	j *memory.Journal

	mu     sync.Mutex
	claim  func() (journal.Head, error) // nil: the next epoch
	claims int
	lost   []string
}

// pooled answers a host that runs the site demo, a chat, with a lease of a minute.
func pooled(t *testing.T, j *memory.Journal) *poolRig {
	t.Helper()
	r := emptyPool(t, j)
	head, err := j.Create(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	r.Adopt(head)
	r.Lease(time.Now().Add(time.Minute))
	chat(t, r.Host)
	return r
}

func emptyPool(t *testing.T, j *memory.Journal) *poolRig {
	r := &poolRig{t: t, j: j}
	r.Host = host.NewPooled(j, site.Location{}, host.Pool{Claim: r.claimed, Lost: r.wasLost}, quiet())
	return r
}

func (r *poolRig) claimed(ctx context.Context, name string) (journal.Head, error) {
	r.mu.Lock()
	claim := r.claim
	r.claims++
	r.mu.Unlock()
	if claim != nil {
		return claim()
	}
	return r.raise(name), nil
}

func (r *poolRig) wasLost(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = append(r.lost, name)
}

func (r *poolRig) said() (claims int, lost []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.claims, r.lost
}

// raise takes a new epoch of a site, as another node does.
func (r *poolRig) raise(name string) journal.Head {
	st, err := r.j.Load(context.Background(), name)
	if err == nil {
		st.Head, err = r.j.RaiseEpoch(context.Background(), name, st.Head.Epoch)
	}
	if err != nil {
		r.t.Error(err)
	}
	return st.Head
}

func (r *poolRig) handOver(name string) int64 {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 10*time.Second)
	defer cancel()
	epoch, err := r.HandOver(ctx, name)
	if err != nil {
		r.t.Fatal(err)
	}
	return epoch
}

func TestPooledHostKnowsOnlyWhatItWasGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		for _, name := range []string{"a", "b"} {
			if _, err := j.Create(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
		r := emptyPool(t, j)
		if len(r.Sites()) != 0 || r.Has("a") {
			t.Errorf("it has %v", r.Sites())
		}
		if _, err := host.Do(t.Context(), r.Host, "a", func(*site.Site) (int, error) { return 0, nil }); !errors.Is(err, machine.ErrMoved) {
			t.Errorf("error %v, want ErrMoved", err)
		}
		if _, err := r.Retrieve(t.Context(), "a", agent, machine.Numbers{}, 0); !errors.Is(err, machine.ErrMoved) {
			t.Errorf("error %v, want ErrMoved", err)
		}
		if _, err := r.Create(t.Context(), "a"); !errors.Is(err, machine.ErrMoved) {
			t.Errorf("error %v, want ErrMoved", err)
		}
		heads, err := j.Heads(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.Lease(time.Now().Add(time.Minute))
		r.Adopt(heads[0])
		for i, want := range []bool{true, false} {
			if made, err := r.Create(t.Context(), "a"); made != want || err != nil {
				t.Errorf("time %d: made %t, %v", i, made, err)
			}
		}
		if d := cmp.Diff([]string{"a"}, r.Sites()); d != "" {
			t.Error(d)
		}
		r.handOver("a")
	})
}

// What was answered is in the journal when a site is handed over, with a checkpoint;
// who waits is sent to the next owner, who goes on with all of it.
func TestHandOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		r := pooled(t, j)
		var wg sync.WaitGroup
		answered := make([]error, 20)
		for i := range answered {
			wg.Go(func() { answered[i] = try(t.Context(), r.Host, posting(fmt.Sprint("m", i))) })
		}
		parked := make(chan error, 1)
		go func() {
			_, err := r.Retrieve(t.Context(), "demo", visitor, machine.Numbers{}, 0)
			parked <- err
		}()
		synctest.Wait()
		wg.Go(func() { answered = append(answered, try(t.Context(), r.Host, posting("late"))) })
		epoch := r.handOver("demo")
		wg.Wait()
		if err := <-parked; !errors.Is(err, machine.ErrMoved) {
			t.Errorf("the parked retrieval: %v, want ErrMoved", err)
		}
		st, err := j.Load(t.Context(), "demo")
		if err != nil || st.Head.Epoch != epoch || st.CheckpointPosition != st.Head.Position {
			t.Errorf("epoch %d, want %d; checkpoint at %d of %d; %v", st.Head.Epoch, epoch, st.CheckpointPosition, st.Head.Position, err)
		}
		if err := try(t.Context(), r.Host, posting("too late")); !errors.Is(err, machine.ErrMoved) {
			t.Errorf("error %v, want ErrMoved", err)
		}
		if r.Has("demo") || len(r.Loaded()) != 0 {
			t.Error("it is still there")
		}
		next := emptyPool(t, j)
		next.Lease(time.Now().Add(time.Minute))
		next.Adopt(next.raise("demo"))
		history, err := host.Do(t.Context(), next.Host, "demo", func(s *site.Site) (site.History, error) { return s.History(agent, 1, site.Stretch{}) })
		if err != nil {
			t.Fatal(err)
		}
		var there strings.Builder
		for _, p := range history.Posts {
			fmt.Fprintf(&there, "%s ", p.Text())
		}
		for i, err := range answered[:20] {
			if in := strings.Contains(there.String(), fmt.Sprintf("m%d ", i)); err == nil && !in || errors.Is(err, machine.ErrMoved) && in {
				t.Errorf("m%d was answered %v; the next owner has %s", i, err, there.String())
			}
		}
		next.handOver("demo")
	})
}

func TestHandOverOfASiteThatIsNotLoaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := emptyPool(t, memory.NewAuto())
		r.Adopt(journal.Head{Site: "a", Epoch: 7, NextTimer: time.Now().Add(time.Second).UnixMicro()})
		if epoch := r.handOver("a"); epoch != 7 {
			t.Errorf("epoch %d, want 7", epoch)
		}
		if r.Has("a") {
			t.Error("it is still there")
		}
		if epoch := r.handOver("nowhere"); epoch != 0 {
			t.Errorf("epoch %d of a site that is not here, want 0", epoch)
		}
		time.Sleep(time.Hour) // its alarm does not ring any more
		synctest.Wait()
		if len(r.Loaded()) != 0 {
			t.Error("it was loaded")
		}
	})
}

// A journal that does not answer ends the hand-over with the context; the site can
// be dropped then, and the append's end is not missed.
func TestHandOverThatTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.New() // appends wait for Step
		head, err := j.Create(t.Context(), "demo")
		if err != nil {
			t.Fatal(err)
		}
		r := emptyPool(t, j)
		r.Adopt(head)
		r.Lease(time.Now().Add(time.Hour))
		made := make(chan error, 1)
		go func() {
			_, err := r.Create(t.Context(), "demo")
			made <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeoutCause(t.Context(), 8*time.Second, errors.New("it takes too long"))
		defer cancel()
		if _, err := r.HandOver(ctx, "demo"); err == nil || !strings.Contains(err.Error(), "it takes too long") {
			t.Errorf("error %v, want the context's cause", err)
		}
		r.Drop("demo")
		if err := <-made; !errors.Is(err, machine.ErrUncertain) {
			t.Errorf("who waited was told %v, want ErrUncertain", err)
		}
		j.Step(memory.Durable) // there was nothing to take any more
		st, err := j.Load(t.Context(), "demo")
		if err != nil || st.Head.Position != 0 {
			t.Errorf("position %d, %v", st.Head.Position, err)
		}
		r.Adopt(st.Head)
		again := make(chan error, 1)
		go func() {
			_, err := r.Create(t.Context(), "demo")
			again <- err
		}()
		synctest.Wait()
		j.Step(memory.Durable)
		if err := <-again; err != nil {
			t.Errorf("after it came back: %v", err)
		}
		r.Drop("demo")
	})
}

func TestDrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := pooled(t, memory.NewAuto())
		parked := make(chan error, 1)
		go func() {
			_, err := r.Retrieve(t.Context(), "demo", visitor, machine.Numbers{}, 0)
			parked <- err
		}()
		synctest.Wait()
		r.Drop("demo")
		if err := <-parked; !errors.Is(err, machine.ErrMoved) {
			t.Errorf("the parked retrieval: %v, want ErrMoved", err)
		}
		if err := try(t.Context(), r.Host, posting("a")); !errors.Is(err, machine.ErrMoved) {
			t.Errorf("error %v, want ErrMoved", err)
		}
		if _, lost := r.said(); len(lost) != 0 {
			t.Errorf("the pool was told of %v, which it said itself", lost)
		}
		r.Drop("demo")
		r.Drop("nowhere")
		r.Adopt(r.raise("demo")) // and back
		if err := try(t.Context(), r.Host, posting("b")); err != nil {
			t.Error(err)
		}
		r.handOver("demo")
	})
}

// Under which epoch a site is loaded decides whose it is.
func TestLoadOfASiteThatIsElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := pooled(t, memory.NewAuto())
		r.handOver("demo")
		old := r.raise("demo")
		r.raise("demo")
		r.Adopt(old)
		if err := try(t.Context(), r.Host, posting("a")); !errors.Is(err, machine.ErrMoved) {
			t.Errorf("error %v, want ErrMoved", err)
		}
		synctest.Wait()
		claims, lost := r.said()
		if d := cmp.Diff([]string{"demo"}, lost); d != "" || claims != 0 {
			t.Errorf("%d claims; lost %s", claims, d)
		}
		if r.Has("demo") {
			t.Error("it is still there")
		}
	})
}

// After an append that was fenced the host takes a new epoch, if it may.
func TestFencedInAPool(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want error // what the next command is told
		lost bool
	}{
		{"it may", nil, nil, false},
		{"another node owns it", fmt.Errorf("x: %w", journal.ErrOwned), machine.ErrMoved, true},
		{"a newer version owned it", fmt.Errorf("x: %w", journal.ErrNewer), machine.ErrMoved, true},
		{"its lease has run out", journal.ErrLapsed, machine.ErrReadOnly, false},
		{"the store does not answer", errors.New("no answer"), machine.ErrReadOnly, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := pooled(t, memory.NewAuto())
				if c.err != nil {
					r.claim = func() (journal.Head, error) { return journal.Head{}, c.err }
				}
				parked := make(chan error, 1)
				ctx, cancel := context.WithCancel(t.Context())
				go func() {
					_, err := r.Retrieve(ctx, "demo", visitor, machine.Numbers{}, 0)
					parked <- err
				}()
				synctest.Wait()
				r.raise("demo")
				if err := try(t.Context(), r.Host, posting("a")); !errors.Is(err, machine.ErrUncertain) {
					t.Errorf("the fenced one: %v, want ErrUncertain", err)
				}
				synctest.Wait()
				if err := try(t.Context(), r.Host, posting("b")); !errors.Is(err, c.want) {
					t.Errorf("error %v, want %v", err, c.want)
				}
				synctest.Wait()
				_, lost := r.said()
				if (len(lost) > 0) != c.lost || r.Has("demo") == c.lost {
					t.Errorf("lost %v, and it has %v", lost, r.Sites())
				}
				synctest.Wait()
				select {
				case err := <-parked:
					if c.lost && !errors.Is(err, machine.ErrMoved) || !c.lost && err != nil { // promise 8
						t.Errorf("the parked retrieval: %v", err)
					}
				default:
					if c.lost {
						t.Error("the parked retrieval is still held")
					}
				}
				cancel()
				if c.want == machine.ErrReadOnly { // it goes on as soon as it can
					r.mu.Lock()
					r.claim = nil
					r.mu.Unlock()
					time.Sleep(2 * time.Second)
					synctest.Wait()
					if err := try(t.Context(), r.Host, posting("c")); err != nil {
						t.Errorf("afterwards: %v", err)
					}
				}
				r.handOver("demo")
			})
		})
	}
}

// A lease reaches the sites that are loaded, and those that are loaded later.
func TestLeaseOfTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := pooled(t, memory.NewAuto())
		look := func(ctx context.Context, name string) error {
			_, err := host.Do(ctx, r.Host, name, func(s *site.Site) (string, error) { return s.Name(), nil })
			return err
		}
		other, err := r.j.Create(t.Context(), "other")
		if err != nil {
			t.Fatal(err)
		}
		r.Adopt(other)
		time.Sleep(time.Minute - 1)
		if err := look(t.Context(), "demo"); err != nil {
			t.Errorf("at the last moment: %v", err)
		}
		time.Sleep(time.Nanosecond)
		var wg sync.WaitGroup
		back := time.Now().Add(10 * time.Second)
		for _, name := range []string{"demo", "other"} {
			for range 3 {
				wg.Go(func() {
					err := look(t.Context(), name)
					if name == "demo" && err != nil || name == "other" && !errors.Is(err, host.ErrNoSite) {
						t.Errorf("%s: %v", name, err)
					}
					if time.Now().Before(back) {
						t.Errorf("%s was answered without a lease", name)
					}
				})
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if err := look(ctx, "demo"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the context's", err)
		}
		cancel()
		time.Sleep(time.Until(back))
		r.Lease(time.Now().Add(time.Second))
		wg.Wait()
		r.handOver("demo")
		r.handOver("other")
	})
}

// A site that was adopted is loaded when its timer is due, though nobody asks.
func TestTimersOfAnAdoptedSite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		written(t, j, "demo", time.Now())
		r := emptyPool(t, j)
		r.Lease(time.Now().Add(time.Hour))
		hd := r.raise("demo")
		hd.NextTimer = time.Now().Add(time.Minute).UnixMicro()
		r.Adopt(hd)
		time.Sleep(time.Minute - 1)
		synctest.Wait()
		if len(r.Loaded()) != 0 {
			t.Error("it was loaded before its timer was due")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if d := cmp.Diff([]string{"demo"}, r.Loaded()); d != "" {
			t.Error(d)
		}
		r.Drop("demo")
		if len(r.Loaded()) != 0 {
			t.Error("a dropped site is loaded")
		}

		hd.NextTimer = time.Now().Add(time.Minute).UnixMicro()
		r.Adopt(hd)
		r.Drop("demo")
		hd = r.raise("demo") // it comes back with another timer
		hd.NextTimer = time.Now().Add(time.Hour).UnixMicro()
		r.Adopt(hd)
		time.Sleep(time.Hour - time.Nanosecond)
		synctest.Wait()
		if len(r.Loaded()) != 0 {
			t.Error("it was loaded by the timer that it had before it was dropped")
		}
		r.Drop("demo")
	})
}

// News of a site that the host runs already change nothing.
func TestAdoptAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := pooled(t, memory.NewAuto())
		hd := head(t, r.j)
		r.Adopt(hd)
		hd.Epoch += 5
		r.Adopt(hd)
		if d := cmp.Diff([]string{"demo"}, r.Sites()); d != "" {
			t.Error(d)
		}
		if err := try(t.Context(), r.Host, posting("a")); err != nil {
			t.Error(err)
		}
		if got, want := r.handOver("demo"), head(t, r.j).Epoch; got != want {
			t.Errorf("handed over under epoch %d, want %d", got, want)
		}
	})
}

// Whoever follows the journal hears of each append, and never of what is not there.
func TestOnAppend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		h := open(t, j)
		var mu sync.Mutex
		var last int64
		h.OnAppend(func(name string, end int64) {
			mu.Lock()
			defer mu.Unlock()
			st, err := j.Load(context.Background(), name)
			if name != "demo" || err != nil || end > st.Head.Position || end < last {
				t.Errorf("%s: %d after %d, and the journal has %d: %v", name, end, last, st.Head.Position, err)
			}
			last = end
		})
		chat(t, h)
		for i := range 10 {
			do(t, h, posting(fmt.Sprint(i)))
		}
		closed(t, h)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if at := head(t, j).Position; last != at {
			t.Errorf("heard of %d, the journal has %d", last, at)
		}
	})
}
