package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"usher/internal/cluster"
	"usher/internal/host"
	hosts "usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/site"
)

const lease = 6 * time.Second

// rig is a pool of whole nodes over one memory journal, in one bubble.
type rig struct {
	t     *testing.T
	j     *memory.Journal
	start time.Time
	nodes []*member
}

// member is one node, and the line between it and the store.
type member struct {
	*cluster.Node
	r    *rig
	self journal.Node
	host *host.Host
	line *line
	gone bool // its connections are refused
}

func begin(t *testing.T) *rig {
	return &rig{t: t, j: memory.NewAuto(), start: time.Now()}
}

// join starts a node and makes it a member.
func (r *rig) join() *member {
	r.t.Helper()
	m := r.node()
	if err := m.Join(r.t.Context(), m.host); err != nil {
		r.t.Fatal(err)
	}
	return m
}

func (r *rig) node() *member {
	i := len(r.nodes)
	m := &member{r: r, line: &line{}, self: journal.Node{
		Name: fmt.Sprintf("node%d", i), Incarnation: fmt.Sprintf("i%d", i), Address: fmt.Sprintf("http://10.0.0.%d:8080", i), Format: site.EventFormat,
	}}
	m.line.Pool = r.j.Pool(m.self, func() time.Duration { return time.Since(r.start) })
	far := distant{r.j, m.line}
	log := slog.New(slog.DiscardHandler)
	m.Node = cluster.NewNode(cluster.Options{
		Self: m.self, Lease: lease, Journal: far, Pool: m.line, Log: log,
		Transport: network{r}, Pass: func(context.Context) (string, error) { return "let me in", nil },
	})
	m.host = host.NewPooled(far, site.Location{}, m.ForHost(), log)
	r.nodes = append(r.nodes, m)
	return m
}

// network carries what nodes ask each other of their own accord.
type network struct{ r *rig }

func (n network) RoundTrip(q *http.Request) (*http.Response, error) {
	i := slices.IndexFunc(n.r.nodes, func(m *member) bool { return m.self.Address == "http://"+q.URL.Host })
	answer := func(status int) (*http.Response, error) {
		return &http.Response{StatusCode: status, Body: http.NoBody, Request: q}, nil
	}
	switch {
	case i < 0 || n.r.nodes[i].gone:
		return nil, &net.OpError{Op: "dial", Err: errCut}
	case q.URL.Path != cluster.LookPath || q.Header.Get(cluster.PassHeader) != "let me in":
		return answer(http.StatusNotFound)
	}
	if err := n.r.nodes[i].Look(q.Context()); err != nil {
		return answer(http.StatusServiceUnavailable)
	}
	return answer(http.StatusNoContent)
}

// errAway is what a store says that is not there.
var errAway = errors.New("the store is away")

// line is a node's line to the store. While it is cut, a word waits until it is
// mended or given up.
type line struct {
	journal.Pool

	words sync.WaitGroup // that are on their way

	mu     sync.Mutex
	broken chan struct{} // closed when it is mended; nil while it is whole
	renews int
	slow   map[string]time.Duration // how long a word of this kind takes to get there
	late   map[string]time.Duration // how long its answer takes to come back
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = make(chan struct{})
	}
}

func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		close(l.broken)
		l.broken = nil
	}
}

// delay makes each word of a kind take a time to get there, or its answer to come back.
func (l *line) delay(kind string, there, back time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slow, l.late = map[string]time.Duration{kind: there}, map[string]time.Duration{kind: back}
}

// pass answers nil when a word gets through.
func (l *line) pass(ctx context.Context, kind string) error {
	l.mu.Lock()
	broken, slow := l.broken, l.slow[kind]
	l.mu.Unlock()
	if broken != nil {
		select {
		case <-broken:
		case <-ctx.Done():
			return errAway
		}
	}
	if slow > 0 {
		time.Sleep(slow) // it is carried out although nobody waits for it any more
	}
	return nil
}

// back answers nil when the answer arrives in time.
func (l *line) back(ctx context.Context, kind string) error {
	l.mu.Lock()
	late := l.late[kind]
	l.mu.Unlock()
	if late > 0 {
		time.Sleep(late)
	}
	if ctx.Err() != nil {
		return errAway
	}
	return nil
}

func (l *line) Renew(ctx context.Context, d time.Duration) (v journal.View, err error) {
	l.mu.Lock()
	l.renews++
	l.mu.Unlock()
	return word(ctx, l, "renew", func() (journal.View, error) { return l.Pool.Renew(ctx, d) })
}

func (l *line) Claim(ctx context.Context, name string) (journal.Placement, error) {
	return word(ctx, l, "claim", func() (journal.Placement, error) { return l.Pool.Claim(ctx, name) })
}

func (l *line) Give(ctx context.Context, name string, epoch int64, to string) (journal.Placement, error) {
	return word(ctx, l, "give", func() (journal.Placement, error) { return l.Pool.Give(ctx, name, epoch, to) })
}

func (l *line) Leave(ctx context.Context) error {
	_, err := word(ctx, l, "leave", func() (struct{}, error) { return struct{}{}, l.Pool.Leave(ctx) })
	return err
}

