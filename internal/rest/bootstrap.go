package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"usher/api"
	"usher/api/sites"
	"usher/internal/auth"
	"usher/internal/host"
	"usher/internal/site"
)

// maxContext bounds the header in which callers name themselves (agent-api 6.0).
const maxContext = 40

// bootstrapCall is one authenticated call of the bootstrap.
type bootstrapCall struct {
	site    string
	account site.Account
	// face: the path names an interface that the site has.
	face bool
	body []byte
}

type bootstrapOperation func(r *http.Request, c bootstrapCall) (any, error)

// admission authenticates a call.
type admission func(r *http.Request, h *host.Host, name string) (bootstrapCall, error)

func (s *Server) bootstrapRoutes(mux *http.ServeMux) {
	for _, prefix := range []string{"", "/sites/{site}"} {
		base := prefix + "/services/rest/crossChannelServices/"
		handle := func(method, path string, admit admission, op bootstrapOperation) {
			mux.HandleFunc(base+"{version}/"+path, s.versioned(only(method, s.siteError, s.bootstrap(admit, op))))
		}
		handle(http.MethodGet, "serviceSettings/{interface}", s.admit, s.serviceSettings)
		handle(http.MethodPost, "agentTokens", s.admitAgent, s.agentTokens)
		handle(http.MethodPost, "establishSessions", s.admit, s.establishSessions)
		mux.HandleFunc(base, s.notFound(s.siteError))
	}
	s.authenticateRoutes(mux)
}

// versioned serves the versions that links and clients name.
func (s *Server) versioned(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if v := r.PathValue("version"); v != "latest" && v != "v1.4" {
			s.notFound(s.siteError)(w, r)
			return
		}
		h(w, r)
	}
}

func (s *Server) bootstrap(admit admission, op bootstrapOperation) http.HandlerFunc {
	return s.answering(s.siteError, func(w http.ResponseWriter, r *http.Request) (any, error) { return s.runBootstrap(w, r, admit, op) })
}

func (s *Server) runBootstrap(w http.ResponseWriter, r *http.Request, admit admission, op bootstrapOperation) (any, error) {
	ctx, cancel := command(r)
	defer cancel()
	r = r.WithContext(ctx)
	name, err := s.meant(r)
	if err != nil {
		return nil, err
	}
	about(r, name)
	owner, err := s.node.Owner(r.Context(), name)
	if err != nil {
		return nil, err
	}
	c, err := admit(r, owner.Host, name)
	if err != nil {
		return nil, err
	}
	if c.body, err = body(w, r); err != nil {
		return nil, err
	}
	if !utf8.Valid(c.body) {
		return nil, wrong(http.StatusBadRequest, badJSON, "the body is not valid UTF-8")
	}
	return op(r, c)
}

// admit checks the caller's name for itself, and authenticates a staff account.
// Middle servers call the bootstrap for every visitor, so the site is asked once.
func (s *Server) admit(r *http.Request, h *host.Host, name string) (bootstrapCall, error) {
	login, password, given := r.BasicAuth()
	face, err := strconv.ParseInt(r.PathValue("interface"), 10, 32)
	if err != nil {
		face = 0 // no site has it
	}
	type known struct {
		settings site.Settings
		account  site.Account
		face     bool
	}
	k, err := host.Do(r.Context(), h, name, func(s *site.Site) (known, error) {
		account, _ := s.AccountByLogin(login)
		return known{s.CurrentSettings(), account, s.HasInterface(site.InterfaceID(face))}, nil
	})
	var none bootstrapCall
	if err != nil {
		return none, err
	}
	if err := checkContext(r, k.settings); err != nil {
		return none, err
	}
	if !given {
		return none, wrong(http.StatusUnauthorized, "", "header Authorization: expected Basic with an account's login and password")
	}
	if err := s.verify(r, name, login, password, k.account.PasswordHash); err != nil {
		return none, err
	}
	return bootstrapCall{site: name, account: k.account, face: k.face}, nil
}

// checkContext checks the caller's name for itself.
func checkContext(r *http.Request, set site.Settings) error {
	switch n := utf8.RuneCountInString(r.Header.Get("OSvC-CREST-Application-Context")); {
	case n > maxContext:
		return wrong(http.StatusBadRequest, "", "header OSvC-CREST-Application-Context has "+strconv.Itoa(n)+" characters: at most 40 are allowed")
	case n == 0 && set.RequireContext:
		return wrong(http.StatusBadRequest, "", "header OSvC-CREST-Application-Context is missing: this site demands it")
	}
	return nil
}

