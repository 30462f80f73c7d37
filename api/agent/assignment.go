package agent

import "usher/api"

// RequestAssignmentRequest asks for engagements, or takes that back. The newest
// request replaces the one before (section 3.4).
type RequestAssignmentRequest struct {
	Request
	// AssignmentRequested is true to ask and false to ask no longer; required.
	AssignmentRequested *bool `json:"assignmentRequested"`
	// IdleSessionCount is how many more engagements the agent can take now; required.
	IdleSessionCount *int32 `json:"idleSessionCount"`
	// MaxSessionCount is the most engagements the session may hold; required.
	MaxSessionCount *int32 `json:"maxSessionCount"`
}

// RequestAssignmentResponse answers requestAssignment. The engagement itself
// comes later, as a ChatEngagementAssignment (section 3.4).
type RequestAssignmentResponse struct {
	Envelope
	ChatRequestAssignmentResult *ChatRequestAssignmentResult `json:"chatRequestAssignmentResult"`
	ChatSystemError             *ChatSystemError             `json:"chatSystemError"`
}

// ChatRequestAssignmentResult says whether the session asks now (section 3.4).
type ChatRequestAssignmentResult struct {
	AssignmentRequested bool `json:"assignmentRequested"`
}

// AssignmentAcknowledgementRequest answers an offer (section 3.5). All fields
// are required.
type AssignmentAcknowledgementRequest struct {
	Request
	EngagementID int64                `json:"engagementId"`
	Action       api.AssignmentAction `json:"action"`
	ActionType   api.ActionType       `json:"actionType"`
	// AssignmentType echoes the Type of the ChatEngagementAssignment.
	AssignmentType api.AssignmentType `json:"assignmentType"`
}

// AssignmentAcknowledgementResponse answers assignmentAcknowledgement (section 3.5).
type AssignmentAcknowledgementResponse struct {
	Envelope
	ChatAssignmentAcknowledgementResult *ChatAssignmentAcknowledgementResult `json:"chatAssignmentAcknowledgementResult"`
	ChatSystemError                     *ChatSystemError                     `json:"chatSystemError"`
}

// ChatAssignmentAcknowledgementResult lists who is in the engagement (section 3.5).
type ChatAssignmentAcknowledgementResult struct {
	EngagementID       int64                    `json:"engagementId"`
	EngagementIDString string                   `json:"engagementIdString"`
	ClientList         api.List[ChatClientInfo] `json:"clientList"`
}

// ChatClientInfo is one participant of an engagement (section 3.5).
type ChatClientInfo struct {
	ClientID       int64    `json:"clientId"`
	ClientIDString string   `json:"clientIdString"`
	Name           string   `json:"name"`
	Role           api.Role `json:"role"`
	// AccountID is 0 for the visitor.
	AccountID       int64  `json:"accountId"`
	AccountIDString string `json:"accountIdString"`
	VirtualAgent    bool   `json:"virtualAgent"`
}
