package blob

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"
)

// incoming is where a file is until it is whole. No key begins with a dot.
const incoming = ".incoming"

// Folder keeps files in a folder of this machine, at the path that the key is.
//
// Each is one file with a header line and then its content (header.go): so one
// rename makes name, type and content appear together, and no crash can part
// them, as it could a file and another one about it.
type Folder struct {
	dir  string
	root *os.Root // nothing outside is reached through it, symbolic links or not

	// place is held while a file moves to its place, or leaves it: the folders
	// on its path come and go with it.
	place sync.Mutex
}

var _ Store = (*Folder)(nil)

// OpenFolder opens the folder, makes it (mode 0700) if it is missing, and removes
// what a crash left half written. One process at a time may have it: the data
// directory's lock sees to that.
func OpenFolder(dir string) (*Folder, error) {
	root, err := openRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder of files: %w; its path must be a folder that usher may write to", err)
	}
	return &Folder{dir: dir, root: root}, nil
}

func openRoot(dir string) (*os.Root, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(root.RemoveAll(incoming), root.Mkdir(incoming, 0o700), syncPath(filepath.Dir(dir)), syncPath(dir)); err != nil {
		root.Close()
		return nil, err
	}
	return root, nil
}

// syncPath makes the entries of a folder last.
func syncPath(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Close gives the folder up. Files that are open stay so.
func (s *Folder) Close() error { return s.root.Close() }

// Put implements Store. The error wraps ENOSPC when the disk is full.
func (s *Folder) Put(ctx context.Context, key string, f File, content io.Reader, limit int64) (File, error) {
	if err := checkPut(key, f, limit); err != nil {
		return File{}, err
	}
	temporary := path.Join(incoming, rand.Text())
	f, err := s.write(ctx, temporary, f, content, limit)
	if err == nil {
		err = s.move(temporary, key)
	}
	if err != nil {
		_ = s.root.Remove(temporary) // a start removes it, if this cannot
		return File{}, fmt.Errorf("store %s: %w", key, err)
	}
	if err := s.syncAbove(key); err != nil {
		return File{}, fmt.Errorf("store %s: %w", key, err)
	}
	return f, nil
}

// write makes a whole file under a name of its own, and sees it to the disk.
func (s *Folder) write(ctx context.Context, name string, f File, content io.Reader, limit int64) (_ File, err error) {
	file, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return File{}, err
	}
	defer func() {
		err = errors.Join(err, file.Close())
	}()
	f.Size = 0 // known when the content was read; the header has room for it
	if _, err := file.Write(header(f)); err != nil {
		return File{}, err
	}
	if f.Size, err = copyWithin(ctx, file, content, limit); err != nil {
		return File{}, err
	}
	if _, err := file.WriteAt(header(f), 0); err != nil {
		return File{}, err
	}
	if err := file.Sync(); err != nil {
		return File{}, err
	}
	return f, context.Cause(ctx)
}

// move puts a whole file in its place.
func (s *Folder) move(temporary, key string) error {
	s.place.Lock()
	defer s.place.Unlock()
	if err := s.root.MkdirAll(path.Dir(key), 0o700); err != nil {
		return err
	}
	return s.root.Rename(temporary, key)
}

// syncAbove makes what changed in the folders on a key's path last. One that is
// gone by now was emptied by a Delete, which does the same.
func (s *Folder) syncAbove(key string) error {
	for key != "." {
		key = path.Dir(key)
		d, err := s.root.Open(key)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Open implements Store.
func (s *Folder) Open(_ context.Context, key string) (io.ReadCloser, File, error) {
	if err := checkKey(key); err != nil {
		return nil, File{}, err
	}
	// Asked first, since opening a pipe would wait for somebody who writes.
	info, err := s.root.Lstat(key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, File{}, fmt.Errorf("open %s: %w", key, ErrNotFound)
	case err != nil:
		return nil, File{}, fmt.Errorf("open %s: %w", key, err)
	case !info.Mode().IsRegular():
		return nil, File{}, fmt.Errorf("open %s: %s is no file of usher's (%s); remove it", key, filepath.Join(s.dir, key), info.Mode().Type())
	}
	file, err := s.root.Open(key)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, File{}, fmt.Errorf("open %s: %w", key, err)
	}
	f, content, err := readFile(file)
	if err != nil {
		file.Close()
		return nil, File{}, fmt.Errorf("open %s: %s: %w", key, filepath.Join(s.dir, key), err)
	}
	return &opened{content, file}, f, nil
}

// readFile reads a file's header and answers the content, of which it has seen
// that it is all there.
func readFile(file *os.File) (File, io.Reader, error) {
	info, err := file.Stat()
	if err != nil {
		return File{}, nil, err
	}
	content := bufio.NewReaderSize(file, maxHeader)
	line, err := content.ReadSlice('\n')
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return File{}, nil, err
	}
	f, err := parseHeader(line)
	if err != nil {
		return File{}, nil, err
	}
	if have := info.Size() - int64(len(line)); have != f.Size {
		return File{}, nil, fmt.Errorf("the file is damaged: it should have %d bytes, and has %d; restore it from a copy", f.Size, have)
	}
	return f, content, nil
}

// opened is the content of an open file.
type opened struct {
	io.Reader
	io.Closer
}

// Delete implements Store.
func (s *Folder) Delete(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	err := s.remove(key)
	if err == nil {
		err = s.syncAbove(key)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}

// remove removes a file, and the folders on its path that are empty then.
func (s *Folder) remove(key string) error {
	s.place.Lock()
	defer s.place.Unlock()
	if err := s.root.Remove(key); err != nil {
		return err
	}
	for dir := path.Dir(key); dir != "."; dir = path.Dir(dir) {
		if s.root.Remove(dir) != nil {
			break // there are other files in it
		}
	}
	return nil
}
