package blob

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/signer"
)

func openS3(t *testing.T, fake *fakeS3) *S3 {
	t.Helper()
	fake.credentials(t)
	s, err := OpenS3(t.Context(), fake.address())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestS3(t *testing.T) {
	testStore(t, func(t *testing.T) Store { return openS3(t, newFakeS3(t)) })
}

// TestS3Objects: what a bucket holds can be read without usher.
func TestS3Objects(t *testing.T) {
	fake := newFakeS3(t)
	s := openS3(t, fake)
	put(t, s, "demo/7/1", File{Name: "Größe \"1\"\n.png", Type: "image/png"}, "content")
	if len(fake.objects) != 1 {
		t.Fatalf("there are %d objects, want 1", len(fake.objects))
	}
	o := fake.objects["some/prefix/demo/7/1"]
	if string(o.content) != "content" || o.header.Get("Content-Type") != "image/png" || o.header.Get("X-Amz-Meta-File-Name") != "Gr%C3%B6%C3%9Fe%20%221%22%0A.png" {
		t.Errorf("the object is %q with %v", o.content, o.header)
	}
}

// TestS3AsksForTheRegion: the region, the prefix and the session token may be
// left out.
func TestS3AsksForTheRegion(t *testing.T) {
	fake := newFakeS3(t)
	fake.token = ""
	fake.credentials(t)
	s, err := OpenS3(t.Context(), "s3://"+fake.bucket+"?endpoint="+fake.URL)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "demo/7/1", text, "x")
	holds(t, s, "demo/7/1", text, "x")
	if _, ok := fake.objects["demo/7/1"]; !ok {
		t.Errorf("the objects are %v", fake.objects)
	}
}

// TestS3TemporaryFiles: a file waits in TMPDIR under no name, so nothing can be
// left of it, and without room there nothing is sent.
func TestS3TemporaryFiles(t *testing.T) {
	fake := newFakeS3(t)
	s := openS3(t, fake)
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	seen := 0
	_, err := s.Put(t.Context(), "demo/7/1", text, io.MultiReader(strings.NewReader("x"), readerFunc(func([]byte) (int, error) {
		entries, err := os.ReadDir(dir)
		if seen++; err != nil || len(entries) > 0 {
			t.Errorf("while it waits there are %v, %v", entries, err)
		}
		return 0, io.EOF
	})), megabyte)
	if err != nil || seen == 0 {
		t.Errorf("put: %v, looked %d times", err, seen)
	}
	t.Setenv("TMPDIR", dir+"/none")
	_, err = s.Put(t.Context(), "demo/7/2", text, strings.NewReader("x"), megabyte)
	wantError(t, err, os.ErrNotExist)
	lacks(t, s, "demo/7/2")
}

