package site

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

// agentStates are where an agent session can be, and how it comes there.
var agentStates = []struct {
	name string
	come func(w *world, ada Caller) Caller
}{
	{"never logged on", func(w *world, _ Caller) Caller { return Caller{Key: "nobody", Account: 12, Agent: true} }},
	{"fresh", func(_ *world, ada Caller) Caller { return ada }},
	{"available", func(w *world, ada Caller) Caller {
		must[ClientID](w)(w.SetActivityStatus(ada, api.StatusAvailable, 1))
		return ada
	}},
	{"unavailable", func(w *world, ada Caller) Caller {
		must[ClientID](w)(w.SetActivityStatus(ada, api.StatusUnavailable, 3))
		return ada
	}},
	{"asking", func(w *world, ada Caller) Caller { w.ask(ada, 2); return ada }},
	{"offered", func(w *world, ada Caller) Caller { w.ask(ada, 1); w.enter(0); return ada }},
	{"leading", func(w *world, ada Caller) Caller { w.chat(ada); return ada }},
	{"full", func(w *world, ada Caller) Caller {
		w.ask(ada, 1)
		_, e := w.enter(0)
		w.accept(ada, e)
		return ada
	}},
	{"wrapping up", func(w *world, ada Caller) Caller {
		_, e := w.chat(ada)
		must[ClientID](w)(w.ConcludeAsAgent(ada, e))
		return ada
	}},
	{"absent", func(w *world, ada Caller) Caller {
		w.ask(ada, 2)
		w.after(w.Settings.absent())
		return ada
	}},
	{"overridden", func(w *world, ada Caller) Caller { w.logOn(12); return ada }},
	{"logged off", func(w *world, ada Caller) Caller { must[ClientID](w)(w.Logoff(ada, true)); return ada }},
	{"lost", func(w *world, ada Caller) Caller {
		w.after(w.Settings.absent())
		w.after(w.Settings.absent())
		return ada
	}},
}

// sessionCommands are what its owner, or an administrator, does with a session.
var sessionCommands = map[string]func(*world, Caller) error{
	"log on": func(w *world, _ Caller) error {
		_, err := w.StartAgentSession(LogOn{Account: 12, Key: "next"})
		return err
	},
	"log on over": func(w *world, _ Caller) error {
		_, err := w.StartAgentSession(LogOn{Account: 12, Key: "next", Override: true})
		return err
	},
	"log off":          func(w *world, c Caller) error { _, err := w.Logoff(c, false); return err },
	"log off by force": func(w *world, c Caller) error { _, err := w.Logoff(c, true); return err },
	"say AVAILABLE":    func(w *world, c Caller) error { _, err := w.SetActivityStatus(c, api.StatusAvailable, 1); return err },
	"say UNAVAILABLE":  func(w *world, c Caller) error { _, err := w.SetActivityStatus(c, api.StatusUnavailable, 2); return err },
	"say NONE":         func(w *world, c Caller) error { _, err := w.SetActivityStatus(c, api.StatusNone, 5); return err },
	"ask for one":      func(w *world, c Caller) error { _, err := w.RequestAssignment(c, true, 1, 1); return err },
	"ask for three":    func(w *world, c Caller) error { _, err := w.RequestAssignment(c, true, 3, 3); return err },
	"ask for none":     func(w *world, c Caller) error { _, err := w.RequestAssignment(c, true, 1, 0); return err },
	"ask no more":      func(w *world, c Caller) error { _, err := w.RequestAssignment(c, false, 0, 0); return err },
	"ask below zero":   func(w *world, c Caller) error { _, err := w.RequestAssignment(c, true, -1, 1); return err },
	"wrong X-AID":      func(w *world, c Caller) error { c.Account = 13; _, err := w.Engagements(c); return err },
	"as a visitor":     func(w *world, c Caller) error { c.Agent = false; _, err := w.ConcludeAsVisitor(c); return err },
	"poll":             func(w *world, c Caller) error { _, _, err := w.OpenPoll(c); return err },
	"list engagements": func(w *world, c Caller) error { _, err := w.Engagements(c); return err },
	"look around": func(w *world, c Caller) error {
		_, err := w.AgentsAndQueues(c, Inquiry{Agents: true, Queues: true, Statistics: true, Type: WantAll})
		return err
	},
	"remove its account": func(w *world, _ Caller) error { return w.Admin("root").Remove(DefinedAccount, 12) },
	"a visitor comes":    func(w *world, _ Caller) error { w.enter(0); return nil },
}

// sessionOf writes how the account's session stands.
func sessionOf(w *world) string {
	c, ok := w.agentOf[12]
	if !ok {
		return "no session"
	}
	a := w.Site.agents[c]
	text := fmt.Sprintf("%s, %d credits of %d", a.Status, a.Credits, w.places(a))
	for _, id := range a.Holds {
		text += fmt.Sprintf(", %s", w.live[id].State)
	}
	if a.absent {
		text += ", absent"
	}
	return text
}

// TestEveryCommandInEverySession holds testdata/sessions.txt: what each command is
// answered in each state of an agent session, how the account's session stands
// afterwards, and what it is told. -update writes it anew: read the difference.
func TestEveryCommandInEverySession(t *testing.T) {
	var out strings.Builder
	for _, st := range agentStates {
		for i, command := range sortedKeys(sessionCommands) {
			w := newWorld(t)
			c := st.come(w, w.logOn(12))
			if w.byKey[c.Key] != 0 && st.name != "absent" {
				w.poll(c)
				w.acknowledge(c)
			}
			before, position := sessionOf(w), w.Position()
			if i == 0 {
				fmt.Fprintf(&out, "%s: %s\n", st.name, before)
			}
			err := sessionCommands[command](w, c)
			w.check()
			answer := "ok"
			if err != nil {
				if answer = string(codeOf(err)); w.Position() != position && st.name != "absent" { // a sign of life brings it back
					t.Errorf("%s: %s was refused and recorded something", st.name, command)
				}
			}
			fmt.Fprintf(&out, "  %-19s %-14s", command, answer)
			if after := sessionOf(w); after != before {
				fmt.Fprintf(&out, " then %s;", after)
			}
			if client, ok := w.agentOf[12]; ok {
				if told := tell(w.Collect(w.Site.agents[client].Key, w.Position())); len(told) > 0 {
					fmt.Fprintf(&out, " hears %s", strings.Join(told, ", "))
				}
			}
			out.WriteByte('\n')
		}
	}
	lines := strings.Split(out.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ;")
	}
	now := strings.Join(lines, "\n")
	want := golden(t, "sessions.txt", []byte(now))
	if diff := cmp.Diff(string(want), now); diff != "" {
		t.Errorf("another outcome than in testdata/sessions.txt:\n%s", diff)
	}
}
