package metrics_test

import (
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/site"
	"usher/internal/testkit"
)

// expectSeries fails unless the series of a node's have these values now.
func expectSeries(t *testing.T, p *testkit.Pool, i int, want map[string]float64) {
	t.Helper()
	synctest.Wait()
	got := testkit.Series(p.Metrics(i))
	for name, value := range want {
		if is, there := got[name]; !there || is != value {
			t.Errorf("node %d: %s is %v (there %t), want %v", i, name, is, there, value)
		}
	}
}

// TestPoolMoves: what is told of nodes, leases and sites that move is what happens.
func TestPoolMoves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		p := testkit.NewPool(t, 2, testkit.Options{Journal: j})
		sign := func(i int) *testkit.Agent { return p.At(i).LogOn("ada") }
		pause(testkit.Lease)
		expectSeries(t, p, 0, map[string]float64{
			"usher_pool_nodes": 2, `usher_sites{state="live"}`: 1, `usher_site_moves_total{kind="taken"}`: 1, `usher_site_moves_total{kind="lost"}`: 0,
			"usher_pool_site_overdue_seconds": 0, "usher_requests_seeking": 0, "usher_ready": 1,
		})
		expectSeries(t, p, 1, map[string]float64{
			"usher_pool_nodes": 2, `usher_sites{state="live"}`: 0, `usher_site_moves_total{kind="taken"}`: 0,
			`usher_forwarded_requests_total{reply="answered"}`: 0, "usher_ready": 1,
		})
		for i := range 2 {
			if left := testkit.Series(p.Metrics(i))["usher_lease_remaining_seconds"]; left <= 0 || left > testkit.Lease.Seconds() {
				t.Errorf("node %d has %v s left of its lease", i, left)
			}
		}

		// Two requests go from node 1 to node 0, and none from there.
		sign(1)
		expectSeries(t, p, 1, map[string]float64{
			`usher_forwarded_requests_total{reply="answered"}`:                                                                     2,
			`usher_requests_total{method="POST",route="/engagement/api/agent/{site}/v1/createAutomatedAgentSession",status="200"}`: 1,
		})
		expectSeries(t, p, 0, map[string]float64{
			`usher_forwarded_requests_total{reply="answered"}`:                                                                     0,
			`usher_requests_total{method="POST",route="/engagement/api/agent/{site}/v1/createAutomatedAgentSession",status="200"}`: 1,
		})

		// Refusals count where they are worded.
		if a := p.At(1).Send("POST", testkit.VisitorPath("postMessage"), "{}", "SessionId", "nobody's"); a.Status != 403 {
			t.Fatal(a.Status, a.Body)
		}
		expectSeries(t, p, 0, map[string]float64{`usher_refusals_total{code="ACCESS_DENIED",status="403"}`: 1})
		if n, there := testkit.Series(p.Metrics(1))[`usher_refusals_total{code="ACCESS_DENIED",status="403"}`]; there {
			t.Errorf("node 1 counts %v refusals of node 0", n)
		}

		// A node that stops hands its site over.
		p.Stop(0)
		pause(testkit.Lease)
		expectSeries(t, p, 0, map[string]float64{`usher_site_moves_total{kind="handed_over"}`: 1, `usher_site_moves_total{kind="lost"}`: 0})
		expectSeries(t, p, 1, map[string]float64{`usher_site_moves_total{kind="taken"}`: 1, "usher_pool_nodes": 1})

		// A node that is paused loses it.
		p.Start(0)
		pause(testkit.Lease)
		expectSeries(t, p, 1, map[string]float64{"usher_pool_nodes": 2})
		p.Pause(1)
		pause(2 * testkit.Lease)
		sign(0)
		p.Resume(1)
		pause(testkit.Lease)
		expectSeries(t, p, 0, map[string]float64{`usher_site_moves_total{kind="taken"}`: 1, `usher_sites{state="live"}`: 1})
		expectSeries(t, p, 1, map[string]float64{`usher_site_moves_total{kind="lost"}`: 1, `usher_sites{state="live"}`: 0, "usher_ready": 1})

		// Without the database no lease is renewed, and nobody takes what a dead node had.
		before := testkit.Series(p.Metrics(1))["usher_lease_renewal_failures_total"]
		p.StoreAwayFor(1, true)
		p.Kill(0)
		asked := make(chan testkit.Answer)
		go func() {
			a, err := p.At(1).TrySend("POST", testkit.VisitorPath("activity"), `{"mode":"LISTENING"}`, "SessionId", "nobody's")
			if err != nil {
				t.Error(err)
			}
			asked <- a
		}()
		pause(2 * testkit.Lease)
		expectSeries(t, p, 1, map[string]float64{"usher_ready": 0, "usher_requests_seeking": 1, "usher_pool_nodes": 0})
		now := testkit.Series(p.Metrics(1))
		if now["usher_lease_renewal_failures_total"] <= before || now["usher_lease_remaining_seconds"] >= 0 {
			t.Errorf("%v renewals failed, and %v s are left", now["usher_lease_renewal_failures_total"]-before, now["usher_lease_remaining_seconds"])
		}
		p.StoreAwayFor(1, false)
		if a := <-asked; a.Status != 403 {
			t.Errorf("answered %d %s", a.Status, a.Body)
		}
		pause(testkit.Lease)
		expectSeries(t, p, 1, map[string]float64{"usher_ready": 1, "usher_requests_seeking": 0, "usher_pool_nodes": 1, `usher_sites{state="live"}`: 1})
	})
}

// TestOverdue: a site that has something to do, and that no node can run, is told of.
func TestOverdue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		p := testkit.NewPool(t, 1, testkit.Options{Journal: j})
		head, err := j.Create(t.Context(), "newer")
		if err != nil {
			t.Fatal(err)
		}
		due := time.Now().Add(time.Minute)
		done := make(chan error)
		j.Append(journal.Append{
			Take: func() (journal.Batch, bool) {
				return journal.Batch{Frame: journal.Frame{
					Site: "newer", Count: 1, Epoch: head.Epoch, Format: site.EventFormat + 1, NextTimer: due.UnixMicro(), Events: []byte("{}\n"),
				}}, true
			},
			Done: func(err error) { done <- err },
		})
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		pause(30 * time.Second)
		expectSeries(t, p, 0, map[string]float64{"usher_pool_site_overdue_seconds": 0})
		pause(2 * time.Minute)
		expectSeries(t, p, 0, map[string]float64{"usher_pool_site_overdue_seconds": 90})
	})
}
