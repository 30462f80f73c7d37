package rest

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"time"

	"usher/api"
	"usher/api/agent"
	"usher/api/consumer"
	"usher/internal/auth"
	"usher/internal/host"
	"usher/internal/site"
)

// A page logs an account in by a cookie, so that it keeps no password. The cookie names
// its site, since several may be at one address.
const deskCookies = "usher-desk-"

// askByCookie is the challenge of a 401 that no browser asks its user for a password for.
const askByCookie = `Cookie realm="usher"`

var errLoggedOut = wrong(http.StatusUnauthorized, api.AccessDenied, "nobody is logged in here any more: log in with login and password")

func (s *Server) deskRoutes(mux *http.ServeMux, own string) {
	desk := func(op func(http.ResponseWriter, *http.Request, *host.Host) (any, error)) http.HandlerFunc {
		return s.answering(agentError, func(w http.ResponseWriter, r *http.Request) (any, error) { return s.atDesk(w, r, op) })
	}
	in, who := desk(s.logIn), desk(s.whoIsIn)
	mux.HandleFunc(own+"logIn", among(agentError, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			in(w, r)
			return
		}
		who(w, r)
	}, http.MethodGet, http.MethodPost))
	mux.HandleFunc(own+"logOut", only(http.MethodPost, agentError, desk(s.logOut)))
}

// atDesk runs an operation that is for pages of this origin alone.
func (s *Server) atDesk(w http.ResponseWriter, r *http.Request, op func(http.ResponseWriter, *http.Request, *host.Host) (any, error)) (any, error) {
	if err := notFromElsewhere(r); err != nil {
		return nil, err
	}
	ctx, cancel := command(r)
	defer cancel()
	r = r.WithContext(ctx)
	owner, err := s.node.Owner(ctx, r.PathValue("site"))
	if err != nil {
		return nil, err
	}
	answer, err := op(w, r, owner.Host)
	if e, ok := errors.AsType[refusal](err); ok && e.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", askByCookie)
	}
	if err == nil {
		w.Header().Set("Cache-Control", "no-store")
	}
	return answer, err
}

// notFromElsewhere refuses what a page of another origin sends, also when it only reads:
// the browser would add the cookie for one of the same site.
func notFromElsewhere(r *http.Request) error {
	strictly := *r
	strictly.Method = http.MethodPost // or what only reads would pass
	if sameOrigin.Check(&strictly) != nil {
		return wrong(http.StatusForbidden, api.AccessDenied, "a page of another origin may not use the log-in of this one")
	}
	return nil
}

// logIn is usher's own: an account is logged in at a page (agent-api 3.25).
func (s *Server) logIn(w http.ResponseWriter, r *http.Request, h *host.Host) (any, error) {
	b, err := s.strangersBody(w, r)
	if err != nil {
		return nil, err
	}
	name, f := r.PathValue("site"), parse(b, false)
	login, password := f.text("login", true), f.text("password", true)
	if f.err != nil {
		return nil, f.err
	}
	place, err := host.Do(r.Context(), h, name, func(x *site.Site) (site.Workplace, error) {
		a, _ := x.AccountByLogin(login)
		place, _ := x.WorkplaceOf(a.ID)
		return place, nil
	})
	if err != nil {
		return nil, err
	}
	a := place.Account
	if err := s.verify(r, name, login, password, a.PasswordHash); err != nil {
		return nil, err
	}
	keys, err := s.keys.Site(r.Context(), name)
	if err != nil {
		return nil, err
	}
	token, err := keys.Signer.IssueDesk(auth.DeskToken{Site: name, AccountID: int64(a.ID), Mark: auth.LoginMark(a.Login, a.PasswordHash)}, time.Now())
	if err != nil {
		return nil, err
	}
	s.setDeskCookie(w, r, token, auth.DeskTokenLife)
	return desk(name, place), nil
}

// whoIsIn answers whose cookie it is.
func (s *Server) whoIsIn(_ http.ResponseWriter, r *http.Request, h *host.Host) (any, error) {
	name := r.PathValue("site")
	place, err := s.deskOf(r, h, name)
	if err != nil {
		return nil, err
	}
	return desk(name, place), nil
}

