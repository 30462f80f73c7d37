package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"usher/internal/journal"
	"usher/internal/journal/pgtest"
	"usher/internal/journal/postgres"
)

const password = "geheim/#1"

// refused fails the test unless a database is refused in one line that does not hold
// the password.
func refused(t *testing.T, database string, want error, says ...string) {
	t.Helper()
	j, err := postgres.Open(t.Context(), database, postgres.Options{})
	if err == nil {
		j.Close()
		t.Error("it was opened")
		return
	}
	wantError(t, err, want, says...)
	for _, secret := range []string{password, url.QueryEscape(password), "geheim"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error holds the password: %v", err)
		}
	}
}

func TestBadURL(t *testing.T) {
	for _, bad := range []string{
		"", "usher.db", "host=db user=usher password=" + password, "mysql://u:" + password + "@db/usher",
		"postgres://u:" + password + "@db/usher",            // the slash ends the address
		"postgres://u:geheim%zz@db/usher",                   // no such escape
		"postgres://u:geheim@db:port/usher",                 // no such port
		"postgres://u:geheim@db/usher?sslmode=perhaps",      // no such mode
		"postgres://u:geheim@db/usher?pool_max_conns=many",  // no such number
		"postgres://u@db/usher?password=geheim&sslmode=odd", // the password elsewhere
		"postgres://u:geheim@db/usher?connect_timeout=soon", // no such time
	} {
		t.Run(bad, func(t *testing.T) { refused(t, bad, journal.ErrUnfit, "postgres://USER:PASSWORD@HOST") })
	}
}

// TestUnfit: a server that would lose what it is given, or lets nobody in, is refused
// with a word about how to mend it.
func TestUnfit(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	admin := pgtest.Connect(t, server.URL())
	run := func(t *testing.T, statements ...string) {
		t.Helper()
		for _, s := range statements {
			if _, err := admin.Exec(t.Context(), s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	}
	run(t, fmt.Sprintf(`CREATE ROLE %s LOGIN PASSWORD '%s'`, pgtest.Guarded, password), `CREATE ROLE plain LOGIN`, `CREATE SCHEMA mine AUTHORIZATION plain`,
		`CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0`, `CREATE SCHEMA closed`, `GRANT USAGE ON SCHEMA closed TO plain`)
	as := func(user, pass string) string {
		u, err := url.Parse(server.URL())
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(user, pass)
		return u.String()
	}
	plain := pgtest.With(t, as("plain", ""), "search_path", "mine")
	for _, c := range []struct {
		name       string
		set, reset string
		database   string
		says       []string
	}{
		{"wrong password", "", "", as(pgtest.Guarded, "geheim"), []string{"user and password", "pg_hba.conf"}},
		{"no such role", "", "", as("nobody", ""), []string{"does not let nobody in"}},
		{"no such database", "", "", server.Database("none"), []string{"has no database none", "createdb none"}},
		{"another encoding", "", "", server.Database("latin"), []string{"LATIN1", "UTF8"}},
		{"no such schema", "", "", pgtest.With(t, plain, "search_path", "none"), []string{"CREATE SCHEMA"}},
		{"a schema of others", "", "", pgtest.With(t, plain, "search_path", "closed"), []string{"GRANT CREATE ON SCHEMA closed TO plain"}},
		{"asked for early answers", "", "", pgtest.With(t, plain, "synchronous_commit", "off"), []string{"synchronous_commit = on"}},
		{"no connection left", `ALTER ROLE plain CONNECTION LIMIT 0`, `ALTER ROLE plain CONNECTION LIMIT -1`, plain, []string{"max_connections"}},
		{"early answers", `ALTER ROLE plain SET synchronous_commit = off`, `ALTER ROLE plain RESET synchronous_commit`, plain,
			[]string{"ALTER ROLE plain SET synchronous_commit = on"}},
		{"isolation", `ALTER ROLE plain SET default_transaction_isolation = 'repeatable read'`, `ALTER ROLE plain RESET default_transaction_isolation`, plain,
			[]string{"repeatable read", "ALTER ROLE plain"}},
		{"read-only", `ALTER ROLE plain SET default_transaction_read_only = on`, `ALTER ROLE plain RESET default_transaction_read_only`, plain,
			[]string{"only read"}},
		{"no sync", `ALTER SYSTEM SET fsync = off`, `ALTER SYSTEM RESET fsync`, plain, []string{"set fsync = on"}},
		{"torn pages", `ALTER SYSTEM SET full_page_writes = off`, `ALTER SYSTEM RESET full_page_writes`, plain, []string{"set full_page_writes = on"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.set != "" {
				set := func(statement string) {
					run(t, statement, `SELECT pg_reload_conf()`)
					reloaded(t, server, statement)
				}
				set(c.set)
				defer set(c.reset)
			}
			refused(t, c.database, journal.ErrUnfit, c.says...)
		})
	}
	if n := pgtest.Row[int](t, admin, `SELECT count(*) FROM pg_class WHERE relname = 'heads'`); n != 0 {
		t.Errorf("refused openings made %d tables", n)
	}
	// What is mended opens, and a password in the URL is used.
	open(t, plain)
	run(t, `GRANT ALL ON SCHEMA closed TO `+pgtest.Guarded)
	open(t, pgtest.With(t, as(pgtest.Guarded, password), "search_path", "closed"))

	t.Run("a replica", func(t *testing.T) {
		refused(t, server.Standby(t).URL(), journal.ErrUnfit, "replica", "primary")
	})
	t.Run("stopped", func(t *testing.T) {
		server.Stop(t)
		refused(t, plain, journal.ErrUnfit, "cannot be reached", "see that it runs")
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := postgres.Open(ctx, plain, postgres.Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v", err)
		}
	})
}

// reloaded waits until new sessions of the server see a setting of its own.
func reloaded(t *testing.T, server *pgtest.Server, statement string) {
	t.Helper()
	words := strings.Fields(statement)
	if words[1] != "SYSTEM" {
		return
	}
	want := "on"
	if words[2] == "SET" {
		want = "off"
	}
	for {
		conn := pgtest.Connect(t, server.URL())
		got := pgtest.Row[string](t, conn, `SELECT current_setting($1)`, words[3])
		conn.Close(context.Background())
		if got == want {
			return
		}
	}
}

// TestBlackHole: an address at which nobody answers is refused, too.
func TestBlackHole(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // nobody accepts
	refused(t, "postgres://usher:"+url.QueryEscape(password)+"@"+l.Addr().String()+"/usher?connect_timeout=1&sslmode=disable",
		journal.ErrUnfit, "cannot be reached")
}

// TestOtherTables: tables that are not ours, newer than this program, or not whole,
// are refused and left as they are.
func TestOtherTables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		old  bool // the schema is one of ours
		harm string
		want error
		says string
	}{
		{"another program's", false, `CREATE TABLE heads (site text, position bigint)`, journal.ErrCorrupt, "another program (heads)"},
		{"another program's view", false, `CREATE VIEW nodes AS SELECT 1`, journal.ErrCorrupt, "another program (nodes)"},
		{"another program's with our name of versions", false, `CREATE TABLE usher_migrations (version_id bigint, is_applied bool); CREATE TABLE parts (n int)`,
			journal.ErrCorrupt, "another program (parts)"},
		{"a newer schema", true, `INSERT INTO usher_migrations (version_id, is_applied) VALUES (99, true)`, journal.ErrNewer, "version 99"},
		{"a table lost", true, `DROP TABLE side`, journal.ErrCorrupt, "only the tables epochs, frames, heads, nodes, parts, secrets of"},
		{"epochs set back", true, `SELECT setval('epochs', 1)`, journal.ErrCorrupt, "epoch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			database := pgtest.URL(t)
			if c.old {
				j := open(t, database)
				for _, name := range []string{"alpha", "beta"} {
					newSite(t, j, name).mustWrite(t, j, 2)
				}
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
			}
			pgtest.Exec(t, database, c.harm)
			before := contents(t, database)
			refused(t, database, c.want, c.says)
			if after := contents(t, database); after != before {
				t.Errorf("the refused opening changed\n%s\nto\n%s", before, after)
			}
		})
	}
}

