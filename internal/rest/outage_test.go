package rest_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/host"
	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/site"
	"usher/internal/testkit"
)

const page = "https://shop.example"

// slow is a journal that can be made to sit on what it is asked.
type slow struct {
	*memory.Journal

	mu      sync.Mutex
	stalled bool
	appends []journal.Append
	fail    bool          // the next append ends with an unknown outcome
	loads   chan struct{} // when it is not nil, loads wait until it is closed
}

func (j *slow) Append(a journal.Append) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.stalled:
		j.appends = append(j.appends, a)
	case j.fail:
		j.fail = false
		go func() {
			if _, ok := a.Take(); ok {
				a.Done(journal.ErrUnknown)
			}
		}()
	default:
		j.Journal.Append(a)
	}
}

func (j *slow) Load(ctx context.Context, name string) (journal.State, error) {
	j.mu.Lock()
	wait := j.loads
	j.mu.Unlock()
	if wait != nil {
		<-wait
	}
	return j.Journal.Load(ctx, name)
}

func (j *slow) stall() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stalled = true
}

func (j *slow) release() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stalled = false
	for _, a := range j.appends {
		j.Journal.Append(a)
	}
	j.appends = nil
}

// TestPagesDuringAnOutage: a browser shows a page no answer without the allowed
// origin, so the retrieval of a page must carry it also while the site cannot be
// asked for its settings; otherwise promise 8 does not hold there.
func TestPagesDuringAnOutage(t *testing.T) {
	for name, outage := range map[string]struct {
		begin, end func(s *testkit.Server, j *slow)
		held       []time.Duration // at least, at most
	}{
		"journal refuses": {
			begin: func(s *testkit.Server, j *slow) {
				j.SetFull(true)
				s.TrySend("PATCH", "/usher/admin/v1/sites/"+testkit.SiteName+"/settings", `{"holdSeconds":30}`, "Authorization", "Bearer "+s.AdminToken)
			},
			end:  func(_ *testkit.Server, j *slow) { j.SetFull(false) },
			held: []time.Duration{30 * time.Second, 30 * time.Second},
		},
		"journal stalls": {
			begin: func(s *testkit.Server, j *slow) {
				j.stall()
				go s.TrySend("PATCH", "/usher/admin/v1/sites/"+testkit.SiteName+"/settings", `{"holdSeconds":30}`, "Authorization", "Bearer "+s.AdminToken)
				synctest.Wait()
			},
			end:  func(_ *testkit.Server, j *slow) { j.release() },
			held: []time.Duration{29 * time.Second, 31 * time.Second},
		},
		"server stops": {
			begin: func(s *testkit.Server, _ *slow) {
				if err := s.Host.Close(s.T.Context()); err != nil {
					s.T.Error(err)
				}
			},
			end:  func(*testkit.Server, *slow) {},
			held: []time.Duration{0, 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := &slow{Journal: memory.NewAuto()}
				s := testkit.New(t, testkit.Options{Journal: j})
				v := s.Enter(testkit.Support)
				poll := func() testkit.Answer {
					return s.Send("POST", testkit.VisitorPath("getMessages"), "", "SessionId", v.Session, "Origin", page)
				}
				if got := poll().Header.Get("Access-Control-Allow-Origin"); got != page {
					t.Fatalf("before: allowed origin %q, want %q", got, page)
				}
				outage.begin(s, j)
				start := time.Now()
				got := poll()
				held := time.Since(start)
				outage.end(s, j)
				if got.Status != http.StatusOK || got.Header.Get("Access-Control-Allow-Origin") != page {
					t.Errorf("during: status %d, allowed origin %q, want 200 and %q", got.Status, got.Header.Get("Access-Control-Allow-Origin"), page)
				}
				if held < outage.held[0] || held > outage.held[1] {
					t.Errorf("held for %v, want %v", held, outage.held)
				}
			})
		})
	}
}

