package rest

import (
	"net/http"
	"slices"

	"usher/internal/host"
	"usher/internal/site"
)

// crossOrigin lets the pages of the site's allowed origins call the visitor API,
// and answers their preflights (consumer-api 1.2). Errors carry it too, so that a
// page can read them.
func (s *Server) crossOrigin(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		if origin != "" && s.allows(r, origin) {
			h := w.Header()
			h.Set("Access-Control-Allow-Origin", origin)
			h.Add("Vary", "Origin")
			h.Set("Access-Control-Expose-Headers", "Usher-Last, Retry-After")
			if r.Method == http.MethodOptions {
				h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
				h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, SessionId, Accept, Usher-Ack")
				h.Set("Access-Control-Max-Age", "600")
			}
		}
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next(w, r)
	}
}

// allows reports whether the site's settings let this origin's pages in.
func (s *Server) allows(r *http.Request, origin string) bool {
	name := r.PathValue("site")
	owner, err := s.node.Owner(r.Context(), name)
	if err != nil {
		return false
	}
	ctx, cancel := command(r)
	defer cancel()
	allowed, err := host.Do(ctx, owner.Host, name, func(s *site.Site) ([]string, error) { return s.CurrentSettings().AllowedOrigins, nil })
	return err == nil && (slices.Contains(allowed, "*") || slices.Contains(allowed, origin))
}
