package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"time"
)

// DeskTokenLife is how long a log-in by cookie is good for: a working day.
const DeskTokenLife = 12 * time.Hour

var deskKind = kind{audience: "usher-desk", clientType: "DESK", life: DeskTokenLife}

// DeskToken is what the cookie of somebody who logged in says.
type DeskToken struct {
	Site      string
	AccountID int64
	// Mark is that of the log-in with which it was given: see LoginMark.
	Mark string

	// These are set when the token is issued; times have whole seconds.
	IssuedAt, ExpiresAt time.Time
}

// LoginMark answers what changes with an account's login and with its password: 22
// characters that give away neither the password nor the hash that is stored of it.
func LoginMark(login, hash string) string {
	sum := sha256.Sum256([]byte(login + "\x00" + hash))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// IssueDesk signs a token of t's Site, AccountID and Mark that is good for
// DeskTokenLife from now.
func (s *Signer) IssueDesk(t DeskToken, now time.Time) (string, error) {
	if t.AccountID <= 0 || t.Mark == "" {
		return "", fmt.Errorf("issue a log-in: account %d with the mark %q cannot log in", t.AccountID, t.Mark)
	}
	c := claims{AccountID: t.AccountID, SiteName: t.Site, Mark: t.Mark}
	c.Subject = strconv.FormatInt(t.AccountID, 10)
	return s.issue(deskKind, c, now)
}

// VerifyDesk answers what token says if it is a log-in that this signer issued for
// site and that is good at now. Whether the account still has that login and password
// is for the caller to see, by the Mark. The error wraps ErrToken.
func (s *Signer) VerifyDesk(token, site string, now time.Time) (DeskToken, error) {
	c, err := s.verify(deskKind, token, site, now)
	if err != nil {
		return DeskToken{}, err
	}
	if c.AccountID <= 0 || c.Subject != strconv.FormatInt(c.AccountID, 10) || c.Mark == "" {
		return DeskToken{}, refuse("it names no account")
	}
	return DeskToken{
		Site: c.Issuer, AccountID: c.AccountID, Mark: c.Mark, IssuedAt: c.IssuedAt.Time, ExpiresAt: c.ExpiresAt.Time,
	}, nil
}