// contents are the schema's tables with their rows, as text.
func contents(t *testing.T, database string) string {
	t.Helper()
	conn := pgtest.Connect(t, database)
	rows, err := conn.Query(t.Context(), `SELECT relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		WHERE nspname = current_schema() AND relkind IN ('r', 'v', 'S') ORDER BY relname`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range names {
		fmt.Fprintf(&all, "%s: %s\n", name, pgtest.Row[string](t, conn, fmt.Sprintf(`SELECT coalesce(string_agg(r::text, ' ' ORDER BY r::text), '') FROM (SELECT * FROM %s) r`, name)))
	}
	return all.String()
}

// TestOpenAtOnce: of nodes that start at once on an empty schema one makes the
// tables, and all can use them.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			j, err := postgres.Open(t.Context(), database, postgres.Options{})
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			defer j.Close()
			h, err := j.Create(t.Context(), fmt.Sprintf("site%d", i))
			if err != nil {
				t.Errorf("create: %v", err)
				return
			}
			s := &site{h}
			if err := s.write(j, s.checkpoint(2)); err != nil {
				t.Errorf("append: %v", err)
			}
		})
	}
	wg.Wait()
	conn := pgtest.Connect(t, database)
	if n := pgtest.Row[int](t, conn, `SELECT count(*) FROM usher_migrations WHERE version_id = 1`); n != 1 {
		t.Errorf("the first migration was done %d times", n)
	}
	if hs, err := open(t, database).Heads(t.Context()); err != nil || len(hs) != 4 {
		t.Errorf("%d sites (%v), want 4", len(hs), err)
	}
}
