package sites

import "usher/api"

// EngagementState is where an engagement is in its life.
type EngagementState string

// The states of an engagement.
const (
	StateQueued  EngagementState = "QUEUED"
	StateOffered EngagementState = "OFFERED"
	StateActive  EngagementState = "ACTIVE"
	StateWrapUp  EngagementState = "WRAP_UP"
)

// Engagements are a page of what is live, in the order of ids:
// GET /usher/admin/v1/sites/{site}/engagements.
type Engagements struct {
	Engagements api.List[Engagement] `json:"engagements"`
	// More: ask again with after, the last id of this page.
	More bool `json:"more"`
}

// Engagement is one that is live. Times are as in TimeLayout.
type Engagement struct {
	EngagementID int64           `json:"engagementId"`
	State        EngagementState `json:"state"`
	QueueID      int64           `json:"queueId"`
	Priority     int             `json:"priority"`
	CreatedAt    string          `json:"createdAt"`
	// Since is when the present state began.
	Since string `json:"since"`
	// AccountID is the agent whom it is offered to, who leads it or who wraps it
	// up; 0 is nobody. Guests are the other agents in it.
	AccountID int64           `json:"accountId"`
	Guests    api.List[int64] `json:"guests"`
	// Visitor is the visitor's name, "" when none is known.
	Visitor string `json:"visitor"`
	// ActiveAt is when somebody last did something in it.
	ActiveAt string `json:"activeAt"`
	// UnansweredSince is since when the visitor waits for an answer, left out while it does
	// not.
	UnansweredSince string `json:"unansweredSince,omitempty"`
}

// Explanation is why an engagement is where it is now:
// GET /usher/admin/v1/sites/{site}/engagements/{id}.
type Explanation struct {
	EngagementID int64           `json:"engagementId"`
	State        EngagementState `json:"state"`
	QueueID      int64           `json:"queueId"`
	Priority     int             `json:"priority"`
	// Place is its place in the queue, 1 for the next; 0 when it does not wait.
	Place int `json:"place"`
	// WaitingSince is from when its turn counts, as in TimeLayout.
	WaitingSince string `json:"waitingSince"`
	// AccountID is the agent whom it is offered to, who leads it or who wraps it
	// up; 0 is nobody. TargetID is the agent it is meant for; 0 is nobody.
	AccountID int64 `json:"accountId"`
	TargetID  int64 `json:"targetId"`
	// Agents are those logged on who serve its queue.
	Agents api.List[Candidate] `json:"agents"`
}

// Candidate is an agent who serves an engagement's queue.
type Candidate struct {
	AgentStanding
	// Reason is what keeps the engagement from this agent, "" for nothing.
	Reason string `json:"reason"`
}
