package app

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/client/agent"
	"usher/client/consumer"
)

// issuer is who signs certificates: a root, or one below it.
type issuer struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// issue signs a certificate for localhost with a new key of its kind.
func (by *issuer) issue(t *testing.T, change func(*x509.Certificate), key crypto.Signer) *issuer {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "a test's"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &issuer{cert, key}
}

func authority(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }

func ellipticKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// pemOf writes certificates one after the other, as files have them.
func pemOf(chain ...*issuer) []byte {
	var b bytes.Buffer
	for _, i := range chain {
		pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: i.cert.Raw})
	}
	return b.Bytes()
}

func keyPEM(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// write answers the path of a new file.
func write(t *testing.T, content []byte) string {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "*.pem")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// trusting answers a client that knows these roots and no others.
func trusting(t *testing.T, roots ...*x509.Certificate) *http.Client {
	pool := x509.NewCertPool()
	for _, r := range roots {
		pool.AddCert(r)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// TestChatOverHTTPS: a whole chat of a visitor with a person, over each kind of
// certificate. Clients trust what a browser would have to: the certificate itself
// when it is self-signed, and else the root alone.
func TestChatOverHTTPS(t *testing.T) {
	t.Parallel()
	root := (*issuer)(nil).issue(t, authority, ellipticKey(t))
	between := root.issue(t, authority, ellipticKey(t))
	short := ellipticKey(t)
	byRoot := root.issue(t, nil, short)
	long := rsaKey(t)
	byOther := between.issue(t, nil, long)
	own := (*issuer)(nil).issue(t, nil, ellipticKey(t))
	sec1, err := x509.MarshalECPrivateKey(short)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		cert, key []byte // none: --tls-self-signed
		trusts    *issuer
	}{
		"made by usher":          {},
		"signed by a root":       {pemOf(byRoot), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1}), root},
		"a chain, with RSA":      {pemOf(byOther, between), pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(long)}), root},
		"self-signed by its own": {pemOf(own), keyPEM(t, own.key), own},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Options{Data: t.TempDir(), Demo: true, DemoBot: true, TLSSelfSigned: c.cert == nil}
			if c.cert != nil {
				o.TLSCert, o.TLSKey = write(t, c.cert), write(t, c.key)
			}
			a := start(t, o)
			if !strings.HasPrefix(a.URL(), "https://127.0.0.1:") {
				t.Errorf("served at %s", a.URL())
			}
			trusted := c.trusts
			if trusted == nil {
				trusted = &issuer{cert: selfSignedIn(t, o.Data)}
			}
			client := trusting(t, trusted.cert)
			if diff := cmp.Diff([]string{"agent: offered", "visitor: joined Ada", "agent: hello", "visitor: hello to you", "visitor: AGENT_CONCLUDED"}, chatWithAda(t, a, client)); diff != "" {
				t.Errorf("the chat (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"hello"}, chatOnce(t, a, client)); diff != "" { // which has to trust the server, too
				t.Errorf("the bot said (-want +got):\n%s", diff)
			}
			if _, err := trusting(t).Get(a.URL() + "/healthz"); err == nil {
				t.Error("a client that trusts nobody got an answer")
			}
		})
	}
}

// chatWithAda lets a visitor and ada talk, and tells what each side was sent.
func chatWithAda(t *testing.T, a *App, c *http.Client) (said []string) {
	t.Helper()
	site := a.Ready().Sites[0]
	ada, err := agent.Dial(t.Context(), agent.Options{Server: a.URL(), Site: site.Site, Login: "ada", Password: site.Accounts[0].Password, HTTP: c})
	if err != nil {
		t.Fatal(err)
	}
	if err := ada.SetActivityStatus(t.Context(), api.StatusAvailable, 1); err != nil {
		t.Fatal(err)
	}
	if err := ada.RequestAssignment(t.Context(), true, 1, 1); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	heard, ended := make(chan string), make(chan error, 1)
	tell := func(text string) {
		select {
		case heard <- text:
		case <-ctx.Done():
		}
	}
	go func() {
		ended <- ada.Run(ctx, func(ctx context.Context, m agent.Message) error {
			switch {
			case m.ChatEngagementAssignment != nil:
				tell("agent: offered")
				_, err := ada.Accept(ctx, m.ChatEngagementAssignment)
				return err
			case m.ChatPostMessage != nil:
				tell("agent: " + m.ChatPostMessage.Body)
				return ada.Post(ctx, m.ChatPostMessage.DestinationID, m.ChatPostMessage.Body+" to you")
			}
			return nil
		})
	}()
	visitor, err := consumer.Start(t.Context(), consumer.Options{Server: a.URL(), Site: site.Site, Key: site.WidgetKey, HTTP: c})
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() {
		over <- visitor.Run(ctx, func(ctx context.Context, m consumer.Message) error {
			switch {
			case m.ParticipantAdded != nil:
				tell("visitor: joined " + m.ParticipantAdded.Name)
				return visitor.Post(ctx, "hello")
			case m.MessagePosted != nil:
				tell("visitor: " + m.MessagePosted.Body)
				return ada.Conclude(ctx, visitor.EngagementID)
			case m.Concluded != nil:
				tell("visitor: " + string(m.Concluded.Reason))
			}
			return nil
		})
	}()
	for {
		select {
		case text := <-heard:
			said = append(said, text)
		case err := <-ended:
			t.Fatalf("the agent's loop ended: %v", err)
		case err := <-over:
			if err != nil {
				t.Errorf("the visitor's loop: %v", err)
			}
			stop()
			<-ended
			return said
		}
	}
}

