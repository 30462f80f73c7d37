package rest_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/auth"
	"usher/internal/journal"
	"usher/internal/site"
	"usher/internal/testkit"
)

// TestPoolPassOfAStranger: whoever shows a pass that is not of this pool is refused,
// at whatever node and path, and nothing is believed of it.
func TestPoolPassOfAStranger(t *testing.T) {
	inPool(t, 2, func(t *testing.T, p *testkit.Pool) {
		_, v := p.Round().Chat("ada")
		key, err := p.At(0).Keys.PoolKey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		own := auth.Pass{Node: p.Address(0), Address: netip.MustParseAddr("10.0.0.1"), Answer: "1"}
		sign := func(pass auth.Pass, key []byte, at time.Time) string {
			text, err := pass.Sign(key, at)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		good := sign(own, key, time.Now())
		parts := strings.Split(good, ".")
		none, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"aud": "usher-pool", "exp": time.Now().Add(time.Minute).Unix(), "address": "10.0.0.1"}).SignedString(jwt.UnsafeAllowNoneSignatureType)
		if err != nil {
			t.Fatal(err)
		}
		other, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"aud": "usher-agent", "exp": time.Now().Add(time.Minute).Unix()}).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		endless, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"aud": "usher-pool"}).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		for what, pass := range map[string]string{
			"garbage": "x", "dots": strings.Repeat(".", 5000), "a token of another kind": p.At(0).VisitorToken(`{}`),
			"of a foreign key": sign(own, []byte("another pool's key"), time.Now()), "of no key": sign(own, nil, time.Now()), "long expired": sign(own, key, time.Now().Add(-time.Hour)),
			"unsigned": none, "for another audience": other, "without an end": endless,
			"with another's claims": parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"aud":"usher-pool","exp":99999999999,"address":"10.0.0.1"}`)) + "." + parts[2],
		} {
			for node := range 2 {
				s := p.At(node)
				for _, r := range [][2]string{
					{"POST", testkit.VisitorPath("postMessage")}, {"POST", testkit.VisitorPath("getMessages")}, {"GET", "/usher/pool/v1/answers/1"},
					{"POST", "/usher/pool/v1/look"}, {"GET", "/usher/admin/v1/sites"}, {"GET", "/healthz"},
				} {
					status, body := undocumented(t, s, r[0], r[1], "SessionId", v.Session, "Usher-Pool", pass)
					if status != http.StatusForbidden {
						t.Errorf("%s at node %d, %s: %d %s", what, node, r[1], status, body)
					}
					if strings.Contains(body, string(key)) || strings.Contains(p.Logs.String(), string(key)) {
						t.Error("the pool's key is shown")
					}
				}
			}
		}
		status, body := undocumented(t, p.At(1), "POST", testkit.VisitorPath("activity"), "SessionId", v.Session, "Usher-Pool", good)
		if status != http.StatusMisdirectedRequest { // what a node shows is believed; the test knows what it does
			t.Errorf("with a good pass, where the site is not: %d %s", status, body)
		}
	})
}

// undocumented sends a request that is no client's, of which the documents know
// nothing.
func undocumented(t *testing.T, s *testkit.Server, method, path string, header ...string) (status int, body string) {
	t.Helper()
	c := s.Dial()
	defer c.Close()
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: usher.test\r\nConnection: close\r\nContent-Length: 0\r\n", method, path)
	for i := 0; i < len(header); i += 2 {
		fmt.Fprintf(&b, "%s: %s\r\n", header[i], header[i+1])
	}
	b.WriteString("\r\n")
	go io.WriteString(c, b.String()) // it is answered before all of it is read when it is too long
	a, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(text)
}

// TestPoolPathsOfNodes: what nodes ask each other is nothing for anybody else.
func TestPoolPathsOfNodes(t *testing.T) {
	inPool(t, 2, func(t *testing.T, p *testkit.Pool) {
		for node := range 2 {
			for _, path := range []string{"/usher/pool/v1/answers/1", "/usher/pool/v1/answers/", "/usher/pool/v1/look", "/usher/pool/v1/", "/usher/pool/v1/../v1/look", "/usher/pool//v1/look"} {
				for _, method := range []string{"GET", "POST", "PUT", "HEAD", "OPTIONS"} {
					if a := p.At(node).Send(method, path, ""); a.Status != http.StatusNotFound {
						t.Errorf("%s %s at node %d: %d %s", method, path, node, a.Status, a.Body)
					}
				}
			}
		}
	})
}

// TestPoolHeadersOfClients: what a client says of sites and owners means nothing, and
// is not said to clients.
func TestPoolHeadersOfClients(t *testing.T) {
	inPool(t, 2, func(t *testing.T, p *testkit.Pool) {
		_, v := p.Round().Chat("ada")
		for i := range 4 {
			a := p.At(i%2).Send("POST", testkit.VisitorPath("postMessage"), `{"body":"hello"}`, "SessionId", v.Session,
				"Usher-Site-Owner", "n2-1", "Usher-Site-Epoch", "999999", "X-Forwarded-For", "10.0.0.1", "Connection", "Usher-Ack")
			expectStatus(t, a, http.StatusOK)
			for name := range a.Header {
				if strings.HasPrefix(name, "Usher-Site") || name == "Usher-Pool" {
					t.Errorf("a client is told %s: %s", name, a.Header.Get(name))
				}
			}
		}
		if owner := p.Owner(testkit.SiteName); owner != 0 {
			t.Errorf("the site is at node %d now", owner)
		}
	})
}

// TestPoolWrongBeliefs: nodes that each believe that another one has the site, and can
// never find out, send nothing round in circles: a command is refused when its time is
// over, a retrieval ends with the time-out.
func TestPoolWrongBeliefs(t *testing.T) {
	for name, believe := range map[string][3]int{"two each other": {1, 0, 0}, "three in a ring": {1, 2, 0}} {
		t.Run(name, func(t *testing.T) {
			inPool(t, 3, func(t *testing.T, p *testkit.Pool) {
				_, v := p.Round().Chat("ada")
				v.Poll()
				for node, owner := range believe {
					incarnation := "n" + digits(int64(owner+1)) + "-1"
					p.Cluster(node).Learn(testkit.SiteName, 1000+int64(node), journal.Node{Incarnation: incarnation, Address: p.Address(owner), Format: site.EventFormat}, incarnation)
				}
				for node := range 3 {
					began := time.Now()
					a := visitorAt(p.At(node), v).Call("postMessage", `{"body":"hello"}`)
					if took := time.Since(began); a.Status != http.StatusServiceUnavailable && a.Status != http.StatusRequestTimeout || a.Header.Get("Retry-After") == "" || took != 20*time.Second {
						t.Errorf("node %d answers after %v: %d %s", node, took, a.Status, a.Body)
					}
					began = time.Now()
					a = visitorAt(p.At(node), v).Call("getMessages", "")
					if took := time.Since(began); a.Status != http.StatusOK || took != 30*time.Second {
						t.Errorf("node %d answers a retrieval after %v: %d %s", node, took, a.Status, a.Body)
					}
				}
			})
		})
	}
}

// TestPoolLimits: the limits of strangers count a client's own address, whatever nodes
// it asks, and not the node's that sends its requests on.
func TestPoolLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := testkit.NewPool(t, 3, testkit.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
		node := 0
		from := func(address string) *testkit.Server {
			return p.From(netip.MustParseAddr(address), func() int { node = (node + 1) % 3; return node })
		}
		guess := func(s *testkit.Server, header ...string) int {
			return s.Send("POST", testkit.VisitorPath("postMessage"), `{"body":"x"}`, append(header, "SessionId", "wrong")...).Status
		}
		for who, s := range map[string]*testkit.Server{"a stranger": from(stranger), "whom a proxy names": from(proxy)} {
			forwarded := []string{"X-Forwarded-For", hostile}
			refused := 0
			for range 150 { // 100 may be made at once
				switch status := guess(s, forwarded...); status {
				case http.StatusForbidden:
				case http.StatusTooManyRequests:
					refused++
				default:
					t.Fatalf("%s: %d", who, status)
				}
			}
			if refused != 50 {
				t.Errorf("%s: %d guesses of 150 were refused, want 50", who, refused)
			}
		}
		for what, status := range map[string]int{
			"another stranger":           guess(from("198.51.200.9")),
			"another behind the proxy":   guess(from(proxy), "X-Forwarded-For", harmless),
			"a name that nobody vouches": guess(from("198.51.201.9"), "X-Forwarded-For", hostile),
		} {
			if status != http.StatusForbidden {
				t.Errorf("%s: %d", what, status)
			}
		}
	})
}

// TestPoolAddress: the agent sees the visitor's own address, whatever node was asked.
func TestPoolAddress(t *testing.T) {
	inPool(t, 2, func(t *testing.T, p *testkit.Pool) {
		a := p.At(0).LogOn("ada")
		for node := range 2 {
			a.Ask(1)
			v := p.From(netip.MustParseAddr(stranger), func() int { return node }).Enter(testkit.Support)
			offer := a.Call("getMessages", "")
			expectText(t, offer.Body, `"ipAddress":"`+stranger+`"`)
			expectStatus(t, v.Call("concludeEngagement", ""), http.StatusOK)
		}
	})
}

// TestPoolBodies: the largest, the slow and the broken are taken and refused as by one
// node, whoever is asked and wherever the site goes meanwhile.
func TestPoolBodies(t *testing.T) {
	const post = `{"body":"hello"}`
	type sent struct {
		first, rest string
		pause       time.Duration
		meanwhile   func(t *testing.T, p *testkit.Pool)
		status      int
		took        time.Duration
	}
	for name, x := range map[string]sent{
		"the largest":                     {post + strings.Repeat(" ", maxBody-len(post)), "", 0, nil, 200, 0},
		"slow":                            {post[:8], post[8:], 15 * time.Second, nil, 200, 15 * time.Second},
		"slow, while the site moves":      {post[:8], post[8:], 15 * time.Second, func(_ *testing.T, p *testkit.Pool) { p.Stop(0) }, 200, 15 * time.Second},
		"slow, while its node dies":       {post[:8], post[8:], 15 * time.Second, func(_ *testing.T, p *testkit.Pool) { p.Kill(0) }, 200, 15 * time.Second},
		"too slow":                        {post[:8], "", time.Minute, nil, 400, 20 * time.Second},
		"nothing of it":                   {"", post, 5 * time.Second, nil, 200, 5 * time.Second},
		"the largest, and slow":           {strings.Repeat(" ", maxBody-len(post)), post, 5 * time.Second, nil, 200, 5 * time.Second},
		"slow, and sent where it belongs": {post[:8], post[8:], 15 * time.Second, nil, 200, 15 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inPool(t, 2, func(t *testing.T, p *testkit.Pool) {
				_, v := p.Round().Chat("ada")
				node := 1
				if name == "slow, and sent where it belongs" {
					node = 0
				}
				c := p.At(node).Dial()
				defer c.Close()
				began := time.Now()
				fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: usher.test\r\nSessionId: %s\r\nContent-Length: %d\r\n\r\n", testkit.VisitorPath("postMessage"), v.Session, max(len(x.first+x.rest), len(post)))
				done := make(chan *http.Response, 1)
				go func() {
					a, err := http.ReadResponse(bufio.NewReader(c), nil)
					if err != nil {
						t.Errorf("no answer: %v", err)
					}
					done <- a
				}()
				io.WriteString(c, x.first)
				time.Sleep(time.Second)
				if x.meanwhile != nil {
					x.meanwhile(t, p)
				}
				if x.rest != "" || x.pause == 0 {
					time.Sleep(x.pause - time.Since(began))
					io.WriteString(c, x.rest)
				}
				a := <-done
				if a == nil {
					return
				}
				if a.StatusCode != x.status {
					text, _ := io.ReadAll(a.Body)
					t.Errorf("status %d, want %d: %s", a.StatusCode, x.status, text)
				}
				if took := time.Since(began); x.took > 0 && took != x.took {
					t.Errorf("it took %v, want %v", took, x.took)
				}
			})
		})
	}
}

// TestPoolBrokenBody: a body that breaks off is the client's fault, at any node.
func TestPoolBrokenBody(t *testing.T) {
	for node := range 2 {
		inPool(t, 2, func(t *testing.T, p *testkit.Pool) {
			_, v := p.Round().Chat("ada")
			for _, body := range []string{"Content-Length: 20\r\n\r\n{\"body\":", "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"bod\r\nzz\r\n"} {
				c := p.At(node).Dial()
				fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: usher.test\r\nSessionId: %s\r\n%s", testkit.VisitorPath("postMessage"), v.Session, body)
				if strings.HasPrefix(body, "Content") {
					time.Sleep(20 * time.Second) // it is given up
				}
				a, err := http.ReadResponse(bufio.NewReader(c), nil)
				if err != nil {
					t.Fatal(err)
				}
				if a.StatusCode != http.StatusBadRequest {
					t.Errorf("at node %d: %d", node, a.StatusCode)
				}
				c.Close()
			}
		})
	}
}

// TestPoolStaleConnections: a connection between nodes that turns out to be dead when
// it is used costs nobody a refusal, and no post is made twice.
func TestPoolStaleConnections(t *testing.T) {
	inPool(t, 2, func(t *testing.T, p *testkit.Pool) {
		a, v := chatAt(p, 0, 1)
		for i := range 5 {
			v.Post("before") // so that there is a connection
			p.Deaden(1)
			expectStatus(t, v.Call("postMessage", `{"body":"after `+digits(int64(i))+`"}`), http.StatusOK)
		}
		texts := historyOf(t, a, v.Engagement)
		for i := range 5 {
			if n := count(texts, "after "+digits(int64(i))); n != 1 {
				t.Errorf("post %d is there %d times", i, n)
			}
		}
	})
}

// TestPoolLargeAnswers: answers that are larger than one read come whole.
func TestPoolLargeAnswers(t *testing.T) {
	inPool(t, 2, func(t *testing.T, p *testkit.Pool) {
		a, v := chatAt(p, 1, 1)
		for range 4 {
			v.Post(large)
		}
		for range 50 {
			answer, err := a.TryCall("history", inEngagement(v.Engagement, "")+strings.Repeat(" ", 5000))
			if err != nil || answer.Status != http.StatusOK || !strings.HasSuffix(answer.Body, "}\n") {
				t.Fatalf("%d %v", answer.Status, err)
			}
		}
	})
}

// TestPoolCutCommand: an answer to a command that breaks off between the nodes is
// never handed on as a whole one, and a command whose answer is lost is not done again.
func TestPoolCutCommand(t *testing.T) {
	inPool(t, 2, func(t *testing.T, p *testkit.Pool) {
		a, v := chatAt(p, 0, 1)
		for _, bytes := range []int{0, 10, 100, 200} {
			text := "cut after " + digits(int64(bytes))
			p.CutAnswer(0, bytes)
			answer, err := v.TryCall("postMessage", visitorPost("", text))
			switch {
			case err != nil:
			case answer.Status == http.StatusServiceUnavailable && answer.Header.Get("Retry-After") != "":
			default:
				t.Errorf("%s: %d %s", text, answer.Status, answer.Body)
			}
			if n := count(historyOf(t, a, v.Engagement), text); n != 1 {
				t.Errorf("%q is there %d times", text, n)
			}
		}
		path := strings.TrimPrefix(sent(v, "a.png", "1", png+strings.Repeat("x", 50_000)).URL, v.URL)
		for _, bytes := range []int{400, 5_000, 30_000} {
			p.CutAnswer(0, bytes)
			if answer, err := v.TrySend("GET", path, ""); err == nil && len(answer.Body) != len(png)+50_000 {
				t.Errorf("a file cut after %d bytes is handed on as one of %d", bytes, len(answer.Body))
			}
		}
	})
}
