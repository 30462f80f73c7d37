package consumer

import "usher/api"

// The operations of this file are usher's own, beside the contract: what a visitor's
// page says while the chat goes on. They take the header SessionId.

// SeenRequest says that the visitor looked at all posts up to one:
// POST /usher/consumer/{site}/v1/seen.
type SeenRequest struct {
	// PostNumber is of the newest one; required.
	PostNumber int64 `json:"postNumber"`
	Request
}

// SeenResponse answers a SeenRequest.
type SeenResponse struct {
	Envelope
}

// PageRequest says which page the visitor looks at: POST /usher/consumer/{site}/v1/page.
type PageRequest struct {
	// URL begins with "https://" or "http://", and has at most 4 KiB; required.
	URL string `json:"url"`
	// Title has at most 4 KiB.
	Title string `json:"title,omitempty"`
	Request
}

// PageResponse answers a PageRequest.
type PageResponse struct {
	Envelope
}

// FactsRequest says who the visitor is, and what else is known of it, while the chat
// goes on: POST /usher/consumer/{site}/v1/facts. What is left out or empty stays.
type FactsRequest struct {
	FirstName    string           `json:"firstName,omitempty"`
	LastName     string           `json:"lastName,omitempty"`
	EmailAddress string           `json:"emailAddress,omitempty"`
	Fields       api.List[Stated] `json:"fields,omitempty"`
	Request
}

// Stated is one of the site's own fields, as a page states it.
type Stated struct {
	// Name is required.
	Name  string `json:"name"`
	Value string `json:"value"`
}

// FactsResponse answers a FactsRequest.
type FactsResponse struct {
	Envelope
}
