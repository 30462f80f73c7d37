package agent

import "usher/api"

// CreateAutomatedAgentSessionRequest opens an agent session. It is sent with
// the token of agentTokens as Bearer (section 3.1).
type CreateAutomatedAgentSessionRequest struct {
	Request
	// LogonOverride takes over the account's live session: it gets a new id,
	// keeps its engagements, and its message numbers start again.
	LogonOverride bool `json:"logonOverride"`
	// MessageDataMap is kept with the agent session.
	MessageDataMap map[string]string `json:"messageDataMap,omitempty"`
}

// CreateAutomatedAgentSessionResponse carries the new session's id in its
// Envelope (section 3.1).
type CreateAutomatedAgentSessionResponse struct {
	Envelope
	ChatLogonResult *ChatLogonResult `json:"chatLogonResult"`
	ChatSystemError *ChatSystemError `json:"chatSystemError"`
}

// ChatLogonResult says who was logged on (section 3.1).
type ChatLogonResult struct {
	ClientID       int64  `json:"clientId"`
	ClientIDString string `json:"clientIdString"`
	// AccountID is the value for the X-AID header.
	AccountID       int64            `json:"accountId"`
	AccountIDString string           `json:"accountIdString"`
	AgentInfo       AgentInformation `json:"agentInfo"`
	// PoolID is the value for the pool parameter, such as "297:1".
	PoolID string `json:"poolId"`
}

// GetMessagesRequest retrieves system messages; one at a time a session
// (section 3.2).
type GetMessagesRequest struct {
	Request
}

// GetMessagesResponse is a batch of system messages (section 3.2). When nothing
// came for the length of a hold it is one ChatGetTimeout.
type GetMessagesResponse struct {
	Envelope
	// ContainsDisconnect is true when the batch holds a ChatDisconnectNotification.
	ContainsDisconnect bool                    `json:"containsDisconnect"`
	GetResponseTypes   api.List[SystemMessage] `json:"getResponseTypes"`
}

// SetActivityStatusRequest says whether the session wants engagements
// (section 3.3).
type SetActivityStatusRequest struct {
	Request
	Status api.ActivityStatus `json:"status"`
	// SubTypeID is the site's own status; required.
	SubTypeID *int32 `json:"subTypeId"`
}

// SetActivityStatusResponse answers setActivityStatus (section 3.3).
type SetActivityStatusResponse struct {
	Envelope
	ChatActivityStatusChangeResult *ChatActivityStatusChangeResult `json:"chatActivityStatusChangeResult"`
	ChatSystemError                *ChatSystemError                `json:"chatSystemError"`
}

// ChatActivityStatusChangeResult is the status as it stands now (section 3.3).
type ChatActivityStatusChangeResult struct {
	Status    api.ActivityStatus `json:"status"`
	SubTypeID int32              `json:"subTypeId"`
}

// LogoffRequest ends the agent session (section 3.15).
type LogoffRequest struct {
	Request
	// ForceLogoff ends it even with engagements, which are queued again; required.
	ForceLogoff *bool `json:"forceLogoff"`
}

// LogoffResponse answers logoff (section 3.15).
type LogoffResponse struct {
	Envelope
	ChatLogoffResult *ChatLogoffResult `json:"chatLogoffResult"`
	ChatSystemError  *ChatSystemError  `json:"chatSystemError"`
}

// ChatLogoffResult is an empty object (section 3.15).
type ChatLogoffResult struct{}
