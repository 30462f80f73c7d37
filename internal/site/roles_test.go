package site

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

// room is an engagement with an agent in every role: Ada leads, Cem is a conferee,
// Mia watches, Ivy is asked to a conference and Tom to take it; Out and Sue, a
// supervisor, have nothing to do with it.
type room struct {
	*world
	e      EngagementID
	people map[string]Caller
}

var roomAgents = []string{"ada", "cem", "mia", "ivy", "tom", "out", "sue"}

func newRoom(t *testing.T) *room {
	w := newWorld(t)
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(QueueDefinition{ID: 2, Name: "Sales"}))
	r := &room{world: w, people: map[string]Caller{}}
	for i, name := range roomAgents {
		id := AccountID(20 + i)
		if name == "ada" {
			id = 12
		}
		w.account(id, name, func(a *Account) { a.Supervisor = name == "mia" || name == "sue" })
		r.people[name] = w.logOn(id)
	}
	r.people["ann"], r.e = w.enter(0)
	ada := r.people["ada"]
	w.ask(ada, 1)
	w.accept(ada, r.e)
	w.says(r.people["ann"], r.e, "one")
	w.receive(ada)
	must[Invited](w)(w.Invite(ada, r.e, 21, api.AssignmentConference, ""))
	w.accept(r.people["cem"], r.e)
	must[Invited](w)(w.Monitor(r.people["mia"], r.e))
	must[Invited](w)(w.Invite(ada, r.e, 23, api.AssignmentConference, ""))
	must[Invited](w)(w.Transfer(ada, r.e, NewTransfer{Account: 24}))
	for _, c := range r.people { // so that only what the command tells is left
		w.poll(c)
		w.acknowledge(c)
	}
	return r
}

// roomCommands are what each agent tries.
var roomCommands = map[string]func(*room, Caller) error{
	"accept":  func(r *room, c Caller) error { _, err := r.AnswerOffer(c, r.e, api.ActionAccept); return err },
	"decline": func(r *room, c Caller) error { _, err := r.AnswerOffer(c, r.e, api.ActionDecline); return err },
	"post":    func(r *room, c Caller) error { _, err := r.PostAsAgent(c, r.e, NewPost{Body: "hi"}); return err },
	"post a note": func(r *room, c Caller) error {
		_, err := r.PostAsAgent(c, r.e, NewPost{Body: "psst", Visibility: api.VisibilityNotEndUser})
		return err
	},
	"send a file": func(r *room, c Caller) error { _, err := r.PostAsAgent(c, r.e, NewPost{File: &aFile}); return err },
	"ask to send a file": func(r *room, c Caller) error {
		_, err := r.GrantFileToAgent(c, r.e, NewPost{File: &File{Name: "cat.png"}})
		return err
	},
	"whisper to ada":  whispering("ada", api.PartyAgent),
	"whisper to ann":  whispering("ann", api.PartyEndUser),
	"type":            func(r *room, c Caller) error { _, err := r.SetInteractionStatus(c, r.e, typing); return err },
	"read history":    func(r *room, c Caller) error { _, err := r.History(c, r.e, Stretch{}); return err },
	"conclude":        func(r *room, c Caller) error { _, err := r.ConcludeAsAgent(c, r.e); return err },
	"release":         func(r *room, c Caller) error { _, err := r.Release(c, r.e); return err },
	"leave":           func(r *room, c Caller) error { _, err := r.Leave(c, r.e); return err },
	"reroute":         func(r *room, c Caller) error { _, err := r.Reroute(c, r.e); return err },
	"transfer to out": func(r *room, c Caller) error { _, err := r.Transfer(c, r.e, NewTransfer{Account: 25}); return err },
	"transfer to q2":  func(r *room, c Caller) error { _, err := r.Transfer(c, r.e, NewTransfer{Queue: 2}); return err },
	"invite out": func(r *room, c Caller) error {
		_, err := r.Invite(c, r.e, 25, api.AssignmentConference, "")
		return err
	},
	"invite itself": func(r *room, c Caller) error {
		_, err := r.Invite(c, r.e, c.Account, api.AssignmentConference, "")
		return err
	},
	"monitor":          func(r *room, c Caller) error { _, err := r.Monitor(c, r.e); return err },
	"take over":        func(r *room, c Caller) error { _, err := r.TakeOver(c, r.e); return err },
	"set property":     func(r *room, c Caller) error { _, err := r.SetProperty(c, r.e, OfUser, Question, "Why?"); return err },
	"see":              func(r *room, c Caller) error { _, err := r.SeenByAgent(c, r.e, 1); return err },
	"note wrap-up":     func(r *room, c Caller) error { _, err := r.NoteWrapUp(c, r.e, WrapUp{Note: "x"}); return err },
	"ask of visitor":   func(r *room, c Caller) error { _, err := r.VisitorOf(c, r.e); return err },
	"say UNAVAILABLE":  func(r *room, c Caller) error { _, err := r.SetActivityStatus(c, api.StatusUnavailable, 1); return err },
	"log off":          func(r *room, c Caller) error { _, err := r.Logoff(c, false); return err },
	"log off by force": func(r *room, c Caller) error { _, err := r.Logoff(c, true); return err },
}

func whispering(to string, party api.PartyType) func(*room, Caller) error {
	return func(r *room, c Caller) error {
		_, err := r.Whisper(c, r.byKey[r.people[to].Key], party, NewPost{Body: "psst"})
		return err
	}
}

// standing writes who is what in the engagement.
func (r *room) standing() string {
	e := r.live[r.e]
	if e == nil {
		return "gone"
	}
	roles := []string{string(e.State)}
	for _, name := range roomAgents {
		if role := e.roleOf(r.byKey[r.people[name].Key]); role != "" {
			roles = append(roles, name+" "+string(role))
		}
	}
	return strings.Join(roles, ", ")
}

// TestEveryCommandInEveryRole holds testdata/roles.txt: what each command of an
// agent in each role is answered in a running engagement of several agents, who is
// what afterwards, and who is told what. -update writes it anew: read the difference.
func TestEveryCommandInEveryRole(t *testing.T) {
	var out strings.Builder
	fmt.Fprintf(&out, "before: %s\n", newRoom(t).standing())
	for _, name := range roomAgents {
		for _, command := range sortedKeys(roomCommands) {
			r := newRoom(t)
			before, position := r.standing(), r.Position()
			err := roomCommands[command](r, r.people[name])
			r.check()
			answer := "ok"
			if err != nil {
				if answer = string(codeOf(err)); r.Position() != position {
					t.Errorf("%s: %s was refused and recorded something", name, command)
				}
			}
			fmt.Fprintf(&out, "\n%s: %s: %s\n", name, command, answer)
			if after := r.standing(); after != before {
				fmt.Fprintf(&out, "\tthen %s\n", after)
			}
			for _, who := range append([]string{"ann"}, roomAgents...) {
				c := r.people[who]
				if r.byKey[c.Key] == 0 {
					fmt.Fprintf(&out, "\t%s's session is over\n", who)
					continue
				}
				if told := tell(r.Collect(c.Key, r.Position())); len(told) > 0 {
					fmt.Fprintf(&out, "\t%s hears %s\n", who, strings.Join(told, "; "))
				}
			}
		}
	}
	want := golden(t, "roles.txt", []byte(out.String()))
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("another outcome than in testdata/roles.txt:\n%s", diff)
	}
}
