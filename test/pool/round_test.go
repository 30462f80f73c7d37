package pool

import (
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"usher/test/kill/crowd"
)

// round is one thing that is done to a pool. Whatever it does is over when it
// returns, and all sites are well again.
type round struct {
	name string
	// refuses: commands may be refused meanwhile.
	refuses bool
	run     func(*testing.T, *pool)
}

var rounds = []round{
	{"kill", true, killNode},
	{"roll", false, rollAll},
	{"pause", true, pauseNode},
	{"restart-database", true, restartDatabase},
	{"kill-database", true, killDatabase},
	{"cut", true, func(t *testing.T, p *pool) { cutOff(t, p, cut) }},
	{"silence", true, func(t *testing.T, p *pool) { cutOff(t, p, silent) }},
	{"sluggish", true, func(t *testing.T, p *pool) { cutOff(t, p, sluggish) }},
	{"grow-and-shrink", false, growAndShrink},
}

// run goes through a round, and notes how long people noticed it.
func (p *pool) run(t *testing.T, r round) {
	t.Helper()
	x := p.watch.begin(r.name, r.refuses)
	r.run(t, p)
	p.settled(t, time.Now())
	p.watch.end(x)
	for _, d := range p.dials {
		refused, took := d.longest(x.from, x.to)
		p.times.add(r.name+": longest refused", refused)
		p.times.add(r.name+": longest write", took)
	}
	t.Logf("%-16s %v", r.name, x.to.Sub(x.from).Round(10*time.Millisecond))
}

// owners answers which node runs each site, as a node sees it.
func (p *pool) owners(t *testing.T, n *node) map[string]string {
	t.Helper()
	hc := crowd.NewFront(n.address).HTTP(p.random)
	owners := map[string]string{}
	for _, d := range p.dials {
		status, got, err := ask(hc, http.MethodGet, n.address, d.site, "")
		if err != nil || status != http.StatusOK {
			t.Fatalf("ask node %s for the owner of site %s: %d, %v", n.name, d.site, status, err)
		}
		owners[d.site] = got.Owner
	}
	return owners
}

// killNode: the others take over within the lease.
func killNode(t *testing.T, p *pool) {
	n := p.any()
	owners := p.owners(t, n)
	n.up = false
	at := time.Now()
	p.watch.away(n.address)
	n.running.Kill()
	p.point()
	time.Sleep(crowd.Between(p.random, 0, lease)) // the node may be back before the others have noticed
	p.join(t, len(p.live())+1)
	p.settled(t, time.Now())
	for _, d := range p.dials {
		if took, ok := d.recovery(at); ok && owners[d.site] == n.name {
			p.times.add("take-over after a kill", took)
		}
	}
}

// rollAll: a rolling restart. Not one request fails.
func rollAll(t *testing.T, p *pool) {
	for _, n := range p.live() {
		p.stop(t, n)
		p.join(t, len(p.live())+1)
	}
}

// pauseNode: a node stands still for longer than its lease, and goes on in the
// belief that its sites are its own.
func pauseNode(t *testing.T, p *pool) {
	n := p.any()
	owners, at := p.owners(t, n), time.Now()
	if err := n.running.Pause(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(crowd.Between(p.random, lease, 2*lease))
	if err := n.running.Resume(); err != nil {
		t.Fatal(err)
	}
	p.settled(t, time.Now())
	for _, d := range p.dials {
		if took, ok := d.recovery(at); ok && owners[d.site] == n.name {
			p.times.add("take-over after a pause", took)
		}
	}
}

// restartDatabase: retrievals are held, commands refused while it is away, then
// everything goes on.
func restartDatabase(t *testing.T, p *pool) {
	p.server.Stop(t)
	time.Sleep(crowd.Between(p.random, 0, lease))
	p.server.Start(t)
}

func killDatabase(t *testing.T, p *pool) {
	p.server.Kill(t)
	time.Sleep(crowd.Between(p.random, 0, 2*lease))
	p.server.Start(t)
}

// cutOff: a node loses the database. It answers for its sites until its lease has run
// out, and nothing any more from then on: the others take them. The site where nobody
// talks shows it: at the others an append is on its way, for which all answers wait.
func cutOff(t *testing.T, p *pool, how passage) {
	quiet := p.dials[len(p.dials)-1]
	quiet.rest()
	defer quiet.still.Store(false)
	owner := p.owners(t, p.any())[quiet.site]
	live := p.live()
	n := live[slices.IndexFunc(live, func(n *node) bool { return n.name == owner })]
	n.gate.set(how)
	at := time.Now()
	time.Sleep(lease)
	quiet.still.Store(false)
	time.Sleep(lease)
	back := time.Now()
	n.gate.set(open)
	p.settled(t, back)
	if how == sluggish {
		return
	}
	p.cuts++
	if len(quiet.readAt(n, at, at.Add(lease))) > 0 {
		p.proofs++
	}
	for _, d := range p.dials {
		for _, r := range d.readAt(n, at.Add(lease), back) {
			t.Errorf("node %s was cut off from the database (%v), and answered %d for site %s %v later: its lease of %v was over",
				n.name, how, r.value, d.site, r.to.Sub(at), lease)
		}
	}
}

// growAndShrink: nodes come, and sites move to them; nodes go, and sites move back.
// Not one request fails.
func growAndShrink(t *testing.T, p *pool) {
	for _, n := range p.live()[1:] {
		p.stop(t, n)
	}
	p.join(t, mostNodes)
	spread := func() bool {
		counts := map[string]int{}
		for _, owner := range p.owners(t, p.any()) {
			counts[owner]++
		}
		return len(counts) == min(mostNodes, len(p.dials))
	}
	for end := time.Now().Add(time.Minute); !spread(); {
		if time.Now().After(end) {
			t.Fatalf("the sites did not move to the new nodes: %v", p.owners(t, p.any()))
		}
		time.Sleep(pace) // it is asked again, not hoped for
	}
	for _, n := range p.live()[nodesAtFirst:] {
		p.stop(t, n)
	}
}

// times are how long things took.
type times map[string][]time.Duration

func (m *times) add(what string, d time.Duration) {
	if *m == nil {
		*m = times{}
	}
	(*m)[what] = append((*m)[what], d)
}

func (m times) log(t *testing.T) {
	t.Helper()
	for _, what := range slices.Sorted(maps.Keys(m)) {
		all := slices.Sorted(slices.Values(m[what]))
		t.Logf("%-40s median %v, longest %v, of %d", what, all[len(all)/2].Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond), len(all))
	}
}