// TestS3SendsOnlyWhatIsWhole: of a content that fails, or is too large, the store
// hears nothing.
func TestS3SendsOnlyWhatIsWhole(t *testing.T) {
	fake := newFakeS3(t)
	s := openS3(t, fake)
	for _, content := range []io.Reader{strings.NewReader("too much"), io.MultiReader(strings.NewReader("a"), readerFunc(func([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }))} {
		if _, err := s.Put(t.Context(), "demo/7/1", text, content, 3); err == nil {
			t.Error("it was stored")
		}
	}
	if n := fake.count(http.MethodPut); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// TestS3PutIsCut: a connection that breaks while a file is sent is tried again,
// and what was not sent whole is not there.
func TestS3PutIsCut(t *testing.T) {
	content := strings.Repeat("01234", megabyte)
	for _, c := range []struct {
		name  string
		fault fault
		times int
		sent  int
		ok    bool
	}{
		{"cut once", fault{cut: true}, 1, 2, true},
		{"cut every time", fault{cut: true}, 100, tries, false},
		{"busy once", fault{status: http.StatusServiceUnavailable}, 1, 2, true},
		{"busy every time", fault{status: http.StatusServiceUnavailable}, 100, tries, false},
		{"refused before it was read", fault{status: http.StatusInternalServerError, body: "<Error><Code>InternalError</Code></Error>"}, 2, 3, true},
		{"not allowed", fault{status: http.StatusForbidden, body: "<Error><Code>AccessDenied</Code></Error>"}, 100, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := newFakeS3(t)
			s := openS3(t, fake)
			put(t, s, "demo/7/1", text, "before")
			before := fake.count(http.MethodPut)
			fake.failing(http.MethodPut, c.times, c.fault)
			for _, key := range []string{"demo/7/1", "demo/7/2"} {
				_, err := s.Put(t.Context(), key, text, strings.NewReader(content), int64(len(content)))
				switch {
				case c.ok && err != nil:
					t.Errorf("put %s: %v", key, err)
				case c.ok:
					holds(t, s, key, text, content)
				case err == nil:
					t.Errorf("put %s: no error", key)
				case key == "demo/7/1":
					holds(t, s, key, text, "before")
				default:
					lacks(t, s, key)
				}
				if err != nil {
					shownPlainly(t, fake, err)
				}
				if n := fake.count(http.MethodPut) - before; n != c.sent {
					t.Errorf("%s was sent %d times, want %d", key, n, c.sent)
				}
				if c.ok {
					break // the faults are used up
				}
				before = fake.count(http.MethodPut)
			}
		})
	}
}

// TestS3PutIsGivenUp: who gives up while a file is sent does not wait for tries.
func TestS3PutIsGivenUp(t *testing.T) {
	fake := newFakeS3(t)
	s := openS3(t, fake)
	ctx, cancel := context.WithCancel(t.Context())
	fake.mu.Lock()
	fake.fault = func(r *http.Request) fault {
		if r.Method == http.MethodPut {
			cancel()
			return fault{cut: true}
		}
		return fault{}
	}
	fake.mu.Unlock()
	_, err := s.Put(ctx, "demo/7/1", text, strings.NewReader("content"), megabyte)
	wantError(t, err, context.Canceled)
	if n := fake.count(http.MethodPut); n != 1 {
		t.Errorf("it was sent %d times", n)
	}
	lacks(t, s, "demo/7/1")
}

// TestS3GetIsCut: content of which the end does not come fails to be read.
func TestS3GetIsCut(t *testing.T) {
	fake := newFakeS3(t)
	s := openS3(t, fake)
	content := strings.Repeat("0123456789", 100_000)
	put(t, s, "demo/7/1", text, content)
	fake.failing(http.MethodGet, 1, fault{cut: true})
	r, f, err := s.Open(t.Context(), "demo/7/1")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err == nil || f.Size != int64(len(content)) || len(b) >= len(content) || !strings.HasPrefix(content, string(b)) {
		t.Errorf("%d bytes of %d came, and then %v", len(b), f.Size, err)
	}
	holds(t, s, "demo/7/1", text, content)
}

// TestS3IsDown: what the store cannot say is not taken for an answer.
func TestS3IsDown(t *testing.T) {
	fake := newFakeS3(t)
	s := openS3(t, fake)
	put(t, s, "demo/7/1", text, "x")
	for _, f := range []fault{
		{status: http.StatusInternalServerError}, {status: http.StatusForbidden}, {status: http.StatusNotFound, body: "<Error><Code>NoSuchBucket</Code></Error>"},
		{status: http.StatusMovedPermanently}, {status: http.StatusOK + 1},
	} {
		t.Run(fmt.Sprint(f.status), func(t *testing.T) {
			fake.failing(http.MethodGet, 100, f)
			_, _, err := s.Open(t.Context(), "demo/7/1")
			if err == nil || errors.Is(err, ErrNotFound) {
				t.Errorf("open: %v", err)
			} else {
				shownPlainly(t, fake, err)
			}
			fake.failing(http.MethodDelete, 100, f)
			if err := s.Delete(t.Context(), "demo/7/1"); err == nil {
				t.Error("delete: no error")
			} else {
				shownPlainly(t, fake, err)
			}
		})
	}
	fake.failing("", 0, fault{})
	holds(t, s, "demo/7/1", text, "x")
	fake.CloseClientConnections()
	holds(t, s, "demo/7/1", text, "x")
	put(t, s, "demo/7/1", text, "y")
	fake.Close()
	if _, _, err := s.Open(t.Context(), "demo/7/1"); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("open without a store: %v", err)
	}
	if _, err := s.Put(t.Context(), "demo/7/1", text, strings.NewReader("z"), megabyte); err == nil {
		t.Error("put without a store: no error")
	}
	if err := s.Delete(t.Context(), "demo/7/1"); err == nil {
		t.Error("delete without a store: no error")
	}
}

