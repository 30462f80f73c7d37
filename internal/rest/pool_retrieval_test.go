package rest_test

import (
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/testkit"
)

// TestPoolParkedAgain: a retrieval that is parked when its site goes to another node
// ends within its 30 seconds to the instant, with what came after the move, or with
// the time-out.
func TestPoolParkedAgain(t *testing.T) {
	ways := map[string]struct {
		receiver, sender int // the nodes that they ask; node 0 has the site
		leave            func(t *testing.T, p *testkit.Pool)
	}{
		"moved, asked at the old owner":   {0, 2, move},
		"moved, asked at the new owner":   {1, 2, move},
		"moved, asked elsewhere":          {2, 1, move},
		"stopped, asked at the new owner": {1, 2, func(_ *testing.T, p *testkit.Pool) { p.Stop(0) }},
		"stopped, asked elsewhere":        {2, 1, func(_ *testing.T, p *testkit.Pool) { p.Stop(0) }},
		"killed, asked at the new owner":  {1, 2, func(_ *testing.T, p *testkit.Pool) { p.Kill(0) }},
		"killed, asked elsewhere":         {2, 1, func(_ *testing.T, p *testkit.Pool) { p.Kill(0) }},
	}
	for name, way := range ways {
		for _, which := range []string{"agent", "visitor"} {
			t.Run(name+"/"+which, func(t *testing.T) {
				t.Parallel()
				inPool(t, 3, func(t *testing.T, p *testkit.Pool) {
					a, v := p.Round().Chat("ada")
					spoken, silent := visitorEnd(agentAt(p.At(way.sender), a), visitorAt(p.At(way.receiver), v)), agentEnd(agentAt(p.At(way.receiver), a), v)
					if which == "agent" {
						spoken, silent = agentEnd(agentAt(p.At(way.receiver), a), visitorAt(p.At(way.sender), v)), visitorEnd(a, visitorAt(p.At(way.receiver), v))
					}
					silent.poll("", "")
					caughtUp(t, spoken)
					began := time.Now()
					parked, nothing := spoken.park("", ""), silent.park("", "")
					time.Sleep(5 * time.Second)
					way.leave(t, p)
					if p.Owner(testkit.SiteName) == 0 {
						t.Fatal("the site is where it was")
					}
					time.Sleep(time.Until(began.Add(20 * time.Second)))
					spoken.say("after it")
					g := <-parked
					wantNews(t, "with the post after the move", g, "after it")
					wantTook(t, "it", g, 20*time.Second)
					g = <-nothing
					wantNews(t, "with nothing to tell", g)
					wantTook(t, "it", g, 30*time.Second)
					g = spoken.poll("", "")
					wantNews(t, "then", g)
					wantTook(t, "it", g, 30*time.Second)
				})
			})
		}
	}
}

// TestPoolParkedAtAStoppingNode: whoever asked the node that stops itself is told to
// ask again at once.
func TestPoolParkedAtAStoppingNode(t *testing.T) {
	for name, stops := range map[string]int{"which has the site": 0, "which has not": 1} {
		t.Run(name, func(t *testing.T) {
			receivers(t, 3, stops, 2, func(t *testing.T, p *testkit.Pool, e *end) {
				parked := e.park("", "")
				time.Sleep(7 * time.Second)
				p.Stop(stops)
				g := <-parked
				wantNews(t, "at the stop", g)
				wantTook(t, "it", g, 7*time.Second)
			})
		})
	}
}

// TestPoolFollowed: under a stream of posts in both directions the site goes from
// node to node. Nothing is lost, no retrieval is refused, no post fails; with
// positions nothing comes twice.
func TestPoolFollowed(t *testing.T) {
	for kind, positions := range map[string]bool{"with positions": true, "without": false} {
		t.Run(kind, func(t *testing.T) {
			inPool(t, 3, func(t *testing.T, p *testkit.Pool) {
				set(t, p.At(0), idle)
				a, v := p.At(0).Chat("ada")
				a, v = agentAt(p.Anywhere(1), a), visitorAt(p.Anywhere(2), v)
				toAgent, toVisitor := agentEnd(a, v), visitorEnd(a, v)
				f, g := follow(toAgent, positions), follow(toVisitor, positions)
				fromAgent, fromVisitor := bothPost(t, agentAt(p.Round(), a), visitorAt(p.Round(), v))
				for range 3 {
					time.Sleep(2 * time.Second)
					move(t, p)
				}
				for _, x := range []struct {
					from *posting
					to   *following
				}{{fromVisitor, f}, {fromAgent, g}} {
					sent := x.from.end()
					came := x.to.end(len(sent))
					for _, r := range x.from.refused {
						t.Errorf("a post was refused: %s", r)
					}
					once(t, x.to.e.name, sent, came)
				}
			})
		})
	}
}

// once checks that everything came, in order, and nothing twice.
func once(t *testing.T, who string, sent, came []string) {
	t.Helper()
	if lost, twice := compared(sent, came); len(lost)+len(twice) > 0 {
		t.Errorf("%s: of %d lost %q, and came twice or out of order %q", who, len(sent), lost, twice)
	}
}

