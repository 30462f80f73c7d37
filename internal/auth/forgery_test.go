package auth

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

func TestForgeries(t *testing.T) {
	ours := testSigner()
	public, err := x509.MarshalPKIXPublicKey(&ours.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	kidless, err := jwt.NewWithClaims(jwt.SigningMethodRS256, good()).SignedString(ours.key)
	if err != nil {
		t.Fatal(err)
	}
	whole := strings.Split(issueAgent(t), ".")
	other := strings.Split(issueVisitor(t), ".")
	encode := base64.RawURLEncoding.EncodeToString
	unsigned := encode([]byte(`{"alg":"RS256","kid":"`+ours.kid+`"}`)) + "." + whole[1]
	mac := hmac.New(sha256.New, nil)
	mac.Write([]byte(unsigned))

	tests := map[string]string{
		"alg none":                    forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good()),
		"alg none, our signature":     encode([]byte(`{"alg":"none","kid":"`+ours.kid+`"}`)) + "." + whole[1] + "." + whole[2],
		"HS256 by the public key":     forge(t, jwt.SigningMethodHS256, publicPEM, good()),
		"HS256 by its DER":            forge(t, jwt.SigningMethodHS256, public, good()),
		"HS256 by the key's id":       forge(t, jwt.SigningMethodHS256, []byte(ours.kid), good()),
		"RS384 by our key":            forge(t, jwt.SigningMethodRS384, ours.key, good()),
		"PS256 by our key":            forge(t, jwt.SigningMethodPS256, ours.key, good()),
		"foreign key, our key's id":   forge(t, jwt.SigningMethodRS256, foreignSigner().key, good()),
		"our key, no key id":          kidless,
		"unknown algorithm":           encode([]byte(`{"alg":"RS257","kid":"`+ours.kid+`"}`)) + "." + whole[1] + "." + whole[2],
		"RS256 without a signature":   unsigned + ".",
		"RS256 with a MAC":            unsigned + "." + encode(mac.Sum(nil)),
		"another token's payload":     whole[0] + "." + other[1] + "." + whole[2],
		"another token's signature":   whole[0] + "." + whole[1] + "." + other[2],
		"null payload":                whole[0] + "." + encode([]byte(`null`)) + "." + whole[2],
		"null header":                 encode([]byte(`null`)) + "." + whole[1] + "." + whole[2],
		"key id of another type":      encode([]byte(`{"alg":"RS256","kid":["`+ours.kid+`"]}`)) + "." + whole[1] + "." + whole[2],
		"a part more":                 strings.Join(whole, ".") + ".",
		"a part less":                 whole[0] + "." + whole[1],
		"a line feed inside":          whole[0] + "." + whole[1] + "." + whole[2][:9] + "\n" + whole[2][9:],
		"a carriage return at last":   strings.Join(whole, ".") + "\r",
		"padding":                     strings.Join(whole, ".") + "==",
		"Bearer left on":              "Bearer " + strings.Join(whole, "."),
		"empty":                       "",
		"two dots":                    "..",
		"many dots":                   strings.Repeat(".", MaxTokenBytes),
		"megabytes of dots":           strings.Repeat(".", 8<<20),
		"longer than allowed":         whole[0] + "." + strings.Repeat("A", MaxTokenBytes) + "." + whole[2],
		"deep nesting":                whole[0] + "." + encode([]byte(strings.Repeat("[", 4000))) + "." + whole[2],
		"a time beyond all calendars": whole[0] + "." + encode([]byte(`{"exp":1e308,"iat":-1e308}`)) + "." + whole[2],
	}
	for name, token := range tests {
		t.Run(name, func(t *testing.T) { wantRefused(t, token, noon, "") })
	}
}

func TestAlteredOrTruncatedTokens(t *testing.T) {
	token := issueAgent(t)
	for i := range token {
		wantRefused(t, token[:i], noon, "")
		other := byte('A')
		if token[i] == other {
			other = 'B'
		}
		wantRefused(t, token[:i]+string(other)+token[i+1:], noon, "")
	}
}

// A token has one spelling: bits that decoding would drop are refused.
func TestTokenHasOneSpelling(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	token := issueAgent(t)
	last := strings.IndexByte(alphabet, token[len(token)-1])
	respelt := token[:len(token)-1] + string(alphabet[last^1])
	first, err := base64.RawURLEncoding.DecodeString(token[strings.LastIndexByte(token, '.')+1:])
	if err != nil {
		t.Fatal(err)
	}
	second, err := base64.RawURLEncoding.DecodeString(respelt[strings.LastIndexByte(respelt, '.')+1:])
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Fatal("the other spelling means another signature: it tests nothing")
	}
	wantRefused(t, respelt, noon, "not a whole JWT")
}

// Even one of ours is not read when it is too long.
func TestVerifyBoundsTheToken(t *testing.T) {
	c := good()
	c["session"] = strings.Repeat("x", MaxTokenBytes)
	wantRefused(t, forge(t, jwt.SigningMethodRS256, testSigner().key, c), noon, "longer")
}

func TestRefusalsQuoteNothing(t *testing.T) {
	secret := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","secret":secret}`))
	for _, token := range []string{secret + ".e30.e30", "secret.secret.secret", issueAgent(t) + "secret"} {
		_, err := testSigner().VerifyAgent(token, "demo", noon)
		if err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "'s' ") {
			t.Errorf("the refusal %q quotes the token", err)
		}
	}
}
