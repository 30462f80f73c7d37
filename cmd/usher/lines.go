package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"
)

// maxLine bounds a line: it becomes a post.
const maxLine = 16 << 10

// lines hands over what is typed, a line at a time, and closes at the end of the
// input. It stops reading when ctx ends.
func lines(ctx context.Context, r io.Reader) (<-chan string, <-chan error) {
	out, failed := make(chan string), make(chan error, 1)
	go func() {
		defer close(out)
		scanner := bufio.NewScanner(r)
		scanner.Buffer(nil, maxLine)
		for scanner.Scan() {
			line := strings.TrimRight(scanner.Text(), "\r")
			if strings.TrimSpace(line) == "" {
				continue
			}
			select {
			case out <- line:
			case <-ctx.Done():
				return
			}
		}
		if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
			failed <- usageError("a line is longer than a post may be (16 KiB)")
		} else if err != nil {
			failed <- err
		}
	}()
	return out, failed
}

// interactive reports whether a person types.
func interactive(r io.Reader) bool {
	f, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull) // a character device too, at which nobody sits
	return err != nil || !os.SameFile(info, null)
}
