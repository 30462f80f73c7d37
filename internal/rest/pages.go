package rest

import (
	"errors"
	"net/http"

	"usher/api"
	"usher/internal/web"
)

// pages serves the pages, and answers 404 to whatever nothing else serves.
func (s *Server) pages(demoKey string) http.Handler {
	return web.New(web.Options{Site: s.pageSite, Origins: s.frameOrigins, Refuse: s.refuse, DemoKey: demoKey, Next: s.notFound(agentError)})
}

// frameOrigins answers the origins whose pages may show a site's widget.
func (s *Server) frameOrigins(r *http.Request, name string) ([]string, error) {
	ctx, cancel := command(r)
	defer cancel()
	owner, err := s.node.Owner(ctx, name)
	if err != nil {
		return nil, err
	}
	return originsOf(ctx, owner.Host, name)
}

// pageSite answers the site that a page is about when its address does not name one.
func (s *Server) pageSite(r *http.Request) (string, error) {
	ctx, cancel := command(r)
	defer cancel()
	name, err := s.meant(r.WithContext(ctx))
	if p, ok := errors.AsType[refusal](err); ok && p.status == http.StatusNotFound {
		return "", wrong(http.StatusNotFound, api.BadRequest, "which site is meant cannot be told: add ?site=NAME to the address, or set a host name or a default site")
	}
	return name, err
}
