package archive

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"usher/api"
	"usher/internal/record"
	"usher/internal/site"
)

// facts are what the tables say of an engagement. They follow from the entries of its
// record, one by one, and are kept as JSON while more may come.
type facts struct {
	FirstEvent   int64        `json:"firstEvent"` // position
	Email        string       `json:"email,omitempty"`
	Contact      int64        `json:"contact,omitempty"`
	Offered      site.Time    `json:"offered,omitempty"` // for the first time; so are the next two
	Accepted     site.Time    `json:"accepted,omitempty"`
	Answered     site.Time    `json:"answered,omitempty"`
	Released     site.Time    `json:"released,omitempty"`
	Cause        string       `json:"cause,omitempty"`
	Question     string       `json:"question,omitempty"`
	Result       string       `json:"result,omitempty"` // of the newest note
	Rating       *site.Rating `json:"rating,omitempty"`
	VisitorPosts int          `json:"visitorPosts,omitempty"`
	AgentPosts   int          `json:"agentPosts,omitempty"`
	Blocked      int          `json:"blocked,omitempty"`
	Declined     int          `json:"declined,omitempty"`
	Expired      int          `json:"expired,omitempty"`
	Transfers    int          `json:"transfers,omitempty"`
	Conferees    int          `json:"conferees,omitempty"`
	Apart        bool         `json:"apart,omitempty"` // something was said off the record
	Leads        []lead       `json:"leads,omitempty"`
	Offers       int          `json:"offers,omitempty"` // ever made, invitations too
	Asked        []offer      `json:"asked,omitempty"`  // without an answer yet

	head record.Record // as the book has it
	// What the tables do not have yet.
	answered []offer
	asking   bool // Asked has new ones
	known    []string
	files    []string
	led      bool // Leads changed
}

// lead is somebody's time at the head of an engagement.
type lead struct {
	Account record.Party `json:"account"`
	Since   site.Time    `json:"since"`
	Until   site.Time    `json:"until,omitempty"`
}

// offer asks an agent to take an engagement, or to join it.
type offer struct {
	N     int                `json:"n"`
	Who   record.Party       `json:"who"`
	Queue record.Queue       `json:"queue"`
	Type  api.AssignmentType `json:"type"`
	At    site.Time          `json:"at"`

	outcome string
	took    int64 // microseconds
}

// accepted is the outcome of an offer that was taken; any other is a site.Cause.
const accepted = "ACCEPTED"

// follow reads the next entry of the engagement's record.
func (f *facts) follow(e *record.Entry, c site.Contact) {
	switch e.Kind {
	case record.Requested:
		f.Question = c.Question
		f.knows(c)
	case record.ContactChanged:
		f.knows(c)
	case record.Offered:
		if f.Offered == 0 {
			f.Offered = e.At
		}
		f.asks(e, api.AssignmentLead)
	case record.Invited:
		f.asks(e, e.Type)
	case record.OfferEnded, record.InvitationEnded:
		f.answers(e.Who.Client, e.At, e.Cause)
	case record.Joined, record.RoleChanged:
		f.joins(e)
	case record.Left:
		f.leaves(e.Who.Client, e.At)
	case record.Queued:
		if e.Cause == string(site.Transferred) || e.Cause == string(site.Rerouted) {
			f.Transfers++
		}
	case record.Posted:
		f.posted(e)
	case record.Blocked:
		f.Blocked++
	case record.Ended:
		f.Cause = e.Cause
		f.unled(e.At)
		for len(f.Asked) > 0 {
			f.answers(f.Asked[0].Who.Client, e.At, string(site.Withdrawn))
		}
	case record.Noted:
		f.Result = e.Result
	case record.Released:
		f.Released = e.At
	case record.Rated:
		f.Rating = e.Rating
	}
}

// knows notes by what the visitor is known.
func (f *facts) knows(c site.Contact) {
	f.Email, f.Contact = c.Email, c.ContactID
	f.known = append(f.known, keys(c.Email, c.ContactID, c.Name())...)
}

