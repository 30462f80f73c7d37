package agent

import "usher/api"

// TransferRequest sends an engagement that the session leads to another agent or
// to a queue. usher's own: POST /usher/agent/{site}/v1/transfer.
type TransferRequest struct {
	Request
	EngagementID int64 `json:"engagementId"`
	// AccountID or QueueID, not both.
	AccountID int64 `json:"accountId,omitempty"`
	QueueID   int64 `json:"queueId,omitempty"`
	// Note is for whoever takes it, at most 16 KiB. The visitor does not see it.
	Note string `json:"note,omitempty"`
	// Warm: the session leads until somebody has taken it, and then stays as a
	// conferee until it leaves.
	Warm bool `json:"warm,omitempty"`
}

// InviteRequest asks another agent into an engagement that the session leads. A
// supervisor who names its own account joins at once, whoever leads. usher's own:
// POST /usher/agent/{site}/v1/invite.
type InviteRequest struct {
	Request
	EngagementID int64 `json:"engagementId"`
	AccountID    int64 `json:"accountId"`
	// Type is AssignmentConference, which it is when empty, or AssignmentMonitor:
	// the visitor does not see a monitor.
	Type api.AssignmentType `json:"type,omitempty"`
	// Note is for whoever joins, at most 16 KiB. The visitor does not see it.
	Note string `json:"note,omitempty"`
}

// AskedResponse answers transfer and invite.
type AskedResponse struct {
	Envelope
	// AskedClientID is who was asked; 0 when the engagement went to a queue.
	AskedClientID       int64  `json:"askedClientId"`
	AskedClientIDString string `json:"askedClientIdString"`
	// Expires is when the question ends, in epoch milliseconds; 0 when nothing is
	// waited for.
	Expires       int64  `json:"expires"`
	ExpiresString string `json:"expiresString"`
}

// MonitorRequest lets a supervisor watch an engagement, unseen by the visitor.
// usher's own: POST /usher/agent/{site}/v1/monitor.
type MonitorRequest struct {
	Request
	EngagementID int64 `json:"engagementId"`
}

// MonitorResponse answers monitor.
type MonitorResponse struct {
	Envelope
}

// TakeOverRequest makes a supervisor the lead of an engagement. usher's own:
// POST /usher/agent/{site}/v1/takeOver.
type TakeOverRequest struct {
	Request
	EngagementID int64 `json:"engagementId"`
}

// TakeOverResponse answers takeOver with who else is in the engagement.
type TakeOverResponse struct {
	Envelope
	EngagementID       int64                    `json:"engagementId"`
	EngagementIDString string                   `json:"engagementIdString"`
	ClientList         api.List[ChatClientInfo] `json:"clientList"`
}

// LeaveRequest takes the session out of an engagement that goes on without it.
// usher's own: POST /usher/agent/{site}/v1/leave.
type LeaveRequest struct {
	Request
	EngagementID int64 `json:"engagementId"`
}

// LeaveResponse answers leave.
type LeaveResponse struct {
	Envelope
}
