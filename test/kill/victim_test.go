package kill

import (
	"context"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"usher/internal/journal"
	"usher/internal/journal/pgtest"
	"usher/internal/journal/postgres"
	"usher/internal/journal/sqlite"
	"usher/test/binary"
	"usher/test/kill/crowd"
)

// store is where a server keeps what it is told.
type store struct {
	name string
	// make answers the server's options, and how to open its journal when it is gone.
	make func(t *testing.T, dir string) (options []string, open func(context.Context) (journal.Journal, error))
}

var stores = []store{
	{"sqlite", func(_ *testing.T, dir string) ([]string, func(context.Context) (journal.Journal, error)) {
		return nil, func(ctx context.Context) (journal.Journal, error) {
			return sqlite.Open(ctx, filepath.Join(dir, "data"), sqlite.Options{})
		}
	}},
	// The next server waits until the lease of the one before has run out.
	{"postgres", func(t *testing.T, _ string) ([]string, func(context.Context) (journal.Journal, error)) {
		database := pgtest.URL(t)
		return []string{"--database", database, "--node", "n1", "--lease", "500ms"}, func(ctx context.Context) (journal.Journal, error) {
			return postgres.Open(ctx, database, postgres.Options{})
		}
	}},
}

// victim is the server that is killed.
type victim struct {
	dir     string
	listen  string
	options []string
	open    func(context.Context) (journal.Journal, error)
	running *binary.Server
}

func newVictim(t *testing.T, s store) *victim {
	t.Helper()
	v := &victim{dir: t.ArtifactDir(), listen: "127.0.0.1:0"}
	v.options, v.open = s.make(t, v.dir)
	t.Cleanup(v.close)
	v.start(t)
	return v
}

// launch starts the process, and does not wait until it answers.
func (v *victim) launch(t *testing.T) {
	t.Helper()
	var err error
	v.running, err = binary.Start(program, v.dir, os.Environ(),
		append([]string{"--data", "data", "--listen", v.listen, "--demo", "--demo-bot=false"}, v.options...)...)
	if err != nil {
		t.Fatal(err)
	}
}

func (v *victim) start(t *testing.T) {
	t.Helper()
	v.launch(t)
	if err := v.running.Wait(); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(v.running.Ready.URL)
	if err != nil {
		t.Fatal(err)
	}
	v.listen = u.Host
}

func (v *victim) close() {
	if v.running != nil {
		v.running.Kill()
	}
}

// torment kills the server as often as asked, now and then also while it starts.
func (v *victim) torment(t *testing.T, r *rand.Rand, kills int) {
	t.Helper()
	for range kills {
		if r.IntN(5) == 0 {
			v.killStarting(t, r)
			continue
		}
		time.Sleep(crowd.Between(r, 100*time.Millisecond, 1500*time.Millisecond))
		v.running.Kill()
		v.start(t)
	}
}

// killStarting kills the server, and the next one at some moment of its start.
func (v *victim) killStarting(t *testing.T, r *rand.Rand) {
	t.Helper()
	v.running.Kill()
	v.launch(t)
	time.Sleep(crowd.Between(r, 0, 500*time.Millisecond))
	v.running.Kill()
	v.start(t)
}
