package agent

import "usher/api"

// The messages here are usher's own: they go to a session whose getMessages has the
// header Usher-Events: 1 (section 4.11), and are fleeting.

// UsherReceipt says how far another participant's program has received the posts of an
// engagement, and the participant has seen them. Received is known by positions alone
// (docs/promises.md), seen by the word of the participant's own program.
type UsherReceipt struct {
	EngagementID       int64  `json:"engagementId"`
	EngagementIDString string `json:"engagementIdString"`
	// ClientID is the other participant's.
	ClientID       int64  `json:"clientId"`
	ClientIDString string `json:"clientIdString"`
	// ReceivedPost and SeenPost are numbers of posts, as history has them; 0: not known.
	ReceivedPost       int64  `json:"receivedPost"`
	ReceivedPostString string `json:"receivedPostString"`
	SeenPost           int64  `json:"seenPost"`
	SeenPostString     string `json:"seenPostString"`
	Header
}

// UsherConnection says that the visitor gives no sign of life, or that it is back.
type UsherConnection struct {
	EngagementID       int64               `json:"engagementId"`
	EngagementIDString string              `json:"engagementIdString"`
	ClientID           int64               `json:"clientId"`
	ClientIDString     string              `json:"clientIdString"`
	Role               api.Role            `json:"role"`
	ConnectionState    api.ConnectionState `json:"connectionState"`
	// SecondsToDisconnect is after how long the engagement ends unless the visitor comes
	// back; 0 when it is there.
	SecondsToDisconnect int `json:"secondsToDisconnect"`
	Header
}

// UsherVisitor says that something else is known of the visitor: its page, its fields,
// or who it is.
type UsherVisitor struct {
	EngagementID       int64  `json:"engagementId"`
	EngagementIDString string `json:"engagementIdString"`
	// ClientID is the visitor's.
	ClientID       int64  `json:"clientId"`
	ClientIDString string `json:"clientIdString"`
	Header
}

// UsherIdle says that an engagement is about to end because nobody does anything.
type UsherIdle struct {
	EngagementID       int64  `json:"engagementId"`
	EngagementIDString string `json:"engagementIdString"`
	// Ends is when, in epoch milliseconds; 0: somebody did something, it goes on.
	Ends       int64  `json:"ends"`
	EndsString string `json:"endsString"`
	Header
}

// SeenRequest says that the agent has looked at the posts of an engagement up to a
// number. usher's own: POST /usher/agent/{site}/v1/seen.
type SeenRequest struct {
	Request
	EngagementID int64 `json:"engagementId"`
	PostNumber   int64 `json:"postNumber"`
}

// SeenResponse answers seen.
type SeenResponse struct {
	Envelope
}