// TestOriginsChangeAtOnce: what is remembered for an outage serves nobody while
// the site can be asked.
func TestOriginsChangeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		allowed := func() string {
			return s.Send("OPTIONS", testkit.VisitorPath("postMessage"), "", "Origin", page, "Access-Control-Request-Method", "POST").
				Header.Get("Access-Control-Allow-Origin")
		}
		if got := allowed(); got != page {
			t.Fatalf("allowed origin %q, want %q", got, page)
		}
		a := s.Send("PATCH", "/usher/admin/v1/sites/"+testkit.SiteName+"/settings", `{"allowedOrigins":["https://other.example"]}`, "Authorization", "Bearer "+s.AdminToken)
		if a.Status != http.StatusOK {
			t.Fatalf("status %d: %s", a.Status, a.Body)
		}
		if got := allowed(); got != "" {
			t.Errorf("allowed origin %q after it was taken off the list", got)
		}
	})
}

// TestNothingWaitsForever: whatever is asked of a site whose journal stalls is
// answered after 20 seconds, in the words of its API, with Retry-After.
func TestNothingWaitsForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &slow{Journal: memory.NewAuto()}
		s := testkit.New(t, testkit.Options{Journal: j})
		a, v := s.Chat("ada")
		other, on := s.VisitorToken(`{}`), s.AgentToken("echo")
		staff := []string{"Authorization", testkit.Basic("ada", testkit.Password)}
		agent := []string{"X-JSESSIONID", a.Session, "X-AID", strconv.Itoa(testkit.Ada)}
		j.stall()
		go v.TryCall("postMessage", `{"body":"never durable"}`)
		synctest.Wait()
		question := testkit.VisitorPath("getQueueStats") + "&request=" + url.QueryEscape(`{"queueId":1}`)
		for name, r := range map[string]struct {
			method, path, body string
			header             []string
			status             int
			code               string
		}{
			"serviceSettings":                {"GET", testkit.Bootstrap + "serviceSettings/1", "", staff, 503, "OSC-CREST-00008"},
			"agentTokens":                    {"POST", testkit.Bootstrap + "agentTokens", "", staff, 503, "OSC-CREST-00008"},
			"agentTokens of a named site":    {"POST", "/sites/" + testkit.SiteName + testkit.Bootstrap + "agentTokens", "", staff, 503, "OSC-CREST-00008"},
			"establishSessions":              {"POST", testkit.Bootstrap + "establishSessions", "", staff, 503, "OSC-CREST-00008"},
			"requestEngagement":              {"POST", testkit.VisitorPath("requestEngagement"), "", []string{"Authorization", "Bearer " + other}, 408, "DEPENDENCY_APPLICATION_TIMEOUT"},
			"a visitor's post":               {"POST", testkit.VisitorPath("postMessage"), `{"body":"x"}`, []string{"SessionId", v.Session}, 408, "DEPENDENCY_APPLICATION_TIMEOUT"},
			"an agent's post":                {"POST", testkit.AgentPath("postMessage"), testkit.AgentPost(v.Engagement, "x"), agent, 500, "DEPENDENCY_APPLICATION_TIMEOUT"},
			"a body that cannot be read":     {"POST", testkit.AgentPath("getMessages"), "{", agent, 500, "DEPENDENCY_APPLICATION_TIMEOUT"},
			"a position that cannot be read": {"POST", testkit.AgentPath("getMessages"), "", slices.Concat(agent, []string{"Usher-Ack", "x"}), 500, "DEPENDENCY_APPLICATION_TIMEOUT"},
			"chatAuthenticate":               {"POST", chatAuthenticate, `{"authUserName":"ann"}`, staff, 503, "OSC-CREST-00008"},
			"queue statistics":               {"GET", question, "", nil, 408, "DEPENDENCY_APPLICATION_TIMEOUT"},
			"the engagement's queue":         {"POST", testkit.VisitorPath("getEngagementQueue"), "{}", nil, 408, "DEPENDENCY_APPLICATION_TIMEOUT"},
			"a visitor's typing":             {"POST", testkit.VisitorPath("activity"), `{"mode":"LISTENING"}`, []string{"SessionId", v.Session}, 408, "DEPENDENCY_APPLICATION_TIMEOUT"},
			"a visitor's end":                {"POST", testkit.VisitorPath("concludeEngagement"), "", []string{"SessionId", v.Session}, 408, "DEPENDENCY_APPLICATION_TIMEOUT"},
			"a visitor's garbled retrieval":  {"POST", testkit.VisitorPath("getMessages"), "{", []string{"SessionId", v.Session}, 408, "DEPENDENCY_APPLICATION_TIMEOUT"},
			"an agent's log-on":              {"POST", testkit.AgentPath("createAutomatedAgentSession"), "", []string{"Authorization", "Bearer " + on}, 500, "DEPENDENCY_APPLICATION_TIMEOUT"},
			"an agent's list":                {"POST", testkit.AgentPath("engagements"), "", agent, 500, "DEPENDENCY_APPLICATION_TIMEOUT"},
			"the site's view":                {"GET", "/usher/admin/v1/sites/" + testkit.SiteName, "", []string{"Authorization", "Bearer " + s.AdminToken}, 503, "INTERNAL_SERVER_ERROR"},
		} {
			start := time.Now()
			got := make(chan testkit.Answer, 1)
			go func() {
				answer, err := s.TrySend(r.method, r.path, r.body, r.header...)
				if err != nil {
					answer.Body = err.Error()
				}
				got <- answer
			}()
			select {
			case answer := <-got:
				if waited := time.Since(start); answer.Status != r.status || answer.Header.Get("Retry-After") == "" || waited != 20*time.Second {
					t.Errorf("%s: status %d, Retry-After %q after %v: %s", name, answer.Status, answer.Header.Get("Retry-After"), waited, answer.Body)
				}
				expectText(t, answer.Body, `"`+r.code+`"`)
			case <-time.After(5 * time.Minute):
				t.Errorf("%s: no answer in five minutes", name)
			}
		}
		j.release()
	})
}

