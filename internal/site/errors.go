package site

import (
	"fmt"

	"usher/api"
)

// Code is the kind of a refusal. The first ones are the contract's own words
// (package api, ExceptionCode); the rest say what the contract has a status
// but no word for. rest maps every Code to a status in one table.
type Code string

// The codes of refusals.
const (
	AccessDenied        Code = "ACCESS_DENIED"
	BadRequest          Code = "BAD_REQUEST"
	InvalidField        Code = "INVALID_FIELD"
	Conflict            Code = "CONFLICT"
	EngagementIDUnknown Code = "ENGAGEMENT_ID_UNKNOWN"
	// NotFound: an operation of usher's own names something that is not there.
	NotFound Code = "NOT_FOUND"
	// TooMany: a bound is reached; trying again later helps.
	TooMany Code = "TOO_MANY"
	// TooLarge: what was sent is over a size limit.
	TooLarge Code = "TOO_LARGE"
)

// Error is a refusal: a code, and a sentence for the caller that says what was
// wrong and what to do. A refusal changes nothing.
type Error struct {
	Code    Code
	Message string
	// Result says why a visitor cannot be served now (consumer-api 4.5), "" for
	// every other refusal.
	Result api.ResultType
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

func refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// unavailable refuses a visitor who cannot be served now.
func unavailable(result api.ResultType, format string, args ...any) *Error {
	e := refuse(Conflict, format, args...)
	e.Result = result
	return e
}
