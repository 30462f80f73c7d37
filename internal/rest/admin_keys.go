package rest

import (
	"net/http"

	"usher/api"
	"usher/api/sites"
	"usher/internal/site"
)

// viewKeys answers the key of a site's pages and the secret of its back end. A
// supervisor has no use for them: who signs can be any visitor.
func viewKeys(s *Server, c *adminCall) (any, error) {
	if !c.who.all {
		return nil, wrong(http.StatusForbidden, api.AccessDenied, "only the admin token reads a site's keys")
	}
	set, err := adminDo(s, c, func(s *site.Site) (site.Settings, error) { return s.CurrentSettings(), nil })
	if err != nil {
		return nil, err
	}
	keys, err := s.keys.Site(c.r.Context(), c.site)
	if err != nil {
		return nil, err
	}
	secret, err := s.keys.IdentityKey(c.r.Context(), c.site, set.IdentityKey)
	if err != nil {
		return nil, err
	}
	c.w.Header().Set("Cache-Control", "no-store")
	return sites.Keys{Site: c.site, WidgetKey: keys.WidgetKey, IdentityKeyNumber: set.IdentityKey, IdentityKey: secret}, nil
}
