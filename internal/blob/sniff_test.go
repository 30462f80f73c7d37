package blob

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestSniff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, content, want string }{
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"},
		{"a photograph", "\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image/jpeg"},
		{"an animation", "GIF89a\x01\x00\x01\x00", "image/gif"},
		{"a document", "%PDF-1.7\n", "application/pdf"},
		{"an archive", "PK\x03\x04\x14\x00\x00\x00\x00\x00" + strings.Repeat("\x00", 16) + "\x05\x00\x00\x00a.txt", "application/zip"},
		{"a text", "plain words, äöü\n", "text/plain"},
		{"nothing", "", "text/plain"},
		{"a page", "<!DOCTYPE html><html><script>alert(1)</script>", "text/html"},
		{"a page that begins late", "\n\n  <html><body>", "text/html"},
		{"a drawing", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>`, "image/svg+xml"},
		{"a program", "MZ\x90\x00\x03\x00\x00\x00", "application/vnd.microsoft.portable-executable"},
		{"a program of another kind", "\x7fELF\x02\x01\x01\x00", "application/x-elf"},
		{"noise", "\x00\x01\x02\x03\x04\x05\xfe\xff\x00", "application/octet-stream"},
		{"a picture in the name alone", "photo.png\x00\x00", "application/octet-stream"},
	} {
		for _, tail := range []string{"", strings.Repeat("\x00", sniffed-len(c.content)), strings.Repeat("\x00more", 10_000)} {
			if strings.HasPrefix(c.want, "text/") || c.want == "image/svg+xml" {
				tail = strings.ReplaceAll(tail, "\x00", " ")
			}
			for _, r := range []io.Reader{strings.NewReader(c.content + tail), iotest.OneByteReader(strings.NewReader(c.content + tail)), iotest.DataErrReader(strings.NewReader(c.content + tail))} {
				got, whole, err := Sniff(r)
				if err != nil || got != c.want {
					t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
					continue
				}
				if b, err := io.ReadAll(whole); err != nil || string(b) != c.content+tail {
					t.Errorf("%s: %d bytes came through of %d, %v", c.name, len(b), len(c.content+tail), err)
				}
				if (File{Type: got}).check() != nil {
					t.Errorf("%s: %q cannot be stored", c.name, got)
				}
			}
		}
	}
}

// TestSniffFails: a content that fails does so where it fails.
func TestSniffFails(t *testing.T) {
	t.Parallel()
	for _, want := range []error{io.ErrUnexpectedEOF, errors.New("the visitor went away")} {
		_, whole, err := Sniff(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(want)))
		if !errors.Is(err, want) || whole != nil {
			t.Errorf("early: %v, %v; want %v", whole, err, want)
		}
		_, whole, err = Sniff(io.MultiReader(strings.NewReader(strings.Repeat("a", sniffed)), iotest.ErrReader(want)))
		if err != nil {
			t.Fatalf("late: %v", err)
		}
		if b, err := io.ReadAll(whole); !errors.Is(err, want) || len(b) != sniffed {
			t.Errorf("late: %d bytes, %v; want %v", len(b), err, want)
		}
	}
}

// FuzzSniff: whatever the content, its type can be stored and its bytes come
// through.
func FuzzSniff(f *testing.F) {
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Add([]byte("<?xml version='1.0'?><svg>"))
	f.Fuzz(func(t *testing.T, content []byte) {
		got, whole, err := Sniff(strings.NewReader(string(content)))
		if err != nil {
			t.Fatal(err)
		}
		if err := (File{Type: got}).check(); err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(whole); err != nil || string(b) != string(content) {
			t.Fatalf("%d bytes of %d came through, %v", len(b), len(content), err)
		}
	})
}
