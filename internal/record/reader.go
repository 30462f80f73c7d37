package record

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"usher/internal/site"
)

const (
	// MaxEntries bounds the entries of one page, and MaxBytes about what they take
	// in memory and on the wire: an engagement may hold any number of posts.
	MaxEntries = 10_000
	MaxBytes   = 8 << 20
)

// Wanted says what of an engagement to tell.
type Wanted struct {
	Engagement site.EngagementID
	// Talk, After and Most are as Page's.
	Talk  bool
	After int64
	Most  int
}

// Reader makes the record of one engagement from its site's events. It holds what
// it was asked for, and the names of queues, accounts and live sessions.
type Reader struct {
	ids   ids
	names names
	story *story
	page  Page
	id    site.EngagementID
}

// NewReader answers a reader that has seen no event yet.
func NewReader(w Wanted) *Reader {
	r := &Reader{ids: idsOf(w.Engagement), names: newNames(), page: Page{Talk: w.Talk, After: w.After, Most: w.Most}, id: w.Engagement}
	r.story = newStory(&r.names)
	return r
}

// ids are how an event's line, as the journal has it, names an engagement.
type ids [2][]byte

func idsOf(e site.EngagementID) (all ids) {
	for i, end := range ",}" {
		all[i] = fmt.Appendf(nil, `"engagement":%d%c`, e, end)
	}
	return all
}

func (all ids) in(line []byte) bool {
	return bytes.Contains(line, all[0]) || bytes.Contains(line, all[1])
}

// Add reads the next event of the site, from its first one on. It answers false
// when no later event can matter.
func (r *Reader) Add(at site.Time, e site.Event) bool {
	if !r.names.read(e) && engagementOf(e) == r.id {
		r.story.about(at, e)
		for _, e := range r.story.take() {
			r.page.Add(e)
		}
	}
	return !r.story.past(at)
}

// Matters reports whether the event of a line, as the journal has it, may add to the
// record, so that the others need not be decoded.
func (r *Reader) Matters(line []byte) bool {
	at, name := glance(line)
	return r.ids.in(line) || r.story.past(at) || // then Add is to see that it is over
		slices.Contains(naming, name)
}

// glance reads the time and the name of an event from its line, as the journal has
// it; 0 and "" when it has another form.
func glance(line []byte) (at site.Time, name string) {
	number, rest, _ := bytes.Cut(bytes.TrimPrefix(line, []byte(`{"at":`)), []byte{','})
	if n, err := strconv.ParseInt(string(number), 10, 64); err == nil {
		at = site.Time(n)
	}
	word, _, _ := bytes.Cut(bytes.TrimPrefix(rest, []byte(`"event":"`)), []byte{'"'})
	return at, string(word)
}

// Record answers what was read. ok is false when the site never had the engagement.
func (r *Reader) Record() (record Record, ok bool) {
	record = r.story.head()
	record.Entries, record.More = r.page.Entries, r.page.More
	return record, record.Engagement != 0
}
