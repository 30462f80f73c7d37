package sites

// Keys are a site's keys, for its own people: GET /usher/admin/v1/sites/{site}/keys,
// with the admin token only.
type Keys struct {
	Site string `json:"site"`
	// WidgetKey is public: pages start a visitor's session with it.
	WidgetKey string `json:"widgetKey"`
	// IdentityKeyNumber is the setting identityKey.
	IdentityKeyNumber int `json:"identityKeyNumber"`
	// IdentityKey is a secret: the site's back end signs with it who its visitors
	// are. Its bytes are the key as they stand here.
	IdentityKey string `json:"identityKey"`
}
