package consumer

import "usher/api"

// The operations of this file are usher's own, for pages before there is a chat. They
// take the site's public widget key in place of a session, and have no envelope.

// DoorState says whether a chat can begin, and why not.
type DoorState string

// The states of the door.
const (
	DoorOpen    DoorState = "OPEN"
	DoorClosed  DoorState = "CLOSED"  // out of hours
	DoorHoliday DoorState = "HOLIDAY" // closed for a holiday
	DoorNobody  DoorState = "NOBODY"  // it is open, and nobody is there, or nobody for this
	DoorFull    DoorState = "FULL"    // as many wait as may
)

// OpenResponse tells a page how the site stands for somebody who thinks of a chat, and
// how its widget looks: GET /usher/consumer/{site}/v1/open?key=…&queueId=….
type OpenResponse struct {
	State DoorState `json:"state"`
	// Opens is when it opens next; null when it is open, or nobody can tell.
	Opens *string `json:"opens"`
	// MayWait: a chat can be requested, though nobody is there yet.
	MayWait bool `json:"mayWait"`
	// QueueID is where the chat would wait, 0 for nowhere.
	QueueID       int64  `json:"queueId"`
	QueueIDString string `json:"queueIdString"`
	// Position and ExpectedWaitTimeSeconds are what a visitor who came now would be
	// told; 0 when nothing is known.
	Position                int                   `json:"position"`
	ExpectedWaitTimeSeconds int                   `json:"expectedWaitTimeSeconds"`
	Widget                  Widget                `json:"widget"`
	Files                   FilesAllowed          `json:"files"`
	SneakPreviewState       api.SneakPreviewState `json:"sneakPreviewState"`
	// MailTranscripts: a visitor may have the transcript sent by e-mail.
	MailTranscripts bool `json:"mailTranscripts"`
	// Time is the server's.
	Time string `json:"time"`
}

// Widget is how the site's own widget looks, and what it asks. What is "" is the
// widget's own choice.
type Widget struct {
	Title    string `json:"title"`
	Greeting string `json:"greeting"`
	// Color is the accent, such as "#0a5baa".
	Color string `json:"color"`
	// Theme is "auto", "light" or "dark"; Position "right" or "left".
	Theme    string `json:"theme"`
	Position string `json:"position"`
	// Fields are those of the form before the chat, with a star behind those that are
	// required, such as "name,email,question*".
	Fields string `json:"fields"`
	// WhenClosed is "MESSAGE", to let visitors leave one, or "HIDE".
	WhenClosed string `json:"whenClosed"`
	// PrivacyURL is where the site tells how it uses data, EmailAddress where people may
	// write.
	PrivacyURL   string `json:"privacyUrl"`
	EmailAddress string `json:"emailAddress"`
	// Texts are the widget's texts in the site's own words, by language and key.
	Texts map[string]map[string]string `json:"texts"`
}

// MessageRequest leaves a message for a site, in its hours or out of them:
// POST /usher/consumer/{site}/v1/message.
type MessageRequest struct {
	// Key is the widget key; required.
	Key string `json:"key"`
	// EmailAddress is where the answer goes; required.
	EmailAddress string `json:"emailAddress"`
	Name         string `json:"name,omitempty"`
	// Message is the text, of 1 byte to 16 KiB; required.
	Message string `json:"message"`
	// QueueID is whose affair it is, 0 when the page does not know.
	QueueID int64 `json:"queueId,omitempty"`
	// Language is the page's, such as "de"; PageURL its address.
	Language string           `json:"language,omitempty"`
	PageURL  string           `json:"pageUrl,omitempty"`
	Fields   api.List[Stated] `json:"fields,omitempty"`
}

// MessageResponse answers that the message is stored. The same message again, while it
// waits, has the same number.
type MessageResponse struct {
	Number       int64  `json:"number"`
	NumberString string `json:"numberString"`
}
