package journaltest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"usher/internal/journal"
)

// Pooled is an empty store that several nodes share.
type Pooled struct {
	journal.Journal
	// Join answers the store's pool for one more node.
	Join func(n journal.Node) journal.Pool
}

// RunPool holds the pools of the stores that open makes to every sentence of the
// interface. Leases of an hour are live in it, and those of no length have run out.
func RunPool(t *testing.T, open func(t *testing.T) Pooled) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Pooled)
	}{
		{"Renew", testRenew},
		{"Members", testMembers},
		{"Leave", testLeave},
		{"Forgotten", testForgotten},
		{"Claim", testClaim},
		{"ClaimNeedsLease", testClaimNeedsLease},
		{"ClaimNewer", testClaimNewer},
		{"ClaimFences", testClaimFences},
		{"ClaimAgainstAppends", testClaimAgainstAppends},
		{"ClaimRace", testClaimRace},
		{"RenewalAgainstClaim", testRenewalAgainstClaim},
		{"Incarnations", testIncarnations},
		{"Give", testGive},
		{"GiveFenced", testGiveFenced},
		{"RaiseEpochKeepsOwner", testRaiseEpochKeepsOwner},
		{"PoolOfClosed", testPoolOfClosed},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

const (
	live = time.Hour
	over = time.Duration(0)
)

// node is a node of a test, whose name says everything about it.
func node(name string) journal.Node {
	return journal.Node{Name: name, Incarnation: name + "-1", Address: "http://" + name + ":8080", Format: 5, Version: "v1"}
}

func renew(t testing.TB, p journal.Pool, d time.Duration) journal.View {
	t.Helper()
	v, err := p.Renew(t.Context(), d)
	if err != nil {
		t.Fatalf("renew: %v", err)
	}
	return v
}

// join makes a node with a live lease.
func join(t testing.TB, s Pooled, name string) journal.Pool {
	t.Helper()
	p := s.Join(node(name))
	renew(t, p, live)
	return p
}

func claim(t testing.TB, p journal.Pool, site string) journal.Placement {
	t.Helper()
	pl, err := p.Claim(t.Context(), site)
	if err != nil {
		t.Fatalf("claim %s: %v", site, err)
	}
	return pl
}

// members answers the nodes of a view, and fails the test when a lease of theirs is
// not as live says.
func members(t testing.TB, v journal.View, live ...bool) []journal.Node {
	t.Helper()
	var nodes []journal.Node
	for i, m := range v.Members {
		nodes = append(nodes, m.Node)
		if m.Left > time.Hour || i < len(live) && live[i] != (m.Left > 0) {
			t.Errorf("of the lease of %s there is %v left", m.Name, m.Left)
		}
	}
	if len(nodes) != len(live) {
		t.Errorf("%d members, want %d", len(nodes), len(live))
	}
	return nodes
}

func testRenew(t *testing.T, s Pooled) {
	a, b := create(t, s, "alpha"), create(t, s, "beta")
	p := s.Join(node("one"))
	if v := renew(t, p, live); !v.Lapsed {
		t.Error("the first renewal says that there was a lease")
	}
	v := renew(t, p, live)
	if v.Lapsed {
		t.Error("a renewal within an hour comes too late")
	}
	same(t, "members", members(t, v, true), []journal.Node{node("one")})
	same(t, "sites", v.Sites, []journal.Placement{{Head: a}, {Head: b}})

	pl := claim(t, p, "beta")
	b = write(t, s, pl.Head, journal.Batch{Frame: next(pl.Head, 3)})
	v = renew(t, p, over)
	if v.Lapsed {
		t.Error("the last live renewal comes too late")
	}
	members(t, v, false)
	same(t, "sites", v.Sites, []journal.Placement{{Head: a}, {Head: b, Owner: "one-1"}})
	if v := renew(t, p, live); !v.Lapsed {
		t.Error("a renewal after the lease's end comes in time")
	}
	if v := renew(t, p, live); v.Lapsed {
		t.Error("the renewed lease has lapsed")
	}
}

func testMembers(t *testing.T, s Pooled) {
	one, two, three := s.Join(node("one")), s.Join(node("two")), s.Join(node("three"))
	renew(t, two, over)
	renew(t, three, live)
	all := []journal.Node{node("one"), node("three"), node("two")}
	same(t, "members, ordered by incarnation", members(t, renew(t, one, live), true, true, false), all)
	same(t, "members to another", members(t, renew(t, three, live), true, true, false), all)

	moved := node("two")
	moved.Address, moved.Version = "http://elsewhere:1", "v2"
	same(t, "a member that says something else",
		members(t, renew(t, s.Join(moved), live), true, true, true), []journal.Node{node("one"), node("three"), moved})
}

func testLeave(t *testing.T, s Pooled) {
	create(t, s, "alpha")
	one, two := join(t, s, "one"), join(t, s, "two")
	claim(t, one, "alpha")
	for range 2 {
		if err := one.Leave(t.Context()); err != nil {
			t.Fatalf("leave: %v", err)
		}
	}
	v := renew(t, two, live)
	same(t, "members", members(t, v, true), []journal.Node{node("two")})
	if v.Sites[0].Owner != "one-1" {
		t.Errorf("leaving changed the owner to %q", v.Sites[0].Owner)
	}
	if pl := claim(t, two, "alpha"); pl.Owner != "two-1" {
		t.Errorf("owner %q", pl.Owner)
	}
	if v := renew(t, one, live); !v.Lapsed {
		t.Error("who left had a lease all along")
	}
}

// testForgotten: a lease that ended two minutes ago is nobody's; one that ended just
// now is still somebody's.
func testForgotten(t *testing.T, s Pooled) {
	create(t, s, "alpha")
	one, two := join(t, s, "one"), join(t, s, "two")
	claim(t, one, "alpha")
	renew(t, s.Join(node("three")), over)
	renew(t, one, -2*time.Minute)
	same(t, "members", members(t, renew(t, two, live), false, true), []journal.Node{node("three"), node("two")})
	claim(t, two, "alpha")
	if v := renew(t, one, live); !v.Lapsed {
		t.Error("who was forgotten had a lease all along")
	}
}

func testClaim(t *testing.T, s Pooled) {
	h := create(t, s, "alpha")
	h = write(t, s, h, journal.Batch{Frame: next(h, 4), Checkpoint: true, Parts: []journal.Part{{Key: "a", Data: []byte("x")}}})
	h = write(t, s, h, journal.Batch{Frame: next(h, 1)})
	one, two := join(t, s, "one"), join(t, s, "two")

	got := claim(t, one, "alpha")
	if got.Epoch <= h.Epoch {
		t.Errorf("epoch %d follows %d", got.Epoch, h.Epoch)
	}
	h.Epoch = got.Epoch // and nothing else is new
	want := journal.Placement{Head: h, Owner: "one-1"}
	same(t, "a site that was nobody's", got, want)

	got, err := two.Claim(t.Context(), "alpha")
	wantErr(t, "another's site", err, journal.ErrOwned)
	same(t, "another's site", got, want)

	got = claim(t, one, "alpha")
	if got.Epoch <= h.Epoch {
		t.Errorf("epoch %d follows %d", got.Epoch, h.Epoch)
	}
	want.Epoch = got.Epoch
	same(t, "its own site", got, want)

	renew(t, one, over)
	got = claim(t, two, "alpha")
	if got.Epoch <= want.Epoch {
		t.Errorf("epoch %d follows %d", got.Epoch, want.Epoch)
	}
	want.Epoch, want.Owner = got.Epoch, "two-1"
	same(t, "the site of a lapsed node", got, want)
	same(t, "sites in the view", renew(t, one, live).Sites, []journal.Placement{want})
	got, err = one.Claim(t.Context(), "alpha")
	wantErr(t, "a site that was lost", err, journal.ErrOwned)
	same(t, "a site that was lost", got, want)
	same(t, "loaded head", load(t, s, "alpha").Head, want.Head)

	_, err = one.Claim(t.Context(), "nowhere")
	wantErr(t, "a site that is none", err, journal.ErrNoSite)
}

func testClaimNeedsLease(t *testing.T, s Pooled) {
	h := create(t, s, "alpha")
	one := s.Join(node("one"))
	got, err := one.Claim(t.Context(), "alpha")
	wantErr(t, "without a lease", err, journal.ErrLapsed)
	same(t, "without a lease", got, journal.Placement{Head: h})

	renew(t, one, live)
	want := claim(t, one, "alpha")
	renew(t, one, over)
	got, err = one.Claim(t.Context(), "alpha")
	wantErr(t, "its own site after its lease", err, journal.ErrLapsed)
	same(t, "its own site after its lease", got, want)

	two := join(t, s, "two")
	want = claim(t, two, "alpha")
	got, err = one.Claim(t.Context(), "alpha")
	wantErr(t, "another's site after its lease", err, journal.ErrLapsed)
	same(t, "another's site after its lease", got, want)
	_, err = one.Claim(t.Context(), "nowhere")
	wantErr(t, "a site that is none", err, journal.ErrNoSite)
}

func testClaimNewer(t *testing.T, s Pooled) {
	h := create(t, s, "alpha")
	f := next(h, 1)
	f.Format = 5
	h = write(t, s, h, journal.Batch{Frame: f})
	older := node("older")
	older.Format = 4
	p := s.Join(older)
	renew(t, p, live)
	got, err := p.Claim(t.Context(), "alpha")
	wantErr(t, "events of a later format", err, journal.ErrNewer)
	same(t, "events of a later format", got, journal.Placement{Head: h})
	claim(t, join(t, s, "newer"), "alpha")
	_, err = p.Claim(t.Context(), "alpha")
	wantErr(t, "another's site with a later format", err, journal.ErrOwned)
}

func testClaimFences(t *testing.T, s Pooled) {
	h := create(t, s, "alpha")
	h = write(t, s, h, journal.Batch{Frame: next(h, 2)})
	one := join(t, s, "one")
	got := claim(t, one, "alpha")
	wantErr(t, "append under the old epoch", appendBatch(t, s, journal.Batch{Frame: next(h, 1)}), journal.ErrFenced)
	_, err := s.RaiseEpoch(t.Context(), "alpha", h.Epoch)
	wantErr(t, "raise from the old epoch", err, journal.ErrFenced)
	h = write(t, s, got.Head, journal.Batch{Frame: next(got.Head, 1)})
	same(t, "loaded head", load(t, s, "alpha").Head, h)
}

// testClaimAgainstAppends: an append that runs beside Claim is either in the claimed
// position or fenced, never later.
func testClaimAgainstAppends(t *testing.T, s Pooled) {
	h := create(t, s, "alpha")
	one := join(t, s, "one")
	for i := range 40 {
		done := start(t, s, journal.Batch{Frame: next(h, 1+i%3)})
		got := claim(t, one, "alpha")
		want := h.Position
		switch err := <-done; {
		case err == nil:
			want += int64(1 + i%3)
		case !errors.Is(err, journal.ErrFenced):
			t.Fatalf("append: %v", err)
		}
		if got.Position != want {
			t.Fatalf("round %d: claimed at position %d, the append's outcome says %d", i, got.Position, want)
		}
		h = got.Head
		if loaded := load(t, s, "alpha").Head; loaded != h {
			t.Fatalf("round %d: loaded head %+v, want %+v", i, loaded, h)
		}
	}
}

// testClaimRace: of nodes that want a site at once one gets it, again and again as
// its owner lapses, and no two ever get one epoch.
func testClaimRace(t *testing.T, s Pooled) {
	h := create(t, s, "alpha")
	const nodes = 5
	var pools [nodes]journal.Pool
	for i := range pools {
		pools[i] = join(t, s, fmt.Sprintf("node%d", i))
	}
	for range 8 {
		var wg sync.WaitGroup
		var got [nodes]journal.Placement
		var errs [nodes]error
		for i, p := range pools {
			wg.Go(func() { got[i], errs[i] = p.Claim(t.Context(), "alpha") })
		}
		wg.Wait()
		winner := -1
		for i, err := range errs {
			switch {
			case err == nil && winner >= 0:
				t.Fatalf("both %d and %d got the site", winner, i)
			case err == nil:
				winner = i
			case !errors.Is(err, journal.ErrOwned):
				t.Fatalf("claim: %v", err)
			}
		}
		if winner < 0 {
			t.Fatal("nobody got the site")
		}
		if got[winner].Epoch <= h.Epoch {
			t.Fatalf("epoch %d follows %d", got[winner].Epoch, h.Epoch)
		}
		h = got[winner].Head
		for i := range got {
			same(t, "what the others are told", got[i], got[winner])
		}
		renew(t, pools[winner], over)
		other := (winner + 1) % nodes
		h = claim(t, pools[other], "alpha").Head
		if _, err := pools[other].Give(t.Context(), "alpha", h.Epoch, ""); err != nil {
			t.Fatalf("give: %v", err)
		}
		renew(t, pools[winner], live)
	}
}

// testRenewalAgainstClaim: a lapsed owner that comes back, and a node that takes its
// site, are one after the other.
func testRenewalAgainstClaim(t *testing.T, s Pooled) {
	create(t, s, "alpha")
	one, two := join(t, s, "one"), join(t, s, "two")
	pools := map[string]journal.Pool{"one-1": one, "two-1": two}
	owner := claim(t, one, "alpha").Owner
	for range 30 {
		back, taker := pools[owner], pools[map[string]string{"one-1": "two-1", "two-1": "one-1"}[owner]]
		renew(t, back, over)
		var wg sync.WaitGroup
		var v journal.View
		var renewed, claimed error
		var got journal.Placement
		wg.Go(func() { v, renewed = back.Renew(t.Context(), live) })
		wg.Go(func() { got, claimed = taker.Claim(t.Context(), "alpha") })
		wg.Wait()
		if renewed != nil || !v.Lapsed {
			t.Fatalf("the renewal after the lease: %v, lapsed %v", renewed, v.Lapsed)
		}
		if claimed != nil && !errors.Is(claimed, journal.ErrOwned) {
			t.Fatalf("claim: %v", claimed)
		}
		if (claimed == nil) != (got.Owner != owner) {
			t.Fatalf("the claim says %v, and the owner is %s", claimed, got.Owner)
		}
		owner = got.Owner
	}
}

// testIncarnations: a server that starts again under its name is another node.
func testIncarnations(t *testing.T, s Pooled) {
	create(t, s, "alpha")
	again := node("one")
	again.Incarnation = "one-2"
	first, second := join(t, s, "one"), s.Join(again)
	if v := renew(t, second, live); !v.Lapsed {
		t.Error("a new incarnation has its predecessor's lease")
	}
	claim(t, first, "alpha")
	got, err := second.Claim(t.Context(), "alpha")
	wantErr(t, "the site of a live predecessor", err, journal.ErrOwned)
	if got.Owner != "one-1" {
		t.Errorf("the owner is %q", got.Owner)
	}
	renew(t, first, over)
	if got := claim(t, second, "alpha"); got.Owner != "one-2" {
		t.Errorf("the owner is %q", got.Owner)
	}
}

func testGive(t *testing.T, s Pooled) {
	create(t, s, "alpha")
	one, two, three := join(t, s, "one"), join(t, s, "two"), join(t, s, "three")
	had := claim(t, one, "alpha")
	h := write(t, s, had.Head, journal.Batch{Frame: next(had.Head, 2)})

	given, err := one.Give(t.Context(), "alpha", h.Epoch, "two-1")
	if err != nil || given.Epoch <= h.Epoch {
		t.Fatalf("give from epoch %d: %+v, %v", h.Epoch, given, err)
	}
	wantErr(t, "append under the old epoch", appendBatch(t, s, journal.Batch{Frame: next(h, 1)}), journal.ErrFenced)
	h.Epoch = given.Epoch
	same(t, "given to a node", given, journal.Placement{Head: h, Owner: "two-1"})
	_, err = three.Claim(t.Context(), "alpha")
	wantErr(t, "a site that was given to another", err, journal.ErrOwned)
	got := claim(t, two, "alpha")
	if got.Epoch <= h.Epoch {
		t.Errorf("epoch %d follows %d", got.Epoch, h.Epoch)
	}

	given, err = two.Give(t.Context(), "alpha", got.Epoch, "")
	if err != nil || given.Epoch <= got.Epoch || given.Owner != "" {
		t.Fatalf("give to nobody from epoch %d: %+v, %v", got.Epoch, given, err)
	}
	same(t, "sites in the view", renew(t, one, live).Sites, []journal.Placement{given})
	if got := claim(t, three, "alpha"); got.Owner != "three-1" {
		t.Errorf("the owner is %q", got.Owner)
	}
}

func testGiveFenced(t *testing.T, s Pooled) {
	h := create(t, s, "alpha")
	one, two := join(t, s, "one"), join(t, s, "two")
	got, err := one.Give(t.Context(), "alpha", h.Epoch, "two-1")
	wantErr(t, "a site that is nobody's", err, journal.ErrFenced)
	same(t, "a site that is nobody's", got, journal.Placement{Head: h})
	want := claim(t, one, "alpha")
	for name, c := range map[string]struct {
		p     journal.Pool
		epoch int64
	}{
		"an older epoch": {one, h.Epoch},
		"a later epoch":  {one, want.Epoch + 1},
		"another's site": {two, want.Epoch},
	} {
		got, err := c.p.Give(t.Context(), "alpha", c.epoch, "two-1")
		wantErr(t, name, err, journal.ErrFenced)
		same(t, name, got, want)
	}
	_, err = one.Give(t.Context(), "nowhere", 1, "")
	wantErr(t, "a site that is none", err, journal.ErrNoSite)
	write(t, s, want.Head, journal.Batch{Frame: next(want.Head, 1)})
}

func testRaiseEpochKeepsOwner(t *testing.T, s Pooled) {
	create(t, s, "alpha")
	one := join(t, s, "one")
	got := claim(t, one, "alpha")
	h, err := s.RaiseEpoch(t.Context(), "alpha", got.Epoch)
	if err != nil {
		t.Fatalf("raise: %v", err)
	}
	same(t, "sites in the view", renew(t, one, live).Sites, []journal.Placement{{Head: h, Owner: "one-1"}})
	if _, err := one.Give(t.Context(), "alpha", h.Epoch, ""); err != nil {
		t.Errorf("give under the raised epoch: %v", err)
	}
}

// testPoolOfClosed: what is refused by a closed journal is refused by its pool.
func testPoolOfClosed(t *testing.T, s Pooled) {
	h := create(t, s, "alpha")
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	own, ok := s.Journal.(interface{ Pool() journal.Pool })
	p := s.Join(node("one"))
	if ok { // Join answers another journal's pool
		p = own.Pool()
	}
	ctx := t.Context()
	_, err := p.Renew(ctx, live)
	wantErr(t, "renew", err, journal.ErrRefused)
	_, err = p.Claim(ctx, "alpha")
	wantErr(t, "claim", err, journal.ErrRefused)
	_, err = p.Give(ctx, "alpha", h.Epoch, "")
	wantErr(t, "give", err, journal.ErrRefused)
}
