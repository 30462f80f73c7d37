package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/cluster"
	"usher/internal/host"
	hosts "usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/site"
)

// inPool runs a test in a bubble, with nodes that have joined.
func inPool(t *testing.T, nodes int, test func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := begin(t)
		for range nodes {
			r.join()
		}
		test(t, r)
		r.finish()
	})
}

func TestAnyNodeTakesAnyRequest(t *testing.T) {
	inPool(t, 3, func(t *testing.T, r *rig) {
		r.make(r.nodes[0], "a", "b")
		for i, m := range r.nodes {
			at, err := write(t.Context(), m, "a", i+1)
			if err != nil || at != r.nodes[0] {
				t.Errorf("at %s: %v, carried out at %v", m.self.Name, err, at)
			}
			if n, _, err := read(t.Context(), m, "a"); n != i+1 || err != nil {
				t.Errorf("at %s: %d queues, want %d; %v", m.self.Name, n, i+1, err)
			}
		}
		time.Sleep(lease)
		want := []cluster.Standing{{Site: "a", Owner: "node0"}, {Site: "b", Owner: "node0"}}
		if v := r.view(); v.Sites[0].Owner != v.Sites[1].Owner { // one was moved for balance
			want[1].Owner = "node1"
		}
		for _, m := range r.nodes {
			sites, err := m.Sites(t.Context(), 0)
			if d := cmp.Diff(want, sites); d != "" || err != nil {
				t.Errorf("%s: %v (-want +got):\n%s", m.self.Name, err, d)
			}
			if err := m.Ready(); err != nil {
				t.Errorf("%s: %v", m.self.Name, err)
			}
		}
	})
}

func TestUnknownSite(t *testing.T) {
	inPool(t, 2, func(t *testing.T, r *rig) {
		from := time.Now()
		for _, m := range r.nodes {
			if _, err := m.Locate(t.Context(), "nowhere", 0); !errors.Is(err, host.ErrNoSite) {
				t.Errorf("error %v, want ErrNoSite", err)
			}
			if _, err := m.Owner(t.Context(), "nowhere"); !errors.Is(err, host.ErrNoSite) {
				t.Errorf("error %v, want ErrNoSite", err)
			}
		}
		if took := time.Since(from); took > 200*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		r.make(r.nodes[0], "somewhere") // and from now on it is known, at the other node too
		if _, _, err := read(t.Context(), r.nodes[1], "somewhere"); err != nil {
			t.Error(err)
		}
		if _, err := r.nodes[1].Owner(t.Context(), "somewhere"); !errors.Is(err, hosts.ErrMoved) {
			t.Errorf("error %v, want ErrMoved", err)
		}
	})
}

