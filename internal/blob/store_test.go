package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

const megabyte = 1 << 20

// testStore holds a store to every sentence of the interface. open answers an
// empty one.
func testStore(t *testing.T, open func(t *testing.T) Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Store)
	}{
		{"Kept", testKept},
		{"Names", testNames},
		{"Sizes", testSizes},
		{"Limit", testLimit},
		{"ContentFails", testContentFails},
		{"ContextEnds", testContextEnds},
		{"ContextEndsLast", testContextEndsLast},
		{"Replace", testReplace},
		{"Delete", testDelete},
		{"HostileKeys", testHostileKeys},
		{"InvalidFiles", testInvalidFiles},
		{"OneKeyAtOnce", testOneKeyAtOnce},
		{"PutAgainstDelete", testPutAgainstDelete},
		{"Model", testModel},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// tester is a *testing.T or a *rapid.T.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Context() context.Context
}

// text is a file as most tests store it.
var text = File{Name: "notes.txt", Type: "text/plain"}

func put(t tester, s Store, key string, f File, content string) {
	t.Helper()
	got, err := s.Put(t.Context(), key, f, strings.NewReader(content), megabyte)
	if err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
	if f.Size = int64(len(content)); got != f {
		t.Errorf("put %s answered %+v, want %+v", key, got, f)
	}
}

// holds fails the test unless the store has just that under the key.
func holds(t tester, s Store, key string, f File, content string) {
	t.Helper()
	r, got, err := s.Open(t.Context(), key)
	if err != nil {
		t.Errorf("open %s: %v", key, err)
		return
	}
	defer r.Close()
	f.Size = int64(len(content))
	if got != f {
		t.Errorf("%s is %+v, want %+v", key, got, f)
	}
	if b, err := io.ReadAll(r); err != nil || string(b) != content {
		t.Errorf("%s holds %d bytes (%.40q), %v; want %d (%.40q)", key, len(b), b, err, len(content), content)
	}
}

// lacks fails the test if the store has anything under the key.
func lacks(t tester, s Store, key string) {
	t.Helper()
	if r, f, err := s.Open(t.Context(), key); !errors.Is(err, ErrNotFound) || r != nil || f != (File{}) {
		t.Errorf("open %s: %v, %+v, %v; want ErrNotFound", key, r, f, err)
	}
}

func wantError(t tester, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want one that is %v", err, want)
	}
	if err != nil && strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has more than one line: %q", err)
	}
}

func testKept(t *testing.T, s Store) {
	lacks(t, s, "demo/7/1")
	put(t, s, "demo/7/1", text, "one")
	put(t, s, "demo/7/2", File{Name: "photo.png", Type: "image/png", Size: 4711}, "\x89PNG\r\n\x1a\n\x00\xff{\"size\":1}\n")
	put(t, s, "demo/8/1", File{Type: "application/vnd.oasis.opendocument.text"}, "three")
	put(t, s, "other-site_/7/1", text, "four")
	holds(t, s, "demo/7/1", text, "one")
	holds(t, s, "demo/7/2", File{Name: "photo.png", Type: "image/png"}, "\x89PNG\r\n\x1a\n\x00\xff{\"size\":1}\n")
	holds(t, s, "demo/8/1", File{Type: "application/vnd.oasis.opendocument.text"}, "three")
	holds(t, s, "other-site_/7/1", text, "four")
	for _, key := range []string{"demo/7/3", "demo/9/1", "site/7/1", "Demo/7/1"} {
		lacks(t, s, key)
	}
	long := strings.Repeat("x", 128)
	put(t, s, long+"/"+long+"/"+long, text, "five")
	holds(t, s, long+"/"+long+"/"+long, text, "five")
}

