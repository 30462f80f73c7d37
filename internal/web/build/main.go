// Command build makes internal/web/dist, all that browsers load from usher, from
// the sources beside it. The result is committed, so that nobody who builds usher
// needs more than Go:
//
//	go run ./internal/web/build          # make it
//	go run ./internal/web/build -check   # exit 1 if it is not what the sources make, or too large
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	check := flag.Bool("check", false, "write nothing: compare dist with what the sources make")
	root := flag.String("root", "internal/web", "the folder with src, vendor and dist")
	flag.Parse()
	if err := run(*root, *check, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

// run makes everything, writes or compares it, and says what it weighs.
func run(root string, check bool, out io.Writer) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return fmt.Errorf("find the sources: %w", err)
	}
	d, err := makeDist(root)
	if err != nil {
		return err
	}
	folder := filepath.Join(root, "dist")
	if check {
		err = d.compare(folder)
	} else {
		err = d.write(folder)
	}
	return errors.Join(err, d.weigh(out))
}

// list names things in a sentence.
func list(names []string) string { return strings.Join(names, ", ") }
