package pages_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"usher/api/sites"
	"usher/test/binary"
)

// server is the real program with its demo, on a port and data of its own.
type server struct {
	t       *testing.T
	dir     string
	address string // host:port, the same after a restart
	running *binary.Server
	args    []string
}

// startServer starts the program with the demo and further arguments of usher serve.
// The test fails if the server reports a fault.
func startServer(t *testing.T, args ...string) *server {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := freshData()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, dir: t.TempDir(), address: "127.0.0.1:0", args: args}
	if err := os.CopyFS(filepath.Join(s.dir, "data"), os.DirFS(fresh)); err != nil {
		t.Fatal(err)
	}
	s.start(path)
	t.Cleanup(func() {
		s.running.Kill()
		if err := s.running.Alarm(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// freshData answers a directory with the data of a server that made the demo and was
// stopped. Each test begins with a copy: to make the accounts anew is slow on purpose,
// since their passwords are hashed.
var freshData = sync.OnceValues(func() (string, error) {
	path, err := program()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(temporary, "fresh")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	data := filepath.Join(dir, "data")
	running, err := binary.Start(path, dir, os.Environ(), "--demo", "--listen", "127.0.0.1:0", "--data", data)
	if err != nil {
		return "", err
	}
	defer running.Kill()
	if err := running.Wait(); err != nil {
		return "", err
	}
	return data, running.Stop()
})

func (s *server) start(path string) {
	s.t.Helper()
	args := append([]string{"--demo", "--listen", s.address, "--data", filepath.Join(s.dir, "data")}, s.args...)
	running, err := binary.Start(path, s.dir, os.Environ(), args...)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := running.Wait(); err != nil {
		s.t.Fatal(err)
	}
	u, err := url.Parse(running.Ready.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	s.running, s.address = running, u.Host
}

// kill ends the server as a crash does.
func (s *server) kill() { s.running.Kill() }

// again starts a killed server on its data and at its address.
func (s *server) again() {
	s.t.Helper()
	path, err := program()
	if err != nil {
		s.t.Fatal(err)
	}
	s.start(path)
}

// url answers the address of a path.
func (s *server) url(path string) string { return "http://" + s.address + path }

// demo is what the ready file says of the site demo.
func (s *server) demo() sites.ReadySite { return s.running.Ready.Sites[0] }

// password answers the password of one of the demo's accounts.
func (s *server) password(login string) string {
	s.t.Helper()
	for _, a := range s.demo().Accounts {
		if strings.EqualFold(a.Login, login) {
			return a.Password
		}
	}
	s.t.Fatalf("the demo has no account %s", login)
	return ""
}
