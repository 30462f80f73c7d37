package sites

import "usher/api"

// Record is what happened in an engagement, live or over, or a page of it:
//
//	GET /usher/admin/v1/sites/{site}/engagements/{id}/transcript
//	GET /usher/admin/v1/sites/{site}/engagements/{id}/record
//
// A transcript has the lines of the kinds RecordPosted, RecordJoined, RecordLeft,
// RecordEnded and RecordRated, without Why. Times are as in TimeLayout.
type Record struct {
	EngagementID int64 `json:"engagementId"`
	// Visitor is the name by which the visitor was known last, "" when none was.
	Visitor string `json:"visitor"`
	// QueueID is the queue in which it waits, or waited last.
	QueueID   int64  `json:"queueId"`
	StartedAt string `json:"startedAt"`
	// EndedAt is left out while it goes on.
	EndedAt string               `json:"endedAt,omitempty"`
	Lines   api.List[RecordLine] `json:"lines"`
	// More: ask again with after, the last number of this page.
	More bool `json:"more"`
}

// RecordKind is what a line of a record tells.
type RecordKind string

// The kinds.
const (
	RecordRequested       RecordKind = "REQUESTED"        // the visitor came, and Queue was chosen
	RecordMoved           RecordKind = "MOVED"            // it waited too long and was sent on to Queue
	RecordOffered         RecordKind = "OFFERED"          // Who was asked to take it, until Until
	RecordOfferEnded      RecordKind = "OFFER_ENDED"      // Who did not take it
	RecordJoined          RecordKind = "JOINED"           // Who came in, in a role
	RecordForwarded       RecordKind = "FORWARDED"        // Who was given posts of before
	RecordPosted          RecordKind = "POST"             // Who posted Post
	RecordContactChanged  RecordKind = "CONTACT_CHANGED"  // Who made Changes
	RecordTransferWanted  RecordKind = "TRANSFER_WANTED"  // Who goes on until somebody of Queue takes it
	RecordInvited         RecordKind = "INVITED"          // Who was asked to join by By, until Until
	RecordInvitationEnded RecordKind = "INVITATION_ENDED" // Who did not join
	RecordRoleChanged     RecordKind = "ROLE_CHANGED"     // Who has another role
	RecordLeft            RecordKind = "LEFT"             // Who went, and the engagement goes on
	RecordQueued          RecordKind = "QUEUED"           // it waits again, in Queue
	RecordEjected         RecordKind = "EJECTED"          // Who, an administrator or supervisor, ended it
	RecordEnded           RecordKind = "ENDED"            // it is over
	RecordWrapUp          RecordKind = "WRAP_UP"          // Who wraps up
	RecordReleased        RecordKind = "RELEASED"         // Who has wrapped up
	RecordBlocked         RecordKind = "BLOCKED"          // Who tried to post Post, and nobody received it
	RecordRated           RecordKind = "RATED"            // Who gave Rating
	RecordMailed          RecordKind = "MAILED"           // a transcript was to be sent by e-mail; Cause is what came of it
	RecordNoted           RecordKind = "WRAP_UP_NOTED"    // Who noted Result and Text; a later note counts in place of one before
)

// RecordLine is one thing that happened. What its kind does not need is left out.
type RecordLine struct {
	// Number counts the lines of the whole record from 1. A transcript leaves
	// numbers out.
	Number int64      `json:"number"`
	At     string     `json:"at"`
	Kind   RecordKind `json:"kind"`
	// Who did it, or whom it happened to. By asked for it.
	Who  *RecordParty `json:"who,omitempty"`
	By   *RecordParty `json:"by,omitempty"`
	Post *RecordPost  `json:"post,omitempty"`
	// Type is what an invitation asks for.
	Type     api.AssignmentType `json:"type,omitempty"`
	Queue    *RecordQueue       `json:"queue,omitempty"`
	Priority int                `json:"priority,omitempty"`
	// Target is the agent it is meant for, and waits for until Until.
	Target *RecordParty `json:"target,omitempty"`
	// Until is when an offer, an invitation or the wait for Target ends.
	Until string `json:"until,omitempty"`
	// Note is the number of the post that is the lead's word to whoever comes.
	Note    int64          `json:"note,omitempty"`
	Changes []RecordChange `json:"changes,omitempty"`
	Rating  *RecordRating  `json:"rating,omitempty"`
	// Result is what came of the engagement, Text what the agent noted of it.
	Result string `json:"result,omitempty"`
	Text   string `json:"text,omitempty"`
	// Cause is the reason in a word, such as DECLINED or IDLE_TIMEOUT; of what was
	// blocked the spam checks, such as "LINKS,BURST"; of a letter SENT, FAILED (it is
	// tried again), REFUSED or GIVEN_UP.
	Cause string `json:"cause,omitempty"`
	// Why is the reason in a sentence. Every line of a record but posts has one.
	Why string `json:"why,omitempty"`
}

// RecordParty is somebody who had to do with an engagement. The visitor has no
// account; who acted from outside has only a name: a login, or AdminName.
type RecordParty struct {
	ClientID  int64  `json:"clientId,omitempty"`
	AccountID int64  `json:"accountId,omitempty"`
	Name      string `json:"name"`
	// Role is what it was at that time: END_USER, LEAD, CONFEREE or MONITOR; NONE
	// for who was offered the engagement, TRANSIENT for who was asked to join it.
	Role api.Role `json:"role,omitempty"`
}

// RecordQueue is a queue, with the name that it had at that time.
type RecordQueue struct {
	QueueID int64  `json:"queueId"`
	Name    string `json:"name"`
}

// RecordPost is a post.
type RecordPost struct {
	// PostNumber counts the engagement's posts from 1. What was blocked has none.
	PostNumber int64 `json:"postNumber,omitempty"`
	// Text is left out of a post off the record, and of a file.
	Text         string         `json:"text,omitempty"`
	RichText     bool           `json:"richText,omitempty"`
	OffTheRecord bool           `json:"offTheRecord,omitempty"`
	Visibility   api.Visibility `json:"visibility,omitempty"`
	// File was posted in place of a text.
	File *RecordFile `json:"file,omitempty"`
	// System: a word of the system's own, such as that a post was blocked. Nobody
	// is its sender.
	System bool `json:"system,omitempty"`
	// Blocked are the spam checks that held it back: LENGTH, LINKS, DUPLICATE,
	// SYMBOLS, BURST.
	Blocked []string `json:"blocked,omitempty"`
	// OnlyFor is the one participant who was meant, left out when all were.
	OnlyFor *RecordParty `json:"onlyFor,omitempty"`
}

// RecordFile is a file that somebody posted.
type RecordFile struct {
	Name string `json:"name"`
	// Type is the media type that its content shows, such as image/png.
	Type string `json:"type"`
	Size int64  `json:"size"` // bytes
	// URL is where it can be read by whoever knows the address; left out of a file
	// that was blocked, which was not kept.
	URL string `json:"url,omitempty"`
}

// RecordRating is what a visitor said of a chat that was over.
type RecordRating struct {
	Stars   int    `json:"stars"` // 1 to 5
	Comment string `json:"comment,omitempty"`
}

// RecordChange is one thing known of the visitor that is another one since then.
type RecordChange struct {
	// Name is such as "email", or "customFields.plan".
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}
