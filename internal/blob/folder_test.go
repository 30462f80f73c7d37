package blob

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

func openFolder(t *testing.T, dir string) *Folder {
	t.Helper()
	s, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestFolder(t *testing.T) {
	t.Parallel()
	testStore(t, func(t *testing.T) Store { return openFolder(t, filepath.Join(t.TempDir(), "files")) })
}

// paths lists what is in a folder, with its mode.
func paths(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		all = append(all, fmt.Sprintf("%s %s", rel, info.Mode()))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wantPaths(t *testing.T, dir string, want ...string) {
	t.Helper()
	if got := paths(t, dir); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("in the folder is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestFolderOnDisk: nobody else may read what is there, nothing is left of what
// failed, and no empty folders stay.
func TestFolderOnDisk(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data", "files")
	s := openFolder(t, dir)
	wantPaths(t, dir, ". drwx------", ".incoming drwx------")
	put(t, s, "demo/7/1", text, "one")
	put(t, s, "demo/8/1", text, "two")
	if _, err := s.Put(t.Context(), "demo/9/1", text, iotest.ErrReader(io.ErrClosedPipe), 10); err == nil {
		t.Error("content that fails was stored")
	}
	wantPaths(t, dir, ". drwx------", ".incoming drwx------", "demo drwx------", "demo/7 drwx------", "demo/7/1 -rw-------", "demo/8 drwx------", "demo/8/1 -rw-------")
	if err := s.Delete(t.Context(), "demo/7/1"); err != nil {
		t.Fatal(err)
	}
	wantPaths(t, dir, ". drwx------", ".incoming drwx------", "demo drwx------", "demo/8 drwx------", "demo/8/1 -rw-------")
	s.Close()
	s = openFolder(t, dir)
	holds(t, s, "demo/8/1", text, "two")
	if err := s.Delete(t.Context(), "demo/8/1"); err != nil {
		t.Fatal(err)
	}
	wantPaths(t, dir, ". drwx------", ".incoming drwx------")
}

func TestFolderIsNone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "files"), ""} {
		if _, err := OpenFolder(dir); err == nil || !strings.Contains(err.Error(), "must be a folder") {
			t.Errorf("OpenFolder(%q): %v", dir, err)
		}
	}
}

// TestFoldersComeAndGo: a file finds its place while the last other one in the
// same folders leaves.
func TestFoldersComeAndGo(t *testing.T) {
	t.Parallel()
	s := openFolder(t, t.TempDir())
	var all sync.WaitGroup
	for _, id := range []string{"1", "2", "3"} {
		all.Go(func() {
			for range 1000 {
				temporary, key := incoming+"/"+id, "demo/7/"+id
				if err := s.root.WriteFile(temporary, nil, 0o600); err != nil {
					t.Errorf("write: %v", err)
					return
				}
				if err := s.move(temporary, key); err != nil {
					t.Errorf("move: %v", err)
					return
				}
				if err := s.remove(key); err != nil {
					t.Errorf("remove: %v", err)
					return
				}
			}
		})
	}
	all.Wait()
}

func init() { children["put"] = putForever }

// putForever stores a file, and then one in its place and another, of both of
// which only a part ever comes.
func putForever(dir string) error {
	s, err := OpenFolder(dir)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if _, err := s.Put(ctx, "demo/7/1", text, strings.NewReader("whole"), megabyte); err != nil {
		return err
	}
	failed := make(chan error)
	for _, key := range []string{"demo/7/1", "demo/7/2"} {
		go func() {
			_, err := s.Put(ctx, key, text, io.MultiReader(strings.NewReader(strings.Repeat("part", megabyte)), readerFunc(func([]byte) (int, error) {
				fmt.Println(key)
				select {}
			})), 10*megabyte)
			failed <- err
		}()
	}
	return <-failed
}

// TestKill: of a file that was not whole when the process was killed nothing is
// seen, and the next start removes what is left of it.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "files")
	cmd, lines, stderr := startChild(t, "put", dir)
	for range 2 {
		if !lines.Scan() {
			t.Fatalf("the child ended: %v %s", cmd.Wait(), stderr)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child ended before it was killed")
	}
	left, err := os.ReadDir(filepath.Join(dir, incoming))
	if err != nil || len(left) != 2 {
		t.Fatalf("%d files were on their way, %v; want 2", len(left), err)
	}
	s := openFolder(t, dir)
	holds(t, s, "demo/7/1", text, "whole")
	lacks(t, s, "demo/7/2")
	wantPaths(t, dir, ". drwx------", ".incoming drwx------", "demo drwx------", "demo/7 drwx------", "demo/7/1 -rw-------")
}

// TestSymlinks: no link in the folder leads out of it, for reading, writing or
// removing.
func TestSymlinks(t *testing.T) {
	t.Parallel()
	const secret = "a secret"
	outside := t.TempDir()
	target := filepath.Join(outside, "7", "1")
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		t.Fatal(err)
	}
	whole := append(header(File{Type: "text/plain", Size: int64(len(secret))}), secret...)
	if err := os.WriteFile(target, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, link, to string }{
		{"the site", "demo", outside},
		{"the engagement", "demo/7", filepath.Join(outside, "7")},
		{"the file", "demo/7/1", target},
		{"the site by a relative path", "demo", "../../outside"},
		{"a file within", "demo/7/1", "2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			parent := t.TempDir()
			if err := os.Symlink(outside, filepath.Join(parent, "outside")); err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(parent, "data", "files")
			s := openFolder(t, dir)
			link := filepath.Join(dir, c.link)
			if err := os.MkdirAll(filepath.Dir(link), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(c.to, link); err != nil {
				t.Fatal(err)
			}
			before := paths(t, outside)
			if r, _, err := s.Open(t.Context(), "demo/7/1"); err == nil {
				b, _ := io.ReadAll(r)
				t.Errorf("opened %q", b)
			}
			_, err := s.Put(t.Context(), "demo/7/1", text, strings.NewReader("new"), 10)
			if err == nil { // the link itself was replaced
				holds(t, s, "demo/7/1", text, "new")
			}
			if err := s.Delete(t.Context(), "demo/7/1"); err == nil {
				lacks(t, s, "demo/7/1")
			}
			if b, err := os.ReadFile(target); err != nil || !bytes.Equal(b, whole) {
				t.Errorf("outside is %q, %v now", b, err)
			}
			if after := paths(t, outside); strings.Join(after, " ") != strings.Join(before, " ") {
				t.Errorf("outside is %v now, it was %v", after, before)
			}
		})
	}
}

