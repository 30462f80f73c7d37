package archive

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"usher/api"
	"usher/internal/site"
)

// By is what the rows of a report stand for.
type By string

// The kinds of reports.
const (
	ByDay   By = "day"   // a day of the calendar
	ByHour  By = "hour"  // an hour of a day
	ByQueue By = "queue" // a queue
	ByAgent By = "agent" // an account
)

const (
	// MaxReport bounds the time that a report is about: each of its engagements is read.
	MaxReport = 400 * 24 * time.Hour
	// MaxHours bounds that of a report by hours.
	MaxHours = 35 * 24 * time.Hour
)

// Spread is how some times are spread. Median and P90 are times that were measured: at
// least half, or nine in ten, took no longer.
type Spread struct {
	Count             int
	Mean, Median, P90 time.Duration
}

// Row is a row of a report. Offers and what came of them count where the offer was made,
// and to whom; all else where the engagement was requested, or for ByAgent where the
// agent began to lead it.
type Row struct {
	// Key is the day as 2026-03-29, the hour as 2026-03-29T02:00+01:00 (where it
	// comes twice a day, it has two rows), or the number of the queue or account.
	Key string
	// ID and Name are the queue's or the account's, as it was called last.
	ID   int64
	Name string
	// Offered counts who was asked to take an engagement, by routing or a transfer.
	// Accepted, Declined and Expired (unanswered) are what came of it; the others
	// were withdrawn, or are open.
	Offered, Accepted, Declined, Expired int
	// Engagements counts those that were requested; for ByAgent those that the agent
	// led, each once. Abandoned are those that ended before anybody took them.
	Engagements, Abandoned int
	// InTime counts those to which an agent first wrote within the site's goal, Unanswered
	// those that ended before any agent wrote; for ByAgent the agent who did, and the last
	// lead.
	InTime, Unanswered int
	// Wait is from the request until somebody led it. FirstAnswer is from the request
	// until an agent first wrote to the visitor; ByAgent has it for the agent who did.
	// Handling is how long it was led, ByAgent: by this agent, once for each time.
	// WrapUp is from the end to the release; ByAgent has it, and the rating and what
	// was held back as spam, for the last lead.
	Wait, FirstAnswer, Handling, WrapUp Spread
	// Rating is the mean of the stars of Ratings ratings.
	Ratings int
	Rating  float64
	Blocked int // posts that were held back as spam
}

// InTimePercent is how many percent, with one decimal, of those that were answered or
// ended without an answer were answered in time. known is false when there are none.
func (r *Row) InTimePercent() (percent float64, known bool) {
	return InTimePercent(r.InTime, r.FirstAnswer.Count, r.Unanswered)
}

// InTimePercent is a row's, of its counts: answered are those with a first answer.
func InTimePercent(inTime, answered, unanswered int) (percent float64, known bool) {
	all := answered + unanswered
	if all == 0 {
		return 0, false
	}
	return math.Round(1000*float64(inTime)/float64(all)) / 10, true
}

// Report is a report on a site.
type Report struct {
	// Position is how many of the site's events it is made of.
	Position int64
	// Goal is within how long the site wants its visitors to be answered, now.
	Goal time.Duration
	Rows []Row
}

// Report answers a report about the time from from to before to, its days and hours
// being those of a location, in the order of their keys. Rows without anything are left
// out. The error wraps ErrInvalid for a kind that there is not, or a time that is too
// long or runs backwards.
func (w *Worker) Report(ctx context.Context, name string, by By, from, to time.Time, l *time.Location) (Report, error) {
	longest := MaxReport
	switch by {
	case ByHour:
		longest = MaxHours
	case ByDay, ByQueue, ByAgent:
	default:
		return Report{}, fmt.Errorf("%w: by is %.40q: expected day, hour, queue or agent", ErrInvalid, by)
	}
	if d := to.Sub(from); d < 0 || d > longest {
		return Report{}, fmt.Errorf("%w: from %s to %s: expected at most %d days, forwards", ErrInvalid, from.Format(time.RFC3339), to.Format(time.RFC3339), longest/(24*time.Hour))
	}
	r := Report{Goal: site.DefaultGoalSeconds * time.Second}
	t := table{by: by, location: l, rows: map[string]*row{}}
	err := w.store.view(ctx, func(c conn) error {
		k, found, err := find(ctx, c, name)
		if err != nil || !found {
			return err
		}
		r.Position, r.Goal = k.position, time.Duration(k.kept.goal)*time.Second
		t.goal = r.Goal
		span := []any{k.no, from.UnixMicro(), to.UnixMicro()}
		if err := t.readOffers(ctx, c, span); err != nil {
			return err
		}
		if by == ByAgent {
			return t.readLeads(ctx, c, span)
		}
		return t.readEngagements(ctx, c, span)
	})
	if err != nil {
		return Report{}, fmt.Errorf("report on site %s: %w", name, err)
	}
	r.Rows = t.finish()
	return r, nil
}

// table is a report that is being made.
type table struct {
	by       By
	location *time.Location
	goal     time.Duration
	rows     map[string]*row
}

// row is a Row that is being made.
type row struct {
	Row
	named                             int64 // when it had its name
	wait, firstAnswer, handle, wrapUp []time.Duration
	stars                             int
}

// row finds the row of a time, a queue or an account.
func (t *table) row(at, id int64, name string) *row {
	key := strconv.FormatInt(id, 10)
	switch when := site.Time(at).Std().In(t.location); t.by {
	case ByDay:
		key, id, name = when.Format(time.DateOnly), 0, ""
	case ByHour:
		key, id, name = when.Format("2006-01-02T15:00Z07:00"), 0, ""
	}
	r := t.rows[key]
	if r == nil {
		r = &row{Row: Row{Key: key, ID: id}}
		t.rows[key] = r
	}
	if name != "" && at >= r.named {
		r.Name, r.named = name, at
	}
	return r
}

