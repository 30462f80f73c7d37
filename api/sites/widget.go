package sites

import "usher/api"

// WrapUpResult is one of the results that agents choose from when they wrap up.
type WrapUpResult struct {
	ID   int32  `json:"id"`
	Name string `json:"name"`
}

// Widget is how a site's own widget looks, and what it asks. What is "" is as the widget
// has it.
type Widget struct {
	Title    string `json:"title"`
	Greeting string `json:"greeting"`
	// Color is the accent, such as "#0a5baa".
	Color string `json:"color"`
	// Theme is auto, light or dark; Position right or left.
	Theme    string `json:"theme"`
	Position string `json:"position"`
	// Fields are those of the form before the chat, with a star behind those that are
	// required: "name,email,question*".
	Fields string `json:"fields"`
	// WhenClosed is MESSAGE, to let visitors leave one, or HIDE.
	WhenClosed string `json:"whenClosed"`
	// PrivacyURL is where the site tells how it uses data, EmailAddress where people may
	// write.
	PrivacyURL   string `json:"privacyUrl"`
	EmailAddress string `json:"emailAddress"`
	// Texts are the site's own words in place of the widget's, by language and key.
	Texts map[string]map[string]string `json:"texts"`
}

// WidgetPatch changes the members that are not nil; Texts are replaced whole.
type WidgetPatch struct {
	Title        *string                       `json:"title,omitempty"`
	Greeting     *string                       `json:"greeting,omitempty"`
	Color        *string                       `json:"color,omitempty"`
	Theme        *string                       `json:"theme,omitempty"`
	Position     *string                       `json:"position,omitempty"`
	Fields       *string                       `json:"fields,omitempty"`
	WhenClosed   *string                       `json:"whenClosed,omitempty"`
	PrivacyURL   *string                       `json:"privacyUrl,omitempty"`
	EmailAddress *string                       `json:"emailAddress,omitempty"`
	Texts        *map[string]map[string]string `json:"texts,omitempty"`
}

// Reply is one of the texts that a site's agents keep ready: GET, PUT and DELETE
// /usher/admin/v1/sites/{site}/replies/{id}. ID in a request does not count.
type Reply struct {
	ID    int64  `json:"id,omitempty"`
	Title string `json:"title"`
	Text  string `json:"text"`
	// Language and QueueIDs say for whom it is meant; empty: for all.
	Language string          `json:"language"`
	QueueIDs api.List[int64] `json:"queueIds"`
}

// Replies are a site's replies in the order of their ids:
// GET /usher/admin/v1/sites/{site}/replies.
type Replies struct {
	Replies api.List[Reply] `json:"replies"`
}