// selfSignedIn reads the certificate that usher made.
func selfSignedIn(t *testing.T, dir string) *x509.Certificate {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, selfSignedCert))
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(b)
	if block == nil || len(rest) > 0 {
		t.Fatalf("%s holds no certificate, or more than one: %s", selfSignedCert, b)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// TestHTTPSIsHTTP1Alone: whatever a client would like, answers come over HTTP/1.1,
// since with HTTP/2 there is no connection of an answer; and over no old TLS.
func TestHTTPSIsHTTP1Alone(t *testing.T) {
	t.Parallel()
	o := Options{Data: t.TempDir(), TLSSelfSigned: true}
	a := start(t, o)
	roots := x509.NewCertPool()
	roots.AddCert(selfSignedIn(t, o.Data))
	address := strings.TrimPrefix(a.URL(), "https://")
	for name, c := range map[string]struct {
		config *tls.Config
		want   string // what is agreed on, "-" for nothing
	}{
		"as browsers ask": {&tls.Config{NextProtos: []string{"h2", "http/1.1"}}, "http/1.1"},
		"without asking":  {&tls.Config{}, ""},
		"HTTP/2 alone":    {&tls.Config{NextProtos: []string{"h2"}}, "-"},
		"TLS 1.2":         {&tls.Config{MaxVersion: tls.VersionTLS12}, ""},
		"TLS 1.1":         {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, "-"},
	} {
		c.config.RootCAs = roots
		conn, err := tls.Dial("tcp", address, c.config)
		got := "-"
		if err == nil {
			got = conn.ConnectionState().NegotiatedProtocol
			conn.Close()
		}
		if got != c.want {
			t.Errorf("%s: agreed on %q, want %q (%v)", name, got, c.want, err)
		}
	}
	if answer, err := http.Get("http://" + address + "/healthz"); err == nil {
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			t.Error("plain HTTP is served on the port of HTTPS")
		}
	}
	eager := trusting(t, selfSignedIn(t, o.Data))
	eager.Transport.(*http.Transport).ForceAttemptHTTP2 = true
	answer, err := eager.Get(a.URL() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.Proto != "HTTP/1.1" || answer.StatusCode != http.StatusOK {
		t.Errorf("%d over %s", answer.StatusCode, answer.Proto)
	}
}

// TestWrongCertificates: what cannot be served with is refused with one line that
// names the options, and leaves nothing running.
func TestWrongCertificates(t *testing.T) {
	t.Parallel()
	good := (*issuer)(nil).issue(t, nil, ellipticKey(t))
	cert, key := pemOf(good), keyPEM(t, good.key)
	missing := filepath.Join(t.TempDir(), "nowhere.pem")
	for name, c := range map[string]struct{ cert, key string }{
		"no certificate there":   {missing, write(t, key)},
		"no key there":           {write(t, cert), missing},
		"a folder":               {t.TempDir(), write(t, key)},
		"empty files":            {write(t, nil), write(t, nil)},
		"no PEM":                 {write(t, good.cert.Raw), write(t, key)},
		"the two the wrong way":  {write(t, key), write(t, cert)},
		"the certificate twice":  {write(t, cert), write(t, cert)},
		"another's key":          {write(t, cert), write(t, keyPEM(t, ellipticKey(t)))},
		"a key of another kind":  {write(t, cert), write(t, keyPEM(t, rsaKey(t)))},
		"a locked key":           {write(t, cert), write(t, pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}))},
		"half a certificate":     {write(t, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: good.cert.Raw[:100]})), write(t, key)},
		"the issuer's in front":  {write(t, append(pemOf((*issuer)(nil).issue(t, authority, ellipticKey(t))), cert...)), write(t, key)},
		"a key that was cut off": {write(t, cert), write(t, key[:len(key)/2])},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Options{Data: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", Pool: "1:1", TLSCert: c.cert, TLSKey: c.key, Log: slog.New(slog.DiscardHandler)}
			refused(t, o, "--tls-cert", "--tls-key")
			o.TLSCert, o.TLSKey = "", ""
			start(t, o) // the directory is free
		})
	}
}

