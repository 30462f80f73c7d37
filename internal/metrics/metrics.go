// Package metrics counts and measures what the server does, for Prometheus. It knows
// numbers and words, and nothing of chats: who does something tells it so, by a method
// that is named after what happened.
//
// Counters and histograms are kept here. Gauges are looked up when somebody asks, by
// the functions that the Watch methods are given. So a server that nobody asks does
// nothing for them.
//
// # Labels
//
// Each label has few values. Sites and queues are the operator's own, made with the
// admin token: a queue stands by its id, of which a site has 10,000 at most. All other
// labels take their values from lists in the program. No label is a name, an id or a
// word of anybody who chats.
//
// All methods may be called of a nil *Metrics, which keeps nothing, and by many at once.
package metrics

import (
	"log/slog"
	"net/http"
	"runtime"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics is what one server keeps.
type Metrics struct {
	registry *prometheus.Registry
	sites    siteMetrics
	journal  journalMetrics
	pool     poolMetrics
	wire     wireMetrics
	archive  archiveMetrics
}

// Build says which program runs.
type Build struct {
	Version string
	// Format is the newest event format that it knows.
	Format int
}

// New answers metrics of a server that has done nothing yet.
func New(b Build) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	k := &maker{registry: m.registry}
	m.make(k)
	k.info("usher_build_info", "The program that runs: always 1.", prometheus.Labels{
		"version": b.Version, "go": runtime.Version(), "format": strconv.Itoa(b.Format),
	})
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *Metrics) make(k *maker) {
	m.sites.make(k)
	m.journal.make(k)
	m.pool.make(k)
	m.wire.make(k)
	m.archive.make(k)
}

// Handler answers what Prometheus asks for: all metrics as text.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	if m == nil {
		return http.NotFoundHandler()
	}
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: complaints{log}, ErrorHandling: promhttp.ContinueOnError,
	})
}

// complaints logs what promhttp has to say.
type complaints struct{ log *slog.Logger }

func (c complaints) Println(v ...any) {
	for _, x := range v {
		if err, ok := x.(error); ok {
			c.log.Error("the metrics are not whole", "err", err)
		}
	}
}