// compared answers what of sent did not come, and what came beside that.
func compared(sent, came []string) (lost, twice []string) {
	n := 0
	seen := map[string]bool{}
	for _, c := range came {
		switch {
		case seen[c]:
			twice = append(twice, c)
		case n < len(sent) && c == sent[n]:
			seen[c] = true
			n++
		default:
			seen[c] = true
			twice = append(twice, c)
		}
	}
	for _, s := range sent {
		if !seen[s] {
			lost = append(lost, s)
		}
	}
	return lost, twice
}

// TestPoolEvidence: what became of an answer is told where its client is connected,
// at whatever node that is, and nothing else is believed.
func TestPoolEvidence(t *testing.T) {
	t.Run("arrived", func(t *testing.T) {
		receivers(t, 3, 1, 2, func(t *testing.T, p *testkit.Pool, e *end) {
			for i := range 3 {
				e.say(digits(int64(i)))
				wantNews(t, "the news", e.poll("", ""), digits(int64(i)))
			}
			g := e.poll("", "")
			wantNews(t, "then", g)
			wantTook(t, "it", g, 30*time.Second)
		})
	})
	t.Run("asked elsewhere", func(t *testing.T) {
		receivers(t, 3, 1, 0, func(t *testing.T, p *testkit.Pool, e *end) {
			for i := range 6 {
				e.say(digits(int64(i)))
				wantNews(t, "the news", at(p, e, i%3).poll("", ""), digits(int64(i)))
			}
			wantNews(t, "then", e.poll("", ""))
		})
	})
	t.Run("cut", func(t *testing.T) {
		receivers(t, 3, 1, 2, func(t *testing.T, p *testkit.Pool, e *end) {
			e.say("one")
			for range 3 {
				cut(t, e, "")
			}
			wantNews(t, "after the cuts", e.poll("", ""), "one")
			wantNews(t, "then", e.poll("", ""))
		})
	})
	t.Run("cut in the middle", func(t *testing.T) {
		receivers(t, 3, 1, 2, func(t *testing.T, p *testkit.Pool, e *end) {
			e.say("one")
			e.say(large)
			c := wire(t, e, "")
			if _, err := io.ReadFull(c, make([]byte, 4096)); err != nil {
				t.Fatal(err)
			}
			c.Close()
			synctest.Wait()
			wantNews(t, "asked elsewhere", at(p, e, 2).poll("", ""), "one", large)
		})
	})
	t.Run("on its way", func(t *testing.T) { // its node has not noted yet that it was handed out
		receivers(t, 3, 1, 2, func(t *testing.T, p *testkit.Pool, e *end) {
			e.say("one")
			p.Tardy(1, time.Second)
			wantNews(t, "the first", e.poll("", ""), "one")
			g := at(p, e, 2).poll("", "")
			wantNews(t, "a second too early", g)
			wantTook(t, "it", g, 30*time.Second)
		})
	})
	t.Run("on its way for too long", func(t *testing.T) {
		receivers(t, 3, 1, 2, func(t *testing.T, p *testkit.Pool, e *end) {
			e.say("one")
			wire(t, e, "") // whose answer nobody reads
			synctest.Wait()
			g := at(p, e, 2).poll("", "")
			wantNews(t, "the new one", g, "one")
			wantTook(t, "it", g, 2*time.Second)
		})
	})
	t.Run("the node that handed it out is dead", func(t *testing.T) {
		receivers(t, 3, 1, 2, func(t *testing.T, p *testkit.Pool, e *end) {
			e.say("one")
			wantNews(t, "the first", e.poll("", ""), "one")
			p.Kill(1)
			wantNews(t, "nobody knows that it arrived", at(p, e, 2).poll("", ""), "one")
			wantNews(t, "then", at(p, e, 0).poll("", ""))
		})
	})
	t.Run("the node that handed it out has started again", func(t *testing.T) {
		receivers(t, 3, 1, 2, func(t *testing.T, p *testkit.Pool, e *end) {
			e.say("one")
			wantNews(t, "the first", e.poll("", ""), "one")
			e.say("two")
			p.Stop(1)
			p.Start(1)
			wantNews(t, "another life's answers are not known", at(p, e, 1).poll("", ""), "one", "two")
			wantNews(t, "then", e.poll("", ""))
		})
	})
}

// at answers an end that asks another node.
func at(p *testkit.Pool, e *end, node int) *end {
	c := *e
	c.Server = p.At(node)
	c.call = func(operation, body, ack string) (testkit.Answer, error) {
		path, header := e.retrieval(ack)
		return c.TrySend("POST", strings.Replace(path, "getMessages", operation, 1), body, header...)
	}
	return &c
}

