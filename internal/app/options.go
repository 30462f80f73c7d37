package app

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"usher/internal/journal"
	"usher/internal/journal/sqlite"
	"usher/internal/mail"
	"usher/internal/site"
)

// Options are what `usher serve` can be told. The zero value of a field is its
// default, where it has one.
type Options struct {
	// Data is the directory of the embedded database.
	Data string
	// Listen is the address to serve on; port 0 picks a free one.
	Listen string
	// PublicURL is what clients are told; "" is the address really bound.
	PublicURL string
	// Pool is this node's pool, such as "1:1".
	Pool string
	// Database is a PostgreSQL database that several nodes share; "" is the embedded one.
	Database string
	// Node is this node's name among those that share the database; "" is the host's.
	Node string
	// Advertise is where the other nodes reach this one; "" is the address really bound.
	Advertise string
	// Lease is how long the others wait for this node when it does not answer.
	Lease time.Duration
	// TrustedProxies are CIDRs whose X-Forwarded-For counts.
	TrustedProxies []string
	// TLSCert and TLSKey, or TLSSelfSigned, turn HTTPS on.
	TLSCert, TLSKey string
	TLSSelfSigned   bool
	// Demo makes the site demo if it is not there; DemoBot lets its bot answer.
	Demo, DemoBot bool
	// DemoPublic allows the demo on an address that is not loopback.
	DemoPublic bool
	// Blobs is where files are kept: "" for a folder in Data, or s3://bucket/prefix.
	Blobs string
	// SMTP is the mail server, as smtp://user:password@host:587 or smtps://…; "" sends no
	// mail. MailFrom is the sender's address.
	SMTP, MailFrom string
	// ReadyFile is written when the server answers.
	ReadyFile string
	// Log is where the server tells what happens.
	Log *slog.Logger
	// Version is handed out nowhere but in the log.
	Version string

	fault  func(sqlite.Point) error // tests make the journal fail with it
	format int                      // tests let the node be an older one with it; 0 is the program's own
}

// UsageError is a wrong option: one line that says what and how to mend it.
type UsageError struct{ message string }

func (e *UsageError) Error() string { return e.message }

func usage(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

const (
	usualLease    = 5 * time.Second
	shortestLease = 500 * time.Millisecond
	longestLease  = time.Minute
)

// nodeName is what a node may be called: it stands in logs and answers.
var nodeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// checkNode checks what only matters among several nodes, and fills in what is not given.
func (c *checked) checkNode() (err error) {
	if c.Database != "" {
		u, err := url.Parse(c.Database)
		if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
			return usage("--database: expected postgres://user:password@host:5432/name") // not quoted: it may hold a password
		}
	}
	if c.Node == "" {
		if c.Node, err = os.Hostname(); err != nil {
			return usage("this machine has no name (%v): give one with --node", err)
		}
	} else if !nodeName.MatchString(c.Node) {
		return usage("--node %q: expected up to 63 letters, digits, dots, _ and -", c.Node)
	}
	if c.Advertise != "" {
		u, err := url.Parse(c.Advertise)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
			return usage("--advertise %q: expected http:// or https:// and a host, with a port if need be", c.Advertise)
		}
		c.Advertise = u.Scheme + "://" + u.Host
	}
	c.Lease = cmp.Or(c.Lease, usualLease)
	if c.Lease < shortestLease || c.Lease > longestLease {
		return usage("--lease %v: expected a time from %v to %v", c.Lease, shortestLease, longestLease)
	}
	c.format = cmp.Or(c.format, site.EventFormat)
	return nil
}

var poolID = regexp.MustCompile(`^[0-9]+:[0-9]+$`)

// checked are options in the types that the server works with.
type checked struct {
	Options
	public  *url.URL // nil: the address really bound
	trusted []netip.Prefix
	tls     bool
	mail    *mail.Sender // nil: no mail is sent
}

// check refuses what cannot work before anything is opened.
func (o Options) check() (checked, error) {
	c := checked{Options: o, tls: o.TLSSelfSigned || o.TLSCert != ""}
	hostname, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return c, usage("--listen %q is no address: expected host:port, such as 127.0.0.1:8080", o.Listen)
	}
	switch {
	case o.Data == "":
		return c, usage("--data is empty: name a directory")
	case !poolID.MatchString(o.Pool):
		return c, usage("--pool %q: expected two numbers with a colon, such as 1:1", o.Pool)
	case (o.TLSCert == "") != (o.TLSKey == ""):
		return c, usage("--tls-cert and --tls-key belong together: give both")
	case o.TLSCert != "" && o.TLSSelfSigned:
		return c, usage("--tls-self-signed makes its own certificate: leave --tls-cert and --tls-key out")
	case o.Demo && !o.DemoPublic && !loopback(hostname):
		return c, usage("--demo on %s would hand its passwords to strangers: listen on 127.0.0.1, or add --demo-public", o.Listen)
	}
	if o.PublicURL != "" {
		c.public, err = url.Parse(o.PublicURL)
		if err != nil || c.public.Scheme != "http" && c.public.Scheme != "https" || c.public.Hostname() == "" {
			return c, usage("--public-url %q: expected http:// or https:// and a host", o.PublicURL)
		}
	}
	if err := c.checkNode(); err != nil {
		return c, err
	}
	if (o.SMTP == "") != (o.MailFrom == "") {
		return c, usage("--smtp and --mail-from belong together: give both")
	}
	if o.SMTP != "" {
		if c.mail, err = mail.New(o.SMTP, o.MailFrom); err != nil {
			return c, usage("--smtp and --mail-from: %v", err)
		}
	}
	if o.Blobs != "" && !strings.HasPrefix(o.Blobs, "s3://") {
		return c, usage("--blobs: expected s3://bucket/prefix, or nothing for a folder in --data")
	}
	for _, text := range o.TrustedProxies {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, aerr := netip.ParseAddr(text)
			if aerr != nil {
				return c, usage("--trusted-proxy %q: expected a network such as 10.0.0.0/8", text)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		c.trusted = append(c.trusted, p.Masked())
	}
	return c, nil
}

func loopback(hostname string) bool {
	if hostname == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(hostname)
	return err == nil && a.IsLoopback()
}

// self is this start of this node, as the others of its pool know it.
func (c checked) self(bound *url.URL) journal.Node {
	address := cmp.Or(c.Advertise, bound.String())
	return journal.Node{Name: c.Node, Incarnation: c.Node + "/" + rand.Text(), Address: address, Format: c.format, Version: c.Version}
}

// boundURL answers where the address that is really bound can be reached.
func (c checked) boundURL(bound *net.TCPAddr) *url.URL {
	scheme := "http"
	if c.tls {
		scheme = "https"
	}
	host := bound.String()
	if bound.IP.IsUnspecified() { // no address to call: the machine's name is the best guess
		if name, err := os.Hostname(); err == nil {
			host = net.JoinHostPort(name, fmt.Sprint(bound.Port))
		}
	}
	return &url.URL{Scheme: scheme, Host: host}
}

// explainListen makes a usage error of an address that cannot be bound.
func explainListen(addr string, err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return usage("cannot listen on %s: %v: choose another --listen, or stop what has it", addr, err)
}
