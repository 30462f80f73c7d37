package rest

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"usher/api"
	"usher/api/consumer"
	"usher/api/sites"
	"usher/internal/auth"
	"usher/internal/host"
	"usher/internal/site"
)

// openEngagement opens a visitor's engagement (consumer-api 2.3).
func (s *Server) openEngagement(w http.ResponseWriter, r *http.Request) (any, error) {
	started, name := time.Now(), r.PathValue("site")
	owner, err := s.node.Owner(r.Context(), name)
	if err != nil {
		return nil, err
	}
	from := s.address(r)
	if err := s.strangers.open(from); err != nil {
		return nil, err
	}
	session, request, err := s.visitorToken(r, name)
	if err != nil {
		return nil, s.strangers.guess(from, err)
	}
	b, err := s.strangersBody(w, r)
	if err != nil {
		return nil, err
	}
	f := parse(b, true)
	f.transaction()
	if f.err != nil {
		return nil, f.err
	}
	ctx, cancel := command(r)
	defer cancel()
	opened, err := host.Do(ctx, owner.Host, name, func(s *site.Site) (site.EngagementOpened, error) {
		return s.RequestEngagement(request)
	})
	if err != nil {
		return nil, forVisitors(err)
	}
	result := api.ResultSuccess
	if opened.Existing {
		result = api.ResultExistingSession
	}
	return consumer.RequestEngagementResponse{
		Envelope: f.opening(started).envelope(opened.Client), SessionID: session,
		EngagementID: int64(opened.Engagement), EngagementIDString: text(opened.Engagement), ResultType: result,
		QueueID: int64(opened.Queue), QueueIDString: text(opened.Queue), CancelledSurveyIDString: "0", CompletedSurveyIDString: "0",
		SneakPreviewState: previewState(opened.Preview), SneakPreviewInterval: sneakPreviewInterval,
		SneakPreviewIntervalString: text(sneakPreviewInterval),
	}, nil
}

// visitorToken verifies a visitor's token and reads what rides in it. Whatever
// is wrong with it is 403.
func (s *Server) visitorToken(r *http.Request, name string) (session string, request site.EngagementRequest, err error) {
	token, err := bearer(r)
	if err != nil {
		return "", request, err
	}
	keys, err := s.keys.Site(r.Context(), name)
	if err != nil {
		return "", request, err
	}
	t, err := keys.Signer.VerifyVisitor(token, name, time.Now())
	if err != nil {
		return "", request, &site.Error{Code: site.AccessDenied, Message: err.Error()}
	}
	var info sites.SessionAttributes
	if len(t.Session) > 0 {
		if err := json.Unmarshal(t.Session, &info); err != nil {
			return "", request, &site.Error{Code: site.AccessDenied, Message: "the token's session information cannot be read"}
		}
	}
	session = auth.VisitorSessionID(keys.SessionKey, t.ID)
	request = site.EngagementRequest{
		Key: site.SessionKey(auth.SessionHash(session)), TokenExpires: site.Time(t.ExpiresAt.UnixMicro()),
		Queue: site.QueueID(info.QueueID), Account: site.AccountID(info.AssigneeID), Contact: contact(info),
		Identity: t.Subject, Resume: strings.EqualFold(string(info.ResumeType), string(sites.ResumeLive)),
	}
	if a := s.address(r); t.Widget && a.IsValid() {
		request.Network = auth.Network(a).String()
	}
	if request.Contact.IPAddress == "" {
		if a := s.address(r); a.IsValid() {
			request.Contact.IPAddress = a.String()
		}
	}
	if request.Contact.UserAgent == "" {
		request.Contact.UserAgent = r.UserAgent()
	}
	return session, request, nil
}

