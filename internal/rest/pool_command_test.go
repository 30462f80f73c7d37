package rest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher/api/agent"
	"usher/internal/testkit"
)

// historyOf answers what was posted in an engagement, in order.
func historyOf(t *testing.T, a *testkit.Agent, engagement int64) (texts []string) {
	t.Helper()
	for after := int64(0); ; {
		page := testkit.Decode[agent.HistoryResponse](a.Server, a.Call("history", inEngagement(engagement, `,"afterPost":`+digits(after))))
		for _, p := range page.Posts {
			texts, after = append(texts, p.Body), p.PostNumber
		}
		if !page.More {
			return texts
		}
	}
}

// recorded checks that the record of a chat has every post that was sent, once and
// in each sender's order.
func recorded(t *testing.T, a *testkit.Agent, engagement int64, sent ...[]string) {
	t.Helper()
	all := slices.Concat(sent...)
	var texts []string
	for _, text := range historyOf(t, a, engagement) {
		if slices.Contains(all, text) {
			texts = append(texts, text)
		}
	}
	for _, s := range sent {
		var own []string
		for _, text := range texts {
			if slices.Contains(s, text) {
				own = append(own, text)
			}
		}
		once(t, "the record", s, own)
	}
}

// TestPoolRollingRestart: the nodes are stopped and started one after the other under
// a stream of posts and retrievals. Nobody who can go to another node notices.
func TestPoolRollingRestart(t *testing.T) {
	inPool(t, 3, func(t *testing.T, p *testkit.Pool) {
		a, v := p.At(0).Chat("ada")
		a, v = agentAt(p.Anywhere(1), a), visitorAt(p.Anywhere(2), v)
		p.SlowStore(50 * time.Millisecond)
		toAgent, toVisitor := follow(agentEnd(a, v), true), follow(visitorEnd(a, v), true)
		fromAgent, fromVisitor := bothPost(t, a, v)
		for round := range 6 {
			time.Sleep(3*time.Second + 30*time.Millisecond)
			p.Stop(round % 3)
			p.Start(round % 3)
		}
		sentA, sentV := fromAgent.end(), fromVisitor.end()
		for _, f := range []*posting{fromAgent, fromVisitor} {
			for _, r := range f.refused {
				t.Errorf("a post was refused: %s", r)
			}
			// A connection of the stopping node's own may be closed under a request: that
			// is sent again a second later.
			if f.longest > 2*time.Second {
				t.Errorf("the longest post took %v", f.longest)
			}
		}
		once(t, "the agent", sentV, toAgent.end(len(sentV)))
		once(t, "the visitor", sentA, toVisitor.end(len(sentA)))
		recorded(t, agentAt(p.At(0), a), v.Engagement, sentA, sentV)
	})
}

// TestPoolOwnerKilled: posts on their way when the node that has the site dies are
// done or refused with 503; repeated with their messageId they are there once. Those
// that come later wait for no longer than the lease and the load.
func TestPoolOwnerKilled(t *testing.T) {
	inPool(t, 3, func(t *testing.T, p *testkit.Pool) {
		a, v := chatAt(p, 1, 2)
		p.SlowStore(100 * time.Millisecond)
		type result struct {
			text   string
			answer testkit.Answer
			took   time.Duration
		}
		var mu sync.Mutex
		var results []result
		var all sync.WaitGroup
		post := func(text string) {
			all.Go(func() {
				began := time.Now()
				answer, err := v.TryCall("postMessage", visitorPost(text, text))
				if err != nil {
					t.Errorf("%s: %v", text, err)
				}
				mu.Lock()
				defer mu.Unlock()
				results = append(results, result{text, answer, time.Since(began)})
			})
		}
		for i := range 12 { // one each 10 ms, so that some are with the journal, some before it and some in the next frame
			post("in flight " + digits(int64(i)))
			time.Sleep(10 * time.Millisecond)
		}
		p.Kill(0)
		for i := range 3 {
			post("later " + digits(int64(i)))
		}
		all.Wait()
		sent, uncertain := []string{}, 0
		for _, r := range results {
			sent = append(sent, r.text)
			switch {
			case r.answer.Status == http.StatusOK:
			case r.answer.Status == http.StatusServiceUnavailable && r.answer.Header.Get("Retry-After") == "1" && strings.HasPrefix(r.text, "in flight"):
				uncertain++
				expectStatus(t, v.Call("postMessage", visitorPost(r.text, r.text)), http.StatusOK)
			default:
				t.Errorf("%s: %d %s", r.text, r.answer.Status, r.answer.Body)
			}
			if r.took > testkit.Lease+time.Second {
				t.Errorf("%s took %v", r.text, r.took)
			}
		}
		if uncertain == 0 {
			t.Error("none was on its way when the node died")
		}
		texts := historyOf(t, a, v.Engagement)
		for _, s := range sent {
			if n := count(texts, s); n != 1 {
				t.Errorf("%q is in the record %d times", s, n)
			}
		}
	})
}

