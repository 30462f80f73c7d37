package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestVerifyIdentity(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	const key = "KEYKEYKEYKEYKEYKEYKEYKEYKE"
	sign := func(method jwt.SigningMethod, k any, claims jwt.MapClaims) string {
		text, err := jwt.NewWithClaims(method, claims).SignedString(k)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	good := jwt.MapClaims{"sub": "u-17", "exp": now.Add(time.Hour).Unix(), "firstName": "Ann", "emailAddress": "ann@example.org"}
	with := func(name string, value any) string {
		c := jwt.MapClaims{}
		for k, v := range good {
			c[k] = v
		}
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return sign(jwt.SigningMethodHS256, []byte(key), c)
	}
	whole := with("aud", "demo")
	id, err := VerifyIdentity(key, "demo", whole, now)
	if err != nil || id.Subject != "u-17" {
		t.Fatalf("%+v, %v", id, err)
	}
	var claims struct{ FirstName, EmailAddress string }
	if err := json.Unmarshal(id.Claims, &claims); err != nil || claims.FirstName != "Ann" || claims.EmailAddress != "ann@example.org" {
		t.Errorf("claims %+v, %v", claims, err)
	}
	if _, err := VerifyIdentity(key, "demo", with("aud", nil), now); err != nil {
		t.Errorf("without aud: %v", err)
	}
	part := strings.Split(whole, ".")
	for name, c := range map[string]struct{ token, want string }{
		"empty":                {"", "whole JWT"},
		"not a JWT":            {"hello", "whole JWT"},
		"another key":          {sign(jwt.SigningMethodHS256, []byte("another"), good), "signature"},
		"another method":       {sign(jwt.SigningMethodHS512, []byte(key), good), "signature"},
		"no method":            {sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good), "signature"},
		"changed claims":       {part[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"u-1","exp":1800003600}`)) + "." + part[2], "signature"},
		"expired":              {with("exp", now.Add(-time.Minute).Unix()), "expired"},
		"no expiry":            {with("exp", nil), "no exp"},
		"good for too long":    {with("exp", now.Add(25*time.Hour).Unix()), "too long"},
		"not yet":              {with("nbf", now.Add(time.Hour).Unix()), "not good yet"},
		"nobody":               {with("sub", nil), "names nobody"},
		"sub is no text":       {with("sub", 17), "whole JWT"},
		"another site":         {with("aud", "other"), "another site"},
		"two sites":            {with("aud", []string{"demo", "other"}), "another site"},
		"too large":            {with("x", strings.Repeat("x", MaxTokenBytes)), "longer than"},
		"an agent's own token": {strings.Repeat("a.", 4000), "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := VerifyIdentity(key, "demo", c.token, now)
			if !errors.Is(err, ErrIdentity) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want something with %q", err, c.want)
			}
			if len(c.token) > 20 && strings.Contains(err.Error(), c.token[:20]) {
				t.Errorf("the error quotes the token: %v", err)
			}
		})
	}
}