func testNames(t *testing.T, s Store) {
	for i, name := range []string{
		"", " ", "a b.txt", `quoted "name".txt`, "it's", "back\\slash", "../../etc/passwd", "/absolute", "two\nlines\r\nthree", "tab\t", "NUL\x00", "\x01\x1b[31m\x7f", "Übergröße.pdf", "文件.pdf", "🎈",
		"\u202egnp.exe", "\u2028", "%41%zz", "a+b", "a;b=c", "=?utf-8?q?x?=", "<b>&amp;</b>", "x-amz-meta-name", strings.Repeat("n", MaxName), strings.Repeat("ü", MaxName/2), strings.Repeat("\x01", MaxName),
		strings.Repeat("%", MaxName),
	} {
		key, f := fmt.Sprintf("demo/1/%d", i), File{Name: name, Type: "image/png"}
		put(t, s, key, f, name)
		holds(t, s, key, f, name)
	}
}

func testSizes(t *testing.T, s Store) {
	for _, size := range []int{0, 1, 4095, 4096, 4097, 65536, 3*megabyte + 1} {
		content := strings.Repeat("0123456\n", size/8+1)[:size]
		for _, c := range []struct {
			how string
			r   io.Reader
		}{
			{"at once", strings.NewReader(content)},
			{"in halves", iotest.HalfReader(strings.NewReader(content))},
			{"with its end", iotest.DataErrReader(strings.NewReader(content))},
		} {
			f, err := s.Put(t.Context(), "demo/1/1", text, c.r, math.MaxInt64)
			if err != nil || f.Size != int64(size) {
				t.Errorf("%d bytes %s: %+v, %v", size, c.how, f, err)
			}
			holds(t, s, "demo/1/1", text, content)
		}
	}
}

// counter counts what is read of a stream that never ends.
type counter struct{ n int64 }

func (c *counter) Read(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

func testLimit(t *testing.T, s Store) {
	for _, c := range []struct {
		content string
		limit   int64
		want    error
	}{
		{"", 0, nil}, {"a", 0, ErrTooLarge}, {"abc", 3, nil}, {"abc", 4, nil}, {"abcd", 3, ErrTooLarge}, {strings.Repeat("a", 100_001), 100_000, ErrTooLarge},
	} {
		_, err := s.Put(t.Context(), "demo/1/1", text, strings.NewReader(c.content), c.limit)
		wantError(t, err, c.want)
		if c.want != nil {
			lacks(t, s, "demo/1/1")
			continue
		}
		holds(t, s, "demo/1/1", text, c.content)
		if err := s.Delete(t.Context(), "demo/1/1"); err != nil {
			t.Fatal(err)
		}
	}
	put(t, s, "demo/1/1", text, "before")
	endless := &counter{}
	_, err := s.Put(t.Context(), "demo/1/1", text, endless, megabyte)
	wantError(t, err, ErrTooLarge)
	if endless.n > 2*megabyte {
		t.Errorf("%d bytes were read to find that there are more than %d", endless.n, megabyte)
	}
	holds(t, s, "demo/1/1", text, "before")
}

func testContentFails(t *testing.T, s Store) {
	broken := errors.New("the visitor went away")
	for _, c := range []struct {
		name  string
		sent  string
		limit int64
		err   error
	}{
		{"at once", "", 10, broken}, {"in the middle", "abc", 10, broken}, {"at the limit", "abc", 3, broken}, {"after much", strings.Repeat("a", 100_000), megabyte, broken},
		{"the body ends too early", "abc", 10, io.ErrUnexpectedEOF},
	} {
		for _, before := range []bool{false, true} {
			key := fmt.Sprintf("demo/%v/1", before)
			if before {
				put(t, s, key, text, "before")
			}
			_, err := s.Put(t.Context(), key, text, io.MultiReader(strings.NewReader(c.sent), iotest.ErrReader(c.err)), c.limit)
			wantError(t, err, c.err)
			if before {
				holds(t, s, key, text, "before")
			} else {
				lacks(t, s, key)
			}
		}
	}
}

func testContextEnds(t *testing.T, s Store) {
	gone := errors.New("the connection is gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	content := io.MultiReader(strings.NewReader("abc"), readerFunc(func(p []byte) (int, error) {
		cancel(gone)
		return copy(p, "d"), nil
	}))
	_, err := s.Put(ctx, "demo/1/1", text, content, megabyte)
	wantError(t, err, gone)
	lacks(t, s, "demo/1/1")
	_, err = s.Put(ctx, "demo/1/1", text, strings.NewReader(""), megabyte)
	wantError(t, err, gone)
	lacks(t, s, "demo/1/1")
}

