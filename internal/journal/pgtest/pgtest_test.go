package pgtest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"usher/internal/journal/pgtest"
)

// TestSchemas: each test has an empty schema of its own in one server.
func TestSchemas(t *testing.T) {
	var database string
	t.Run("inner", func(t *testing.T) {
		first, second := pgtest.URL(t), pgtest.URL(t)
		database = first
		pgtest.Exec(t, first, `CREATE TABLE things (n int)`)
		pgtest.Exec(t, second, `CREATE TABLE things (n int)`)
		a, b := pgtest.Connect(t, first), pgtest.Connect(t, second)
		const server = `SELECT pg_postmaster_start_time()::text`
		if pgtest.Row[string](t, a, server) != pgtest.Row[string](t, b, server) {
			t.Error("two servers were started")
		}
	})
	conn := pgtest.Connect(t, database)
	if left := pgtest.Row[int](t, conn, `SELECT count(*) FROM pg_tables WHERE tablename = 'things'`); left != 0 {
		t.Errorf("%d tables are left of a test that is over", left)
	}
}

// TestServer: what was committed outlasts a restart and a kill; a standby follows.
func TestServer(t *testing.T) {
	s := pgtest.Start(t, "work_mem = 3MB")
	pgtest.Exec(t, s.URL(), `CREATE TABLE things (n int)`, `INSERT INTO things VALUES (7)`)
	for name, again := range map[string]func(){
		"restart": func() { s.Restart(t) },
		"kill":    func() { s.Kill(t); s.Start(t) },
	} {
		again()
		if n := pgtest.Row[int](t, pgtest.Connect(t, s.URL()), `SELECT n FROM things`); n != 7 {
			t.Errorf("%s: the table holds %d", name, n)
		}
	}
	if mem := pgtest.Row[string](t, pgtest.Connect(t, s.URL()), `SHOW work_mem`); mem != "3MB" {
		t.Errorf("work_mem is %s", mem)
	}
	standby := pgtest.Connect(t, s.Standby(t).URL())
	if !pgtest.Row[bool](t, standby, `SELECT pg_is_in_recovery()`) {
		t.Error("the standby is none")
	}
	s.Stop(t)
	if conn, err := pgx.Connect(t.Context(), s.URL()); err == nil {
		conn.Close(t.Context())
		t.Error("a stopped server lets somebody in")
	}
	s.Start(t)
}

// TestPause: a paused server takes connections and answers nothing.
func TestPause(t *testing.T) {
	s := pgtest.Start(t)
	conn := pgtest.Connect(t, s.URL())
	resume := s.Pause(t)
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error, 1)
	go func() {
		_, err := conn.Exec(ctx, `SELECT 1`)
		asked <- err
	}()
	cancel()
	if err := <-asked; !errors.Is(err, context.Canceled) {
		t.Errorf("a paused server answered: %v", err)
	}
	resume()
	pgtest.Row[int](t, pgtest.Connect(t, s.URL()), `SELECT 1`)
}

const childName = "USHER_PGTEST_CHILD"

// TestChild is the process that TestKilled kills: it tells where its server is, and
// waits. Otherwise it is nothing.
func TestChild(t *testing.T) {
	if os.Getenv(childName) == "" {
		return
	}
	conn := pgtest.Connect(t, pgtest.URL(t))
	fmt.Println("\n" + pgtest.Row[string](t, conn, `SHOW data_directory`))
	select {}
}

// TestKilled: of a test process that was killed neither the server nor its files
// stay.
func TestKilled(t *testing.T) {
	t.Setenv("TEST_POSTGRES_URL", "") // the child starts a server of its own
	pgtest.Start(t)                   // or is skipped here, where that can't be
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childName+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dir := ""
	for lines := bufio.NewScanner(out); dir == "" && lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "/") {
			dir = strings.TrimSuffix(lines.Text(), "/data")
		}
	}
	if _, err := os.Stat(dir); dir == "" || err != nil {
		t.Fatalf("the child's server is in %q: %v", dir, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	for end := time.Now().Add(time.Minute); ; {
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s is still there", dir)
		}
		time.Sleep(10 * time.Millisecond) // it goes when it goes; this only asks less often
	}
}
