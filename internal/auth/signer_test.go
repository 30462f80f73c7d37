package auth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
)

func TestNewSigningKey(t *testing.T) {
	b, err := NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseSigner(b)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseSigner(b)
	if err != nil {
		t.Fatal(err)
	}
	if s.kid != again.kid || s.kid == testSigner().kid || len(s.kid) != 22 {
		t.Errorf("key ids %q, %q and of another key %q", s.kid, again.kid, testSigner().kid)
	}
	if bits := s.key.N.BitLen(); bits != keyBits {
		t.Errorf("the key has %d bits, want %d", bits, keyBits)
	}
}

func TestParseSignerRefuses(t *testing.T) {
	block := func(key any) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der})
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	whole := testKey()
	for name, b := range map[string][]byte{
		"nothing":         nil,
		"not PEM":         []byte("secret"),
		"another type":    bytes.ReplaceAll(whole, []byte(keyBlock), []byte("SECRET")),
		"truncated":       whole[:len(whole)/2],
		"not PKCS #8":     pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: []byte("secret")}),
		"PKCS #1":         pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: x509.MarshalPKCS1PrivateKey(testSigner().key)}),
		"elliptic curve":  block(curve),
		"a key too small": block(small),
		"very long":       append([]byte(strings.Repeat("\n", 1<<20)), whole...),
	} {
		if _, err := ParseSigner(b); err != ErrSigningKey {
			t.Errorf("%s: %v, want ErrSigningKey alone", name, err)
		}
	}
}

func TestSignerPrintsNoKey(t *testing.T) {
	d := testSigner().key.D.String()
	if text := fmt.Sprintf("%v %+v", testSigner(), testSigner()); strings.Contains(text, d[:20]) {
		t.Errorf("the private key stands in %q", text)
	}
}