func (t *table) readOffers(ctx context.Context, c conn, span []any) error {
	return c.each(ctx, `SELECT at, queue, queue_name, account, name, outcome FROM archive_offers
		WHERE site = $1 AND at >= $2 AND at < $3 AND type IN ('`+string(api.AssignmentLead)+`', '`+string(api.AssignmentTransfer)+`')`, span, func(scan func(...any) error) error {
		var at, queue, account int64
		var queueName, name, outcome string
		if err := scan(&at, &queue, &queueName, &account, &name, &outcome); err != nil {
			return err
		}
		if t.by == ByAgent {
			queue, queueName = account, name
		}
		r := t.row(at, queue, queueName)
		r.Offered++
		switch outcome {
		case accepted:
			r.Accepted++
		case string(site.Declined):
			r.Declined++
		case string(site.Expired), string(site.Absent):
			r.Expired++
		}
		return nil
	})
}

func (t *table) readEngagements(ctx context.Context, c conn, span []any) error {
	return c.each(ctx, `SELECT requested, queue, queue_name, accepted, answered, ended, released, handled, stars, blocked, abandoned FROM archive_engagements
		WHERE site = $1 AND requested >= $2 AND requested < $3`, span, func(scan func(...any) error) error {
		var requested, queue, taken, answered, ended, released, handled, stars, blocked, abandoned int64
		var name string
		if err := scan(&requested, &queue, &name, &taken, &answered, &ended, &released, &handled, &stars, &blocked, &abandoned); err != nil {
			return err
		}
		r := t.row(requested, queue, name)
		r.Engagements++
		r.Abandoned += int(abandoned)
		r.wait = since(r.wait, requested, taken)
		r.firstAnswer = since(r.firstAnswer, requested, answered)
		r.inTime(requested, answered, t.goal)
		r.Unanswered += int(number(answered == 0 && ended > 0))
		if taken > 0 && ended > 0 {
			r.handle = append(r.handle, micros(handled))
		}
		r.last(ended, released, stars, blocked)
		return nil
	})
}

func (t *table) readLeads(ctx context.Context, c conn, span []any) error {
	type chat struct{ account, engagement int64 }
	counted := map[chat]bool{}
	return c.each(ctx, `SELECT l.engagement, l.n, l.account, l.name, l.since, l.until, g.requested, g.answered, g.ended, g.released, g.stars, g.blocked, g.leads
		FROM archive_leads l JOIN archive_engagements g ON g.site = l.site AND g.engagement = l.engagement
		WHERE l.site = $1 AND l.since >= $2 AND l.since < $3`, span, func(scan func(...any) error) error {
		var id, n, account, from, until, requested, answered, ended, released, stars, blocked, leads int64
		var name string
		if err := scan(&id, &n, &account, &name, &from, &until, &requested, &answered, &ended, &released, &stars, &blocked, &leads); err != nil {
			return err
		}
		r := t.row(from, account, name)
		if key := (chat{account, id}); !counted[key] {
			counted[key] = true
			r.Engagements++
		}
		if n == 1 {
			r.wait = since(r.wait, requested, from)
		}
		if answered >= from && (until == 0 || answered < until) {
			r.firstAnswer = since(r.firstAnswer, requested, answered)
			r.inTime(requested, answered, t.goal)
		}
		r.handle = since(r.handle, from, until)
		if n == leads {
			r.Unanswered += int(number(answered == 0 && ended > 0))
			r.last(ended, released, stars, blocked)
		}
		return nil
	})
}

// inTime counts an answer that came within the goal.
func (r *row) inTime(requested, answered int64, goal time.Duration) {
	if answered > 0 && micros(answered-requested) <= goal {
		r.InTime++
	}
}

// last adds what there is when an engagement is over.
func (r *row) last(ended, released, stars, blocked int64) {
	r.wrapUp = since(r.wrapUp, ended, released)
	if stars > 0 {
		r.Ratings++
		r.stars += int(stars)
	}
	r.Blocked += int(blocked)
}

// since appends the time between two moments, unless one of them never was.
func since(all []time.Duration, from, to int64) []time.Duration {
	if from == 0 || to == 0 {
		return all
	}
	return append(all, micros(to-from))
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// spread answers how times are spread; it orders them.
func spread(all []time.Duration) Spread {
	if len(all) == 0 {
		return Spread{}
	}
	slices.Sort(all)
	var sum time.Duration
	for _, d := range all {
		sum += d
	}
	n := len(all)
	at := func(percent int) time.Duration { return all[(n*percent+99)/100-1] }
	return Spread{Count: n, Mean: sum / time.Duration(n), Median: at(50), P90: at(90)}
}

func (t *table) finish() []Row {
	type keyed struct {
		at int64
		Row
	}
	var all []keyed
	for _, r := range t.rows {
		r.Wait, r.FirstAnswer, r.Handling, r.WrapUp = spread(r.wait), spread(r.firstAnswer), spread(r.handle), spread(r.wrapUp)
		if r.Ratings > 0 {
			r.Rating = float64(r.stars) / float64(r.Ratings)
		}
		k := keyed{Row: r.Row, at: r.ID}
		if t.by == ByHour { // 02:00+02:00 is before 02:00+01:00
			if when, err := time.Parse("2006-01-02T15:04Z07:00", r.Key); err == nil {
				k.at = when.Unix()
			}
		}
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b keyed) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.Key, b.Key)) })
	rows := make([]Row, len(all))
	for i, k := range all {
		rows[i] = k.Row
	}
	return rows
}
