package sqlite_test

import (
	"fmt"
	"testing"

	"usher/internal/journal"
	"usher/internal/journal/sqlite"
)

// BenchmarkAppend measures rounds in which every site appends one event and
// waits until it is durable.
func BenchmarkAppend(b *testing.B) {
	for _, sites := range []int{1, 50} {
		b.Run(fmt.Sprintf("sites=%d", sites), func(b *testing.B) {
			j := open(b, b.TempDir(), sqlite.Options{})
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
