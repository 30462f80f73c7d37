// Package pgtest gives tests a PostgreSQL: one server for each test process, made
// from the machine's own programs in a temporary directory, or servers of a test's
// own that it may stop, kill and start again.
package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience bounds what a test waits for a server; only a broken one takes as long.
const patience = time.Minute

// shared is the server of this process.
var shared struct {
	sync.Mutex
	server *Server // kept: with it the input of its keeper would go, and so the server
	err    error   // why there is none
}

// URL answers the URL of an empty schema, which is dropped at the end of the test.
// It is in the server that TEST_POSTGRES_URL names, or else in one that is started
// for this process and ends with it, however that ends. The test is skipped when
// neither can be had.
func URL(t testing.TB) string {
	t.Helper()
	return Schema(t, base(t))
}

// base answers the URL of this process's server.
func base(t testing.TB) string {
	t.Helper()
	if given := os.Getenv("TEST_POSTGRES_URL"); given != "" {
		return given
	}
	programs := find(t)
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil && shared.err == nil {
		s, err := create(programs)
		if err == nil {
			err = s.start()
		}
		shared.server, shared.err = s, err
	}
	if shared.err != nil {
		t.Fatalf("start PostgreSQL for the tests: %v", shared.err)
	}
	return shared.server.URL()
}

// Schema makes an empty schema in a database, drops it at the end of the test, and
// answers the URL whose search_path it is.
func Schema(t testing.TB, database string) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	Exec(t, database, "CREATE SCHEMA "+pgx.Identifier{name}.Sanitize())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		conn, err := pgx.Connect(ctx, database)
		if err != nil {
			return // a server of the test's own that it left stopped
		}
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, "DROP SCHEMA "+pgx.Identifier{name}.Sanitize()+" CASCADE"); err != nil {
			t.Errorf("drop the test's schema: %v", err)
		}
	})
	return With(t, database, "search_path", pgx.Identifier{name}.Sanitize())
}

// With answers a database's URL with one more parameter.
func With(t testing.TB, database, key, value string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatalf("the database's URL: %v", err)
	}
	query := u.Query()
	query.Set(key, value)
	u.RawQuery = query.Encode()
	return u.String()
}

// Connect opens a connection, which is closed at the end of the test.
func Connect(t testing.TB, database string) *pgx.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatalf("connect to PostgreSQL: %v", err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// Exec runs statements on a connection of their own.
func Exec(t testing.TB, database string, statements ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatalf("connect to PostgreSQL: %v", err)
	}
	defer conn.Close(ctx)
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// Row answers the one value of a query.
func Row[T any](t testing.TB, conn *pgx.Conn, query string, args ...any) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var v T
	if err := conn.QueryRow(ctx, query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

// Waiting counts the sessions of the server that wait for a lock which conn holds,
// directly or behind each other.
func Waiting(t testing.TB, database string, conn *pgx.Conn) int {
	t.Helper()
	watch := Connect(t, database)
	defer watch.Close(context.Background())
	return waiting(t, watch, conn)
}

func waiting(t testing.TB, watch, conn *pgx.Conn) int {
	t.Helper()
	return Row[int](t, watch, `WITH RECURSIVE behind(pid) AS (
			SELECT a.pid FROM pg_stat_activity a WHERE $1::int = ANY(pg_blocking_pids(a.pid))
			UNION SELECT a.pid FROM pg_stat_activity a, behind b WHERE b.pid = ANY(pg_blocking_pids(a.pid))
		) SELECT count(*) FROM behind`, int64(conn.PgConn().PID()))
}

// Blocked waits until at least n sessions are Waiting.
func Blocked(t testing.TB, database string, conn *pgx.Conn, n int) {
	t.Helper()
	watch := Connect(t, database)
	defer watch.Close(context.Background())
	for end := time.Now().Add(patience); ; {
		got := waiting(t, watch, conn)
		if got >= n {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d sessions wait for the lock, not %d", got, n)
		}
	}
}

// errNone says what is missing, and how to mend it.
var errNone = fmt.Errorf("no PostgreSQL here: neither TEST_POSTGRES_URL nor the programs initdb and postgres, in PATH or %s", debian)
