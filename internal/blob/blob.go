// Package blob keeps the files that visitors and agents send to each other: in a
// folder of the data directory, or in a bucket of an S3-compatible store.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"unicode/utf8"
)

// MaxName is how many bytes a file's name may have: as many as a file system
// gives one.
const MaxName = 255

// File is what is known of a stored file.
type File struct {
	// Name is what its sender called it, for people to read: any UTF-8 text of
	// up to MaxName bytes. It is kept as it is, with quotation marks, line feeds
	// and whatever else is in it, and never used as a name on a disk. Whoever
	// writes it into a header or a page has to encode it for there.
	Name string
	// Type is a media type without parameters, such as image/png.
	Type string
	// Size is in bytes.
	Size int64
}

// Store keeps files under keys of the form site/engagement/id, each part of
// letters, digits, _ and -, and of 1 to 128 of them. It may be used by many at
// once.
type Store interface {
	// Put reads content to its end and keeps it under the key, in place of what
	// was there, whole or not at all; it never holds it in memory. It answers
	// the file with its Size; the Size of f is not looked at. The error wraps
	// ErrInvalid when the key or f cannot be kept, ErrTooLarge when content has
	// more than limit bytes, and content's own error when reading fails: then
	// nothing has changed. After any other error the file may be there or not,
	// but no part of one: Put it again, or Delete it.
	Put(ctx context.Context, key string, f File, content io.Reader, limit int64) (File, error)
	// Open answers a file's content, which the caller closes, and what is known
	// of it. The error wraps ErrNotFound when there is nothing under the key,
	// and ErrInvalid when there can be nothing. The content may be read for as
	// long as ctx lasts; if the connection to the store breaks, reading fails,
	// and does not just end.
	Open(ctx context.Context, key string) (io.ReadCloser, File, error)
	// Delete removes a file; when there is none, it has nothing to do. Who has
	// the file open may read it to its end. The error wraps ErrInvalid when the
	// key is none.
	Delete(ctx context.Context, key string) error
}

var (
	// ErrNotFound: there is no file under the key.
	ErrNotFound = errors.New("no such file")
	// ErrTooLarge: the content has more bytes than it may have.
	ErrTooLarge = errors.New("the file is too large")
	// ErrInvalid: such a key, name, type or limit is refused.
	ErrInvalid = errors.New("invalid file")
)

var (
	keyForm  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}/[A-Za-z0-9_-]{1,128}/[A-Za-z0-9_-]{1,128}$`)
	typeForm = regexp.MustCompile(`^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$`)
)

// checkKey also keeps what strangers send short in the error that quotes it.
func checkKey(key string) error {
	if !keyForm.MatchString(key) {
		return fmt.Errorf("%w: the key %.80q: expected site/engagement/id, each of 1 to 128 letters, digits, _ and -", ErrInvalid, key)
	}
	return nil
}

func (f File) check() error {
	switch {
	case len(f.Name) > MaxName:
		return fmt.Errorf("%w: the name has %d bytes, at most %d may be", ErrInvalid, len(f.Name), MaxName)
	case !utf8.ValidString(f.Name):
		return fmt.Errorf("%w: the name is not UTF-8", ErrInvalid)
	case !typeForm.MatchString(f.Type):
		return fmt.Errorf("%w: the media type %.80q: expected one without parameters, such as image/png", ErrInvalid, f.Type)
	}
	return nil
}

// checkPut checks all that Put is given but the content.
func checkPut(key string, f File, limit int64) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if limit < 0 {
		return fmt.Errorf("%w: the limit of %d bytes: expected none or more", ErrInvalid, limit)
	}
	return f.check()
}

// copyWithin copies content to w, until its end, the limit or the end of ctx, and
// answers how many bytes it had.
func copyWithin(ctx context.Context, w io.Writer, content io.Reader, limit int64) (int64, error) {
	n, err := io.Copy(w, io.LimitReader(reader{ctx, content}, limit))
	if err != nil || n < limit {
		return n, err
	}
	// The limit is reached: what comes after it is asked for, and not kept.
	more, err := io.Copy(io.Discard, io.LimitReader(reader{ctx, content}, 1))
	if err == nil && more > 0 {
		err = fmt.Errorf("%w: it has more than %d bytes", ErrTooLarge, limit)
	}
	return n, err
}

// reader reads until its context ends.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
