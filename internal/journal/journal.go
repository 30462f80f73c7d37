// Package journal is the durable record of every site: frames of events, in
// order, under an epoch. It knows bytes and positions, never what an event
// means. Three engines keep its promises (sqlite, postgres and memory), held to one conformance suite in journaltest.
package journal

import (
	"context"
	"errors"
)

// An append ends in one of four ways: nil (durable), ErrFenced, ErrUnknown or
// ErrRefused. Errors wrap these, so test with errors.Is.
var (
	// ErrFenced: the site's head shows another epoch, so somebody else (or a
	// later self) owns the site. Nothing was written.
	ErrFenced = errors.New("journal: another epoch owns the site")
	// ErrUnknown: the append may or may not have happened (a time-out, a broken
	// connection, a failed sync). Only RaiseEpoch followed by Load tells.
	ErrUnknown = errors.New("journal: the outcome of the append is unknown")
	// ErrRefused: the append certainly did not happen and trying again at once
	// will not help (disk full, read-only).
	ErrRefused = errors.New("journal: the append was refused")

	// ErrTrimmed: the events that were asked for are not kept any more.
	ErrTrimmed = errors.New("journal: events this old are not kept any more")
	// ErrNoSite: Load, Read, Trim or RaiseEpoch of a site that was never created.
	ErrNoSite = errors.New("journal: no such site")
	// ErrCorrupt: what is stored does not read back as it was written.
	ErrCorrupt = errors.New("journal: the stored data is damaged")
	// ErrNewer: the data was written by a newer program than this one.
	ErrNewer = errors.New("journal: the data was written by a newer version of usher")
	// ErrUnfit: the database cannot be reached, or would not keep what it is given.
	ErrUnfit = errors.New("journal: this database cannot keep the journal")
	// ErrLocked: another process has the data directory.
	ErrLocked = errors.New("journal: another server has this data directory")
)

// Head is what a journal knows of a site without reading its events.
type Head struct {
	Site string
	// Position is the number of events the site has ever recorded: the next
	// frame's First.
	Position int64
	// First is the position of the oldest event that is still kept, and Position
	// when none is.
	First int64
	// Epoch is the highest epoch taken for the site. It only rises.
	Epoch int64
	// Format is the newest event format in the site's journal.
	Format int
	// NextTimer is when the site next has something to do by itself, in Unix
	// microseconds; 0 means never.
	NextTimer int64
}

// Part is one entity of a site as it stood at a checkpoint's position. The
// parts of a site together are always its whole state at one position.
type Part struct {
	Key  string // such as "engagement/7001"
	Data []byte // nil deletes the part
}

// Batch is what one append makes durable, all of it or nothing.
type Batch struct {
	// Frame holds the events. A Count of 0 is allowed when there are Parts: a
	// checkpoint alone, at position Frame.First.
	Frame Frame
	// Parts, when Checkpoint is set, are the entities touched since the last
	// checkpoint, at the position after Frame.
	Checkpoint bool
	Parts      []Part
	// Side holds texts that must not stand in the frame (off the record), and
	// SideDeleted the keys of those that nobody waits for any more.
	Side        []SideText
	SideDeleted []string
}

// SideText is a text kept outside the frames so that it can be deleted.
type SideText struct {
	Key  string // unique in its site
	Text string
}

// Append is one site's wish to write. The journal calls Take when it is free to
// write for this site, so that everything the site decided meanwhile goes into
// one batch; then Done, exactly once, with the outcome. Neither may block, and
// both may run on a goroutine of the journal's. Take may answer false: there is
// nothing to write any more, and Done is not called.
//
// A site has at most one Append under way.
type Append struct {
	Take func() (Batch, bool)
	Done func(error)
}

// State is what Load finds: the parts of the last checkpoint and the frames after it.
type State struct {
	Head Head
	// CheckpointPosition is the position of Parts; 0 when there was no checkpoint.
	CheckpointPosition int64
	Parts              []Part
	Frames             []Frame // in order, the first at CheckpointPosition
	Side               []SideText
}

// Journal is the durable record. All methods may be called from several
// goroutines. ctx bounds only the waiting.
type Journal interface {
	// Heads lists every site, in no order.
	Heads(ctx context.Context) ([]Head, error)
	// Append queues a for writing and returns at once. A batch whose frame has
	// an Epoch other than the head's is ErrFenced; one whose First is not the
	// head's Position is ErrFenced too (an append of our own that was given up
	// and landed). A site's first batch has First 0 and the epoch that Create gave.
	Append(a Append)
	// Create makes a head for a site that has none and answers it, at position
	// 0 with its first epoch. For a site that exists it answers the head as it is.
	Create(ctx context.Context, site string) (Head, error)
	// RaiseEpoch takes a new epoch for the site if its epoch is still from, and
	// answers the new head. It waits for, or shuts out, any append under way. If
	// the epoch is another one already: ErrFenced.
	RaiseEpoch(ctx context.Context, site string, from int64) (Head, error)
	// Load reads what is needed to rebuild the site.
	Load(ctx context.Context, site string) (State, error)
	// Read calls fn with the site's frames in order, from the frame that holds
	// position from, until fn answers false or the journal's end. A negative from
	// means the oldest that is kept; one before that is ErrTrimmed.
	Read(ctx context.Context, site string, from int64, fn func(Frame) bool) error
	// Trim gives up the site's events before a position, as far as the last
	// checkpoint stands for them and they fill whole frames, and answers the head.
	// What was given up cannot be read any more; when its bytes are gone is the
	// engine's affair. It never delays appends for long.
	Trim(ctx context.Context, site string, before int64) (Head, error)
	// Secret answers the value kept under (site, name), and stores what make
	// answers when there is none. Secrets stand outside the frames, and are in
	// no archive or export. site "" is for what all sites share.
	Secret(ctx context.Context, site, name string, make func() ([]byte, error)) ([]byte, error)
	// Close waits for appends that were taken, checkpoints the store and gives
	// it up. Appends queued but not taken get ErrRefused.
	Close() error
}
