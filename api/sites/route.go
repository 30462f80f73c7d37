package sites

import "usher/api"

// RouteRequest describes a visitor, as the rules see it:
// POST /usher/admin/v1/sites/{site}/route. Nothing is recorded.
type RouteRequest struct {
	QueueID      int64                 `json:"queueId,omitempty"`
	ProductID    int64                 `json:"productId,omitempty"`
	CategoryID   int64                 `json:"categoryId,omitempty"`
	Language     string                `json:"language,omitempty"`
	InterfaceID  int32                 `json:"interfaceId,omitempty"`
	CustomFields api.List[CustomField] `json:"customFields,omitempty"`
}

// CustomField is one of a visitor's own fields.
type CustomField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Route is where such a visitor would be sent now, and why. Who would be turned
// away is answered 409.
type Route struct {
	QueueID  int64  `json:"queueId"`
	Why      string `json:"why"`
	Priority int    `json:"priority"`
	// AccountID is the agent who would be offered it before anybody else; 0 is none.
	AccountID int64         `json:"accountId"`
	Standing  QueueStanding `json:"standing"`
}
