package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"usher/client"
)

// The positions of a mailbox travel in these headers.
const (
	headerAck  = "Usher-Ack"
	headerLast = "Usher-Last"
)

const (
	// callTimeout guards a request that is answered at once.
	callTimeout = 20 * time.Second
	// pollTimeout guards a retrieval: the contract's hold of 30 seconds, and time
	// for the way. A link that is silent for longer is dead.
	pollTimeout = 45 * time.Second
)

// Link is the way of one session to its chat server. Its methods may be called
// from several goroutines.
type Link struct {
	http   *http.Client
	header http.Header // of every request: who we are
	fixed  bool        // the address was given and stays
	site   string      // for the paths

	mu   sync.Mutex
	base string // scheme and host
	pool string

	sequence atomic.Int64 // number of the last request
	acked    atomic.Int64 // mailbox number up to which all was handled
	running  atomic.Bool  // Run is at work
}

// New makes a link to the chat server at base, a URL without path. With fixed
// it stays there when the site moves, and only the pool changes.
func New(hc *http.Client, base string, fixed bool, site, pool string) *Link {
	return &Link{http: hc, header: http.Header{}, base: base, fixed: fixed, site: url.PathEscape(site), pool: pool}
}

// Identify sets the headers of all requests to come. It is called once, before
// the link is shared.
func (l *Link) Identify(h http.Header) { l.header = h }

// Number is the number of the next request: 1, 2, 3 …
func (l *Link) Number() int64 { return l.sequence.Add(1) }

// Do posts body to an operation, such as "/engagement/api/agent/{site}/v1/logoff",
// where {site} is put in, and decodes the answer. It says how far this client
// has received. A 403 is client.ErrSessionEnded.
func (l *Link) Do(ctx context.Context, path string, body, answer any) error {
	_, err := l.post(ctx, callTimeout, path, body, answer)
	return err
}

// Poll is Do for a retrieval: it may be held, and answers the mailbox number of
// the batch's last durable message, 0 if it has none.
func (l *Link) Poll(ctx context.Context, path string, body, answer any) (last int64, err error) {
	header, err := l.post(ctx, pollTimeout, path, body, answer)
	if err != nil {
		return 0, err
	}
	text := header.Get(headerLast)
	if text == "" {
		return 0, nil
	}
	if last, err = strconv.ParseInt(text, 10, 64); err != nil {
		return 0, fmt.Errorf("read %s: %w", headerLast, err)
	}
	return last, nil
}

func (l *Link) post(ctx context.Context, timeout time.Duration, path string, body, answer any) (http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	header := l.header.Clone()
	header.Set(headerAck, strconv.FormatInt(l.acked.Load(), 10))
	got, err := Call(ctx, l.http, Request{Method: http.MethodPost, URL: l.url(path), Header: header, Body: body}, answer)
	if e, ok := errors.AsType[*client.Error](err); ok && e.Status == http.StatusForbidden {
		return nil, fmt.Errorf("%w: %w", client.ErrSessionEnded, err)
	}
	return got, err
}

// fileTimeout guards a request that carries a file.
const fileTimeout = 5 * time.Minute

// Get asks an operation of the server's own for something, as Do does.
func (l *Link) Get(ctx context.Context, path string, query url.Values, answer any) error {
	return l.own(ctx, callTimeout, Request{Method: http.MethodGet, URL: l.ownURL(path, query)}, answer)
}

// Upload sends a file to an operation of the server's own, as Do does.
func (l *Link) Upload(ctx context.Context, path string, query url.Values, file io.Reader, answer any) error {
	return l.own(ctx, fileTimeout, Request{Method: http.MethodPost, URL: l.ownURL(path, query), File: file}, answer)
}

func (l *Link) own(ctx context.Context, timeout time.Duration, r Request, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r.Header = l.header.Clone()
	r.Header.Set(headerAck, strconv.FormatInt(l.acked.Load(), 10))
	_, err := Call(ctx, l.http, r, answer)
	if e, ok := errors.AsType[*client.Error](err); ok && e.Status == http.StatusForbidden {
		return fmt.Errorf("%w: %w", client.ErrSessionEnded, err)
	}
	return err
}

func (l *Link) ownURL(path string, query url.Values) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.base + strings.Replace(path, "{site}", l.site, 1) + "?" + query.Encode()
}

// Open is the request that opens the session: it has its own header, and says
// no position.
func (l *Link) Open(ctx context.Context, path string, header http.Header, body, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err := Call(ctx, l.http, Request{Method: http.MethodPost, URL: l.url(path), Header: header, Body: body}, answer)
	return err
}

func (l *Link) url(path string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	target := l.base + strings.Replace(path, "{site}", l.site, 1)
	if l.pool != "" {
		// As the contract's clients do, with the colon as it is.
		target += "?pool=" + strings.ReplaceAll(url.QueryEscape(l.pool), "%3A", ":")
	}
	return target
}

// Follow goes where a message says that the site moved. What is "" stays as it
// is, and so does the address if the new one is no address.
func (l *Link) Follow(domain, port, pool string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if pool != "" {
		l.pool = pool
	}
	if domain == "" || l.fixed {
		return
	}
	scheme, _, _ := strings.Cut(l.base, "://")
	if base, err := baseURL(scheme + "://" + Host(scheme, domain, port)); err == nil {
		l.base = base
	}
}

// Host is the host of a chat server's URL. domain is a host, or a host and port;
// port may be "", and is left out when it is the scheme's own.
func Host(scheme, domain, port string) string {
	if _, _, err := net.SplitHostPort(domain); err == nil {
		return domain
	}
	bare := strings.Trim(domain, "[]")
	if port == "" || port == "0" || port == "443" && scheme == "https" || port == "80" && scheme == "http" {
		if strings.Contains(bare, ":") {
			return "[" + bare + "]"
		}
		return bare
	}
	return net.JoinHostPort(bare, port)
}
