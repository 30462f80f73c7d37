package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// testKey is a stored signing key. In its file it has another PEM type, so that
// nobody takes it for a secret.
var testKey = sync.OnceValue(func() []byte {
	b, err := os.ReadFile("testdata/signing-key.pem")
	if err != nil {
		panic(err)
	}
	return bytes.ReplaceAll(b, []byte("TESTING KEY"), []byte(keyBlock))
})

// testSigner is the site's, foreignSigner somebody else's.
var testSigner = sync.OnceValue(func() *Signer {
	s, err := ParseSigner(testKey())
	if err != nil {
		panic(err)
	}
	return s
})

var foreignSigner = sync.OnceValue(func() *Signer {
	b, err := NewSigningKey()
	if err != nil {
		panic(err)
	}
	s, err := ParseSigner(b)
	if err != nil {
		panic(err)
	}
	return s
})

func issueAgent(t testing.TB) string {
	t.Helper()
	token, err := testSigner().IssueAgent(AgentToken{Site: "demo", Pool: "1:1", AccountID: 12}, noon)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func issueVisitor(t testing.TB) string {
	t.Helper()
	token, err := testSigner().IssueVisitor(VisitorToken{Site: "demo", Pool: "1:1", Session: json.RawMessage(`{"firstName":"Eve"}`)}, noon)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// segment decodes one of the three parts of a token as JSON.
func segment(t *testing.T, token string, i int) map[string]any {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAgentToken(t *testing.T) {
	token := issueAgent(t)
	got, err := testSigner().VerifyAgent(token, "demo", noon.Add(9*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	want := AgentToken{Site: "demo", Pool: "1:1", AccountID: 12, ID: got.ID, IssuedAt: noon, ExpiresAt: noon.Add(10 * time.Minute)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what was issued and what was verified (-issued +verified):\n%s", diff)
	}
	header := map[string]any{"alg": "RS256", "typ": "JWT", "kid": testSigner().kid}
	if diff := cmp.Diff(header, segment(t, token, 0)); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	members := map[string]any{
		"iss": "demo", "sub": "12", "aud": []any{"usher-agent"}, "jti": got.ID,
		"iat": float64(noon.Unix()), "exp": float64(noon.Unix() + 600),
		"accountId": 12.0, "siteName": "demo", "pool": "1:1", "clientType": "AGENT",
	}
	if diff := cmp.Diff(members, segment(t, token, 1)); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

func TestVisitorToken(t *testing.T) {
	token, err := testSigner().IssueVisitor(VisitorToken{
		Site: "demo", Pool: "1:1", Subject: "user-7",
		Session: json.RawMessage(` {"firstName": "Eve <3", "queueId": 9007199254740993} `),
	}, noon)
	if err != nil {
		t.Fatal(err)
	}
	got, err := testSigner().VerifyVisitor(token, "demo", noon.Add(29*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	want := VisitorToken{
		Site: "demo", Pool: "1:1", Subject: "user-7", Session: json.RawMessage(`{"firstName":"Eve \u003c3","queueId":9007199254740993}`),
		ID: got.ID, IssuedAt: noon, ExpiresAt: noon.Add(30 * time.Minute),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what was issued and what was verified (-issued +verified):\n%s", diff)
	}
	members := map[string]any{
		"iss": "demo", "sub": "user-7", "aud": []any{"usher-consumer"}, "jti": got.ID,
		"iat": float64(noon.Unix()), "exp": float64(noon.Unix() + 1800),
		"siteName": "demo", "pool": "1:1", "clientType": "CONSUMER",
		"session": map[string]any{"firstName": "Eve <3", "queueId": float64(9007199254740993)},
	}
	if diff := cmp.Diff(members, segment(t, token, 1)); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

func TestTokensHaveTheirOwnIDs(t *testing.T) {
	first, err := testSigner().VerifyVisitor(issueVisitor(t), "demo", noon)
	if err != nil {
		t.Fatal(err)
	}
	second, err := testSigner().VerifyVisitor(issueVisitor(t), "demo", noon)
	if err != nil {
		t.Fatal(err)
	}
	if first.ID == second.ID || len(first.ID) < 26 {
		t.Errorf("ids %q and %q", first.ID, second.ID)
	}
}

func TestSessionComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		session := rapid.MapOfN(rapid.String(), rapid.StringN(0, 40, -1), 0, 6).Draw(t, "session")
		in, err := json.Marshal(session)
		if err != nil {
			t.Fatal(err)
		}
		token, err := testSigner().IssueVisitor(VisitorToken{Site: "demo", Session: in}, noon)
		if err != nil {
			t.Fatal(err)
		}
		got, err := testSigner().VerifyVisitor(token, "demo", noon)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Session, in) {
			t.Fatalf("%s came back as %s", in, got.Session)
		}
	})
}

func TestIssueRefuses(t *testing.T) {
	s := testSigner()
	for _, session := range []string{`[]`, `"{}"`, `null`, `1`, `{`, `{"a":1}}`, `{} {}`, `{"a":}`, `{a:1}`} {
		if _, err := s.IssueVisitor(VisitorToken{Site: "demo", Session: json.RawMessage(session)}, noon); !errors.Is(err, ErrSession) {
			t.Errorf("session %s: %v, want ErrSession", session, err)
		}
	}
	for _, token := range []AgentToken{{Site: "demo"}, {Site: "demo", AccountID: -1}, {AccountID: 12}} {
		if _, err := s.IssueAgent(token, noon); err == nil {
			t.Errorf("a token was issued of %+v", token)
		}
	}
	if _, err := s.IssueVisitor(VisitorToken{}, noon); err == nil {
		t.Error("a token was issued of no site")
	}
}

func TestNoSessionIsAnEmptyObject(t *testing.T) {
	token, err := testSigner().IssueVisitor(VisitorToken{Site: "demo"}, noon)
	if err != nil {
		t.Fatal(err)
	}
	got, err := testSigner().VerifyVisitor(token, "demo", noon)
	if err != nil || string(got.Session) != "{}" {
		t.Errorf("session %s, %v; want {}", got.Session, err)
	}
}

// The longest token that is issued is also accepted.
func TestTokenLength(t *testing.T) {
	longest := 0
	for n := range MaxTokenBytes {
		session := json.RawMessage(`{"question":"` + strings.Repeat("x", n) + `"}`)
		if n < 4000 { // three quarters of the bytes, less the rest of the token
			if n%500 != 0 {
				continue
			}
		}
		token, err := testSigner().IssueVisitor(VisitorToken{Site: "demo", Pool: "1:1", Session: session}, noon)
		if errors.Is(err, ErrTooLong) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		longest = len(token)
		if _, err := testSigner().VerifyVisitor(token, "demo", noon); err != nil {
			t.Fatalf("a token of %d bytes: %v", len(token), err)
		}
	}
	if longest <= MaxTokenBytes-4 || longest > MaxTokenBytes {
		t.Errorf("the longest token has %d bytes, want almost %d", longest, MaxTokenBytes)
	}
}

// good are claims that are accepted as an agent's token; tests spoil them.
func good() jwt.MapClaims {
	return jwt.MapClaims{
		"iss": "demo", "sub": "12", "aud": "usher-agent", "jti": "XYZ",
		"iat": noon.Unix(), "exp": noon.Add(time.Minute).Unix(),
		"accountId": 12, "siteName": "demo", "pool": "1:1", "clientType": "AGENT",
	}
}

// forge signs c by the method and key under our key's id.
func forge(t *testing.T, method jwt.SigningMethod, key any, c jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, c)
	token.Header["kid"] = testSigner().kid
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func wantRefused(t *testing.T, token string, now time.Time, why string) {
	t.Helper()
	if _, err := testSigner().VerifyAgent(token, "demo", now); !errors.Is(err, ErrToken) || !strings.Contains(err.Error(), why) {
		t.Errorf("%v, want a refusal with %q", err, why)
	}
}

func TestVerifyChecksClaims(t *testing.T) {
	tests := map[string]struct {
		claim string
		value any // nil leaves the claim out
		why   string
	}{
		"expired":              {"exp", noon.Add(-clockLeeway).Unix(), "expired"},
		"no expiry":            {"exp", nil, "lacks"},
		"expiry as text":       {"exp", "never", "not a whole JWT"},
		"issued in the future": {"iat", noon.Add(clockLeeway + time.Second).Unix(), "future"},
		"not issued":           {"iat", nil, "lacks"},
		"not yet":              {"nbf", noon.Add(clockLeeway + time.Second).Unix(), "not good yet"},
		"another site":         {"iss", "acme", "another site"},
		"no site":              {"iss", nil, "lacks"},
		"another audience":     {"aud", "usher-consumer", "audience"},
		"audience in pieces":   {"aud", []string{"usher", "agent"}, "audience"},
		"no audience":          {"aud", nil, "lacks"},
		"no id":                {"jti", nil, "lacks"},
		"another client type":  {"clientType", "CONSUMER", "lacks"},
		"no account":           {"accountId", nil, "account"},
		"a negative account":   {"accountId", -12, "account"},
		"an account in part":   {"accountId", 12.5, "not a whole JWT"},
		"two accounts":         {"sub", "13", "account"},
	}
	wantAccepted := forge(t, jwt.SigningMethodRS256, testSigner().key, good())
	if _, err := testSigner().VerifyAgent(wantAccepted, "demo", noon); err != nil {
		t.Fatalf("unspoiled claims: %v", err)
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := good()
			c[test.claim] = test.value
			maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
			wantRefused(t, forge(t, jwt.SigningMethodRS256, testSigner().key, c), noon, test.why)
		})
	}
}

func TestVerifyAtItsTime(t *testing.T) {
	token := issueAgent(t)
	for offset, good := range map[time.Duration]bool{
		-clockLeeway - 1:                 false,
		-clockLeeway:                     true,
		0:                                true,
		AgentTokenLife + clockLeeway - 1: true,
		AgentTokenLife + clockLeeway:     false,
		24 * time.Hour:                   false,
	} {
		if _, err := testSigner().VerifyAgent(token, "demo", noon.Add(offset)); (err == nil) != good {
			t.Errorf("%v after it was issued: %v, want good to be %t", offset, err, good)
		}
	}
}

func TestKindsDoNotReplaceEachOther(t *testing.T) {
	wantRefused(t, issueVisitor(t), noon, "audience")
	if _, err := testSigner().VerifyVisitor(issueAgent(t), "demo", noon); !errors.Is(err, ErrToken) || !strings.Contains(err.Error(), "audience") {
		t.Errorf("an agent's token as a visitor's: %v", err)
	}
	// Not even one that names both audiences and says it is an agent's.
	c := good()
	c["aud"] = []string{"usher-agent", "usher-consumer"}
	if _, err := testSigner().VerifyVisitor(forge(t, jwt.SigningMethodRS256, testSigner().key, c), "demo", noon); !errors.Is(err, ErrToken) {
		t.Errorf("an agent's token with two audiences as a visitor's: %v", err)
	}
	c["clientType"] = "CONSUMER"
	if _, err := testSigner().VerifyVisitor(forge(t, jwt.SigningMethodRS256, testSigner().key, c), "demo", noon); !errors.Is(err, ErrToken) {
		t.Errorf("a visitor's token without a session: %v", err)
	}
}

func TestVerifyForAnotherSite(t *testing.T) {
	for _, site := range []string{"acme", "", "Demo", "demo "} {
		if _, err := testSigner().VerifyAgent(issueAgent(t), site, noon); !errors.Is(err, ErrToken) {
			t.Errorf("a token of demo at %q: %v", site, err)
		}
	}
	theirs, err := foreignSigner().IssueAgent(AgentToken{Site: "demo", AccountID: 12}, noon)
	if err != nil {
		t.Fatal(err)
	}
	wantRefused(t, theirs, noon, "this site's key")
}

// These were signed long ago, by a key that was stored as ours are: what a
// running site has handed out must stay good through an upgrade.
func TestTokensOfEarlierVersions(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(b))
	}
	agent, err := testSigner().VerifyAgent(read("agent-token.jwt"), "demo", noon)
	if err != nil {
		t.Fatal(err)
	}
	wantAgent := AgentToken{Site: "demo", Pool: "1:1", AccountID: 12, ID: agent.ID, IssuedAt: noon, ExpiresAt: noon.Add(AgentTokenLife)}
	if diff := cmp.Diff(wantAgent, agent); diff != "" {
		t.Errorf("agent's token (-want +got):\n%s", diff)
	}
	visitor, err := testSigner().VerifyVisitor(read("visitor-token.jwt"), "demo", noon)
	if err != nil {
		t.Fatal(err)
	}
	wantVisitor := VisitorToken{
		Site: "demo", Pool: "1:1", Subject: "user-7", Session: json.RawMessage(`{"firstName":"Eve"}`),
		ID: visitor.ID, IssuedAt: noon, ExpiresAt: noon.Add(VisitorTokenLife),
	}
	if diff := cmp.Diff(wantVisitor, visitor); diff != "" {
		t.Errorf("visitor's token (-want +got):\n%s", diff)
	}
}

// FuzzVerify holds that nothing but what was issued is accepted, and that a
// refusal is always ErrToken.
func FuzzVerify(f *testing.F) {
	var issued []string
	for _, name := range []string{"agent-token.jwt", "visitor-token.jwt"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		issued = append(issued, strings.TrimSpace(string(b)))
	}
	for _, token := range issued {
		parts := strings.Split(token, ".")
		f.Add(token)
		f.Add(token + "\n")
		f.Add(parts[0] + "." + parts[1] + ".")
		f.Add("eyJhbGciOiJub25lIn0." + parts[1] + ".")
		f.Add(parts[0] + ".bnVsbA." + parts[2])
	}
	f.Add("....")
	f.Fuzz(func(t *testing.T, token string) {
		agent, agentErr := testSigner().VerifyAgent(token, "demo", noon)
		visitor, visitorErr := testSigner().VerifyVisitor(token, "demo", noon)
		if accepted := agentErr == nil || visitorErr == nil; accepted != slices.Contains(issued, token) {
			t.Fatalf("accepted is %t: %+v, %v; %+v, %v", accepted, agent, agentErr, visitor, visitorErr)
		}
		for _, err := range []error{agentErr, visitorErr} {
			if err != nil && !errors.Is(err, ErrToken) {
				t.Fatalf("%v is not ErrToken", err)
			}
		}
	})
}
