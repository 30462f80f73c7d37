package auth

import (
	"crypto/sha256"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNewAgentSessionID(t *testing.T) {
	shape := regexp.MustCompile(`^node0[0-9a-z]{26}$`)
	seen := make(map[string]bool)
	for range 1000 {
		id := NewAgentSessionID()
		if !shape.MatchString(id) {
			t.Fatalf("%q has not the shape of an agent's session id", id)
		}
		if seen[id] {
			t.Fatalf("%q came twice", id)
		}
		seen[id] = true
	}
}

func TestVisitorSessionID(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9a-z]{26}$`)
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), minSiteKeyBytes, 64).Draw(t, "key")
		jti := rapid.StringN(1, -1, -1).Draw(t, "jti")
		id := VisitorSessionID(key, jti)
		if !shape.MatchString(id) {
			t.Fatalf("%q has not the shape of a visitor's session id", id)
		}
		if again := VisitorSessionID(key, jti); again != id {
			t.Fatalf("the same token gave %q and %q", id, again)
		}
		if VisitorSessionID(key, jti+"x") == id {
			t.Fatal("another token gave the same id")
		}
		key[0] ^= 1
		if VisitorSessionID(key, jti) == id {
			t.Fatal("another site gave the same id")
		}
	})
}

// Ids are worked out anew at each request, by any version, so they never change.
func TestVisitorSessionIDStays(t *testing.T) {
	got := VisitorSessionID([]byte("0123456789abcdef"), "XYZ")
	if want := "79h59ocpuxuxlmogesnzcd6o58"; got != want {
		t.Errorf("the id is %q, was %q", got, want)
	}
}

func TestVisitorSessionIDNeedsSecrets(t *testing.T) {
	for name, call := range map[string]func(){
		"no key":      func() { VisitorSessionID(nil, "XYZ") },
		"short key":   func() { VisitorSessionID(make([]byte, minSiteKeyBytes-1), "XYZ") },
		"no token id": func() { VisitorSessionID(make([]byte, minSiteKeyBytes), "") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: an id that anybody can work out", name)
				}
			}()
			call()
		}()
	}
}

func TestBase36(t *testing.T) {
	var low, high [sha256.Size]byte
	low[sha256.Size-1] = 35
	for i := range high {
		high[i] = 0xff
	}
	if got, want := base36(low), strings.Repeat("0", 25)+"z"; got != want {
		t.Errorf("35 is %q, want %q", got, want)
	}
	if got := base36(high); len(got) != sessionDigits {
		t.Errorf("the largest number has %d digits: %q", len(got), got)
	}
}

func TestSessionHash(t *testing.T) {
	// SHA-256 of "abc", as its standard has it.
	if got, want := SessionHash("abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"; got != want {
		t.Errorf("SessionHash is %q, want %q", got, want)
	}
}

func TestNewSecret(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9A-Za-z]{26,}$`)
	if a, b := NewSecret(), NewSecret(); a == b || !shape.MatchString(a) {
		t.Errorf("secrets %q and %q", a, b)
	}
}
