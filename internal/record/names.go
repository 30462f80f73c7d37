package record

import (
	"encoding/json"
	"fmt"

	"usher/internal/site"
)

// names are who is who at a site: what events call by a number.
type names struct {
	Queues   map[site.QueueID]string          `json:"queues,omitempty"`
	Accounts map[site.AccountID]string        `json:"accounts,omitempty"`
	Agents   map[site.ClientID]site.AccountID `json:"agents,omitempty"` // of live sessions
}

func newNames() names {
	return names{Queues: map[site.QueueID]string{}, Accounts: map[site.AccountID]string{}, Agents: map[site.ClientID]site.AccountID{}}
}

// naming are the events that tell who is who, by their words in the journal.
var naming = []string{"QueueDefined", "AccountDefined", "DefinitionRemoved", "AgentSessionStarted", "AgentSessionEnded"}

// read reports whether an event tells who is who, and learns it.
func (n *names) read(e site.Event) bool {
	switch e := e.(type) {
	case *site.QueueDefined:
		n.Queues[e.Queue.ID] = e.Queue.Name
	case *site.AccountDefined:
		n.Accounts[e.Account.ID] = e.Account.Name
	case *site.DefinitionRemoved:
		switch e.Kind {
		case site.DefinedQueue:
			delete(n.Queues, site.QueueID(e.ID))
		case site.DefinedAccount:
			delete(n.Accounts, site.AccountID(e.ID))
		}
	case *site.AgentSessionStarted:
		n.Agents[e.Client] = e.Account
	case *site.AgentSessionEnded:
		delete(n.Agents, e.Client)
	default:
		return false
	}
	return true
}

func (n *names) account(id site.AccountID) Party {
	switch name, known := n.Accounts[id]; {
	case id == 0:
		return Party{}
	case known:
		return Party{Account: id, Name: name}
	}
	return Party{Account: id, Name: fmt.Sprintf("account %d", id)}
}

func (n *names) queue(id site.QueueID) Queue { return Queue{ID: id, Name: n.Queues[id]} }

// savedFormat is the newest format of what a Book saves.
const savedFormat = 1

// save writes what a Book needs to go on.
func save(v any) []byte {
	b, err := json.Marshal(struct {
		Format int `json:"format"`
		Data   any `json:"data"`
	}{savedFormat, v})
	if err != nil {
		panic(fmt.Sprintf("record: save %T: %v", v, err)) // none of them can fail
	}
	return b
}

// restore reads what save wrote.
func restore(b []byte, v any) error {
	var x struct {
		Format int             `json:"format"`
		Data   json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(b, &x); err != nil {
		return err
	}
	if x.Format > savedFormat {
		return fmt.Errorf("it has format %d, this version of usher knows %d", x.Format, savedFormat)
	}
	return json.Unmarshal(x.Data, v)
}
