package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"usher/internal/journal/pgtest"
)

func openPostgres(t testing.TB, url string) *Postgres {
	t.Helper()
	s, err := OpenPostgres(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestPostgres(t *testing.T) {
	testStore(t, func(t *testing.T) Store { return openPostgres(t, pgtest.URL(t)) })
}

// TestPostgresShared: what one node stored the others find; nodes that start at
// once make the tables once.
func TestPostgresShared(t *testing.T) {
	url := pgtest.URL(t)
	nodes := make([]*Postgres, 3)
	var starts sync.WaitGroup
	for i := range nodes {
		starts.Go(func() {
			s, err := OpenPostgres(t.Context(), url)
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { s.Close() })
			nodes[i] = s
		})
	}
	if starts.Wait(); t.Failed() {
		return
	}
	put(t, nodes[0], "demo/7/1", text, "one")
	holds(t, nodes[1], "demo/7/1", text, "one")
	if err := nodes[2].Delete(t.Context(), "demo/7/1"); err != nil {
		t.Fatal(err)
	}
	lacks(t, nodes[0], "demo/7/1")
}

// TestPostgresLeavesNothing: of whatever was replaced, deleted or given up, at the
// same time and in any order, no chunk stays.
func TestPostgresLeavesNothing(t *testing.T) {
	url := pgtest.URL(t)
	s := openPostgres(t, url)
	broken := errors.New("the visitor went away")
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 25 {
				key := fmt.Sprintf("demo/1/%d", i%2)
				content := strings.Repeat(fmt.Sprint(worker), i*chunk/10)
				var err error
				switch (worker + i) % 4 {
				case 0:
					err = s.Delete(t.Context(), key)
				case 1:
					_, err = s.Put(t.Context(), key, text, io.MultiReader(strings.NewReader(content), iotest.ErrReader(broken)), 100*megabyte)
					if errors.Is(err, broken) {
						err = nil
					}
				default:
					_, err = s.Put(t.Context(), key, text, strings.NewReader(content), 100*megabyte)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	conn := pgtest.Connect(t, url)
	if n := pgtest.Row[int](t, conn, `SELECT count(*) FROM file_chunks c WHERE NOT EXISTS (SELECT FROM files f WHERE f.key = c.key AND f.content = c.content)`); n > 0 {
		t.Errorf("%d chunks belong to no file", n)
	}
	for i := range 2 {
		key := fmt.Sprintf("demo/1/%d", i)
		r, f, err := s.Open(t.Context(), key)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		r.Close()
		if err != nil || int64(len(b)) != f.Size || len(bytes.Trim(b, string(b[:min(1, len(b))]))) > 0 {
			t.Errorf("%s holds %d bytes of %d, not all of one file: %v", key, len(b), f.Size, err)
		}
	}
}

// TestPostgresMemory: a large file goes in and out without being held in memory.
func TestPostgresMemory(t *testing.T) {
	s := openPostgres(t, pgtest.URL(t))
	const size = 64 * megabyte
	source := func() io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{7}), size) }
	want, got := sha256.New(), sha256.New()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, err := s.Put(t.Context(), "demo/1/1", text, io.TeeReader(source(), want), size)
	if err != nil || f.Size != size {
		t.Fatalf("%+v, %v", f, err)
	}
	r, f, err := s.Open(t.Context(), "demo/1/1")
	if err != nil || f.Size != size {
		t.Fatalf("%+v, %v", f, err)
	}
	defer r.Close()
	if _, err := io.Copy(got, r); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want.Sum(nil), got.Sum(nil)) {
		t.Error("what came out is not what went in")
	}
	runtime.ReadMemStats(&after)
	// Garbage is counted too, so this says nothing of what was held at once but that it
	// is less: the buffers of one chunk are used for all of them.
	if grown := after.HeapSys - before.HeapSys; grown > size/2 {
		t.Errorf("the heap grew by %d bytes for a file of %d", grown, size)
	}
}

// TestPostgresSlowClient: those who send and fetch slowly keep no connection.
func TestPostgresSlowClient(t *testing.T) {
	s := openPostgres(t, pgtest.URL(t))
	put(t, s, "demo/1/1", text, strings.Repeat("x", 2*chunk))
	var slow sync.WaitGroup
	var senders []*io.PipeWriter
	for i := range 2 * transfersAtOnce {
		r, w := io.Pipe()
		senders = append(senders, w)
		slow.Go(func() {
			if _, err := s.Put(t.Context(), fmt.Sprintf("demo/2/%d", i), text, r, megabyte); err != nil {
				t.Error(err)
			}
		})
		if _, err := w.Write([]byte("a beginning")); err != nil { // it is being read
			t.Fatal(err)
		}
		open, _, err := s.Open(t.Context(), "demo/1/1")
		if err != nil {
			t.Fatal(err)
		}
		defer open.Close()
	}
	put(t, s, "demo/1/2", text, "quick")
	holds(t, s, "demo/1/2", text, "quick")
	for _, w := range senders {
		w.Close()
	}
	slow.Wait()
	holds(t, s, "demo/2/0", text, "a beginning")
}

