// Package pool lets visitors and agents of several sites talk to several nodes over
// one PostgreSQL, through a front that leads to any of them, while nodes are killed,
// stopped, paused and cut off, and the database is restarted and killed. It checks
// what clients were promised, and that nothing is refused that need not be.
package pool

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/journal/pgtest"
	"usher/internal/journal/postgres"
	"usher/test/binary"
	"usher/test/kill/crowd"
)

var (
	lasts = flag.Duration("lasts", 0, "go on with rounds for so long; 0: each kind once")
	seed  = flag.Uint64("seed", 0, "the seed of everything that is random; 0 takes a new one")
	only  = flag.String("rounds", "", "the kinds of rounds, with commas; empty: all")
)

const (
	// lease is short, because much of the test is waiting for it.
	lease = 2 * time.Second
	// nodesAtFirst run between the rounds.
	nodesAtFirst = 3
	// mostNodes run when the pool has grown.
	mostNodes = 5
	// visitorsAtOnce talk at each site.
	visitorsAtOnce = 3
	// settleFor is how long everything may take to come to its end when nothing is
	// done any more: far more than a client's longest pause.
	settleFor = 90 * time.Second
)

// The sites. At the last one nobody talks.
var siteNames = []string{"demo", "north", "south", "quiet"}

var program string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(binary.InTempDir(func(path string) int {
		program = path
		return m.Run()
	}))
}

func TestPool(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("seed %d", *seed)
	t.Cleanup(func() {
		if t.Failed() {
			// -artifacts keeps what the nodes logged.
			t.Logf("run it again with: go test -race ./test/pool -run '^TestPool$' -v -artifacts -outputdir=%s -seed=%d -lasts=%v -rounds=%s", os.TempDir(), *seed, *lasts, *only)
		}
	})
	server := pgtest.Start(t)
	p := &pool{dir: t.ArtifactDir(), server: server, database: server.URL(), random: rand.New(rand.NewPCG(*seed, 0)), front: crowd.NewFront()}
	t.Cleanup(p.close)
	p.front.Watch = p.watch.see
	for range mostNodes {
		p.newNode(t)
	}
	p.join(t, nodesAtFirst)
	p.gather(t)
	stop := p.begin()
	t.Cleanup(stop)
	p.settled(t, time.Now())
	p.torment(t)
	for _, c := range p.people[:len(p.people)-1] {
		if err := c.Settle(settleFor); err != nil {
			t.Error(err)
		}
		c.Stop()
	}
	stop()
	for _, n := range p.live() {
		p.stop(t, n)
	}
	p.check(t)
}

// gather makes the sites.
func (p *pool) gather(t *testing.T) {
	t.Helper()
	token := p.nodes[0].running.Ready.AdminToken
	for _, name := range siteNames {
		c, err := crowd.Gather(t.Context(), crowd.Options{Front: p.front, AdminToken: token, Site: name, Seed: *seed, Visitors: visitorsAtOnce})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Stop)
		p.people = append(p.people, c)
		account := fmt.Sprintf(`{"login":%q,"password":%q,"name":"Sue","supervisor":true}`, supervisor, password)
		if err := c.Admin(http.MethodPut, "/accounts/110", account, nil); err != nil {
			t.Fatal(err)
		}
		p.dials = append(p.dials, &dial{site: name, write: p.front.HTTP(rand.New(rand.NewPCG(*seed, 1)))})
	}
}

// begin lets everybody act. What it answers ends those who turn and read the dials.
func (p *pool) begin() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for _, c := range p.people[:len(p.people)-1] {
		c.Begin()
	}
	for _, d := range p.dials {
		all.Go(func() { d.turn(ctx) })
		for i, n := range p.nodes {
			direct := crowd.NewFront(n.address)
			direct.Watch = func(e crowd.Exchange) {
				if e.Node != "" { // nobody is there when the node is away
					p.watch.see(e)
				}
			}
			hc := direct.HTTP(rand.New(rand.NewPCG(*seed, uint64(2+i))))
			all.Go(func() { d.follow(ctx, hc, n) })
		}
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// torment goes through rounds, in any order.
func (p *pool) torment(t *testing.T) {
	t.Helper()
	kinds := slices.DeleteFunc(slices.Clone(rounds), func(r round) bool {
		return *only != "" && !slices.Contains(strings.Split(*only, ","), r.name)
	})
	began := time.Now()
	for n := 0; n == 0 || time.Since(began) < *lasts; n++ {
		p.random.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
		for _, r := range kinds {
			p.run(t, r)
		}
	}
}

// check judges everything that was noted.
func (p *pool) check(t *testing.T) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	j, err := postgres.Open(ctx, p.database, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	var sum crowd.Sum
	var faults []string
	reads, writes := 0, 0
	for _, c := range p.people {
		facts, err := crowd.Read(ctx, j, c.Site)
		if err != nil {
			t.Fatal(err)
		}
		faults = append(faults, crowd.Check(&c.Record, facts)...)
		sum.Add(c.Record.Sum())
	}
	for _, d := range p.dials {
		stale, err := d.faults(ctx, j)
		if err != nil {
			t.Fatal(err)
		}
		faults = append(faults, stale...)
		reads, writes = reads+len(d.reads), writes+len(d.acked)
	}
	crowd.Report(t, faults)
	amiss := p.watch.faults()
	crowd.Report(t, amiss)
	for _, n := range p.nodes {
		if n.running == nil {
			continue
		}
		if err := n.running.AlarmUnless(p.watch.expects); err != nil {
			t.Errorf("node %s: %v", n.name, err)
		}
	}
	t.Logf("%v; dials turned %d times and read %d times; %d exchanges, %d of them retrievals; %d cut-offs in which a node answered until its lease was over; %d faults",
		sum, writes, reads, p.watch.count, p.watch.polls, p.proofs, len(faults)+len(amiss))
	p.times.log(t)
	if p.cuts > 0 && p.proofs == 0 {
		t.Error("no node that was cut off answered anything while its lease held: that it did not afterwards tells nothing")
	}
	if sum.Delivered < 100 || reads < 100 {
		t.Errorf("only %d posts were delivered, and %d answers read: too few to tell anything", sum.Delivered, reads)
	}
}
