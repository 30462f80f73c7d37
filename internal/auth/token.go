package auth

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// AgentTokenLife is how long a token opens agent sessions
	// (agent API, agentTokens).
	AgentTokenLife = 10 * time.Minute
	// VisitorTokenLife is how long a visitor may take from the host page to the
	// first request (visitor API, establishSessions).
	VisitorTokenLife = 30 * time.Minute
	// MaxTokenBytes bounds a token: proxies end headers at 8 KiB, and others
	// want room beside it.
	MaxTokenBytes = 6 << 10

	// clockLeeway is how far the clocks of two nodes may differ.
	clockLeeway = 5 * time.Second
)

// kind is what a token is for.
type kind struct {
	audience, clientType string
	life                 time.Duration
}

var (
	agentKind   = kind{audience: "usher-agent", clientType: "AGENT", life: AgentTokenLife}
	visitorKind = kind{audience: "usher-consumer", clientType: "CONSUMER", life: VisitorTokenLife}
)

var (
	// ErrToken says that a token is not accepted. What Verify answers wraps it in
	// a sentence that says why and holds nothing of the token.
	ErrToken = errors.New("the token is not accepted")
	// ErrTooLong says that a visitor's token would have more than MaxTokenBytes.
	ErrTooLong = fmt.Errorf("the session information makes a token of more than %d bytes: send less of it", MaxTokenBytes)
	// ErrSession says that session information is something else than a JSON object.
	ErrSession = errors.New("the session information is not a JSON object: send one, such as {}")
)

// AgentToken is what an agent's token says.
type AgentToken struct {
	Site      string
	Pool      string
	AccountID int64

	// These are set when the token is issued; times have whole seconds.
	ID                  string
	IssuedAt, ExpiresAt time.Time
}

// VisitorToken is what a visitor's token says.
type VisitorToken struct {
	Site string
	Pool string
	// Subject is the host's own name for a visitor whom it knows, "" for the others.
	Subject string
	// Widget: the token was given for nothing but the public widget key.
	Widget bool
	// Session is the session information, a JSON object. It comes back with the
	// same meaning, not with the same white space; nil comes back as {}.
	Session json.RawMessage

	// These are set when the token is issued; times have whole seconds.
	ID                  string
	IssuedAt, ExpiresAt time.Time
}

// claims are the members of a token of any kind.
type claims struct {
	jwt.RegisteredClaims
	AccountID  int64           `json:"accountId,omitempty"`
	SiteName   string          `json:"siteName"`
	Pool       string          `json:"pool"`
	ClientType string          `json:"clientType"`
	Session    json.RawMessage `json:"session,omitempty"`
	Widget     bool            `json:"widget,omitempty"`
	Mark       string          `json:"mark,omitempty"`
}

// IssueAgent signs a token of t's Site, Pool and AccountID that is good for
// AgentTokenLife from now.
func (s *Signer) IssueAgent(t AgentToken, now time.Time) (string, error) {
	if t.AccountID <= 0 {
		return "", fmt.Errorf("issue an agent's token: %d is no account's id", t.AccountID)
	}
	c := claims{AccountID: t.AccountID, SiteName: t.Site, Pool: t.Pool}
	c.Subject = strconv.FormatInt(t.AccountID, 10)
	return s.issue(agentKind, c, now)
}

// IssueVisitor signs a token of t's Site, Pool, Subject and Session that is good
// for VisitorTokenLife from now. The errors are ErrTooLong and ErrSession.
func (s *Signer) IssueVisitor(t VisitorToken, now time.Time) (string, error) {
	session := bytes.TrimSpace(t.Session)
	if len(session) == 0 {
		session = []byte("{}")
	}
	if session[0] != '{' || !json.Valid(session) {
		return "", ErrSession
	}
	c := claims{SiteName: t.Site, Pool: t.Pool, Session: session, Widget: t.Widget}
	c.Subject = t.Subject
	token, err := s.issue(visitorKind, c, now)
	if err == nil && len(token) > MaxTokenBytes {
		return "", ErrTooLong
	}
	return token, err
}