// TestS3ForeignObject: an object that is not as Put leaves one is refused.
func TestS3ForeignObject(t *testing.T) {
	fake := newFakeS3(t)
	s := openS3(t, fake)
	for _, header := range []http.Header{
		{"Content-Type": {"nonsense"}}, {"Content-Type": {"text/html; charset=utf-8"}}, {"Content-Type": {"image/png"}, "X-Amz-Meta-File-Name": {"%zz"}},
		{"Content-Type": {"image/png"}, "X-Amz-Meta-File-Name": {"%FF"}},
	} {
		fake.objects["some/prefix/demo/7/1"] = object{header, []byte("x")}
		if _, _, err := s.Open(t.Context(), "demo/7/1"); err == nil || !strings.Contains(err.Error(), "no file of usher's") {
			t.Errorf("%v: %v", header, err)
		}
	}
}

// shownPlainly fails the test unless an error is one line without secrets.
func shownPlainly(t *testing.T, fake *fakeS3, err error) {
	t.Helper()
	for _, secret := range []string{"\n", fake.secret, fake.token, fake.id, "Signature=", "hunter2", `"http`} {
		if secret != "" && strings.Contains(err.Error(), secret) {
			t.Errorf("%q is in the error: %q", secret, err)
		}
	}
}

// TestOpenS3Says: what is wrong with a bucket is said in one line, with what to
// mend, and without a secret.
func TestOpenS3Says(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "<html>\n<body>Welcome, %s %s</body></html>", r.Header.Get("Authorization"), r.Header.Get("X-Amz-Security-Token"))
	}))
	defer page.Close()
	nothing := httptest.NewServer(http.NotFoundHandler())
	defer nothing.Close()
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "<Error><Code>\n%s</Code><Message>%s\n</Message></Error>", r.Header.Get("X-Amz-Security-Token"), r.Header.Get("Authorization"))
	}))
	defer echo.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	at := func(server *httptest.Server, more string) string {
		return "s3://" + bucketName + "?endpoint=" + server.URL + more
	}
	for _, c := range []struct {
		name    string
		address func(*fakeS3) string
		set     map[string]string
		fault   fault
		method  string // that meets the fault, GET when it is ""
		want    []string
	}{
		{name: "no bucket", address: func(s *fakeS3) string { return strings.Replace(s.address(), bucketName, "other-files", 1) }, want: []string{"the bucket other-files at http://127.0.0.1", "does not exist", "create it"}},
		{name: "no bucket, region asked", address: func(s *fakeS3) string { return "s3://other-files?endpoint=" + s.URL }, want: []string{"does not exist"}},
		{name: "may read, and not list", method: http.MethodHead, fault: fault{status: http.StatusForbidden}, want: []string{"s3:ListBucket"}},
		{name: "wrong id", set: map[string]string{"AWS_ACCESS_KEY_ID": "AKIAOTHER"}, want: []string{"refuses the credentials", "AWS_ACCESS_KEY_ID"}},
		{name: "wrong id, region asked", set: map[string]string{"AWS_ACCESS_KEY_ID": "AKIAOTHER"}, address: func(s *fakeS3) string { return at(s.Server, "") }, want: []string{"refuses the credentials", "InvalidAccessKeyId"}},
		{name: "wrong secret", set: map[string]string{"AWS_SECRET_ACCESS_KEY": "hunter2"}, want: []string{"refuses the credentials", "SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"}},
		{name: "wrong token", set: map[string]string{"AWS_SESSION_TOKEN": "hunter2"}, want: []string{"refuses the credentials", "AWS_SESSION_TOKEN"}},
		{name: "no id", set: map[string]string{"AWS_ACCESS_KEY_ID": ""}, want: []string{"no credentials", "set AWS_ACCESS_KEY_ID"}},
		{name: "no secret", set: map[string]string{"AWS_SECRET_ACCESS_KEY": ""}, want: []string{"no credentials", "AWS_SECRET_ACCESS_KEY"}},
		{name: "no connection", address: func(*fakeS3) string { return "s3://" + bucketName + "?endpoint=http://" + closed.Addr().String() }, want: []string{"cannot be reached", "connection refused", "check the endpoint"}},
		{name: "no connection, region known", address: func(*fakeS3) string {
			return "s3://" + bucketName + "?region=eu-1&endpoint=http://" + closed.Addr().String()
		}, want: []string{"cannot be reached", "connection refused"}},
		{name: "a page", address: func(*fakeS3) string { return at(page, "") }, want: []string{"check the endpoint"}},
		{name: "a page, region known", address: func(*fakeS3) string { return at(page, "&region=eu-1") }, want: []string{"does not answer as an S3-compatible store", "check the endpoint"}},
		{name: "a server without pages", address: func(*fakeS3) string { return at(nothing, "&region=eu-1") }, want: []string{"does not exist", "correct its name or the endpoint"}},
		{name: "a server that repeats what it hears", address: func(*fakeS3) string { return at(echo, "") }, want: []string{"the answer is 418", "check the endpoint"}},
		{name: "no TLS there", address: func(s *fakeS3) string { return strings.Replace(s.address(), "http%3A", "https%3A", 1) }, want: []string{"cannot be reached", "HTTP response to HTTPS client"}},
		{name: "a certificate of nobody's", address: func(*fakeS3) string { return at(secure, "&region=eu-1") }, want: []string{"cannot be reached", "certificate"}},
		{name: "elsewhere", fault: fault{status: http.StatusMovedPermanently}, want: []string{"301", "check region"}},
		{name: "wrong region", fault: fault{status: http.StatusBadRequest}, want: []string{"400", "check region"}},
		{name: "out of order", fault: fault{status: http.StatusServiceUnavailable}, want: []string{"503", "try again later"}},
		{name: "a password in the URL", address: func(*fakeS3) string { return "s3://user:hunter2@" + bucketName }, want: []string{"a password in it", "AWS_ACCESS_KEY_ID"}},
		{name: "a password in the endpoint", address: func(*fakeS3) string { return "s3://" + bucketName + "?endpoint=https://user:hunter2@store.example" }, want: []string{"the endpoint is of the form"}},
		{name: "a secret in the query", address: func(s *fakeS3) string { return s.address() + "&secret=hunter2" }, want: []string{"there may be endpoint, region and pathStyle"}},
		{name: "a broken URL", address: func(*fakeS3) string { return "s3://" + bucketName + "/%zz?secret=hunter2" }, want: []string{"it is no URL"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := newFakeS3(t)
			fake.credentials(t)
			for name, value := range c.set {
				t.Setenv(name, value)
			}
			fake.failing(cmp.Or(c.method, http.MethodGet), 100, c.fault)
			address := fake.address()
			if c.address != nil {
				address = c.address(fake)
			}
			s, err := OpenS3(t.Context(), address)
			if err == nil || s != nil {
				t.Fatalf("opened %v, %v", s, err)
			}
			shownPlainly(t, fake, err)
			for _, want := range append(c.want, "open the bucket of files: ") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %q, want %q in it", err, want)
				}
			}
		})
	}
}

