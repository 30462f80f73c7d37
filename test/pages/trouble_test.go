package pages_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// trouble is what a page reports that no page should: errors, and things that its
// policy forbids.
type trouble struct {
	mu      sync.Mutex
	seen    []string
	allowed []*regexp.Regexp
}

func (x *trouble) add(format string, args ...any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.seen = append(x.seen, fmt.Sprintf(format, args...))
}

// seenSoFar answers all that was reported.
func (x *trouble) seenSoFar() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.seen)
}

// left answers what was reported and not expected.
func (x *trouble) left() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var left []string
next:
	for _, s := range x.seen {
		for _, a := range x.allowed {
			if a.MatchString(s) {
				continue next
			}
		}
		left = append(left, s)
	}
	return left
}

// expects says that the page may report what a regular expression matches: a test
// whose point is that something is forbidden.
func (w *window) expects(report string) {
	w.trouble.mu.Lock()
	defer w.trouble.mu.Unlock()
	w.trouble.allowed = append(w.trouble.allowed, regexp.MustCompile(report))
}

// calls are the addresses of the APIs: that one of them refuses, or is out of reach,
// is a page's daily bread, and browsers log each as an error.
var calls = regexp.MustCompile(`^https?://[^/]+/(engagement/api|usher/(agent|consumer|admin|open)|services|sites)/`)

// expected reports whether an error of the network is no fault of the page: an API
// that refuses, or no answer at all, which only a test brings about.
func expected(e *log.Entry) bool {
	return calls.MatchString(e.URL) || strings.Contains(e.Text, "net::ERR_")
}

// watch listens to what the page reports, and fails the test with it at its end.
func (w *window) watch() {
	w.t.Helper()
	chromedp.ListenTarget(w.ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			w.trouble.add("an exception nobody caught: %v", e.ExceptionDetails)
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning || e.Type == runtime.APITypeAssert {
				var words []string
				for _, a := range e.Args {
					words = append(words, string(a.Value)+a.Description)
				}
				w.trouble.add("console.%s: %s", e.Type, strings.Join(words, " "))
			}
		case *log.EventEntryAdded:
			if e.Entry.Level != log.LevelError || e.Entry.Source == log.SourceNetwork && expected(e.Entry) {
				return
			}
			w.trouble.add("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	})
	w.do("watch the page", runtime.Enable())
	w.t.Cleanup(func() {
		for _, s := range w.trouble.left() {
			w.t.Errorf("the page reports: %s", s)
		}
	})
	w.intercept()
}