// Of two nodes that want a site which nobody has, one gets it and the other asks there.
func TestRaceForASite(t *testing.T) {
	for range 10 {
		inPool(t, 3, func(t *testing.T, r *rig) {
			r.make(r.nodes[0], "a") // one alone, so that it stays where it is
			r.nodes[0].stop()
			who, epoch := r.owner("a") // as after all nodes had left
			if _, err := r.j.Pool(journal.Node{Incarnation: who}, func() time.Duration { return 0 }).Give(t.Context(), "a", epoch, ""); err != nil {
				t.Fatal(err)
			}
			time.Sleep(lease / 2)
			_, before := r.owner("a")
			var wg sync.WaitGroup
			var at [2]*member
			for i := range at {
				wg.Go(func() {
					var err error
					if _, at[i], err = read(t.Context(), r.nodes[1+i], "a"); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if who, after := r.owner("a"); at[0] != at[1] || who != at[0].self.Incarnation || after != before+1 {
				t.Errorf("it was asked at %v and %v, and is %s's under epoch %d after %d", at[0], at[1], who, after, before)
			}
		})
	}
}

func TestCreateAtTwoNodesAtOnce(t *testing.T) {
	inPool(t, 2, func(t *testing.T, r *rig) {
		for i := range 10 {
			name := fmt.Sprintf("site%d", i)
			var made atomic.Int32
			var wg sync.WaitGroup
			for _, m := range r.nodes {
				wg.Go(func() {
					ok, err := m.Create(t.Context(), name)
					if ok {
						made.Add(1)
					}
					if err != nil && !errors.Is(err, hosts.ErrMoved) {
						t.Errorf("%s: %v", m.self.Name, err)
					}
				})
			}
			wg.Wait()
			if made.Load() != 1 {
				t.Errorf("site %s was made %d times", name, made.Load())
			}
			if ok, err := r.nodes[i%2].Create(t.Context(), name); ok || err != nil && !errors.Is(err, hosts.ErrMoved) {
				t.Errorf("made again: %t, %v", ok, err)
			}
		}
	})
}

// The sites of a node that is gone without a word are run by others when its lease
// is over; no sooner, and not much later.
func TestTakeOver(t *testing.T) {
	inPool(t, 3, func(t *testing.T, r *rig) {
		r.make(r.nodes[0], "a")
		if _, err := write(t.Context(), r.nodes[0], "a", 1); err != nil {
			t.Fatal(err)
		}
		_, before := r.owner("a")
		time.Sleep(lease / 2)
		r.nodes[0].vanish()
		from := time.Now()
		at, err := write(t.Context(), r.nodes[1], "a", 2)
		if took := time.Since(from); err != nil || took > lease+250*time.Millisecond || took < lease/2 {
			t.Errorf("%v after %v", err, took)
		}
		if who, epoch := r.owner("a"); who != at.self.Incarnation || epoch <= before {
			t.Errorf("it is %s's under epoch %d, was carried out at %s, and had %d", who, epoch, at.self.Incarnation, before)
		}
		if n, there, err := read(t.Context(), r.nodes[2], "a"); n != 2 || there != at || err != nil {
			t.Errorf("%d queues at %s, want both at %s: %v", n, there.self.Name, at.self.Name, err)
		}
	})
}

// A node that is cut off from the store answers until its lease is over and no
// longer. When it comes back, and its site was taken, what waited there is told so.
func TestCutOff(t *testing.T) {
	inPool(t, 2, func(t *testing.T, r *rig) {
		r.make(r.nodes[0], "a")
		time.Sleep(lease / 2)
		old := r.nodes[0]
		old.vanish()
		look := func(s *site.Site) (int, error) {
			queues, _ := s.Standing()
			return len(queues), nil
		}
		ended := make(chan error, 1)
		last := time.Now()
		for { // its own clients still reach it
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			_, err := host.Do(ctx, old.host, "a", look)
			cancel()
			if err != nil {
				break
			}
			last = time.Now()
			time.Sleep(10 * time.Millisecond)
		}
		if err := old.Ready(); err == nil {
			t.Error("a node without a lease says that it is ready")
		}
		held := time.Now()
		go func() {
			_, err := host.Do(t.Context(), old.host, "a", look)
			ended <- err
		}()
		if _, err := write(t.Context(), r.nodes[1], "a", 1); err != nil {
			t.Fatal(err)
		}
		if now := time.Now(); now.Before(last) || now.Before(held) {
			t.Errorf("taken over at %v, and the old node answered at %v", now.Sub(r.start), last.Sub(r.start))
		}
		synctest.Wait()
		select {
		case err := <-ended:
			t.Fatalf("the old node answered without a lease: %v", err)
		default:
		}
		old.gone = false
		old.line.mend()
		if err := <-ended; !errors.Is(err, hosts.ErrMoved) && !errors.Is(err, hosts.ErrUncertain) {
			t.Errorf("who waited there was told %v", err)
		}
		if n, at, err := read(t.Context(), old, "a"); n != 1 || at != r.nodes[1] || err != nil {
			t.Errorf("%d queues at %v, %v: want the one that was written at the other node", n, at, err)
		}
	})
}

// The store is away from everybody for longer than the lease: commands and
// retrievals are held, and all goes on under the same epochs.
func TestStoreAway(t *testing.T) {
	inPool(t, 3, func(t *testing.T, r *rig) {
		names := []string{"a", "b", "c"}
		for i, name := range names {
			r.make(r.nodes[i], name)
		}
		time.Sleep(lease)
		before := r.view().Sites
		for _, m := range r.nodes {
			m.line.cut()
		}
		time.Sleep(lease + time.Second)
		var wg sync.WaitGroup
		var answered atomic.Int32
		for i, name := range names {
			for j, m := range r.nodes {
				wg.Go(func() {
					if _, err := write(t.Context(), m, name, 10*(i+1)+j); err != nil {
						t.Errorf("write at %s: %v", m.self.Name, err)
					}
					answered.Add(1)
				})
				wg.Go(func() {
					if _, _, err := read(t.Context(), m, name); err != nil {
						t.Errorf("read at %s: %v", m.self.Name, err)
					}
					answered.Add(1)
				})
			}
		}
		time.Sleep(3 * lease)
		if n := answered.Load(); n != 0 {
			t.Errorf("%d commands were answered without a store", n)
		}
		from := time.Now()
		for _, m := range r.nodes {
			if n := m.line.tries(); n > 100 {
				t.Errorf("%s tried to renew %d times", m.self.Name, n)
			}
			m.line.mend()
		}
		wg.Wait()
		if took := time.Since(from); took > lease {
			t.Errorf("it took %v to go on", took)
		}
		for i, at := range r.view().Sites {
			if at.Epoch != before[i].Epoch || at.Owner != before[i].Owner {
				t.Errorf("site %s is %s's under epoch %d, was %s's under %d", at.Site, at.Owner, at.Epoch, before[i].Owner, before[i].Epoch)
			}
		}
		for _, name := range names {
			if n, _, err := read(t.Context(), r.nodes[0], name); n != 3 || err != nil {
				t.Errorf("site %s has %d queues, want 3: %v", name, n, err)
			}
		}
	})
}

// A stop hands everything over in a moment, and fails nothing: every command that
// comes meanwhile, to any other node, is carried out once.
func TestStopUnderLoad(t *testing.T) {
	inPool(t, 3, func(t *testing.T, r *rig) {
		names := []string{"a", "b", "c", "d"}
		r.make(r.nodes[0], names...)
		time.Sleep(lease / 2)
		var wg sync.WaitGroup
		const writes = 60
		for i, name := range names {
			for j := range 2 {
				wg.Go(func() {
					for n := range writes {
						if _, err := write(t.Context(), r.nodes[1+j], name, 1+j*writes+n); err != nil {
							t.Errorf("write %d of %s: %v", n, name, err)
							return
						}
						time.Sleep(time.Duration(i+1) * time.Millisecond)
					}
				})
			}
		}
		time.Sleep(20 * time.Millisecond)
		from := time.Now()
		r.nodes[0].stop()
		if took := time.Since(from); took > 200*time.Millisecond { // at the end it hears out what is on its way
			t.Errorf("the stop took %v", took)
		}
		if err := r.nodes[0].host.Healthy(); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if own := r.nodes[0].Own(); len(own) != 0 {
			t.Errorf("it still has %v", own)
		}
		if slices.Contains(r.members(), "i0") {
			t.Error("it is still a member")
		}
		for _, name := range names {
			if n, at, err := read(t.Context(), r.nodes[1], name); n != 2*writes || at == r.nodes[0] || err != nil {
				t.Errorf("site %s has %d queues, want %d: %v", name, n, 2*writes, err)
			}
		}
	})
}

// A retrieval that is held where the site was is told to be held where it is.
func TestStopSendsRetrievalsOn(t *testing.T) {
	inPool(t, 2, func(t *testing.T, r *rig) {
		r.make(r.nodes[0], "a")
		visitor := enter(t, r.nodes[0], "a")
		first := retrieve(t, r.nodes[0], "a", visitor)
		if err := <-first; err != nil { // what happened at the beginning
			t.Fatal(err)
		}
		held := retrieve(t, r.nodes[0], "a", visitor)
		synctest.Wait()
		r.nodes[0].stop()
		if err := <-held; !errors.Is(err, hosts.ErrMoved) {
			t.Errorf("the held one: %v, want ErrMoved", err)
		}
		if n, at, err := read(t.Context(), r.nodes[1], "a"); n != 1 || at != r.nodes[1] || err != nil {
			t.Errorf("%d queues, %v", n, err)
		}
		if err := <-retrieve(t, r.nodes[1], "a", visitor); err != nil {
			t.Errorf("at the new owner: %v", err)
		}
	})
}

// enter makes a visitor with an engagement in queue 1 of a site.
func enter(t *testing.T, m *member, name string) site.Caller {
	t.Helper()
	_, _, err := ask(t.Context(), m, name, func(s *site.Site) (struct{}, error) {
		if _, err := s.Admin("test").DefineQueue(site.QueueDefinition{ID: 1, Name: "1"}); err != nil {
			return struct{}{}, err
		}
		_, err := s.RequestEngagement(site.EngagementRequest{Key: "V", TokenExpires: site.Time(time.Now().Add(time.Hour).UnixMicro())})
		return struct{}{}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return site.Caller{Key: "V"}
}

// retrieve asks a node's own host for messages; they arrive.
func retrieve(t *testing.T, m *member, name string, c site.Caller) chan error {
	done := make(chan error, 1)
	go func() {
		got, err := m.host.Retrieve(t.Context(), name, c, hosts.Numbers{}, 0)
		if err == nil {
			got.Sent(arrived{})
		}
		done <- err
	}()
	return done
}

type arrived struct{}

func (arrived) Verdict() hosts.Verdict { return hosts.Arrived }

// A renewal that is on its way while a node leaves must not bring it back: the
// others would give it sites.
func TestStopWhileRenewing(t *testing.T) {
	inPool(t, 2, func(t *testing.T, r *rig) {
		r.make(r.nodes[0], "a")
		r.nodes[0].line.delay("renew", time.Second, 0)
		time.Sleep(lease/3 + 100*time.Millisecond)
		r.nodes[0].stop()
		time.Sleep(2 * time.Second)
		if all := r.members(); slices.Contains(all, "i0") {
			t.Errorf("members %v: it is back", all)
		}
	})
}

// The store does not answer while a node stops: it ends all the same, and the others
// take its sites when its lease is over.
func TestStopWithoutAStore(t *testing.T) {
	inPool(t, 2, func(t *testing.T, r *rig) {
		r.make(r.nodes[0], "a")
		if _, err := write(t.Context(), r.nodes[0], "a", 1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(lease / 2)
		r.nodes[0].vanish()
		from := time.Now()
		r.nodes[0].stop()
		if took := time.Since(from); took > 15*time.Second {
			t.Errorf("the stop took %v", took)
		}
		if n, at, err := read(t.Context(), r.nodes[1], "a"); n != 1 || at != r.nodes[1] || err != nil {
			t.Errorf("%d queues, %v", n, err)
		}
	})
}

// A site that another node had meanwhile is not gone on with from the old memory,
// although the node never heard that it was away.
func TestGivenBack(t *testing.T) {
	inPool(t, 2, func(t *testing.T, r *rig) {
		old, other := r.nodes[0], r.nodes[1]
		r.make(old, "a")
		if n, _, err := read(t.Context(), old, "a"); n != 0 || err != nil {
			t.Fatalf("%d queues, %v", n, err)
		}
		time.Sleep(lease / 2)
		old.vanish()
		if at, err := write(t.Context(), other, "a", 1); at != other || err != nil {
			t.Fatalf("written at %v, %v", at, err)
		}
		old.line.delay("renew", 0, lease) // it has a lease in the store, and gets no answer
		old.line.mend()
		old.gone = false
		time.Sleep(lease)
		if !slices.Contains(r.members(), "i0") {
			t.Fatal("it has no lease in the store")
		}
		other.stop()
		if who, _ := r.owner("a"); who != "i0" {
			t.Fatalf("the site was given to %q", who)
		}
		old.line.delay("", 0, 0)
		time.Sleep(lease)
		if n, at, err := read(t.Context(), old, "a"); n != 1 || at != old || err != nil {
			t.Errorf("%d queues at %v, %v: want the one that was written meanwhile", n, at, err)
		}
	})
}

func TestBalance(t *testing.T) {
	inPool(t, 1, func(t *testing.T, r *rig) {
		for i := range 9 {
			r.make(r.nodes[0], fmt.Sprint("site", i))
		}
		r.join()
		r.join()
		stop := make(chan struct{})
		var wg sync.WaitGroup
		for i := range 9 { // people are there all the time
			wg.Go(func() {
				for n := 1; ; n++ {
					select {
					case <-stop:
						return
					case <-time.After(time.Second):
					}
					if _, err := write(t.Context(), r.nodes[i%3], fmt.Sprint("site", i), n%40+1); err != nil {
						t.Errorf("site%d: %v", i, err)
					}
				}
			})
		}
		time.Sleep(12 * lease)
		count := func() map[string]int {
			counts := map[string]int{}
			for _, at := range r.view().Sites {
				counts[at.Owner]++
			}
			return counts
		}
		if d := cmp.Diff(map[string]int{"i0": 3, "i1": 3, "i2": 3}, count()); d != "" {
			t.Errorf("three nodes have (-want +got):\n%s", d)
		}
		before := r.view().Sites
		time.Sleep(10 * lease)
		for i, at := range r.view().Sites {
			if at.Epoch != before[i].Epoch {
				t.Errorf("site %s moved although all was even", at.Site)
			}
		}
		close(stop)
		wg.Wait()
	})
}

// A site that nobody asks for is run by somebody when its timer is due.
func TestTimersOfASiteThatNobodyRuns(t *testing.T) {
	inPool(t, 3, func(t *testing.T, r *rig) {
		r.make(r.nodes[0], "a")
		enter(t, r.nodes[0], "a") // and shows no sign of life any more
		time.Sleep(lease / 2)
		r.nodes[0].vanish()
		heads, err := r.j.Heads(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		due := max(0, time.Until(site.Time(heads[0].NextTimer).Std()))
		if heads[0].NextTimer == 0 || due > time.Minute {
			t.Fatalf("the next timer is due in %v", due)
		}
		time.Sleep(max(due, lease-lease/3) + 2*lease/3 + time.Second) // the lease, and the next look
		who, _ := r.owner("a")
		if who == "i0" || !slices.Contains(r.members(), who) {
			t.Fatalf("it is %s's, who is no member", who)
		}
		time.Sleep(10 * time.Minute) // a whole presence interval from the load on, and what follows
		after, err := r.j.Heads(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if after[0].Position <= heads[0].Position+1 {
			t.Errorf("position %d, was %d: the visitor's session has not ended", after[0].Position, heads[0].Position)
		}
	})
}

func TestCallerThatIsGone(t *testing.T) {
	inPool(t, 2, func(t *testing.T, r *rig) {
		r.make(r.nodes[0], "a")
		time.Sleep(lease / 2)
		r.nodes[0].vanish()
		r.nodes[1].Failed("a", "i0")
		r.nodes[1].line.cut()
		for _, name := range []string{"a", "unheard"} {
			ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("the client went away"))
			_, err := r.nodes[1].Locate(ctx, name, 0)
			cancel()
			if err == nil || !cmp.Equal(err.Error(), fmt.Sprintf("find the node of site %s: the client went away", name)) {
				t.Errorf("error %v, want the context's cause", err)
			}
		}
	})
}

func TestJoinFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := begin(t)
		m := r.node()
		m.line.cut()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := m.Join(ctx, m.host); !errors.Is(err, errAway) {
			t.Errorf("error %v, want the store's", err)
		}
		m.line.mend()
		if err := m.Join(t.Context(), m.host); err != nil {
			t.Error(err)
		}
		r.finish()
	})
}

// Whatever the lines to the store do, nobody reads less of a site than was written
// and acknowledged before, and what was acknowledged is there in the end.
func TestReadsAreNeverOld(t *testing.T) {
	for _, c := range []struct {
		name     string
		mischief func(t *testing.T, r *rig)
	}{
		{"given back while the old owner's news was lost", func(t *testing.T, r *rig) {
			old := r.nodes[0]
			old.line.cut()
			time.Sleep(2 * lease) // node1 or node2 takes the site, and writes
			old.line.delay("renew", 0, lease)
			old.line.mend()
			time.Sleep(lease / 2) // the store has its lease, it has no answer
			for _, m := range r.nodes[1:] {
				m.stop()
			}
			old.line.delay("", 0, 0)
			time.Sleep(2 * lease)
		}},
		{"a hand-over that lands after it was given up", func(t *testing.T, r *rig) {
			r.nodes[0].line.delay("give", 9*time.Second, 0)
			time.Sleep(4 * lease)
		}},
		{"a hand-over whose answer is lost", func(t *testing.T, r *rig) {
			r.nodes[0].line.delay("give", 0, 9*time.Second)
			time.Sleep(4 * lease)
		}},
		{"claims that land late", func(t *testing.T, r *rig) {
			for _, m := range r.nodes[1:] {
				m.line.delay("claim", 4*time.Second, 0)
			}
			r.nodes[0].line.cut()
			time.Sleep(2 * lease)
			r.nodes[0].line.mend()
			time.Sleep(2 * lease)
		}},
		{"slow renewals everywhere", func(t *testing.T, r *rig) {
			for _, m := range r.nodes {
				m.line.delay("renew", 2*time.Second, 900*time.Millisecond)
			}
			time.Sleep(4 * lease)
		}},
		{"one node after the other is cut off", func(t *testing.T, r *rig) {
			for range 2 {
				for _, m := range r.nodes {
					m.line.cut()
					time.Sleep(lease + time.Second)
					m.line.mend()
					time.Sleep(lease / 3)
				}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inPool(t, 3, func(t *testing.T, r *rig) {
				r.make(r.nodes[0], "a", "b", "c", "d") // more than its share, so that some move
				var wg sync.WaitGroup
				ctx, cancel := context.WithCancel(t.Context())
				for _, name := range []string{"a", "d"} {
					var written atomic.Int32 // queues that are certainly there
					wg.Go(func() {
						for n := 1; n <= 90; n++ {
							for ctx.Err() == nil { // as a client does that repeats what nobody answered
								if _, err := write(ctx, r.nodes[n%3], name, n); err == nil {
									written.Store(int32(n))
									break
								}
								time.Sleep(10 * time.Millisecond)
							}
							time.Sleep(100 * time.Millisecond)
						}
					})
					for _, m := range r.nodes {
						wg.Go(func() {
							for ctx.Err() == nil {
								least := int(written.Load())
								once, stop := context.WithTimeout(ctx, 20*time.Second)
								n, at, err := read(once, m, name)
								stop()
								if err == nil && n < least {
									t.Errorf("at %v: %d queues of %s read at %s, and %d were there before", time.Since(r.start), n, name, at.self.Name, least)
									return
								}
								time.Sleep(23 * time.Millisecond)
							}
						})
					}
				}
				time.Sleep(lease / 2)
				c.mischief(t, r)
				cancel()
				wg.Wait()
			})
		})
	}
}
