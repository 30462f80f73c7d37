package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"usher/internal/journal"
)

func TestOutcome(t *testing.T) {
	said := func(severity, code string) error {
		return &pgconn.PgError{Severity: "FEHLER", SeverityUnlocalized: severity, Code: code, Message: "said by the server"}
	}
	refused, unknown := journal.ErrRefused, journal.ErrUnknown
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"disk full", said("ERROR", "53100"), refused},
		{"disk full while the log was flushed", said("PANIC", "53100"), unknown},
		{"out of memory", said("ERROR", "53200"), refused},
		{"session ended for want of memory", said("FATAL", "53200"), unknown},
		{"read-only", said("ERROR", "25006"), refused},
		{"in a failed transaction", said("ERROR", "25P02"), unknown},
		{"no such table", said("ERROR", "42P01"), refused},
		{"not allowed", said("ERROR", "42501"), refused},
		{"no such character", said("ERROR", "22021"), refused},
		{"a key twice", said("ERROR", "23505"), refused},
		{"too large", said("ERROR", "54000"), refused},
		{"plan out of date", said("ERROR", "0A000"), refused},
		{"statement of another session", said("ERROR", "26000"), refused},
		{"serialisation", said("ERROR", "40001"), refused},
		{"deadlock", said("ERROR", "40P01"), refused},
		{"the server itself does not know", said("ERROR", "40003"), unknown},
		{"lock not to be had", said("ERROR", "55P03"), refused},
		{"cancelled", said("ERROR", "57014"), refused},
		{"cancelled, and the session ended", said("FATAL", "57014"), unknown},
		{"session ended by the administrator", said("FATAL", "57P01"), unknown},
		{"the same as an error", said("ERROR", "57P01"), unknown},
		{"another session crashed", said("WARNING", "57P02"), unknown},
		{"connection lost, says the server", said("ERROR", "08006"), unknown},
		{"disk error", said("ERROR", "58030"), unknown},
		{"damaged index", said("ERROR", "XX002"), unknown},
		{"raised by a trigger", said("ERROR", "P0001"), unknown},
		{"no code", said("ERROR", ""), unknown},
		{"no severity, as of an old pooler", said("", "53100"), unknown},
		{"time-out", context.DeadlineExceeded, unknown},
		{"broken connection", io.ErrUnexpectedEOF, unknown},
		{"no connection", unconnected{io.EOF}, refused},
		{"no connection in time", unconnected{context.DeadlineExceeded}, refused},
		{"turned away at the door", unconnected{said("FATAL", "57P03")}, refused},
		{"no connection is left", unconnected{said("FATAL", "53300")}, refused},
		{"nothing sent", fmt.Errorf("lock: %w", safe{}), refused},
		{"judged already", fmt.Errorf("%w: too long", refused), refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, err := range []error{c.err, fmt.Errorf("write: %w", c.err)} {
				got := outcome(err)
				other := unknown
				if c.want == unknown {
					other = refused
				}
				if !errors.Is(got, c.want) || errors.Is(got, other) || errors.Is(got, journal.ErrFenced) {
					t.Errorf("%v ends as %v", err, got)
				}
				if !errors.Is(got, c.err) {
					t.Errorf("%v does not say why: %v", err, got)
				}
			}
		})
	}
	for code, why := range refusals {
		if len(code) != 2 && len(code) != 5 || why == "" {
			t.Errorf("the entry %q: %q is none", code, why)
		}
	}
	several := outcome(errors.Join(errors.New("one"), errors.New("two")))
	if strings.Contains(several.Error(), "\n") {
		t.Errorf("several lines: %q", several)
	}
}

// safe is an error of the driver before it sent anything.
type safe struct{}

func (safe) Error() string     { return "not sent" }
func (safe) SafeToRetry() bool { return true }

func TestSettings(t *testing.T) {
	good := settings{version: 150018, encoding: "UTF8", fsync: "on", fullPages: "on", commit: "on", isolation: "read committed",
		user: "usher", schema: "public", mayCreate: true, pid: 7, keyPID: 7}
	for _, c := range []struct {
		name   string
		change func(*settings)
		says   string // "" when that is fit
	}{
		{"as it comes", func(*settings) {}, ""},
		{"the oldest", func(s *settings) { s.version = 130000 }, ""},
		{"too old", func(s *settings) { s.version = 120022 }, "version 12, at least 13"},
		{"replica", func(s *settings) { s.replica, s.readOnly = true, true }, "replica"},
		{"read-only", func(s *settings) { s.readOnly = true }, "default_transaction_read_only"},
		{"no sync", func(s *settings) { s.fsync = "off" }, "fsync = on"},
		{"torn pages", func(s *settings) { s.fullPages = "off" }, "full_page_writes = on"},
		{"early answers", func(s *settings) { s.commit = "off" }, "synchronous_commit = on"},
		{"synced here alone", func(s *settings) { s.commit = "local" }, ""},
		{"replica has read it", func(s *settings) { s.commit = "remote_apply" }, ""},
		{"replica was sent it", func(s *settings) { s.commit = "remote_write" }, ""},
		{"isolation", func(s *settings) { s.isolation = "serializable" }, "default_transaction_isolation"},
		{"encoding", func(s *settings) { s.encoding = "LATIN1" }, "createdb --encoding UTF8"},
		{"no schema", func(s *settings) { s.schema = "" }, "CREATE SCHEMA"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := good
			c.change(&s)
			err := s.check()
			if c.says == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if !errors.Is(err, journal.ErrUnfit) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got error %v, want one that says %q", err, c.says)
			}
		})
	}
	if err := good.mayMigrate(); err != nil {
		t.Errorf("may not migrate: %v", err)
	}
	pooled, poor := good, good
	pooled.keyPID, poor.mayCreate = 8, false
	for says, s := range map[string]settings{"pooler": pooled, "GRANT CREATE ON SCHEMA public TO usher": poor} {
		if err := s.mayMigrate(); !errors.Is(err, journal.ErrUnfit) || !strings.Contains(err.Error(), says) {
			t.Errorf("got error %v, want one that says %q", err, says)
		}
	}
}
