package pool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"usher/api/sites"
	"usher/internal/journal"
	"usher/internal/site"
)

// dial is a number of a site's settings that is turned up all the time through any
// node, and read at each one: what nobody may ever see turned back.
type dial struct {
	site  string
	write *http.Client

	still   atomic.Bool // it is not turned
	turning sync.Mutex  // held while a value is written

	mu     sync.Mutex
	acked  []acked
	reads  []look
	stalls []stall // of the writing
	last   string  // why the last write was refused
}

// acked is a value that was written.
type acked struct {
	value int
	began time.Time // the first try
	at    time.Time
}

// look is what a node answered.
type look struct {
	node     string
	from, to time.Time
	value    int
	owner    string // who runs the site, by the answer: it may be another node's, handed on
}

// stall is a time in which writes were refused or broken: from the first that failed
// to the one that succeeded.
type stall struct{ from, to time.Time }

// least is the lowest value: an engagement may be idle for long, for the test's ends.
const least = 1000

// pace is the pause between two requests of one of those who turn and read.
const pace = 60 * time.Millisecond

// turn writes rising values until ctx ends.
func (d *dial) turn(ctx context.Context) {
	for v := least; ctx.Err() == nil; wait(ctx, pace) {
		if !d.still.Load() {
			d.turning.Lock()
			d.writeOne(ctx, v)
			d.turning.Unlock()
			v++
		}
	}
}

// rest leaves the dial as it is: nothing of it is on its way to the journal when it
// returns, until it is turned again.
func (d *dial) rest() {
	d.still.Store(true)
	d.turning.Lock()
	defer d.turning.Unlock()
}

// writeOne writes a value until it is certain that it was.
func (d *dial) writeOne(ctx context.Context, v int) {
	began, failed := time.Now(), time.Time{}
	for ctx.Err() == nil {
		tried := time.Now()
		// What broke off may still be carried out, and then the dial goes back for a
		// moment in the journal too, which the check reads.
		status, _, err := ask(d.write, http.MethodPatch, "chat.test", d.site, fmt.Sprintf(`{"idleSeconds":%d}`, v))
		if err == nil && status == http.StatusOK {
			d.mu.Lock()
			now := time.Now()
			d.acked = append(d.acked, acked{v, began, now})
			if !failed.IsZero() {
				d.stalls = append(d.stalls, stall{failed, now})
			}
			d.mu.Unlock()
			return
		}
		if failed.IsZero() {
			failed = tried
		}
		d.mu.Lock()
		d.last = fmt.Sprint(status, " ", err)
		d.mu.Unlock()
		wait(ctx, pace/3)
	}
}

// follow reads at one node until ctx ends. It keeps on when the node is away.
func (d *dial) follow(ctx context.Context, hc *http.Client, n *node) {
	for ctx.Err() == nil {
		from := time.Now()
		status, got, err := ask(hc, http.MethodGet, n.address, d.site, "")
		if err == nil && status == http.StatusOK {
			d.mu.Lock()
			d.reads = append(d.reads, look{n.name, from, time.Now(), got.IdleSeconds, got.Owner})
			d.mu.Unlock()
		}
		wait(ctx, pace)
	}
}

// The supervisor who turns and reads the dials. The admin token would not do: each node
// asks the database for it, and then one that is cut off could never answer wrongly.
const (
	supervisor = "sue"
	password   = "correct horse battery staple"
)

// ask makes a call of the administration.
func ask(hc *http.Client, method, host, name, body string) (status int, got sites.Site, err error) {
	// Not of the test's context: what was sent is waited for, so that it is known.
	r, err := http.NewRequestWithContext(context.Background(), method, "http://"+host+"/usher/admin/v1/sites/"+name+suffix(method), bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, got, err
	}
	r.SetBasicAuth(supervisor, password)
	answer, err := hc.Do(r)
	if err != nil {
		return 0, got, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode == http.StatusOK && method == http.MethodGet {
		err = json.Unmarshal(b, &got)
	}
	return answer.StatusCode, got, err
}

func suffix(method string) string {
	if method == http.MethodPatch {
		return "/settings"
	}
	return ""
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// well reports whether a write, and a read at each node, began after a time and succeeded.
func (d *dial) well(nodes []*node, since time.Time) bool { return d.missing(nodes, since) == "" }

func (d *dial) missing(nodes []*node, since time.Time) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.acked) == 0 || d.acked[len(d.acked)-1].began.Before(since) {
		return "nothing was written (" + d.last + ")"
	}
	for _, n := range nodes {
		found := false
		for _, r := range slices.Backward(d.reads) {
			if r.from.Before(since) && r.to.Before(since) {
				break
			}
			if found = r.node == n.name && !r.from.Before(since); found {
				break
			}
		}
		if !found {
			return "nothing was read at node " + n.name
		}
	}
	return ""
}

