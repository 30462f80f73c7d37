package consumer

import "usher/api"

// The operations of this file are usher's own, beside the contract. They take the
// header SessionId, and serve for half an hour after a session has ended, too.

// SessionState is where a visitor's engagement stands.
type SessionState string

// The session states.
const (
	SessionQueued    SessionState = "QUEUED"    // nobody has accepted it yet
	SessionActive    SessionState = "ACTIVE"    // an agent is there
	SessionConcluded SessionState = "CONCLUDED" // it is over
)

// SessionResponse tells a page that starts again where its chat stands:
// GET /usher/consumer/{site}/v1/session?afterPost=…&limit=…, or backwards, with
// newest=true or beforePost=….
type SessionResponse struct {
	Envelope
	EngagementID       int64        `json:"engagementId"`
	EngagementIDString string       `json:"engagementIdString"`
	State              SessionState `json:"state"`
	// QueueID is 0 when the engagement is over and wrapped up.
	QueueID       int64  `json:"queueId"`
	QueueIDString string `json:"queueIdString"`
	// Position is the place in the queue, 1 for the next; 0 when it does not wait.
	Position                int `json:"position"`
	ExpectedWaitTimeSeconds int `json:"expectedWaitTimeSeconds"`
	AverageWaitTimeSeconds  int `json:"averageWaitTimeSeconds"`
	// Agents are those who are in the chat now.
	Agents api.List[SessionAgent] `json:"agents"`
	// LastNumber is the number of the newest message for this session, as in
	// Usher-Last; ReceivedNumber that of the last one known to be received.
	LastNumber           int64  `json:"lastNumber"`
	LastNumberString     string `json:"lastNumberString"`
	ReceivedNumber       int64  `json:"receivedNumber"`
	ReceivedNumberString string `json:"receivedNumberString"`
	// Posts are what was said, by the visitor too, oldest first, after the post
	// number asked for. Texts off the record are left out. They are empty when the
	// chat is over and wrapped up: the transcript has them.
	Posts api.List[SessionPost] `json:"posts"`
	// Complete: no post is missing before the first one that the site still has at hand.
	// More: there are later ones, or when it was asked backwards, older ones.
	Complete bool `json:"complete"`
	More     bool `json:"more"`
	// SeenPost is the newest post that the page said somebody looked at, 0 for none.
	SeenPost       int64  `json:"seenPost"`
	SeenPostString string `json:"seenPostString"`
	// IdleEnds is when the chat ends if nobody does anything, QueueEnds when the wait in
	// the queue does; null when that is not so.
	IdleEnds  *string `json:"idleEnds"`
	QueueEnds *string `json:"queueEnds"`
	// AbsentSeconds without a sign of life make the visitor absent; after twice that it
	// is lost.
	AbsentSeconds     int                   `json:"absentSeconds"`
	SneakPreviewState api.SneakPreviewState `json:"sneakPreviewState"`
	Files             FilesAllowed          `json:"files"`
	// Rating is the visitor's own, null when it gave none.
	Rating *Rating `json:"rating"`
	// Letters are the transcripts that are sent by e-mail.
	Letters api.List[Letter] `json:"letters"`
}

// LetterState is what became of a transcript that was to be sent by e-mail.
type LetterState string

// The letters' states.
const (
	LetterWaiting LetterState = "WAITING" // for the end of the chat, or for the mail server
	LetterSent    LetterState = "SENT"    // the mail server took it
	LetterFailed  LetterState = "FAILED"  // it was refused, or could not be sent for a day
)

// Letter is a transcript that is sent by e-mail.
type Letter struct {
	EmailAddress string      `json:"emailAddress"`
	State        LetterState `json:"state"`
}

// SessionAgent is an agent in a visitor's chat.
type SessionAgent struct {
	ClientID        int64               `json:"clientId"`
	ClientIDString  string              `json:"clientIdString"`
	Name            string              `json:"name"`
	Role            api.Role            `json:"role"`
	VirtualAgent    bool                `json:"virtualAgent"`
	ConnectionState api.ConnectionState `json:"connectionState"`
	// ReceivedPost and SeenPost are the newest posts that are known to have reached it,
	// and to have been looked at; 0 when nothing is known.
	ReceivedPost       int64  `json:"receivedPost"`
	ReceivedPostString string `json:"receivedPostString"`
	SeenPost           int64  `json:"seenPost"`
	SeenPostString     string `json:"seenPostString"`
}

