package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"

	"usher/internal/journal/sqlite"
	"usher/internal/mail"
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

	fault func(sqlite.Point) error // tests make the journal fail with it
}

// UsageError is a wrong option: one line that says what and how to mend it.
type UsageError struct{ message string }

func (e *UsageError) Error() string { return e.message }

func usage(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

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

// publicURL answers what clients are told: the option, or the address bound.
func (c checked) publicURL(bound *net.TCPAddr) *url.URL {
	if c.public != nil {
		return c.public
	}
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