// readAt answers what a node itself answered to questions that came between two times;
// what it fetched from the site's new owner is that one's word.
func (d *dial) readAt(n *node, from, to time.Time) (answered []look) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.reads {
		if r.node == n.name && r.owner == n.name && r.from.After(from) && r.to.Before(to) {
			answered = append(answered, r)
		}
	}
	return answered
}

// recovery answers how long after a time the first write was answered that was not
// on its way back already.
func (d *dial) recovery(since time.Time) (time.Duration, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.acked {
		if a.at.After(since.Add(20 * time.Millisecond)) {
			return a.at.Sub(since), true
		}
	}
	return 0, false
}

// longest answers the longest stall, and the longest write, that touches a time.
func (d *dial) longest(from, to time.Time) (refused, took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.stalls {
		if !s.to.Before(from) && !s.from.After(to) {
			refused = max(refused, s.to.Sub(s.from))
		}
	}
	for _, a := range d.acked {
		if !a.at.Before(from) && !a.began.After(to) {
			took = max(took, a.at.Sub(a.began))
		}
	}
	return refused, took
}

// faults answers what was read that could not be read any more, by the order in which
// the journal has the values: each answer must have a place in it that is not before
// any that somebody was told before the question.
func (d *dial) faults(ctx context.Context, j journal.Journal) ([]string, error) {
	var order []int
	var failed error
	err := j.Read(ctx, d.site, 0, func(f journal.Frame) bool {
		for line := range bytes.Lines(f.Events) {
			_, event, err := site.DecodeEvent(bytes.TrimSuffix(line, []byte("\n")))
			if failed = err; err != nil {
				return false
			}
			if e, ok := event.(*site.SettingsChanged); ok {
				order = append(order, e.Settings.IdleSeconds)
			}
		}
		return true
	})
	if err = errors.Join(err, failed); err != nil {
		return nil, fmt.Errorf("read the journal of site %s: %w", d.site, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return place(d.site, order, d.acked, d.reads), nil
}

// place finds a place for every answer in the order of the values, and answers which
// have none.
func place(name string, order []int, writes []acked, reads []look) (faults []string) {
	first := map[int]int{}
	for i, v := range slices.Backward(order) {
		first[v] = i
	}
	// What happened, in order of time: somebody asked, or was told.
	type moment struct {
		at     time.Time
		asked  bool
		nth    int // of the reading, or of the writing
		writes bool
	}
	var all []moment
	for i, r := range reads {
		all = append(all, moment{at: r.from, asked: true, nth: i}, moment{at: r.to, nth: i})
	}
	for i, a := range writes {
		all = append(all, moment{at: a.at, nth: i, writes: true})
	}
	slices.SortStableFunc(all, func(a, b moment) int { return a.at.Compare(b.at) })
	told, what := 0, "the beginning"
	type bound struct {
		place int
		what  string
	}
	bounds := make([]bound, len(reads))
	tell := func(place int, of string) {
		if place > told {
			told, what = place, of
		}
	}
	for _, m := range all {
		switch {
		case m.asked:
			bounds[m.nth] = bound{told, what}
		case m.writes:
			v := writes[m.nth].value
			if at, ok := first[v]; ok {
				tell(at, fmt.Sprintf("%d was written", v))
			} else {
				faults = append(faults, fmt.Sprintf("site %s: value %d was written, answered 200, and is not in the journal", name, v))
			}
		default:
			r, b := reads[m.nth], bounds[m.nth]
			at := slices.Index(order[b.place:], r.value)
			if at < 0 {
				faults = append(faults, fmt.Sprintf("site %s: node %s answered %d at %s, asked %v before, after %s", name, r.node, r.value,
					r.to.Format("15:04:05.000"), r.to.Sub(r.from).Round(time.Millisecond), b.what))
				continue
			}
			tell(b.place+at, fmt.Sprintf("node %s had answered %d", r.node, r.value))
		}
	}
	return faults
}