// issue signs c with the claims that all kinds have.
func (s *Signer) issue(k kind, c claims, now time.Time) (string, error) {
	if c.SiteName == "" {
		return "", errors.New("issue a token: it needs a site")
	}
	c.Issuer = c.SiteName
	c.Audience = jwt.ClaimStrings{k.audience}
	c.IssuedAt = jwt.NewNumericDate(now)
	c.ExpiresAt = jwt.NewNumericDate(now.Add(k.life))
	c.ID = rand.Text()
	c.ClientType = k.clientType
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, c)
	token.Header["kid"] = s.kid
	signed, err := token.SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return signed, nil
}

// VerifyAgent answers what token says if it is an agent's token that this signer
// issued for site and that is good at now. The error wraps ErrToken.
func (s *Signer) VerifyAgent(token, site string, now time.Time) (AgentToken, error) {
	c, err := s.verify(agentKind, token, site, now)
	if err != nil {
		return AgentToken{}, err
	}
	if c.AccountID <= 0 || c.Subject != strconv.FormatInt(c.AccountID, 10) {
		return AgentToken{}, refuse("it names no account")
	}
	return AgentToken{
		Site: c.Issuer, Pool: c.Pool, AccountID: c.AccountID,
		ID: c.ID, IssuedAt: c.IssuedAt.Time, ExpiresAt: c.ExpiresAt.Time,
	}, nil
}

// VerifyVisitor answers what token says if it is a visitor's token that this
// signer issued for site and that is good at now. The error wraps ErrToken.
func (s *Signer) VerifyVisitor(token, site string, now time.Time) (VisitorToken, error) {
	c, err := s.verify(visitorKind, token, site, now)
	if err != nil {
		return VisitorToken{}, err
	}
	if !bytes.HasPrefix(c.Session, []byte("{")) {
		return VisitorToken{}, refuse("it holds no session information")
	}
	return VisitorToken{
		Site: c.Issuer, Pool: c.Pool, Subject: c.Subject, Session: c.Session, Widget: c.Widget,
		ID: c.ID, IssuedAt: c.IssuedAt.Time, ExpiresAt: c.ExpiresAt.Time,
	}, nil
}

// verify checks all that the kinds have in common.
func (s *Signer) verify(k kind, token, site string, now time.Time) (claims, error) {
	if len(token) > MaxTokenBytes {
		return claims{}, refuse("it is longer than any token of ours")
	}
	if strings.ContainsAny(token, "\r\n") { // the decoder would skip them
		return claims{}, refuse("it is not a whole JWT")
	}
	if site == "" { // the parser would take any issuer
		return claims{}, refuse("it was sent to no site")
	}
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, s.keyFor,
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}),
		jwt.WithIssuer(site),
		jwt.WithAudience(k.audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(clockLeeway),
		jwt.WithTimeFunc(func() time.Time { return now }),
		jwt.WithStrictDecoding(),
	)
	if err != nil {
		return claims{}, refuse(sentence(err))
	}
	if c.IssuedAt == nil || c.ID == "" || c.ClientType != k.clientType {
		return claims{}, refuse("it lacks something that every token has")
	}
	return c, nil
}

// keyFor answers the public key if the token names it.
func (s *Signer) keyFor(t *jwt.Token) (any, error) {
	if kid, _ := t.Header["kid"].(string); kid != s.kid {
		return nil, jwt.ErrTokenUnverifiable
	}
	return &s.key.PublicKey, nil
}

func refuse(why string) error { return fmt.Errorf("%w: %s", ErrToken, why) }

// sentence says in our words what the parser found, since its own may quote the
// token. What makes the others meaningless comes first.
func sentence(err error) string {
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			return r.sentence
		}
	}
	return "it could not be checked"
}

var reasons = []struct {
	err      error
	sentence string
}{
	{jwt.ErrTokenMalformed, "it is not a whole JWT"},
	{jwt.ErrTokenUnverifiable, "it was not signed with this site's key: get a new one from this site"},
	{jwt.ErrTokenSignatureInvalid, "its signature is wrong"},
	{jwt.ErrTokenInvalidIssuer, "it is for another site"},
	{jwt.ErrTokenInvalidAudience, "it has the wrong audience: an agent's and a visitor's token can't replace each other"},
	{jwt.ErrTokenExpired, "it has expired: get a new one"},
	{jwt.ErrTokenUsedBeforeIssued, "it was issued in the future: compare the clocks"},
	{jwt.ErrTokenNotValidYet, "it is not good yet"},
	{jwt.ErrTokenRequiredClaimMissing, "it lacks something that every token has"},
}
