package metrics

import (
	"cmp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type wireMetrics struct {
	requests, refusals, turnedAway *prometheus.CounterVec
	duration, hold                 *prometheus.HistogramVec

	mu    sync.RWMutex
	known map[kind]series // or each request would look for its own among all
}

// kind is what requests are counted by.
type kind struct {
	method, route string
	status        int
	retrieval     bool
}

// series is where they are counted.
type series struct {
	requests prometheus.Counter
	duration prometheus.Observer
}

// coarse are the bounds, in seconds, of what may wait.
var coarse = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20}

// holds are the bounds, in seconds, of what waits half a minute when nothing happens.
var holds = []float64{.01, .1, .5, 1, 2, 5, 10, 15, 20, 25, 29, 31, 35, 45, 60}

func (x *wireMetrics) make(k *maker) {
	x.known = map[kind]series{}
	x.requests = k.counters("usher_requests_total", "Requests, by operation and status; status none is said of those whose client went away first.",
		"method", "route", "status")
	x.duration = k.histograms("usher_request_duration_seconds", "Time of a request, but for retrievals.", coarse, "method", "route")
	x.hold = k.histograms("usher_retrieval_duration_seconds", "Time of a retrieval, which is held while there is nothing.", holds, "route")
	x.refusals = k.counters("usher_refusals_total", "Requests that were refused, by status and exception code.", "status", "code")
	x.turnedAway = k.counters("usher_strangers_turned_away_total", "Connections and requests of strangers that met a limit.", "limit")
}

// Request is one request that is over.
type Request struct {
	Method string
	// Route is the pattern that its path fits, such as /usher/admin/v1/sites/{site}.
	Route string
	// Status is what was answered; 0: the client went away first.
	Status int
	// Code is the exception code of a refusal, "" for none.
	Code string
	// Retrieval: it was held while there was nothing.
	Retrieval bool
	Took      time.Duration
}

// methods are those that are counted by name: anybody may send any other.
var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// Requested tells that a request is over.
func (m *Metrics) Requested(r Request) {
	if m == nil {
		return
	}
	if !slices.Contains(methods, r.Method) {
		r.Method = "other"
	}
	to := m.wire.of(kind{r.Method, r.Route, r.Status, r.Retrieval})
	to.requests.Inc()
	to.duration.Observe(r.Took.Seconds())
	if r.Status >= 400 && r.Code != "" {
		m.wire.refusals.WithLabelValues(word(r.Status), r.Code).Inc()
	}
}

func (x *wireMetrics) of(k kind) series {
	x.mu.RLock()
	s, ok := x.known[k]
	x.mu.RUnlock()
	if ok {
		return s
	}
	s = series{requests: x.requests.WithLabelValues(k.method, k.route, word(k.status))}
	if k.retrieval {
		s.duration = x.hold.WithLabelValues(k.route)
	} else {
		s.duration = x.duration.WithLabelValues(k.method, k.route)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.known[k] = s
	return s
}

// word is a status as a label.
func word(status int) string {
	if status == 0 {
		return "none"
	}
	return strconv.Itoa(status)
}

// TurnedAway tells that a stranger met a limit.
func (m *Metrics) TurnedAway(limit string) {
	if m != nil {
		m.wire.turnedAway.WithLabelValues(cmp.Or(limit, "other")).Inc()
	}
}
