package site

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"usher/api"
)

// states are the columns of the grid: where an engagement can be in its life.
var states = []State{Queued, Offered, Active, Concluded, "gone"}

// actor is who sends a command: Ada, who was offered the engagement and leads
// it, wraps it up and has released it, as far as it got; Bob, another agent; Sue,
// a supervisor; Ann, the visitor; and an administrator, who hears nothing.
var actors = []string{"ada", "bob", "sue", "ann", "adm"}

// scene is an engagement in one of its states with everybody around it.
type scene struct {
	*world
	e                  EngagementID
	ada, bob, sue, ann Caller
}

func (s *scene) people() []Caller { return []Caller{s.ada, s.bob, s.sue, s.ann} }

func newScene(t *testing.T, at State) *scene {
	w := newWorld(t)
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(QueueDefinition{ID: 2, Name: "Sales"}))
	w.account(18, "Sue", func(a *Account) { a.Supervisor = true })
	w.settings(func(s *Settings) { s.MailTranscripts = true })
	sc := &scene{world: w, ada: w.logOn(12), bob: w.logOn(13), sue: w.logOn(18)}
	sc.ann, sc.e = w.enter(0)
	if at != Queued {
		w.ask(sc.ada, 1)
	}
	if at == Active || at == Concluded || at == "gone" {
		w.accept(sc.ada, sc.e)
		w.says(sc.ann, sc.e, "one")
	}
	if at == Concluded || at == "gone" {
		must[ClientID](w)(w.ConcludeAsAgent(sc.ada, sc.e))
	}
	if at == "gone" {
		must[ClientID](w)(w.Release(sc.ada, sc.e))
	}
	w.is(sc.e, at)
	for _, c := range sc.people() { // so that only what the command tells is left
		w.poll(c)
		w.acknowledge(c)
	}
	return sc
}

// commands are the rows of the grid.
var commands = map[string]map[string]func(*scene, Caller) error{
	"ada": withAgent(map[string]func(*scene, Caller) error{
		"answer NONE":        answering(api.ActionNone),
		"answer UNAVAILABLE": answering(api.ActionUnavailable),
		"answer AVAILABLE":   answering(api.ActionAvailable),
		"post a note":        posting(NewPost{Body: "note", Visibility: api.VisibilityNotEndUser}),
		"send a file":        posting(NewPost{File: &aFile}),
		"say UNAVAILABLE":    status(api.StatusUnavailable),
		"say AVAILABLE":      status(api.StatusAvailable),
		"ask": func(s *scene, c Caller) error {
			_, err := s.RequestAssignment(c, true, 1, 1)
			return err
		},
		"ask no more": func(s *scene, c Caller) error {
			_, err := s.RequestAssignment(c, false, 0, 0)
			return err
		},
		"transfer to bob": transferring(NewTransfer{Account: 13}),
		"transfer to q2":  transferring(NewTransfer{Queue: 2}),
		"transfer warm":   transferring(NewTransfer{Queue: 2, Warm: true}),
		"invite bob": func(s *scene, c Caller) error {
			_, err := s.Invite(c, s.e, 13, api.AssignmentConference, "")
			return err
		},
		"list engagements": func(s *scene, c Caller) error { _, err := s.Engagements(c); return err },
		"poll":             polling,
		"log off":          func(s *scene, c Caller) error { _, err := s.Logoff(c, false); return err },
		"log off by force": func(s *scene, c Caller) error { _, err := s.Logoff(c, true); return err },
		"log on": func(s *scene, c Caller) error {
			_, err := s.StartAgentSession(LogOn{Account: c.Account, Key: "second"})
			return err
		},
		"log on over it": func(s *scene, c Caller) error {
			_, err := s.StartAgentSession(LogOn{Account: c.Account, Key: "second", Override: true})
			s.ada.Key = "second"
			return err
		},
	}),
	"bob": withAgent(map[string]func(*scene, Caller) error{
		"transfer to q2": transferring(NewTransfer{Queue: 2}),
		"monitor":        func(s *scene, c Caller) error { _, err := s.Monitor(c, s.e); return err },
		"take over":      func(s *scene, c Caller) error { _, err := s.TakeOver(c, s.e); return err },
	}),
	"sue": {
		"monitor": func(s *scene, c Caller) error { _, err := s.Monitor(c, s.e); return err },
		"join": func(s *scene, c Caller) error {
			_, err := s.Invite(c, s.e, 18, api.AssignmentConference, "")
			return err
		},
		"take over": func(s *scene, c Caller) error { _, err := s.TakeOver(c, s.e); return err },
	},
	"adm": {
		"eject":        func(s *scene, _ Caller) error { return s.Admin("root").Eject(s.e) },
		"remove ada":   func(s *scene, _ Caller) error { return s.Admin("root").Remove(DefinedAccount, 12) },
		"remove queue": func(s *scene, _ Caller) error { return s.Admin("root").Remove(DefinedQueue, 1) },
	},
	"ann": {
		"request engagement": func(s *scene, c Caller) error {
			_, err := s.RequestEngagement(EngagementRequest{Key: c.Key, TokenExpires: s.now + 1})
			return err
		},
		"post":            posting(NewPost{Body: "hi"}),
		"type":            func(s *scene, c Caller) error { _, err := s.VisitorActivity(c, typing); return err },
		"conclude":        func(s *scene, c Caller) error { _, err := s.ConcludeAsVisitor(c); return err },
		"poll":            polling,
		"send a file":     posting(NewPost{File: &aFile}),
		"rate":            func(s *scene, c Caller) error { _, err := s.Rate(c, Rating{Stars: 5}); return err },
		"mail transcript": func(s *scene, c Caller) error { _, err := s.MailTranscript(c, "ann@example.org"); return err },
		"see":             func(s *scene, c Caller) error { _, err := s.SeenByVisitor(c, 1); return err },
		"view a page": func(s *scene, c Caller) error {
			_, err := s.ViewPage(c, "https://shop.example/cart", "Cart")
			return err
		},
		"state facts": func(s *scene, c Caller) error { _, err := s.StateFacts(c, Facts{FirstName: "Anna"}); return err },
		"stand":       func(s *scene, c Caller) error { _, err := s.VisitorStanding(c, Stretch{}); return err },
	},
}

