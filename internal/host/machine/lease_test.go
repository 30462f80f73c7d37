package machine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher/internal/host/machine"
	"usher/internal/site"
)

// lease lets the node answer for a time from now on.
func (r *rig) lease(d time.Duration) {
	r.t.Helper()
	r.m.Lease(r.now, r.now+d)
	r.drain()
}

// leased answers the rig of chat in a pool, with ten seconds of a lease.
func leased(t *testing.T) *rig {
	t.Helper()
	r := chat(t)
	r.lease(10 * time.Second)
	return r
}

// lapsed answers a rig whose lease has just run out.
func lapsed(t *testing.T) *rig {
	t.Helper()
	r := leased(t)
	r.pass(10 * time.Second)
	return r
}

// Nothing that was asked of the site is answered while the lease has run out, and
// all of it is, in order, when it is back.
func TestNothingIsAnsweredWithoutALease(t *testing.T) {
	t.Run("commands that ran before and are durable after", func(t *testing.T) {
		r := leased(t)
		r.post("a")
		r.take()
		r.pass(10 * time.Second)
		r.end(machine.Durable, true)
		r.wantAnswers()
		r.lease(time.Second)
		r.wantAnswers("a: ok")
	})
	t.Run("commands, reads and refusals that come meanwhile", func(t *testing.T) {
		r := lapsed(t)
		r.read("a")
		r.post("b")
		r.refused("c")
		r.read("d")
		r.durable()
		r.post("e")
		r.wantAnswers()
		r.lease(time.Second)
		r.wantAnswers("a: ok", "b: ok", "c: BAD_REQUEST", "d: ok") // e is not durable yet
		r.durable()
		r.wantAnswers("e: ok")
	})
	t.Run("to the very end and no longer", func(t *testing.T) {
		r := leased(t)
		r.pass(10*time.Second - 1)
		r.read("a")
		r.wantAnswers("a: ok")
		r.pass(1)
		r.read("b")
		r.wantAnswers()
	})
	t.Run("a lease that was over when it came is none", func(t *testing.T) {
		r := lapsed(t)
		r.read("a")
		r.lease(0)
		r.lease(-time.Second)
		r.wantAnswers()
		r.lease(1)
		r.wantAnswers("a: ok")
	})
	t.Run("renewed in time", func(t *testing.T) {
		r := leased(t)
		for i := range 10 {
			r.lease(10 * time.Second)
			r.pass(5 * time.Second)
			r.read(fmt.Sprint(i))
			r.wantAnswers(fmt.Sprintf("%d: ok", i))
		}
	})
	t.Run("commands that wait for a load", func(t *testing.T) {
		r := lapsed(t)
		r.do("x", func(*site.Site) error { panic("a bug") })
		r.answers = nil
		r.post("a")
		r.read("b")
		r.reload()
		r.durable()
		r.wantAnswers()
		r.lease(time.Second)
		r.wantAnswers("a: ok", "b: ok")
	})
	t.Run("commands that wait for an append which fails", func(t *testing.T) {
		for name, o := range map[string]machine.Outcome{"unknown": machine.Unknown, "fenced": machine.Fenced, "refused": machine.Refused} {
			r := leased(t)
			r.post("a")
			r.take()
			r.pass(10 * time.Second)
			r.read("b")
			r.end(o, false)
			r.wantAnswers("a: uncertain", "b: uncertain") // that is no word of the site's
			r.reload()
			r.durable()
			r.read("c")
			r.wantAnswers()
			r.lease(time.Second)
			if r.wantAnswers("c: ok"); r.m.State() != machine.Live {
				t.Errorf("%s: the machine is %s", name, r.m.State())
			}
		}
	})
	t.Run("who waits when the node stops", func(t *testing.T) {
		for _, end := range []func(*rig){(*rig).stop, (*rig).handOver, (*rig).lost} {
			r := lapsed(t)
			r.posted()
			r.read("a")
			end(r)
			if r.append {
				r.durable()
			}
			r.wantState(machine.Stopped)
			r.wantAnswers("a: uncertain")
			r.lease(time.Minute)
			r.m.LoadFailed(r.now, true, errors.New("too late"))
			r.lost()
			r.wantAnswers()
		}
	})
}

