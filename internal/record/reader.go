package record

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"usher/api"
	"usher/internal/site"
)

const (
	// MaxEntries bounds the entries of one page, and MaxBytes about what they take
	// in memory and on the wire: an engagement may hold any number of posts.
	MaxEntries = 10_000
	MaxBytes   = 8 << 20
)

// Wanted says what of an engagement to tell.
type Wanted struct {
	Engagement site.EngagementID
	// Talk leaves out all but posts, who came and went, and the end.
	Talk bool
	// After is the number of the last entry that is known already.
	After int64
	// Most is how many entries to tell; 0 means MaxEntries, which is also the most.
	Most int
}

// Reader makes the record of one engagement from its site's events. It holds what
// it was asked for, and the names of queues, accounts and live sessions.
type Reader struct {
	wanted Wanted
	ids    ids
	size   int   // of the entries that are kept
	number int64 // entries so far, told or not

	queues   map[site.QueueID]string
	accounts map[site.AccountID]string
	agents   map[site.ClientID]site.AccountID // of live sessions

	record  Record
	contact site.Contact
	lead    site.ClientID // offered to, led by, or wrapped up by
	active  bool          // lead leads it
	guests  map[site.ClientID]api.Role
	ejector string
	gone    site.Time // when it left the site's memory; 0: it has not
}

// NewReader answers a reader that has seen no event yet.
func NewReader(w Wanted) *Reader {
	if w.Most <= 0 || w.Most > MaxEntries {
		w.Most = MaxEntries
	}
	return &Reader{
		wanted: w, ids: idsOf(w.Engagement), queues: map[site.QueueID]string{}, accounts: map[site.AccountID]string{},
		agents: map[site.ClientID]site.AccountID{}, guests: map[site.ClientID]api.Role{},
	}
}

// ids are how an event's line, as the journal has it, names an engagement.
type ids [2][]byte

func idsOf(e site.EngagementID) (all ids) {
	for i, end := range ",}" {
		all[i] = fmt.Appendf(nil, `"engagement":%d%c`, e, end)
	}
	return all
}

func (all ids) in(line []byte) bool {
	return bytes.Contains(line, all[0]) || bytes.Contains(line, all[1])
}

// Add reads the next event of the site, from its first one on. It answers false
// when no later event can matter.
func (r *Reader) Add(at site.Time, e site.Event) bool {
	switch e := e.(type) {
	case *site.QueueDefined:
		r.queues[e.Queue.ID] = e.Queue.Name
	case *site.AccountDefined:
		r.accounts[e.Account.ID] = e.Account.Name
	case *site.DefinitionRemoved:
		switch e.Kind {
		case site.DefinedQueue:
			delete(r.queues, site.QueueID(e.ID))
		case site.DefinedAccount:
			delete(r.accounts, site.AccountID(e.ID))
		}
	case *site.AgentSessionStarted:
		r.agents[e.Client] = e.Account
	case *site.AgentSessionEnded:
		delete(r.agents, e.Client)
	default:
		if engagementOf(e) == r.wanted.Engagement {
			r.about(at, e)
		}
	}
	return !r.past(at)
}

// afterwards is how long after an engagement has left memory its record may grow: a
// visitor rates the chat, and reads of it by e-mail. A letter that is tried for longer
// stands in the journal only.
const afterwards = site.AfterChat + 10*time.Minute

// past reports whether nothing about the engagement is told at this time any more.
func (r *Reader) past(at site.Time) bool { return r.gone > 0 && at > r.gone.Add(afterwards) }

// names are the events that tell who is who, by their words in the journal.
var names = []string{"QueueDefined", "AccountDefined", "DefinitionRemoved", "AgentSessionStarted", "AgentSessionEnded"}

// Matters reports whether the event of a line, as the journal has it, may add to the
// record, so that the others need not be decoded.
func (r *Reader) Matters(line []byte) bool {
	if r.ids.in(line) {
		return true
	}
	if r.gone > 0 { // then Add is to see that it is over
		at, _, _ := bytes.Cut(bytes.TrimPrefix(line, []byte(`{"at":`)), []byte{','})
		if n, err := strconv.ParseInt(string(at), 10, 64); err == nil && r.past(site.Time(n)) {
			return true
		}
	}
	_, rest, _ := bytes.Cut(line, []byte(`"event":"`))
	name, _, _ := bytes.Cut(rest, []byte{'"'})
	return slices.Contains(names, string(name))
}

// engagementOf answers the engagement that an event is about, 0 for none.
func engagementOf(e site.Event) site.EngagementID {
	if id := reflect.Indirect(reflect.ValueOf(e)).FieldByName("Engagement"); id.IsValid() {
		return site.EngagementID(id.Int())
	}
	return 0
}

// Record answers what was read. ok is false when the site never had the engagement.
func (r *Reader) Record() (record Record, ok bool) {
	return r.record, r.record.Engagement != 0
}

// add numbers an entry, and keeps it if it was asked for.
func (r *Reader) add(at site.Time, e Entry) {
	r.number++
	e.Number, e.At = r.number, at
	switch {
	case e.Number <= r.wanted.After, r.wanted.Talk && !e.Kind.talk(), r.record.More:
		return
	case len(r.record.Entries) == r.wanted.Most, len(r.record.Entries) > 0 && r.size+e.size() > MaxBytes:
		r.record.More = true
		return
	}
	r.size += e.size()
	r.record.Entries = append(r.record.Entries, e)
}

// party answers who a client is, in the role that it has now.
func (r *Reader) party(c site.ClientID) Party {
	switch {
	case c == 0:
		return Party{}
	case c == r.record.Visitor.Client:
		return r.record.Visitor
	}
	role := r.guests[c]
	if c == r.lead && role == "" {
		role = api.RoleNone
		if r.active {
			role = api.RoleLead
		}
	}
	return r.as(c, role)
}

// as answers who an agent is, in a given role.
func (r *Reader) as(c site.ClientID, role api.Role) Party {
	p := r.account(r.agents[c])
	p.Client, p.Role = c, role
	return p
}

func (r *Reader) account(id site.AccountID) Party {
	switch name, known := r.accounts[id]; {
	case id == 0:
		return Party{}
	case known:
		return Party{Account: id, Name: name}
	}
	return Party{Account: id, Name: fmt.Sprintf("account %d", id)}
}

func (r *Reader) queue(id site.QueueID) Queue { return Queue{ID: id, Name: r.queues[id]} }