// admitAgent is admit, for who may also be logged in at a page.
func (s *Server) admitAgent(r *http.Request, h *host.Host, name string) (bootstrapCall, error) {
	if !byCookie(r, name) {
		return s.admit(r, h, name)
	}
	if err := notFromElsewhere(r); err != nil {
		return bootstrapCall{}, err
	}
	place, err := s.deskOf(r, h, name)
	if err == nil {
		err = checkContext(r, place.Settings)
	}
	return bootstrapCall{site: name, account: place.Account}, err
}

// verify checks a log-in against the stored hash, "" when there is no such login.
func (s *Server) verify(r *http.Request, name, login, password, hash string) error {
	err := s.verifier.Check(r.Context(), auth.Attempt{Site: name, Login: login, Password: password, Hash: hash, Address: s.address(r)})
	if errors.Is(err, auth.ErrWrong) {
		return wrong(http.StatusUnauthorized, api.AccessDenied, "the login or the password is wrong")
	}
	return err
}

// knownFor is how old the list of sites may be by which it is told which one is meant.
const knownFor = time.Second

// meant answers which site a bootstrap call means: the one its path names, else
// the one whose host names include the request's, else the only one or the
// default one.
func (s *Server) meant(r *http.Request) (string, error) {
	if name := r.PathValue("site"); name != "" {
		return name, nil
	}
	all, err := s.node.Sites(r.Context(), knownFor)
	if err != nil {
		return "", err
	}
	asked := strings.ToLower(r.Host)
	if h, _, err := net.SplitHostPort(asked); err == nil {
		asked = h
	}
	if len(all) == 1 {
		return all[0].Site, nil
	}
	fallback, marked := "", false
	for _, x := range all {
		name := x.Site
		f, err := s.face(r.Context(), name)
		switch {
		case r.Context().Err() != nil:
			return "", err
		case err != nil:
			continue // a site that cannot be read must not hide the others
		}
		if slices.ContainsFunc(f.hostNames, func(h string) bool { return strings.EqualFold(h, asked) }) {
			return name, nil
		}
		if f.fallback && !marked { // of two the first by name
			fallback, marked = name, true
		}
	}
	if fallback == "" {
		return "", wrong(http.StatusNotFound, "", "which site is meant cannot be told: put /sites/{site} before the path, or set a host name or a default site")
	}
	return fallback, nil
}

// serviceSettings is agent-api 6.1.
func (s *Server) serviceSettings(r *http.Request, c bootstrapCall) (any, error) {
	if !c.face {
		return nil, wrong(http.StatusNotFound, "", "serviceSettings: expected the number of an interface of the site, such as 1")
	}
	return sites.ServiceSettings{
		Domain: s.public.Hostname(), Pool: s.pool, Port: s.public.port(), SiteName: c.site, Links: s.links(r, "serviceSettings"),
	}, nil
}

// agentTokens is agent-api 6.2.
func (s *Server) agentTokens(r *http.Request, c bootstrapCall) (any, error) {
	if len(bytes.TrimSpace(c.body)) > 0 {
		sent, err := members(c.body)
		if err != nil {
			return nil, wrong(http.StatusBadRequest, badJSON, "the body is not a JSON object: "+err.Error())
		}
		if len(sent) > 0 {
			return nil, wrong(http.StatusBadRequest, "", "the body must be empty")
		}
	}
	keys, err := s.keys.Site(r.Context(), c.site)
	if err != nil {
		return nil, err
	}
	token, err := keys.Signer.IssueAgent(auth.AgentToken{Site: c.site, Pool: s.pool, AccountID: int64(c.account.ID)}, time.Now())
	if err != nil {
		return nil, err
	}
	return sites.AgentToken{SessionToken: token, SiteName: c.site, Links: s.links(r, "agentTokens")}, nil
}

// establishSessions is agent-api 6.3 and consumer-api 2.1.
func (s *Server) establishSessions(r *http.Request, c bootstrapCall) (any, error) {
	var q sites.EstablishSessionsRequest
	if len(strings.TrimSpace(string(c.body))) > 0 {
		if err := json.Unmarshal(c.body, &q); err != nil {
			return nil, wrong(http.StatusBadRequest, badJSON, "the session information cannot be read: "+jsonTrouble(err))
		}
	}
	answer, err := s.issueVisitor(r, c.site, identity(q.SessionInformation), false, q.SessionInformation)
	if err != nil {
		return nil, err
	}
	answer.Links = s.links(r, "establishSessions")
	return answer, nil
}

func (s *Server) links(r *http.Request, resource string) api.List[sites.Link] {
	prefix := ""
	if name := r.PathValue("site"); name != "" {
		prefix = "/sites/" + name
	}
	return api.List[sites.Link]{{
		Rel: "describedby", Href: s.public.base() + prefix + "/services/rest/crossChannelServices/v1.4/" + resource,
		MediaType: "application/schema+json",
	}}
}
