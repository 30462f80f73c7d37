package rest_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api/agent"
	"usher/internal/testkit"
)

// Visitors and agents whose network fails, and who come back: from another
// address, on other connections, to the same server or to the next.

// begun answers a chat that has begun: each side has said something.
func begun(t *testing.T, h habit) *conversation {
	t.Helper()
	v := newVenue(t)
	c := &conversation{t: t, venue: v, visitor: v.program(h, "203.0.113.7"), agent: v.operator("ada")}
	c.agent.asks()
	c.visitor.enters()
	c.begins()
	c.turn("hello")
	return c
}

// positions is the habit of a program that sends positions.
var positions = habit{page: true, dress: func(p *program, _ string, r *rawRequest) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last != "" {
		r.set("Usher-Ack", p.last)
	}
}}

// withAndWithout runs a test of a chat that has begun for programs that send
// positions and for those that do not.
func withAndWithout(t *testing.T, test func(t *testing.T, c *conversation)) {
	t.Helper()
	for name, h := range map[string]habit{"with positions": positions, "without": {page: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, begun(t, h)) })
		})
	}
}

// reloads closes the visitor's page and opens it again: of its memory only the
// token is left.
func (c *conversation) reloads(meanwhile func()) {
	c.t.Helper()
	old := c.visitor
	old.closes()
	meanwhile()
	c.visitor = c.venue.program(old.habit, old.road.from)
	c.visitor.site, c.visitor.host, c.visitor.token = old.site, old.host, old.token
	c.visitor.requests()
	if now := c.visitor; now.result != "EXISTING_SESSION" || now.session != old.session || now.engagement != old.engagement || now.client != old.client {
		c.t.Errorf("after the reload: %s, engagement %d (before: %d), client %d (%d), the same session: %t",
			now.result, now.engagement, old.engagement, now.client, old.client, now.session == old.session)
	}
	c.earlier = append(c.earlier, old.heard()...)
	c.visitor.runs()
}

// returns lets the visitor come back to the net, at another address. Its program
// finds out within a second.
func (c *conversation) returns() { c.visitor.moves(c.venue.road("198.51.100.9")) }

// TestAwayForAMinute: a visitor reloads the page, loses the network for a minute in
// which the agent writes and concludes, and comes back from another address: every
// word and the conclusion arrive.
func TestAwayForAMinute(t *testing.T) {
	t.Parallel()
	withAndWithout(t, func(t *testing.T, c *conversation) {
		if !has(c.agent.heard(), "Assignment", "203.0.113.7") {
			t.Errorf("the agent heard %v, want the visitor's address", c.agent.heard())
		}
		c.reloads(func() {
			time.Sleep(3 * time.Second)
			c.answers("while it reloads")
		})
		c.arrives("while it reloads")
		c.turn("here I am again")

		c.visitor.road.lose()
		for i := range 3 {
			time.Sleep(15 * time.Second)
			c.answers(fmt.Sprint("word ", i))
		}
		time.Sleep(5 * time.Second)
		c.agent.concludes(c.visitor.engagement)
		time.Sleep(10 * time.Second)
		before := c.visitor.heard()
		c.returns()
		c.over("AGENT_CONCLUDED", "")
		if len(c.visitor.heard()) != len(before)+4 { // and nothing again
			t.Errorf("after it came back it heard %v", c.visitor.heard()[len(before):])
		}
	})
}

// TestAwayAndReloaded: the same for a visitor who opens the page anew when the
// network is back.
func TestAwayAndReloaded(t *testing.T) {
	t.Parallel()
	withAndWithout(t, func(t *testing.T, c *conversation) {
		c.visitor.road.lose()
		c.reloads(func() {
			c.answers("one")
			time.Sleep(time.Minute)
			c.answers("two")
		})
		c.arrives("two")
		c.turn("here I am again")
		c.ends(true)
	})
}

