package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// tries is how often a request is made. Once is not enough: that the store
// closed a connection that was idle shows only when it is used again.
const tries = 3

// nameHeader is the object's metadata that holds the name, percent-encoded:
// headers are ASCII.
const nameHeader = "File-Name"

// S3 keeps files in a bucket of an S3-compatible store, as objects under the
// prefix and the key. Type is the object's Content-Type, Name its metadata.
//
// A file waits in a temporary file (in TMPDIR) until it is whole, so that an
// object is made by one request, signed over all of its content, or not at all:
// there are no uploads in parts that somebody has to clear away.
type S3 struct {
	location location
	client   *minio.Core
}

var _ Store = (*S3)(nil)

// OpenS3 opens a bucket, named by a URL of the form
//
//	s3://bucket/prefix?endpoint=https://host:port&region=eu-1&pathStyle=true
//
// Prefix, endpoint (Amazon's), region (asked for) and pathStyle (as the endpoint
// is known to have it) may be left out. The credentials are in AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY and, for temporary ones, AWS_SESSION_TOKEN; they have to
// allow s3:ListBucket, GetObject, PutObject and DeleteObject. It asks the store
// for the bucket. The error says in one line what to mend, and shows no secret.
func OpenS3(ctx context.Context, rawURL string) (*S3, error) {
	l, err := parseLocation(rawURL)
	if err != nil {
		return nil, fmt.Errorf("open the bucket of files: its URL cannot be used: %w; expected s3://bucket/prefix?endpoint=https://host:port&region=name&pathStyle=true", err)
	}
	id, secret := os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	if id == "" || secret == "" {
		return nil, errors.New("open the bucket of files: there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	client, err := minio.NewCore(l.host, &minio.Options{
		Creds:        credentials.NewStaticV4(id, secret, os.Getenv("AWS_SESSION_TOKEN")),
		Secure:       l.secure,
		Region:       l.region,
		BucketLookup: l.lookup,
		MaxRetries:   tries,
	})
	if err != nil {
		return nil, errors.New("open the bucket of files: the endpoint is none that can be asked: expected endpoint=https://host:port")
	}
	s := &S3{location: l, client: client}
	if err := s.reach(ctx); err != nil {
		return nil, fmt.Errorf("open the bucket of files: %w", err)
	}
	return s, nil
}

// reach asks for the bucket, and says what to mend when it is not there.
func (s *S3) reach(ctx context.Context) error {
	err := s.ask(ctx)
	said, answered := errors.AsType[minio.ErrorResponse](err)
	switch {
	case err == nil:
		return nil
	case said.Code == minio.NoSuchBucket:
		return fmt.Errorf("%s does not exist: create it, or correct its name or the endpoint", s.location)
	case !answered:
		return fmt.Errorf("%s cannot be reached: %w; check the endpoint and the network", s.location, plain(err))
	case said.StatusCode == http.StatusForbidden:
		return fmt.Errorf("%s refuses the credentials (%w): check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, the region and this machine's clock, and that they allow s3:ListBucket and s3:GetObject", s.location, plain(err))
	case said.StatusCode/100 == 3 || said.StatusCode == http.StatusBadRequest:
		return fmt.Errorf("%s refuses the request (%w): check region, endpoint and pathStyle", s.location, plain(err))
	default:
		return fmt.Errorf("%s does not answer as an S3-compatible store does (%w): check the endpoint, or try again later", s.location, plain(err))
	}
}

// ask asks for an object that is not there, and for the bucket. One of them is
// not enough: a web server that knows neither, or has a page for everything, would
// give one right answer.
func (s *S3) ask(ctx context.Context) error {
	content, _, _, err := s.client.GetObject(ctx, s.location.bucket, s.location.prefix+"no-such-file", minio.GetObjectOptions{})
	if err == nil {
		content.Close()
		return minio.ErrorResponse{StatusCode: http.StatusOK}
	}
	if said, ok := errors.AsType[minio.ErrorResponse](err); !ok || said.Code != minio.NoSuchKey {
		return err
	}
	found, err := s.client.BucketExists(ctx, s.location.bucket)
	if err == nil && !found {
		return minio.ErrorResponse{Code: minio.NoSuchBucket}
	}
	return err
}

