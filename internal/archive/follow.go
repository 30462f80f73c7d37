package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	"usher/internal/journal"
	"usher/internal/record"
	"usher/internal/site"
)

const (
	// stretchEvents and stretchBytes bound what is written in one transaction, up to a
	// whole frame.
	stretchEvents = 2000
	stretchBytes  = 4 << 20
)

// reading makes stretches of a site's frames: the book of its records, the facts of the
// engagements in it, and what the tables do not have yet.
type reading struct {
	no       int64
	position int64 // of the next event
	mark     int64 // of the last frame
	book     *record.Book
	chats    map[site.EngagementID]*facts
	hour     int64 // the newest one that is in the tables, or on its way
	kept     kept

	next    *stretch
	bytes   int
	touched map[site.EngagementID]bool
}

// newReading answers a reading that goes on from a position with what was saved.
func newReading(no, position, mark int64, book *record.Book, chats map[site.EngagementID]*facts) *reading {
	r := &reading{no: no, position: position, mark: mark, book: book, chats: chats}
	r.begin()
	return r
}

func (r *reading) begin() {
	r.next = &stretch{from: r.position, chats: map[site.EngagementID]*facts{}}
	r.touched, r.bytes = map[site.EngagementID]bool{}, 0
}

// full reports whether it is time to write.
func (r *reading) full() bool {
	return r.position-r.next.from >= stretchEvents || r.bytes >= stretchBytes
}

// checksum tells a frame from any other that might stand in its place.
func checksum(f journal.Frame) int64 {
	return 1 + int64(crc32.Checksum(f.AppendTo(nil), crc32.MakeTable(crc32.Castagnoli))) // 0 is for none
}

// errUnread marks a journal that was read and not understood: trying again is no use.
var errUnread = errors.New("the journal is not understood")

// frame reads the next frame, which has to follow. The error wraps errUnread.
func (r *reading) frame(f journal.Frame) error {
	switch {
	case f.Format > site.EventFormat:
		return fmt.Errorf("%w: events of format %d, this version knows %d: start the newer program", errUnread, f.Format, site.EventFormat)
	case f.First != r.position:
		return fmt.Errorf("%w: a frame begins at %d where %d belongs", errUnread, f.First, r.position)
	}
	for line := range bytes.Lines(f.Events) {
		if err := r.event(bytes.TrimSuffix(line, []byte{'\n'})); err != nil {
			return fmt.Errorf("%w: event %d: %w", errUnread, r.position, err)
		}
		r.position++
	}
	if r.position != f.End() {
		return fmt.Errorf("%w: the frame at %d is of %d events and holds another number", errUnread, f.First, f.Count)
	}
	r.mark = checksum(f)
	r.bytes += len(f.Events)
	return nil
}

// event reads the event at the present position.
func (r *reading) event(line []byte) error {
	at, matters := r.book.Matters(line)
	if !matters {
		r.time(at)
		return nil
	}
	at, e, err := site.DecodeEvent(line)
	if err != nil {
		return err
	}
	r.time(at)
	switch e := e.(type) {
	case *site.SiteCreated:
		r.next.keep = keptBy(e.Settings)
	case *site.SettingsChanged:
		r.next.keep = keptBy(e.Settings)
	}
	for n, told := range r.book.Add(at, e) {
		if n == perEvent {
			return fmt.Errorf("it adds more than %d entries to the records", perEvent)
		}
		if err := r.told(n, told); err != nil {
			return err
		}
	}
	if q, ok := e.(*site.EngagementRequested); ok && q.Identity != "" {
		f := r.chats[q.Engagement]
		f.known = append(f.known, identityKey(q.Identity))
	}
	return nil
}

// time notes where an hour begins.
func (r *reading) time(at site.Time) {
	if hour := int64(at) / 3_600_000_000; hour > r.hour {
		r.hour = hour
		r.next.hours = append(r.next.hours, [2]int64{hour, r.position})
	}
}

