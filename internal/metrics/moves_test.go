package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/internal/auth"
	"usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/metrics"
	"usher/internal/site"
	"usher/internal/testkit"
)

// moody is a journal that takes its time, and fails when it is told to.
type moody struct {
	*memory.Journal

	mu       sync.Mutex
	slow     time.Duration
	appends  error // what appends end with; nil: they are made
	once     bool  // only the next one does
	loads    error
	overtake bool // the next append meets another epoch
}

func (j *moody) set(change func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	change()
}

func (j *moody) Append(a journal.Append) {
	j.mu.Lock()
	slow, err, overtake := j.slow, j.appends, j.overtake
	j.overtake = false
	if j.once {
		j.appends, j.once = nil, false
	}
	j.mu.Unlock()
	if err != nil {
		go func() {
			if _, ok := a.Take(); ok {
				a.Done(err)
			}
		}()
		return
	}
	j.Journal.Append(journal.Append{
		Take: func() (journal.Batch, bool) {
			b, ok := a.Take()
			if overtake {
				j.Journal.RaiseEpoch(context.Background(), b.Frame.Site, b.Frame.Epoch)
			}
			return b, ok
		},
		Done: func(err error) {
			time.Sleep(slow)
			a.Done(err)
		},
	})
}

func (j *moody) Load(ctx context.Context, name string) (journal.State, error) {
	j.mu.Lock()
	err := j.loads
	j.mu.Unlock()
	if err != nil {
		return journal.State{}, err
	}
	return j.Journal.Load(ctx, name)
}

// bench is a server with a chat: ada leads ann's engagement, and bob waits for one.
type bench struct {
	*testkit.Server
	journal  *moody
	ada, bob *testkit.Agent
	ann      *testkit.Visitor
}

func newBench(t *testing.T) *bench {
	j := &moody{Journal: memory.NewAuto()}
	b := &bench{Server: testkit.New(t, testkit.Options{Journal: j, AnyQuery: true}), journal: j}
	b.ada, b.ann = b.Chat("ada")
	b.bob = b.LogOn("bob")
	for _, c := range []site.Caller{b.agent(b.ada), b.agent(b.bob), b.visitor(b.ann)} {
		b.received(c)
	}
	return b
}

