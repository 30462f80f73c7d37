package rest

import (
	"crypto/subtle"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"usher/api"
	"usher/api/sites"
	"usher/internal/auth"
	"usher/internal/host"
	"usher/internal/site"
)

// siteName is what a site may be called: it stands in paths.
var siteName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$`)

// adminCall is one authenticated call of the administration API.
type adminCall struct {
	*fields
	r    *http.Request
	site string
	id   int64 // of the queue or account that the path names
}

type adminOperation func(s *Server, c *adminCall) (any, error)

func (s *Server) adminRoutes(mux *http.ServeMux) {
	const base = "/usher/admin/v1/sites/{site}"
	mux.HandleFunc(base, s.adminMethods(map[string]adminOperation{http.MethodGet: viewSite, http.MethodPut: putSite}))
	mux.HandleFunc(base+"/settings", s.adminMethods(map[string]adminOperation{http.MethodPatch: patchSettings}))
	mux.HandleFunc(base+"/queues/{id}", s.adminMethods(map[string]adminOperation{http.MethodPut: putQueue}))
	mux.HandleFunc(base+"/accounts/{id}", s.adminMethods(map[string]adminOperation{http.MethodPut: putAccount}))
	mux.HandleFunc("/usher/admin/", s.notFound(agentError))
}

func (s *Server) adminMethods(ops map[string]adminOperation) http.HandlerFunc {
	return s.answering(agentError, func(w http.ResponseWriter, r *http.Request) (any, error) { return s.runAdmin(w, r, ops) })
}

func (s *Server) runAdmin(w http.ResponseWriter, r *http.Request, ops map[string]adminOperation) (any, error) {
	token, err := s.keys.AdminToken(r.Context())
	if err != nil {
		return nil, err
	}
	given, err := bearer(r)
	if err != nil || subtle.ConstantTimeCompare([]byte(given), []byte(token)) != 1 {
		w.Header().Set("WWW-Authenticate", `Bearer realm="usher"`)
		return nil, wrong(http.StatusUnauthorized, api.AccessDenied, "header Authorization: expected Bearer and the admin token")
	}
	op := ops[r.Method]
	if op == nil {
		allowed := strings.Join(slices.Sorted(maps.Keys(ops)), ", ")
		w.Header().Set("Allow", allowed)
		return nil, wrong(http.StatusMethodNotAllowed, api.BadRequest, "method "+r.Method+" is not served here: use "+allowed)
	}
	b, err := body(w, r)
	if err != nil {
		return nil, err
	}
	c := &adminCall{fields: parse(b, false), r: r, site: r.PathValue("site")}
	if text := r.PathValue("id"); text != "" {
		c.id, err = strconv.ParseInt(text, 10, 64)
		if err != nil || c.id <= 0 || c.id >= 1<<53 {
			return nil, wrong(http.StatusBadRequest, api.BadRequest, "the id in the path: expected a positive whole number below 2^53")
		}
	}
	answer, err := op(s, c)
	if c.err != nil {
		return nil, c.err
	}
	return answer, err
}

// adminDo runs a command of administration once its request is well formed.
func adminDo[T any](s *Server, c *adminCall, fn func(*site.Site) (T, error)) (T, error) {
	var none T
	if c.err != nil {
		return none, c.err
	}
	owner, err := s.node.Owner(c.r.Context(), c.site)
	if err != nil {
		return none, err
	}
	ctx, cancel := command(c.r)
	defer cancel()
	return host.Do(ctx, owner.Host, c.site, fn)
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

func wireSettings(x site.Settings) sites.Settings {
	return sites.Settings{
		HoldSeconds: x.HoldSeconds, OfferSeconds: x.OfferSeconds, AbsentSeconds: x.AbsentSeconds, IdleSeconds: x.IdleSeconds,
		QueueSeconds: x.QueueSeconds, AllowedOrigins: x.AllowedOrigins, Spam: x.Spam, RequireContext: x.RequireContext,
		HostNames: x.HostNames, Default: x.Default,
	}
}

// patchSettings changes the settings that the body names.
func patchSettings(s *Server, c *adminCall) (any, error) {
	c.patch(&site.Settings{}) // finds what is wrong, so that the command has no more to note: it may outlive this call
	set, err := adminDo(s, c, func(x *site.Site) (site.Settings, error) {
		n := x.CurrentSettings()
		c.patch(&n)
		return x.ChangeSettings(n)
	})
	return wireSettings(set), err
}

// patch lays the body's members over the settings.
func (c *adminCall) patch(n *site.Settings) {
	for name, field := range map[string]*int{
		"holdSeconds": &n.HoldSeconds, "offerSeconds": &n.OfferSeconds, "absentSeconds": &n.AbsentSeconds,
		"idleSeconds": &n.IdleSeconds, "queueSeconds": &n.QueueSeconds,
	} {
		if v, given := c.number(name, false, 32); given {
			*field = int(v)
		}
	}
	if c.get("allowedOrigins", false) != nil {
		n.AllowedOrigins = c.texts("allowedOrigins")
	}
	if c.get("hostNames", false) != nil {
		n.HostNames = c.texts("hostNames")
	}
	for name, field := range map[string]*bool{"spam": &n.Spam, "requireContext": &n.RequireContext, "default": &n.Default} {
		if c.get(name, false) != nil {
			*field = c.boolean(name, false)
		}
	}
}

// putQueue makes a queue or replaces its definition.
func putQueue(s *Server, c *adminCall) (any, error) {
	q := site.QueueDefinition{ID: site.QueueID(c.id), Name: c.text("name", true), Default: c.boolean("default", false)}
	q, err := adminDo(s, c, func(s *site.Site) (site.QueueDefinition, error) { return s.DefineQueue(q) })
	return sites.Queue{QueueID: int64(q.ID), Name: q.Name, Default: q.Default}, err
}

// putAccount makes an account or replaces its definition; a password that is
// left out stays as it is.
func putAccount(s *Server, c *adminCall) (any, error) {
	a := site.Account{
		ID: site.AccountID(c.id), Login: c.text("login", true), Name: c.text("name", true), Greeting: c.text("greeting", false),
		Pull: c.boolean("pull", false), VirtualAgent: c.boolean("virtualAgent", false),
	}
	for _, q := range c.numbers("queues") {
		a.Queues = append(a.Queues, site.QueueID(q))
	}
	if password := c.text("password", false); password != "" && c.err == nil {
		hash, err := auth.HashPassword(password)
		if err != nil {
			return nil, wrong(http.StatusBadRequest, api.BadRequest, err.Error())
		}
		a.PasswordHash = hash
	}
	a, err := adminDo(s, c, func(s *site.Site) (site.Account, error) { return s.DefineAccount(a) })
	answer := sites.Account{
		AccountID: int64(a.ID), Login: a.Login, Name: a.Name, Greeting: a.Greeting, Pull: a.Pull, VirtualAgent: a.VirtualAgent,
	}
	for _, q := range a.Queues {
		answer.Queues = append(answer.Queues, int64(q))
	}
	return answer, err
}