// TestAwayInTheQueue: who is away while it waits and an agent takes it finds the
// agent, and what it said.
func TestAwayInTheQueue(t *testing.T) {
	t.Parallel()
	for name, ended := range map[string]bool{"and goes on": false, "and finds it over": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v := newVenue(t)
				c := &conversation{t: t, venue: v, visitor: v.program(habit{page: true}, "203.0.113.7")}
				c.visitor.enters()
				until(t, "the visitor has its place", func() bool { return has(c.visitor.heard(), isPlace, "1") })
				c.visitor.says("while it waits")
				c.said = append(c.said, "while it waits")
				c.visitor.road.lose()
				time.Sleep(20 * time.Second)
				c.agent = v.operator("ada")
				c.agent.asks()
				until(t, "the agent leads", func() bool { return c.agent.leads(c.visitor.engagement) })
				c.answers("are you there?")
				if ended {
					c.agent.concludes(c.visitor.engagement)
				}
				time.Sleep(40 * time.Second)
				c.returns()
				c.begins()
				c.arrives("are you there?")
				if ended {
					c.over("AGENT_CONCLUDED", "")
					return
				}
				c.turn("here I am again")
				c.ends(true)
			})
		})
	}
}

// TestAwayAndAbsent: who is away for longer than two minutes is shown to be, and
// who comes back within four goes on; each word arrives.
func TestAwayAndAbsent(t *testing.T) {
	t.Parallel()
	withAndWithout(t, func(t *testing.T, c *conversation) {
		c.visitor.road.lose()
		c.answers("one") // which takes the place of the poll: the last sign of life
		time.Sleep(119 * time.Second)
		synctest.Wait()
		if has(c.agent.heard(), isTyping, "NONE") {
			t.Error("the agent is shown too early that the visitor is away")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if !has(c.agent.heard(), isTyping, "NONE") {
			t.Error("the agent is not shown that the visitor is away")
		}
		c.answers("two")
		time.Sleep(117500 * time.Millisecond)
		if has(c.agent.heard(), isTyping, "LISTENING") {
			t.Error("the agent is shown that the visitor is back before it is")
		}
		c.returns()
		until(t, "the agent sees that the visitor is back", func() bool { return has(c.agent.heard(), isTyping, "LISTENING") })
		c.arrives("two")
		c.turn("here I am again")
		c.ends(false)
	})
}

// TestAwayForTooLong: after four minutes the visitor is lost: the engagement is over
// for its agent, and the session for it. What was said stands in the history.
func TestAwayForTooLong(t *testing.T) {
	t.Parallel()
	withAndWithout(t, func(t *testing.T, c *conversation) {
		c.visitor.road.lose()
		c.answers("one")
		time.Sleep(239 * time.Second)
		synctest.Wait()
		if has(c.agent.heard(), isEnd, "EJECTED") {
			t.Error("the visitor was lost too early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		expectText(t, c.agent.does("engagements", "").Body, `"state":"WRAP_UP"`)
		expectText(t, c.agent.does("history", inEngagement(c.visitor.engagement, "")).Body, `"body":"one"`)
		c.returns()
		until(t, "the program has ended", func() bool { return c.visitor.stopped() != "" })
		if why := c.visitor.stopped(); !strings.Contains(why, "HTTP 403") {
			t.Errorf("it stopped: %s", why)
		}
		for op, body := range map[string]map[string]any{
			"getMessages": {}, "postMessage": {"body": "x"}, "activity": {"mode": "LISTENING"}, "concludeEngagement": {}, "requestEngagement": {},
		} {
			if a := c.visitor.sends(c.visitor.request(op, body)); a.status != http.StatusForbidden {
				t.Errorf("%s: %d %s", op, a.status, a.body)
			}
		}
		wrong := ear{c.agent.heard(), c.visitor.engagement, c.visitor.client, c.said, "EJECTED"}.wrong()
		if len(wrong) > 0 {
			t.Errorf("the agent: %q", wrong)
		}
	})
}

// TestAwayAtTheEnd: when the chat ends without it, a visitor has its four minutes
// to come back for the last words.
func TestAwayAtTheEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		away  time.Duration
		heard bool
	}{"in time": {238500 * time.Millisecond, true}, "late": {241 * time.Second, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withAndWithout(t, func(t *testing.T, x *conversation) {
				x.visitor.road.lose()
				began := time.Now()
				x.answers("one")
				time.Sleep(100 * time.Second)
				x.answers("two")
				x.agent.concludes(x.visitor.engagement)
				time.Sleep(c.away - time.Since(began))
				x.returns()
				if c.heard {
					x.over("AGENT_CONCLUDED", "")
					return
				}
				until(t, "the program has ended", func() bool { return x.visitor.stopped() != "" })
				if why := x.visitor.stopped(); !strings.Contains(why, "HTTP 403") {
					t.Errorf("it stopped: %s", why)
				}
			})
		})
	}
}

