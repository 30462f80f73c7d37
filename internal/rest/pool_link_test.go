//go:build linux

package rest_test

// What a real kernel says of the connection between a client and a node that handed
// another node's answer to it.

import (
	"bufio"
	"testing"

	"usher/internal/testkit"
)

// poolOverLoopback runs a test with each end of a running chat as the receiver, who
// asks node 1 of two over real sockets. Nothing is left to retrieve.
func poolOverLoopback(t *testing.T, test func(t *testing.T, e *end)) {
	for _, which := range []string{"agent", "visitor"} {
		t.Run(which, func(t *testing.T) {
			t.Parallel()
			p := testkit.NewPool(t, 2, testkit.Options{Loopback: true})
			set(t, p.At(0), `{"holdSeconds":1}`)
			a, v := chatAt(p, 1, 1)
			e := agentEnd(a, v)
			if which == "visitor" {
				e = visitorEnd(a, v)
			}
			e.poll("", "")
			test(t, e)
		})
	}
}

// TestPoolLinkResetUnread: a client that closes without reading gets its messages
// again, although its node had written all of them.
func TestPoolLinkResetUnread(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"short": "one", "long": large} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			poolOverLoopback(t, func(t *testing.T, e *end) {
				e.say(text)
				for range 3 {
					c := wire(t, e, "")
					arrives(t, c, 200)
					c.Close()
				}
				wantNews(t, "after the resets", e.poll("", ""), text)
				e.say("two")
				wantNews(t, "then", e.poll("", ""), "two")
			})
		})
	}
}

// TestPoolLinkOrderlyEnd: a client that read everything and then closed gets nothing
// again.
func TestPoolLinkOrderlyEnd(t *testing.T) {
	t.Parallel()
	poolOverLoopback(t, func(t *testing.T, e *end) {
		for range 10 {
			e.say("one")
			c := wire(t, e, "")
			wantNews(t, "on a connection of its own", answered(t, bufio.NewReader(c), e), "one")
			c.Close()
		}
		e.say("two")
		wantNews(t, "then", e.poll("", ""), "two")
	})
}
