package journal

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// drawFrame makes any frame that the format can hold.
func drawFrame(t *rapid.T) Frame {
	return Frame{
		Site:      rapid.String().Draw(t, "site"),
		First:     rapid.Int64Min(0).Draw(t, "first"),
		Count:     rapid.IntMin(0).Draw(t, "count"),
		Epoch:     rapid.Int64Min(0).Draw(t, "epoch"),
		Format:    rapid.IntMin(0).Draw(t, "format"),
		NextTimer: rapid.Int64().Draw(t, "next timer"),
		Events:    rapid.SliceOf(rapid.Byte()).Draw(t, "events"),
	}
}

func TestFrameRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawFrame(t)
		prefix := rapid.SliceOf(rapid.Byte()).Draw(t, "prefix")
		b := want.AppendTo(bytes.Clone(prefix))
		if !bytes.HasPrefix(b, prefix) {
			t.Fatalf("AppendTo changed what stood before: %x", b)
		}
		got, err := ParseFrame(b[len(prefix):])
		if err != nil {
			t.Fatalf("parse: %v", err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// TestFrameDamage: a frame with one byte changed, cut short or made longer is
// never read as a frame.
func TestFrameDamage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := drawFrame(t).AppendTo(nil)
		for i := range whole {
			b := bytes.Clone(whole)
			b[i] ^= rapid.ByteMin(1).Draw(t, "flip")
			f, err := ParseFrame(b)
			newer := i == 0 && b[0] > FrameVersion
			if newer && !errors.Is(err, ErrNewer) || !newer && !errors.Is(err, ErrCorrupt) {
				t.Fatalf("byte %d of %d changed: %+v, error %v", i, len(b), f, err)
			}
			if _, err := ParseFrame(whole[:i]); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("cut to %d of %d bytes: %v", i, len(whole), err)
			}
		}
		if _, err := ParseFrame(append(whole, 0)); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("one byte too many: %v", err)
		}
	})
}

var goldenFrame = Frame{
	Site: "demo", First: 300, Count: 2, Epoch: 7, Format: 1, NextTimer: 1_700_000_000_000_000,
	Events: []byte("{\"e\":\"a\"}\n{\"e\":\"b\"}\n"),
}

const goldenBytes = "01" + "ac1cfabb" + "04" + "64656d6f" + "ac02" + "02" + "07" + "01" + "8080f28183898506" +
	"14" + "7b2265223a2261227d0a7b2265223a2262227d0a"

// TestFrameGolden: these bytes are in people's files and must be read for ever.
func TestFrameGolden(t *testing.T) {
	if got := hex.EncodeToString(goldenFrame.AppendTo(nil)); got != goldenBytes {
		t.Errorf("encoded\n%s, want\n%s", got, goldenBytes)
	}
	b, err := hex.DecodeString(goldenBytes)
	if err != nil {
		t.Fatal(err)
	}
	f, err := ParseFrame(b)
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	if diff := cmp.Diff(goldenFrame, f); diff != "" {
		t.Errorf("parsed (-want +got):\n%s", diff)
	}
}

// sealed puts version and checksum before fields.
func sealed(fields []byte) []byte {
	b := make([]byte, 5, 5+len(fields))
	b[0] = FrameVersion
	binary.LittleEndian.PutUint32(b[1:], crc32.Checksum(fields, crc32.MakeTable(crc32.Castagnoli)))
	return append(b, fields...)
}

// FuzzParseFrame: whatever the bytes, also behind a right checksum, the answer
// is an error or a frame that survives being written again.
func FuzzParseFrame(f *testing.F) {
	whole := goldenFrame.AppendTo(nil)
	f.Add(whole)
	f.Add(whole[5:])
	f.Add([]byte{})
	f.Add([]byte{FrameVersion + 1, 0, 0, 0, 0})
	f.Add(bytes.Repeat([]byte{0xff}, 40))
	f.Add(binary.AppendUvarint(nil, 1<<63))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, b := range [][]byte{b, sealed(b)} {
			frame, err := ParseFrame(b)
			if err != nil {
				if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNewer) {
					t.Fatalf("%x: error of no kind: %v", b, err)
				}
				continue
			}
			again, err := ParseFrame(frame.AppendTo(nil))
			if err != nil {
				t.Fatalf("%x: written again: %v", b, err)
			}
			if diff := cmp.Diff(frame, again, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%x: written again (-first +second):\n%s", b, diff)
			}
		}
	})
}
