package upgrade

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"usher/api/sites"
	"usher/test/binary"
)

// siteName is the site in which the days take place.
const siteName = "demo"

// server is a program at work on the directory data in dir, as its clients see it.
type server struct {
	t       *testing.T
	process *binary.Server
	ready   sites.Ready
	http    *http.Client
}

// begin starts a program.
func begin(t *testing.T, program, dir string, args ...string) *server {
	t.Helper()
	process, err := binary.Start(program, dir, os.Environ(), append([]string{
		"--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0", "--demo", "--demo-bot=false"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(process.Kill)
	if err := process.Wait(); err != nil {
		t.Fatal(err)
	}
	return &server{t, process, process.Ready, &http.Client{Timeout: time.Minute}}
}

// stop ends the program in order.
func (s *server) stop() {
	s.t.Helper()
	if err := s.process.Stop(); err != nil {
		s.t.Fatal(err)
	}
	if err := s.process.Alarm(); err != nil {
		s.t.Error(err)
	}
}

// call makes a request that must be answered 200. A body of bytes is sent as it is,
// any other as JSON.
func (s *server) call(method, path string, header http.Header, body, into any) http.Header {
	s.t.Helper()
	sent, raw := body.([]byte)
	if !raw && body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			s.t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.ready.URL+path, bytes.NewReader(sent))
	if err != nil {
		s.t.Fatal(err)
	}
	maps.Copy(r.Header, header)
	answer, err := s.http.Do(r)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %s %s: %s, %v\n%s", method, path, sent, answer.Status, err, b)
	}
	switch into := into.(type) {
	case nil:
	case *[]byte:
		*into = b
	default:
		if err := json.Unmarshal(b, into); err != nil {
			s.t.Fatalf("%s %s: %v in %s", method, path, err, b)
		}
	}
	return answer.Header
}

// admin makes a request with the admin token.
func (s *server) admin(method, path string, body, into any) {
	s.t.Helper()
	s.call(method, "/usher/admin/v1/sites/"+siteName+"/"+path, http.Header{"Authorization": {"Bearer " + s.ready.AdminToken}}, body, into)
}

// object is a JSON object.
type object = map[string]any

// number reads a number of an object.
func (s *server) number(o object, name string) int64 {
	s.t.Helper()
	n, ok := o[name].(float64)
	if !ok {
		s.t.Fatalf("%s is no number in %v", name, o)
	}
	return int64(n)
}

func text(o object, name string) string {
	if o[name] == nil {
		return ""
	}
	return fmt.Sprint(o[name])
}
