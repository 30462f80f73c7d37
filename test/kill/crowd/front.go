package crowd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Front is what stands before the nodes, as a load balancer does: a connection
// goes to any of them, and to another when it is refused.
type Front struct {
	// Watch, if it is set before anybody talks, is told of every exchange; it may be
	// called by many at once.
	Watch func(Exchange)

	mu    sync.Mutex
	nodes []string
}

// NewFront answers a front of nodes, each host:port.
func NewFront(nodes ...string) *Front { return &Front{nodes: nodes} }

// Set names the nodes that new connections go to.
func (f *Front) Set(nodes ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nodes = slices.Clone(nodes)
}

// Nodes answers them.
func (f *Front) Nodes() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.nodes)
}

// Name is the address that clients believe to talk to. Every connection goes to one
// of the nodes, whatever it is.
func (f *Front) Name() string { return "chat.test" }

// errNobody: every node refused the connection.
var errNobody = errors.New("no node takes a connection")

// dial connects to one of the nodes.
func (f *Front) dial(ctx context.Context, random *rand.Rand) (*net.TCPConn, error) {
	nodes := f.Nodes()
	random.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	err := errNobody
	for _, node := range nodes {
		c, derr := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", node)
		if derr == nil {
			return c.(*net.TCPConn), nil
		}
		err = fmt.Errorf("%w: %w", errNobody, derr)
	}
	return nil, err
}

// dialContext is dial for package http.
func (f *Front) dialContext(random *rand.Rand) func(context.Context, string, string) (net.Conn, error) {
	var mu sync.Mutex
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		mu.Lock()
		r := rand.New(rand.NewPCG(random.Uint64(), 4))
		mu.Unlock()
		return f.dial(ctx, r)
	}
}

// Exchange is one request, and what became of it.
type Exchange struct {
	Node      string // who was asked: host:port; "" when nobody took the connection
	Operation string // the last part of the path
	From, To  time.Time
	// Status is 0 when no whole answer came.
	Status     int
	RetryAfter bool
	Err        error
	// Own: the client itself cut the connection, or gave the request up.
	Own bool
	// Connected is since when the connection stood.
	Connected time.Time
	Body      string // of a refusal
}

// Retrieval reports whether it was a getMessages.
func (e Exchange) Retrieval() bool { return e.Operation == "getMessages" }

func (f *Front) saw(e Exchange) {
	if f.Watch == nil {
		return
	}
	e.To = time.Now()
	f.Watch(e)
}

// HTTP answers a client that goes through the front and breaks nothing. Each
// connection carries one request.
func (f *Front) HTTP(random *rand.Rand) *http.Client {
	dial := f.dialContext(random)
	return &http.Client{Transport: watched{f, &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &fragile{TCPConn: c.(*net.TCPConn), since: time.Now(), breaks: func() bool { return false }}, nil
	}}}}
}

// cuttingHTTP is an HTTP client for the SDK whose connections break now and then
// in the middle of an answer.
func (f *Front) cuttingHTTP(random *rand.Rand) *http.Client {
	var mu sync.Mutex
	chance := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return random.IntN(100) < 4
	}
	dial := f.dialContext(rand.New(rand.NewPCG(random.Uint64(), 5)))
	return &http.Client{Transport: watched{f, &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &fragile{TCPConn: c.(*net.TCPConn), since: time.Now(), breaks: chance}, nil
	}}}}
}

// fragile is a connection that breaks by chance when something arrives on it.
type fragile struct {
	*net.TCPConn
	since  time.Time
	breaks func() bool
	broken atomic.Bool // by itself
}

func (f *fragile) Read(b []byte) (int, error) {
	n, err := f.TCPConn.Read(b)
	if n > 0 && f.breaks() {
		f.broken.Store(true)
		_ = f.SetLinger(0)
		_ = f.Close()
		return n / 2, errCut
	}
	return n, err
}

// watched tells the front of the exchanges of an http.Transport.
type watched struct {
	front *Front
	next  http.RoundTripper
}

func (w watched) RoundTrip(r *http.Request) (*http.Response, error) {
	e := Exchange{Operation: path.Base(r.URL.Path), From: time.Now()}
	var mu sync.Mutex // the trace may be told of a connection after the request is over
	var conn *fragile
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		mu.Lock()
		defer mu.Unlock()
		conn = i.Conn.(*fragile)
		e.Node, e.Connected = conn.RemoteAddr().String(), conn.since
	}})
	answer, err := w.next.RoundTrip(r.WithContext(ctx))
	var body []byte
	if err == nil { // read here, so that an answer that breaks off is told as one
		body, err = io.ReadAll(answer.Body)
		answer.Body.Close()
	}
	mu.Lock()
	seen, on := e, conn
	mu.Unlock()
	if err != nil {
		seen.Err, seen.Own = err, ownDoing(r.Context(), err) || on != nil && on.broken.Load()
		w.front.saw(seen)
		return nil, err
	}
	seen.Status, seen.RetryAfter = answer.StatusCode, answer.Header.Get("Retry-After") != ""
	if answer.StatusCode != http.StatusOK {
		seen.Body = string(body)
	}
	w.front.saw(seen)
	answer.Body = io.NopCloser(strings.NewReader(string(body)))
	return answer, nil
}

// ownDoing reports whether an exchange failed because its client wanted it so.
func ownDoing(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, errCut)
}
