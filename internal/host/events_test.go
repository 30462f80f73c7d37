package host_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"usher/internal/host"
	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/journal/sqlite"
	"usher/internal/site"
)

// told lists a site's events by their names, after checking that positions have no
// gap and times do not go back.
func told(t *testing.T, h *host.Host, most int) []string {
	t.Helper()
	var names []string
	var last site.Time
	err := h.Events(t.Context(), "demo", 0, nil, func(position int64, at site.Time, e site.Event) bool {
		if position != int64(len(names)) || at < last {
			t.Errorf("event %d is told as %d, at %d after %d", len(names), position, at, last)
		}
		last = at
		names = append(names, strings.TrimPrefix(fmt.Sprintf("%T", e), "*site."))
		return len(names) != most
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestEvents: every event of the site is told, in order, also those before a
// checkpoint, and for a site that is not in memory.
func TestEvents(t *testing.T) {
	dir := t.TempDir()
	for name, engine := range map[string]func(t *testing.T) journal.Journal{
		"memory": func(*testing.T) journal.Journal { return memory.NewAuto() },
		"sqlite": func(t *testing.T) journal.Journal {
			j, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { j.Close() })
			return j
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := engine(t)
				h := open(t, j)
				chat(t, h)
				do(t, h, posting("hello"))
				var position int64
				do(t, h, func(s *site.Site) error { position = s.Position(); return nil })
				live := told(t, h, -1)
				if int64(len(live)) != position {
					t.Errorf("%d events were told of %d", len(live), position)
				}
				for i, want := range []string{"SiteCreated", "QueueDefined", "AccountDefined", "AgentSessionStarted"} {
					if i >= len(live) || live[i] != want {
						t.Fatalf("the events begin with %v", live[:min(4, len(live))])
					}
				}
				if live[len(live)-1] != "Posted" {
					t.Errorf("the last event is %s", live[len(live)-1])
				}
				if few := told(t, h, 2); len(few) != 2 {
					t.Errorf("after the second no more were wanted, and %d were told", len(few))
				}
				var posts []int64
				err := h.Events(t.Context(), "demo", 0, func(line []byte) bool { return bytes.Contains(line, []byte(`"event":"Posted"`)) },
					func(position int64, _ site.Time, e site.Event) bool {
						if p, ok := e.(*site.Posted); !ok || p.Post.Body != "hello" {
							t.Errorf("%T was told, which does not matter", e)
						}
						posts = append(posts, position)
						return true
					})
				if err != nil || len(posts) != 1 || posts[0] != position-1 {
					t.Errorf("posts were told at %d of %d, %v", posts, position, err)
				}
				closed(t, h) // which writes a checkpoint

				cold := open(t, j)
				if diff := cmp.Diff(live, told(t, cold, -1)[:len(live)]); diff != "" {
					t.Errorf("after a restart (-before +after):\n%s", diff)
				}
				closed(t, cold)
			})
		})
	}
}

func TestEventsOfNoSite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		if _, err := j.Create(t.Context(), "empty"); err != nil {
			t.Fatal(err)
		}
		h := open(t, j)
		for _, name := range []string{"nowhere", "empty"} {
			err := h.Events(t.Context(), name, 0, nil, func(int64, site.Time, site.Event) bool {
				t.Errorf("%s has an event", name)
				return true
			})
			if !errors.Is(err, host.ErrNoSite) {
				t.Errorf("%s: error %v, want ErrNoSite", name, err)
			}
		}
		closed(t, h)
	})
}

// TestEventsEndWithTheirContext: in the middle of a frame too.
func TestEventsEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, memory.NewAuto())
		chat(t, h)
		gone := errors.New("the client has gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		told := 0
		err := h.Events(ctx, "demo", 0, nil, func(int64, site.Time, site.Event) bool {
			told++
			cancel(gone)
			return true
		})
		if told != 1 || !errors.Is(err, gone) {
			t.Errorf("%d events were told, error %v, want 1 and the cause", told, err)
		}
		closed(t, h)
	})
}

// harmed is a journal whose frames are not as they were written.
type harmed struct {
	*memory.Journal
	harm func(f *journal.Frame)
}

func (d harmed) Read(ctx context.Context, name string, from int64, fn func(journal.Frame) bool) error {
	return d.Journal.Read(ctx, name, from, func(f journal.Frame) bool {
		d.harm(&f)
		return fn(f)
	})
}

func TestEventsOfADamagedJournal(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(f *journal.Frame)
		want error
	}{
		"a frame is missing":  {func(f *journal.Frame) { f.First++ }, journal.ErrCorrupt},
		"an event is missing": {func(f *journal.Frame) { f.Count++ }, journal.ErrCorrupt},
		"of a newer program":  {func(f *journal.Frame) { f.Format = site.EventFormat + 1 }, journal.ErrNewer},
		"an unknown event":    {func(f *journal.Frame) { f.Events = []byte(`{"at":1,"event":"Unheard","data":{}}` + "\n") }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := memory.NewAuto()
				h := open(t, harmed{j, c.harm})
				if _, err := h.Create(t.Context(), "demo"); err != nil {
					t.Fatal(err)
				}
				err := h.Events(t.Context(), "demo", 0, nil, func(int64, site.Time, site.Event) bool { return true })
				if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), "demo") {
					t.Errorf("error %v, want %v", err, c.want)
				}
				closed(t, h)
			})
		})
	}
}

// TestEventsFrom: from any position on, the rest is told and nothing before it.
func TestEventsFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, memory.NewAuto())
		chat(t, h)
		all := told(t, h, -1)
		for from := range int64(len(all) + 1) {
			next := from
			err := h.Events(t.Context(), "demo", from, nil, func(position int64, _ site.Time, e site.Event) bool {
				if position != next || strings.TrimPrefix(fmt.Sprintf("%T", e), "*site.") != all[position] {
					t.Errorf("from %d: position %d is told as %d, %T", from, next, position, e)
				}
				next++
				return true
			})
			if err != nil || next != int64(len(all)) {
				t.Errorf("from %d: told up to %d of %d: %v", from, next, len(all), err)
			}
		}
	})
}