// refused: a start fails as wrong use, with one line that names these.
func refused(t *testing.T, o Options, names ...string) {
	t.Helper()
	a, err := Start(t.Context(), o)
	if err == nil {
		stopApp(t, a)
		t.Fatal("it was served")
	}
	if _, ok := errors.AsType[*UsageError](err); !ok || strings.ContainsAny(err.Error(), "\r\n") {
		t.Errorf("got %T %q, want a usage error in one line", err, err)
	}
	for _, name := range names {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
	if strings.Contains(err.Error(), "PRIVATE") {
		t.Errorf("%q shows of the key", err)
	}
}

// TestSelfSignedCertificate: it is for the host that clients are told, and for this
// machine's own names; it stays the same over restarts while it serves that host.
func TestSelfSignedCertificate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ public, host string }{
		{"", "127.0.0.1"}, {"https://chat.example.org", "chat.example.org"}, {"https://chat.example.org:8443", "chat.example.org"},
		{"https://192.0.2.7", "192.0.2.7"}, {"https://[2001:db8::7]:8443", "2001:db8::7"},
	} {
		t.Run(c.public, func(t *testing.T) {
			t.Parallel()
			o := Options{Data: t.TempDir(), PublicURL: c.public, TLSSelfSigned: true}
			var first, firstKey []byte
			for n := range 3 {
				a := start(t, o)
				cert := selfSignedIn(t, o.Data)
				for _, host := range []string{c.host, "localhost", "127.0.0.1", "::1"} {
					if err := cert.VerifyHostname(host); err != nil {
						t.Error(err)
					}
				}
				if err := cert.VerifyHostname("elsewhere.example"); err == nil {
					t.Error("it is for another host, too")
				}
				if left := time.Until(cert.NotAfter); left < 30*24*time.Hour {
					t.Errorf("it is good for %v", left)
				}
				b, k := read(t, o.Data, selfSignedCert), read(t, o.Data, selfSignedKey)
				if n > 0 && (!bytes.Equal(b, first) || !bytes.Equal(k, firstKey)) {
					t.Errorf("start %d has another certificate", n+1)
				}
				first, firstKey = b, k
				if info, err := os.Stat(filepath.Join(o.Data, selfSignedKey)); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("the key's file: %v %v", info, err)
				}
				stopApp(t, a)
			}
		})
	}
}

// TestSelfSignedCertificateIsMadeAnew: when the host is another one, or when it is
// about to expire; both files change, and it serves.
func TestSelfSignedCertificateIsMadeAnew(t *testing.T) {
	t.Parallel()
	expiring := func(after time.Duration) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			old := (*issuer)(nil).issue(t, func(c *x509.Certificate) {
				authority(c)
				c.NotAfter = time.Now().Add(after)
			}, ellipticKey(t))
			for name, b := range map[string][]byte{selfSignedCert: pemOf(old), selfSignedKey: keyPEM(t, old.key)} {
				if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	remove := func(name string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		between func(t *testing.T, dir string)
		public  string
		anew    bool
	}{
		"another host":  {nil, "https://other.example", true},
		"the same host": {nil, "", false},
		"expired":       {expiring(-time.Minute), "", true},
		"expires today": {expiring(12 * time.Hour), "", true},
		"expires later": {expiring(72 * time.Hour), "", false},
		"the files are gone": {func(t *testing.T, dir string) {
			remove(selfSignedCert)(t, dir)
			remove(selfSignedKey)(t, dir)
		}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Options{Data: t.TempDir(), TLSSelfSigned: true}
			stopApp(t, start(t, o))
			before := read(t, o.Data, selfSignedCert)
			if c.between != nil {
				c.between(t, o.Data)
				if b, err := os.ReadFile(filepath.Join(o.Data, selfSignedCert)); err == nil {
					before = b
				}
			}
			o.PublicURL = c.public
			a := start(t, o)
			if anew := !bytes.Equal(before, read(t, o.Data, selfSignedCert)); anew != c.anew {
				t.Errorf("made anew: %t, want %t", anew, c.anew)
			}
			cert := selfSignedIn(t, o.Data)
			if c.public != "" {
				if err := cert.VerifyHostname(strings.TrimPrefix(c.public, "https://")); err != nil {
					t.Error(err)
				}
				return // its address is not ours
			}
			answer, err := trusting(t, cert).Get(a.URL() + "/readyz")
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			expectOK(t, answer)
		})
	}
}

func expectOK(t *testing.T, answer *http.Response) {
	t.Helper()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("status %d", answer.StatusCode)
	}
}

// TestDamagedSelfSignedCertificate: what somebody broke is not replaced behind their
// back, since browsers were told to trust it: one line says what to delete.
func TestDamagedSelfSignedCertificate(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]struct{ file, content string }{
		"the certificate": {selfSignedCert, "nonsense"}, "the key": {selfSignedKey, "nonsense"},
		"an empty certificate": {selfSignedCert, ""}, "an empty key": {selfSignedKey, ""},
		"another's key": {selfSignedKey, string(keyPEM(t, ellipticKey(t)))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Options{Data: t.TempDir(), Listen: "127.0.0.1:0", Pool: "1:1", TLSSelfSigned: true, Log: slog.New(slog.DiscardHandler)}
			stopApp(t, start(t, o))
			if err := os.WriteFile(filepath.Join(o.Data, damage.file), []byte(damage.content), 0o600); err != nil {
				t.Fatal(err)
			}
			refused(t, o, o.Data, selfSignedCert, selfSignedKey)
			for _, file := range []string{selfSignedCert, selfSignedKey} {
				if err := os.Remove(filepath.Join(o.Data, file)); err != nil {
					t.Fatal(err)
				}
			}
			start(t, o)
		})
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