func TestLocation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw  string
		want location
	}{
		{"s3://files", location{bucket: "files", host: "s3.amazonaws.com", secure: true}},
		{"s3://files/", location{bucket: "files", host: "s3.amazonaws.com", secure: true}},
		{"s3://my.files/a/B-2_c.d/", location{bucket: "my.files", prefix: "a/B-2_c.d/", host: "s3.amazonaws.com", secure: true}},
		{"s3://files/usher?endpoint=https://store.example:9000&region=eu-1&pathStyle=true", location{bucket: "files", prefix: "usher/", host: "store.example:9000", secure: true, region: "eu-1", lookup: minio.BucketLookupPath}},
		{"s3://files?endpoint=http%3A%2F%2F127.0.0.1%3A9000%2F&pathStyle=false", location{bucket: "files", host: "127.0.0.1:9000", lookup: minio.BucketLookupDNS}},
		{"s3://files?endpoint=https://[::1]:9000", location{bucket: "files", host: "[::1]:9000", secure: true}},
	} {
		if got, err := parseLocation(c.raw); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.raw, got, err, c.want)
		}
	}
	for _, raw := range []string{
		"", "files", "https://files", "s3:files", "s3:/files", "s3:///prefix", "s3://a", "s3://Files", "s3://files_1", "s3://a..b", "s3://192.168.0.1", "s3://files:80", "s3://" + strings.Repeat("a", 64),
		"s3://user@files", "s3://user:password@files", "s3://files#x", "s3://files/a//b", "s3://files/../b", "s3://files/a/..", "s3://files/.hidden", "s3://files/a b", "s3://files/ü", "s3://files/%00", "s3://files/a%2f..",
		"s3://files/" + strings.Repeat("a/", 300), "s3://files?endpoint=", "s3://files?endpoint=store.example", "s3://files?endpoint=ftp://store.example", "s3://files?endpoint=https://", "s3://files?endpoint=https://:80",
		"s3://files?endpoint=https://u:p@store.example", "s3://files?endpoint=https://store.example/path", "s3://files?endpoint=https://store.example?x", "s3://files?endpoint=https://store.example%23x",
		"s3://files?endpoint=https://a.example&endpoint=https://b.example", "s3://files?region=a&region=b", "s3://files?region=a/b", "s3://files?region=eu%0A1", "s3://files?pathStyle=yes", "s3://files?path=x", "s3://files?Endpoint=https://a.example", "s3://files?%zz", "s3://files?a;b",
	} {
		if got, err := parseLocation(raw); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %+v, %v; want an error of one line", raw, got, err)
		}
	}
}

