package agent

import "usher/api"

// EngagementState is how a session stands to an engagement (section 2.2).
type EngagementState string

// The states of an engagement that a session holds.
const (
	StateOffered EngagementState = "OFFERED"
	StateActive  EngagementState = "ACTIVE"
	StateWrapUp  EngagementState = "WRAP_UP"
)

// EngagementsRequest asks what the session holds. usher's own:
// POST /usher/agent/{site}/v1/engagements.
type EngagementsRequest struct {
	Request
}

// EngagementsResponse is what the session holds: enough to go on after a
// restart of the agent's program.
type EngagementsResponse struct {
	Envelope
	Engagements api.List[HeldEngagement] `json:"engagements"`
	// LastNumber is the mailbox number of the session's last durable message;
	// 0 when there was none.
	LastNumber       int64  `json:"lastNumber"`
	LastNumberString string `json:"lastNumberString"`
}

// HeldEngagement is one engagement that the session holds, or watches.
type HeldEngagement struct {
	EngagementID       int64           `json:"engagementId"`
	EngagementIDString string          `json:"engagementIdString"`
	State              EngagementState `json:"state"`
	// Role is RoleNone while the engagement is offered, RoleTransient while the
	// agent is asked to join it, and then what the agent is in it.
	Role api.Role `json:"role"`
	// Since is when the engagement came into its State, in epoch milliseconds.
	Since         int64  `json:"since"`
	SinceString   string `json:"sinceString"`
	QueueID       int64  `json:"queueId"`
	QueueIDString string `json:"queueIdString"`
	// LastSequenceNumber is the last number of this session's channel of the engagement.
	LastSequenceNumber       int64  `json:"lastSequenceNumber"`
	LastSequenceNumberString string `json:"lastSequenceNumberString"`
	// OfferExpires is when the offer ends, in epoch milliseconds; 0 if it is none.
	OfferExpires       int64  `json:"offerExpires"`
	OfferExpiresString string `json:"offerExpiresString"`
	// WrapUpEnds is when the place is free without a release, in epoch
	// milliseconds; 0 for never, and outside wrap-up.
	WrapUpEnds       int64  `json:"wrapUpEnds"`
	WrapUpEndsString string `json:"wrapUpEndsString"`
	// Participants are the others in the engagement; empty while the session is only
	// asked to take or to join it.
	Participants api.List[StandingParticipant] `json:"participants"`
	// LastPost is the number of the newest post, 0 for none.
	LastPost       int64  `json:"lastPost"`
	LastPostString string `json:"lastPostString"`
	// WaitsSince is when the visitor's oldest post was made that no agent has answered,
	// in epoch milliseconds; 0 when it waits for nothing.
	WaitsSince       int64  `json:"waitsSince"`
	WaitsSinceString string `json:"waitsSinceString"`
	// IdleEnds is when it ends if nobody does anything, in epoch milliseconds; 0 unless
	// it is active.
	IdleEnds       int64  `json:"idleEnds"`
	IdleEndsString string `json:"idleEndsString"`
	VisitorName    string `json:"visitorName"`
	// Result and Note are what wrapUp kept of it.
	Result int32  `json:"result"`
	Note   string `json:"note"`
	// Offer is what the session was asked, null when it is in the engagement.
	Offer *ChatEngagementAssignment `json:"offer"`
}

// StandingParticipant is somebody else in an engagement, how its connection stands, and
// how far it has received and seen the posts.
type StandingParticipant struct {
	ChatClientInfo
	// ReceivedPost and SeenPost are as in UsherReceipt.
	ReceivedPost       int64  `json:"receivedPost"`
	ReceivedPostString string `json:"receivedPostString"`
	SeenPost           int64  `json:"seenPost"`
	SeenPostString     string `json:"seenPostString"`
	// ConnectionState is DISCONNECTED for a visitor who has gone.
	ConnectionState api.ConnectionState `json:"connectionState"`
}
