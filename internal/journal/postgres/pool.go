package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"usher/internal/journal"
)

// forgottenAfter is how long a member whose lease has run out is still listed.
const forgottenAfter = time.Minute

// pool is the journal as its node shares it.
type pool struct{ j *Journal }

// Pool answers the pool of this journal, for the node with which it was opened. All
// its time is the server's.
func (j *Journal) Pool() journal.Pool { return pool{j} }

// A node's row is locked by its renewals, and shared by the claims that judge its
// lease. Both look at the clock after they have the lock, in a statement of its own:
// one that waited for the lock would have looked before. So of a renewal and a claim
// one is first, and the other sees that.
const (
	lockOwnNode = `SELECT FROM nodes WHERE incarnation = $1 FOR UPDATE`
	lockNodesOf = `SELECT FROM nodes WHERE incarnation = $2 OR incarnation = (SELECT owner FROM heads WHERE site = $1) FOR SHARE`
	lockHead    = `SELECT FROM heads WHERE site = $1 FOR UPDATE`
	leaseIsLive = `SELECT count(*) FROM nodes WHERE incarnation = $1 AND until > clock_timestamp()`
	renewLease  = `INSERT INTO nodes (incarnation, name, address, format, version, until)
		VALUES ($1, $2, $3, $4::bigint, $5, clock_timestamp() + $6::bigint * interval '1 microsecond')
		ON CONFLICT (incarnation) DO UPDATE SET name = excluded.name, address = excluded.address, format = excluded.format,
			version = excluded.version, until = excluded.until`
	// Two nodes that come back after long would each wait to delete the other.
	forgetMembers = `DELETE FROM nodes WHERE incarnation IN (SELECT incarnation FROM nodes
		WHERE until < clock_timestamp() - $1::bigint * interval '1 microsecond' FOR UPDATE SKIP LOCKED)`
	selectMembers = `SELECT incarnation, name, address, format, version, (extract(epoch FROM until - clock_timestamp()) * 1000000)::bigint
		FROM nodes ORDER BY incarnation`
	// claimSite answers a row when there is such a site: how things stand after it, and
	// what kept it from being claimed.
	claimSite = `WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS now),
		judged AS MATERIALIZED (SELECT h.site,
				NOT EXISTS (SELECT FROM nodes, clock WHERE incarnation = $2 AND until > now) AS lapsed,
				h.owner <> $2 AND EXISTS (SELECT FROM nodes, clock WHERE incarnation = h.owner AND until > now) AS owned,
				h.format > $3::bigint AS newer
			FROM heads h WHERE h.site = $1),
		claimed AS (UPDATE heads SET epoch = nextval('epochs'), owner = $2 FROM judged
			WHERE heads.site = judged.site AND NOT (lapsed OR owned OR newer) RETURNING heads.epoch, heads.owner)
		SELECT site, position, first, coalesce(c.epoch, h.epoch), coalesce(c.owner, h.owner), format, next_timer, checkpoint,
			lapsed, owned, newer FROM heads h JOIN judged USING (site) LEFT JOIN claimed c ON true`
)

// Renew gives the node a lease of d from now on. It takes two round trips: the first
// renews, the second looks at everything at one moment.
func (p pool) Renew(ctx context.Context, d time.Duration) (v journal.View, err error) {
	n := p.j.node
	err = p.j.lend(ctx, p.j.renews, shortTimeout, func(ctx context.Context, conn *pgx.Conn) error {
		renewal := &pgx.Batch{} // what is sent together is one transaction
		renewal.Queue(lockOwnNode, n.Incarnation)
		renewal.Queue(leaseIsLive, n.Incarnation).QueryRow(func(row pgx.Row) error {
			var live int
			err := row.Scan(&live)
			v.Lapsed = live == 0
			return err
		})
		renewal.Queue(renewLease, n.Incarnation, n.Name, n.Address, int64(n.Format), n.Version, d.Microseconds())
		renewal.Queue(forgetMembers, forgottenAfter.Microseconds())
		if err := conn.SendBatch(ctx, renewal).Close(); err != nil {
			return outcome(err)
		}
		look := &pgx.Batch{}
		look.Queue(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`)
		look.Queue(selectMembers).Query(func(rows pgx.Rows) (err error) {
			v.Members, err = pgx.CollectRows(rows, member)
			return err
		})
		look.Queue(`SELECT ` + headColumns + ` FROM heads ORDER BY site`).Query(func(rows pgx.Rows) (err error) {
			v.Sites, err = selectPlacements(rows, nil)
			return err
		})
		look.Queue(`COMMIT`)
		return conn.SendBatch(ctx, look).Close()
	})
	if err != nil {
		return journal.View{}, fmt.Errorf("renew the lease: %w", err)
	}
	return v, nil
}

// member reads a row of selectMembers.
func member(row pgx.CollectableRow) (m journal.Member, err error) {
	var left int64
	err = row.Scan(&m.Incarnation, &m.Name, &m.Address, &m.Format, &m.Version, &left)
	m.Left = time.Duration(left) * time.Microsecond
	return m, err
}

// Claim takes a new epoch for a site and makes this node its owner. It is sent as
// one pipeline, so that the server never holds its locks while it waits for us.
func (p pool) Claim(ctx context.Context, site string) (journal.Placement, error) {
	n := p.j.node
	var h head
	var lapsed, owned, newer bool
	err := p.j.lend(ctx, p.j.others, shortTimeout, func(ctx context.Context, conn *pgx.Conn) error {
		claim := &pgx.Batch{}
		claim.Queue(lockHead, site)
		claim.Queue(lockNodesOf, site, n.Incarnation)
		claim.Queue(claimSite, site, n.Incarnation, int64(n.Format)).QueryRow(func(row pgx.Row) error {
			return row.Scan(&h.Site, &h.Position, &h.First, &h.Epoch, &h.Owner, &h.Format, &h.NextTimer, &h.checkpoint, &lapsed, &owned, &newer)
		})
		err := conn.SendBatch(ctx, claim).Close()
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return journal.ErrNoSite
		case err != nil:
			return outcome(err)
		case lapsed:
			return journal.ErrLapsed
		case owned:
			return fmt.Errorf("%w: %s", journal.ErrOwned, h.Owner)
		case newer:
			return fmt.Errorf("%w: its events have format %d, this node knows %d", journal.ErrNewer, h.Format, n.Format)
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("claim site %s: %w", site, err)
	}
	return h.Placement, err
}

// Give hands a site on under a new epoch.
func (p pool) Give(ctx context.Context, site string, epoch int64, to string) (journal.Placement, error) {
	h, changed, err := p.j.changeHead(ctx, site, `UPDATE heads SET epoch = nextval('epochs'), owner = $4
		WHERE site = $1 AND epoch = $2::bigint AND owner = $3 RETURNING `+headColumns, epoch, p.j.node.Incarnation, to)
	if err == nil && !changed {
		err = fmt.Errorf("%w: site %s is at epoch %d, not %d, and owned by %q", journal.ErrFenced, site, h.Epoch, epoch, h.Owner)
	}
	if err != nil {
		err = fmt.Errorf("give site %s away: %w", site, err)
	}
	return h.Placement, err
}

// Leave ends the node's lease.
func (p pool) Leave(ctx context.Context) error {
	err := p.j.lend(ctx, p.j.renews, shortTimeout, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `DELETE FROM nodes WHERE incarnation = $1`, p.j.node.Incarnation)
		if err != nil {
			return outcome(err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("leave the pool: %w", err)
	}
	return nil
}
