package auth

import (
	"errors"
	"strings"
	"testing"
)

func TestHashPassword(t *testing.T) {
	first, err := HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if want := "$argon2id$v=19$m=19456,t=2,p=1$"; !strings.HasPrefix(first, want) {
		t.Fatalf("the hash is %q, want it to begin with %q", first, want)
	}
	second, err := HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if first == second {
		t.Fatal("two hashes of a password are alike: the salt is not fresh")
	}
	for pw, want := range map[string]bool{
		"correct horse":  true,
		"correct horse ": false,
		"Correct horse":  false,
		"":               false,
	} {
		if got, err := verify(first, pw); got != want || err != nil {
			t.Errorf("verify of %q: %t, %v; want %t", pw, got, err, want)
		}
	}
}

// The vectors are those of argon2's reference implementation.
func TestVerifyKnownHashes(t *testing.T) {
	tests := []struct {
		phc, pw string
		want    bool
	}{
		{"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password", true},
		{"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "differentpassword", false},
		{"$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password", true},
	}
	for _, test := range tests {
		if got, err := verify(test.phc, test.pw); got != test.want || err != nil {
			t.Errorf("verify(%q, %q): %t, %v; want %t", test.phc, test.pw, got, err, test.want)
		}
	}
}

func TestPasswordLength(t *testing.T) {
	for _, pw := range []string{"", strings.Repeat("x", MaxPasswordBytes+1)} {
		if _, err := HashPassword(pw); !errors.Is(err, ErrPasswordLength) {
			t.Errorf("a password of %d bytes: %v, want ErrPasswordLength", len(pw), err)
		}
	}
	longest := strings.Repeat("x", MaxPasswordBytes)
	phc, err := HashPassword(longest)
	if err != nil {
		t.Fatal(err)
	}
	if right, err := verify(phc, longest); !right || err != nil {
		t.Errorf("the longest password: %t, %v", right, err)
	}
	if right, err := verify(phc, longest[1:]); right || err != nil {
		t.Errorf("one byte less than the longest password: %t, %v", right, err)
	}
}

func TestDamagedHash(t *testing.T) {
	const salt, key = "c29tZXNhbHQ", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	whole := "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + key
	if _, err := parseHash(whole); err != nil {
		t.Fatalf("the whole hash: %v", err)
	}
	tests := map[string]string{
		"empty":              "",
		"not a hash":         "password",
		"another algorithm":  "$argon2i$v=19$m=256,t=2,p=1$" + salt + "$" + key,
		"another version":    "$argon2id$v=16$m=256,t=2,p=1$" + salt + "$" + key,
		"four gigabytes":     "$argon2id$v=19$m=4194304,t=2,p=1$" + salt + "$" + key,
		"just too much":      "$argon2id$v=19$m=65537,t=2,p=1$" + salt + "$" + key,
		"more than 32 bits":  "$argon2id$v=19$m=4294967552,t=2,p=1$" + salt + "$" + key,
		"too little memory":  "$argon2id$v=19$m=7,t=2,p=1$" + salt + "$" + key,
		"too many passes":    "$argon2id$v=19$m=256,t=9,p=1$" + salt + "$" + key,
		"no pass":            "$argon2id$v=19$m=256,t=0,p=1$" + salt + "$" + key,
		"too many lanes":     "$argon2id$v=19$m=256,t=2,p=5$" + salt + "$" + key,
		"no lane":            "$argon2id$v=19$m=256,t=2,p=0$" + salt + "$" + key,
		"256 lanes":          "$argon2id$v=19$m=65536,t=2,p=257$" + salt + "$" + key,
		"a sign":             "$argon2id$v=19$m=+256,t=2,p=1$" + salt + "$" + key,
		"a leading zero":     "$argon2id$v=19$m=0256,t=2,p=1$" + salt + "$" + key,
		"another order":      "$argon2id$v=19$t=2,m=256,p=1$" + salt + "$" + key,
		"a parameter more":   "$argon2id$v=19$m=256,t=2,p=1,x=1$" + salt + "$" + key,
		"a parameter less":   "$argon2id$v=19$m=256,t=2$" + salt + "$" + key,
		"short salt":         "$argon2id$v=19$m=256,t=2,p=1$c29tZQ$" + key,
		"short key":          "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$nf65EA",
		"no key":             "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$",
		"not base64":         "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$!" + key[1:],
		"a line feed inside": "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + key[:9] + "\n" + key[9:],
		"truncated":          whole[:len(whole)-1],
		"something after":    whole + "$",
		"very long":          whole + strings.Repeat("A", 1<<20),
	}
	for name, phc := range tests {
		t.Run(name, func(t *testing.T) {
			if right, err := verify(phc, "password"); right || !errors.Is(err, ErrHash) {
				t.Errorf("%t, %v; want ErrHash", right, err)
			}
		})
	}
}

func TestNobodysHash(t *testing.T) {
	h, err := parseHash(nobodysHash())
	if err != nil {
		t.Fatal(err)
	}
	if h.cost != standard {
		t.Errorf("an unknown login costs %+v, a known one %+v", h.cost, standard)
	}
	if len(h.salt) != saltBytes || len(h.key) != keyBytes {
		t.Errorf("salt and key have %d and %d bytes, those of a known login %d and %d", len(h.salt), len(h.key), saltBytes, keyBytes)
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add(nobodysHash())
	f.Add("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Add("$argon2id$v=19$m=4294967296,t=0,p=-1$$")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, phc string) {
		h, err := parseHash(phc)
		if err != nil {
			if err != ErrHash {
				t.Fatalf("the error %q is not ErrHash alone: it may quote the hash", err)
			}
			return
		}
		if h.String() != phc {
			t.Fatalf("%q reads as %q", phc, h)
		}
		if h.memory > maxMemory || h.passes < 1 || h.passes > maxPasses || h.lanes < 1 || h.lanes > maxLanes {
			t.Fatalf("%q asks for %+v", phc, h.cost)
		}
	})
}
