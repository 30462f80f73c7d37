package agent

import (
	"usher/api"
	"usher/api/consumer"
)

// HistoryRequest asks for the posts of an engagement that the session holds,
// oldest first. usher's own: POST /usher/agent/{site}/v1/history.
type HistoryRequest struct {
	Request
	EngagementID int64 `json:"engagementId"`
	// AfterPost is the PostNumber to go on after; 0 begins with the first.
	AfterPost int64 `json:"afterPost,omitempty"`
	// BeforePost asks for the newest posts before this PostNumber, in place of AfterPost;
	// Newest for the newest of all.
	BeforePost int64 `json:"beforePost,omitempty"`
	Newest     bool  `json:"newest,omitempty"`
	// Limit is the most posts wanted; 0 leaves it to the server.
	Limit int `json:"limit,omitempty"`
}

// HistoryResponse is a page of an engagement's posts.
type HistoryResponse struct {
	Envelope
	EngagementID       int64                 `json:"engagementId"`
	EngagementIDString string                `json:"engagementIdString"`
	Posts              api.List[HistoryPost] `json:"posts"`
	// Complete is false when older posts are no longer at hand.
	Complete bool `json:"complete"`
	// More is true when the page ended before the last post: ask again with
	// AfterPost. When the newest ones were asked for, there are older ones: ask
	// again with BeforePost.
	More bool `json:"more"`
}

// HistoryPost is one post of an engagement.
type HistoryPost struct {
	// PostNumber counts the posts of the engagement from 1.
	PostNumber       int64             `json:"postNumber"`
	PostNumberString string            `json:"postNumberString"`
	ClientID         int64             `json:"clientId"`
	ClientIDString   string            `json:"clientIdString"`
	Name             string            `json:"name"`
	SenderType       api.PartyType     `json:"senderType"`
	Role             api.Role          `json:"role"`
	Body             string            `json:"body"`
	RichText         bool              `json:"richText"`
	OffTheRecord     bool              `json:"offTheRecord"`
	MessageID        string            `json:"messageId"`
	MessageDataMap   map[string]string `json:"messageDataMap"`
	Visibility       api.Visibility    `json:"visibility"`
	// CreatedTime is in epoch milliseconds.
	CreatedTime       int64  `json:"createdTime"`
	CreatedTimeString string `json:"createdTimeString"`
	// Only is the client for whom alone it was, 0 for all.
	Only       int64  `json:"only"`
	OnlyString string `json:"onlyString"`
	// File is a file that was sent in place of a text, null when it is none.
	File *consumer.File `json:"file"`
}