// plain leaves of an error what can be shown: of the store's answers, only status
// and code, since a text of its own may repeat the request, token and all; of
// network errors, what happened, without the URL.
func plain(err error) error {
	if said, ok := errors.AsType[minio.ErrorResponse](err); ok {
		switch {
		case said.StatusCode == 0: // the library's own words
			return errors.New("the answer cannot be read")
		case codeForm.MatchString(said.Code):
			return fmt.Errorf("the answer is %d %s", said.StatusCode, said.Code)
		}
		return fmt.Errorf("the answer is %d", said.StatusCode)
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	if _, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return errors.New("the answer is no XML")
	}
	return err
}

// Put implements Store.
func (s *S3) Put(ctx context.Context, key string, f File, content io.Reader, limit int64) (File, error) {
	if err := checkPut(key, f, limit); err != nil {
		return File{}, err
	}
	f, err := s.put(ctx, key, f, content, limit)
	if err != nil {
		return File{}, fmt.Errorf("store %s: %w", key, err)
	}
	return f, nil
}

func (s *S3) put(ctx context.Context, key string, f File, content io.Reader, limit int64) (File, error) {
	waiting, err := os.CreateTemp("", "usher-file-")
	if err != nil {
		return File{}, err
	}
	defer waiting.Close()
	// Without a name already: it goes with the process, however that ends.
	if err := os.Remove(waiting.Name()); err != nil {
		return File{}, err
	}
	sum := sha256.New()
	if f.Size, err = copyWithin(ctx, io.MultiWriter(waiting, sum), content, limit); err != nil {
		return File{}, err
	}
	for range tries {
		// A try reads the file by itself, and the library does not know that it
		// could go back to the start: what was refused before it was sent may
		// still be read for a while.
		whole := struct{ io.Reader }{io.NewSectionReader(waiting, 0, f.Size)}
		_, err = s.client.PutObject(ctx, s.location.bucket, s.location.prefix+key, whole, f.Size, "", hex.EncodeToString(sum.Sum(nil)), minio.PutObjectOptions{
			ContentType:          f.Type,
			UserMetadata:         map[string]string{nameHeader: url.PathEscape(f.Name)},
			DisableContentSha256: true, // of each piece: the whole has one
		})
		if err == nil {
			return f, nil
		}
		if said, answered := errors.AsType[minio.ErrorResponse](err); ctx.Err() != nil || answered && said.StatusCode < 500 {
			break
		}
	}
	return File{}, plain(err)
}

// Open implements Store.
func (s *S3) Open(ctx context.Context, key string) (io.ReadCloser, File, error) {
	if err := checkKey(key); err != nil {
		return nil, File{}, err
	}
	content, info, _, err := s.client.GetObject(ctx, s.location.bucket, s.location.prefix+key, minio.GetObjectOptions{})
	if said, ok := errors.AsType[minio.ErrorResponse](err); ok && said.Code == minio.NoSuchKey {
		return nil, File{}, fmt.Errorf("open %s: %w", key, ErrNotFound)
	}
	if err != nil {
		return nil, File{}, fmt.Errorf("open %s: %w", key, plain(err))
	}
	name, err := url.PathUnescape(info.UserMetadata[nameHeader])
	f := File{Name: name, Type: info.ContentType, Size: info.Size}
	if err != nil || f.check() != nil || f.Size < 0 {
		content.Close()
		return nil, File{}, fmt.Errorf("open %s: it is no file of usher's in %s: name, type or size is missing or changed", key, s.location)
	}
	return content, f, nil
}

// Delete implements Store.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := s.client.RemoveObject(ctx, s.location.bucket, s.location.prefix+key, minio.RemoveObjectOptions{}); err != nil {
		return fmt.Errorf("delete %s: %w", key, plain(err))
	}
	return nil
}
