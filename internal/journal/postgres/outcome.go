package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"usher/internal/journal"
)

// refusals are the SQLSTATEs, whole or by class, with which a statement ended and
// certainly changed nothing. They count only with the severity ERROR: that rolls a
// statement back, and is never raised once its commit is being written. A FATAL or
// PANIC may come after that, even under a code of this table: a disk that fills up
// while the log is flushed is a PANIC 53100, and recovery may find the commit.
//
// Where no connection could be made the code does not matter (53300, 57P03, 28P01):
// nothing was sent.
//
// What is not here is of unknown outcome. That is always safe to say, and costs a
// new epoch and a load: 08, 57P01 and 57P02 are ends of the session, which may
// have been while the commit waited for its sync; 40003 says itself that nobody
// knows; 58, XX and F0 are a server in trouble, whose word is not taken.
var refusals = map[string]string{
	"0A":    "not supported, such as a cached plan whose table has changed",
	"22":    "a value that the column cannot hold",
	"23":    "a constraint",
	"25006": "read-only: a replica, since a failover",
	"26":    "no such prepared statement: a pooler in between",
	"40001": "could not be serialised with others",
	"40P01": "the victim of a deadlock",
	"42":    "no such table or column, or not allowed",
	"53":    "out of disk, memory or connections",
	"54":    "too large or too many",
	"55P03": "waited too long for a lock",
	"57014": "cancelled, or longer than the server's statement_timeout",
}

// outcome tells how a write that failed ended: the error wraps ErrRefused when it
// certainly did not happen, and else ErrUnknown.
func outcome(err error) error {
	if errors.Is(err, journal.ErrRefused) || errors.Is(err, journal.ErrUnknown) {
		return err
	}
	if refused(err) {
		return fmt.Errorf("%w: %w", journal.ErrRefused, oneLine(err))
	}
	return fmt.Errorf("%w: %w", journal.ErrUnknown, oneLine(err))
}

func refused(err error) bool {
	if pgconn.SafeToRetry(err) {
		return true // nothing was sent
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || e.SeverityUnlocalized != "ERROR" || len(e.Code) != 5 {
		return false
	}
	return refusals[e.Code] != "" || refusals[e.Code[:2]] != ""
}
