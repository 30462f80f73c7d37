package host_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/site"
)

var (
	agent   = site.Caller{Key: "A", Account: 1, Agent: true}
	visitor = site.Caller{Key: "V"}
)

// open answers a host over j.
func open(t testing.TB, j journal.Journal) *host.Host {
	t.Helper()
	h, err := host.New(t.Context(), j, site.Location{}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// closed closes h, as a server does that stops.
func closed(t testing.TB, h *host.Host) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := h.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

// do runs a command that has to succeed.
func do(t testing.TB, h *host.Host, run func(*site.Site) error) {
	t.Helper()
	if err := try(t.Context(), h, run); err != nil {
		t.Fatal(err)
	}
}

func try(ctx context.Context, h *host.Host, run func(*site.Site) error) error {
	_, err := host.Do(ctx, h, "demo", func(s *site.Site) (struct{}, error) { return struct{}{}, run(s) })
	return err
}

func second[T any](_ T, err error) error { return err }

// chat makes the site demo, on which agent leads the engagement of visitor.
func chat(t testing.TB, h *host.Host) {
	t.Helper()
	if made, err := h.Create(t.Context(), "demo"); err != nil || !made {
		t.Fatalf("made %t, %v", made, err)
	}
	do(t, h, func(s *site.Site) error {
		return second(s.Admin("test").DefineQueue(site.QueueDefinition{ID: 1, Name: "Q"}))
	})
	do(t, h, func(s *site.Site) error {
		return second(s.Admin("test").DefineAccount(site.Account{ID: 1, Login: "ada", Name: "Ada", Serving: site.Serving{AllQueues: true, Pull: true}}))
	})
	do(t, h, func(s *site.Site) error { return second(s.StartAgentSession(site.LogOn{Account: 1, Key: "A"})) })
	do(t, h, func(s *site.Site) error {
		set := s.CurrentSettings()
		set.Spam = false // the tests post what they like
		return second(s.Admin("test").ChangeSettings(set))
	})
	do(t, h, func(s *site.Site) error { return second(s.RequestAssignment(agent, true, 1, 5)) })
	do(t, h, func(s *site.Site) error {
		o, err := s.RequestEngagement(site.EngagementRequest{Key: "V", TokenExpires: site.Time(time.Now().Add(time.Hour).UnixMicro())})
		if err != nil {
			return err
		}
		return second(s.AnswerOffer(agent, o.Engagement, api.ActionAccept))
	})
	for _, c := range []site.Caller{agent, visitor} {
		arrived(t, retrieve(t, h, c))
	}
}

func posting(text string) func(*site.Site) error {
	return func(s *site.Site) error { return second(s.PostAsVisitor(visitor, site.NewPost{Body: text})) }
}

// verdict is evidence that is known at once.
type verdict machine.Verdict

func (v verdict) Verdict() machine.Verdict { return machine.Verdict(v) }

func arrived(t testing.TB, r *host.Retrieval) {
	t.Helper()
	r.Sent(verdict(machine.Arrived))
}

func retrieve(t testing.TB, h *host.Host, c site.Caller) *host.Retrieval {
	t.Helper()
	r, err := h.Retrieve(t.Context(), "demo", c, machine.Numbers{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// got says what a retrieval holds.
func got(r *host.Retrieval) string {
	var words []string
	for _, d := range r.Batch.Deliveries {
		if d.Message.Post != nil {
			words = append(words, d.Message.Post.Text())
		} else {
			words = append(words, "<"+string(d.Message.Kind)+">")
		}
	}
	return strings.Join(words, " ")
}

func TestRetrieveIsHeldExactlyThirtySeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, memory.NewAuto())
		chat(t, h)
		from := time.Now()
		r := retrieve(t, h, agent)
		if held := time.Since(from); got(r) != "" || held != 30*time.Second {
			t.Errorf("got %q after %v, want nothing after 30s", got(r), held)
		}
		closed(t, h)
	})
}

func TestPostWakesARetrieval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, memory.NewAuto())
		chat(t, h)
		from := time.Now()
		go func() {
			time.Sleep(7 * time.Second)
			if err := try(t.Context(), h, posting("a")); err != nil {
				t.Error(err)
			}
		}()
		r := retrieve(t, h, agent)
		if held := time.Since(from); got(r) != "a" || held != 7*time.Second {
			t.Errorf("got %q after %v, want a after 7s", got(r), held)
		}
		closed(t, h)
	})
}

func TestUnwrittenAnswerComesAgain(t *testing.T) {
	for _, c := range []struct {
		name  string
		say   func(*host.Retrieval)
		want  string
		after time.Duration
	}{
		{"it failed", (*host.Retrieval).Failed, "a", 0},
		{"lost", func(r *host.Retrieval) { r.Sent(verdict(machine.Lost)) }, "a", 0},
		{"nothing is known", func(*host.Retrieval) {}, "a", 2 * time.Second},
		{"it arrived", func(r *host.Retrieval) { r.Sent(verdict(machine.Arrived)) }, "", 30 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, memory.NewAuto())
				chat(t, h)
				do(t, h, posting("a"))
				c.say(retrieve(t, h, agent))
				from := time.Now()
				r := retrieve(t, h, agent)
				if held := time.Since(from); got(r) != c.want || held != c.after {
					t.Errorf("got %q after %v, want %q after %v", got(r), held, c.want, c.after)
				}
				closed(t, h)
			})
		})
	}
}

func TestRetrieveOfAClientThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, memory.NewAuto())
		chat(t, h)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, err := h.Retrieve(ctx, "demo", agent, machine.Numbers{}, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("error %v, want the context's", err)
		}
		do(t, h, posting("a"))
		if r := retrieve(t, h, agent); got(r) != "a" {
			t.Errorf("got %q, want a", got(r))
		}
		closed(t, h)
	})
}

func TestRetrieveRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, memory.NewAuto())
		chat(t, h)
		_, err := h.Retrieve(t.Context(), "demo", site.Caller{Key: "X"}, machine.Numbers{}, 0)
		if e, ok := errors.AsType[*site.Error](err); !ok || e.Code != site.AccessDenied {
			t.Errorf("error %v, want ACCESS_DENIED", err)
		}
		if _, err := h.Retrieve(t.Context(), "nowhere", agent, machine.Numbers{}, 0); !errors.Is(err, host.ErrNoSite) {
			t.Errorf("error %v, want ErrNoSite", err)
		}
		closed(t, h)
	})
}

func TestTimersFireByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		h := open(t, j)
		chat(t, h)
		before := head(t, j).Position
		time.Sleep(241 * time.Second) // nobody shows a sign of life
		synctest.Wait()
		if head(t, j).Position == before {
			t.Error("the sessions' ends are not in the journal")
		}
		if err := try(t.Context(), h, posting("a")); err == nil {
			t.Error("the visitor's session is alive")
		}
		closed(t, h)
	})
}

func head(t *testing.T, j journal.Journal) journal.Head {
	t.Helper()
	heads, err := j.Heads(t.Context())
	if err != nil || len(heads) != 1 {
		t.Fatalf("%d heads, %v", len(heads), err)
	}
	return heads[0]
}

func TestDoOfACallerThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.New() // appends wait for Step
		h := open(t, j)
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("the client went away"))
		defer cancel()
		_, err := h.Create(ctx, "demo")
		if err == nil || !strings.Contains(err.Error(), "the client went away") {
			t.Errorf("error %v, want the context's cause", err)
		}
		j.Step(memory.Durable)
		if err := try(t.Context(), h, func(*site.Site) error { return nil }); err != nil {
			t.Errorf("the site is not there: %v", err)
		}
		stop := make(chan error)
		go func() { stop <- h.Close(t.Context()) }()
		synctest.Wait()
		j.Step(memory.Durable)
		if err := <-stop; err != nil {
			t.Error(err)
		}
	})
}

func TestSites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, memory.NewAuto())
		for _, name := range []string{"b", "a"} {
			for i, want := range []bool{true, false} {
				if made, err := h.Create(t.Context(), name); err != nil || made != want {
					t.Errorf("time %d: made %t, %v; want %t", i, made, err, want)
				}
			}
		}
		if d := cmp.Diff([]string{"a", "b"}, h.Sites()); d != "" {
			t.Error(d)
		}
		if err := try(t.Context(), h, func(*site.Site) error { return nil }); !errors.Is(err, host.ErrNoSite) {
			t.Errorf("error %v, want ErrNoSite", err)
		}
		closed(t, h)
		if d := cmp.Diff([]string{"a", "b"}, h.Sites()); d != "" {
			t.Error(d)
		}
	})
}

func TestDoFromManyGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		h := open(t, j)
		chat(t, h)
		const posters, posts = 16, 25
		var wg sync.WaitGroup
		for p := range posters {
			wg.Go(func() {
				for i := range posts {
					if err := try(t.Context(), h, posting(fmt.Sprintf("%d-%d", p, i))); err != nil {
						t.Errorf("post %d-%d: %v", p, i, err)
					}
				}
			})
		}
		seen := map[string]bool{}
		next := make([]int, posters)
		wg.Go(func() {
			for len(seen) < posters*posts {
				r := retrieve(t, h, agent)
				if len(r.Batch.Deliveries) == 0 {
					t.Error("a retrieval timed out while posts are missing")
					return
				}
				for text := range strings.FieldsSeq(got(r)) {
					var p, i int
					fmt.Sscanf(text, "%d-%d", &p, &i)
					if seen[text] || next[p] != i {
						t.Errorf("%s came again or out of order", text)
					}
					seen[text], next[p] = true, i+1
				}
				arrived(t, r)
			}
		})
		wg.Wait()
		closed(t, h)

		// All of it stands in the journal, for the next process.
		j.Crash()
		again := open(t, j)
		history, err := host.Do(t.Context(), again, "demo", func(s *site.Site) (site.History, error) {
			return s.History(agent, 1, site.Stretch{})
		})
		if err != nil || len(history.Posts) != site.MaxHistoryAnswer || !history.More {
			t.Errorf("%d posts in the history, more %t, %v", len(history.Posts), history.More, err)
		}
		closed(t, again)
	})
}

// What comes back from Do must not be touched by a command that goes on after
// its caller has left.
func TestDoLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		h := open(t, j)
		chat(t, h)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				v, err := host.Do(ctx, h, "demo", func(s *site.Site) (site.View, error) { return s.View(), nil })
				if err != nil && v.Name != "" {
					t.Errorf("a value beside the error %v", err)
				}
			})
		}
		wg.Wait()
		closed(t, h)
	})
}
