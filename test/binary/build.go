// Package binary builds the program usher and runs its server, for tests that
// know it only from outside.
package binary

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Build compiles the program into dir and answers its path. The program is
// built with the race detector when the test is.
func Build(dir string) (string, error) {
	name := "usher"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(dir, name)
	args := []string{"build", "-o", path}
	if race {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, "usher/cmd/usher")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
}

// InTempDir builds the program into a directory of its own, runs what is given
// with its path, and takes the directory away. It answers the exit code, for
// TestMain.
func InTempDir(run func(program string) int) int {
	dir, err := os.MkdirTemp("", "usher-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "make a directory for the program:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	program, err := Build(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run(program)
}
