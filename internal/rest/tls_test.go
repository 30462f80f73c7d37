package rest_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"usher/api/agent"
	"usher/internal/auth"
	"usher/internal/cluster"
	"usher/internal/rest"
	"usher/internal/testkit"
)

// TestEvidenceOverTLS: promise 2b holds over HTTPS too. The kernel is asked about
// the socket below the encryption: what a client never took comes again, what it
// took does not.
func TestEvidenceOverTLS(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		take func(t *testing.T, raw *net.TCPConn, c *tls.Conn)
		want []string
	}{
		"reset before anything was read": {
			take: func(t *testing.T, raw *net.TCPConn, _ *tls.Conn) {
				if _, err := io.ReadFull(raw, make([]byte, 1)); err != nil { // the answer is on its way
					t.Fatal(err)
				}
				if err := raw.SetLinger(0); err != nil {
					t.Fatal(err)
				}
				raw.Close()
			},
			want: []string{"first", "second"},
		},
		"read and closed in order": {
			take: func(t *testing.T, _ *net.TCPConn, c *tls.Conn) {
				if got := posts(t, c); len(got) != 1 || got[0] != "first" {
					t.Errorf("got %q, want the first post", got)
				}
				c.Close()
			},
			want: []string{"second"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testkit.New(t, testkit.Options{Loopback: true})
			addr, roots := serveTLS(t, s)
			a, v := s.Chat("ada")
			a.Poll("") // who is in it
			v.Post("first")
			raw, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close()
			conn := tls.Client(raw, &tls.Config{RootCAs: roots, ServerName: "example.com"})
			if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: example.com\r\nX-JSESSIONID: %s\r\nX-AID: %d\r\nContent-Length: 0\r\n\r\n",
				testkit.AgentPath("getMessages"), a.Session, a.Account); err != nil {
				t.Fatal(err)
			}
			c.take(t, raw.(*net.TCPConn), conn)
			v.Post("second")
			var got []string
			for _, m := range a.Poll("").GetResponseTypes {
				if m.ChatPostMessage != nil {
					got = append(got, m.ChatPostMessage.Body)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("the next retrieval got %q, want %q", got, c.want)
			}
		})
	}
}

// serveTLS serves the server's sites over HTTPS as well.
func serveTLS(t *testing.T, s *testkit.Server) (addr string, roots *x509.CertPool) {
	t.Helper()
	donor := httptest.NewTLSServer(http.NotFoundHandler()) // of its certificate
	donor.Close()
	h := httptest.NewUnstartedServer(rest.New(rest.Config{
		Node: cluster.Single("n1", s.Host), Keys: s.Keys, Verifier: auth.NewVerifier(), Public: &url.URL{Scheme: "https", Host: "example.com"},
		Pool: "1:1", Log: slog.New(slog.DiscardHandler),
	}))
	h.Listener = rest.Listen(tls.NewListener(h.Listener, donor.TLS))
	h.Config.ConnContext = rest.ConnContext
	h.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	h.Start()
	t.Cleanup(h.Close)
	roots = x509.NewCertPool()
	roots.AddCert(donor.Certificate())
	return h.Listener.Addr().String(), roots
}

// posts reads an answer of getMessages and tells the texts in it.
func posts(t *testing.T, c io.Reader) []string {
	t.Helper()
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var got agent.GetMessagesResponse
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, m := range got.GetResponseTypes {
		if m.ChatPostMessage != nil {
			texts = append(texts, m.ChatPostMessage.Body)
		}
	}
	return texts
}
