package site

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

// sessionState is where a session can be, and how it comes there from its start.
type sessionState struct {
	name string
	come func(w *world, c Caller) Caller
}

// agentStates are those of an agent session.
var agentStates = []sessionState{
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
	"send a file":        func(w *world, c Caller) error { _, err := w.PostAsAgent(c, 1, NewPost{File: &aFile}); return err },
	"remove its account": func(w *world, _ Caller) error { return w.Admin("root").Remove(DefinedAccount, 12) },
	"its status is set":  func(w *world, _ Caller) error { return w.Admin("root").SetStatus(12, api.StatusAvailable, 2) },
	"read replies":       func(w *world, c Caller) error { _, err := w.AllReplies(c); return err },
	"save a reply": func(w *world, c Caller) error {
		_, _, err := w.SaveReply(c, Reply{Title: "Hi", Text: "Hello"})
		return err
	},
	"delete a reply":  func(w *world, c Caller) error { _, err := w.DeleteReply(c, 1); return err },
	"see":             func(w *world, c Caller) error { _, err := w.SeenByAgent(c, 1, 1); return err },
	"note wrap-up":    func(w *world, c Caller) error { _, err := w.NoteWrapUp(c, 1, WrapUp{Note: "x"}); return err },
	"ask of visitor":  func(w *world, c Caller) error { _, err := w.VisitorOf(c, 1); return err },
	"a visitor comes": func(w *world, _ Caller) error { w.enter(0); return nil },
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

// visitorStates are those of a visitor's session, and of the visit that is left of it.
var visitorStates = []sessionState{
	{"never came", func(*world, Caller) Caller { return Caller{Key: "nobody"} }},
	{"waiting", func(_ *world, ann Caller) Caller { return ann }},
	{"offered", func(w *world, ann Caller) Caller { w.ask(w.callerOf(12), 1); return ann }},
	{"served", served},
	{"absent", func(w *world, ann Caller) Caller {
		served(w, ann)
		w.after(w.Settings.absent())
		return ann
	}},
	{"sent back", func(w *world, ann Caller) Caller {
		served(w, ann)
		must[ClientID](w)(w.Logoff(w.callerOf(12), true))
		return ann
	}},
	{"told the end", func(w *world, ann Caller) Caller {
		served(w, ann)
		must[ClientID](w)(w.ConcludeAsAgent(w.callerOf(12), 1))
		return ann
	}},
	{"in its grace", inGrace},
	{"over, but visited", over},
	{"over and rated", func(w *world, ann Caller) Caller {
		over(w, ann)
		must[ClientID](w)(w.Rate(ann, Rating{Stars: 2}))
		return ann
	}},
	{"over unserved", func(w *world, ann Caller) Caller {
		must[ClientID](w)(w.ConcludeAsVisitor(ann))
		w.receive(ann)
		w.after(ConcludedGrace)
		return ann
	}},
	{"forgotten", func(w *world, ann Caller) Caller {
		over(w, ann)
		w.after(time.Hour)
		return ann
	}},
	{"come again", func(w *world, ann Caller) Caller { served(w, ann); return again(w) }},
	{"the key before", func(w *world, ann Caller) Caller { served(w, ann); again(w); return ann }},
	{"an agent's key", func(w *world, _ Caller) Caller { return Caller{Key: w.callerOf(12).Key} }},
}

func served(w *world, ann Caller) Caller {
	ada := w.callerOf(12)
	w.ask(ada, 1)
	w.accept(ada, 1)
	w.open(ada)
	w.receive(ann)
	return ann
}

func inGrace(w *world, ann Caller) Caller {
	served(w, ann)
	must[ClientID](w)(w.Release(w.callerOf(12), 1))
	w.receive(ann)
	return ann
}

func over(w *world, ann Caller) Caller {
	inGrace(w, ann)
	w.after(ConcludedGrace)
	return ann
}

// again brings the visitor with another token.
func again(w *world) Caller {
	n := w.request(func(n *EngagementRequest) { n.Key, n.Identity, n.Resume = "again", "ann", true })
	must[EngagementOpened](w)(w.RequestEngagement(n))
	return Caller{Key: n.Key}
}

// visitorCommands are what a visitor does, or its page.
var visitorCommands = map[string]func(*world, Caller) error{
	"request engagement": func(w *world, c Caller) error {
		_, err := w.RequestEngagement(w.request(func(n *EngagementRequest) { n.Key, n.Identity = c.Key, "ann" }))
		return err
	},
	"come again": func(w *world, _ Caller) error {
		_, err := w.RequestEngagement(w.request(func(n *EngagementRequest) { n.Key, n.Identity, n.Resume = "next", "ann", true }))
		return err
	},
	"come anew": func(w *world, _ Caller) error {
		_, err := w.RequestEngagement(w.request(func(n *EngagementRequest) { n.Key, n.Identity = "next", "ann" }))
		return err
	},
	"poll":        func(w *world, c Caller) error { _, _, err := w.OpenPoll(c); return err },
	"post":        func(w *world, c Caller) error { _, err := w.PostAsVisitor(c, NewPost{Body: "hi"}); return err },
	"send a file": func(w *world, c Caller) error { _, err := w.PostAsVisitor(c, NewPost{File: &aFile}); return err },
	"ask to send a file": func(w *world, c Caller) error {
		_, err := w.GrantFileToVisitor(c, NewPost{File: &File{Name: "cat.png"}})
		return err
	},
	"type":     func(w *world, c Caller) error { _, err := w.VisitorActivity(c, typing); return err },
	"conclude": func(w *world, c Caller) error { _, err := w.ConcludeAsVisitor(c); return err },
	"rate":     func(w *world, c Caller) error { _, err := w.Rate(c, Rating{Stars: 5}); return err },
	"rate by 6": func(w *world, c Caller) error {
		_, err := w.Rate(c, Rating{Stars: 6})
		return err
	},
	"mail transcript":  func(w *world, c Caller) error { _, err := w.MailTranscript(c, "ann@example.net"); return err },
	"mail it to me":    func(w *world, c Caller) error { _, err := w.MailTranscript(c, ""); return err },
	"mail it to no at": func(w *world, c Caller) error { _, err := w.MailTranscript(c, "ann"); return err },
	"stand":            func(w *world, c Caller) error { _, err := w.VisitorStanding(c, Stretch{}); return err },
	"see":              func(w *world, c Caller) error { _, err := w.SeenByVisitor(c, 1); return err },
	"view a page":      func(w *world, c Caller) error { _, err := w.ViewPage(c, "https://shop.example/", ""); return err },
	"state facts":      func(w *world, c Caller) error { _, err := w.StateFacts(c, Facts{LastName: "Li"}); return err },
	"find the visit":   func(w *world, c Caller) error { _, err := w.FindVisit(c); return err },
	"as an agent": func(w *world, c Caller) error {
		_, err := w.Engagements(Caller{Key: c.Key, Account: 13, Agent: true})
		return err
	},
}

// visitsOf writes how the visitors' sessions and visits stand.
func visitsOf(w *world) string {
	var all []string
	about := func(k SessionKey, what string, v Visit) {
		text := fmt.Sprintf("%s %s: %d %s", k, what, v.Engagement, w.state(v.Engagement))
		if v.Served {
			text += ", served"
		}
		if v.Rating != nil {
			text += fmt.Sprintf(", rated %d", v.Rating.Stars)
		}
		if n := len(v.Letters); n > 0 {
			text += fmt.Sprintf(", %d letters, %d due", n, len(w.DueLetters(9)))
		}
		all = append(all, text)
	}
	for _, c := range sortedKeys(w.visitors) {
		v := w.visitors[c]
		what := "session"
		switch {
		case v.absent:
			what = "absent"
		case v.HeardAt > 0:
			what = "grace"
		}
		about(v.Key, what, v.Visit)
	}
	for _, k := range sortedKeys(w.spent) {
		if v := w.spent[k]; v.Client != 0 {
			about(k, "visit", v.Visit)
		} else {
			all = append(all, fmt.Sprintf("%s spent", k))
		}
	}
	if len(all) == 0 {
		return "nobody"
	}
	return strings.Join(all, "; ")
}

// TestEveryCommandInEverySession holds testdata/sessions.txt: what each command is
// answered in each state of an agent session, how the account's session stands
// afterwards, and what it is told; and the same of a visitor's session. -update
// writes it anew: read the difference.
func TestEveryCommandInEverySession(t *testing.T) {
	var out strings.Builder
	// play writes what the commands come to in a state; come brings a world there.
	play := func(st sessionState, commands map[string]func(*world, Caller) error, come func(*world) Caller, standing func(*world) string, hears func(*world) []string) {
		for i, command := range sortedKeys(commands) {
			w := newWorld(t)
			c := come(w)
			before, position := standing(w), w.Position()
			if i == 0 {
				fmt.Fprintf(&out, "%s: %s\n", st.name, before)
			}
			err := commands[command](w, c)
			w.check()
			answer := "ok"
			if err != nil {
				if answer = string(codeOf(err)); w.Position() != position && !(c.Agent && st.name == "absent") { // a sign of life brings it back
					t.Errorf("%s: %s was refused and recorded something", st.name, command)
				}
			}
			fmt.Fprintf(&out, "  %-19s %-14s", command, answer)
			if after := standing(w); after != before {
				fmt.Fprintf(&out, " then %s;", after)
			}
			if told := hears(w); len(told) > 0 {
				fmt.Fprintf(&out, " hears %s", strings.Join(told, ", "))
			}
			out.WriteByte('\n')
		}
	}
	for _, st := range agentStates {
		play(st, sessionCommands, func(w *world) Caller {
			c := st.come(w, w.logOn(12))
			if w.byKey[c.Key] != 0 && st.name != "absent" {
				w.poll(c)
				w.acknowledge(c)
			}
			return c
		}, sessionOf, func(w *world) []string {
			client, ok := w.agentOf[12]
			if !ok {
				return nil
			}
			return tell(w.Collect(w.Site.agents[client].Key, w.Position()))
		})
	}
	out.WriteString("\nVisitors\n\n")
	for _, st := range visitorStates {
		play(st, visitorCommands, func(w *world) Caller {
			w.settings(func(s *Settings) { s.MailTranscripts = true })
			w.logOn(12)
			ann, _ := w.comes(func(n *EngagementRequest) { n.Key, n.Identity, n.Contact.Email = "ann", "ann", "ann@example.org" })
			w.receive(ann)
			return st.come(w, ann)
		}, visitsOf, func(w *world) []string {
			for _, c := range sortedKeys(w.visitors) {
				if v := w.visitors[c]; v.Engagement == 1 {
					return tell(w.Collect(v.Key, w.Position()))
				}
			}
			return nil
		})
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
