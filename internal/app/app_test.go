package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/api/sites"
	"usher/client/consumer"
)

func start(t *testing.T, o Options) *App {
	t.Helper()
	o.Log = slog.New(slog.DiscardHandler)
	o.Pool = "1:1"
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	a, err := Start(t.Context(), o)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() { stopApp(t, a) })
	return a
}

func stopApp(t *testing.T, a *App) {
	t.Helper()
	if err := a.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// TestEveryStartTellsTheSame: signing keys, tokens and the demo's passwords are
// made once; the ready file holds them, for its owner's eyes only.
func TestEveryStartTellsTheSame(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "ready.json")
	var seen []sites.Ready
	var curls []string
	for range 2 {
		a := start(t, Options{Data: filepath.Join(dir, "data"), Demo: true, ReadyFile: file})
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r sites.Ready
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatal(err)
		}
		if r.URL != a.URL() || len(r.Sites) != 1 || len(r.Sites[0].Accounts) != 3 || len(r.Sites[0].Queues) != 2 {
			t.Errorf("ready file: %+v", r)
		}
		r.URL = ""
		seen = append(seen, r)
		_, session, _ := strings.Cut(a.TryCurl(), "X-JSESSIONID: ")
		curls = append(curls, session)
		stopApp(t, a)
	}
	if diff := cmp.Diff(seen[0], seen[1]); diff != "" {
		t.Errorf("the second start tells something else:\n%s", diff)
	}
	if curls[0] != curls[1] {
		t.Error("the session of the printed curl changed")
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the ready file has mode %v, want 0600", info.Mode())
	}
}

// TestDemoSupervisor: the supervisor whom a start tells of may look, at every start.
func TestDemoSupervisor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		a := start(t, Options{Data: dir, Demo: true})
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL()+"/usher/admin/v1/sites/demo/standing", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth(a.Supervisor())
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("the supervisor is answered %d", answer.StatusCode)
		}
		stopApp(t, a)
	}
}

// TestSecondServerIsRefused: one server at a time has a data directory.
func TestSecondServerIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, Options{Data: dir, Demo: true})
	_, err := Start(t.Context(), Options{Data: dir, Listen: "127.0.0.1:0", Pool: "1:1", Log: slog.New(slog.DiscardHandler)})
	if _, ok := errors.AsType[*UsageError](err); !ok || !strings.Contains(err.Error(), dir) {
		t.Errorf("the second server: got %v, want a refusal that names the directory", err)
	}
	_, err = Start(t.Context(), Options{Data: t.TempDir(), Listen: strings.TrimPrefix(first.URL(), "http://"), Pool: "1:1", Log: slog.New(slog.DiscardHandler)})
	if _, ok := errors.AsType[*UsageError](err); !ok || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("the same address: got %v, want a refusal that names --listen", err)
	}
	if answer, err := http.Get(first.URL() + "/readyz"); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("the first server: %v, %v", answer, err)
	} else {
		answer.Body.Close()
	}
}

// TestReadyFileThatCannotBeWritten stops the start, and leaves nothing running.
func TestReadyFileThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := Options{Data: filepath.Join(dir, "data"), Listen: "127.0.0.1:0", Pool: "1:1", Log: slog.New(slog.DiscardHandler)}
	o.ReadyFile = filepath.Join(dir, "missing", "ready.json")
	if _, err := Start(t.Context(), o); !strings.Contains(err.Error(), "--ready-file") {
		t.Errorf("got %v", err)
	}
	o.ReadyFile = ""
	start(t, o) // the directory is free again
}

// TestChatWithTheBot: the demo's bot is an ordinary client; it answers, also
// over HTTPS with a certificate made for trying out, and after a restart.
func TestChatWithTheBot(t *testing.T) {
	t.Parallel()
	for name, secure := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for range 2 {
				a := start(t, Options{Data: dir, Demo: true, DemoBot: true, TLSSelfSigned: secure})
				client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: selfSigned(t, dir, secure)}}}
				said := chatOnce(t, a, client)
				if diff := cmp.Diff([]string{"hello"}, said); diff != "" {
					t.Errorf("the bot said (-want +got):\n%s", diff)
				}
				client.CloseIdleConnections()
				stopApp(t, a)
			}
		})
	}
}

func selfSigned(t *testing.T, dir string, secure bool) *x509.CertPool {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, selfSignedCert))
	if errors.Is(err, fs.ErrNotExist) && !secure {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(b)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return pool
}

// chatOnce says hello to the bot and ends the chat when it has answered.
func chatOnce(t *testing.T, a *App, c *http.Client) []string {
	t.Helper()
	s := a.Ready().Sites[0]
	session, err := consumer.Start(t.Context(), consumer.Options{
		Server: a.URL(), Site: s.Site, Key: s.WidgetKey, HTTP: c, Visitor: sites.SessionAttributes{QueueID: demoEcho},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Post(t.Context(), "hello"); err != nil {
		t.Fatal(err)
	}
	var said []string
	err = session.Run(t.Context(), func(ctx context.Context, m consumer.Message) error {
		if m.MessagePosted == nil {
			return nil
		}
		said = append(said, m.MessagePosted.Body)
		return session.Conclude(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	return said
}

// TestDemoKeepsChanges: what an administrator changed in the demo is not undone
// by the next start.
func TestDemoKeepsChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := start(t, Options{Data: dir, Demo: true})
	admin(t, a, http.MethodPut, "/queues/1", `{"name":"Cards","default":true}`)
	stopApp(t, a)
	a = start(t, Options{Data: dir, Demo: true})
	if got := admin(t, a, http.MethodPut, "/queues/3", `{"name":"Loans"}`); !strings.Contains(got, `"queueId":3`) {
		t.Errorf("queue 3: %s", got)
	}
	if got := admin(t, a, http.MethodGet, "", ""); !strings.Contains(got, `"site":"demo"`) || !strings.Contains(got, `"owner":"`+a.Ready().Node) {
		t.Errorf("the site: %s", got)
	}
}

func admin(t *testing.T, a *App, method, path, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, a.URL()+"/usher/admin/v1/sites/demo"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+a.Ready().AdminToken)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var v json.RawMessage
	if err := json.NewDecoder(answer.Body).Decode(&v); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d %s %v", method, path, answer.StatusCode, v, err)
	}
	return string(v)
}