// SessionPost is one thing that was said.
type SessionPost struct {
	PostNumber       int64  `json:"postNumber"`
	PostNumberString string `json:"postNumberString"`
	ClientID         int64  `json:"clientId"`
	ClientIDString   string `json:"clientIdString"`
	// Name is "" for the system.
	Name           string            `json:"name"`
	SenderType     api.PartyType     `json:"senderType"`
	Body           string            `json:"body"`
	RichText       bool              `json:"richText"`
	OffTheRecord   bool              `json:"offTheRecord"`
	MessageID      *string           `json:"messageId"`
	MessageDataMap map[string]string `json:"messageDataMap"`
	CreatedTime    string            `json:"createdTime"`
}

// FilesAllowed says what files may be sent.
type FilesAllowed struct {
	Allowed  bool `json:"allowed"`
	MaxBytes int  `json:"maxBytes"`
	// Types are media types, such as "application/pdf" or "image/*".
	Types api.List[string] `json:"types"`
}

// FileResponse answers a file that was sent, which the others get as a post:
// POST /usher/consumer/{site}/v1/files?name=…&messageId=…, whose body is the file.
type FileResponse struct {
	Envelope
	// File is null when the file was held back. A repeat under the same messageId is
	// answered with the file that was sent first.
	File *File `json:"file"`
}

// File is a file as it was taken.
type File struct {
	Name string `json:"name"`
	// Type is the media type that the content shows.
	Type string `json:"type"`
	Size int    `json:"size"` // bytes
	// URL is where it is read. Whoever knows it may read it.
	URL string `json:"url"`
}

// Rating is what a visitor says of a chat that is over.
type Rating struct {
	// Stars are 1 to 5; required.
	Stars int `json:"stars"`
	// Comment has at most 4 KiB.
	Comment string `json:"comment"`
}

// RatingRequest rates a chat that is over: POST /usher/consumer/{site}/v1/rating. A
// later rating takes the place of a former one.
type RatingRequest struct {
	Rating
	Request
}

// RatingResponse answers a rating with what is kept of it.
type RatingResponse struct {
	Envelope
	Rating Rating `json:"rating"`
}

// TranscriptResponse is the chat as its visitor saw it:
// GET /usher/consumer/{site}/v1/transcript?after=…&limit=….
type TranscriptResponse struct {
	Envelope
	EngagementID       int64  `json:"engagementId"`
	EngagementIDString string `json:"engagementIdString"`
	StartedTime        string `json:"startedTime"`
	// EndedTime is null while the chat goes on.
	EndedTime *string                  `json:"endedTime"`
	Lines     api.List[TranscriptLine] `json:"lines"`
	// More: ask again with after, the number of the last line.
	More bool `json:"more"`
}

// TranscriptKind is what a line of a transcript tells.
type TranscriptKind string

// The kinds.
const (
	TranscriptPost   TranscriptKind = "POST"
	TranscriptJoined TranscriptKind = "JOINED"
	TranscriptLeft   TranscriptKind = "LEFT"
	TranscriptEnded  TranscriptKind = "ENDED"
)

// TranscriptLine is one thing that was said, or that somebody came or went.
type TranscriptLine struct {
	// Number counts the lines from 1.
	Number      int            `json:"number"`
	Kind        TranscriptKind `json:"kind"`
	CreatedTime string         `json:"createdTime"`
	// Name is "" for the system.
	Name string   `json:"name"`
	Role api.Role `json:"role"`
	// Body, RichText and OffTheRecord are of a post. A text off the record is left out.
	Body         string `json:"body"`
	RichText     bool   `json:"richText"`
	OffTheRecord bool   `json:"offTheRecord"`
	File         *File  `json:"file"`
	// Reason is why somebody left, or why it ended; "NONE" otherwise.
	Reason api.Reason `json:"reason"`
}

// TranscriptMailRequest asks for the transcript by e-mail:
// POST /usher/consumer/{site}/v1/transcript.
type TranscriptMailRequest struct {
	// EmailAddress is where it goes; by default the address that the visitor came with.
	EmailAddress string `json:"emailAddress,omitempty"`
	Request
}

// TranscriptMailResponse answers that the transcript will be sent when the chat is
// over.
type TranscriptMailResponse struct {
	Envelope
}
