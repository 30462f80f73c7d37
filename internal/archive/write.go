package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"usher/internal/record"
	"usher/internal/site"
)

// errMoved: somebody else has followed the site meanwhile.
var errMoved = errors.New("another follower has moved the site")

// entryRow is an entry as it stands in the tables.
type entryRow struct {
	id         int64
	site       int64
	engagement site.EngagementID
	number     int64
	at         site.Time
	kind       record.Kind
	entry      []byte   // JSON
	words      []string // by which it is found
}

const (
	// perEvent is how many entries one event may add; positionBits is room for the
	// positions of a site with that, and what is left of 63 bits for sites.
	perEvent     = 8
	positionBits = 44
	maxSites     = 1 << (63 - positionBits)
)

// entryID makes an entry's id of its site, its event's position and a count of those of
// one event. It is the same whenever the event is followed, newer entries of a site have
// higher ones, and those of a site are a range.
func entryID(site, position int64, n int) int64 {
	return site<<positionBits | position*perEvent + int64(n)
}

// stretch is what some events, one after the other, change in the tables.
type stretch struct {
	from, to int64 // positions: of the first event, and after the last
	mark     int64 // of the last frame
	names    []byte
	keep     *kept
	hours    [][2]int64 // Unix hours, and the position where each begins
	entries  []entryRow
	chats    map[site.EngagementID]*facts
	states   map[site.EngagementID][]byte // nil: nothing more will come
}

// kept is how long a site's settings have things kept, and within how long a visitor is
// to be answered: in seconds.
type kept struct{ archive, journal, goal int64 }

func keptBy(n site.Settings) *kept {
	return &kept{int64(n.KeepArchive().Seconds()), int64(n.KeepJournal().Seconds()), int64(cmp.Or(n.GoalSeconds, site.DefaultGoalSeconds))}
}

// known is what the tables have of a site.
type known struct {
	no       int64
	position int64
	mark     int64
	names    []byte
	kept     kept
	gap      Gap
}

// find reads a site's row.
func find(ctx context.Context, c conn, name string) (k known, found bool, err error) {
	var names string
	found, err = one(ctx, c, `SELECT no, position, mark, names, keep_archive, keep_journal, goal, gap_from, gap_to FROM archive_sites WHERE name = $1`, []any{name},
		&k.no, &k.position, &k.mark, &names, &k.kept.archive, &k.kept.journal, &k.kept.goal, &k.gap.From, &k.gap.To)
	if names != "" {
		k.names = []byte(names)
	}
	return k, found, err
}

// enter reads a site's row, and makes it when there is none. It looks first: in
// PostgreSQL an insert takes a number also when it makes no row.
func (s *Store) enter(ctx context.Context, name string) (k known, err error) {
	found := false
	err = s.view(ctx, func(c conn) (err error) {
		k, found, err = find(ctx, c, name)
		return err
	})
	if err == nil && !found {
		err = s.write(ctx, func(c conn) error {
			if _, err := c.exec(ctx, `INSERT INTO archive_sites (name) VALUES ($1) ON CONFLICT DO NOTHING`, name); err != nil {
				return err
			}
			if k, _, err = find(ctx, c, name); err == nil && k.no >= maxSites {
				err = fmt.Errorf("the archive has had %d sites, which is the most it may have", k.no)
			}
			return err
		})
	}
	if err != nil {
		return known{}, fmt.Errorf("find site %s in the archive: %w", name, err)
	}
	return k, nil
}

// apply writes a stretch and the new position, if the site is still where the stretch
// begins: else errMoved.
func (s *Store) apply(ctx context.Context, no int64, x *stretch) error {
	return s.write(ctx, func(c conn) error {
		n, err := c.exec(ctx, `UPDATE archive_sites SET position = $3, mark = $4 WHERE no = $1 AND position = $2`, no, x.from, x.to, x.mark)
		if err != nil {
			return err
		}
		if n == 0 {
			return errMoved
		}
		return s.put(ctx, c, no, x, nil)
	})
}