// logOut lets the browser forget the cookie.
func (s *Server) logOut(w http.ResponseWriter, r *http.Request, _ *host.Host) (any, error) {
	s.setDeskCookie(w, r, "", -time.Second)
	return agent.LogOutResponse{}, nil
}

func (s *Server) setDeskCookie(w http.ResponseWriter, r *http.Request, value string, lasts time.Duration) {
	secure := r.TLS != nil || s.public.Scheme == "https"
	if origin := r.Header.Get("Origin"); origin != "" { // a page knows best how it is reached
		secure = strings.HasPrefix(origin, "https:")
	}
	http.SetCookie(w, &http.Cookie{
		Name: deskCookies + r.PathValue("site"), Value: value, Path: "/", MaxAge: int(lasts / time.Second),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: secure,
	})
}

// byCookie reports whether a request shows a log-in at a site by nothing but its cookie.
func byCookie(r *http.Request, name string) bool {
	_, err := r.Cookie(deskCookies + name)
	return err == nil && r.Header.Get("Authorization") == ""
}

// deskOf answers whose log-in a request's cookie is, if the account still has that login
// and that password.
func (s *Server) deskOf(r *http.Request, h *host.Host, name string) (site.Workplace, error) {
	var none site.Workplace
	cookie, err := r.Cookie(deskCookies + name)
	if err != nil {
		return none, errLoggedOut
	}
	keys, err := s.keys.Site(r.Context(), name)
	if err != nil {
		return none, err
	}
	token, err := keys.Signer.VerifyDesk(cookie.Value, name, time.Now())
	if err != nil {
		return none, errLoggedOut
	}
	place, err := host.Do(r.Context(), h, name, func(x *site.Site) (site.Workplace, error) {
		place, _ := x.WorkplaceOf(site.AccountID(token.AccountID))
		return place, nil
	})
	if err != nil {
		return none, err
	}
	a := place.Account
	if a.PasswordHash == "" || subtle.ConstantTimeCompare([]byte(token.Mark), []byte(auth.LoginMark(a.Login, a.PasswordHash))) != 1 {
		return none, errLoggedOut
	}
	return place, nil
}

// atAPage reports whether a request comes from a page's program. A browser that is told
// to ask for a log-in would ask its user itself, over the page.
func atAPage(r *http.Request) bool {
	for _, c := range r.Cookies() {
		if strings.HasPrefix(c.Name, deskCookies) {
			return true
		}
	}
	mode := r.Header.Get("Sec-Fetch-Mode")
	return mode != "" && mode != "navigate"
}

// desk is what an account's program is told when it is logged in.
func desk(name string, p site.Workplace) agent.Desk {
	a, set, now := p.Account, p.Settings, time.Now().UnixMilli()
	d := agent.Desk{
		Site: name, AccountID: int64(a.ID), AccountIDString: text(a.ID), Login: a.Login, Name: a.Name, Supervisor: a.Supervisor,
		Pull: p.Serving.Pull, NoDecline: p.Serving.NoDecline, Places: p.Places,
		OfferSeconds: set.OfferSeconds, AbsentSeconds: set.AbsentSeconds, HoldSeconds: set.HoldSeconds, IdleSeconds: set.IdleSeconds,
		WrapUpSeconds: set.WrapUpSeconds, GoalSeconds: set.GoalSeconds, GoalPercent: set.GoalPercent,
		SneakPreview: set.SneakPreview, NoticeText: set.NoticeText,
		Files: consumer.FilesAllowed{Allowed: !set.Files.Off, MaxBytes: int(set.Files.Limit()), Types: set.Files.Allowed()},
		Time:  now, TimeString: text(now),
	}
	for _, x := range set.StatusReasons {
		d.StatusReasons = append(d.StatusReasons, agent.StatusReason{SubTypeID: x.SubType, Status: x.Status, Name: x.Name})
	}
	for _, x := range set.Results {
		d.Results = append(d.Results, agent.Result{ID: x.ID, Name: x.Name})
	}
	for _, q := range p.Queues {
		d.Queues = append(d.Queues, agent.DeskQueue{QueueID: int64(q.ID), QueueIDString: text(q.ID), Name: q.Name})
	}
	return d
}
