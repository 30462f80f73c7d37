package site

import "time"

// Ids are counters of their site, never secrets, and stay below 2^53 so that
// clients which hold numbers as floats keep them exact.
type (
	// ClientID names a session's owner within a site: one agent session or one
	// visitor. It survives an override; the session's key does not.
	ClientID int64
	// EngagementID names an engagement within a site.
	EngagementID int64
	// QueueID names a queue within a site.
	QueueID int64
	// AccountID names an agent's account within a site.
	AccountID int64
	// ProfileID, GroupID and HoursID name definitions of a site.
	ProfileID int64
	GroupID   int64
	HoursID   int64
	// ReplyID names a reply of a site, or of an account.
	ReplyID int64
	// InterfaceID names an interface of a site; it has 32 bits in the contract.
	InterfaceID int32
	// SessionKey is the hash of a session id. The id itself is a secret that
	// the site never sees.
	SessionKey string
)

// Time is a point in time in Unix microseconds. It has no monotonic part and
// no zone, so that a replayed event carries exactly the time it was recorded with.
type Time int64

// Add answers the time d later.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Microseconds()) }

// Sub answers the duration since u.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t-u) * time.Microsecond }

// Millis answers Unix milliseconds, the unit of the agent contract.
func (t Time) Millis() int64 { return int64(t) / 1000 }

// Std answers the time in the standard library's type, in UTC.
func (t Time) Std() time.Time { return time.UnixMicro(int64(t)).UTC() }

// clock answers the time of day for people, in UTC.
func (t Time) clock() string { return t.Std().Format("15:04:05") }
