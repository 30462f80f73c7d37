package crowd

import (
	"bytes"
	"context"
	"fmt"

	"usher/api"
	"usher/internal/journal"
	"usher/internal/site"
)

// Facts is what stands in the journal, as far as the promises need it.
type Facts struct {
	posted map[string][]string // texts by message id
	said   map[int64][]said    // what was said in an engagement, in order
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
func (f *Facts) excused(engagement int64) bool {
	e, over := f.ends[engagement]
	return over && (e.lead == 0 || f.gone[e.lead])
}

// Read reads the facts of a site out of the journal of a stopped server.
func Read(ctx context.Context, j journal.Journal, siteName string) (*Facts, error) {
	f := newFacts()
	var failed error
	err := j.Read(ctx, siteName, 0, func(frame journal.Frame) bool {
		failed = f.frame(frame)
		return failed == nil
	})
	for _, e := range []error{failed, err} {
		if e != nil {
			return nil, fmt.Errorf("read the journal of site %s: %w", siteName, e)
		}
	}
	return f, nil
}

func newFacts() *Facts {
	return &Facts{posted: map[string][]string{}, said: map[int64][]said{}, ends: map[int64]end{}, gone: map[int64]bool{}, leads: map[int64]int64{}}
}

func (f *Facts) frame(frame journal.Frame) error {
	for line := range bytes.Lines(frame.Events) {
		_, event, err := site.DecodeEvent(bytes.TrimSuffix(line, []byte("\n")))
		if err != nil {
			return err
		}
		f.event(event)
	}
	return nil
}

func (f *Facts) event(event site.Event) {
	switch e := event.(type) {
	case *site.Posted:
		f.posted[e.Post.MessageID] = append(f.posted[e.Post.MessageID], e.Post.Body)
		id := int64(e.Engagement)
		f.said[id] = append(f.said[id], said{e.Post.Number, e.Post.MessageID, e.Post.Body})
		if e.Post.SenderType == api.PartyAgent && int64(e.Post.Client) != f.leads[id] {
			f.fault("post %s of client %d was recorded in engagement %d while client %d led it", e.Post.MessageID, e.Post.Client, id, f.leads[id])
		}
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

func (f *Facts) fault(format string, args ...any) {
	f.faults = append(f.faults, fmt.Sprintf(format, args...))
}
