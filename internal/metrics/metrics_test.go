package metrics

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// told is a server that has done one of everything.
func told() *Metrics {
	m := New(Build{Version: "v1", Format: 4})
	everything(m)
	return m
}

func everything(m *Metrics) {
	m.WatchSites(three, func() error { return nil })
	m.WatchPool(func() Pool { return Pool{Lease: time.Second, Nodes: 3, Overdue: time.Minute} })
	m.WatchArchive(func() []Following { return []Following{{Site: "demo", Behind: 7}} })
	m.WatchDisk("/", func() (int64, bool) { return 5, true })
	m.Delivered(time.Second)
	m.Loading("demo", "needed")
	m.Appended("durable", time.Second)
	m.Framed(3, 300)
	m.Trimmed("demo", nil)
	m.Trimmed("demo", errors.New("no"))
	m.Moved(Taken)
	m.Forwarded(Answered)
	m.RenewalFailed()
	m.Seeking()()
	m.Requested(Request{Method: "GET", Route: "/healthz", Status: 200})
	m.Requested(Request{Method: "POST", Route: "/retrieval", Status: 403, Code: "ACCESS_DENIED", Retrieval: true})
	m.TurnedAway("starts")
}

// three looks at three sites.
func three(context.Context) []Site {
	return []Site{
		{Name: "busy", State: "live", Busy: true, Engagements: 9},
		{Name: "cold", State: "unloaded", Engagements: 9},
		{Name: "demo", State: "live", Engagements: 4, Queues: []Queue{{ID: 1, Waiting: 2, Longest: 90 * time.Second}}},
	}
}

// TestLint: names, units and help texts are as Prometheus wants them.
func TestLint(t *testing.T) {
	t.Parallel()
	m := told()
	all, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(all).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	var gathered []string
	for _, f := range all {
		if strings.HasPrefix(f.GetName(), "usher_") {
			gathered = append(gathered, f.GetName())
		}
	}
	var made []string
	for _, d := range list() {
		made = append(made, d.name)
		if !strings.HasSuffix(d.help, ".") {
			t.Errorf("%s: the help %q is no sentence", d.name, d.help)
		}
	}
	slices.Sort(made)
	if diff := cmp.Diff(made, gathered); diff != "" { // so this test has seen each of them
		t.Errorf("(-made +gathered):\n%s", diff)
	}
}

// list answers all metrics that there are.
func list() []described {
	k := &maker{registry: prometheus.NewRegistry()}
	new(Metrics).make(k)
	k.info("usher_build_info", "The program that runs: always 1.", nil)
	return k.made
}

// TestNone: whoever keeps no metrics need not know.
func TestNone(t *testing.T) {
	t.Parallel()
	everything(nil)
	w := httptest.NewRecorder()
	(*Metrics)(nil).Handler(nil).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 404 {
		t.Errorf("status %d", w.Code)
	}
}

// TestSitesThatAreNotThere: of a site that is busy or not in memory nothing is said but
// where it stands.
func TestSitesThatAreNotThere(t *testing.T) {
	t.Parallel()
	m := told()
	w := httptest.NewRecorder()
	m.Handler(slog.New(slog.NewTextHandler(io.Discard, nil))).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range []string{
		`usher_site_state{site="busy",state="live"} 1`, `usher_site_state{site="cold",state="unloaded"} 1`, "usher_sites_busy 1",
		`usher_sites{state="live"} 2`, `usher_sites{state="unloaded"} 1`, `usher_engagements{site="demo"} 4`,
		`usher_queue_longest_wait_seconds{queue="1",site="demo"} 90`,
	} {
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("%s is not said", line)
		}
	}
	for line := range strings.Lines(w.Body.String()) {
		if (strings.Contains(line, `"busy"`) || strings.Contains(line, `"cold"`)) && !strings.HasPrefix(line, "usher_site_state{") {
			t.Errorf("%s is said", line)
		}
	}
}