// TestAwayOverARestart: what happens to the server while a visitor is away, in the
// chat or after its end, costs it no word, and no time.
func TestAwayOverARestart(t *testing.T) {
	t.Parallel()
	for name, happens := range happenings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withAndWithout(t, func(t *testing.T, c *conversation) {
				c.visitor.road.lose()
				c.answers("before")
				time.Sleep(10 * time.Second)
				happens(c.venue)
				c.answers("after")
				c.returns()
				c.arrives("after")
				c.turn("here I am again")

				c.visitor.road.lose()
				c.answers("the last word")
				c.agent.concludes(c.visitor.engagement)
				happens(c.venue)
				c.returns()
				c.over("AGENT_CONCLUDED", "")
			})
		})
	}
	// The time in which nobody could come back does not count, and the count
	// begins anew.
	for _, name := range []string{"stopped", "crashed"} {
		t.Run(name+" late", func(t *testing.T) {
			t.Parallel()
			withAndWithout(t, func(t *testing.T, c *conversation) {
				c.visitor.road.lose()
				c.answers("before")
				time.Sleep(200 * time.Second)
				happenings[name](c.venue)
				time.Sleep(200 * time.Second)
				c.reloads(func() { c.answers("after") })
				c.arrives("after")
				c.turn("here I am again")
				c.ends(true)
			})
		})
	}
}

// TestAgentAwayForAMinute: an agent loses its network while the visitor writes and
// concludes, and comes back: every word and the conclusion arrive.
func TestAgentAwayForAMinute(t *testing.T) {
	t.Parallel()
	for name, ack := range map[string]string{"with positions": "0", "without": ""} {
		for what, happens := range map[string]func(*venue){"": func(*venue) {}, ", stopped": happenings["stopped"], ", crashed": happenings["crashed"]} {
			t.Run(name+what, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					v := newVenue(t)
					c := &conversation{t: t, venue: v, visitor: v.program(habit{page: true}, "203.0.113.7"), agent: v.operates("ada", ack)}
					c.agent.asks()
					c.visitor.enters()
					c.begins()
					c.turn("hello")
					c.agent.road.lose()
					for i := range 3 {
						text := fmt.Sprint("word ", i)
						c.visitor.says(text)
						c.said = append(c.said, text)
						if i == 1 {
							happens(v)
						}
						time.Sleep(15 * time.Second)
					}
					c.visitor.concludes()
					time.Sleep(15 * time.Second)
					c.agent.moves(v.road("192.0.2.2"))
					until(t, "the agent knows the end", func() bool { return has(c.agent.heard(), isEnd, "END_USER_CONCLUDED") })
					c.over("END_USER_CONCLUDED", "END_USER_CONCLUDED")
				})
			})
		}
	}
}

// TestAgentAwayAndAbsent: an agent who is away for longer than two minutes, and back
// within four, keeps its chat; nobody is told that it left.
func TestAgentAwayAndAbsent(t *testing.T) {
	t.Parallel()
	withAndWithout(t, func(t *testing.T, c *conversation) {
		c.agent.road.lose()
		for _, text := range []string{"one", "two"} {
			c.visitor.says(text)
			c.said = append(c.said, text)
			time.Sleep(119 * time.Second)
		}
		if !has(c.visitor.heard(), isState, "ABSENT") || has(c.visitor.heard(), isState, "ACTIVE") {
			t.Errorf("the visitor heard %v, want that the agent is absent", c.visitor.heard())
		}
		c.agent.moves(c.venue.road("192.0.2.2"))
		until(t, "the agent has two", func() bool { return has(c.agent.heard(), isPost, "two") })
		until(t, "the visitor sees that the agent is back", func() bool { return has(c.visitor.heard(), isState, "ACTIVE") })
		c.turn("three")
		if has(c.visitor.heard(), isState, "DISCONNECTED") {
			t.Error("the visitor was told that the agent is disconnected")
		}
		c.ends(true)
	})
}

