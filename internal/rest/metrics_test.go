package rest_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"usher/api"
	"usher/internal/auth"
	"usher/internal/cluster"
	"usher/internal/metrics"
	"usher/internal/rest"
	"usher/internal/testkit"
)

// TestWhoReadsMetrics: programs on this machine, and who holds the admin token.
func TestWhoReadsMetrics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		const here, there = "127.0.0.1:4711", "203.0.113.7:4711"
		for name, c := range map[string]struct {
			trusted, peer, forwarded, authorization string
			want                                    int
		}{
			"this machine":                               {"", here, "", "", http.StatusOK},
			"this machine, IPv6":                         {"", "[::1]:4711", "", "", http.StatusOK},
			"this machine, IPv4 in IPv6":                 {"", "[::ffff:127.0.0.2]:4711", "", "", http.StatusOK},
			"another one":                                {"", there, "", "", http.StatusForbidden},
			"another one, with the token":                {"", there, "", "Bearer " + s.AdminToken, http.StatusOK},
			"another one, with another token":            {"", there, "", "Bearer " + s.AdminToken + "x", http.StatusForbidden},
			"another one, with a log-in":                 {"", there, "", testkit.Basic("ada", testkit.Password), http.StatusForbidden},
			"another one that says it is this one":       {"", there, "127.0.0.1", "", http.StatusForbidden},
			"a proxy here, for somebody elsewhere":       {"127.0.0.0/8", here, "203.0.113.7", "", http.StatusForbidden},
			"a proxy here, for a program here":           {"127.0.0.0/8", here, "127.0.0.1", "", http.StatusOK},
			"a proxy here, for itself":                   {"127.0.0.0/8", here, "", "", http.StatusOK},
			"a proxy here that nobody named":             {"", here, "203.0.113.7", "", http.StatusForbidden},
			"a proxy here that nobody named, for a liar": {"", here, "127.0.0.1", "", http.StatusForbidden},
			"a proxy elsewhere, for somebody elsewhere":  {"203.0.113.0/24", there, "198.51.100.1", "", http.StatusForbidden},
			"a proxy elsewhere, for a program here":      {"203.0.113.0/24", there, "127.0.0.1", "", http.StatusOK},
			"a proxy elsewhere, for somebody who lies":   {"203.0.113.0/24", there, "127.0.0.1, 198.51.100.1", "", http.StatusForbidden},
			"a peer without an address":                  {"", "pipe", "", "", http.StatusForbidden},
			"a peer without an address, with the token":  {"", "pipe", "", "Bearer " + s.AdminToken, http.StatusOK},
		} {
			config := rest.Config{
				Node: cluster.Single("n1", s.Host), Keys: s.Keys, Verifier: auth.NewVerifier(), Public: &url.URL{Scheme: "http", Host: "usher.test"}, Pool: "1:1",
				Metrics: metrics.New(metrics.Build{}), Log: slog.New(slog.DiscardHandler),
			}
			for p := range strings.FieldsSeq(c.trusted) {
				config.TrustedProxies = append(config.TrustedProxies, netip.MustParsePrefix(p))
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
			r.RemoteAddr = c.peer
			r.Header.Set("Authorization", c.authorization)
			if c.forwarded != "" {
				r.Header.Set("X-Forwarded-For", c.forwarded)
			}
			w := httptest.NewRecorder()
			rest.New(config).ServeHTTP(w, r)
			switch told := strings.Contains(w.Body.String(), "usher_build_info"); {
			case w.Code != c.want:
				t.Errorf("%s: status %d, want %d: %.200s", name, w.Code, c.want, w.Body)
			case told != (c.want == http.StatusOK):
				t.Errorf("%s: the metrics are told: %t", name, told)
			}
		}
		got := s.Send("GET", "/metrics", "")
		expectRefusal(t, got, http.StatusForbidden, api.AccessDenied)
		expectText(t, got.Body, "admin token")
		answer := s.Send("GET", "/metrics", "", "Authorization", "Bearer "+s.AdminToken)
		expectStatus(t, answer, http.StatusOK)
		expectText(t, answer.Body, `usher_site_state{site="demo",state="live"} 1`)
		expectText(t, answer.Header.Get("Content-Type"), "text/plain; version=0.0.4")
		expectRefusal(t, s.Send("POST", "/metrics", ""), http.StatusMethodNotAllowed, api.BadRequest)
	})
}
