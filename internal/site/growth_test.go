package site

import (
	"fmt"
	"testing"
	"time"

	"usher/api"
)

// grown is a site with so many live engagements: nine in ten are led by one of 100
// agents, the others wait.
func grown(t fataler, live int) (*world, []Caller, []EngagementID) {
	w := emptyWorld(t)
	w.settings(func(n *Settings) {
		n.AbsentSeconds, n.IdleSeconds, n.QueueSeconds, n.OfferSeconds = maxSeconds, maxSeconds, maxSeconds, maxSeconds
		n.Spam, n.MaxPerAddress = false, 0
	})
	w.queue(QueueDefinition{ID: 1, Name: "Led", Default: true})
	w.queue(QueueDefinition{ID: 2, Name: "Waiting"})
	const agents = 100
	var visitors []Caller
	var led []EngagementID
	for i := range agents {
		id := AccountID(i + 1)
		w.account(id, fmt.Sprintf("Agent %d", id), func(a *Account) { a.Serving = Serving{Queues: []QueueID{1}, Places: MaxConcurrent} })
		c := w.logOn(id)
		must[ClientID](w)(w.SetActivityStatus(c, api.StatusAvailable, 1))
		for range live * 9 / 10 / agents {
			v, e := w.enter(1)
			w.accept(c, e)
			visitors, led = append(visitors, v), append(led, e)
		}
		must[ClientID](w)(w.SetActivityStatus(c, api.StatusUnavailable, 2))
		w.flush()
		w.journal = w.journal[:0]
	}
	for range live / 10 {
		w.enter(2)
	}
	w.flush()
	w.TakeParts()
	w.journal = w.journal[:0]
	return w, visitors, led
}

// worksOn is what happens at a site between two checkpoints.
func (w *world) worksOn(visitors []Caller, led []EngagementID) {
	for i := range 800 {
		k := i * 7 % len(led)
		w.says(visitors[k], led[k], "where is my card?")
	}
	for range 50 {
		w.enter(2)
	}
	w.now = w.now.Add(time.Second)
	w.Tick(w.now)
}

// TestCheckpointIsOfWhatChanged: what a checkpoint writes, and so how long a site is
// held up by it, depends on what happened and not on how much is live.
func TestCheckpointIsOfWhatChanged(t *testing.T) {
	parts, bytes := map[int]int{}, map[int]int{}
	for _, live := range []int{1000, 10_000} {
		w, visitors, led := grown(t, live)
		w.worksOn(visitors[:800], led[:800])
		for _, p := range w.TakeParts() {
			parts[live]++
			bytes[live] += len(p.Data)
		}
	}
	t.Logf("parts %v, bytes %v", parts, bytes)
	if parts[10_000] > parts[1000]*11/10 || bytes[10_000] > bytes[1000]*3/2 {
		t.Errorf("with ten times as many live, a checkpoint has %v parts of %v bytes", parts, bytes)
	}
}

// BenchmarkCheckpoint measures how long a site with so many live engagements is held up
// by a checkpoint after the same work.
func BenchmarkCheckpoint(b *testing.B) {
	for _, live := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("live=%d", live), func(b *testing.B) {
			w, visitors, led := grown(b, live)
			var longest time.Duration
			for b.Loop() {
				b.StopTimer()
				w.worksOn(visitors, led)
				w.flush()
				w.journal = w.journal[:0]
				b.StartTimer()
				began := time.Now()
				w.TakeParts()
				longest = max(longest, time.Since(began))
			}
			b.ReportMetric(float64(longest.Microseconds())/1000, "ms-longest")
		})
	}
}
