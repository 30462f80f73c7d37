package rest_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/api/consumer"
	"usher/internal/testkit"
)

// TestPoolSlowFile: a file may take its minutes, up and down, through a node that does
// not have the site.
func TestPoolSlowFile(t *testing.T) {
	inPool(t, 2, func(t *testing.T, p *testkit.Pool) {
		_, v := chatAt(p, 1, 1)
		content := png + strings.Repeat("x", 200_000)
		up := p.At(1).Dial()
		defer up.Close()
		fmt.Fprintf(up, "POST %s?name=a.png HTTP/1.1\r\nHost: usher.test\r\nSessionId: %s\r\nContent-Length: %d\r\n\r\n", testkit.OwnPath("files"), v.Session, len(content))
		for part := range 4 { // two minutes in all
			if _, err := io.WriteString(up, content[part*len(content)/4:(part+1)*len(content)/4]); err != nil {
				t.Fatal(err)
			}
			time.Sleep(30 * time.Second)
		}
		a, err := http.ReadResponse(bufio.NewReader(up), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		sent := testkit.Decode[consumer.FileResponse](v.Server, testkit.Answer{Status: a.StatusCode, Body: string(body)})

		down := p.At(1).Dial()
		defer down.Close()
		fmt.Fprintf(down, "GET %s HTTP/1.1\r\nHost: usher.test\r\n\r\n", strings.TrimPrefix(sent.File.URL, v.URL))
		slow := &throttled{down, 30 * time.Second / 50_000}
		if a, err = http.ReadResponse(bufio.NewReader(slow), nil); err != nil {
			t.Fatal(err)
		}
		if body, err = io.ReadAll(a.Body); err != nil || string(body) != content {
			t.Errorf("%d bytes of %d came: %v", len(body), len(content), err)
		}
	})
}

// throttled is a line that takes its time for every byte.
type throttled struct {
	io.Reader
	each time.Duration
}

func (r *throttled) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	time.Sleep(time.Duration(n) * r.each)
	return n, err
}

// TestPoolRefusedFile: what is left of a file that its site does not take is never
// taken for the client's next request.
func TestPoolRefusedFile(t *testing.T) {
	inPool(t, 2, func(t *testing.T, p *testkit.Pool) {
		_, v := chatAt(p, 1, 1)
		smuggled := "GET /healthz HTTP/1.1\r\nHost: usher.test\r\nSmuggled: yes\r\n\r\n"
		for i := range 30 {
			c := p.At(1).Dial()
			body := strings.Repeat(smuggled, 1<<(i%11))
			go io.WriteString(c, fmt.Sprintf("POST %s?name=a.png HTTP/1.1\r\nHost: usher.test\r\nSessionId: wrong\r\nContent-Length: %d\r\n\r\n%s", testkit.OwnPath("files"), len(body), body))
			r := bufio.NewReader(c)
			a, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, a.Body); err != nil {
				t.Fatal(err)
			}
			if a.StatusCode != http.StatusForbidden {
				t.Fatalf("status %d", a.StatusCode)
			}
			c.SetReadDeadline(time.Now().Add(time.Second))
			if a, err := http.ReadResponse(r, nil); err == nil {
				t.Fatalf("a second answer came, with status %d, to a file of %d bytes", a.StatusCode, len(body))
			}
			c.Close()
			expectStatus(t, v.Call("postMessage", `{"body":"hello"}`), http.StatusOK)
		}
		synctest.Wait()
	})
}

// TestPoolFileWhileItsNodeDies: a file that is on its way when the node that takes it
// dies is refused, or there once; it is never half there.
func TestPoolFileWhileItsNodeDies(t *testing.T) {
	inPool(t, 2, func(t *testing.T, p *testkit.Pool) {
		_, v := chatAt(p, 1, 1)
		content := png + strings.Repeat("x", 200_000)
		c := p.At(1).Dial()
		defer c.Close()
		fmt.Fprintf(c, "POST %s?name=a.png&messageId=1 HTTP/1.1\r\nHost: usher.test\r\nSessionId: %s\r\nContent-Length: %d\r\n\r\n%s", testkit.OwnPath("files"), v.Session, len(content), content[:100_000])
		time.Sleep(time.Second)
		p.Kill(0)
		go io.WriteString(c, content[100_000:])
		a, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
			t.Errorf("status %d, Retry-After %q", a.StatusCode, a.Header.Get("Retry-After"))
		}
		f := testkit.Decode[consumer.FileResponse](v.Server, visitorFile(v, "a.png", "1", content))
		got := v.Send("GET", strings.TrimPrefix(f.File.URL, v.URL), "")
		if got.Body != content {
			t.Errorf("the file has %d bytes, want %d", len(got.Body), len(content))
		}
	})
}
