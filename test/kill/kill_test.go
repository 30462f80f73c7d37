// Package kill lets visitors and agents talk to the real server while it is
// killed at random moments and started again on the same data, and checks what
// they were promised. Nothing here knows how the server keeps its promises; only
// the journal is read at the end, through the program's own decoder, to know
// what stands in it.
package kill

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"usher/test/binary"
)

var (
	kills = flag.Int("kills", 25, "how often the server is killed")
	seed  = flag.Uint64("seed", 0, "the seed of everything that is random; 0 takes a new one")
)

// The people of the test.
const (
	visitorsAtOnce = 8
	// settleFor is how long everything may take to come to its end when there are
	// no more kills: far more than a client's longest pause.
	settleFor = 90 * time.Second
)

var program string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(binary.InTempDir(func(path string) int {
		program = path
		return m.Run()
	}))
}

func TestKill(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("seed %d", *seed)
	t.Cleanup(func() {
		if t.Failed() {
			// -artifacts keeps the data directory.
			t.Logf("run it again with: go test -race ./test/kill -run '^TestKill$' -v -artifacts -outputdir=%s -kills=%d -seed=%d", os.TempDir(), *kills, *seed)
		}
	})
	s := &server{dir: t.ArtifactDir(), listen: "127.0.0.1:0"}
	t.Cleanup(s.close)
	s.start(t)
	w := newWorld(t.Context(), s.running.Ready, *seed)
	if err := w.prepare(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.stop)
	w.begin()
	s.torment(t, w.rand(0), *kills)
	if err := w.settle(settleFor); err != nil {
		t.Error(err)
	}
	w.stop()
	if err := s.running.Stop(); err != nil {
		t.Error(err)
	}
	if err := s.running.Alarm(); err != nil {
		t.Error(err)
	}
	facts, err := readJournal(context.WithoutCancel(t.Context()), filepath.Join(s.dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	report(t, check(&w.record, facts))
	t.Log(w.record.summary())
	if n := len(w.record.received); n < 10**kills {
		t.Errorf("only %d messages were delivered: too few for %d kills to tell anything", n, *kills)
	}
}

// report tells the first faults; the rest tend to follow from them.
func report(t *testing.T, faults []string) {
	t.Helper()
	const most = 20
	for i, f := range faults {
		if i == most {
			t.Errorf("and %d more", len(faults)-most)
			return
		}
		t.Error(f)
	}
}

// server is the server under torment.
type server struct {
	dir     string
	listen  string
	running *binary.Server
}

// launch starts the process, and does not wait until it answers.
func (s *server) launch(t *testing.T) {
	t.Helper()
	var err error
	s.running, err = binary.Start(program, s.dir, os.Environ(), "--data", "data", "--listen", s.listen, "--demo", "--demo-bot=false")
	if err != nil {
		t.Fatal(err)
	}
}

func (s *server) start(t *testing.T) {
	t.Helper()
	s.launch(t)
	if err := s.running.Wait(); err != nil {
		t.Fatal(err)
	}
	s.listen = address(s.running.Ready.URL)
}

func (s *server) close() {
	if s.running != nil {
		s.running.Kill()
	}
}

// torment kills the server as often as asked, now and then also while it starts.
func (s *server) torment(t *testing.T, r *rand.Rand, kills int) {
	t.Helper()
	for range kills {
		if r.IntN(5) == 0 {
			s.killStarting(t, r)
			continue
		}
		time.Sleep(between(r, 100*time.Millisecond, 1500*time.Millisecond))
		s.running.Kill()
		s.start(t)
	}
}

// killStarting kills the server, and the next one at some moment of its start.
func (s *server) killStarting(t *testing.T, r *rand.Rand) {
	t.Helper()
	s.running.Kill()
	s.launch(t)
	time.Sleep(between(r, 0, 500*time.Millisecond))
	s.running.Kill()
	s.start(t)
}

// between answers a random time.
func between(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int64N(int64(to-from)))
}

func address(url string) string {
	var host string
	if _, err := fmt.Sscanf(url, "http://%s", &host); err != nil {
		return url
	}
	return host
}
