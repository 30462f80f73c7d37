package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/pprof"
	"time"

	"github.com/alecthomas/kong"

	"usher/internal/app"
)

// serveCommand is usher serve: its fields are the options of the server.
type serveCommand struct {
	Config        kong.ConfigFlag `help:"Read options from this YAML file; its keys are the flags' names." placeholder:"FILE" env:"USHER_CONFIG"`
	Data          string          `help:"Directory of the embedded database and attachments (${default})." default:"./usher-data" placeholder:"DIR" env:"USHER_DATA"`
	Listen        string          `help:"Address to serve on; port 0 picks a free one (${default})." default:"127.0.0.1:8080" placeholder:"ADDR" env:"USHER_LISTEN"`
	PublicURL     string          `name:"public-url" help:"The address that clients are told; by default the one really bound." placeholder:"URL" env:"USHER_PUBLIC_URL"`
	Pool          string          `help:"This node's pool (${default})." default:"1:1" placeholder:"ID" env:"USHER_POOL"`
	Database      string          `help:"Keep everything in this PostgreSQL database, which several nodes may share; by default in the data directory. The environment hides the password better." placeholder:"URL" env:"USHER_DATABASE"`
	Node          string          `help:"This node's name among those that share the database; by default the host's." placeholder:"NAME" env:"USHER_NODE"`
	Advertise     string          `help:"Where the other nodes reach this one; by default the address really bound." placeholder:"URL" env:"USHER_ADVERTISE"`
	Lease         time.Duration   `help:"How long the other nodes wait for this one when it does not answer (${default})." default:"5s" placeholder:"DURATION" env:"USHER_LEASE"`
	TrustedProxy  []string        `help:"A network whose X-Forwarded-For counts; may be repeated." placeholder:"CIDR" env:"USHER_TRUSTED_PROXY"`
	TLSCert       string          `name:"tls-cert" help:"Serve HTTPS with this certificate." placeholder:"FILE" env:"USHER_TLS_CERT"`
	TLSKey        string          `name:"tls-key" help:"The certificate's key." placeholder:"FILE" env:"USHER_TLS_KEY"`
	TLSSelfSigned bool            `name:"tls-self-signed" help:"Serve HTTPS with a certificate made for trying out." env:"USHER_TLS_SELF_SIGNED"`
	Demo          bool            `help:"Make the site demo if it is not there." env:"USHER_DEMO"`
	DemoBot       bool            `help:"Let the demo's bot answer." default:"true" negatable:"" env:"USHER_DEMO_BOT"`
	DemoPublic    bool            `help:"Allow the demo on an address that strangers reach." env:"USHER_DEMO_PUBLIC"`
	Blobs         string          `help:"Keep files in an S3-compatible bucket, as s3://bucket/prefix?endpoint=URL&region=NAME; by default in the data directory, or in the database of --database. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are the right to it." placeholder:"URL" env:"USHER_BLOBS"`
	SMTP          string          `name:"smtp" help:"Send mail through this server: smtp://user:password@host:587 or smtps://user:password@host:465. The environment hides the password better." placeholder:"URL" env:"USHER_SMTP"`
	MailFrom      string          `help:"The sender of mail." placeholder:"ADDRESS" env:"USHER_MAIL_FROM"`
	ReadyFile     string          `help:"Write this file when the server answers: its address, tokens and the demo's accounts, for scripts." placeholder:"FILE" env:"USHER_READY_FILE"`
	LogFormat     string          `help:"How to log: text or json." enum:"text,json" default:"text" env:"USHER_LOG_FORMAT"`
	LogLevel      string          `help:"What to log: debug, info, warn or error." enum:"debug,info,warn,error" default:"info" env:"USHER_LOG_LEVEL"`
	CPUProfile    string          `name:"cpu-profile" hidden:"" env:"USHER_CPUPROFILE"`
}

func (serveCommand) Help() string {
	return `Example:

  usher serve --demo
  usher serve --data /var/lib/usher --listen 127.0.0.1:9000 --public-url https://chat.example.org
  usher serve --database postgres://usher@db.example.org/usher --listen :8080 --advertise http://10.0.0.7:8080`
}

func (c serveCommand) Run(p *process) error {
	log := logger(p.stderr, c.LogFormat, c.LogLevel)
	if c.CPUProfile != "" {
		stop, err := profile(c.CPUProfile)
		if err != nil {
			return err
		}
		defer stop()
	}
	a, err := app.Start(p.ctx, app.Options{
		Data: c.Data, Listen: c.Listen, PublicURL: c.PublicURL, Pool: c.Pool,
		Database: c.Database, Node: c.Node, Advertise: c.Advertise, Lease: c.Lease, TrustedProxies: c.TrustedProxy,
		TLSCert: c.TLSCert, TLSKey: c.TLSKey, TLSSelfSigned: c.TLSSelfSigned,
		Blobs: c.Blobs, SMTP: c.SMTP, MailFrom: c.MailFrom,
		Demo: c.Demo, DemoBot: c.DemoBot, DemoPublic: c.DemoPublic, ReadyFile: c.ReadyFile, Log: log, Version: version(),
	})
	if err != nil {
		return err
	}
	greet(p.stdout, a)
	select {
	case <-p.ctx.Done():
	case err = <-a.Failed():
	}
	log.Info("stopping")
	if stopErr := a.Stop(context.WithoutCancel(p.ctx)); stopErr != nil {
		log.Error("stop", "err", stopErr)
		return stopErr
	}
	log.Info("stopped")
	return err
}

func logger(w io.Writer, format, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: l}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// profile writes a CPU profile until the function it answers is called.
func profile(file string) (func(), error) {
	f, err := os.Create(file)
	if err != nil {
		return nil, fmt.Errorf("write the CPU profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("write the CPU profile: %w", err)
	}
	return func() { pprof.StopCPUProfile(); f.Close() }, nil
}

// greet tells a person what to do next.
func greet(w io.Writer, a *app.App) {
	fmt.Fprintf(w, "usher is serving on %s\n", a.URL())
	ready, server := a.Ready(), ""
	if a.URL() != defaultServer {
		server = " --server " + a.URL()
	}
	for _, s := range ready.Sites {
		login, password := a.Supervisor()
		fmt.Fprintf(w, `
The site %[1]s is ready. See a whole chat in two windows of a browser:

  %[2]s/demo/                the visitor's page, which says what to do
  %[2]s/console/?site=%[1]s   the agent's: log in as %[3]s with %[4]s
  %[2]s/board/?site=%[1]s     the supervisor's: log in as %[5]s with %[6]s
`, s.Site, a.URL(), s.Accounts[0].Login, s.Accounts[0].Password, login, password)
		fmt.Fprintf(w, `
Or talk to its bot from another terminal:

  go run ./cmd/usher chat%s --queue 2

Be the agent whom visitors of queue 1 meet:

  go run ./cmd/usher agent%s --login %s --password %s

Retrieve messages as an agent's program does (nothing comes: it answers after the hold):

  %s

`, server, server, s.Accounts[0].Login, s.Accounts[0].Password, a.TryCurl())
	}
}
