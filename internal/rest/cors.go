package rest

import (
	"context"
	"net/http"
	"slices"
	"time"

	"usher/internal/host"
	"usher/internal/site"
)

// crossOrigin lets the pages of the site's allowed origins call the visitor API,
// and answers their preflights (consumer-api 1.2). Errors carry it too, so that a
// page can read them.
func (s *Server) crossOrigin(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		w.Header().Add("Vary", "Origin") // also for who may keep an answer to somebody else
		if origin != "" && s.allows(r, origin) {
			h := w.Header()
			h.Set("Access-Control-Allow-Origin", origin)
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

// originsFor is how long a request waits for the site to name its origins when
// they are known from before.
const originsFor = time.Second

// allows reports whether the site's settings let this origin's pages in. A site
// that cannot be asked now lets in whom it did before: a browser shows its page no
// answer without the header, and a retrieval that is held must not fail there
// (promise 8).
func (s *Server) allows(r *http.Request, origin string) bool {
	name := r.PathValue("site")
	owner, err := s.node.Owner(r.Context(), name)
	if err != nil {
		return false
	}
	wait := commandFor
	before, known := s.origins.Load(name)
	if known {
		wait = originsFor
	}
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	allowed, err := host.Do(ctx, owner.Host, name, func(s *site.Site) ([]string, error) { return s.CurrentSettings().AllowedOrigins, nil })
	switch {
	case err == nil:
		s.origins.Store(name, allowed)
	case known:
		allowed = before.([]string)
	}
	return slices.Contains(allowed, "*") || slices.Contains(allowed, origin)
}