// testContextEndsLast: who gives up when all was read, and nothing is stored yet,
// is not told that it is.
func testContextEndsLast(t *testing.T, s Store) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Put(ctx, "demo/1/1", text, readerFunc(func([]byte) (int, error) {
		cancel()
		return 0, io.EOF
	}), megabyte)
	wantError(t, err, context.Canceled)
	lacks(t, s, "demo/1/1")
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func testReplace(t *testing.T, s Store) {
	first := strings.Repeat("first ", 50_000)
	put(t, s, "demo/1/1", text, first)
	r, _, err := s.Open(t.Context(), "demo/1/1")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	put(t, s, "demo/1/1", File{Name: "other", Type: "image/gif"}, "second")
	holds(t, s, "demo/1/1", File{Name: "other", Type: "image/gif"}, "second")
	if b, err := io.ReadAll(r); err != nil || string(b) != first {
		t.Errorf("who had the file open got %d bytes, %v; want all %d of the one it opened", len(b), err, len(first))
	}
}

func testDelete(t *testing.T, s Store) {
	for _, key := range []string{"demo/1/1", "demo/1/2", "demo/2/1"} {
		put(t, s, key, text, key)
	}
	r, _, err := s.Open(t.Context(), "demo/1/1")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 2 { // the second time there is nothing to do
		if err := s.Delete(t.Context(), "demo/1/1"); err != nil {
			t.Fatal(err)
		}
		lacks(t, s, "demo/1/1")
	}
	if b, err := io.ReadAll(r); err != nil || string(b) != "demo/1/1" {
		t.Errorf("who had the file open read %q, %v", b, err)
	}
	holds(t, s, "demo/1/2", text, "demo/1/2")
	holds(t, s, "demo/2/1", text, "demo/2/1")
	for _, key := range []string{"demo/1/2", "demo/2/1", "demo/3/1", "other/1/1"} {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("delete %s: %v", key, err)
		}
		lacks(t, s, key)
	}
	put(t, s, "demo/1/1", text, "again")
	holds(t, s, "demo/1/1", text, "again")
}

var hostileKeys = []string{
	"", "/", "//", "a", "a/b", "a/b/", "a/b/c/", "a/b/c/d", "/a/b/c", "a//c", "//c", "..", "../b/c", "a/../c", "a/b/..", "a/b/../c", "./b/c", "a/./c", "a/b/.", ".incoming/b/c", "a/.b/c", "a/b/c.txt",
	"a/b/c\x00", "\x00/b/c", "a\\b\\c", "a/b/..\\c", "C:/b/c", "a/b/c:d", "~/b/c", "a/b/c d", "a/b/c\n", "\na/b/c", "a/b/ü", "a/b/ｃ", "a/b/\xff", "a/b/%2e%2e", "a/b/c?d", "a/b/c#d", "a/b/*",
	"a/b/" + strings.Repeat("c", 129), strings.Repeat("a", 10_000) + "/b/c", "a|b/c/d/e",
}

func testHostileKeys(t *testing.T, s Store) {
	for _, key := range hostileKeys {
		_, err := s.Put(t.Context(), key, text, iotest.ErrReader(errors.New("the content was read")), megabyte)
		wantError(t, err, ErrInvalid)
		r, f, err := s.Open(t.Context(), key)
		wantError(t, err, ErrInvalid)
		if r != nil || f != (File{}) {
			t.Errorf("open %q answered %v, %+v", key, r, f)
		}
		wantError(t, s.Delete(t.Context(), key), ErrInvalid)
		if err != nil && len(err.Error()) > 1000 {
			t.Errorf("the error has %d bytes", len(err.Error()))
		}
	}
}

