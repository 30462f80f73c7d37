package pages_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"usher/api"
	"usher/api/sites"
	"usher/client/agent"
)

// A console that is full: so many chats, of so many messages each.
const (
	manyChats    = 20
	manyMessages = 500
)

// TestChatSpeed is check 19: a console with 20 chats of 500 messages, with real key
// events. How long things took is printed, and judged by people: a test that asserted it
// would tell about the machine.
func TestChatSpeed(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a full console takes a while to fill")
	}
	s := startServer(t)
	s.admin("PUT", "/accounts/91", `{"login": "eve", "password": "quite a long password", "name": "Eve", "allQueues": true, "pull": true, "places": 24}`)
	visitors := s.fill("eve", "quite a long password")

	eve := newPerson(t).blank()
	eve.onEachPage(paints)
	eve.load(s.url("/console/"))
	eve.logsIn("eve", "quite a long password")
	eve.get(role("button", "Go on here")).click()
	eve.get(role("navigation", "My chats"))
	eve.row("Visitor 00").click()
	eve.sees(fmt.Sprintf("Message %d of 00.", manyMessages-1))
	eve.composer().focus()

	var keys, switches, arrivals []float64
	const text = "The quick brown fox jumps over the lazy dog. "
	eve.eval("paints.keys.length = 0", nil)
	for _, r := range text {
		eve.typeText(string(r))
		eve.eval("paints.settled()", nil) // a person is no faster than the screen
	}
	eve.eval("paints.keys", &keys)

	eve.eval("paints.heads.length = 0", nil)
	for i := range manyChats - 1 {
		eve.press("Alt+ArrowDown")
		eve.sees(fmt.Sprintf("Message %d of %02d.", manyMessages-1, i+1))
	}
	eve.eval("paints.settled().then(() => paints.heads)", &switches)

	eve.eval("paints.posts.length = 0", nil)
	for i := range 20 {
		visitors[manyChats-1].says("News %d.", i)
		eve.sees(fmt.Sprintf("News %d.", i))
	}
	eve.eval("paints.settled().then(() => paints.posts)", &arrivals)

	var inPage int
	eve.eval(`document.querySelectorAll(".log article").length`, &inPage)
	if inPage > 80 {
		t.Errorf("%d messages are in the page", inPage)
	}
	if len(keys) < len(text) || len(switches) < manyChats-1 || len(arrivals) < 10 {
		t.Errorf("measured were %d keys, %d switches and %d messages", len(keys), len(switches), len(arrivals))
	}
	heap := eve.heap()
	t.Logf("%d chats of %d messages:", manyChats, manyMessages)
	t.Logf("key to paint %s (aim 50 ms)", spread(keys))
	t.Logf("chat switch  %s (aim 100 ms)", spread(switches))
	t.Logf("message to paint %s (aim 50 ms)", spread(arrivals))
	t.Logf("heap %.0f MB (aim 150 MB), %d messages in the page", heap/1e6, inPage)
	eve.shot("full")
	eve.fits()
	eve.accessible("a full console")
}

// paints measures in the page: from a key event to the end of the frame that shows what
// it did, from a key to the frame with another conversation's heading, and from the end
// of a retrieval to the frame with its messages.
const paints = `(() => {
	const p = globalThis.paints = {keys: [], heads: [], posts: []}
	// The end of a frame: what was queued in its beginning runs when it is painted.
	const painted = act => requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = () => act(performance.now()); c.port2.postMessage(0) })
	p.settled = () => new Promise(done => requestAnimationFrame(() => painted(done)))
	let pressed = 0
	addEventListener("keydown", e => {
		if (e.altKey) { pressed = e.timeStamp; return }
		painted(now => p.keys.push(now - e.timeStamp))
	}, {capture: true})
	const watch = () => new MutationObserver(all => {
		let head = false, post = false
		for (const m of all) for (const n of m.addedNodes) if (n instanceof Element) {
			head ||= n.matches("main.chat") || n.querySelector("main.chat") !== null
			post ||= n.matches(".log li") && n.textContent.includes("News ")
		}
		if (head && pressed > 0) { const from = pressed; pressed = 0; painted(now => p.heads.push(now - from)) }
		if (post) {
			const polls = performance.getEntriesByType("resource").filter(r => r.name.includes("getMessages") && r.responseEnd > 0)
			const from = polls.at(-1)?.responseEnd
			if (from) painted(now => p.posts.push(now - from))
		}
	}).observe(document, {subtree: true, childList: true})
	performance.setResourceTimingBufferSize(5000)
	watch()
})()`

// fill has an agent without a page take many chats, in which visitors write much.
func (s *server) fill(login, password string) []*chatter {
	s.t.Helper()
	ctx := s.t.Context()
	session, err := agent.Dial(ctx, agent.Options{Server: s.url(""), Site: s.demo().Site, Login: login, Password: password})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := session.SetActivityStatus(ctx, api.StatusAvailable, 0); err != nil {
		s.t.Fatal(err)
	}
	if err := session.RequestAssignment(ctx, true, manyChats, 24); err != nil {
		s.t.Fatal(err)
	}
	taken := make(chan int64, manyChats)
	running, cancel := context.WithCancel(ctx)
	var loops sync.WaitGroup
	loops.Go(func() {
		_ = session.Run(running, func(ctx context.Context, m agent.Message) error {
			if offer := m.ChatEngagementAssignment; offer != nil {
				if _, err := session.Accept(ctx, offer); err != nil {
					return err
				}
				taken <- offer.EngagementID
			}
			return nil
		})
	})
	// One after the other: the list has the order of acceptance.
	visitors := make([]*chatter, manyChats)
	for i := range visitors {
		visitors[i] = s.call(sites.SessionAttributes{FirstName: "Visitor", LastName: sites.Text(fmt.Sprintf("%02d", i)), QueueID: 1})
		if id := <-taken; id != visitors[i].EngagementID {
			s.t.Fatalf("taken was %d", id)
		}
	}
	var writing sync.WaitGroup
	for i, v := range visitors {
		writing.Go(func() {
			for n := range manyMessages {
				if err := v.Post(ctx, fmt.Sprintf("Message %d of %02d.", n, i)); err != nil {
					s.t.Errorf("fill a chat: %v", err)
					return
				}
			}
		})
	}
	writing.Wait()
	cancel()
	loops.Wait()
	return visitors
}

// heap answers how many bytes the page's objects take, after what is not used was
// thrown away.
func (b *tab) heap() (used float64) {
	b.t.Helper()
	b.do("measure the heap", chromedp.ActionFunc(func(ctx context.Context) (err error) {
		if err := heapprofiler.CollectGarbage().Do(ctx); err != nil {
			return err
		}
		used, _, _, _, err = runtime.GetHeapUsage().Do(ctx)
		return err
	}))
	return used
}

// spread tells the middle, the 95th of a hundred, and the worst.
func spread(ms []float64) string {
	if len(ms) == 0 {
		return "was not measured"
	}
	slices.Sort(ms)
	at := func(share float64) float64 { return ms[int(share*float64(len(ms)-1))] }
	return fmt.Sprintf("median %.0f ms, p95 %.0f ms, most %.0f ms, of %d", at(0.5), at(0.95), at(1), len(ms))
}
