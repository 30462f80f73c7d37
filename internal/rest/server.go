// Package rest is the wire: it knows both contracts and usher's own APIs, and no
// rule of the contact centre. A handler reads in a straight line: decode,
// authenticate, one call, encode. What differs between the contracts lives here;
// the site has one vocabulary.
package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"usher/internal/auth"
	"usher/internal/blob"
	"usher/internal/cluster"
	"usher/internal/metrics"
	"usher/internal/site"
)

const (
	// maxBody bounds a request's body: a post of the largest text with every
	// character escaped, and its pairs, stay below it.
	maxBody = 256 << 10
	// commandFor is how long a request may wait for its site and journal before
	// it is answered 503.
	commandFor = 20 * time.Second
)

// Config is what a Server is made of.
type Config struct {
	Node     *cluster.Node
	Keys     *auth.Keyring
	Verifier *auth.Verifier
	// Public is the address that is handed out to clients, such as https://chat.example.org.
	Public *url.URL
	Pool   string
	// TrustedProxies are the peers whose X-Forwarded-For counts.
	TrustedProxies []netip.Prefix
	// DemoKey is the widget key of the site demo, which pages of the demo show;
	// "" when there is no demo.
	DemoKey string
	// Blobs is where files are kept.
	Blobs blob.Store
	// Archive is what people read of what is over.
	Archive Archive
	// Backup writes a copy of everything as a tar file; nil where the database has its
	// own way.
	Backup func(ctx context.Context, w io.Writer) error
	// Closing ends when the server is about to stop: then open retrievals end with the
	// time-out. nil means never.
	Closing context.Context
	// Mailed is called when there may be a letter to send; nil when no mail server is named.
	Mailed func()
	// Metrics is told what happens, and shown at /metrics; nil keeps none.
	Metrics *metrics.Metrics
	Log     *slog.Logger
}

// Server answers every HTTP request of usher.
type Server struct {
	node      *cluster.Node
	keys      *auth.Keyring
	verifier  *auth.Verifier
	strangers *strangers
	public    publicURL
	pool      string
	trusted   []netip.Prefix
	blobs     blob.Store
	mailed    func()
	metrics   *metrics.Metrics
	archive   Archive
	backup    func(context.Context, io.Writer) error
	closing   context.Context
	answers   *answers
	readers   chan struct{} // holds one for each transcript that is being read
	boards    boards
	log       *slog.Logger
	origins   sync.Map // site name → its allowed origins ([]string) when it was last asked
}

// New answers the handler of all of usher's paths.
func New(c Config) http.Handler {
	s := &Server{
		node: c.Node, keys: c.Keys, verifier: c.Verifier, public: publicURL{c.Public}, pool: c.Pool,
		strangers: newStrangers(c.TrustedProxies, c.Log), trusted: c.TrustedProxies, log: c.Log,
		blobs: c.Blobs, mailed: c.Mailed, metrics: c.Metrics, archive: c.Archive, backup: c.Backup, closing: c.Closing, answers: newAnswers(), readers: make(chan struct{}, readersAtOnce),
	}
	if s.closing == nil {
		s.closing = context.Background()
	}
	s.strangers.away.metrics = c.Metrics
	mux := s.routes(c.DemoKey)
	return s.watched(s.recovered(cleaned(s.placed(s.hot(routed(mux))))), mux)
}

// routes answers who serves which path.
func (s *Server) routes(demoKey string) *http.ServeMux {
	mux := http.NewServeMux()
	s.agentRoutes(mux)
	s.visitorRoutes(mux)
	s.bootstrapRoutes(mux)
	s.adminRoutes(mux)
	s.healthRoutes(mux)
	s.metricsRoutes(mux)
	documentRoutes(mux)
	if demoKey != "" {
		mux.HandleFunc("/demo/site.json", only(http.MethodGet, agentError, demoSite(demoKey)))
	}
	mux.Handle("/", s.pages(demoKey))
	return mux
}

// cleaned serves a path that has a slash too many, or dots, as what it means. The mux
// would redirect, which programs that join a base and a path do not follow.
func cleaned(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := r.URL.Path; strings.Contains(p, "//") || strings.Contains(p, "/.") {
			clean := path.Clean("/" + p)
			if strings.HasSuffix(p, "/") && clean != "/" {
				clean += "/"
			}
			u := *r.URL
			u.Path, u.RawPath = clean, ""
			r2 := *r
			r2.URL = &u
			r = &r2
		}
		next.ServeHTTP(w, r)
	})
}

