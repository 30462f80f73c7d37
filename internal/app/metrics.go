package app

import (
	"context"
	"os"
	"path/filepath"

	"usher/internal/archive"
	"usher/internal/cluster"
	"usher/internal/journal"
	"usher/internal/metrics"
)

// measure lets the metrics look at what the process is made of.
func (a *App) measure(node *cluster.Node, read *archive.Worker) {
	node.Measure(a.metrics)
	a.metrics.WatchArchive(func() (all []metrics.Following) {
		for _, s := range read.States() {
			all = append(all, metrics.Following{Site: s.Site, Behind: s.Behind, Stopped: s.Stopped != nil, Failing: s.Failing != nil})
		}
		return all
	})
	var size func() (int64, bool)
	if a.options.Database == "" {
		size = a.databaseSize
	}
	a.metrics.WatchDisk(a.options.Data, size)
}

// databaseSize answers how many bytes the embedded database's files have.
func (a *App) databaseSize() (all int64, ok bool) {
	for _, name := range []string{"usher.db", "usher.db-wal"} {
		if f, err := os.Stat(filepath.Join(a.options.Data, name)); err == nil {
			all, ok = all+f.Size(), true
		}
	}
	return all, ok
}

// trimmed is a journal that tells the metrics of its trims.
type trimmed struct {
	journal.Journal
	metrics *metrics.Metrics
}

// Trim implements journal.Journal.
func (j trimmed) Trim(ctx context.Context, site string, before int64) (journal.Head, error) {
	head, err := j.Journal.Trim(ctx, site, before)
	if ctx.Err() == nil { // or it was the process that stopped
		j.metrics.Trimmed(site, err)
	}
	return head, err
}
