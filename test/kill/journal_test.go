package kill

import (
	"bytes"
	"context"
	"fmt"

	"usher/internal/journal"
	"usher/internal/journal/sqlite"
	"usher/internal/site"
)

// facts is what stands in the journal, as far as the promises need it.
type facts struct {
	posted map[string][]string // texts by message id
	ends   map[int64]end       // of engagements
	gone   map[int64]bool      // agents' clients whose session ended
	faults []string

	leads map[int64]int64 // while it is read: who leads an engagement
}

// end is how an engagement ended.
type end struct {
	lead int64 // 0: nobody led it
}

// excused reports whether a visitor's post may have reached nobody: the
// engagement ended while nobody led it, or its last lead's session ended.
func (f *facts) excused(engagement int64) bool {
	e, over := f.ends[engagement]
	return over && (e.lead == 0 || f.gone[e.lead])
}

// readJournal reads the facts out of the data directory of a stopped server.
func readJournal(ctx context.Context, dir string) (*facts, error) {
	j, err := sqlite.Open(ctx, dir, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	f := newFacts()
	var failed error
	err = j.Read(ctx, siteName, 0, func(frame journal.Frame) bool {
		failed = f.frame(frame)
		return failed == nil
	})
	for _, e := range []error{failed, err, j.Close()} {
		if e != nil {
			return nil, fmt.Errorf("read the journal: %w", e)
		}
	}
	return f, nil
}

func newFacts() *facts {
	return &facts{posted: map[string][]string{}, ends: map[int64]end{}, gone: map[int64]bool{}, leads: map[int64]int64{}}
}

func (f *facts) frame(frame journal.Frame) error {
	for line := range bytes.Lines(frame.Events) {
		_, event, err := site.DecodeEvent(bytes.TrimSuffix(line, []byte("\n")))
		if err != nil {
			return err
		}
		f.event(event)
	}
	return nil
}

func (f *facts) event(event site.Event) {
	switch e := event.(type) {
	case *site.Posted:
		f.posted[e.Post.MessageID] = append(f.posted[e.Post.MessageID], e.Post.Body)
		if _, over := f.ends[int64(e.Engagement)]; over {
			f.fault("post %s was recorded after the end of engagement %d", e.Post.MessageID, e.Engagement)
		}
	case *site.EngagementAssigned:
		id, client := int64(e.Engagement), int64(e.Client)
		if lead := f.leads[id]; lead != 0 {
			f.fault("engagement %d was assigned to client %d while client %d led it", id, client, lead)
		}
		f.leads[id] = client
	case *site.EngagementQueued:
		delete(f.leads, int64(e.Engagement))
	case *site.EngagementConcluded:
		id := int64(e.Engagement)
		if _, over := f.ends[id]; over {
			f.fault("engagement %d ended twice", id)
		}
		f.ends[id] = end{lead: f.leads[id]}
		delete(f.leads, id)
	case *site.AgentSessionEnded:
		f.gone[int64(e.Client)] = true
	}
}

func (f *facts) fault(format string, args ...any) {
	f.faults = append(f.faults, fmt.Sprintf(format, args...))
}
