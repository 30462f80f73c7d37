package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"usher/internal/journal"
)

// oldestServer is the oldest version whose makers still mended it when this was
// written, as the server numbers it.
const oldestServer = 130000

// settings are what the journal relies on, as one connection finds them.
type settings struct {
	version   int
	encoding  string
	fsync     string
	fullPages string
	commit    string // synchronous_commit
	isolation string // of a transaction that does not say
	replica   bool
	readOnly  bool

	user, schema string // schema is "" when search_path leads to none
	mayCreate    bool
	pid, keyPID  uint32 // the session's process, and the one that is said to be
}

func readSettings(ctx context.Context, conn *pgx.Conn) (s settings, err error) {
	s.keyPID = conn.PgConn().PID()
	err = conn.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
			current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
			current_setting('transaction_isolation'), pg_is_in_recovery(), current_setting('transaction_read_only')::bool,
			current_user::text, coalesce(current_schema()::text, ''),
			coalesce(has_schema_privilege(current_schema(), 'CREATE'), false), pg_backend_pid()`).
		Scan(&s.version, &s.encoding, &s.fsync, &s.fullPages, &s.commit, &s.isolation, &s.replica, &s.readOnly,
			&s.user, &s.schema, &s.mayCreate, &s.pid)
	if err != nil {
		return settings{}, fmt.Errorf("read the server's settings: %w", err)
	}
	return s, nil
}

// check refuses a server that would lose what it was given, in one line that says
// how to mend it. synchronous_commit is not set by the journal itself: behind a
// pooler that would hold for another session, and who turned it off should know.
func (s settings) check() error {
	unfit := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", journal.ErrUnfit, fmt.Sprintf(format, args...))
	}
	switch {
	case s.version < oldestServer:
		return unfit("PostgreSQL is version %d, at least %d is needed: upgrade the server", s.version/10000, oldestServer/10000)
	case s.replica:
		return unfit("PostgreSQL here is a replica, which takes no writes: name the primary in the URL (with several hosts, target_session_attrs=read-write finds it)")
	case s.readOnly:
		return unfit("PostgreSQL lets %s only read: ALTER ROLE %[1]s RESET default_transaction_read_only, or look for it in the database's settings and postgresql.conf", s.user)
	case s.fsync != "on":
		return unfit("PostgreSQL runs with fsync = %s, and a crash of its machine would lose what was acknowledged: set fsync = on in postgresql.conf and reload it", s.fsync)
	case s.fullPages != "on":
		return unfit("PostgreSQL runs with full_page_writes = %s, and a crash of its machine could tear pages: set full_page_writes = on in postgresql.conf and reload it", s.fullPages)
	case s.commit == "off":
		return unfit("PostgreSQL acknowledges before it has synced: ALTER ROLE %s SET synchronous_commit = on, or add synchronous_commit=on to the URL's parameters", s.user)
	case s.isolation != "read committed":
		return unfit("transactions here are %s unless they say otherwise, and must be read committed: ALTER ROLE %s RESET default_transaction_isolation, or look for it in the URL, the database's settings and postgresql.conf",
			s.isolation, s.user)
	case s.encoding != "UTF8":
		return unfit("the database's encoding is %s, and must be UTF8: make another (createdb --encoding UTF8 --template template0)", s.encoding)
	case s.schema == "":
		return unfit("no schema of the search_path exists: CREATE SCHEMA, or correct search_path in the URL or the role's settings")
	}
	return nil
}

// pooled reports whether something that shares sessions stands between: it hands out
// keys of its own.
func (s settings) pooled() bool { return s.pid != s.keyPID }

// mayMigrate refuses a migration that cannot be done.
func (s settings) mayMigrate() error {
	switch {
	case s.pooled():
		return fmt.Errorf("%w: the tables have to be made or migrated, and a connection pooler stands before PostgreSQL: start once with the server's own address in the URL",
			journal.ErrUnfit)
	case !s.mayCreate:
		return fmt.Errorf("%w: %s may make no tables in schema %s: GRANT CREATE ON SCHEMA %[3]s TO %[2]s", journal.ErrUnfit, s.user, s.schema)
	}
	return nil
}
