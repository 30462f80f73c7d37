package journal

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// FrameVersion is the first byte of every encoded frame.
const FrameVersion = 1

// MaxFrameBytes bounds an encoded frame, so that a damaged length cannot ask
// for memory: a batch of the largest posts a site may gather stays below it.
const MaxFrameBytes = 256 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Frame is a run of one site's events as they were committed together.
// Encoded: the version byte; a CRC-32C (4 bytes, little endian) of all that
// follows; then, as unsigned varints, the length of the site's name and the
// name, First, Count, Epoch, Format, NextTimer (zig-zag), the length of Events,
// and Events.
type Frame struct {
	Site string
	// First is the position of the first event; positions count events.
	First int64
	Count int
	Epoch int64
	// Format is the newest event format in the frame.
	Format int
	// NextTimer is the site's next timer after the frame, Unix microseconds, 0 for none.
	NextTimer int64
	// Events are Count JSON objects, each ended by a line feed.
	Events []byte
}

// End is the position after the frame's last event.
func (f Frame) End() int64 { return f.First + int64(f.Count) }

// AppendTo appends the encoded frame to b.
func (f Frame) AppendTo(b []byte) []byte {
	b = append(b, FrameVersion, 0, 0, 0, 0)
	start := len(b)
	b = binary.AppendUvarint(b, uint64(len(f.Site)))
	b = append(b, f.Site...)
	b = binary.AppendUvarint(b, uint64(f.First))
	b = binary.AppendUvarint(b, uint64(f.Count))
	b = binary.AppendUvarint(b, uint64(f.Epoch))
	b = binary.AppendUvarint(b, uint64(f.Format))
	b = binary.AppendVarint(b, f.NextTimer)
	b = binary.AppendUvarint(b, uint64(len(f.Events)))
	b = append(b, f.Events...)
	binary.LittleEndian.PutUint32(b[start-4:], crc32.Checksum(b[start:], castagnoli))
	return b
}

// ParseFrame reads the one frame that b holds. Events is a part of b, not a
// copy. The error wraps ErrCorrupt, or ErrNewer for a version byte this program
// does not know.
func ParseFrame(b []byte) (Frame, error) {
	if len(b) < 5 {
		return Frame{}, fmt.Errorf("%w: a frame of %d bytes is too short", ErrCorrupt, len(b))
	}
	if b[0] > FrameVersion {
		return Frame{}, fmt.Errorf("%w: frame version %d, this program knows %d", ErrNewer, b[0], FrameVersion)
	}
	if b[0] != FrameVersion {
		return Frame{}, fmt.Errorf("%w: frame version %d", ErrCorrupt, b[0])
	}
	sum := binary.LittleEndian.Uint32(b[1:5])
	if got := crc32.Checksum(b[5:], castagnoli); got != sum {
		return Frame{}, fmt.Errorf("%w: a frame's checksum is %08x, stored was %08x", ErrCorrupt, got, sum)
	}
	d := decoder{b: b[5:]}
	var f Frame
	f.Site = string(d.bytes())
	f.First = int64(d.uvarint())
	f.Count = int(d.uvarint())
	f.Epoch = int64(d.uvarint())
	f.Format = int(d.uvarint())
	f.NextTimer = d.varint()
	f.Events = d.bytes()
	if d.bad || len(d.b) != 0 {
		return Frame{}, fmt.Errorf("%w: a frame's fields do not fill it", ErrCorrupt)
	}
	return f, nil
}

// decoder reads varints and byte strings until one does not fit.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) bytes() []byte {
	n := d.uvarint()
	if d.bad || n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return nil
	}
	v := d.b[:n:n]
	d.b = d.b[n:]
	return v
}
