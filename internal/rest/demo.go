package rest

import (
	"net/http"

	"usher/api/sites"
)

// demoSite tells programs on the demo's own pages what they need to start a
// visitor's session: its name and its public widget key.
func demoSite(key string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, sites.DemoSite{Site: "demo", WidgetKey: key})
	}
}
