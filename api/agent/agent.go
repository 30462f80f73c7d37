// Package agent holds the wire types of the agent API: what agent programs
// send to, and get from, /engagement/api/agent/{site}/v1/, and usher's own
// operations beside it under /usher/agent/{site}/v1/.
//
// Names, order and meaning follow the contract. Every int64 x of an answer or a
// message has a twin xString, the same number as decimal digits, for programs
// that cannot hold 64-bit integers; requests carry the number alone. Times are
// epoch milliseconds unless a field says otherwise. Lists are never null, maps
// are null when there is nothing to say.
//
// The types are meant for encoding/json with SetEscapeHTML(false).
package agent

import (
	"usher/api"
)

// TimeLayout is how serviceStartTime and serviceFinishTime are written, for
// time.Time.Format of a time in UTC (section 1.6).
const TimeLayout = "2006-01-02T15:04:05.000Z"

// NoClientSendTime is what every answer carries as clientSendTime: a text of
// four letters, not a JSON null (section 1.4).
const NoClientSendTime = "null"

// Request holds the fields common to all requests, both optional (section 1.3).
type Request struct {
	// TimeCreated is when the client made the request, in epoch milliseconds.
	TimeCreated *int64 `json:"timeCreated,omitempty"`
	// SequenceNumber is a number of the client's own choosing; the answer echoes it.
	SequenceNumber *int64 `json:"sequenceNumber,omitempty"`
}

// Envelope opens every answer with status 200 (section 1.4).
type Envelope struct {
	// ClientID is the id of the agent's client in this agent session.
	ClientID       int64  `json:"clientId"`
	ClientIDString string `json:"clientIdString"`
	// SequenceNumber echoes the request's, 0 if it had none.
	SequenceNumber       int64  `json:"sequenceNumber"`
	SequenceNumberString string `json:"sequenceNumberString"`
	// SessionID is the value for the X-JSESSIONID header.
	SessionID string `json:"sessionId"`
	// ClientSendTime is always NoClientSendTime.
	ClientSendTime string `json:"clientSendTime"`
	// ResponseSentMilliseconds is when the answer was sent, in epoch milliseconds.
	ResponseSentMilliseconds       int64  `json:"responseSentMilliseconds"`
	ResponseSentMillisecondsString string `json:"responseSentMillisecondsString"`
	// ServiceStartTime and ServiceFinishTime say when handling began and ended, in TimeLayout.
	ServiceStartTime  string `json:"serviceStartTime"`
	ServiceFinishTime string `json:"serviceFinishTime"`
}

// ErrorBody is the body of every answer with another status than 200 (section 1.8).
type ErrorBody struct {
	ExceptionCode api.ExceptionCode `json:"exceptionCode"`
	// Message says in English what was wrong and what to do.
	Message string `json:"message"`
}
