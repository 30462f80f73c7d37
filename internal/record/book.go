package record

import (
	"fmt"
	"slices"

	"usher/internal/site"
)

// Book follows all engagements of a site at once, and tells what each event adds to
// which record. It holds the names of the site and the engagements of which more may
// be told; what it holds can be saved, so that it goes on later without the events of
// before.
type Book struct {
	names   names
	stories map[site.EngagementID]*story
	leaving []site.EngagementID // those that have left the site's memory, in that order

	renamed bool // names have changed since Changes
	changed map[site.EngagementID]bool
}

// Told is one more entry of one of a site's records.
type Told struct {
	Engagement site.EngagementID
	Entry
}

// Saved is what a Book needs to go on, as JSON with a format of its own.
type Saved struct {
	Names   []byte                       // nil: none yet
	Stories map[site.EngagementID][]byte // of the engagements of which more may be told
}

// NewBook answers a book that has seen no event yet.
func NewBook() *Book {
	return &Book{names: newNames(), stories: map[site.EngagementID]*story{}, changed: map[site.EngagementID]bool{}}
}

// OpenBook answers a book that goes on from what was saved. The error tells what
// cannot be read.
func OpenBook(s Saved) (*Book, error) {
	b := NewBook()
	if s.Names != nil {
		if err := restore(s.Names, &b.names); err != nil {
			return nil, fmt.Errorf("read the saved names: %w", err)
		}
	}
	for id, saved := range s.Stories {
		x := newStory(&b.names)
		if err := restore(saved, x); err != nil {
			return nil, fmt.Errorf("read what was saved of engagement %d: %w", id, err)
		}
		b.stories[id] = x
		if x.Gone > 0 {
			b.leaving = append(b.leaving, id)
		}
	}
	slices.SortFunc(b.leaving, func(x, y site.EngagementID) int { return int(b.stories[x].Gone - b.stories[y].Gone) })
	return b, nil
}

// passedOver are the events that add to no record, by their words in the journal. One
// that this version does not know is not among them: it is for the decoder to refuse.
var passedOver = []string{
	"SiteResumed", "AgentSessionRenewed", "AgentStatusChanged", "AssignmentRequested", "VisitorSessionEnded", "TokenForgotten",
	"Mailed", "Acknowledged", "ProfileDefined", "GroupDefined", "InterfaceDefined", "HoursDefined", "RulesDefined", "SiteRelocated",
	"AgentWarned", "VisitorSessionRenewed", "LetterQueued", "PostsSeen", "PageViewed", "ReplyDefined", "OwnReplySaved", "OwnReplyDeleted",
	"MessageLeft", "MessageDone",
}

// Matters answers when the event of a line, as the journal has it, happened (0: that
// cannot be seen so), and whether it is to be added: the others need not be decoded.
func (b *Book) Matters(line []byte) (at site.Time, matters bool) {
	at, name := glance(line)
	return at, b.overdue(at) || !slices.Contains(passedOver, name)
}

// Add reads the next event of the site, and answers what it adds to which record. An
// engagement whose beginning the book has not seen has none.
func (b *Book) Add(at site.Time, e site.Event) []Told {
	var told []Told
	if b.names.read(e) {
		b.renamed = true
	} else if id := engagementOf(e); id != 0 {
		x := b.stories[id]
		if _, first := e.(*site.EngagementRequested); first {
			x = newStory(&b.names)
			b.stories[id] = x
		}
		if x != nil {
			was := x.Gone
			x.about(at, e)
			for _, entry := range x.take() {
				told = append(told, Told{id, entry})
			}
			if x.Gone != was {
				b.leaving = append(b.leaving, id)
			}
			b.changed[id] = true
		}
	}
	for b.overdue(at) {
		b.Forget(b.leaving[0])
	}
	return told
}

// overdue reports whether there is an engagement of which nothing is told any more.
func (b *Book) overdue(at site.Time) bool {
	return len(b.leaving) > 0 && b.stories[b.leaving[0]].past(at)
}

// Forget drops an engagement: nothing more of it will be told.
func (b *Book) Forget(e site.EngagementID) {
	if b.stories[e] == nil {
		return
	}
	delete(b.stories, e)
	b.leaving = slices.DeleteFunc(b.leaving, func(x site.EngagementID) bool { return x == e })
	b.changed[e] = true
}

// Head answers the record of an engagement without its entries, and what is known of
// its visitor. ok is false when the book does not follow it, or no longer does.
func (b *Book) Head(e site.EngagementID) (r Record, c site.Contact, ok bool) {
	x := b.stories[e]
	if x == nil {
		return Record{}, site.Contact{}, false
	}
	return x.head(), x.Contact, true
}

// Introduce tells the book who is who, where the events that said so are not kept any
// more. What it knows already stays.
func (b *Book) Introduce(v site.View, sessions []site.AgentStanding) {
	b.renamed = true
	for _, q := range v.Queues {
		if _, known := b.names.Queues[q.ID]; !known {
			b.names.Queues[q.ID] = q.Name
		}
	}
	for _, a := range v.Accounts {
		if _, known := b.names.Accounts[a.ID]; !known {
			b.names.Accounts[a.ID] = a.Name
		}
	}
	for _, a := range sessions {
		if _, known := b.names.Agents[a.Client]; !known {
			b.names.Agents[a.Client] = a.Account
		}
	}
}

// Changes answers what is to be saved anew since the last time: Names is nil when they
// are as they were, and a story is nil of which nothing more will be told.
func (b *Book) Changes() Saved {
	s := Saved{Stories: map[site.EngagementID][]byte{}}
	if b.renamed {
		s.Names = save(&b.names)
	}
	for id := range b.changed {
		s.Stories[id] = nil
		if x := b.stories[id]; x != nil {
			s.Stories[id] = save(x)
		}
	}
	b.renamed = false
	clear(b.changed)
	return s
}