// TestIncomingIsALink: what is swept is the folder's own.
func TestIncomingIsALink(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, incoming)); err != nil {
		t.Fatal(err)
	}
	put(t, openFolder(t, dir), "demo/7/1", text, "x")
	if got := len(paths(t, outside)); got != 2 {
		t.Errorf("outside are %d paths, want it and its file", got)
	}
}

// TestDamaged: what is no file of ours, or not all of one, is refused.
func TestDamaged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFolder(t, dir)
	path := filepath.Join(dir, "demo", "7", "1")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	whole := string(header(File{Name: "a.txt", Type: "text/plain", Size: 5})) + "12345"
	for _, c := range []struct {
		name, bytes string
		ok          bool
	}{
		{"as it should be", whole, true},
		{"empty", "", false},
		{"the end is missing", whole[:len(whole)-1], false},
		{"something was added", whole + "6", false},
		{"the content is missing", whole[:len(whole)-5], false},
		{"the header is cut", whole[:20], false},
		{"the line has no end", strings.TrimSuffix(whole, "\n12345"), false},
		{"no header", "just a text\n", false},
		{"no end of the header", `{"size":1,"name":"` + strings.Repeat("x", 2*maxHeader), false},
		{"no type", `{"size":0,"name":"x"}` + "\n", false},
		{"a type that is none", `{"size":0,"name":"x","type":"text/html\r\nx:y"}` + "\n", false},
		{"a size below nothing", `{"size":-1,"name":"x","type":"text/plain"}` + "\n", false},
		{"zeros, as after a power cut", strings.Repeat("\x00", len(whole)), false},
	} {
		if err := os.WriteFile(path, []byte(c.bytes), 0o600); err != nil {
			t.Fatal(err)
		}
		r, f, err := s.Open(t.Context(), "demo/7/1")
		if c.ok != (err == nil) {
			t.Errorf("%s: %+v, %v", c.name, f, err)
		}
		switch {
		case err == nil:
			r.Close()
		case !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "restore it") || strings.Contains(err.Error(), "\n"):
			t.Errorf("%s: the error does not say what to do: %v", c.name, err)
		}
	}
	put(t, s, "demo/7/1", text, "new") // and can be replaced
	holds(t, s, "demo/7/1", text, "new")
}

// TestFolderInPlaceOfFile: what somebody else put there is not taken for nothing.
func TestFolderInPlaceOfFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFolder(t, dir)
	if err := os.MkdirAll(filepath.Join(dir, "demo", "7", "1", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Open(t.Context(), "demo/7/1"); err == nil || !strings.Contains(err.Error(), "no file of usher's") {
		t.Errorf("open: %v", err)
	}
	if _, err := s.Put(t.Context(), "demo/7/1", text, strings.NewReader("x"), 10); err == nil {
		t.Error("put: no error")
	}
	if err := s.Delete(t.Context(), "demo/7/1"); err == nil {
		t.Error("delete: no error")
	}
	if left, err := os.ReadDir(filepath.Join(dir, incoming)); err != nil || len(left) > 0 {
		t.Errorf("left on the way: %v, %v", left, err)
	}
}

// TestHeaderFits: no name is too long for the line, and the room for the size is
// enough for any.
func TestHeaderFits(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", strings.Repeat("\x01", MaxName), strings.Repeat("\"", MaxName), strings.Repeat("<", MaxName), strings.Repeat("\u2028", MaxName/3), strings.Repeat("🎈", MaxName/4)} {
		f := File{Name: name, Type: strings.Repeat("a", 64) + "/a" + strings.Repeat("&", 126)}
		empty := header(f)
		f.Size = 1<<63 - 1
		line := header(f)
		if len(line) > maxHeader || len(line) != len(empty) {
			t.Errorf("the line of %.20q has %d bytes, %d when the size is 0", name, len(line), len(empty))
		}
		if got, err := parseHeader(line); err != nil || got != f {
			t.Errorf("read %+v, %v; want %+v", got, err, f)
		}
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte(`{"size":                   5,"name":"a.txt","type":"text/plain"}` + "\n"))
	f.Add([]byte(`{"SIZE":5e0,"name":null,"type":"a/b"}` + "\n"))
	f.Add([]byte("\x00\x00"))
	f.Fuzz(func(t *testing.T, line []byte) {
		file, err := parseHeader(line)
		if err != nil {
			return
		}
		if file.Size < 0 || file.check() != nil {
			t.Fatalf("%q was read as %+v", line, file)
		}
		if again, err := parseHeader(header(file)); err != nil || again != file {
			t.Fatalf("%+v was written and read as %+v, %v", file, again, err)
		}
	})
}