// contact makes the site's contact of a session's attributes.
func contact(i sites.SessionAttributes) site.Contact {
	aux := i.Auxiliary()
	c := site.Contact{
		FirstName: string(i.FirstName), LastName: string(i.LastName), Email: string(i.EmailAddress), Question: string(i.Question),
		ContactID: int64(i.ContactID), OrganizationID: int64(i.OrganizationID), ProductID: int64(i.ProductID),
		CategoryID: int64(i.CategoryID), IncidentID: int64(i.IncidentID), InterfaceID: int32(i.InterfaceID),
		Browser: aux["BROWSER"], OS: aux["OPERATING_SYSTEM"], UserAgent: aux["USER_AGENT"], IPAddress: aux["IP_ADDRESS"],
		Language: aux["LANGUAGE"], VisitorID: string(i.VisitorID), ReferrerURL: string(i.ReferrerURL),
		RequestSource: listed(i.RequestSource, api.SourceRestAPI, requestSources),
	}
	for _, f := range i.CustomFields {
		c.CustomFields = append(c.CustomFields, site.CustomField{
			Name: string(f.Name), Type: listed(f.Type, api.FieldString, fieldTypes), Value: string(f.Value),
		})
	}
	return c
}

// listed answers a word of a closed list without regard to case, or another one
// in its place: messages to agents hold only words of the contract (agent-api 5).
func listed[T ~string](word, otherwise T, words []T) T {
	if word = T(strings.ToUpper(string(word))); slices.Contains(words, word) {
		return word
	}
	return otherwise
}

// fieldTypes are the types of custom fields (agent-api 5.16).
var fieldTypes = []api.FieldType{
	api.FieldBoolean, api.FieldDate, api.FieldDateTime, api.FieldInteger, api.FieldLong, api.FieldString, api.FieldDecimal,
}

// requestSources are where engagements come from (agent-api 5.8).
var requestSources = []api.RequestSource{
	"UNKNOWN", "STANDARD", "CUSTOM", "PROACTIVE", "SPROACTIVE", "WS_API", "CONDITIONAL_LINK", "SYNDICATED_CONDITIONAL_LINK",
	api.SourceRestAPI, "INLAY_CONDITIONAL_CHAT", "INLAY_EMBEDDED_CHAT", "INLAY_PROACTIVE_CHAT", "MESSAGING_APPLE_BUSINESS_CHAT",
	"MESSAGING_FACEBOOK_MESSENGER", "MESSAGING_GOOGLE_BUSINESS_MESSAGES", "MESSAGING_INSTAGRAM_DIRECT", "MESSAGING_SMS",
	"MESSAGING_TWITTER_DIRECT", "MESSAGING_WECHAT", "MESSAGING_WHATSAPP",
}

// identity is the name by which a site's back end knows a visitor, "" when it gives
// none: a later session of the same one may go on with the engagement.
func identity(info sites.SessionAttributes) string {
	switch {
	case info.AuthUserName != "":
		return "user:" + string(info.AuthUserName)
	case info.ContactID != 0:
		return "contact:" + text(int64(info.ContactID))
	case info.EmailAddress != "":
		return "email:" + strings.ToLower(string(info.EmailAddress))
	}
	return ""
}

// issueVisitor signs a visitor's token; all session information rides in it, and
// nothing is stored. widget says that it is given for the public widget key.
func (s *Server) issueVisitor(r *http.Request, name, identity string, widget bool, info sites.SessionAttributes) (sites.EstablishSessionsResponse, error) {
	var none sites.EstablishSessionsResponse
	keys, err := s.keys.Site(r.Context(), name)
	if err != nil {
		return none, err
	}
	if n := int64(info.InterfaceID); n < 0 || n > math.MaxInt32 {
		return none, &site.Error{Code: site.BadRequest, Message: "interfaceId: expected a whole number of 32 bits, got " + text(n)}
	}
	session, err := json.Marshal(info)
	if err != nil {
		return none, err
	}
	token, err := keys.Signer.IssueVisitor(auth.VisitorToken{
		Site: name, Pool: s.pool, Subject: identity, Widget: widget, Session: session,
	}, time.Now())
	if errors.Is(err, auth.ErrTooLong) {
		return none, &site.Error{Code: site.BadRequest, Message: "the session information makes the token longer than 6 KiB: send less"}
	}
	if err != nil {
		return none, err
	}
	server := sites.ChatServer{Domain: s.public.domain(), Pool: s.pool}
	return sites.EstablishSessionsResponse{
		SiteName: name, ChannelToken: token, SessionServerResponse: strings.TrimSpace(string(encode(server))), ChatServer: server,
	}, nil
}
