package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"usher/internal/journal"
)

// frameColumns are what frameRun.addAll reads.
const frameColumns = `first, count, epoch, bytes`

// frameRun collects a site's frames and checks that they follow each other.
type frameRun struct {
	site    string
	next    int64 // position of the next frame
	end     int64 // where the run stops
	epoch   int64 // of the frame before
	highest int64 // epoch that any frame may have
	frames  []journal.Frame
}

// runOf is the run of a site's frames from a position to its head.
func runOf(h head, from int64) frameRun {
	return frameRun{site: h.Site, next: from, end: h.Position, highest: h.Epoch}
}

// addAll adds what a query found.
func (r *frameRun) addAll(rows pgx.Rows) error {
	var first, count, epoch int64
	var encoded []byte // another one for each row
	_, err := pgx.ForEachRow(rows, []any{&first, &count, &epoch, &encoded}, func() error {
		f, err := journal.ParseFrame(encoded)
		if errors.Is(err, journal.ErrCorrupt) {
			return fmt.Errorf("frame at %d: %w; restore the database from a backup", first, err)
		}
		if err != nil {
			return fmt.Errorf("frame at %d: %w", first, err)
		}
		if f.Site != r.site || f.First != first || int64(f.Count) != count || f.Epoch != epoch {
			return r.damage("the row at %d with %d events under epoch %d holds a frame of %s at %d with %d under epoch %d",
				first, count, epoch, f.Site, f.First, f.Count, f.Epoch)
		}
		return r.add(f)
	})
	return err
}

func (r *frameRun) add(f journal.Frame) error {
	switch {
	case f.First != r.next:
		return r.damage("a frame is at %d where one at %d was due", f.First, r.next)
	case f.Count <= 0 || f.End() > r.end:
		return r.damage("the frame at %d has %d events, and the head is at %d", f.First, f.Count, r.end)
	case f.Epoch < r.epoch || f.Epoch > r.highest:
		return r.damage("the frame at %d is under epoch %d, the one before under %d, the head at %d", f.First, f.Epoch, r.epoch, r.highest)
	}
	r.frames = append(r.frames, f)
	r.next, r.epoch = f.End(), f.Epoch
	return nil
}

// complete says whether the run got to its end.
func (r *frameRun) complete() error {
	if r.next == r.end {
		return nil
	}
	return r.damage("the frames end at %d, and the head is at %d", r.next, r.end)
}

// trimmed is an error when a head says that the next frame is not kept any more.
func (r *frameRun) trimmed(h head) error {
	if r.next < h.First {
		return fmt.Errorf("%w: its events begin at %d", journal.ErrTrimmed, h.First)
	}
	return nil
}

func (r *frameRun) damage(format string, args ...any) error {
	return fmt.Errorf("%w: %s; restore the database from a backup", journal.ErrCorrupt, fmt.Sprintf(format, args...))
}
