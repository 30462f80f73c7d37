package app

import (
	"cmp"
	"errors"
	"net"
	"strings"
	"testing"
)

// TestOptions: what cannot work is refused before anything is opened, with one
// line that names the flag.
func TestOptions(t *testing.T) {
	t.Parallel()
	good := Options{Data: "d", Listen: "127.0.0.1:0", Pool: "1:1"}
	for _, c := range []struct {
		name   string
		change func(*Options)
		names  string // what the refusal must name; "" is accepted
	}{
		{"defaults", func(*Options) {}, ""},
		{"no port", func(o *Options) { o.Listen = "127.0.0.1" }, "--listen"},
		{"no data", func(o *Options) { o.Data = "" }, "--data"},
		{"pool without colon", func(o *Options) { o.Pool = "11" }, "--pool"},
		{"key without certificate", func(o *Options) { o.TLSKey = "k" }, "--tls-cert"},
		{"certificate without key", func(o *Options) { o.TLSCert = "c" }, "--tls-key"},
		{"two certificates", func(o *Options) { o.TLSCert, o.TLSKey, o.TLSSelfSigned = "c", "k", true }, "--tls-self-signed"},
		{"demo for strangers", func(o *Options) { o.Demo, o.Listen = true, "0.0.0.0:0" }, "--demo-public"},
		{"demo on every address", func(o *Options) { o.Demo, o.Listen = true, ":0" }, "--demo-public"},
		{"demo for strangers, wanted", func(o *Options) { o.Demo, o.DemoPublic, o.Listen = true, true, "0.0.0.0:0" }, ""},
		{"demo on loopback", func(o *Options) { o.Demo, o.Listen = true, "[::1]:0" }, ""},
		{"demo on localhost", func(o *Options) { o.Demo, o.Listen = true, "localhost:0" }, ""},
		{"public URL without scheme", func(o *Options) { o.PublicURL = "chat.example.org" }, "--public-url"},
		{"public URL of another kind", func(o *Options) { o.PublicURL = "ftp://chat.example.org" }, "--public-url"},
		{"public URL", func(o *Options) { o.PublicURL = "https://chat.example.org" }, ""},
		{"proxy by name", func(o *Options) { o.TrustedProxies = []string{"proxy"} }, "--trusted-proxy"},
		{"proxy network", func(o *Options) { o.TrustedProxies = []string{"10.0.0.0/8", "192.0.2.1"} }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := good
			c.change(&o)
			_, err := o.check()
			if c.names == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			if _, ok := errors.AsType[*UsageError](err); !ok || !strings.Contains(err.Error(), c.names) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line that names %s", err, c.names)
			}
		})
	}
}

func TestPublicURL(t *testing.T) {
	t.Parallel()
	bound := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 41233}
	for _, c := range []struct{ option, want string }{
		{"", "http://127.0.0.1:41233"},
		{"https://chat.example.org", "https://chat.example.org"},
	} {
		o, err := Options{Data: "d", Listen: "127.0.0.1:0", Pool: "1:1", PublicURL: c.option}.check()
		if err != nil {
			t.Fatal(err)
		}
		if got := cmp.Or(o.public, o.boundURL(bound)).String(); got != c.want {
			t.Errorf("%q: got %s, want %s", c.option, got, c.want)
		}
	}
	secure, err := Options{Data: "d", Listen: "127.0.0.1:0", Pool: "1:1", TLSSelfSigned: true}.check()
	if err != nil {
		t.Fatal(err)
	}
	if got := secure.boundURL(bound).String(); got != "https://127.0.0.1:41233" {
		t.Errorf("with TLS: got %s", got)
	}
}
