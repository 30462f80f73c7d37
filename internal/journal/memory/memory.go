// Package memory keeps a journal in memory, for the simulation and for tests of
// what stands above the journal. It starts no goroutine and reads no clock:
// whoever drives it says when each append is carried out and how it ends, so a
// seed replays exactly. It loses what was not synced, as a disk does.
package memory

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"usher/internal/journal"
)

// Journal is a journal in memory. Made by New, appends wait for Step; made by
// NewAuto, each is carried out at once on a goroutine of its own.
type Journal struct {
	auto  bool
	taken sync.WaitGroup // appends of NewAuto that are under way

	mu      sync.Mutex // never held while Take, Done, make or fn runs
	epoch   int64      // the highest taken for any site
	sites   map[string]*site
	secrets map[secretKey][]byte
	members map[string]*member // by incarnation
	queue   []journal.Append
	late    []journal.Batch // given up as unknown, and not landed yet
	full    bool
	closed  bool
}

var _ journal.Journal = (*Journal)(nil)

// site is what is durable of one site.
type site struct {
	head       journal.Head
	owner      string // the incarnation that took the epoch, in a pool
	checkpoint int64
	parts      map[string][]byte
	frames     []journal.Frame
	side       map[string]string
}

type secretKey struct{ site, name string }

// New makes an empty journal whose appends wait for Step.
func New() *Journal {
	return &Journal{epoch: 1, sites: map[string]*site{}, secrets: map[secretKey][]byte{}, members: map[string]*member{}}
}

// NewAuto makes an empty journal that carries out each append at once, on a
// goroutine of its own.
func NewAuto() *Journal {
	j := New()
	j.auto = true
	return j
}

// Heads lists every site, ordered by name.
func (j *Journal) Heads(context.Context) ([]journal.Head, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, errClosed
	}
	heads := make([]journal.Head, 0, len(j.sites))
	for _, s := range j.sites {
		heads = append(heads, s.head)
	}
	slices.SortFunc(heads, func(a, b journal.Head) int { return cmp.Compare(a.Site, b.Site) })
	return heads, nil
}

// Create makes a head for a site that has none and answers it; for a site that
// exists it answers the head as it is.
func (j *Journal) Create(_ context.Context, name string) (journal.Head, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return journal.Head{}, errClosed
	}
	if s, ok := j.sites[name]; ok {
		return s.head, nil
	}
	if name == "" {
		return journal.Head{}, fmt.Errorf("%w: a site needs a name", journal.ErrRefused)
	}
	if j.full {
		return journal.Head{}, errFull
	}
	s := &site{
		head:  journal.Head{Site: name, Epoch: j.epoch},
		parts: map[string][]byte{},
		side:  map[string]string{},
	}
	j.sites[name] = s
	return s.head, nil
}

// RaiseEpoch takes the next epoch for the site if its epoch is still from. An
// append that was given up and has not landed is shut out.
func (j *Journal) RaiseEpoch(_ context.Context, name string, from int64) (journal.Head, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, err := j.find(name)
	if err != nil {
		return journal.Head{}, err
	}
	if s.head.Epoch != from {
		return journal.Head{}, fmt.Errorf("%w: site %s is at epoch %d, not %d", journal.ErrFenced, name, s.head.Epoch, from)
	}
	if j.full {
		return journal.Head{}, errFull
	}
	j.epoch++
	s.head.Epoch = j.epoch
	return s.head, nil
}

// Load reads what is needed to rebuild the site; parts and side texts come
// ordered by key.
func (j *Journal) Load(_ context.Context, name string) (journal.State, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, err := j.find(name)
	if err != nil {
		return journal.State{}, err
	}
	state := journal.State{Head: s.head, CheckpointPosition: s.checkpoint}
	for _, key := range slices.Sorted(maps.Keys(s.parts)) {
		state.Parts = append(state.Parts, journal.Part{Key: key, Data: bytes.Clone(s.parts[key])})
	}
	for _, key := range slices.Sorted(maps.Keys(s.side)) {
		state.Side = append(state.Side, journal.SideText{Key: key, Text: s.side[key]})
	}
	for _, f := range s.after(s.checkpoint) {
		state.Frames = append(state.Frames, clone(f))
	}
	return state, nil
}

// Read calls fn with the site's frames in order, from the one that holds
// position from, or the oldest, to those that were durable when Read was called.
func (j *Journal) Read(_ context.Context, name string, from int64, fn func(journal.Frame) bool) error {
	j.mu.Lock()
	s, err := j.find(name)
	if err != nil {
		j.mu.Unlock()
		return err
	}
	frames := s.after(from)
	first := s.head.First
	j.mu.Unlock()
	if from >= 0 && from < first {
		return fmt.Errorf("%w: site %s begins at %d", journal.ErrTrimmed, name, first)
	}
	for _, f := range frames {
		if !fn(clone(f)) {
			return nil
		}
	}
	return nil
}

// Trim gives up the frames that end before a position and before the checkpoint.
func (j *Journal) Trim(_ context.Context, name string, before int64) (journal.Head, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, err := j.find(name)
	if err != nil {
		return journal.Head{}, err
	}
	before = min(before, s.checkpoint)
	kept := slices.IndexFunc(s.frames, func(f journal.Frame) bool { return f.End() > before })
	if kept < 0 {
		kept = len(s.frames)
	}
	if kept == 0 {
		return s.head, nil
	}
	if j.full {
		return journal.Head{}, errFull
	}
	s.head.First = s.frames[kept-1].End()
	s.frames = slices.Clone(s.frames[kept:]) // a reader may hold the others
	return s.head, nil
}

// Secret answers the value kept under (site, name), and stores what make
// answers when there is none. make may run although another's value is kept.
func (j *Journal) Secret(_ context.Context, site, name string, make func() ([]byte, error)) ([]byte, error) {
	key := secretKey{site, name}
	j.mu.Lock()
	value, ok := j.secrets[key]
	closed, full := j.closed, j.full
	j.mu.Unlock()
	switch {
	case closed:
		return nil, errClosed
	case ok:
		return bytes.Clone(value), nil
	case full:
		return nil, errFull
	}
	made, err := make()
	if err != nil {
		return nil, fmt.Errorf("make secret %s: %w", name, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if value, ok := j.secrets[key]; ok {
		return bytes.Clone(value), nil
	}
	j.secrets[key] = bytes.Clone(made)
	return bytes.Clone(made), nil
}

// find answers the site's record; j.mu is held.
func (j *Journal) find(name string) (*site, error) {
	if j.closed {
		return nil, errClosed
	}
	s, ok := j.sites[name]
	if !ok {
		return nil, fmt.Errorf("%w: %s", journal.ErrNoSite, name)
	}
	return s, nil
}

// after answers the frames from the one that holds position.
func (s *site) after(position int64) []journal.Frame {
	i, _ := slices.BinarySearchFunc(s.frames, position, func(f journal.Frame, p int64) int {
		if f.End() <= p {
			return -1
		}
		return 1
	})
	return s.frames[i:len(s.frames):len(s.frames)]
}

func clone(f journal.Frame) journal.Frame {
	f.Events = bytes.Clone(f.Events)
	return f
}
