package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
)

// runConversations sets up usher and the baseline once, as large as the largest
// scenario, and measures one scenario after another on them, rounds in turn.
func (b *bench) runConversations(ctx context.Context) ([]conversationsRow, error) {
	if len(b.options.conversations) == 0 {
		return nil, nil
	}
	largest := slices.Max(b.options.conversations)
	if err := raiseOpenFiles(2 * largest); err != nil {
		return nil, err
	}
	profile := ""
	if b.options.profile != "" {
		var err error
		if profile, err = filepath.Abs(filepath.Join(b.options.profile, "usher.pprof")); err != nil {
			return nil, fmt.Errorf("name the profile: %w", err)
		}
	}
	data, err := b.newData()
	if err != nil {
		return nil, err
	}
	usher, ready, err := b.startUsher(ctx, data, profile)
	if err != nil {
		return nil, err
	}
	defer b.end(usher)
	onUsher, err := b.openConversations(ctx, ready, largest)
	if err != nil {
		return nil, err
	}
	answers, recorded, err := onUsher[0].record(ctx, usher.host, dialTo(usher.host))
	if err != nil {
		return nil, err
	}
	hub, err := b.startHub(ctx, answers)
	if err != nil {
		return nil, err
	}
	defer b.end(hub)
	onHub := make([]*conversation, largest)
	for i, c := range onUsher {
		onHub[i] = c.onHub(i, recorded)
	}

	var rows []conversationsRow
	for _, n := range b.options.conversations {
		var ofUsher, ofHub []round
		for i := range b.options.rounds {
			u, err := measure(ctx, usher, dialTo(usher.host), onUsher[:n], b.options.window)
			if err != nil {
				return nil, fmt.Errorf("%d in flight, usher: %w", n, err)
			}
			h, err := measure(ctx, hub, dialTo(hub.host), onHub[:n], b.options.window)
			if err != nil {
				return nil, fmt.Errorf("%d in flight, baseline: %w", n, err)
			}
			ofUsher, ofHub = append(ofUsher, u), append(ofHub, h)
			b.note("%d in flight, round %d of %d: usher %v, baseline %v", n, i+1, b.options.rounds, u, h)
		}
		rows = append(rows, newConversationsRow(n, ofUsher, ofHub))
	}
	return rows, nil
}

// openConversations sets up n conversations at usher. It takes a while: the
// server checks one password at a time, slowly on purpose.
func (b *bench) openConversations(ctx context.Context, ready *readyFile, n int) ([]*conversation, error) {
	s, err := newSite(ready)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.stayAwake(ctx); err != nil {
		return nil, err
	}
	conversations := make([]*conversation, n)
	progress := b.counter("conversations set up", n)
	err = each(ctx, n, setupWorkers, func(ctx context.Context, i int) (err error) {
		conversations[i], err = s.openConversation(ctx, i)
		progress()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("set up conversations: %w", err)
	}
	return conversations, nil
}

// counter returns a function that counts and now and then notes how far it is.
func (b *bench) counter(what string, n int) func() {
	var done atomic.Int64
	step := int64(max(1, n/4))
	return func() {
		if d := done.Add(1); d%step == 0 || d == int64(n) {
			b.note("%d of %d %s", d, n, what)
		}
	}
}