func testInvalidFiles(t *testing.T, s Store) {
	for _, f := range []File{
		{Name: strings.Repeat("n", MaxName+1), Type: "image/png"}, {Name: "\xff", Type: "image/png"}, {Name: "a\xc3", Type: "image/png"},
		{}, {Type: "image"}, {Type: "image/"}, {Type: "/png"}, {Type: "image/png; charset=utf-8"}, {Type: "image/png;"}, {Type: "image/png\r\nx: y"}, {Type: "image/png\n"}, {Type: " image/png"}, {Type: "Image/PNG"},
		{Type: "image/png/x"}, {Type: "*/*"}, {Type: "image/ü"}, {Type: "text/" + strings.Repeat("x", 128)},
	} {
		_, err := s.Put(t.Context(), "demo/1/1", f, iotest.ErrReader(errors.New("the content was read")), megabyte)
		wantError(t, err, ErrInvalid)
		lacks(t, s, "demo/1/1")
	}
	_, err := s.Put(t.Context(), "demo/1/1", text, strings.NewReader(""), -1)
	wantError(t, err, ErrInvalid)
	lacks(t, s, "demo/1/1")
}

// version is the n-th file that a test stores under one key: whatever is mixed
// up in it shows.
func version(n int) (File, string) {
	return File{Name: fmt.Sprintf("version %d", n), Type: fmt.Sprintf("image/x-%d", n)}, strings.Repeat(fmt.Sprintf("%d,", n), 1000*(n+1))
}

// oneOf fails the test unless a whole version is under the key.
func oneOf(t *testing.T, s Store, key string, versions int) {
	t.Helper()
	r, got, err := s.Open(t.Context(), key)
	if err != nil {
		t.Errorf("open %s: %v", key, err)
		return
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	for n := range versions {
		f, content := version(n)
		if f.Size = int64(len(content)); err == nil && f == got && content == string(b) {
			return
		}
	}
	t.Errorf("%s is %+v with %d bytes, %v: none that was stored", key, got, len(b), err)
}

func testOneKeyAtOnce(t *testing.T, s Store) {
	const versions = 6
	f, content := version(0)
	put(t, s, "demo/1/1", f, content)
	var all sync.WaitGroup
	for n := range versions {
		all.Go(func() {
			for range 5 {
				f, content := version(n)
				if _, err := s.Put(t.Context(), "demo/1/1", f, iotest.HalfReader(strings.NewReader(content)), megabyte); err != nil {
					t.Errorf("put: %v", err)
				}
			}
		})
		all.Go(func() {
			for range 5 {
				oneOf(t, s, "demo/1/1", versions)
			}
		})
	}
	all.Wait()
	oneOf(t, s, "demo/1/1", versions)
}

// testPutAgainstDelete: what is stored stays while all around it goes.
func testPutAgainstDelete(t *testing.T, s Store) {
	var all sync.WaitGroup
	for n := range 6 {
		all.Go(func() {
			key := fmt.Sprintf("demo/1/%d", n)
			for range 20 {
				put(t, s, key, text, key)
				holds(t, s, key, text, key)
				if err := s.Delete(t.Context(), key); err != nil {
					t.Errorf("delete %s: %v", key, err)
				}
			}
		})
	}
	all.Wait()
}

// testModel: a random history leaves what a map would have.
func testModel(t *testing.T, s Store) {
	keys := []string{"a/1/1", "a/1/2", "a/2/1", "b/1/1"}
	type stored struct {
		f       File
		content string
	}
	model := map[string]stored{}
	rapid.Check(t, func(t *rapid.T) {
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			key := rapid.SampledFrom(keys).Draw(t, "key")
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				name := rapid.StringN(0, 60, MaxName).Draw(t, "name")
				f := File{Name: name, Type: rapid.StringMatching(`[a-z]{1,10}/[a-z0-9][a-z0-9.+-]{0,20}`).Draw(t, "type")}
				content := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "content")
				limit := rapid.Int64Range(0, 250).Draw(t, "limit")
				_, err := s.Put(t.Context(), key, f, bytes.NewReader(content), limit)
				if int64(len(content)) > limit {
					wantError(t, err, ErrTooLarge)
					break
				}
				wantError(t, err, nil)
				model[key] = stored{f, string(content)}
			case 1:
				wantError(t, s.Delete(t.Context(), key), nil)
				delete(model, key)
			default:
				if want, ok := model[key]; ok {
					holds(t, s, key, want.f, want.content)
				} else {
					lacks(t, s, key)
				}
			}
		}
	})
}
