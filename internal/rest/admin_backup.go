package rest

import (
	"io"
	"net/http"
	"time"

	"usher/api"
)

// backupFor is how long a copy may take to be made and fetched.
const backupFor = 6 * time.Hour

// errNoBackup: what is to be copied stands elsewhere.
var errNoBackup = wrong(http.StatusBadRequest, api.BadRequest,
	"this server keeps its data in PostgreSQL: copy that with pg_dump, which has all of it, or with its own backup")

// makeBackup answers a consistent copy of everything, as a tar file, while the server
// goes on. Half of one ends with a broken connection.
func makeBackup(s *Server, c *adminCall) (any, error) {
	switch {
	case !c.who.all:
		return nil, wrong(http.StatusForbidden, api.AccessDenied, "only the admin token makes backups")
	case c.err != nil:
		return nil, c.err
	case s.backup == nil:
		return nil, errNoBackup
	}
	http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(backupFor)) // an error means that there is none, as in tests
	return stream{kind: "application/x-tar", name: "usher-backup.tar", from: func(w io.Writer) error { return s.backup(c.r.Context(), w) }}, nil
}

// stream is an answer of any length.
type stream struct {
	kind, name string
	from       func(io.Writer) error
}

// write answers an error when nothing is written yet.
func (x stream) write(w http.ResponseWriter) error {
	begun := &begins{ResponseWriter: w, head: func(h http.Header) {
		h.Set("Content-Type", x.kind)
		h.Set("Content-Disposition", "attachment; filename="+x.name)
		h.Set("X-Content-Type-Options", "nosniff")
	}}
	err := x.from(begun)
	if err != nil && begun.done {
		panic(http.ErrAbortHandler) // or half of it would look like all
	}
	return err
}

// begins writes the head of an answer with the first of its bytes.
type begins struct {
	http.ResponseWriter
	head func(http.Header)
	done bool
}

func (b *begins) Write(p []byte) (int, error) {
	if !b.done {
		b.done = true
		b.head(b.Header())
	}
	return b.ResponseWriter.Write(p)
}
