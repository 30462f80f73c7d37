package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"usher/api/sites"
)

// authenticateRoutes are the two addresses of chatAuthenticate, each with and
// without the site in the path. Clients name many versions, and none of them differs.
func (s *Server) authenticateRoutes(mux *http.ServeMux) {
	for _, prefix := range []string{"", "/sites/{site}"} {
		for _, book := range []string{"/serviceApi/resources/", "/crmRestApi/resources/"} {
			mux.HandleFunc(prefix+book+"{version}/chatAuthenticate", only(http.MethodPost, s.siteError, s.authenticated))
			mux.HandleFunc(prefix+book, s.notFound(s.siteError))
		}
	}
}

// authenticated answers 201, which published clients demand.
func (s *Server) authenticated(w http.ResponseWriter, r *http.Request) {
	v, err := s.runBootstrap(w, r, s.admit, s.chatAuthenticate)
	if err != nil {
		s.siteError(w, r, s.explain(r, err))
		return
	}
	write(w, http.StatusCreated, v)
}

// chatAuthenticate is agent-api 6.4 and consumer-api 2.1.1.
func (s *Server) chatAuthenticate(r *http.Request, c bootstrapCall) (any, error) {
	q := sites.ChatAuthenticateRequest{ClientType: sites.ClientConsumer} // what null and nothing mean
	if len(bytes.TrimSpace(c.body)) > 0 {
		if err := json.Unmarshal(c.body, &q); err != nil {
			return nil, wrong(http.StatusBadRequest, badJSON, "the attributes cannot be read: "+jsonTrouble(err))
		}
	}
	if strings.TrimSpace(string(q.AuthUserName)) == "" {
		return nil, wrong(http.StatusBadRequest, badJSON, "authUserName is missing: expected the unique name of who is signed in")
	}
	if t := string(q.ClientType); !strings.EqualFold(t, sites.ClientConsumer) {
		return nil, wrong(http.StatusBadRequest, badJSON, fmt.Sprintf("clientType: expected CONSUMER, got %.40q; agents get their token of agentTokens", t))
	}
	answer, err := s.issueVisitor(r, c.site, identity(q.SessionAttributes), false, q.SessionAttributes)
	if err != nil {
		return nil, err
	}
	return sites.ChatAuthenticateResponse{JWT: answer.ChannelToken, Domain: answer.Domain, ChatSiteName: answer.SiteName, PoolID: answer.Pool}, nil
}