func FuzzLocation(f *testing.F) {
	f.Add("s3://files/usher?endpoint=https://store.example:9000&region=eu-1&pathStyle=true")
	f.Add("s3://user:password@files?endpoint=https://a@b")
	f.Fuzz(func(t *testing.T, raw string) {
		l, err := parseLocation(raw)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Fatalf("%q: %q has more than one line", raw, err)
			}
			return
		}
		if l.bucket == "" || l.host == "" || strings.ContainsAny(l.host, "/@?#") || strings.HasPrefix(l.prefix, "/") || l.prefix != "" && !strings.HasSuffix(l.prefix, "/") || strings.Contains("/"+l.prefix, "/.") {
			t.Fatalf("%q was read as %+v", raw, l)
		}
	})
}

// TestFakeS3: the store of these tests accepts what another program signs, and
// nothing that was changed after it was signed.
func TestFakeS3(t *testing.T) {
	fake := newFakeS3(t)
	sum := sha256.Sum256([]byte("content"))
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		want   int
	}{
		{"unchanged", func(*http.Request) {}, http.StatusOK},
		{"other content", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("CONTENT")) }, http.StatusBadRequest},
		{"another key", func(r *http.Request) { r.URL.Path += "x" }, http.StatusForbidden},
		{"another query", func(r *http.Request) { r.URL.RawQuery = "acl" }, http.StatusForbidden},
		{"another method", func(r *http.Request) { r.Method = http.MethodDelete; r.Body, r.ContentLength = nil, 0 }, http.StatusForbidden},
		{"another type", func(r *http.Request) { r.Header.Set("Content-Type", "text/html") }, http.StatusForbidden},
		{"more metadata", func(r *http.Request) { r.Header.Set("X-Amz-Meta-Other", "x") }, http.StatusForbidden},
		{"another hash", func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", strings.Repeat("0", 64)) }, http.StatusForbidden},
		{"no hash", func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") }, http.StatusForbidden},
		{"another time", func(r *http.Request) { r.Header.Set("X-Amz-Date", "20260101T000000Z") }, http.StatusForbidden},
		{"another token", func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "x") }, http.StatusForbidden},
		{"no signature", func(r *http.Request) { r.Header.Del("Authorization") }, http.StatusForbidden},
		{"another signature", func(r *http.Request) { r.Header.Set("Authorization", r.Header.Get("Authorization")[:100]+"0") }, http.StatusForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			u, err := url.Parse(fake.URL + "/" + bucketName + "/a/b")
			if err != nil {
				t.Fatal(err)
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, u.String(), strings.NewReader("content"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "text/plain")
			r.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
			r = signer.SignV4(*r, fake.id, fake.secret, fake.token, fake.region)
			c.change(r)
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if b, _ := io.ReadAll(resp.Body); resp.StatusCode != c.want {
				t.Errorf("%d %s, want %d", resp.StatusCode, b, c.want)
			}
		})
	}
}