// TestPostgresDamaged: a file that lost a part is not handed out.
func TestPostgresDamaged(t *testing.T) {
	url := pgtest.URL(t)
	s := openPostgres(t, url)
	put(t, s, "demo/1/1", text, strings.Repeat("x", 2*chunk+1))
	pgtest.Exec(t, url, `DELETE FROM file_chunks WHERE nth = 2`)
	r, f, err := s.Open(t.Context(), "demo/1/1")
	if r != nil || f != (File{}) || err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("open: %v, %+v, %v", r, f, err)
	}
}

// TestPostgresRefuses: what cannot be used is refused in one line without the
// password, and nothing is changed.
func TestPostgresRefuses(t *testing.T) {
	newer, foreign := pgtest.URL(t), pgtest.URL(t)
	openPostgres(t, newer)
	pgtest.Exec(t, newer, `INSERT INTO files_version (version_id, is_applied) VALUES (99, true)`)
	pgtest.Exec(t, foreign, `CREATE TABLE files (n int)`)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close() // nobody listens there
	for _, c := range []struct {
		name, url string
		says      string
		is        error
	}{
		{"no URL", "postgres://usher:secret@[::1/x", "expected postgres://", nil},
		{"nobody there", "postgres://usher:secret@" + l.Addr().String() + "/x?sslmode=disable", "connect", nil},
		{"newer", newer, "start the newer program", ErrNewer},
		{"another program's tables", foreign, "name another database or schema", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := OpenPostgres(t.Context(), c.url)
			if err == nil {
				s.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is %q", err)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("the error %q is not %q", err, c.is)
			}
		})
	}
	conn := pgtest.Connect(t, foreign)
	if n := pgtest.Row[int](t, conn, `SELECT count(*) FROM pg_attribute WHERE attrelid = 'files'::regclass AND attnum > 0`); n != 1 {
		t.Errorf("another program's table has %d columns now", n)
	}
}

// TestPostgresLostConnections: that the server closed idle connections is no fault of
// those who come next.
func TestPostgresLostConnections(t *testing.T) {
	url := pgtest.URL(t)
	s := openPostgres(t, pgtest.With(t, url, "application_name", t.Name()))
	conn := pgtest.Connect(t, url)
	cut := func() {
		t.Helper()
		n := pgtest.Row[int](t, conn, `SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE application_name = $1`, t.Name())
		if n == 0 {
			t.Error("there was no connection to cut")
		}
	}
	var all sync.WaitGroup
	for i := range 4 * transfersAtOnce { // all of them are used
		all.Go(func() { put(t, s, fmt.Sprintf("demo/1/%d", i), text, "one") })
	}
	all.Wait()
	cut()
	put(t, s, "demo/1/1", text, "two")
	cut()
	holds(t, s, "demo/1/1", text, "two")
	cut()
	if err := s.Delete(t.Context(), "demo/1/1"); err != nil {
		t.Error(err)
	}
	lacks(t, s, "demo/1/1")
}

// TestPostgresAway: while the database is away a file cannot be stored or opened,
// and is whole when it is back.
func TestPostgresAway(t *testing.T) {
	server := pgtest.Start(t)
	s := openPostgres(t, server.URL())
	put(t, s, "demo/1/1", text, "before")
	server.Stop(t)
	if _, err := s.Put(t.Context(), "demo/1/1", text, strings.NewReader("after"), megabyte); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("put: %v", err)
	}
	if _, _, err := s.Open(t.Context(), "demo/1/1"); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("open: %v", err)
	}
	server.Start(t)
	holds(t, s, "demo/1/1", text, "before")
	// In the middle of a transfer. What serves it may live on for a moment without its
	// server, and finish: then that is what is kept.
	_, err := s.Put(t.Context(), "demo/1/1", text, readerFunc(func([]byte) (int, error) {
		server.Kill(t)
		return 0, io.EOF
	}), megabyte)
	want := "before"
	if err == nil {
		want = ""
	}
	server.Start(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, _, err := s.Open(ctx, "demo/1/1")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if b, err := io.ReadAll(r); err != nil || string(b) != want {
		t.Errorf("%q, %v; want %q", b, err, want)
	}
}
