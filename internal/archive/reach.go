package archive

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"usher/internal/record"
	"usher/internal/site"
)

// Reach is what an agent may read of what is over: the engagements that waited last in a
// queue that it serves, and those in which it took part. nil reaches everything.
type Reach struct {
	Account site.AccountID
	// Queues are those that it serves; with AllQueues it serves all but Except.
	Queues, Except []site.QueueID
	AllQueues      bool
}

// bound adds to a statement what it may read of the engagements g.
func (r *Reach) bound(st *statement) {
	if r == nil {
		return
	}
	some := []string{
		`EXISTS (SELECT 1 FROM archive_leads rl WHERE rl.site = g.site AND rl.engagement = g.engagement AND rl.account = ?)`,
		`EXISTS (SELECT 1 FROM archive_offers ro WHERE ro.site = g.site AND ro.engagement = g.engagement AND ro.account = ? AND ro.outcome = '` + accepted + `')`,
	}
	args := []any{int64(r.Account), int64(r.Account)}
	in := func(condition string, queues []site.QueueID) {
		some = append(some, condition+` (`+strings.TrimSuffix(strings.Repeat("?, ", len(queues)), ", ")+`)`)
		for _, q := range queues {
			args = append(args, int64(q))
		}
	}
	switch {
	case r.AllQueues && len(r.Except) == 0:
		return
	case r.AllQueues:
		in(`g.queue NOT IN`, r.Except)
	case len(r.Queues) > 0:
		in(`g.queue IN`, r.Queues)
	}
	st.add(`(`+strings.Join(some, ` OR `)+`)`, args...)
}

// Hides reports whether an entry was for one other agent, or said by another one to one.
func (r *Reach) Hides(e *record.Entry) bool {
	if r == nil || e.Post == nil {
		return false
	}
	to := e.Post.Only.Account
	return to != 0 && to != r.Account && e.Who.Account != r.Account
}

// Reaches reports whether an engagement that the archive has is in reach.
func (w *Worker) Reaches(ctx context.Context, name string, id site.EngagementID, r *Reach) (found bool, err error) {
	err = w.store.view(ctx, func(c conn) error {
		k, known, err := find(ctx, c, name)
		if err != nil || !known {
			return err
		}
		var st statement
		st.add(`g.site = ?`, k.no)
		st.add(`g.engagement = ?`, int64(id))
		r.bound(&st)
		var n int64
		found, err = one(ctx, c, `SELECT g.engagement FROM archive_engagements g WHERE `+strings.Join(st.where, ` AND `), st.args, &n)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look for engagement %d of site %s: %w", id, name, err)
	}
	return found, nil
}

// MaxEarlier bounds the earlier engagements of a visitor that are told.
const MaxEarlier = 10

// Known is by what a visitor is known.
type Known struct {
	Identity  string // by which the site's back end knows it
	Email     string // in upper or lower case
	ContactID int64
}

// Chat is an engagement in a few words.
type Chat struct {
	Engagement       site.EngagementID
	StartedAt        site.Time
	EndedAt          site.Time // 0 while it goes on
	Queue            record.Queue
	Question, Result string
	Agent            string // who led it last
}

// Earlier answers the newest engagements before a given one of whose visitor the same
// identity, e-mail address or contact id was ever known, newest first: at most MaxEarlier,
// and those alone that are in reach. It tells of what was followed.
func (w *Worker) Earlier(ctx context.Context, name string, before site.EngagementID, k Known, r *Reach) (all []Chat, err error) {
	words := keys(k.Email, k.ContactID, "")
	if k.Identity != "" {
		words = append(words, identityKey(k.Identity))
	}
	if len(words) == 0 {
		return nil, nil
	}
	err = w.store.view(ctx, func(c conn) error {
		x, found, err := find(ctx, c, name)
		if err != nil || !found {
			return err
		}
		var st statement
		st.add(`g.site = ?`, x.no)
		st.add(`g.engagement < ?`, int64(before))
		st.add(`g.engagement IN (SELECT engagement FROM archive_known WHERE site = ? AND key IN (`+strings.TrimSuffix(strings.Repeat("?, ", len(words)), ", ")+`))`,
			slices.Concat([]any{x.no}, anys(words))...)
		r.bound(&st)
		return c.each(ctx, `SELECT g.engagement, g.requested, g.ended, g.queue, g.queue_name, g.question, g.result, coalesce((SELECT l.name FROM archive_leads l
				WHERE l.site = g.site AND l.engagement = g.engagement ORDER BY l.n DESC LIMIT 1), '')
			FROM archive_engagements g WHERE `+strings.Join(st.where, ` AND `)+fmt.Sprintf(` ORDER BY g.engagement DESC LIMIT %d`, MaxEarlier), st.args,
			func(scan func(...any) error) error {
				var id, started, ended, queue int64
				var x Chat
				if err := scan(&id, &started, &ended, &queue, &x.Queue.Name, &x.Question, &x.Result, &x.Agent); err != nil {
					return err
				}
				x.Engagement, x.StartedAt, x.EndedAt, x.Queue.ID = site.EngagementID(id), site.Time(started), site.Time(ended), site.QueueID(queue)
				all = append(all, x)
				return nil
			})
	})
	if err != nil {
		return nil, fmt.Errorf("look for earlier engagements at site %s: %w", name, err)
	}
	return all, nil
}

func anys[T any](list []T) []any {
	all := make([]any, len(list))
	for i, x := range list {
		all[i] = x
	}
	return all
}
