package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var passKey = []byte("the key that all nodes of the pool have")

// wholePass has all that a pass can say.
var wholePass = Pass{
	Node: "http://10.0.0.7:8080", Address: netip.MustParseAddr("2001:db8::1"), Epoch: 1 << 40, Within: 12345 * time.Millisecond, Answer: "zz",
}

func signPass(t testing.TB, p Pass) string {
	t.Helper()
	text, err := p.Sign(passKey, noon)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestPass(t *testing.T) {
	for name, p := range map[string]Pass{"whole": wholePass, "of the node's own": {Node: "http://10.0.0.7:8080"}, "empty": {}} {
		t.Run(name, func(t *testing.T) {
			got, err := VerifyPass(passKey, signPass(t, p), noon)
			if d := cmp.Diff(p, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, d)
			}
		})
	}
}

// A pass is good for its minute, and for as long as two clocks may differ.
func TestPassLife(t *testing.T) {
	text := signPass(t, wholePass)
	for _, c := range []struct {
		after time.Duration
		good  bool
	}{
		{-passLife, true}, // made by a node whose clock is ahead
		{0, true}, {passLife, true}, {passLife + clockLeeway - time.Second, true},
		{passLife + clockLeeway + time.Second, false}, {24 * time.Hour, false},
	} {
		_, err := VerifyPass(passKey, text, noon.Add(c.after))
		if (err == nil) != c.good || err != nil && !errors.Is(err, ErrToken) {
			t.Errorf("after %v: %v, want it good: %t", c.after, err, c.good)
		}
	}
}

func TestPassIsRefused(t *testing.T) {
	sign := func(method jwt.SigningMethod, key any, claims jwt.Claims) string {
		text, err := jwt.NewWithClaims(method, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	said := func(change func(*jwt.RegisteredClaims)) passClaims {
		c := passClaims{wholePass, jwt.RegisteredClaims{Audience: jwt.ClaimStrings{passAudience}, ExpiresAt: jwt.NewNumericDate(noon.Add(passLife))}}
		change(&c.RegisteredClaims)
		return c
	}
	as := func(*jwt.RegisteredClaims) {}
	good := sign(jwt.SigningMethodHS256, passKey, said(as))
	if _, err := VerifyPass(passKey, good, noon); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	part := strings.Split(good, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	for name, text := range map[string]string{
		"another key":            sign(jwt.SigningMethodHS256, []byte("a key of another pool's"), said(as)),
		"no key at all":          sign(jwt.SigningMethodHS256, []byte{}, said(as)),
		"expired":                sign(jwt.SigningMethodHS256, passKey, said(func(c *jwt.RegisteredClaims) { c.ExpiresAt = jwt.NewNumericDate(noon.Add(-time.Minute)) })),
		"no end":                 sign(jwt.SigningMethodHS256, passKey, said(func(c *jwt.RegisteredClaims) { c.ExpiresAt = nil })),
		"another audience":       sign(jwt.SigningMethodHS256, passKey, said(func(c *jwt.RegisteredClaims) { c.Audience = jwt.ClaimStrings{"usher-agent"} })),
		"no audience":            sign(jwt.SigningMethodHS256, passKey, said(func(c *jwt.RegisteredClaims) { c.Audience = nil })),
		"not good yet":           sign(jwt.SigningMethodHS256, passKey, said(func(c *jwt.RegisteredClaims) { c.NotBefore = jwt.NewNumericDate(noon.Add(time.Hour)) })),
		"another algorithm":      sign(jwt.SigningMethodHS512, passKey, said(as)),
		"signed with an RSA key": sign(jwt.SigningMethodRS256, testSigner().key, said(as)),
		"none":                   sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, said(as)),
		"none, with a signature": none + "." + part[1] + "." + part[2],
		"an agent's token":       issueAgent(t),
		"a visitor's token":      issueVisitor(t),
		"nothing":                "",
		"no JWT":                 "garbage",
		"two parts":              part[0] + "." + part[1],
		"no signature":           part[0] + "." + part[1] + ".",
		"half a signature":       good[:len(good)-10],
		"another header":         base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256"}`)) + "." + part[1] + "." + part[2],
	} {
		t.Run(name, func(t *testing.T) {
			p, err := VerifyPass(passKey, text, noon)
			if !errors.Is(err, ErrToken) || p != (Pass{}) {
				t.Errorf("it says %+v, %v", p, err)
			}
			if err != nil && len(text) > 10 && strings.Contains(err.Error(), text) {
				t.Error("the error quotes it")
			}
		})
	}
}

// A pass opens nothing else: it is no agent's or visitor's token, and theirs are no
// pass, whatever key they were signed with.
func TestPassIsNoToken(t *testing.T) {
	text := signPass(t, wholePass)
	if _, err := testSigner().VerifyAgent(text, "demo", noon); !errors.Is(err, ErrToken) {
		t.Errorf("as an agent's token: %v", err)
	}
	if _, err := testSigner().VerifyVisitor(text, "demo", noon); !errors.Is(err, ErrToken) {
		t.Errorf("as a visitor's token: %v", err)
	}
}

// Nothing of a pass can be changed.
func TestPassIsWhole(t *testing.T) {
	text := signPass(t, wholePass)
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		b := byte(rapid.IntRange(0x21, 0x7e).Draw(t, "byte"))
		if b == text[i] {
			t.Skip("nothing changed")
		}
		forged := text[:i] + string(b) + text[i+1:]
		if same, err := sameJWT(text, forged); err == nil && same {
			t.Skip("another spelling of the same bits")
		}
		if p, err := VerifyPass(passKey, forged, noon); err == nil {
			t.Fatalf("with %q at %d it says %+v", b, i, p)
		}
	})
}

// sameJWT reports whether two texts decode to the same bytes: the last letter of a
// part has bits that mean nothing.
func sameJWT(a, b string) (bool, error) {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	if len(as) != len(bs) {
		return false, nil
	}
	for i := range as {
		x, err := base64.RawURLEncoding.DecodeString(as[i])
		if err != nil {
			return false, err
		}
		y, err := base64.RawURLEncoding.DecodeString(bs[i])
		if err != nil {
			return false, err
		}
		if string(x) != string(y) {
			return false, nil
		}
	}
	return true, nil
}

// What a pass says is read back exactly, whatever it is.
func TestPassRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Pass{
			Node:   fmt.Sprintf("http://%s:%d", rapid.StringMatching(`[a-z0-9.-]{1,40}`).Draw(t, "host"), rapid.IntRange(1, 65535).Draw(t, "port")),
			Epoch:  rapid.Int64Min(0).Draw(t, "epoch"),
			Within: time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "within")),
			Answer: rapid.StringMatching(`[0-9a-z]{0,13}`).Draw(t, "answer"),
		}
		if b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address"); b[0]%2 == 0 {
			p.Address = netip.AddrFrom16([16]byte(b))
		}
		text, err := p.Sign(passKey, noon)
		if err != nil {
			t.Fatal(err)
		}
		got, err := VerifyPass(passKey, text, noon)
		if err != nil || got != p {
			t.Fatalf("signed %+v, read %+v, %v", p, got, err)
		}
	})
}

// The names are what nodes of other versions read.
func TestPassOnTheWire(t *testing.T) {
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(signPass(t, wholePass), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"node": "http://10.0.0.7:8080", "address": "2001:db8::1", "epoch": float64(1 << 40), "within": float64(12345 * time.Millisecond), "answer": "zz",
		"aud": []any{"usher-pool"}, "exp": float64(noon.Add(passLife).Unix()),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