var aFile = File{ID: "file1", Name: "cat.png", Type: "image/png", Size: 2000}

var typing = NewActivity{Mode: api.ModeResponding}

// withAgent adds what any agent can try with an engagement.
func withAgent(m map[string]func(*scene, Caller) error) map[string]func(*scene, Caller) error {
	all := map[string]func(*scene, Caller) error{
		"answer ACCEPT":  answering(api.ActionAccept),
		"answer DECLINE": answering(api.ActionDecline),
		"post":           posting(NewPost{Body: "hello"}),
		"type":           func(s *scene, c Caller) error { _, err := s.SetInteractionStatus(c, s.e, typing); return err },
		"conclude":       func(s *scene, c Caller) error { _, err := s.ConcludeAsAgent(c, s.e); return err },
		"release":        func(s *scene, c Caller) error { _, err := s.Release(c, s.e); return err },
		"leave":          func(s *scene, c Caller) error { _, err := s.Leave(c, s.e); return err },
		"reroute":        func(s *scene, c Caller) error { _, err := s.Reroute(c, s.e); return err },
		"ask of reroute": func(s *scene, c Caller) error { _, _, err := s.RerouteAvailability(c, s.e); return err },
		"set property":   func(s *scene, c Caller) error { _, err := s.SetProperty(c, s.e, OfUser, Question, "Why?"); return err },
		"see":            func(s *scene, c Caller) error { _, err := s.SeenByAgent(c, s.e, 1); return err },
		"note wrap-up":   func(s *scene, c Caller) error { _, err := s.NoteWrapUp(c, s.e, WrapUp{Note: "x"}); return err },
		"ask of visitor": func(s *scene, c Caller) error { _, err := s.VisitorOf(c, s.e); return err },
		"read history":   func(s *scene, c Caller) error { _, err := s.History(c, s.e, Stretch{}); return err },
	}
	for k, f := range m {
		all[k] = f
	}
	return all
}

func answering(a api.AssignmentAction) func(*scene, Caller) error {
	return func(s *scene, c Caller) error { _, err := s.AnswerOffer(c, s.e, a); return err }
}

func transferring(n NewTransfer) func(*scene, Caller) error {
	return func(s *scene, c Caller) error { _, err := s.Transfer(c, s.e, n); return err }
}

func posting(n NewPost) func(*scene, Caller) error {
	return func(s *scene, c Caller) error { _, err := s.post(c, s.e, n); return err }
}

func status(a api.ActivityStatus) func(*scene, Caller) error {
	return func(s *scene, c Caller) error { _, err := s.SetActivityStatus(c, a, 1); return err }
}

func polling(s *scene, c Caller) error {
	_, _, err := s.OpenPoll(c)
	return err
}

