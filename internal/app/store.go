package app

import (
	"context"
	"errors"
	"net/url"
	"os"

	"usher/internal/archive"
	"usher/internal/auth"
	"usher/internal/blob"
	"usher/internal/cluster"
	"usher/internal/host"
	"usher/internal/journal"
	"usher/internal/journal/postgres"
	"usher/internal/journal/sqlite"
	"usher/internal/rest"
	"usher/internal/site"
)

// openStore opens the embedded database, or the one that nodes share.
func (a *App) openStore(ctx context.Context) error {
	if a.options.Database == "" {
		j, err := sqlite.Open(ctx, a.options.Data, sqlite.Options{Fault: a.options.fault})
		if err != nil {
			return explainOpen(err)
		}
		a.keep(j)
		a.embedded = j
		store, err := archive.OpenSQLite(ctx, a.options.Data, archive.Options{})
		return a.keepArchive(store, err)
	}
	j, err := postgres.Open(ctx, a.options.Database, postgres.Options{Node: a.node})
	if err != nil {
		return explainOpen(err)
	}
	a.keep(j)
	a.pool = j.Pool()
	store, err := archive.OpenPostgres(ctx, a.options.Database, archive.Options{})
	return a.keepArchive(store, err)
}

func (a *App) keepArchive(s *archive.Store, err error) error {
	if err != nil {
		return explainOpen(err)
	}
	a.archive = s
	a.onStop("archive", func(context.Context) error { return s.Close() })
	return nil
}

func (a *App) keep(j journal.Journal) {
	a.journal = j
	a.onStop("journal", func(context.Context) error { return j.Close() })
}

// explainOpen makes a usage error of a store that must not be opened.
func explainOpen(err error) error {
	for _, known := range []error{journal.ErrLocked, journal.ErrNewer, journal.ErrCorrupt, journal.ErrUnfit, archive.ErrNewer, archive.ErrDamaged, blob.ErrNewer, os.ErrPermission} {
		if errors.Is(err, known) {
			return usage("%v", err)
		}
	}
	return err
}

// store says where the data is, for people; it holds no password.
func (a *App) store() string {
	if a.options.Database == "" {
		return a.options.Data
	}
	u, err := url.Parse(a.options.Database)
	if err != nil {
		return "postgres"
	}
	return u.Scheme + "://" + u.Host + u.Path // a password may stand before the host, or in the query
}

// join answers this node and the host that runs its sites.
func (a *App) join(ctx context.Context, keys *auth.Keyring) (*cluster.Node, *host.Host, error) {
	location := rest.Location(a.url, a.options.Pool)
	if a.pool != nil && a.options.public == nil {
		location = site.Location{} // each node has an address of its own, and all serve the site
	}
	if a.pool == nil {
		h, err := host.New(ctx, a.journal, location, a.log)
		if err != nil {
			return nil, nil, err
		}
		h.Measure(a.metrics)
		return cluster.Single(a.options.Node, h), h, nil
	}
	if _, err := keys.PoolKey(ctx); err != nil { // it must be at hand when the database is not
		return nil, nil, err
	}
	node := cluster.NewNode(cluster.Options{
		Self: a.node, Lease: a.options.Lease, Journal: a.journal, Pool: a.pool, Transport: cluster.NewTransport(a.trusts()),
		Pass: func(ctx context.Context) (string, error) { return keys.SignPass(ctx, auth.Pass{Node: a.node.Address}) }, Metrics: a.metrics, Log: a.log,
	})
	h := host.NewPooled(a.journal, location, node.ForHost(), a.log)
	h.Measure(a.metrics)
	return node, h, node.Join(ctx, h)
}