func count(all []string, one string) (n int) {
	for _, x := range all {
		if x == one {
			n++
		}
	}
	return n
}

// TestPoolGrows: nodes that join under load take sites over, and no request fails.
func TestPoolGrows(t *testing.T) {
	inPool(t, 1, func(t *testing.T, p *testkit.Pool) {
		a, v := p.At(0).Chat("ada")
		for _, name := range []string{"a", "b", "c"} { // demo goes first
			if _, err := p.Cluster(0).Create(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
		p.Start(1)
		p.Start(2)
		a, v = agentAt(p.Round(), a), visitorAt(p.Round(), v)
		fromAgent, fromVisitor := bothPost(t, a, v)
		admin := begin(t, "admin", 100*time.Millisecond, func(string, string) (testkit.Answer, error) {
			return p.At(2).TrySend("GET", "/usher/admin/v1/sites/c", "", "Authorization", "Bearer "+p.AdminToken)
		})
		time.Sleep(4 * testkit.Lease)
		sentA, sentV := fromAgent.end(), fromVisitor.end()
		admin.end()
		for _, f := range []*posting{fromAgent, fromVisitor, admin} {
			for _, r := range f.refused {
				t.Errorf("refused: %s", r)
			}
			if f.cutShort > 0 || f.longest > time.Second {
				t.Errorf("%d found their connection cut, and the longest took %v", f.cutShort, f.longest)
			}
		}
		owners := map[int]bool{}
		for _, name := range []string{"a", "b", "c", testkit.SiteName} {
			owners[p.Owner(name)] = true
		}
		if len(owners) != 3 || owners[-1] {
			t.Errorf("the sites are at %v", owners)
		}
		recorded(t, a, v.Engagement, sentA, sentV)
	})
}

// TestPoolStoreAway: while the database is away retrievals are held, and commands are
// refused for a moment, longer than the lease too; when it is back all goes on.
func TestPoolStoreAway(t *testing.T) {
	for name, away := range map[string]time.Duration{"for less than the lease": 3 * time.Second, "for longer": 17 * time.Second} {
		t.Run(name, func(t *testing.T) {
			inPool(t, 3, func(t *testing.T, p *testkit.Pool) {
				a, v := p.Round().Chat("ada")
				set(t, p.At(0), idle)
				toAgent := agentEnd(agentAt(p.At(1), a), visitorAt(p.At(2), v))
				toVisitor := visitorEnd(agentAt(p.At(1), a), visitorAt(p.At(0), v))
				toVisitor.poll("", "")
				caughtUp(t, toAgent)
				agents, visitors := toAgent.park("", ""), toVisitor.park("", "")
				time.Sleep(2 * time.Second) // acknowledgements are written within one
				p.StoreAway(true)
				began := time.Now()
				var posts sync.WaitGroup
				for n := 0; time.Since(began) < away; n++ {
					posts.Go(func() {
						sent := time.Now()
						a, err := at(p, toVisitor, n%3).call("postMessage", visitorPost(digits(int64(n)), "while away"), "")
						if err != nil {
							t.Error(err)
						}
						soon := a.Status == http.StatusServiceUnavailable || a.Status == http.StatusRequestTimeout
						done := a.Status == http.StatusOK && time.Since(began) >= away
						if !done && (!soon || a.Header.Get("Retry-After") == "") {
							t.Errorf("a post at node %d after %v: %d %s Retry-After %q, which took %v", n%3, sent.Sub(began), a.Status, a.Body, a.Header.Get("Retry-After"), time.Since(sent))
						}
					})
					time.Sleep(350 * time.Millisecond)
				}
				p.StoreAway(false)
				posts.Wait()
				time.Sleep(4 * time.Second)
				if node := p.Owner(testkit.SiteName); node != 0 {
					t.Errorf("the site is at node %d now", node)
				}
				expectStatus(t, visitorAt(p.At(2), v).Call("postMessage", visitorPost("back", "back")), http.StatusOK)
				expectStatus(t, agentAt(p.At(1), a).Call("postMessage", agentPost(t, v.Engagement, "back", "back")), http.StatusOK)
				g := <-agents
				for len(g.News) > 0 && g.News[len(g.News)-1] != "back" { // posts whose outcome was not known may stand before it
					more := toAgent.poll("", "")
					g.Status, g.News = more.Status, append(g.News, more.News...)
				}
				if g.Status != http.StatusOK || len(g.News) == 0 {
					t.Errorf("the agent's: %d %q after %v", g.Status, g.News, g.Took)
				}
				for _, n := range g.News {
					if n != "back" && n != "while away" {
						t.Errorf("the agent got %q", n)
					}
				}
				g = <-visitors
				wantNews(t, "the visitor's", g, "back")
			})
		})
	}
}

// TestPoolHeldWhileAway: a retrieval that begins while the database is away is held
// for its 30 seconds, at whatever node, and ends with the time-out.
func TestPoolHeldWhileAway(t *testing.T) {
	for node := range 2 {
		receivers(t, 2, node, 1-node, func(t *testing.T, p *testkit.Pool, e *end) {
			p.StoreAway(true)
			for range 2 {
				g := e.poll("", "")
				wantNews(t, "while the database is away", g)
				wantTook(t, "it", g, 30*time.Second)
			}
			parked := e.park("", "")
			time.Sleep(time.Second)
			p.StoreAway(false)
			time.Sleep(10 * time.Second)
			e.say("back")
			wantNews(t, "when it is back", <-parked, "back")
		})
	}
}

// TestPoolCutOff: a node that cannot reach the database answers nothing of its sites
// after its lease, while others run them; when it is back it asks them.
func TestPoolCutOff(t *testing.T) {
	cutOff := map[string][2]func(p *testkit.Pool){
		"from the database": {func(p *testkit.Pool) { p.StoreAwayFor(0, true) }, func(p *testkit.Pool) { p.StoreAwayFor(0, false) }},
		"from all":          {func(p *testkit.Pool) { p.Pause(0) }, func(p *testkit.Pool) { p.Resume(0) }},
	}
	for name, do := range cutOff {
		t.Run(name, func(t *testing.T) {
			inPool(t, 3, func(t *testing.T, p *testkit.Pool) {
				a, v := chatAt(p, 0, 1)
				v.Post("before")
				do[0](p)
				time.Sleep(testkit.Lease + time.Millisecond)
				type late struct {
					texts []string
					at    time.Time
				}
				read := make(chan late, 1)
				go func() {
					answer, err := a.TryCall("history", inEngagement(v.Engagement, ""))
					for err == nil && answer.Status != http.StatusOK { // it may take longer than a command waits
						if answer.Header.Get("Retry-After") == "" {
							t.Errorf("the cut off node: %d %s", answer.Status, answer.Body)
						}
						time.Sleep(time.Second)
						answer, err = a.TryCall("history", inEngagement(v.Engagement, ""))
					}
					var page agent.HistoryResponse
					if err == nil {
						err = json.Unmarshal([]byte(answer.Body), &page)
					}
					if err != nil {
						t.Error(err)
					}
					var texts []string
					for _, post := range page.Posts {
						texts = append(texts, post.Body)
					}
					read <- late{texts, time.Now()}
				}()
				synctest.Wait()
				v.Post("meanwhile")
				if owner := ownerOf(t, p, 1); owner == "n1" {
					t.Errorf("%s still has the site", owner)
				}
				time.Sleep(30 * time.Second)
				select {
				case r := <-read:
					t.Fatalf("the cut off node answered %q at %v", r.texts, r.at)
				default:
				}
				do[1](p)
				r := <-read
				if !slices.Equal(r.texts, []string{"before", "meanwhile"}) {
					t.Errorf("then it answers %q", r.texts)
				}
			})
		})
	}
}

// ownerOf answers which node is said to run the site.
func ownerOf(t *testing.T, p *testkit.Pool, node int) string {
	t.Helper()
	all, err := p.Cluster(node).Sites(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.Site == testkit.SiteName {
			return s.Owner
		}
	}
	return ""
}
