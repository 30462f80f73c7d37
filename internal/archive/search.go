package archive

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"usher/internal/record"
	"usher/internal/site"
)

// MaxHits bounds the hits of one page; defaultHits is its length when none is given.
const (
	MaxHits     = 200
	defaultHits = 50
)

// Query says what to search for. What is not set does not restrict.
type Query struct {
	// Text is words in any form: all of them stand in each hit, and the last one may
	// be the beginning of a word. Without any word, everything that can be found is a
	// hit.
	Text string
	// From and To bound the time of what was said: From is in, To is not. 0: no bound.
	From, To site.Time
	// Queue and Account are those in whose engagements it was said: the queue that it
	// waited in last, an account that led it.
	Queue   site.QueueID
	Account site.AccountID
	// Visitor is a whole e-mail address, contact id or name, in upper or lower case, by
	// which the visitor was ever known in the engagement.
	Visitor string
	// Reach is what the reader may read; nil: everything.
	Reach *Reach
	// After is the Cursor of the last hit that is known already.
	After int64
	// Limit is how many hits to answer: 1 to MaxHits, 0 for 50.
	Limit int
}

// Hit is something that was said.
type Hit struct {
	Engagement site.EngagementID
	// Entry is what was said, and Visitor and Queue the engagement's, as they were last.
	Entry   record.Entry
	Visitor string
	Queue   record.Queue
	// StartedAt is when the engagement was requested.
	StartedAt site.Time
	// Snippet is what was said around the words that were searched for.
	Snippet []Piece
	Cursor  int64
}

// Hits are a page of hits.
type Hits struct {
	Hits []Hit
	More bool // there are older ones
}

// Search answers what was said and is like a query, newest first: posts of people and
// notes, what agents noted at the end, names of files, comments of ratings, and names of visitors where they came or
// were named anew. What was off the record or held back is found by nothing. Whatever
// Text is, it is no mistake. It searches what was followed; a moment passes until
// something is found that is said.
func (w *Worker) Search(ctx context.Context, name string, q Query) (Hits, error) {
	switch {
	case q.Limit < 0 || q.Limit > MaxHits:
		return Hits{}, fmt.Errorf("%w: limit is %d: expected 1 to %d", ErrInvalid, q.Limit, MaxHits)
	case q.After < 0:
		return Hits{}, fmt.Errorf("%w: after is %d: expected the cursor of a hit", ErrInvalid, q.After)
	case q.Limit == 0:
		q.Limit = defaultHits
	}
	var hits Hits
	err := w.store.view(ctx, func(c conn) error {
		k, found, err := find(ctx, c, name)
		if err != nil || !found {
			return err
		}
		hits, err = w.store.search(ctx, c, k.no, q)
		return err
	})
	if err != nil {
		return Hits{}, fmt.Errorf("search the archive of site %s: %w", name, err)
	}
	return hits, nil
}

// statement puts a query together.
type statement struct {
	where []string
	args  []any
}

// add adds a condition; each ? in it is one of the arguments.
func (s *statement) add(condition string, args ...any) {
	for _, a := range args {
		s.args = append(s.args, a)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(s.args)), 1)
	}
	s.where = append(s.where, condition)
}

// search reads pages until it has as many hits as are wanted that the reader may read.
func (s *Store) search(ctx context.Context, c conn, no int64, q Query) (hits Hits, err error) {
	for {
		page, err := s.page(ctx, c, no, q)
		if err != nil {
			return Hits{}, err
		}
		for _, h := range page.Hits {
			if q.Reach.Hides(&h.Entry) {
				continue
			}
			if hits.More = len(hits.Hits) == q.Limit; hits.More {
				return hits, nil
			}
			hits.Hits = append(hits.Hits, h)
		}
		if !page.More || len(hits.Hits) == q.Limit {
			hits.More = page.More
			return hits, nil
		}
		q.After = page.Hits[len(page.Hits)-1].Cursor
	}
}

// page answers the next hits, also those that the reader may not read.
func (s *Store) page(ctx context.Context, c conn, no int64, q Query) (hits Hits, err error) {
	t := parse(q.Text)
	from, id := `archive_entries e`, `e.id`
	var st statement
	switch {
	case q.Visitor != "": // one visitor's are few: they are read, and their words looked at
		st.add(`e.site = ? AND e.said = 1`, no)
		known := append(keys(q.Visitor, 0, q.Visitor), "contact "+strings.TrimSpace(clean(q.Visitor)))
		args := []any{no}
		for _, key := range known {
			args = append(args, key)
		}
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(known)), ", ")
		st.add(`e.engagement IN (SELECT engagement FROM archive_known WHERE site = ? AND key IN (`+marks+`))`, args...)
	case t.last != "":
		var where string
		var arg any
		from, id, where, arg = s.match(t)
		st.where, st.args = []string{where}, []any{arg}
	default:
		st.add(`e.said = 1`)
	}
	least, most := entryID(no, 0, 0), entryID(no+1, 0, 0)
	if q.After > 0 {
		most = min(most, entryID(no, 0, 0)+q.After)
	}
	if q.From > 0 {
		var position int64
		_, err := one(ctx, c, `SELECT coalesce(max(position), 0) FROM archive_hours WHERE site = $1 AND hour <= $2`, []any{no, int64(q.From) / 3_600_000_000}, &position)
		if err != nil {
			return Hits{}, err
		}
		least = entryID(no, position, 0)
		st.add(`e.at >= ?`, int64(q.From))
	}
	if q.To > 0 {
		st.add(`e.at < ?`, int64(q.To))
	}
	st.add(id+` >= ? AND `+id+` < ?`, least, most)
	if q.Queue != 0 {
		st.add(`g.queue = ?`, int64(q.Queue))
	}
	if q.Account != 0 {
		st.add(`EXISTS (SELECT 1 FROM archive_leads l WHERE l.site = e.site AND l.engagement = e.engagement AND l.account = ?)`, int64(q.Account))
	}
	q.Reach.bound(&st)
	query := `SELECT e.id, e.engagement, g.visitor, g.queue, g.queue_name, g.requested, e.entry FROM ` + from +
		` JOIN archive_engagements g ON g.site = e.site AND g.engagement = e.engagement WHERE ` + strings.Join(st.where, ` AND `) +
		` ORDER BY ` + id + ` DESC`
	if q.Visitor == "" {
		query += ` LIMIT ` + strconv.Itoa(q.Limit+1)
	}
	err = c.each(ctx, query, st.args, func(scan func(...any) error) error {
		var h Hit
		var row, queue, engagement, requested int64
		if h.Entry, err = scanEntry(scan, &row, &engagement, &h.Visitor, &queue, &h.Queue.Name, &requested); err != nil {
			return err
		}
		text := said(&h.Entry)
		if q.Visitor != "" && !t.in(words(text)) {
			return nil
		}
		if hits.More = len(hits.Hits) == q.Limit; hits.More {
			return errEnough
		}
		h.Engagement, h.Queue.ID, h.StartedAt, h.Cursor = site.EngagementID(engagement), site.QueueID(queue), site.Time(requested), row-entryID(no, 0, 0)
		h.Snippet = t.snippet(text)
		hits.Hits = append(hits.Hits, h)
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return hits, err
}