// word is one word with the store. Its caller does not wait for longer than its
// context; the word may be carried out after that.
func word[T any](ctx context.Context, l *line, kind string, say func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	l.words.Go(func() {
		var a answer
		if a.err = l.pass(ctx, kind); a.err == nil {
			a.value, a.err = say()
			if err := l.back(ctx, kind); err != nil {
				a.err = err
			}
		}
		done <- a
	})
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, errAway
	}
}

// distant is the journal at the other end of a line.
type distant struct {
	*memory.Journal
	line *line
}

func (d distant) Append(a journal.Append) {
	go func() {
		if d.line.pass(context.Background(), "append") == nil {
			d.Journal.Append(a)
		}
	}()
}

func (d distant) Load(ctx context.Context, name string) (journal.State, error) {
	return word(ctx, d.line, "load", func() (journal.State, error) { return d.Journal.Load(ctx, name) })
}

func (d distant) Create(ctx context.Context, name string) (journal.Head, error) {
	return word(ctx, d.line, "create", func() (journal.Head, error) { return d.Journal.Create(ctx, name) })
}

// vanish: the node is gone without a word. Its lease stays.
func (m *member) vanish() {
	m.gone = true
	m.line.cut()
}

// stop stops a node in order.
func (m *member) stop() {
	m.r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := m.Stop(ctx); err != nil {
		m.r.t.Fatalf("%s: %v", m.self.Name, err)
	}
}

// finish brings back what was lost, and stops all nodes: none may leave a goroutine
// behind.
func (r *rig) finish() {
	r.t.Helper()
	for _, m := range r.nodes {
		m.gone = false
		m.line.delay("", 0, 0)
		m.line.mend()
	}
	for _, m := range r.nodes {
		m.stop()
	}
	for _, m := range r.nodes {
		m.line.words.Wait()
	}
}

// errCut: the node that was asked went away over it.
var errCut = errors.New("the connection broke")

// ask brings a command to a site as the wire does: at the node that a client asks,
// or at the one that is named there. It answers which node carried it out.
func ask[T any](ctx context.Context, m *member, name string, run func(*site.Site) (T, error)) (T, *member, error) {
	var none T
	for {
		place, err := m.Locate(ctx, name, 0)
		if err != nil {
			return none, nil, err
		}
		at := m
		if !place.Here {
			at = m.r.byIncarnation(place.Node.Incarnation)
			if at.gone {
				m.Failed(name, at.self.Incarnation)
				continue
			}
			there, err := at.Locate(ctx, name, place.Epoch)
			if err != nil { // only the client's own node gives up
				there = cluster.Place{}
			}
			if !there.Here {
				m.Learn(name, there.Epoch, there.Owner, at.self.Incarnation)
				continue
			}
		}
		v, err := host.Do(ctx, at.host, name, run)
		if !errors.Is(err, hosts.ErrMoved) {
			return v, at, err
		}
		select { // news of where it is may be on its way
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return none, nil, ctx.Err()
		}
	}
}

func (r *rig) byIncarnation(inc string) *member {
	i := slices.IndexFunc(r.nodes, func(m *member) bool { return m.self.Incarnation == inc })
	return r.nodes[i]
}

// make makes sites at a node.
func (r *rig) make(m *member, names ...string) {
	r.t.Helper()
	for _, name := range names {
		if made, err := m.Create(r.t.Context(), name); err != nil || !made {
			r.t.Fatalf("create %s at %s: made %t, %v", name, m.self.Name, made, err)
		}
	}
}

// write makes queue n of a site.
func write(ctx context.Context, m *member, name string, n int) (*member, error) {
	_, at, err := ask(ctx, m, name, func(s *site.Site) (struct{}, error) {
		_, err := s.Admin("test").DefineQueue(site.QueueDefinition{ID: site.QueueID(n), Name: fmt.Sprint(n)})
		return struct{}{}, err
	})
	return at, err
}

// read answers how many queues a site has, and where it was asked.
func read(ctx context.Context, m *member, name string) (int, *member, error) {
	return ask(ctx, m, name, func(s *site.Site) (int, error) {
		queues, _ := s.Standing()
		return len(queues), nil
	})
}

// owner answers who has a site by the store: its incarnation, and the site's epoch.
func (r *rig) owner(name string) (string, int64) {
	r.t.Helper()
	for _, at := range r.view().Sites {
		if at.Site == name {
			return at.Owner, at.Epoch
		}
	}
	r.t.Fatalf("there is no site %s", name)
	return "", 0
}

// view is how things stand in the store, seen by nobody in the pool.
func (r *rig) view() journal.View {
	r.t.Helper()
	looker := r.j.Pool(journal.Node{Incarnation: "looker"}, func() time.Duration { return time.Since(r.start) })
	v, err := looker.Renew(context.Background(), -time.Hour)
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// members lists the incarnations whose lease has not run out.
func (r *rig) members() []string {
	r.t.Helper()
	var all []string
	for _, m := range r.view().Members {
		if m.Left > 0 {
			all = append(all, m.Incarnation)
		}
	}
	return all
}

// tries counts the renewals.
func (l *line) tries() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.renews
}
