package rest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"usher/api"
	"usher/api/sites"
	"usher/internal/host"
	"usher/internal/site"
)

// adminCall is one authenticated call of the administration API.
type adminCall struct {
	*fields
	w    http.ResponseWriter // for headers alone
	r    *http.Request
	who  administrator
	site string
	id   int64 // of what the path names
}

type adminOperation func(s *Server, c *adminCall) (any, error)

const (
	adminSites = "/usher/admin/v1/sites"
	adminSite  = adminSites + "/{site}"
)

func (s *Server) adminRoutes(mux *http.ServeMux) {
	handle := func(path string, ops map[string]adminOperation) { mux.HandleFunc(path, s.adminMethods(ops)) }
	handle(adminSites, map[string]adminOperation{http.MethodGet: listSites})
	handle(adminSite, map[string]adminOperation{http.MethodGet: viewSite, http.MethodPut: putSite})
	handle(adminSite+"/settings", map[string]adminOperation{http.MethodGet: viewSettings, http.MethodPatch: patchSettings})
	handle(adminSite+"/keys", map[string]adminOperation{http.MethodGet: viewKeys})
	for _, d := range definitions {
		handle(adminSite+"/"+d.path(), map[string]adminOperation{http.MethodGet: d.list})
		handle(adminSite+"/"+d.path()+"/{id}", map[string]adminOperation{http.MethodGet: d.view, http.MethodPut: d.put, http.MethodDelete: d.remove})
	}
	handle(adminSite+"/rules", map[string]adminOperation{http.MethodGet: viewRules, http.MethodPut: putRules})
	handle(adminSite+"/audit", map[string]adminOperation{http.MethodGet: viewAudit})
	handle(adminSite+"/engagements", map[string]adminOperation{http.MethodGet: listEngagements})
	handle(adminSite+"/engagements/{id}", map[string]adminOperation{http.MethodGet: explainEngagement})
	handle(adminSite+"/engagements/{id}/transcript", map[string]adminOperation{http.MethodGet: viewTranscript})
	handle(adminSite+"/engagements/{id}/record", map[string]adminOperation{http.MethodGet: viewRecord})
	handle(adminSite+"/engagements/{id}/eject", map[string]adminOperation{http.MethodPost: ejectEngagement})
	handle(adminSite+"/live", map[string]adminOperation{http.MethodGet: viewLive})
	handle(adminSite+"/messages", map[string]adminOperation{http.MethodGet: listMessages})
	handle(adminSite+"/messages/{id}/done", map[string]adminOperation{http.MethodPost: finishMessage})
	handle(adminSite+"/accounts/{id}/status", map[string]adminOperation{http.MethodPost: setAccountStatus})
	handle(adminSite+"/standing", map[string]adminOperation{http.MethodGet: viewStanding})
	handle(adminSite+"/search", map[string]adminOperation{http.MethodGet: searchArchive})
	handle(adminSite+"/reports", map[string]adminOperation{http.MethodGet: reportArchive})
	handle(adminSite+"/erase", map[string]adminOperation{http.MethodPost: eraseContact})
	handle(adminSite+"/archive", map[string]adminOperation{http.MethodGet: viewArchive})
	handle(adminSite+"/archive/rebuild", map[string]adminOperation{http.MethodPost: rebuildArchive})
	handle("/usher/admin/v1/backup", map[string]adminOperation{http.MethodGet: makeBackup})
	handle(adminSite+"/route", map[string]adminOperation{http.MethodPost: tryRoute})
	mux.HandleFunc("/usher/admin/", s.notFound(agentError))
}

func (s *Server) adminMethods(ops map[string]adminOperation) http.HandlerFunc {
	return s.answering(adminError, func(w http.ResponseWriter, r *http.Request) (any, error) { return s.runAdmin(w, r, ops) })
}

func (s *Server) runAdmin(w http.ResponseWriter, r *http.Request, ops map[string]adminOperation) (any, error) {
	c := &adminCall{w: w, r: r, site: r.PathValue("site")}
	var err error
	if c.who, err = s.administrator(w, r, c.site); err != nil {
		return nil, err
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
	c.fields = parse(b, false)
	if text := r.PathValue("id"); text != "" {
		if c.id, err = strconv.ParseInt(text, 10, 64); err != nil || c.id <= 0 || c.id > site.MaxWireNumber {
			return nil, wrongID(site.MaxWireNumber)
		}
	}
	answer, err := op(s, c)
	if err == nil {
		err = c.err
	}
	return answer, err
}

func wrongID(most int64) error {
	return wrong(http.StatusBadRequest, api.BadRequest, fmt.Sprintf("the id in the path: expected a whole number from 1 to %d", most))
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

const (
	// usualPage and largestPage are how many entries of a long list one answer has.
	usualPage   = 100
	largestPage = 1000
)

// page reads which part of a long list is wanted.
func (c *adminCall) page() (after int64, most int) {
	query := c.r.URL.Query()
	number := func(name string, standard, least, most int64) int64 {
		if !query.Has(name) {
			return standard
		}
		text := query.Get(name)
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < least || n > most {
			c.fail(site.BadRequest, "the query's %s: expected a whole number from %d to %d, got %.40q", name, least, most, text)
		}
		return n
	}
	return number("after", 0, 0, site.MaxWireNumber), int(number("limit", usualPage, 1, largestPage))
}

// nothing is the answer of an operation that has nothing to tell.
type nothing struct{}

// stamp writes a time as administration does.
func stamp(t site.Time) string { return t.Std().Format(sites.TimeLayout) }