// recovered answers a panicking handler's request with an internal error.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				agentError(w, r, s.explain(r, fmt.Errorf("panic in a handler: %v", p)))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// hot leads the two retrievals past the mux: a parked one keeps its stack and its
// request. With the bodies split by members, and let go of, a parked retrieval
// takes 25.5 kB in place of 26.9 (bench, 1,000 parked).
func (s *Server) hot(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if name, ok := between(r.URL.Path, "/engagement/api/agent/", "/v1/getMessages"); ok {
				r.Pattern = agentRetrieval
				taken(w, r.Pattern)
				s.agentGetMessages(w, r, name)
				return
			}
			if name, ok := between(r.URL.Path, "/engagement/api/consumer/", "/v1/getMessages"); ok && r.Header.Get("Origin") == "" {
				r.Pattern = visitorRetrieval
				taken(w, r.Pattern)
				s.visitorGetMessages(w, r, name)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// between answers the one path element between a prefix and a suffix.
func between(path, prefix, suffix string) (string, bool) {
	rest, ok := strings.CutPrefix(path, prefix)
	if !ok {
		return "", false
	}
	name, ok := strings.CutSuffix(rest, suffix)
	return name, ok && name != "" && !strings.Contains(name, "/")
}

func (s *Server) notFound(d dialect) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p := errNotFound
		p.message = "there is nothing at this address: check the path"
		d(w, r, p)
	}
}

// only answers 405 to other methods than the given one.
func only(method string, d dialect, h http.HandlerFunc) http.HandlerFunc { return among(d, h, method) }

// among answers 405 to other methods than the given ones.
func among(d dialect, h http.HandlerFunc, methods ...string) http.HandlerFunc {
	allowed := strings.Join(methods, ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(methods, r.Method) {
			w.Header().Set("Allow", allowed)
			p := errMethod
			p.message = "method " + r.Method + " is not served here: use " + allowed
			d(w, r, p)
			return
		}
		h(w, r)
	}
}

// body reads a request's body. Its error is a *http.MaxBytesError, or a refusal:
// a body that does not come whole, or in time, is no fault of ours.
func body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		return nil, &http.MaxBytesError{Limit: maxBody}
	}
	line := http.NewResponseController(w) // an error means that there is none, as in tests
	line.SetReadDeadline(time.Now().Add(bodyFor))
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, err
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, &site.Error{Code: site.BadRequest, Message: fmt.Sprintf("the body did not arrive whole within %v: check Content-Length and the connection", bodyFor)}
	}
	if err != nil {
		return nil, &site.Error{Code: site.BadRequest, Message: "the body did not arrive whole: check Content-Length and Transfer-Encoding"}
	}
	line.SetReadDeadline(time.Time{}) // what waits next has a time of its own
	return b, nil
}

// command bounds a request's wait for its site.
func command(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), commandFor)
}

// acked reads the position that came with a request: all up to it was received.
func acked(r *http.Request, c *site.Caller) error {
	text := r.Header.Get("Usher-Ack")
	if text == "" {
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return &site.Error{Code: site.BadRequest, Message: fmt.Sprintf("Usher-Ack: expected the number of a message, got %.40q", text)}
	}
	c.Ack, c.Acked = int64(n), true
	return nil
}

// address answers who sent the request: the peer, or who a trusted proxy says.
func (s *Server) address(r *http.Request) netip.Addr {
	if t := tripOf(r); t != nil && t.pass != nil {
		return t.pass.Address
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if !s.trusts(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusts(addr); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = next.Unmap()
	}
	return addr
}

func (s *Server) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(s.trusted, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Location answers where clients reach the sites of a server with this public
// address: the same host and port that serviceSettings hands out.
func Location(public *url.URL, pool string) site.Location {
	p := publicURL{public}
	return site.Location{Domain: p.Hostname(), Port: p.port(), Pool: pool}
}

// publicURL is the address that clients are told.
type publicURL struct{ *url.URL }

func (p publicURL) base() string { return p.Scheme + "://" + p.Host }

// port answers the port as a number, the scheme's own if none is named.
func (p publicURL) port() int {
	if n, err := strconv.Atoi(p.Port()); err == nil {
		return n
	}
	if p.Scheme == "https" {
		return 443
	}
	return 80
}

// domain answers host, with the port when it is not the scheme's own: clients
// that ignore a port of its own find the server all the same.
func (p publicURL) domain() string {
	if p.port() == (publicURL{&url.URL{Scheme: p.Scheme}}).port() {
		return p.Hostname()
	}
	return net.JoinHostPort(p.Hostname(), strconv.Itoa(p.port()))
}

// pool of buffers for answers. Nothing but bytes is in it.
type bufferPool struct{ sync.Pool }

func (p *bufferPool) Get() *bytes.Buffer {
	if b, ok := p.Pool.Get().(*bytes.Buffer); ok {
		return b
	}
	return new(bytes.Buffer)
}

func (p *bufferPool) Put(b *bytes.Buffer) {
	if b.Cap() <= 64<<10 { // a rare large answer is not worth keeping
		b.Reset()
		p.Pool.Put(b)
	}
}

var buffers bufferPool
