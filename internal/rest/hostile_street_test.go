package rest_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher/api/consumer"
	"usher/api/sites"
	"usher/internal/auth"
	"usher/internal/blob"
	"usher/internal/cluster"
	"usher/internal/rest"
	"usher/internal/testkit"
)

// street is the way to a server as strangers find it: with the program's own
// limits, behind a trusted proxy, for connections from made-up addresses. The
// testkit's server stands on the same site; its agents come in by the back door.
type street struct {
	*testkit.Server
	agent *testkit.Agent // serves those who enter
	conns chan net.Conn
	over  chan struct{}
	once  sync.Once
}

// The street's people.
const (
	proxy    = "10.0.0.1"     // is trusted
	hostile  = "203.0.113.66" // whom the proxy names
	harmless = "203.0.113.7"
	stranger = "198.51.100.9" // comes without a proxy
)

func newStreet(t *testing.T) *street { return another(testkit.New(t, testkit.Options{})) }

// another answers a street to the same site on which nobody has been yet.
func another(s *testkit.Server) *street {
	y := &street{Server: s, conns: make(chan net.Conn), over: make(chan struct{})}
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	log := slog.New(slog.NewTextHandler(y.Logs, nil))
	blobs, err := blob.OpenFolder(s.T.TempDir())
	if err != nil {
		s.T.Fatal(err)
	}
	server := rest.NewHTTPServer(rest.New(rest.Config{
		Node: cluster.Single("n1", y.Host), Keys: y.Keys, Verifier: auth.NewVerifier(), Public: &url.URL{Scheme: "http", Host: "usher.test:8080"},
		Pool: "1:1", TrustedProxies: trusted, Blobs: blobs, Log: log,
	}), log)
	go server.Serve(rest.ListenLimited(y, trusted, nil, log))
	s.T.Cleanup(func() { server.Close() })
	y.agent = y.LogOn("echo") // whose queue the hostile ones do not know
	y.agent.Ack = "0"
	y.agent.Ask(100)
	return y
}

// Accept, Close and Addr make the street a listener.
func (y *street) Accept() (net.Conn, error) {
	select {
	case c := <-y.conns:
		return c, nil
	case <-y.over:
		return nil, net.ErrClosed
	}
}

func (y *street) Close() error {
	y.once.Do(func() { close(y.over) })
	return nil
}

func (y *street) Addr() net.Addr { return &net.TCPAddr{} }

// connect opens a connection from an address.
func (y *street) connect(from string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case y.conns <- peered{server, net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), 4711))}:
		return client, nil
	case <-y.over:
		return nil, net.ErrClosed
	}
}

type peered struct {
	net.Conn
	peer net.Addr
}

func (p peered) RemoteAddr() net.Addr { return p.peer }

// raw is connect for those who write by hand.
func (y *street) raw(from string) net.Conn {
	y.T.Helper()
	c, err := y.connect(from)
	if err != nil {
		y.T.Fatal(err)
	}
	y.T.Cleanup(func() { c.Close() })
	return c
}

// from answers a client whose connections come from a peer, and whose requests say
// whom they are forwarded for unless that is empty.
func (y *street) from(peer string, forwarded ...string) *testkit.Server {
	lane := &http.Transport{
		MaxIdleConnsPerHost: 10,
		DialContext:         func(context.Context, string, string) (net.Conn, error) { return y.connect(peer) },
	}
	y.T.Cleanup(lane.CloseIdleConnections)
	s := *y.Server
	s.HTTP = &http.Client{Transport: forwarding{lane, forwarded}}
	return &s
}

// behind answers a client behind the trusted proxy.
func (y *street) behind(address string) *testkit.Server { return y.from(proxy, address) }

type forwarding struct {
	http.RoundTripper
	forwarded []string
}

func (f forwarding) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if len(f.forwarded) > 0 {
		r.Header["X-Forwarded-For"] = append(f.forwarded[:0:0], f.forwarded...)
	}
	return f.RoundTripper.RoundTrip(r)
}

// chat is a visitor's whole chat, step by step, so that others may be hostile
// before, between and during the steps. Nothing in it may be refused, and nothing
// may take any time.
type chat struct {
	street  *street
	visitor *testkit.Visitor
	agent   *testkit.Agent
	posts   int
}

// enter brings a visitor in as its page does, and lets an agent take it.
func (y *street) enter(address string) *chat {
	y.T.Helper()
	c := &chat{street: y, agent: y.agent}
	c.atOnce("entering", func() {
		s := y.behind(address)
		start := testkit.Decode[sites.EstablishSessionsResponse](s, s.Send("POST", startPath, `{"key":"`+y.WidgetKey+`","queueId":2,"firstName":"Ann"}`))
		v := testkit.Decode[consumer.RequestEngagementResponse](s, s.Send("POST", testkit.VisitorPath("requestEngagement"), "{}", "Authorization", "Bearer "+start.ChannelToken))
		c.visitor = &testkit.Visitor{Server: s, Session: v.SessionID, Client: v.ClientID, Engagement: v.EngagementID, Ack: "0"}
		c.agent.Accept(v.EngagementID)
	})
	return c
}

