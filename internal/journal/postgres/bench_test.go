package postgres_test

import (
	"fmt"
	"testing"

	"usher/internal/journal"
	"usher/internal/journal/pgtest"
)

// BenchmarkAppend measures rounds in which every site appends one event and waits
// until it is durable. The tests' server is in memory where that can be had, so a
// sync is free: what is measured is the way there and back.
func BenchmarkAppend(b *testing.B) {
	for _, sites := range []int{1, 8, 50} {
		b.Run(fmt.Sprintf("sites=%d", sites), func(b *testing.B) {
			j := open(b, pgtest.URL(b))
			var all []*site
			for i := range sites {
				all = append(all, newSite(b, j, fmt.Sprintf("site%02d", i)))
			}
			done := make(chan error, sites)
			b.ReportAllocs()
			rounds := 0
			for b.Loop() {
				for _, s := range all {
					j.Append(journal.Append{
						Take: func() (journal.Batch, bool) {
							f := s.frame(1)
							s.Head = s.After(f)
							return journal.Batch{Frame: f}, true
						},
						Done: func(err error) { done <- err },
					})
				}
				for range all {
					if err := <-done; err != nil {
						b.Fatal(err)
					}
				}
				rounds++
			}
			b.ReportMetric(float64(rounds*sites)/b.Elapsed().Seconds(), "frames/s")
		})
	}
}
