package app

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"usher/internal/journal/memory"
	"usher/internal/metrics"
	"usher/internal/testkit"
)

// TestMetricsOfTheProcess: what the process is made of tells the metrics, and a program
// on this machine may read them.
func TestMetricsOfTheProcess(t *testing.T) {
	t.Parallel()
	a := start(t, Options{Data: t.TempDir(), Demo: true, Version: "v7"})
	r, err := http.NewRequestWithContext(t.Context(), "GET", a.URL()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`version="v7"`, "usher_ready 1\n", `usher_site_state{site="demo",state="live"} 1`, `usher_appends_total{outcome="durable"}`,
		`usher_site_loads_total{cause="needed",site="demo"} 1`, "\nusher_journal_bytes ", "go_goroutines ", "usher_lease_renewal_failures_total 0",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not told", want)
		}
	}
	if strings.Contains(string(text), "\nusher_lease_remaining_seconds") {
		t.Error("a node that is alone has a lease")
	}
	if !strings.Contains(string(text), "\nusher_journal_bytes ") || strings.Contains(string(text), "\nusher_journal_bytes 0\n") {
		t.Error("the journal has no bytes")
	}
}

// TestTrimsAreCounted: a trim that was made, one that failed, and none that the stop cut
// short.
func TestTrimsAreCounted(t *testing.T) {
	t.Parallel()
	j, m := memory.NewAuto(), metrics.New(metrics.Build{})
	if _, err := j.Create(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	of := func(ctx context.Context, site string) { trimmed{j, m}.Trim(ctx, site, 0) }
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	of(stopped, "third")
	of(t.Context(), "demo")
	of(t.Context(), "nowhere")
	now := testkit.Series(m)
	const made, failed = `usher_journal_trimmed_timestamp_seconds{site="%s"}`, `usher_journal_trim_failures_total{site="%s"}`
	is := func(name, site string) float64 { return now[strings.ReplaceAll(name, "%s", site)] }
	if is(made, "demo") == 0 || is(failed, "demo") != 0 || is(made, "nowhere") != 0 || is(failed, "nowhere") != 1 || is(made, "third") != 0 || is(failed, "third") != 0 {
		t.Errorf("told %v", now)
	}
}

// TestStoreHidesThePassword, wherever in the address it stands.
func TestStoreHidesThePassword(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"":                                "/var/lib/usher",
		"postgres://db.example.org/usher": "postgres://db.example.org/usher",
		"postgres://u:hunter2@db.example.org:5432/usher":                           "postgres://db.example.org:5432/usher",
		"postgresql://db.example.org/usher?user=u&password=hunter2&sslmode=x":      "postgresql://db.example.org/usher",
		"postgres://u:hunter2@/usher?host=/var/run/postgresql&sslpassword=hunter2": "postgres:///usher",
		"postgres://u:hun%zzter2@db/usher":                                         "postgres",
	} {
		a := &App{options: checked{Options: Options{Database: address, Data: "/var/lib/usher"}}}
		if got := a.store(); got != want {
			t.Errorf("%s is told as %s, want %s", address, got, want)
		}
	}
}