// told takes an entry of a record.
func (r *reading) told(n int, t record.Told) error {
	f := r.chats[t.Engagement]
	if f == nil || t.Kind == record.Requested {
		f = &facts{FirstEvent: r.position}
		r.chats[t.Engagement] = f
	}
	head, contact, followed := r.book.Head(t.Engagement)
	if followed {
		f.head = head
	}
	f.follow(&t.Entry, contact)
	r.touched[t.Engagement] = true
	var entry bytes.Buffer
	enc := json.NewEncoder(&entry)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(t.Entry); err != nil {
		return fmt.Errorf("write an entry: %w", err)
	}
	r.next.entries = append(r.next.entries, entryRow{
		id: entryID(r.no, r.position, n), site: r.no, engagement: t.Engagement, number: t.Number, at: t.At, kind: t.Kind,
		entry: bytes.TrimSuffix(entry.Bytes(), []byte{'\n'}), words: words(said(&t.Entry)),
	})
	return nil
}

// liveFormat is the newest format of what is kept of an engagement while more may come.
const liveFormat = 1

// liveState is what is kept of an engagement while more may come.
type liveState struct {
	Format int             `json:"format"`
	Story  json.RawMessage `json:"story"` // the book's
	Facts  *facts          `json:"facts"`
}

// take answers what was read since the last time, to be written, and begins anew.
func (r *reading) take() *stretch {
	x := r.next
	x.to, x.mark = r.position, r.mark
	saved := r.book.Changes()
	x.names, x.states = saved.Names, map[site.EngagementID][]byte{}
	for id := range r.touched {
		x.chats[id] = r.chats[id]
	}
	for id, story := range saved.Stories {
		f := r.chats[id]
		if story == nil {
			x.states[id] = nil
			delete(r.chats, id)
			continue
		}
		state, err := json.Marshal(liveState{liveFormat, story, f})
		if err != nil {
			panic(fmt.Sprintf("archive: write the state of an engagement: %v", err)) // nothing in it can fail
		}
		x.states[id] = state
	}
	if x.keep != nil {
		r.kept = *x.keep
	}
	r.begin()
	return x
}

// written tells that the tables have what take answered.
func (x *stretch) written() {
	for _, f := range x.chats {
		f.written()
	}
}

// resume reads what is needed to go on with a site.
func (s *Store) resume(ctx context.Context, k known) (*reading, error) {
	saved := record.Saved{Names: k.names, Stories: map[site.EngagementID][]byte{}}
	chats := map[site.EngagementID]*facts{}
	var hour int64
	err := s.view(ctx, func(c conn) error {
		err := c.each(ctx, `SELECT engagement, state FROM archive_live WHERE site = $1`, []any{k.no}, func(scan func(...any) error) error {
			var id int64
			var text string
			if err := scan(&id, &text); err != nil {
				return err
			}
			var state liveState
			if err := json.Unmarshal([]byte(text), &state); err != nil {
				return fmt.Errorf("%w: the state of engagement %d: %w", ErrDamaged, id, err)
			}
			if state.Format > liveFormat {
				return fmt.Errorf("%w: the state of engagement %d has format %d, this program knows %d", ErrNewer, id, state.Format, liveFormat)
			}
			saved.Stories[site.EngagementID(id)] = state.Story
			chats[site.EngagementID(id)] = state.Facts
			return nil
		})
		if err != nil {
			return err
		}
		_, err = one(ctx, c, `SELECT coalesce(max(hour), 0) FROM archive_hours WHERE site = $1`, []any{k.no}, &hour)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read where the site stands: %w", err)
	}
	book, err := record.OpenBook(saved)
	if err != nil {
		return nil, fmt.Errorf("read where the site stands: %w", err)
	}
	for id, f := range chats {
		f.head, _, _ = book.Head(id)
	}
	r := newReading(k.no, k.position, k.mark, book, chats)
	r.hour, r.kept = hour, k.kept
	return r, nil
}
