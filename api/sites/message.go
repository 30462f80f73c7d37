package sites

import "usher/api"

// LeftMessages are a page of the messages that visitors left while nobody was there, and
// that nobody has done with yet, oldest first: GET /usher/admin/v1/sites/{site}/messages.
type LeftMessages struct {
	Messages api.List[LeftMessage] `json:"messages"`
	// More: ask again with after, the last number of this page.
	More bool `json:"more"`
}

// LeftMessage is what a visitor wrote while nobody was there. POST
// /usher/admin/v1/sites/{site}/messages/{number}/done takes it off the list.
type LeftMessage struct {
	Number int64  `json:"number"`
	At     string `json:"at"` // as in TimeLayout
	// QueueID is where a chat would have gone, 0 is nowhere.
	QueueID      int64  `json:"queueId"`
	Name         string `json:"name"`
	EmailAddress string `json:"emailAddress"`
	Message      string `json:"message"`
	Language     string `json:"language"`
	// Page is the address that the visitor looked at.
	Page   string                 `json:"page"`
	Fields api.List[MessageField] `json:"fields"`
}

// MessageField is a custom field that a visitor filled in.
type MessageField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// StatusRequest sets an agent's status in its place:
// POST /usher/admin/v1/sites/{site}/accounts/{id}/status.
type StatusRequest struct {
	// Status is AVAILABLE or UNAVAILABLE, SubTypeID one of the site's reasons, 0 for none.
	Status    api.ActivityStatus `json:"status"`
	SubTypeID int32              `json:"subTypeId,omitempty"`
}
