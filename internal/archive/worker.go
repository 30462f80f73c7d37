package archive

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"usher/internal/blob"
	"usher/internal/journal"
)

const (
	// gather is how long a worker waits for more events before it writes.
	gather = 250 * time.Millisecond
	// tidyEvery is how often a worker looks for what is too old.
	tidyEvery = time.Hour
	// retryFirst and retryMost bound the pauses after a site could not be followed.
	retryFirst = time.Second
	retryMost  = time.Minute
)

// Config is what a worker works with.
type Config struct {
	Journal journal.Journal
	Store   *Store
	// Sites answers the sites of this node: those that the worker looks at by itself.
	// Others it follows when it is asked for one of them.
	Sites func() []string
	// Blobs has the files; nil when there are none.
	Blobs blob.Store
	Log   *slog.Logger
	// Now is the wall clock, by which is judged what is too old; nil: time.Now.
	Now func() time.Time
}

// Worker follows sites into the archive, forgets what is too old, and answers what is
// asked of the archive. It may be used by many at once, and by several nodes over one
// store.
type Worker struct {
	journal journal.Journal
	store   *Store
	sites   func() []string
	blobs   blob.Store
	log     *slog.Logger
	now     func() time.Time

	mu        sync.Mutex
	followers map[string]*follower
	due       map[string]bool // sites that grew
	wake      chan struct{}   // holds one token when there is a due one

	trimming sync.RWMutex // read by who holds the journal as it is, written while it is trimmed
}

// NewWorker answers a worker that works when Run is called. What it is asked before
// that, it answers.
func NewWorker(c Config) *Worker {
	w := &Worker{
		journal: c.Journal, store: c.Store, sites: c.Sites, blobs: c.Blobs, log: c.Log, now: c.Now,
		followers: map[string]*follower{}, due: map[string]bool{}, wake: make(chan struct{}, 1),
	}
	if w.now == nil {
		w.now = time.Now
	}
	return w
}

// Appended tells that a site's journal is durable up to a position. It returns at once.
func (w *Worker) Appended(site string, end int64) {
	w.follower(site).grown(end)
	w.mu.Lock()
	w.due[site] = true
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default: // a token is there already
	}
}

func (w *Worker) follower(site string) *follower {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.followers[site]
	if f == nil {
		f = &follower{w: w, name: site, turn: make(chan struct{}, 1), state: State{Site: site}}
		f.turn <- struct{}{}
		w.followers[site] = f
	}
	return f
}

// Run works until ctx ends: it follows the node's sites to where they are, then whatever
// grows, and each hour looks for what is too old. While nothing grows it does nothing.
func (w *Worker) Run(ctx context.Context) {
	for _, name := range w.sites() {
		w.Appended(name, 0)
	}
	w.followDue(ctx)
	tidy := time.NewTimer(0)
	defer tidy.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tidy.C:
			w.tidyAll(ctx)
			tidy.Reset(tidyEvery)
			continue
		case <-w.wake:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(gather):
		}
		w.followDue(ctx)
	}
}

// forget drops the follower of a site that there is not.
func (w *Worker) forget(site string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.followers, site)
}

// followDue follows the sites that grew. One that could not be followed is due again
// later.
func (w *Worker) followDue(ctx context.Context) {
	w.mu.Lock()
	due := slices.Sorted(maps.Keys(w.due))
	clear(w.due)
	w.mu.Unlock()
	for _, name := range due {
		if ctx.Err() != nil {
			return
		}
		f := w.follower(name)
		err := f.catchUp(ctx)
		if err == nil || ctx.Err() != nil || errors.Is(err, ErrStopped) {
			continue
		}
		if errors.Is(err, journal.ErrNoSite) {
			continue // it is told of before it has events, and then again
		}
		pause := f.pause()
		w.log.Warn("the archive could not follow a site", "site", name, "err", err, "again", pause)
		time.AfterFunc(pause, func() { w.Appended(name, 0) })
	}
}

// pause answers how long to wait after one more failure.
func (f *follower) pause() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tries++
	return min(retryFirst<<min(f.tries-1, 10), retryMost)
}

// States answers how the following of each site stands that this worker has looked at,
// by their names. It reads nothing.
func (w *Worker) States() []State {
	w.mu.Lock()
	all := slices.Collect(maps.Values(w.followers))
	w.mu.Unlock()
	var states []State
	for _, f := range all {
		states = append(states, f.State())
	}
	slices.SortFunc(states, func(a, b State) int { return cmp.Compare(a.Site, b.Site) })
	return states
}

// Positions answers how many events the archive has of each site, by the site's name.
func (w *Worker) Positions(ctx context.Context) (map[string]int64, error) {
	all := map[string]int64{}
	err := w.store.view(ctx, func(c conn) error {
		return c.each(ctx, `SELECT name, position FROM archive_sites`, nil, func(scan func(...any) error) error {
			var name string
			var position int64
			err := scan(&name, &position)
			all[name] = position
			return err
		})
	})
	return all, err
}

// Hold keeps this worker from trimming journals until release is called, so that a copy
// of journal and archive can be made one after the other. It waits for a trim that is
// under way. Several may hold at once; release may be called more than once.
func (w *Worker) Hold() (release func()) {
	w.trimming.RLock()
	return sync.OnceFunc(w.trimming.RUnlock)
}
