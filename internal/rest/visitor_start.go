package rest

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"time"

	"usher/api/sites"
	"usher/internal/auth"
	"usher/internal/host"
	"usher/internal/site"
)

// startSession is usher's own: it opens a visitor's session from a page, with the
// site's public widget key in place of a password.
func (s *Server) startSession(w http.ResponseWriter, r *http.Request) (any, error) {
	name := r.PathValue("site")
	if _, err := s.node.Owner(r.Context(), name); err != nil {
		return nil, err
	}
	if err := s.fromPage(r); err != nil {
		return nil, err
	}
	from := s.address(r)
	if err := s.strangers.start(from); err != nil {
		return nil, err
	}
	b, err := s.strangersBody(w, r)
	if err != nil {
		return nil, err
	}
	f := parse(b, true)
	key, identity := f.text("key", true), f.text("identity", false)
	if f.err != nil {
		return nil, f.err
	}
	if err := s.widgetKey(r, from, key); err != nil {
		return nil, err
	}
	var info sites.SessionAttributes
	if err := json.Unmarshal(b, &info); err != nil {
		return nil, &site.Error{Code: site.BadRequest, Message: "the session attributes cannot be read: " + jsonTrouble(err)}
	}
	who, err := s.signedIdentity(r, name, identity, &info)
	if err != nil {
		return nil, s.strangers.guess(from, err)
	}
	// A page may say anything; the address is what the server sees.
	for _, aux := range []map[string]sites.Text{info.AuxillaryData, info.AuxiliaryData} {
		maps.DeleteFunc(aux, func(k string, _ sites.Text) bool { return strings.EqualFold(k, "IP_ADDRESS") })
	}
	if err := s.strangers.startAt(name); err != nil {
		return nil, err
	}
	return s.issueVisitor(r, name, who, true, info)
}

// signedIdentity answers who the site's back end says that a visitor is, and takes
// what it says in place of the page's own word; "" for a visitor whom it does not
// name. A page's claim to be somebody counts for nothing.
func (s *Server) signedIdentity(r *http.Request, name, token string, info *sites.SessionAttributes) (string, error) {
	info.AuthUserName, info.ContactID, info.OrganizationID = "", 0, 0
	owner, err := s.node.Owner(r.Context(), name)
	if err != nil {
		return "", err
	}
	ctx, cancel := command(r)
	defer cancel()
	set, err := host.Do(ctx, owner.Host, name, func(s *site.Site) (site.Settings, error) { return s.CurrentSettings(), nil })
	if err != nil {
		return "", err
	}
	if token == "" {
		if set.RequireIdentity {
			return "", &site.Error{Code: site.AccessDenied, Message: "identity is missing: this site lets in only visitors whom its back end names"}
		}
		return "", nil
	}
	key, err := s.keys.IdentityKey(ctx, name, set.IdentityKey)
	if err != nil {
		return "", err
	}
	who, err := auth.VerifyIdentity(key, name, token, time.Now())
	if err != nil {
		return "", &site.Error{Code: site.AccessDenied, Message: err.Error()}
	}
	claims := struct { // what is not claimed stays as the page has it
		FirstName      *sites.Text   `json:"firstName"`
		LastName       *sites.Text   `json:"lastName"`
		EmailAddress   *sites.Text   `json:"emailAddress"`
		ContactID      *sites.Number `json:"contactId"`
		OrganizationID *sites.Number `json:"organizationId"`
	}{&info.FirstName, &info.LastName, &info.EmailAddress, &info.ContactID, &info.OrganizationID}
	if err := json.Unmarshal(who.Claims, &claims); err != nil {
		return "", &site.Error{Code: site.AccessDenied, Message: "the identity's claims cannot be read: " + jsonTrouble(err)}
	}
	info.AuthUserName = sites.Text(who.Subject)
	return identity(*info), nil
}
