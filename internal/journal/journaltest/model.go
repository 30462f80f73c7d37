package journaltest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"usher/internal/journal"
)

// model is a site as the suite itself keeps it.
type model struct {
	head       journal.Head
	frames     []journal.Frame
	checkpoint int64
	parts      map[string][]byte
	side       map[string]string
}

// testModel compares the journal with the model over random histories of three
// sites. All histories share one store, each with sites of its own.
func testModel(t *testing.T, e Engine) {
	j := e.Journal
	history, reopened := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		history++
		var sites []*model
		for i := range 3 {
			h := create(t, j, fmt.Sprintf("h%d/%d", history, i))
			sites = append(sites, &model{head: h, parts: map[string][]byte{}, side: map[string]string{}})
		}
		site := rapid.Custom(func(rt *rapid.T) *model { return rapid.SampledFrom(sites).Draw(rt, "site") })
		rt.Repeat(map[string]func(*rapid.T){
			"append": func(rt *rapid.T) {
				m := site.Draw(rt, "of")
				b := m.draw(rt)
				m.apply(b, write(rt, j, m.head, b))
			},
			"together": func(rt *rapid.T) {
				var batches []journal.Batch
				var done []<-chan error
				for _, m := range sites {
					b := m.draw(rt)
					batches, done = append(batches, b), append(done, start(rt, j, b))
				}
				for i, m := range sites {
					if err := <-done[i]; err != nil {
						rt.Fatalf("append to %s: %v", m.head.Site, err)
					}
					m.apply(batches[i], m.head.After(batches[i].Frame))
				}
			},
			"fenced": func(rt *rapid.T) {
				m := site.Draw(rt, "of")
				b := m.draw(rt)
				if off := rapid.Int64Range(-2, 2).Draw(rt, "off"); off != 0 && b.Frame.First+off >= 0 {
					b.Frame.First += off
				} else {
					b.Frame.Epoch++
				}
				wantErr(rt, "append", appendBatch(rt, j, b), journal.ErrFenced)
			},
			"raise": func(rt *rapid.T) {
				m := site.Draw(rt, "of")
				h, err := j.RaiseEpoch(t.Context(), m.head.Site, m.head.Epoch)
				if err != nil || h.Epoch <= m.head.Epoch {
					rt.Fatalf("raise from %d: %+v, %v", m.head.Epoch, h, err)
				}
				m.head.Epoch = h.Epoch
			},
			"trim": func(rt *rapid.T) {
				m := site.Draw(rt, "of")
				before := rapid.Int64Range(-1, m.head.Position+1).Draw(rt, "before")
				h, err := j.Trim(t.Context(), m.head.Site, before)
				if err != nil {
					rt.Fatalf("trim before %d: %v", before, err)
				}
				m.trim(before)
				same(rt, fmt.Sprintf("head trimmed before %d", before), h, m.head)
			},
			"read": func(rt *rapid.T) {
				m := site.Draw(rt, "of")
				from := rapid.Int64Range(-1, m.head.Position+1).Draw(rt, "from")
				if from >= 0 && from < m.head.First {
					err := j.Read(t.Context(), m.head.Site, from, func(journal.Frame) bool { return true })
					wantErr(rt, "read", err, journal.ErrTrimmed)
					return
				}
				want := slices.DeleteFunc(slices.Clone(m.frames), func(f journal.Frame) bool { return f.End() <= from })
				same(rt, "frames", read(t, j, m.head.Site, from), want)
			},
			"": func(rt *rapid.T) {
				m := site.Draw(rt, "of")
				same(rt, "state of "+m.head.Site, load(t, j, m.head.Site), m.state())
			},
		})
		if history%25 == 10 && reopened < 4 { // dear with a real store, so not in every history
			reopened++
			j = e.Reopen()
		}
		for _, m := range sites {
			got := load(t, j, m.head.Site)
			if got.Head.Epoch < m.head.Epoch {
				rt.Errorf("%s went back from epoch %d to %d", m.head.Site, m.head.Epoch, got.Head.Epoch)
			}
			m.head.Epoch = got.Head.Epoch
			same(rt, "state of "+m.head.Site+" at the end", got, m.state())
			same(rt, "frames of "+m.head.Site+" at the end", read(t, j, m.head.Site, -1), m.frames)
		}
	})
}

// draw makes a batch that may follow the model's head.
func (m *model) draw(rt *rapid.T) journal.Batch {
	key := rapid.StringMatching(`[a-d]`)
	b := journal.Batch{
		Checkpoint: rapid.IntRange(0, 3).Draw(rt, "checkpoint") == 0,
		Frame:      next(m.head, rapid.IntRange(0, 4).Draw(rt, "count")),
	}
	b.Frame.Format = rapid.IntRange(0, 9).Draw(rt, "format")
	b.Frame.NextTimer = rapid.Int64().Draw(rt, "timer")
	if b.Checkpoint {
		parts := rapid.MapOfN(key, rapid.Ptr(rapid.SliceOfN(rapid.Byte(), 0, 20), true), 1, 3).Draw(rt, "parts")
		for _, k := range slices.Sorted(maps.Keys(parts)) {
			p := journal.Part{Key: k}
			if parts[k] != nil {
				p.Data = append([]byte{}, *parts[k]...)
			}
			b.Parts = append(b.Parts, p)
		}
	} else if b.Frame.Count == 0 {
		b.Frame.Count, b.Frame.Events = 1, events(m.head.Site, m.head.Position, 1)
	}
	side := rapid.MapOfN(key, rapid.String(), 0, 2).Draw(rt, "side")
	for _, k := range slices.Sorted(maps.Keys(side)) {
		b.Side = append(b.Side, journal.SideText{Key: k, Text: side[k]})
	}
	for _, k := range rapid.SliceOfNDistinct(key, 0, 1, rapid.ID[string]).Draw(rt, "deleted") {
		if _, ok := side[k]; !ok {
			b.SideDeleted = append(b.SideDeleted, k)
		}
	}
	return b
}

// apply does to the model what the batch does to the site.
func (m *model) apply(b journal.Batch, after journal.Head) {
	m.head = after
	if b.Frame.Count > 0 {
		m.frames = append(m.frames, b.Frame)
	}
	if b.Checkpoint {
		m.checkpoint = after.Position
	}
	for _, p := range b.Parts {
		if p.Data == nil {
			delete(m.parts, p.Key)
		} else {
			m.parts[p.Key] = bytes.Clone(p.Data)
		}
	}
	for _, s := range b.Side {
		m.side[s.Key] = s.Text
	}
	for _, k := range b.SideDeleted {
		delete(m.side, k)
	}
}

// trim gives up what Trim does: whole frames before a position and the checkpoint.
func (m *model) trim(before int64) {
	for len(m.frames) > 0 && m.frames[0].End() <= min(before, m.checkpoint) {
		m.head.First = m.frames[0].End()
		m.frames = m.frames[1:]
	}
}

// state is what Load must find.
func (m *model) state() journal.State {
	s := journal.State{Head: m.head, CheckpointPosition: m.checkpoint}
	for _, k := range slices.Sorted(maps.Keys(m.parts)) {
		s.Parts = append(s.Parts, journal.Part{Key: k, Data: m.parts[k]})
	}
	for _, k := range slices.Sorted(maps.Keys(m.side)) {
		s.Side = append(s.Side, journal.SideText{Key: k, Text: m.side[k]})
	}
	for _, f := range m.frames {
		if f.First >= m.checkpoint {
			s.Frames = append(s.Frames, f)
		}
	}
	return s
}
