// Package app is the process: it wires journal, host, wire and demo together,
// starts them, and stops them in reverse order. cmd/usher and tests use it.
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"usher/api"
	"usher/api/sites"
	"usher/internal/auth"
	"usher/internal/cluster"
	"usher/internal/host"
	"usher/internal/journal"
	"usher/internal/journal/sqlite"
	"usher/internal/rest"
)

// stopFor bounds a stop: what is not written by then stays for the next start,
// which loses nothing.
const stopFor = 9 * time.Second

// App is a running server.
type App struct {
	options checked
	log     *slog.Logger
	url     *url.URL
	ready   sites.Ready
	demo    *demo // nil without --demo
	failed  chan error
	stops   []stop // in the order of the starts
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
	a := &App{options: c, log: o.Log, failed: make(chan error, 1)}
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
	j, err := sqlite.Open(ctx, o.Data, sqlite.Options{Fault: o.fault})
	if err != nil {
		return nil, explainOpen(err)
	}
	a.onStop("journal", func(context.Context) error { return j.Close() })
	if err := a.serve(ctx, listener, j); err != nil {
		return nil, err
	}
	return a, nil
}

// explainOpen makes a usage error of a data directory that must not be opened.
func explainOpen(err error) error {
	for _, known := range []error{journal.ErrLocked, journal.ErrNewer, journal.ErrCorrupt, os.ErrPermission} {
		if errors.Is(err, known) {
			return usage("%v", err)
		}
	}
	return err
}

// serve builds what stands on the journal, and answers on the listener.
func (a *App) serve(ctx context.Context, listener net.Listener, j journal.Journal) error {
	a.url = a.options.publicURL(listener.Addr().(*net.TCPAddr))
	h, err := host.New(ctx, j, rest.Location(a.url, a.options.Pool), a.log)
	if err != nil {
		return err
	}
	a.onStop("sites", h.Close)
	name, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("name this node: %w", err)
	}
	node, keys := cluster.Single(name, h), auth.NewKeyring(j)
	if err := a.prepare(ctx, node, keys); err != nil {
		return err
	}
	local := http.DefaultTransport.(*http.Transport).Clone()
	if a.options.tls {
		cert, pool, err := a.options.certificate(a.url.Hostname())
		if err != nil {
			return err
		}
		// The retrieval's evidence needs a connection of its own: HTTP/1.1.
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12})
		local.TLSClientConfig = &tls.Config{RootCAs: pool, ServerName: a.url.Hostname()}
	}
	files, err := a.openBlobs(ctx)
	if err != nil {
		return err
	}
	letters := a.mailer(h)
	var mailed func()
	if letters != nil {
		mailed = letters.Wake
	}
	listener = rest.ListenLimited(listener, a.options.trusted, a.log)
	server := rest.NewHTTPServer(rest.New(rest.Config{
		Node: node, Keys: keys, Verifier: auth.NewVerifier(), Public: a.url, Pool: a.options.Pool,
		TrustedProxies: a.options.trusted, DemoKey: a.demoKey(), Blobs: files, Mailed: mailed, Log: a.log,
	}), a.log)
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- fmt.Errorf("serve: %w", err)
		}
	}()
	// The sites end the open retrievals first; then the server waits until their
	// answers, and the last commands', are written.
	a.onStop("server", func(ctx context.Context) error {
		closed := make(chan error, 1)
		go func() { closed <- server.Shutdown(ctx) }()
		return errors.Join(h.Close(ctx), <-closed)
	})
	a.startMail(letters)
	// Hashing the demo's passwords took some 20 MB each, which is not needed again.
	debug.FreeOSMemory()
	if a.demo != nil && a.options.DemoBot {
		a.demo.startBot(a, &http.Client{Transport: local})
	}
	if err := a.writeReady(); err != nil {
		return err
	}
	a.log.Info("serving", "url", a.url.String(), "listen", listener.Addr().String(), "data", a.options.Data, "version", a.options.Version)
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
