package consumer

import (
	"usher/api"
	"usher/api/sites"
)

// StartRequest opens a visitor's session from a page, with the site's public
// widget key. usher's own: POST /usher/consumer/{site}/v1/start.
type StartRequest struct {
	// Key is the widget key; required.
	Key string `json:"key"`
	// Identity is who the visitor is in the word of the site's back end: a JWT that it
	// signed with the site's identity key. What it says stands in place of the page's
	// own word.
	Identity string `json:"identity,omitempty"`
	sites.SessionAttributes
}

// StartResponse hands over the token for requestEngagement and says where the
// chat server is, as establishSessions does.
type StartResponse = sites.EstablishSessionsResponse

// RequestEngagementRequest opens the chat. It is sent with the channel token as
// Bearer (section 2.3).
type RequestEngagementRequest struct {
	Request
}

// RequestEngagementResponse is the open chat (section 2.3).
type RequestEngagementResponse struct {
	Envelope
	// SessionID is the value for the SessionId header.
	SessionID          string         `json:"sessionId"`
	EngagementID       int64          `json:"engagementId"`
	EngagementIDString string         `json:"engagementIdString"`
	ResultType         api.ResultType `json:"resultType"`
	QueueID            int64          `json:"queueId"`
	QueueIDString      string         `json:"queueIdString"`
	// CancelledSurveyID is the survey for a visitor who gives up; 0 if none.
	CancelledSurveyID       int64   `json:"cancelledSurveyId"`
	CancelledSurveyIDString string  `json:"cancelledSurveyIdString"`
	CancelledSurveyAuth     *string `json:"cancelledSurveyAuth"`
	// CompletedSurveyID is the survey after a completed chat; 0 if none.
	CompletedSurveyID       int64                 `json:"completedSurveyId"`
	CompletedSurveyIDString string                `json:"completedSurveyIdString"`
	CompletedSurveyAuth     *string               `json:"completedSurveyAuth"`
	SneakPreviewState       api.SneakPreviewState `json:"sneakPreviewState"`
	// SneakPreviewInterval is the least time between previews, in milliseconds.
	SneakPreviewInterval       int64  `json:"sneakPreviewInterval"`
	SneakPreviewIntervalString string `json:"sneakPreviewIntervalString"`
}

// GetMessagesRequest retrieves system messages; one at a time a session
// (section 2.4).
type GetMessagesRequest struct {
	Request
}

// GetMessagesResponse is a batch of system messages, empty when nothing came for
// the length of a hold (section 2.4).
type GetMessagesResponse struct {
	Envelope
	SystemMessages api.List[SystemMessage] `json:"systemMessages"`
	// AgentSessionType is left out unless a client needs it here.
	AgentSessionType AgentSessionType `json:"agentSessionType,omitempty"`
}

// PostMessageRequest sends a message to the agents (section 2.5).
type PostMessageRequest struct {
	// Body is the text, at most 16 KiB; required.
	Body string `json:"body"`
	// MessageDataMap holds the client's own pairs for this message.
	MessageDataMap map[string]string `json:"messageDataMap,omitempty"`
	// MessageID is the client's id of the message. A repeat within ten minutes
	// is answered with the first result and delivered once.
	MessageID sites.Text `json:"messageId,omitempty"`
	// OffTheRecord keeps the text out of the transcript.
	OffTheRecord bool `json:"offTheRecord"`
	// RichText says that Body is HTML.
	RichText bool `json:"richText"`
	Request
}

// PostMessageResponse answers postMessage (section 2.5).
type PostMessageResponse struct {
	Envelope
	// MessageID echoes the request's.
	MessageID *string `json:"messageId"`
}

// ActivityRequest says what the visitor is doing (section 2.6).
type ActivityRequest struct {
	// Mode is ModeListening (not typing) or ModeResponding (typing); required.
	Mode              api.Mode `json:"mode"`
	SneakPreviewFocus bool     `json:"sneakPreviewFocus,omitempty"`
	// SneakPreviewText is what was typed so far.
	SneakPreviewText *sites.Text `json:"sneakPreviewText,omitempty"`
	Request
}

// ActivityResponse answers activity (section 2.6).
type ActivityResponse struct {
	Envelope
	SneakPreviewState api.SneakPreviewState `json:"sneakPreviewState"`
	// SneakPreviewInterval is the least time between previews, in milliseconds.
	SneakPreviewInterval       int64  `json:"sneakPreviewInterval"`
	SneakPreviewIntervalString string `json:"sneakPreviewIntervalString"`
}

// ConcludeEngagementRequest ends the chat (section 2.7).
type ConcludeEngagementRequest struct {
	Request
}

// ConcludeEngagementResponse answers concludeEngagement (section 2.7).
type ConcludeEngagementResponse struct {
	Envelope
}
