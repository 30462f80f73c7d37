package agent

import (
	"usher/api"
	"usher/api/sites"
)

// SearchRequest asks usher's own operation for what was said in engagements, live or over,
// that the agent may read: POST search. What is not set does not restrict.
type SearchRequest struct {
	// Text is words that all stand in what is found; the last may be the beginning of one.
	Text string `json:"text,omitempty"`
	// QueueID is where the engagement waited last.
	QueueID int64 `json:"queueId,omitempty"`
	// From and To bound when it was said, in epoch milliseconds: To is not in it.
	From int64 `json:"from,omitempty"`
	To   int64 `json:"to,omitempty"`
	// After is the cursor of the last hit that is known.
	After int64 `json:"after,omitempty"`
	Limit int   `json:"limit,omitempty"` // 1 to 200, 0 is 50
}

// SearchResponse has what was found, newest first.
type SearchResponse struct {
	Envelope
	Hits api.List[SearchHit] `json:"hits"`
	// More: there are older ones. Ask again with After.
	More bool `json:"more"`
}

// SearchHit is something that was said.
type SearchHit struct {
	EngagementID       int64  `json:"engagementId"`
	EngagementIDString string `json:"engagementIdString"`
	// Visitor is the name by which the visitor was known last, "" when none was.
	Visitor           string `json:"visitor"`
	QueueID           int64  `json:"queueId"`
	QueueIDString     string `json:"queueIdString"`
	QueueName         string `json:"queueName"`
	StartedTime       int64  `json:"startedTime"` // epoch milliseconds
	StartedTimeString string `json:"startedTimeString"`
	// Line is what was said, Snippet what was said around the words.
	Line         sites.RecordLine        `json:"line"`
	Snippet      api.List[sites.Snippet] `json:"snippet"`
	Cursor       int64                   `json:"cursor"`
	CursorString string                  `json:"cursorString"`
}

// RecordRequest asks usher's own operation for the transcript of an engagement, live or
// over, that the agent may read: POST record.
type RecordRequest struct {
	EngagementID int64 `json:"engagementId"`
	// After is the number of the last line that is known.
	After int64 `json:"after,omitempty"`
	Limit int   `json:"limit,omitempty"` // 1 to 10,000, 0 is the most
}

// RecordResponse is a page of a transcript. What was said to another agent alone is not in it.
type RecordResponse struct {
	Envelope
	EngagementID       int64  `json:"engagementId"`
	EngagementIDString string `json:"engagementIdString"`
	Visitor            string `json:"visitor"`
	QueueID            int64  `json:"queueId"`
	QueueIDString      string `json:"queueIdString"`
	QueueName          string `json:"queueName"`
	StartedTime        int64  `json:"startedTime"` // epoch milliseconds
	StartedTimeString  string `json:"startedTimeString"`
	EndedTime          int64  `json:"endedTime"` // 0 while it goes on
	EndedTimeString    string `json:"endedTimeString"`
	// Lines are as administration's transcript has them.
	Lines api.List[sites.RecordLine] `json:"lines"`
	// More: ask again with After, LastLine.
	More           bool   `json:"more"`
	LastLine       int64  `json:"lastLine"`
	LastLineString string `json:"lastLineString"`
}

// VisitorRequest asks usher's own operation for what is known of the visitor of an
// engagement that the agent has, or is asked to take: POST visitor.
type VisitorRequest struct {
	EngagementID int64 `json:"engagementId"`
}

// VisitorResponse is what is known of a visitor now.
type VisitorResponse struct {
	Envelope
	EngagementID       int64       `json:"engagementId"`
	EngagementIDString string      `json:"engagementIdString"`
	Contact            ContactInfo `json:"contact"`
	// Verified: the site's back end says who it is, not the visitor itself.
	Verified bool `json:"verified"`
	// Page is what the visitor looks at, null when that is not known.
	Page *VisitorPage `json:"page"`
	// Earlier are the visitor's engagements before this one that the agent may read, newest
	// first, at most 10.
	Earlier api.List[EarlierChat] `json:"earlier"`
}

// VisitorPage is a page of the host's.
type VisitorPage struct {
	URL         string `json:"url"`
	Title       string `json:"title"`
	Since       int64  `json:"since"` // epoch milliseconds
	SinceString string `json:"sinceString"`
}

// EarlierChat is an engagement of before.
type EarlierChat struct {
	EngagementID       int64  `json:"engagementId"`
	EngagementIDString string `json:"engagementIdString"`
	StartedTime        int64  `json:"startedTime"` // epoch milliseconds
	StartedTimeString  string `json:"startedTimeString"`
	EndedTime          int64  `json:"endedTime"` // 0 while it goes on
	EndedTimeString    string `json:"endedTimeString"`
	QueueName          string `json:"queueName"`
	// Question is what the visitor asked when it came.
	Question string `json:"question"`
	// Result is what the agent noted that came of it, "" for nothing.
	Result string `json:"result"`
	// AgentName is who led it last, "" for nobody.
	AgentName string `json:"agentName"`
}
