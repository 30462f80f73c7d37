package blob

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// sniffed is how many of a file's first bytes are looked at: where the formats
// that people send say what they are.
const sniffed = 4096

// Sniff answers the media type that content's first bytes speak of, without
// parameters, whatever its sender calls it, and a reader of all of content,
// those bytes included. What is not known is application/octet-stream. The error
// is content's own; an end too early is one, an end is none.
func Sniff(content io.Reader) (mediaType string, whole io.Reader, err error) {
	head, err := io.ReadAll(io.LimitReader(content, sniffed))
	if err != nil {
		return "", nil, fmt.Errorf("read the start of the file: %w", err)
	}
	mediaType, _, _ = strings.Cut(mimetype.Detect(head).String(), ";")
	return mediaType, io.MultiReader(bytes.NewReader(head), content), nil
}
