package sqlite_test

import (
	"strings"
	"testing"

	"usher/internal/journal"
	"usher/internal/journal/sqlite"
)

// TestDeletedTextsAreGone: a text that was kept beside the frames stands nowhere in
// the files once it was deleted and the journal closed, also a long one.
func TestDeletedTextsAreGone(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"short": "the secret", "long": strings.Repeat("the secret ", 1500)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			j := open(t, dir, sqlite.Options{})
			s := newSite(t, j, "alpha")
			for key, kept := range map[string]string{"1/1": text, "1/2": "this stays"} {
				b := s.checkpoint(1)
				b.Side = []journal.SideText{{Key: key, Text: kept}}
				if err := s.write(j, b); err != nil {
					t.Fatal(err)
				}
			}
			b := s.checkpoint(1)
			b.SideDeleted = []string{"1/1"}
			if err := s.write(j, b); err != nil {
				t.Fatal(err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			kept := false
			for file, data := range snapshot(t, dir) {
				kept = kept || strings.Contains(data, "this stays")
				if strings.Contains(data, "the secret") {
					t.Errorf("%s still has the text", file)
				}
			}
			if !kept {
				t.Error("the other text is gone, too")
			}
		})
	}
}
