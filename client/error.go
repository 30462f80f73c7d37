// Package client holds what the two Go SDKs share: the error of a refused
// request. The SDKs are client/agent, for agent programs and bots, and
// client/consumer, for programs that talk as a visitor.
package client

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"usher/api"
)

// ErrSessionEnded means that the server does not know the session any more: it
// was taken over, logged off, or silent for too long. Errors of a session's
// requests wrap it when the status was 403.
var ErrSessionEnded = errors.New("the session has ended")

// Error is a request that the server refused. The errors of both SDKs wrap it;
// take it out with errors.AsType[*client.Error].
type Error struct {
	// Status is the HTTP status.
	Status int
	// Code is the contract's word for it. Of the bootstrap it is the
	// o:errorCode, and "" when the body held none.
	Code api.ExceptionCode
	// Message is the server's sentence.
	Message string
	// RetryAfter is how long the server asks to wait; 0 if it did not say.
	RetryAfter time.Duration
}

// Error gives the status, the code and the server's sentence.
func (e *Error) Error() string {
	text := fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))
	if e.Code != "" {
		text = fmt.Sprintf("%d %s", e.Status, e.Code)
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}
