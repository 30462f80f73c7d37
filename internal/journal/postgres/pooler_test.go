package postgres_test

import (
	"fmt"
	"net"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"usher/internal/journal"
	"usher/internal/journal/journaltest"
	"usher/internal/journal/pgtest"
)

// pooler stands before a server as PgBouncer does in transaction mode: a client has a
// session for a transaction, and each time another one. It knows no prepared
// statement of its own.
type pooler struct {
	listener net.Listener
	sessions chan *pgconn.HijackedConn
}

// behindPooler answers a URL that leads through a pooler to the same schema.
func behindPooler(t *testing.T, database string) string {
	t.Helper()
	const sessions = 6
	p := &pooler{sessions: make(chan *pgconn.HijackedConn, sessions)}
	for range sessions {
		conn, err := pgconn.Connect(t.Context(), database)
		if err != nil {
			t.Fatal(err)
		}
		session, err := conn.Hijack()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { session.Conn.Close() })
		p.sessions <- session
	}
	var err error
	if p.listener, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.listener.Close() })
	go func() {
		for {
			client, err := p.listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				p.serve(client) // ends with the client, or with the test
			}()
		}
	}()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = p.listener.Addr().String()
	return u.String()
}

func (p *pooler) serve(conn net.Conn) error {
	client := pgproto3.NewBackend(conn, conn)
	if _, err := client.ReceiveStartupMessage(); err != nil {
		return err
	}
	client.Send(&pgproto3.AuthenticationOk{})
	for name, value := range map[string]string{"server_version": "15.0", "client_encoding": "UTF8", "standard_conforming_strings": "on"} {
		client.Send(&pgproto3.ParameterStatus{Name: name, Value: value})
	}
	client.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{1, 2, 3, 4}})
	client.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	if err := client.Flush(); err != nil {
		return err
	}
	var session *pgconn.HijackedConn
	for {
		msg, err := client.Receive()
		if err != nil {
			return err
		}
		if _, over := msg.(*pgproto3.Terminate); over {
			return nil
		}
		if session == nil {
			session = <-p.sessions
		}
		session.Frontend.Send(msg)
		switch msg.(type) {
		case *pgproto3.Sync, *pgproto3.Query:
		default:
			continue
		}
		status, err := answer(session.Frontend, client)
		if err != nil {
			return err
		}
		if status == 'I' {
			p.sessions <- session
			session = nil
		}
	}
}

// answer hands on what the server says, until it is ready for more.
func answer(server *pgproto3.Frontend, client *pgproto3.Backend) (status byte, err error) {
	if err := server.Flush(); err != nil {
		return 0, err
	}
	for {
		msg, err := server.Receive()
		if err != nil {
			return 0, err
		}
		client.Send(msg)
		if ready, ok := msg.(*pgproto3.ReadyForQuery); ok {
			return ready.TxStatus, client.Flush()
		}
	}
}

// TestBehindPooler: all promises are kept through a pooler in transaction mode.
func TestBehindPooler(t *testing.T) {
	t.Parallel()
	prepared := func(t *testing.T) string {
		database := pgtest.URL(t)
		if err := open(t, database).Close(); err != nil { // the migrations went the straight way
			t.Fatal(err)
		}
		return behindPooler(t, database)
	}
	t.Run("journal", func(t *testing.T) {
		journaltest.Run(t, func(t *testing.T) journaltest.Engine {
			database := prepared(t)
			j := open(t, database)
			return journaltest.Engine{Journal: j, Shared: true, Reopen: func() journal.Journal {
				if err := j.Close(); err != nil {
					t.Fatalf("close: %v", err)
				}
				j = open(t, database)
				return j
			}}
		})
	})
	t.Run("pool", func(t *testing.T) {
		journaltest.RunPool(t, func(t *testing.T) journaltest.Pooled {
			database := prepared(t)
			return journaltest.Pooled{Journal: open(t, database), Join: func(n journal.Node) journal.Pool {
				return openAs(t, database, n).Pool()
			}}
		})
	})
}

// TestNoMigrationBehindPooler: the lock of the migrations is a session's, and so they
// are refused through a pooler before anything is done.
func TestNoMigrationBehindPooler(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	refused(t, behindPooler(t, database), journal.ErrUnfit, "pooler", "the server's own address")
	if n := pgtest.Row[int](t, pgtest.Connect(t, database), `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		WHERE nspname = current_schema()`); n != 0 {
		t.Errorf("the refused opening made %d tables", n)
	}
}

// TestPoolerIsOne: what the tests' pooler is for would fail without the care that the
// journal takes: statements that were prepared in one session are unknown in the next.
func TestPoolerIsOne(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	if err := open(t, database).Close(); err != nil {
		t.Fatal(err)
	}
	careless := pgtest.With(t, behindPooler(t, database), "default_query_exec_mode", "cache_describe")
	conn := pgtest.Connect(t, careless)
	seen := map[string]bool{}
	for range 12 {
		seen[fmt.Sprint(pgtest.Row[int](t, conn, `SELECT pg_backend_pid()`))] = true
	}
	if len(seen) < 2 {
		t.Error("the pooler keeps a client in one session")
	}
	prepares := pgtest.Connect(t, behindPooler(t, database))
	if _, err := prepares.Prepare(t.Context(), "p", `SELECT 1`); err != nil {
		t.Fatal(err)
	}
	if _, err := prepares.Exec(t.Context(), "p"); err == nil {
		t.Error("the pooler carries a prepared statement to another session")
	}
	open(t, careless) // a mode that the URL names is used
}