// TestCommandAfterItsRequest: a command may run when its request was given up
// long ago; the race detector sees whether the two still share anything.
func TestCommandAfterItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &slow{Journal: memory.NewAuto()}
		s := testkit.New(t, testkit.Options{Journal: j})
		v := s.Enter(testkit.Support)
		j.mu.Lock()
		j.fail, j.loads = true, make(chan struct{})
		j.mu.Unlock()
		v.Call("postMessage", `{"body":"x"}`) // its outcome is not known, so the site is loaded anew, which now takes long
		got := make(chan testkit.Answer, 1)
		go func() {
			a, err := s.TrySend("PATCH", "/usher/admin/v1/sites/"+testkit.SiteName+"/settings", `{"holdSeconds":7}`, "Authorization", "Bearer "+s.AdminToken)
			if err != nil {
				a.Body = err.Error()
			}
			got <- a
		}()
		if a := <-got; a.Status != http.StatusServiceUnavailable {
			t.Errorf("status %d, want 503: %s", a.Status, a.Body)
		}
		if a := s.Send("PATCH", "/usher/admin/v1/sites/"+testkit.SiteName+"/settings", `{"holdSeconds":"x"}`, "Authorization", "Bearer "+s.AdminToken); a.Status != http.StatusBadRequest {
			t.Errorf("a fault that needs no site to be seen has status %d, want 400 at once: %s", a.Status, a.Body)
		}
		close(j.loads)
		set, err := host.Do(t.Context(), s.Host, testkit.SiteName, func(x *site.Site) (site.Settings, error) { return x.CurrentSettings(), nil })
		if err != nil {
			t.Fatal(err)
		}
		if set.HoldSeconds != 7 {
			t.Errorf("holdSeconds is %d: the command that was given up did not run, so this test shows nothing", set.HoldSeconds)
		}
	})
}
