package sites

import "usher/api"

// Site is a site: GET and PUT /usher/admin/v1/sites/{site}.
type Site struct {
	Site string `json:"site"`
	Settings
	// Owner is the node that runs the site.
	Owner string `json:"owner"`
	// WidgetKey is the public key that pages start a visitor's session with.
	WidgetKey string `json:"widgetKey,omitempty"`
}

// Sites are all sites of the server, in the order of their names:
// GET /usher/admin/v1/sites, with the admin token only.
type Sites struct {
	Sites api.List[SiteOwner] `json:"sites"`
}

// SiteOwner is one line of the list of sites.
type SiteOwner struct {
	Site string `json:"site"`
	// Owner is the node that runs the site.
	Owner string `json:"owner"`
}
