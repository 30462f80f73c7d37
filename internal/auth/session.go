package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"strings"
)

// sessionDigits is the length of a session id's secret part: 26 digits of base
// 36 are 134 bits.
const sessionDigits = 26

// minSiteKeyBytes is the least a site's key may have: 128 bits.
const minSiteKeyBytes = 16

// NewAgentSessionID answers a new session id of an agent, a secret of 134 random
// bits in the contract's shape: "node0" and 26 lower-case letters and digits
// (agent API, createAutomatedAgentSession).
func NewAgentSessionID() string {
	var b [sha256.Size]byte
	rand.Read(b[:])
	return "node0" + base36(b)
}

// VisitorSessionID answers the session id of the visitor whose token has the id
// jti: 26 lower-case letters and digits, a secret, and the same each time, so
// that a token used twice finds its session again (visitor API,
// requestEngagement). It panics when siteKey has fewer than 16 bytes or jti is
// empty, since anybody could work out the id then.
func VisitorSessionID(siteKey []byte, jti string) string {
	if len(siteKey) < minSiteKeyBytes || jti == "" {
		panic("auth: a visitor's session id needs a key of at least 16 bytes and a token id")
	}
	mac := hmac.New(sha256.New, siteKey)
	mac.Write([]byte(jti))
	return base36([sha256.Size]byte(mac.Sum(nil)))
}

// SessionHash answers what events and memory keep in place of a session id: its
// SHA-256 in base64url without padding, 43 characters.
func SessionHash(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// NewSecret answers a new random text of at least 128 bits, letters and digits
// only, for widget keys, the admin token and passwords that nobody chose.
func NewSecret() string { return rand.Text() }

// base36 writes the lowest 26 digits of b as a number. b has so many more bits
// than they hold that every text is as likely as any other.
func base36(b [sha256.Size]byte) string {
	n := new(big.Int).SetBytes(b[:])
	n.Mod(n, new(big.Int).Exp(big.NewInt(36), big.NewInt(sessionDigits), nil))
	s := n.Text(36)
	return strings.Repeat("0", sessionDigits-len(s)) + s
}