const startPath = "/usher/consumer/" + testkit.SiteName + "/v1/start"

// atOnce checks that something takes no time.
func (c *chat) atOnce(what string, fn func()) {
	c.street.T.Helper()
	began := time.Now()
	fn()
	if took := time.Since(began); took != 0 {
		c.street.T.Errorf("%s took %v", what, took)
	}
}

// talk lets each side post to the other, who waits for it.
func (c *chat) talk() {
	c.street.T.Helper()
	c.posts++
	text := fmt.Sprintf("word %d of %d", c.posts, c.visitor.Engagement)
	c.heard("the visitor", text, c.visitor.TryCall, &c.visitor.Ack, func() { c.agent.Post(c.visitor.Engagement, text) })
	c.heard("the agent", text, c.agent.TryCall, &c.agent.Ack, func() { c.visitor.Post(text) })
}

// heard lets something be said while one side's retrieval is held, and checks that
// it arrives at that moment.
func (c *chat) heard(who, text string, call func(operation, body string) (testkit.Answer, error), ack *string, say func()) {
	t := c.street.T
	t.Helper()
	type outcome struct {
		at  time.Time
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		for {
			a, err := call("getMessages", "{}")
			switch {
			case err != nil:
			case a.Status != http.StatusOK:
				err = fmt.Errorf("status %d: %s", a.Status, a.Body)
			case !strings.Contains(a.Body, text):
				if last := a.Header.Get("Usher-Last"); last != "" {
					*ack = last
				}
				continue
			default:
				*ack = a.Header.Get("Usher-Last")
			}
			done <- outcome{time.Now(), err}
			return
		}
	}()
	synctest.Wait()
	began := time.Now()
	say()
	got := <-done
	if got.err != nil {
		t.Errorf("%s: %v", who, got.err)
	}
	if took := got.at.Sub(began); took != 0 {
		t.Errorf("%s heard %q after %v", who, text, took)
	}
}

// end concludes the chat, and checks that both sides hear of it.
func (c *chat) end() {
	c.street.T.Helper()
	c.heard("the agent", "CONCLUDED", c.agent.TryCall, &c.agent.Ack, func() {
		c.atOnce("concluding", func() {
			testkit.Decode[consumer.ConcludeEngagementResponse](c.visitor.Server, c.visitor.Call("concludeEngagement", "{}"))
		})
	})
	c.atOnce("the last words", func() {
		if a := c.visitor.Call("getMessages", "{}"); a.Status != http.StatusOK || !strings.Contains(a.Body, "RNEngagementConcludedMessage") {
			c.street.T.Errorf("the visitor is told %d %s", a.Status, a.Body)
		}
	})
}

// tally counts answers by status, and checks those that say to come later.
type tally struct {
	mu     sync.Mutex
	counts map[int]int
	wrong  []string
}

func (y *tally) add(a testkit.Answer) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.counts == nil {
		y.counts = make(map[int]int)
	}
	y.counts[a.Status]++
	if a.Status == http.StatusTooManyRequests &&
		(a.Header.Get("Retry-After") != "1" || !strings.Contains(a.Body, `"exceptionCode":"BAD_REQUEST"`) || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json")) {
		y.wrong = append(y.wrong, fmt.Sprintf("%v %s", a.Header, a.Body))
	}
}

// has checks the counts: pairs of a status and how often it came.
func (y *tally) has(t testing.TB, what string, pairs ...int) {
	t.Helper()
	y.mu.Lock()
	defer y.mu.Unlock()
	var got []int
	for i := 0; i < len(pairs); i += 2 {
		got = append(got, pairs[i], y.counts[pairs[i]])
		delete(y.counts, pairs[i])
	}
	if !slices.Equal(got, pairs) || len(y.counts) > 0 {
		t.Errorf("%s: got %v and %v, want %v", what, got, y.counts, pairs)
	}
	if len(y.wrong) > 0 {
		t.Errorf("%s: %d refusals are not as they should be: %s", what, len(y.wrong), y.wrong[0])
	}
	y.counts, y.wrong = nil, nil
}

// answerOn reads the answer to what was written by hand.
func answerOn(c net.Conn) (testkit.Answer, error) {
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return testkit.Answer{}, err
	}
	defer r.Body.Close()
	if r.Close { // it is taken out of the headers
		r.Header.Set("Connection", "close")
	}
	b, err := io.ReadAll(r.Body)
	return testkit.Answer{Status: r.StatusCode, Header: r.Header, Body: string(b)}, err
}
