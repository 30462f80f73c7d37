// Package record tells what happened in one engagement, and why: who came, what
// was posted, each decision on the way and what it was made on. It reads a site's
// events, in which all of that stands, and is in no journal or checkpoint itself.
//
// It is pure: events come in, one by one and in order, and entries come out. A Book
// follows all engagements of a site at once; a Reader tells of one, and a VisitReader
// what its visitor saw of it.
package record

import (
	"usher/api"
	"usher/internal/site"
)

// Record is what happened in an engagement, or a page of it.
type Record struct {
	Engagement site.EngagementID
	// Visitor has the name by which the visitor was known last.
	Visitor Party
	// Queue is where it waits, or waited last.
	Queue     Queue
	StartedAt site.Time
	EndedAt   site.Time // 0 while it goes on
	Entries   []Entry
	// More: there are entries after the last one given.
	More bool
}

// Party is somebody who had to do with the engagement. An agent has an account,
// the visitor has none, and who acted from outside, an administrator, has only a
// name.
type Party struct {
	Client  site.ClientID  `json:"client,omitempty"`
	Account site.AccountID `json:"account,omitempty"`
	Name    string         `json:"name,omitempty"`
	// Role is what the party was in the engagement at that time: NONE for who was
	// offered it, TRANSIENT for who was asked to join; "" outside of it.
	Role api.Role `json:"role,omitempty"`
}

// Queue is a queue, with the name that it had at that time.
type Queue struct {
	ID   site.QueueID `json:"id,omitempty"`
	Name string       `json:"name,omitempty"`
}

// Kind is what an entry tells.
type Kind string

// The kinds of entries.
const (
	Requested       Kind = "REQUESTED"        // the visitor came, and Queue was chosen
	Moved           Kind = "MOVED"            // it waited too long and was sent on to Queue
	Offered         Kind = "OFFERED"          // Who was asked to take it, until Until
	OfferEnded      Kind = "OFFER_ENDED"      // Who did not take it
	Joined          Kind = "JOINED"           // Who came in, in a role
	Forwarded       Kind = "FORWARDED"        // Who was given posts of before
	Posted          Kind = "POST"             // Who posted Post
	ContactChanged  Kind = "CONTACT_CHANGED"  // Who made Changes
	TransferWanted  Kind = "TRANSFER_WANTED"  // Who goes on until somebody of Queue takes it
	Invited         Kind = "INVITED"          // Who was asked to join by By, until Until
	InvitationEnded Kind = "INVITATION_ENDED" // Who did not join
	RoleChanged     Kind = "ROLE_CHANGED"     // Who has another role
	Left            Kind = "LEFT"             // Who went, and the engagement goes on
	Queued          Kind = "QUEUED"           // it waits again, in Queue
	Ejected         Kind = "EJECTED"          // Who, an administrator or supervisor, ended it
	Ended           Kind = "ENDED"            // it is over
	WrapUp          Kind = "WRAP_UP"          // Who wraps up
	Released        Kind = "RELEASED"         // Who has wrapped up
	Blocked         Kind = "BLOCKED"          // Who tried to post Post
	Rated           Kind = "RATED"            // Who gave Rating
	Mailed          Kind = "MAILED"           // a transcript was sent by e-mail, or could not be
	Noted           Kind = "WRAP_UP_NOTED"    // Who noted Result, and Text for who reads it later
)

// Talk reports whether entries of this kind stand in a transcript: what was said,
// who came and went, the end, and how the visitor rated it.
func (k Kind) Talk() bool { return k == Posted || k == Joined || k == Left || k == Ended || k == Rated }

// Entry is one thing that happened. Which fields are set depends on Kind. Its JSON is
// what archives keep: members are added, never given another meaning.
type Entry struct {
	// Number counts the entries of the whole record from 1, in a transcript too.
	Number int64     `json:"number"`
	At     site.Time `json:"at"`
	Kind   Kind      `json:"kind"`
	Who    Party     `json:"who,omitzero"`
	By     Party     `json:"by,omitzero"` // who asked for it; nobody when it came by itself
	// Why is a sentence for operators. Only posts have none.
	Why string `json:"why,omitempty"`
	// Cause is the reason in a word: a site.Cause or an api.Reason, "" for none.
	Cause    string             `json:"cause,omitempty"`
	Type     api.AssignmentType `json:"type,omitempty"` // of an invitation
	Queue    Queue              `json:"queue,omitzero"`
	Priority int                `json:"priority,omitempty"`
	Target   Party              `json:"target,omitzero"` // the agent it is meant for
	Until    site.Time          `json:"until,omitempty"` // of an offer, an invitation, or the wait for Target
	Post     *Post              `json:"post,omitempty"`
	Note     int64              `json:"note,omitempty"` // the number of the post that is the lead's word to whoever comes
	Changes  []Change           `json:"changes,omitempty"`
	Rating   *site.Rating       `json:"rating,omitempty"`
	// Result is what came of the engagement, in the site's words of that time; Text is what
	// the agent noted of it. A later note takes the place of one before.
	Result string `json:"result,omitempty"`
	Text   string `json:"text,omitempty"`
}

// Post is a text that somebody posted.
type Post struct {
	Number     int64          `json:"number,omitempty"` // counts the engagement's posts from 1
	Text       string         `json:"text,omitempty"`
	RichText   bool           `json:"richText,omitempty"`
	Visibility api.Visibility `json:"visibility,omitempty"`
	// File is a file that was posted in place of a text.
	File *site.File `json:"file,omitempty"`
	// System: it is a word of the system's own, to one participant.
	System bool `json:"system,omitempty"`
	// Blocked are the spam checks that held it back: nobody received it, and it has no
	// number.
	Blocked []site.SpamCode `json:"blocked,omitempty"`
	// OffTheRecord: it was delivered, and its text was not recorded.
	OffTheRecord bool `json:"offTheRecord,omitempty"`
	// Only is the one participant for whom it was, nobody when it was for all.
	Only Party `json:"only,omitzero"`
}

// Change is one thing known of the visitor that is another one now.
type Change struct {
	Name   string `json:"name"`             // such as "email", or "customFields.plan"
	Before string `json:"before,omitempty"` // "" for nothing
	After  string `json:"after,omitempty"`
}

// size is about what the entry takes in an answer.
func (e *Entry) size() int {
	n := 200 + len(e.Who.Name) + len(e.By.Name) + len(e.Target.Name) + len(e.Queue.Name) + len(e.Why) + len(e.Result) + len(e.Text)
	if e.Post != nil {
		n += len(e.Post.Text) + len(e.Post.Only.Name)
	}
	if e.Rating != nil {
		n += len(e.Rating.Comment)
	}
	for _, c := range e.Changes {
		n += len(c.Name) + len(c.Before) + len(c.After)
	}
	return n
}
