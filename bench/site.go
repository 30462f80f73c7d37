package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// site is usher's site under load, set up through the documented APIs. Nothing
// here is timed, so it uses net/http and encoding/json.
type site struct {
	http            *http.Client
	base            string // http://host:port
	name            string
	pool            string
	adminToken      string
	login, password string // an account that may call the bootstrap
	queue           int64  // one that nobody serves
}

func newSite(ready *readyFile) (*site, error) {
	if len(ready.Sites) == 0 || len(ready.Sites[0].Accounts) == 0 || len(ready.Sites[0].Queues) == 0 {
		return nil, errors.New("the ready file names no site with an account and a queue: is the server started with --demo?")
	}
	demo := ready.Sites[0]
	return &site{
		http: &http.Client{
			Transport: &http.Transport{MaxIdleConnsPerHost: setupWorkers},
			Timeout:   90 * time.Second, // three times a poll's hold
		},
		base: ready.URL, name: demo.Site, pool: ready.Pool, adminToken: ready.AdminToken,
		login: demo.Accounts[0].Login, password: demo.Accounts[0].Password,
		queue: demo.Queues[0].QueueID,
	}, nil
}

// close lets go of the set-up's connections.
func (s *site) close() { s.http.CloseIdleConnections() }

// benchPassword is the password of all accounts of the bench.
const benchPassword = "a password for the bench only"

// firstID is the id of the first queue and account of the bench; conversation i
// has the i-th after it. The demo's own ids lie below.
const firstID = 1000

// patience bounds how often a request is sent again that was put off by a 429 or
// a 503 with Retry-After.
const patience = 20

// step is one request of the set-up.
type step struct {
	method string
	path   string
	header map[string]string
	body   any
}

// do carries out a step and decodes the answer into out, if that is not nil. An
// answer other than 2xx becomes an error that shows request, status and body.
func (s *site) do(ctx context.Context, st step, out any) (http.Header, error) {
	body, err := json.Marshal(st.body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: encode the body: %w", st.method, st.path, err)
	}
	fail := func(what string, err error) error {
		return fmt.Errorf("%s %s%s\n%s\n%s: %w", st.method, s.base, st.path, body, what, err)
	}
	for try := 1; ; try++ {
		status, header, got, err := s.exchange(ctx, st, body)
		if err != nil {
			return nil, fail("no answer", err)
		}
		if wait, ok := retryAfter(status, header); ok && try < patience {
			select {
			case <-time.After(wait):
				continue
			case <-ctx.Done():
				return nil, fail("while waiting to try again", ctx.Err())
			}
		}
		if status < 200 || status > 299 {
			return nil, fail("status "+strconv.Itoa(status), errors.New(string(got)))
		}
		if out != nil {
			if err := json.Unmarshal(got, out); err != nil {
				return nil, fail("answer "+string(got), err)
			}
		}
		return header, nil
	}
}

func (s *site) exchange(ctx context.Context, st step, body []byte) (int, http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, st.method, s.base+st.path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header.Set("Content-Type", "application/json; charset=UTF-8")
	for name, value := range st.header {
		req.Header.Set(name, value)
	}
	res, err := s.http.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	return res.StatusCode, res.Header, got, err
}

// retryAfter reports how long a server that is busy for the moment asks to wait.
func retryAfter(status int, header http.Header) (time.Duration, bool) {
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return 0, false
	}
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	return time.Duration(min(max(seconds, 1), 30)) * time.Second, err == nil
}

// position returns the mailbox number that an answer reached: was, when the
// answer tells none.
func position(header http.Header, was int64) (int64, error) {
	last := header.Get("Usher-Last")
	if last == "" {
		return was, nil
	}
	n, err := strconv.ParseInt(last, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the answer's Usher-Last is %q, not a number", last)
	}
	return n, nil
}

// admin does a step of the administration.
func (s *site) admin(ctx context.Context, method, path string, body any) error {
	_, err := s.do(ctx, step{
		method: method, path: "/usher/admin/v1/sites/" + url.PathEscape(s.name) + path,
		header: map[string]string{"Authorization": "Bearer " + s.adminToken}, body: body,
	}, nil)
	return err
}

// bootstrap calls an endpoint of the site's bootstrap with an account's log-in.
func (s *site) bootstrap(ctx context.Context, resource, login, password string, body, out any) error {
	basic := http.Request{Header: http.Header{}}
	basic.SetBasicAuth(login, password)
	_, err := s.do(ctx, step{
		method: http.MethodPost, path: "/services/rest/crossChannelServices/latest/" + resource,
		header: map[string]string{
			"Authorization":                  basic.Header.Get("Authorization"),
			"OSvC-CREST-Application-Context": "usher bench",
		},
		body: body,
	}, out)
	return err
}

// stayAwake lets sessions that are not polling live through a whole run, in
// which each scenario uses only some of them.
func (s *site) stayAwake(ctx context.Context) error {
	return s.admin(ctx, http.MethodPatch, "/settings", map[string]any{
		"absentSeconds": 3600, "idleSeconds": 7200, "queueSeconds": 7200, "spam": false,
	})
}

func (s *site) agentTarget(operation string) string { return s.target("agent", operation) }

func (s *site) consumerTarget(operation string) string { return s.target("consumer", operation) }

func (s *site) target(side, operation string) string {
	return "/engagement/api/" + side + "/" + s.name + "/v1/" + operation + "?pool=" + s.pool
}

// setupWorkers is how many set-up requests run at once: enough to keep the
// server busy, few enough to wait in no queue of its password checks.
const setupWorkers = 4

// each calls do for 0 to n-1, up to workers at once, until one fails.
func each(ctx context.Context, n, workers int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		next    atomic.Int64
		working sync.WaitGroup
	)
	for range min(n, workers) {
		working.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	working.Wait()
	return context.Cause(ctx)
}
