package blob

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// onItsWay finds the descriptor of the one file that is on its way into a
// folder.
func onItsWay(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err != nil || filepath.Dir(target) != filepath.Join(dir, incoming) {
			continue
		}
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		return fd
	}
	t.Fatal("no file is on its way")
	return 0
}

// TestBrokenDisk puts a device in the place of the file while it is written:
// /dev/full has no room, /dev/null takes all and then cannot sync.
func TestBrokenDisk(t *testing.T) {
	for _, c := range []struct {
		device string
		want   error
	}{
		{"/dev/full", syscall.ENOSPC},
		{"/dev/null", syscall.EINVAL},
	} {
		t.Run(c.device, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			s := openFolder(t, dir)
			put(t, s, "demo/7/1", text, "before")
			device, err := os.OpenFile(c.device, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer device.Close()
			sent := 0
			_, err = s.Put(t.Context(), "demo/7/1", text, readerFunc(func(p []byte) (int, error) {
				switch sent++; sent {
				case 3:
					if err := syscall.Dup3(int(device.Fd()), onItsWay(t, dir), syscall.O_CLOEXEC); err != nil {
						t.Fatal(err)
					}
				case 10:
					return 0, io.EOF
				}
				return copy(p, strings.Repeat("a", 100)), nil
			}), megabyte)
			wantError(t, err, c.want)
			holds(t, s, "demo/7/1", text, "before")
			if left, err := os.ReadDir(filepath.Join(dir, incoming)); err != nil || len(left) > 0 {
				t.Errorf("left on the way: %v, %v", left, err)
			}
			put(t, s, "demo/7/1", text, "with room again")
			holds(t, s, "demo/7/1", text, "with room again")
		})
	}
}

// TestPipeInPlaceOfFile: opening what somebody else put there does not wait for
// ever.
func TestPipeInPlaceOfFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFolder(t, dir)
	if err := os.MkdirAll(filepath.Join(dir, "demo", "7"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "demo", "7", "1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Open(t.Context(), "demo/7/1"); err == nil || !strings.Contains(err.Error(), "no file of usher's") {
		t.Errorf("open: %v", err)
	}
	put(t, s, "demo/7/1", text, "x")
	holds(t, s, "demo/7/1", text, "x")
}
