package rest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/api/sites"
	"usher/internal/testkit"
)

// TestPoolBootstrapWhileMoving: a request that names its site by its host alone is
// answered for that site and no other, while the site's node stops or dies, too.
func TestPoolBootstrapWhileMoving(t *testing.T) {
	for name, leave := range map[string]func(p *testkit.Pool){"stopped": func(p *testkit.Pool) { p.Stop(1) }, "killed": func(p *testkit.Pool) { p.Kill(1) }} {
		t.Run(name, func(t *testing.T) {
			inPool(t, 3, func(t *testing.T, p *testkit.Pool) {
				admin := func(node int, method, path, body string) {
					t.Helper()
					expectStatus(t, p.At(node).Send(method, "/usher/admin/v1/sites"+path, body, "Authorization", "Bearer "+p.AdminToken), http.StatusOK)
				}
				admin(0, "PATCH", "/demo/settings", `{"default":true}`)
				admin(1, "PUT", "/north", "")
				admin(1, "PATCH", "/north/settings", `{"hostNames":["north.example"]}`)
				admin(1, "PUT", "/north/accounts/21", `{"login":"nora","name":"Nora","password":"`+testkit.Password+`"}`)
				if owner := p.Owner("north"); owner != 1 {
					t.Fatalf("the site is at node %d", owner)
				}
				time.Sleep(testkit.Lease / 2)
				leave(p)
				began := time.Now()
				s := named(p.At(2), "north.example")
				got := testkit.Decode[sites.AgentToken](s, s.Send("POST", testkit.Bootstrap+"agentTokens", "", "Authorization", testkit.Basic("nora", testkit.Password)))
				if got.SiteName != "north" {
					t.Errorf("a token of site %s", got.SiteName)
				}
				if took := time.Since(began); took > testkit.Lease+time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// named answers a client that calls the server by a name.
func named(s *testkit.Server, host string) *testkit.Server {
	c := *s
	c.URL = "http://" + host
	return &c
}

// TestPoolListOfSites: a site that one node makes is at once in the list of another,
// with the name of its node.
func TestPoolListOfSites(t *testing.T) {
	inPool(t, 3, func(t *testing.T, p *testkit.Pool) {
		list := func(node int) (all []string) {
			t.Helper()
			s := p.At(node)
			for _, x := range testkit.Decode[sites.Sites](s, s.Send("GET", "/usher/admin/v1/sites", "", "Authorization", "Bearer "+p.AdminToken)).Sites {
				all = append(all, x.Site+" "+x.Owner)
			}
			return all
		}
		makeSite(t, p.At(1), "a")
		makeSite(t, p.At(2), "b")
		for node := range 3 {
			if got := list(node); !slices.Equal(got, []string{"a n2", "b n3", "demo n1"}) {
				t.Errorf("node %d lists %q", node, got)
			}
		}
		p.Stop(2)
		for node := range 2 {
			if got := strings.Join(list(node), ", "); !strings.Contains(got, "b n1") && !strings.Contains(got, "b n2") {
				t.Errorf("after a stop node %d lists %q", node, got)
			}
		}
	})
}

// TestPoolMakeAtOnce: a site that is made at several nodes at the same time is made
// once.
func TestPoolMakeAtOnce(t *testing.T) {
	inPool(t, 3, func(t *testing.T, p *testkit.Pool) {
		answers := make(chan testkit.Answer, 9)
		for i := range 9 {
			go func() {
				a, err := p.At(i%3).TrySend("PUT", "/usher/admin/v1/sites/new", "", "Authorization", "Bearer "+p.AdminToken)
				if err != nil {
					t.Error(err)
				}
				answers <- a
			}()
		}
		var first string
		for range 9 {
			a := <-answers
			expectStatus(t, a, http.StatusOK)
			if first == "" {
				first = a.Body
			} else if a.Body != first {
				t.Errorf("one is told %s, another %s", first, a.Body)
			}
		}
		owners := 0
		for node := range 3 {
			if p.Host(node).Has("new") {
				owners++
			}
		}
		if owners != 1 {
			t.Errorf("%d nodes have it", owners)
		}
	})
}

// TestPoolReady: a node that is cut off from the database says that it is not ready,
// and the others do not.
func TestPoolReady(t *testing.T) {
	inPool(t, 2, func(t *testing.T, p *testkit.Pool) {
		p.StoreAwayFor(1, true)
		time.Sleep(testkit.Lease + time.Second)
		if a := p.At(1).Send("GET", "/readyz", ""); a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
			t.Errorf("cut off: %d %s", a.Status, a.Body)
		}
		expectStatus(t, p.At(0).Send("GET", "/readyz", ""), http.StatusOK)
		expectStatus(t, p.At(1).Send("GET", "/healthz", ""), http.StatusOK)
		p.StoreAwayFor(1, false)
		time.Sleep(testkit.Lease)
		expectStatus(t, p.At(1).Send("GET", "/readyz", ""), http.StatusOK)
	})
}

func makeSite(t *testing.T, s *testkit.Server, name string) {
	t.Helper()
	expectStatus(t, s.Send("PUT", "/usher/admin/v1/sites/"+name, "", "Authorization", "Bearer "+s.AdminToken), http.StatusOK)
}
