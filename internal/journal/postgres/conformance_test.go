package postgres_test

import (
	"testing"

	"usher/internal/journal"
	"usher/internal/journal/journaltest"
	"usher/internal/journal/pgtest"
	"usher/internal/journal/postgres"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, func(t *testing.T) journaltest.Engine {
		url := pgtest.URL(t)
		j := open(t, url)
		return journaltest.Engine{Journal: j, Shared: true, Reopen: func() journal.Journal {
			if err := j.Close(); err != nil {
				t.Fatalf("close: %v", err)
			}
			j = open(t, url)
			return j
		}}
	})
}

// TestPool: nodes that each opened the same schema.
func TestPool(t *testing.T) {
	t.Parallel()
	journaltest.RunPool(t, func(t *testing.T) journaltest.Pooled {
		url := pgtest.URL(t)
		return journaltest.Pooled{Journal: open(t, url), Join: func(n journal.Node) journal.Pool {
			return openAs(t, url, n).Pool()
		}}
	})
}

// open opens what must open, and closes it at the end of the test.
func open(t testing.TB, url string) *postgres.Journal {
	t.Helper()
	return openAs(t, url, journal.Node{})
}

func openAs(t testing.TB, url string, n journal.Node) *postgres.Journal {
	t.Helper()
	j, err := postgres.Open(t.Context(), url, postgres.Options{Node: n})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return j
}
