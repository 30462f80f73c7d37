package rest

import (
	"crypto/subtle"
	"errors"
	"net/http"

	"usher/api"
	"usher/api/sites"
	"usher/internal/host"
	"usher/internal/site"
)

// administrator is who calls the administration API.
type administrator struct {
	// name is how the audit log has it: a supervisor's login, or sites.AdminName.
	name string
	// all: the holder of the admin token, who has every site and may make new ones.
	all bool
}

// administrator answers who calls: the holder of the admin token, or a supervisor
// of the site, by the log-in of the bootstrap or of a page. Others learn nothing of the site,
// not even whether there is one.
func (s *Server) administrator(w http.ResponseWriter, r *http.Request, name string) (administrator, error) {
	var who administrator
	var err error
	switch login, password, basic := r.BasicAuth(); {
	case basic && name != "":
		who, err = administrator{name: login}, s.checkSupervisor(r, name, login, password)
	case name != "" && byCookie(r, name):
		who, err = s.supervisorAtPage(r, name)
	default:
		who, err = administrator{name: sites.AdminName, all: true}, s.checkToken(r)
	}
	if e, ok := errors.AsType[refusal](err); ok && e.status == http.StatusUnauthorized {
		w.Header().Add("WWW-Authenticate", `Bearer realm="usher"`)
		if name != "" && !atAPage(r) {
			w.Header().Add("WWW-Authenticate", `Basic realm="usher", charset="UTF-8"`)
		}
	}
	return who, err
}

func (s *Server) checkToken(r *http.Request) error {
	token, err := s.keys.AdminToken(r.Context())
	if err != nil {
		return err
	}
	given, err := bearer(r)
	if err != nil || subtle.ConstantTimeCompare([]byte(given), []byte(token)) != 1 {
		return wrong(http.StatusUnauthorized, api.AccessDenied,
			"header Authorization: expected Bearer and the admin token, or for what is below a site Basic with the login and password of one of its supervisors")
	}
	return nil
}

// sameOrigin refuses what pages of other origins send with a log-in that the
// browser remembers.
var sameOrigin http.CrossOriginProtection

// supervisorAtPage answers the supervisor who is logged in at a page of the site. No
// site is as no log-in.
func (s *Server) supervisorAtPage(r *http.Request, name string) (administrator, error) {
	var nobody administrator
	if err := notFromElsewhere(r); err != nil {
		return nobody, err
	}
	ctx, cancel := command(r)
	defer cancel()
	owner, err := s.node.Owner(ctx, name)
	if errors.Is(err, host.ErrNoSite) {
		err = errLoggedOut
	}
	if err != nil {
		return nobody, err
	}
	place, err := s.deskOf(r.WithContext(ctx), owner.Host, name)
	if err == nil && !place.Account.Supervisor {
		err = errNoSupervisor
	}
	return administrator{name: place.Account.Login}, err
}

var errNoSupervisor = wrong(http.StatusForbidden, api.AccessDenied, "the account is no supervisor of this site")

func (s *Server) checkSupervisor(r *http.Request, name, login, password string) error {
	if sameOrigin.Check(r) != nil {
		return wrong(http.StatusForbidden, api.AccessDenied, "a page of another origin may not administer with a log-in")
	}
	ctx, cancel := command(r)
	defer cancel()
	r = r.WithContext(ctx)
	owner, err := s.node.Owner(ctx, name)
	var account site.Account
	if err == nil {
		account, err = host.Do(ctx, owner.Host, name, func(s *site.Site) (site.Account, error) {
			a, _ := s.AccountByLogin(login)
			return a, nil
		})
	}
	if err != nil && !errors.Is(err, host.ErrNoSite) { // no site is as no login: it takes as long, and is answered the same
		return err
	}
	if err := s.verify(r, name, login, password, account.PasswordHash); err != nil {
		return err
	}
	if !account.Supervisor {
		return errNoSupervisor
	}
	return nil
}
