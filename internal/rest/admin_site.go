package rest

import (
	"net/http"
	"regexp"

	"usher/api"
	"usher/api/sites"
	"usher/internal/site"
)

// siteName is what a site may be called: it stands in paths.
var siteName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$`)

// listSites answers all sites, and the nodes that run them.
func listSites(s *Server, c *adminCall) (any, error) {
	var all sites.Sites
	ctx, cancel := command(c.r)
	defer cancel()
	known, err := s.node.Sites(ctx, 0)
	if err != nil {
		return nil, err
	}
	for _, x := range known {
		all.Sites = append(all.Sites, sites.SiteOwner{Site: x.Site, Owner: x.Owner})
	}
	return all, nil
}

// viewSite answers a site's settings, the node that runs it, and its widget key.
func viewSite(s *Server, c *adminCall) (any, error) {
	set, err := adminDo(s, c, func(s *site.Site) (site.Settings, error) { return s.CurrentSettings(), nil })
	if err != nil {
		return nil, err
	}
	owner, err := s.node.Owner(c.r.Context(), c.site)
	if err != nil {
		return nil, err
	}
	keys, err := s.keys.Site(c.r.Context(), c.site)
	if err != nil {
		return nil, err
	}
	return sites.Site{Site: c.site, Settings: wireSettings(set), Owner: owner.Node, WidgetKey: keys.WidgetKey}, nil
}

// putSite makes a site, or finds it there.
func putSite(s *Server, c *adminCall) (any, error) {
	if !c.who.all {
		return nil, wrong(http.StatusForbidden, api.AccessDenied, "only the admin token makes sites")
	}
	if !siteName.MatchString(c.site) {
		return nil, wrong(http.StatusBadRequest, api.BadRequest, "the site's name: expected 1 to 128 letters, digits, _ and -")
	}
	if c.err != nil {
		return nil, c.err
	}
	ctx, cancel := command(c.r)
	defer cancel()
	if _, err := s.node.Create(ctx, c.site); err != nil {
		return nil, err
	}
	return viewSite(s, c)
}
