package memory_test

import (
	"testing"

	"usher/internal/journal"
	"usher/internal/journal/journaltest"
	"usher/internal/journal/memory"
)

func TestConformance(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) journaltest.Engine {
		j := memory.NewAuto()
		t.Cleanup(func() { j.Close() })
		return journaltest.Engine{Journal: j, Reopen: func() journal.Journal {
			if err := j.Close(); err != nil {
				t.Fatalf("close: %v", err)
			}
			j.Crash()
			return j
		}}
	})
}
