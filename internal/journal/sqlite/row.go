package sqlite

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"usher/internal/journal"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendFrame adds a frame to the blob of a batch.
func appendFrame(row []byte, f journal.Frame) []byte {
	// The length stands in front and is known last: encode behind room for the
	// longest, then move.
	start := len(row)
	row = append(row, make([]byte, binary.MaxVarintLen32)...)
	row = f.AppendTo(row)
	frame := row[start+binary.MaxVarintLen32:]
	n := binary.PutUvarint(row[start:], uint64(len(frame)))
	copy(row[start+n:], frame)
	return row[:start+n+len(frame)]
}

// eachFrame calls fn with the frames of a batch, whose Events are parts of row.
func eachFrame(seq int64, row []byte, fn func(journal.Frame) error) error {
	for len(row) > 0 {
		size, n := binary.Uvarint(row)
		if n <= 0 || size > journal.MaxFrameBytes || size > uint64(len(row)-n) {
			return fmt.Errorf("%w: batch %d: a frame is longer than the batch", journal.ErrCorrupt, seq)
		}
		f, err := journal.ParseFrame(row[n : n+int(size)])
		if err != nil {
			return fmt.Errorf("batch %d: %w", seq, err)
		}
		if err := fn(f); err != nil {
			return err
		}
		row = row[n+int(size):]
	}
	return nil
}

// sum is the checksum of a row that is no frame.
func sum(site, key string, data []byte) int64 {
	s := crc32.Checksum([]byte(site+"\x00"+key+"\x00"), castagnoli)
	return int64(crc32.Update(s, castagnoli, data))
}

// sumPart is the checksum of a part that was written by the checkpoint at a
// position, -1 when it is not known.
func sumPart(site, key string, position int64, data []byte) int64 {
	if position < 0 {
		return sum(site, key, data)
	}
	return sum(site, fmt.Sprintf("%s\x00%d", key, position), data)
}
