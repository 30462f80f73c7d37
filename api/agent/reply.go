package agent

import "usher/api"

// RepliesRequest asks for the texts that are kept ready. usher's own:
// POST /usher/agent/{site}/v1/replies.
type RepliesRequest struct {
	Request
}

// RepliesResponse is the team's replies, which administration defines, and the account's own.
type RepliesResponse struct {
	Envelope
	Team api.List[TeamReply] `json:"team"`
	Own  api.List[OwnReply]  `json:"own"`
}

// TeamReply is a text that is kept ready for all agents. What stands in braces in a text
// is for the agent's program to fill in: {visitor.firstName}, {visitor.lastName},
// {visitor.email}, {agent.name} and {field.NAME}.
type TeamReply struct {
	ID       int64  `json:"id"`
	IDString string `json:"idString"`
	Title    string `json:"title"`
	Text     string `json:"text"`
	// Language and QueueIDs say for whom it is meant; empty: for all.
	Language string          `json:"language"`
	QueueIDs api.List[int64] `json:"queueIds"`
}

// OwnReply is a text that an account keeps ready for itself.
type OwnReply struct {
	ID       int64  `json:"id"`
	IDString string `json:"idString"`
	Title    string `json:"title"`
	Text     string `json:"text"`
}

// SaveReplyRequest makes a reply of the account's own, or changes one. usher's own:
// POST /usher/agent/{site}/v1/saveReply.
type SaveReplyRequest struct {
	Request
	// ID is 0 for a new one.
	ID int64 `json:"id,omitempty"`
	// Title has 1 to 4,096 bytes, Text 1 to 16 KiB.
	Title string `json:"title"`
	Text  string `json:"text"`
}

// SaveReplyResponse is the reply as it is kept.
type SaveReplyResponse struct {
	Envelope
	Reply OwnReply `json:"reply"`
}

// DeleteReplyRequest gives up a reply of the account's own. usher's own:
// POST /usher/agent/{site}/v1/deleteReply.
type DeleteReplyRequest struct {
	Request
	ID int64 `json:"id"`
}

// DeleteReplyResponse answers deleteReply, also when there was no such reply.
type DeleteReplyResponse struct {
	Envelope
}