// cell is one row of the text table.
type cell struct {
	before         State
	actor, command string
	answer, after  string
	told           string
}

func (c cell) name() string { return fmt.Sprintf("%s/%s/%s", c.before, c.actor, c.command) }

// row writes a cell as it stands in the table.
func (c cell) row() string {
	return strings.TrimRight(fmt.Sprintf("%-9s | %s %-18s | %-13s | %-9s | %s", c.before, c.actor, c.command, c.answer, c.after, c.told), " ")
}

// play runs the cell's command and answers the cell as it came out.
func (c cell) play(t *testing.T) cell {
	sc := newScene(t, c.before)
	caller := map[string]Caller{"ada": sc.ada, "bob": sc.bob, "sue": sc.sue, "ann": sc.ann}[c.actor]
	before := sc.Position()
	err := commands[c.actor][c.command](sc, caller)
	sc.check()
	c.answer, c.after, c.told = "ok", string(sc.state(sc.e)), ""
	if err != nil {
		c.answer = string(codeOf(err))
		if sc.Position() != before {
			t.Errorf("a refusal recorded %d events", sc.Position()-before)
		}
	}
	var told []string
	for i, who := range sc.people() {
		if _, alive := sc.byKey[who.Key]; !alive {
			told = append(told, actors[i]+": session over")
			continue
		}
		for _, m := range tell(sc.Collect(who.Key, sc.Position())) {
			told = append(told, actors[i]+": "+m)
		}
	}
	c.told = strings.Join(told, "; ")
	return c
}

func parseGrid(t *testing.T) []cell {
	t.Helper()
	var cells []cell
	for line := range strings.Lines(grid) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line+" ", "|")
		if len(f) != 5 {
			t.Fatalf("the line %q has %d columns, want 5", line, len(f))
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		actor, command, _ := strings.Cut(f[1], " ")
		cells = append(cells, cell{State(f[0]), actor, strings.TrimSpace(command), f[2], f[3], f[4]})
	}
	return cells
}

// TestEveryCommandInEveryState holds the grid: what each command is answered in
// each state of an engagement, the state after it, and who is told what.
func TestEveryCommandInEveryState(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range parseGrid(t) {
		if commands[c.actor][c.command] == nil {
			t.Fatalf("%q is no command of %s", c.command, c.actor)
		}
		if seen[c.name()] {
			t.Fatalf("%s stands twice in the grid", c.name())
		}
		seen[c.name()] = true
		t.Run(strings.ReplaceAll(c.name(), " ", "_"), func(t *testing.T) {
			if got := c.play(t); got != c {
				t.Errorf("the grid says\n\t%s\nand it came out\n\t%s", c.row(), got.row())
			}
		})
	}
	for _, st := range states {
		for _, actor := range actors {
			for _, command := range sortedKeys(commands[actor]) {
				if c := (cell{before: st, actor: actor, command: command}); !seen[c.name()] {
					t.Errorf("the grid lacks %s; it would be\n\t%s", c.name(), c.play(t).row())
				}
			}
		}
	}
}

// TestTheGridStandsInThePackageComment compares the table in doc.go with the grid.
func TestTheGridStandsInThePackageComment(t *testing.T) {
	cells := parseGrid(t)
	slices.SortStableFunc(cells, func(a, b cell) int {
		return cmp.Or(cmp.Compare(slices.Index(actors, a.actor), slices.Index(actors, b.actor)), cmp.Compare(a.command, b.command),
			cmp.Compare(slices.Index(states, a.before), slices.Index(states, b.before)))
	})
	var table strings.Builder
	fmt.Fprintf(&table, "//\t%-22s", "")
	for i, c := range cells {
		if i == 0 {
			for _, st := range states {
				fmt.Fprintf(&table, " %-13s", st)
			}
		}
		if c.before == Queued {
			fmt.Fprintf(&table, "\n//\t%-3s %-18s", c.actor, c.command)
		}
		outcome := strings.TrimPrefix(c.answer, "ENGAGEMENT_")
		if outcome == "ok" && c.after != string(c.before) {
			outcome = c.after
		}
		fmt.Fprintf(&table, " %-13s", outcome)
	}
	var want []string
	for line := range strings.Lines(table.String()) {
		want = append(want, strings.TrimRight(line, " \n"))
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), strings.Join(want, "\n")) {
		t.Errorf("doc.go does not hold the table that the grid makes:\n%s", strings.Join(want, "\n"))
	}
}
