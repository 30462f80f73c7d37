// Package consumer holds the wire types of the visitor API: what visitors'
// programs send to, and get from, /engagement/api/consumer/{site}/v1/, and
// usher's own start under /usher/consumer/{site}/v1/.
//
// Names and meaning follow the contract. Every int64 x of an answer or a message
// has a twin xString, the same number as decimal digits, for programs that
// cannot hold 64-bit integers. Times are text, in UTC, as TimeLayout writes
// them. A field without a value is null; lists are never null.
//
// The types are meant for encoding/json with SetEscapeHTML(false).
package consumer

import (
	"usher/api"
	"usher/api/sites"
)

// TimeLayout is how times are written, for time.Time.Format of a time in UTC
// (section 1.5).
const TimeLayout = "2006-01-02T15:04:05.000Z"

// Request holds the fields common to all requests, both optional (section 1.4).
type Request struct {
	// ClientRequestTime is the client's own time, in whatever form; the answer
	// echoes it.
	ClientRequestTime *sites.Text `json:"clientRequestTime,omitempty"`
	// ClientTransactionID is a number of the client's own; the answer echoes it.
	ClientTransactionID *sites.Number `json:"clientTransactionId,omitempty"`
}

// Envelope opens every answer with status 200 (section 1.5).
type Envelope struct {
	// ClientID is the visitor's id as a participant.
	ClientID       int64  `json:"clientId"`
	ClientIDString string `json:"clientIdString"`
	// ClientRequestTime and ClientTransactionID echo the request's.
	ClientRequestTime         *string `json:"clientRequestTime"`
	ClientTransactionID       *int64  `json:"clientTransactionId"`
	ClientTransactionIDString *string `json:"clientTransactionIdString"`
	// ServiceStartTime and ServiceFinishTime say when handling began and ended.
	ServiceStartTime  string `json:"serviceStartTime"`
	ServiceFinishTime string `json:"serviceFinishTime"`
	// ErrorMessages is empty in every answer with status 200.
	ErrorMessages api.List[string] `json:"errorMessages"`
}

// ErrorBody is the body of every answer with another status than 200 (section 1.6).
type ErrorBody struct {
	ExceptionCode api.ExceptionCode `json:"exceptionCode"`
	// Message says in English what was wrong and what to do.
	Message string `json:"message"`
	// ErrorMessages holds Message once more.
	ErrorMessages api.List[string] `json:"errorMessages"`
	// ResultType says, in a refused requestEngagement, why (section 2.3).
	ResultType api.ResultType `json:"resultType,omitempty"`
}

// AgentSessionType says whether an agent session is a program's (section 3.4).
type AgentSessionType string

// The agent session types.
const (
	AgentSessionStandard  AgentSessionType = "STANDARD"
	AgentSessionAutomated AgentSessionType = "AUTOMATED"
)