// TestPoolCutBetweenNodes: an answer that breaks off on its way from node to node is
// fetched again, and never handed on.
func TestPoolCutBetweenNodes(t *testing.T) {
	for _, bytes := range []int{0, 1, 100, 300, 2000} {
		t.Run(digits(int64(bytes))+" bytes", func(t *testing.T) {
			receivers(t, 2, 1, 0, func(t *testing.T, p *testkit.Pool, e *end) {
				e.say("one")
				e.say(large)
				p.CutAnswer(0, bytes)
				g := e.poll("", "")
				wantNews(t, "fetched again", g, "one", large)
				if g.Took > time.Second {
					t.Errorf("it took %v", g.Took)
				}
				wantNews(t, "then", e.poll("", ""))
				e.say("two")
				wantNews(t, "at last", e.poll("", ""), "two")
			})
		})
	}
}

// TestPoolForwarderGone: what a node could not hand to its client, which has gone or
// whose connection it was that died with the node, comes at the next one.
func TestPoolForwarderGone(t *testing.T) {
	for name, gone := range map[string]func(p *testkit.Pool){
		"killed":          func(p *testkit.Pool) { p.Kill(1) },
		"its clients cut": func(p *testkit.Pool) { p.CutClients(1) },
	} {
		t.Run(name, func(t *testing.T) {
			receivers(t, 3, 1, 2, func(t *testing.T, p *testkit.Pool, e *end) {
				c := wire(t, e, "")
				time.Sleep(3 * time.Second)
				gone(p)
				c.Close()
				synctest.Wait()
				e.say("one")
				g := at(p, e, 2).poll("", "")
				wantNews(t, "asked elsewhere", g, "one")
				wantTook(t, "it", g, 0)
				wantNews(t, "then", at(p, e, 0).poll("", ""))
			})
		})
	}
}

// TestPoolOneRetrieval: of two retrievals of one session at two nodes the older ends
// with the time-out, whichever of them has the site.
func TestPoolOneRetrieval(t *testing.T) {
	receivers(t, 3, 0, 2, func(t *testing.T, p *testkit.Pool, e *end) {
		last := e.park("", "")
		for _, newer := range []int{1, 2, 0, 2, 1, 1, 0, 0} {
			time.Sleep(5 * time.Second)
			next := at(p, e, newer).park("", "")
			g := <-last
			wantNews(t, "the older", g)
			wantTook(t, "it", g, 5*time.Second)
			last = next
		}
		time.Sleep(time.Second)
		e.say("hello")
		g := <-last
		wantNews(t, "the newest", g, "hello")
		wantTook(t, "it", g, time.Second)
	})
}

// TestPoolPositions: a client that sends positions and goes from node to node, some of
// which die under it, gets everything once.
func TestPoolPositions(t *testing.T) {
	inPool(t, 3, func(t *testing.T, p *testkit.Pool) {
		a, v := p.At(0).Chat("ada")
		a, v = agentAt(p.Anywhere(1), a), visitorAt(p.Anywhere(2), v)
		toAgent, toVisitor := follow(agentEnd(a, v), true), follow(visitorEnd(a, v), true)
		fromAgent, fromVisitor := bothPost(t, a, v)
		p.SlowStore(200 * time.Millisecond)
		for i := range 6 {
			time.Sleep(3 * time.Second)
			p.Kill(i % 3)
			time.Sleep(2 * testkit.Lease)
			p.Start(i % 3)
			time.Sleep(testkit.Lease)
		}
		met := 0
		for _, x := range []struct {
			from *posting
			to   *following
		}{{fromVisitor, toAgent}, {fromAgent, toVisitor}} {
			sent := x.from.end()
			once(t, x.to.e.name, sent, x.to.end(len(sent)))
			met += x.from.cutShort + len(x.from.refused)
			if x.from.longest > testkit.Lease+3*time.Second {
				t.Errorf("a post took %v", x.from.longest)
			}
		}
		if met == 0 {
			t.Error("no kill met a post")
		}
	})
}

// TestPoolPlaces: what is told once in a while is told no sooner because a node looks
// after its lease.
func TestPoolPlaces(t *testing.T) {
	inPool(t, 2, func(t *testing.T, p *testkit.Pool) {
		p.Round().LogOn("ada")
		var told []time.Duration
		began := time.Now()
		v := p.At(1).Enter(testkit.Support)
		v.Ack = "0"
		for time.Since(began) < 20*time.Second {
			if len(v.Poll().SystemMessages) > 0 {
				told = append(told, time.Since(began))
			}
		}
		inPoolTold := told
		var alone []time.Duration
		s := testkit.New(t, testkit.Options{})
		s.LogOn("ada")
		began = time.Now()
		v = s.Enter(testkit.Support)
		v.Ack = "0"
		for time.Since(began) < 20*time.Second {
			if len(v.Poll().SystemMessages) > 0 {
				alone = append(alone, time.Since(began))
			}
		}
		if !slices.Equal(inPoolTold, alone) {
			t.Errorf("in a pool the visitor is told of its place after %v, by one node after %v", inPoolTold, alone)
		}
	})
}