func TestRetrievalsWithoutALease(t *testing.T) {
	t.Run("parked: nothing is handed out but the time-out", func(t *testing.T) {
		r := leased(t)
		r.poll("p", agent)
		r.pass(10 * time.Second)
		r.post("a")
		r.durable()
		r.do("type", typing)
		r.wantPolls()
		r.pass(20*time.Second - 1)
		r.wantPolls()
		r.pass(1)
		r.wantPolls("p: time-out")
		r.lease(time.Minute)
		r.poll("q", agent)
		if len(r.polls) != 1 || !strings.HasPrefix(r.polls[0], "q: a") {
			t.Errorf("%q, want a for q", r.polls)
		}
	})
	t.Run("parked: handed out when the lease is back", func(t *testing.T) {
		r := leased(t)
		r.poll("p", agent)
		r.poll("v", visitor)
		r.pass(10 * time.Second)
		r.post("a")
		r.post("b")
		r.durable()
		r.wantAnswers()
		r.wantPolls()
		r.lease(time.Second)
		r.wantAnswers("a: ok", "b: ok")
		if len(r.polls) == 0 || r.polls[0] != "p: a b" {
			t.Errorf("%q, want a and b for p", r.polls)
		}
	})
	t.Run("not durable when the lease is back", func(t *testing.T) {
		r := leased(t)
		r.poll("p", agent)
		r.pass(10 * time.Second)
		r.post("a")
		r.take()
		r.lease(time.Minute)
		r.wantPolls()
		r.end(machine.Durable, true)
		r.wantPolls("p: a")
	})
	t.Run("that come meanwhile", func(t *testing.T) {
		r := leased(t)
		r.posted("a")
		r.pass(10 * time.Second)
		r.poll("p", agent)
		r.wantPolls()
		r.lease(time.Second)
		r.wantPolls("p: a")
	})
	t.Run("refused ones wait, in order with the commands", func(t *testing.T) {
		r := lapsed(t)
		r.read("a")
		r.poll("stranger", site.Caller{Key: "X"})
		r.wantPolls()
		r.lease(time.Second)
		r.wantAnswers("a: ok")
		r.wantPolls("stranger: ACCESS_DENIED")
	})
	t.Run("refused ones end with their time-out", func(t *testing.T) {
		r := lapsed(t)
		r.poll("stranger", site.Caller{Key: "X"})
		r.pass(30*time.Second - 1)
		r.wantPolls()
		r.pass(1)
		r.wantPolls("stranger: time-out")
		r.lease(time.Minute)
		r.wantPolls()
	})
	t.Run("refused ones that are gone", func(t *testing.T) {
		r := lapsed(t)
		r.gone(r.poll("stranger", site.Caller{Key: "X"}))
		r.lease(time.Minute)
		r.wantPolls()
	})
	t.Run("that wait for evidence", func(t *testing.T) {
		for _, v := range []machine.Verdict{machine.Arrived, machine.Lost} {
			r := leased(t)
			r.posted("a")
			r.poll("p", agent)
			r.wantPolls("p: a")
			r.posted("b")
			r.verdict = machine.NotYet
			r.pass(9900 * time.Millisecond)
			r.poll("q", agent)
			r.pass(200 * time.Millisecond)
			r.verdict = v
			r.pass(2 * time.Second)
			r.wantPolls()
			r.lease(time.Second)
			r.wantPolls(map[machine.Verdict]string{machine.Arrived: "q: b", machine.Lost: "q: a b"}[v])
		}
	})
	t.Run("evidence that comes with the lease still away is not asked for again", func(t *testing.T) {
		r := leased(t)
		r.posted("a")
		r.poll("p", agent)
		r.pass(10 * time.Second)
		r.poll("q", agent) // the evidence is there at once
		asks := r.asks
		r.lease(time.Second)
		r.pass(time.Second)
		if r.asks != asks {
			t.Errorf("asked %d times more", r.asks-asks)
		}
		r.wantPolls("p: a")
	})
	t.Run("replaced ones that are held", func(t *testing.T) {
		r := lapsed(t)
		for i := range 7 {
			r.poll(fmt.Sprintf("p%d", i), agent)
		}
		r.polls = nil
		r.post("a")
		r.durable()
		r.pass(time.Second)
		r.wantPolls("p5: time-out")
		r.lease(time.Second)
		r.wantPolls("p6: a")
	})
	t.Run("that come while the site is loaded", func(t *testing.T) {
		r := leased(t)
		r.posted("a")
		r.poll("held", visitor)
		r.pass(10 * time.Second)
		r.do("x", func(*site.Site) error { panic("a bug") })
		r.poll("p", agent)
		r.lease(time.Second) // there is no site to ask yet
		r.wantPolls()
		r.pass(time.Second)
		r.reload()
		r.durable()
		r.wantPolls()
		r.lease(time.Second)
		if !slices.Contains(r.polls, "p: a") {
			t.Errorf("%q, want a for p", r.polls)
		}
	})
	t.Run("a lease that was good all the time hands out nothing new", func(t *testing.T) {
		r := leased(t)
		r.poll("p", agent)
		r.poll("v", visitor)
		for range 10 {
			r.lease(10 * time.Second)
			r.pass(2 * time.Second)
		}
		r.wantPolls()
	})
}