// TestAgentAwayForTooLong: after four minutes the agent is lost: its visitor waits
// again, and whoever follows gets what the lost one had not received.
func TestAgentAwayForTooLong(t *testing.T) {
	t.Parallel()
	withAndWithout(t, func(t *testing.T, c *conversation) {
		c.agent.road.lose()
		c.visitor.says("one") // which takes the place of the agent's poll
		time.Sleep(239 * time.Second)
		synctest.Wait()
		if has(c.visitor.heard(), isLeft, "TRANSFERRED_TO_QUEUE") {
			t.Error("the agent was lost too early")
		}
		time.Sleep(2 * time.Second)
		c.visitor.says("two")
		until(t, "the visitor waits again", func() bool {
			words := c.visitor.heard()
			left := slices.IndexFunc(words, func(w tiding) bool { return w.kind == isLeft })
			return left >= 0 && words[left].text == "TRANSFERRED_TO_QUEUE" && has(words[left:], isPlace, "1")
		})
		bob := c.venue.operator("bob")
		bob.asks()
		until(t, "bob leads", func() bool { return bob.leads(c.visitor.engagement) })
		until(t, "bob has two", func() bool { return has(bob.heard(), isPost, "two") })
		bob.says(c.visitor.engagement, "I am Bob")
		until(t, "the visitor has Bob's word", func() bool { return has(c.visitor.heard(), isPost, "I am Bob") })
		if has(c.visitor.heard(), isState, "DISCONNECTED") {
			t.Error("the visitor was told that the agent is disconnected")
		}
		wrong := ear{bob.heard(), c.visitor.engagement, c.visitor.client, []string{"one", "two"}, ""}.wrong()
		if len(wrong) > 0 {
			t.Errorf("bob: %q", wrong)
		}
		c.agent.leaves()
		c.agent.moves(c.venue.road("192.0.2.2"))
		for _, op := range []string{"engagements", "getMessages"} {
			if answer, err := c.agent.sends(op, ""); err != nil || answer.Status != http.StatusForbidden {
				t.Errorf("the lost agent: %s: %d %v", op, answer.Status, err)
			}
		}
		bob.concludes(c.visitor.engagement)
		until(t, "the visitor's program has ended", func() bool { return c.visitor.stopped() != "" })
		if why := c.visitor.stopped(); why != isEnd {
			t.Errorf("it stopped: %s", why)
		}
	})
}

// TestAnswerCutInTheMiddle: over a real socket, an answer that breaks off anywhere
// comes again, whole, to the visitor who comes back from another address, and then
// no more.
func TestAnswerCutInTheMiddle(t *testing.T) {
	t.Parallel()
	s := testkit.New(t, testkit.Options{Loopback: true, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	set(t, s, `{"holdSeconds":1}`)
	a, v := s.Chat("ada")
	e := visitorEnd(a, v)
	want := []string{"joined Ada"}
	for i := range 10 {
		want = append(want, fmt.Sprint(i)+large[1:])
		e.say(want[i+1])
	}
	testkit.Decode[agent.ConcludeChatResponse](s, a.Call("concludeChat", inEngagement(v.Engagement, "")))
	want = append(want, "concluded AGENT_CONCLUDED")
	for i, read := range []int{1, 400, 4096, 100_000, 160_000} {
		c := wire(t, e, "", "X-Forwarded-For", "203.0.113."+digits(int64(i+1)))
		if _, err := io.ReadFull(c, make([]byte, read)); err != nil {
			t.Fatal(err)
		}
		if err := c.(*net.TCPConn).SetLinger(0); err != nil { // the connection is reset
			t.Fatal(err)
		}
		c.Close()
	}
	g := e.poll("", "")
	if diff := cmp.Diff(want, g.News); diff != "" {
		t.Errorf("after the cuts (-want +got):\n%s", diff)
	}
	wantNews(t, "then", e.poll("", ""))
}
