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
			h.Set("Access-Control-Expose-Headers", "Usher-Last, Usher-Post, Usher-Post-Time, Retry-After")
			if r.Method == http.MethodOptions {
				h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
				h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, SessionId, Accept, Usher-Ack, Usher-Events")
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
	before, known := s.origins.Load(name)
	owner, err := s.node.Owner(r.Context(), name)
	if err != nil {
		turnedAway(r, err)
		return known && timeIsUp(r) && allowed(before.([]string), origin)
	}
	wait := commandFor
	if known {
		wait = originsFor
	}
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	names, err := originsOf(ctx, owner.Host, name)
	switch {
	case err == nil:
		s.origins.Store(name, names)
	case turnedAway(r, err):
		return false
	case known:
		names = before.([]string)
	}
	return allowed(names, origin)
}

// originsOf answers a site's allowed origins.
func originsOf(ctx context.Context, h *host.Host, name string) ([]string, error) {
	return host.Do(ctx, h, name, func(s *site.Site) ([]string, error) { return s.CurrentSettings().AllowedOrigins, nil })
}

func allowed(names []string, origin string) bool {
	return slices.Contains(names, "*") || slices.Contains(names, origin)
}

// remember notes an origin that another node let in, for a time in which it does not
// answer.
func (s *Server) remember(name, origin string) {
	before, _ := s.origins.Load(name)
	names, _ := before.([]string)
	if !allowed(names, origin) && len(names) < 100 {
		s.origins.Store(name, append(slices.Clone(names), origin))
	}
}