// put writes what a stretch adds, but for engagements that were erased. Entries that are
// there and are made anew are stale until then.
func (s *Store) put(ctx context.Context, c conn, no int64, x *stretch, stale map[int64]bool) error {
	if x.names != nil {
		if _, err := c.exec(ctx, `UPDATE archive_sites SET names = $2 WHERE no = $1`, no, string(x.names)); err != nil {
			return err
		}
	}
	if x.keep != nil {
		_, err := c.exec(ctx, `UPDATE archive_sites SET keep_archive = $2, keep_journal = $3, goal = $4 WHERE no = $1`, no, x.keep.archive, x.keep.journal, x.keep.goal)
		if err != nil {
			return err
		}
	}
	var hours [][]any
	for _, h := range x.hours {
		hours = append(hours, []any{no, h[0], h[1]})
	}
	if err := c.many(ctx, `INSERT INTO archive_hours (site, hour, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, hours); err != nil {
		return err
	}
	if err := x.spare(ctx, c, no); err != nil {
		return err
	}
	if len(stale) > 0 {
		if err := s.renew(ctx, c, no, x, stale); err != nil {
			return err
		}
	}
	if err := s.putEntries(ctx, c, x.entries); err != nil {
		return err
	}
	if err := x.putStates(ctx, c, no); err != nil {
		return err
	}
	return x.putChats(ctx, c, no)
}

// spare takes the engagements out of a stretch that somebody had erased.
func (x *stretch) spare(ctx context.Context, c conn, no int64) error {
	if len(x.states) == 0 {
		return nil
	}
	least, most := site.EngagementID(1<<62), site.EngagementID(0)
	for id := range x.states {
		least, most = min(least, id), max(most, id)
	}
	erased, err := list[int64](ctx, c, `SELECT engagement FROM archive_erased WHERE site = $1 AND engagement >= $2 AND engagement <= $3`, no, int64(least), int64(most))
	if err != nil {
		return err
	}
	for _, n := range erased {
		id := site.EngagementID(n)
		delete(x.states, id)
		delete(x.chats, id)
		x.entries = slices.DeleteFunc(x.entries, func(r entryRow) bool { return r.engagement == id })
	}
	return nil
}

func (x *stretch) putStates(ctx context.Context, c conn, no int64) error {
	var live, over [][]any
	for id, state := range x.states {
		if state == nil {
			over = append(over, []any{no, int64(id)})
		} else {
			live = append(live, []any{no, int64(id), string(state)})
		}
	}
	err := c.many(ctx, `INSERT INTO archive_live (site, engagement, state) VALUES ($1, $2, $3) ON CONFLICT (site, engagement) DO UPDATE SET state = excluded.state`, live)
	if err != nil {
		return err
	}
	return c.many(ctx, `DELETE FROM archive_live WHERE site = $1 AND engagement = $2`, over)
}

const putEngagement = `INSERT INTO archive_engagements (site, engagement, first_event, client, visitor, email, contact, queue, queue_name,
		requested, offered, accepted, answered, ended, released, handled, cause, stars, visitor_posts, agent_posts, blocked, offers, declined, expired,
		transfers, conferees, leads, abandoned, apart, question, result)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)
	ON CONFLICT (site, engagement) DO UPDATE SET visitor = excluded.visitor, email = excluded.email, contact = excluded.contact, queue = excluded.queue,
		queue_name = excluded.queue_name, offered = excluded.offered, accepted = excluded.accepted, answered = excluded.answered, ended = excluded.ended,
		released = excluded.released, handled = excluded.handled, cause = excluded.cause, stars = excluded.stars, visitor_posts = excluded.visitor_posts,
		agent_posts = excluded.agent_posts, blocked = excluded.blocked, offers = excluded.offers, declined = excluded.declined, expired = excluded.expired,
		transfers = excluded.transfers, conferees = excluded.conferees, leads = excluded.leads, abandoned = excluded.abandoned, apart = excluded.apart,
		result = excluded.result`

// putChats writes what is known of the engagements that a stretch touched.
func (x *stretch) putChats(ctx context.Context, c conn, no int64) error {
	var rows, leads, offers, words, files [][]any
	for id, f := range x.chats {
		h, e, stars := f.head, int64(id), 0
		if f.Rating != nil {
			stars = f.Rating.Stars
		}
		rows = append(rows, []any{
			no, e, f.FirstEvent, int64(h.Visitor.Client), clean(h.Visitor.Name), clean(f.Email), f.Contact, int64(h.Queue.ID), clean(h.Queue.Name),
			int64(h.StartedAt), int64(f.Offered), int64(f.Accepted), int64(f.Answered), int64(h.EndedAt), int64(f.Released), f.handled(), f.Cause, int64(stars),
			int64(f.VisitorPosts), int64(f.AgentPosts), int64(f.Blocked), int64(f.Offers), int64(f.Declined), int64(f.Expired), int64(f.Transfers),
			int64(f.Conferees), int64(len(f.Leads)), number(f.abandoned()), number(f.Apart), clean(f.Question), clean(f.Result),
		})
		if f.led {
			for i, l := range f.Leads {
				leads = append(leads, []any{no, e, int64(i + 1), int64(l.Account.Account), clean(l.Account.Name), int64(l.Since), int64(l.Until)})
			}
		}
		put := func(o offer) {
			offers = append(offers, []any{
				no, e, int64(o.N), int64(o.Who.Account), clean(o.Who.Name), int64(o.Queue.ID), clean(o.Queue.Name), string(o.Type), int64(o.At), o.outcome, o.took,
			})
		}
		for _, o := range f.answered {
			put(o)
		}
		if f.asking {
			for _, o := range f.Asked {
				put(o)
			}
		}
		for _, key := range f.known {
			words = append(words, []any{no, key, e})
		}
		for _, file := range f.files {
			files = append(files, []any{no, e, file})
		}
	}
	for query, all := range map[string][][]any{
		putEngagement: rows,
		`INSERT INTO archive_leads (site, engagement, n, account, name, since, until) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (site, engagement, n) DO UPDATE SET until = excluded.until`: leads,
		`INSERT INTO archive_offers (site, engagement, n, account, name, queue, queue_name, type, at, outcome, took)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (site, engagement, n) DO UPDATE SET outcome = excluded.outcome, took = excluded.took`: offers,
		`INSERT INTO archive_known (site, key, engagement) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`: words,
		`INSERT INTO archive_files (site, engagement, id, doomed) VALUES ($1, $2, $3, 0)
			ON CONFLICT (site, engagement, id) DO UPDATE SET doomed = 0`: files,
	} {
		if err := c.many(ctx, query, all); err != nil {
			return err
		}
	}
	return nil
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// drop deletes all rows of an engagement, and dooms its files. It answers how many
// entries there were.
func (s *Store) drop(ctx context.Context, c conn, no int64, id site.EngagementID) (int64, error) {
	n, err := s.dropEntries(ctx, c, `site = $1 AND engagement = $2`, no, int64(id))
	if err != nil {
		return 0, err
	}
	return n, dropFacts(ctx, c, no, id)
}

// dropFacts deletes all rows of an engagement but its entries, and dooms its files.
func dropFacts(ctx context.Context, c conn, no int64, id site.EngagementID) error {
	for _, table := range []string{"archive_live", "archive_engagements", "archive_leads", "archive_offers", "archive_known"} {
		if _, err := c.exec(ctx, `DELETE FROM `+table+` WHERE site = $1 AND engagement = $2`, no, int64(id)); err != nil {
			return err
		}
	}
	_, err := c.exec(ctx, `UPDATE archive_files SET doomed = 1 WHERE site = $1 AND engagement = $2`, no, int64(id))
	return err
}
