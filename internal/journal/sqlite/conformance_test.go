package sqlite_test

import (
	"testing"

	"usher/internal/journal"
	"usher/internal/journal/journaltest"
	"usher/internal/journal/sqlite"
)

func TestConformance(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) journaltest.Engine {
		dir := t.TempDir()
		j := open(t, dir, sqlite.Options{})
		return journaltest.Engine{Journal: j, Reopen: func() journal.Journal {
			if err := j.Close(); err != nil {
				t.Fatalf("close: %v", err)
			}
			j = open(t, dir, sqlite.Options{})
			return j
		}}
	})
}

// open opens what must open, and closes it at the end of the test.
func open(t testing.TB, dir string, opts sqlite.Options) *sqlite.Journal {
	t.Helper()
	j, err := sqlite.Open(t.Context(), dir, opts)
	if err != nil {
		t.Fatalf("open %s: %v", dir, err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return j
}
