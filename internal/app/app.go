// Package app is the process: it wires journal, host, wire and demo together,
// starts them, and stops them in reverse order. cmd/usher and tests use it.
package app

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"time"

	"usher/api"
	"usher/api/sites"
	"usher/internal/archive"
	"usher/internal/auth"
	"usher/internal/cluster"
	"usher/internal/journal"
	"usher/internal/journal/sqlite"
	"usher/internal/metrics"
	"usher/internal/rest"
)

// stopFor bounds a stop: what is not written by then stays for the next start,
// which loses nothing.
const stopFor = 9 * time.Second

// App is a running server.
type App struct {
	options  checked
	log      *slog.Logger
	metrics  *metrics.Metrics
	url      *url.URL
	bound    *url.URL       // the address really bound
	trust    *x509.CertPool // of the server's own certificate; nil without HTTPS
	journal  journal.Journal
	pool     journal.Pool    // nil with the embedded database
	embedded *sqlite.Journal // nil with another
	archive  *archive.Store
	node     journal.Node
	ready    sites.Ready
	demo     *demo // nil without --demo
	failed   chan error
	stops    []stop // in the order of the starts
}

type stop struct {
	what string
	run  func(context.Context) error
}

// Start opens everything and returns when the server answers. The error is a
// *UsageError when other options mend it.
func Start(ctx context.Context, o Options) (_ *App, err error) {
	c, err := o.check()
	if err != nil {
		return nil, err
	}
	if c.Database != "" { // what several nodes log is read together
		o.Log = o.Log.With("node", c.Node)
	}
	a := &App{options: c, log: o.Log, metrics: metrics.New(metrics.Build{Version: o.Version, Format: c.format}), failed: make(chan error, 1)}
	defer func() {
		if err != nil {
			a.Stop(context.WithoutCancel(ctx))
		}
	}()
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, explainListen(o.Listen, err)
	}
	a.onStop("listener", func(context.Context) error {
		if err := listener.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	a.bound = c.boundURL(listener.Addr().(*net.TCPAddr))
	a.url = cmp.Or(c.public, a.bound)
	a.node = c.self(a.bound)
	if err := a.openStore(ctx); err != nil {
		return nil, err
	}
	if err := a.serve(ctx, listener); err != nil {
		return nil, err
	}
	return a, nil
}

// serve builds what stands on the journal, and answers on the listener.
func (a *App) serve(ctx context.Context, listener net.Listener) error {
	var err error
	if listener, err = a.secure(listener); err != nil {
		return err
	}
	files, err := a.openBlobs(ctx)
	if err != nil {
		return err
	}
	keys := auth.NewKeyring(a.journal)
	node, h, err := a.join(ctx, keys)
	if err != nil {
		return err
	}
	read := a.follow(node.Own, files)
	h.OnAppend(read.Appended)
	a.measure(node, read)
	a.onStop("sites", h.Close)
	if err := a.prepare(ctx, node, keys); err != nil {
		return err
	}
	closing, closes := context.WithCancel(context.Background())
	letters := a.mailer(h)
	var mailed func()
	if letters != nil {
		mailed = letters.Wake
	}
	listener = rest.Measured(rest.ListenLimited(listener, a.options.trusted, node.Peer, a.log), a.metrics)
	server := rest.NewHTTPServer(rest.New(rest.Config{
		Node: node, Keys: keys, Verifier: auth.NewVerifier(), Public: a.url, Pool: a.options.Pool,
		TrustedProxies: a.options.trusted, DemoKey: a.demoKey(), Blobs: files, Archive: read, Backup: a.backup(read), Closing: closing, Mailed: mailed, Metrics: a.metrics, Log: a.log,
	}), a.log)
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- fmt.Errorf("serve: %w", err)
		}
	}()
	// The sites end the open retrievals first; then the server waits until their
	// answers, and the last commands', are written. In a pool the sites go to other
	// nodes first, and what is asked meanwhile goes there.
	a.onStop("server", func(ctx context.Context) error {
		closes()
		var left error
		if node.Pooled() {
			left = node.Stop(ctx)
		}
		closed := make(chan error, 1)
		go func() { closed <- server.Shutdown(ctx) }()
		return errors.Join(left, h.Close(ctx), <-closed)
	})
	a.startMail(letters)
	// Hashing the demo's passwords took some 20 MB each, which is not needed again.
	debug.FreeOSMemory()
	if a.demo != nil && a.options.DemoBot {
		a.demo.startBot(a, node, &http.Client{Transport: a.local()})
	}
	if err := a.writeReady(); err != nil {
		return err
	}
	a.log.Info("serving", "url", a.url.String(), "listen", listener.Addr().String(), "store", a.store(), "version", a.options.Version)
	return nil
}

// prepare makes the demo, and everything that the ready file tells.
func (a *App) prepare(ctx context.Context, node *cluster.Node, keys *auth.Keyring) error {
	token, err := keys.AdminToken(ctx)
	if err != nil {
		return err
	}
	a.ready = sites.Ready{URL: a.url.String(), AdminToken: token, Pool: a.options.Pool, Node: node.Name()}
	if !a.options.Demo {
		return nil
	}
	a.demo, err = makeDemo(ctx, node, keys)
	if err != nil {
		return fmt.Errorf("make the site demo: %w", err)
	}
	a.ready.Sites = api.List[sites.ReadySite]{a.demo.ready}
	return nil
}

func (a *App) demoKey() string {
	if a.demo == nil {
		return ""
	}
	return a.demo.ready.WidgetKey
}

// URL answers where clients find the server.
func (a *App) URL() string { return a.url.String() }

// Ready answers what the ready file tells.
func (a *App) Ready() sites.Ready { return a.ready }

// Failed answers a channel that tells when the server can no longer serve.
func (a *App) Failed() <-chan error { return a.failed }

func (a *App) onStop(what string, run func(context.Context) error) {
	a.stops = append(a.stops, stop{what, run})
}

// Stop takes no new work, ends open retrievals with a time-out answer, writes
// what was decided with a last checkpoint, and closes everything in reverse
// order. It returns within 10 s.
func (a *App) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopFor)
	defer cancel()
	var errs []error
	for _, s := range slices.Backward(a.stops) {
		if err := s.run(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", s.what, err))
		}
	}
	a.stops = nil
	return errors.Join(errs...)
}
