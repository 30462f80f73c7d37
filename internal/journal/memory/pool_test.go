package memory_test

import (
	"testing"
	"time"

	"usher/internal/journal"
	"usher/internal/journal/journaltest"
	"usher/internal/journal/memory"
)

func TestPool(t *testing.T) {
	journaltest.RunPool(t, func(t *testing.T) journaltest.Pooled {
		j := memory.NewAuto()
		t.Cleanup(func() { j.Close() })
		return journaltest.Pooled{Journal: j, Join: func(n journal.Node) journal.Pool {
			return j.Pool(n, func() time.Duration { return time.Minute })
		}}
	})
}

// TestLeaseByItsClock: a lease ends by the clock that the store was given, and is
// forgotten a minute later.
func TestLeaseByItsClock(t *testing.T) {
	j := memory.New()
	var now time.Duration
	clock := func() time.Duration { return now }
	one, two := j.Pool(journal.Node{Incarnation: "1"}, clock), j.Pool(journal.Node{Incarnation: "2"}, clock)
	renew := func(p journal.Pool) journal.View {
		t.Helper()
		v, err := p.Renew(t.Context(), 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	renew(one)
	for _, c := range []struct {
		at     time.Duration
		left   time.Duration // of the first node's lease
		listed int
	}{
		{4 * time.Second, 6 * time.Second, 2},
		{10 * time.Second, 0, 2},
		{70 * time.Second, -time.Minute, 2},
		{70*time.Second + 1, 0, 1},
	} {
		now = c.at
		v := renew(two)
		if len(v.Members) != c.listed || c.listed == 2 && v.Members[0].Left != c.left {
			t.Errorf("after %v: %+v", c.at, v.Members)
		}
	}
	if v := renew(one); !v.Lapsed {
		t.Error("a lease of ten seconds is live after a minute")
	}
	now += 10*time.Second - 1
	if v := renew(one); v.Lapsed {
		t.Error("a lease of ten seconds has lapsed before")
	}
	now += 10 * time.Second
	if v := renew(one); !v.Lapsed {
		t.Error("a lease is live at its end")
	}
}
