package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// IdentityLife is the longest that a host's word of who a visitor is may be good: a
// page asks its back end for a new one at each visit.
const IdentityLife = 24 * time.Hour

// ErrIdentity says that a signed identity is not accepted. What VerifyIdentity
// answers wraps it in a sentence that says why and holds nothing of the token.
var ErrIdentity = errors.New("the identity is not accepted")

// Identity is who a visitor is, in the word of the host's own back end.
type Identity struct {
	// Subject is the host's name for the visitor.
	Subject string
	// Claims are all members of the token, a JSON object.
	Claims json.RawMessage
}

// IdentityKey answers the secret with which a site's back end signs who its visitors
// are. Each number has a key of its own, made when it is first asked for.
func (k *Keyring) IdentityKey(ctx context.Context, site string, number int) (string, error) {
	return k.text(ctx, site, identityKeySecret+strconv.Itoa(number), NewSecret)
}

// VerifyIdentity answers what a token says that was signed with a site's key: a JWT,
// HS256, with sub, and exp no more than IdentityLife after now. An aud must be the
// site.
func VerifyIdentity(key, site, token string, now time.Time) (Identity, error) {
	if len(token) > MaxTokenBytes {
		return Identity{}, fmt.Errorf("%w: it is longer than %d bytes", ErrIdentity, MaxTokenBytes)
	}
	var c identityClaims
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return []byte(key), nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithExpirationRequired(),
		jwt.WithLeeway(clockLeeway),
		jwt.WithTimeFunc(func() time.Time { return now }),
		jwt.WithStrictDecoding(),
	)
	audience, audienceErr := c.GetAudience()
	switch {
	case err != nil:
		return Identity{}, fmt.Errorf("%w: %s", ErrIdentity, identitySentence(err))
	case c.Subject == "":
		return Identity{}, fmt.Errorf("%w: it names nobody, expected the claim sub", ErrIdentity)
	case c.ExpiresAt.After(now.Add(IdentityLife + clockLeeway)):
		return Identity{}, fmt.Errorf("%w: it is good for too long, expected exp within %d hours", ErrIdentity, int(IdentityLife.Hours()))
	case audienceErr != nil || len(audience) > 0 && (len(audience) != 1 || audience[0] != site):
		return Identity{}, fmt.Errorf("%w: its aud is another site", ErrIdentity)
	}
	return Identity{Subject: c.Subject, Claims: c.all}, nil
}

// identityClaims keeps the whole object beside the claims that are checked.
type identityClaims struct {
	jwt.RegisteredClaims
	all json.RawMessage
}

func (c *identityClaims) UnmarshalJSON(b []byte) error {
	c.all = append(json.RawMessage(nil), b...)
	return json.Unmarshal(b, &c.RegisteredClaims)
}

// identitySentence says in our words what the parser found.
func identitySentence(err error) string {
	for _, r := range []struct {
		err      error
		sentence string
	}{
		{jwt.ErrTokenMalformed, "it is not a whole JWT"},
		{jwt.ErrTokenSignatureInvalid, "its signature is wrong: sign it with HS256 and the site's identity key"},
		{jwt.ErrTokenExpired, "it has expired: get a new one"},
		{jwt.ErrTokenRequiredClaimMissing, "it has no exp"},
		{jwt.ErrTokenNotValidYet, "it is not good yet"},
		{jwt.ErrTokenUsedBeforeIssued, "it was issued in the future: compare the clocks"},
	} {
		if errors.Is(err, r.err) {
			return r.sentence
		}
	}
	return "it could not be checked"
}
