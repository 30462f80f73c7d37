package sites

import "usher/api"

// Ready is the file that a server writes, with --ready-file, when it answers.
type Ready struct {
	// URL is where the server answers, without a slash at the end.
	URL        string              `json:"url"`
	AdminToken string              `json:"adminToken"`
	Pool       string              `json:"pool"`
	Node       string              `json:"node"`
	Sites      api.List[ReadySite] `json:"sites"`
}

// ReadySite is one site in the ready file.
type ReadySite struct {
	Site        string `json:"site"`
	InterfaceID int    `json:"interfaceId"`
	// WidgetKey is the public key that pages start a visitor's session with.
	WidgetKey string                 `json:"widgetKey"`
	Accounts  api.List[ReadyAccount] `json:"accounts"`
	Queues    api.List[ReadyQueue]   `json:"queues"`
}

// ReadyAccount is an account in the ready file, with its password.
type ReadyAccount struct {
	AccountID    int64  `json:"accountId"`
	Login        string `json:"login"`
	Password     string `json:"password"`
	Name         string `json:"name"`
	VirtualAgent bool   `json:"virtualAgent"`
}

// ReadyQueue is a queue in the ready file.
type ReadyQueue struct {
	QueueID int64  `json:"queueId"`
	Name    string `json:"name"`
}

// DemoSite is what a program needs to talk to the site demo as a visitor:
// GET /demo/site.json.
type DemoSite struct {
	Site string `json:"site"`
	// WidgetKey is the public key that pages start a visitor's session with.
	WidgetKey string `json:"widgetKey"`
}
