package pool

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"usher/test/kill/crowd"
)

// watch keeps what the nodes answered amiss, and what was done to them meanwhile.
type watch struct {
	mu       sync.Mutex
	count    int // of exchanges
	polls    int
	amiss    []crowd.Exchange
	troubles []*trouble
	gone     map[string][]*trouble // when a node did not answer, by address
}

// trouble is a time in which something was done.
type trouble struct {
	what     string
	from, to time.Time // to is zero while it lasts
	// refuses: commands may be refused meanwhile, with 503 and Retry-After.
	refuses bool
}

func (x *trouble) touches(from, to time.Time) bool {
	return !to.Before(x.from) && (x.to.IsZero() || !from.After(x.to))
}

// see takes an exchange.
func (w *watch) see(e crowd.Exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	if e.Retrieval() {
		w.polls++
	}
	if e.Own || e.Err == nil && e.Status == http.StatusOK {
		return
	}
	w.amiss = append(w.amiss, e)
}

// begin notes the beginning of a trouble.
func (w *watch) begin(what string, refuses bool) *trouble {
	w.mu.Lock()
	defer w.mu.Unlock()
	x := &trouble{what: what, from: time.Now(), refuses: refuses}
	w.troubles = append(w.troubles, x)
	return x
}

func (w *watch) end(x *trouble) {
	w.mu.Lock()
	defer w.mu.Unlock()
	x.to = time.Now()
}

// away notes that a node breaks its connections from now on, back that it answers again.
func (w *watch) away(address string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone == nil {
		w.gone = map[string][]*trouble{}
	}
	w.gone[address] = append(w.gone[address], &trouble{from: time.Now()})
}

func (w *watch) back(address string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if g := w.gone[address]; len(g) > 0 {
		g[len(g)-1].to = time.Now()
	}
}

// faults answers what must not have been answered, a sentence each.
func (w *watch) faults() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, e := range w.amiss {
		if why := w.judge(e); why != "" {
			all = append(all, fmt.Sprintf("%s at %s of %s, answered %s after %v (%s): %s", e.Operation, e.From.Format("15:04:05.000"), e.Node,
				answer(e), e.To.Sub(e.From).Round(time.Millisecond), w.during(e), why))
		}
	}
	return all
}

func answer(e crowd.Exchange) string {
	if e.Err != nil {
		return "nothing: " + e.Err.Error()
	}
	return fmt.Sprintf("%d %s", e.Status, e.Body)
}

// during names what was done at the time.
func (w *watch) during(e crowd.Exchange) string {
	var what []string
	for _, x := range w.troubles {
		if x.touches(e.From, e.To) {
			what = append(what, x.what)
		}
	}
	return strings.Join(what, ", ")
}

// judge answers why an exchange must not be as it was, "" when it may.
func (w *watch) judge(e crowd.Exchange) string {
	if e.Err != nil {
		return w.judgeBroken(e)
	}
	slow := strings.Contains(e.Body, "DEPENDENCY_APPLICATION_TIMEOUT")
	switch {
	case strings.Contains(e.Body, "there is no such site"):
		return "the site is there"
	case e.Status == http.StatusMisdirectedRequest:
		return "this is for nodes alone"
	case e.Retrieval() && (e.Status >= 500 || slow || e.Status == http.StatusTooManyRequests):
		return "a retrieval is never refused for a fault of the server"
	case e.Status < 500 && !slow:
		return "" // a client's own mistake, or the end of a session: the other checks know
	case e.Status != http.StatusServiceUnavailable && !slow:
		return "a command that cannot be carried out now is answered 503"
	case !e.RetryAfter:
		return "there is no Retry-After"
	}
	for _, x := range w.troubles {
		if x.refuses && x.touches(e.From, e.To) {
			return ""
		}
	}
	return "nothing was done for which a command is refused"
}

// judgeBroken judges an exchange without an answer: only a node that went away may
// break its connections.
func (w *watch) judgeBroken(e crowd.Exchange) string {
	for _, x := range w.gone[e.Node] {
		if x.touches(e.Connected, e.To) {
			return ""
		}
	}
	if e.Node == "" {
		return "some node ran"
	}
	return "the node ran all the time"
}

// errorLine is a line of a node's log that tells of an error.
var errorLine = regexp.MustCompile(`^time=(\S+) level=ERROR `)

// expects reports whether a node may have logged a line, since the store was kept from
// it at the time.
func (w *watch) expects(line string) bool {
	m := errorLine.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	at, err := time.Parse(time.RFC3339Nano, m[1])
	if err != nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.troubles, func(x *trouble) bool { return x.refuses && x.touches(at, at) })
}
