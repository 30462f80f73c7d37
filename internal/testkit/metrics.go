package testkit

import (
	"log/slog"
	"net/http/httptest"
	"strconv"
	"strings"

	"usher/internal/metrics"
)

// build is what the servers of tests say that they are.
var build = metrics.Build{Version: "test", Format: 1}

// Series answers what a server's metrics are now: the value of each series under its
// name with labels, as Prometheus is told it. What a histogram counts in buckets is left
// out.
func Series(m *metrics.Metrics) map[string]float64 {
	w := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	all := map[string]float64{}
	for line := range strings.Lines(w.Body.String()) {
		at := strings.LastIndexByte(line, ' ')
		if !strings.HasPrefix(line, "usher_") || strings.Contains(line, "_bucket{") {
			continue
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(line[at:]), 64)
		if err != nil {
			panic("testkit: " + line)
		}
		all[line[:at]] = value
	}
	return all
}

// Metrics answers those of a node.
func (p *Pool) Metrics(i int) *metrics.Metrics { return p.node(i).metrics }