// received says that a session has received all that there is.
func (b *bench) received(c site.Caller) {
	b.T.Helper()
	b.do(func(s *site.Site) error {
		c.Acked = true
		for c.Ack = 10; c.Ack > 0; c.Ack-- { // a number that was not given yet counts as absent
			if err := s.Alive(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// do runs a command past the wire.
func (b *bench) do(run func(*site.Site) error) {
	b.T.Helper()
	testkit.Do(b.Server, func(s *site.Site) (struct{}, error) { return struct{}{}, run(s) })
}

// fails is do for a command that cannot be carried out.
func (b *bench) fails(run func(*site.Site) error) {
	b.T.Helper()
	if _, err := host.Do(b.T.Context(), b.Host, testkit.SiteName, func(s *site.Site) (struct{}, error) { return struct{}{}, run(s) }); err == nil {
		b.T.Error("nothing failed")
	}
}

func caller(session string) site.SessionKey { return site.SessionKey(auth.SessionHash(session)) }

func (b *bench) agent(a *testkit.Agent) site.Caller {
	return site.Caller{Key: caller(a.Session), Account: site.AccountID(a.Account), Agent: true}
}

func (b *bench) visitor(v *testkit.Visitor) site.Caller { return site.Caller{Key: caller(v.Session)} }

func (b *bench) post(text string) func(*site.Site) error {
	return func(s *site.Site) error {
		_, err := s.PostAsVisitor(b.visitor(b.ann), site.NewPost{Body: text})
		return err
	}
}

// park begins a retrieval past the wire, which ends with the test at the latest.
func (b *bench) park(c site.Caller) {
	go b.Host.Retrieve(b.T.Context(), testkit.SiteName, c, machine.Numbers{}, 0)
	synctest.Wait()
}

// pause lets time pass, in which everything lazy is done.
func pause(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// ordinary are the series that move with every command that is written. They have a row
// of their own.
var ordinary = []string{"usher_appends_total{outcome=\"durable\"}", "usher_commit_", "usher_frame"}

// moved answers by how much each series changed meanwhile.
func moved(m *metrics.Metrics, do func(), but ...string) map[string]float64 {
	before := testkit.Series(m)
	do()
	synctest.Wait()
	after := testkit.Series(m)
	changed := map[string]float64{}
	for name := range maps.Keys(after) {
		was, there := before[name]
		if d := math.Round((after[name]-was)*1e6) / 1e6; d != 0 || !there && after[name] != 0 {
			changed[name] = d
		}
	}
	for name, was := range before {
		if _, there := after[name]; !there {
			changed[name] = -was
		}
	}
	maps.DeleteFunc(changed, func(name string, d float64) bool {
		for _, b := range but {
			if strings.HasPrefix(name, b) {
				return true
			}
		}
		return d == 0
	})
	return changed
}

var errDisk = errors.New("the disk is full")

// TestMoves: each metric moves when its thing happens, by as much, and no other moves.
func TestMoves(t *testing.T) {
	const demo = `{site="demo"}`
	request := func(method, route string, status int) string {
		return fmt.Sprintf(`usher_requests_total{method=%q,route=%q,status="%d"}`, method, route, status)
	}
	timed := func(method, route string) string {
		return fmt.Sprintf(`usher_request_duration_seconds_count{method=%q,route=%q}`, method, route)
	}
	for name, c := range map[string]struct {
		before func(b *bench)
		do     func(b *bench)
		want   map[string]float64
		all    bool // the ordinary ones too
	}{
		"nothing": {do: func(*bench) {}, want: map[string]float64{}, all: true},
		"time passes": {
			do:   func(*bench) { pause(3 * time.Second) },
			want: map[string]float64{},
		},
		"a frame": {
			before: func(b *bench) { b.journal.set(func() { b.journal.slow = 40 * time.Millisecond }) },
			do:     func(b *bench) { b.do(b.post("hello")) },
			want: map[string]float64{
				`usher_appends_total{outcome="durable"}`: 1, "usher_commit_duration_seconds_count": 1, "usher_commit_duration_seconds_sum": .04,
				"usher_frames_total": 1, "usher_frame_events_total": 1,
				"usher_mailbox_messages" + demo: 1, "usher_mailbox_deepest_messages" + demo: 1,
			}, all: true,
		},
		"a post that nobody waits for": {
			do:   func(b *bench) { b.do(b.post("hello")) },
			want: map[string]float64{"usher_mailbox_messages" + demo: 1, "usher_mailbox_deepest_messages" + demo: 1},
		},
		"a retrieval waits": {
			do:   func(b *bench) { b.park(b.agent(b.ada)) },
			want: map[string]float64{"usher_retrievals_parked" + demo: 1},
		},
		"a post that somebody waits for": {
			before: func(b *bench) {
				b.journal.set(func() { b.journal.slow = 40 * time.Millisecond })
				b.park(b.agent(b.ada))
				pause(time.Second)
			},
			do: func(b *bench) { b.do(b.post("hello")) },
			want: map[string]float64{
				"usher_delivery_duration_seconds_count": 1, "usher_delivery_duration_seconds_sum": .04, "usher_retrievals_parked" + demo: -1,
				"usher_mailbox_messages" + demo: 1, "usher_mailbox_deepest_messages" + demo: 1,
			},
		},
		"a post is fetched later": {
			before: func(b *bench) { b.do(b.post("hello")); pause(time.Second) },
			do:     func(b *bench) { b.park(b.agent(b.ada)) },
			want:   map[string]float64{},
		},
		"a post that was made before its agent came": {
			before: func(b *bench) {
				ben := b.Enter(testkit.Support)
				b.park(b.agent(b.bob))
				pause(time.Second)
				ben.Post("is anybody there?")
				pause(time.Second)
				b.do(func(s *site.Site) error { _, err := s.RequestAssignment(b.agent(b.bob), true, 1, 1); return err })
				pause(time.Second)
				b.received(b.agent(b.bob)) // the offer
				b.park(b.agent(b.bob))
				pause(time.Second)
			},
			do: func(b *bench) {
				b.do(func(s *site.Site) error { _, err := s.AnswerOffer(b.agent(b.bob), 2, api.ActionAccept); return err })
			},
			want: map[string]float64{
				"usher_mailbox_messages" + demo: 3, "usher_mailbox_deepest_messages" + demo: 2, "usher_retrievals_parked" + demo: -1,
			},
		},
		"messages are received": {
			before: func(b *bench) { b.do(b.post("hello")) },
			do:     func(b *bench) { b.received(b.agent(b.ada)) },
			want:   map[string]float64{"usher_mailbox_messages" + demo: -1, "usher_mailbox_deepest_messages" + demo: -1},
		},
		"a visitor waits": {
			do: func(b *bench) {
				b.do(func(s *site.Site) error {
					_, err := s.RequestEngagement(site.EngagementRequest{Key: "K", TokenExpires: 1 << 60, Queue: testkit.Echo})
					return err
				})
				pause(90 * time.Second)
			},
			want: map[string]float64{
				"usher_engagements" + demo: 1, `usher_queue_waiting{queue="2",site="demo"}`: 1, `usher_queue_longest_wait_seconds{queue="2",site="demo"}`: 90,
			},
		},
		"an agent is away": {
			do: func(b *bench) {
				b.do(func(s *site.Site) error {
					_, err := s.SetActivityStatus(b.agent(b.bob), api.StatusUnavailable, 2)
					return err
				})
			},
			want: map[string]float64{"usher_agents_available" + demo: -1},
		},
		"an agent logs off": {
			do: func(b *bench) {
				b.do(func(s *site.Site) error { _, err := s.Logoff(b.agent(b.bob), true); return err })
			},
			want: map[string]float64{"usher_agents_available" + demo: -1, "usher_agents" + demo: -1},
		},
		"a letter waits": {
			before: func(b *bench) {
				b.do(func(s *site.Site) error {
					set := s.CurrentSettings()
					set.MailTranscripts = true
					_, err := s.Admin("test").ChangeSettings(set)
					return err
				})
				b.do(func(s *site.Site) error { _, err := s.MailTranscript(b.visitor(b.ann), "ann@example.org"); return err })
			},
			do: func(b *bench) {
				b.do(func(s *site.Site) error { _, err := s.ConcludeAsVisitor(b.visitor(b.ann)); return err })
				pause(40 * time.Second)
			},
			want: map[string]float64{
				"usher_letter_longest_wait_seconds" + demo: 40, "usher_mailbox_messages" + demo: 2, "usher_mailbox_deepest_messages" + demo: 1,
			},
		},
		"a letter is asked for": {
			before: func(b *bench) {
				b.do(func(s *site.Site) error {
					set := s.CurrentSettings()
					set.MailTranscripts = true
					_, err := s.Admin("test").ChangeSettings(set)
					return err
				})
			},
			do: func(b *bench) {
				b.do(func(s *site.Site) error { _, err := s.MailTranscript(b.visitor(b.ann), "ann@example.org"); return err })
			},
			want: map[string]float64{"usher_letters" + demo: 1},
		},
		"the journal refuses": {
			before: func(b *bench) { b.park(b.agent(b.ada)) },
			do: func(b *bench) {
				b.journal.set(func() { b.journal.appends = fmt.Errorf("%w: %w", journal.ErrRefused, errDisk) })
				b.fails(b.post("hello"))
			},
			want: map[string]float64{
				`usher_appends_total{outcome="refused"}`:              2, // the frame, and then the probe
				`usher_site_loads_total{cause="refused",site="demo"}`: 1, "usher_ready": -1,
				`usher_sites{state="live"}`: -1, `usher_sites{state="blocked"}`: 1,
				`usher_site_state{site="demo",state="live"}`: -1, `usher_site_state{site="demo",state="blocked"}`: 1,
				"usher_retrievals_parked" + demo: -1, "usher_retrievals_held" + demo: 1,
			},
		},
		"the journal takes again": {
			before: func(b *bench) {
				b.park(b.agent(b.ada))
				b.journal.set(func() { b.journal.appends = fmt.Errorf("%w: %w", journal.ErrRefused, errDisk) })
				b.fails(b.post("hello"))
				synctest.Wait() // the probe is refused too
				b.journal.set(func() { b.journal.appends = nil })
			},
			do: func(b *bench) { pause(2 * time.Second) },
			want: map[string]float64{
				"usher_ready": 1, `usher_sites{state="live"}`: 1, `usher_sites{state="blocked"}`: -1,
				`usher_site_state{site="demo",state="live"}`: 1, `usher_site_state{site="demo",state="blocked"}`: -1,
				"usher_retrievals_parked" + demo: 1, "usher_retrievals_held" + demo: -1,
			},
		},
		"nobody knows whether a frame was written": {
			do: func(b *bench) {
				b.journal.set(func() { b.journal.appends, b.journal.once = fmt.Errorf("%w: %w", journal.ErrUnknown, errDisk), true })
				b.fails(b.post("hello"))
				pause(5 * time.Second)
			},
			want: map[string]float64{
				`usher_appends_total{outcome="unknown"}`: 1, `usher_site_loads_total{cause="unknown",site="demo"}`: 1,
			},
		},
		"another epoch has the site": {
			do: func(b *bench) {
				b.journal.set(func() { b.journal.overtake = true })
				b.fails(b.post("hello"))
				pause(time.Second)
			},
			want: map[string]float64{`usher_appends_total{outcome="fenced"}`: 1, `usher_site_loads_total{cause="fenced",site="demo"}`: 1},
		},
		"a command panics": {
			do: func(b *bench) {
				b.fails(func(*site.Site) error { panic("on purpose") })
				pause(time.Second)
			},
			want: map[string]float64{`usher_site_loads_total{cause="panic",site="demo"}`: 1},
		},
		"the site cannot be read": {
			do: func(b *bench) {
				b.journal.set(func() { b.journal.loads = errDisk })
				b.fails(func(*site.Site) error { panic("on purpose") })
				pause(1500 * time.Millisecond)
			},
			want: map[string]float64{
				`usher_site_loads_total{cause="panic",site="demo"}`: 1, `usher_site_loads_total{cause="failed",site="demo"}`: 1, "usher_ready": -1,
				`usher_sites{state="live"}`: -1, `usher_sites{state="blocked"}`: 1,
				`usher_site_state{site="demo",state="live"}`: -1, `usher_site_state{site="demo",state="blocked"}`: 1,
				// What is not in memory has no numbers.
				"usher_agents" + demo: -2, "usher_agents_available" + demo: -2, "usher_engagements" + demo: -1,
			},
		},
		"a damaged site": {
			do: func(b *bench) {
				b.journal.set(func() { b.journal.loads = fmt.Errorf("%w: %w", journal.ErrCorrupt, errDisk) })
				b.fails(func(*site.Site) error { panic("on purpose") })
			},
			want: map[string]float64{
				`usher_site_loads_total{cause="panic",site="demo"}`: 1, "usher_ready": -1,
				`usher_sites{state="live"}`: -1, `usher_sites{state="shut"}`: 1,
				`usher_site_state{site="demo",state="live"}`: -1, `usher_site_state{site="demo",state="shut"}`: 1,
				"usher_agents" + demo: -2, "usher_agents_available" + demo: -2, "usher_engagements" + demo: -1,
			},
		},
		"another site": {
			do: func(b *bench) {
				if _, err := b.Host.Create(b.T.Context(), "second"); err != nil {
					b.T.Error(err)
				}
			},
			want: map[string]float64{
				`usher_sites{state="live"}`: 1, `usher_site_state{site="second",state="live"}`: 1, `usher_site_loads_total{cause="needed",site="second"}`: 1,
			},
		},
		"a request": {
			do: func(b *bench) { b.ann.Call("activity", `{"mode":"LISTENING"}`) },
			want: map[string]float64{
				request("POST", "/engagement/api/consumer/{site}/v1/activity", 200): 1, timed("POST", "/engagement/api/consumer/{site}/v1/activity"): 1,
			},
		},
		"a method that nobody knows": {
			do: func(b *bench) { b.Send("BREW", "/healthz", "") },
			want: map[string]float64{
				request("other", "/healthz", 405): 1, timed("other", "/healthz"): 1, `usher_refusals_total{code="BAD_REQUEST",status="405"}`: 1,
			},
		},
		"a path that nobody knows": {
			do: func(b *bench) { b.Send("GET", "/some/thing", "") },
			want: map[string]float64{
				request("GET", "/", 404): 1, timed("GET", "/"): 1, `usher_refusals_total{code="BAD_REQUEST",status="404"}`: 1,
			},
		},
		"a request with an unknown session": {
			do: func(b *bench) {
				b.Send("POST", testkit.VisitorPath("postMessage"), `{"body":"x"}`, "SessionId", "nobody's")
			},
			want: map[string]float64{
				request("POST", "/engagement/api/consumer/{site}/v1/postMessage", 403): 1, timed("POST", "/engagement/api/consumer/{site}/v1/postMessage"): 1,
				`usher_refusals_total{code="ACCESS_DENIED",status="403"}`: 1,
			},
		},
		"a request that waits too long": {
			before: func(b *bench) { b.journal.set(func() { b.journal.slow = time.Minute }) },
			do:     func(b *bench) { b.ann.Call("postMessage", `{"body":"x"}`) },
			want: map[string]float64{
				request("POST", "/engagement/api/consumer/{site}/v1/postMessage", 408): 1, timed("POST", "/engagement/api/consumer/{site}/v1/postMessage"): 1,
				`usher_request_duration_seconds_sum{method="POST",route="/engagement/api/consumer/{site}/v1/postMessage"}`: 20,
				`usher_refusals_total{code="DEPENDENCY_APPLICATION_TIMEOUT",status="408"}`:                                 1,
				"usher_mailbox_messages" + demo: 1, "usher_mailbox_deepest_messages" + demo: 1,
			},
		},
		"a retrieval that is over": {
			do: func(b *bench) { b.ada.Poll("") },
			want: map[string]float64{
				request("POST", "/engagement/api/agent/{site}/v1/getMessages", 200):                           1,
				`usher_retrieval_duration_seconds_count{route="/engagement/api/agent/{site}/v1/getMessages"}`: 1,
				`usher_retrieval_duration_seconds_sum{route="/engagement/api/agent/{site}/v1/getMessages"}`:   30,
			},
		},
		"a retrieval whose client goes away": {
			do: func(b *bench) {
				ctx, cancel := context.WithTimeout(b.T.Context(), 7*time.Second)
				defer cancel()
				r, err := http.NewRequestWithContext(ctx, "POST", b.URL+testkit.VisitorPath("getMessages"), nil)
				if err != nil {
					b.T.Fatal(err)
				}
				r.Header.Set("SessionId", b.ann.Session)
				if _, err := b.HTTP.Do(r); err == nil {
					b.T.Error("it was answered")
				}
			},
			want: map[string]float64{
				`usher_requests_total{method="POST",route="/engagement/api/consumer/{site}/v1/getMessages",status="none"}`: 1,
				`usher_retrieval_duration_seconds_count{route="/engagement/api/consumer/{site}/v1/getMessages"}`:           1,
				`usher_retrieval_duration_seconds_sum{route="/engagement/api/consumer/{site}/v1/getMessages"}`:             7,
			},
		},
		"a stranger meets a limit": {
			before: func(b *bench) {
				for range 200 {
					b.Send("POST", testkit.OwnPath("start"), `{"key":"`+b.WidgetKey+`"}`)
				}
			},
			do: func(b *bench) { b.Send("POST", testkit.OwnPath("start"), `{"key":"`+b.WidgetKey+`"}`) },
			want: map[string]float64{
				`usher_strangers_turned_away_total{limit="starts"}`:     1,
				request("POST", "/usher/consumer/{site}/v1/start", 429): 1, timed("POST", "/usher/consumer/{site}/v1/start"): 1,
				`usher_refusals_total{code="BAD_REQUEST",status="429"}`: 1,
			},
		},
		"a trim": {
			do:   func(b *bench) { b.Metrics.Trimmed("demo", nil) },
			want: map[string]float64{"usher_journal_trimmed_timestamp_seconds" + demo: 946684802},
		},
		"a trim that fails": {
			do:   func(b *bench) { b.Metrics.Trimmed("demo", errDisk) },
			want: map[string]float64{"usher_journal_trim_failures_total" + demo: 1},
		},
		"the archive": {
			do: func(b *bench) {
				b.Metrics.WatchArchive(func() []metrics.Following {
					return []metrics.Following{{Site: "demo", Behind: 5, Stopped: true, Failing: true}}
				})
			},
			want: map[string]float64{"usher_archive_behind_events" + demo: 5, "usher_archive_stopped" + demo: 1, "usher_archive_failing" + demo: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				pause(2 * time.Second)
				if c.before != nil {
					c.before(b)
				}
				synctest.Wait()
				but := ordinary
				if c.all {
					but = []string{"usher_frame_bytes_total"} // has a test of its own
				}
				if diff := cmp.Diff(c.want, moved(b.Metrics, func() { c.do(b) }, but...)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				b.journal.set(func() { b.journal.slow, b.journal.appends, b.journal.loads = 0, nil, nil })
				pause(2 * time.Minute)
			})
		})
	}
}

// TestFrames: what is counted of frames is what the journal has.
func TestFrames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for i := range 20 {
			b.do(b.post(fmt.Sprint("post ", i)))
		}
		pause(2 * time.Second)
		var frames, events, bytes float64
		if err := b.journal.Read(t.Context(), "demo", -1, func(f journal.Frame) bool {
			if f.Count > 0 { // or it is a checkpoint alone
				frames, events, bytes = frames+1, events+float64(f.Count), bytes+float64(len(f.Events))
			}
			return true
		}); err != nil {
			t.Fatal(err)
		}
		now := testkit.Series(b.Metrics)
		got := []float64{now["usher_frames_total"], now["usher_frame_events_total"], now["usher_frame_bytes_total"]}
		if diff := cmp.Diff([]float64{frames, events, bytes}, got); diff != "" || frames < 20 {
			t.Errorf("frames, events and bytes (-journal +metrics):\n%s", diff)
		}
	})
}
