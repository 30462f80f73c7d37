package sites

import "usher/api"

// Settings are the settings of a site, PATCH and GET /usher/admin/v1/sites/{site}.
// All times are in seconds.
type Settings struct {
	// HoldSeconds is how long a retrieval waits for messages.
	HoldSeconds int `json:"holdSeconds"`
	// OfferSeconds is how long an agent may take to answer an offer.
	OfferSeconds int `json:"offerSeconds"`
	// AbsentSeconds is how long a session may be silent before it is absent;
	// after twice that it is lost.
	AbsentSeconds int `json:"absentSeconds"`
	// IdleSeconds is how long an engagement lasts in which nobody does anything.
	IdleSeconds int `json:"idleSeconds"`
	// QueueSeconds is how long a visitor may wait in the queue.
	QueueSeconds int `json:"queueSeconds"`
	// AllowedOrigins are the origins whose pages may call the visitor API; "*" is any.
	AllowedOrigins api.List[string] `json:"allowedOrigins"`
	// Spam says whether visitors' posts are checked.
	Spam bool `json:"spam"`
	// RequireContext demands the application context header of the bootstrap.
	RequireContext bool `json:"requireContext,omitempty"`
	// HostNames are the hosts by which a bootstrap call without a site's name
	// means this one; Default marks the site that it means otherwise.
	HostNames api.List[string] `json:"hostNames,omitempty"`
	Default   bool             `json:"default,omitempty"`
}

// SettingsPatch changes the settings that are not nil:
// PATCH /usher/admin/v1/sites/{site}/settings. It is answered with Settings.
type SettingsPatch struct {
	HoldSeconds    *int      `json:"holdSeconds,omitempty"`
	OfferSeconds   *int      `json:"offerSeconds,omitempty"`
	AbsentSeconds  *int      `json:"absentSeconds,omitempty"`
	IdleSeconds    *int      `json:"idleSeconds,omitempty"`
	QueueSeconds   *int      `json:"queueSeconds,omitempty"`
	AllowedOrigins *[]string `json:"allowedOrigins,omitempty"`
	Spam           *bool     `json:"spam,omitempty"`
	RequireContext *bool     `json:"requireContext,omitempty"`
	HostNames      *[]string `json:"hostNames,omitempty"`
	Default        *bool     `json:"default,omitempty"`
}

// Site is a site as GET /usher/admin/v1/sites/{site} shows it.
type Site struct {
	Site string `json:"site"`
	Settings
	// Owner is the node that runs the site.
	Owner string `json:"owner"`
	// WidgetKey is the public key that pages start a visitor's session with.
	WidgetKey string `json:"widgetKey,omitempty"`
}

// Queue is a queue: PUT /usher/admin/v1/sites/{site}/queues/{id}, where QueueID
// in the body may be left out.
type Queue struct {
	QueueID int64  `json:"queueId,omitempty"`
	Name    string `json:"name"`
	// Default marks the queue of visitors for whom none was chosen.
	Default bool `json:"default"`
}

// Account is an agent's account: PUT /usher/admin/v1/sites/{site}/accounts/{id},
// where AccountID in the body may be left out.
type Account struct {
	AccountID int64  `json:"accountId,omitempty"`
	Login     string `json:"login"`
	// Password is only ever sent to the server, never back.
	Password string `json:"password,omitempty"`
	Name     string `json:"name"`
	// Greeting is shown to the visitor when the agent joins.
	Greeting string `json:"greeting"`
	// Queues are the ids of the queues that the account serves.
	Queues api.List[int64] `json:"queues"`
	// Pull means that the agent gets an engagement only after asking for one.
	Pull         bool `json:"pull"`
	VirtualAgent bool `json:"virtualAgent"`
}
