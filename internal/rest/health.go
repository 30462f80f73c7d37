package rest

import "net/http"

// status is the body of the health answers.
type status struct {
	Status string `json:"status"`
	// Message says what keeps the server from being ready.
	Message string `json:"message,omitempty"`
}

func (s *Server) healthRoutes(mux *http.ServeMux) {
	mux.HandleFunc("/healthz", only(http.MethodGet, agentError, func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, status{Status: "alive"})
	}))
	mux.HandleFunc("/readyz", only(http.MethodGet, agentError, func(w http.ResponseWriter, _ *http.Request) {
		if err := s.node.Ready(); err != nil {
			w.Header().Set("Retry-After", "1")
			write(w, http.StatusServiceUnavailable, status{Status: "not ready", Message: err.Error()})
			return
		}
		write(w, http.StatusOK, status{Status: "ready"})
	}))
}
