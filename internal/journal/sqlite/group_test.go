package sqlite_test

import (
	"bytes"
	"fmt"
	"testing"

	"usher/internal/journal"
	"usher/internal/journal/sqlite"
)

// TestLargeGroup: what waits and is too much for one transaction is written in
// several, and read in several pieces.
func TestLargeGroup(t *testing.T) {
	const size = 8 << 20 // five of them are more than one transaction takes
	j := open(t, t.TempDir(), sqlite.Options{})
	var sites []*site
	for i := range 6 {
		sites = append(sites, newSite(t, j, fmt.Sprintf("site%d", i)))
	}
	large := func(s *site) journal.Frame {
		events := append(bytes.Repeat([]byte{'a' + byte(s.Position)}, size-1), '\n')
		return journal.Frame{Site: s.Site, First: s.Position, Count: 1, Epoch: s.Epoch, Events: events}
	}
	for range 2 {
		free, taking, done := make(chan struct{}), make(chan struct{}), make(chan error, len(sites))
		j.Append(journal.Append{ // holds the journal until all the others wait
			Take: func() (journal.Batch, bool) { close(taking); <-free; return journal.Batch{}, false },
			Done: func(error) { t.Error("Done of what was not taken") },
		})
		<-taking
		for _, s := range sites {
			f := large(s)
			s.Head = s.After(f)
			j.Append(journal.Append{
				Take: func() (journal.Batch, bool) { return journal.Batch{Frame: f}, true },
				Done: func(err error) { done <- err },
			})
		}
		close(free)
		for range sites {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, s := range sites {
		again := &site{journal.Head{Site: s.Site, Epoch: s.Epoch}}
		err := j.Read(t.Context(), s.Site, 0, func(f journal.Frame) bool {
			if want := large(again); f.First != again.Position || !bytes.Equal(f.Events, want.Events) {
				t.Errorf("%s: the frame at %d is another, of %d bytes", s.Site, f.First, len(f.Events))
			}
			again.Position = f.End()
			return true
		})
		if err != nil || again.Position != 2 {
			t.Errorf("read %s to %d (%v), want 2", s.Site, again.Position, err)
		}
	}
}
