package pgtest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
)

// debian is where Debian keeps the programs of its versions, outside PATH.
const debian = "/usr/lib/postgresql/*/bin"

// programs are the machine's PostgreSQL, and who may run it.
type programs struct {
	bin string              // the folder
	as  *syscall.Credential // nil for this user
}

// find looks for the programs; without them the test is skipped.
func find(t testing.TB) programs {
	t.Helper()
	var p programs
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			p.bin = filepath.Dir(path) // initdb looks for postgres beside itself
		}
	}
	if p.bin == "" {
		bins, _ := filepath.Glob(debian)
		bins = slices.DeleteFunc(bins, func(bin string) bool {
			_, err := os.Stat(filepath.Join(bin, "initdb"))
			return err != nil
		})
		if len(bins) == 0 {
			t.Skip(errNone)
		}
		p.bin = slices.MaxFunc(bins, func(a, b string) int { return version(a) - version(b) })
	}
	if os.Geteuid() != 0 {
		return p
	}
	// The programs refuse to run as root.
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
			gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
			if err1 == nil && err2 == nil {
				p.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
				return p
			}
		}
	}
	t.Skip("PostgreSQL does not run as root, and there is no user postgres or nobody")
	return p
}

// version is the number in /usr/lib/postgresql/15/bin.
func version(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

// command prepares one of the programs. It is in a session of its own, so that a
// key press that ends the tests leaves the tidying up to keeper.
func (p programs) command(dir, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.bin, name), args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PGPASSWORD=", "TZ=UTC")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: p.as}
	return cmd
}

// run runs one of the programs to its end.
func (p programs) run(dir, name string, args ...string) error {
	if out, err := p.command(dir, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

// makeDir makes an empty directory that the programs own: in memory where that can
// be had, because a sync costs nothing there and the journal insists on syncs.
func (p programs) makeDir() (string, error) {
	parent := os.TempDir()
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "usher-pg-")
	if err != nil {
		return "", fmt.Errorf("make a directory: %w", err)
	}
	if p.as != nil {
		if err := os.Chown(dir, int(p.as.Uid), int(p.as.Gid)); err != nil {
			return "", fmt.Errorf("hand over the directory: %w", err)
		}
	}
	return dir, nil
}
