package pages_test

import (
	"context"
	"encoding/base64"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// traffic is what a test does to the requests of a page.
type traffic struct {
	mu    sync.Mutex
	gates []*gate
}

// gate holds requests back: before they are sent, or their answers.
type gate struct {
	w       *window
	pattern string
	matches *regexp.Regexp
	stage   fetch.RequestStage
	arrived chan *held
	open    bool
}

// held is a request, or its answer, that waits at a gate.
type held struct {
	w      *window
	id     fetch.RequestID
	URL    string
	Method string
	Status int64 // of the answer; 0 for a request
}

// intercept lets the page's requests through as its gates say.
func (w *window) intercept() {
	chromedp.ListenTarget(w.ctx, func(event any) {
		e, ok := event.(*fetch.EventRequestPaused)
		if !ok {
			return
		}
		h := &held{w: w, id: e.RequestID, URL: e.Request.URL, Method: e.Request.Method, Status: e.ResponseStatusCode}
		stage := fetch.RequestStageRequest
		if e.ResponseStatusCode != 0 || e.ResponseErrorReason != "" {
			stage = fetch.RequestStageResponse
		}
		w.traffic.mu.Lock()
		defer w.traffic.mu.Unlock()
		for _, g := range w.traffic.gates {
			if !g.open && g.stage == stage && g.matches.MatchString(h.URL) {
				g.arrived <- h
				return
			}
		}
		go h.release() // a listener must not wait for an answer
	})
	w.patrol()
}

// holdAnswers holds the answers to requests back whose address matches a pattern with
// * for anything: the server has carried them out.
func (w *window) holdAnswers(pattern string) *gate {
	w.t.Helper()
	return w.gate(pattern, fetch.RequestStageResponse)
}

// holdRequests holds requests back before they reach the server.
func (w *window) holdRequests(pattern string) *gate {
	w.t.Helper()
	return w.gate(pattern, fetch.RequestStageRequest)
}

func (w *window) gate(pattern string, stage fetch.RequestStage) *gate {
	w.t.Helper()
	matches := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
	g := &gate{w: w, pattern: pattern, matches: matches, stage: stage, arrived: make(chan *held, 1000)}
	w.traffic.mu.Lock()
	w.traffic.gates = append(w.traffic.gates, g)
	w.traffic.mu.Unlock()
	w.patrol()
	return g
}

// patrol tells the browser which requests the gates are about. An open gate stays one
// of them: a request may be on its way to it.
func (w *window) patrol() {
	w.t.Helper()
	// The first is for nothing. With it the browser asks for every request from the start:
	// a page that is told only later goes on for a moment without.
	patterns := []*fetch.RequestPattern{{URLPattern: "https://nothing.invalid/"}}
	w.traffic.mu.Lock()
	for _, g := range w.traffic.gates {
		patterns = append(patterns, &fetch.RequestPattern{URLPattern: g.pattern, RequestStage: g.stage})
	}
	w.traffic.mu.Unlock()
	w.do("hold requests", fetch.Enable().WithPatterns(patterns))
}

// wait answers the next that waits at the gate.
func (g *gate) wait() *held {
	g.w.t.Helper()
	select {
	case h := <-g.arrived:
		return h
	case <-time.After(patience):
		g.w.t.Fatalf("waited %v in vain for a request of %s\n%s", patience, g.pattern, (&tab{window: g.w}).summary())
		return nil
	}
}

// none reports whether nothing waits at the gate.
func (g *gate) none() bool { return len(g.arrived) == 0 }

// release opens the gate: all who wait, and all who come, go through. Those that wait
// has answered are the test's to release.
func (g *gate) release() {
	g.w.t.Helper()
	g.w.traffic.mu.Lock()
	g.open = true
	g.w.traffic.mu.Unlock()
	for !g.none() {
		(<-g.arrived).release()
	}
}

// release lets a request, or its answer, through. One whose page is gone needs that
// no more, so there is no error.
func (h *held) release() {
	_ = fetch.ContinueRequest(h.id).Do(h.w.executor())
}

// lose cuts the connection: the page never learns what became of its request.
func (h *held) lose() {
	h.w.t.Helper()
	if err := fetch.FailRequest(h.id, network.ErrorReasonConnectionReset).Do(h.w.executor()); err != nil {
		h.w.t.Fatalf("cut the connection of %s: %v", h.URL, err)
	}
}

// answer answers in the server's place.
func (h *held) answer(status int64, body string, header ...string) {
	h.w.t.Helper()
	fields := []*fetch.HeaderEntry{{Name: "Content-Type", Value: "application/json"}}
	for i := 0; i+1 < len(header); i += 2 {
		fields = append(fields, &fetch.HeaderEntry{Name: header[i], Value: header[i+1]})
	}
	p := fetch.FulfillRequest(h.id, status).WithResponseHeaders(fields).WithBody(base64.StdEncoding.EncodeToString([]byte(body)))
	if err := p.Do(h.w.executor()); err != nil {
		h.w.t.Fatalf("answer %s: %v", h.URL, err)
	}
}

// offline cuts the tab off the network, as a tunnel does, and connects it again.
func (w *window) offline(yes bool) {
	w.t.Helper()
	w.network(yes, 0, -1, -1)
}

// network gives the tab a network: whether it is cut off, ms until the first byte of an
// answer, and bytes a second towards the tab and from it, -1 for as many as there are.
func (w *window) network(offline bool, latency, down, up float64) {
	w.t.Helper()
	// The command that all versions of the browser know, of which the generated one is a newer kin.
	conditions := map[string]any{"offline": offline, "latency": latency, "downloadThroughput": down, "uploadThroughput": up}
	w.do("change the network", chromedp.ActionFunc(func(ctx context.Context) error {
		return cdp.Execute(ctx, "Network.emulateNetworkConditions", conditions, nil)
	}))
}