// maxKey bounds a key by which a visitor is found: an index takes no longer ones.
const maxKey = 400

// keys are the words by which a visitor is found, each with what it is.
func keys(email string, contact int64, name string) (all []string) {
	add := func(what, value string) {
		if value = strings.ToLower(strings.TrimSpace(clean(value))); value != "" {
			key := what + " " + value
			all = append(all, strings.ToValidUTF8(key[:min(len(key), maxKey)], ""))
		}
	}
	add("email", email)
	add("name", name)
	if contact != 0 {
		add("contact", strconv.FormatInt(contact, 10))
	}
	return all
}

// identityKey is the word by which a visitor is found whom the site's back end named. It
// tells names apart that are long, or differ in the case of a letter.
func identityKey(identity string) string {
	return fmt.Sprintf("identity %x", sha256.Sum256([]byte(identity)))
}

// clean takes out what PostgreSQL keeps in no text.
func clean(s string) string { return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "") }

func (f *facts) asks(e *record.Entry, t api.AssignmentType) {
	f.Offers++
	f.asking = true
	f.Asked = append(f.Asked, offer{N: f.Offers, Who: e.Who, Queue: f.head.Queue, Type: t, At: e.At})
}

// answers closes what an agent was asked.
func (f *facts) answers(c site.ClientID, at site.Time, outcome string) {
	for i, o := range f.Asked {
		if o.Who.Client != c {
			continue
		}
		o.outcome, o.took = outcome, int64(at-o.At)
		if o.outcome == "" {
			o.outcome = string(site.Withdrawn) // the first format of events did not say why
		}
		f.answered = append(f.answered, o)
		f.Asked = append(f.Asked[:i:i], f.Asked[i+1:]...)
		switch site.Cause(outcome) {
		case site.Declined:
			f.Declined++
		case site.Expired, site.Absent:
			f.Expired++
		}
		return
	}
}

func (f *facts) joins(e *record.Entry) {
	f.answers(e.Who.Client, e.At, accepted)
	switch e.Who.Role {
	case api.RoleLead:
		f.unled(e.At)
		f.Leads = append(f.Leads, lead{Account: e.Who, Since: e.At})
		f.led = true
		if f.Accepted == 0 {
			f.Accepted = e.At
		}
		if e.Cause == string(site.Transferred) {
			f.Transfers++
		}
	case api.RoleConferee:
		if e.Kind == record.Joined {
			f.Conferees++
		}
		f.leaves(e.Who.Client, e.At)
	}
}

// leaves ends an agent's time as the lead, if it is.
func (f *facts) leaves(c site.ClientID, at site.Time) {
	if n := len(f.Leads); n > 0 && f.Leads[n-1].Account.Client == c {
		f.unled(at)
	}
}

// unled ends the lead's time.
func (f *facts) unled(at site.Time) {
	if n := len(f.Leads); n > 0 && f.Leads[n-1].Until == 0 {
		f.Leads[n-1].Until = at
		f.led = true
	}
}

func (f *facts) posted(e *record.Entry) {
	p := e.Post
	f.Apart = f.Apart || p.OffTheRecord
	if p.File != nil {
		f.files = append(f.files, p.File.ID)
	}
	switch {
	case p.System:
	case e.Who.Client == f.head.Visitor.Client:
		f.VisitorPosts++
	default:
		f.AgentPosts++
		if f.Answered == 0 && p.Visibility != api.VisibilityNotEndUser && (p.Only.Client == 0 || p.Only.Role == api.RoleEndUser) {
			f.Answered = e.At
		}
	}
}

// handled answers how long leads have led it, in microseconds.
func (f *facts) handled() (all int64) {
	for _, l := range f.Leads {
		if l.Until > 0 {
			all += int64(l.Until - l.Since)
		}
	}
	return all
}

// abandoned: it ended before anybody took it.
func (f *facts) abandoned() bool { return f.head.EndedAt > 0 && f.Accepted == 0 }

// written forgets what the tables have now.
func (f *facts) written() {
	f.answered, f.asking, f.known, f.files, f.led = nil, false, nil, nil, false
}
