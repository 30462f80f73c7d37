package auth

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// passLife is how long a pass is good for: it is made for one request.
const passLife = time.Minute

// Pass is what a node of a pool says of a request that it sends to another one.
type Pass struct {
	// Node is where the sender can be reached, such as http://10.0.0.7:8080.
	Node string `json:"node"`
	// Address is the client's; the zero address when it is the node's own request.
	Address netip.Addr `json:"address"`
	// Epoch is what the sender knows of the site, 0 for nothing.
	Epoch int64 `json:"epoch,omitempty"`
	// Within is how long a retrieval may be held yet, 0 for as long as the site says.
	Within time.Duration `json:"within,omitempty"`
	// Body is what is wrong with the request's body, in a word of the sender's, who then
	// sends none; "" when it is whole.
	Body string `json:"body,omitempty"`
	// Answer is under what name the sender keeps the evidence of the answer's arrival.
	Answer string `json:"answer,omitempty"`
}

type passClaims struct {
	Pass
	jwt.RegisteredClaims
}

const passAudience = "usher-pool"

// Sign makes a pass of the pool's key.
func (p Pass) Sign(key []byte, now time.Time) (string, error) {
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, passClaims{p, jwt.RegisteredClaims{
		Audience: jwt.ClaimStrings{passAudience}, ExpiresAt: jwt.NewNumericDate(now.Add(passLife)),
	}}).SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign a pass: %w", err)
	}
	return text, nil
}

// VerifyPass answers what a pass says. The error wraps ErrToken.
func VerifyPass(key []byte, text string, now time.Time) (Pass, error) {
	var c passClaims
	_, err := jwt.ParseWithClaims(text, &c, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithAudience(passAudience), jwt.WithExpirationRequired(),
		jwt.WithLeeway(clockLeeway), jwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil {
		return Pass{}, fmt.Errorf("%w: it is no pass of this pool: the nodes' clocks may differ by more than %v, or their databases", ErrToken, passLife)
	}
	return c.Pass, nil
}
