package sites

import (
	"encoding/json"

	"usher/api"
)

// TimeLayout is how administration writes times: RFC 3339 in UTC, to the millisecond.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// Audit is a page of the audit log, oldest first:
// GET /usher/admin/v1/sites/{site}/audit.
type Audit struct {
	Changes api.List[Change] `json:"changes"`
	// More: ask again with after, the last number of this page.
	More bool `json:"more"`
}

// Change is one entry of the audit log: who changed what.
type Change struct {
	// Number counts the site's changes from 1.
	Number int64 `json:"number"`
	// At is when, as in TimeLayout.
	At string `json:"at"`
	// By is the supervisor's login, AdminName for the holder of the admin token, or
	// "usher" for what the server made itself.
	By string `json:"by"`
	// What was changed, such as "queue/7", "settings" or "rules".
	What string `json:"what"`
	// Before and After are the definition as its own address answers it. Before
	// is left out for what is new, After for what was removed.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// AdminName is who the audit log says made a change with the admin token.
const AdminName = "admin"
