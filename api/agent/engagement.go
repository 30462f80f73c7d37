package agent

import "usher/api"

// PostMessageRequest sends a message (section 3.6).
type PostMessageRequest struct {
	Request
	// Body is the text, at most 16 KiB; required.
	Body string `json:"body"`
	// DestinationID is the engagement's id, with DestinationType PartyEngagement;
	// or the client id of one participant, for a whisper. Both are required.
	DestinationID   int64         `json:"destinationId"`
	DestinationType api.PartyType `json:"destinationType"`
	// MessageDataMap holds the client's own pairs for this message.
	MessageDataMap map[string]string `json:"messageDataMap,omitempty"`
	// MessageID is the client's id of the message. A repeat within ten minutes
	// is answered with the first result and delivered once.
	MessageID string `json:"messageId,omitempty"`
	// MessageType is required by the contract, which does not say its values;
	// any text will do.
	MessageType string `json:"messageType"`
	// OffTheRecord keeps the text out of the transcript.
	OffTheRecord bool `json:"offTheRecord,omitempty"`
	// RichText says that Body is HTML.
	RichText   bool           `json:"richText,omitempty"`
	VAResponse *string        `json:"vaResponse,omitempty"`
	Visibility api.Visibility `json:"visibility,omitempty"`
}

// PostMessageResponse answers postMessage (section 3.6).
type PostMessageResponse struct {
	Envelope
	ChatPostResult  *ChatPostResult  `json:"chatPostResult"`
	ChatSystemError *ChatSystemError `json:"chatSystemError"`
}

// ChatPostResult echoes the id of the message (section 3.6).
type ChatPostResult struct {
	MessageID string `json:"messageId"`
}

// SetInteractionStatusRequest says what the agent is doing in an engagement
// (section 3.7).
type SetInteractionStatusRequest struct {
	Request
	// ClientID is the agent's own client id; required.
	ClientID     int64 `json:"clientId"`
	EngagementID int64 `json:"engagementId"`
	// Mode is ModeListening (not typing) or ModeResponding (typing).
	Mode         api.Mode `json:"mode"`
	SneakPreview string   `json:"sneakPreview,omitempty"`
	// SneakPreviewFocus says that the agent looks at this engagement.
	SneakPreviewFocus bool `json:"sneakPreviewFocus,omitempty"`
	// SneakPreviewInterval is how long the visitor's side waits between
	// previews, in milliseconds.
	SneakPreviewInterval int32                 `json:"sneakPreviewInterval,omitempty"`
	SneakPreviewState    api.SneakPreviewState `json:"sneakPreviewState,omitempty"`
	Visibility           api.Visibility        `json:"visibility,omitempty"`
}

// SetInteractionStatusResponse answers setInteractionStatus (section 3.7).
type SetInteractionStatusResponse struct {
	Envelope
	ChatActivitySignalChangeResult *ChatActivitySignalChangeResult `json:"chatActivitySignalChangeResult"`
	ChatSystemError                *ChatSystemError                `json:"chatSystemError"`
}

// ChatActivitySignalChangeResult is an empty object (section 3.7).
type ChatActivitySignalChangeResult struct{}

// ConcludeChatRequest ends an engagement; the agent enters wrap-up (section 3.13).
type ConcludeChatRequest struct {
	Request
	EngagementID int64 `json:"engagementId"`
}

// ConcludeChatResponse answers concludeChat (section 3.13).
type ConcludeChatResponse struct {
	Envelope
	ChatConcludeEngagementResult *ChatConcludeEngagementResult `json:"chatConcludeEngagementResult"`
	ChatSystemError              *ChatSystemError              `json:"chatSystemError"`
}

// ChatConcludeEngagementResult echoes the engagement (section 3.13).
type ChatConcludeEngagementResult struct {
	EngagementID       int64  `json:"engagementId"`
	EngagementIDString string `json:"engagementIdString"`
}

// ReleaseChatRequest ends the wrap-up and frees the place (section 3.14).
type ReleaseChatRequest struct {
	Request
	EngagementID int64 `json:"engagementId"`
}

// ReleaseChatResponse answers releaseChat (section 3.14).
type ReleaseChatResponse struct {
	Envelope
	ChatReleaseEngagementResult *ChatReleaseEngagementResult `json:"chatReleaseEngagementResult"`
	ChatSystemError             *ChatSystemError             `json:"chatSystemError"`
}

// ChatReleaseEngagementResult echoes the engagement (section 3.14).
type ChatReleaseEngagementResult struct {
	EngagementID       int64  `json:"engagementId"`
	EngagementIDString string `json:"engagementIdString"`
}
