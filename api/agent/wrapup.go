package agent

// WrapUpRequest keeps what came of an engagement that the session leads, while it goes
// on or is in wrap-up. A later one takes its place. usher's own:
// POST /usher/agent/{site}/v1/wrapUp.
type WrapUpRequest struct {
	Request
	EngagementID int64 `json:"engagementId"`
	// Result is the id of one of the site's results, 0 for none.
	Result int32 `json:"result"`
	// Note is for whoever reads the chat later, at most 16 KiB. The visitor does not see it.
	Note string `json:"note,omitempty"`
}

// WrapUpResponse answers wrapUp.
type WrapUpResponse struct {
	Envelope
}