// A retrieval that was already held elsewhere has only what is left of its time.
func TestWithin(t *testing.T) {
	parked := func(r *rig, within time.Duration) {
		r.m.Poll(r.now, &machine.Poll{Caller: agent, Within: within, Tag: "p"})
		r.drain()
	}
	for _, c := range []struct {
		name         string
		within, hold time.Duration
		want         time.Duration
	}{
		{"the site's own", 0, 30 * time.Second, 30 * time.Second},
		{"shorter than the site's", 7 * time.Second, 30 * time.Second, 7 * time.Second},
		{"longer than the site's", 7 * time.Second, 3 * time.Second, 3 * time.Second},
		{"longer than any", time.Hour, 30 * time.Second, 30 * time.Second},
		{"hardly any", 1, 30 * time.Second, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := chat(t)
			r.must(func(s *site.Site) error {
				set := s.CurrentSettings()
				set.HoldSeconds = int(c.hold / time.Second)
				return second(s.Admin("test").ChangeSettings(set))
			})
			parked(r, c.within)
			r.pass(c.want - 1)
			r.wantPolls()
			r.pass(1)
			r.wantPolls("p: time-out")
		})
		t.Run(c.name+", while the site is loaded", func(t *testing.T) {
			r := start(t)
			parked(r, c.within)
			want := 30 * time.Second
			if c.within > 0 {
				want = min(want, c.within)
			}
			r.pass(want - 1)
			r.wantPolls()
			r.pass(1)
			r.wantPolls("p: time-out")
		})
	}
	t.Run("a load does not begin it anew", func(t *testing.T) {
		r := chat(t)
		parked(r, 7*time.Second)
		r.pass(5 * time.Second)
		r.do("x", func(*site.Site) error { panic("a bug") })
		r.reload()
		r.durable()
		r.pass(2*time.Second - 1)
		r.wantPolls()
		r.pass(1)
		r.wantPolls("p: time-out")
	})
}

// However commands, appends, loads and leases follow each other: without a lease
// only errors of the journal's and time-outs go out, and in the end everything is
// answered once, what succeeded in the order in which it came.
func TestLeaseInAnyInterleaving(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := chat(t)
		r.lease(time.Second)
		until := r.now + time.Second
		sent, polled := 0, 0
		answered := map[string]bool{}
		last := -1
		note := func(rt *rapid.T) {
			for _, a := range r.answers {
				name, what, _ := strings.Cut(a, ": ")
				if answered[name] {
					rt.Fatalf("%s was answered again, with %s", name, what)
				}
				answered[name] = true
				switch what {
				case "uncertain", "read-only", "panic":
				default:
					if r.now >= until {
						rt.Fatalf("%q at %v, and the lease ended at %v", a, r.now, until)
					}
					n := 0
					fmt.Sscanf(name, "m%d", &n)
					if n < last {
						rt.Fatalf("%q after m%d", a, last)
					}
					last = n
					if what == "ok" && strings.HasPrefix(name, "m") && n%2 == 0 && r.inJournal(name) != 1 {
						rt.Fatalf("%q is in the journal %d times", a, r.inJournal(name))
					}
				}
			}
			for _, p := range r.polls {
				name, what, _ := strings.Cut(p, ": ")
				if answered[name] {
					rt.Fatalf("%s was answered again, with %s", name, what)
				}
				answered[name] = true
				if what != "time-out" && r.now >= until {
					rt.Fatalf("%q at %v, and the lease ended at %v", p, r.now, until)
				}
			}
			r.answers, r.polls = nil, nil
		}
		end := func(o machine.Outcome, happened bool) func(*rapid.T) {
			return func(rt *rapid.T) {
				if r.taken == nil {
					rt.Skip("nothing under way")
				}
				r.end(o, happened)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"command": func(*rapid.T) {
				name := fmt.Sprintf("m%d", sent)
				if sent%2 == 0 {
					r.post(name)
				} else {
					r.read(name)
				}
				sent++
			},
			"poll": func(rt *rapid.T) {
				c := rapid.SampledFrom([]site.Caller{agent, visitor, {Key: "X"}}).Draw(rt, "caller")
				r.poll(fmt.Sprintf("p%d", polled), c)
				polled++
			},
			"take": func(rt *rapid.T) {
				if !r.append {
					rt.Skip("nothing to take")
				}
				r.append = false
				if b, ok := r.m.Take(r.now); ok {
					r.taken = &b
				}
				r.drain()
			},
			"durable":  end(machine.Durable, true),
			"happened": end(machine.Unknown, true),
			"did not":  end(machine.Unknown, false),
			"refused":  end(machine.Refused, false),
			"load": func(rt *rapid.T) {
				if r.load == nil {
					rt.Skip("nothing to load")
				}
				r.reload()
			},
			"lease": func(*rapid.T) {
				until = r.now + time.Second
				r.lease(time.Second)
			},
			"pass": func(rt *rapid.T) {
				r.pass(time.Duration(rapid.IntRange(1, 2000).Draw(rt, "ms")) * time.Millisecond)
			},
			"": note,
		})
		for i := 0; i < 1000 && (len(answered) < sent+polled); i++ { // all is well from now on
			until = r.now + time.Minute
			r.lease(time.Minute)
			switch {
			case r.taken != nil:
				r.end(machine.Durable, true)
			case r.load != nil:
				r.reload()
			case r.append:
				r.append = false
				if b, ok := r.m.Take(r.now); ok {
					r.taken = &b
				}
				r.drain()
			default:
				r.pass(time.Second)
			}
			note(rt)
		}
		if len(answered) != sent+polled {
			rt.Fatalf("%d commands and %d retrievals, %d answers", sent, polled, len(answered))
		}
	})
}
