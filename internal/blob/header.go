package blob

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// A file of a Folder begins with one line of JSON, as in
//
//	{"size":                1204,"name":"photo.png","type":"image/png"}
//
// ended by a line feed; the content follows, byte for byte. The size has a fixed
// width, so that it can be filled in when the content was written.

// maxHeader is how long the line may be: a name and a type of full length, with
// every byte of them escaped, and the rest.
const maxHeader = 4096

// header is the line of a file.
func header(f File) []byte {
	// Neither fails: both are text.
	name, _ := json.Marshal(f.Name)
	mediaType, _ := json.Marshal(f.Type)
	return fmt.Appendf(nil, `{"size":%20d,"name":%s,"type":%s}`+"\n", f.Size, name, mediaType)
}

var errHeader = errors.New("it is no file of usher's, or it is damaged: its first line does not say name, type and size; restore it from a copy")

// parseHeader reads the line, its end included.
func parseHeader(line []byte) (File, error) {
	var f File
	if !bytes.HasSuffix(line, []byte("\n")) || json.Unmarshal(line, &f) != nil || f.Size < 0 || f.check() != nil {
		return File{}, errHeader
	}
	return f, nil
}
