package auth

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func issueDesk(t testing.TB) string {
	t.Helper()
	token, err := testSigner().IssueDesk(DeskToken{Site: "demo", AccountID: 12, Mark: LoginMark("ada", "hash")}, noon)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestDeskToken(t *testing.T) {
	token := issueDesk(t)
	got, err := testSigner().VerifyDesk(token, "demo", noon.Add(11*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	want := DeskToken{Site: "demo", AccountID: 12, Mark: LoginMark("ada", "hash"), IssuedAt: noon, ExpiresAt: noon.Add(12 * time.Hour)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what was issued and what was verified (-issued +verified):\n%s", diff)
	}
	claims := segment(t, token, 1)
	delete(claims, "jti") // random
	if diff := cmp.Diff(map[string]any{
		"iss": "demo", "sub": "12", "aud": []any{"usher-desk"}, "iat": float64(noon.Unix()), "exp": float64(noon.Unix() + 12*3600),
		"accountId": 12.0, "siteName": "demo", "pool": "", "clientType": "DESK", "mark": LoginMark("ada", "hash"),
	}, claims); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

func TestDeskTokenAtItsTime(t *testing.T) {
	token := issueDesk(t)
	for offset, good := range map[time.Duration]bool{
		-clockLeeway - 1: false, -clockLeeway: true, 0: true,
		DeskTokenLife + clockLeeway - 1: true, DeskTokenLife + clockLeeway: false,
	} {
		if _, err := testSigner().VerifyDesk(token, "demo", noon.Add(offset)); (err == nil) != good {
			t.Errorf("%v after it was issued: %v, want good to be %t", offset, err, good)
		}
	}
}

func TestDeskTokenIsRefused(t *testing.T) {
	whole := func() map[string]any {
		return map[string]any{
			"iss": "demo", "sub": "12", "aud": "usher-desk", "jti": "x", "iat": noon.Unix(), "exp": noon.Add(time.Hour).Unix(),
			"accountId": 12, "siteName": "demo", "clientType": "DESK", "mark": "m",
		}
	}
	claims := func(name string, value any) jwt.MapClaims {
		c := whole()
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return c
	}
	ours := testSigner()
	if _, err := ours.VerifyDesk(forge(t, jwt.SigningMethodRS256, ours.key, claims("jti", "x")), "demo", noon); err != nil {
		t.Fatalf("what the others are made from is not good itself: %v", err)
	}
	for name, token := range map[string]string{
		"an agent's token":      issueAgent(t),
		"a visitor's token":     issueVisitor(t),
		"another key":           forge(t, jwt.SigningMethodRS256, foreignSigner().key, claims("jti", "x")),
		"no mark":               forge(t, jwt.SigningMethodRS256, ours.key, claims("mark", nil)),
		"no account":            forge(t, jwt.SigningMethodRS256, ours.key, claims("accountId", nil)),
		"another account's sub": forge(t, jwt.SigningMethodRS256, ours.key, claims("sub", "13")),
		"another client type":   forge(t, jwt.SigningMethodRS256, ours.key, claims("clientType", "AGENT")),
		"another site":          forge(t, jwt.SigningMethodRS256, ours.key, claims("iss", "cards")),
		"no end":                forge(t, jwt.SigningMethodRS256, ours.key, claims("exp", nil)),
		"empty":                 "",
	} {
		if _, err := ours.VerifyDesk(token, "demo", noon); !errors.Is(err, ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ours.VerifyDesk(issueDesk(t), "cards", noon); !errors.Is(err, ErrToken) || !strings.Contains(err.Error(), "another site") {
		t.Errorf("at another site: %v", err)
	}
	wantRefused(t, issueDesk(t), noon, "audience") // nor is it an agent's
	if _, err := ours.VerifyVisitor(issueDesk(t), "demo", noon); !errors.Is(err, ErrToken) {
		t.Errorf("as a visitor's: %v", err)
	}
}

func TestIssueDeskRefuses(t *testing.T) {
	for _, d := range []DeskToken{{Site: "demo", Mark: "m"}, {Site: "demo", AccountID: -1, Mark: "m"}, {Site: "demo", AccountID: 12}, {AccountID: 12, Mark: "m"}} {
		if _, err := testSigner().IssueDesk(d, noon); err == nil {
			t.Errorf("a log-in was issued of %+v", d)
		}
	}
}

// TestLoginMark: it is another one for another login or another hash, wherever the one
// ends and the other begins, and holds neither.
func TestLoginMark(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z$]{1,20}`)
		login, hash, other := word.Draw(t, "login"), word.Draw(t, "hash"), word.Draw(t, "other")
		mark := LoginMark(login, hash)
		if len(mark) != 22 || mark != LoginMark(login, hash) {
			t.Fatalf("mark %q", mark)
		}
		if other != hash && LoginMark(login, other) == mark || other != login && LoginMark(other, hash) == mark || LoginMark(login+hash, "") == mark {
			t.Fatalf("another log-in has the same mark")
		}
	})
}
