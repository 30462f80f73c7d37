package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/testkit"
)

// What a pool of nodes does to those who ask it, seen from the wire. This file holds
// what the tests share.

// inPool runs a test against nodes of its own whose time is made up and exact. Node 0
// runs the site at first.
func inPool(t *testing.T, nodes int, test func(t *testing.T, p *testkit.Pool)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, testkit.NewPool(t, nodes, testkit.Options{})) })
}

// chatAt lets an agent who asks one node lead the chat of a visitor who asks another.
func chatAt(p *testkit.Pool, agent, visitor int) (*testkit.Agent, *testkit.Visitor) {
	p.T.Helper()
	a, v := p.Round().Chat("ada")
	return agentAt(p.At(agent), a), visitorAt(p.At(visitor), v)
}

// receivers runs a test with each end of a running chat as the receiver, who asks one
// node; the other end asks another. Neither has anything left to retrieve, and
// nothing was acknowledged by position.
func receivers(t *testing.T, nodes, receiver, sender int, test func(t *testing.T, p *testkit.Pool, e *end)) {
	t.Helper()
	for _, which := range []string{"agent", "visitor"} {
		t.Run(which, func(t *testing.T) {
			inPool(t, nodes, func(t *testing.T, p *testkit.Pool) {
				var e *end
				if which == "agent" {
					e = agentEnd(chatAt(p, receiver, sender))
				} else {
					e = visitorEnd(chatAt(p, sender, receiver))
				}
				caughtUp(t, e)
				test(t, p, e)
			})
		})
	}
}

// caughtUp retrieves what waits, and makes sure that nothing else does.
func caughtUp(t *testing.T, e *end) {
	t.Helper()
	e.poll("", "")
	if g := e.poll("", ""); len(g.News) > 0 {
		t.Fatalf("%s: the chat begins with %q waiting", e.name, g.News)
	}
}

// move lets the balancer take the site away from its node, which gets another site in
// addition, and waits until that is done.
func move(t *testing.T, p *testkit.Pool) {
	t.Helper()
	from := p.Owner(testkit.SiteName)
	if from < 0 {
		t.Fatal("nobody runs the site")
	}
	for n := 0; p.Owner(testkit.SiteName) == from; n++ {
		if _, err := p.Cluster(from).Create(t.Context(), fmt.Sprintf("a%d-%d", time.Now().Unix(), n)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(testkit.Lease)
	}
	synctest.Wait()
}

// posting sends posts with numbers until it is told to stop, one every so often, and
// repeats those that are refused for a moment.
type posting struct {
	t       *testing.T
	post    func(id, text string) (testkit.Answer, error)
	every   time.Duration
	prefix  string
	stopped chan struct{}
	done    sync.WaitGroup

	mu       sync.Mutex
	sent     []string
	refused  []string      // what was said to those that had to be repeated
	longest  time.Duration // how long one took until it was taken
	cutShort int           // connections that ended without an answer
}

// begin begins to post.
func begin(t *testing.T, prefix string, every time.Duration, post func(id, text string) (testkit.Answer, error)) *posting {
	p := &posting{t: t, post: post, every: every, prefix: prefix, stopped: make(chan struct{})}
	p.done.Go(p.run)
	return p
}

// bothPost lets both ends of a chat post.
func bothPost(t *testing.T, a *testkit.Agent, v *testkit.Visitor) (fromAgent, fromVisitor *posting) {
	fromAgent = begin(t, "agent", 210*time.Millisecond, func(id, text string) (testkit.Answer, error) {
		return a.TryCall("postMessage", agentPost(t, v.Engagement, id, text))
	})
	return fromAgent, begin(t, "visitor", 330*time.Millisecond, func(id, text string) (testkit.Answer, error) {
		return v.TryCall("postMessage", visitorPost(id, text))
	})
}

func (p *posting) run() {
	for n := 0; ; n++ {
		select {
		case <-p.stopped:
			return
		default:
		}
		text := fmt.Sprintf("%s %d", p.prefix, n)
		began := time.Now()
		for !p.once(text) {
			if time.Since(began) > time.Minute {
				p.t.Errorf("%q is refused for a minute", text)
				return
			}
			time.Sleep(time.Second)
		}
		p.mu.Lock()
		p.sent, p.longest = append(p.sent, text), max(p.longest, time.Since(began))
		p.mu.Unlock()
		time.Sleep(p.every)
	}
}

// once posts, and answers whether that was taken.
func (p *posting) once(text string) bool {
	a, err := p.post(text, text) // its text is its id
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err != nil:
		p.cutShort++
		return false
	case a.Status == http.StatusOK:
		return true
	}
	p.refused = append(p.refused, fmt.Sprintf("%q: %d %s Retry-After %q", text, a.Status, a.Body, a.Header.Get("Retry-After")))
	return false
}

// end ends it, and answers what was sent.
func (p *posting) end() []string {
	close(p.stopped)
	p.done.Wait()
	return p.sent
}

// following retrieves in a loop, as a client does, and keeps the texts that came.
type following struct {
	e         *end
	positions bool
	stopped   chan struct{}
	done      sync.WaitGroup

	mu    sync.Mutex
	texts []string
	wrong []string
	cut   int // retrievals whose connection broke
}

func follow(e *end, positions bool) *following {
	f := &following{e: e, positions: positions, stopped: make(chan struct{})}
	f.done.Go(f.run)
	return f
}

func (f *following) run() {
	ack := ""
	if f.positions {
		ack = "0"
	}
	for {
		select {
		case <-f.stopped:
			return
		default:
		}
		began, early := time.Now(), false
		a, err := f.e.call("getMessages", "", ack)
		f.mu.Lock()
		took := time.Since(began)
		switch {
		case err != nil:
			f.cut++
		case a.Status != http.StatusOK:
			f.wrong = append(f.wrong, fmt.Sprintf("%d %s", a.Status, a.Body))
		default:
			news, _, err := f.e.read(a.Body)
			if err != nil {
				f.wrong = append(f.wrong, err.Error())
			}
			for _, n := range news {
				if strings.Contains(n, " ") && !strings.HasPrefix(n, "joined") && !strings.HasPrefix(n, "place") && !strings.HasPrefix(n, "connection") {
					f.texts = append(f.texts, n)
				}
			}
			if last := a.Header.Get("Usher-Last"); last != "" && f.positions {
				ack = last
			}
			early = len(news) == 0 && took < 30*time.Second
		}
		if took > 30*time.Second {
			f.wrong = append(f.wrong, "held for "+took.String())
		}
		f.mu.Unlock()
		switch {
		case err != nil:
			time.Sleep(time.Second)
		case early: // as its node stops: no client should ask again at once
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// end waits until everything that was sent has come, or a minute; then it ends the
// loop, and answers what came.
func (f *following) end(want int) []string {
	for range 60 {
		f.mu.Lock()
		n := len(f.texts)
		f.mu.Unlock()
		if n >= want {
			break
		}
		time.Sleep(time.Second)
	}
	time.Sleep(5 * time.Second) // for what comes twice
	close(f.stopped)
	f.done.Wait()
	for _, w := range f.wrong {
		f.e.T.Errorf("%s: a retrieval ended with %s", f.e.name, w)
	}
	return f.texts
}
