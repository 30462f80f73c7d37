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

	"usher/api/agent"
	"usher/api/consumer"
	"usher/api/sites"
	"usher/internal/auth"
	"usher/internal/cluster"
	"usher/internal/rest"
	"usher/internal/testkit"
)

// behind answers a handler of a server that trusts other proxies, for requests
// from any address.
func behind(s *testkit.Server, proxies string) http.Handler {
	c := rest.Config{
		Node: cluster.Single("n1", s.Host), Keys: s.Keys, Verifier: auth.NewVerifier(), Public: &url.URL{Scheme: "http", Host: "usher.test"}, Pool: "1:1",
		Log: slog.New(slog.DiscardHandler),
	}
	for p := range strings.FieldsSeq(proxies) {
		c.TrustedProxies = append(c.TrustedProxies, netip.MustParsePrefix(p))
	}
	return rest.New(c)
}

// from sends a request as a peer, with X-Forwarded-For.
func from(t *testing.T, h http.Handler, peer string, forwarded []string, path, authorization string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, nil)
	r.RemoteAddr = peer
	r.Header.Set("Authorization", authorization)
	r.Header["X-Forwarded-For"] = forwarded
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// offered retrieves, and answers the address in the newest offer.
func offered(t *testing.T, a *testkit.Agent) string {
	t.Helper()
	answer := a.Call("getMessages", "")
	got := testkit.Decode[agent.GetMessagesResponse](a.Server, answer)
	a.Ack = answer.Header.Get("Usher-Last")
	for _, m := range got.GetResponseTypes {
		if m.ChatEngagementAssignment != nil {
			return m.ChatEngagementAssignment.ContactInfo.IPAddress
		}
	}
	t.Fatalf("there is no offer in %s", answer.Body)
	return ""
}

// TestVisitorAddress: the agent is shown who a visitor is as the trusted proxies
// tell; nobody else can.
func TestVisitorAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		ada := s.LogOn("ada")
		ada.Ask(100)
		const proxy = "10.0.0.1:4711"
		for name, c := range map[string]struct {
			trusted, peer string
			forwarded     []string
			want          string
		}{
			"nobody is trusted":              {"", proxy, []string{"203.0.113.7"}, "10.0.0.1"},
			"others are trusted":             {"192.0.2.0/24", proxy, []string{"203.0.113.7"}, "10.0.0.1"},
			"no header":                      {"10.0.0.0/8", proxy, nil, "10.0.0.1"},
			"the proxy's word":               {"10.0.0.0/8", proxy, []string{"203.0.113.7"}, "203.0.113.7"},
			"a client's own word in front":   {"10.0.0.0/8", proxy, []string{"198.51.100.9, 203.0.113.7"}, "203.0.113.7"},
			"a client's own header in front": {"10.0.0.0/8", proxy, []string{"198.51.100.9", "203.0.113.7"}, "203.0.113.7"},
			"a client that says it is ours":  {"10.0.0.0/8", proxy, []string{"10.0.0.9, 203.0.113.7"}, "203.0.113.7"},
			"two proxies":                    {"10.0.0.0/8 192.0.2.1/32", proxy, []string{"203.0.113.7, 192.0.2.1"}, "203.0.113.7"},
			"only proxies":                   {"10.0.0.0/8", proxy, []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
			"IPv6":                           {"10.0.0.0/8", proxy, []string{"2001:db8::7"}, "2001:db8::7"},
			"IPv4 in IPv6":                   {"10.0.0.0/8", "[::ffff:10.0.0.1]:4711", []string{"::ffff:203.0.113.7"}, "203.0.113.7"},
			"a word":                         {"10.0.0.0/8", proxy, []string{"unknown"}, "10.0.0.1"},
			"a word behind an address":       {"10.0.0.0/8", proxy, []string{"203.0.113.7, unknown"}, "10.0.0.1"},
			"nothing":                        {"10.0.0.0/8", proxy, []string{""}, "10.0.0.1"},
			"markup":                         {"10.0.0.0/8", proxy, []string{"<script>"}, "10.0.0.1"},
			"a peer without an address":      {"10.0.0.0/8", "pipe", []string{"203.0.113.7"}, ""},
		} {
			w := from(t, behind(s, c.trusted), c.peer, c.forwarded, testkit.VisitorPath("requestEngagement"), "Bearer "+s.VisitorToken("{}"))
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", name, w.Code, w.Body)
			}
			if got := offered(t, ada); got != c.want {
				t.Errorf("%s: the agent is told %q, want %q", name, got, c.want)
			}
		}
	})
}

// TestAddressOfAPage: a back end may say what its visitor's address is; of a
// page's word only what the server sees counts.
func TestAddressOfAPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		ada := s.LogOn("ada")
		ada.Ask(100)
		const says = `"auxiliaryData":{"ip_Address":"192.0.2.1"},"auxillaryData":{"IP_ADDRESS":"192.0.2.1"}`
		start := s.Send("POST", "/usher/consumer/demo/v1/start", `{"key":"`+s.WidgetKey+`",`+says+`}`)
		for _, c := range []struct{ token, want string }{
			{s.VisitorToken("{" + says + "}"), "192.0.2.1"},
			{testkit.Decode[sites.EstablishSessionsResponse](s, start).ChannelToken, "203.0.113.7"},
		} {
			w := from(t, behind(s, ""), "203.0.113.7:80", nil, testkit.VisitorPath("requestEngagement"), "Bearer "+c.token)
			testkit.Decode[consumer.RequestEngagementResponse](s, testkit.Answer{Status: w.Code, Body: w.Body.String()})
			if got := offered(t, ada); got != c.want {
				t.Errorf("the agent is told %q, want %q", got, c.want)
			}
		}
	})
}

// TestGuessesCountByAddress: who guesses passwords locks out its own network, as
// the trusted proxy tells it, and nobody else's.
func TestGuessesCountByAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		h := behind(s, "10.0.0.0/8")
		try := func(forwarded, password string, want int) {
			t.Helper()
			w := from(t, h, "10.0.0.1:80", []string{forwarded}, testkit.Bootstrap+"agentTokens", testkit.Basic("ada", password))
			if w.Code != want {
				t.Errorf("%s: status %d, want %d", forwarded, w.Code, want)
			}
		}
		for range 10 {
			try("198.51.100.1, 203.0.113.7", "guess", http.StatusUnauthorized)
		}
		try("198.51.100.1, 203.0.113.7", "guess", http.StatusTooManyRequests)
		try("198.51.100.2, 203.0.113.7", testkit.Password, http.StatusTooManyRequests)
		try("203.0.113.8", testkit.Password, http.StatusOK)
		for n := range 10 { // whoever holds an IPv6 network holds all its addresses
			try("2001:db8::"+string(rune('1'+n%9)), "guess", http.StatusUnauthorized)
		}
		try("2001:db8::ffff", "guess", http.StatusTooManyRequests)
		try("2001:db8:0:1::1", "guess", http.StatusUnauthorized)
	})
}
