package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	neturl "net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"usher/internal/journal"
)

// connectTimeout is for each address of the URL, unless it has connect_timeout.
const connectTimeout = 2 * time.Second

// parse reads the URL. Its errors never quote it: it may hold a password anywhere.
func parse(url string) (*pgxpool.Config, error) {
	unreadable := fmt.Errorf("%w: the database's URL cannot be read: write postgres://USER:PASSWORD@HOST:5432/NAME?sslmode=require, "+
		"with %%XX for what is special in a URL, and parameters as PostgreSQL has them", journal.ErrUnfit)
	u, err := neturl.Parse(url)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, unreadable
	}
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, unreadable
	}
	cfg.ConnConfig.ConnectTimeout = cmp.Or(cfg.ConnConfig.ConnectTimeout, connectTimeout)
	// A server that vanished is noticed within half a minute on a connection that waits for it.
	dialer := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}}
	cfg.ConnConfig.DialFunc = dialer.DialContext
	cfg.AfterConnect = admit
	cfg.PingTimeout = connectTimeout
	return cfg, nil
}

// admit lets only connections into the pool that lead to a server which keeps what
// it is given: an address may lead to another server than at the start.
//
// Two things are set for the session. The server looks after us, too: of a node that
// vanished between the two halves of an append it would keep the lock of the head for
// as long as TCP lets it, which is two hours. And what is looked up by its key is
// looked up: a plan that was made and kept while a table was empty would read all of
// it. (To the planner that makes what has to read all of a table look so dear that it
// would compile it first; hence jit.) Behind a pooler the server's client is the
// pooler, and no plan is kept.
func admit(ctx context.Context, conn *pgx.Conn) error {
	s, err := readSettings(ctx, conn)
	if err != nil {
		return err
	}
	if err := s.check(); err != nil || s.pooled() {
		return err
	}
	_, err = conn.Exec(ctx, `SELECT set_config('tcp_keepalives_idle', '15', false), set_config('tcp_keepalives_interval', '5', false),
		set_config('tcp_keepalives_count', '3', false), set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false)`)
	if err != nil {
		return fmt.Errorf("set up the session: %w", err)
	}
	return nil
}

// unreachable says why no connection could be made, and how to mend it.
func unreachable(ctx context.Context, cfg *pgx.ConnConfig, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", ctx.Err())
	}
	at := cfg.Host
	if !strings.HasPrefix(at, "/") {
		at = net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case "28P01", "28000":
			return fmt.Errorf("%w: PostgreSQL at %s does not let %s in: %s; check the user and password in the URL, and the server's pg_hba.conf",
				journal.ErrUnfit, at, cfg.User, e.Message)
		case "3D000":
			return fmt.Errorf("%w: PostgreSQL at %s has no database %s: make it (createdb %[3]s) or name another in the URL",
				journal.ErrUnfit, at, cfg.Database)
		case "53300":
			return fmt.Errorf("%w: PostgreSQL at %s takes no more connections: raise its max_connections", journal.ErrUnfit, at)
		case "57P03":
			return fmt.Errorf("%w: PostgreSQL at %s is not ready: %s; try again in a moment", journal.ErrUnfit, at, e.Message)
		}
	}
	return fmt.Errorf("%w: PostgreSQL at %s cannot be reached: see that it runs, and that the URL's address is right: %w", journal.ErrUnfit, at, oneLine(err))
}

// single is an error that says the same in one line.
type single struct{ error }

// oneLine answers err with its words in one line: the driver's have one for each
// address that it tried.
func oneLine(err error) error { return single{err} }

func (s single) Error() string { return strings.Join(strings.Fields(s.error.Error()), " ") }
func (s single) Unwrap() error { return s.error }
