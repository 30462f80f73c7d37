package metrics

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// Following is how the archive follows a site.
type Following struct {
	Site    string
	Behind  int64 // events that are durable and not in the archive
	Stopped bool  // it does not go on by itself
	Failing bool  // the last try failed, and there will be another
}

type archiveMetrics struct {
	watched                  atomic.Pointer[func() []Following]
	behind, stopped, failing *prometheus.Desc
}

func (x *archiveMetrics) make(k *maker) {
	x.behind = k.looked("usher_archive_behind_events", "Events of a site that the archive does not have yet.", "site")
	x.stopped = k.looked("usher_archive_stopped", "Whether the archive has given a site up: 1 or 0.", "site")
	x.failing = k.looked("usher_archive_failing", "Whether the archive could not follow a site the last time: 1 or 0.", "site")
	k.seen(x.look, x.behind, x.stopped, x.failing)
}

// WatchArchive says how it is looked up where the archive stands. look must not wait.
func (m *Metrics) WatchArchive(look func() []Following) {
	if m != nil {
		m.archive.watched.Store(&look)
	}
}

func (x *archiveMetrics) look(tell send) {
	look := x.watched.Load()
	if look == nil {
		return
	}
	for _, f := range (*look)() {
		tell(x.behind, float64(f.Behind), f.Site)
		tell(x.stopped, yes(f.Stopped), f.Site)
		tell(x.failing, yes(f.Failing), f.Site)
	}
}
